package import Protocol

/// A task and all that is known of it.
///
/// Copied on write: tables of the cluster are persistent trees whose nodes hold up to 32 records, and changing one
/// record copies the node. What it copies is one reference for each neighbour.
package struct TaskRecord: Sendable, Equatable {
    private final class Storage: @unchecked Sendable {
        // Never written while shared: `own()` sees to that.
        var contents: Contents

        init(_ contents: Contents) { self.contents = contents }
    }

    private struct Contents: Sendable, Equatable {
        var spec: TaskSpec
        let number: Int64
        let label: String
        var phase: TaskPhase = .idle
        var attempt: Int = 0
        var tries: [Try] = []
        var purchase: Purchase?
        var bought: Bought?
        var asksFirst: Bool = false
        var copy: Lease?
        var winner: Int?
        var holders: [WorkerID] = []
        var owner: JobID?
        var dependants: [TaskKey] = []
        var jobs: [JobID] = []
        var rank: Rank
    }

    private var storage: Storage

    /// - Parameter number: its place in the order of arrival, unique in the cluster.
    package init(spec: TaskSpec, number: Int64, rank: Rank, label: String) {
        storage = Storage(Contents(spec: spec, number: number, label: label, rank: rank))
    }

    private mutating func own() {
        if !isKnownUniquelyReferenced(&storage) { storage = Storage(storage.contents) }
    }

    package static func == (left: TaskRecord, right: TaskRecord) -> Bool {
        left.storage === right.storage || left.storage.contents == right.storage.contents
    }

    /// One key, one spec, but for what enters no key: account, gate and price.
    package internal(set) var spec: TaskSpec {
        get { storage.contents.spec }
        _modify {
            own()
            yield &storage.contents.spec
        }
    }

    /// Its place in the order of arrival: the short name of its rows.
    package var number: Int64 { storage.contents.number }
    /// The node's name in the job that asked first.
    package var label: String { storage.contents.label }

    /// Once it may have been bought, it is only looked up, waited for and fetched: what it was made from may be lost, or
    /// have failed.
    var needsInputs: Bool {
        switch purchase?.step {
        case .running, .doubtful: false
        case .intended, .sending, nil: true
        }
    }

    package var phase: TaskPhase {
        get { storage.contents.phase }
        _modify {
            own()
            yield &storage.contents.phase
        }
    }

    /// The number of the newest attempt; 0 before the first.
    package var attempt: Int {
        get { storage.contents.attempt }
        _modify {
            own()
            yield &storage.contents.attempt
        }
    }

    package var tries: [Try] {
        get { storage.contents.tries }
        _modify {
            own()
            yield &storage.contents.tries
        }
    }

    /// A paid call under way, or of which nobody knows what became.
    package var purchase: Purchase? {
        get { storage.contents.purchase }
        _modify {
            own()
            yield &storage.contents.purchase
        }
    }

    /// The provider's operation its result was fetched from: a lost result is fetched again.
    package var bought: Bought? {
        get { storage.contents.bought }
        _modify {
            own()
            yield &storage.contents.bought
        }
    }

    /// Restored from a backup: it may have been bought since, so its first purchase is looked up before it is made.
    package var asksFirst: Bool {
        get { storage.contents.asksFirst }
        _modify {
            own()
            yield &storage.contents.asksFirst
        }
    }

    /// A second attempt of slow unpaid work on another worker. The first of the two to bring a result wins, the other is
    /// withdrawn; when the lease ends otherwise the copy takes its place. Never saved: a restart forgets it, and its
    /// worker is told to drop it.
    package var copy: Lease? {
        get { storage.contents.copy }
        _modify {
            own()
            yield &storage.contents.copy
        }
    }

    /// The attempt that won, when it was not the newest. Never saved.
    var winner: Int? {
        get { storage.contents.winner }
        _modify {
            own()
            yield &storage.contents.winner
        }
    }

    /// Workers that have its result at hand, newest last. Never saved.
    var holders: [WorkerID] {
        get { storage.contents.holders }
        _modify {
            own()
            yield &storage.contents.holders
        }
    }

    /// The job it counts for while it waits for a slot or has one. Never saved.
    var owner: JobID? {
        get { storage.contents.owner }
        _modify {
            own()
            yield &storage.contents.owner
        }
    }

    /// Tasks that take this one's result.
    package var dependants: [TaskKey] {
        get { storage.contents.dependants }
        _modify {
            own()
            yield &storage.contents.dependants
        }
    }

    /// Jobs that want it, oldest first.
    package var jobs: [JobID] {
        get { storage.contents.jobs }
        _modify {
            own()
            yield &storage.contents.jobs
        }
    }

    package var rank: Rank {
        get { storage.contents.rank }
        _modify {
            own()
            yield &storage.contents.rank
        }
    }

    /// The lease or the copy, whichever this worker has.
    package func lease(of worker: WorkerID) -> Lease? {
        if let lease = phase.lease, lease.worker == worker { return lease }
        if let copy, copy.worker == worker { return copy }
        return nil
    }

    /// What the tables keep.
    var saved: TaskRecord {
        var record = self
        (record.copy, record.winner, record.holders, record.owner) = (nil, nil, [], nil)
        if case .leased(var lease) = record.phase {
            (lease.lookAt, lease.role) = (.distantFuture, nil)
            record.phase = .leased(lease)
        }
        return record
    }

    /// Faults that count towards the limit: interruptions and scarcity do not.
    package var countedTries: Int {
        tries.count { try_ in
            switch try_.failureClass {
            case .workerFault, .providerFault: true
            case .inputFault, .rejected, .scarce, .interrupted, .unknown, .unusable: false
            }
        }
    }
}
