internal import Foundation
import HashTreeCollections
internal import Logging
package import Objects
package import Protocol
package import Scheduling
package import Store
internal import SwiftProtobuf
internal import Synchronization
package import Transport

/// The shell around ``Cluster``: one consumer of one bounded stream, on a thread of its own.
///
/// Always in this order: take the state out and apply → commit in one transaction → put it back → perform the effects.
/// A failed commit ends the coordinator, which begins again from its tables: what is not saved did not happen (ADR 9).
package actor Coordinator {
    /// What a coordinator is told at its start.
    package struct Settings: Sendable {
        package var policy = Policy()
        package var productVersion = "0"
        /// The address tokens carry unless a caller names another.
        package var address = ""
        package var feed = FeedLimits()

        package init() {}
    }

    enum Input: Sendable {
        /// Something lies in the mailbox.
        case mail
        case planned(JobID, PlannedJob, replyTo: Caller)
        /// What the store has of a planned job's results.
        case surveyed(JobID, PlannedJob, Holdings, replyTo: Caller)
        /// What others found out, or want: reports whose blobs a store elsewhere was asked about, drains of the fleet.
        case events([Event])
        case refused(String, replyTo: Caller)
        /// A job that was to take another's place cannot be planned.
        case notReplanned(JobID, String, replyTo: Caller)
        case deadline
        /// Viewers are to hear what has changed, or everything.
        case publish
        case snapshot
        /// A request from inside this process: the HTTP API.
        case asked(RequestBody, Enrolment.Entry, @Sendable (ResponseBody) -> Void)
        case stop
    }

    /// Who waits for an answer.
    struct Caller: Sendable {
        let peer: InstanceID
        let request: UInt64
        /// Takes the answer inside this process, where the caller is no peer.
        var here: (@Sendable (ResponseBody) -> Void)?
    }

    let thread = SerialThread(name: "coordinator")
    nonisolated package var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    package private(set) var cluster: Cluster
    let store: ClusterStore
    nonisolated let objects: Depot
    let enrolment: Enrolment
    let planner: JobPlanner
    var settings: Settings
    nonisolated package let clusterID: String
    let serverKeys: KeyPair
    let clock = WallClock()
    var log = Logger(label: "coordinator")
    var link: (any ServerLink)?
    var sessions: [InstanceID: WorkerID] = [:]
    var admissions: Admissions
    /// What machines said they are, for people.
    var facts: [WorkerID: [String: String]] = [:]
    /// The orders workers were started for.
    var launches: [WorkerID: String] = [:]
    private var waiting: [JobID: Caller] = [:]
    /// Jobs that are planned to take another's place.
    var revisions: [JobID: Revision] = [:]
    /// Whether work is taken: the tables are read, and the first decision is saved.
    package private(set) var isReady = false
    private var documents: [JobID: ClusterStore.JobDocument] = [:]
    var notes: [JobID: [String]] = [:]
    /// What peers did that was refused, by name.
    var refusals: [String: UInt64] = [:]
    private var timer: Task<Void, Never>?
    private var timerAt: Instant?
    /// Batches decided and saved, what they took, and the longest since metrics were asked for.
    private(set) var decisions = 0
    private(set) var decisionSeconds = 0.0
    private var longest = 0.0
    /// What attempts took, for looking at a run; `nil` where nobody keeps it.
    let spans: SpanStore?
    private var openSpans = OpenSpans()
    let logs: LogStore?
    /// What viewers must still hear of; `nil` while nobody looks.
    var changes: Changes?
    var isPublishing = false
    var lookedAt = ContinuousClock.now
    nonisolated let feed: LiveFeed
    private let inputs: AsyncStream<Input>
    nonisolated let inlet: AsyncStream<Input>.Continuation
    private let receipts: ReceiptKeeper
    /// The ways to the store, for whoever holds a token.
    var doors: @Sendable (Enrolment.Entry) -> [StoreDoor] = { _ in [] }
    var ticket: @Sendable (Enrolment.Entry) -> String = { _ in "" }
    /// Answers questions about the machines launchers start; `nil` where there are none.
    private(set) var fleet: (@Sendable (ScaleCall) async -> Result<ScaleAnswer, ScaleRefusal>)?

    /// What has arrived while the last batch was decided: the next one takes all of it, in one transaction.
    nonisolated private let mailbox = Mutex<[Arrival]>([])

    /// Messages that may wait. More is refused to the senders.
    private static let mailLimit = 200_000
    private static let inputsLimit = 4_096

    /// Rebuilds the cluster from its tables.
    package init(
        settings: Settings, store: ClusterStore, objects: Depot, enrolment: Enrolment, serverKeys: KeyPair,
        clusterID: String, spans: SpanStore? = nil, logs: LogStore? = nil, planner: @escaping JobPlanner
    ) throws(StoreError) {
        self.settings = settings
        self.store = store
        self.objects = objects
        receipts = ReceiptKeeper(objects)
        self.spans = spans
        self.logs = logs
        self.enrolment = enrolment
        self.planner = planner
        self.serverKeys = serverKeys
        self.clusterID = clusterID
        admissions = Admissions(
            terms: Dictionary(
                uniqueKeysWithValues: try store.tokens().map {
                    ($0.id, Admissions.Terms(expiresAt: $0.expiresAt, uses: $0.uses))
                }), members: try store.members())
        cluster = Cluster(policy: settings.policy, saved: try store.load(), at: clock.now)
        let faults = cluster.audit()
        precondition(faults.isEmpty, "the restored cluster breaks its own rules: \(faults.joined(separator: "; "))")
        for worker in cluster.workers.values where worker.standing != .lost { sessions[worker.instance] = worker.id }
        (inputs, inlet) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.inputsLimit))
        feed = LiveFeed(
            limits: settings.feed, wantWhole: { [inlet] in inlet.yield(.snapshot) },
            wantMore: { [inlet] in inlet.yield(.publish) })
    }

    /// Takes batches from the link; false when there is no room.
    nonisolated package var deliver: @Sendable ([Arrival]) -> Bool {
        { [self] arrivals in
            let (isTaken, isFirst) = mailbox.withLock { mail in
                guard mail.count + arrivals.count <= Self.mailLimit else { return (false, false) }
                defer { mail += arrivals }
                return (true, mail.isEmpty)
            }
            if isFirst { inlet.yield(.mail) }
            return isTaken
        }
    }

    /// Connects the coordinator to the world. `address` is the one it listens on, `doors` the ways to its store.
    package func attach(
        _ link: any ServerLink, address: String,
        doors: @escaping @Sendable (Enrolment.Entry) -> [StoreDoor] = { _ in [] },
        ticket: @escaping @Sendable (Enrolment.Entry) -> String = { _ in "" }
    ) {
        self.link = link
        settings.address = address
        self.doors = doors
        self.ticket = ticket
    }

    /// Lets an autoscaler answer for its machines.
    package func attach(fleet: @escaping @Sendable (ScaleCall) async -> Result<ScaleAnswer, ScaleRefusal>) {
        self.fleet = fleet
    }

    /// Runs until ``stop()``. Throws when state cannot be saved any more.
    package func run() async throws(StoreError) {
        restoreReceipts()
        // Ends when its inlet is closed, below.
        Task { [feed] in await feed.run() }
        defer { feed.inlet.finish() }
        try await decide([.timePassed])
        // Begun before we ended, and not finished.
        for job in cluster.jobs.keys.sorted() { try failOver(job) }
        isReady = true
        for await input in inputs {
            switch input {
            case .mail:
                try await receive(
                    mailbox.withLock { mail in
                        defer { mail = [] }
                        return mail
                    })
            case .planned(let job, let planned, let caller): survey(job, planned, caller)
            case .surveyed(let job, let planned, let holdings, let caller):
                try await submit(job, planned, holdings, caller)
            case .events(let events): try await decide(events)
            case .refused(let reason, let caller): await reply(to: caller, code: "refused", reason)
            case .notReplanned(let id, let reason, let caller):
                let old = revisions.removeValue(forKey: id)?.old.rawValue ?? ""
                log.warning("a job stays as it is", metadata: ["job": .string(old), "text": .string(reason)])
                await reply(to: caller, code: "refused", reason)
            case .deadline: try await decide([.timePassed])
            case .publish: publish()
            case .snapshot: try tellAll()
            case .asked(let request, let holder, let answer):
                try await self.answer(request, for: Caller(peer: Self.nobody, request: 0, here: answer), holder)
            case .stop:
                isReady = false
                timer?.cancel()
                await link?.close()
                await receipts.finish()
                spans?.close()
                logs?.close()
                return
            }
        }
    }

    /// Ends ``run()`` after what is at hand.
    nonisolated package func stop() { inlet.yield(.stop) }

    // MARK: deciding

    func decide(_ events: [Event]) async throws(StoreError) {
        guard !events.isEmpty else { return }
        let began = ContinuousClock.now
        // Taken out of its place, so that it changes where it lies; a failed commit ends us, and no one sees it (ADR 9).
        var next = cluster
        #if !DEBUG
            cluster = Cluster(policy: settings.policy)
        #else
            // With assertions on, the hash trees (swift-collections 1.6) look once more at a node they have just given up, which
            // a snapshot's holder on another thread may free at that moment. What was before is kept until all is decided.
        #endif
        let decision = next.apply(events, at: clock.now)
        try store.commit(decision, of: next, documents: documents)
        cluster = next
        note(ContinuousClock.now - began)
        for job in decision.newJobs { documents[job] = nil }
        for entry in decision.journal {
            log.info(
                "journal",
                metadata: ["text": .string(entry.text), "job": .string(entry.job?.rawValue ?? "")])
        }
        if let spans { spans.add(closed(events, decision)) }
        if changes != nil { tellLater(decision) }
        try failOver(after: decision)
        await perform(decision.effects)
        armTimer()
    }

    /// The attempts that ended with a decision.
    private func closed(_ events: [Event], _ decision: Decision) -> [AttemptSpan] {
        let now = clock.now
        openSpans.hear(events)
        var ended = openSpans.follow(decision.effects, at: now)
        for id in decision.workers where cluster.workers[id]?.standing == .lost {
            ended += openSpans.lose(id, at: now)
        }
        return ended
    }

    private func note(_ took: Duration) {
        let seconds = Double(took.components.seconds) + Double(took.components.attoseconds) / 1e18
        decisions += 1
        decisionSeconds += seconds
        longest = max(longest, seconds)
    }

    /// The longest batch since this was asked last, in seconds.
    func takeLongest() -> Double {
        defer { longest = 0 }
        return longest
    }

    private func perform(_ effects: [Effect]) async {
        var departures: [Departure] = []
        departures.reserveCapacity(effects.count)
        for effect in effects {
            switch effect {
            case .assign(_, let instance, let assignment):
                departures.append(Departure(peer: instance, message: .assign(assignment)))
            case .acknowledge(_, let instance, let attempt, let isAccepted):
                departures.append(Departure(peer: instance, message: .acknowledge(attempt, isAccepted: isAccepted)))
            case .withdraw(_, let instance, let attempt, let reason):
                departures.append(Departure(peer: instance, message: .withdraw(attempt, reason: reason)))
            case .answerPurchase(_, let instance, let attempt, let news, let isGranted, let reason):
                departures.append(
                    Departure(
                        peer: instance,
                        message: .purchaseSaved(attempt, news, isGranted: isGranted, reason: reason)))
            case .dismiss(_, let instance, let reason):
                count("workers whose identity another process has")
                departures.append(refusal(instance, reason))
            case .introduce(_, let instance): departures.append(Self.introduction(to: instance))
            case .keepReceipt(let key): keepReceipt(key)
            case .accepted(let job, let tasks, let done): answerSubmission(job, tasks: tasks, done: done, &departures)
            case .refused(let job, let reason):
                revisions[job] = nil
                guard let caller = waiting.removeValue(forKey: job) else { break }
                let departure = Self.departure(to: caller) {
                    $0.error = .with {
                        $0.code = "refused"
                        $0.message = reason
                    }
                }
                if let departure { departures.append(departure) }
            case .settled: break
            }
        }
        if !departures.isEmpty { await link?.send(departures) }
    }

    private func answerSubmission(_ job: JobID, tasks: Int, done: Int, _ departures: inout [Departure]) {
        guard let caller = waiting.removeValue(forKey: job) else { return }
        let notes = notes.removeValue(forKey: job) ?? []
        let revision = revisions.removeValue(forKey: job).map { conclude($0, as: job) }
        // What failed while it was planned. A table that cannot be read ends us at the next decision.
        if revision != nil { try? failOver(job, hasJustSettled: true) }
        let departure = Self.departure(to: caller) {
            if let revision {
                $0.act.lines = [revision] + notes
                return
            }
            $0.submit = .with {
                $0.job = job.rawValue
                $0.tasks = UInt32(clamping: tasks)
                $0.done = UInt32(clamping: done)
                $0.notes = notes
            }
        }
        if let departure { departures.append(departure) }
    }

    static func introduction(to peer: InstanceID) -> Departure {
        Departure(peer: peer, message: .refusal(reason: "say hello first", isFinal: false))
    }

    /// Sleeps until the cluster's next deadline. The task is cancelled by the next call or by ``stop()``.
    private func armTimer() {
        guard let deadline = cluster.nextDeadline else { return }
        let now = clock.now
        if let timerAt, timerAt <= deadline, timerAt > now { return }
        timer?.cancel()
        timerAt = deadline
        let wait = max(1, deadline.milliseconds - now.milliseconds)
        timer = Task { [inlet] in
            guard (try? await Task.sleep(for: .milliseconds(wait))) != nil else { return }
            inlet.yield(.deadline)
        }
    }

    // MARK: submissions

    private func submit(
        _ job: JobID, _ planned: PlannedJob, _ holdings: Holdings, _ caller: Caller
    ) async throws(StoreError) {
        waiting[job] = caller
        documents[job] = planned.document
        notes[job] = planned.notes
        try await decide([
            .submitted(
                Submission(
                    id: job, name: planned.name, priority: planned.priority, budget: planned.budget,
                    nodes: planned.nodes, gates: planned.gates, receipts: holdings.receipts,
                    lostBlobs: holdings.lost, bought: holdings.bought))
        ])
    }

    // MARK: receipts

    private func keepReceipt(_ key: TaskKey) {
        // What left no blob has nothing to be found again.
        guard let record = cluster.tasks[key], record.phase.result?.sizeBytes != 0, let receipt = record.receipt else {
            return
        }
        receipts.keep(receipt, for: key)
    }

    /// A crash may have come between a commit and its receipts.
    private func restoreReceipts() {
        var all: [TaskKey: Fields] = [:]
        for (key, record) in cluster.tasks {
            guard let result = record.phase.result, !result.isProvisional, result.sizeBytes != 0 else { continue }
            all[key] = record.receipt
        }
        receipts.restore(all)
    }

    // MARK: answering

    func reply(to caller: Caller, code: String, _ message: String) async {
        await reply(to: caller) {
            $0.error = .with {
                $0.code = code
                $0.message = message
            }
        }
    }

    func reply(to caller: Caller, _ fill: (inout ResponseBody) -> Void) async {
        if let departure = Self.departure(to: caller, fill) { await link?.send([departure]) }
    }

    /// The answer as a message; `nil` when the caller is inside this process and has it already.
    static func departure(to caller: Caller, _ fill: (inout ResponseBody) -> Void) -> Departure? {
        var body = ResponseBody()
        body.requestID = caller.request
        fill(&body)
        guard let here = caller.here else { return Departure(peer: caller.peer, message: .response(body)) }
        here(body)
        return nil
    }

    /// Asks as a peer would, from inside this process.
    nonisolated package func ask(_ request: RequestBody, as holder: Enrolment.Entry) async -> ResponseBody {
        await withCheckedContinuation { continuation in
            let yielded = inlet.yield(.asked(request, holder) { continuation.resume(returning: $0) })
            guard case .enqueued = yielded else {
                return continuation.resume(
                    returning: .with {
                        $0.error = .with {
                            $0.code = "busy"
                            $0.message = "the coordinator has too much to do, or ends; ask again"
                        }
                    })
            }
        }
    }

    private static let nobody = InstanceID("here")
}
