import HashTreeCollections
import Protocol

extension Cluster {
    /// Every broken invariant of this state, in words; empty when all hold. Costs a walk over all tables: the
    /// simulator calls it after every step, the coordinator after a restart.
    package func audit() -> [String] {
        var faults: [String] = []
        var inUse: [GateID: Int] = [:]
        var held: [WorkerID: Set<TaskKey>] = [:]
        var reserved: [JobID: MicroUSD] = [:]
        var booked: [Scope: MicroUSD] = [:]
        var passed: [GateID: MicroUSD] = [:]
        var shares: TreeDictionary<Share, Int> = [:]
        var queued = 0
        let inLanes = Dictionary(
            lanes.flatMap { lane, entries in entries.elements.map { ($0.key, lane) } }, uniquingKeysWith: { $1 })
        for (key, record) in tasks {
            switch record.phase {
            case .ready:
                queued += 1
                if inLanes[key] != lane(of: record) { faults.append("ready task \(record.label) is in no lane") }
            case .leased(let lease):
                for lease in [lease, record.copy].compactMap(\.self) {
                    if !held[lease.worker, default: []].insert(key).inserted { faults.append("\(key) leased twice") }
                    let attempt = AttemptID(task: key, number: lease.attempt)
                    if !deadlines.contains(Deadline(at: lease.lookAt, subject: .lease(attempt))) {
                        faults.append("nobody will look at \(attempt) again")
                    }
                    if lease.attempt > record.attempt { faults.append("\(record.label) has an attempt from nowhere") }
                    if let owner = record.owner {
                        shares[Share(owner: owner, role: role(of: lease, for: record.spec)), default: 0] += 1
                    }
                }
                if record.copy?.attempt == lease.attempt { faults.append("\(record.label) has one attempt twice") }
                if record.copy != nil, record.spec.priceCeiling > .zero || record.spec.gate != nil {
                    faults.append("\(record.label) is paid or passes a gate, and has a copy")
                }
                if let gate = record.spec.gate { inUse[gate, default: 0] += 1 }
                if record.spec.priceCeiling > .zero, record.purchase == nil {
                    faults.append("paid task \(record.label) is leased without a purchase")
                }
            case .done:
                for input in record.spec.inputs where !input.isTolerant && tasks[input.key] == nil {
                    faults.append("\(record.label) is done without a known input")
                }
            case .idle, .waiting, .parked, .failed: break
            }
            if record.copy != nil, record.phase.lease == nil {
                faults.append("\(record.label) has a copy and no lease")
            }
        }
        if shares != self.shares { faults.append("slots in use are counted wrongly for a job") }
        for record in tasks.values {
            guard let purchase = record.purchase, !purchase.isSettled else { continue }
            if let gate = purchase.gate { passed[gate] = (passed[gate] ?? .zero) + purchase.ceiling }
            reserved[purchase.payer] = (reserved[purchase.payer] ?? .zero) + purchase.ceiling
            for scope in [Scope.provider(purchase.provider), .day(purchase.day)] {
                booked[scope] = (booked[scope] ?? .zero) + purchase.ceiling
            }
            if purchase.step == .intended, record.phase.lease == nil,
                !record.tries.contains(where: { $0.attempt >= purchase.intent })
            {
                faults.append("\(record.label) keeps a reservation nobody works on")
            }
            if record.phase.result != nil { faults.append("\(record.label) is done and its purchase is open") }
        }
        for (scope, account) in accounts where account.reserved != booked[scope] ?? .zero {
            faults.append("\(scope) counts \(account.reserved) reserved, purchases come to \(booked[scope] ?? .zero)")
        }
        let entries = lanes.values.reduce(0) { $0 + $1.count }
        if queued != entries { faults.append("\(queued) ready tasks, \(entries) entries in lanes") }
        faults += auditWorkers(held) + auditGates(inUse, passed) + auditJobs(reserved)
        return faults
    }

    private func auditWorkers(_ held: [WorkerID: Set<TaskKey>]) -> [String] {
        var faults: [String] = []
        for (id, worker) in workers {
            if Set(worker.leases) != held[id] ?? [] { faults.append("leases of \(id) differ from its tasks'") }
            if worker.leases.count != worker.used.values.reduce(0, +) { faults.append("\(id) counts slots wrongly") }
            for (role, used) in worker.used where used < 0 { faults.append("\(id) uses \(used) \(role) slots") }
            let isFree = worker.standing == .active && worker.slots.keys.contains(where: worker.hasFreeSlot(for:))
            if isFree != withFreeSlots.contains(id) { faults.append("free slots of \(id) are noted wrongly") }
            if worker.standing == .lost, !worker.leases.isEmpty { faults.append("\(id) is lost and holds leases") }
        }
        for id in held.keys where workers[id] == nil { faults.append("a lease names \(id), which is not known") }
        return faults
    }

    private func auditGates(_ inUse: [GateID: Int], _ reserved: [GateID: MicroUSD]) -> [String] {
        gates.flatMap { id, gate in
            var faults: [String] = []
            if gate.inUse != inUse[id] ?? 0 {
                faults.append("gate \(id) counts \(gate.inUse), \(inUse[id] ?? 0) are in use")
            }
            if gate.reserved != reserved[id] ?? .zero {
                faults.append("gate \(id) counts \(gate.reserved) reserved, not \(reserved[id] ?? .zero)")
            }
            return faults
        }
    }

    private func auditJobs(_ reserved: [JobID: MicroUSD]) -> [String] {
        var faults: [String] = []
        for (id, job) in jobs {
            if job.reserved != reserved[id] ?? .zero {
                faults.append("job \(id) counts \(job.reserved) reserved, purchases come to \(reserved[id] ?? .zero)")
            }
            guard job.standing == .running else { continue }
            let open = Set(job.nodes.map(\.key)).count { key in
                tasks[key].map { Self.isOpen($0.phase) && $0.jobs.contains(id) } ?? false
            }
            if open != job.open { faults.append("job \(id) counts \(job.open) open tasks, there are \(open)") }
            if open == 0 { faults.append("job \(id) has nothing open and has not settled") }
        }
        return faults
    }
}
