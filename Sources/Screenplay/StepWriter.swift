package import Film

extension StepFile {
    /// The script as the file that other tools of the pipeline read.
    ///
    /// `content` is plain; where marks, notes or boneyards would be lost, `marked` holds the text with them. What the
    /// format has no element for is `note` with a `style`, which its readers pass over.
    package static func json(_ script: Script) -> JSON {
        let seconds = script.scenes.map { $0.seconds ?? Double(defaultSeconds) }.reduce(0, +)
        var members: [JSON.Member] = [
            .init("title", .string(script.title)), .init("author", .string(script.author)),
            .init("format", .string(script.format.isEmpty ? "feature" : script.format)),
            .init("genre", .string(script.genre)), .init("logline", .string(script.logline)),
            .init("total_pages", .number(tenths(seconds / 60))),
            .init("estimated_duration_seconds", .number(String(Int(seconds.rounded())))),
        ]
        let known: Set<String> = ["title", "author", "format", "genre", "logline"]
        if script.titlePage.contains(where: { !known.contains($0.name.lowercased()) || $0.lines.count != 1 }) {
            members.append(
                .init(
                    "title_page",
                    .object(script.titlePage.map { .init($0.name, .array($0.lines.map { .string($0) })) })))
        }
        if !script.opening.isEmpty { members.append(.init("opening", .array(script.opening.map(element)))) }
        members.append(.init("scenes", .array(script.scenes.map(scene))))
        return .object(members + script.extras)
    }

    /// What the format says when nobody said (`formats.md` 3.9).
    static let defaultSeconds = 60

    static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    private static func scene(_ scene: Script.Scene) -> JSON {
        let slugline = Slugline(scene.heading)
        var members: [JSON.Member] = [.init("scene_number", .number(String(scene.number)))]
        if !scene.label.isEmpty { members.append(.init("scene_label", .string(scene.label))) }
        let heading = JSON.object([
            .init("element_type", .string("slugline")), .init("content", .string(scene.heading)),
        ])
        members += [
            .init("slugline", .string(scene.heading)), .init("int_ext", .string(slugline.side.rawValue)),
            .init("location", .string(slugline.place)), .init("time_of_day", .string(slugline.time)),
            .init("elements", .array([heading] + scene.elements.map(element))),
        ]
        if let seconds = scene.seconds {
            members.append(.init("estimated_duration_seconds", .number(Script.Scene.plain(seconds))))
        }
        members.append(.init("beat", .string(scene.beat)))
        members.append(.init("emotional_start", .string(scene.emotionalStart)))
        members.append(.init("emotional_end", .string(scene.emotionalEnd)))
        if !scene.polarity.isEmpty { members.append(.init("emotional_polarity", .string(scene.polarity))) }
        members.append(.init("conflict", .string(scene.conflict)))
        members.append(.init("characters_present", .array(scene.people.map { .string($0) })))
        if let card = scene.card { members.append(.init("board_card_number", .number(String(card)))) }
        return .object(members + scene.extras)
    }

    private static func element(_ element: Script.Element) -> JSON {
        var type = "note"
        var style = ""
        switch element.kind {
        case .action: type = "action"
        case .character: type = "character"
        case .dialogue: type = "dialogue"
        case .parenthetical: type = "parenthetical"
        case .transition: type = "transition"
        case .lyrics: (type, style) = ("dialogue", "lyrics")
        case .centered: (type, style) = ("action", "centered")
        case .section: style = "section"
        case .synopsis: style = "synopsis"
        case .note: style = "note"
        case .boneyard: style = "boneyard"
        case .pageBreak: style = "page_break"
        case .other(let name): type = name
        }
        var members: [JSON.Member] = [.init("element_type", .string(type))]
        let isBare = element.kind == .boneyard || element.kind == .note
        let plain = isBare ? element.text : Markup.spoken(element.text)
        members.append(.init("content", .string(plain)))
        if isBare || Markup.literal(plain) != element.text { members.append(.init("marked", .string(element.text))) }
        if !style.isEmpty { members.append(.init("style", .string(style))) }
        if case .section(let depth) = element.kind { members.append(.init("level", .number(String(depth)))) }
        if element.isDual { members.append(.init("dual", .bool(true))) }
        return .object(members)
    }
}

extension Markup {
    /// Like ``plain(_:)``, line breaks kept.
    static func spoken(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).count == 1
            ? plain(text)
            : runs(of: text).filter { !$0.style.contains(.aside) }.map(\.text).joined()
                .split(separator: "\n", omittingEmptySubsequences: false).map { String($0).trimmingSpacesInside }
                .joined(separator: "\n").trimmingSpaces
    }
}
