internal import Film

extension FDX {
    /// The script as a Final Draft 5 document.
    package static func text(_ script: Script) -> String {
        var out = """
            <?xml version="1.0" encoding="UTF-8" standalone="no" ?>
            <FinalDraft DocumentType="Script" Template="No" Version="5">
              <Content>

            """
        out += paragraphs(script.opening)
        for scene in script.scenes {
            out += heading(scene)
            out += paragraphs(scene.elements)
        }
        out += "  </Content>\n"
        if !script.titlePage.isEmpty {
            out += "  <TitlePage>\n    <Content>\n"
            for field in script.titlePage {
                for line in field.lines {
                    out += "  " + paragraph("Action", line, "Alignment=\"Center\" Field=\"\(escaped(field.name))\"")
                }
            }
            out += "    </Content>\n  </TitlePage>\n"
        }
        for part in script.extras.last(where: { $0.name == "fdx" })?.value.items ?? [] {
            if let text = part.string { out += "  " + text + "\n" }
        }
        return out + "</FinalDraft>\n"
    }

    private static func heading(_ scene: Script.Scene) -> String {
        let label = scene.label.isEmpty ? "" : " Number=\"\(escaped(scene.label))\""
        var inside = ""
        if !scene.conflict.isEmpty {
            inside += "<SceneProperties><Summary>\(noteBody(scene.conflict))</Summary></SceneProperties>"
        }
        inside += runs(Markup.escaped(scene.heading))
        for note in scene.notes { inside += "<ScriptNote>\(noteBody(note))</ScriptNote>" }
        return "    <Paragraph Type=\"Scene Heading\"\(label)>\(inside)</Paragraph>\n"
    }

    private static func paragraphs(_ elements: [Script.Element]) -> String {
        var out = ""
        var index = 0
        while index < elements.count {
            let end = dualEnd(elements, from: index)
            if end > index {
                out += "    <Paragraph><DualDialogue>\n"
                for element in elements[index..<end] { out += "  " + one(element) }
                out += "    </DualDialogue></Paragraph>\n"
                index = end
            } else {
                out += one(elements[index])
                index += 1
            }
        }
        return out
    }

    /// Where two speeches side by side end; `start` where none begin.
    private static func dualEnd(_ elements: [Script.Element], from start: Int) -> Int {
        guard elements[start].kind == .character, !elements[start].isDual else { return start }
        func speechEnd(_ from: Int) -> Int {
            var index = from + 1
            while index < elements.count, [.dialogue, .parenthetical, .lyrics].contains(elements[index].kind) {
                index += 1
            }
            return index
        }
        let middle = speechEnd(start)
        guard middle < elements.count, elements[middle].kind == .character, elements[middle].isDual else {
            return start
        }
        return speechEnd(middle)
    }

    private static func one(_ element: Script.Element) -> String {
        let text = element.text
        switch element.kind {
        case .action: return paragraph("Action", text)
        case .character: return paragraph("Character", text)
        case .dialogue: return paragraph("Dialogue", text)
        case .parenthetical: return paragraph("Parenthetical", "(\(text))")
        case .transition: return paragraph("Transition", text)
        case .lyrics: return paragraph("Lyrics", text)
        case .centered: return paragraph("Action", text, "Alignment=\"Center\"")
        case .section(let depth): return paragraph("Outline \(depth)", text)
        case .synopsis: return paragraph("Outline Body", text)
        case .note: return "    <Paragraph Type=\"Action\"><ScriptNote>\(noteBody(text))</ScriptNote></Paragraph>\n"
        case .boneyard:
            return
                "    <Paragraph Type=\"Action\"><ScriptNote Name=\"Boneyard\">\(noteBody(text))</ScriptNote></Paragraph>\n"
        case .pageBreak: return "    <Paragraph Type=\"General\" StartsNewPage=\"Yes\"><Text></Text></Paragraph>\n"
        case .other(let type): return paragraph(type, text)
        }
    }

    private static func paragraph(_ type: String, _ text: String, _ attributes: String = "") -> String {
        "    <Paragraph Type=\"\(escaped(type))\"\(attributes.isEmpty ? "" : " " + attributes)>\(runs(text))</Paragraph>\n"
    }

    private static func runs(_ text: String) -> String {
        Markup.runs(of: text).map { run in
            var names: [String] = []
            if run.style.contains(.bold) { names.append("Bold") }
            if run.style.contains(.italic) { names.append("Italic") }
            if run.style.contains(.underline) { names.append("Underline") }
            let style = names.isEmpty ? "" : " Style=\"\(names.joined(separator: "+"))\""
            return "<Text\(style)>\(escaped(run.text))</Text>"
        }.joined()
    }

    private static func noteBody(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { "<Paragraph><Text>\(escaped(String($0)))</Text></Paragraph>" }.joined()
    }

    /// XML's five signs; control characters that XML 1.0 cannot hold are left out.
    static func escaped(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": out += "&amp;"
            case "<": out += "&lt;"
            case ">": out += "&gt;"
            case "\"": out += "&quot;"
            case "\r": out += "&#13;"
            case "\u{0}"..."\u{8}", "\u{B}", "\u{C}", "\u{E}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": continue
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
