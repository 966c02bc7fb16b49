import ArgumentParser
import Dashboard
import Foundation
import Protocol
import SwiftProtobuf

/// A view as a table, as JSON, once or as it changes.
struct LookOptions: ParsableArguments {
    @Option(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false
    @Flag(help: "Again whenever something changes, until stopped.") var watch = false

    func show(_ view: ViewKind) async throws {
        let client = try await Client(cluster.token())
        let watching = Watching(client: client)
        var model = try await watching.snapshot()
        try show(view, model)
        while watch, Terminal.isRead {
            let answer = try await watching.next(after: model, wait: .seconds(1))
            guard answer.sequence != model.sequence || answer.snapshot else { continue }
            if !model.take(answer) { model = try await watching.snapshot() }
            // Changes come ten times a second; a reader of tables needs no more than one.
            try await Task.sleep(for: .seconds(1))
            try show(view, model)
        }
        await client.close()
    }

    private func show(_ view: ViewKind, _ model: LiveModel) throws {
        guard job.isEmpty || model.jobs[job] != nil else {
            throw Failure(
                .usage, "there is no job \(job) among those that run or ended last; `snowflake jobs` lists them")
        }
        let id = job.isEmpty ? model.orderedJobs.first?.row.job ?? "" : job
        guard !json else {
            print(Tables.json(view, model, job: id))
            return
        }
        let lines = Tables.text(view, model, job: id)
        if watch, isatty(1) == 1 { print("\u{1B}[H\u{1B}[2J", terminator: "") }
        print(lines.joined(separator: "\n"))
        if watch { fflush(nil) }
    }
}

struct Tasks: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists a job's tasks.")
    @OptionGroup var options: LookOptions
    func run() async throws { try await options.show(.tasks) }
}

struct Shots: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists a job's shots, and how far each is.")
    @OptionGroup var options: LookOptions
    func run() async throws { try await options.show(.film) }
}

struct Workers: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists workers: slots, speed, load, cache, blocks.")
    @OptionGroup var options: LookOptions
    func run() async throws { try await options.show(.workers) }
}

struct Jobs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lists jobs that run, and those that ended last.")
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let model = try await Watching(client: client).snapshot()
        await client.close()
        guard !json else {
            print(Tables.json(.overview, model, job: ""))
            return
        }
        if model.jobs.isEmpty { print("no jobs") }
        for job in model.orderedJobs {
            print("\(CellText.pieces(job.row.name).map(\.text).joined())  \(PlainTable.line(model, job: job))")
        }
    }
}

struct Events: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what happened, and what happens.",
        discussion: """
            With --json each line is one change: {"version":1,"sequence":…,"type":"task","row":{…}}; types are job, task, \
            worker, gate, total, entry and event. The rows are those of `tasks --json` and its like.
            """)
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "Go on as things happen.") var follow = false
    @Flag(help: "For programs: every change, a line each (NDJSON).") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let watching = Watching(client: client)
        var model = LiveModel()
        var isWhole = false
        repeat {
            let answer: WatchAnswer
            do {
                answer = try await watching.next(after: model, wait: .seconds(1))
            } catch let failure as Failure where failure.code == .notReachable && isWhole {
                Terminal.error("no word from the coordinator; trying on")
                continue
            }
            guard model.take(answer) else {
                if json { print("{\"version\":1,\"type\":\"begin\"}") }
                continue
            }
            json ? printAll(answer) : printEvents(answer, model)
            fflush(nil)
            isWhole = model.nextPart == 0 && model.sequence > 0
        } while (follow || !isWhole) && Terminal.isRead
        await client.close()
    }

    private func printEvents(_ answer: WatchAnswer, _ model: LiveModel) {
        for event in answer.events {
            let who = [event.task, model.workers[event.worker]?.name ?? event.worker, event.job].filter { !$0.isEmpty }
            let text = [Words.clock(event.atMilliseconds), who.joined(separator: " "), event.text].joined(
                separator: "  ")
            print(CellText.pieces(text).map(\.text).joined())
        }
    }

    private func printAll(_ answer: WatchAnswer) { for line in ChangeLines.text(answer) { print(line) } }
}

struct Logs: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows log lines of a worker, a shot or a task; they are kept after their worker is gone.")
    @Argument(help: "A worker's id or name, a shot (s001_003) or a task (s001_003/animate); all when not said.")
    var subject = ""
    @Option(help: "How many of the newest lines.") var last: UInt32 = 200
    @Flag(help: "Go on as lines come.") var follow = false
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs, a line each.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        var after: UInt64 = 0
        repeat {
            let lines = try await client.ask { body in
                body.logs = .with {
                    $0.subject = subject
                    $0.after = after
                    $0.last = after == 0 ? last : 5_000
                }
            }.logs.lines
            for line in lines { print(json ? RowJSON.text(line) : LogWords.text(line)) }
            fflush(nil)
            after = max(after, lines.last?.number ?? 0)
            if lines.isEmpty, after == 0, !follow {
                Terminal.error("no lines of \(subject.isEmpty ? "any worker" : subject)")
            }
            // Lines come with the workers' beats: about one a second.
            if follow { try await Task.sleep(for: .milliseconds(500)) }
        } while follow && Terminal.isRead
        await client.close()
    }
}

enum LogWords {
    static func text(_ line: LogLine) -> String {
        let words = [Words.clock(line.atMilliseconds), line.worker, line.level, line.task, line.text].filter {
            !$0.isEmpty
        }
        return CellText.pieces(words.joined(separator: "  ")).map(\.text).joined()
    }
}
