import HashTreeCollections
package import Protocol

/// What the tables hold; enough to rebuild everything else.
package struct SavedCluster: Sendable, Equatable {
    package var tasks: [TaskRecord] = []
    package var jobs: [JobRecord] = []
    package var workers: [WorkerRecord] = []
    package var gates: [GateRecord] = []
    package var durations: [Capability: LearnedDuration] = [:]
    package var accounts: [Scope: Account] = [:]
    package var dailyCap: MicroUSD?

    package init() {}
}

extension Cluster {
    /// Rebuilds the cluster from its tables after a restart of the coordinator.
    ///
    /// Leases stand: their workers get a grace to speak, and are suspects (no new work) until they do. Derived state
    /// (lanes, counters, slots, deadlines) is computed again, so it can never disagree with the tables.
    package init(policy: Policy, saved: SavedCluster, at now: Instant) {
        self.init(policy: policy)
        for job in saved.jobs {
            var job = job
            job.open = 0
            jobs[job.id] = job
        }
        for var gate in saved.gates {
            gate.inUse = 0
            gates[gate.id] = gate
            watch(gate.id, at: now)
        }
        for (capability, learned) in saved.durations { durations[capability] = learned }
        for (scope, account) in saved.accounts { accounts[scope] = account }
        dailyCap = saved.dailyCap
        for var worker in saved.workers {
            worker.leases = []
            worker.used = [:]
            if worker.standing != .lost {
                worker.standing = .suspect
                worker.lastSeen = now
                let last = max(policy.lostAfter, policy.graceAfterRestart)
                deadlines.insert(Deadline(at: now + last, subject: .worker(worker.id)))
            }
            workers[worker.id] = worker
            for fault in worker.faults.values {
                if let until = fault.blockedUntil {
                    deadlines.insert(Deadline(at: until, subject: .unblocked(worker.id)))
                }
            }
        }
        restoreTasks(saved, at: now)
    }

    private mutating func restoreTasks(_ saved: SavedCluster, at now: Instant) {
        for var record in saved.tasks {
            record.dependants = []
            record.jobs = []
            tasks[record.spec.key] = record
            nextNumber = max(nextNumber, record.number + 1)
        }
        for record in saved.tasks {
            for input in record.spec.inputs where tasks[input.key]?.dependants.last != record.spec.key {
                tasks[input.key]?.dependants.append(record.spec.key)
            }
        }
        for job in saved.jobs.sorted(by: { ($0.submittedAt, $0.id) < ($1.submittedAt, $1.id) })
        where job.standing == .running {
            for key in Set(job.nodes.map(\.key)) {
                // What has ended is wanted too: a doubt that is cleared, or a blob that is lost, opens it again.
                guard let phase = tasks[key]?.phase, phase != .idle else { continue }
                tasks[key]?.jobs.append(job.id)
                if Self.isOpen(phase) { jobs[job.id]?.open += 1 }
            }
        }
        for record in saved.tasks { restorePhase(record, at: now) }
        var decision = Decision()
        for job in saved.jobs where job.standing == .running { decision.jobs.insert(job.id) }
        settleJobs(at: now, &decision)
    }

    private mutating func restorePhase(_ record: TaskRecord, at now: Instant) {
        let key = record.spec.key
        switch record.phase {
        case .ready: queue(key)
        case .parked(let until):
            if until < .distantFuture { deadlines.insert(Deadline(at: until, subject: .retry(key))) }
        case .leased(var lease):
            lease.progressAt = now
            lease.omittedBeats = 0
            tasks[key]?.phase = .leased(lease)
            let owner = tasks[key].flatMap(owner(of:))
            tasks[key]?.owner = owner
            let assignments = max(workers[lease.worker]?.assignments ?? 0, lease.assignment)
            workers[lease.worker]?.assignments = assignments
            var decision = Decision()
            if let record = tasks[key] { occupy(lease, for: record, &decision) }
        case .idle, .waiting, .done, .failed: break
        }
    }

    /// The tables of this state, as they would be read back.
    package var saved: SavedCluster {
        var saved = SavedCluster()
        saved.tasks = tasks.values.map(\.saved).sorted { $0.spec.key < $1.spec.key }
        saved.jobs = jobs.values.sorted { $0.id < $1.id }
        saved.workers = workers.values.map { worker in
            var worker = worker
            worker.pace = [:]
            worker.former = []
            return worker
        }.sorted { $0.id < $1.id }
        saved.gates = gates.values.sorted { $0.id.rawValue < $1.id.rawValue }
        for (capability, learned) in durations { saved.durations[capability] = learned }
        for (scope, account) in accounts { saved.accounts[scope] = account }
        saved.dailyCap = dailyCap
        return saved
    }
}
