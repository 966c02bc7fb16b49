internal import Film
package import Foundation
internal import FoundationXML

/// Final Draft's `.fdx`: XML with one `Paragraph` for each element of the script.
///
/// Parsed by libxml2 through Foundation, which opens nothing: a document that declares a type or an entity is refused
/// before it is parsed, so neither a bomb nor an external entity is ever met.
package enum FDX {
    /// Reads a document. Paragraph types that only Final Draft knows are kept under their name, parts of the document
    /// that are no script (`SmartType`, `Macros`…) as they are.
    package static func read(_ data: Data) -> ScriptReading {
        guard data.count <= Fountain.bytesLimit else {
            return ScriptReading(
                script: nil,
                faults: [ScriptFault("the file has \(data.count) bytes; at most \(Fountain.bytesLimit) are taken")])
        }
        var faults: [ScriptFault] = []
        var text = Fountain.decoded(data, &faults)
        if let fault = forbidden(in: text) { return ScriptReading(script: nil, faults: [fault]) }
        // The text is UTF-8 by now, whatever its first line says.
        if text.hasPrefix("<?xml"), let end = text.firstRange(of: "?>") { text = String(text[end.upperBound...]) }
        let builder = FDXBuilder()
        let parser = XMLParser(data: Data(text.utf8))
        parser.shouldResolveExternalEntities = false
        parser.delegate = builder
        let isSound = parser.parse()
        if !isSound, builder.stop == nil {
            let reason = parser.parserError.map { "\(($0 as NSError).code)" } ?? "?"
            return ScriptReading(
                script: nil,
                faults: [
                    ScriptFault(
                        line: max(1, parser.lineNumber), column: max(1, parser.columnNumber),
                        "is not sound XML here (libxml2 error \(reason)); save it again from the program that wrote it")
                ])
        }
        if let stop = builder.stop { return ScriptReading(script: nil, faults: [stop]) }
        guard builder.isComplete else {
            return ScriptReading(
                script: nil,
                faults: [
                    ScriptFault(
                        line: max(1, parser.lineNumber), column: max(1, parser.columnNumber),
                        "is not sound XML: it ends too early; save it again from the program that wrote it")
                ])
        }
        guard builder.isFinalDraft else {
            return ScriptReading(
                script: nil, faults: [ScriptFault(line: 1, "is XML but no Final Draft document")])
        }
        return ScriptReading(script: builder.script(), faults: faults + builder.faults)
    }

    /// Document types and entities, wherever they stand outside text.
    private static func forbidden(in text: String) -> ScriptFault? {
        for (sign, name) in [("<!DOCTYPE", "a document type"), ("<!ENTITY", "an entity")] {
            guard let range = text.firstRange(of: sign) else { continue }
            let line = text[..<range.lowerBound].utf8.count { $0 == 0x0A } + 1
            return ScriptFault(
                line: line, column: 1, "the file declares \(name), which no Final Draft document does; it is refused")
        }
        return nil
    }
}

/// Gathers a tree, then reads it.
final class FDXBuilder: NSObject, XMLParserDelegate {
    final class Node {
        let name: String
        let attributes: [String: String]
        let line: Int
        /// Texts and nodes in their order.
        var children: [Child] = []

        init(name: String, attributes: [String: String], line: Int) {
            self.name = name
            self.attributes = attributes
            self.line = line
        }

        var nodes: [Node] { children.compactMap { if case .node(let node) = $0 { node } else { nil } } }

        func first(_ name: String) -> Node? { nodes.first { $0.name == name } }
    }

    enum Child {
        case text(String)
        case node(Node)
    }

    private static let depthLimit = 64

    var faults: [ScriptFault] = []
    /// Why reading ended before its time.
    private(set) var stop: ScriptFault?
    private var root: Node?
    private var open: [Node] = []

    /// Whether the document began and every element of it ended.
    var isComplete: Bool { root != nil && open.isEmpty }
    var isFinalDraft: Bool { root?.name == "FinalDraft" }

    func parser(
        _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
        attributes: [String: String]
    ) {
        let node = Node(name: name, attributes: attributes, line: max(1, parser.lineNumber))
        if let parent = open.last { parent.children.append(.node(node)) } else if root == nil { root = node }
        open.append(node)
        if open.count > Self.depthLimit, stop == nil {
            stop = ScriptFault(line: node.line, "elements are nested deeper than \(Self.depthLimit)")
            parser.abortParsing()
        }
    }

    func parser(
        _ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?
    ) {
        if !open.isEmpty { open.removeLast() }
    }

    func parser(_ parser: XMLParser, foundCharacters string: String) {
        guard let node = open.last else { return }
        if case .text(let before)? = node.children.last {
            node.children[node.children.count - 1] = .text(before + string)
        } else {
            node.children.append(.text(string))
        }
    }

    func parser(_ parser: XMLParser, foundCDATA block: Data) {
        self.parser(parser, foundCharacters: String(decoding: block, as: UTF8.self))
    }

    func script() -> Script {
        guard let root else { return Script() }
        var reader = FDXTree()
        for node in root.nodes {
            switch node.name {
            case "Content": reader.read(content: node)
            case "TitlePage": reader.read(titlePage: node)
            default: reader.parts.append(Self.xml(node))
            }
        }
        let script = reader.finished()
        if script.scenes.isEmpty {
            faults.append(ScriptFault(.warning, line: 1, "there is no scene heading in the document"))
        }
        return script
    }

    /// A part as it was, for the writer.
    private static func xml(_ node: Node) -> String {
        var out = "<" + node.name
        for (name, value) in node.attributes.sorted(by: { $0.key < $1.key }) {
            out += " \(name)=\"\(FDX.escaped(value))\""
        }
        if node.children.isEmpty { return out + "/>" }
        out += ">"
        for child in node.children {
            switch child {
            case .text(let text): out += FDX.escaped(text)
            case .node(let node): out += xml(node)
            }
        }
        return out + "</\(node.name)>"
    }
}

/// From the tree to the script.
struct FDXTree {
    private var script = Script()
    /// Parts of the document that are no script.
    var parts: [String] = []

    func finished() -> Script {
        var result = script
        var numbers: [Int] = []
        for index in result.scenes.indices {
            result.scenes[index].takeNotes()
            numbers.append(Int(result.scenes[index].label) ?? 0)
        }
        if numbers.allSatisfy({ (1...9_999).contains($0) }), zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 }) {
            for (index, number) in numbers.enumerated() { result.scenes[index].number = number }
        }
        if !parts.isEmpty { result.extras.append(JSON.Member("fdx", .array(parts.map { .string($0) }))) }
        return result
    }

    mutating func read(content: FDXBuilder.Node) {
        for node in content.nodes where node.name == "Paragraph" { read(node, isDual: false) }
    }

    private mutating func add(_ element: Script.Element) {
        if script.scenes.isEmpty {
            script.opening.append(element)
        } else {
            script.scenes[script.scenes.count - 1].elements.append(element)
        }
    }

    private mutating func read(_ node: FDXBuilder.Node, isDual: Bool) {
        if let dual = node.first("DualDialogue") {
            let cues = dual.nodes.filter { $0.attributes["Type"] == "Character" }
            for inner in dual.nodes {
                read(inner, isDual: inner.attributes["Type"] == "Character" && inner !== cues.first)
            }
            return
        }
        let type = node.attributes["Type"] ?? "Action"
        let text = Self.marked(node)
        if type == "Scene Heading" {
            var scene = Script.Scene(number: script.scenes.count + 1, heading: Markup.plain(text))
            scene.label = node.attributes["Number"] ?? ""
            scene.line = node.line
            script.scenes.append(scene)
            let title = node.first("SceneProperties")?.attributes["Title"] ?? ""
            let summary = node.first("SceneProperties")?.first("Summary").map { Self.words($0) } ?? ""
            for synopsis in [summary, title] where !synopsis.isEmpty {
                add(Script.Element(.synopsis, synopsis, line: node.line))
            }
        } else if node.attributes["StartsNewPage"] == "Yes", text.isEmpty {
            add(Script.Element(.pageBreak, "", line: node.line))
        } else if let kind = Self.kind(type, node), !text.isEmpty || node.first("ScriptNote") == nil {
            if !text.isEmpty || kind == .character { add(element(kind, text, isDual, node.line)) }
        }
        for note in node.nodes where note.name == "ScriptNote" {
            let kind: Script.Kind = note.attributes["Name"] == "Boneyard" ? .boneyard : .note
            add(Script.Element(kind, Self.words(note), line: note.line))
        }
    }

    private func element(_ kind: Script.Kind, _ text: String, _ isDual: Bool, _ line: Int) -> Script.Element {
        var text = text
        if kind == .parenthetical, text.hasPrefix("("), text.hasSuffix(")") {
            text = String(text.dropFirst().dropLast())
        }
        return Script.Element(kind, text, isDual: isDual && kind == .character, line: line)
    }

    private static func kind(_ type: String, _ node: FDXBuilder.Node) -> Script.Kind? {
        switch type {
        case "Action", "General": node.attributes["Alignment"] == "Center" ? .centered : .action
        case "Character": .character
        case "Dialogue": .dialogue
        case "Parenthetical": .parenthetical
        case "Transition": .transition
        case "Lyrics": .lyrics
        case "Outline Body": .synopsis
        case let type where type.hasPrefix("Outline "): .section(Int(type.dropFirst(8)) ?? 1)
        default: .other(type)
        }
    }

    /// The text of a paragraph with its styles as marks.
    private static func marked(_ node: FDXBuilder.Node) -> String {
        let runs = node.nodes.filter { $0.name == "Text" }.map { text in
            let names = (text.attributes["Style"] ?? "").split(separator: "+")
            var style: Markup.Style = []
            if names.contains("Bold") { style.insert(.bold) }
            if names.contains("Italic") { style.insert(.italic) }
            if names.contains("Underline") { style.insert(.underline) }
            return Markup.Run(text: plain(text), style: style)
        }
        return Markup.text(of: merged(runs)).trimmingSpaces
    }

    private static func merged(_ runs: [Markup.Run]) -> [Markup.Run] {
        var out: [Markup.Run] = []
        for run in runs {
            if let last = out.last, last.style == run.style {
                out[out.count - 1].text += run.text
            } else {
                out.append(run)
            }
        }
        return out
    }

    private static func plain(_ node: FDXBuilder.Node) -> String {
        node.children.map { child in
            switch child {
            case .text(let text): text.replacing("\r\n", with: "\n").replacing("\r", with: "\n")
            case .node(let node): plain(node)
            }
        }.joined()
    }

    /// All words below a node, one line for each paragraph.
    private static func words(_ node: FDXBuilder.Node) -> String {
        let paragraphs = node.nodes.filter { $0.name == "Paragraph" }
        if paragraphs.isEmpty { return plain(node).trimmingSpaces }
        return paragraphs.map { paragraph in
            paragraph.nodes.filter { $0.name == "Text" }.map(plain).joined()
        }.joined(separator: "\n").trimmingSpaces
    }

    /// Our own documents name their fields; of others the first line is the title, what follows "by" the author.
    mutating func read(titlePage: FDXBuilder.Node) {
        guard let content = titlePage.first("Content") else { return }
        var isAfterBy = false
        for node in content.nodes where node.name == "Paragraph" {
            let text = Self.marked(node)
            guard !text.isEmpty else { continue }
            if let name = node.attributes["Field"] {
                if let last = script.titlePage.last, last.name == name {
                    script.titlePage[script.titlePage.count - 1].lines.append(text)
                } else {
                    script.titlePage.append(Script.TitleField(name, [text]))
                }
            } else if script.titlePage.isEmpty {
                script.titlePage.append(Script.TitleField("Title", [text]))
            } else if ["by", "written by", "screenplay by"].contains(text.lowercased()) {
                script.titlePage.append(Script.TitleField("Credit", [text]))
                isAfterBy = true
            } else if isAfterBy {
                script.titlePage.append(Script.TitleField("Author", [text]))
                isAfterBy = false
            } else if let last = script.titlePage.last, last.name == "Contact" {
                script.titlePage[script.titlePage.count - 1].lines.append(text)
            } else {
                script.titlePage.append(Script.TitleField("Contact", [text]))
            }
        }
    }
}
