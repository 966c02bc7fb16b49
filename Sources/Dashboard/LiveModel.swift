package import Foundation
package import Protocol

/// What a viewer knows of a cluster: a snapshot and what came after it, row by row.
///
/// Counts of jobs, kinds and shots are kept up with each row, so that ten thousand tasks cost nothing to look at.
package struct LiveModel: Sendable {
    /// Of the feed; empty before the first answer.
    package private(set) var epoch = ""
    package private(set) var sequence: UInt64 = 0
    /// Part of the snapshot that is wanted next; 0 when it is whole.
    package private(set) var nextPart: UInt32 = 0
    /// The coordinator's clock at the last answer, in milliseconds.
    package private(set) var at: Int64 = 0
    package private(set) var clusterID = ""
    package private(set) var productVersion = ""
    package private(set) var jobs: [String: LiveJob] = [:]
    package private(set) var tasks: [Data: TaskRow] = [:]
    package private(set) var workers: [String: WorkerRow] = [:]
    package private(set) var gates: [String: GateStatus] = [:]
    package private(set) var totals: [String: LedgerTotal] = [:]
    /// Newest last; bounded.
    package private(set) var events: [EventRow] = []
    package private(set) var entries: [LedgerEntry] = []
    /// Events and entries ever heard: their places have names that stay when old ones go.
    package private(set) var eventCount = 0
    package private(set) var entryCount = 0
    /// Rises with every change: what was worked out from an older one is worked out anew.
    package private(set) var version: UInt64 = 0
    /// Rows that could not be understood.
    package private(set) var oddities = 0
    /// Tasks that were finished while somebody looked, by the coordinator's clock; of the last minutes.
    package private(set) var finished: [Int64] = []
    /// The task whose picture is newest.
    package private(set) var newestPicture: Data?
    /// Where a task stands in jobs.
    private var places: [Data: [(job: String, node: Int)]] = [:]

    package static let eventLimit = 2_000

    package init() {}

    /// Takes an answer. False when it does not follow on what is known: then everything is asked for again.
    package mutating func take(_ answer: WatchAnswer) -> Bool {
        if answer.snapshot {
            guard answer.part == nextPart, answer.parts > answer.part, answer.parts <= 10_000,
                answer.part == 0 || (answer.epoch == epoch && answer.sequence == sequence)
            else {
                self = LiveModel()
                return false
            }
            if answer.part == 0 {
                let before = version
                self = LiveModel()
                version = before
            }
            nextPart = answer.part + 1 < answer.parts ? answer.part + 1 : 0
        } else {
            guard answer.epoch == epoch, nextPart == 0, answer.sequence >= sequence else {
                self = LiveModel()
                return false
            }
        }
        (epoch, sequence) = (answer.epoch, answer.sequence)
        at = max(at, answer.atMilliseconds)
        clusterID = answer.clusterID.isEmpty ? clusterID : answer.clusterID
        productVersion = answer.productVersion.isEmpty ? productVersion : answer.productVersion
        version += 1
        takeRows(answer)
        return true
    }

    /// Follows the numbers of answers alone, without their rows: for whoever passes them on.
    /// - Returns: whether the answer says anything.
    package mutating func follow(_ answer: WatchAnswer) -> Bool {
        var bare = answer
        (bare.jobs, bare.tasks, bare.workers, bare.gates) = ([], [], [], [])
        (bare.events, bare.totals, bare.entries) = ([], [], [])
        _ = take(bare)
        return true
    }

    private mutating func takeRows(_ answer: WatchAnswer) {
        for row in answer.jobs { take(row) }
        for row in answer.tasks { take(row, isNews: !answer.snapshot, at: answer.atMilliseconds) }
        for row in answer.workers where !row.worker.isEmpty { workers[row.worker] = row }
        for row in answer.gates { gates[row.id] = row }
        for row in answer.totals { totals[row.scope] = row }
        events += answer.events
        eventCount += answer.events.count
        if events.count > Self.eventLimit { events.removeFirst(events.count - Self.eventLimit) }
        entries += answer.entries
        entryCount += answer.entries.count
        if entries.count > Self.eventLimit { entries.removeFirst(entries.count - Self.eventLimit) }
        let old = at - 300_000
        finished.removeAll { $0 < old }
    }

    private mutating func take(_ row: JobRow) {
        guard !row.job.isEmpty else {
            oddities += 1
            return
        }
        var row = row
        let nodes = row.nodes
        row.nodes = []
        guard nodes.isEmpty else {
            if let old = jobs[row.job] {
                for node in old.nodes { places[node.key]?.removeAll { $0.job == row.job } }
            }
            var job = LiveJob(row, nodes)
            for (index, node) in nodes.enumerated() {
                places[node.key, default: []].append((row.job, index))
                if let task = tasks[node.key] { job.move(index, from: nil, to: task) }
            }
            jobs[row.job] = job
            return
        }
        // A job that is known by its row alone has nothing in it yet.
        if jobs[row.job] == nil { jobs[row.job] = LiveJob(row, []) } else { jobs[row.job]?.take(row) }
    }

    private mutating func take(_ row: TaskRow, isNews: Bool, at now: Int64) {
        guard row.key.count == 32 else {
            oddities += 1
            return
        }
        var row = row
        // One text and one key for both: there are thousands.
        if let place = places[row.key]?.first, let node = jobs[place.job]?.nodes[place.node] {
            row.key = node.key
            if row.label == node.name { row.label = node.name }
        }
        let old = tasks.updateValue(row, forKey: row.key)
        for place in places[row.key] ?? [] { jobs[place.job]?.move(place.node, from: old, to: row) }
        if row.phase == "done", old?.phase != "done" {
            if isNews { finished.append(now) }
            if ["compose", "conform"].contains(row.kind), row.since >= (newestPicture.flatMap { tasks[$0]?.since } ?? 0)
            {
                newestPicture = row.key
            }
        }
    }

    /// Jobs, the newest first; those that run before those that ended.
    package var orderedJobs: [LiveJob] {
        jobs.values.sorted {
            let (left, right) = ($0.row.state == "running", $1.row.state == "running")
            if left != right { return left }
            return ($0.row.submittedAt, $0.row.job) > ($1.row.submittedAt, $1.row.job)
        }
    }

    /// Where a task stands in a job.
    package func node(of key: Data, in job: String) -> JobNodeRow? {
        places[key]?.first { $0.job == job }.flatMap { jobs[job]?.nodes[$0.node] }
    }

    /// Milliseconds until a job is done, by the busiest role's work over its slots: a lower bound, close when one role is
    /// the bottleneck.
    package func remaining(_ job: LiveJob) -> Int64 {
        var slots: [String: Int64] = [:]
        for worker in workers.values where worker.state == "active" {
            for slot in worker.slots { slots[slot.role, default: 0] += Int64(slot.count) }
        }
        return job.work.map { $0.value / max(1, slots[$0.key] ?? 1) }.max() ?? 0
    }

    /// Tasks finished a minute, over the last five at most.
    package var throughput: Double {
        guard let first = finished.first, at > first else { return 0 }
        return Double(finished.count) * 60_000 / Double(max(at - first, 10_000))
    }

    /// The gate that holds up most.
    package var bindingGate: GateStatus? {
        gates.values.filter { $0.waiting > 0 && ($0.inUse >= $0.concurrency || !$0.reason.isEmpty) }
            .max { ($0.waiting, $1.id) < ($1.waiting, $0.id) }
    }
}

extension TaskRow {
    /// Done or failed.
    package var hasEnded: Bool { phase == "done" || phase == "failed" }

    package var short: String { key.prefix(6).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
}
