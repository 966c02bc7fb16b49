package import Foundation
package import Protocol

/// A whole project as the rest of the house sees it: read, joined, checked.
///
/// Pure: bytes come in, values and faults go out. What a maker needs is a plain value; what we do not know stays in
/// the files, which are never rewritten here.
package struct FilmProject: Sendable, Equatable {
    package var id: String
    package var title: String
    package var format: String
    package var aspectRatio: String
    package var scenes: [Scene]
    package var bible: Bible
    package var voices: VoiceMap
    package var openingTitle: String
    package var closingLine: String
    /// Who wrote it, as the screenplay says; empty when it does not.
    package var author = ""
    /// In a sentence; empty when nobody wrote one.
    package var logline = ""
    /// Music somebody gave, for the film or a scene.
    package var music = Music()
    /// Another order and other lengths, as somebody edited them; `nil` for the shot list's own.
    package var cut: Cut?
    /// What was chosen among takes.
    package var selection = Selection()

    package var shots: [Shot] { scenes.flatMap(\.shots) }

    /// Files a project is read from, besides those found by content: names are fixed, so that nothing else is opened.
    package static func isRelevant(_ name: String) -> Bool {
        name == ShotListReader.file || name == "voice_map.json" || name == "snowflake.yaml" || name == Music.file
            || name == Cut.file || name == Selection.file
            || (name.hasPrefix("sp_step_") && name.hasSuffix(".json"))
    }

    /// Reads a project from its files, by name.
    /// - Returns: the project, when it can be rendered, and every fault found in any file.
    package static func read(files: [String: Data]) -> (project: FilmProject?, faults: [ProjectFault]) {
        let faults = FieldReader.FaultList()
        guard files[ShotListReader.file] != nil else {
            return (
                nil,
                [
                    ProjectFault(
                        file: ShotListReader.file,
                        "is missing; a project is a folder with a shot list (`shot_list.json`)")
                ]
            )
        }
        func open(_ names: [String], holding member: String? = nil) -> FieldReader? {
            reader(names, holding: member, files, faults)
        }
        if files["sp_step_5b_visual_bible.json"] == nil {
            faults.list.append(
                ProjectFault(
                    .warning, file: "sp_step_5b_visual_bible.json",
                    "is missing; places and people are drawn from the shot list's words"))
        }
        let bible = bible(files, faults)
        let voices = open(["voice_map.json"]).map { VoiceMap($0, bible) } ?? VoiceMap()
        guard let root = open([ShotListReader.file]) else { return (nil, faults.list) }
        let list = ShotListReader(root, bible)
        let title = list.title.isEmpty ? "Untitled" : list.title
        let id = projectID(list.projectID, title: title, root)
        let screenplay = open(screenplayNames(files), holding: "scenes")
        let logline = open(["sp_step_1_logline.json"])
        let titles = Titles(
            marketing: open(["sp_step_9_marketing.json"]), screenplay: screenplay, logline: logline, title: title)
        var project = FilmProject(
            id: id, title: title, format: list.format, aspectRatio: list.aspectRatio,
            scenes: list.scenes.filter { !$0.shots.isEmpty }, bible: bible, voices: voices,
            openingTitle: titles.opening,
            closingLine: titles.closing)
        project.author = screenplay?.text("author") ?? ""
        project.logline =
            [logline?.text("logline"), screenplay?.text("logline")].lazy.compactMap(\.self)
            .first { !$0.isEmpty } ?? ""
        project.music = open([Music.file]).map { Music($0) } ?? Music()
        if let file = open([Cut.file]) { project.cut = Cut(file, shots: Set(project.shots.map(\.id))) }
        if let file = open([Selection.file]) { project.selection = Selection(file.json) }
        let isBroken = faults.list.contains { $0.weight == .error } || project.scenes.isEmpty
        return (isBroken ? nil : project, faults.list)
    }

    /// Everything the files say of looks and people, without a shot list.
    package static func bible(files: [String: Data]) -> (bible: Bible, faults: [ProjectFault]) {
        let faults = FieldReader.FaultList()
        return (bible(files, faults), faults.list)
    }

    private static func bible(_ files: [String: Data], _ faults: FieldReader.FaultList) -> Bible {
        var bible = Bible()
        func open(_ names: [String]) -> FieldReader? { reader(names, holding: nil, files, faults) }
        if let visual = open(["sp_step_5b_visual_bible.json"]) { bible.read(visual: visual) }
        if let hero = open(["sp_step_3_hero.json"]) { bible.read(hero: hero) }
        if let cast = open(["sp_step_3c_full_cast.json", "sp_step_3b_supporting_cast.json"]) { bible.read(cast: cast) }
        if let world = open(["sp_step_3b_world_bible.json"]) { bible.read(world: world) }
        return bible
    }

    /// The first of the files that is there, sound, and holds the member.
    private static func reader(
        _ names: [String], holding member: String?, _ files: [String: Data], _ faults: FieldReader.FaultList
    ) -> FieldReader? {
        for name in names {
            guard let data = files[name], let reader = parse(name, data, faults) else { continue }
            if let member, reader.json[member] == nil { continue }
            return reader
        }
        return nil
    }

    private static func parse(_ name: String, _ data: Data, _ faults: FieldReader.FaultList) -> FieldReader? {
        do throws(JSONFault) {
            let json = try JSON(text: data)
            guard json.members != nil else {
                faults.list.append(ProjectFault(file: name, path: "$", "should hold an object, not \(json.kind)"))
                return nil
            }
            return FieldReader(json: json, file: name, path: "$", faults: faults)
        } catch {
            faults.list.append(ProjectFault(file: name, "is not JSON: \(error)"))
            return nil
        }
    }

    /// An empty id becomes the title in `[a-z0-9_]`; an id that could be a path is refused.
    private static func projectID(_ written: String, title: String, _ root: FieldReader) -> String {
        if written.isEmpty {
            let made = Names.key(title).filter { $0.isASCII }
            return made.isEmpty ? "film" : String(made.prefix(64))
        }
        guard ShotListReader.isID(written) else {
            root.fault(
                "project_id", "is \"\(written.prefix(80))\"; an id has only letters, digits, _ and -, at most 64")
            return "film"
        }
        return written
    }

    /// `formats.md` 2.1: the design's name first, then the reference's, then any.
    private static func screenplayNames(_ files: [String: Data]) -> [String] {
        ["sp_step_6_screenplay.json", "sp_step_8_screenplay.json"]
            + files.keys.filter { $0.hasPrefix("sp_step_") && $0.hasSuffix("_screenplay.json") }.sorted()
    }

    // MARK: the canonical blob

    /// The files themselves in canonical form: what a coordinator plans from.
    package static func blob(files: [String: Data]) -> Data {
        Fields(
            files.filter { isRelevant($0.key) }.mapValues { .text(String(decoding: $0, as: UTF8.self)) }
        ).canonical
    }

    /// The files of a blob; throws ``FieldsError`` when it is none.
    package static func files(blob: Data) throws(FieldsError) -> [String: Data] {
        let fields = try Fields(canonical: blob)
        var files: [String: Data] = [:]
        for name in fields.values.keys { files[name] = Data(try fields.text(name).utf8) }
        return files
    }
}

/// Words of the opening title and the closing card (`formats.md` 3.12, with its fall-backs).
struct Titles {
    let opening: String
    let closing: String

    init(marketing: FieldReader?, screenplay: FieldReader?, logline: FieldReader?, title: String) {
        let sequence = marketing?.text("title_sequence") ?? ""
        let written = screenplay?.text("title") ?? ""
        opening = sequence.isEmpty ? (written.isEmpty ? title : written) : sequence
        let candidates = [
            marketing?.text("poster_tagline"), Self.tagline(in: marketing?.text("one_sheet_concept") ?? ""),
            logline?.text("logline"), screenplay?.text("logline"),
        ]
        closing = candidates.compactMap(\.self).first { !$0.isEmpty } ?? title
    }

    /// The quoted part of a poster concept, when it quotes its tagline.
    private static func tagline(in concept: String) -> String? {
        for (open, close) in [("“", "”"), ("\"", "\""), ("'", "'")] as [(Character, Character)] {
            guard let start = concept.firstIndex(of: open) else { continue }
            let rest = concept[concept.index(after: start)...]
            if let end = rest.firstIndex(of: close), rest.distance(from: rest.startIndex, to: end) > 8 {
                return String(rest[..<end])
            }
        }
        return nil
    }
}
