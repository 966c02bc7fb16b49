import ArgumentParser
import Film
import Foundation
import Media
import Objects
import Planning
import Protocol
import Subprocess
import Transport
import Worker

struct ProjectOptions: ParsableArguments {
    @Argument(help: "The project's folder, or a screenplay (.fountain, .fdx).") var project: String
    @Option(help: "animatic, test, or one of snowflake.yaml.") var profile: String?
    @Option(help: "Picture size, like 1920x1080.") var size: String?
    @Option(help: "The most it may cost, in US dollars.") var budget: Double?
    @Option(help: "Your own prices, a YAML file: they go before those of this release.") var prices: String?
    @Flag(help: "Agree to the price without being asked.") var yes = false
    @Flag(help: "For programs.") var json = false

    func open() throws(Failure) -> ProjectFolder {
        try ProjectFolder.open(project, profile: profile, size: size, budget: budget, prices: prices)
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
    @Flag(help: "Compare what the project holds by content, not by size and time stamp.") var verify = false

    func run() async throws {
        let opened = try options.open()
        opened.reportWarnings()
        if let workers, !(1...64).contains(workers) { throw Failure(.usage, "--workers \(workers): 1 to 64") }
        for tool in [Tool.ffmpeg, .ffprobe] where !tool.isInstalled {
            throw Failure(
                .lacking,
                "\(tool.name) is not installed, and every film needs it: apt-get install ffmpeg (or make setup)")
        }
        try opened.checkWritable()
        let project = try await opened.ready()
        try await project.confirmPrice(isAgreed: options.yes, store: store)
        let house = LocalHouse(
            state: state.map(Folders.folder) ?? Folders.state, store: store,
            mediaWorkers: workers ?? ProcessInfo.processInfo.activeProcessorCount,
            needsServices: project.profile.needsServices)
        let storeFolder = try? Folders.depot(store)?.folder.root ?? Folders.store
        let disks = [storeFolder, state.map(Folders.folder) ?? Folders.state, project.url].compactMap(\.self)
        let interrupted = Interruption()
        do {
            try await house.with { client in
                try await interrupted.race {
                    let run = JobRun(client: client, project: project, disks: disks)
                    var (job, tasks) = try await run.submit()
                    if tasks > 0 {
                        try await house.startWorkers()
                        job = try await run.wait(for: job, quiet: options.json)
                    }
                    let outcome = try await run.publish(job, into: project.url, verifies: verify)
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

struct Submit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Hands a project to a running cluster.")

    @OptionGroup var options: ProjectOptions
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "Wait for the end and write the results into the project.") var wait = false

    func run() async throws {
        let opened = try options.open()
        opened.reportWarnings()
        if wait { try opened.checkWritable() }
        let project = try await opened.ready()
        try await project.confirmPrice(isAgreed: options.yes, store: nil)
        let client = try await Client(cluster.token())
        let run = JobRun(client: client, project: project)
        var (job, tasks) = try await run.submit()
        guard wait else {
            if options.json {
                Terminal.printJSON(["job": job, "tasks": "\(tasks)"])
            } else {
                print(job)
            }
            await client.close()
            return
        }
        job = try await run.wait(for: job, quiet: options.json)
        let outcome = try await run.publish(job, into: project.url)
        await client.close()
        try JobRun.conclude(
            outcome, job: job, tasksRun: tasks, project: project.film, fps: project.profile.fps, json: options.json)
    }
}
