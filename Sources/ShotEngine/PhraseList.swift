internal import Film

/// Phrases of a prompt: none twice, none within another (AC-4), none broken (AC-1).
struct PhraseList {
    private var phrases: [(text: String, folded: [UInt8])] = []

    var text: String { phrases.map(\.text).joined(separator: ", ") }
    var count: Int { phrases.count }

    /// Takes the phrase's parts between commas one by one.
    mutating func add(_ text: String) {
        for part in text.utf8.split(separator: UInt8(ascii: ",")) {
            let bytes = Self.cleaned(part)
            let folded = Self.folded(bytes)
            guard folded.count > 2, !phrases.contains(where: { Self.contains($0.folded, folded) }) else { continue }
            let phrase = String(decoding: bytes, as: UTF8.self)
            guard MotionPhrase.fault(in: phrase) == nil else { continue }
            phrases.removeAll { Self.contains(folded, $0.folded) }
            phrases.append((phrase, folded))
        }
    }

    /// Takes a length such as "3.6s" from the end.
    mutating func popSeconds() -> String? {
        guard let last = phrases.last?.text, last.hasSuffix("s"), Double(last.dropLast()) != nil else { return nil }
        phrases.removeLast()
        return last
    }

    /// Without white space and marks at its ends, no word twice in a row.
    private static func cleaned(_ part: Substring.UTF8View) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(part.count)
        // Where the word before and the one at hand begin in `bytes`.
        var before = 0..<0
        var start = 0
        func close() {
            guard bytes.count > start else { return }
            if isSame(bytes, before, start..<bytes.count) {
                bytes.removeSubrange(start...)
            } else {
                before = start..<bytes.count
                bytes.append(0x20)
            }
            start = bytes.count
        }
        for byte in part {
            if byte == 0x20 || (0x09...0x0D).contains(byte) { close() } else { bytes.append(byte) }
        }
        close()
        while let last = bytes.last, isMark(last) { bytes.removeLast() }
        return bytes
    }

    private static func isMark(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x2E, 0x3B, 0x3A, 0x21, 0x2D, 0x20: true
        default: false
        }
    }

    static func isSame(_ bytes: [UInt8], _ left: Range<Int>, _ right: Range<Int>) -> Bool {
        guard left.count == right.count else { return false }
        for offset in 0..<left.count
        where lower(bytes[left.lowerBound + offset]) != lower(bytes[right.lowerBound + offset]) {
            return false
        }
        return true
    }

    static func lower(_ byte: UInt8) -> UInt8 { (0x41...0x5A).contains(byte) ? byte | 0x20 : byte }

    /// Words in lower case, a space before, between and after.
    private static func folded(_ text: [UInt8]) -> [UInt8] {
        var out: [UInt8] = [0x20]
        out.reserveCapacity(text.count + 2)
        for byte in text {
            let isWord =
                byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                || (0x61...0x7A).contains(byte)
            if isWord { out.append(lower(byte)) } else if out[out.count - 1] != 0x20 { out.append(0x20) }
        }
        if out[out.count - 1] != 0x20 { out.append(0x20) }
        return out
    }

    static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        guard part.count <= text.count else { return false }
        for start in 0...(text.count - part.count) where text[start] == part[0] {
            var index = 1
            while index < part.count, text[start + index] == part[index] { index += 1 }
            if index == part.count { return true }
        }
        return false
    }
}

/// The last look at a phrase, of ours or of anybody's.
enum MotionPhrase {
    /// The phrase made sound; nil where it cannot be.
    static func finished(_ text: String) -> String? {
        var words = text.split(separator: " ").map(String.init)
        var index = 1
        while index < words.count {
            if words[index].lowercased() == words[index - 1].lowercased() {
                words.remove(at: index)
            } else {
                index += 1
            }
        }
        guard words.count >= 2, let last = words.last?.lowercased() else { return nil }
        // Ours end in nothing that could be cut off, not even where English allows it.
        let isOpen = !Lexicon.english.classes(of: last).isDisjoint(with: .dangling)
        if isOpen, !MotionTable.particles.contains(last), !MotionTable.objects.contains(last) { return nil }
        if MotionTable.particles.contains(last) { words.append("steadily") }
        let phrase = words.joined(separator: " ")
        return fault(in: phrase) == nil ? phrase : nil
    }

    /// Why a phrase is broken; nil when it is sound.
    static func fault(in phrase: String) -> String? {
        let (bytes, words) = words(of: phrase)
        let text = { (range: Range<Int>) in String(decoding: bytes[range], as: UTF8.self) }
        guard let last = words.last.map(text) else { return nil }
        let lexicon = Lexicon.english
        let classes = lexicon.classes(of: last)
        if !classes.isDisjoint(with: .dangling), !MotionTable.mayEnd.contains(last) { return "ends in \"\(last)\"" }
        if words.count >= 2 {
            let before = text(words[words.count - 2])
            let isModifier =
                classes.contains(.adjective) || classes.contains(.verbIng) || last.hasSuffix("ing") && classes.isEmpty
            let isNoun = classes.contains(.role) || MotionTable.nouns.contains(last)
            let isDetermined =
                !lexicon.classes(of: before).isDisjoint(with: [.determiner, .possessive]) || before.hasSuffix("'s")
            if isModifier, !isNoun, isDetermined { return "stops inside \"\(before) \(last)\"" }
        }
        for index in words.indices.dropFirst() where PhraseList.isSame(bytes, words[index], words[index - 1]) {
            let word = text(words[index])
            if word.contains(where: \.isLetter), word != "that", word != "had" { return "says \"\(word)\" twice" }
        }
        return nil
    }

    /// Whether a phrase that begins with the word has lost its subject: "swings above the".
    static func isCutBefore(_ word: String) -> Bool {
        Lexicon.english.classes(of: word).contains(.verbThird)
    }

    /// The text in lower case, apostrophes straight, and where its words are.
    private static func words(of phrase: String) -> (bytes: [UInt8], words: [Range<Int>]) {
        var bytes = Array(phrase.utf8)
        if bytes.contains(0xE2) { bytes = Array(phrase.replacing("’", with: "'").utf8) }
        var words: [Range<Int>] = []
        var start = 0
        for index in bytes.indices {
            bytes[index] = PhraseList.lower(bytes[index])
            let byte = bytes[index]
            let isWord =
                byte >= 0x80 || (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x27
                || byte == 0x2D
            if isWord { continue }
            if index > start { words.append(start..<index) }
            start = index + 1
        }
        if bytes.count > start { words.append(start..<bytes.count) }
        return (bytes, words)
    }
}
