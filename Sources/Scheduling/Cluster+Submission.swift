import HashTreeCollections
import Protocol

extension Cluster {
    /// Takes a job in: joins its tasks with those that exist, finds what is there already, and wakes only what some
    /// wanted result still needs.
    mutating func submit(_ submission: Submission, at now: Instant, _ decision: inout Decision) {
        guard jobs[submission.id] == nil else { return }  // Repeated by the link: it was answered.
        if let fault = fault(of: submission) {
            decision.effects.append(.refused(submission.id, reason: fault))
            return
        }
        for gate in submission.gates {
            if gates[gate.id] == nil { gates[gate.id] = gate }
            if gates[gate.id]?.isSetByHand == false { gates[gate.id]?.limits = gate.limits }
            decision.gates.insert(gate.id)
        }
        jobs[submission.id] = JobRecord(
            id: submission.id, name: submission.name, standing: .running, priority: submission.priority,
            submittedAt: now,
            nodes: submission.nodes.map { node in
                JobRecord.Node(
                    name: node.name, key: node.spec.key, scene: node.scene, shot: node.shot, isGoal: node.isGoal,
                    filmMilliseconds: node.filmMilliseconds, approvals: node.approvals)
            }, budget: submission.budget)
        decision.jobs.insert(submission.id)
        decision.newJobs.append(submission.id)
        let paths = longestPaths(submission.nodes)
        for node in submission.nodes {
            admit(node, path: paths[node.spec.key] ?? .zero, submission, at: now, &decision)
        }
        let wanted = wantedKeys(submission.nodes)
        var done = 0
        var seen: Set<TaskKey> = []
        for node in submission.nodes where seen.insert(node.spec.key).inserted {
            if wanted.contains(node.spec.key) {
                wake(node.spec.key, for: submission.id, at: now, &decision)
            } else {
                done += tasks[node.spec.key]?.phase.result == nil ? 0 : 1
            }
        }
        decision.effects.append(.accepted(submission.id, tasks: wanted.count, done: done))
        decision.journal.append(
            JournalEntry(
                at: now, text: "job \"\(submission.name)\" submitted: \(wanted.count) tasks to run, \(done) found done",
                job: submission.id))
        settleJobs(at: now, &decision)
    }

    /// What makes a submission impossible, for its sender.
    private func fault(of submission: Submission) -> String? {
        guard !submission.nodes.isEmpty else { return "the job has no tasks: its film has no shots" }
        var known: Set<TaskKey> = []
        var names: Set<String> = []
        let gates = Set(submission.gates.map(\.id))
        for node in submission.nodes {
            for input in node.spec.inputs where !known.contains(input.key) {
                return "task \(node.name) needs \"\(input.name)\", which no task before it makes"
            }
            if let gate = node.spec.gate, !gates.contains(gate), self.gates[gate] == nil {
                return "task \(node.name) passes gate \(gate), which the job does not describe"
            }
            guard names.insert(node.name).inserted else { return "two tasks are called \(node.name)" }
            known.insert(node.spec.key)
        }
        return nil
    }

    /// For each task the time from its start to the film's end, when nothing has to wait.
    private func longestPaths(_ nodes: [JobNode]) -> [TaskKey: Span] {
        var paths: [TaskKey: Span] = [:]
        paths.reserveCapacity(nodes.count)
        var seen: Set<TaskKey> = []
        for node in nodes.reversed() where seen.insert(node.spec.key).inserted {
            let own = (paths[node.spec.key] ?? .zero) + expected(node.spec)
            paths[node.spec.key] = own
            for input in node.spec.inputs where (paths[input.key] ?? .zero) < own { paths[input.key] = own }
        }
        return paths
    }

    /// Makes sure the task exists, with all it can be told before anything runs.
    private mutating func admit(
        _ node: JobNode, path: Span, _ submission: Submission, at now: Instant, _ decision: inout Decision
    ) {
        let key = node.spec.key
        let rank = Rank(priority: submission.priority, path: path, scene: node.scene, shot: node.shot)
        if tasks[key] == nil {
            tasks[key] = TaskRecord(spec: node.spec, number: nextNumber, rank: rank, label: node.name)
            nextNumber += 1
            decision.tasks.insert(key)
            decision.admitted.append(key)
            for input in node.spec.inputs { link(key, to: input.key) }
            if let bought = submission.bought[key], node.spec.priceCeiling > .zero {
                if submission.receipts[key] == nil {
                    refetch(key, bought, payer: submission.id, at: now)
                } else {
                    tasks[key]?.bought = bought
                }
            }
            if let receipt = submission.receipts[key] { move(key, to: .done(receipt), &decision) }
        } else if let record = tasks[key] {
            let isSooner = !record.phase.hasEnded && rank < record.rank
            // What is under way, or bought, stays with the account that has it.
            let isFree = record.phase.lease == nil && record.purchase == nil && record.bought == nil
            let hasOtherTerms = isFree && !record.spec.hasTerms(of: node.spec)
            guard isSooner || hasOtherTerms else { return forgetLost(key, submission, at: now, &decision) }
            let phase = record.phase
            if case .ready = phase { move(key, to: .waiting, &decision) }  // Out of its lane under the old rank.
            if isSooner {
                tasks[key]?.rank = rank
                decision.reranked.insert(key)
            }
            if hasOtherTerms {
                tasks[key]?.spec = node.spec
                decision.onOtherTerms.insert(key)
            }
            if case .ready = phase { move(key, to: .ready, &decision) }
            decision.tasks.insert(key)
        }
        forgetLost(key, submission, at: now, &decision)
    }

    private mutating func forgetLost(
        _ key: TaskKey, _ submission: Submission, at now: Instant, _ decision: inout Decision
    ) {
        if submission.lostBlobs.contains(key), case .done = tasks[key]?.phase {
            forget(key, payer: submission.id, at: now, &decision)
        }
    }

    private mutating func link(_ key: TaskKey, to input: TaskKey) {
        if tasks[input]?.dependants.last != key { tasks[input]?.dependants.append(key) }
    }

    /// Goals that are not finally done, and everything they need that is not there.
    private func wantedKeys(_ nodes: [JobNode]) -> Set<TaskKey> {
        var wanted: Set<TaskKey> = []
        for node in nodes.reversed() {
            let key = node.spec.key
            guard node.isGoal || wanted.contains(key) else { continue }
            if case .done(let result) = tasks[key]?.phase, !result.isProvisional {
                wanted.remove(key)
                continue
            }
            wanted.insert(key)
            wanted.formUnion(node.spec.inputs.map(\.key))
        }
        return wanted
    }

    /// Wakes a wanted task for a job; what failed or was provisional before gets a fresh start.
    /// - Parameter isAsked: a person asks for this very task: what was billed and gave nothing may be bought again.
    mutating func wake(
        _ key: TaskKey, for job: JobID, isAsked: Bool = false, at now: Instant, _ decision: inout Decision
    ) {
        guard let record = tasks[key] else { return }
        let running = record.jobs.filter { jobs[$0]?.standing == .running }
        tasks[key]?.jobs = running.contains(job) ? running : running + [job]
        switch record.phase {
        case .idle: move(key, to: .waiting, &decision)
        case .failed(let failure) where !isAsked && Self.wasPaidInVain(record, failure): return
        case .failed: restart(key, at: now, &decision)
        case .done(let result) where result.isProvisional: restart(key, at: now, &decision)
        case .done: return
        case .waiting, .ready, .parked, .leased: if !running.contains(job) { jobs[job]?.open += 1 }
        }
        // Another job held it back; this one does not.
        if case .parked(.distantFuture) = record.phase, let now = tasks[key], readyPhase(of: now) == .ready {
            move(key, to: .ready, &decision)
        }
        advance(key, at: now, &decision)
    }

    /// The provider refused it or billed it for nothing: only a person buys it again.
    private static func wasPaidInVain(_ record: TaskRecord, _ failure: TaskFailure) -> Bool {
        record.spec.priceCeiling > .zero && failure.upstream == nil
            && [.unusable, .rejected].contains(failure.failureClass)
    }
}
