internal import Film
internal import Screenplay

/// A word of a paragraph and what stands around it.
struct Token: Sendable {
    /// As written, straight quotes, without possessive ending.
    var text: String
    var lower: String
    var classes: WordClass
    /// Of a verb's form the verb, else the word itself.
    var base: String
    /// What the word tells about its paragraph; nil where it tells nothing.
    var cue: CueSet?
    var isCapitalised: Bool
    /// At least two letters, all capitals.
    var isCaps: Bool
    /// `Mara's`, `deckhands'`
    var isPossessive = false
    /// Between quotation marks.
    var isQuoted = false
    /// Between parentheses.
    var isInParentheses = false
    /// The mark before it: 0 where it follows the word before it directly.
    var before: UInt8 = 0
    var after: UInt8 = 0
    /// Bytes of ``Paragraph/text``, possessive ending included.
    var start: Int
    var end: Int
}

/// A paragraph of action as words and sentences.
///
/// `text` has straight quotes and apostrophes; dashes between words are commas with a space, so that positions in it are
/// what the words say.
struct Paragraph: Sendable {
    let text: [UInt8]
    private(set) var tokens: [Token] = []
    /// Ranges of ``tokens``.
    private(set) var sentences: [Range<Int>] = []

    init(_ source: String, _ lexicon: Lexicon) {
        text = Self.normalised(source)
        scan(lexicon)
    }

    func words(_ range: Range<Int>) -> String {
        guard let first = range.first, let last = range.last else { return "" }
        return String(decoding: text[tokens[first].start..<tokens[last].end], as: UTF8.self)
    }

    /// A sentence with its final mark.
    func sentence(_ index: Int) -> String {
        let range = sentences[index]
        guard let first = range.first, let last = range.last else { return "" }
        var end = tokens[last].end
        while end < text.count, !Self.isSpace(text[end]) { end += 1 }
        var start = tokens[first].start
        while start > 0, !Self.isSpace(text[start - 1]) { start -= 1 }
        return String(decoding: text[start..<end], as: UTF8.self).replacing("\u{1E}", with: " - ").trimmingSpacesInside
    }

    /// Dashes of all kinds → 0x1E between spaces; curly quotes and apostrophes → straight; the ellipsis → three dots.
    private static func normalised(_ source: String) -> [UInt8] {
        var out: [UInt8] = []
        var source = source
        source.withUTF8 { bytes in
            out.reserveCapacity(bytes.count)
            var index = 0
            while index < bytes.count {
                let byte = bytes[index]
                if byte == 0xE2, index + 2 < bytes.count, bytes[index + 1] == 0x80 {
                    switch bytes[index + 2] {
                    case 0x98, 0x99: out.append(0x27)
                    case 0x9C, 0x9D: out.append(0x22)
                    case 0x93, 0x94, 0x95: out.append(0x1E)
                    case 0xA6: out.append(contentsOf: [0x2E, 0x2E, 0x2E])
                    default: out.append(contentsOf: bytes[index...(index + 2)])
                    }
                    index += 3
                } else if byte == 0x2D, index + 1 < bytes.count, bytes[index + 1] == 0x2D {
                    out.append(0x1E)
                    while index < bytes.count, bytes[index] == 0x2D { index += 1 }
                } else if byte == 0x2D, index > 0, isSpace(bytes[index - 1]), index + 1 < bytes.count,
                    isSpace(bytes[index + 1])
                {
                    out.append(0x1E)
                    index += 1
                } else {
                    out.append(isSpace(byte) ? 0x20 : byte)
                    index += 1
                }
            }
        }
        return out
    }

    static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
            || byte == 0x26 || byte == 0x23 || byte == 0x24 || byte == 0x25 || byte == 0x5F
    }

    // MARK: scanning

    private mutating func scan(_ lexicon: Lexicon) {
        var index = 0
        var mark: UInt8 = 0
        var depth = 0
        var isQuoted = false
        var first = 0
        while index < text.count {
            let byte = text[index]
            if Self.isWordByte(byte) {
                let end = wordEnd(from: index)
                var token = makeToken(index, end, lexicon)
                token.before = mark
                token.isQuoted = isQuoted
                token.isInParentheses = depth > 0
                if mark == 0, let last = tokens.indices.last, last >= first { tokens[last].after = 0 }
                tokens.append(token)
                mark = 0
                index = end
                continue
            }
            switch byte {
            case 0x22: isQuoted.toggle()
            case 0x28: depth += 1
            case 0x29: depth = max(0, depth - 1)
            case 0x2E, 0x21, 0x3F:
                if endsSentence(at: index, first) {
                    while index + 1 < text.count, [0x2E, 0x21, 0x3F, 0x22, 0x29, 0x27].contains(text[index + 1]) {
                        index += 1
                        if text[index] == 0x22 { isQuoted.toggle() }
                        if text[index] == 0x29 { depth = max(0, depth - 1) }
                    }
                    if let last = tokens.indices.last, last >= first {
                        tokens[last].after = 0x2E
                        sentences.append(first..<tokens.count)
                    }
                    first = tokens.count
                    mark = 0
                    index += 1
                    continue
                }
            default: break
            }
            if !Self.isSpace(byte), byte != 0x2E || mark == 0 {
                let sign: UInt8 = byte == 0x2E ? 0 : byte
                if sign != 0 { mark = sign }
                if sign != 0, let last = tokens.indices.last, last >= first { tokens[last].after = sign }
            }
            index += 1
        }
        if first < tokens.count { sentences.append(first..<tokens.count) }
    }

    private func wordEnd(from start: Int) -> Int {
        var end = start
        while end < text.count {
            let byte = text[end]
            if Self.isWordByte(byte) {
                end += 1
            } else if (byte == 0x27 || byte == 0x2D || byte == 0x2E || byte == 0x2C), end + 1 < text.count,
                Self.isWordByte(text[end + 1]), isJoint(byte, at: end, from: start)
            {
                end += 1
            } else {
                break
            }
        }
        // The apostrophe of a plural: the deckhands' boots.
        if end < text.count, text[end] == 0x27, end > start, text[end - 1] == 0x73, end + 1 < text.count,
            Self.isSpace(text[end + 1])
        {
            end += 1
        }
        return end
    }

    /// Apostrophes and hyphens join letters; dots and commas only digits or single letters (3.5, L.A.).
    private func isJoint(_ byte: UInt8, at index: Int, from start: Int) -> Bool {
        if byte == 0x27 || byte == 0x2D { return true }
        let before = text[index - 1]
        let after = text[index + 1]
        if byte == 0x2C { return (0x30...0x39).contains(before) && (0x30...0x39).contains(after) }
        if (0x30...0x39).contains(before), (0x30...0x39).contains(after) { return true }
        let isSingle = index - start == 1 || (index - start >= 2 && text[index - 2] == 0x2E)
        return isSingle && (0x41...0x5A).contains(before) && (0x41...0x5A).contains(after)
    }

    private func makeToken(_ start: Int, _ end: Int, _ lexicon: Lexicon) -> Token {
        var core = end
        var isPossessive = false
        if end - start > 2, text[end - 2] == 0x27, text[end - 1] == 0x73 || text[end - 1] == 0x53 {
            core = end - 2
            isPossessive = true
        } else if end - start > 2, text[end - 1] == 0x27 {
            core = end - 1
            isPossessive = true
        }
        let written = String(decoding: text[start..<core], as: UTF8.self)
        var lower = written.lowercased()
        if written.contains(".") { lower = lower.filter { $0 != "." } }
        if lower.hasPrefix("#"), lower.count > 1 { lower.removeFirst() }
        var capitals = 0
        var smalls = 0
        for byte in text[start..<core] {
            if (0x41...0x5A).contains(byte) { capitals += 1 } else if (0x61...0x7A).contains(byte) { smalls += 1 }
        }
        let isUpper = capitals > 0 && (0x41...0x5A).contains(text[start])
        let known = lexicon.entry(of: lower)
        var token = Token(
            text: written, lower: lower, classes: known?.classes ?? [], base: known?.base ?? lower, cue: known?.cue,
            isCapitalised: isUpper || (text[start] >= 0x80 && written.first?.isUppercase == true),
            isCaps: capitals > 1 && smalls == 0, start: start, end: end)
        // He's, that's, who's: no owner.
        if isPossessive, ["he", "she", "it", "that", "who", "there", "here", "what", "where", "let"].contains(lower) {
            isPossessive = false
        }
        token.isPossessive = isPossessive
        return token
    }

    /// Whether a full stop ends the sentence: not after a title, a single letter or between digits.
    private func endsSentence(at index: Int, _ first: Int) -> Bool {
        if text[index] != 0x2E {
            return index + 1 >= text.count || !Self.isWordByte(text[index + 1])
        }
        var next = index + 1
        while next < text.count, [0x2E, 0x22, 0x29, 0x27].contains(text[next]) { next += 1 }
        guard next >= text.count || Self.isSpace(text[next]) else { return false }
        guard let last = tokens.last, tokens.count > first, last.end == index else { return true }
        if Self.abbreviations.contains(last.lower) { return false }
        // J. Quillan, but not "exhibit A. She…" before a small word.
        if last.end - last.start == 1, last.isCapitalised, last.lower != "i" {
            while next < text.count, Self.isSpace(text[next]) { next += 1 }
            return next >= text.count || !(0x41...0x5A).contains(text[next])
        }
        return true
    }

    static let abbreviations: Set<String> = [
        "mr", "mrs", "ms", "dr", "prof", "capt", "sgt", "lt", "col", "gen", "rev", "st", "jr", "sr", "maj", "cpl",
        "pvt",
        "hon", "fr", "no", "vs", "mt",
    ]
}
