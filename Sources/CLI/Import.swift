import ArgumentParser
import Film
import Foundation
import Planning
import Protocol

/// An edit that was made elsewhere becomes the film's cut: order, trims and joins. Shown first, written when agreed.
struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Takes an edit made elsewhere (.otio or .edl) as the film's new cut, after showing what changes.",
        discussion: """
            The cut is written into the project as cut.json; remove that file to go back to the shot list's own order. \
            Only what the cut needs is made again: clips that are long enough stay as they are.
            """)

    @OptionGroup var options: ProjectOptions
    @Argument(help: "The edit: .otio or .edl.") var file: String
    @Option(help: "The store of results: file:///an/absolute/folder.") var store: String?
    @Flag(help: "Show what would change, and write nothing.") var dryRun = false

    private struct Summary: Encodable {
        let version = 1
        let changes: [String]
        let notes: [String]
        let tasks: Int
        let clipsToMake: [String]
        let priceUSD: String
        let written: Bool
    }

    func run() async throws {
        let opened = try options.open()
        try opened.checkWritable()
        let project = try await opened.ready()
        let reading = try read(project)
        let plan = FilmPlan(project.film, project.profile)
        let changes = plan.cut.changes(to: reading.cut)
        var next = project
        next.take(reading.cut)
        let nextPlan = FilmPlan(next.film, project.profile)
        let held = try await ProjectFolder.held(of: nextPlan, in: store)
        let toMake = nextPlan.toMake { held.contains($0) }
        let clips = toMake.filter { $0.spec.kind == .animate }.map { String($0.name.prefix { $0 != "/" }) }
        let price = toMake.reduce(MicroUSD.zero) { $0 + $1.spec.priceCeiling }
        let isWritten = try decide(project, reading, changes, tasks: toMake.count, clips: clips, price: price)
        if options.json {
            Terminal.printJSON(
                Summary(
                    changes: changes, notes: reading.notes, tasks: toMake.count, clipsToMake: clips,
                    priceUSD: "\(price)",
                    written: isWritten))
        }
    }

    private func read(_ project: ProjectFolder) throws(Failure) -> CutReader.Reading {
        let url = Folders.folder(file)
        let size = (try? FileManager.default.attributesOfItem(atPath: url.path)[.size] as? Int) ?? nil
        guard let size, let data = try? Data(contentsOf: url) else {
            throw Failure(.usage, "\(file) cannot be read")
        }
        guard size <= ProjectFolder.fileLimitBytes else { throw Failure(.usage, "\(file) is \(size) bytes large") }
        let reader = CutReader(shots: Set(project.film.shots.map(\.id)), fps: project.profile.fps)
        do throws(CutFault) {
            switch url.pathExtension.lowercased() {
            case "otio": return try reader.otio([UInt8](data))
            case "edl": return try reader.edl(String(decoding: data, as: UTF8.self))
            default: throw CutFault(file, "is neither .otio nor .edl")
            }
        } catch {
            throw Failure(.badProject, "\(url.lastPathComponent), \(Terminal.harmless("\(error)"))")
        }
    }

    /// Shows what changes and asks; true when it was written.
    private func decide(
        _ project: ProjectFolder, _ reading: CutReader.Reading, _ changes: [String], tasks: Int, clips: [String],
        price: MicroUSD
    ) throws(Failure) -> Bool {
        let say = options.json ? { _ in } : { (text: String) in print(text) }
        for note in reading.notes { Terminal.error("note: \(Terminal.harmless(note))") }
        guard !changes.isEmpty else {
            say("nothing changes")
            return false
        }
        for change in changes { say(change) }
        say(
            "\(tasks) tasks will run"
                + (clips.isEmpty ? "; no clip is made again" : "; clips made again: \(clips.joined(separator: ", "))")
                + (price > .zero ? "; up to \(price) USD" : ""))
        if dryRun { return false }
        if !options.yes {
            guard isatty(0) == 1 else {
                throw Failure(.usage, "say --yes to take the cut, or --dry-run to see it only")
            }
            Terminal.raw("Take this cut? [y/N] ")
            guard ["y", "yes"].contains((readLine() ?? "").lowercased()) else {
                throw Failure(.interrupted, "nothing was changed")
            }
        }
        let target = project.url.appendingPathComponent(Cut.file)
        do {
            try Data(reading.cut.text.utf8).write(to: target, options: .atomic)
        } catch {
            throw Failure(.lacking, "\(target.path) cannot be written: \(error.localizedDescription)")
        }
        say("written: \(target.path); `snowflake render` makes the film of it")
        return true
    }
}
