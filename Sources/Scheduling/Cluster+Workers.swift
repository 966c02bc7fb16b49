import HashTreeCollections
import Protocol

extension Cluster {
    /// A worker says hello: new, back again, or the same process on a new connection.
    mutating func join(_ hello: Hello, at now: Instant, _ decision: inout Decision) {
        let known = workers[hello.worker]
        if known?.former.contains(hello.instance) ?? false {
            // Two processes with one identity, or the link repeats a dead one's hello.
            decision.effects.append(
                .dismiss(
                    hello.worker, hello.instance,
                    reason: "another process has started with this worker's identity since; one folder is one worker"))
            return
        }
        if let known, known.instance != hello.instance {
            // The old process is gone. What it had finished is in its outbox and listed as held; the rest died with it.
            let held = Set(hello.held.map(\.attempt))
            var blamed: Set<TaskKind> = []
            for key in known.leases.sorted() {
                guard let record = tasks[key], let lease = record.lease(of: known.id) else { continue }
                if held.contains(AttemptID(task: key, number: lease.attempt)) { continue }
                drop(
                    record, lease, "the worker's process ended and was started again",
                    isBlamed: blamed.insert(record.spec.kind).inserted, at: now, &decision)
            }
        }
        var worker =
            workers[hello.worker]
            ?? WorkerRecord(
                id: hello.worker, name: hello.name, instance: hello.instance, standing: .active, slots: hello.slots,
                capabilities: hello.capabilities, lastSeen: now)
        if known == nil || known?.standing == .lost {
            deadlines.insert(Deadline(at: now + policy.suspectAfter, subject: .worker(hello.worker)))
        }
        if worker.instance != hello.instance {
            worker.assignments = 0
            worker.former = worker.former.suffix(7) + [worker.instance]
        }
        worker.name = hello.name
        if worker.instance != hello.instance || worker.standing != .draining { worker.standing = .active }
        worker.instance = hello.instance
        worker.slots = hello.slots
        worker.lastSeen = now
        // What it can no longer do it gets no more of; leases know whose slot they use.
        worker.capabilities = hello.capabilities
        if worker.leases.isEmpty { worker.used = [:] }
        workers[hello.worker] = worker
        refreshFreeSlots(of: hello.worker)
        decision.workers.insert(hello.worker)
        if known?.instance != hello.instance {
            let roles = hello.slots.sorted { $0.key < $1.key }.map { "\($0.key.rawValue) \($0.value)" }
            decision.journal.append(
                JournalEntry(
                    at: now, text: "worker \(hello.name) joined with \(roles.joined(separator: ", "))",
                    worker: hello.worker))
        }
        settleJobs(at: now, &decision)
    }

    /// A sign of life that lists what the worker holds.
    mutating func beat(
        _ id: WorkerID, _ instance: InstanceID, _ held: [HeldAttempt], _ lastAssignment: UInt64, at now: Instant,
        _ decision: inout Decision
    ) {
        guard let worker = workers[id], worker.instance == instance, worker.standing != .lost else {
            decision.effects.append(.introduce(id, instance))
            return
        }
        touch(id, instance, at: now, &decision)
        workers[id]?.assignments = max(worker.assignments, lastAssignment)
        var seen: Set<TaskKey> = []
        for item in held {
            let attempt = item.attempt
            guard let record = tasks[attempt.task], var lease = record.lease(of: id), lease.attempt == attempt.number
            else {
                decision.effects.append(
                    .withdraw(id, instance, attempt, reason: "another attempt has taken its place"))
                continue
            }
            seen.insert(attempt.task)
            if item.progress > lease.progress || lease.omittedBeats > 0 {
                if item.progress > lease.progress { lease.progressAt = now }
                lease.progress = max(lease.progress, item.progress)
                lease.omittedBeats = 0
                keep(lease, of: attempt.task)
            }
        }
        for key in worker.leases.sorted() where !seen.contains(key) {
            guard let record = tasks[key], let lease = record.lease(of: id) else { continue }
            omitted(record, lease, by: worker, lastAssignment, at: now, &decision)
        }
        settleJobs(at: now, &decision)
    }

    /// A beat left out a lease: it never arrived (send it again) or was dropped (end it).
    private mutating func omitted(
        _ record: TaskRecord, _ old: Lease, by worker: WorkerRecord, _ lastAssignment: UInt64, at now: Instant,
        _ decision: inout Decision
    ) {
        var lease = old
        lease.omittedBeats += 1
        guard lease.omittedBeats >= policy.omittedBeatsLimit else {
            keep(lease, of: record.spec.key)
            return
        }
        if lastAssignment < lease.assignment {
            lease.omittedBeats = 0
            keep(lease, of: record.spec.key)
            decision.effects.append(.assign(worker.id, worker.instance, assignment(for: record, lease)))
        } else {
            endAttempt(record, lease, .interrupted, "the worker no longer holds it", at: now, &decision)
        }
    }

    /// A worker stops in good order: what it held is nobody's fault.
    mutating func leave(
        _ id: WorkerID, _ instance: InstanceID, _ reason: String, at now: Instant, _ decision: inout Decision
    ) {
        guard let worker = workers[id], worker.instance == instance, worker.standing != .lost else { return }
        workers[id]?.standing = .lost
        refreshFreeSlots(of: id)
        decision.workers.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "worker \(worker.name) left: \(reason)", worker: id))
        for key in worker.leases.sorted() {
            guard let record = tasks[key], let lease = record.lease(of: id) else { continue }
            endAttempt(record, lease, .interrupted, "the worker left: \(reason)", at: now, &decision)
        }
        settleJobs(at: now, &decision)
    }

    /// Any message is a sign of life.
    mutating func touch(_ id: WorkerID, _ instance: InstanceID, at now: Instant, _ decision: inout Decision) {
        guard let worker = workers[id], worker.instance == instance else { return }
        workers[id]?.lastSeen = now
        guard worker.standing == .suspect else { return }
        workers[id]?.standing = .active
        refreshFreeSlots(of: id)
        decision.workers.insert(id)
    }

    /// Everything due by now.
    mutating func passTime(at now: Instant, _ decision: inout Decision) {
        while let deadline = deadlines.first, deadline.at <= now {
            deadlines.remove(deadline)
            switch deadline.subject {
            case .worker(let id): lookAtWorker(id, at: now, &decision)
            case .lease(let attempt): lookAtLease(attempt, at: now, &decision)
            case .retry(let key):
                if let record = tasks[key], case .parked(let until) = record.phase, until <= now {
                    move(key, to: readyPhase(of: record), &decision)
                }
            case .gate(let id):
                if let until = gates[id]?.pausedUntil, until <= now { gates[id]?.pausedUntil = nil }
                decision.gates.insert(id)
                watch(id, at: now)
            case .unblocked(let id):
                guard let worker = workers[id] else { continue }
                for (kind, fault) in worker.faults where fault.blockedUntil.map({ $0 <= now }) ?? false {
                    workers[id]?.faults[kind] = nil
                    decision.workers.insert(id)
                }
            }
        }
        settleJobs(at: now, &decision)
    }

    private mutating func lookAtWorker(_ id: WorkerID, at now: Instant, _ decision: inout Decision) {
        guard let worker = workers[id], worker.standing != .lost else { return }
        let silence = now - worker.lastSeen
        guard silence >= policy.lostAfter else {
            let isSilent = silence >= policy.suspectAfter
            if isSilent, worker.standing == .active {
                workers[id]?.standing = .suspect
                refreshFreeSlots(of: id)
                decision.workers.insert(id)
            }
            deadlines.insert(
                Deadline(
                    at: worker.lastSeen + (isSilent ? policy.lostAfter : policy.suspectAfter), subject: .worker(id)))
            return
        }
        workers[id]?.standing = .lost
        refreshFreeSlots(of: id)
        decision.workers.insert(id)
        decision.journal.append(
            JournalEntry(at: now, text: "worker \(worker.name) is lost: silent for \(silence)", worker: id))
        var blamed: Set<TaskKind> = []
        for key in worker.leases.sorted() {
            guard let record = tasks[key], let lease = record.lease(of: id) else { continue }
            drop(
                record, lease, "the worker was silent for \(silence)",
                isBlamed: blamed.insert(record.spec.kind).inserted, at: now, &decision)
        }
    }

    private mutating func lookAtLease(_ attempt: AttemptID, at now: Instant, _ decision: inout Decision) {
        guard let record = tasks[attempt.task],
            let lease = [record.phase.lease, record.copy].compactMap(\.self).first(where: {
                $0.attempt == attempt.number
            })
        else { return }
        let limit = stallLimit(lease.expected)
        guard now - lease.progressAt >= limit else {
            noteSlow(record, lease, at: now)
            watch(lease, of: record)
            return
        }
        if let worker = workers[lease.worker] {
            decision.effects.append(.withdraw(worker.id, worker.instance, attempt, reason: "no progress for \(limit)"))
        }
        drop(record, lease, "no progress for \(limit)", at: now, &decision)
    }

    /// Gives up an attempt whose worker failed it.
    private mutating func drop(
        _ record: TaskRecord, _ lease: Lease, _ message: String, isBlamed: Bool = true, at now: Instant,
        _ decision: inout Decision
    ) {
        endAttempt(record, lease, .workerFault, message, isBlamed: isBlamed, at: now, &decision)
    }

}
