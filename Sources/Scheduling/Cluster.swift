package import HashTreeCollections
package import Protocol

/// The whole state of a cluster and the only place where life-cycle decisions are made.
///
/// One door: ``apply(_:at:)`` takes events and the time and answers with a ``Decision``. The shell applies to a copy,
/// saves what changed in one transaction, adopts the copy and only then performs the effects; a copy costs paths, not
/// tables. Nothing here knows a clock, a socket or a file, so the simulator drives the very same code.
///
/// Invariants (checked in simulation after every step, see `TestKit`): one lease per task; done stays done; a worker
/// never holds more leases than slots; a gate is never over its limit; ready tasks are in exactly one lane; a job's
/// `open` equals its wanted tasks that have not ended; reserved + spent never passes a budget by a new reservation.
package struct Cluster: Sendable, Equatable {
    package let policy: Policy
    package internal(set) var tasks: TreeDictionary<TaskKey, TaskRecord> = [:]
    package internal(set) var jobs: TreeDictionary<JobID, JobRecord> = [:]
    package internal(set) var workers: TreeDictionary<WorkerID, WorkerRecord> = [:]
    package internal(set) var gates: TreeDictionary<GateID, GateRecord> = [:]
    package internal(set) var durations: TreeDictionary<Capability, LearnedDuration> = [:]
    package internal(set) var accounts: TreeDictionary<Scope, Account> = [:]
    /// The most that may be reserved and spent on one UTC day.
    package internal(set) var dailyCap: MicroUSD?

    // Derived, never saved.
    /// The number of the next task that arrives.
    var nextNumber: Int64 = 1
    var lanes: TreeDictionary<Lane, SortedChunks<ReadyEntry>> = [:]
    var deadlines = SortedChunks<Deadline>()
    var withFreeSlots: TreeSet<WorkerID> = []
    /// Slots in use, by job and role.
    var shares: TreeDictionary<Share, Int> = [:]
    /// Unpaid work that takes too long and may get a copy.
    var overdue: TreeSet<TaskKey> = []

    package init(policy: Policy = Policy()) { self.policy = policy }

    /// The earliest moment at which ``Event/timePassed`` has something to do.
    package var nextDeadline: Instant? { deadlines.first?.at }

    /// Takes events in order, then places what can be placed.
    package mutating func apply(_ events: some Sequence<Event>, at now: Instant) -> Decision {
        var decision = Decision()
        for event in events {
            switch event {
            case .submitted(let submission): submit(submission, at: now, &decision)
            case .jobCancelled(let id): cancel(id, at: now, &decision)
            case .jobPaused(let id, let isPaused): pause(id, isPaused, at: now, &decision)
            case .jobPriority(let id, let priority): prioritise(id, priority, at: now, &decision)
            case .approved(let id, let names): approve(id, names, at: now, &decision)
            case .retried(let id, let only): retry(id, only: only, at: now, &decision)
            case .workerDrained(let id, let isImmediate): drain(id, isImmediate: isImmediate, at: now, &decision)
            case .gateSet(let id, let limits): setGate(id, limits, at: now, &decision)
            case .capSet(let target, let cap): setCap(target, cap, at: now, &decision)
            case .reconciled(let key, let finding): reconcile(key, finding, at: now, &decision)
            case .purchaseTold(let worker, let instance, let attempt, let news):
                purchase(worker, instance, attempt, news, at: now, &decision)
            case .workerJoined(let hello): join(hello, at: now, &decision)
            case .workerBeat(let worker, let instance, let held, let lastAssignment):
                beat(worker, instance, held, lastAssignment, at: now, &decision)
            case .reported(let worker, let instance, let attempt, let outcome):
                report(worker, instance, attempt, outcome, at: now, &decision)
            case .workerLeft(let worker, let instance, let reason):
                leave(worker, instance, reason, at: now, &decision)
            case .timePassed: passTime(at: now, &decision)
            }
        }
        place(at: now, &decision)
        return decision
    }

    /// Takes one event.
    package mutating func apply(_ event: Event, at now: Instant) -> Decision {
        apply(CollectionOfOne(event), at: now)
    }

    /// Moves a task, and with it everything that follows from its phase: lanes, slots, gates, money, job counters.
    mutating func move(_ key: TaskKey, to phase: TaskPhase, _ decision: inout Decision) {
        guard let record = tasks[key] else { preconditionFailure("a task that is not there cannot move: \(key)") }
        leavePhase(of: record, &decision)
        tasks[key]?.phase = phase
        decision.tasks.insert(key)
        switch phase {
        case .ready: queue(key)
        case .leased(let lease): occupy(lease, for: record, &decision)
        case .parked(let until):
            if until < .distantFuture { deadlines.insert(Deadline(at: until, subject: .retry(key))) }
        case .idle, .waiting, .done, .failed: break
        }
        count(record, from: record.phase, to: phase, &decision)
    }

    /// Puts a ready task into its lane, for the job it now counts for.
    mutating func queue(_ key: TaskKey) {
        guard var record = tasks[key] else { return }
        record.owner = owner(of: record)
        tasks[key]?.owner = record.owner
        lanes[lane(of: record), default: .init()].insert(ReadyEntry(rank: record.rank, key: key))
    }

    private mutating func leavePhase(of record: TaskRecord, _ decision: inout Decision) {
        switch record.phase {
        case .ready:
            let lane = lane(of: record)
            lanes[lane]?.remove(ReadyEntry(rank: record.rank, key: record.spec.key))
            if lanes[lane]?.isEmpty ?? false { lanes[lane] = nil }
        case .leased(let lease):
            vacate(lease, of: record, &decision)
            if let copy = record.copy { dropCopy(copy, of: record.spec.key, &decision) }
            overdue.remove(record.spec.key)
        case .idle, .waiting, .parked, .done, .failed: break
        }
    }

    /// The role whose slots an attempt uses on its worker.
    func role(of lease: Lease, for spec: TaskSpec) -> Role {
        lease.role ?? workers[lease.worker]?.capabilities[spec.capability] ?? spec.kind.usualRole
    }

    mutating func occupy(_ given: Lease, for record: TaskRecord, _ decision: inout Decision) {
        let key = record.spec.key
        var lease = given
        let role = role(of: lease, for: record.spec)
        lease.role = role
        workers[lease.worker]?.leases.insert(key)
        workers[lease.worker]?.used[role, default: 0] += 1
        refreshFreeSlots(of: lease.worker)
        if let owner = record.owner { shares[Share(owner: owner, role: role), default: 0] += 1 }
        if let gate = record.spec.gate {
            gates[gate]?.inUse += 1
            decision.gates.insert(gate)
        }
        watch(lease, of: record)
    }

    /// Sets the moment at which a lease is looked at next: when it has stalled, or when it may get a copy.
    mutating func watch(_ old: Lease, of record: TaskRecord) {
        var lease = old
        lease.lookAt = lease.progressAt + stallLimit(lease.expected)
        if Self.mayBeCopied(record), !overdue.contains(record.spec.key) {
            lease.lookAt = min(lease.lookAt, lease.assignedAt + copyLimit(record.spec))
        }
        keep(lease, of: record.spec.key)
        deadlines.insert(
            Deadline(at: lease.lookAt, subject: .lease(AttemptID(task: record.spec.key, number: lease.attempt))))
    }

    /// Writes back a changed lease, or copy.
    mutating func keep(_ lease: Lease, of key: TaskKey) {
        if tasks[key]?.phase.lease?.attempt == lease.attempt {
            tasks[key]?.phase = .leased(lease)
        } else {
            tasks[key]?.copy = lease
        }
    }

    mutating func vacate(_ lease: Lease, of record: TaskRecord, _ decision: inout Decision) {
        let attempt = AttemptID(task: record.spec.key, number: lease.attempt)
        deadlines.remove(Deadline(at: lease.lookAt, subject: .lease(attempt)))
        let role = role(of: lease, for: record.spec)
        if workers[lease.worker]?.leases.remove(record.spec.key) != nil {
            workers[lease.worker]?.used[role, default: 1] -= 1
            refreshFreeSlots(of: lease.worker)
        }
        if let owner = record.owner {
            let share = Share(owner: owner, role: role)
            let left = (shares[share] ?? 1) - 1
            shares[share] = left > 0 ? left : nil
        }
        if let gate = record.spec.gate {
            gates[gate]?.inUse -= 1
            decision.gates.insert(gate)
        }
    }

    /// Keeps each job's number of open tasks, and settles a job when it reaches zero.
    private mutating func count(
        _ record: TaskRecord, from old: TaskPhase, to new: TaskPhase, _ decision: inout Decision
    ) {
        let change = (Self.isOpen(new) ? 1 : 0) - (Self.isOpen(old) ? 1 : 0)
        guard change != 0 else { return }
        for id in record.jobs where jobs[id]?.standing == .running {
            jobs[id]?.open += change
            if jobs[id]?.open == 0 { decision.jobs.insert(id) }
        }
    }

    /// Settles jobs whose last task has ended. Called once per event, when all that follows from it has moved.
    mutating func settleJobs(at now: Instant, _ decision: inout Decision) {
        for id in decision.jobs.sorted() {
            guard let job = jobs[id], job.standing == .running, job.open == 0 else { continue }
            jobs[id]?.standing = .settled
            decision.effects.append(.settled(id))
            decision.journal.append(JournalEntry(at: now, text: "the job has settled", job: id))
        }
    }

    static func isOpen(_ phase: TaskPhase) -> Bool {
        switch phase {
        case .waiting, .ready, .parked, .leased: true
        case .idle, .done, .failed: false
        }
    }

    func lane(of record: TaskRecord) -> Lane {
        Lane(capability: record.spec.capability, gate: record.spec.gate, owner: record.owner)
    }

    /// The job a task counts for: the most urgent that wants it, the oldest of those.
    func owner(of record: TaskRecord) -> JobID? {
        let running = record.jobs.filter { jobs[$0]?.standing == .running }
        guard running.count > 1 else { return running.first }
        return running.first { jobs[$0]?.priority == record.rank.priority } ?? running.first
    }

    /// How long an attempt's progress may stand still.
    func stallLimit(_ expected: Span) -> Span { (expected * 4).clamped(to: policy.stallRange) }

    /// What the work should take: learned where there is something to learn from, else the recipe's guess.
    func expected(_ spec: TaskSpec) -> Span {
        guard let learned = durations[spec.capability], learned.samples >= 3 else { return spec.expected }
        return learned.p95
    }

    mutating func refreshFreeSlots(of id: WorkerID) {
        guard let worker = workers[id], worker.standing == .active else {
            withFreeSlots.remove(id)
            return
        }
        if worker.slots.keys.contains(where: worker.hasFreeSlot(for:)) {
            withFreeSlots.insert(id)
        } else {
            withFreeSlots.remove(id)
        }
    }
}
