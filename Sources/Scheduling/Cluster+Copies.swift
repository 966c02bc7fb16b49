import HashTreeCollections
import Protocol

/// Second copies of slow work: unpaid, of no gate, on a worker that would otherwise be idle. Paid work never has one.
///
/// | lease and copy | event | becomes |
/// |---|---|---|
/// | leased | slow, and a free worker that nothing waits for | leased, copied |
/// | leased, copied | a result of either | done; the other is withdrawn |
/// | leased, copied | the copy ends without a result | leased |
/// | leased, copied | the lease ends without a result | leased: the copy takes its place |
/// | leased, copied | either says that it will fail anywhere | failed; the other is withdrawn |
extension Cluster {
    static func mayBeCopied(_ record: TaskRecord) -> Bool {
        record.spec.priceCeiling == .zero && record.spec.gate == nil && record.copy == nil
    }

    /// How long an attempt may take before it counts as slow.
    func copyLimit(_ spec: TaskSpec) -> Span {
        max(policy.copyAfterAtLeast, expected(spec) * policy.copyAfterTimes)
    }

    /// Notes that an attempt has had its time. What was learned since its start may have allowed it more.
    mutating func noteSlow(_ record: TaskRecord, _ lease: Lease, at now: Instant) {
        guard Self.mayBeCopied(record), lease.assignedAt + copyLimit(record.spec) <= now else { return }
        overdue.insert(record.spec.key)
    }

    /// Gives slots that nothing else waits for to copies of slow work.
    mutating func placeCopies(at now: Instant, _ decision: inout Decision) {
        for key in overdue.sorted() {
            guard !withFreeSlots.isEmpty else { return }
            guard let record = tasks[key], let lease = record.phase.lease, record.copy == nil else {
                overdue.remove(key)
                continue
            }
            let own = workers[lease.worker].map { $0.slowness(at: role(of: lease, for: record.spec)) } ?? 1
            let tried = Set(record.tries.map(\.worker) + [lease.worker])
            let choice = freeWorkers(for: record.spec.capability, at: now).first { worker in
                !tried.contains(worker.id) && worker.slowness <= own
            }
            guard let worker = choice.flatMap({ workers[$0.id] }) else { continue }
            startCopy(of: record, lease, on: worker, at: now, &decision)
        }
    }

    private mutating func startCopy(
        of old: TaskRecord, _ lease: Lease, on worker: WorkerRecord, at now: Instant, _ decision: inout Decision
    ) {
        var record = old
        let key = record.spec.key
        record.attempt += 1
        let copy = Lease(
            worker: worker.id, attempt: record.attempt, assignedAt: now, assignment: worker.assignments + 1,
            expected: lease.expected, progressAt: now, isProvisional: lease.isProvisional)
        record.copy = copy
        tasks[key] = record
        overdue.remove(key)
        decision.tasks.insert(key)
        workers[worker.id]?.assignments = copy.assignment
        occupy(copy, for: record, &decision)
        decision.effects.append(.assign(worker.id, worker.instance, assignment(for: record, copy)))
        decision.journal.append(
            JournalEntry(
                at: now, text: "\(record.label) is slow and is tried by \(worker.name) too", task: key,
                worker: worker.id))
    }

    /// The copy is not needed any more: its slot is free, its worker is told.
    mutating func dropCopy(_ copy: Lease, of key: TaskKey, _ decision: inout Decision) {
        guard let record = tasks[key], record.copy != nil else { return }
        tasks[key]?.copy = nil
        vacate(copy, of: record, &decision)
        withdraw(copy, of: key, "another attempt was quicker", &decision)
    }

    /// Tells a lease's worker to stop.
    func withdraw(_ lease: Lease, of key: TaskKey, _ reason: String, _ decision: inout Decision) {
        guard let worker = workers[lease.worker] else { return }
        decision.effects.append(
            .withdraw(worker.id, worker.instance, AttemptID(task: key, number: lease.attempt), reason: reason))
    }

    /// Makes the copy the lease when it is the one that decides: what moves the task then withdraws the other.
    mutating func lead(_ record: TaskRecord, with lease: Lease) {
        guard let copy = record.copy, copy.attempt == lease.attempt, case .leased(let first) = record.phase else {
            return
        }
        tasks[record.spec.key]?.phase = .leased(copy)
        tasks[record.spec.key]?.copy = first
    }

    /// One of two attempts has ended without a result: the other goes on alone.
    mutating func endOneOfTwo(_ record: TaskRecord, _ ended: Lease, _ decision: inout Decision) {
        let key = record.spec.key
        guard case .leased(let lease) = record.phase, let copy = record.copy else { return }
        tasks[key]?.copy = nil
        vacate(ended, of: record, &decision)
        if ended.attempt == lease.attempt { tasks[key]?.phase = .leased(copy) }
        decision.tasks.insert(key)
        // Slow as it was, it may be copied again elsewhere.
        overdue.insert(key)
    }
}
