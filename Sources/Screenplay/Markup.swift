/// Fountain's marks inside a paragraph: `*italic*`, `**bold**`, `_underlined_`, `[[note]]`, `/* cut */`, `\*`.
package enum Markup {
    package struct Style: OptionSet, Sendable, Hashable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }
        package static let italic = Style(rawValue: 1)
        package static let bold = Style(rawValue: 2)
        package static let underline = Style(rawValue: 4)
        /// A note or a boneyard, with its brackets: neither filmed nor spoken.
        package static let aside = Style(rawValue: 8)
    }

    package struct Run: Sendable, Equatable {
        package var text: String
        package var style: Style
    }

    /// What is filmed or spoken: without marks, notes and boneyards; white space at its ends and doubled spaces go.
    package static func plain(_ text: String) -> String {
        let hasMarks = text.utf8.contains { byte in
            switch byte {
            case 0x2A, 0x5F, 0x5B, 0x5C, 0x2F: true  // * _ [ \ /
            default: false
            }
        }
        guard hasMarks else { return text.trimmingSpacesInside }
        return runs(of: text).filter { !$0.style.contains(.aside) }.map(\.text).joined().trimmingSpacesInside
    }

    /// A text without marks, written so that reading it gives the same.
    package static func escaped(_ text: String) -> String {
        var out = ""
        for character in text {
            if character == "*" || character == "_" || character == "\\" { out.append("\\") }
            out.append(character)
        }
        return out
    }

    /// A text without marks, escaped only where it would be read as marked: `short_film` stays.
    package static func literal(_ text: String) -> String {
        let runs = runs(of: text)
        let isPlain = runs.isEmpty || runs.count == 1 && runs[0].style.isEmpty && runs[0].text == text
        return isPlain ? text : escaped(text)
    }

    /// The text in pieces of one style each. A mark opens only where its partner follows in the same paragraph, with no
    /// white space on its inner sides; any other is a character like others.
    package static func runs(of text: String) -> [Run] {
        var scanner = Scanner(Array(text))
        return scanner.runs()
    }

    /// The text of runs, marked.
    package static func text(of runs: [Run]) -> String {
        var out = ""
        for run in runs {
            if run.style.contains(.aside) {
                out += run.text
                continue
            }
            // Marks must touch words: spaces at a run's ends stay outside.
            let lead = run.text.prefix { $0.isWhitespace }
            let rest = run.text.dropFirst(lead.count)
            let body = String(rest.reversed().drop { $0.isWhitespace }.reversed())
            let tail = rest.dropFirst(body.count)
            guard !body.isEmpty else {
                out += run.text
                continue
            }
            let stars =
                run.style.contains(.bold)
                ? (run.style.contains(.italic) ? "***" : "**")
                : run.style.contains(.italic)
                    ? "*" : ""
            let line = run.style.contains(.underline) ? "_" : ""
            out += lead
            out += "\(line)\(stars)\(escaped(body))\(stars)\(line)"
            out += tail
        }
        return out
    }
}

/// One walk over a paragraph.
private struct Scanner {
    let characters: [Character]
    var place = 0
    var style: Markup.Style = []
    /// Where each open style ends.
    var ends: [(style: Markup.Style, at: Int, width: Int)] = []
    var found: [Markup.Run] = []
    var current = ""
    /// Where the last partner of each bracket stands, so that a bracket without one is not looked for again.
    private let lastNote: Int
    private let lastCut: Int
    /// Up to where no partner of a mark was found: each place is looked at once per mark.
    private var barren: [String: Int] = [:]

    /// How far a mark may be from its partner, characters.
    private static let reach = 1_000

    init(_ characters: [Character]) {
        self.characters = characters
        lastNote = characters.indices.dropLast().last { characters[$0] == "]" && characters[$0 + 1] == "]" } ?? -1
        lastCut = characters.indices.dropLast().last { characters[$0] == "*" && characters[$0 + 1] == "/" } ?? -1
    }

    mutating func runs() -> [Markup.Run] {
        while place < characters.count {
            if let end = ends.last, end.at == place {
                flush()
                style.subtract(end.style)
                place += end.width
                ends.removeLast()
            } else if !takeEscape(), !takeAside(), !takeOpening() {
                current.append(characters[place])
                place += 1
            }
        }
        flush()
        return found
    }

    private mutating func flush() {
        guard !current.isEmpty else { return }
        if let last = found.last, last.style == style {
            found[found.count - 1].text += current
        } else {
            found.append(Markup.Run(text: current, style: style))
        }
        current = ""
    }

    private mutating func takeEscape() -> Bool {
        guard characters[place] == "\\", place + 1 < characters.count, "*_\\".contains(characters[place + 1]) else {
            return false
        }
        current.append(characters[place + 1])
        place += 2
        return true
    }

    private mutating func takeAside() -> Bool {
        guard characters[place] == "[" || characters[place] == "/" else { return false }
        for (open, close, last) in [("[[", "]]", lastNote), ("/*", "*/", lastCut)] {
            guard starts(with: open, at: place), place + 2 <= last, let end = find(close, from: place + 2) else {
                continue
            }
            flush()
            found.append(Markup.Run(text: String(characters[place..<(end + 2)]), style: .aside))
            place = end + 2
            return true
        }
        return false
    }

    private mutating func takeOpening() -> Bool {
        guard characters[place] == "*" || characters[place] == "_" else { return false }
        for (mark, adds) in [
            ("***", Markup.Style([.bold, .italic])), ("**", .bold), ("*", .italic), ("_", .underline),
        ] where starts(with: mark, at: place) && style.isDisjoint(with: adds) {
            let inner = place + mark.count
            guard inner < characters.count, !characters[inner].isWhitespace, let end = closing(mark, from: inner + 1)
            else { continue }
            flush()
            style.formUnion(adds)
            ends.append((adds, end, mark.count))
            place = inner
            return true
        }
        return false
    }

    /// The partner of a mark, before the enclosing style ends.
    private mutating func closing(_ mark: String, from start: Int) -> Int? {
        let limit = min(ends.last?.at ?? characters.count, start + Self.reach)
        var index = max(start, barren[mark] ?? 0)
        while index < limit {
            if characters[index] == "\\" {
                index += 2
                continue
            }
            if starts(with: mark, at: index), index + mark.count <= limit, !characters[index - 1].isWhitespace {
                // `*` inside `**` is no partner.
                let isLonger = mark != "_" && index + mark.count < limit && characters[index + mark.count] == "*"
                if !isLonger { return index }
                var run = index
                while run < limit, characters[run] == "*" { run += 1 }
                if mark == "*" {
                    index = run
                    continue
                }
            }
            index += 1
        }
        if ends.isEmpty { barren[mark] = max(start, limit - 3) }
        return nil
    }

    private func starts(with text: String, at index: Int) -> Bool {
        index + text.count <= characters.count && zip(text, characters[index...]).allSatisfy { $0 == $1 }
    }

    private func find(_ text: String, from start: Int) -> Int? {
        guard start + text.count <= characters.count else { return nil }
        return (start...(characters.count - text.count)).first { starts(with: text, at: $0) }
    }
}

extension String {
    /// Without white space at the ends, one space for several; line breaks count as space.
    package var trimmingSpacesInside: String {
        func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }
        var out: [UInt8] = []
        out.reserveCapacity(utf8.count)
        var hasOther = false
        for byte in utf8 {
            if isSpace(byte) {
                if out.last.map({ $0 != 0x20 }) ?? false { out.append(0x20) }
            } else {
                // Spaces of other scripts begin with these bytes (U+00A0, U+2000…, U+3000).
                if byte == 0xC2 || byte == 0xE2 || byte == 0xE3 || byte == 0xE1 { hasOther = true }
                out.append(byte)
            }
        }
        if out.last == 0x20 { out.removeLast() }
        let text = String(decoding: out, as: UTF8.self)
        return hasOther ? text.split(whereSeparator: \.isWhitespace).joined(separator: " ") : text
    }
}
