import HashTreeCollections
import Protocol

extension Cluster {
    /// A worker tells what became of an attempt. Only the current attempt's holder is heard; everybody gets an answer,
    /// so that outboxes empty.
    mutating func report(
        _ worker: WorkerID, _ instance: InstanceID, _ attempt: AttemptID, _ outcome: AttemptOutcome,
        at now: Instant, _ decision: inout Decision
    ) {
        touch(worker, instance, at: now, &decision)
        guard let record = tasks[attempt.task], let lease = record.lease(of: worker), lease.attempt == attempt.number
        else {
            // Late, repeated or never ours to hear. The winner's own repetition is told that it had won.
            let hadWon =
                tasks[attempt.task].map {
                    $0.phase.result != nil && ($0.winner ?? $0.attempt) == attempt.number
                } ?? false
            decision.effects.append(.acknowledge(worker, instance, attempt, isAccepted: hadWon))
            return
        }
        decision.effects.append(.acknowledge(worker, instance, attempt, isAccepted: true))
        switch outcome {
        case .made(let result): finish(record, lease, result, at: now, &decision)
        case .failed(let failure, let message, let retryAfter):
            endAttempt(record, lease, failure, message, retryAfter: retryAfter, isWord: true, at: now, &decision)
        case .billed(let failure, let message, let cost):
            endAttempt(record, lease, failure, message, isWord: true, cost: cost, at: now, &decision)
        case .lostInput(let input, let message):
            if record.spec.inputs.contains(where: { $0.key == input }) { lose(input, for: record, at: now, &decision) }
            endAttempt(record, lease, .interrupted, message, at: now, &decision)
        }
        settleJobs(at: now, &decision)
    }

    private mutating func finish(
        _ record: TaskRecord, _ lease: Lease, _ made: TaskResult, at now: Instant, _ decision: inout Decision
    ) {
        let key = record.spec.key
        let result = TaskResult(
            digest: made.digest, sizeBytes: made.sizeBytes, cost: made.cost, facts: made.facts, worked: made.worked,
            isProvisional: lease.isProvisional || made.isProvisional)
        settle(key, cost: result.cost, "", at: now, &decision)
        noteAnswer(at: record.spec.gate, nil, isWord: true, "", retryAfter: nil, at: now, &decision)
        learn(record, lease, took: result.worked, &decision)
        lead(record, with: lease)
        tasks[key]?.winner = lease.attempt == record.attempt ? nil : lease.attempt
        tasks[key]?.holders = [lease.worker]
        for input in record.spec.inputs { hold(input.key, by: lease.worker) }
        move(key, to: .done(result), &decision)
        if !result.isProvisional { decision.effects.append(.keepReceipt(key)) }
        for dependant in record.dependants { advance(dependant, at: now, &decision) }
    }

    private mutating func learn(_ record: TaskRecord, _ lease: Lease, took: Span, _ decision: inout Decision) {
        let capability = record.spec.capability
        var learned = durations[capability] ?? LearnedDuration(mean: took, deviation: .zero, samples: 0)
        if learned.samples >= 3 {
            let role = role(of: lease, for: record.spec)
            workers[lease.worker]?.learnPace(at: role, took: took, usual: learned.mean)
        }
        learned.learn(took)
        durations[capability] = learned
        decision.durations.insert(capability)
    }

    /// A worker has a result at hand; the last three that do are remembered.
    private mutating func hold(_ key: TaskKey, by worker: WorkerID) {
        guard let holders = tasks[key]?.holders, !holders.contains(worker) else { return }
        tasks[key]?.holders = holders.suffix(2) + [worker]
    }

    /// Ends an attempt without a result and decides what comes next, by class of failure.
    /// - Parameters:
    ///   - isWord: its worker told it; otherwise it was lost, stalled or dropped.
    ///   - isBlamed: counts towards the worker's blocklist; of many attempts that die with one process one counts.
    mutating func endAttempt(
        _ record: TaskRecord, _ lease: Lease, _ told: FailureClass, _ message: String, retryAfter: Span? = nil,
        isWord: Bool = false, isBlamed: Bool = true, cost: MicroUSD = .zero, at now: Instant,
        _ decision: inout Decision
    ) {
        let key = record.spec.key
        if told == .workerFault, isBlamed {
            noteFault(of: lease.worker, at: record.spec.capability, message, now, &decision)
        }
        noteAnswer(
            at: record.spec.gate, told, isWord: isWord, message, retryAfter: retryAfter, at: now, &decision)
        let failure = endPurchase(of: key, told, message, isWord: isWord, cost: cost, at: now, &decision)
        tasks[key]?.tries.append(
            Try(worker: lease.worker, attempt: lease.attempt, failureClass: failure, message: message, at: now))
        decision.journal.append(
            JournalEntry(
                at: now, text: "attempt \(lease.attempt) of \(record.label) failed (\(failure.rawValue)): \(message)",
                task: key, worker: lease.worker))
        if record.copy != nil {
            if failure != .inputFault, (tasks[key]?.countedTries ?? 0) < policy.triesLimit {
                return endOneOfTwo(record, lease, &decision)
            }
            lead(record, with: lease)  // It will fail anywhere: the other need not go on.
        }
        decide(record, after: failure, message, retryAfter: retryAfter, at: now, &decision)
    }

    /// What becomes of a task whose last attempt has ended.
    private mutating func decide(
        _ record: TaskRecord, after failure: FailureClass, _ message: String, retryAfter: Span?, at now: Instant,
        _ decision: inout Decision
    ) {
        let key = record.spec.key
        let counted = tasks[key]?.countedTries ?? 0
        let isOut = isOut(record.spec.gate)
        switch failure {
        case .workerFault:
            counted >= policy.triesLimit ? fail(key, failure, message, now, &decision) : again(key, now, &decision)
        case .inputFault, .rejected, .unknown, .unusable: fail(key, failure, message, now, &decision)
        // What is bought is fetched, however long the provider is away; and when it is away for everybody, no task
        // of its own is to blame.
        case .providerFault
        where counted >= (isOut ? policy.outageTriesLimit : policy.triesLimit) && tasks[key]?.purchase == nil:
            fail(key, failure, message, now, &decision)
        case .providerFault:
            let doubled = policy.backOffFirst * (1 << Int64(min(counted - 1, 10)))
            move(key, to: .parked(until: now + (retryAfter ?? min(doubled, policy.backOffLimit))), &decision)
        case .scarce where record.spec.gate == nil:
            move(key, to: .parked(until: now + (retryAfter ?? policy.scarcePause)), &decision)
        case .scarce, .interrupted: again(key, now, &decision)
        }
    }

    private mutating func again(_ key: TaskKey, _ now: Instant, _ decision: inout Decision) {
        // A peer that hands back work for ever must not keep a job open for ever.
        if let record = tasks[key], record.tries.count >= 50 {
            fail(key, .workerFault, "given up after \(record.tries.count) attempts without an end", now, &decision)
        } else if tasks[key]?.purchase?.isDoubtful ?? false {
            // Its request may still be under way: a look-up that comes before it would find nothing.
            move(key, to: .parked(until: now + policy.lookUpAfter), &decision)
        } else {
            move(key, to: .waiting, &decision)
            advance(key, at: now, &decision)
        }
    }

    /// Fails a task for good, and with it everything that strictly needs it.
    private mutating func fail(
        _ key: TaskKey, _ failure: FailureClass, _ message: String, _ now: Instant, _ decision: inout Decision
    ) {
        move(
            key, to: .failed(TaskFailure(failureClass: failure, message: message, upstream: nil, at: now)), &decision)
        for dependant in tasks[key]?.dependants ?? [] { advance(dependant, at: now, &decision) }
    }

    /// Looks at a waiting task's inputs: makes it ready when all have ended, fails it when a strict one has failed.
    mutating func advance(_ key: TaskKey, at now: Instant, _ decision: inout Decision) {
        var pending = [key]
        while let next = pending.popLast() {
            guard let record = tasks[next], case .waiting = record.phase else { continue }
            switch record.needsInputs ? inputsState(of: record.spec) : .ended {
            case .open: continue
            case .ended: move(next, to: readyPhase(of: record), &decision)
            case .broken(let upstream, let failure):
                let label = tasks[upstream]?.label ?? "an input"
                let text = failure.upstream == nil ? "\(label): \(failure.message)" : failure.message
                move(
                    next,
                    to: .failed(
                        TaskFailure(
                            failureClass: failure.failureClass, message: text,
                            upstream: failure.upstream ?? upstream, at: now)), &decision)
                pending.append(contentsOf: record.dependants)
            }
        }
    }

    /// Everything it is made from is there, or will not come.
    func hasInputs(_ key: TaskKey) -> Bool {
        guard let record = tasks[key], case .ended = inputsState(of: record.spec) else { return false }
        return true
    }

    private enum InputsState {
        case open
        case ended
        case broken(TaskKey, TaskFailure)
    }

    private func inputsState(of spec: TaskSpec) -> InputsState {
        for input in spec.inputs {
            switch tasks[input.key]?.phase {
            case .done: continue
            case .failed(let failure): if !input.isTolerant { return .broken(input.key, failure) }
            case .idle, .waiting, .ready, .parked, .leased, nil: return .open
            }
        }
        return .ended
    }

    private mutating func noteFault(
        of worker: WorkerID, at capability: Capability, _ message: String, _ now: Instant,
        _ decision: inout Decision
    ) {
        guard let record = workers[worker] else { return }
        let kind = capability.kind
        let old = record.faults[kind].flatMap { now - $0.last > policy.blockFor ? nil : $0 }
        var fault = WorkerRecord.FaultCount(
            count: (old?.count ?? 0) + 1, blockedUntil: old?.blockedUntil, last: now, message: message)
        // A block sends work elsewhere; where there is no elsewhere, tries alone decide, and the film goes on.
        let hasAnother = workers.contains { id, other in
            id != worker && other.standing != .lost && !other.isBlocked(for: kind, at: now)
                && other.capabilities[capability] != nil
        }
        if fault.count >= policy.blockAfterFaults, hasAnother {
            fault.blockedUntil = now + policy.blockFor
            deadlines.insert(Deadline(at: now + policy.blockFor, subject: .unblocked(worker)))
            decision.journal.append(
                JournalEntry(
                    at: now, text: "\(record.name) gets no \(kind.rawValue) work for \(policy.blockFor): \(message)",
                    worker: worker))
        }
        workers[worker]?.faults[kind] = fault
        decision.workers.insert(worker)
    }
}
