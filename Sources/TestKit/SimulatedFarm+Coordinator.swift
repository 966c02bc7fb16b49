import HashTreeCollections
import Protocol
import Scheduling

/// The coordinator's shell in virtual time.
extension SimulatedFarm {
    /// What the coordinator believes the time to be.
    private var wallClock: Instant { now + clockError }

    mutating func crashCoordinator() {
        note("the coordinator crashes")
        isCoordinatorUp = false
        heap.add(.coordinatorStarts, at: now + seconds(1...90))
    }

    mutating func restartCoordinator() {
        guard !isCoordinatorUp else { return }
        if generator.happens(faults.clockJump) {
            clockError = .seconds(Int64.random(in: -3_600...3_600, using: &generator))
        }
        let error = clockError.milliseconds / 1_000
        note("the coordinator starts, its clock \(error) s off")
        isCoordinatorUp = true
        timerAt = nil
        var tables = saved.saved
        if mutation == .forgetsDone, let index = tables.tasks.firstIndex(where: { $0.phase.result != nil }) {
            tables.tasks[index].phase = .waiting
        }
        cluster = Cluster(policy: cluster.policy, saved: tables, at: wallClock)
        for key in books.promised where !books.rotten.contains(key) && cluster.tasks[key]?.phase.result == nil {
            broken = broken ?? "a restart forgot the result of \(cluster.tasks[key]?.label ?? "") \(key)"
        }
        decide([.timePassed])
    }

    mutating func receive(_ message: Message, from index: Int, life: Int) {
        guard isCoordinatorUp else { return }
        let worker = workerID(index)
        let instance = instanceID(index, life)
        switch message {
        case .hello(let hello):
            decide([.workerJoined(hello)])
            send(
                .welcome(
                    Welcome(clusterID: "sim", storeURL: "", beatEvery: cluster.policy.beatEvery, productVersion: "")),
                to: index, life: life)
        case .beat(let held, let last):
            decide([.workerBeat(worker, instance, held: held, lastAssignment: last)])
        case .report(let id, let attempt, let outcome):
            guard id == worker else { return }  // Another's name: refused by the shell.
            report(worker, instance, attempt, checked(outcome))
        case .goodbye(let reason): decide([.workerLeft(worker, instance, reason: reason)])
        case .purchase(let id, let attempt, let news):
            guard id == worker else { return }
            decide([.purchaseTold(id, instance, attempt, news)])
        case .welcome, .assign, .acknowledge, .withdraw, .purchaseSaved, .refusal, .request, .response, .log, .watched:
            return
        }
    }

    /// A result is believed only when the store has it; an input is lost only when the store has it not.
    private func checked(_ outcome: AttemptOutcome) -> AttemptOutcome {
        switch outcome {
        case .made(let result) where !blobs.contains(result.digest) && mutation != .believesWithoutBlob:
            .failed(.workerFault, message: "its blob is not in the store", retryAfter: nil)
        case .lostInput(let key, let message) where blobs.contains(key):
            .failed(.workerFault, message: message, retryAfter: nil)
        default: outcome
        }
    }

    private mutating func report(
        _ worker: WorkerID, _ instance: InstanceID, _ attempt: AttemptID, _ outcome: AttemptOutcome
    ) {
        let before = cluster.tasks[attempt.task]
        let isCurrent = before?.lease(of: worker)?.attempt == attempt.number
        if mutation == .skipsTheFence, let lease = before?.phase.lease {
            let current = AttemptID(task: attempt.task, number: lease.attempt)
            let holder = cluster.workers[lease.worker]?.instance ?? instance
            decide([.reported(lease.worker, holder, current, outcome)])
        } else {
            decide([.reported(worker, instance, attempt, outcome)])
        }
        guard case .made(let result) = outcome, before?.phase.result == nil,
            cluster.tasks[attempt.task]?.phase.result != nil
        else { return }
        if !isCurrent { broken = broken ?? "\(before?.label ?? "") was won by \(attempt), which was not current" }
        if !blobs.contains(result.digest) { broken = broken ?? "\(before?.label ?? "") is done without a blob" }
        books.rotten.remove(attempt.task)
        if isCoordinatorUp, cluster.tasks[attempt.task]?.phase.result?.isProvisional == false {
            books.promised.insert(attempt.task)
        }
    }

    /// The shell's order: apply to a copy, save, adopt, perform. A crash may come before the save or after it.
    mutating func decide(_ events: [Event]) {
        var next = cluster
        var decision = next.apply(events, at: wallClock)
        mutate(&next, &decision, after: events)
        if generator.happens(faults.coordinatorDiskFull / 100) {
            note("the coordinator cannot save")
            return crashCoordinator()
        }
        let isEarly = mutation == .sendsBeforeSaving && generator.happens(0.01)
        if !isEarly { adopt(next, decision) }
        if !isEarly, faults.coordinatorCrash > 0, generator.happens(faults.coordinatorCrash / 200) {
            return crashCoordinator()
        }
        for effect in decision.effects { perform(effect) }
        if isEarly { return crashCoordinator() }
        guard let deadline = cluster.nextDeadline else { return }
        let due = max(now, deadline + .milliseconds(-clockError.milliseconds))
        if timerAt.map({ $0 <= now || due < $0 }) ?? true {
            timerAt = due
            heap.add(.timer, at: due)
        }
    }

    private mutating func adopt(_ next: Cluster, _ decision: Decision) {
        for key in decision.tasks {
            guard let old = cluster.tasks[key]?.phase.result, !old.isProvisional, next.tasks[key]?.phase.result == nil,
                !books.rotten.contains(key)
            else { continue }
            broken = broken ?? "\(next.tasks[key]?.label ?? "") \(key) was done and is not"
        }
        saved = next
        cluster = next
        for entry in decision.journal { note(entry.text) }
        for line in decision.ledger {
            note("ledger: \(line.kind) \(line.amount) for \(line.task) intent \(line.intent): \(line.note)")
            if let fault = books.enter(line) { broken = broken ?? fault }
        }
        if let fault = books.limitFault(next, isNew: decision.ledger.contains { $0.kind == .reserved }) {
            broken = broken ?? fault
        }
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .assign(let worker, let instance, let assignment):
            send(.assign(assignment), toInstance: instance, of: worker)
        case .acknowledge(let worker, let instance, let attempt, let isAccepted):
            send(.acknowledge(attempt, isAccepted: isAccepted), toInstance: instance, of: worker)
            if isAccepted, mutation == .sendsBeforeSaving { books.promised.insert(attempt.task) }
        case .withdraw(let worker, let instance, let attempt, let reason):
            send(.withdraw(attempt, reason: reason), toInstance: instance, of: worker)
        case .answerPurchase(let worker, let instance, let attempt, let news, let isGranted, let reason):
            send(
                .purchaseSaved(attempt, news, isGranted: isGranted, reason: reason), toInstance: instance, of: worker)
        case .introduce(let worker, let instance):
            send(.refusal(reason: "say hello first", isFinal: false), toInstance: instance, of: worker)
        case .keepReceipt, .accepted, .refused, .settled, .dismiss: break
        }
    }

    // MARK: rules broken on purpose

    func mutated(_ submission: Submission) -> Submission {
        var submission = submission
        if mutation == .ignoresTheBudget { submission.budget = nil }
        if mutation == .ignoresTheGate {
            for index in submission.gates.indices { submission.gates[index].limits.concurrency += 1 }
        }
        return submission
    }

    private func mutate(_ next: inout Cluster, _ decision: inout Decision, after events: [Event]) {
        guard let mutation, [.forgetsARefund, .settlesTwice, .buysLostAgain].contains(mutation) else { return }
        var tables = next.saved
        switch mutation {
        case .forgetsARefund:
            guard let line = decision.ledger.first(where: { $0.kind == .refunded }) else { return }
            decision.ledger.removeAll { $0 == line }
            tables.accounts[.provider(line.provider), default: Account()].reserved = line.amount
        case .settlesTwice:
            guard let line = decision.ledger.first(where: { $0.kind == .settled && $0.amount > .zero }),
                let job = tables.jobs.firstIndex(where: { $0.id == line.job })
            else { return }
            tables.jobs[job].spent = tables.jobs[job].spent + line.amount
        case .buysLostAgain:
            let lost = tables.tasks.indices.filter { tables.tasks[$0].purchase?.isSettled ?? false }
            guard !lost.isEmpty else { return }
            for index in lost {
                (tables.tasks[index].purchase, tables.tasks[index].bought) = (nil, nil)
                tables.tasks[index].phase = .ready
            }
        default: return
        }
        next = Cluster(policy: next.policy, saved: tables, at: wallClock)
    }
}
