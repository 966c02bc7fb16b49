import Film
import Foundation
import Protocol
import Screenplay
import ShotEngine

/// A screenplay on this machine and the project folder it becomes.
struct ScriptProject {
    /// Where the screenplay was read from.
    let source: URL
    let folder: URL
    let script: Script
    let faults: [ScriptFault]
    /// Files of the folder, by name.
    let files: [String: Data]

    static let extensions: Set<String> = ["fountain", "spmd", "txt", "fdx"]
    /// What we wrote last, to know what a person changed since.
    static let recordName = ".breakdown.json"
    private static let bibleName = "sp_step_5b_visual_bible.json"

    /// Whether the path is a screenplay, not a project.
    static func isScript(_ path: String) -> Bool {
        let url = Folders.folder(path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder), !isFolder.boolValue else {
            return false
        }
        return extensions.contains(url.pathExtension.lowercased())
            || url.lastPathComponent.hasPrefix("sp_step_") && url.pathExtension == "json"
    }

    /// Whether the path is a folder with a screenplay and no shot list yet.
    static func isUnbroken(_ path: String) -> Bool {
        let url = Folders.folder(path)
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: url.path),
            !names.contains("shot_list.json")
        else { return false }
        return names.contains { name in
            ["fountain", "fdx"].contains(URL(fileURLWithPath: name).pathExtension.lowercased())
                || name.hasPrefix("sp_step_") && name.hasSuffix("_screenplay.json")
        }
    }

    /// Reads a screenplay: a Fountain, Final Draft or sp_step file, or a folder that holds one.
    /// - Parameter into: the project's folder; when not said the sp_step file's own, or one named like the script, beside it.
    static func open(_ path: String, into: String? = nil) throws(Failure) -> ScriptProject {
        var url = Folders.folder(path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
            throw Failure(
                .badProject, "\(path) is not there; give a .fountain, .fdx or sp_step file, or a folder with one")
        }
        var folder = url
        if isFolder.boolValue {
            url = url.appendingPathComponent(try name(in: url))
        } else if url.pathExtension == "json" {
            folder = url.deletingLastPathComponent()
        } else {
            folder = url.deletingPathExtension()
            if folder.path == url.path { folder = url.appendingPathExtension("film") }
        }
        if let into { folder = Folders.folder(into) }
        let files = FileManager.default.fileExists(atPath: folder.path) ? try ProjectFolder.read(folder) : [:]
        let reading = try read(url)
        guard let script = reading.script else {
            throw Failure(
                .badProject,
                "\(url.path) cannot be read:\n"
                    + reading.faults.map { "  " + Terminal.harmless($0.description) }.joined(separator: "\n"))
        }
        guard !script.scenes.isEmpty else {
            throw Failure(
                .badProject,
                "\(url.path) has no scene: write a heading such as INT. KITCHEN - DAY above each scene"
                    + reading.faults.map { "\n  " + Terminal.harmless($0.description) }.joined())
        }
        return ScriptProject(source: url, folder: folder, script: script, faults: reading.faults, files: files)
    }

    private static func name(in folder: URL) throws(Failure) -> String {
        let files = try ProjectFolder.read(folder)
        if let name = StepFile.name(among: files) { return name }
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        if let name = names.first(where: {
            ["fountain", "fdx"].contains(URL(fileURLWithPath: $0).pathExtension.lowercased())
        }) {
            return name
        }
        throw Failure(
            .badProject, "\(folder.path) holds no screenplay (sp_step_6_screenplay.json, a .fountain or an .fdx file)")
    }

    /// By its ending, else by what it begins with.
    static func read(_ url: URL) throws(Failure) -> ScriptReading {
        let size = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? 0
        guard size <= Fountain.bytesLimit else {
            throw Failure(.badProject, "\(url.path) has \(size) bytes; a screenplay has at most \(Fountain.bytesLimit)")
        }
        guard let data = FileManager.default.contents(atPath: url.path) else {
            throw Failure(.badProject, "\(url.path) cannot be read")
        }
        switch url.pathExtension.lowercased() {
        case "json": return StepFile.read(data)
        case "fdx": return FDX.read(data)
        default: return Fountain.read(data)
        }
    }

    // MARK: breaking down

    struct Made {
        var breakdown: Breakdown
        /// Names of files that were written.
        var written: [String] = []
        /// Whether a shot list that a person changed was left as it is.
        var isKept = false
    }

    func breakdown(format: String?, wordsPerSecond: Double) -> Breakdown {
        var options = Breakdown.Options()
        options.format = format
        options.wordsPerSecond = wordsPerSecond
        var script = script
        if script.title.isEmpty { script.set("Title", Self.title(of: folder)) }
        options.projectID = String(Names.key(script.title).filter { $0.isASCII }.prefix(64))
        if options.projectID.isEmpty { options.projectID = "film" }
        // A bible we derived says what the script says: it decides nothing.
        var files = files
        if isOurs(Self.bibleName) { files[Self.bibleName] = nil }
        return Breakdown(script, bible: FilmProject.bible(files: files).bible, options: options)
    }

    /// A script without a title page is called as its folder: `last-ferry` → `Last Ferry`.
    private static func title(of folder: URL) -> String {
        let words = folder.lastPathComponent.split { $0 == "-" || $0 == "_" || $0 == " " }
        return words.map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined(separator: " ")
    }

    /// Writes the shot list, the screenplay as other tools read it, and a visual bible where there is none. A shot list
    /// that was changed since we wrote it is kept, unless `isForced`.
    func write(_ breakdown: Breakdown, isForced: Bool) throws(Failure) -> Made {
        var made = Made(breakdown: breakdown)
        var new: [(String, Data)] = []
        if StepFile.name(among: files) == nil {
            let step = Data(StepFile.json(script).text.utf8)
            for name in StepFile.names { new.append((name, step)) }
        } else if let name = StepFile.name(among: files), isOurs(name) {
            let step = Data(StepFile.json(script).text.utf8)
            for name in StepFile.names where files[name] != step { new.append((name, step)) }
        }
        if files[Self.bibleName] == nil || isOurs(Self.bibleName), let bible = breakdown.derivedBible(nil) {
            let data = Data(bible.text.utf8)
            if files[Self.bibleName] != data { new.append((Self.bibleName, data)) }
        }
        let list = Data(breakdown.json.text.utf8)
        if files["shot_list.json"] == nil || isForced || isOurs("shot_list.json") {
            if files["shot_list.json"] != list { new.append(("shot_list.json", list)) }
        } else if files["shot_list.json"] != list {
            made.isKept = true
        }
        try save(new)
        made.written = new.map(\.0)
        return made
    }

    private func record() -> [String: String] {
        guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent(Self.recordName).path),
            let json = try? JSON(text: data)
        else { return [:] }
        return (json.members ?? []).reduce(into: [:]) { $0[$1.name] = $1.value.string }
    }

    /// Whether the file is as we wrote it.
    private func isOurs(_ name: String) -> Bool {
        guard let data = files[name] else { return false }
        return record()[name] == Digest(of: data).description
    }

    private func save(_ new: [(String, Data)]) throws(Failure) {
        var record = record()
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            for (name, data) in new {
                try data.write(to: folder.appendingPathComponent(name), options: .atomic)
                record[name] = Digest(of: data).description
            }
            let json = JSON.object(record.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })
            try Data(json.text.utf8).write(to: folder.appendingPathComponent(Self.recordName), options: .atomic)
        } catch {
            throw Failure(.lacking, "\(folder.path) cannot be written: \(error.localizedDescription)")
        }
    }
}
