import HashTreeCollections
package import Protocol

/// Money and paid calls. Every reservation, settlement and refund of the house is made here.
extension Cluster {
    // MARK: caps

    /// The first cap that keeps a paid task from reserving its worst price, in words; nil when all allow it.
    package func refusal(of record: TaskRecord, at now: Instant) -> String? {
        let more = record.spec.priceCeiling
        guard more > .zero, record.purchase == nil else { return nil }
        guard let id = payer(of: record), let job = jobs[id] else { return "no running job pays for it" }
        if let budget = job.budget, job.reserved + job.spent + more > budget {
            return
                "the budget of job \(id) (\(budget) USD; \(job.spent) spent, \(job.reserved) reserved) does not allow "
                + "\(more) USD more; `snowflake cap job \(id) USD` raises it"
        }
        for scope in [Scope.provider(record.spec.backend), .day(now.day)] {
            let account = account(of: scope)
            guard !account.allows(more) else { continue }
            let cap = account.cap ?? .zero
            return
                "the cap of \(scope) (\(cap) USD; \(account.spent) spent, \(account.reserved) reserved) does not allow "
                + "\(more) USD more; `snowflake cap` raises it"
        }
        return nil
    }

    /// A day's cap is that of every day, until it has one of its own.
    package func account(of scope: Scope) -> Account {
        var account = accounts[scope] ?? Account()
        if case .day = scope, account.cap == nil { account.cap = dailyCap }
        return account
    }

    /// The oldest running job that wants the task.
    func payer(of record: TaskRecord) -> JobID? { record.jobs.first { jobs[$0]?.standing == .running } }

    // MARK: opening and ending

    /// Opens a purchase for a task about to be leased, or keeps the one it has.
    mutating func openPurchase(for key: TaskKey, attempt: Int, at now: Instant, _ decision: inout Decision) {
        guard let record = tasks[key], record.spec.priceCeiling > .zero, record.purchase == nil,
            let payer = payer(of: record)
        else { return }
        let step: Purchase.Step =
            record.asksFirst ? .doubtful(reason: "restored from a backup", wasLookedUp: false) : .intended
        tasks[key]?.asksFirst = false
        let purchase = Purchase(
            intent: attempt, payer: payer, ceiling: record.spec.priceCeiling, provider: record.spec.backend,
            model: record.spec.model, account: record.spec.account, gate: record.spec.gate, day: now.day,
            terms: record.spec.terms, step: step)
        tasks[key]?.purchase = purchase
        book(purchase, of: key, .reserved, purchase.ceiling, purchase.terms, at: now, &decision) { account in
            account.reserved = account.reserved + purchase.ceiling
        }
    }

    /// Nothing was bought: the reservation is free again.
    mutating func refund(_ key: TaskKey, _ note: String, at now: Instant, _ decision: inout Decision) {
        guard let purchase = tasks[key]?.purchase else { return }
        tasks[key]?.purchase = nil
        book(purchase, of: key, .refunded, purchase.ceiling, note, at: now, &decision) { account in
            account.reserved = account.reserved - purchase.ceiling
        }
    }

    /// The bill is known. A dearer bill than was reserved is booked as it is.
    mutating func settle(
        _ key: TaskKey, cost: MicroUSD, _ note: String, at now: Instant, _ decision: inout Decision
    ) {
        guard let purchase = tasks[key]?.purchase else { return }
        tasks[key]?.purchase = nil
        if case .running(let operation) = purchase.step {
            tasks[key]?.bought = Bought(intent: purchase.intent, operation: operation)
        }
        let note = cost > purchase.ceiling ? "dearer than the \(purchase.ceiling) USD reserved. \(note)" : note
        book(purchase, of: key, .settled, cost, note, at: now, &decision) { account in
            account.reserved = account.reserved - purchase.ceiling
            account.spent = account.spent + cost
        }
    }

    private mutating func book(
        _ purchase: Purchase, of key: TaskKey, _ kind: LedgerLine.Kind, _ amount: MicroUSD, _ note: String,
        at now: Instant, _ decision: inout Decision, _ change: (inout Account) -> Void
    ) {
        decision.tasks.insert(key)
        guard !purchase.isSettled else { return }
        decision.ledger.append(
            LedgerLine(
                at: now, kind: kind, task: key, intent: purchase.intent, job: purchase.payer,
                provider: purchase.provider, amount: amount, note: note))
        for scope in [Scope.provider(purchase.provider), .day(purchase.day)] {
            var account = accounts[scope] ?? Account()
            change(&account)
            accounts[scope] = account
            decision.accounts.insert(scope)
        }
        if let gate = purchase.gate.flatMap({ gates[$0] }) {
            var account = Account(reserved: gate.reserved, spent: gate.spent)
            change(&account)
            gates[gate.id]?.reserved = account.reserved
            gates[gate.id]?.spent = account.spent
            decision.gates.insert(gate.id)
        }
        if let job = jobs[purchase.payer] {
            var account = Account(reserved: job.reserved, spent: job.spent)
            change(&account)
            jobs[purchase.payer]?.reserved = account.reserved
            jobs[purchase.payer]?.spent = account.spent
            decision.jobs.insert(purchase.payer)
        }
    }

    /// Nobody knows whether it was bought: the reservation stays.
    mutating func doubt(
        _ key: TaskKey, _ reason: String, wasLookedUp: Bool, at now: Instant, _ decision: inout Decision
    ) {
        guard let purchase = tasks[key]?.purchase else { return }
        tasks[key]?.purchase?.step = .doubtful(reason: reason, wasLookedUp: wasLookedUp)
        book(purchase, of: key, .doubtful, purchase.ceiling, reason, at: now, &decision) { _ in }
    }

    // MARK: what workers tell

    /// A worker tells a step of a paid call.
    mutating func purchase(
        _ worker: WorkerID, _ instance: InstanceID, _ attempt: AttemptID, _ news: PurchaseNews, at now: Instant,
        _ decision: inout Decision
    ) {
        touch(worker, instance, at: now, &decision)
        let lease = tasks[attempt.task]?.phase.lease
        let isCurrent = lease?.worker == worker && lease?.attempt == attempt.number
        var reason = ""
        var isGranted = true
        switch news {
        case .sending: (isGranted, reason) = leaveToSend(attempt, isCurrent: isCurrent, at: now, &decision)
        case .accepted(let operation): reason = accepted(attempt, operation, at: now, &decision)
        case .notSent: notSent(attempt, isCurrent: isCurrent, at: now, &decision)
        }
        decision.effects.append(
            .answerPurchase(worker, instance, attempt, news, isGranted: isGranted, reason: reason))
        settleJobs(at: now, &decision)
    }

    /// Only the current attempt may send, and only once: what was granted before may have been sent.
    private mutating func leaveToSend(
        _ attempt: AttemptID, isCurrent: Bool, at now: Instant, _ decision: inout Decision
    ) -> (Bool, String) {
        guard isCurrent else { return (false, "another attempt has taken its place") }
        switch tasks[attempt.task]?.purchase?.step {
        // A look-up needs none of them; what it did not find cannot be bought without.
        case .intended where !hasInputs(attempt.task): return (false, "one of its inputs is made anew")
        case .intended:
            tasks[attempt.task]?.purchase?.step = .sending
            decision.tasks.insert(attempt.task)
            return (true, "")
        case .sending: return (true, "")  // The answer was lost: its asker has not sent while it waits for it.
        case .running, .doubtful: return (false, "it may have been sent already")
        case nil: return (false, "nothing is reserved for it")
        }
    }

    /// The provider's name for the call. Heard from whoever held an attempt of this task, however late: an operation
    /// that is known can be fetched, one that is forgotten is money lost.
    private mutating func accepted(
        _ attempt: AttemptID, _ operation: String, at now: Instant, _ decision: inout Decision
    ) -> String {
        let key = attempt.task
        guard let record = tasks[key], let purchase = record.purchase else { return "its bill is settled already" }
        guard purchase.intent <= attempt.number else { return "it belongs to an earlier purchase" }
        switch purchase.step {
        case .running(let known) where known != operation:
            decision.journal.append(
                JournalEntry(
                    at: now,
                    text: "\(record.label): the provider names two operations for one purchase: \(known) and "
                        + "\(operation); look at its bill", task: key))
            return "another operation is known for it"
        case .running: return ""
        case .intended, .sending, .doubtful: break
        }
        tasks[key]?.purchase?.step = .running(operation: operation)
        decision.tasks.insert(key)
        noteAnswer(at: record.spec.gate, nil, isWord: true, "", retryAfter: nil, at: now, &decision)
        switch record.phase {
        case .parked, .waiting:
            // There is nothing to look up any more, and no input to wait for.
            move(key, to: .waiting, &decision)
            advance(key, at: now, &decision)
        case .failed(let failure) where failure.failureClass == .unknown:
            // It waited for a person, who is not needed any more.
            reopen(key, at: now, &decision)
        case .idle, .ready, .leased, .done, .failed: break
        }
        return ""
    }

    /// The look-up found nothing. Heard only while it is doubtful: said again by the link after leave was given, it is old.
    private mutating func notSent(
        _ attempt: AttemptID, isCurrent: Bool, at now: Instant, _ decision: inout Decision
    ) {
        guard isCurrent, tasks[attempt.task]?.purchase?.isDoubtful ?? false else { return }
        tasks[attempt.task]?.purchase?.step = .intended
        decision.tasks.insert(attempt.task)
    }

    // MARK: attempts that end

    /// What the end of an attempt means for its purchase, and for the failure that is reported.
    /// - Parameter isWord: the worker told it; otherwise it was lost, stalled or dropped.
    mutating func endPurchase(
        of key: TaskKey, _ failure: FailureClass, _ message: String, isWord: Bool, cost: MicroUSD, at now: Instant,
        _ decision: inout Decision
    ) -> FailureClass {
        guard let purchase = tasks[key]?.purchase else { return failure }
        if purchase.isSettled {
            guard isWord, [.unknown, .rejected, .unusable, .inputFault].contains(failure) else {
                return failure == .workerFault ? .interrupted : failure
            }
            settle(key, cost: .zero, message, at: now, &decision)
            return .unusable
        }
        if failure == .rejected || failure == .unusable || (isWord && cost > .zero) {
            settle(key, cost: cost, message, at: now, &decision)
            return failure
        }
        switch purchase.step {
        case .intended:
            refund(key, "nothing was sent", at: now, &decision)
            return failure
        case .sending:
            // A provider's own answer, and a failure before the call, are proof; anything else is not.
            if isWord, [.providerFault, .scarce, .inputFault].contains(failure) {
                refund(key, message, at: now, &decision)
                return failure
            }
            doubt(key, message, wasLookedUp: false, at: now, &decision)
            return .interrupted  // The next attempt looks it up.
        case .running:
            guard isWord, failure == .unknown else {
                return failure == .inputFault ? .unknown : failure == .workerFault ? .interrupted : failure
            }
            doubt(key, message, wasLookedUp: true, at: now, &decision)
            return .unknown
        case .doubtful(_, let wasLookedUp):
            guard isWord, failure == .unknown else { return wasLookedUp ? .unknown : .interrupted }
            doubt(key, message, wasLookedUp: true, at: now, &decision)
            return .unknown
        }
    }

    /// A person has found out what became of a doubtful purchase.
    mutating func reconcile(_ key: TaskKey, _ finding: Finding, at now: Instant, _ decision: inout Decision) {
        guard let record = tasks[key], let purchase = record.purchase, purchase.isDoubtful,
            record.phase.lease == nil
        else { return }
        switch finding {
        case .billed(let cost):
            settle(key, cost: cost, "a person found it billed, with nothing to fetch", at: now, &decision)
            move(
                key,
                to: .failed(
                    TaskFailure(
                        failureClass: .unusable, message: "it was billed \(cost) USD and gave nothing", upstream: nil,
                        at: now)), &decision)
        case .notBilled:
            refund(key, "a person found that it was not billed", at: now, &decision)
            reopen(key, at: now, &decision)
        case .operation(let operation):
            tasks[key]?.purchase?.step = .running(operation: operation)
            reopen(key, at: now, &decision)
        }
        decision.journal.append(JournalEntry(at: now, text: "\(record.label) was reconciled: \(finding)", task: key))
        settleJobs(at: now, &decision)
    }

    /// Sets a cap; `nil` takes it away. What is spent beyond a lower one stays spent: new work waits.
    mutating func setCap(_ target: CapTarget, _ cap: MicroUSD?, at now: Instant, _ decision: inout Decision) {
        switch target {
        case .job(let id):
            guard jobs[id] != nil else { return }
            jobs[id]?.budget = cap
            decision.jobs.insert(id)
        case .provider(let name):
            accounts[.provider(name), default: Account()].cap = cap
            decision.accounts.insert(.provider(name))
        case .everyDay:
            dailyCap = cap
            decision.isDailyCapChanged = true
        }
        decision.journal.append(
            JournalEntry(at: now, text: "the cap of \(target) is \(cap.map { "\($0) USD" } ?? "gone") now"))
    }
}

/// What a cap is set for.
package enum CapTarget: Hashable, Sendable, CustomStringConvertible {
    case job(JobID)
    case provider(String)
    case everyDay

    package var description: String {
        switch self {
        case .job(let id): "job \(id)"
        case .provider(let name): "provider \(name)"
        case .everyDay: "each day"
        }
    }
}
