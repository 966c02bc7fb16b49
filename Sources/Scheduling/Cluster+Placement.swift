import HashTreeCollections
import Protocol

/// A worker with a free slot for some kind of work, as placement sees it.
struct FreeWorker: Comparable {
    let id: WorkerID
    /// See ``WorkerRecord/slowness(at:)``.
    let slowness: Int64
    /// Leases it holds.
    var load: Int

    static func < (left: FreeWorker, right: FreeWorker) -> Bool {
        (left.slowness, left.load, left.id) < (right.slowness, right.load, right.id)
    }
}

extension Cluster {
    /// Gives ready tasks to free slots until one of the two runs out: the most urgent job first, among equals the one
    /// that has least of the role's slots, and of its tasks the best rank. What is left of slots goes to copies.
    mutating func place(at now: Instant, _ decision: inout Decision) {
        guard !withFreeSlots.isEmpty else { return }
        var open = lanes.isEmpty ? [] : lanes.keys.sorted()
        var free: [Capability: [FreeWorker]] = [:]
        while !withFreeSlots.isEmpty {
            var best: Choice?
            open.removeAll { lane in
                let able = free[lane.capability] ?? freeWorkers(for: lane.capability, at: now)
                free[lane.capability] = able
                guard let choice = choice(in: lane, among: able, at: now) else { return true }
                if best.map({ choice < $0 }) ?? true { best = choice }
                return false
            }
            guard let best else { break }
            lease(best.entry.key, to: best.worker, at: now, &decision)
            for capability in free.keys { refresh(&free[capability, default: []], best.worker, capability) }
        }
        if !overdue.isEmpty { placeCopies(at: now, &decision) }
    }

    private struct Choice: Comparable {
        let entry: ReadyEntry
        let share: Int
        let worker: WorkerID

        static func < (left: Choice, right: Choice) -> Bool {
            let (mine, other) = (left.entry.rank.priority, right.entry.rank.priority)
            if mine != other { return mine > other }
            return left.share == right.share ? left.entry < right.entry : left.share < right.share
        }
    }

    /// The lane's best task that some free worker may take now, and that worker.
    private func choice(in lane: Lane, among free: [FreeWorker], at now: Instant) -> Choice? {
        guard let entries = lanes[lane] else { return nil }
        if let gate = lane.gate.flatMap({ gates[$0] }),
            gate.closure(at: now, isCall: false, policy: policy) != nil
        {
            return nil
        }
        guard !free.isEmpty else { return nil }
        var chosen: WorkerID?
        let entry = entries.first(within: policy.scanLimit) { entry in
            guard let record = tasks[entry.key], refusal(of: record, at: now) == nil,
                closure(of: record, at: now) == nil
            else { return false }
            chosen = worker(for: record, among: free, at: now)
            return chosen != nil
        }
        guard let entry, let chosen else { return nil }
        let role = workers[chosen]?.capabilities[lane.capability] ?? lane.capability.kind.usualRole
        let share = lane.owner.flatMap { shares[Share(owner: $0, role: role)] } ?? 0
        return Choice(entry: entry, share: share, worker: chosen)
    }

    /// Moves a worker that has just got work to its new place in a list of free ones, or out of it.
    private func refresh(_ free: inout [FreeWorker], _ id: WorkerID, _ capability: Capability) {
        guard let old = free.firstIndex(where: { $0.id == id }) else { return }
        guard let worker = workers[id], let role = worker.capabilities[capability], worker.hasFreeSlot(for: role) else {
            free.remove(at: old)
            return
        }
        free[old].load = worker.leases.count
        var place = old
        while place + 1 < free.count, free[place + 1] < free[place] {
            free.swapAt(place, place + 1)
            place += 1
        }
    }

    /// Free workers for a capability: the quickest first, of equals the least busy.
    func freeWorkers(for capability: Capability, at now: Instant) -> [FreeWorker] {
        var free: [FreeWorker] = []
        for id in withFreeSlots {
            guard let worker = workers[id], let role = worker.capabilities[capability], worker.hasFreeSlot(for: role),
                !worker.isBlocked(for: capability.kind, at: now)
            else { continue }
            free.append(FreeWorker(id: id, slowness: worker.slowness(at: role), load: worker.leases.count))
        }
        return free.sorted()
    }

    /// The first worker that has not failed this task. One that has gets it again only when no other could. Among
    /// equals one that has its inputs at hand.
    private func worker(for record: TaskRecord, among free: [FreeWorker], at now: Instant) -> WorkerID? {
        let tried: Set<WorkerID> =
            record.tries.isEmpty ? [] : Set(record.tries.filter { $0.failureClass == .workerFault }.map(\.worker))
        if let fresh = free.first(where: { !tried.contains($0.id) }) {
            return record.spec.inputs.isEmpty ? fresh.id : nearest(to: record, like: fresh, among: free, tried)
        }
        let othersExist = workers.contains { id, worker in
            worker.standing == .active && !tried.contains(id) && worker.capabilities[record.spec.capability] != nil
                && !worker.isBlocked(for: record.spec.kind, at: now)
        }
        return othersExist ? nil : free.first?.id
    }

    private func nearest(
        to record: TaskRecord, like first: FreeWorker, among free: [FreeWorker], _ tried: Set<WorkerID>
    ) -> WorkerID {
        var near: [WorkerID: Int64] = [:]
        for input in record.spec.inputs {
            guard let held = tasks[input.key], let size = held.phase.result?.sizeBytes else { continue }
            for holder in held.holders { near[holder, default: 0] += max(1, size) }
        }
        guard !near.isEmpty else { return first.id }
        let equals = free.filter { !tried.contains($0.id) && ($0.slowness, $0.load) == (first.slowness, first.load) }
        return equals.max { (near[$0.id] ?? 0, $1.id) < (near[$1.id] ?? 0, $0.id) }?.id ?? first.id
    }

    private mutating func lease(_ key: TaskKey, to id: WorkerID, at now: Instant, _ decision: inout Decision) {
        guard var record = tasks[key], let worker = workers[id] else { return }
        record.attempt += 1
        pass(record, at: now, &decision)
        openPurchase(for: key, attempt: record.attempt, at: now, &decision)
        let lease = Lease(
            worker: id, attempt: record.attempt, assignedAt: now, assignment: worker.assignments + 1,
            expected: expected(record.spec), progressAt: now, isProvisional: isProvisional(record))
        tasks[key]?.attempt = record.attempt
        workers[id]?.assignments = lease.assignment
        move(key, to: .leased(lease), &decision)
        decision.effects.append(.assign(id, worker.instance, assignment(for: record, lease)))
    }

    /// The message that hands an attempt over.
    func assignment(for record: TaskRecord, _ lease: Lease) -> Assignment {
        let order = tasks[record.spec.key]?.purchase?.order
        return Assignment(
            attempt: AttemptID(task: record.spec.key, number: lease.attempt), spec: record.spec,
            inputs: record.spec.inputs.map { input in
                if case .resume = order?.step { return .missing(reason: "it is bought already") }
                return switch tasks[input.key]?.phase {
                case .done(let result): .blob(result.digest, sizeBytes: result.sizeBytes, facts: result.facts)
                case .failed(let failure): .missing(reason: failure.message)
                case .idle, .waiting, .ready, .parked, .leased, nil: .missing(reason: "it is being made anew")
                }
            }, label: record.label, expected: lease.expected, sequence: lease.assignment,
            order: order)
    }

    /// Made without an input that may be missing. A strict one was there when it was bought, wherever it is now.
    private func isProvisional(_ record: TaskRecord) -> Bool {
        record.spec.inputs.contains { input in
            guard case .done(let result) = tasks[input.key]?.phase else {
                return record.needsInputs || input.isTolerant
            }
            return result.isProvisional
        }
    }
}
