internal import Film

/// V5: how each shot goes over into the next.
struct Joins {
    struct SceneFacts {
        var beat: String
        var start: String
        var end: String
        var time: String
        var isContinuous: Bool
        var isActEnd: Bool
        var written: [String]
    }

    static let actEndingBeats = ["break into two", "midpoint", "break into three", "final image"]

    func join(_ scenes: inout [DraftScene], _ facts: [SceneFacts]) {
        for index in scenes.indices {
            inside(&scenes[index])
            guard let last = scenes[index].shots.indices.last else { continue }
            let isLastScene = index == scenes.count - 1
            let next = isLastScene ? nil : facts[index + 1]
            let isBeatEnd = next.map { !TriggerRules.isBeat($0.beat, among: [Self.name(facts[index].beat)]) } ?? true
            let match = isLastScene ? nil : Self.match(scenes[index].shots[last], scenes[index + 1].shots.first)
            let (transition, seconds, why) = end(
                facts[index], next, shot: scenes[index].shots[last], isLastScene: isLastScene, isBeatEnd: isBeatEnd,
                match: match)
            scenes[index].shots[last].transition = transition
            scenes[index].shots[last].crossfadeSeconds = seconds
            scenes[index].shots[last].transitionWhy = why
        }
    }

    private func inside(_ scene: inout DraftScene) {
        for index in scene.shots.indices.dropLast() {
            let (shot, next) = (scene.shots[index], scene.shots[index + 1])
            if shot.isDialogue, !next.isDialogue, shot.lines.first?.isOffscreen != true {
                scene.shots[index].transition = .lCut
                scene.shots[index].crossfadeSeconds = 0.3
                scene.shots[index].transitionWhy = "the words run on over what follows"
            } else if next.trigger == .timeSkip {
                scene.shots[index].transition = .dissolve
                scene.shots[index].crossfadeSeconds = 0.5
                scene.shots[index].transitionWhy = "time passes"
            } else {
                scene.shots[index].transition = .cut
                scene.shots[index].transitionWhy = "inside the scene"
            }
        }
    }

    /// First match wins; what the writer wrote comes before every rule.
    private func end(
        _ scene: SceneFacts, _ next: SceneFacts?, shot: Draft, isLastScene: Bool, isBeatEnd: Bool, match: String?
    ) -> (Transition, Double, String) {
        if isLastScene { return (.fadeBlack, 1, "the film ends") }
        for text in scene.written.reversed() {
            if let (transition, seconds) = Self.written(text) {
                return (transition, seconds, "the writer asks: \(text)")
            }
        }
        if isBeatEnd,
            TriggerRules.isBeat(scene.beat, among: Self.actEndingBeats) || scene.isActEnd && !scene.beat.isEmpty
        {
            return (.fadeBlack, 0.8, "an act ends")
        }
        guard let next else { return (.cut, 0, "next scene") }
        if let match { return (.matchCut, 0, "both show the \(match)") }
        if next.time.hasSuffix("LATER"), !next.time.hasPrefix("MOMENT") { return (.dissolve, 0.5, "time passes") }
        if !scene.time.isEmpty, !next.time.isEmpty, !next.isContinuous, scene.time != next.time {
            return (.dissolve, 0.5, "\(scene.time) becomes \(next.time)")
        }
        let (from, to) = (scene.end, next.start.isEmpty ? next.end : next.start)
        if !from.isEmpty, !to.isEmpty, from != to { return (.smashCut, 0, "the mood turns") }
        if shot.isDialogue { return (.jCut, 0.3, "the next place is heard under the last words") }
        return (.cut, 0, "next scene")
    }

    private static func written(_ text: String) -> (Transition, Double)? {
        let words = text.uppercased()
        if words.contains("SMASH") { return (.smashCut, 0) }
        if words.contains("MATCH") { return (.matchCut, 0) }
        if words.contains("DISSOLVE") { return (.dissolve, 0.5) }
        if words.contains("WIPE") { return (.wipe, 0.5) }
        if words.hasPrefix("FADE IN") || words.hasPrefix("FADE FROM") || words.contains("UP FROM BLACK") {
            return (.fadeFromBlack, 0.8)
        }
        if words.contains("FADE") || words.contains("TO BLACK") { return (.fadeBlack, 0.8) }
        if words.contains("CUT") { return (.cut, 0) }
        return nil
    }

    private static func name(_ beat: String) -> String {
        String(beat.lowercased().prefix { $0 != "(" }).trimmingSpaces
    }

    /// A thing that ends one scene and begins the next: close on both.
    private static func match(_ shot: Draft, _ next: Draft?) -> String? {
        guard let next,
            [.insert, .closeUp, .extremeCloseUp].contains(shot.type) || [.insert, .closeUp].contains(next.type)
        else {
            return nil
        }
        let known = Lexicon.english
        func nouns(_ text: String) -> [String] {
            text.lowercased().split { !$0.isLetter }.map(String.init).filter {
                $0.count > 3 && known.classes(of: $0).isEmpty
            }
        }
        guard !next.isDialogue, !shot.isDialogue, next.trigger != .locationEstablish else { return nil }
        let tail = Set(nouns(shot.content).suffix(6))
        return nouns(next.content).prefix(6).first { tail.contains($0) }
    }
}
