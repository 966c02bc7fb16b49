/// One naming of people in a sentence.
struct Mention: Sendable {
    var people: [Int]
    /// Tokens.
    var range: Range<Int>
    var isPronoun: Bool
    /// Her hands, Mara's coat.
    var isPossessive: Bool
    /// Whether the words put them before the camera.
    var isSeen: Bool
    /// Before the verb of its clause.
    var isSubject = false
}

/// Finds who is meant in running text, and who of them is there to be seen.
struct MentionFinder {
    let cast: Cast
    let lexicon = Lexicon.english
    /// People who appear in this scene by cue or list: they decide between two of one name.
    var near: [Int] = []

    /// The mentions of a sentence in their order; `focus` is who pronouns mean, and learns on the way.
    func mentions(in paragraph: Paragraph, _ sentence: Range<Int>, _ focus: inout Focus) -> [Mention] {
        var found: [Mention] = []
        var subject: [Int] = []
        var hasVerb = false
        var index = sentence.lowerBound
        let isPluralOfThings = focus.isThingPlural
        focus.isThingPlural = false
        var isThingSubject = false
        while index < sentence.upperBound {
            let token = paragraph.tokens[index]
            if token.before != 0 || startsClause(paragraph, index, sentence) { hasVerb = false }
            if token.isQuoted && !token.isCapitalised {
                index += 1
                continue
            }
            var mention = name(paragraph, index, sentence, focus)
            if mention == nil {
                mention = pronoun(
                    paragraph, index, sentence, focus, subject: subject, hasVerb: hasVerb,
                    isPluralOfThings: isPluralOfThings)
            }
            if var mention {
                mention.isSubject = !hasVerb && !mention.isPossessive && !isAfterPreposition(paragraph, index, sentence)
                mention.isSeen =
                    isSeen(paragraph, mention, sentence) && !isPictured(paragraph, mention, sentence)
                if mention.isSubject, !mention.people.isEmpty {
                    subject = isCoordinated(paragraph, index, sentence) ? subject + mention.people : mention.people
                } else if subject.isEmpty, mention.isPossessive, !hasVerb,
                    !isPerson(paragraph, mention.range.upperBound, sentence)
                {
                    subject = mention.people
                }
                // What belongs to somebody who is not there does not bring them.
                if mention.isSeen, mention.isPronoun, mention.isPossessive, mention.people.count == 1,
                    focus.isAbsent(mention.people[0]), !ownsBody(paragraph, mention.range.upperBound, sentence)
                {
                    mention.isSeen = false
                }
                // "Jules is gone … the old man himself": nobody who left.
                if mention.isSeen, mention.isPronoun, !mention.isPossessive, mention.people.count == 1,
                    focus.isGone(mention.people[0])
                {
                    mention.isSeen = false
                }
                // "Everyone stops" brings nobody nearer than another.
                for person in mention.people where !(mention.isPronoun && mention.people.count > 2) {
                    if mention.isSeen {
                        focus.touch(person, cast, isSubject: mention.isSubject)
                    } else if !mention.isPronoun {
                        let isGone =
                            !mention.isPossessive && isGone(paragraph, mention.range, sentence)
                            || isGoneByContraction(paragraph, mention, sentence)
                        if isGone { focus.leave(person) }
                        focus.mention(absent: person, cast)
                    }
                }
                index = mention.range.upperBound
                found.append(mention)
                if let relative = relative(paragraph, mention, sentence, focus) {
                    focus.touch(relative.people[0], cast, isSubject: false)
                    found.append(relative)
                    index = relative.range.upperBound
                }
                if mention.people.count == 1 {
                    let isOneOfThem =
                        token.lower == "one"
                        || token.lower == "the"
                            && Self.ordinals.contains(paragraph.tokens[mention.range.upperBound - 1].lower)
                    if mention.isPronoun, isOneOfThem {
                        focus.single(out: mention.people[0])
                    } else if !mention.isPronoun {
                        // "A rider folds": one of the riders.
                        let last = paragraph.tokens[mention.range.upperBound - 1].lower
                        let isOne =
                            cast.people[mention.people[0]].isPlural
                            && (!Plural.isPlural(last) || isLastOf(paragraph, mention.range.lowerBound, sentence))
                        focus.single(out: mention.people[0], isOne)
                    }
                }
                continue
            }
            if isVerb(paragraph, index, sentence) {
                if !hasVerb, subject.isEmpty, found.isEmpty {
                    isThingSubject = pluralBefore(paragraph, index, sentence)
                }
                hasVerb = true
            }
            index += 1
        }
        if hasThingsAtEnd(paragraph, sentence, found) { focus.noteThings() }
        finish(found, subject, &focus)
        focus.isThingPlural = isThingSubject
        return found
    }

    /// "His friend pulls him away": the friend acts.
    private func isPerson(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard sentence.contains(index), paragraph.tokens[index].before == 0 else { return false }
        let token = paragraph.tokens[index]
        return token.classes.contains(.role) || MentionTable.female.contains(token.lower)
            || MentionTable.male.contains(token.lower) || MentionTable.followers.contains(token.lower)
    }

    /// "The last of the riders" is one.
    private func isLastOf(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index >= sentence.lowerBound + 3 else { return false }
        let before = paragraph.tokens[(index - 3)..<index].map(\.lower)
        return ["first", "last", "youngest", "oldest", "tallest", "nearest"].contains(before[0]) && before[1] == "of"
            && before[2] == "the"
    }

    /// "Her sister", when one is there.
    private func relative(
        _ paragraph: Paragraph, _ owner: Mention, _ sentence: Range<Int>, _ focus: Focus
    ) -> Mention? {
        let index = owner.range.upperBound
        guard owner.isPronoun, owner.isPossessive, sentence.contains(index), paragraph.tokens[index].before == 0 else {
            return nil
        }
        let token = paragraph.tokens[index]
        let isFemale = MentionTable.female.contains(token.lower)
        guard isFemale || MentionTable.male.contains(token.lower),
            let person =
                owner.people.count == 1 && cast.relative(token.lower, of: owner.people[0]).map(focus.isThere) == true
                ? cast.relative(token.lower, of: owner.people[0])
                : focus.relative(isFemale ? .female : .male, of: owner.people)
        else { return nil }
        let whole = Mention(
            people: [person], range: owner.range.lowerBound..<(index + 1), isPronoun: true,
            isPossessive: token.isPossessive, isSeen: true)
        guard isSeen(paragraph, whole, sentence) else { return nil }
        var mention = whole
        mention.range = index..<(index + 1)
        return mention
    }

    private func ownsBody(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        (index..<min(index + 2, sentence.upperBound)).contains {
            MentionTable.body.contains(paragraph.tokens[$0].lower)
        }
    }

    /// "Vane raises his binoculars": the last noun is several things.
    private func hasThingsAtEnd(_ paragraph: Paragraph, _ sentence: Range<Int>, _ found: [Mention]) -> Bool {
        guard let last = sentence.last, last > sentence.lowerBound, !found.contains(where: { $0.range.contains(last) })
        else {
            return false
        }
        let token = paragraph.tokens[last]
        let before = paragraph.tokens[last - 1]
        return Plural.isPlural(token.lower) && !MentionTable.body.contains(token.lower) && token.before == 0
            && token.classes.isDisjoint(with: [.role, .adverb, .preposition])
            && !before.classes.isDisjoint(with: [.determiner, .possessive, .number, .adjective])
            && !lexicon.classes(of: Plural.singular(token.lower)).contains(.role)
    }

    private func finish(_ found: [Mention], _ subject: [Int], _ focus: inout Focus) {
        let seen = found.filter(\.isSeen)
        // The subject of the sentence is whom the next "she" means, not who was named last.
        for person in subject.prefix(subject.count > 2 ? 0 : 2).reversed()
        where seen.contains(where: { $0.people.contains(person) }) {
            focus.raise(person, cast)
        }
        var together: [Int] = []
        for person in seen.flatMap(\.people) where !together.contains(person) { together.append(person) }
        focus.group(together)
    }

    // MARK: clause places

    private func startsClause(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index > sentence.lowerBound else { return true }
        let classes = paragraph.tokens[index].classes
        return classes.contains(.conjunction) && !["than", "like"].contains(paragraph.tokens[index].lower)
            && !isNounPhraseAnd(paragraph, index, sentence)
    }

    /// "Mara and Hask": no new clause.
    private func isNounPhraseAnd(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard ["and", "or"].contains(paragraph.tokens[index].lower) else { return false }
        var place = index + 1
        // A verb soon after "and" begins a clause; a name does so only when a verb follows it.
        while place < sentence.upperBound, place < index + 6 {
            let token = paragraph.tokens[place]
            if token.before != 0, place > index + 1 { return true }
            if isVerb(paragraph, place, sentence) { return false }
            place += 1
        }
        return true
    }

    private func isCoordinated(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        index > sentence.lowerBound && ["and", "or"].contains(paragraph.tokens[index - 1].lower)
    }

    private func isAfterPreposition(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        var place = index - 1
        while place >= sentence.lowerBound, paragraph.tokens[place + 1].before == 0 {
            let classes = paragraph.tokens[place].classes
            if classes.contains(.preposition) { return true }
            if classes.isDisjoint(with: [.determiner, .adjective, .possessive, .number]) { return false }
            place -= 1
        }
        return false
    }

    func isVerb(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard !token.isPossessive, !token.isQuoted else { return false }
        if token.classes.contains(.auxiliary) { return true }
        if token.classes.isEmpty, index > sentence.lowerBound, token.before == 0, !token.isCapitalised {
            // A word we do not know, behind a name or a pronoun: they cling, Mara scrabbles.
            let before = paragraph.tokens[index - 1]
            let isName = before.isCapitalised && !before.isPossessive && cast.forms[before.lower] != nil
            if ["they", "we"].contains(before.lower) { return true }
            // "Three riders top the rise".
            if Plural.isPlural(before.lower), cast.forms[before.lower] != nil, index + 1 < sentence.upperBound,
                !paragraph.tokens[index + 1].classes.isDisjoint(with: [.determiner, .possessive])
            {
                return true
            }
            return (isName || ["he", "she", "it"].contains(before.lower)) && lexicon.isThird(token.lower, token.classes)
        }
        guard token.classes.contains(.verbThird) || token.classes.contains(.verbBase) && token.classes.contains(.moving)
        else { return false }
        guard index > sentence.lowerBound else {
            return token.classes.contains(.verbThird) && !Plural.isPlural(token.lower)
        }
        // After a determiner, an owner or an adjective it is a noun: the whistle, her hands, two steps.
        let before = paragraph.tokens[index - 1]
        if token.before == 0 {
            let isNounPlace: WordClass = [.determiner, .possessive, .adjective, .number]
            if before.isPossessive
                || !before.classes.isDisjoint(with: isNounPlace) && before.classes.isDisjoint(with: [.adverb])
            {
                return false
            }
            if before.classes.contains(.preposition), !before.classes.contains(.adverb) { return false }
        }
        if token.classes.contains(.verbThird) { return true }
        // Two subjects take it too: Rae and Switch run.
        if index >= sentence.lowerBound + 3, token.before == 0, before.isCapitalised,
            paragraph.tokens[index - 2].lower == "and"
        {
            return true
        }
        // Whales of plaster hang.
        if index >= sentence.lowerBound + 3, token.before == 0, paragraph.tokens[index - 2].lower == "of",
            Plural.isPlural(paragraph.tokens[index - 3].lower),
            before.classes.isDisjoint(with: [.determiner, .adjective])
        {
            return true
        }
        // A bare form is a verb after a plural or "they": the lights die.
        return before.classes.contains(.subjectPronoun)
            || token.before == 0
                && (Plural.isPlural(before.lower)
                    || ["them", "both", "two", "three", "others", "all"].contains(before.lower))
    }

    /// Whether the words before a verb are a plural of things.
    private func pluralBefore(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index > sentence.lowerBound else { return false }
        let before = paragraph.tokens[index - 1]
        return before.classes.isDisjoint(with: [.pronoun, .preposition]) && Plural.isPlural(before.lower)
            && !before.classes.contains(.role)
    }

    // MARK: names

    private func name(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ focus: Focus) -> Mention? {
        let token = paragraph.tokens[index]
        if let forms = cast.forms[token.lower] {
            for form in forms {
                let end = index + form.words.count
                guard end <= sentence.upperBound, matches(paragraph, form, index) else { continue }
                let person = choose(
                    form.people, isPlural: Plural.isPlural(paragraph.tokens[end - 1].lower), focus)
                guard fits(paragraph, index..<end, sentence, form, person) else { continue }
                let isPossessive = paragraph.tokens[end - 1].isPossessive
                return Mention(
                    people: [person], range: index..<end, isPronoun: false, isPossessive: isPossessive, isSeen: true)
            }
        }
        return epithet(paragraph, index, sentence, focus)
    }

    func matches(_ paragraph: Paragraph, _ form: Cast.Form, _ index: Int) -> Bool {
        for (offset, word) in form.words.enumerated() {
            let token = paragraph.tokens[index + offset]
            guard token.lower == word else { return false }
            if offset + 1 < form.words.count {
                guard !token.isPossessive else { return false }
                if token.after != 0, token.after != 0x22, token.after != 0x27 { return false }
            }
        }
        return true
    }

    private func choose(_ people: [Int], isPlural: Bool, _ focus: Focus) -> Int {
        if people.count == 1 { return people[0] }
        // "The cops" are the kind, not the older cop.
        if isPlural, let kind = people.first(where: { cast.people[$0].isPlural }) { return kind }
        if let recent = focus.entries.first(where: { people.contains($0.person) }) { return recent.person }
        return people.first { near.contains($0) } ?? people[0]
    }

    /// Whether a word that could be the name is it here.
    private func fits(
        _ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>, _ form: Cast.Form, _ person: Int
    ) -> Bool {
        let first = paragraph.tokens[range.lowerBound]
        if cast.people[person].isType { return fitsType(paragraph, range, sentence) }
        let isStart = range.lowerBound == sentence.lowerBound
        if !isStart, first.before == 0 {
            let before = paragraph.tokens[range.lowerBound - 1]
            // The Rose is a ship, Fort Quillan a place.
            // "The Deacon" where the cast says so.
            let isCalled =
                before.lower == "the"
                && (cast.people[person].nicknames.contains(first.lower) || cast.people[person].name.hasPrefix("The "))
            if before.classes.contains(.determiner), before.lower != "that", range.count == 1, !isCalled {
                return false
            }
            let isNamePart =
                before.isCapitalised && !before.isCaps && range.lowerBound - 1 > sentence.lowerBound
                && !before.isPossessive
                && before.classes.isDisjoint(with: [.title, .conjunction, .preposition, .determiner, .pronoun])
            if isNamePart, first.isCapitalised, !first.isCaps, cast.forms[before.lower] == nil { return false }
        }
        if first.isCapitalised {
            if first.isCaps || !form.isCommon { return !isPartOfPlace(paragraph, range, sentence) }
            if isStart || startsAfterColon(first) { return actsAsName(paragraph, range, sentence) }
            return !isPartOfPlace(paragraph, range, sentence)
        }
        // Lower case: a name that is no other word, or the subject of a sentence in lower case.
        if !form.isCommon { return true }
        let opens =
            isStart || first.before != 0
            || ["and", "but", "as", "while"].contains(paragraph.tokens[range.lowerBound - 1].lower)
        guard opens else { return false }
        return range.upperBound < sentence.upperBound && actsAsName(paragraph, range, sentence)
            && paragraph.tokens[range.upperBound].classes.contains(.verbThird)
    }

    private func startsAfterColon(_ token: Token) -> Bool { token.before == 0x3A }

    /// Peel Street, Hask Shipping.
    private func isPartOfPlace(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        guard range.upperBound < sentence.upperBound else { return false }
        let last = paragraph.tokens[range.upperBound - 1]
        let next = paragraph.tokens[range.upperBound]
        guard next.before == 0, !last.isPossessive, next.isCapitalised, !next.isCaps, !last.isCaps else { return false }
        return cast.forms[next.lower] == nil && next.classes.isDisjoint(with: [.verbThird, .pronoun])
    }

    /// Whether a common word at a sentence's start is somebody: Rose turns, but rose petals drift.
    private func actsAsName(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let last = paragraph.tokens[range.upperBound - 1]
        if last.isPossessive { return true }
        guard range.upperBound < sentence.upperBound else { return last.isCapitalised }
        let next = paragraph.tokens[range.upperBound]
        if next.before == 0x2C || next.isInParentheses { return true }
        if next.before != 0 { return false }
        if !next.classes.isDisjoint(with: [.verbThird, .auxiliary]) {
            // "Smoke rises": a plural noun that is a verb too is a verb after a single name.
            return true
        }
        if next.classes.contains(.adverb) || next.lower.hasSuffix("ly") { return true }
        if ["and", "or"].contains(next.lower), range.upperBound + 1 < sentence.upperBound {
            let after = paragraph.tokens[range.upperBound + 1]
            return after.isCapitalised && cast.forms[after.lower] != nil || after.classes.contains(.pronoun)
        }
        // "Rose petals drift" has its verb behind the petals.
        let after = range.upperBound + 1
        let hasVerbBehind =
            after < sentence.upperBound && paragraph.tokens[after].before == 0
            && !paragraph.tokens[after].classes.isDisjoint(with: [.verbBase, .verbThird])
        return lexicon.isThird(next.lower, next.classes) && next.classes.isEmpty && !hasVerbBehind
    }

    /// Deckhands as people: not "she nurses a drink", not "Hask guards the door".
    private func fitsType(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let last = paragraph.tokens[range.upperBound - 1]
        let canBeVerb = !last.classes.isDisjoint(with: [.verbThird, .verbBase, .verbIng])
        guard canBeVerb, range.lowerBound > sentence.lowerBound, !last.isCaps else { return true }
        let before = paragraph.tokens[range.lowerBound - 1]
        if paragraph.tokens[range.lowerBound].before != 0 { return true }
        return before.isPossessive
            || !before.classes.isDisjoint(with: [
                .determiner, .possessive, .number, .adjective, .preposition, .conjunction,
            ])
    }
}
