internal import Film

extension Fountain {
    /// The script as Fountain. What it would read as something else carries the sign that forces its kind.
    package static func text(_ script: Script) -> String {
        var out = titlePage(script)
        func paragraph(_ text: String) {
            if !out.isEmpty { out += "\n" }
            out += text + "\n"
        }
        write(script.opening, paragraph)
        for (index, scene) in script.scenes.enumerated() {
            let label = scene.label.isEmpty && scene.number != index + 1 ? String(scene.number) : scene.label
            paragraph(heading(scene.heading) + (label.isEmpty ? "" : " #\(label)#"))
            if !scene.conflict.isEmpty { paragraph("= " + oneLine(scene.conflict)) }
            let notes = scene.notes
            if !notes.isEmpty { paragraph(notes.map { "[[\($0)]]" }.joined(separator: " ")) }
            write(scene.elements, paragraph)
        }
        return out
    }

    private static func titlePage(_ script: Script) -> String {
        var out = ""
        for field in script.titlePage {
            if field.lines.count == 1, !field.lines[0].contains("\n") {
                out += "\(field.name): \(field.lines[0])\n"
            } else {
                out += "\(field.name):\n" + field.lines.map { "    \(oneLine($0))\n" }.joined()
            }
        }
        return out
    }

    private static func oneLine(_ text: String) -> String {
        text.replacing("\n", with: " ")
    }

    private static func heading(_ text: String) -> String {
        let text = oneLine(text)
        return FountainReader.isHeading(text, isAfterBlank: true) ? text : "." + text
    }

    private static func write(_ elements: [Script.Element], _ paragraph: (String) -> Void) {
        var index = 0
        while index < elements.count {
            let element = elements[index]
            guard element.kind == .character else {
                paragraph(alone(element))
                index += 1
                continue
            }
            var block = ""
            var next = index + 1
            while next < elements.count, let line = spoken(elements[next]) {
                block += "\n" + line
                next += 1
            }
            paragraph(cue(element, isSilent: block.isEmpty) + block)
            index = next
        }
    }

    private static func cue(_ element: Script.Element, isSilent: Bool) -> String {
        let name = oneLine(element.text)
        let isPlain =
            FountainReader.isCue(name) && !isSilent && !name.contains(":") && !name.contains("/*")
            && !FountainReader.isHeading(name, isAfterBlank: true)
            && !FountainReader.isTransition(name)
        return (isPlain ? name : "@" + name) + (element.isDual ? " ^" : "")
    }

    /// A line of a speech; nil for what ends it.
    private static func spoken(_ element: Script.Element) -> String? {
        switch element.kind {
        case .dialogue:
            element.text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "  " : String($0) }.joined(separator: "\n")
        case .parenthetical: "(" + oneLine(element.text) + ")"
        case .lyrics: "~" + oneLine(element.text)
        case .action, .character, .transition, .centered, .section, .synopsis, .note, .boneyard, .pageBreak, .other: nil
        }
    }

    private static func alone(_ element: Script.Element) -> String {
        switch element.kind {
        case .action, .dialogue, .other, .character: action(element.text)
        case .parenthetical: action("(" + element.text + ")")
        case .transition:
            isPlainTransition(element.text) ? element.text : "> " + oneLine(element.text)
        case .lyrics: "~" + oneLine(element.text)
        case .centered: "> " + oneLine(element.text) + " <"
        case .section(let depth): String(repeating: "#", count: depth) + " " + oneLine(element.text)
        case .synopsis: "= " + oneLine(element.text)
        case .note:
            "[["
                + element.text.split(separator: "\n", omittingEmptySubsequences: false)
                .map { $0.isEmpty ? "  " : String($0) }.joined(separator: "\n")
                + (element.text.hasSuffix("]") ? " ]]" : "]]")
        case .boneyard: "/*" + element.text.replacing("*/", with: "* /") + "*/"
        case .pageBreak: "==="
        }
    }

    /// Whether a transition is read as one without its sign.
    private static func isPlainTransition(_ text: String) -> Bool {
        let isMarked = text.first.map { "#=~>!@.[/".contains($0) } ?? true
        return !isMarked && FountainReader.isTransition(text) && !text.contains("\n") && !text.contains("/*")
            && !text.hasSuffix("<")
    }

    private static func action(_ text: String) -> String {
        let lines = text.split(separator: "\n").map(String.init)
        guard let first = lines.first?.trimmingSpaces, let sign = first.first else { return "!" }
        let isTakenForOther =
            "#=~>!@".contains(sign) || (sign == "." && first.count > 1 && !first.hasPrefix(".."))
            || first.hasPrefix("[[") || first.hasPrefix("/*") || lines.contains { FountainReader.isKnownField($0) }
            || FountainReader.isHeading(first, isAfterBlank: true)
            || (lines.count == 1 && FountainReader.isTransition(first))
            || (lines.count > 1 && FountainReader.isCue(first))
        return (isTakenForOther ? "!" : "") + lines.joined(separator: "\n")
    }
}
