internal import Film
internal import Protocol

/// What is between clips, and the film made of both.
extension FilmPlan {
    package func segmentName(_ index: Int) -> String? {
        switch timeline.segments[index] {
        case .body: nil
        case .mix(let kind, let clip, _): "\(timeline.clips[clip].name)/\(kind.rawValue)"
        case .fadeOut(let clip, _): "\(timeline.clips[clip].name)/fade_out"
        case .fadeIn(let clip, _): "\(timeline.clips[clip].name)/fade_in"
        case .card(let kind, _): "card/\(kind.rawValue)"
        }
    }

    mutating func planSegment(_ index: Int) {
        guard let name = segmentName(index) else { return }
        let segment = timeline.segments[index]
        var parameters: Fields = ["frames": .init(segment.frames)]
        var shaping = profile.encoding
        var inputs: [Source] = []
        var scene = 0
        func take(_ clip: Int, as role: String) {
            if let node = node("\(timeline.clips[clip].name)/conform") { inputs.append(Source(role, node)) }
            scene = timeline.clips[clip].shot.scene
        }
        switch segment {
        case .body: return
        case .mix(let kind, let clip, _):
            parameters["kind"] = .init(kind.rawValue)
            parameters["from"] = .init(timeline.clips[clip].frames - segment.frames)
            take(clip + 1, as: "second")
            take(clip, as: "first")
        case .fadeOut(let clip, _):
            parameters["kind"] = "fade_out"
            parameters["from"] = .init(timeline.clips[clip].frames - segment.frames)
            take(clip, as: "first")
        case .fadeIn(let clip, _):
            parameters["kind"] = "fade_in"
            take(clip, as: "first")
        case .card(.credits, _):
            parameters["kind"] = "credits"
            parameters["lines"] = credits.fields
            shaping["line_height"] = .init(CreditsRoll.lineHeight(profile.height))
            shaping["step"] = .init(CreditsRoll.step(profile.height))
            scene = 9_999
        case .card(let kind, _):
            parameters["kind"] = "card"
            parameters["text"] = .init(kind == .opening ? film.openingTitle : film.closingLine)
            parameters["small"] = .init(kind == .opening ? film.author : film.title)
            scene = kind == .opening ? 0 : 9_999
        }
        add(
            .transition, name, parameters, shaping: shaping, inputs: inputs, scene: scene,
            seconds: 0.3 + Double(segment.frames) * frameSeconds)
    }

    /// The recipe's list of pieces, and the inputs it names, for a run of segments.
    func pieces(_ range: Range<Int>) -> (Field, [Source]) {
        var inputs: [Source] = []
        var pieces: [Field] = []
        for index in range {
            let name: String
            var from = 0
            let frames = timeline.segments[index].frames
            if case .body(let clip, let start, _) = timeline.segments[index] {
                name = "\(timeline.clips[clip].name)/conform"
                from = start
            } else {
                name = segmentName(index) ?? ""
            }
            guard let node = node(name) else { continue }
            let input = "piece.\(pieces.count)"
            inputs.append(Source(input, node))
            pieces.append(.map(["input": .init(input), "from": .init(from), "frames": .init(frames)]))
        }
        return (.list(pieces), inputs)
    }

    // MARK: products

    mutating func planClip(_ index: Int) {
        let clip = timeline.clips[index]
        var inputs: [Source] = []
        guard let picture = node("\(clip.name)/conform") else { return }
        inputs.append(Source("picture", picture))
        let stem = stems(of: index, origin: clip.start, &inputs)
        let tones = tones(over: index..<index + 1, origin: clip.start, &inputs)
        var shaping = profile.shaping
        shaping["audio_kilobits"] = .init(profile.audioKilobits)
        shaping["samples_per_frame"] = .init(profile.samplesPerFrame)
        add(
            .clip, "\(clip.name)/clip",
            ["frames": .init(clip.frames), "stems": .list([stem]), "tones": .list(tones)], shaping: shaping,
            inputs: inputs, scene: clip.shot.scene, shot: clip.shot.number,
            seconds: 0.5 + Double(clip.frames) * 0.001, isGoal: true, filmFrames: clip.frames)
    }

    package static func sceneName(_ number: Int) -> String {
        let digits = String(number)
        return "scene_" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    /// A window's own name: where a cut comes back to a scene, each return has its number.
    package static func name(of window: Timeline.Window) -> String {
        sceneName(window.scene) + (window.part == 1 ? "" : "-\(window.part)")
    }

    mutating func planScene(_ window: Timeline.Window) {
        guard let mix = node(Self.name(of: window) + "/mix") else { return }
        let (list, inputs) = pieces(window.segments)
        var shaping = profile.encoding
        shaping["audio_kilobits"] = .init(profile.audioKilobits)
        add(
            .scene, Self.name(of: window), ["frames": .init(window.to - window.from), "pieces": list],
            shaping: shaping, inputs: inputs + [Source("sound", mix)], scene: window.scene,
            seconds: 0.5 + Double(window.to - window.from) * 0.000_3, isGoal: true)
    }

    mutating func planFilm() {
        guard let sound = node("soundtrack") else { return }
        let (list, inputs) = pieces(timeline.segments.indices)
        add(
            .film, "film", ["frames": .init(timeline.frames), "pieces": list], shaping: profile.encoding,
            inputs: inputs + [Source("sound", sound)], scene: 9_999,
            seconds: 1 + Double(timeline.frames) * 0.000_15, isGoal: true)
    }
}
