/// What moves: whole clauses of a paragraph, for the video prompt.
///
/// A phrase is a clause from its subject to its end, or to a place where a shorter one may end as well: never in a
/// preposition, an article, a possessive, a conjunction or an auxiliary, never inside a noun phrase.
struct MotionFinder {
    let cast: Cast
    let lexicon = Lexicon.english
    /// Longest phrase, words.
    static let wordsLimit = 16

    /// Up to `limit` phrases of a sentence. `mentions` tells whom pronouns mean.
    func phrases(
        in paragraph: Paragraph, _ sentence: Range<Int>, _ mentions: [Mention], finder: MentionFinder, limit: Int
    ) -> [String] {
        var phrases: [String] = []
        var subject = ""
        for segment in segments(paragraph, sentence) where phrases.count < limit {
            guard let clause = clause(paragraph, segment, mentions, finder) else {
                // "MARA QUILLAN, 31, grease to the elbows, kneels": the name waits for its verb.
                if let name = onlyName(paragraph, segment, mentions) { subject = name }
                continue
            }
            if !clause.subject.isEmpty { subject = clause.subject }
            guard clause.isMoving, !subject.isEmpty else { continue }
            let end = Self.end(of: paragraph, clause.verb..<segment.upperBound)
            guard end > clause.verb else { continue }
            var words = self.words(paragraph, clause.verb..<end, mentions, except: subject)
            if clause.isParticiple { words = (subject.contains(" and ") ? "are " : "is ") + words }
            let phrase = MotionPhrase.finished(subject + " " + words)
            if let phrase, !phrases.contains(phrase) { phrases.append(phrase) }
        }
        return phrases
    }

    /// The name a segment consists of; nil where it holds more.
    private func onlyName(_ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention]) -> String? {
        guard let mention = mentions.first(where: { segment.contains($0.range.lowerBound) }), !mention.isPossessive,
            mention.range.upperBound == segment.upperBound
        else { return nil }
        return subject(paragraph, segment, mentions)
    }

    private struct Clause {
        var subject: String
        /// Where the verb phrase begins, an adverb before it included.
        var verb: Int
        var isMoving: Bool
        var isParticiple: Bool
    }

    // MARK: segments

    /// Parts between commas, dashes and semicolons, and before "and" or "but" when a new clause with its own subject
    /// follows; parentheses and quotations left out.
    private func segments(_ paragraph: Paragraph, _ sentence: Range<Int>) -> [Range<Int>] {
        var segments: [Range<Int>] = []
        var start = sentence.lowerBound
        func close(_ end: Int) {
            var from = start
            while from < end, Self.opensClause.contains(paragraph.tokens[from].lower) { from += 1 }
            if from < end { segments.append(from..<end) }
        }
        for index in sentence {
            let token = paragraph.tokens[index]
            if token.isInParentheses || token.isQuoted && !token.isCapitalised {
                if start < index { close(index) }
                start = index + 1
                continue
            }
            guard index > start else { continue }
            if token.before != 0, token.before != 0x22, token.before != 0x27 {
                close(index)
                start = index
            } else if ["and", "but", "then", "as", "while", "until", "before", "when", "because"].contains(token.lower),
                beginsClause(paragraph, index + 1, sentence) || beginsIntroduction(paragraph, index + 1, sentence)
            {
                close(index)
                start = index
            }
        }
        if start < sentence.upperBound { close(sentence.upperBound) }
        return segments
    }

    private static let opensClause: Set<String> = [
        "and", "but", "then", "as", "while", "until", "when", "so", "before", "because", "or", "yet",
    ]

    /// A subject and its verb within the next words.
    private func beginsClause(_ paragraph: Paragraph, _ start: Int, _ sentence: Range<Int>) -> Bool {
        guard start < sentence.upperBound else { return false }
        let first = paragraph.tokens[start]
        if first.classes.contains(.subjectPronoun) { return true }
        var index = start
        while index < sentence.upperBound, index < start + 5 {
            let token = paragraph.tokens[index]
            if index > start, token.before != 0 { return false }
            if !token.classes.isDisjoint(with: [.preposition, .conjunction]) { return false }
            if index > start, token.classes.contains(.verbThird), isVerbPlace(paragraph, index) { return true }
            index += 1
        }
        return false
    }

    /// "… and MRS. HOLLIS, a farmer, winds down the window": capitals and a comma behind them.
    private func beginsIntroduction(_ paragraph: Paragraph, _ start: Int, _ sentence: Range<Int>) -> Bool {
        var index = start
        while index < sentence.upperBound, paragraph.tokens[index].isCaps { index += 1 }
        return index > start && index < sentence.upperBound && paragraph.tokens[index].before == 0x2C
    }

    private func isVerbPlace(_ paragraph: Paragraph, _ index: Int) -> Bool {
        let before = paragraph.tokens[index - 1]
        return !before.isPossessive && before.classes.isDisjoint(with: [.determiner, .possessive, .adjective, .number])
    }

    // MARK: clauses

    private func clause(
        _ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention], _ finder: MentionFinder
    ) -> Clause? {
        let first = paragraph.tokens[segment.lowerBound]
        // "kneels over the motor": the subject stands before.
        var verb = segment.lowerBound
        while verb < segment.upperBound, isAdverb(paragraph.tokens[verb]) { verb += 1 }
        if verb < segment.upperBound {
            let token = paragraph.tokens[verb]
            if token.classes.contains(.verbThird) || isUnknownVerb(paragraph, verb, segment),
                !token.isCapitalised || verb > segment.lowerBound,
                !token.isPossessive,
                mention(at: verb, mentions) == nil
            {
                return Clause(
                    subject: "", verb: segment.lowerBound, isMoving: token.classes.contains(.moving),
                    isParticiple: false)
            }
            if token.classes.contains(.verbIng), verb == segment.lowerBound, segment.lowerBound > 0, first.before != 0,
                segment.count > 1
            {
                return Clause(subject: "", verb: verb, isMoving: token.classes.contains(.moving), isParticiple: true)
            }
        }
        return withSubject(paragraph, segment, mentions, finder)
    }

    private func isAdverb(_ token: Token) -> Bool {
        token.lower.hasSuffix("ly") && !token.isCapitalised || token.classes.contains(.adverb)
    }

    private func withSubject(
        _ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention], _ finder: MentionFinder
    ) -> Clause? {
        var verb = segment.lowerBound + 1
        while verb < segment.upperBound {
            if mention(at: verb, mentions) == nil, finder.isVerb(paragraph, verb, segment) { break }
            verb += 1
        }
        guard verb < segment.upperBound else { return nil }
        var start = verb
        while start - 1 > segment.lowerBound, isAdverb(paragraph.tokens[start - 1]) { start -= 1 }
        var from = segment.lowerBound
        // "Behind them, Hask": a place before the subject is its own segment; "Suddenly Hask" is not.
        while from < start, isAdverb(paragraph.tokens[from]) { from += 1 }
        // "Behind him the bailiff skids": the subject is who stands before the verb.
        if from < start, paragraph.tokens[from].classes.contains(.preposition),
            let who = mentions.last(where: {
                $0.range.upperBound == start && $0.range.lowerBound > from && !$0.isPossessive
            })
        {
            from = who.range.lowerBound
            if paragraph.tokens[from - 1].classes.contains(.determiner) { from -= 1 }
        }
        guard from < start, start - from <= 9 else { return nil }
        guard isSubject(paragraph, from..<start, mentions), let subject = subject(paragraph, from..<start, mentions)
        else {
            return nil
        }
        let token = paragraph.tokens[verb]
        var isMoving = token.classes.contains(.moving) || token.classes.isEmpty
        // "Is running": the next verb tells.
        if token.classes.contains(.auxiliary) {
            guard ["is", "are"].contains(token.lower) else {
                return Clause(subject: subject, verb: start, isMoving: false, isParticiple: false)
            }
            isMoving =
                verb + 1 < segment.upperBound
                && paragraph.tokens[verb + 1].classes.isSuperset(of: [.verbIng, .moving])
        }
        return Clause(subject: subject, verb: start, isMoving: isMoving, isParticiple: false)
    }

    /// A word no table knows that stands where a verb does: ", garrottes the sentry".
    private func isUnknownVerb(_ paragraph: Paragraph, _ index: Int, _ segment: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard token.classes.isEmpty, lexicon.isThird(token.lower, token.classes), index + 1 < segment.upperBound else {
            return false
        }
        let next = paragraph.tokens[index + 1]
        return next.before == 0
            && !next.classes.isDisjoint(with: [.determiner, .possessive, .preposition, .objectPronoun])
    }

    /// Inside a sentence a subject shows itself: by an article, an owner, a number, a plural or a name. "Bare shoulders" is none.
    private func isSubject(_ paragraph: Paragraph, _ range: Range<Int>, _ mentions: [Mention]) -> Bool {
        let isOpening = paragraph.sentences.contains { $0.lowerBound == range.lowerBound }
        if isOpening || mentions.contains(where: { $0.range.overlaps(range) }) { return true }
        let first = paragraph.tokens[range.lowerBound]
        let last = paragraph.tokens[range.upperBound - 1]
        let signs: WordClass = [.determiner, .possessive, .number, .subjectPronoun]
        return !first.classes.isDisjoint(with: signs) || Plural.isPlural(last.lower) || first.isCapitalised
            || ["something", "nothing", "somebody", "someone", "everything"].contains(first.lower)
            || paragraph.tokens[range.lowerBound].before == 0
    }

    /// The words of a subject, people by their names; nil where it is none.
    private func subject(_ paragraph: Paragraph, _ range: Range<Int>, _ mentions: [Mention]) -> String? {
        let first = paragraph.tokens[range.lowerBound]
        if first.classes.contains(.preposition), mention(at: range.lowerBound, mentions) == nil { return nil }
        if first.classes.contains(.relative)
            || first.classes.contains(.verbIng) && range.count > 1 && first.classes.contains(.moving)
        {
            return nil
        }
        let last = paragraph.tokens[range.upperBound - 1]
        if !last.classes.isDisjoint(with: [.preposition, .determiner]),
            mention(at: range.upperBound - 1, mentions) == nil
        {
            return nil
        }
        if first.classes.contains(.subjectPronoun), mention(at: range.lowerBound, mentions) == nil, first.lower != "it"
        {
            return nil
        }
        if first.lower == "it" || first.lower == "there" || first.lower == "this" || first.lower == "that" {
            return nil
        }
        let text = words(paragraph, range, mentions, except: "")
        return text.isEmpty ? nil : text
    }

    private func mention(at index: Int, _ mentions: [Mention]) -> Mention? {
        mentions.first { $0.range.contains(index) }
    }

    /// The words of a range, pronouns replaced by names, introduced capitals in title case. `except` is the subject, who
    /// needs no name again.
    private func words(_ paragraph: Paragraph, _ range: Range<Int>, _ mentions: [Mention], except subject: String)
        -> String
    {
        var out: [String] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let token = paragraph.tokens[index]
            if let mention = mention(at: index, mentions), mention.range.lowerBound == index,
                mention.range.upperBound <= range.upperBound
            {
                out.append(named(mention, paragraph, subject))
                index = mention.range.upperBound
                continue
            }
            let isShout = token.isCaps && token.text.utf8.count > 3
            let text = isShout ? token.text.lowercased() : token.text
            let isFirstWord = index == paragraph.sentences.first(where: { $0.contains(index) })?.lowerBound
            // A sentence's first word is written small inside a prompt, unless it begins a name.
            let isName =
                index + 1 < range.upperBound && paragraph.tokens[index + 1].isCapitalised && token.classes.isEmpty
            let shown = isFirstWord && !token.isCaps && !isName ? text.lowercased() : text
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
        let isSubjectItself = !names.isEmpty && !subject.isEmpty && names.allSatisfy { subject.contains($0) }
        if mention.isPronoun, isSubjectItself || names.count > 2 { return written.lowercased() }
        if !mention.isPronoun, mention.people.count == 1, cast.people[mention.people[0]].isType {
            return written.lowercased()
        }
        return names.joined(separator: " and ") + (mention.isPossessive ? "'s" : "")
    }

    // MARK: ends

    /// Where a phrase from the verb on may end: at its whole end if it is short, else before the last preposition or
    /// conjunction that leaves something whole.
    static func end(of paragraph: Paragraph, _ range: Range<Int>) -> Int {
        var end = range.upperBound
        if range.count > wordsLimit {
            var cut = range.lowerBound + wordsLimit
            while cut > range.lowerBound + 2 {
                let token = paragraph.tokens[cut]
                let last = paragraph.tokens[cut - 1]
                let isInfinitive = token.lower == "to" && paragraph.tokens[cut + 1].classes.contains(.verbBase)
                if !token.classes.isDisjoint(with: [.preposition, .conjunction]), !isInfinitive, isWhole(last) {
                    break
                }
                cut -= 1
            }
            guard cut > range.lowerBound + 2 else { return range.lowerBound }
            end = cut
        }
        return end
    }

    /// Whether something may end in the word.
    static func isWhole(_ token: Token) -> Bool {
        token.classes.isDisjoint(with: .dangling)
            && token.classes.isDisjoint(with: [.adjective, .number, .verbThird, .verbIng])
    }
}
