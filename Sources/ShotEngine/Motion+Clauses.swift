/// The clauses of a sentence: who does what.
extension MotionFinder {
    struct Clause {
        var subject: String
        /// Where the verb phrase begins, an adverb before it included.
        var verb: Int
        var isMoving: Bool
        var isParticiple: Bool
        /// "…, eyes adjusting": something beside the subject, which stays who it was.
        var isAbsolute = false
    }

    // MARK: segments

    /// Parts between commas, dashes and semicolons, and before "and" or "but" when a new clause with its own subject
    /// follows; parentheses and quotations left out.
    func segments(_ paragraph: Paragraph, _ sentence: Range<Int>) -> [Range<Int>] {
        var segments: [Range<Int>] = []
        var start = sentence.lowerBound
        func close(_ end: Int) {
            var from = start
            while from < end, Self.opensClause.contains(paragraph.tokens[from].lower) { from += 1 }
            // "Snatches up her bouquet and, at the last second, the envelope".
            var end = end
            while from < end, ["and", "but", "or", "then"].contains(paragraph.tokens[end - 1].lower) { end -= 1 }
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
        return joined(segments, paragraph)
    }

    /// "Lays it, gently, against his collar" is one clause.
    private func joined(_ segments: [Range<Int>], _ paragraph: Paragraph) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        var index = 0
        while index < segments.count {
            let isAside =
                segments[index].allSatisfy { paragraph.tokens[$0].lower.hasSuffix("ly") }
                && !joined.isEmpty && index + 1 < segments.count
                && joined[joined.count - 1].upperBound == segments[index].lowerBound
                && segments[index].upperBound == segments[index + 1].lowerBound
                && paragraph.tokens[segments[index + 1].lowerBound].classes.contains(.preposition)
            if isAside {
                let start = joined.removeLast().lowerBound
                joined.append(start..<segments[index + 1].upperBound)
                index += 2
            } else {
                joined.append(segments[index])
                index += 1
            }
        }
        return joined
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

    /// What a segment tells. `pending` is who the words before were about.
    func clause(
        _ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention], _ finder: MentionFinder, _ pending: String
    ) -> Clause? {
        // "kneels over the motor": the subject stands before.
        var verb = segment.lowerBound
        while verb < segment.upperBound, isAdverb(paragraph.tokens[verb]) { verb += 1 }
        if verb < segment.upperBound, mention(at: verb, mentions) == nil {
            if !pending.isEmpty, isBody(paragraph, verb, segment) {
                return absolute(paragraph, segment, mentions, pending)
            }
            let token = paragraph.tokens[verb]
            // Several do not "bandannas up".
            let isUnknown = isUnknownVerb(paragraph, verb, segment) && !isSeveral(pending)
            // "Two waiters, bow ties undone, weave between the tables".
            let isBase =
                token.classes.isSuperset(of: [.verbBase, .moving])
                && paragraph.tokens[segment.lowerBound].before == 0x2C && takesObject(paragraph, verb, segment)
                && isSeveral(pending)
            if token.classes.contains(.verbThird) || isUnknown || isBase,
                !token.isCapitalised || verb > segment.lowerBound || !pending.isEmpty, !token.isPossessive
            {
                let isMoving = isUnknown || isMoving(paragraph, verb, segment)
                return Clause(subject: "", verb: segment.lowerBound, isMoving: isMoving, isParticiple: false)
            }
            let first = paragraph.tokens[segment.lowerBound]
            if token.classes.contains(.verbIng), verb == segment.lowerBound, segment.lowerBound > 0, first.before != 0,
                segment.count > 1
            {
                return Clause(subject: "", verb: verb, isMoving: token.classes.contains(.moving), isParticiple: true)
            }
        }
        return withSubject(paragraph, segment, mentions, finder, pending)
            ?? absolute(paragraph, segment, mentions, pending)
    }

    /// "…, hands empty": what the subject's body is like.
    private func isBody(_ paragraph: Paragraph, _ index: Int, _ segment: Range<Int>) -> Bool {
        guard MentionTable.body.contains(paragraph.tokens[index].lower), index + 1 < segment.upperBound else {
            return false
        }
        let next = paragraph.tokens[index + 1].classes
        // "Palms up", "head down".
        if segment.count == 2, !next.isDisjoint(with: [.preposition, .adverb]) { return true }
        return !next.isDisjoint(with: [.adjective, .verbIng, .verbPast])
            && next.isDisjoint(with: [.determiner, .possessive, .preposition, .number])
    }

    /// "Weave between the tables", not "bow ties undone".
    private func takesObject(_ paragraph: Paragraph, _ verb: Int, _ segment: Range<Int>) -> Bool {
        guard verb + 1 < segment.upperBound else { return true }
        let after: WordClass = [.preposition, .adverb, .determiner, .possessive, .objectPronoun, .number, .conjunction]
        let next = paragraph.tokens[verb + 1]
        // Shoulder to shoulder, side by side.
        if verb + 2 < segment.upperBound, paragraph.tokens[verb].lower == paragraph.tokens[verb + 2].lower {
            return false
        }
        return !next.classes.isDisjoint(with: after) || isAdverb(next)
    }

    /// Whether a verb shows movement; "lets it drop" does.
    private func isMoving(_ paragraph: Paragraph, _ verb: Int, _ segment: Range<Int>) -> Bool {
        let token = paragraph.tokens[verb]
        if token.classes.contains(.moving) { return true }
        guard token.base == "let" else { return false }
        return (verb + 1..<min(verb + 5, segment.upperBound)).contains {
            paragraph.tokens[$0].classes.isSuperset(of: [.verbBase, .moving])
        }
    }

    /// "Bunny's hat bobbing after her", "dust hanging": what moves beside the main clause.
    private func absolute(
        _ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention], _ pending: String
    ) -> Clause? {
        let notBefore: WordClass = [
            .determiner, .adjective, .possessive, .preposition, .conjunction, .number, .pronoun, .verbThird, .verbIng,
            .verbBase, .auxiliary,
        ]
        let after: WordClass = [.preposition, .adverb, .determiner, .possessive, .objectPronoun, .number]
        guard
            let verb = segment.dropFirst().first(where: { index in
                let token = paragraph.tokens[index]
                let before = paragraph.tokens[index - 1]
                // "Dust turning": what opens a sentence is no verb here.
                let isOpening =
                    isOpening(paragraph, index - 1) && before.classes.isDisjoint(with: [.verbIng, .adjective])
                guard token.classes.isSuperset(of: [.verbIng, .moving]), token.before == 0, !before.isPossessive,
                    mention(at: index - 1, mentions) != nil || isOpening
                        || before.classes.isDisjoint(with: notBefore)
                        || before.classes == [.verbThird, .moving] && Plural.isPlural(before.lower)
                else { return false }
                guard index + 1 < segment.upperBound else { return true }
                return !paragraph.tokens[index + 1].classes.isDisjoint(with: after)
            }), verb - segment.lowerBound <= 5,
            isSubject(paragraph, segment.lowerBound..<verb, mentions) || paragraph.tokens[verb - 1].classes.isEmpty,
            let end = (segment.lowerBound + 1...verb).last(where: {
                $0 == segment.lowerBound + 1 || !isAdverb(paragraph.tokens[$0 - 1])
            }), var subject = subject(paragraph, segment.lowerBound..<end, mentions)
        else { return nil }
        let isName = pending.first?.isUppercase == true
        if MentionTable.body.contains(paragraph.tokens[segment.lowerBound].lower) {
            guard isName else { return nil }
            subject = pending + "'s " + subject
        }
        return Clause(subject: subject, verb: end, isMoving: true, isParticiple: true, isAbsolute: true)
    }

    private func isAdverb(_ token: Token) -> Bool {
        token.lower.hasSuffix("ly") && !token.isCapitalised || token.classes.contains(.adverb)
    }

    private func withSubject(
        _ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention], _ finder: MentionFinder, _ pending: String
    ) -> Clause? {
        if let main = main(paragraph, segment, mentions) {
            return withSubject(paragraph, main..<segment.upperBound, mentions, finder, pending)
        }
        var verb = segment.lowerBound + 1
        while verb < segment.upperBound {
            if mention(at: verb, mentions) == nil, finder.isVerb(paragraph, verb, segment),
                !isNounBeforeParticiple(paragraph, verb, segment)
            {
                break
            }
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
        // "Close enough that her sleeve brushes his star": her sleeve does.
        if let relative = (from..<start).dropLast().last(where: {
            ["that", "where", "which", "so"].contains(paragraph.tokens[$0].lower) && $0 > from
        }) {
            from = relative + 1
        }
        guard from < start, start - from <= 9 else { return nil }
        // "His fingers creep: they slide a page": what the words before were about.
        let isTheirs =
            start - from == 1 && paragraph.tokens[from].lower == "they" && mention(at: from, mentions) == nil
            && isSeveral(pending)
        guard isSubject(paragraph, from..<start, mentions),
            let subject = isTheirs ? pending : subject(paragraph, from..<start, mentions)
        else { return nil }
        let token = paragraph.tokens[verb]
        var isMoving = isMoving(paragraph, verb, segment) || token.classes.isEmpty
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

    func isOpening(_ paragraph: Paragraph, _ index: Int) -> Bool {
        paragraph.sentences.contains { $0.lowerBound == index }
    }

    /// "Before Tom can get up the old woman is at the door": where the main clause begins.
    private func main(_ paragraph: Paragraph, _ segment: Range<Int>, _ mentions: [Mention]) -> Int? {
        guard segment.lowerBound > 0, isOpening(paragraph, segment.lowerBound - 1),
            ["before", "when", "as", "while", "until", "if", "after", "because"].contains(
                paragraph.tokens[segment.lowerBound - 1].lower)
        else { return nil }
        let main = mentions.last { mention in
            mention.range.lowerBound > segment.lowerBound + 1 && mention.range.upperBound < segment.upperBound
                && !mention.isPossessive
                && !paragraph.tokens[mention.range.upperBound].classes.isDisjoint(with: .finite)
                && paragraph.tokens[mention.range.lowerBound - 1].classes.isDisjoint(with: [.conjunction, .relative])
        }
        return main?.range.lowerBound
    }

    /// "Fairy lights sagging": the lights do.
    private func isNounBeforeParticiple(_ paragraph: Paragraph, _ index: Int, _ segment: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard index + 1 < segment.upperBound, !token.classes.contains(.auxiliary), Plural.isPlural(token.lower) else {
            return false
        }
        let next = paragraph.tokens[index + 1]
        return next.before == 0 && next.classes.isSuperset(of: [.verbIng, .moving])
            && !Self.keeping.contains(token.base)
    }

    /// A word no table knows that stands where a verb does: ", garrottes the sentry".
    private func isUnknownVerb(_ paragraph: Paragraph, _ index: Int, _ segment: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard token.classes.isEmpty, lexicon.isThird(token.lower, token.classes), index + 1 < segment.upperBound else {
            return false
        }
        let next = paragraph.tokens[index + 1]
        // "OSKAR, 6, pajamas under his anorak."
        let isBehindAge = index > 0 && paragraph.tokens[index - 1].lower.first?.isNumber == true
        if isBehindAge, next.classes.contains(.preposition) { return false }
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
    func subject(_ paragraph: Paragraph, _ range: Range<Int>, _ mentions: [Mention]) -> String? {
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
        // The camera's "we" is nobody.
        if ["we", "we're", "we'll", "we've", "us", "our"].contains(first.lower) { return nil }
        if first.lower == "it" || first.lower == "there" || first.lower == "this" || first.lower == "that" {
            return nil
        }
        let text = words(paragraph, range, mentions, except: "")
        return text.isEmpty ? nil : text
    }

    func mention(at index: Int, _ mentions: [Mention]) -> Mention? {
        mentions.first { $0.range.contains(index) }
    }
}
