import ArgumentParser
import Film
import Foundation
import Screenplay
import ShotEngine

/// Lint before money.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Checks a shot list before money is spent: frames, speakers, prompts, lines, names, times.",
        discussion: """
            Any shot list, ours or another tool's. --fix mends what has one right answer and keeps the list as it was in \
            shot_list.before_fix.json. Ends with code 3 while errors remain.
            """)

    @Argument(help: "The project's folder.") var project: String
    @Flag(help: "Mends what has one right answer.") var fix = false
    @Option(help: "Words a second that people speak: 2.5 in English.") var speech: Double = 2.5
    @Flag(help: "As JSON.") var json = false

    private struct Entry: Encodable {
        let rule: String
        let weight: String
        let shot: String
        let message: String
        let isFixable: Bool
    }

    private struct Summary: Encodable {
        let version = 1
        let shots: Int
        let scenes: Int
        let seconds: Double
        let shotsWithPeople: Int
        let spokenShots: Int
        let offscreen: Int
        let people: Int
        let places: Int
        let errors: Int
        let warnings: Int
        let fixed: Int
        let findings: [Entry]
    }

    func run() async throws {
        guard (0.5...10).contains(speech) else {
            throw Failure(.usage, "--speech \(speech): words a second, 0.5 to 10")
        }
        let url = Folders.folder(project)
        let files = try ProjectFolder.read(url)
        guard let data = files["shot_list.json"] else {
            throw Failure(.badProject, "\(project) has no shot_list.json; `snowflake breakdown SCREENPLAY` makes one")
        }
        let list: JSON
        do throws(JSONFault) {
            list = try JSON(text: data)
        } catch {
            throw Failure(.badProject, "shot_list.json is not JSON: \(error)")
        }
        let bible = FilmProject.bible(files: files).bible
        let script = StepFile.name(among: files).flatMap { files[$0] }.flatMap { StepFile.read($0).script }
        var lint = ShotLint(list, bible: bible, script: script, wordsPerSecond: speech)
        var fixed = 0
        if fix, lint.fixed != list {
            fixed = lint.findings.count(where: \.isFixable)
            try save(lint.fixed, before: data, in: url)
            lint = ShotLint(lint.fixed, bible: bible, script: script, wordsPerSecond: speech)
        }
        // What reading it as a project finds beside the rules: shapes, ranges, voices.
        let shapes = FilmProject.read(files: files).faults.filter { $0.weight == .error && !fix }
        report(lint, shapes, fixed)
        let errors = lint.findings.count { $0.weight == .error } + shapes.count
        if errors > 0 { throw Failure(.badProject, "") }
    }

    private func save(_ list: JSON, before: Data, in url: URL) throws(Failure) {
        let backup = url.appendingPathComponent("shot_list.before_fix.json")
        do {
            if !FileManager.default.fileExists(atPath: backup.path) { try before.write(to: backup, options: .atomic) }
            try Data(list.text.utf8).write(to: url.appendingPathComponent("shot_list.json"), options: .atomic)
        } catch {
            throw Failure(.lacking, "\(url.path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func report(_ lint: ShotLint, _ shapes: [ProjectFault], _ fixed: Int) {
        let numbers = lint.numbers
        let findings =
            shapes.map {
                Entry(
                    rule: "file", weight: $0.weight.rawValue, shot: "", message: "\($0.path): \($0.message)",
                    isFixable: false)
            }
            + lint.findings.map {
                Entry(
                    rule: $0.rule, weight: $0.weight.rawValue, shot: $0.shot, message: $0.message,
                    isFixable: $0.isFixable)
            }
        let errors = findings.count { $0.weight == "error" }
        if json {
            Terminal.printJSON(
                Summary(
                    shots: numbers.shots, scenes: numbers.scenes, seconds: numbers.seconds,
                    shotsWithPeople: numbers.shotsWithPeople, spokenShots: numbers.lines, offscreen: numbers.offscreen,
                    people: numbers.people, places: numbers.places, errors: errors, warnings: findings.count - errors,
                    fixed: fixed, findings: findings))
            return
        }
        print(
            "\(numbers.scenes) scenes, \(numbers.shots) shots, \(Int(numbers.seconds / 60)) min \(Int(numbers.seconds) % 60) s; "
                + "\(numbers.shotsWithPeople) shots with people, \(numbers.shots - numbers.shotsWithPeople) without; "
                + "\(numbers.lines) spoken, \(numbers.offscreen) of them unseen; \(numbers.people) people, \(numbers.places) places"
        )
        for (rule, title) in Self.titles {
            let mine = findings.filter { $0.rule == rule }
            guard !mine.isEmpty || rule.hasPrefix("AC") else { continue }
            let bad = mine.count { $0.weight == "error" }
            let mark = mine.isEmpty ? "ok" : bad > 0 ? "\(bad) wrong" : "\(mine.count) to look at"
            print("\(rule.padding(toLength: 5, withPad: " ", startingAt: 0)) \(title): \(mark)")
            for entry in mine.prefix(5) {
                print("      \(entry.shot.isEmpty ? "" : entry.shot + ": ")\(Terminal.harmless(entry.message))")
            }
            if mine.count > 5 { print("      … and \(mine.count - 5) more (--json lists all)") }
        }
        if fixed > 0 { print("\(fixed) mended; the list as it was is shot_list.before_fix.json") }
        let open = findings.count(where: \.isFixable)
        if open > 0, !fix { print("\(open) can be mended by --fix") }
    }

    private static let titles: [(String, String)] = [
        ("AC-1", "phrases of motion are whole"), ("AC-2", "who is seen is in frame"),
        ("AC-3", "speakers are known and in frame"),
        ("AC-4", "nothing is said twice"), ("AC-5", "every line once, in order, only spoken words"),
        ("AC-6", "one id for each person and place"), ("AC-8", "speech fits, scenes keep their time"),
        ("list", "the list itself"),
        ("file", "the file"),
    ]
}
