import HashTreeCollections
import Protocol

/// What operators do: cancel, pause, retry, prioritise, drain.
extension Cluster {
    /// Where a task goes whose inputs are there: ready, unless all jobs that want it are paused, or wait for a person's
    /// approval of it.
    func readyPhase(of record: TaskRecord) -> TaskPhase { isHeld(record) ? .parked(until: .distantFuture) : .ready }

    /// What is bought is fetched, paused or not.
    private func isHeld(_ record: TaskRecord) -> Bool {
        guard record.purchase == nil else { return false }
        let running = record.jobs.compactMap { jobs[$0] }.filter { $0.standing == .running }
        let key = record.spec.key
        return !running.isEmpty && running.allSatisfy { $0.isPaused || $0.held[key] != nil }
    }

    /// What must be approved before a task is made; empty when nothing holds it.
    package func missingApprovals(of record: TaskRecord) -> Set<String> {
        guard record.phase == .parked(until: .distantFuture), isHeld(record) else { return [] }
        let key = record.spec.key
        return record.jobs.compactMap { jobs[$0] }.filter { $0.standing == .running && !$0.isPaused }
            .reduce(into: []) { $0.formUnion($1.held[key] ?? []) }
    }

    /// A person approves of something: what waited for it goes on.
    mutating func approve(_ id: JobID, _ names: Set<String>, at now: Instant, _ decision: inout Decision) {
        guard let job = jobs[id], job.standing == .running else { return }
        let given = names.intersection(job.missingApprovals)
        guard !given.isEmpty else { return }
        let released = jobs[id]?.approve(given) ?? []
        decision.jobs.insert(id)
        decision.journal.append(
            JournalEntry(at: now, text: "approved: \(given.sorted().joined(separator: " "))", job: id))
        for key in released {
            guard let record = tasks[key], record.phase == .parked(until: .distantFuture), !isHeld(record) else {
                continue
            }
            move(key, to: .ready, &decision)
        }
    }

    /// Holds a job's ready tasks, or lets them go on.
    mutating func pause(_ id: JobID, _ isPaused: Bool, at now: Instant, _ decision: inout Decision) {
        guard let job = jobs[id], job.standing == .running, job.isPaused != isPaused else { return }
        jobs[id]?.isPaused = isPaused
        decision.jobs.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "the job is \(isPaused ? "paused" : "resumed")", job: id))
        for key in Set(job.nodes.map(\.key)).sorted() {
            guard let record = tasks[key] else { continue }
            switch record.phase {
            case .ready where isHeld(record): move(key, to: .parked(until: .distantFuture), &decision)
            case .parked(.distantFuture) where !isHeld(record): move(key, to: .ready, &decision)
            default: continue
            }
        }
    }

    /// Changes a job's priority; a task has that of its most urgent running job.
    mutating func prioritise(_ id: JobID, _ priority: Int, at now: Instant, _ decision: inout Decision) {
        guard let job = jobs[id], job.standing == .running else { return }
        jobs[id]?.priority = priority
        decision.jobs.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "the job's priority is \(priority) now", job: id))
        for key in Set(job.nodes.map(\.key)) {
            guard let record = tasks[key] else { continue }
            let running = record.jobs.compactMap { jobs[$0] }.filter { $0.standing == .running }
            guard let highest = running.map(\.priority).max(), highest != record.rank.priority else { continue }
            decision.tasks.insert(key)
            // A ready task leaves its lane under the old rank and comes back under the new one.
            let phase = record.phase
            if case .ready = phase { move(key, to: .waiting, &decision) }
            tasks[key]?.rank.priority = highest
            if case .ready = phase { move(key, to: .ready, &decision) }
        }
    }

    /// Gives failed tasks a fresh start. A doubtful purchase is none of it: a person reconciles it.
    mutating func retry(_ id: JobID, only: Set<TaskKey>?, at now: Instant, _ decision: inout Decision) {
        guard let job = jobs[id], job.standing != .cancelled else { return }
        let keys = Set(job.nodes.map(\.key)).filter { key in
            guard only?.contains(key) ?? true, let record = tasks[key], case .failed = record.phase else {
                return false
            }
            return record.purchase.map { !$0.isDoubtful } ?? true
        }
        guard !keys.isEmpty else { return }
        if job.standing == .settled {
            jobs[id]?.standing = .running
            jobs[id]?.open = 0
        }
        decision.jobs.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "\(keys.count) failed tasks are tried again", job: id))
        for key in wantedAgain(job, keys).sorted() { wake(key, for: id, isAsked: true, at: now, &decision) }
        settleJobs(at: now, &decision)
    }

    /// The failed tasks and everything of the job that was made, or failed, because of them.
    private func wantedAgain(_ job: JobRecord, _ keys: Set<TaskKey>) -> Set<TaskKey> {
        let own = Set(job.nodes.map(\.key))
        var wanted = keys
        var pending = Array(keys)
        while let key = pending.popLast() {
            for dependant in tasks[key]?.dependants ?? [] where own.contains(dependant) {
                switch tasks[dependant]?.phase {
                case .failed: break
                case .done(let result) where result.isProvisional: break
                default: continue
                }
                if wanted.insert(dependant).inserted { pending.append(dependant) }
            }
        }
        return wanted
    }

    /// A worker gets nothing new. At once also means that unpaid work it has goes elsewhere.
    mutating func drain(_ id: WorkerID, isImmediate: Bool, at now: Instant, _ decision: inout Decision) {
        guard let worker = workers[id], worker.standing != .lost else { return }
        workers[id]?.standing = .draining
        refreshFreeSlots(of: id)
        decision.workers.insert(id)
        decision.journal.append(
            JournalEntry(at: now, text: "worker \(worker.name) is drained\(isImmediate ? " at once" : "")", worker: id))
        for key in worker.leases.sorted() {
            guard let record = tasks[key], let lease = record.lease(of: id) else { continue }
            // What was bought and is only asked after can be asked after by another.
            guard record.purchase == nil ? isImmediate : canBeHandedOver(record, by: id) else { continue }
            decision.effects.append(
                .withdraw(
                    id, worker.instance, AttemptID(task: key, number: lease.attempt), reason: "the worker is drained"))
            endAttempt(record, lease, .interrupted, "the worker was drained", at: now, &decision)
        }
        settleJobs(at: now, &decision)
    }

    /// Whether a task is a call that runs at its provider, and another worker could ask after it.
    func canBeHandedOver(_ record: TaskRecord, by id: WorkerID) -> Bool {
        guard case .running? = record.purchase?.step else { return false }
        return workers.values.contains { other in
            guard other.id != id, other.standing == .active, let role = other.capabilities[record.spec.capability]
            else { return false }
            return other.slots[role, default: 0] > other.used[role, default: 0]
        }
    }

    /// Starts a failed task again on its own: what it owes money for is fetched even when no job wants it any more.
    mutating func reopen(_ key: TaskKey, at now: Instant, _ decision: inout Decision) {
        restart(key, at: now, &decision)
        if case .idle = tasks[key]?.phase, tasks[key]?.purchase != nil { move(key, to: .waiting, &decision) }
        advance(key, at: now, &decision)
    }

    /// Earlier tries no longer count.
    mutating func pardon(_ key: TaskKey, _ decision: inout Decision) {
        guard let record = tasks[key], !record.tries.isEmpty else { return }
        tasks[key]?.tries = []
        decision.tasks.insert(key)
        decision.pardoned.insert(key)
    }

    /// A fresh start: earlier tries no longer count. Everything that was made or failed because of it starts again too.
    mutating func restart(_ key: TaskKey, at now: Instant, _ decision: inout Decision) {
        var pending = [key]
        while let next = pending.popLast() {
            guard let record = tasks[next] else { continue }
            switch record.phase {
            case .failed: pardon(next, &decision)
            case .done(let result) where result.isProvisional: break
            case .ready where next != key && record.needsInputs, .leased where next != key: break
            case .idle, .waiting, .ready, .parked, .leased, .done: continue
            }
            if case .leased(let lease) = record.phase, let worker = workers[lease.worker] {
                guard tasks[next]?.purchase.map({ $0.step == .intended }) ?? true else { continue }
                refund(next, "one of its inputs is made anew", at: now, &decision)
                decision.effects.append(
                    .withdraw(
                        worker.id, worker.instance, AttemptID(task: next, number: lease.attempt),
                        reason: "one of its inputs is made anew"))
            }
            let isWanted = record.jobs.contains { jobs[$0]?.standing == .running }
            move(next, to: isWanted ? .waiting : .idle, &decision)
            pending.append(contentsOf: record.dependants)
        }
    }

    /// Ends a job early: what no other job wants stops, except what may have been bought: that is fetched.
    mutating func cancel(_ id: JobID, at now: Instant, _ decision: inout Decision) {
        guard let job = jobs[id], job.standing == .running else { return }
        jobs[id]?.standing = .cancelled
        decision.jobs.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "the job was cancelled", job: id))
        for node in job.nodes {
            guard let record = tasks[node.key], Self.isOpen(record.phase) else { continue }
            guard !record.jobs.contains(where: { jobs[$0]?.standing == .running }) else {
                // The others may hold what this one let go on.
                if record.phase == .ready, isHeld(record) {
                    move(node.key, to: .parked(until: .distantFuture), &decision)
                }
                continue
            }
            if let purchase = record.purchase, purchase.step != .intended { continue }
            refund(node.key, "its job was cancelled", at: now, &decision)
            if case .leased(let lease) = record.phase, let worker = workers[lease.worker] {
                decision.effects.append(
                    .withdraw(
                        worker.id, worker.instance, AttemptID(task: node.key, number: lease.attempt),
                        reason: "its job was cancelled"))
            }
            move(node.key, to: .idle, &decision)
        }
    }
}
