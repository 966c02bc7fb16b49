package import Foundation
internal import HTTP
internal import Logging
internal import Objects
package import Protocol
internal import Scheduling
package import Store
internal import Synchronization
package import Transport

/// Why a worker stopped.
package enum WorkerError: Error, Equatable, CustomStringConvertible {
    case keyRefused(address: String)
    case refused(reason: String)
    case store(String)

    package var description: String {
        switch self {
        case .keyRefused(let address):
            "the coordinator at \(address) refuses this key: the token is revoked or was made by another cluster; "
                + "get a new one with `snowflake token create --role worker`"
        case .refused(let reason): "the coordinator refuses this worker: \(reason)"
        case .store(let reason): reason
        }
    }
}

/// The shell around ``WorkerMachine``: lease → maker → store → outbox → report.
package actor Worker {
    /// What a worker is told at its start.
    package struct Settings: Sendable {
        package var name: String
        package var slots: [Role: Int]
        /// Its locked folder: outbox and work files.
        package var folder: URL
        package var address: String
        package var productVersion: String
        /// How long running work may go on after a drain begins.
        package var drainGrace = Duration.seconds(2)
        /// Bytes its cache of a store elsewhere may hold.
        package var cacheBytes = Int64(20) << 30
        /// What the machine is, by name, for people.
        package var facts: [String: String] = [:]
        /// The order of a launcher it was started for; empty when a person did.
        package var launch = ""
        /// Without a coordinator for so long it ends: nobody would stop a machine that was ordered.
        package var orphanAfter: Duration?
        /// What this process logs: sent with beats to a coordinator that keeps it.
        package var lines: LogLines?
        /// Where keys of a store elsewhere are.
        package var environment: [String: String] = [:]

        package init(name: String, slots: [Role: Int], folder: URL, address: String, productVersion: String) {
            self.name = name
            self.slots = slots
            self.folder = folder
            self.address = address
            self.productVersion = productVersion
        }
    }

    private enum Input: Sendable {
        case news(PeerNews)
        case beat
        case progressed(AttemptID)
        case purchaseTold(AttemptID, PurchaseNews, CheckedContinuation<(Bool, String), Never>)
        case finished(AttemptID, AttemptOutcome)
        case drain(reason: String)
        case drainOver
        case linkClosed
    }

    private let settings: Settings
    private let outbox: OutboxStore
    private let link: any PeerLink
    private let makers: [any Maker]
    private var machine: WorkerMachine
    private var objects: Depot?
    /// The doors ``objects`` was opened by.
    private var doors: [StoreDoor] = []
    private let client = HTTPClient()
    private var running: [AttemptID: Task<Void, Never>] = [:]
    /// Makers that wait until a step of a paid call is saved.
    private var answers: [AttemptID: CheckedContinuation<(Bool, String), Never>] = [:]
    private var drainReason: String?
    /// Since when there has been no connection; `nil` while there is one.
    private var aloneSince: ContinuousClock.Instant? = .now
    private var beatEvery = Span.seconds(1)
    private var wireMinor = 0
    private var factsAt = ContinuousClock.now - .seconds(60)
    private let inputs: AsyncStream<Input>
    nonisolated private let inlet: AsyncStream<Input>.Continuation
    private let log: Logger

    /// - Parameters:
    ///   - outbox: of the folder in `settings`, which the caller has locked.
    ///   - link: already connecting.
    ///   - instance: also the link's routing id.
    package init(
        settings: Settings, id: WorkerID, instance: InstanceID, outbox: OutboxStore, link: any PeerLink,
        makers: [any Maker]
    ) throws(StoreError) {
        self.settings = settings
        self.outbox = outbox
        self.link = link
        self.makers = makers
        var capabilities: [Capability: Role] = [:]
        for maker in makers { capabilities.merge(maker.capabilities) { first, _ in first } }
        machine = WorkerMachine(
            hello: Hello(
                worker: id, instance: instance, name: settings.name, slots: settings.slots,
                capabilities: capabilities.filter { settings.slots[$0.value, default: 0] > 0 }, held: [],
                productVersion: settings.productVersion, facts: settings.facts, launch: settings.launch),
            outbox: try outbox.reports(),
            operations: try outbox.operations())
        (inputs, inlet) = AsyncStream.makeStream()
        var log = Logger(label: "worker")
        log[metadataKey: "worker"] = .string(id.rawValue)
        self.log = log
    }

    /// Finishes or hands back what runs, empties the outbox, says goodbye; ``run()`` then returns.
    nonisolated package func drain(reason: String) { inlet.yield(.drain(reason: reason)) }

    /// Works until drained. Throws when the coordinator refuses us for good or our own outbox fails.
    package func run() async throws(WorkerError) {
        // Left by a crash.
        let left = Leftovers.end(in: workFolder)
        if !left.isEmpty { log.warning("ended what an earlier life left running", metadata: ["processes": "\(left)"]) }
        try? FileManager.default.removeItem(at: workFolder)
        // Both are cancelled when this function ends.
        let reader = Task { [link, inlet] in
            for await item in link.news { inlet.yield(.news(item)) }
            inlet.yield(.linkClosed)
        }
        let beater = Task { [weak self, inlet] in
            while !Task.isCancelled {
                inlet.yield(.beat)
                let every = await self?.beatEvery ?? .seconds(1)
                try? await Task.sleep(for: .milliseconds(every.milliseconds))
            }
        }
        defer {
            reader.cancel()
            beater.cancel()
        }
        do {
            for await input in inputs {
                if try await handle(input) { break }
            }
        } catch {
            for task in running.values { task.cancel() }
            await link.close()
            throw error
        }
        await link.send(.goodbye(reason: drainReason ?? "the connection was closed"))
        await link.close()
    }

    private var workFolder: URL { settings.folder.appendingPathComponent("work") }

    /// Answers whether the worker has ended.
    private func handle(_ input: Input) async throws(WorkerError) -> Bool {
        switch input {
        case .news(let news): try await hear(news)
        case .beat:
            try await tell(.beatDue)
            await sendLines()
            if let limit = settings.orphanAfter, let since = aloneSince, ContinuousClock.now - since > limit {
                drain(reason: "there has been no coordinator for \(limit)")
            }
        case .progressed(let attempt): try await tell(.progressed(attempt))
        case .purchaseTold(let attempt, let news, let answer):
            answers.removeValue(forKey: attempt)?.resume(returning: (false, "told twice"))
            answers[attempt] = answer
            try await tell(.purchaseTold(attempt, news))
        case .finished(let attempt, let outcome):
            running[attempt] = nil
            try await tell(.finished(attempt, outcome))
        case .drain(let reason):
            guard drainReason == nil else { return false }
            drainReason = reason
            try await tell(.drainStarted)
            armDrain()
        case .drainOver:
            guard !running.isEmpty else { return true }  // The coordinator is away: the outbox keeps what is left.
            for task in running.values { task.cancel() }
            armDrain()
        case .linkClosed: return true
        }
        return drainReason != nil && machine.isIdle
    }

    /// Ends by itself; a second one follows only when work had to be cancelled.
    private func armDrain() {
        Task { [inlet, grace = settings.drainGrace] in
            try? await Task.sleep(for: grace)
            inlet.yield(.drainOver)
        }
    }

    private func hear(_ news: PeerNews) async throws(WorkerError) {
        switch news {
        case .message, .connected: aloneSince = nil
        case .disconnected: aloneSince = aloneSince ?? .now
        case .garbled, .keyRefused: break
        }
        switch news {
        case .message(.welcome(let welcome)):
            try openStore(welcome)
            beatEvery = welcome.beatEvery
            wireMinor = welcome.wireMinor
            log.info("welcomed", metadata: ["store": .string(objects?.url ?? "")])
            try await tell(.welcomed)
        case .message(.assign(let assignment)): try await tell(.assigned(assignment))
        case .message(.acknowledge(let attempt, _)): try await tell(.acknowledged(attempt))
        case .message(.purchaseSaved(let attempt, let news, let isGranted, let reason)):
            try await tell(.purchaseSaved(attempt, news, isGranted: isGranted, reason: reason))
        case .message(.withdraw(let attempt, let reason)):
            log.info("withdrawn", metadata: ["attempt": .string("\(attempt)"), "reason": .string(reason)])
            try await tell(.withdrawn(attempt))
        case .message(.refusal(let reason, let isFinal)):
            guard !isFinal else { throw .refused(reason: reason) }
            try await tell(.introductionAsked)
        case .message: break
        case .garbled(let error):
            if case .unknownVersion = error { throw .refused(reason: "\(error)") }
            log.warning("garbled message", metadata: ["reason": .string("\(error)")])
        case .keyRefused: throw .keyRefused(address: settings.address)
        // A coordinator that was started again knows us from its tables, but not what our machine is or was ordered for,
        // and its doors may be others.
        case .connected: try await tell(.introductionAsked)
        case .disconnected: break
        }
    }

    /// Log lines and what changes on this machine, for people.
    private func sendLines() async {
        guard wireMinor >= 1, aloneSince == nil else { return }
        var body = LogBody()
        if let lines = settings.lines { (body.lines, body.dropped) = lines.take() }
        if ContinuousClock.now - factsAt > .seconds(10) {
            factsAt = .now
            body.facts = MachineProbe.now(settings.folder, cache: objects).sorted { $0.key < $1.key }
                .map { FactBody($0.key, $0.value) }
        }
        if !body.lines.isEmpty || !body.facts.isEmpty { await link.send(.log(body)) }
    }

    private func openStore(_ welcome: Welcome) throws(WorkerError) {
        guard objects == nil || welcome.stores != doors else { return }
        do throws(ObjectError) {
            objects = try Depot.open(
                welcome.stores, fallback: welcome.storeURL, reachedAt: JoinToken.host(of: settings.address),
                peer: machine.hello.worker.rawValue, cache: settings.folder.appendingPathComponent("cache"),
                limitBytes: settings.cacheBytes, environment: settings.environment, client: client)
            doors = welcome.stores
        } catch {
            throw .store("the cluster's store cannot be used from this machine: \(error)")
        }
    }

    private func tell(_ event: WorkerMachine.Event) async throws(WorkerError) {
        for effect in machine.handle(event) {
            do throws(StoreError) {
                switch effect {
                case .start(let assignment): start(assignment)
                case .stop(let attempt):
                    running.removeValue(forKey: attempt)?.cancel()
                    answers.removeValue(forKey: attempt)?.resume(returning: (false, "the attempt was withdrawn"))
                case .saveOperation(let attempt, let operation): try outbox.save(operation, of: attempt)
                case .dropOperation(let attempt): try outbox.dropOperation(of: attempt)
                case .answerPurchase(let attempt, let isGranted, let reason):
                    answers.removeValue(forKey: attempt)?.resume(returning: (isGranted, reason))
                case .saveReport(let attempt, let outcome):
                    try outbox.save(machine.hello.worker, attempt, outcome)
                case .dropReport(let attempt): try outbox.drop(attempt)
                case .send(let message): await link.send(message)
                }
            } catch {
                throw .store("the worker's outbox cannot be used: \(error)")
            }
        }
    }

    /// Starts an attempt. The task is cancelled by a withdrawal or a drain, and always ends in `finished`.
    private func start(_ assignment: Assignment) {
        let attempt = assignment.attempt
        let maker = makers.first { $0.capabilities[assignment.spec.capability] != nil }
        let lastTick = Mutex(ContinuousClock.now)
        var log = log
        log[metadataKey: "task"] = .string(assignment.label)
        log.info("begins", metadata: ["attempt": "\(attempt.number)", "backend": .string(assignment.spec.backend)])
        running[attempt] = Task { [objects, inlet, log, folder = workFolder.appendingPathComponent("\(attempt)")] in
            let started = ContinuousClock.now
            let desk = assignment.order.map { order in
                PurchaseDesk(order: order, task: attempt.task) { news in
                    await withCheckedContinuation { inlet.yield(.purchaseTold(attempt, news, $0)) }
                }
            }
            let outcome = await Attempt(
                assignment: assignment, folder: folder, maker: maker, objects: objects, desk: desk
            ).run {
                // One tick a second is enough to show that the work moves.
                let isDue = lastTick.withLock { last in
                    guard ContinuousClock.now - last > .seconds(1) else { return false }
                    last = ContinuousClock.now
                    return true
                }
                if isDue { inlet.yield(.progressed(attempt)) }
            }
            let took = ContinuousClock.now - started
            let ended = outcome(took)
            Self.note(ended, took, log)
            inlet.yield(.finished(attempt, ended))
        }
    }

    private static func note(_ outcome: AttemptOutcome, _ took: Duration, _ log: Logger) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        let time: Logger.Metadata = ["seconds": .string(String(format: "%.2f", seconds))]
        switch outcome {
        case .made(let result):
            log.info("done", metadata: time.merging(["bytes": "\(result.sizeBytes)"]) { $1 })
        case .failed(.interrupted, let message, _): log.info("stopped: \(message)", metadata: time)
        case .failed(let kind, let message, _): log.error("failed, \(kind.rawValue): \(message)", metadata: time)
        case .billed(let kind, let message, _): log.error("billed, \(kind.rawValue): \(message)", metadata: time)
        case .lostInput(_, let message): log.warning("an input is lost: \(message)", metadata: time)
        }
    }
}
