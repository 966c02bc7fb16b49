import HashTreeCollections
package import Protocol

/// Gates: what they let through, and when they are looked at again.
extension Cluster {
    /// What keeps a task from passing its gate now; `nil` when nothing does, or it has none.
    package func closure(of record: TaskRecord, at now: Instant) -> GateRecord.Closure? {
        guard let id = record.spec.gate, let gate = gates[id] else { return nil }
        return gate.closure(
            at: now, price: record.purchase == nil ? record.spec.priceCeiling : .zero, isCall: startsCall(record),
            policy: policy)
    }

    /// Fetching what is bought already is no call.
    private func startsCall(_ record: TaskRecord) -> Bool {
        switch record.purchase?.step {
        case .running, .doubtful: false
        case .intended, .sending, nil: true
        }
    }

    /// An attempt passes its gate.
    mutating func pass(_ record: TaskRecord, at now: Instant, _ decision: inout Decision) {
        guard let id = record.spec.gate else { return }
        if startsCall(record) { gates[id]?.countCall(at: now) }
        decision.gates.insert(id)
        watch(id, at: now)
    }

    /// Makes sure that a closed gate is looked at when it opens by itself.
    mutating func watch(_ id: GateID, at now: Instant) {
        guard let opens = gates[id]?.closure(at: now, policy: policy)?.opensAt else { return }
        deadlines.insert(Deadline(at: opens, subject: .gate(id)))
    }

    /// What the end of an attempt says of the provider.
    /// - Parameter failure: `nil` for a result.
    mutating func noteAnswer(
        at id: GateID?, _ failure: FailureClass?, isWord: Bool, _ message: String, retryAfter: Span?, at now: Instant,
        _ decision: inout Decision
    ) {
        guard let id, let gate = gates[id], isWord else { return }
        switch failure {
        case .providerFault, .unknown:
            gates[id]?.noteFault(at: now, policy: policy)
            if let until = gates[id]?.brokenUntil, until > now {
                decision.journal.append(
                    JournalEntry(at: now, text: "gate \(id) is broken off for \(until - now): \(message)"))
            }
        case .scarce:
            gates[id]?.putOff += 1
            gates[id]?.pausedUntil = max(gate.pausedUntil ?? now, now + (retryAfter ?? policy.scarcePause))
            gates[id]?.reason = message
        case nil, .rejected, .unusable: gates[id]?.noteAnswer()
        case .workerFault, .inputFault, .interrupted: return
        }
        decision.gates.insert(id)
        watch(id, at: now)
    }

    /// The provider is out for everybody: a task's own tries do not decide.
    func isOut(_ id: GateID?) -> Bool { id.flatMap { gates[$0]?.isProbing(policy) } ?? false }

    /// An operator sets a gate's limits. What has passed it goes on.
    mutating func setGate(_ id: GateID, _ limits: GateLimits, at now: Instant, _ decision: inout Decision) {
        guard gates[id] != nil else { return }
        gates[id]?.limits = limits
        gates[id]?.isSetByHand = true
        decision.gates.insert(id)
        decision.journal.append(JournalEntry(at: now, text: "gate \(id) was given other limits"))
        watch(id, at: now)
    }
}
