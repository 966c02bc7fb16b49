import ArgumentParser
import Coordinator
import Foundation
import Objects
import Protocol
import Store
import Transport

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Runs a cluster's coordinator until it is stopped.")

    @Option(help: "Where to listen. A port of * takes any free one.")
    var listen = "tcp://*:7400"

    @Option(help: "The store of results: file:///an/absolute/folder.")
    var store: String?

    @Option(help: "The coordinator's own folder, on a local disk.")
    var state: String?

    @Option(help: "The address other machines reach this one at, written into tokens. Default: this machine's name.")
    var advertise: String?

    @Flag(help: "Take over from the coordinator that runs on this state now: it ends, this one goes on.")
    var supersede = false

    @Flag(help: .hidden)
    var leash = false

    func run() async throws {
        raiseFileLimit()
        let folder = state.map(Folders.folder) ?? Folders.state
        let address = supersede ? try await retire(folder) : nil
        let service = try await CoordinatorService.start(
            state: folder, store: store, listen: address ?? listen, advertise: advertise)
        Terminal.error("coordinator listens on \(service.address); store \(service.storeURL)")
        Terminal.error("add a machine: snowflake token create --role worker, then there: snowflake worker --join TOKEN")
        let stop = StopSignals(leash: leash) { _ in service.coordinator.stop() }
        defer { stop.cancel() }
        try await service.run()
    }

    /// Each connection takes a file: as many as the system allows.
    private func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
        limit.rlim_cur = limit.rlim_max
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Asks the coordinator of this state to end, and waits until it has let go.
    /// - Returns: where it listened, so that workers find the new one there.
    private func retire(_ folder: URL) async throws -> String? {
        let file = folder.appendingPathComponent("operator.token")
        guard Self.isHeld(folder), let line = try? String(contentsOf: file, encoding: .utf8),
            let token = JoinToken(line: line)
        else { return nil }
        let client = try await Client(token)
        do {
            _ = try await client.ask { $0.act.verb = "retire" }
            await client.close()
        } catch let failure as Failure where failure.code == .notReachable {
            // One that ends may not get its answer out any more: whether it has let go is told by its lock.
            await client.close()
        } catch {
            await client.close()
            throw error
        }
        let deadline = ContinuousClock.now + .seconds(30)
        while Self.isHeld(folder) {
            guard ContinuousClock.now < deadline else {
                throw Failure(
                    .lacking, "the running coordinator has not let go of \(folder.path) in 30 s; stop it first")
            }
            try? await Task.sleep(for: .milliseconds(50))  // A lock tells nobody when it is free.
        }
        guard listen == "tcp://*:7400", let port = token.address.split(separator: ":").last else { return nil }
        return "tcp://*:\(port)"
    }

    private static func isHeld(_ folder: URL) -> Bool {
        do throws(StoreError) {
            _ = try FolderLock(folder: folder)
            return false
        } catch {
            return true
        }
    }
}

/// A coordinator with everything around it: locked state, keys, socket, operator token.
struct CoordinatorService {
    let coordinator: Coordinator
    let address: String
    let storeURL: String
    private let lock: FolderLock
    private let tokenFile: URL

    static func start(state: URL, store: String?, listen: String, advertise: String?) async throws(Failure)
        -> CoordinatorService
    {
        do {
            let lock = try FolderLock(folder: state)
            let objects = try store.map { try FolderStore(url: $0) } ?? FolderStore(root: Folders.store)
            let tables = try ClusterStore(folder: state)
            let keys = try serverKeys(tables)
            let clusterID = try identity(tables)
            let enrolment = Enrolment()
            for token in try tables.tokens() where token.revokedAt == nil {
                guard let role = PeerRole(rawValue: token.role) else { continue }
                enrolment.enrol(publicKey: token.publicKey, Enrolment.Entry(token: token.id, role: role))
            }
            var settings = Coordinator.Settings()
            settings.productVersion = Snowflake.productVersion
            let coordinator = try Coordinator(
                settings: settings, store: tables, objects: objects, enrolment: enrolment, serverKeys: keys,
                clusterID: clusterID, planner: FilmJobs.planner)
            let router = RouterSocket(enrolment: enrolment, deliver: coordinator.deliver)
            let bound = try await router.listen(
                on: listen.hasSuffix(":0") ? listen.dropLast(1) + "*" : listen, keys: keys)
            let address = reachable(bound, advertise)
            await coordinator.attach(router, address: address)
            let file = state.appendingPathComponent("operator.token")
            try writeOperatorToken(file, reachable(bound, "127.0.0.1"), keys, tables, enrolment)
            return CoordinatorService(
                coordinator: coordinator, address: address, storeURL: objects.url, lock: lock, tokenFile: file)
        } catch let failure as Failure {
            throw failure
        } catch let error as TransportError {
            throw Failure(.lacking, "\(error)")
        } catch let error as StoreError {
            throw Failure(.lacking, "\(error)")
        } catch let error as ObjectError {
            throw Failure(.lacking, "the store cannot be used: \(error)")
        } catch {
            throw Failure(.ours, "\(error)")
        }
    }

    func run() async throws(Failure) {
        do throws(StoreError) {
            try await coordinator.run()
        } catch {
            throw Failure(.lacking, "the coordinator stops, because it cannot save: \(error)")
        }
        withExtendedLifetime(lock) {}
    }

    private static func serverKeys(_ tables: ClusterStore) throws(StoreError) -> KeyPair {
        if let secret = try tables.meta("server_secret"), let keys = KeyPair.from(secretKey: secret) { return keys }
        let keys = KeyPair.make()
        try tables.setMeta("server_secret", keys.secretKey)
        return keys
    }

    private static func identity(_ tables: ClusterStore) throws(StoreError) -> String {
        if let id = try tables.meta("cluster") { return id }
        var generator = SystemRandomNumberGenerator()
        let id = JobID.random("k-", using: &generator).rawValue
        try tables.setMeta("cluster", id)
        return id
    }

    /// The bound address with a host others can use instead of the wildcard.
    private static func reachable(_ bound: String, _ host: String?) -> String {
        let port = bound.split(separator: ":").last.map(String.init) ?? "7400"
        if let host { return "tcp://\(host):\(port)" }
        guard bound.contains("0.0.0.0") || bound.contains("[::]") || bound.contains("*") else { return bound }
        return "tcp://\(ProcessInfo.processInfo.hostName):\(port)"
    }

    /// The operator's own key: made once, its token written anew with each address.
    private static func writeOperatorToken(
        _ file: URL, _ address: String, _ keys: KeyPair, _ tables: ClusterStore, _ enrolment: Enrolment
    ) throws {
        var secret = try tables.meta("operator_secret")
        if secret == nil {
            let (record, token) = TokenMint.make(
                role: .operator, address: address, serverKey: keys.publicKey, label: "this machine's operator",
                at: WallClock().now)
            try tables.add(record)
            try tables.setMeta("operator_secret", token.clientSecret)
            enrolment.enrol(publicKey: record.publicKey, Enrolment.Entry(token: record.id, role: .operator))
            secret = token.clientSecret
        }
        let token = JoinToken(address: address, serverKey: keys.publicKey, clientSecret: secret ?? "")
        let part = file.appendingPathExtension("part")
        unlink(part.path)
        guard
            FileManager.default.createFile(
                atPath: part.path, contents: Data((token.line + "\n").utf8), attributes: [.posixPermissions: 0o600]),
            rename(part.path, file.path) == 0
        else { throw Failure(.lacking, "\(file.path) cannot be written; check that its folder is yours") }
    }
}

/// SIGTERM and ctrl-C, and for children the end of their parent: a pipe on standard input that closes with it.
final class StopSignals: @unchecked Sendable {
    // Invariant: the sources are made in the initialiser and only cancelled afterwards, which Dispatch allows anywhere.
    private let sources: [any DispatchSourceSignal]

    /// - Parameter stop: called once per signal, with how often one has come.
    init(leash: Bool, _ stop: @escaping @Sendable (Int) -> Void) {
        let counter = Counter()
        sources = [SIGTERM, SIGINT].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setEventHandler { stop(counter.next()) }
            source.resume()
            return source
        }
        guard leash else { return }
        let thread = Thread {
            var byte: UInt8 = 0
            while read(0, &byte, 1) > 0 {}
            stop(counter.next())
        }
        thread.start()
    }

    func cancel() { for source in sources { source.cancel() } }
}

/// Counts calls from any thread.
final class Counter: @unchecked Sendable {
    // Invariant: `value` is touched under `lock` only.
    private let lock = NSLock()
    private var value = 0

    func next() -> Int {
        lock.lock()
        defer { lock.unlock() }
        value += 1
        return value
    }
}
