internal import Foundation
internal import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import SwiftProtobuf

/// What decisions have changed since viewers were told last.
struct Changes: Sendable {
    var tasks: Set<TaskKey> = []
    var jobs: Set<JobID> = []
    var workers: Set<WorkerID> = []
    var isMoneyChanged = false
    var events: [EventRow] = []
    var entries: [LedgerEntry] = []

    var isEmpty: Bool {
        tasks.isEmpty && jobs.isEmpty && workers.isEmpty && !isMoneyChanged && events.isEmpty
            && entries.isEmpty
    }
}

/// How much the feed keeps and sends.
package struct FeedLimits: Sendable {
    /// Rows of changes that are kept for those who are behind.
    package var ringRows = 50_000
    /// Rows of one message: about a megabyte.
    package var partRows = 6_000
    /// Tasks that are told at once at most, and a second after that. What changes faster is told later, and once for all
    /// its changes: a flood costs the coordinator no more than this.
    package var tasksAtOnce = 5_000
    package var tasksPerSecond = 2_000
    /// What all viewers together are told a second, and the most that one is.
    package var bytesPerSecond = 16_000_000
    package var bytesPerViewer = 4_000_000

    package init() {}
}

/// What viewers see, worked out beside the coordinator's thread: it hands over the cluster as it is at most ten times a
/// second, and only while somebody looks.
///
/// Each change has a number. Who asks with the number they have gets what came after it, or everything when that is too
/// long ago; who has the newest waits for the next. Nothing is ever sent that was not asked for, so a slow viewer costs
/// nothing but its own snapshot.
actor LiveFeed {
    /// As the coordinator knows it and the cluster does not.
    struct Beside: Sendable {
        var facts: [WorkerID: [String: String]] = [:]
        var launches: [WorkerID: String] = [:]
        var clusterID = ""
        var productVersion = ""
        /// The newest events and entries, for a snapshot.
        var events: [EventRow] = []
        var entries: [LedgerEntry] = []
    }

    enum Input: Sendable {
        case asked(WatchCall, from: InstanceID, @Sendable (Data) -> Void)
        case changed(Cluster, Changes, Beside, at: Instant)
        case whole(Cluster, Beside, at: Instant)
        /// Nobody looked for a while, and changes were not told: whoever comes back begins anew.
        case forget
        case timePassed
    }

    /// A question that was not answered yet.
    private struct Asking {
        let call: WatchCall
        let viewer: InstanceID
        let answer: @Sendable (Data) -> Void
        /// When it is answered with nothing.
        var until = ContinuousClock.now
    }

    nonisolated let inlet: AsyncStream<Input>.Continuation
    private let inputs: AsyncStream<Input>
    /// Asks the coordinator for everything.
    private let wantWhole: @Sendable () -> Void
    /// Asks the coordinator for what changed since, were it nothing: some of what changed before was not told yet.
    private let wantMore: @Sendable () -> Void
    private let epoch: String
    /// Rises with every change; 0 is what nobody who has an answer knows.
    private var sequence: UInt64 = 1
    /// The newest changes, each with its number; bounded by rows.
    private var ring: [WatchAnswer] = []
    private var ringRows = 0
    private var waiters: [Asking] = []
    /// Who waits for a snapshot.
    private var newcomers: [Asking] = []
    private var isSnapshotOrdered = false
    /// Who was told more than its share, and waits until that is made up for.
    private var held: [Asking] = []
    private var pace: FeedPace
    /// The parts of the newest snapshot, encoded. Whoever begins while the changes since then are still known gets this one.
    private var snapshot: (sequence: UInt64, parts: [Data], at: ContinuousClock.Instant)?
    /// What was told since a number, encoded for the first who asked, until something else changes.
    private var encoded: [UInt64: Data] = [:]
    private var gates: [String: GateStatus] = [:]
    /// Tasks that changed and were not told yet.
    private var backlog: Set<TaskKey> = []
    /// How many may be told, and since when.
    private var allowance: (tasks: Double, at: ContinuousClock.Instant) = (0, .now)
    /// Jobs whose tasks viewers were told of.
    private var watched: Set<JobID> = []

    private let limits: FeedLimits
    private let clock = WallClock()
    static let longestWait: UInt32 = 30_000
    static let waitersLimit = 1_000
    /// Between two snapshots: where changes outrun those who look, the next ones share one.
    static let snapshotRest = Duration.seconds(2)

    init(
        limits: FeedLimits, wantWhole: @escaping @Sendable () -> Void, wantMore: @escaping @Sendable () -> Void
    ) {
        self.limits = limits
        pace = FeedPace(bytesPerSecond: limits.bytesPerSecond, bytesPerViewer: limits.bytesPerViewer)
        self.wantWhole = wantWhole
        self.wantMore = wantMore
        allowance = (Double(limits.tasksAtOnce), .now)
        var generator = SystemRandomNumberGenerator()
        epoch = InstanceID.random("f-", using: &generator).rawValue
        (inputs, inlet) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(4_096))
    }

    /// Runs until its inlet is closed.
    func run() async {
        // Ends with this function.
        let timer = Task { [inlet] in
            while (try? await Task.sleep(for: .milliseconds(250))) != nil { inlet.yield(.timePassed) }
        }
        defer { timer.cancel() }
        for await input in inputs {
            switch input {
            case .asked(let call, let viewer, let answer):
                take(Asking(call: call, viewer: viewer, answer: answer))
            case .changed(let cluster, let changes, let beside, let at): publish(cluster, changes, beside, at)
            case .whole(let cluster, let beside, let at): makeSnapshot(cluster, beside, at)
            case .forget:
                (ring, ringRows, snapshot, encoded, backlog) = ([], 0, nil, [:], [])
                sequence += 1
            case .timePassed: letGo()
            }
        }
        for asking in waiters { asking.answer(nothing(after: asking.call.after)) }
    }

    // MARK: asking

    private func take(_ asking: Asking) {
        guard pace.mayTell(asking.viewer, at: clock.now) else {
            guard held.count < Self.waitersLimit else { return give(nothing(after: asking.call.after), to: asking) }
            held.append(asking)
            return
        }
        let call = asking.call
        if call.part > 0 {
            if call.epoch == epoch, let snapshot, snapshot.sequence == call.after,
                snapshot.parts.indices.contains(Int(call.part))
            {
                return give(snapshot.parts[Int(call.part)], to: asking)
            }
            return begin(asking)
        }
        guard call.epoch == epoch, (oldest...sequence).contains(call.after) else { return begin(asking) }
        guard call.after == sequence else { return give(changes(after: call.after), to: asking) }
        guard call.waitMilliseconds > 0, waiters.count < Self.waitersLimit else {
            return give(nothing(after: call.after), to: asking)
        }
        var asking = asking
        asking.until = .now + .milliseconds(Int(min(call.waitMilliseconds, Self.longestWait)))
        waiters.append(asking)
    }

    private func give(_ answer: Data, to asking: Asking) {
        pace.told(asking.viewer, bytes: answer.count, at: clock.now)
        asking.answer(answer)
    }

    /// Those whose share has room again.
    private func takeHeld() {
        let asking = held
        held = []
        for one in asking { take(one) }
    }

    /// The oldest number from which changes are known.
    private var oldest: UInt64 { ring.first.map { $0.sequence - 1 } ?? sequence }

    private func begin(_ asking: Asking) {
        // A snapshot that changes lead on from is as good as a new one: many who begin at once cost one.
        if let snapshot, (oldest...sequence).contains(snapshot.sequence),
            ContinuousClock.now - snapshot.at < .seconds(3)
        {
            return give(snapshot.parts[0], to: asking)
        }
        newcomers.append(asking)
        if newcomers.count == 1 { askForSnapshot() }
    }

    private func askForSnapshot() {
        guard !isSnapshotOrdered, snapshot.map({ ContinuousClock.now - $0.at >= Self.snapshotRest }) ?? true else {
            return
        }
        isSnapshotOrdered = true
        wantWhole()
    }

    private func nothing(after number: UInt64) -> Data { Self.bytes(empty(after: number)) }

    private static func bytes(_ answer: WatchAnswer) -> Data {
        // Only messages over 2 GiB make this throw; ours are bounded by their rows.
        (try? answer.serializedData()) ?? Data()
    }

    private func empty(after number: UInt64) -> WatchAnswer {
        .with {
            $0.epoch = epoch
            $0.sequence = number
            $0.atMilliseconds = clock.now.milliseconds
        }
    }

    /// What came after a number, as one answer; as much of it as one message holds.
    private func changes(after number: UInt64) -> Data {
        if let known = encoded[number] { return known }
        let bytes = Self.bytes(merged(after: number))
        encoded[number] = bytes
        return bytes
    }

    private func merged(after number: UInt64) -> WatchAnswer {
        var all = empty(after: number)
        var rows = 0
        for change in ring where change.sequence > number {
            let count = Self.rows(of: change)
            guard rows == 0 || rows + count <= limits.partRows else { break }
            rows += count
            all.sequence = change.sequence
            all.atMilliseconds = change.atMilliseconds
            all.jobs += change.jobs
            all.tasks += change.tasks
            all.workers += change.workers
            all.gates += change.gates
            all.events += change.events
            all.totals += change.totals
            all.entries += change.entries
        }
        return all
    }

    private static func rows(of answer: WatchAnswer) -> Int {
        answer.tasks.count + answer.workers.count + answer.events.count + answer.entries.count + answer.gates.count
            + answer.jobs.reduce(0) { $0 + 1 + $1.nodes.count }
    }

    private func letGo() {
        let now = ContinuousClock.now
        if let snapshot, now - snapshot.at > .seconds(30) { self.snapshot = nil }
        if !newcomers.isEmpty { askForSnapshot() }
        let over = waiters.filter { $0.until <= now }
        waiters.removeAll { $0.until <= now }
        for asking in over { give(nothing(after: asking.call.after), to: asking) }
        takeHeld()
        if !backlog.isEmpty { wantMore() }
        pace.tidy(at: clock.now)
    }

    // MARK: telling

    private func publish(_ cluster: Cluster, _ changes: Changes, _ beside: Beside, _ at: Instant) {
        let rows = FeedRows(cluster: cluster, beside: beside, at: at)
        var answer = WatchAnswer()
        backlog.formUnion(changes.tasks)
        for id in changes.jobs {
            guard let job = cluster.jobs[id] else { continue }
            let isNew = watched.insert(id).inserted
            answer.jobs.append(rows.row(job, withNodes: isNew))
            if isNew { backlog.formUnion(job.nodes.lazy.map(\.key)) }
        }
        answer.tasks = takeBacklog().compactMap { cluster.tasks[$0] }.filter { !watched.isDisjoint(with: $0.jobs) }
            .map(rows.row)
        answer.workers = changes.workers.compactMap { cluster.workers[$0] }.map(rows.row)
        // How many wait at a gate, and when it opens, changes without the gate.
        for gate in cluster.gates.values {
            let row = rows.row(gate)
            if gates.updateValue(row, forKey: row.id) != row { answer.gates.append(row) }
        }
        if changes.isMoneyChanged { answer.totals = rows.totals }
        answer.events = changes.events
        answer.entries = changes.entries
        guard Self.rows(of: answer) + answer.totals.count > 0 else { return }
        sequence += 1
        encoded = [:]
        answer.epoch = epoch
        answer.sequence = sequence
        answer.atMilliseconds = at.milliseconds
        ring.append(answer)
        ringRows += Self.rows(of: answer)
        while ringRows > limits.ringRows, ring.count > 1 { ringRows -= Self.rows(of: ring.removeFirst()) }
        let asking = waiters
        waiters = []
        for one in asking { give(self.changes(after: one.call.after), to: one) }
        takeHeld()
    }

    /// As many of the tasks that changed as may be told now.
    private func takeBacklog() -> [TaskKey] {
        let now = ContinuousClock.now
        let gained = (now - allowance.at) / .seconds(1) * Double(limits.tasksPerSecond)
        let allowed = min(Double(limits.tasksAtOnce), allowance.tasks + gained)
        let count = min(backlog.count, Int(allowed))
        allowance = (allowed - Double(count), now)
        guard count < backlog.count else {
            defer { backlog = [] }
            return Array(backlog)
        }
        let told = Array(backlog.prefix(count))
        backlog.subtract(told)
        return told
    }

    private func makeSnapshot(_ cluster: Cluster, _ beside: Beside, _ at: Instant) {
        let rows = FeedRows(cluster: cluster, beside: beside, at: at)
        let shown = FeedRows.shown(cluster)
        // Who follows the changes goes on hearing of the jobs they know.
        watched.formUnion(shown.map(\.id))
        var parts = [WatchAnswer()]
        func room(_ count: Int) {
            if Self.rows(of: parts[parts.count - 1]) + count > limits.partRows { parts.append(.init()) }
        }
        parts[0].clusterID = beside.clusterID
        parts[0].productVersion = beside.productVersion
        parts[0].totals = rows.totals
        parts[0].events = beside.events
        parts[0].entries = beside.entries
        parts[0].gates = cluster.gates.values.map(rows.row)
        for row in parts[0].gates { gates[row.id] = row }
        for worker in cluster.workers.values where worker.standing != .lost {
            room(1)
            parts[parts.count - 1].workers.append(rows.row(worker))
        }
        var keys: Set<TaskKey> = []
        for job in shown {
            let row = rows.row(job, withNodes: true)
            room(row.nodes.count)
            parts[parts.count - 1].jobs.append(row)
            keys.formUnion(job.nodes.map(\.key))
        }
        for key in keys {
            guard let record = cluster.tasks[key] else { continue }
            room(1)
            parts[parts.count - 1].tasks.append(rows.row(record))
        }
        for index in parts.indices {
            parts[index].epoch = epoch
            parts[index].sequence = sequence
            parts[index].snapshot = true
            parts[index].part = UInt32(index)
            parts[index].parts = UInt32(parts.count)
            parts[index].atMilliseconds = at.milliseconds
        }
        let bytes = parts.map(Self.bytes)
        snapshot = (sequence, bytes, .now)
        isSnapshotOrdered = false
        let asking = newcomers
        newcomers = []
        for one in asking { give(bytes[0], to: one) }
    }
}
