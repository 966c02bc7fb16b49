/// Whom "the captain", "the two women" and "the child" mean.
extension MentionFinder {
    /// "The captain" when one is, "the two women", "the man".
    func epithet(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ focus: Focus) -> Mention? {
        guard index + 1 < sentence.upperBound else { return nil }
        let lead = paragraph.tokens[index]
        if lead.isPossessive || lead.classes.contains(.possessive),
            MentionTable.followers.contains(paragraph.tokens[index + 1].lower),
            let kind = kind(of: paragraph.tokens[index + 1].lower) ?? focus.lastKind
        {
            return Mention(
                people: [kind], range: index..<(index + 2), isPronoun: true, isPossessive: false, isSeen: true)
        }
        guard ["the", "both"].contains(lead.lower), !namesType(paragraph, index + 1, sentence),
            let (head, count) = head(paragraph, index, sentence)
        else { return nil }
        let token = paragraph.tokens[head]
        var end = head + 1
        var people: [Int] = []
        let called = ((index + 1)...head).map { paragraph.tokens[$0].lower }.joined(separator: " ")
        if let holder = cast.holders[token.lower], focus.present.contains(holder) || near.contains(holder) {
            people = [holder]
        } else if let person = cast.epithets[called], focus.entries.contains(where: { $0.person == person }) {
            people = [person]
        } else if token.lower == "one", let person = kindred(paragraph, index + 1..<head) {
            people = [person]
        } else if Self.ordinals.contains(token.lower) {
            guard isOrdinalSubject(paragraph, head, sentence) else { return nil }
            people = focus.lastKind.map { [$0] } ?? []
        } else if let called = self.called(paragraph, index + 1..<head, token.lower, count, focus) {
            people = called
        } else {
            guard count != nil, head > index + 1 else { return nil }
            // "The two of them", "the two turn".
            let isOfThem = token.lower == "of" && end < sentence.upperBound && paragraph.tokens[end].lower == "them"
            end = isOfThem ? head + 2 : head
            people = plural(focus, nil, count)
        }
        guard !people.isEmpty else { return nil }
        return Mention(
            people: people, range: index..<end, isPronoun: true, isPossessive: token.isPossessive, isSeen: true)
    }

    /// "The old woman" who is one of the cast is found by her own words.
    private func namesType(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        cast.forms[paragraph.tokens[index].lower]?.contains {
            index + $0.words.count <= sentence.upperBound && cast.people[$0.people[0]].isType
                && matches(paragraph, $0, index)
        } == true
    }

    static let ordinals: Set<String> = [
        "first", "second", "third", "other", "older", "younger", "taller", "shorter", "bigger", "smaller",
    ]

    /// "The first yawns": one of the kind that was named last.
    private func isOrdinalSubject(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        Self.ordinals.contains(paragraph.tokens[index].lower) && index + 1 < sentence.upperBound
            && paragraph.tokens[index + 1].classes.contains(.verbThird)
    }

    /// "The older one": of the kinds about the one that is called so, else one of the kind.
    private func kindred(_ paragraph: Paragraph, _ words: Range<Int>) -> Int? {
        guard let word = words.last.map({ paragraph.tokens[$0].lower }) else { return nil }
        return near.first { cast.people[$0].isType && cast.people[$0].words.contains(word) }
    }

    /// The noun of "the two old women" and their number.
    private func head(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> (Int, Int?)? {
        var head = index + 1
        var count: Int?
        while head < sentence.upperBound, head < index + 3 {
            let token = paragraph.tokens[head]
            if token.before != 0 { return nil }
            if token.lower == "two" {
                count = 2
            } else if token.lower == "three" {
                count = 3
            } else if token.classes.isDisjoint(with: [.adjective]) && !Self.ordinals.contains(token.lower)
                || isOrdinalSubject(paragraph, head, sentence)
            {
                break
            }
            head += 1
        }
        return head < sentence.upperBound ? (head, count) : nil
    }

    /// Whom a noun for people means; nil where it is none.
    private func called(
        _ paragraph: Paragraph, _ before: Range<Int>, _ noun: String, _ count: Int?, _ focus: Focus
    ) -> [Int]? {
        switch noun {
        case "man", "boy", "guy", "woman", "girl":
            let gender: Cast.Gender = ["woman", "girl"].contains(noun) ? .female : .male
            let isOld = before.contains { ["old", "older", "elderly"].contains(paragraph.tokens[$0].lower) }
            let person =
                (isOld ? first(focus) { $0.isOld && $0.gender == gender } : nil) ?? focus.single(gender, isThere: true)
            return person.map { [$0] } ?? []
        case "child", "kid", "toddler": return first(focus) { $0.isYoung }.map { [$0] } ?? []
        case "men", "boys", "brothers": return plural(focus, .male, count)
        case "women", "girls", "sisters", "ladies": return plural(focus, .female, count)
        case "couple", "pair", "lovers", "duo", "friends": return plural(focus, nil, 2)
        case "trio": return plural(focus, nil, 3)
        case "two" where count == 2, "three" where count == 3: return plural(focus, nil, count)
        default: return nil
        }
    }

    /// Who of those who are there, spoken of last first, is as asked.
    private func first(_ focus: Focus, where isWanted: (Cast.Person) -> Bool) -> Int? {
        focus.entries.first { !$0.isAbsent && !$0.isPlural && isWanted(cast.people[$0.person]) }?.person
    }

    /// Customs men by "men".
    private func kind(of head: String) -> Int? {
        cast.people.firstIndex { $0.isType && $0.isPlural && $0.words.last == head }
    }

    private func plural(_ focus: Focus, _ gender: Cast.Gender?, _ count: Int?) -> [Int] {
        let people = focus.several(gender, count: count ?? (gender == nil ? nil : 2))
        return people.count > 1 ? people : []
    }
}
