/// Who is only spoken of: in a picture, waited for, gone, the owner of an empty coat.
extension MentionFinder {
    func isSeen(_ paragraph: Paragraph, _ mention: Mention, _ sentence: Range<Int>) -> Bool {
        let range = mention.range
        if paragraph.tokens[range.lowerBound].isQuoted, !mention.isPronoun,
            !(paragraph.tokens[range.lowerBound].isCaps && range.count > 1)
        {
            return false
        }
        if isListedPicture(paragraph, range, sentence) { return false }
        if mention.isPossessive { return ownsWhatIsSeen(paragraph, range, sentence, isPronoun: mention.isPronoun) }
        return !isWritten(paragraph, range, sentence) && !isWanted(paragraph, range, sentence)
            && !isGone(paragraph, range, sentence) && !wasHere(paragraph, range, sentence)
            && !isOffscreen(paragraph, range, sentence)
    }

    private func lower(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> String {
        sentence.contains(index) ? paragraph.tokens[index].lower : ""
    }

    private func base(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> String {
        sentence.contains(index) ? paragraph.tokens[index].base : ""
    }

    // MARK: owners

    /// Mara's hands are Mara; Mara's house is not, nor is her empty coat.
    private func ownsWhatIsSeen(
        _ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>, isPronoun: Bool
    ) -> Bool {
        // A likeness of her face is no face.
        if isImage(paragraph, range.lowerBound, sentence) { return false }
        var index = range.upperBound
        var isEmpty = false
        while index < sentence.upperBound, index < range.upperBound + 4 {
            let token = paragraph.tokens[index]
            if token.before != 0, index > range.upperBound { return !isEmpty }
            if MentionTable.body.contains(token.lower) {
                // "Her shadow" and "her back door" aside, a body is somebody.
                let isNoun =
                    index + 1 >= sentence.upperBound || paragraph.tokens[index + 1].before != 0
                    || !MentionTable.belongings.contains(paragraph.tokens[index + 1].lower)
                if isNoun { return true }
            }
            if MentionTable.empty.contains(token.lower) { isEmpty = true }
            if ["gone", "nowhere", "missing"].contains(token.lower), index == range.upperBound { return false }
            if MentionTable.belongings.contains(token.lower) {
                // "Hask's office door": the last noun decides, both are away.
                return false
            }
            let isModifier =
                !token.classes.isDisjoint(with: [.adjective, .number, .adverb]) || token.lower.hasSuffix("ed")
            if !isModifier { break }
            index += 1
        }
        if isEmpty || isPutAway(paragraph, index, sentence) { return false }
        // "A sidearm like Hask's" and "no coat of Mara's".
        if range.upperBound >= sentence.upperBound || paragraph.tokens[range.upperBound].before != 0 {
            return isPronoun
                || !["like", "as", "than", "of"].contains(lower(paragraph, range.lowerBound - 1, sentence))
        }
        return !isWanted(paragraph, range, sentence)
    }

    /// "Mara's coat hangs on a nail", "his boots stand under it": clothes that nobody is in.
    private func isPutAway(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        guard index + 1 < sentence.upperBound, StateTable.garments.contains(paragraph.tokens[index].lower) else {
            return false
        }
        let verb = paragraph.tokens[index + 1]
        return verb.before == 0
            && ["hang", "lie", "stand", "sit", "rest"].contains(verb.base)
    }

    // MARK: pictures and words

    /// "A photo of young Mara", "no sign of her".
    private func isImage(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        var place = index - 1
        var steps = 0
        while place >= sentence.lowerBound, steps < 3 {
            let token = paragraph.tokens[place]
            if token.lower == "of" {
                var noun = place - 1
                var back = 0
                while noun >= sentence.lowerBound, back < 3 {
                    if MentionTable.images.contains(paragraph.tokens[noun].lower) { return true }
                    if paragraph.tokens[noun].classes.isDisjoint(with: [.adjective, .number]) { break }
                    noun -= 1
                    back += 1
                }
                return MentionTable.images.contains(lower(paragraph, place - 1, sentence))
            }
            let isBetween =
                !token.classes.isDisjoint(with: [.adjective, .determiner, .title, .possessive]) || token.isCapitalised
                || token.lower == "and"
            guard isBetween, paragraph.tokens[place + 1].before == 0 else { return false }
            place -= 1
            steps += 1
        }
        return false
    }

    /// "A photograph on the rail: Faith Moreno, smiling.", "Photographs: Helen at forty, Helen with a girl."
    private func isListedPicture(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let colon = (sentence.lowerBound...range.lowerBound).last { paragraph.tokens[$0].before == 0x3A }
        guard let colon, colon > sentence.lowerBound else { return false }
        return (sentence.lowerBound..<colon).contains {
            MentionTable.pictures.contains(Plural.singular(paragraph.tokens[$0].lower))
        }
    }

    /// "A single Polaroid. It's Deacon, ten years younger."
    func isPictured(_ paragraph: Paragraph, _ mention: Mention, _ sentence: Range<Int>) -> Bool {
        let first = mention.range.lowerBound
        guard !mention.isPronoun, sentence.lowerBound > 0, first > sentence.lowerBound,
            paragraph.tokens[sentence.lowerBound].lower == "it"
        else { return false }
        // "It's" is one word, "it is" are two.
        let words = paragraph.tokens[(sentence.lowerBound + 1)..<first].map(\.lower)
        guard words.isEmpty || words == ["is"] || words == ["shows"] else { return false }
        return paragraph.tokens[..<sentence.lowerBound].contains { MentionTable.pictures.contains($0.lower) }
    }

    /// A name on paper: "in fresh ink: QUILLAN", "the sign reads GRACE".
    private func isWritten(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let token = paragraph.tokens[range.lowerBound]
        if token.before == 0x3A, token.isCaps { return !Introductions.hasAge(paragraph, after: range.upperBound - 1) }
        if token.isCaps || token.isQuoted {
            let before = lower(paragraph, range.lowerBound - 1, sentence)
            if MentionTable.written.contains(before) { return true }
        }
        return false
    }

    /// Waited for, thought of, missed, written to.
    private func isWanted(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let first = range.lowerBound
        if isImage(paragraph, first, sentence) { return true }
        let before = lower(paragraph, first - 1, sentence)
        guard !before.isEmpty, paragraph.tokens[first].before == 0 else { return false }
        if before == "without" || before == "no" || before == "named" { return true }
        if before == "like" {
            // "Looks like Mara" and "listens like Hask": a comparison, unless it is a verb.
            return true
        }
        // "Like a girl in class", "as a captain would".
        if ["a", "an", "some"].contains(before), ["like", "as"].contains(lower(paragraph, first - 2, sentence)) {
            return true
        }
        // "The page where she drew Keane": that was before.
        let drawn = sentence.contains(first - 1) ? paragraph.tokens[first - 1].classes : []
        if drawn.contains(.verbPast), drawn.isDisjoint(with: [.verbBase, .verbThird, .adjective, .preposition]),
            (max(sentence.lowerBound, first - 5)..<max(sentence.lowerBound, first - 1)).contains(where: {
                ["where", "that", "which", "who"].contains(paragraph.tokens[$0].lower)
            })
        {
            return true
        }
        let verb = base(paragraph, first - 1, sentence)
        if MentionTable.missing.contains(verb), isVerbForm(paragraph, first - 1) { return true }
        if let prepositions = MentionTable.wanting[base(paragraph, first - 2, sentence)], prepositions.contains(before),
            isVerbForm(paragraph, first - 2)
        {
            return true
        }
        // "Looks everywhere for Mara", "listens hard for Hask".
        if before == "for" || before == "about" {
            let adverb = sentence.contains(first - 2) ? paragraph.tokens[first - 2] : nil
            if let adverb, !adverb.classes.isDisjoint(with: [.adverb]) || adverb.lower.hasSuffix("ly"),
                let prepositions = MentionTable.wanting[base(paragraph, first - 3, sentence)],
                prepositions.contains(before)
            {
                return true
            }
        }
        if ["from", "for", "to", "about"].contains(before) {
            var place = first - 2
            var steps = 0
            while place >= sentence.lowerBound, steps < 3 {
                let token = paragraph.tokens[place]
                if MentionTable.sent.contains(token.lower), token.classes.isDisjoint(with: [.subjectPronoun]),
                    !(token.lower == "calls" || token.lower == "call") || before != "to"
                {
                    return true
                }
                if token.classes.isDisjoint(with: [.adverb, .adjective, .verbPast]) { break }
                place -= 1
                steps += 1
            }
            if ["addressed", "meant", "intended", "reserved"].contains(lower(paragraph, first - 2, sentence)) {
                return true
            }
        }
        return false
    }

    private func isVerbForm(_ paragraph: Paragraph, _ index: Int) -> Bool {
        !paragraph.tokens[index].classes.isDisjoint(with: [.verbBase, .verbThird, .verbIng, .verbPast])
    }

    // MARK: absence

    /// "Hask is simply gone", "Mara isn't there", "Hask, gone".
    func isGone(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        var index = range.upperBound
        guard index < sentence.upperBound else { return false }
        let next = paragraph.tokens[index]
        if MentionTable.gone.contains(next.lower), next.lower != "away", next.lower != "late" { return true }
        if ["doesn't", "don't", "never", "didn't", "won't"].contains(next.lower) {
            return [
                "come", "comes", "appear", "appears", "arrive", "arrives", "show", "shows", "return", "returns", "came",
            ]
            .contains(lower(paragraph, index + 1, sentence))
        }
        guard ["is", "are", "has", "have", "was", "were", "isn't", "aren't", "hasn't"].contains(next.lower) else {
            return false
        }
        let isNegative = next.lower.hasSuffix("n't")
        index += 1
        var negative = isNegative
        while index < sentence.upperBound, index < range.upperBound + 5 {
            let token = paragraph.tokens[index]
            if token.before != 0 { return false }
            if MentionTable.gone.contains(token.lower) { return !negative }
            if token.lower == "not" || token.lower == "no" { negative = true }
            if negative, ["there", "here", "in", "among", "home", "longer", "coming"].contains(token.lower) {
                return true
            }
            let isFiller =
                !token.classes.isDisjoint(with: [.adverb, .auxiliary]) || token.lower.hasSuffix("ly")
                || [
                    "not", "no", "already", "long", "there", "days", "weeks", "months", "years", "hours", "minutes",
                    "day", "week", "year",
                ]
                .contains(token.lower) || token.classes.contains(.number)
            guard isFiller else { return false }
            index += 1
        }
        return false
    }

    /// "The girl's gone": what looks like an owner is.
    func isGoneByContraction(_ paragraph: Paragraph, _ mention: Mention, _ sentence: Range<Int>) -> Bool {
        let next = mention.range.upperBound
        return mention.isPossessive && sentence.contains(next) && paragraph.tokens[next].before == 0
            && ["gone", "nowhere", "missing"].contains(paragraph.tokens[next].lower)
    }

    /// "Where Hask stood", "the coat Mara left behind", "the chair he used to sit in".
    private func wasHere(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        var index = range.upperBound
        guard index < sentence.upperBound, range.lowerBound > sentence.lowerBound else { return false }
        while index < sentence.upperBound, paragraph.tokens[index].classes.contains(.adverb),
            index < range.upperBound + 2
        {
            index += 1
        }
        guard index < sentence.upperBound, paragraph.tokens[range.upperBound].before == 0 else { return false }
        let verb = paragraph.tokens[index]
        let before = paragraph.tokens[range.lowerBound - 1]
        let isRelative =
            ["where", "that", "which", "who", "whom", "when"].contains(before.lower)
            || paragraph.tokens[range.lowerBound].before == 0
                && before.classes.isDisjoint(
                    with: [.conjunction, .preposition, .verbThird, .verbBase, .adverb, .auxiliary, .verbIng])
        guard isRelative else { return false }
        if MentionTable.leftBehind.contains(verb.lower) { return true }
        return verb.classes.contains(.verbPast) && verb.classes.isDisjoint(with: [.verbBase, .verbThird])
    }

    /// "Hask, off-screen", "PEEL (O.S.)".
    private func isOffscreen(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        let end = min(sentence.upperBound, range.upperBound + 3)
        guard range.upperBound < end else { return false }
        for index in range.upperBound..<end {
            let word = paragraph.tokens[index].lower
            if ["os", "offscreen", "off-screen", "off-camera", "offstage", "unseen", "vo"].contains(word) {
                return true
            }
            if word == "off", ["screen", "camera", "stage"].contains(lower(paragraph, index + 1, sentence)) {
                return true
            }
        }
        return false
    }
}
