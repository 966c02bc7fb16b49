import ArgumentParser
import Film
import Foundation
import Planning
import Protocol
import Subprocess
import Transport
import Worker

struct ProjectOptions: ParsableArguments {
    @Argument(help: "The project's folder.") var project: String
    @Option(help: "animatic, test, or one of snowflake.yaml.") var profile: String?
    @Option(help: "Picture size, like 1920x1080.") var size: String?
    @Flag(help: "For programs.") var json = false

    func open() throws(Failure) -> ProjectFolder {
        try ProjectFolder.open(project, profile: profile, size: size)
    }
}

/// The voices of this machine, for casting.
enum LocalVoices {
    static func find() async -> [AvailableVoice] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("snowflake-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        return await SoundMaker(folder: folder).voices
    }
}

struct Render: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Renders a project on this machine, whole film.")

    @OptionGroup var options: ProjectOptions
    @Option(help: "Media workers to start; one per core when not said.") var workers: Int?
    @Option(help: "The coordinator's own folder.") var state: String?
    @Option(help: "The store of results: file:///an/absolute/folder.") var store: String?

    func run() async throws {
        let opened = try options.open()
        opened.reportWarnings()
        if let workers, !(1...64).contains(workers) { throw Failure(.usage, "--workers \(workers): 1 to 64") }
        let needsCast = opened.film.shots.contains { !$0.lines.isEmpty }
        let project = needsCast ? try opened.casting(await LocalVoices.find()) : opened
        let house = LocalHouse(
            state: state.map(Folders.folder) ?? Folders.state, store: store,
            mediaWorkers: workers ?? ProcessInfo.processInfo.activeProcessorCount)
        let interrupted = Interruption()
        do {
            try await house.with { client in
                try await interrupted.race {
                    let run = JobRun(client: client, project: project)
                    let (job, tasks) = try await run.submit()
                    if tasks > 0 {
                        try await house.startWorkers()
                        _ = try await run.wait(for: job, quiet: options.json)
                    }
                    let outcome = try await run.publish(job, into: project.url)
                    try JobRun.conclude(
                        outcome, job: job, tasksRun: tasks, project: project.film, fps: project.profile.fps,
                        json: options.json)
                }
            }
        } catch is CancellationError {
            throw Failure(.interrupted, "stopped; what was made is kept, and the next render goes on from there")
        }
    }
}

/// Ctrl-C ends what is raced against it.
struct Interruption {
    private let stream: AsyncStream<Void>
    private let signals: StopSignals

    init() {
        let (stream, continuation) = AsyncStream<Void>.makeStream()
        self.stream = stream
        signals = StopSignals(leash: false) { count in
            continuation.yield()
            if count > 1 { Foundation.exit(ExitStatus.interrupted.rawValue) }
        }
    }

    /// Throws `CancellationError` when a signal comes first.
    func race(_ work: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await work() }
            group.addTask { [stream] in
                for await _ in stream { throw CancellationError() }
            }
            try await group.next()
            group.cancelAll()
        }
    }
}

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows what a render would do; runs and spends nothing.")

    @OptionGroup var options: ProjectOptions

    struct Summary: Encodable {
        struct Kind: Encodable {
            let kind: String
            let tasks: Int
            let seconds: Double
        }

        let version = 1
        let project: String
        let profile: String
        let shots: Int
        let scenes: Int
        let frames: Int
        let filmSeconds: Double
        let tasks: Int
        let priceUSD: String
        let kinds: [Kind]
        let notes: [String]
        let warnings: [String]
        let filmKey: String
        let readingMilliseconds: Double
        let planningMilliseconds: Double
    }

    func run() async throws {
        let started = ContinuousClock.now
        let project = try options.open()
        let read = ContinuousClock.now
        let plan = FilmPlan(project.film, project.profile)
        let planned = ContinuousClock.now
        var kinds: [TaskKind: (count: Int, work: Int64)] = [:]
        var seen: Set<TaskKey> = []
        var price = MicroUSD.zero
        for node in plan.nodes where seen.insert(node.spec.key).inserted {
            let old = kinds[node.spec.kind] ?? (0, 0)
            kinds[node.spec.kind] = (old.count + 1, old.work + node.spec.expected.milliseconds)
            price = price + node.spec.priceCeiling
        }
        let summary = Summary(
            project: plan.film.id, profile: plan.profile.name, shots: plan.film.shots.count,
            scenes: plan.film.scenes.count,
            frames: plan.timeline.frames, filmSeconds: Double(plan.timeline.frames) / Double(plan.profile.fps),
            tasks: seen.count, priceUSD: "\(price)",
            kinds: kinds.sorted { $0.key < $1.key }.map {
                Summary.Kind(kind: $0.key.rawValue, tasks: $0.value.count, seconds: Double($0.value.work) / 1_000)
            }, notes: plan.notes, warnings: project.faults.map(\.description),
            filmKey: plan.node("film")?.spec.key.hex ?? "", readingMilliseconds: Self.milliseconds(read - started),
            planningMilliseconds: Self.milliseconds(planned - read))
        guard !options.json else {
            Terminal.printJSON(summary)
            return
        }
        print(
            "\(plan.film.title): \(summary.shots) shots in \(summary.scenes) scenes, \(JobRun.clock(summary.filmSeconds)) (\(summary.frames) frames)"
        )
        print(
            "profile \(plan.profile.name): \(plan.profile.width)×\(plan.profile.height), \(plan.profile.fps) fps; price \(price) USD"
        )
        for kind in summary.kinds {
            print(
                "  \(kind.kind): \(kind.tasks) tasks, about \(Span.milliseconds(Int64(kind.seconds * 1_000))) of work")
        }
        project.reportWarnings()
        for note in plan.notes { Terminal.error("note: \(note)") }
    }
}

extension Plan {
    /// With one decimal.
    static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return (Double(seconds) * 1e4 + Double(attoseconds) / 1e14).rounded() / 10
    }
}

struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Hands a project to a running cluster.")

    @OptionGroup var options: ProjectOptions
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "Wait for the end and write the results into the project.") var wait = false

    func run() async throws {
        let opened = try options.open()
        opened.reportWarnings()
        let project =
            opened.film.shots.contains { !$0.lines.isEmpty } ? try opened.casting(await LocalVoices.find()) : opened
        let client = try await Client(cluster.token())
        let run = JobRun(client: client, project: project)
        let (job, tasks) = try await run.submit()
        guard wait else {
            print(job)
            await client.close()
            return
        }
        _ = try await run.wait(for: job, quiet: options.json)
        let outcome = try await run.publish(job, into: project.url)
        await client.close()
        try JobRun.conclude(
            outcome, job: job, tasksRun: tasks, project: project.film, fps: project.profile.fps, json: options.json)
    }
}
