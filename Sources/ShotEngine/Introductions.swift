internal import Film

/// Finds the capitals that introduce people: `MARA QUILLAN, 31, …`, `DOV HASK (50s, …)`, `The BARTENDER slides …`.
struct Introductions {
    struct Found {
        var name: NameParts
        /// As written, in title case.
        var shown: String
        var isType: Bool
        var hasAge: Bool
        /// First name and surname in capitals.
        var isFull = false
        /// What follows the name: "31, grease to the elbows".
        var look: String
        /// Words of the paragraph that are the name.
        var range: Range<Int>
    }

    /// Words that speak in the script, so that the same word in capitals is a person.
    var speakers: Set<String> = []

    func find(in paragraph: Paragraph) -> [Found] {
        var found: [Found] = []
        for sentence in paragraph.sentences {
            var index = sentence.lowerBound
            while index < sentence.upperBound {
                let token = paragraph.tokens[index]
                guard isLead(paragraph, index) else {
                    if let person = firstNamed(paragraph, index, sentence) { found.append(person) }
                    index += 1
                    continue
                }
                var end = index + 1
                while end < sentence.upperBound, continues(paragraph, end) { end += 1 }
                // What stands behind a colon or on a sign is read, not met: "the name above it: KIT MORROW", "marked CREW ONLY".
                let isSign =
                    index > sentence.lowerBound && MentionTable.written.contains(paragraph.tokens[index - 1].lower)
                let isRead = (token.before == 0x3A || isSign) && !Self.hasAge(paragraph, after: end - 1)
                if !isRead, let person = introduction(paragraph, index..<end, sentence) { found.append(person) }
                index = end
            }
        }
        return found
    }

    private func isLead(_ paragraph: Paragraph, _ index: Int) -> Bool {
        let token = paragraph.tokens[index]
        return !token.isInParentheses && (token.isCaps || isInitial(token)) && !token.lower.allSatisfy(\.isNumber)
            && !token.isQuoted
    }

    private func isInitial(_ token: Token) -> Bool {
        token.end - token.start == 1 && token.isCapitalised && token.lower != "i" && token.lower != "a"
    }

    /// A word in capitals, a nickname in quotes, a title with its full stop.
    private func continues(_ paragraph: Paragraph, _ index: Int) -> Bool {
        let token = paragraph.tokens[index]
        let last = paragraph.tokens[index - 1]
        guard !last.isPossessive, !token.isInParentheses else { return false }
        let isJoined = last.after == 0 || last.after == 0x22
        return isJoined && (token.isCaps || isInitial(token)) || (isJoined && token.isQuoted && token.isCapitalised)
    }

    private func introduction(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Found? {
        var range = range
        let hasAge = Self.hasAge(paragraph, after: range.upperBound - 1)
        if !hasAge { trim(paragraph, &range) }
        guard let first = range.first else { return nil }
        let tokens = paragraph.tokens[range]
        let written = tokens.map { ($0.isQuoted ? "\"\($0.text)\"" : $0.text) }.joined(separator: " ")
        var name = NameParts(written)
        guard !name.words.isEmpty, name.all.count <= 5 else { return nil }
        let head = name.words[name.words.count - 1]
        let classes = Lexicon.english.classes(of: head)
        let one = Lexicon.english.classes(of: Plural.singular(head))
        let isRole =
            classes.contains(.role) || one.contains(.role)
            || speakers.contains(head) && isDetermined(paragraph, first)
                && classes.isDisjoint(with: [.maleName, .femaleName, .commonName])
        let isDetermined = isDetermined(paragraph, first)
        let isType =
            isRole && (isDetermined || tokens.count == 1 && !classes.isDisjoint(with: .role) || Plural.isPlural(head))
        let isFull = !isDetermined && isFullName(paragraph, range)
        guard
            hasAge || isType || isFull || isSpeaker(name) || isName(paragraph, range, sentence, isDetermined)
                || isBehindRole(paragraph, range)
        else { return nil }
        if isType { dropNumber(&name) }
        let words = tokens.map { token in
            let hasStop =
                Paragraph.abbreviations.contains(token.lower) && token.end < paragraph.text.count
                && paragraph.text[token.end] == 0x2E
            return Self.titleCased(token.text) + (hasStop ? "." : "")
        }.joined(separator: " ")
        return Found(
            name: name, shown: isType ? Self.titleCased(name.words.joined(separator: " ")) : words,
            isType: isType && !(hasAge && !isDetermined && !isRole), hasAge: hasAge, isFull: isFull,
            look: hasAge || isApposed(paragraph, range, sentence)
                ? Self.look(paragraph, after: range.upperBound, sentence) : "", range: range)
    }

    /// MRS. HOLLIS, a farmer in her seventies, …
    private func isApposed(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>) -> Bool {
        guard range.upperBound < sentence.upperBound else { return false }
        let next = paragraph.tokens[range.upperBound]
        return next.isInParentheses || next.before == 0x2C && ["a", "an"].contains(next.lower)
    }

    /// Two DECKHANDS are deckhands.
    private func dropNumber(_ name: inout NameParts) {
        while name.words.count > 1, let first = name.words.first,
            Lexicon.english.classes(of: first).contains(.number)
        {
            name.words.removeFirst()
        }
    }

    /// Takes verbs in capitals from the end: MARA SLAMS the door.
    private func trim(_ paragraph: Paragraph, _ range: inout Range<Int>) {
        while range.count > 1 {
            let last = paragraph.tokens[range.upperBound - 1]
            let isVerb = !last.classes.isDisjoint(with: [.verbThird, .verbIng, .auxiliary, .preposition, .adverb])
            let isRole = last.classes.contains(.role) || speakers.contains(last.lower)
            guard isVerb, !isRole else { break }
            range = range.lowerBound..<(range.upperBound - 1)
        }
    }

    private func isDetermined(_ paragraph: Paragraph, _ index: Int) -> Bool {
        guard index > 0 else { return false }
        let before = paragraph.tokens[index - 1]
        return before.after == 0 && !before.classes.isDisjoint(with: [.determiner, .possessive, .number, .adjective])
    }

    private func isSpeaker(_ name: NameParts) -> Bool { name.words.allSatisfy { speakers.contains($0) } }

    /// FAITH MORENO, very much alive, …: a first name we know, or a name that speaks, with more of it.
    private func isFullName(_ paragraph: Paragraph, _ range: Range<Int>) -> Bool {
        let tokens = paragraph.tokens[range].filter { !$0.classes.contains(.title) }
        guard tokens.count >= 2, let first = tokens.first, let last = tokens.last else { return false }
        let isGiven = !first.classes.isDisjoint(with: [.maleName, .femaleName]) || speakers.contains(first.lower)
        guard isGiven || speakers.contains(last.lower) else { return false }
        let ordinary: WordClass = [.verbThird, .preposition, .determiner, .conjunction]
        return tokens.allSatisfy { speakers.contains($0.lower) || $0.classes.isDisjoint(with: ordinary) }
    }

    /// A proper name in capitals that acts: LENA enters.
    private func isName(_ paragraph: Paragraph, _ range: Range<Int>, _ sentence: Range<Int>, _ isDetermined: Bool)
        -> Bool
    {
        guard !isDetermined, range.lowerBound == sentence.lowerBound || isAfterAnd(paragraph, range.lowerBound) else {
            return false
        }
        let last = paragraph.tokens[range.upperBound - 1]
        guard range.upperBound < sentence.upperBound, !last.isPossessive else { return false }
        let next = paragraph.tokens[range.upperBound]
        guard last.after == 0, !next.isCaps, Lexicon.english.isThird(next.lower, next.classes) else { return false }
        return paragraph.tokens[range].allSatisfy { token in
            let ordinary: WordClass = [
                .verbBase, .verbThird, .adjective, .preposition, .determiner, .conjunction, .adverb,
            ]
            let isGivenName = !token.classes.isDisjoint(with: [.maleName, .femaleName])
            return isGivenName || token.classes.isDisjoint(with: ordinary)
        }
    }

    /// Her opponent, THE CANNERY, grins.
    private func isBehindRole(_ paragraph: Paragraph, _ range: Range<Int>) -> Bool {
        guard range.lowerBound > 0, paragraph.tokens[range.lowerBound].before == 0x2C,
            paragraph.tokens[range.lowerBound - 1].classes.contains(.role),
            paragraph.tokens[range.upperBound - 1].after == 0x2C
        else { return false }
        let ordinary: WordClass = [.verbThird, .verbIng, .preposition, .adverb, .conjunction]
        return paragraph.tokens[range].allSatisfy { $0.classes.isDisjoint(with: ordinary) }
    }

    /// "Marco shrugs", "Marco, the bigger of the two, shrugs": a first name that nobody introduced, where it acts.
    private func firstNamed(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Found? {
        let token = paragraph.tokens[index]
        guard token.isCapitalised, !token.isQuoted, !token.isPossessive, !token.isInParentheses,
            !token.classes.isDisjoint(with: [.maleName, .femaleName]), !token.classes.contains(.commonName),
            index == sentence.lowerBound || isAfterAnd(paragraph, index), index + 1 < sentence.upperBound
        else { return nil }
        let next = paragraph.tokens[index + 1]
        let acts =
            next.before == 0 && next.classes.contains(.verbThird)
            || next.before == 0x2C && next.classes.contains(.determiner)
        guard acts else { return nil }
        return Found(
            name: NameParts(token.text), shown: Self.titleCased(token.text), isType: false, hasAge: false, look: "",
            range: index..<(index + 1))
    }

    private func isAfterAnd(_ paragraph: Paragraph, _ index: Int) -> Bool {
        index > 0 && ["and", "as", "while"].contains(paragraph.tokens[index - 1].lower)
    }

    /// `, 31` `(50s` `, early thirties` `(ageless`
    static func hasAge(_ paragraph: Paragraph, after index: Int) -> Bool {
        let next = index + 1
        guard next < paragraph.tokens.count else { return false }
        let mark = paragraph.tokens[index].after
        guard mark == 0x2C || paragraph.tokens[next].isInParentheses else { return false }
        var token = paragraph.tokens[next]
        if ["early", "mid", "late", "about", "almost", "nearly", "barely"].contains(token.lower),
            next + 1 < paragraph.tokens.count
        {
            token = paragraph.tokens[next + 1]
        }
        let digits = token.lower.prefix { $0.isNumber }
        if !digits.isEmpty, digits.count <= 3 { return true }
        let parts = token.lower.split(separator: "-").map(String.init)
        // Thirty-five, mid-thirties.
        let core =
            ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"].contains(parts.first ?? "")
            ? parts[0] : parts.last ?? token.lower
        return [
            "teens", "teen", "twenties", "thirties", "forties", "fifties", "sixties", "seventies", "eighties",
            "nineties",
            "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen",
            "nineteen", "twenty",
            "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety", "ageless", "middle-aged", "elderly",
            "aged", "age", "aged",
        ].contains(core) || token.lower.hasPrefix("mid-")
    }

    /// What is said of somebody after the name, without the verb's part.
    static func look(_ paragraph: Paragraph, after index: Int, _ sentence: Range<Int>) -> String {
        var words: [String] = []
        var place = index
        let isInParentheses = index < sentence.upperBound && paragraph.tokens[index].isInParentheses
        while place < sentence.upperBound, words.count < 24 {
            let token = paragraph.tokens[place]
            if isInParentheses != token.isInParentheses { break }
            let startsPart = token.before != 0
            // "…, which are spotted with blood": no look by itself.
            if startsPart, ["which", "who", "whose"].contains(token.lower) { break }
            // A verb no table knows: "cardigan, munches his nails".
            if startsPart, !words.isEmpty, token.classes.isEmpty, place + 1 < sentence.upperBound,
                Lexicon.english.isThird(token.lower, token.classes),
                !paragraph.tokens[place + 1].classes.isDisjoint(with: [.determiner, .possessive, .preposition])
            {
                break
            }
            if !isInParentheses, startsPart, !token.classes.isDisjoint(with: .finite), words.count > 0,
                token.classes.isDisjoint(with: [.determiner, .adjective])
            {
                break
            }
            if startsPart, !words.isEmpty { words[words.count - 1] += "," }
            words.append(token.text + (token.isPossessive ? "'s" : ""))
            place += 1
        }
        return words.joined(separator: " ")
    }

    /// MARA QUILLAN → Mara Quillan, O'BRIEN → O'Brien, McCOY stays.
    static func titleCased(_ text: String) -> String {
        text.split(separator: " ").map { word in
            guard word.count > 1, word.allSatisfy({ !$0.isLowercase }) || word.allSatisfy({ !$0.isUppercase }) else {
                return String(word)
            }
            var out = ""
            var isStart = true
            for character in word {
                out += isStart ? character.uppercased() : character.lowercased()
                if character.isLetter { isStart = false }
                if character == "-" || character == "." { isStart = true }
                if character == "'" || character == "’" { isStart = out.count <= 2 }
            }
            return out
        }.joined(separator: " ")
    }
}
