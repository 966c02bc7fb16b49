import HashTreeCollections
import Protocol

/// Results the store has lost. What was made here is made again; what was bought is fetched again from its provider,
/// and is never bought again by itself.
extension Cluster {
    /// A done task's blob is gone.
    /// - Parameter dependant: who missed it; its jobs want it again.
    mutating func lose(_ key: TaskKey, for dependant: TaskRecord, at now: Instant, _ decision: inout Decision) {
        guard let record = tasks[key], record.phase.result != nil else { return }
        for other in record.dependants {
            guard let record = tasks[other], record.needsInputs else { continue }
            switch record.phase {
            case .ready, .parked: move(other, to: .waiting, &decision)
            default: continue
            }
        }
        let jobs = dependant.jobs.filter { self.jobs[$0]?.standing == .running }
        forget(key, payer: dependant.purchase?.payer ?? jobs.first, at: now, &decision)
        want(key, for: jobs, at: now, &decision)
    }

    /// Takes a lost result back, with what is needed to fetch it again.
    mutating func forget(_ key: TaskKey, payer: JobID?, at now: Instant, _ decision: inout Decision) {
        guard let record = tasks[key] else { return }
        tasks[key]?.holders = []
        pardon(key, &decision)
        decision.journal.append(JournalEntry(at: now, text: "the store has lost \(record.label)", task: key))
        guard record.spec.priceCeiling > .zero else { return move(key, to: .idle, &decision) }
        guard let bought = record.bought, let payer else {
            let message = "its result was bought and the store has lost it; `snowflake retry` buys it again"
            return move(
                key,
                to: .failed(TaskFailure(failureClass: .unusable, message: message, upstream: nil, at: now)), &decision)
        }
        refetch(key, bought, payer: payer, at: now)
        move(key, to: .idle, &decision)
    }

    /// Opens a purchase that is settled already, to fetch what it bought.
    mutating func refetch(_ key: TaskKey, _ bought: Bought, payer: JobID, at now: Instant) {
        guard let spec = tasks[key]?.spec else { return }
        tasks[key]?.bought = bought
        let attempt = tasks[key]?.attempt ?? 0
        tasks[key]?.attempt = max(attempt, bought.intent)
        tasks[key]?.purchase = Purchase(
            intent: bought.intent, payer: payer, ceiling: .zero, provider: spec.backend, model: spec.model,
            account: spec.account, gate: spec.gate, day: now.day, terms: spec.terms,
            step: .running(operation: bought.operation),
            isSettled: true)
    }

    /// Wakes an idle task, and the idle tasks it needs, for these jobs.
    private mutating func want(_ key: TaskKey, for jobs: [JobID], at now: Instant, _ decision: inout Decision) {
        var pending = [key]
        var woken: [TaskKey] = []
        while let next = pending.popLast() {
            guard let record = tasks[next], case .idle = record.phase, !jobs.isEmpty else { continue }
            let running = record.jobs.filter { self.jobs[$0]?.standing == .running }
            tasks[next]?.jobs = running + jobs.filter { !running.contains($0) }
            move(next, to: .waiting, &decision)
            woken.append(next)
            pending += record.spec.inputs.map(\.key)
        }
        for next in woken.reversed() { advance(next, at: now, &decision) }
    }
}
