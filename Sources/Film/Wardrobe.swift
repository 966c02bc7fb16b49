/// What a person wears through a film, as a visual bible's `wardrobe_evolution` says it (`formats.md` 3.4, 7).
///
/// Stages follow each other ("clean cap -> soaked -> shirtsleeves"), or say where they hold: "Act 1: cap; Act 2: soaked",
/// "coat (scenes 1-12) -> sling (13-40)". "Unchanged" is as before.
package struct Wardrobe: Sendable, Equatable {
    package struct Stage: Sendable, Equatable {
        package var text: String
        /// Acts of three in which it holds; nil where the words do not say.
        package var acts: ClosedRange<Int>?
        /// Scenes in which it holds, from 1; nil where the words do not say.
        package var scenes: ClosedRange<Int>?
    }

    package private(set) var stages: [Stage] = []

    package var isEmpty: Bool { stages.isEmpty }

    package init(_ text: String = "") {
        let arrows = text.replacing("→", with: "->").split(separator: "->").map { String($0).trimmingSpaces }
        var parts: [String] = []
        for part in arrows {
            let pieces = part.split { $0 == ";" || $0 == "\n" }.map { String($0).trimmingSpaces }
            // A semicolon parts stages only where each says where it holds.
            parts += pieces.allSatisfy { Self.stage($0).isPlaced } ? pieces : [part]
        }
        for part in parts where !part.isEmpty {
            var stage = Self.stage(part)
            let isSame = ["unchanged", "same", "no change", "none", "as before", "-"].contains(stage.text.lowercased())
            if isSame {
                guard let last = stages.last else { continue }
                stage.text = last.text
            }
            if !stage.text.isEmpty { stages.append(stage) }
        }
    }

    /// What is worn in a scene.
    /// - Parameters:
    ///   - act: the scene's act; nil where its beat tells none.
    ///   - scene: from 1, of `scenes`.
    package func worn(act: Act?, scene: Int, of scenes: Int) -> String? {
        if let stage = stages.last(where: { $0.scenes?.contains(scene) == true }) { return stage.text }
        if let act, let stage = stages.last(where: { $0.acts?.contains(act.ofThree) == true }) { return stage.text }
        let free = stages.filter { !$0.isPlaced }
        guard !free.isEmpty else { return nil }
        guard let act else {
            // A script without beats: the stages share its scenes.
            return free[min(free.count - 1, max(0, scene - 1) * free.count / max(1, scenes))].text
        }
        let step = free.count > 3 ? (act.rawValue - 1) * free.count / Act.allCases.count : act.ofThree - 1
        return free[min(step, free.count - 1)].text
    }

    // MARK: reading

    private static func stage(_ text: String) -> Stage {
        if let colon = text.firstIndex(of: ":"), let place = place(text[..<colon]) {
            return placed(String(text[text.index(after: colon)...]).trimmingSpaces, place)
        }
        if text.hasSuffix(")"), let open = text.lastIndex(of: "("),
            let place = place(text[text.index(after: open)...].dropLast())
        {
            return placed(String(text[..<open]).trimmingSpaces, place)
        }
        return Stage(text: text)
    }

    private static func placed(_ text: String, _ place: (isAct: Bool, range: ClosedRange<Int>)) -> Stage {
        Stage(text: text, acts: place.isAct ? place.range : nil, scenes: place.isAct ? nil : place.range)
    }

    /// "Act 2", "act II", "scenes 4-9", "13 to 40".
    private static func place(_ words: Substring) -> (isAct: Bool, range: ClosedRange<Int>)? {
        let parts = words.lowercased().split { !($0.isLetter || $0.isNumber) }.filter { $0 != "to" && $0 != "and" }
        let isAct = parts.first?.hasPrefix("act") == true
        let isScene = parts.first.map { ["scene", "scenes", "sc", "scs"].contains($0) } == true
        let numbers = (isAct || isScene ? parts.dropFirst() : parts[...]).map(number)
        guard let first = numbers.first ?? nil, numbers.count <= 2, let last = numbers.last ?? nil, first <= last,
            first > 0
        else { return nil }
        return (isAct, first...last)
    }

    private static func number(_ word: Substring) -> Int? {
        Int(word) ?? ["i": 1, "ii": 2, "iii": 3, "one": 1, "two": 2, "three": 3, "2a": 2, "2b": 2][String(word)]
    }
}

extension Wardrobe.Stage {
    var isPlaced: Bool { acts != nil || scenes != nil }
}

extension Act {
    /// The act of three: both halves of the second are 2.
    package var ofThree: Int {
        switch self {
        case .one: 1
        case .twoA, .twoB: 2
        case .three: 3
        }
    }
}
