import ArgumentParser
import Foundation
import HTTP
import Logging
import Media
import Objects
import Protocol
import Providers
import Store
import Transport
import Worker

struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Lends this machine to a cluster until it is stopped.")

    @Option(help: "The token: itself, @FILE, or - for standard input.")
    var join: String

    @Option(help: "What this worker does: gpu, api, audio, media, separated by commas. Default: what fits the machine.")
    var roles = ""

    @Option(help: "Slots per role: media=2,gpu=1. One each where nothing is said.")
    var slots = ""

    @Option(
        help:
            "Profiles by which a worker without --roles and --slots chooses. Default: worker.yaml in the config folder."
    )
    var profiles: String?

    @Option(help: "A name for people.")
    var name: String?

    @Option(help: "The worker's own folder. Default: below the state folder, one per worker on this machine.")
    var state: String?

    @Option(help: "Gigabytes kept here of a store that is elsewhere.")
    var cache = 20

    @Option(help: .hidden)
    var launch = ""

    /// Where a launcher's workers have their folders: each takes the next free one, and delivers what the last one left.
    @Option(help: .hidden)
    var states: String?

    @Flag(help: "Do empty work only, of the time it is expected to take, for load tests.")
    var synthetic = false

    @Option(help: "How much faster than expected synthetic work goes.")
    var speed = 1.0

    @Flag(help: .hidden)
    var leash = false

    /// Simulated services are so many times faster.
    @Option(help: .hidden)
    var hurry = 1.0

    func run() async throws {
        let token = try ClusterOptions.read(join)
        guard (0.01...1_000).contains(speed) else { throw Failure(.usage, "--speed \(speed): 0.01 to 1000") }
        var counts = try slotCounts()
        let own = try counts.isEmpty ? ownProfiles() : []
        let (folder, lock) = try lockFolder()
        var facts = synthetic ? [:] : await lookAround(folder)
        if counts.isEmpty {
            let profile = MachineProfile.first(of: own, facts: facts)
            counts = profile.slots
            facts["profile"] = profile.name
        }
        let outbox: OutboxStore
        do { outbox = try OutboxStore(folder: folder) } catch { throw Failure(.lacking, "\(error)") }
        let makers = try await makers(counts, folder)
        var generator = SystemRandomNumberGenerator()
        let instance = InstanceID.random("i-", using: &generator)
        let link = DealerSocket()
        do { try await link.connect(with: token, as: instance) } catch { throw Failure(.notReachable, "\(error)") }
        let roleNames = counts.keys.sorted().map(\.rawValue).joined(separator: "+")
        guard (1...100_000).contains(cache) else { throw Failure(.usage, "--cache \(cache): 1 to 100000 gigabytes") }
        var settings = Worker.Settings(
            name: name ?? "\(ProcessInfo.processInfo.hostName) \(roleNames)", slots: counts, folder: folder,
            address: token.address, productVersion: Snowflake.productVersion)
        settings.cacheBytes = Int64(cache) << 30
        settings.environment = ProcessInfo.processInfo.environment
        settings.launch = launch
        if !launch.isEmpty { settings.orphanAfter = .seconds(900) }
        settings.facts = facts
        settings.lines = Snowflake.lines
        Snowflake.lines.begin()
        do {
            let id = try outbox.workerID {
                var generator = SystemRandomNumberGenerator()
                return WorkerID.random("w-", using: &generator)
            }
            let worker = try Worker(
                settings: settings, id: id, instance: instance, outbox: outbox, link: link, makers: makers)
            let stop = StopSignals(leash: leash) { count in
                worker.drain(reason: "stopped")
                if count > 1 { Foundation.exit(ExitStatus.interrupted.rawValue) }
            }
            defer { stop.cancel() }
            try await worker.run()
        } catch let error as WorkerError {
            let code: ExitStatus =
                switch error {
                case .keyRefused, .refused: .refusedKey
                case .store: .lacking
                }
            throw Failure(code, "\(error)")
        } catch let error as StoreError {
            throw Failure(.lacking, "\(error)")
        }
        withExtendedLifetime(lock) {}
    }

    private func lookAround(_ folder: URL) async -> [String: String] {
        let environment = ProcessInfo.processInfo.environment
        var facts = await MachineProbe.look(folder: folder, environment: environment, client: HTTPClient())
        facts["keys"] = Keys.clients().map {
            $0.account.isEmpty ? $0.service.backend : "\($0.service.backend)@\($0.account)"
        }
        .joined(separator: " ")
        return facts
    }

    /// The user's profiles: of the file named, else of the one in the config folder, where there is one.
    private func ownProfiles() throws(Failure) -> [MachineProfile] {
        let file = profiles.map(Folders.folder) ?? Folders.configFolder.appendingPathComponent("worker.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            guard profiles == nil else { throw Failure(.usage, "--profiles \(file.path): the file cannot be read") }
            return []
        }
        do throws(MachineProfileError) {
            return try MachineProfile.read(text, file: file.path)
        } catch {
            throw Failure(.usage, "\(error)")
        }
    }

    /// Empty when nothing is asked for.
    private func slotCounts() throws(Failure) -> [Role: Int] {
        var counts: [Role: Int] = [:]
        for word in roles.split(separator: ",") {
            guard let role = Role(rawValue: String(word)) else {
                throw Failure(
                    .usage,
                    "--roles: there is no role \"\(word)\"; roles are \(Role.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            counts[role] = 1
        }
        for pair in slots.split(separator: ",") {
            let parts = pair.split(separator: "=")
            guard parts.count == 2, let role = Role(rawValue: String(parts[0])), let count = Int(parts[1]),
                (0...256).contains(count)
            else {
                throw Failure(.usage, "--slots \(pair): write role=count, like media=2, with 0 to 256")
            }
            counts[role] = count
        }
        return counts
    }

    /// The first of this machine's worker folders that nobody holds.
    private func lockFolder() throws(Failure) -> (URL, FolderLock) {
        if let state {
            let folder = Folders.folder(state)
            do throws(StoreError) { return (folder, try FolderLock(folder: folder)) } catch {
                throw Failure(.lacking, "\(error)")
            }
        }
        let base = states.map(Folders.folder) ?? Folders.state.appendingPathComponent("workers")
        for number in 1...256 {
            let folder = base.appendingPathComponent("\(number)")
            do throws(StoreError) {
                return (folder, try FolderLock(folder: folder))
            } catch .locked {
                continue
            } catch {
                throw Failure(.lacking, "\(error)")
            }
        }
        throw Failure(.lacking, "256 workers run on this machine already; name a folder with --state")
    }

    /// The user's programs that say they can work here.
    private func programs(_ counts: [Role: Int], _ folder: URL) async throws(Failure) -> [ProgramMaker] {
        var able: [ProgramMaker] = []
        for maker in try Keys.programs()
        where maker.capabilities.values.contains(where: { counts[$0] != nil }) {
            do throws(WorkFault) {
                try await maker.check(in: folder)
                able.append(maker)
            } catch {
                Terminal.error("this worker does not use the program \(maker.program.name): \(error.message)")
            }
        }
        return able
    }

    /// What this machine can really do; what it lacks is said, and not announced.
    private func makers(_ counts: [Role: Int], _ folder: URL) async throws(Failure) -> [any Maker] {
        guard !synthetic else { return [SyntheticMaker(role: counts.keys.sorted().first ?? .media, speed: speed)] }
        // What a command cannot write is no proof of what this machine lacks.
        let full = Failure(
            .lacking, "the disk of \(folder.path) is full: what this machine can do cannot be tried; free some space")
        var makers: [any Maker] = []
        let proof = folder.appendingPathComponent("proof")
        try? FileManager.default.createDirectory(at: proof, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: proof) }
        guard DiskRoom.isThere(in: folder) else { throw full }
        let needsFFmpeg = counts.keys.contains { $0 != .api }
        guard !needsFFmpeg || (Tool.ffmpeg.isInstalled && Tool.ffprobe.isInstalled) else {
            throw Failure(.lacking, "ffmpeg is not installed; every keyless maker needs it: apt-get install ffmpeg")
        }
        if counts[.gpu] != nil { makers.append(StudioMaker()) }
        let answers = folder.appendingPathComponent("answers")
        makers += Keys.clients().map { ServiceMaker($0, folder: answers, hurry: max(1, hurry)) }
            .filter { maker in maker.capabilities.values.contains { counts[$0] != nil } }
        makers += try await programs(counts, proof)
        if makers.isEmpty, counts.count == 1, counts[.api] != nil {
            Terminal.error("no service's key is configured here: this worker makes no calls")
        }
        if counts[.audio] != nil {
            let sound = await SoundMaker(folder: proof)
            if sound.voices.isEmpty { Terminal.error("no speech engine is installed: this worker speaks no lines") }
            makers.append(sound)
        }
        if counts[.media] != nil {
            do {
                try await MediaMaker.prove(in: proof)
                makers.append(MediaMaker())
            } catch {
                guard counts.count > 1 else { throw Failure(.lacking, "no media work can be done here: \(error)") }
                Terminal.error("this worker does no media work: \(error)")
            }
        }
        guard DiskRoom.isThere(in: folder) else { throw full }
        return makers
    }
}
