internal import Film
internal import Screenplay

/// Gathers the cast.
struct CastBuilder {
    private var cast = Cast()
    private var introductions = Introductions()
    private let lexicon = Lexicon.english

    static func cast(of source: Source, bible: Bible) -> Cast {
        var builder = CastBuilder()
        builder.read(bible)
        builder.read(source)
        builder.cast.index()
        builder.learnGenders(source)
        for index in builder.cast.people.indices where builder.cast.people[index].portrait.isEmpty {
            builder.cast.change(index) { $0.portrait = $0.derivedPortrait }
        }
        return builder.cast
    }

    // MARK: bible

    private mutating func read(_ bible: Bible) {
        for known in bible.people {
            var person = Cast.Person(key: known.key, name: known.name)
            fill(&person, from: NameParts(known.name))
            person.key = known.key
            person.isInBible = true
            person.isType = bible.kinds.contains(known.key)
            person.isPlural = person.isType && Self.isSeveral(person.words.last ?? "")
            person.gender = Self.gender(words: known.gender + " " + known.summary)
            if person.gender == .unknown { person.gender = Self.gender(of: person) }
            person.look = Self.look(known)
            person.portrait = known.portraitPrompt
            person.wardrobe = Wardrobe(known.wardrobeEvolution)
            cast.add(person)
        }
    }

    private func fill(_ person: inout Cast.Person, from name: NameParts) {
        person.words = name.words
        person.titles = name.titles
        person.nicknames = name.nicknames
    }

    /// Few words an image model needs beside the name.
    private static func look(_ person: Bible.Person) -> String {
        if !person.summary.isEmpty { return person.summary }
        return [person.age, person.build, person.hair, person.signature].filter { !$0.isEmpty }.joined(separator: ", ")
    }

    // MARK: script

    private struct Candidate {
        var name: NameParts
        var shown: String
        var isType: Bool
        var look: String
        var isIntroduction: Bool
        /// With an age: said once of each person.
        var hasAge = false
    }

    /// People who were introduced with an age: another such introduction is another person.
    private var introduced: Set<Int> = []

    private mutating func read(_ source: Source) {
        var candidates: [Candidate] = []
        for scene in source.scenes {
            for block in scene.blocks {
                guard case .speech(let speech) = block else { continue }
                for word in speech.name.all { introductions.speakers.insert(word) }
            }
        }
        for scene in source.scenes {
            for block in scene.blocks {
                switch block {
                case .action(let action):
                    for found in introductions.find(in: action.paragraph) {
                        candidates.append(
                            Candidate(
                                name: found.name, shown: found.shown, isType: found.isType, look: found.look,
                                isIntroduction: true, hasAge: found.hasAge))
                    }
                case .speech(let speech): candidates.append(candidate(speech.name, speech.cue))
                case .transition: continue
                }
            }
            for name in scene.scene.people where !name.isEmpty {
                candidates.append(candidate(NameParts(name), name))
            }
        }
        add(candidates)
    }

    private func candidate(_ name: NameParts, _ written: String) -> Candidate {
        let bare = written.prefix { $0 != "(" }
        let head = name.words.last { !$0.allSatisfy(\.isNumber) } ?? ""
        let isRole =
            name.titles.isEmpty && name.nicknames.isEmpty
            && Lexicon.english.classes(of: Plural.singular(head)).contains(.role)
            && Lexicon.english.classes(of: head).isDisjoint(with: [.maleName, .femaleName])
        return Candidate(
            name: name, shown: Introductions.titleCased(String(bare).trimmingSpacesInside), isType: isRole, look: "",
            isIntroduction: false)
    }

    /// Longer names first, so that shorter ones find them; among equals in the script's order.
    private mutating func add(_ candidates: [Candidate]) {
        let order = candidates.enumerated().sorted { left, right in
            let (one, two) = (left.element.name.all.count, right.element.name.all.count)
            return one == two ? left.offset < right.offset : one > two
        }
        for (_, candidate) in order where !candidate.name.all.isEmpty {
            if let known = cast.resolve(candidate.name),
                !candidate.hasAge || !introduced.contains(known) || cast.people[known].key == candidate.name.key
            {
                if candidate.hasAge { introduced.insert(known) }
                learn(candidate, of: known)
                continue
            }
            var person = Cast.Person(key: candidate.name.key, name: candidate.shown)
            fill(&person, from: candidate.name)
            person.isType = candidate.isType
            person.isPlural = candidate.isType && Self.isSeveral(candidate.name.words.last ?? "")
            person.look = candidate.look
            person.gender = Self.gender(of: person)
            if person.gender == .unknown { person.gender = Self.gender(words: candidate.look) }
            if candidate.hasAge { introduced.insert(cast.people.count) }
            cast.add(person)
        }
    }

    private mutating func learn(_ candidate: Candidate, of known: Int) {
        let name = candidate.name
        let isNew =
            cast.people[known].look.isEmpty && !candidate.look.isEmpty
            || !name.titles.allSatisfy(cast.people[known].titles.contains)
            || !name.nicknames.allSatisfy(cast.people[known].nicknames.contains)
        guard isNew else { return }
        cast.change(known) { person in
            if person.look.isEmpty { person.look = candidate.look }
            person.titles += name.titles.filter { !person.titles.contains($0) }
            person.nicknames += name.nicknames.filter { !person.nicknames.contains($0) }
        }
    }

    private static func isSeveral(_ word: String) -> Bool {
        Plural.isPlural(word) || NameTable.collectives.contains(word)
    }

    // MARK: gender

    /// From the words of a name: titles, trades, first names.
    static func gender(of person: Cast.Person) -> Cast.Gender {
        let lexicon = Lexicon.english
        for word in person.titles + person.words {
            let classes = lexicon.classes(of: Plural.singular(word))
            if classes.contains(.femaleWord) { return .female }
            if classes.contains(.maleWord) { return .male }
            if person.isType {
                let one = Plural.singular(word)
                if one.hasSuffix("woman") || one.hasSuffix("maid") || one.hasSuffix("girl")
                    || NameTable.ladies.contains(one)
                {
                    return .female
                }
                if one.hasSuffix("man") || one.hasSuffix("boy") { return .male }
            }
        }
        // OLD TOM has his name behind.
        let isName: (String) -> Bool = { !lexicon.classes(of: $0).isDisjoint(with: [.maleName, .femaleName]) }
        guard let first = person.words.first(where: isName) ?? person.words.first, !person.isType else {
            return .unknown
        }
        let classes = lexicon.classes(of: first)
        switch (classes.contains(.maleName), classes.contains(.femaleName)) {
        case (true, false): return .male
        case (false, true): return .female
        case (true, true): return .unknown
        case (false, false):
            return classes.isDisjoint(with: [.verbBase, .adjective]) ? NameTable.gender(byEnding: first) : .unknown
        }
    }

    /// From a description: the first word that has one.
    static func gender(words text: String) -> Cast.Gender {
        for word in text.lowercased().split(whereSeparator: { !$0.isLetter }) {
            if word == "female" { return .female }
            if word == "male" { return .male }
            let classes = Lexicon.english.classes(of: String(word))
            if classes.contains(.femaleWord), word != "queen" { return .female }
            if classes.contains(.maleWord), word != "king" { return .male }
        }
        return .unknown
    }

    /// Pronouns in a sentence that names nobody else tell, where nothing else did.
    private mutating func learnGenders(_ source: Source) {
        var votes: [Int: Int] = [:]
        for scene in source.scenes {
            for block in scene.blocks {
                guard case .action(let action) = block else { continue }
                for number in action.paragraph.sentences.indices {
                    vote(action.paragraph, number, &votes)
                    learnEpithet(action.paragraph, action.paragraph.sentences[number])
                    learnTrade(action.paragraph, action.paragraph.sentences[number])
                }
            }
        }
        for (index, vote) in votes
        where cast.people[index].gender == .unknown && vote != 0 && !cast.people[index].isPlural {
            cast.change(index) { $0.gender = vote > 0 ? .female : .male }
        }
    }

    /// "The witness, an old man in a borrowed jacket": the old man is the witness.
    private mutating func learnEpithet(_ paragraph: Paragraph, _ sentence: Range<Int>) {
        for index in sentence {
            let token = paragraph.tokens[index]
            guard index + 2 < sentence.upperBound,
                let form = cast.forms[token.lower]?.first(where: { $0.words.count == 1 }),
                form.people.count == 1, ["a", "an"].contains(paragraph.tokens[index + 1].lower),
                paragraph.tokens[index + 1].before == 0x2C || paragraph.tokens[index + 1].isInParentheses
            else { continue }
            var words: [String] = []
            for place in (index + 2)..<min(index + 6, sentence.upperBound) {
                let next = paragraph.tokens[place]
                if next.before != 0 { break }
                words.append(next.lower)
                let isFemale = next.classes.contains(.femaleWord)
                guard isFemale || next.classes.contains(.maleWord) else { continue }
                let person = form.people[0]
                if cast.people[person].gender == .unknown {
                    cast.change(person) { $0.gender = isFemale ? .female : .male }
                }
                if words.count > 1 { cast.epithets[words.joined(separator: " ")] = person }
                break
            }
        }
    }

    /// "Her lawyer stands behind her: MR. FINCH", "Her trainer, LOU": the lawyer and the trainer from then on.
    private mutating func learnTrade(_ paragraph: Paragraph, _ sentence: Range<Int>) {
        for index in sentence.dropFirst() where paragraph.tokens[index].isCaps {
            let token = paragraph.tokens[index]
            guard let people = cast.forms[token.lower]?.first?.people, people.count == 1, !cast.people[people[0]].isType
            else { continue }
            let opens = paragraph.tokens[sentence.lowerBound].classes.contains(.possessive)
            let trade: Token? =
                switch token.before {
                case 0x2C: paragraph.tokens[index - 1]
                case 0x3A where opens && sentence.count > 1: paragraph.tokens[sentence.lowerBound + 1]
                default: nil
                }
            if let trade, trade.classes.contains(.role) { cast.epithets[trade.lower] = people[0] }
            if token.before == 0x2C, index > 1 { learnKin(paragraph, index, people[0]) }
        }
    }

    /// "LENA FROST, 33 … her son, OSKAR": whoever of that sex was named before.
    private mutating func learnKin(_ paragraph: Paragraph, _ index: Int, _ person: Int) {
        let word = paragraph.tokens[index - 1].lower
        guard MentionTable.female.contains(word) || MentionTable.male.contains(word) else { return }
        let gender: Cast.Gender? =
            switch paragraph.tokens[index - 2].lower {
            case "her": .female
            case "his": .male
            default: nil
            }
        let owner = (0..<(index - 2)).reversed().lazy.compactMap { [cast] place -> Int? in
            let token = paragraph.tokens[place]
            guard token.isCapitalised, let form = cast.forms[token.lower]?.first, form.people.count == 1 else {
                return nil
            }
            return cast.people[form.people[0]].gender == gender ? form.people[0] : nil
        }.first
        if let owner, owner != person { cast.relate(person, as: word, of: owner) }
    }

    private func vote(_ paragraph: Paragraph, _ number: Int, _ votes: inout [Int: Int]) {
        let sentence = paragraph.sentences[number]
        let named = named(paragraph, sentence)
        if named.count == 1, let person = named.first {
            let female = signs(paragraph, sentence, of: person)
            if female != 0 { votes[person, default: 0] += female > 0 ? 1 : -1 }
        }
        // "KIT, 19, jogs up. Her suit is patched.": the next sentence goes on about the only one named.
        guard number > 0, let first = sentence.first else { return }
        let next = Self.sign(paragraph.tokens[first].lower)
        let earlier = self.named(paragraph, paragraph.sentences[number - 1])
        let isClear = paragraph.sentences[number - 1].allSatisfy { Self.sign(paragraph.tokens[$0].lower) == 0 }
        if next != 0, isClear, earlier.count == 1, let person = earlier.first { votes[person, default: 0] += 2 * next }
    }

    /// What the pronouns behind somebody's name say: "Lou wrings his cap", not "Lou hovers behind her", not "on his knees
    /// he offers Dani the rest".
    private func signs(_ paragraph: Paragraph, _ sentence: Range<Int>, of person: Int) -> Int {
        guard
            let place = sentence.first(where: { index in
                cast.forms[paragraph.tokens[index].lower]?.contains { $0.people.contains(person) } == true
            })
        else { return 0 }
        let isOther = { (word: String) in ["he", "she", "him"].contains(word) }
        if (sentence.lowerBound..<place).contains(where: { isOther(paragraph.tokens[$0].lower) }) { return 0 }
        var owners = 0
        var subjects = 0
        var objects = 0
        for index in place..<sentence.upperBound where index > place {
            let token = paragraph.tokens[index]
            let sign = Self.sign(token.lower)
            // "Sato grabs his wrist": what is grabbed is another's.
            guard sign != 0, !MentionTable.contact.contains(paragraph.tokens[index - 1].base) else { continue }
            let isOwner = token.lower == "his" || token.lower == "her" && owns(paragraph, index, sentence)
            if isOwner || token.lower.hasSuffix("self") {
                owners += sign
            } else if token.lower == "he" || token.lower == "she" {
                subjects += sign
            } else {
                objects += sign
            }
        }
        // "Lou has her before she falls": she is another.
        if owners != 0 { return owners }
        return objects == 0 ? subjects : 0
    }

    private func owns(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index + 1 < sentence.upperBound, paragraph.tokens[index + 1].before == 0 else { return false }
        let other: WordClass = [.preposition, .conjunction, .determiner, .auxiliary, .pronoun, .adverb]
        return paragraph.tokens[index + 1].classes.isDisjoint(with: other)
    }

    private func named(_ paragraph: Paragraph, _ sentence: Range<Int>) -> Set<Int> {
        var named: Set<Int> = []
        for index in sentence {
            let token = paragraph.tokens[index]
            for form in cast.forms[token.lower] ?? [] where token.isCapitalised && form.words.count == 1 {
                named.formUnion(form.people)
            }
        }
        return named
    }

    private static func sign(_ word: String) -> Int {
        switch word {
        case "she", "her", "hers", "herself": 1
        case "he", "him", "his", "himself": -1
        default: 0
        }
    }
}
