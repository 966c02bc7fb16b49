import HashTreeCollections
package import Protocol

extension Cluster {
    /// What each role has to do, for the fleet.
    /// - Parameter ordered: workers that were started for an order: their slots are the fleet's own.
    package func demand(ordered: Set<WorkerID>) -> [Role: Demand] {
        var demand: [Role: Demand] = [:]
        var seen: Set<TaskKey> = []
        var calls: [GateID: Int] = [:]
        for job in jobs.values where job.standing == .running && !job.isPaused {
            for node in job.nodes {
                guard let record = tasks[node.key], !record.phase.hasEnded, record.phase.word != "idle",
                    seen.insert(node.key).inserted
                else { continue }
                let role = record.spec.usualRole
                var asked = demand[role] ?? Demand(seconds: 0, parallel: 0, slots: 0)
                let each = durations[record.spec.capability]?.mean ?? record.spec.expected
                asked.seconds += Double(max(1, each.milliseconds)) / 1_000
                if mayRun(record, &calls) { asked.parallel += 1 }
                demand[role] = asked
            }
        }
        for worker in workers.values where worker.standing == .active && !ordered.contains(worker.id) {
            for (role, count) in worker.slots { demand[role]?.slots += count }
        }
        return demand
    }

    /// Ready tasks that wait for a gate.
    package func waiting(at gate: GateID) -> Int {
        lanes.reduce(0) { $0 + ($1.key.gate == gate ? $1.value.count : 0) }
    }

    /// Whether a worker has something only it can go on with: a call another can ask after keeps no machine.
    package func isBusy(_ worker: WorkerRecord) -> Bool {
        worker.leases.contains { key in
            guard let record = tasks[key] else { return false }
            return !canBeHandedOver(record, by: worker.id)
        }
    }

    /// Whether a task runs, or could with a slot: no more calls of a gate than it lets through.
    private func mayRun(_ record: TaskRecord, _ calls: inout [GateID: Int]) -> Bool {
        switch record.phase {
        case .leased, .ready: break
        default: return false
        }
        guard let id = record.spec.gate, let gate = gates[id] else { return true }
        calls[id, default: 0] += 1
        return calls[id, default: 0] <= gate.limits.concurrency
    }
}
