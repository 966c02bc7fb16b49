import ArgumentParser
import Film
import Foundation
import Screenplay
import ShotEngine

/// From a screenplay to a shot list.
struct BreakdownCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "breakdown",
        abstract: "Breaks a screenplay down into shots: Fountain, Final Draft or sp_step → shot_list.json.",
        discussion: """
            Hero, cast and visual bible of the folder are used where they are; without a visual bible one is derived. A shot \
            list that was changed by hand is kept unless --force. `snowflake check` reports on what was made.
            """)

    @Argument(help: "A .fountain, .fdx or sp_step_*_screenplay.json file, or a folder with one.") var screenplay: String
    @Option(help: "The project's folder; beside the script, named like it, when not said.") var into: String?
    @Option(help: "tiktok, reel, youtube, short_film, feature or series_ep; the script's own when not said.")
    var format: String?
    @Option(help: "Words a second that people speak: 2.5 in English.") var speech: Double = 2.5
    @Flag(help: "Makes a shot list anew that was changed by hand.") var force = false
    @Flag(help: "As JSON.") var json = false

    private struct Summary: Encodable {
        let version = 1
        let folder: String
        let scenes: Int
        let shots: Int
        let seconds: Double
        let people: Int
        let places: Int
        let written: [String]
        let isKept: Bool
        let notes: [String]
    }

    func run() async throws {
        if let format, !Script.formats.contains(format) {
            throw Failure(.usage, "--format \(format): write one of \(Script.formats.joined(separator: ", "))")
        }
        guard (0.5...10).contains(speech) else {
            throw Failure(.usage, "--speech \(speech): words a second, 0.5 to 10")
        }
        let project = try ScriptProject.open(screenplay, into: into)
        let made = try project.write(project.breakdown(format: format, wordsPerSecond: speech), isForced: force)
        let breakdown = made.breakdown
        let notes = project.faults.map(\.description) + breakdown.notes.map(\.description)
        if json {
            Terminal.printJSON(
                Summary(
                    folder: project.folder.path, scenes: breakdown.scenes.count, shots: breakdown.shotsCount,
                    seconds: breakdown.seconds, people: breakdown.cast.people.count,
                    places: Set(breakdown.scenes.map(\.setting)).count, written: made.written, isKept: made.isKept,
                    notes: notes))
            return
        }
        for note in notes { Terminal.error("note: " + Terminal.harmless(note)) }
        if made.isKept {
            Terminal.error(
                "note: shot_list.json was changed by hand and is kept; --force makes it anew")
        }
        print(
            "\(Terminal.harmless(breakdown.title)): \(breakdown.scenes.count) scenes, \(breakdown.shotsCount) shots, "
                + "\(Int(breakdown.seconds / 60)) min \(Int(breakdown.seconds) % 60) s, \(breakdown.cast.people.count) people, "
                + "\(Set(breakdown.scenes.map(\.setting)).count) places → \(project.folder.path)")
    }
}

/// From one form of screenplay to another.
struct Convert: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rewrites a screenplay: Fountain, Final Draft (.fdx) or sp_step (.json), by the names' endings.")

    @Argument(help: "A .fountain, .fdx or .json file.") var from: String
    @Argument(help: "What to write; its ending says the form. An existing file is not overwritten.") var to: String

    func run() async throws {
        let reading = try ScriptProject.read(Folders.folder(from))
        for fault in reading.faults {
            Terminal.error("\(fault.weight.rawValue): \(Terminal.harmless(fault.description))")
        }
        guard let script = reading.script else { throw Failure(.badProject, "\(from) cannot be read as a screenplay") }
        let target = Folders.folder(to)
        guard !FileManager.default.fileExists(atPath: target.path) else {
            throw Failure(.usage, "\(to) is there already; it is not overwritten")
        }
        let text: String
        switch target.pathExtension.lowercased() {
        case "fountain", "spmd", "txt": text = Fountain.text(script)
        case "fdx": text = FDX.text(script)
        case "json": text = StepFile.json(script).text
        default: throw Failure(.usage, "\(to): the name should end in .fountain, .fdx or .json")
        }
        do {
            try Data(text.utf8).write(to: target, options: .atomic)
        } catch {
            throw Failure(.lacking, "\(to) cannot be written: \(error.localizedDescription)")
        }
    }
}
