internal import Film
internal import Protocol

/// Clips of a service that come in lengths of its own: which are bought for a shot, and how they follow each other.
extension FilmPlan {
    struct Slots {
        let plan: SlotPlan
        let rows: Int

        /// What is asked of the service at a place: it decides the key and not the basis, so that another model makes no
        /// library stale.
        func shaping(_ shot: Shot, _ drawing: Fields, _ place: Int) -> Fields {
            var fields = drawing
            // What the still must not hold is in its basis already.
            if !shot.negativePrompt.isEmpty { fields["negative"] = .init(shot.negativePrompt) }
            fields["slot"] = .init(plan.slots[place])
            fields["rows"] = .init(rows)
            return fields
        }
    }

    /// Who makes a shot's clip, where it is not the first of the list: who can make one of its length, or for least.
    func animator(of shot: Shot, quarters: Int) -> Selection.Choice? {
        let asked = film.selection.choices[Self.slot(of: "\(shot.id)/animate", .animate)]
        guard asked?.backend.isEmpty ?? true, profile.locks[shot.scene]?[.animate] == nil,
            let others = profile.substitutes[.animate]
        else { return asked }
        let list = [profile.backend(of: .animate)] + others
        let ways = list.filter { !$0.isFree || $0.isLocal }.map { choice in
            (
                choice: choice, isAnyLength: VideoModels.model(choice) == nil,
                slots: slots(of: shot, quarters: quarters, by: choice)
            )
        }
        let able = ways.filter { $0.isAnyLength || $0.slots != nil }
        // What costs nothing is the last resort of a list, and no bargain.
        let bargain = able.filter { !$0.choice.isFree && $0.slots?.plan.cost != nil }.min {
            ($0.slots?.plan.cost ?? .zero) < ($1.slots?.plan.cost ?? .zero)
        }
        guard let best = (profile.isCheapestFirst ? bargain : nil) ?? able.first, best.choice != list[0] else {
            return asked
        }
        var choice = asked ?? Selection.Choice()
        (choice.backend, choice.model, choice.account) = (best.choice.backend, best.choice.model, best.choice.account)
        return choice
    }

    /// `nil` where clips come in any length: our own makers, and services whose models this release does not know.
    func slots(of shot: Shot, quarters: Int) -> Slots? {
        let asked = animator(of: shot, quarters: quarters)
        return slots(of: shot, quarters: quarters, by: backend(of: .animate, asked, scene: shot.scene))
    }

    private func slots(of shot: Shot, quarters: Int, by choice: BackendChoice) -> Slots? {
        guard let model = VideoModels.model(choice) else { return nil }
        let drawing = profile.drawing
        guard let width = try? drawing.integer("width", in: 1...100_000),
            let height = try? drawing.integer("height", in: 1...100_000)
        else { return nil }
        let rows = model.rows(for: min(width, height))
        let plan = SlotPlan.cheapest(
            for: needed(shot, quarters: quarters), lengths: model.lengths[rows] ?? [],
            frame: 1_000 / profile.fps.nominal + 1
        ) { length in
            profile.price(of: .animate, by: choice, rows: rows, seconds: length)?.cost(units: Double(length))
        }
        return plan.map { Slots(plan: $0, rows: rows) }
    }

    /// Milliseconds of picture a shot needs: to the frame where nothing but its length decides, else to the quarter second.
    private func needed(_ shot: Shot, quarters: Int) -> Int {
        let exact = Int(((shot.seconds + profile.fps.seconds(2)) * 1_000).rounded(.up))
        return quarters == Self.slotQuarters(shot.seconds, fps: profile.fps) ? exact : quarters * 250
    }

    /// The clips after the first, each from the last frame of the one before it, or from the still where a chain would be
    /// too long.
    mutating func chain(of shot: Shot, after first: JobNode) -> [(number: Int, node: JobNode)] {
        let chosen = film.selection.choices[Self.slot(of: first.name, .animate)]
        guard first.spec.backend != BackendChoice.given.backend else { return boughtChain(of: shot, chosen?.bought) }
        guard first.spec.shaping["slot"] != nil,
            let quarters = try? first.spec.parameters.integer("quarters", in: 1...4_000),
            let slots = slots(of: shot, quarters: quarters)
        else { return [] }
        // They are one take with the first: asked for as it is, and never what followed another one.
        var asked = animator(of: shot, quarters: quarters) ?? Selection.Choice()
        asked.bought = nil
        let still = first.spec.inputs.first { $0.name == "still" }.flatMap(source)
        var pieces: [(number: Int, node: JobNode)] = []
        var before = first
        for place in slots.plan.slots.indices.dropFirst() {
            let name = Self.piece(place + 1, of: shot)
            var parameters = first.spec.parameters
            parameters["piece"] = .init(place + 1)
            let input = SlotPlan.startsAnew(place) ? still : Source("previous", before)
            let piece =
                node(name)
                ?? add(
                    .animate, name, parameters, shaping: slots.shaping(shot, profile.drawing, place),
                    inputs: input.map { [$0] } ?? [], scene: shot.scene, shot: shot.number, seconds: 60,
                    units: Double(slots.plan.slots[place]), take: first.spec.take, rows: slots.rows,
                    slot: slots.plan.slots[place], chosen: asked)
            pieces.append((place + 1, piece))
            before = piece
        }
        return pieces
    }

    private static func piece(_ number: Int, of shot: Shot) -> String { "\(shot.id)_\(number)/animate" }

    /// What was bought behind a clip that is shown as it is: the clips that were made from it, and no others.
    private mutating func boughtChain(of shot: Shot, _ first: Selection.Bought?) -> [(number: Int, node: JobNode)] {
        var pieces: [(number: Int, node: JobNode)] = []
        guard var before = first else { return [] }
        for number in 2...100 {
            let name = Self.piece(number, of: shot)
            guard let bought = film.selection.choices[Self.slot(of: name, .animate)]?.bought,
                bought.previous == (SlotPlan.startsAnew(number - 1) ? "" : String(before.basis.prefix(12)))
            else { break }
            let piece =
                node(name)
                ?? add(
                    .animate, name, ["piece": .init(number)], shaping: profile.drawing, scene: shot.scene,
                    shot: shot.number, seconds: 60)
            pieces.append((number, piece))
            before = bought
        }
        return pieces
    }

    private func source(_ input: TaskInput) -> Source? {
        nodes.first { $0.spec.key == input.key }.map { Source(input.name, $0) }
    }

    /// What a film's clips come to in seconds, where services have lengths of their own: paid for, needed, and what would be
    /// paid with nothing but the model's longest clip.
    package var slotSeconds: (paid: Int, needed: Double, longestOnly: Int)? {
        var (paid, needed, longestOnly) = (0, 0.0, 0)
        var counted: Set<String> = []
        for node in nodes where node.spec.kind == .animate {
            paid += (try? node.spec.shaping.integer("slot", in: 1...1_000)) ?? 0
        }
        for clip in timeline.clips where counted.insert(clip.shot.id).inserted {
            guard let spec = node("\(clip.shot.id)/animate")?.spec,
                let rows = try? spec.shaping.integer("rows", in: 1...100_000),
                let model = VideoModels.model(BackendChoice(spec.backend, model: spec.model, account: spec.account)),
                let longest = model.lengths[rows]?.last
            else { continue }
            needed += clip.shot.seconds
            longestOnly += Int((clip.shot.seconds / Double(longest)).rounded(.up)) * longest
        }
        return paid > 0 ? (paid, needed, longestOnly) : nil
    }
}
