package import Film
package import Protocol

/// A film as tasks: what each makes, from what, under which key. Pure and deterministic: the same film and profile
/// give the same keys in every process.
package struct FilmPlan: Sendable {
    package let film: FilmProject
    package let profile: Profile
    package let timeline: Timeline
    package let credits: CreditsRoll
    /// Inputs before those that take them.
    package internal(set) var nodes: [JobNode] = []
    /// Things worth knowing that are no faults.
    package internal(set) var notes: [String] = []

    /// What would be made where a bought take is shown as it is, by name: it tells whether that take is stale.
    package internal(set) var replaced: [String: JobNode] = [:]

    /// Places in `nodes`.
    var places: [String: Int] = [:]
    var settingNodes: [String: JobNode] = [:]
    /// What a slugline says of the light and the roof; read once for all shots that share it.
    var sluglines: [String: (time: String, isExterior: Bool)] = [:]
    var locations: [String: Bible.Location] = [:]
    /// Frames of each shot's own material that are needed.
    var reach: [String: Int] = [:]
    /// Each shot's place in the film.
    var shotPlaces: [String: Int] = [:]
    /// Film frames in which something of each clip may be heard: its bed, its picture's end, its lines at their slowest.
    var audible: [(from: Int, to: Int, end: Int, speechEnd: Int)] = []

    /// Versions of our own recipes; one rises when its output changes.
    package static let recipes: [TaskKind: Int] = [
        .setting: 2, .portrait: 1, .cutout: 2, .compose: 2, .animate: 2, .lipsync: 1, .dialogue: 1, .ambience: 2,
        .music: 1,
        .conform: 2, .transition: 2, .mix: 2, .clip: 3, .scene: 2, .soundtrack: 3, .film: 2,
    ]

    package init(_ film: FilmProject, _ profile: Profile) {
        self.film = film
        self.profile = profile
        credits = CreditsRoll(film)
        var titles = profile.titles
        if let cut = film.cut {
            titles.opening = titles.opening && cut.hasOpening
            titles.closing = titles.closing && cut.hasClosing
            titles.credits = titles.credits && cut.hasCredits
        }
        timeline = Timeline(film, fps: profile.fps, titles: titles, credits: credits.frames)
        notes = timeline.notes
        nodes.reserveCapacity(film.shots.count * 6)
        locations = Dictionary(film.bible.locations.map { ($0.key, $0) }) { first, _ in first }
        for clip in timeline.clips where sluglines[clip.shot.slugline] == nil {
            let slugline = clip.shot.slugline
            sluglines[slugline] = (Self.time(clip.shot), Names.isExterior(slugline) ?? true)
        }
        for (index, shot) in film.shots.enumerated() { shotPlaces[shot.id] = index }
        planAssets()
        planMusic()
        // How much of each shot is shown, whatever its uses: one clip is made for all of them.
        for clip in timeline.clips { reach[clip.shot.id] = max(reach[clip.shot.id] ?? 0, clip.skip + clip.frames) }
        for index in timeline.clips.indices { planShot(index) }
        for index in timeline.segments.indices { planSegment(index) }
        audible = timeline.clips.map { clip in
            (
                clip.start - overlap(clip.soundIn), clip.end + overlap(clip.soundOut), clip.end,
                clip.start + Self.longestSpeech(clip, fps: profile.fps)
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
    struct Source {
        let input: TaskInput
        let basis: Digest

        init(_ name: String, _ node: JobNode, isTolerant: Bool = false) {
            input = TaskInput(name: name, key: node.spec.key, isTolerant: isTolerant)
            basis = node.spec.basis
        }
    }

    // MARK: adding

    @discardableResult
    mutating func add(
        _ kind: TaskKind, _ name: String, _ parameters: Fields, shaping: Fields, inputs: [Source] = [],
        scene: Int = 0, shot: Int = 0, seconds: Double, isGoal: Bool = false, filmFrames: Int = 0, units: Double = 0,
        take: Int = 0, rows: Int = 0, slot: Int = 0, chosen: Selection.Choice? = nil,
        approvals: [String] = []
    ) -> JobNode {
        let own = Self.takeKinds.contains(kind) ? film.selection.choices[Self.slot(of: name, kind)] : nil
        let asked = chosen ?? own
        let choice = backend(of: kind, asked, scene: scene)
        var parameters = parameters
        if let prompt = asked?.prompt, !prompt.isEmpty, parameters["prompt"] != nil {
            parameters["prompt"] = .init(prompt)
        }
        let price = profile.price(of: kind, by: choice, rows: rows, seconds: slot)
        // Worst case, rounded up: what is reserved always covers the bill.
        // What a service does for nothing is still a purchase: it is not sent twice.
        let ceiling = price?.cost(units: units) ?? .zero
        let spec = TaskSpec(
            kind: kind, backend: choice.backend, model: choice.model, account: choice.account,
            recipeVersion: Self.recipes[kind] ?? 1,
            parameters: parameters, shaping: shaping, take: asked?.seed ?? take,
            inputs: inputs.map(\.input), inputBases: inputs.map(\.basis),
            expected: .milliseconds(Int64(seconds * 1_000)),
            priceCeiling: ceiling, gate: price == nil ? nil : choice.gate,
            terms: price.map { "\(choice.name): \($0.terms)" } ?? "")
        func node(_ spec: TaskSpec) -> JobNode {
            JobNode(
                name: name, spec: spec, scene: scene, shot: shot,
                isGoal: isGoal && (profile.absent == nil || kind == .film),
                filmMilliseconds: Int64(profile.fps.milliseconds(filmFrames)), approvals: approvals)
        }
        var node = node(spec)
        if let bought = asked?.bought, bought.key != spec.key.hex, let kept = Self.given(bought, instead: spec) {
            replaced[name] = node
            node = JobNode(
                name: name, spec: kept, scene: scene, shot: shot, isGoal: node.isGoal,
                filmMilliseconds: node.filmMilliseconds)
        }
        places[name] = nodes.count
        nodes.append(node)
        return node
    }

    func backend(of kind: TaskKind, _ asked: Selection.Choice?, scene: Int) -> BackendChoice {
        if kind == .music { return .given }
        guard let asked, !asked.backend.isEmpty else { return profile.backend(of: kind, scene: scene) }
        let model = asked.model.isEmpty ? ServiceModels.usual(of: asked.backend, kind) : asked.model
        return BackendChoice(asked.backend, model: model, account: asked.account)
    }

    /// A bought take as it is: nobody makes it, the store has it. Its basis is its own, so what shows it is as stale as it is.
    private static func given(_ bought: Selection.Bought, instead spec: TaskSpec) -> TaskSpec? {
        guard let digest = Digest(hex: bought.digest), Digest(hex: bought.key) != nil else { return nil }
        return TaskSpec(
            kind: spec.kind, backend: BackendChoice.given.backend, recipeVersion: 1,
            parameters: ["digest": .init(digest.hex), "bought": .init(bought.key)],
            toldBasis: Digest(hex: bought.basis) ?? spec.basis, expected: .zero)
    }

    /// Seconds of work: what our own makers take, or the usual wait for a service or an engine.
    func work(_ kind: TaskKind, _ ours: Double) -> Double {
        guard !profile.backend(of: kind).isLocal else { return ours }
        switch kind {
        case .animate: return 60
        case .setting, .portrait, .compose: return 12
        case .lipsync: return 60
        default: return 4
        }
    }

    /// Seconds of work for one frame of this size, as a first guess.
    var frameSeconds: Double { 0.012 * Double(profile.width * profile.height) / (1_280 * 720) + 0.001 }
}
