/// What a word can be, taken by itself.
struct WordClass: OptionSet, Sendable, Hashable {
    let rawValue: UInt32

    static let determiner = WordClass(rawValue: 1 << 0)
    static let possessive = WordClass(rawValue: 1 << 1)
    static let subjectPronoun = WordClass(rawValue: 1 << 2)
    static let objectPronoun = WordClass(rawValue: 1 << 3)
    static let preposition = WordClass(rawValue: 1 << 4)
    static let conjunction = WordClass(rawValue: 1 << 5)
    static let auxiliary = WordClass(rawValue: 1 << 6)
    static let relative = WordClass(rawValue: 1 << 7)
    static let number = WordClass(rawValue: 1 << 8)
    static let adverb = WordClass(rawValue: 1 << 9)
    static let adjective = WordClass(rawValue: 1 << 10)
    /// `climb`
    static let verbBase = WordClass(rawValue: 1 << 11)
    /// `climbs`
    static let verbThird = WordClass(rawValue: 1 << 12)
    /// `climbing`
    static let verbIng = WordClass(rawValue: 1 << 13)
    /// `climbed`, `thrown`
    static let verbPast = WordClass(rawValue: 1 << 14)
    /// A verb an animator can show.
    static let moving = WordClass(rawValue: 1 << 15)
    static let title = WordClass(rawValue: 1 << 16)
    static let role = WordClass(rawValue: 1 << 17)
    /// A name that is an ordinary word too.
    static let commonName = WordClass(rawValue: 1 << 18)
    static let maleName = WordClass(rawValue: 1 << 19)
    static let femaleName = WordClass(rawValue: 1 << 20)
    static let maleWord = WordClass(rawValue: 1 << 21)
    static let femaleWord = WordClass(rawValue: 1 << 22)

    static let finite: WordClass = [.verbThird, .auxiliary]
    static let pronoun: WordClass = [.subjectPronoun, .objectPronoun, .possessive]
    /// What no phrase may end in.
    static let dangling: WordClass = [.determiner, .possessive, .preposition, .conjunction, .auxiliary, .relative]
}

/// All words we know, by their lower-case form.
struct Lexicon: Sendable {
    static let english = Lexicon()

    /// All that is known of a word.
    struct Entry: Sendable {
        var classes: WordClass
        /// Of a verb's form the verb, else the word itself.
        var base: String
        /// What it speaks of.
        var cue: CueSet?
    }

    private let entries: [String: Entry]

    func entry(of word: String) -> Entry? { entries[word] }

    func classes(of word: String) -> WordClass { entries[word]?.classes ?? [] }

    func cue(of word: String) -> CueSet? { entries[word]?.cue }

    private init() {
        var classes: [String: WordClass] = [:]
        var bases: [String: String] = [:]
        func add(_ text: String, _ kind: WordClass) {
            for word in WordTable.list(text) { classes[word, default: []].insert(kind) }
        }
        add(WordTable.determiners, .determiner)
        add(WordTable.possessives, .possessive)
        add(WordTable.subjectPronouns, .subjectPronoun)
        add(WordTable.objectPronouns, .objectPronoun)
        add(WordTable.prepositions, .preposition)
        add(WordTable.conjunctions, .conjunction)
        add(WordTable.auxiliaries, .auxiliary)
        add(WordTable.relatives, .relative)
        add(WordTable.numbers, .number)
        add(WordTable.adverbs, .adverb)
        add(WordTable.adjectives, .adjective)
        add(NameTable.titles, .title)
        add(NameTable.roles, .role)
        add(NameTable.commonNames, .commonName)
        add(NameTable.male, .maleName)
        add(NameTable.female, .femaleName)
        add(NameTable.maleTitles + " " + NameTable.maleWords, .maleWord)
        add(NameTable.femaleTitles + " " + NameTable.femaleWords, .femaleWord)
        for (text, isMoving) in [(VerbTable.moving, true), (VerbTable.other, false)] {
            for entry in WordTable.list(text) {
                let doubles = entry.hasSuffix("*")
                let base = entry.filter { $0 != "*" && $0 != "_" }
                let extra: WordClass = isMoving ? .moving : []
                for (form, kind) in Self.forms(of: base, doubles: doubles) {
                    classes[form, default: []].formUnion(extra.union(kind))
                    bases[form] = bases[form] ?? base
                }
            }
        }
        for entry in WordTable.list(VerbTable.irregular) {
            let parts = entry.split(separator: ":").map(String.init)
            let kind: WordClass =
                parts[0].hasSuffix("ing")
                ? .verbIng : ["has", "does", "goes", "is", "are"].contains(parts[0]) ? .verbThird : .verbPast
            classes[parts[0], default: []].insert(kind)
            bases[parts[0]] = parts[1]
        }
        add(VerbTable.pasts, .verbPast)
        let cues = CueSet.table(bases: bases)
        var entries: [String: Entry] = [:]
        for word in Set(classes.keys).union(bases.keys).union(cues.keys) {
            entries[word] = Entry(classes: classes[word] ?? [], base: bases[word] ?? word, cue: cues[word])
        }
        self.entries = entries
    }

    /// Tighter, closer, harder.
    func isComparative(_ word: String) -> Bool {
        guard word.hasSuffix("er"), word.count > 4 else { return false }
        return [String(word.dropLast(2)), String(word.dropLast())].contains {
            !classes(of: $0).isDisjoint(with: [.adjective, .adverb])
        }
    }

    /// The present, -ing and past forms of a regular verb.
    private static func forms(of base: String, doubles: Bool) -> [(String, WordClass)] {
        let last = base.last ?? "x"
        let before = base.dropLast().last ?? "x"
        let isVowelBefore = "aeiou".contains(before)
        var third = base + "s"
        var stem = base
        if base.hasSuffix("s") || base.hasSuffix("x") || base.hasSuffix("z") || base.hasSuffix("ch")
            || base.hasSuffix("sh") || base.hasSuffix("o")
        {
            third = base + "es"
        } else if last == "y", !isVowelBefore {
            third = base.dropLast() + "ies"
        }
        var past = base + "ed"
        if doubles {
            stem = base + String(last)
            past = stem + "ed"
        } else if last == "e" {
            past = base + "d"
            if before != "e", before != "o", before != "y" { stem = String(base.dropLast()) }
        } else if last == "y", !isVowelBefore {
            past = base.dropLast() + "ied"
        }
        return [(base, .verbBase), (third, .verbThird), (stem + "ing", .verbIng), (past, .verbPast)]
    }

    /// Whether a word that follows a subject is its verb in the present: one we know, or one that looks like it.
    func isThird(_ word: String, _ kind: WordClass) -> Bool {
        if !kind.isDisjoint(with: .finite) { return true }
        // Unknown words in -s that are no plural we know of a trade or a name.
        return kind.isEmpty && word.count > 3 && word.hasSuffix("s") && !word.hasSuffix("ss") && !word.hasSuffix("us")
            && !word.hasSuffix("'s")
    }
}

/// What a word tells about the paragraph it stands in.
struct CueSet: OptionSet, Sendable {
    let rawValue: UInt8
    static let climax = CueSet(rawValue: 1)
    static let revelation = CueSet(rawValue: 2)
    static let emotional = CueSet(rawValue: 4)
    static let tension = CueSet(rawValue: 8)
    static let reaction = CueSet(rawValue: 16)
    static let sequence = CueSet(rawValue: 32)
    static let timeSkip = CueSet(rawValue: 64)

    /// From ``CueTable``: a verb counts in all its forms, any other word in singular and plural.
    static func table(bases: [String: String]) -> [String: CueSet] {
        var table: [String: CueSet] = [:]
        let verbs = Dictionary(grouping: bases.keys, by: { bases[$0] ?? $0 })
        for (text, cue) in [
            (CueTable.climax, CueSet.climax), (CueTable.revelation, .revelation), (CueTable.emotional, .emotional),
            (CueTable.tension, .tension), (CueTable.reaction, .reaction), (CueTable.sequence, .sequence),
            (CueTable.timeSkip, .timeSkip),
        ] {
            for entry in WordTable.list(text) {
                let parts = entry.split(separator: ":").map(String.init)
                switch parts.count > 1 ? parts[1] : "" {
                case "v": for form in (verbs[parts[0]] ?? []) + [parts[0]] { table[form, default: []].insert(cue) }
                // Too common to tell anything by themselves.
                case "x": continue
                case "n":
                    for form in [parts[0], parts[0] + "s"] { table[form, default: []].insert(cue) }
                default: table[parts[0], default: []].insert(cue)
                }
            }
        }
        return table
    }
}
