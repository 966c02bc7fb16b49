import ArgumentParser
import Coordinator
import Foundation
import Gateway
import HTTP
import Launching
import Objects
import Protocol
import Scheduling
import Store
import SwiftProtobuf
import Transport

struct CoordinatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coordinator", abstract: "Runs a cluster's coordinator until it is stopped.")

    @Option(help: "Where to listen. A port of * takes any free one.")
    var listen = "tcp://*:7400"

    @Option(help: "The store of results: file:///an/absolute/folder or s3://bucket/prefix.")
    var store: String?

    @Option(
        help: "Port of the HTTPS door: the store for machines without a common folder, health, metrics. * takes any.")
    var https: String?

    @Option(help: "The coordinator's own folder, on a local disk.")
    var state: String?

    @Option(help: "The address other machines reach this one at, written into tokens. Default: this machine's name.")
    var advertise: String?

    @Option(help: "A file of the machines that may be started for the work (docs/scaling.md).")
    var pools: String?

    @Flag(help: "Take over from the coordinator that runs on this state now: it ends, this one goes on.")
    var supersede = false

    @Flag(help: .hidden)
    var leash = false

    /// Simulated services are so many times faster.
    @Option(help: .hidden)
    var hurry = 1.0

    func run() async throws {
        raiseFileLimit()
        let folder = state.map(Folders.folder) ?? Folders.state
        let address = supersede ? try await retire(folder) : nil
        let service = try await CoordinatorService.start(
            state: folder, store: store, listen: address ?? listen, https: https, advertise: advertise,
            policy: Policy().hurried(by: max(1, hurry)))
        Terminal.error(
            "coordinator listens on \(service.address), HTTPS on port \(service.httpsPort); store \(service.storeURL)")
        Terminal.error("add a machine: snowflake token create --role worker, then there: snowflake worker --join TOKEN")
        let driver = try await fleet(service, folder)
        let stop = StopSignals(leash: leash) { _ in service.coordinator.stop() }
        defer { stop.cancel() }
        try await service.run()
        await driver?.stop()
    }

    /// Starts and stops the machines of the file of pools, as the work asks for them.
    private func fleet(_ service: CoordinatorService, _ folder: URL) async throws(Failure) -> FleetDriver? {
        guard let pools else { return nil }
        guard let text = try? String(contentsOf: Folders.folder(pools), encoding: .utf8) else {
            throw Failure(.usage, "--pools \(pools): the file cannot be read")
        }
        let coordinator = service.coordinator
        let driver: FleetDriver
        do throws(PoolFileError) {
            let file = try PoolFile(text: text, file: pools)
            driver = FleetDriver(
                file, cluster: coordinator.clusterID,
                launchers: try file.launchers(
                    program: LocalHouse.program, folder: folder.appendingPathComponent("local"), client: HTTPClient()),
                ports: FleetPorts(
                    demand: { await coordinator.fleetView() }, token: { await coordinator.launchToken(for: $0) },
                    drain: { coordinator.drain($0) }), deadline: await coordinator.savedDeadline())
        } catch {
            throw Failure(.usage, "\(error)")
        }
        await coordinator.attach { call in await Self.answer(call, driver, coordinator) }
        await driver.start { WallClock().now }
        return driver
    }

    private static func answer(
        _ call: ScaleCall, _ driver: FleetDriver, _ coordinator: Coordinator
    ) async -> Result<ScaleAnswer, ScaleRefusal> {
        if call.deadline != 0 {
            await driver.setDeadline(call.deadline > 0 ? Instant(milliseconds: call.deadline) : nil)
        }
        if !call.pool.isEmpty {
            let isDone = await driver.bound(
                call.pool, least: call.least < 0 ? nil : Int(call.least), most: call.most < 0 ? nil : Int(call.most))
            guard isDone else {
                return .failure(
                    ScaleRefusal("there is no pool \(call.pool), or its least would be above its most (at most 10000)"))
            }
        }
        let pools = await driver.status()
        let deadline = await coordinator.savedDeadline()
        return .success(
            .with {
                $0.pools = pools
                $0.deadline = deadline?.milliseconds ?? 0
            })
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
    let httpsPort: Int
    private let gateway: Gateway
    private let lock: FolderLock
    private let tokenFile: URL

    static func start(
        state: URL, store: String?, listen: String, https: String?, advertise: String?, policy: Policy = Policy()
    ) async throws(Failure) -> CoordinatorService {
        do {
            let lock = try FolderLock(folder: state)
            let objects =
                try store.map {
                    try Folders.open($0, cache: state.appendingPathComponent("cache"), patience: .seconds(600))
                } ?? Depot(FolderStore(root: Folders.store))
            let tables = try ClusterStore(folder: state)
            let spans = try SpanStore(folder: state)
            let logs = try LogStore(folder: state)
            let keys = try serverKeys(tables)
            let clusterID = try identity(tables)
            let enrolment = Enrolment()
            for token in try tables.tokens() where token.revokedAt == nil {
                guard let role = PeerRole(rawValue: token.role) else { continue }
                enrolment.enrol(
                    publicKey: token.publicKey, Enrolment.Entry(token: token.id, role: role, expiresAt: token.expiresAt)
                )
            }
            var settings = Coordinator.Settings()
            settings.productVersion = Snowflake.productVersion
            settings.policy = policy
            let coordinator = try Coordinator(
                settings: settings, store: tables, objects: objects, enrolment: enrolment, serverKeys: keys,
                clusterID: clusterID, spans: spans, logs: logs, planner: FilmJobs.planner)
            let router = RouterSocket(enrolment: enrolment, deliver: coordinator.deliver)
            let bound = try await router.listen(
                on: listen.hasSuffix(":0") ? listen.dropLast(1) + "*" : listen, keys: keys)
            let address = reachable(bound, advertise)
            let tickets = Tickets(secret: keys.secretKey, enrolment: enrolment) { WallClock().now }
            let api = ControlAPI { await coordinator.ask($0, as: $1) }
            let gateway = Gateway(
                objects: objects.remote == nil ? objects.folder : nil, tickets: tickets,
                pages: GatewayPages(
                    metrics: { await coordinator.metrics() }, isReady: { await coordinator.isReady },
                    control: { await api.answer($0) }))
            let door = try identity(ofDoor: tables)
            let port = try await gateway.start(
                host: listensHere(bound) ? "127.0.0.1" : "0.0.0.0", port: try httpsPort(https, beside: bound, listen),
                identity: door)
            await coordinator.attach(
                router, address: address, doors: try doors(objects, tickets, door.pin, port),
                ticket: { tickets.ticket(for: $0.token) })
            let file = state.appendingPathComponent("operator.token")
            try writeOperatorToken(file, reachable(bound, "127.0.0.1"), keys, tables, enrolment)
            return CoordinatorService(
                coordinator: coordinator, address: address, storeURL: objects.url, httpsPort: port, gateway: gateway,
                lock: lock, tokenFile: file)
        } catch let failure as Failure {
            throw failure
        } catch let error as TransportError {
            throw Failure(.lacking, "\(error)")
        } catch let error as GatewayError {
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
            await gateway.stop()
            throw Failure(.lacking, "the coordinator stops, because it cannot save: \(error)")
        }
        await gateway.stop()
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

    /// The HTTPS door's key: made once.
    private static func identity(ofDoor tables: ClusterStore) throws(StoreError) -> ServerIdentity {
        if let pem = try tables.meta("https_key"), let identity = ServerIdentity(pem: pem) { return identity }
        let identity = ServerIdentity()
        try tables.setMeta("https_key", identity.pem)
        return identity
    }

    private static func listensHere(_ bound: String) -> Bool { bound.contains("127.0.0.1") }

    /// The port named; else the one behind the workers', and any where those have any.
    private static func httpsPort(_ text: String?, beside bound: String, _ listen: String) throws(Failure) -> Int {
        if let text, text != "*" {
            guard let port = Int(text), (0...65_535).contains(port) else {
                throw Failure(.usage, "--https \(text): a port of 0 to 65535, or *")
            }
            return port
        }
        guard text == nil, !listen.hasSuffix("*"), !listen.hasSuffix(":0"),
            let port = bound.split(separator: ":").last.flatMap({ Int($0) })
        else { return 0 }
        return port + 1
    }

    /// A folder goes first: whoever sees it needs nothing sent. Where it is, `*` stands for where we were reached.
    private static func doors(
        _ objects: Depot, _ tickets: Tickets, _ pin: String, _ port: Int
    ) throws(ObjectError) -> @Sendable (Enrolment.Entry) -> [StoreDoor] {
        let url = objects.url
        guard objects.remote == nil else { return { _ in [StoreDoor(url: url)] } }
        let name = try objects.folder.identity()
        return { holder in
            [
                StoreDoor(url: url, pin: name),
                StoreDoor(url: "snow://*:\(port)", pin: pin, ticket: tickets.ticket(for: holder.token)),
            ]
        }
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
