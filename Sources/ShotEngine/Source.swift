internal import Film
internal import Screenplay

/// A screenplay made ready for breaking down: words found, speeches joined, nothing decided yet.
struct Source {
    struct Scene {
        var scene: Script.Scene
        var slugline: Slugline
        var blocks: [Block]
        /// A section heading such as "# Act Two" or the beat's act, to know where acts end.
        var isActEnd = false
    }

    enum Block {
        case action(Action)
        case speech(Speech)
        case transition(String)
    }

    struct Action {
        /// As people read it: no marks, one line.
        var text: String
        var paragraph: Paragraph
        var line: Int
    }

    struct Speech {
        var cue: String
        var name: NameParts
        var lines: [Line]
        var line: Int
        var isVoiceOver: Bool

        struct Line {
            var parenthetical: String
            var text: String
        }

        var words: Int { lines.reduce(0) { $0 + Source.wordCount($1.text) } }
    }

    var scenes: [Scene] = []
    /// Things the script leaves open, for the report.
    var notes: [BreakdownNote] = []

    init(_ script: Script) {
        let lexicon = Lexicon.english
        for (index, scene) in script.scenes.enumerated() {
            var elements = scene.elements
            // What stands before the first heading belongs to the first scene.
            if index == 0 {
                elements = script.opening.filter { $0.kind == .transition || $0.kind == .action } + elements
            }
            var source = Scene(scene: scene, slugline: Slugline(scene.heading), blocks: [])
            blocks(of: elements, scene: scene.number, into: &source.blocks, lexicon)
            source.isActEnd =
                index + 1 == script.scenes.count
                || scene.elements.contains { element in
                    if case .section(1) = element.kind { true } else { false }
                }
            scenes.append(source)
        }
    }

    private mutating func blocks(
        of elements: [Script.Element], scene: Int, into blocks: inout [Block], _ lexicon: Lexicon
    ) {
        var speech: Speech?
        var parenthetical = ""
        func close(_ speech: inout Speech?, _ blocks: inout [Block]) {
            if let done = speech, !done.lines.isEmpty { blocks.append(.speech(done)) }
            speech = nil
        }
        for element in elements {
            let text = Markup.plain(element.text)
            switch element.kind {
            case .character:
                if let silent = speech, silent.lines.isEmpty {
                    notes.append(BreakdownNote(scene: scene, "\(silent.cue) has a cue and no line"))
                }
                close(&speech, &blocks)
                parenthetical = ""
                let marks = text.uppercased().filter { $0.isLetter || $0 == "(" }
                speech = Speech(
                    cue: text, name: NameParts(text), lines: [], line: element.line,
                    isVoiceOver: marks.contains("(VO") || marks.contains("VOICEOVER"))
            case .parenthetical: parenthetical = parenthetical.isEmpty ? text : parenthetical + "; " + text
            case .dialogue, .lyrics:
                guard !text.isEmpty else { continue }
                if speech == nil {
                    notes.append(
                        BreakdownNote(scene: scene, "a line without a cue is passed over: \"\(text.prefix(40))\""))
                    continue
                }
                speech?.lines.append(Speech.Line(parenthetical: parenthetical, text: text))
                parenthetical = ""
            case .action, .centered, .other:
                close(&speech, &blocks)
                guard !text.isEmpty else { continue }
                for item in Self.items(of: element.text, plain: text) {
                    blocks.append(.action(Action(text: item, paragraph: Paragraph(item, lexicon), line: element.line)))
                }
            case .transition:
                close(&speech, &blocks)
                blocks.append(.transition(text.uppercased()))
            case .section, .synopsis, .note, .boneyard, .pageBreak: continue
            }
        }
        close(&speech, &blocks)
    }

    /// The items of a list ("-- An overpass." on a line of its own), each a shot of its own; else the text as one.
    private static func items(of marked: String, plain: String) -> [String] {
        guard marked.utf8.contains(0x0A) else {
            let item = isItem(plain) ? String(plain.drop { "-–—•· ".contains($0) }) : plain
            return item.isEmpty ? [] : [item]
        }
        let lines = marked.split(separator: "\n").map { Markup.plain(String($0)) }
        let isList = lines.count > 1 && lines.count(where: isItem) > 1
        let items = (isList ? lines : [plain]).map { isItem($0) ? String($0.drop { "-–—•· ".contains($0) }) : $0 }
        return items.filter { !$0.isEmpty }
    }

    private static func isItem(_ line: String) -> Bool {
        guard let first = line.first else { return false }
        return "-–—•·".contains(first) && line.contains(where: \.isLetter)
    }

    /// Words to be spoken.
    static func wordCount(_ text: String) -> Int {
        var count = 0
        var isWord = false
        var dash = 0
        for byte in text.utf8 {
            // Dashes (E2 80 93, E2 80 94) part words, other signs of that block are no letters either.
            if dash > 0 {
                dash -= 1
                continue
            }
            if byte == 0xE2 {
                dash = 2
                isWord = false
            } else if byte == 0x20 || (0x09...0x0D).contains(byte) {
                isWord = false
            } else if !isWord,
                byte >= 0x80 || (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte)
                    || (0x61...0x7A).contains(byte)
            {
                isWord = true
                count += 1
            }
        }
        return count
    }
}

/// Something a person should know about a breakdown.
package struct BreakdownNote: Sendable, Equatable, CustomStringConvertible {
    package var scene: Int
    package var message: String

    package init(scene: Int, _ message: String) {
        self.scene = scene
        self.message = message
    }

    package var description: String { scene == 0 ? message : "scene \(scene): \(message)" }
}
