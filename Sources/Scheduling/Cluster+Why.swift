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
        case .parked(.distantFuture): return ["its job is paused; `snowflake resume` goes on"]
        case .parked(let until): return ["backs off for \(max(.zero, until - now)) after: \(lastFault(record))"]
        case .leased(let lease):
            let name = workers[lease.worker]?.name ?? lease.worker.rawValue
            return [
                "runs on \(name) for \(now - lease.assignedAt) (attempt \(lease.attempt), expected \(lease.expected))"
            ]
        case .done(let result):
            let note = result.isProvisional ? ", provisional: an input failed" : ""
            return ["done in \(result.worked), \(result.sizeBytes) bytes\(note)"]
        case .failed(let failure):
            let tries = record.tries.map {
                "attempt \($0.attempt) on \(workers[$0.worker]?.name ?? $0.worker.rawValue)"
            }
            return ["failed (\(failure.failureClass.rawValue)): \(failure.message)"]
                + (tries.isEmpty ? [] : [tries.joined(separator: ", ")])
        }
    }

    private func explainReady(_ record: TaskRecord, at now: Instant) -> [String] {
        var reasons: [String] = []
        let spec = record.spec
        if let id = spec.gate, let gate = gates[id], !gate.isOpen(at: now) {
            if let until = gate.pausedUntil, until > now {
                reasons.append("gate \(id) is paused for \(until - now): \(gate.reason)")
            } else {
                reasons.append("gate \(id) is full (\(gate.inUse) of \(gate.concurrency))")
            }
        }
        if let refusal = refusal(of: record, at: now) { reasons.append(refusal) }
        let capable = workers.values.filter { $0.capabilities[spec.capability] != nil && $0.standing != .lost }
        if capable.isEmpty {
            reasons.append(
                "no connected worker can do \(spec.capability); start one with --roles \(spec.kind.usualRole.rawValue)")
        }
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

    private func lastFault(_ record: TaskRecord) -> String { record.tries.last?.message ?? "an earlier attempt" }
}
