import HashTreeCollections
import Protocol

extension Cluster {
    /// Gives ready tasks to free slots, best rank first, until one of the two runs out.
    mutating func place(at now: Instant, _ decision: inout Decision) {
        guard !lanes.isEmpty, !withFreeSlots.isEmpty else { return }
        var open = lanes.keys.sorted()
        while !withFreeSlots.isEmpty {
            var best: (entry: ReadyEntry, worker: WorkerID)?
            open.removeAll { lane in
                guard let choice = choice(in: lane, at: now) else { return true }
                if best.map({ choice.entry < $0.entry }) ?? true { best = choice }
                return false
            }
            guard let best else { return }
            lease(best.entry.key, to: best.worker, at: now, &decision)
        }
    }

    /// The lane's best task that some free worker may take now, and that worker.
    private func choice(in lane: Lane, at now: Instant) -> (entry: ReadyEntry, worker: WorkerID)? {
        guard let entries = lanes[lane] else { return nil }
        if let gate = lane.gate, !(gates[gate]?.isOpen(at: now) ?? false) { return nil }
        let free = freeWorkers(for: lane.capability, at: now)
        guard !free.isEmpty else { return nil }
        var chosen: WorkerID?
        let entry = entries.first(within: policy.scanLimit) { entry in
            guard let record = tasks[entry.key], refusal(of: record, at: now) == nil else { return false }
            chosen = worker(for: record, among: free, at: now)
            return chosen != nil
        }
        guard let entry, let chosen else { return nil }
        return (entry, chosen)
    }

    /// Free workers for a capability, the least busy first.
    private func freeWorkers(for capability: Capability, at now: Instant) -> [WorkerRecord] {
        var free: [WorkerRecord] = []
        for id in withFreeSlots {
            guard let worker = workers[id], let role = worker.capabilities[capability], worker.hasFreeSlot(for: role),
                !worker.isBlocked(for: capability.kind, at: now)
            else { continue }
            free.append(worker)
        }
        return free.sorted { ($0.leases.count, $0.id) < ($1.leases.count, $1.id) }
    }

    /// The least busy worker that has not failed this task. One that has gets it again only when no other could.
    private func worker(for record: TaskRecord, among free: [WorkerRecord], at now: Instant) -> WorkerID? {
        let tried = Set(record.tries.filter { $0.failureClass == .workerFault }.map(\.worker))
        guard !tried.isEmpty else { return free.first?.id }
        if let fresh = free.first(where: { !tried.contains($0.id) }) { return fresh.id }
        let othersExist = workers.contains { id, worker in
            worker.standing == .active && !tried.contains(id) && worker.capabilities[record.spec.capability] != nil
                && !worker.isBlocked(for: record.spec.kind, at: now)
        }
        return othersExist ? nil : free.first?.id
    }

    private mutating func lease(_ key: TaskKey, to id: WorkerID, at now: Instant, _ decision: inout Decision) {
        guard var record = tasks[key], let worker = workers[id] else { return }
        record.attempt += 1
        openPurchase(for: key, attempt: record.attempt, at: now, &decision)
        let lease = Lease(
            worker: id, attempt: record.attempt, assignedAt: now, assignment: worker.assignments + 1,
            expected: expected(record.spec), progressAt: now, isProvisional: isProvisional(record.spec))
        tasks[key]?.attempt = record.attempt
        workers[id]?.assignments = lease.assignment
        move(key, to: .leased(lease), &decision)
        decision.effects.append(.assign(id, worker.instance, assignment(for: record, lease)))
    }

    /// The message that hands an attempt over.
    func assignment(for record: TaskRecord, _ lease: Lease) -> Assignment {
        Assignment(
            attempt: AttemptID(task: record.spec.key, number: lease.attempt), spec: record.spec,
            inputs: record.spec.inputs.map { input in
                switch tasks[input.key]?.phase {
                case .done(let result): .blob(result.digest, sizeBytes: result.sizeBytes, facts: result.facts)
                case .failed(let failure): .missing(reason: failure.message)
                case .idle, .waiting, .ready, .parked, .leased, nil: .missing(reason: "it is being made anew")
                }
            }, label: record.label, expected: lease.expected, sequence: lease.assignment,
            order: tasks[record.spec.key]?.purchase?.order)
    }

    private func isProvisional(_ spec: TaskSpec) -> Bool {
        spec.inputs.contains { input in
            guard case .done(let result) = tasks[input.key]?.phase else { return true }
            return result.isProvisional
        }
    }
}
