internal import Film

/// Which paragraph is what.
extension FountainReader {
    mutating func readParagraph() {
        guard !isBlank(place) else {
            place += 1
            return
        }
        let line = lines[place]
        let text = line.text.trimmingSpaces
        let isAfterBlank = place == 0 || isBlank(place - 1) || !hasText
        switch text.first {
        case "#": readSection(text)
        case "=": readEqualsSign(text)
        case "~": take(.lyrics, String(text.dropFirst()).trimmingSpaces)
        case ">": readAngle(text)
        case "!": readAction(isForced: true)
        case "@": readSpeech(cue: String(text.dropFirst()).trimmingSpaces)
        case "." where text.count > 1 && !text.hasPrefix(".."): readHeading(String(text.dropFirst()).trimmingSpaces)
        default: readPlain(text, isAfterBlank: isAfterBlank)
        }
    }

    private mutating func readPlain(_ text: String, isAfterBlank: Bool) {
        // With a boneyard inside, a line is what it says: action.
        let isBare = !text.unicodeScalars.contains(SourceLines.sign)
        if Self.isHeading(text, isAfterBlank: isAfterBlank) {
            readHeading(text)
        } else if isBare, isAfterBlank, isBlank(place + 1), Self.isTransition(text) {
            take(.transition, text)
        } else if isBare, isAfterBlank, !isBlank(place + 1), Self.isCue(text) {
            readSpeech(cue: text)
        } else if isWholeAside(text) {
            readAside()
        } else {
            readAction(isForced: false)
        }
    }

    private mutating func take(_ kind: Script.Kind, _ text: String) {
        let line = lines[place].number
        place += 1
        add(kind, whole(text), line: line)
    }

    // MARK: kinds

    static func isHeading(_ text: String, isAfterBlank: Bool) -> Bool {
        let head = text.prefix(9).uppercased()
        guard let prefix = Self.prefixes.first(where: { head.hasPrefix($0) }) else { return false }
        guard text.count > prefix.count else { return false }
        // Without a blank line before it, only what nobody would write in a sentence.
        return isAfterBlank || (prefix.hasSuffix(".") && text == text.uppercased())
    }

    /// Longest first.
    static let prefixes = [
        "INT./EXT.", "EXT./INT.", "INT./EXT ", "EXT./INT ", "INT/EXT.", "EXT/INT.", "INT/EXT ", "EXT/INT ", "I/E.",
        "I/E ", "INT.", "EXT.", "EST.", "INT ", "EXT ", "EST ",
    ]

    static func isTransition(_ text: String) -> Bool {
        guard text == text.uppercased(), text.contains(where: \.isLetter) else { return false }
        return text.hasSuffix("TO:")
            || ["FADE IN:", "FADE IN.", "FADE OUT.", "FADE OUT:", "FADE OUT", "FADE TO BLACK.", "CUT TO BLACK."]
                .contains(
                    text)
    }

    /// A name in capitals; what stands in parentheses after it may be in any case.
    static func isCue(_ text: String) -> Bool {
        var name = text
        if name.hasSuffix("^") { name = String(name.dropLast()).trimmingSpaces }
        if let open = name.firstIndex(of: "(") {
            guard name.hasSuffix(")") else { return false }
            name = String(name[..<open]).trimmingSpaces
        }
        guard name.count <= 60, let first = name.first,
            first.isLetter || first.isNumber || first == "\"" || first == "“"
        else { return false }
        guard name.contains(where: \.isUppercase) || name.contains(where: { $0.isLetter && !$0.isCased }) else {
            return false
        }
        // Scripts without capitals have no cues but forced ones.
        return !name.contains(where: \.isLowercase) && name.contains(where: \.isUppercase)
            && !name.hasSuffix(":") && !name.hasSuffix("!") && !name.hasSuffix("?")
    }

    private func isWholeAside(_ text: String) -> Bool {
        if text.hasPrefix("[[") { return true }
        return text.unicodeScalars.allSatisfy { $0 == SourceLines.sign || $0.properties.isWhitespace }
    }

    // MARK: reading each

    private mutating func readSection(_ text: String) {
        let depth = text.prefix { $0 == "#" }.count
        take(.section(min(depth, 9)), String(text.dropFirst(depth)).trimmingSpaces)
    }

    private mutating func readEqualsSign(_ text: String) {
        if text.count >= 3, text.allSatisfy({ $0 == "=" }) {
            take(.pageBreak, "")
        } else {
            let synopsis = String(text.drop { $0 == "=" }).trimmingSpaces
            take(.synopsis, synopsis)
        }
    }

    private mutating func readAngle(_ text: String) {
        if text.count > 1, text.hasSuffix("<") {
            take(.centered, String(text.dropFirst().dropLast()).trimmingSpaces)
        } else {
            take(.transition, String(text.dropFirst()).trimmingSpaces)
        }
    }

    private mutating func readHeading(_ text: String) {
        var heading = whole(text)
        var label = ""
        if heading.hasSuffix("#"), let open = heading.dropLast().lastIndex(of: "#") {
            let inside = heading[heading.index(after: open)...].dropLast()
            if !inside.isEmpty, inside.allSatisfy({ $0.isLetter || $0.isNumber || "-.() ".contains($0) }) {
                label = String(inside).trimmingSpaces
                heading = String(heading[..<open]).trimmingSpaces
            }
        }
        var scene = Script.Scene(number: script.scenes.count + 1, heading: heading)
        scene.label = label
        scene.line = lines[place].number
        script.scenes.append(scene)
        hasText = true
        place += 1
    }

    private mutating func readAction(isForced: Bool) {
        let first = lines[place].number
        var parts: [String] = []
        while place < lines.count, !isBlank(place) {
            var text = lines[place].text
            if !parts.isEmpty, startsAnother(text.trimmingSpaces) { break }
            if isForced, parts.isEmpty { text = String(text.trimmingSpaces.dropFirst()) }
            parts.append(Self.untabbed(text))
            place += 1
        }
        // Indentation is the writer's; a single leading run of spaces is not.
        let text = parts.map { String($0.reversed().drop { $0.isWhitespace }.reversed()) }.joined(separator: "\n")
        add(.action, whole(text.trimmingSpaces), line: first)
    }

    /// Whether a line inside a paragraph of action begins something else.
    private func startsAnother(_ text: String) -> Bool {
        guard let first = text.first else { return false }
        switch first {
        case "#", "~", "@": return true
        case "=": return text.count > 1
        case ">": return true
        case "!": return true
        case ".": return text.count > 1 && !text.hasPrefix("..")
        default: return Self.isHeading(text, isAfterBlank: false)
        }
    }

    private static func untabbed(_ text: String) -> String {
        text.contains("\t") ? text.replacing("\t", with: "    ") : text
    }

    /// A note that fills its paragraph, or boneyards that do.
    private mutating func readAside() {
        let first = lines[place].number
        if lines[place].text.trimmingSpaces.hasPrefix("[[") {
            var parts: [String] = []
            let start = place
            var isClosed = false
            while place < lines.count {
                // Two spaces on an otherwise empty line keep a note open.
                if place > start, isBlank(place), lines[place].text.isEmpty { break }
                parts.append(lines[place].text.trimmingSpaces)
                place += 1
                if parts[parts.count - 1].hasSuffix("]]") {
                    isClosed = true
                    break
                }
            }
            let text = parts.joined(separator: "\n")
            guard isClosed, let notes = Self.notes(in: text) else {
                if !text.contains("]]") {
                    faults.append(
                        ScriptFault(
                            .warning, line: first, column: 1, "[[ is never closed by ]]; it is read as action"))
                }
                place = start
                readAction(isForced: false)
                return
            }
            for note in notes { add(.note, whole(note), line: first) }
        } else {
            for _ in lines[place].text.unicodeScalars.filter({ $0 == SourceLines.sign }) {
                let body = String(whole(String(SourceLines.sign)).dropFirst(2).dropLast(2)).trimmingSpaces
                add(.boneyard, body, line: first)
            }
            place += 1
        }
    }

    /// The notes of a text that is nothing but notes; nil for any other.
    private static func notes(in text: String) -> [String]? {
        var notes: [String] = []
        var rest = text[...]
        while true {
            rest = rest.drop { $0.isWhitespace }
            if rest.isEmpty { return notes }
            guard rest.hasPrefix("[["), let close = rest.firstRange(of: "]]") else { return nil }
            notes.append(String(rest[rest.index(rest.startIndex, offsetBy: 2)..<close.lowerBound]).trimmingSpaces)
            rest = rest[close.upperBound...]
        }
    }

    private mutating func readSpeech(cue written: String) {
        let first = lines[place].number
        var cue = whole(written)
        let isDual = cue.hasSuffix("^")
        if isDual { cue = String(cue.dropLast()).trimmingSpaces }
        place += 1
        add(.character, cue, line: first, isDual: isDual)
        var spoken: [String] = []
        var start = place
        func isDialogue(_ text: String) -> Bool { !Self.isHeading(text.trimmingSpaces, isAfterBlank: false) }
        // Two spaces on an otherwise empty line keep a speech open.
        while place < lines.count, !isBlank(place) || lines[place].text.utf8.count >= 2, isDialogue(lines[place].text) {
            let text = lines[place].text.trimmingSpaces
            if let mark = text.first, mark == "(" || mark == "~" {
                flush(&spoken, from: start)
                if mark == "(" {
                    readParenthetical()
                } else {
                    take(.lyrics, String(text.dropFirst()).trimmingSpaces)
                }
                start = place
            } else {
                spoken.append(text)
                place += 1
            }
        }
        flush(&spoken, from: start)
        if place == start, script.lastKind == .character {
            faults.append(ScriptFault(.warning, line: first, column: 1, "\"\(cue.prefix(60))\" has no line to speak"))
        }
    }

    private mutating func flush(_ spoken: inout [String], from start: Int) {
        while spoken.last?.isEmpty == true { spoken.removeLast() }
        guard !spoken.isEmpty else { return }
        let number = lines[min(start, lines.count - 1)].number
        add(.dialogue, whole(spoken.joined(separator: "\n")), line: number)
        spoken = []
    }

    private mutating func readParenthetical() {
        let first = lines[place].number
        var text = lines[place].text.trimmingSpaces
        place += 1
        while !text.hasSuffix(")"), place < lines.count, !isBlank(place) {
            text += " " + lines[place].text.trimmingSpaces
            place += 1
        }
        var body = text.dropFirst()
        if body.hasSuffix(")") { body = body.dropLast() }
        add(.parenthetical, whole(String(body).trimmingSpaces), line: first)
    }
}

extension Script {
    var lastKind: Kind? { (scenes.last.map(\.elements) ?? opening).last?.kind }
}
