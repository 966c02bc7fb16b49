package import Film
package import Foundation

/// `sp_step_*_screenplay.json` (`formats.md` 2.1, 3.9).
package enum StepFile {
    /// The name the design gives the screenplay, and the one its shot engine reads.
    package static let names = ["sp_step_6_screenplay.json", "sp_step_8_screenplay.json"]

    /// The screenplay among a project's files: of those that hold scenes the one with most, of equals the first by name.
    /// - Returns: its name; nil when there is none.
    package static func name(among files: [String: Data]) -> String? {
        let others = files.keys.filter { $0.hasPrefix("sp_step_") && $0.hasSuffix("_screenplay.json") }.sorted()
        var best: (name: String, scenes: Int)?
        for name in names + others.filter({ !names.contains($0) }) {
            guard let data = files[name], let json = try? JSON(text: data), let scenes = json["scenes"]?.items else {
                continue
            }
            if scenes.count > best?.scenes ?? -1 { best = (name, scenes.count) }
        }
        return best?.name
    }

    package static func read(_ data: Data) -> ScriptReading {
        guard data.count <= Fountain.bytesLimit else {
            return ScriptReading(
                script: nil,
                faults: [ScriptFault("the file has \(data.count) bytes; at most \(Fountain.bytesLimit) are taken")])
        }
        do throws(JSONFault) {
            let json = try JSON(text: data)
            guard json.members != nil, json["scenes"]?.items != nil else {
                return ScriptReading(
                    script: nil, faults: [ScriptFault("is JSON but no screenplay: it should hold a list \"scenes\"")])
            }
            var reader = StepReader()
            reader.read(json)
            return ScriptReading(script: reader.script, faults: reader.faults)
        } catch {
            return ScriptReading(
                script: nil,
                faults: [ScriptFault(line: error.line, column: error.column, "is not JSON: \(error.reason)")])
        }
    }

    /// The names of elements a file may hold.
    static let kinds: [(name: String, kind: Script.Kind)] = [
        ("action", .action), ("character", .character), ("dialogue", .dialogue), ("parenthetical", .parenthetical),
        ("transition", .transition),
    ]
}

private struct StepReader {
    var script = Script()
    var faults: [ScriptFault] = []

    private static let topNames: Set<String> = [
        "title", "author", "format", "genre", "logline", "total_pages", "estimated_duration_seconds", "scenes",
        "title_page", "opening",
    ]
    private static let sceneNames: Set<String> = [
        "scene_number", "scene_label", "slugline", "int_ext", "location", "time_of_day", "elements",
        "estimated_duration_seconds", "beat", "emotional_start", "emotional_end", "emotional_polarity", "conflict",
        "characters_present", "board_card_number",
    ]

    mutating func read(_ json: JSON) {
        for member in json["title_page"]?.members ?? [] {
            let lines = member.value.items?.compactMap(\.string) ?? [member.value.plainText]
            script.titlePage.append(Script.TitleField(member.name, lines))
        }
        for name in ["title", "author", "format", "genre", "logline"] {
            let text = json[name]?.plainText ?? ""
            if !text.isEmpty, json["title_page"] == nil {
                script.set(name.prefix(1).uppercased() + name.dropFirst(), Markup.literal(text))
            }
        }
        script.opening = elements(json["opening"], at: "opening")
        for (index, item) in (json["scenes"]?.items ?? []).enumerated() {
            guard item.members != nil else {
                warn("scenes[\(index)] is \(item.kind), not an object; it is passed over")
                continue
            }
            script.scenes.append(scene(item, index))
        }
        script.extras = (json.members ?? []).filter { !Self.topNames.contains($0.name) }
        numberScenes()
    }

    private mutating func warn(_ message: String) { faults.append(ScriptFault(.warning, message)) }

    private mutating func numberScenes() {
        var seen: Set<Int> = []
        let isSound = script.scenes.allSatisfy { (1...9_999).contains($0.number) && seen.insert($0.number).inserted }
        guard !isSound else { return }
        warn("scene numbers are missing, doubled or out of 1…9999; scenes are numbered from 1")
        for index in script.scenes.indices { script.scenes[index].number = index + 1 }
    }

    private mutating func scene(_ json: JSON, _ index: Int) -> Script.Scene {
        func text(_ name: String) -> String { json[name]?.plainText.trimmingSpaces ?? "" }
        func number(_ name: String) -> Double? {
            guard let found = Double(text(name)), found.isFinite, abs(found) < 1e6 else { return nil }
            return found
        }
        var elements = elements(json["elements"], at: "scenes[\(index)].elements")
        var heading = text("slugline")
        if let first = elements.first, case .other("slugline") = first.kind {
            if heading.isEmpty { heading = first.text }
            elements.removeFirst()
        }
        if heading.isEmpty { heading = Self.heading(text("int_ext"), text("location"), text("time_of_day")) }
        if heading.isEmpty { warn("scenes[\(index)] has no slugline and no location") }
        var scene = Script.Scene(number: number("scene_number").map { Int($0) } ?? 0, heading: heading)
        scene.label = text("scene_label")
        scene.elements = elements
        scene.beat = text("beat")
        scene.emotionalStart = Self.sign(text("emotional_start"))
        scene.emotionalEnd = Self.sign(text("emotional_end"))
        scene.polarity = Self.sign(text("emotional_polarity"))
        scene.conflict = text("conflict")
        scene.seconds = number("estimated_duration_seconds").flatMap { $0 > 0 ? $0 : nil }
        scene.card = number("board_card_number").map { Int($0) }
        scene.people = json["characters_present"]?.texts ?? []
        scene.extras = (json.members ?? []).filter { !Self.sceneNames.contains($0.name) }
        return scene
    }

    private static func heading(_ place: String, _ location: String, _ time: String) -> String {
        guard !location.isEmpty else { return "" }
        let prefix = place.isEmpty ? "" : place.uppercased() + (place.hasSuffix(".") ? " " : ". ")
        return prefix + location + (time.isEmpty ? "" : " - " + time)
    }

    private static func sign(_ text: String) -> String {
        switch text.lowercased() {
        case "+", "positive", "up", "plus": "+"
        case "-", "−", "negative", "down", "minus": "-"
        default: ""
        }
    }

    private mutating func elements(_ json: JSON?, at path: String) -> [Script.Element] {
        guard let json, json != .null else { return [] }
        guard let items = json.items else {
            warn("\(path) is \(json.kind), not a list; it is passed over")
            return []
        }
        var elements: [Script.Element] = []
        for (index, item) in items.enumerated() {
            if let text = item.string {
                elements += Self.paragraphs(.action, text)
                continue
            }
            let type = (item["element_type"] ?? item["type"])?.plainText.lowercased().trimmingSpaces ?? ""
            let style = item["style"]?.plainText ?? ""
            guard let content = (item["marked"] ?? item["content"] ?? item["text"])?.plainText else {
                warn("\(path)[\(index)] has no content; it is passed over")
                continue
            }
            let isMarked = item["marked"] != nil
            elements += read(type, style, isMarked ? content : Markup.literal(content), item)
        }
        return elements
    }

    private func read(_ type: String, _ style: String, _ content: String, _ item: JSON) -> [Script.Element] {
        let text = content.trimmingSpaces
        switch (type, style) {
        case ("note", "section"):
            return [Script.Element(.section(Int(item["level"]?.plainText ?? "") ?? 1), text)]
        case ("note", "synopsis"): return [Script.Element(.synopsis, text)]
        case ("note", "boneyard"): return [Script.Element(.boneyard, content)]
        case ("note", "page_break"): return [Script.Element(.pageBreak, "")]
        case ("note", _): return [Script.Element(.note, text)]
        case (_, "centered"): return [Script.Element(.centered, text)]
        case (_, "lyrics"), ("lyrics", _): return [Script.Element(.lyrics, text)]
        case ("parenthetical", _):
            let inner = text.hasPrefix("(") && text.hasSuffix(")") ? String(text.dropFirst().dropLast()) : text
            return [Script.Element(.parenthetical, inner.trimmingSpaces)]
        case ("character", _):
            return [Script.Element(.character, text, isDual: item["dual"] == .bool(true))]
        case ("dialogue", _): return text.isEmpty ? [] : [Script.Element(.dialogue, text)]
        case ("transition", _): return [Script.Element(.transition, text)]
        case ("action", _), ("", _): return Self.paragraphs(.action, text)
        default: return [Script.Element(.other(type), text)]
        }
    }

    /// An action may hold several paragraphs, a blank line between them.
    private static func paragraphs(_ kind: Script.Kind, _ text: String) -> [Script.Element] {
        var found: [Script.Element] = []
        var lines: [Substring] = []
        func flush() {
            if !lines.isEmpty { found.append(Script.Element(kind, lines.joined(separator: "\n").trimmingSpaces)) }
            lines = []
        }
        for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
            if line.allSatisfy(\.isWhitespace) { flush() } else { lines.append(line) }
        }
        flush()
        return found
    }
}

extension JSON {
    /// The words of a value: texts as they are, numbers and claims as written, lists joined by commas.
    package var plainText: String {
        switch self {
        case .string(let text): text
        case .number(let digits): digits
        case .bool(let claim): claim ? "true" : "false"
        case .array(let items): items.map(\.plainText).filter { !$0.isEmpty }.joined(separator: ", ")
        case .null, .object: ""
        }
    }

    /// A list of texts; one text with commas is one too.
    package var texts: [String] {
        switch self {
        case .array(let items): items.map(\.plainText).filter { !$0.isEmpty }
        case .string(let text): text.split(separator: ",").map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
        case .null, .bool, .number, .object: []
        }
    }
}
