import ArgumentParser
import Film
import Foundation
import Launching
import Planning
import Protocol
import Providers
import Rehearsal
import SystemPackage

/// A whole render against services that cost nothing: the same clients, workers, gates and caps.
struct Rehearse: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Renders a project against simulated services: how long, how much, what fails, what a crash costs.",
        discussion: "snowflake rehearse PROJECT --profile bought --speed 60\n"
            + "Nothing is bought, no key is used, and nothing in the project is changed (docs/rehearsal.md).")

    @OptionGroup var options: ProjectOptions
    @Option(help: "How much faster than real the services are.") var speed = 60.0
    @Option(help: "Every trouble follows from it.") var seed: UInt64 = 1
    @Option(help: "Minute of the services' time at which coordinator and api worker are killed; 0 for never.")
    var crash = 40.0
    @Option(help: "Kill them again every so many seconds of real time, to the end.") var crashEvery: Double?
    @Flag(help: "Services do everything right.") var calm = false
    @Option(help: "Tasks at once by service, like veo=5; may be said again.") var concurrency: [String] = []
    @Option(help: "Calls the api worker makes at once.") var calls: Int?
    @Option(help: "Media workers to start.") var workers: Int?
    @Option(help: "Keep everything in this new folder.") var keep: String?

    func run() async throws {
        guard (1...1_000).contains(speed) else { throw Failure(.usage, "--speed \(speed): 1 to 1000") }
        guard crashEvery.map({ $0 >= 1 }) ?? true else { throw Failure(.usage, "--crash-every: 1 second or more") }
        let folder =
            keep.map(Folders.folder)
            ?? FileManager.default.temporaryDirectory.appendingPathComponent("snowflake-rehearsal-\(UUID().uuidString)")
        guard !FileManager.default.fileExists(atPath: folder.path) else {
            throw Failure(.usage, "\(folder.path) is there already; a rehearsal begins in a new folder")
        }
        defer { if keep == nil { try? FileManager.default.removeItem(at: folder) } }
        let project = try await staged(in: folder)
        let interrupted = Interruption()
        let simulator = try await PlayHouse(
            folder: folder.appendingPathComponent("services"), settings: try settings(project))
        do {
            let report = try await play(project, folder, simulator, interrupted)
            await simulator.end()
            if options.json { Terminal.printJSON(report) } else { report.show() }
            guard report.missing.isEmpty else { throw Failure(.missingShots, "") }
        } catch is CancellationError {
            await simulator.end()
            throw Failure(.interrupted, "stopped; nothing was bought")
        } catch {
            await simulator.end()
            throw error
        }
    }

    /// A copy of what the film is made from, asked of services in its own size and worked on in a small one.
    private func staged(in folder: URL) async throws -> ProjectFolder {
        let origin = try options.open()
        let services = Set(origin.profile.namedChoices.map(\.choice).filter { !$0.isLocal }.map(\.backend))
        guard origin.profile.needsServices else {
            throw Failure(
                .usage,
                "the profile \(origin.profile.name) buys nothing: there is nothing to rehearse. Name one with services, like "
                    + "animate: [{backend: kling}] in snowflake.yaml")
        }
        let unknown = services.subtracting(Simulator.services).sorted()
        guard unknown.isEmpty else {
            throw Failure(
                .usage,
                "\(unknown.joined(separator: ", ")) cannot be rehearsed; rehearsals play "
                    + Simulator.services.joined(separator: ", "))
        }
        let copy = folder.appendingPathComponent("project")
        try FileManager.default.createDirectory(at: copy, withIntermediateDirectories: true)
        // Takes that were chosen are of no use here: all of the film is made.
        for (name, data) in origin.files where name != Selection.file && name != Music.file {
            try data.write(to: copy.appendingPathComponent(name))
        }
        var project = try ProjectFolder.open(
            copy.path, profile: options.profile, size: options.size, budget: options.budget, prices: options.prices)
        project.profile = Self.hurried(project.profile, project.film, by: speed)
        return try await project.ready()
    }

    /// The small size only where services are asked for the same; limits a minute are so many more.
    private static func hurried(_ profile: Profile, _ film: FilmProject, by speed: Double) -> Profile {
        var small = profile
        small.source = profile.source ?? Profile.PictureSize(profile.width, profile.height)
        let isWide = profile.width >= profile.height
        small.resize(width: isWide ? 320 : 180, height: isWide ? 180 : 320)
        func price(_ profile: Profile) -> MicroUSD {
            FilmPlan(film, profile).nodes.reduce(.zero) { $0 + $1.spec.priceCeiling }
        }
        var hurried = price(small) == price(profile) ? small : profile
        hurried.gates = profile.gates.mapValues { limits in
            var limits = limits
            limits.perMinute = limits.perMinute.map { Int(Double($0) * speed) }
            limits.perDay = limits.perDay.map { Int(Double($0) * speed) }
            return limits
        }
        return hurried
    }

    private func settings(_ project: ProjectFolder) throws -> Settings {
        var settings = Settings()
        (settings.seed, settings.speed) = (seed, speed)
        settings.rates = calm ? [:] : Settings.usualRates
        settings.prices = project.profile.prices.map(Settings.OwnPrice.init)
        settings.shrink = 4
        for word in concurrency {
            let parts = word.split(separator: "=")
            guard parts.count == 2, Simulator.services.contains(String(parts[0])), let number = Int(parts[1]),
                number > 0
            else {
                throw Failure(.usage, "--concurrency \(word): write a service and a number, like veo=5")
            }
            settings.concurrency[String(parts[0])] = number
        }
        return settings
    }

    // MARK: the play

    /// No key of ours, no address of ours: only those of the simulated services.
    private func environment(_ port: Int, _ folder: URL) -> [String: String] {
        var environment = ProcessInfo.processInfo.environment.filter {
            !Services.isSetting($0.key) || $0.key == "SNOWFLAKE_LOG"
        }
        environment["XDG_CONFIG_HOME"] = folder.appendingPathComponent("config").path
        for service in Simulator.services {
            let stem = "SNOWFLAKE_" + service.uppercased().replacing("-", with: "_")
            environment["\(stem)_URL"] = "http://127.0.0.1:\(port)/\(service)"
            environment["\(stem)_KEY"] = "rehearsal"
        }
        environment["SNOWFLAKE_VEO_PROJECT"] = "rehearsal"
        // They are on this machine, whatever leads to the internet.
        for name in ["no_proxy", "NO_PROXY"] { environment[name] = "127.0.0.1" }
        return environment
    }

    private func play(
        _ project: ProjectFolder, _ folder: URL, _ simulator: PlayHouse, _ interrupted: Interruption
    ) async throws -> RehearsalReport {
        var environment = environment(simulator.port, folder)
        for choice in project.profile.namedChoices.map(\.choice) where !choice.account.isEmpty {
            let stem = "SNOWFLAKE_" + choice.backend.uppercased().replacing("-", with: "_")
            environment["\(stem)_KEY_" + choice.account.uppercased().replacing("-", with: "_")] =
                "\(choice.account)-key"
        }
        let gates = Set(FilmPlan(project.film, project.profile).nodes.compactMap(\.spec.gate))
        let wanted = gates.reduce(0) { $0 + (project.profile.limits(of: $1)?.concurrency ?? 4) }
        let house = LocalHouse(
            state: folder.appendingPathComponent("state"),
            store: "file://" + folder.appendingPathComponent("store").path,
            mediaWorkers: workers ?? ProcessInfo.processInfo.activeProcessorCount, needsServices: true,
            stage: LocalHouse.Stage(environment: environment, hurry: speed, calls: min(64, calls ?? max(4, wanted))))
        let box = ReportBox()
        try await house.with { client in
            try await interrupted.race {
                let run = RehearsalRun(
                    client: client, project: project, house: house, services: simulator.folder, speed: speed,
                    rates: calm ? [:] : Settings.usualRates,
                    began: simulator.began, crashAt: crash > 0 ? crash * 60 : nil, crashEvery: crashEvery,
                    isQuiet: options.json)
                await box.set(try await run.report())
            }
        }
        guard let report = await box.report else { throw CancellationError() }
        return report
    }
}

/// Hands the report out of what runs beside the house.
private actor ReportBox {
    private(set) var report: RehearsalReport?
    func set(_ report: RehearsalReport) { self.report = report }
}

/// The simulated services as a child of ours.
final class PlayHouse: Sendable {
    let folder: URL
    let port: Int
    let began: ContinuousClock.Instant
    private let child: LeashedChild
    private let life: Task<Void, Never>

    init(folder: URL, settings: Settings) async throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try JSONEncoder().encode(settings).write(to: folder.appendingPathComponent("settings.json"))
        let child = try LeashedChild(token: nil)
        self.child = child
        // Ends with its leash.
        life = Task { _ = await child.live(LocalHouse.program, ["simulator", folder.path]) }
        let deadline = ContinuousClock.now + .seconds(20)
        while true {
            let text = try? String(contentsOf: folder.appendingPathComponent("port"), encoding: .utf8)
            if let port = text.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) {
                self.port = port
                began = .now
                return
            }
            guard ContinuousClock.now < deadline else {
                throw Failure(.lacking, "the simulated services did not start")
            }
            // It announces nothing else to us.
            try await Task.sleep(for: .milliseconds(30))
        }
    }

    func end() async {
        try? child.leash.close()
        await life.value
    }
}
