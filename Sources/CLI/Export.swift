import ArgumentParser
import Film
import Foundation
import Media
import Planning
import Protocol
import Studio

/// The film for editors' programs and on paper.
struct Export: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes the film for editors: OTIO, EDL, FCPXML, captions, tables, boards.",
        discussion: """
            Without any of the formats all that are text are written, into the project's output folder. Takes and sounds \
            that the store of this machine has are linked into the project, so that a program finds them.
            """)

    @OptionGroup var options: ProjectOptions
    @Flag(help: "OpenTimelineIO.") var otio = false
    @Flag(help: "CMX 3600, split after 999 events.") var edl = false
    @Flag(help: "Final Cut Pro XML.") var fcpxml = false
    @Flag(help: "Captions as SubRip.") var srt = false
    @Flag(help: "Captions as WebVTT, with who speaks.") var vtt = false
    @Flag(help: "One time and title for each chapter.") var chapters = false
    @Flag(help: "One row for each shot.") var csv = false
    @Option(help: "A contact sheet (.png) or a storyboard (.pdf).") var board: String?
    @Option(help: "Each shown take at full length for editors: prores or dnxhr.") var mezzanine: String?
    @Option(help: "The folder to write into; the project's output when not said.") var into: String?
    @Option(help: "The store of results: file:///an/absolute/folder.") var store: String?

    private struct Summary: Encodable {
        let version = 1
        let files: [String]
        let shots: Int
        let missing: [String]
        let mezzanineMade: Int
    }

    func run() async throws {
        let opened = try options.open()
        try opened.checkWritable()
        let project = try await opened.ready()
        let kind = try mezzanine.map { word throws(Failure) in
            guard let kind = ClipPlans.Mezzanine(rawValue: word) else {
                throw Failure(.usage, "--mezzanine \(word): write prores or dnxhr")
            }
            return kind
        }
        var folder = try await EditFolder(project, store: store)
        folder.mezzanine = kind
        let made = if let kind { try await folder.makeMezzanine(kind) } else { 0 }
        let files = try write(folder)
        let missing = folder.plan.timeline.clips.map(\.name).filter {
            !FileManager.default.fileExists(atPath: project.url.appendingPathComponent("clips/\($0).mp4").path)
        }
        if options.json {
            Terminal.printJSON(
                Summary(
                    files: files, shots: folder.plan.timeline.clips.count, missing: missing, mezzanineMade: made))
        } else {
            for file in files { print(file) }
            if !missing.isEmpty {
                Terminal.error(
                    "\(missing.count) of \(folder.plan.timeline.clips.count) shots have no clip yet; they are in it as "
                        + "missing media")
            }
        }
    }

    private func write(_ folder: EditFolder) throws(Failure) -> [String] {
        let target = into.map(Folders.folder) ?? folder.project.url.appendingPathComponent("output")
        let isAll = !(otio || edl || fcpxml || srt || vtt || chapters || csv || board != nil || mezzanine != nil)
        var written: [String] = []
        func put(_ text: String, _ ending: String) throws(Failure) {
            let file = target.appendingPathComponent(folder.project.film.id + ending)
            do {
                try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
                try Data(text.utf8).write(to: file, options: .atomic)
            } catch {
                throw Failure(.lacking, "\(file.path) cannot be written: \(error.localizedDescription)")
            }
            written.append(file.path)
        }
        let edit = Self.based(folder.edit, from: target, root: folder.project.url)
        if otio || isAll { try put(edit.otio, ".otio") }
        if edl || isAll {
            for (index, list) in edit.edls.enumerated() { try put(list, index == 0 ? ".edl" : "_\(index + 1).edl") }
        }
        if fcpxml || isAll { try put(folder.edit.fcpxml(root: folder.project.url.absoluteString.withSlash), ".fcpxml") }
        let captions = folder.plan.captions(folder.facts)
        for note in captions.notes { Terminal.error("note: \(note)") }
        if srt || isAll { try put(captions.srt, ".srt") }
        if vtt || isAll {
            try put(captions.vtt { folder.project.film.bible.person($0)?.name ?? "" }, ".vtt")
        }
        if chapters || isAll { try put(edit.chapterList, ".chapters.txt") }
        if csv || isAll { try put(edit.csv, ".csv") }
        if let board { written.append(try draw(board, folder)) }
        return written
    }

    /// Paths as they are seen from where the file lies.
    private static func based(_ edit: Edit, from target: URL, root: URL) -> Edit {
        let (from, to) = (target.standardizedFileURL.pathComponents, root.standardizedFileURL.pathComponents)
        let shared = zip(from, to).prefix { $0 == $1 }.count
        let up = Array(repeating: "..", count: from.count - shared) + to[shared...]
        func based(_ path: String) -> String { (up + [path]).joined(separator: "/") }
        var edit = edit
        for index in edit.events.indices {
            for place in edit.events[index].media.indices {
                edit.events[index].media[place].path = edit.events[index].media[place].path.map(based)
            }
        }
        for index in edit.sounds.indices { edit.sounds[index].path = based(edit.sounds[index].path) }
        return edit
    }

    private func draw(_ path: String, _ folder: EditFolder) throws(Failure) -> String {
        let file = Folders.folder(path)
        let profile = folder.project.profile
        let panels = folder.plan.timeline.clips.map { clip -> Board.Panel in
            let shot = clip.shot
            let still = folder.project.url.appendingPathComponent("stills/\(shot.id).png")
            let seconds = String(format: "%.1f s", profile.fps.seconds(clip.frames))
            return Board.Panel(
                still: FileManager.default.fileExists(atPath: still.path) ? still : nil, name: clip.name,
                facts: [
                    shot.type.rawValue.replacing("_", with: " "), "\(shot.lensMM) mm",
                    shot.movement.rawValue.replacing("_", with: " "), seconds,
                ].joined(separator: " · "), content: shot.content.isEmpty ? shot.videoPrompt : shot.content,
                lines: clip.lines.map {
                    "\(folder.project.film.bible.person($0.speaker)?.name ?? $0.speaker): \($0.text)"
                })
        }
        let aspect = Double(profile.width) / Double(profile.height)
        do throws(StudioError) {
            switch file.pathExtension.lowercased() {
            case "png":
                try Board.sheet(panels, title: folder.project.film.title, aspect: aspect, width: 2_400, output: file)
            case "pdf":
                try Board.storyboard(panels, title: folder.project.film.title, aspect: aspect, output: file)
            default:
                throw .cannotWrite(path: file.path, reason: "a board is a .png (contact sheet) or a .pdf (storyboard)")
            }
        } catch {
            throw Failure(file.pathExtension == "png" || file.pathExtension == "pdf" ? .lacking : .usage, "\(error)")
        }
        return file.path
    }
}

extension String {
    fileprivate var withSlash: String { hasSuffix("/") ? self : self + "/" }
}
