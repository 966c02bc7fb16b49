import Foundation
import Launching
import Protocol
import Store
import SwiftProtobuf
import SystemPackage
import Transport

/// A cluster on this machine as long as a render needs it: a coordinator and its workers as child processes that talk
/// ZeroMQ like any others. A running coordinator is used instead of starting one.
///
/// Children hold one end of a pipe as their standard input: when this process ends, however it ends, they notice and
/// stop within seconds. A child that dies is started again, a coordinator on its old port; one that keeps dying, or
/// says that this machine lacks something, ends the render with its own words.
actor LocalHouse {
    private let state: URL
    private let store: String?
    private let mediaWorkers: Int
    private let needsServices: Bool
    private let stage: Stage
    /// Children that were killed on purpose: that counts as none of their lives.
    private var killed: Set<String> = []
    private var ownsCluster = false
    private var isStopping = false
    /// By name; our end of the pipe a child holds.
    private var leashes: [String: FileDescriptor] = [:]
    private var children: [(name: String, task: Task<Void, Never>)] = []
    /// Children that are gone for good, with their last words.
    private var failures: [(name: String, words: String)] = []
    private let doom: AsyncStream<Failure>
    nonisolated private let doomInlet: AsyncStream<Failure>.Continuation

    /// What a rehearsal changes about the children.
    struct Stage {
        /// Instead of ours.
        var environment: [String: String]?
        /// How much faster than real services are.
        var hurry = 1.0
        /// Calls one worker makes at once.
        var calls = 4
    }

    /// How long a coordinator of a render that was just stopped may still hold the state folder.
    static let lockPatience = Duration.seconds(10)
    /// A child that ended this often is not started again.
    static let livesLimit = 5

    init(state: URL, store: String?, mediaWorkers: Int, needsServices: Bool, stage: Stage = Stage()) {
        self.needsServices = needsServices
        self.stage = stage
        self.state = state
        self.store = store
        self.mediaWorkers = mediaWorkers
        (doom, doomInlet) = AsyncStream.makeStream()
    }

    private var tokenFile: URL { state.appendingPathComponent("operator.token") }

    /// Runs with a client of the cluster, then lets go of everything that was started.
    func with(_ body: @escaping @Sendable (Client) async throws -> Void) async throws {
        let client = try await connect()
        do {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await body(client) }
                group.addTask { [doom] in
                    for await failure in doom { throw failure }
                    throw CancellationError()  // The work has ended first.
                }
                try await group.next()
                group.cancelAll()
            }
        } catch {
            await client.close()
            await stop()
            throw error
        }
        await client.close()
        await stop()
    }

    private func connect() async throws -> Client {
        let deadline = ContinuousClock.now + Self.lockPatience
        while true {
            if isHeld() {
                if let client = try? await attach() { return client }
            } else {
                startCoordinator()
                return try await waitForCoordinator()
            }
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .lacking,
                    "\(state.path) is in use by a coordinator that does not answer; stop it, or choose another folder "
                        + "with --state")
            }
            // A lock tells nobody when it is free.
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// Whether another process has the state folder.
    private func isHeld() -> Bool {
        do throws(StoreError) {
            _ = try FolderLock(folder: state)
            return false
        } catch .locked {
            return true
        } catch {
            return false  // The coordinator we start will say what is wrong.
        }
    }

    private func token() throws(Failure) -> JoinToken {
        guard let line = try? String(contentsOf: tokenFile, encoding: .utf8), let token = JoinToken(line: line) else {
            throw Failure(.notReachable, "no token yet")
        }
        return token
    }

    private func attach() async throws -> Client {
        let client = try await Client(try token())
        do {
            _ = try await client.ask(patience: .seconds(1)) { $0.info = .init() }
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private func startCoordinator() {
        ownsCluster = true
        unlink(tokenFile.path)
        spawn(name: "coordinator", token: nil) { address in
            let listen = address ?? "tcp://127.0.0.1:*"
            let base = [
                "coordinator", "--listen", listen, "--https", "*", "--advertise", "127.0.0.1", "--state",
                self.state.path,
            ]
            return base + (self.store.map { ["--store", $0] } ?? [])
        }
    }

    private func waitForCoordinator() async throws -> Client {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if let client = try? await attach() { return client }
            if let failure = failures.first {
                await stop()
                throw Failure(.lacking, failure.words)
            }
            // A child that starts announces nothing: it is asked until it answers.
            try await Task.sleep(for: .milliseconds(30))
        }
        await stop()
        throw Failure(
            .lacking, "the coordinator did not start; run `snowflake coordinator --state \(state.path)` to see why")
    }

    /// Starts the workers of a cluster of our own; a cluster that runs has its own.
    func startWorkers() async throws {
        guard ownsCluster else { return }
        let address = try token().address
        let client = try await Client(try token())
        let answer = try await client.ask {
            $0.tokenCreate = .with {
                $0.role = "worker"
                $0.label = "workers of one render"
                $0.address = address
            }
        }
        await client.close()
        let base = state.appendingPathComponent("workers")
        let media = (1...mediaWorkers).map { ("media-\($0)", "media") }
        let calls = stage.calls
        let services = needsServices ? [("api", "api")] : []
        for (name, roles) in [("gpu", "gpu"), ("audio", "audio")] + services + media {
            spawn(name: name, token: answer.token.token) { _ in
                [
                    "worker", "--join", "-", "--name", name, "--roles", roles, "--slots",
                    roles == "api" ? "api=\(calls)" : "\(roles)=1", "--state",
                    base.appendingPathComponent(name).path,
                ]
            }
        }
    }

    // MARK: children

    /// - Parameter arguments: given the address a coordinator had before, when it is started again.
    private func spawn(name: String, token: String?, _ arguments: @escaping @Sendable (String?) -> [String]) {
        // Awaited in `stop`.
        children.append((name, Task { await supervise(name, token, arguments) }))
    }

    private func supervise(_ name: String, _ token: String?, _ arguments: @Sendable (String?) -> [String]) async {
        var address: String?
        var spared = 0
        for life in 1... {
            guard !isStopping else { return }
            let end = await live(name, token, arguments(address))
            guard !isStopping else { return }
            address = (try? self.token())?.address
            let isHopeless = end.code.map { [ExitStatus.lacking, .refusedKey, .usage].contains($0) } ?? false
            if killed.remove(name) != nil {
                spared += 1
                continue
            }
            guard !isHopeless, life - spared < Self.livesLimit else {
                lose(name, end.words)
                return
            }
            Terminal.error("\(name) ended (\(end.words)); it is started again")
        }
    }

    /// Ends a child as a crash would; it is started again. What runs it tells nobody its number: it is the child of ours that has
    /// its name among its arguments.
    func crash(_ name: String) {
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let pid = pid_t(entry), let stat = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
                let parent = stat.split(separator: ")").last?.split(separator: " ").dropFirst().first,
                pid_t(parent) == getpid(), let line = FileManager.default.contents(atPath: "/proc/\(pid)/cmdline"),
                line.split(separator: 0).contains(where: { Array($0) == Array(name.utf8) })
            else { continue }
            killed.insert(name)
            kill(pid, SIGKILL)
        }
    }

    /// Whoever cannot be replaced ends the render; one media worker of several can be spared.
    private func lose(_ name: String, _ words: String) {
        failures.append((name, words))
        let lost = Set(failures.map(\.name))
        let remains = children.contains { $0.name.hasPrefix("media") && !lost.contains($0.name) }
        if name.hasPrefix("media"), remains {
            Terminal.error("\(name): \(words)")
        } else {
            doomInlet.yield(Failure(.lacking, "\(name): \(words)"))
        }
    }

    /// One life of a child, from its start to its end.
    private func live(
        _ name: String, _ token: String?, _ arguments: [String]
    ) async -> (code: ExitStatus?, words: String) {
        let child: LeashedChild
        do { child = try LeashedChild(token: token) } catch { return (nil, "no pipe can be made: \(error)") }
        leashes[name] = child.leash
        defer { if let leash = leashes.removeValue(forKey: name) { try? leash.close() } }
        let hurried = stage.hurry > 1 ? ["--hurry", "\(stage.hurry)"] : []
        let end = await child.live(Self.program, arguments + ["--leash"] + hurried, environment: stage.environment)
        return (end.code.flatMap(ExitStatus.init), end.words)
    }

    static var program: String {
        CommandLine.arguments.first.map { $0.contains("/") ? Folders.folder($0).path : "/proc/self/exe" }
            ?? "/proc/self/exe"
    }

    /// Lets go of the leashes and waits for the children to end.
    private func stop() async {
        isStopping = true
        // Workers first: they say goodbye to a coordinator that still listens.
        for (name, leash) in leashes where name != "coordinator" {
            leashes[name] = nil
            try? leash.close()
        }
        for child in children where child.name != "coordinator" { await child.task.value }
        if let leash = leashes.removeValue(forKey: "coordinator") { try? leash.close() }
        for child in children { await child.task.value }
        children = []
    }
}
