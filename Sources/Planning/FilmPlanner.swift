package import Film
package import Protocol

/// A film as tasks: what each makes, from what, under which key. Pure and deterministic: the same film and profile
/// give the same keys in every process.
package struct FilmPlan: Sendable {
    package let film: FilmProject
    package let profile: Profile
    package let timeline: Timeline
    /// Inputs before those that take them.
    package private(set) var nodes: [JobNode] = []
    /// Things worth knowing that are no faults.
    package private(set) var notes: [String] = []

    /// Places in `nodes`.
    private var places: [String: Int] = [:]
    private var settingNodes: [String: JobNode] = [:]
    /// What a slugline says of the light and the roof; read once for all shots that share it.
    private var sluglines: [String: (time: String, isExterior: Bool)] = [:]
    private var locations: [String: Bible.Location] = [:]
    /// Film frames in which something of each clip may be heard: its bed, its picture's end, its lines at their slowest.
    private var audible: [(from: Int, to: Int, end: Int, speechEnd: Int)] = []

    /// Versions of our own recipes; one rises when its output changes.
    package static let recipes: [TaskKind: Int] = Dictionary(
        uniqueKeysWithValues: TaskKind.allCases.map {
            (
                $0,
                [.setting, .cutout, .compose, .animate, .ambience, .clip, .transition, .scene, .soundtrack, .film]
                    .contains($0)
                    ? 2 : 1
            )
        })

    package init(_ film: FilmProject, _ profile: Profile) {
        self.film = film
        self.profile = profile
        timeline = Timeline(film, fps: profile.fps)
        notes = timeline.notes
        nodes.reserveCapacity(film.shots.count * 6)
        locations = Dictionary(film.bible.locations.map { ($0.key, $0) }) { first, _ in first }
        for clip in timeline.clips where sluglines[clip.shot.slugline] == nil {
            let slugline = clip.shot.slugline
            sluglines[slugline] = (Self.time(clip.shot), Names.isExterior(slugline) ?? true)
        }
        planAssets()
        for index in timeline.clips.indices { planShot(index) }
        for index in timeline.segments.indices { planSegment(index) }
        audible = timeline.clips.map { clip in
            (
                clip.start - overlap(clip.soundIn), clip.end + overlap(clip.soundOut), clip.end,
                clip.start + Self.longestSpeech(clip.shot, fps: profile.fps)
            )
        }
        for window in timeline.windows { planMix(window) }
        for index in timeline.clips.indices { planClip(index) }
        for window in timeline.windows { planScene(window) }
        planSoundtrack()
        planFilm()
    }

    package func node(_ name: String) -> JobNode? { places[name].map { nodes[$0] } }

    /// What a task takes from another.
    private struct Source {
        let input: TaskInput
        let basis: Digest

        init(_ name: String, _ node: JobNode, isTolerant: Bool = false) {
            input = TaskInput(name: name, key: node.spec.key, isTolerant: isTolerant)
            basis = node.spec.basis
        }
    }

    // MARK: adding

    @discardableResult
    private mutating func add(
        _ kind: TaskKind, _ name: String, _ parameters: Fields, shaping: Fields, inputs: [Source] = [],
        scene: Int = 0, shot: Int = 0, seconds: Double, isGoal: Bool = false, filmFrames: Int = 0, units: Double = 0
    ) -> JobNode {
        let choice = profile.backend(of: kind)
        let price = profile.price(of: kind, by: choice)
        // Worst case, rounded up: what is reserved always covers the bill.
        // What a service does for nothing is still a purchase: it is not sent twice.
        let ceiling = price.map { MicroUSD(max(1, Int64((Double($0.amount.amount) * units).rounded(.up)))) } ?? .zero
        let spec = TaskSpec(
            kind: kind, backend: choice.backend, model: choice.model, account: choice.account,
            recipeVersion: Self.recipes[kind] ?? 1,
            parameters: parameters, shaping: shaping,
            inputs: inputs.map(\.input), inputBases: inputs.map(\.basis),
            expected: .milliseconds(Int64(seconds * 1_000)),
            priceCeiling: ceiling, gate: price == nil ? nil : choice.gate,
            terms: price.map { "\(choice.name): \($0.terms)" } ?? "")
        let node = JobNode(
            name: name, spec: spec, scene: scene, shot: shot, isGoal: isGoal,
            filmMilliseconds: Int64(filmFrames * 1_000 / profile.fps))
        places[name] = nodes.count
        nodes.append(node)
        return node
    }

    /// Seconds of work for one frame of this size, as a first guess.
    private var frameSeconds: Double { 0.012 * Double(profile.width * profile.height) / (1_280 * 720) + 0.001 }

    // MARK: places and people

    private mutating func planAssets() {
        for clip in timeline.clips { planSetting(clip.shot) }
        var seen: Set<String> = []
        for clip in timeline.clips {
            for person in clip.shot.people where seen.insert(person).inserted { planPerson(person) }
        }
    }

    /// One plate per place and time of day; a place's first is its base.
    private mutating func planSetting(_ shot: Shot) {
        let time = time(of: shot)
        let variant = "\(shot.setting)__\(time)"
        guard settingNodes[variant] == nil else { return }
        let isBase = node("\(shot.setting)/setting") == nil
        let location = locations[shot.setting]
        let act = Act(beat: shot.beat)
        let colours = act.flatMap { film.bible.acts[$0] }
        let words =
            location.map { [$0.prompt, $0.description] } ?? [shot.setting.replacing("_", with: " "), shot.scenePrompt]
        settingNodes[variant] = add(
            .setting, isBase ? "\(shot.setting)/setting" : "\(variant)/setting",
            [
                "prompt": .init(words.joined(separator: ". ")), "name": .init(location?.name ?? shot.setting),
                "time": .init(time), "time_words": .init(location?.times[time.uppercased()] ?? ""),
                "exterior": .init(isExterior(shot)),
                "palette": .list((location?.palette ?? film.bible.palette).map { .init($0) }),
                "style_palette": .list(film.bible.palette.map { .init($0) }),
                "mood": .list((location?.mood ?? []).map { .init($0) }), "tone": .init(film.bible.tone),
                "act_colour": .init(colours?.colour ?? ""),
            ],
            shaping: ["width": 1_920, "height": 1_080], seconds: 0.6, isGoal: true)
    }

    /// day, night, dusk, dawn… of a slugline; a continuous scene is as its place was before: day when unknown.
    package static func time(_ shot: Shot) -> String {
        let words = Names.timeOfDay(shot.slugline).lowercased()
        for (word, time) in [
            ("night", "night"), ("midnight", "night"), ("dusk", "dusk"), ("sunset", "dusk"), ("evening", "dusk"),
            ("dawn", "dawn"), ("sunrise", "dawn"), ("morning", "dawn"), ("day", "day"), ("noon", "day"),
        ] where words.contains(word) {
            return time
        }
        return "day"
    }

    private func time(of shot: Shot) -> String { sluglines[shot.slugline]?.time ?? "day" }

    private func isExterior(_ shot: Shot) -> Bool { sluglines[shot.slugline]?.isExterior ?? true }

    private mutating func planPerson(_ key: String) {
        let person = film.bible.person(key) ?? Bible.Person(key: key, name: key.replacing("_", with: " "))
        let portrait = add(
            .portrait, "\(key)/portrait",
            [
                "name": .init(person.name), "gender": .init(person.gender), "years": .init(Casting.age(person)),
                "height": .init(person.height), "build": .init(person.build), "hair": .init(person.hair),
                "skin": .init(person.skin), "wardrobe": .init(person.wardrobe), "marks": .init(person.marks),
                "signature": .init(person.signature), "summary": .init(person.summary),
                "prompt": .init(person.portraitPrompt),
            ],
            shaping: ["width": 1_024, "height": 1_536], seconds: 0.5)
        add(
            .cutout, "\(key)/cutout", [:], shaping: ["width": 1_024, "height": 1_536],
            inputs: [Source("portrait", portrait)], seconds: 0.4, isGoal: true)
    }

    // MARK: shots

    private mutating func planShot(_ index: Int) {
        let clip = timeline.clips[index]
        let shot = clip.shot
        let framing = framing(shot)
        let visuals = visuals(shot)
        let compose = planCompose(shot, framing, visuals)
        let animate = planAnimate(shot, framing, visuals, compose)
        add(
            .conform, "\(shot.id)/conform",
            [
                "frames": .init(clip.frames), "key_frames": .list(clip.keyFrames.map { .init($0) }),
                "shot": .init(shot.id),
            ],
            shaping: profile.encoding, inputs: [Source("raw", animate, isTolerant: true)], scene: shot.scene,
            shot: shot.number,
            seconds: 0.2 + Double(clip.frames) * frameSeconds)
        planSound(clip)
    }

    private func visuals(_ shot: Shot) -> [Source] {
        var inputs: [Source] = []
        if let setting = settingNodes["\(shot.setting)__\(time(of: shot))"] {
            inputs.append(Source("setting", setting))
        }
        for (index, person) in shot.people.enumerated() {
            if let cutout = node("\(person)/cutout") { inputs.append(Source("person.\(index)", cutout)) }
        }
        return inputs
    }

    /// What the picture of a shot is made of: who stands where, from how far, through which lens.
    private func framing(_ shot: Shot) -> Fields {
        [
            "type": .init(shot.type.rawValue), "lens": .init(shot.lensMM), "height": .init(shot.cameraHeight),
            "blocking": .init(shot.blocking), "trigger": .init(shot.trigger.rawValue),
            "people": .list(shot.people.map { .init(film.bible.person($0)?.name ?? $0) }),
            "years": .list(shot.people.map { .init(Casting.age(film.bible.person($0))) }),
            "speaker": .init(shot.people.firstIndex(of: shot.lines.first?.speaker ?? "") ?? -1),
            "content": .init(shot.content), "lighting": .init(shot.lighting),
        ]
    }

    private mutating func planCompose(
        _ shot: Shot, _ framing: Fields, _ visuals: [Source]
    ) -> JobNode {
        var parameters = framing
        parameters["prompt"] = .init(shot.scenePrompt)
        parameters["negative"] = .init(shot.negativePrompt)
        parameters["label"] = .init("\(shot.id)")
        parameters["strength"] = 600
        parameters["guidance"] = 7_000
        return add(
            .compose, "\(shot.id)/compose", parameters, shaping: profile.shaping, inputs: visuals,
            scene: shot.scene, shot: shot.number, seconds: 0.3, isGoal: true)
    }

    /// Asks for a slot of quarter seconds, two frames longer than the shot at least: a frame more or less by rounding
    /// never asks for another clip.
    static func slotQuarters(_ seconds: Double, fps: Int) -> Int { Int(((seconds + 2 / Double(fps)) * 4).rounded(.up)) }

    private mutating func planAnimate(
        _ shot: Shot, _ framing: Fields, _ visuals: [Source], _ compose: JobNode
    ) -> JobNode {
        let quarters = Self.slotQuarters(shot.seconds, fps: profile.fps)
        var parameters = framing
        parameters["prompt"] = .init(shot.videoPrompt)
        parameters["movement"] = .init(shot.movement.rawValue)
        parameters["quarters"] = .init(quarters)
        parameters["film"] = .init(film.title)
        parameters["shot"] = .init(shot.id)
        parameters["slugline"] = .init(shot.slugline)
        return add(
            .animate, "\(shot.id)/animate", parameters, shaping: profile.encoding,
            inputs: [Source("still", compose)] + visuals, scene: shot.scene, shot: shot.number,
            seconds: profile.backend(of: .animate).isLocal
                ? 0.3 + Double(quarters * profile.fps / 4) * frameSeconds : 60, units: Double(quarters) / 4)
    }

    // MARK: sound

    private mutating func planSound(_ clip: Timeline.Clip) {
        let shot = clip.shot
        for (index, line) in shot.lines.enumerated() {
            let voice = film.voices.voice(of: line.speaker)
            add(
                .dialogue, "\(shot.id)_\(index + 1)/dialogue",
                [
                    "text": .init(line.text), "voice": .init(voice?.id ?? ""), "speaker": .init(line.speaker),
                    "offscreen": .init(line.isOffscreen),
                ], shaping: [:], scene: shot.scene, shot: shot.number, seconds: 1 + Double(line.text.count) * 0.01,
                isGoal: true)
        }
        if !shot.lines.isEmpty {
            let words = shot.lines.reduce(0) { $0 + max(1, $1.text.split(separator: " ").count) }
            let speech = Double(words) / 2.5 + 0.5
            if speech > shot.seconds {
                notes.append(
                    "\(shot.id): its lines take about \(Self.tenths(speech)) s, the shot has "
                        + "\(Self.tenths(shot.seconds)) s; what is left over runs under the next shot")
            }
        }
        let reach = max(overlap(clip.soundIn), overlap(clip.soundOut))
        // Whole seconds with room to spare: beds of one place and length are made once and shared.
        let seconds = Int((shot.seconds + Double(reach) / Double(profile.fps)).rounded(.up)) + 1
        let location = locations[shot.setting]
        add(
            .ambience, "\(shot.id)/ambience",
            [
                "words": .init(shot.ambience), "place": .init(location?.prompt ?? shot.setting),
                "time": .init(time(of: shot)), "exterior": .init(isExterior(shot)),
                "seconds": .init(seconds),
            ], shaping: [:], scene: shot.scene, shot: shot.number, seconds: 0.3 + Double(seconds) * 0.05)
    }

    /// Frames after which a shot's lines have surely ended, even in the slowest voice.
    static func longestSpeech(_ shot: Shot, fps: Int) -> Int {
        shot.lines.reduce(6) { $0 + 5 + Int((0.5 + Double($1.text.count) * 0.12) * Double(fps)) }
    }

    static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private func overlap(_ edge: Timeline.SoundEdge) -> Int { if case .over(let frames) = edge { frames } else { 0 } }

    // MARK: segments

    package func segmentName(_ index: Int) -> String? {
        switch timeline.segments[index] {
        case .body: nil
        case .mix(let kind, let clip, _): "\(timeline.clips[clip].shot.id)/\(kind.rawValue)"
        case .fadeOut(let clip, _): "\(timeline.clips[clip].shot.id)/fade_out"
        case .fadeIn(let clip, _): "\(timeline.clips[clip].shot.id)/fade_in"
        case .card(let kind, _): "card/\(kind.rawValue)"
        }
    }

    private mutating func planSegment(_ index: Int) {
        guard let name = segmentName(index) else { return }
        let segment = timeline.segments[index]
        var parameters: Fields = ["frames": .init(segment.frames)]
        var inputs: [Source] = []
        var scene = 0
        func take(_ clip: Int, as role: String) {
            if let node = node("\(timeline.clips[clip].shot.id)/conform") { inputs.append(Source(role, node)) }
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
        case .card(let kind, _):
            parameters["kind"] = "card"
            parameters["text"] = .init(kind == .opening ? film.openingTitle : film.closingLine)
            parameters["small"] = .init(kind == .opening ? "" : film.title)
            scene = kind == .opening ? 0 : 9_999
        }
        add(
            .transition, name, parameters, shaping: profile.encoding, inputs: inputs, scene: scene,
            seconds: 0.3 + Double(segment.frames) * frameSeconds)
    }

    /// The recipe's list of pieces, and the inputs it names, for a run of segments.
    private func pieces(_ range: Range<Int>) -> (Field, [Source]) {
        var inputs: [Source] = []
        var pieces: [Field] = []
        for index in range {
            let name: String
            var from = 0
            let frames = timeline.segments[index].frames
            if case .body(let clip, let start, _) = timeline.segments[index] {
                name = "\(timeline.clips[clip].shot.id)/conform"
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

    // MARK: sound windows

    /// Everything of a clip that can be heard, with places in film frames relative to `origin`.
    private func stems(
        of index: Int, origin: Int, _ inputs: inout [Source], linesOnly: Bool = false
    ) -> Field {
        let clip = timeline.clips[index]
        let shot = clip.shot
        var fields: Fields = [
            "shot": .init(shot.id), "at": .init(clip.start - origin), "frames": .init(clip.frames),
            "lead": .init(overlap(clip.soundIn)), "trail": .init(overlap(clip.soundOut)),
            "fade_in": .init(fade(clip.soundIn)), "fade_out": .init(fade(clip.soundOut)),
        ]
        if !linesOnly, let bed = node("\(shot.id)/ambience") {
            fields["bed"] = .init("bed.\(index)")
            inputs.append(Source("bed.\(index)", bed, isTolerant: true))
        }
        var lines: [Field] = []
        for line in shot.lines.indices {
            guard let node = node("\(shot.id)_\(line + 1)/dialogue") else { continue }
            let name = "line.\(index).\(line)"
            inputs.append(Source(name, node, isTolerant: true))
            lines.append(.init(name))
        }
        fields["lines"] = .list(lines)
        return .map(fields.values)
    }

    /// Frames a bed's edge fades over; a J or L fades over what it reaches.
    private func fade(_ edge: Timeline.SoundEdge) -> Int {
        switch edge {
        case .cut: 0
        case .fade(let frames), .over(let frames): frames
        }
    }

    private var soundFields: Fields { ["samples_per_frame": .init(profile.samplesPerFrame)] }

    private mutating func planMix(_ window: Timeline.Window) {
        var inputs: [Source] = []
        var stems: [Field] = []
        for (index, sound) in audible.enumerated() {
            let touches = sound.from < window.to && sound.to > window.from
            // A line may run past its shot: who may still speak when the window begins is heard in it too.
            let mayOverhang = sound.end <= window.from && sound.speechEnd > window.from
            guard touches || mayOverhang else { continue }
            stems.append(self.stems(of: index, origin: window.from, &inputs, linesOnly: !touches))
        }
        add(
            .mix, Self.sceneName(window.scene) + "/mix",
            ["frames": .init(window.to - window.from), "stems": .list(stems)], shaping: soundFields, inputs: inputs,
            scene: window.scene, seconds: 0.4 + Double(window.to - window.from) / Double(profile.fps) * 0.02)
    }

    private mutating func planClip(_ index: Int) {
        let clip = timeline.clips[index]
        var inputs: [Source] = []
        guard let picture = node("\(clip.shot.id)/conform") else { return }
        inputs.append(Source("picture", picture))
        let stem = stems(of: index, origin: clip.start, &inputs)
        var shaping = profile.shaping
        shaping["audio_kilobits"] = .init(profile.audioKilobits)
        shaping["samples_per_frame"] = .init(profile.samplesPerFrame)
        add(
            .clip, "\(clip.shot.id)/clip", ["frames": .init(clip.frames), "stems": .list([stem])], shaping: shaping,
            inputs: inputs, scene: clip.shot.scene, shot: clip.shot.number,
            seconds: 0.5 + Double(clip.frames) * 0.001, isGoal: true, filmFrames: clip.frames)
    }

    package static func sceneName(_ number: Int) -> String {
        let digits = String(number)
        return "scene_" + String(repeating: "0", count: max(0, 3 - digits.count)) + digits
    }

    private mutating func planScene(_ window: Timeline.Window) {
        guard let mix = node(Self.sceneName(window.scene) + "/mix") else { return }
        let (list, inputs) = pieces(window.segments)
        var shaping = profile.encoding
        shaping["audio_kilobits"] = .init(profile.audioKilobits)
        add(
            .scene, Self.sceneName(window.scene), ["frames": .init(window.to - window.from), "pieces": list],
            shaping: shaping, inputs: inputs + [Source("sound", mix)], scene: window.scene,
            seconds: 0.5 + Double(window.to - window.from) * 0.002, isGoal: true)
    }

    // MARK: the film

    private mutating func planSoundtrack() {
        var inputs: [Source] = []
        var windows: [Field] = []
        var chapters: [Field] = []
        var at = Timeline.cardFrames
        for window in timeline.windows {
            guard let mix = node(Self.sceneName(window.scene) + "/mix") else { continue }
            let slugline = film.scenes.first { $0.number == window.scene }?.slugline ?? ""
            inputs.append(Source("window.\(windows.count)", mix))
            windows.append(.init("window.\(windows.count)"))
            chapters.append(
                .map([
                    "at": .init(at == Timeline.cardFrames ? 0 : at),
                    "title": .init("Scene \(window.scene)" + (slugline.isEmpty ? "" : ": \(slugline)")),
                ]))
            at += window.to - window.from
        }
        var lines: [Field] = []
        for (index, clip) in timeline.clips.enumerated() {
            for (number, line) in clip.shot.lines.enumerated() {
                guard let node = node("\(clip.shot.id)_\(number + 1)/dialogue") else { continue }
                let name = "line.\(index).\(number)"
                inputs.append(Source(name, node, isTolerant: true))
                lines.append(
                    .map([
                        "input": .init(name), "text": .init(line.text), "shot_at": .init(clip.start),
                        "first": .init(number == 0),
                    ]))
            }
        }
        add(
            .soundtrack, "soundtrack",
            [
                "frames": .init(timeline.frames), "card_frames": .init(Timeline.cardFrames), "windows": .list(windows),
                "chapters": .list(chapters), "lines": .list(lines), "title": .init(film.title),
                "fps": .init(profile.fps),
            ],
            shaping: [
                "samples_per_frame": .init(profile.samplesPerFrame), "audio_kilobits": .init(profile.audioKilobits),
                "loudness": .init(profile.loudnessMilliLUFS),
            ], inputs: inputs, scene: 9_999, seconds: 1 + Double(timeline.frames) / Double(profile.fps) * 0.06)
    }

    private mutating func planFilm() {
        guard let sound = node("soundtrack") else { return }
        let (list, inputs) = pieces(timeline.segments.indices)
        add(
            .film, "film", ["frames": .init(timeline.frames), "pieces": list], shaping: profile.encoding,
            inputs: inputs + [Source("sound", sound)], scene: 9_999,
            seconds: 1 + Double(timeline.frames) * 0.002, isGoal: true)
    }
}
