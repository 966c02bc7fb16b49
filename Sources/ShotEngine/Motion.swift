/// What moves: whole clauses of a paragraph, for the video prompt.
///
/// A phrase is a clause from its subject to its end, or to a place where a shorter one may end as well: never in a
/// preposition, an article, a possessive, a conjunction or an auxiliary, never inside a noun phrase.
struct MotionFinder {
    let cast: Cast
    let lexicon = Lexicon.english
    /// Longest phrase, words.
    static let wordsLimit = 16

    /// Up to `limit` phrases of a sentence. `mentions` tells whom pronouns mean, `carried` who the sentence before was
    /// about.
    func phrases(
        in paragraph: Paragraph, _ sentence: Range<Int>, _ mentions: [Mention], finder: MentionFinder, limit: Int,
        carried: inout String
    ) -> [String] {
        var phrases: [String] = []
        var subject = ""
        defer { if !subject.isEmpty { carried = subject } }
        var isBehindColon = false
        for segment in segments(paragraph, sentence) where phrases.count < limit {
            if paragraph.tokens[segment.lowerBound].before == 0x3A, segment.lowerBound > sentence.lowerBound {
                isBehindColon = true
            }
            // "Tugs at a zip.": whoever the sentence before was about.
            if segment.lowerBound == sentence.lowerBound, opensWithVerb(paragraph, segment, mentions) {
                subject = carried
                if carried.isEmpty { continue }
            }
            guard let clause = clause(paragraph, segment, mentions, finder, subject) else {
                // "MARA QUILLAN, 31, grease to the elbows, kneels": the name waits for its verb.
                if let name = onlyName(paragraph, segment, mentions) ?? onlyThing(paragraph, segment, mentions) {
                    subject = name
                }
                continue
            }
            var doer = clause.subject.isEmpty ? subject : clause.subject
            // "A photo of Gil: a big man, squinting": not who looks at it.
            if isBehindColon, clause.isParticiple, clause.subject.isEmpty { continue }
            if !clause.subject.isEmpty { isBehindColon = false }
            // "The door bangs open on Bunny, dragging a bag": who drags is somebody.
            if clause.isParticiple, clause.subject.isEmpty,
                let person = later(mentions, than: subject, segment, paragraph)
            {
                doer = person
            }
            if !clause.isAbsolute || subject.isEmpty { subject = doer }
            guard clause.isMoving, !doer.isEmpty else { continue }
            let phrase = phrase(paragraph, doer, clause, segment.upperBound, mentions)
            if let phrase, !phrases.contains(phrase) { phrases.append(phrase) }
        }
        return phrases
    }

    /// The person named behind a thing that is the subject.
    private func later(_ mentions: [Mention], than subject: String, _ segment: Range<Int>, _ paragraph: Paragraph)
        -> String?
    {
        guard subject.first?.isLowercase == true else { return nil }
        let known = mentions.filter { $0.range.upperBound <= segment.lowerBound && !$0.isPossessive && $0.isSeen }
        guard let last = known.last, known.count == 1, !last.isPronoun, !last.isSubject else { return nil }
        let person = cast.people[last.people[0]]
        return person.isType ? "the " + person.name.lowercased() : person.name
    }

    /// The longest sound phrase of a clause.
    private func phrase(
        _ paragraph: Paragraph, _ doer: String, _ clause: Clause, _ limit: Int, _ mentions: [Mention]
    ) -> String? {
        let lead = clause.isParticiple ? (isSeveral(doer) ? "are " : "is ") : ""
        var end = limit - clause.verb > Self.wordsLimit ? cut(paragraph, clause.verb, Self.wordsLimit) : limit
        while end > clause.verb {
            let words = self.words(paragraph, clause.verb..<end, mentions, except: doer)
            let last = paragraph.tokens[end - 1]
            // "… with nothing to hide behind" ends like something cut off.
            let isLoose =
                MotionTable.particles.contains(last.lower) && end - clause.verb > 6
                && paragraph.tokens[end - 2].classes.contains(.verbBase)
            if !isLoose, let phrase = MotionPhrase.finished(doer + " " + lead + words) { return phrase }
            // "… taps the bare wrist where a watch should be": without what cannot stand at the end.
            end = cut(paragraph, clause.verb, end - 1 - clause.verb)
        }
        return nil
    }

    /// Of the phrases of some sentences at most `limit`, each sentence with its share.
    static func chosen(_ sentences: [[String]], limit: Int) -> [String] {
        var left = sentences
        while left.joined().count > limit {
            let longest = left.map(\.count).max() ?? 0
            guard let index = left.lastIndex(where: { $0.count == longest }) else { break }
            left[index].removeLast()
        }
        return Array(left.joined())
    }

    private func opensWithVerb(_ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention]) -> Bool {
        let token = paragraph.tokens[segment.lowerBound]
        guard token.classes.contains(.verbThird), mention(at: segment.lowerBound, mentions) == nil, !token.isPossessive,
            !token.isCaps
        else { return false }
        // "Fans turn overhead" has its verb behind.
        guard segment.count > 1 else { return true }
        let next = paragraph.tokens[segment.lowerBound + 1]
        // "Bundles of cash" is no verb, "splinters leaping from the floorboards" neither.
        if next.lower == "of" { return false }
        if next.classes.isSuperset(of: [.verbIng, .moving]), !Self.keeping.contains(token.base) {
            return false
        }
        return next.classes.isDisjoint(with: [.verbBase, .verbThird, .auxiliary])
            || !next.classes.isDisjoint(with: [.preposition, .determiner, .possessive, .adverb])
    }

    /// Verbs that take another in -ing.
    static let keeping: Set<String> = [
        "keep", "go", "come", "start", "stop", "begin", "continue", "finish", "hear", "see",
    ]

    func isSeveral(_ subject: String) -> Bool {
        guard !subject.isEmpty else { return false }
        let space = subject.utf8.lastIndex(of: 0x20)
        let last = subject.utf8[(space.map { subject.utf8.index(after: $0) } ?? subject.startIndex)...]
        if last.first.map({ (0x61...0x7A).contains($0) }) == true, Plural.isPlural(String(Substring(last))) {
            return true
        }
        return subject.contains(" and ")
    }

    /// The name a segment consists of, a place before it aside; nil where it holds more.
    private func onlyName(_ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention]) -> String? {
        let within = mentions.filter { segment.contains($0.range.lowerBound) }
        guard let last = within.last, !last.isPossessive, last.range.upperBound == segment.upperBound else {
            return nil
        }
        let first = paragraph.tokens[segment.lowerBound]
        // "Beside it Teo", "At the rearmost table DOCTOR GREER".
        if first.classes.contains(.preposition), last.range.lowerBound > segment.lowerBound + 1, !last.isPronoun {
            let before = paragraph.tokens[last.range.lowerBound - 1]
            guard before.classes.isDisjoint(with: [.preposition, .conjunction]) else { return nil }
            let isNamed = before.classes.contains(.determiner)
            return subject(paragraph, (last.range.lowerBound - (isNamed ? 1 : 0))..<last.range.upperBound, mentions)
        }
        guard within.count == 1 else { return nil }
        return subject(paragraph, segment, mentions)
    }

    /// "A hand, gloved, comes down": a thing that opens a sentence and waits for its verb.
    private func onlyThing(_ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention]) -> String? {
        guard isOpening(paragraph, segment.lowerBound), segment.count <= 4,
            paragraph.tokens[segment.lowerBound].classes.contains(.determiner),
            paragraph.tokens[segment.upperBound - 1].classes.isDisjoint(with: [.verbThird, .adverb, .preposition])
        else { return nil }
        return subject(paragraph, segment, mentions)
    }

    /// The words of a range, pronouns replaced by names, introduced capitals in title case. `except` is the subject, who
    /// needs no name again.
    func words(_ paragraph: Paragraph, _ range: Range<Int>, _ mentions: [Mention], except subject: String)
        -> String
    {
        var out: [String] = []
        var named: [[Int]] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let token = paragraph.tokens[index]
            if let mention = mention(at: index, mentions), mention.range.lowerBound == index,
                mention.range.upperBound <= range.upperBound
            {
                // "Pulls Penny to her feet": a name once, then as written.
                if mention.isPronoun, named.contains(mention.people) {
                    out.append(paragraph.words(mention.range).lowercased())
                } else {
                    out.append(self.named(mention, paragraph, subject))
                    named.append(mention.people)
                }
                index = mention.range.upperBound
                continue
            }
            // "The Deacon" is Pete "The Deacon" Deakins.
            if token.lower == "the", let mention = self.mention(at: index + 1, mentions), !mention.isPronoun,
                mention.range.lowerBound == index + 1, !cast.people[mention.people[0]].isType
            {
                index += 1
                continue
            }
            let isShout = token.isCaps && (token.text.utf8.count > 3 || !token.classes.isEmpty)
            let text = isShout ? token.text.lowercased() : token.text
            let isFirstWord = index == paragraph.sentences.first(where: { $0.contains(index) })?.lowerBound
            // A sentence's first word is written small inside a prompt, unless it begins a name.
            let isName =
                index + 1 < range.upperBound && paragraph.tokens[index + 1].isCapitalised
                && (token.classes.isEmpty || token.classes.contains(.title))
            let isSmall = isFirstWord && !token.isCaps && !isName || token.classes.contains(.number)
            let shown = isSmall ? text.lowercased() : text
            out.append(shown + (token.isPossessive ? "'s" : ""))
            index += 1
        }
        return out.joined(separator: " ")
    }

    private func named(_ mention: Mention, _ paragraph: Paragraph, _ subject: String) -> String {
        let names = mention.people.map {
            cast.people[$0].isType ? "the " + cast.people[$0].name.lowercased() : cast.people[$0].name
        }
        let written = paragraph.words(mention.range)
        let isSelf = written.lowercased().hasSuffix("self") || written.lowercased().hasSuffix("selves")
        if isSelf || ["each", "one"].contains(written.lowercased()) { return written }
        // "Her daughter's hand" needs no other name.
        let kin = written.lowercased().split(separator: "'").first.map(String.init) ?? ""
        if mention.isPronoun, MentionTable.female.contains(kin) || MentionTable.male.contains(kin) { return written }
        // "The younger", one of the cops.
        let isKind = mention.isPronoun && mention.people.count == 1 && cast.people[mention.people[0]].isPlural
        if isKind, MentionFinder.ordinals.contains(where: { written.lowercased() == "the " + $0 }) {
            return written.lowercased()
        }
        // "Across his wrist": one of the gunmen's.
        if mention.isPronoun, names.count == 1, cast.people[mention.people[0]].isPlural,
            ["he", "she", "him", "her", "his"].contains(written.lowercased())
        {
            let name = Self.singular(names[0])
            let isOne = MentionFinder.ordinals.contains { subject == "the " + $0 }
            if isOne || isSame(names[0], as: subject) { return written.lowercased() }
            return name + (mention.isPossessive ? "'s" : "")
        }
        let isSubjectItself = !names.isEmpty && !subject.isEmpty && names.allSatisfy { isSame($0, as: subject) }
        if mention.isPronoun, isSubjectItself || names.count > 2 { return written.lowercased() }
        if !mention.isPronoun, mention.people.count == 1, cast.people[mention.people[0]].isType {
            return written.lowercased()
        }
        let owner = names.last?.hasSuffix("s") == true && mention.people.allSatisfy { cast.people[$0].isPlural }
        return names.joined(separator: " and ") + (mention.isPossessive ? owner ? "'" : "'s" : "")
    }

    /// The last word of a kind's name for one of them: the customs man.
    private static func singular(_ name: String) -> String {
        var words = name.split(separator: " ").map(String.init)
        if let last = words.popLast() { words.append(Plural.singular(last)) }
        return words.joined(separator: " ")
    }

    /// Whether a name is the subject's; "a rider" is one of the riders.
    private func isSame(_ name: String, as subject: String) -> Bool {
        if subject.contains(name) { return true }
        guard name.hasPrefix("the ") else { return false }
        return subject.hasSuffix(" " + Self.singular(String(name.dropFirst(4))))
    }

    // MARK: ends

    /// Where a phrase of at most `limit` words may end: before the last preposition or conjunction that leaves something
    /// whole; at its verb, so nowhere, when there is none.
    private func cut(_ paragraph: Paragraph, _ verb: Int, _ limit: Int) -> Int {
        var cut = verb + limit
        while cut > verb + 2 {
            let token = paragraph.tokens[cut]
            let isInfinitive =
                token.lower == "to" && cut + 1 < paragraph.tokens.count
                && paragraph.tokens[cut + 1].classes.contains(.verbBase)
            let leavesInfinitive =
                paragraph.tokens[cut - 2].lower == "to" && paragraph.tokens[cut - 1].classes.contains(.verbBase)
            if !token.classes.isDisjoint(with: [.preposition, .conjunction, .relative]), !isInfinitive,
                !leavesInfinitive, Self.isWhole(paragraph.tokens[cut - 1])
            {
                return cut
            }
            cut -= 1
        }
        return verb
    }

    /// Whether something may end in the word.
    static func isWhole(_ token: Token) -> Bool {
        token.classes.isDisjoint(with: .dangling)
            && token.classes.isDisjoint(with: [.adjective, .number, .verbThird, .verbIng])
    }
}
