import HashTreeCollections
package import Protocol

extension Cluster {
    /// Everything that keeps a task from being done, in words; for a done task, what it is.
    package func explain(_ key: TaskKey, at now: Instant) -> [String] {
        guard let record = tasks[key] else { return ["no such task"] }
        switch record.phase {
        case .idle: return ["not needed: nothing wanted depends on it"]
        case .waiting:
            let open = record.spec.inputs.compactMap { tasks[$0.key] }.filter { !$0.phase.hasEnded }
            let names = open.prefix(4).map { "\($0.label) (\($0.phase.word))" }
            return [
                "waits for \(names.joined(separator: ", "))" + (open.count > 4 ? " and \(open.count - 4) more" : "")
            ]
        case .ready: return explainReady(record, at: now)
        case .parked(.distantFuture) where !missingApprovals(of: record).isEmpty:
            let names = missingApprovals(of: record).sorted()
            return [
                "waits until a person approves of \(names.joined(separator: ", ")): `snowflake approve \(names[0])`"
            ]
        case .parked(.distantFuture): return ["its job is paused; `snowflake resume` goes on"]
        case .parked(let until): return ["backs off for \(max(.zero, until - now)) after: \(lastFault(record))"]
        case .leased(let lease): return explainRunning(record, lease, at: now)
        case .done(let result):
            let note = result.isProvisional ? ", provisional: an input failed" : ""
            return ["done in \(result.worked), \(result.sizeBytes) bytes\(note)"]
        case .failed(let failure) where failure.failureClass == .unknown && record.purchase != nil:
            return [
                "needs a person: \(failure.message); nobody knows whether it was bought: look it up at "
                    + "\(record.purchase?.provider ?? "the provider") under "
                    + "\(PurchaseOrder.reference(task: key, intent: record.purchase?.intent ?? 0)), then "
                    + "`snowflake reconcile \(record.label)`"
            ]
        case .failed(let failure):
            let tries = record.tries.map {
                "attempt \($0.attempt) on \(workers[$0.worker]?.name ?? $0.worker.rawValue)"
            }
            return ["failed (\(failure.failureClass.rawValue)): \(failure.message)"]
                + (tries.isEmpty ? [] : [tries.joined(separator: ", ")]) + advice(record, failure)
        }
    }

    private func explainReady(_ record: TaskRecord, at now: Instant) -> [String] {
        var reasons: [String] = []
        let spec = record.spec
        if let id = spec.gate, let closure = closure(of: record, at: now) {
            reasons.append("gate \(id) \(Self.words(closure, at: now))")
        }
        if let refusal = refusal(of: record, at: now) { reasons.append(refusal) }
        let capable = workers.values.filter { $0.capabilities[spec.capability] != nil && $0.standing != .lost }
        if capable.isEmpty { reasons.append(whatWouldHelp(spec)) }
        for worker in capable.sorted(by: { $0.id < $1.id }) {
            if worker.standing != .active {
                reasons.append("\(worker.name) is \(worker.standing.rawValue)")
            } else if let fault = worker.faults[spec.kind], let until = fault.blockedUntil, until > now {
                reasons.append(
                    "\(worker.name) is blocked for \(spec.kind.rawValue) for \(until - now): \(fault.message)")
            }
        }
        return reasons.isEmpty ? ["waits for a free slot"] : reasons
    }

    private func explainRunning(_ record: TaskRecord, _ lease: Lease, at now: Instant) -> [String] {
        var lines = [lease, record.copy].compactMap(\.self).map { lease in
            let name = workers[lease.worker]?.name ?? lease.worker.rawValue
            return
                "runs on \(name) for \(now - lease.assignedAt) (attempt \(lease.attempt), expected \(lease.expected))"
        }
        switch record.purchase?.step {
        case .running(let operation): lines.append("bought: its provider makes it as \(operation)")
        case .doubtful(let reason, _): lines.append("is looked up at its provider, because: \(reason)")
        case .intended, .sending, nil: break
        }
        return lines
    }

    /// What would make some worker capable.
    private func whatWouldHelp(_ spec: TaskSpec) -> String {
        let role = spec.kind.usualRole.rawValue
        let asked = spec.backend == "local" ? role : "api"
        let connected = workers.values.filter {
            $0.standing != .lost && $0.slots.keys.contains { $0.rawValue == asked }
        }
        guard let first = connected.min(by: { $0.id < $1.id }) else {
            return "no connected worker can do \(spec.capability); start one with --roles \(asked)"
        }
        let cause =
            spec.backend == "local"
            ? "lacks a tool for it (`snowflake doctor` there names it)" : "has no key for \(spec.capability.backend)"
        return "no connected worker can do \(spec.capability): \(first.name) has the role \(asked) and \(cause)"
    }

    /// What a person can do about a failed task.
    private func advice(_ record: TaskRecord, _ failure: TaskFailure) -> [String] {
        guard failure.upstream == nil else { return [] }
        switch failure.failureClass {
        case .rejected: return ["needs a person: change its prompt and render again"]
        case .inputFault: return ["needs a person: it would fail anywhere"]
        case .unusable: return ["needs a person: `snowflake retry \(record.label)` buys it again"]
        case .workerFault, .providerFault, .scarce, .interrupted, .unknown:
            return ["`snowflake retry \(record.label)` tries it again"]
        }
    }

    /// A closed gate in words, with its next opening.
    package static func words(_ closure: GateRecord.Closure, at now: Instant) -> String {
        switch closure {
        case .full(let inUse, let places): "is full (\(inUse) of \(places)); it opens when one of them ends"
        case .paused(let until, let reason): "is paused by its provider and opens in \(until - now): \(reason)"
        case .broken(let until, let faults):
            "is broken off after \(faults) faults of its provider in a row and is tried again in \(until - now)"
        case .perMinute(let limit, let until): "has had its \(limit) calls a minute and opens in \(until - now)"
        case .perDay(let limit, let until): "has had its \(limit) calls of the day and opens in \(until - now)"
        case .spend(let limit): "may spend \(limit) USD and not this much more; `snowflake gates --set` raises it"
        }
    }

    private func lastFault(_ record: TaskRecord) -> String { record.tries.last?.message ?? "an earlier attempt" }
}
