/// Whom "she", "them" and "both" mean.
extension MentionFinder {
    func pronoun(
        _ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ focus: Focus, subject: [Int], hasVerb: Bool,
        isPluralOfThings: Bool
    ) -> Mention? {
        let token = paragraph.tokens[index]
        if isStranger(paragraph, index, sentence), !token.classes.isDisjoint(with: .pronoun) { return nil }
        func make(_ people: [Int], possessive: Bool = false) -> Mention? {
            people.isEmpty
                ? nil
                : Mention(
                    people: people, range: index..<(index + 1), isPronoun: true, isPossessive: possessive, isSeen: true)
        }
        switch token.lower {
        case "he", "himself": return make(one(.male, focus, subject, isObject: false))
        case "she", "herself", "hers": return make(one(.female, focus, subject, isObject: false))
        case "his": return make(one(.male, focus, subject, isObject: false), possessive: true)
        case "him":
            return make(one(.male, focus, subject, isObject: !canBeSelf(paragraph, index, sentence)))
        case "her":
            let isOwner = ownsNext(paragraph, index, sentence)
            return make(
                one(.female, focus, subject, isObject: !isOwner && !canBeSelf(paragraph, index, sentence)),
                possessive: isOwner)
        case "they", "them", "their", "themselves":
            guard !isPluralOfThings else { return nil }
            // "His fingers do not: they slide a page": the fingers do.
            if token.lower == "they", subject.count < 2, index > sentence.lowerBound,
                hasThings(paragraph, index, sentence, withBody: true)
            {
                return nil
            }
            // "Shuts her eyes, counts, opens them."
            // "… off the girl's feet: water runs from them" too.
            let isOfBody =
                token.lower == "them" && index > sentence.lowerBound && subject.count < 2
                && (MentionTable.bodily.contains(paragraph.tokens[index - 1].base)
                    || paragraph.tokens[sentence.lowerBound...index].contains { $0.before == 0x3A })
            if token.lower == "them",
                hasThings(paragraph, index, sentence, withBody: isOfBody) || isPart(paragraph, index, sentence)
            {
                return nil
            }
            if token.lower == "them", subject.count == 1, !canBeSelf(paragraph, index, sentence), focus.hasThings {
                return nil
            }
            let isOwner = token.lower == "their"
            if token.lower == "they", index + 1 < sentence.upperBound {
                if paragraph.tokens[index + 1].lower == "all" { return make(focus.present) }
                if paragraph.tokens[index + 1].lower == "both" { return make(focus.several(nil, count: 2)) }
            }
            if subject.count > 1, token.lower != "them" || canBeSelf(paragraph, index, sentence) {
                return make(subject, possessive: isOwner)
            }
            let people = focus.several(
                except: token.lower == "them" && !isOfThem(paragraph, index, sentence)
                    && !canBeSelf(paragraph, index, sentence) ? subject : [])
            // One of a plural kind is their own plural: "the deckhands … they".
            if people.count == 1, !cast.people[people[0]].isPlural, focus.present.count < 2 {
                return make(people, possessive: isOwner)
            }
            return make(people, possessive: isOwner)
        case "both", "everyone", "everybody":
            let isDetermining =
                index + 1 < sentence.upperBound && token.lower == "both" && !hasPeopleAfter(paragraph, index, sentence)
            if isDetermining { return nil }
            guard token.lower == "both" else { return make(focus.present) }
            let two = focus.several(nil, count: 2)
            var mention = make(two.count == 2 ? two : [])
            let isOfThem =
                index + 2 < sentence.upperBound && paragraph.tokens[index + 1].lower == "of"
                && paragraph.tokens[index + 2].lower == "them"
            if isOfThem { mention?.range = index..<(index + 3) }
            return mention
        case "one" where opensSubject(paragraph, index, sentence):
            // "One walks straight at them": one of those named last.
            return make(focus.lastKind.map { [$0] } ?? [])
        case "each", "one":
            // "each other", "one another" are those who act.
            guard index + 1 < sentence.upperBound, ["other", "another"].contains(paragraph.tokens[index + 1].lower)
            else {
                return nil
            }
            return make(subject.count > 1 ? subject : focus.several())
        default: return nil
        }
    }

    /// "Grabs three plates, stacks them": what was named last in the sentence is several things.
    private func hasThings(
        _ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, withBody: Bool = false
    ) -> Bool {
        var place = index - 1
        // "One star, then all of them."
        let isAllOf =
            index >= sentence.lowerBound + 2 && paragraph.tokens[index - 1].lower == "of"
            && paragraph.tokens[index - 2].lower == "all"
        while place > sentence.lowerBound {
            let token = paragraph.tokens[place]
            if token.isCapitalised, cast.forms[token.lower] != nil { return false }
            // Pages are things, though a page may be a boy.
            let one = Plural.singular(token.lower)
            if !Self.things.contains(one), lexicon.classes(of: one).contains(.role) || token.classes.contains(.role) {
                return false
            }
            let before = paragraph.tokens[place - 1]
            let isNamed =
                before.isPossessive
                || !before.classes.isDisjoint(with: [.determiner, .number, .adjective, .possessive])
            if isAllOf, before.lower == "one", token.before == 0, token.lower != "of" { return true }
            if isNamed, before.lower != "one", token.before == 0, Plural.isPlural(token.lower),
                withBody || !MentionTable.body.contains(token.lower),
                token.classes.isDisjoint(with: [.preposition, .adverb])
            {
                return true
            }
            place -= 1
        }
        return false
    }

    private static let things = MotionTable.words(NameTable.rolesThatAct)

    /// "One of them takes a torch": of those who act.
    private func isOfThem(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        index > sentence.lowerBound && paragraph.tokens[index - 1].lower == "of"
    }

    /// "The youngest of them", "most of them": they are not shown by that.
    private func isPart(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index >= sentence.lowerBound + 2, paragraph.tokens[index - 1].lower == "of" else { return false }
        return !["both", "two", "three", "all", "each", "one", "either", "neither", "none", "front", "ahead"].contains(
            paragraph.tokens[index - 2].lower)
    }

    private func opensSubject(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index + 1 < sentence.upperBound, index == sentence.lowerBound || paragraph.tokens[index].before != 0
        else { return false }
        return paragraph.tokens[index + 1].classes.contains(.verbThird)
    }

    /// "A figure comes round the corner, a net over his shoulder": somebody we do not know yet.
    private func isStranger(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let first = paragraph.tokens[sentence.lowerBound]
        if ["somebody", "someone"].contains(first.lower) { return true }
        guard ["a", "an", "another"].contains(first.lower), index > sentence.lowerBound + 1 else { return false }
        // A FLOWER GIRL who is one of the cast is no stranger.
        let isKnown =
            cast.forms[paragraph.tokens[sentence.lowerBound + 1].lower]?.contains {
                sentence.lowerBound + 1 + $0.words.count <= sentence.upperBound
                    && matches(paragraph, $0, sentence.lowerBound + 1)
            } == true
        if isKnown { return false }
        for place in (sentence.lowerBound + 1)..<min(sentence.lowerBound + 4, index) {
            let token = paragraph.tokens[place]
            if MentionTable.strangers.contains(token.lower) { return true }
            if token.classes.isDisjoint(with: [.adjective, .verbIng, .verbPast]), !token.classes.isEmpty {
                return false
            }
        }
        return false
    }

    /// "Both men" and "both of them" are people; "both hands" are not.
    private func hasPeopleAfter(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let next = paragraph.tokens[index + 1]
        if next.before != 0 { return true }
        if next.lower == "of" {
            return index + 2 < sentence.upperBound && ["them", "us", "you"].contains(paragraph.tokens[index + 2].lower)
        }
        if ["men", "women", "boys", "girls", "people"].contains(next.lower) { return true }
        return !next.classes.isDisjoint(with: [.auxiliary, .adverb, .preposition])
            || next.classes.contains(.verbBase) && !MentionTable.body.contains(next.lower)
    }

    private func one(_ gender: Cast.Gender, _ focus: Focus, _ subject: [Int], isObject: Bool) -> [Int] {
        if isObject, let kind = subject.first, subject.count == 1, cast.people[kind].isPlural, focus.isSingled(kind),
            [gender, .unknown].contains(cast.people[kind].gender)
        {
            // "The second guard offers him half": another of them.
            return subject
        }
        if !isObject, subject.count == 1 {
            let isOne = !cast.people[subject[0]].isPlural || focus.isSingled(subject[0])
            let own = cast.people[subject[0]].gender
            if isOne, own == gender || own == .unknown { return subject }
        }
        return focus.single(gender, except: isObject ? Set(subject) : []).map { [$0] } ?? []
    }

    /// "Behind her", "around him": the one who acts may be meant.
    private func canBeSelf(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index > sentence.lowerBound else { return false }
        // "Charges after him": another.
        let isPursuit =
            paragraph.tokens[index - 1].lower == "after" && index >= sentence.lowerBound + 2
            && paragraph.tokens[index - 2].classes.isSuperset(of: [.verbThird, .moving])
        if isPursuit { return false }
        if [
            "behind", "around", "about", "above", "beneath", "below", "before", "after", "beside", "under", "with",
            "across", "without",
        ]
        .contains(paragraph.tokens[index - 1].lower) {
            return true
        }
        // "He stops so hard that the dog knocks him over": something else acts.
        let opening: Set<String> = ["that", "as", "while", "until", "when", "where"]
        return (sentence.lowerBound..<index).dropLast(3).contains { place in
            let words = paragraph.tokens[place...(place + 2)].map(\.lower)
            guard opening.contains(words[0]), ["the", "a", "an"].contains(words[1]), cast.forms[words[2]] == nil,
                !MentionTable.strangers.contains(words[2])
            else { return false }
            return paragraph.tokens[place + 2].classes.isDisjoint(with: [.role, .maleWord, .femaleWord])
        }
    }

    /// Whether "her" owns what follows.
    private func ownsNext(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index + 1 < sentence.upperBound else { return false }
        let next = paragraph.tokens[index + 1]
        guard next.before == 0 else { return false }
        // "Catches her round the waist."
        if next.classes.contains(.preposition), index + 2 < sentence.upperBound,
            !paragraph.tokens[index + 2].classes.isDisjoint(with: [.determiner, .possessive])
        {
            return false
        }
        // "Knocks her flat": nothing follows that she could own.
        let endsClause = index + 2 >= sentence.upperBound || paragraph.tokens[index + 2].before != 0
        if endsClause, next.classes.contains(.adjective) && !["left", "right", "own"].contains(next.lower) {
            return false
        }
        if endsClause, lexicon.isComparative(next.lower) { return false }
        if MentionTable.body.contains(next.lower) || next.classes.contains(.adjective) { return true }
        let other: WordClass = [.preposition, .conjunction, .determiner, .auxiliary, .pronoun, .adverb]
        return next.classes.isDisjoint(with: other)
    }
}
