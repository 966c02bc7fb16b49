/// How places and people are recognised whatever their spelling (`formats.md` 5.6, 6).
package enum Names {
    /// Lower case, only a–z, 0–9 and letters of other scripts, words joined by one underscore; marks between letters
    /// are dropped (`L.A.` is `la`).
    package static func key(_ text: String) -> String {
        words(text).joined(separator: "_")
    }

    static func words(_ text: String) -> [String] {
        if text.utf8.allSatisfy({ $0 < 0x80 }) { return asciiWords(text) }
        var words: [String] = []
        var word = ""
        for character in fold(text) {
            if character.isLetter || character.isNumber {
                word.append(character)
            } else if character.isWhitespace || character == "_" {
                if !word.isEmpty { words.append(word) }
                word = ""
            }
        }
        if !word.isEmpty { words.append(word) }
        return words
    }

    /// The same for a text without any letter beyond ASCII: most of them.
    private static func asciiWords(_ text: String) -> [String] {
        var words: [String] = []
        var word: [UInt8] = []
        func close() {
            if !word.isEmpty { words.append(String(decoding: word, as: UTF8.self)) }
            word.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x61...0x7A: word.append(byte)
            case 0x41...0x5A: word.append(byte | 0x20)
            case 0x09...0x0D, 0x20, 0x5F: close()
            default: break
            }
        }
        close()
        return words
    }

    /// Lower case without the marks of Latin letters.
    private static func fold(_ text: String) -> String {
        String(
            String.UnicodeScalarView(
                text.lowercased().decomposedForKeys.filter { !(0x300...0x36F).contains($0.value) }))
    }

    /// A cue's name without (V.O.), (O.S.), (CONT'D) and other parentheses, without quotes.
    package static func person(_ cue: String) -> (name: String, isOffscreen: Bool) {
        var name = ""
        var notes = ""
        var depth = 0
        for character in cue {
            switch character {
            case "(", "（": depth += 1
            case ")", "）": depth = max(0, depth - 1)
            default: if depth > 0 { notes.append(character) } else { name.append(character) }
            }
        }
        let marks = notes.uppercased().filter(\.isLetter)
        var isOffscreen = ["VO", "OS", "OC"].contains { marks.contains($0) }
        var parts = words(name)
        // Ids made from cues: mara_vo, mara_contd.
        while let last = parts.last, ["vo", "os", "oc", "contd", "cont"].contains(last), parts.count > 1 {
            if ["vo", "os", "oc"].contains(last) { isOffscreen = true }
            parts.removeLast()
        }
        return (parts.joined(separator: "_"), isOffscreen)
    }

    /// The setting key of a slugline: without INT./EXT., cut at the last " - ".
    package static func setting(_ slugline: String) -> String {
        var text = slugline.trimmingSpaces
        for prefix in ["INT./EXT.", "EXT./INT.", "INT/EXT", "EXT/INT", "I/E.", "I/E", "INT.", "EXT.", "INT ", "EXT "]
        where text.uppercased().hasPrefix(prefix) {
            text = String(text.dropFirst(prefix.count)).trimmingSpaces
            break
        }
        if let range = lastDash(in: text) { text = String(text[..<range.lowerBound]) }
        return key(text)
    }

    /// The last field of a slugline: DAY, NIGHT, DUSK…; empty when there is none.
    package static func timeOfDay(_ slugline: String) -> String {
        guard let range = lastDash(in: slugline) else { return "" }
        return String(slugline[range.upperBound...]).trimmingSpaces.uppercased()
    }

    /// The last dash that stands between two spaces.
    private static func lastDash(in text: String) -> Range<String.Index>? {
        let scalars = text.unicodeScalars
        var index = scalars.endIndex
        while index > scalars.startIndex {
            index = scalars.index(before: index)
            guard scalars[index] == " ", index > scalars.startIndex else { continue }
            var start = scalars.index(before: index)
            guard ["-", "–", "—"].contains(scalars[start]), start > scalars.startIndex else { continue }
            start = scalars.index(before: start)
            if scalars[start] == "-", start > scalars.startIndex { start = scalars.index(before: start) }
            if scalars[start] == " " { return start..<scalars.index(after: index) }
        }
        return nil
    }

    /// Whether the slugline is outside: nil when it does not say.
    package static func isExterior(_ slugline: String) -> Bool? {
        let text = slugline.trimmingSpaces.uppercased()
        if text.hasPrefix("EXT") || text.hasPrefix("I/E") { return true }
        return text.hasPrefix("INT") ? false : nil
    }
}

extension String {
    /// Without white space at both ends.
    package var trimmingSpaces: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else { return "" }
        return String(self[first...last])
    }
}
