internal import Film

/// V1: what a paragraph of action is there for.
struct TriggerRules {
    let lexicon = Lexicon.english

    struct Facts {
        var cues: CueSet = []
        /// The verb of the first clause tells a reaction.
        var isReactionFirst = false
        /// A hand goes to a mouth, somebody spins toward a voice.
        var isAnswer = false
        var words = 0
        var hasIntroduction = false
        var isTimeSkip = false
        /// Somebody or something goes somewhere.
        var isMoving = false
        /// Somebody or something goes elsewhere.
        var isTravelling = false
        /// A part of a face is named.
        var isFacial = false
    }

    private static let travel = MotionTable.words(CueTable.travel)
    private static let face = MotionTable.words(CueTable.face)

    static let climaxBeats = ["finale", "all is lost", "break into three"]
    static let disasterBeats = ["catalyst", "midpoint", "all is lost", "break into three"]

    static func isBeat(_ beat: String, among names: [String]) -> Bool {
        let beat = beat.lowercased()
        return names.contains { beat.hasPrefix($0) }
    }

    /// First match wins; the second value says why.
    func trigger(_ facts: Facts, beat: String) -> (Trigger, String) {
        if facts.isTimeSkip { return (.timeSkip, "time passes in the words") }
        if facts.hasIntroduction { return (.newCharacterEnters, "somebody is introduced in capitals") }
        if facts.cues.contains(.climax) {
            if beat.isEmpty || Self.isBeat(beat, among: Self.climaxBeats) {
                return (.climaxMoment, "violence\(beat.isEmpty ? "" : " in \(beat)")")
            }
            return (.actionBeat, "violence outside the film's climaxes")
        }
        if facts.isReactionFirst && facts.words <= 16 || facts.isAnswer && facts.words <= 28 {
            return (.reaction, "a silent answer in a face or body")
        }
        if facts.cues.contains(.emotional) { return (.emotionalMoment, "feeling is shown") }
        if facts.cues.contains(.revelation) { return (.revelation, "something is found, read or understood") }
        if facts.cues.contains(.tension) { return (.tensionBuilding, "hiding, waiting or silence") }
        if facts.cues.contains(.reaction), facts.words <= 24, !facts.isMoving {
            return (.reaction, "a silent answer in a face or body")
        }
        return (.actionBeat, "action")
    }

    /// The facts of some sentences.
    func facts(_ paragraph: Paragraph, _ sentences: Range<Int>) -> Facts {
        var facts = Facts()
        var isFirstVerb = true
        for sentence in sentences {
            for index in paragraph.sentences[sentence] {
                let token = paragraph.tokens[index]
                facts.words += 1
                if token.isQuoted { continue }
                if Self.face.contains(token.lower) { facts.isFacial = true }
                if !isNoun(paragraph, index), !token.classes.isDisjoint(with: [.verbThird, .verbIng, .verbBase]),
                    Self.travel.contains(token.base)
                {
                    facts.isTravelling = true
                }
                if token.isCaps, Self.shots.contains(token.lower) { facts.cues.insert(.climax) }
                if isAnswer(paragraph, index, paragraph.sentences[sentence]) { facts.isAnswer = true }
                guard let cue = token.cue else {
                    if token.classes.isSuperset(of: [.verbThird, .moving]) { facts.isMoving = true }
                    if isFirstVerb, token.classes.contains(.verbThird), index > paragraph.sentences[sentence].lowerBound
                    {
                        isFirstVerb = false
                    }
                    continue
                }
                if cue == .climax,
                    isHarmless(paragraph, index, paragraph.sentences[sentence])
                        || isNobodys(paragraph, index, paragraph.sentences[sentence])
                {
                    continue
                }
                if cue.contains(.revelation),
                    isOfThings(paragraph, index, paragraph.sentences[sentence])
                        || findsNothing(paragraph, index, paragraph.sentences[sentence])
                        || isDenied(paragraph, index, paragraph.sentences[sentence])
                {
                    continue
                }
                if token.lower == "tears", isTearing(paragraph, index, paragraph.sentences[sentence]) { continue }
                if isNoun(paragraph, index), cue.isDisjoint(with: [.revelation, .tension, .emotional, .climax]) {
                    continue
                }
                if cue.contains(.reaction), isFirstVerb,
                    token.classes.contains(.verbThird) || token.classes.contains(.verbBase)
                {
                    facts.isReactionFirst = true
                }
                if token.classes.contains(.verbThird) { isFirstVerb = false }
                facts.cues.formUnion(cue)
            }
            if isTimeSkip(paragraph, paragraph.sentences[sentence]) { facts.isTimeSkip = true }
        }
        return facts
    }

    /// A hand shoots out, somebody shoots a look: no shot is heard.
    private func isHarmless(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        // "The fight gone out of his face."
        if paragraph.tokens[index].lower == "fight", index + 1 < sentence.upperBound {
            let next = paragraph.tokens[index + 1].lower
            return ["gone", "goes", "drains", "draining", "leaves", "leaving", "left", "out"].contains(next)
        }
        guard paragraph.tokens[index].base == "shoot", index + 1 < sentence.upperBound else {
            return false
        }
        let next = paragraph.tokens[index + 1]
        guard next.before == 0, !["at", "in", "first", "back"].contains(next.lower) else { return false }
        return !next.classes.isDisjoint(with: [.preposition, .adverb, .determiner])
    }

    /// A hand flies to a mouth; somebody spins toward a voice.
    private func isAnswer(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        let words = { (range: Range<Int>) in range.clamped(to: sentence).map { paragraph.tokens[$0] } }
        if Self.gestures.contains(token.lower), token.before == 0 {
            let before = words(max(sentence.lowerBound, index - 3)..<index)
            let isOwn = before.last.map { $0.classes.contains(.possessive) || $0.lower == "own" } ?? false
            return isOwn && before.contains { ["to", "over"].contains($0.lower) }
                && words(sentence.lowerBound..<index).contains { ["hand", "hands", "fist"].contains($0.lower) }
        }
        guard ["turn", "spin", "whirl", "wheel", "swing", "whip"].contains(token.base),
            token.classes.contains(.verbThird)
        else { return false }
        let after = words(index + 1..<index + 5)
        return after.contains { ["to", "toward", "towards", "at"].contains($0.lower) }
            && after.contains { Self.sounds.contains($0.lower) }
    }

    private static let shots = MotionTable.words(CueTable.shots)
    private static let gestures = MotionTable.words(CueTable.gestures)
    private static let sounds = MotionTable.words(CueTable.sounds)
    private static let nothing = MotionTable.words(CueTable.nothing)

    /// "Nobody starts fighting."
    private func isNobodys(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        (max(sentence.lowerBound, index - 2)..<index).contains {
            ["nobody", "none", "never", "not", "without", "don't", "doesn't"].contains(paragraph.tokens[$0].lower)
        }
    }

    /// "He never notices."
    private func isDenied(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index > sentence.lowerBound else { return false }
        let before = paragraph.tokens[index - 1].lower
        return before == "never" || before == "not" || before.hasSuffix("n't")
    }

    /// "She tears free": no tears.
    private func isTearing(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index + 1 < sentence.upperBound, paragraph.tokens[index + 1].before == 0 else { return false }
        let next = paragraph.tokens[index + 1]
        let isObject = !next.classes.isDisjoint(with: [.determiner, .possessive, .objectPronoun])
        return isObject || ["free", "loose", "open"].contains(next.lower)
            || index > sentence.lowerBound && paragraph.tokens[index - 1].classes.contains(.subjectPronoun)
    }

    /// "Finds only an open window."
    private func findsNothing(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        paragraph.tokens[index].base == "find" && index + 1 < sentence.upperBound
            && Self.nothing.contains(paragraph.tokens[index + 1].lower)
    }

    /// "Her shoe finds the wet tile" reveals nothing: only people find.
    private func isOfThings(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard token.classes.contains(.verbThird), index > sentence.lowerBound, token.before == 0 else { return false }
        let before = paragraph.tokens[index - 1]
        return !before.isCapitalised
            && before.classes.isDisjoint(with: [.subjectPronoun, .conjunction, .adverb, .role])
    }

    private func isNoun(_ paragraph: Paragraph, _ index: Int) -> Bool {
        guard index > 0, paragraph.tokens[index].before == 0 else { return false }
        return !paragraph.tokens[index - 1].classes.isDisjoint(with: [.determiner, .possessive, .adjective, .number])
    }

    /// "Hours later.", "Time passes.", "MONTAGE", "The next morning."
    private func isTimeSkip(_ paragraph: Paragraph, _ sentence: Range<Int>) -> Bool {
        let words = sentence.map { paragraph.tokens[$0].lower }
        guard let first = words.first else { return false }
        if first == "montage" || words.prefix(3) == ["series", "of", "shots"] { return true }
        if words.count <= 6, words.last == "later" || first == "later" { return true }
        if words.count <= 6, words.count >= 2, ["pass", "passes"].contains(words[words.count - 1]),
            ["time", "days", "weeks", "months", "years", "hours", "minutes", "seasons", "night"].contains(
                words[words.count - 2])
        {
            return true
        }
        return words.count <= 4 && words.starts(with: ["the", "next"])
    }

    // MARK: intensity

    /// By the beat's pacing (`formats.md` 5.1).
    static func intensity(_ trigger: Trigger, _ pace: Pace) -> Double {
        let base = pace.intensity
        switch trigger {
        case .climaxMoment: return min(1, base + 0.3)
        case .emotionalMoment: return min(1, base + 0.2)
        case .locationEstablish, .timeSkip: return max(0.2, base - 0.2)
        case .revelation, .tensionBuilding: return min(1, base + 0.1)
        case .newCharacterEnters, .dialogueExchange, .actionBeat, .reaction: return base
        }
    }
}

/// How fast a beat is told (`formats.md` 3.6, 5.4).
package enum Pace: String, Sendable {
    case moderate, accelerating, rapid, decelerating

    package init(beat: String) {
        let name = beat.lowercased()
        self = Self.table.first { name.hasPrefix($0.0) }?.1 ?? .moderate
    }

    private static let table: [(String, Pace)] = [
        ("opening image", .moderate), ("theme stated", .moderate), ("set-up", .moderate), ("catalyst", .accelerating),
        ("debate", .moderate), ("break into two", .accelerating), ("b story", .moderate), ("fun and games", .moderate),
        ("midpoint", .accelerating), ("bad guys close in", .accelerating), ("all is lost", .rapid),
        ("dark night of the soul", .decelerating), ("break into three", .accelerating), ("finale", .rapid),
        ("final image", .decelerating),
    ]

    var intensity: Double {
        switch self {
        case .moderate: 0.4
        case .accelerating: 0.6
        case .rapid: 0.8
        case .decelerating: 0.3
        }
    }

    var factor: Double {
        switch self {
        case .moderate: 1
        case .accelerating: 0.85
        case .rapid: 0.7
        case .decelerating: 1.3
        }
    }

    /// What a prompt says of it; nothing for a moderate one.
    var words: String {
        switch self {
        case .moderate: ""
        case .accelerating: "quickening pace"
        case .rapid: "rapid pace"
        case .decelerating: "slowing pace"
        }
    }
}
