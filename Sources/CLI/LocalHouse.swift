import Foundation
import Protocol
import Store
import Subprocess
import SwiftProtobuf
import SystemPackage
import Transport

/// A cluster on this machine as long as a render needs it: a coordinator and its workers as child processes that talk
/// ZeroMQ like any others. A running coordinator is used instead of starting one.
///
/// Children hold one end of a pipe as their standard input: when this process ends, however it ends, they notice and
/// stop within seconds.
actor LocalHouse {
    private let state: URL
    private let store: String?
    private let mediaWorkers: Int
    private var ownsCluster = false
    private var leashes: [FileDescriptor] = []
    private var children: [Task<Void, any Error>] = []
    private var failures: [String] = []

    /// How long a coordinator of a render that was just stopped may still hold the state folder.
    static let lockPatience = Duration.seconds(10)

    init(state: URL, store: String?, mediaWorkers: Int) {
        self.state = state
        self.store = store
        self.mediaWorkers = mediaWorkers
    }

    private var tokenFile: URL { state.appendingPathComponent("operator.token") }

    /// Runs with a client of the cluster, then lets go of everything that was started.
    func with(_ body: @Sendable (Client) async throws -> Void) async throws {
        let client = try await connect()
        do {
            try await body(client)
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
                try start()
                return try await waitForCoordinator()
            }
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .lacking,
                    "\(state.path) is in use by a coordinator that does not answer; stop it, or choose another folder with --state"
                )
            }
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

    private func attach() async throws -> Client {
        guard let line = try? String(contentsOf: tokenFile, encoding: .utf8), let token = JoinToken(line: line) else {
            throw Failure(.notReachable, "no token yet")
        }
        let client = try await Client(token)
        do {
            _ = try await client.ask(patience: .seconds(1)) { $0.info = .init() }
        } catch {
            await client.close()
            throw error
        }
        return client
    }

    private func start() throws(Failure) {
        ownsCluster = true
        unlink(tokenFile.path)
        var arguments = [
            "coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state", state.path,
        ]
        if let store { arguments += ["--store", store] }
        try spawn(arguments, name: "coordinator", token: nil)
    }

    private func waitForCoordinator() async throws -> Client {
        let deadline = ContinuousClock.now + .seconds(20)
        while ContinuousClock.now < deadline {
            if let client = try? await attach() { return client }
            if let failure = failures.first { throw Failure(.lacking, failure) }
            try await Task.sleep(for: .milliseconds(30))
        }
        throw Failure(
            .lacking, "the coordinator did not start; run `snowflake coordinator --state \(state.path)` to see why")
    }

    /// Starts the workers of a cluster of our own; a cluster that runs has its own.
    func startWorkers() async throws {
        guard ownsCluster else { return }
        guard let line = try? String(contentsOf: tokenFile, encoding: .utf8), let token = JoinToken(line: line) else {
            return
        }
        let client = try await Client(token)
        let answer = try await client.ask {
            $0.tokenCreate = .with {
                $0.role = "worker"
                $0.label = "workers of one render"
                $0.address = token.address
            }
        }
        await client.close()
        let base = state.appendingPathComponent("workers")
        for (name, arguments) in [("gpu", ["--roles", "gpu"]), ("audio", ["--roles", "audio"])] {
            try spawn(
                ["worker", "--join", "-", "--name", name, "--state", base.appendingPathComponent(name).path]
                    + arguments,
                name: name, token: answer.token.token)
        }
        for number in 1...mediaWorkers {
            let name = "media-\(number)"
            try spawn(
                [
                    "worker", "--join", "-", "--name", name, "--roles", "media", "--state",
                    base.appendingPathComponent(name).path,
                ],
                name: name, token: answer.token.token)
        }
    }

    private func spawn(_ arguments: [String], name: String, token: String?) throws(Failure) {
        let ends: (readEnd: FileDescriptor, writeEnd: FileDescriptor)
        do {
            ends = try FileDescriptor.pipe()
        } catch {
            throw Failure(.lacking, "no pipe can be made: \(error)")
        }
        // Our end must not be inherited by the other children, or they would keep each other alive.
        _ = fcntl(ends.writeEnd.rawValue, F_SETFD, FD_CLOEXEC)
        if let token { _ = try? ends.writeEnd.writeAll(Array((token + "\n").utf8)) }
        leashes.append(ends.writeEnd)
        let program =
            CommandLine.arguments.first.map { $0.contains("/") ? Folders.folder($0).path : "/proc/self/exe" }
            ?? "/proc/self/exe"
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(4))]
        // Their own group: ctrl-C is for us, and we tell them.
        options.processGroupID = 0
        // Awaited in `stop`.
        children.append(
            Task { [options] in
                let result = try await Subprocess.run(
                    .path(FilePath(program)), arguments: Arguments(arguments + ["--leash"]), platformOptions: options,
                    input: .fileDescriptor(ends.readEnd, closeAfterSpawningProcess: true), output: .discarded,
                    error: .string(limit: 1 << 20))
                if case .exited(0) = result.terminationStatus { return }
                self.note(failure: result.standardError, of: name)
            })
    }

    private func note(failure: String, of name: String) {
        let words = failure.split(separator: "\n").last { $0.hasPrefix("snowflake:") }.map { String($0.dropFirst(11)) }
        failures.append(words ?? "\(name) ended unexpectedly: \(failure.suffix(300))")
        Terminal.error("\(name): \(words ?? String(failure.suffix(300)))")
    }

    /// Lets go of the leashes and waits for the children to end.
    private func stop() async {
        // Workers first: they say goodbye to a coordinator that still listens.
        for leash in leashes.dropFirst().reversed() { try? leash.close() }
        for child in children.dropFirst() { _ = try? await child.value }
        if let first = leashes.first { try? first.close() }
        if let coordinator = children.first { _ = try? await coordinator.value }
        leashes = []
        children = []
    }
}
