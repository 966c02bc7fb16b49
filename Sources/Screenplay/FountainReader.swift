internal import Film
package import Foundation

/// Fountain 1.1, read line by line (https://fountain.io/syntax).
///
/// What the syntax leaves open is read as writers mean it: `FADE IN:` and `FADE OUT.` are transitions, a heading in
/// capitals needs no blank line around it, notes such as `[[beat: Midpoint]]` under a heading say what `sp_step` files say.
package enum Fountain {
    /// Longest text that is taken, bytes; a feature has 0.2 MB.
    package static let bytesLimit = 16 << 20

    /// Reads a text. Nothing stops it but a text that is too long or holds no word; everything odd is a warning with its
    /// place.
    package static func read(_ data: Data) -> ScriptReading {
        guard data.count <= bytesLimit else {
            return ScriptReading(
                script: nil,
                faults: [ScriptFault("the text has \(data.count) bytes; at most \(bytesLimit) are taken")])
        }
        var faults: [ScriptFault] = []
        let text = decoded(data, &faults)
        var reader = FountainReader(lines: SourceLines(text, &faults))
        reader.faults = faults
        reader.read()
        return ScriptReading(script: reader.isEmpty ? nil : reader.script, faults: reader.faults)
    }

    /// UTF-8, UTF-16 with its mark, else Latin-1, which any bytes are.
    static func decoded(_ data: Data, _ faults: inout [ScriptFault]) -> String {
        if data.starts(with: [0xFF, 0xFE]) || data.starts(with: [0xFE, 0xFF]) {
            if let text = String(data: data, encoding: .utf16) { return text }
        }
        let bytes = data.starts(with: [0xEF, 0xBB, 0xBF]) ? data.dropFirst(3) : data[...]
        if let text = String(validating: bytes, as: UTF8.self) { return text }
        faults.append(ScriptFault(.warning, "the text is not UTF-8; it is read as Latin-1"))
        var text = ""
        text.unicodeScalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
        return text
    }
}

/// The lines of a text, boneyards folded into one sign each.
struct SourceLines {
    struct Line {
        var text: String
        /// From 1.
        var number: Int
    }

    private(set) var lines: [Line] = []
    /// What each sign stands for, in order, with its brackets.
    private(set) var boneyards: [String] = []
    /// Stands for a boneyard. No text holds it: this control character is taken out of every one.
    static let sign: Unicode.Scalar = "\u{1}"

    init(_ text: String, _ faults: inout [ScriptFault]) {
        var scalars = Array(text.unicodeScalars)
        var nuls = 0
        scalars.removeAll { scalar in
            if scalar.value == 0 { nuls += 1 }
            // A byte-order mark inside a text is what is left of a file that was pasted in.
            return scalar.value == 0 || scalar == Self.sign || scalar.value == 0xFEFF
        }
        if nuls > 0 { faults.append(ScriptFault(.warning, "\(nuls) NUL bytes were passed over")) }
        fold(scalars, &faults)
    }

    private mutating func fold(_ scalars: [Unicode.Scalar], _ faults: inout [ScriptFault]) {
        let lastClose = scalars.indices.dropLast().last { scalars[$0] == "*" && scalars[$0 + 1] == "/" } ?? -1
        var line = String.UnicodeScalarView()
        var number = 1
        var current = 1
        var index = 0
        var isWarned = false
        func end() -> Line { Line(text: String(line), number: number) }
        while index < scalars.count {
            let scalar = scalars[index]
            if scalar == "/", index + 1 < scalars.count, scalars[index + 1] == "*" {
                if index + 2 <= lastClose,
                    let close = (index + 2...lastClose).first(where: { at in
                        scalars[at] == "*" && scalars[at + 1] == "/"
                    })
                {
                    var body = String.UnicodeScalarView()
                    body.append(contentsOf: scalars[index...(close + 1)])
                    boneyards.append(String(body).replacing("\r\n", with: "\n").replacing("\r", with: "\n"))
                    current += boneyards[boneyards.count - 1].count { $0 == "\n" }
                    line.append(Self.sign)
                    index = close + 2
                    continue
                }
                if !isWarned {
                    faults.append(
                        ScriptFault(
                            .warning, line: current, column: line.count + 1,
                            "/* is never closed by */; what follows is read as script"))
                    isWarned = true
                }
            }
            if scalar == "\n" || scalar == "\r" {
                if scalar == "\r", index + 1 < scalars.count, scalars[index + 1] == "\n" { index += 1 }
                lines.append(end())
                line = String.UnicodeScalarView()
                current += 1
                number = current
            } else if !(line.last.map {
                $0.properties.isWhitespace || $0 == Self.sign || "~!@#.=><()".unicodeScalars.contains($0)
            } ?? true)
                || !scalar.properties.isGraphemeExtend
            {
                // A mark without a letter to stand on would join the sign before it.
                line.append(scalar)
            }
            index += 1
        }
        lines.append(end())
    }
}

/// The state of one reading.
struct FountainReader {
    var script = Script()
    var faults: [ScriptFault] = []
    let lines: [SourceLines.Line]
    let boneyards: [String]
    private var nextBoneyard = 0
    var place = 0
    /// Labels that are used, to number scenes that carry none.
    var hasText = false

    init(lines source: SourceLines) {
        lines = source.lines
        boneyards = source.boneyards
    }

    var isEmpty: Bool { !hasText }

    mutating func read() {
        readTitlePage()
        while place < lines.count { readParagraph() }
        finish()
    }

    // MARK: lines

    func text(at index: Int) -> String? { lines.indices.contains(index) ? lines[index].text : nil }

    func isBlank(_ index: Int) -> Bool {
        guard let text = text(at: index) else { return true }
        return text.unicodeScalars.allSatisfy { $0.properties.isWhitespace }
    }

    /// The text with boneyards where their signs stood.
    mutating func whole(_ text: String) -> String {
        guard text.unicodeScalars.contains(SourceLines.sign) else { return text }
        var out = ""
        for scalar in text.unicodeScalars {
            if scalar == SourceLines.sign {
                if nextBoneyard < boneyards.count { out += boneyards[nextBoneyard] }
                nextBoneyard += 1
            } else {
                out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    mutating func add(_ kind: Script.Kind, _ text: String, line: Int, isDual: Bool = false) {
        hasText = true
        let element = Script.Element(kind, text, isDual: isDual, line: line)
        if script.scenes.isEmpty {
            script.opening.append(element)
        } else {
            script.scenes[script.scenes.count - 1].elements.append(element)
        }
    }

    mutating func warn(_ index: Int, _ message: String) {
        faults.append(ScriptFault(.warning, line: lines[index].number, column: 1, message))
    }

    // MARK: title page

    private mutating func readTitlePage() {
        while place < lines.count, isBlank(place) { place += 1 }
        guard hasKnownField else { return }
        while place < lines.count, !isBlank(place) {
            let line = lines[place]
            if let (name, value) = Self.titleField(line.text) {
                let text = whole(value).replacing("\n", with: " ")
                script.titlePage.append(Script.TitleField(name, text.isEmpty ? [] : [text]))
            } else {
                let text = whole(line.text).trimmingSpaces.replacing("\n", with: " ")
                if script.titlePage.isEmpty { break }
                script.titlePage[script.titlePage.count - 1].lines.append(text)
            }
            hasText = true
            place += 1
        }
    }

    /// Whether the first paragraph begins with a field and holds one that title pages have: `MARA: hello` is no title page.
    private var hasKnownField: Bool {
        var index = place
        while index < lines.count, !isBlank(index) {
            guard let (name, _) = Self.titleField(lines[index].text) else {
                if index == place { return false }
                index += 1
                continue
            }
            if Self.knownFields.contains(name.lowercased()) { return true }
            index += 1
        }
        return false
    }

    /// Whether a paragraph that begins so, at the top, is a title page.
    static func isKnownField(_ line: String) -> Bool {
        titleField(line).map { knownFields.contains($0.name.lowercased()) } ?? false
    }

    private static let knownFields: Set<String> = [
        "title", "credit", "author", "authors", "source", "notes", "draft date", "date", "contact", "copyright",
        "revision",
        "format", "genre", "logline", "subtitle", "episode", "series",
    ]

    /// `Name: value` at the start of a line.
    private static func titleField(_ line: String) -> (name: String, value: String)? {
        guard let first = line.first, first.isLetter, let colon = line.firstIndex(of: ":") else { return nil }
        let name = line[..<colon]
        guard name.count <= 40, name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == " " || $0 == "_" || $0 == "-" })
        else { return nil }
        return (String(name).trimmingSpaces, String(line[line.index(after: colon)...]).trimmingSpaces)
    }
}
