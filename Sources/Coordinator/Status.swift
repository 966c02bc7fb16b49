import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf

extension Coordinator {
    /// Jobs (one, or all that run and the newest ten) and workers, as counts for people.
    func status(of name: String) -> StatusAnswer {
        let jobs: [JobRecord]
        if name.isEmpty {
            let all = cluster.jobs.values.sorted { ($0.submittedAt, $0.id) > ($1.submittedAt, $1.id) }
            jobs = all.filter { $0.standing == .running } + all.filter { $0.standing != .running }.prefix(10)
        } else {
            jobs = job(named: name).map { [$0] } ?? []
        }
        return .with {
            $0.jobs = jobs.map(status(of:))
            $0.refusals = refusals
            $0.workers = cluster.workers.values.filter { $0.standing != .lost }.sorted { $0.id < $1.id }
                .map(status(of:))
        }
    }

    private func status(of job: JobRecord) -> JobStatus {
        var kinds: [TaskKind: KindCount] = [:]
        var status = JobStatus()
        var work: [Role: Int64] = [:]
        var seen: Set<TaskKey> = []
        for node in job.nodes {
            guard let record = cluster.tasks[node.key] else { continue }
            let kind = record.spec.kind
            var filmDone = false
            var count = kinds[kind] ?? .with { $0.kind = kind.rawValue }
            switch record.phase {
            case .idle: continue
            case .done:
                count.done += 1
                filmDone = true
            case .leased: count.running += 1
            case .failed(let failure):
                count.failed += 1
                if failure.upstream == nil {
                    status.faults.append(
                        .with {
                            $0.label = node.name
                            $0.failureClass = failure.failureClass.rawValue
                            $0.message = failure.message
                        })
                }
            case .parked where !(job.held[node.key] ?? []).isEmpty: break
            case .parked:
                if let last = record.tries.last, status.faults.count < 200 {
                    status.faults.append(
                        .with {
                            $0.label = node.name
                            $0.failureClass = last.failureClass.rawValue
                            $0.message = last.message
                        })
                }
            case .ready:
                // Only money is told: a free slot comes by itself.
                if let refusal = cluster.refusal(of: record, at: clock.now), status.faults.count < 200 {
                    status.faults.append(
                        .with {
                            $0.label = node.name
                            $0.failureClass = "cap"
                            $0.message = refusal
                        })
                }
            case .waiting: break
            }
            count.total += 1
            kinds[kind] = count
            status.filmMilliseconds += node.filmMilliseconds
            if filmDone { status.filmMillisecondsDone += node.filmMilliseconds }
            if !record.phase.hasEnded, seen.insert(node.key).inserted {
                let learned = cluster.durations[record.spec.capability]?.mean ?? record.spec.expected
                work[record.spec.usualRole, default: 0] += learned.milliseconds
            }
        }
        if job.standing == .running, !job.held.isEmpty {
            let names = job.missingApprovals.sorted()
            status.faults.append(
                .with {
                    $0.label = "approval"
                    $0.failureClass = "approval"
                    $0.message =
                        "\(job.held.count) clips wait until a person approves of \(names.prefix(6).joined(separator: ", "))"
                        + "\(names.count > 6 ? " and \(names.count - 6) more" : ""): `snowflake approve \(names.first ?? "all")`, or all"
                })
        }
        if job.standing != .running { status.successor = (try? store.meta("successor \(job.id)")) ?? "" }
        status.job = job.id.rawValue
        status.name = job.name
        status.state = job.standing == .running && job.isPaused ? "paused" : job.standing.rawValue
        // What takes its place is being planned: it is not over.
        if job.standing == .settled, isRevised(job.id) { status.state = JobRecord.Standing.running.rawValue }
        status.reservedMicroUsd = job.reserved.amount
        status.spentMicroUsd = job.spent.amount
        if let budget = job.budget { status.budgetMicroUsd = budget.amount }
        status.priority = Int32(clamping: job.priority)
        status.kinds = kinds.sorted { $0.key < $1.key }.map(\.value)
        status.remainingMilliseconds = remaining(work)
        return status
    }

    /// The busiest role's work over its slots: a lower bound, close when one role is the bottleneck.
    private func remaining(_ work: [Role: Int64]) -> Int64 {
        var slots: [Role: Int] = [:]
        for worker in cluster.workers.values where worker.standing == .active {
            for (role, count) in worker.slots { slots[role, default: 0] += count }
        }
        return work.map { $0.value / Int64(max(1, slots[$0.key] ?? 1)) }.max() ?? 0
    }

    private func status(of worker: WorkerRecord) -> WorkerStatus {
        .with {
            $0.worker = worker.id.rawValue
            $0.name = worker.name
            $0.state = worker.standing.rawValue
            $0.slots = worker.slots.sorted { $0.key < $1.key }.map(SlotBody.init)
            $0.used = worker.used.sorted { $0.key < $1.key }.map(SlotBody.init)
            $0.facts = (facts[worker.id] ?? [:]).sorted { $0.key < $1.key }.map { FactBody($0.key, $0.value) }
            $0.launch = launches[worker.id] ?? ""
            $0.running = worker.leases.compactMap { cluster.tasks[$0]?.label }.sorted()
            let now = clock.now
            $0.blocked = worker.faults.sorted { $0.key < $1.key }.compactMap { kind, fault in
                guard let until = fault.blockedUntil, until > now else { return nil }
                return "\(kind.rawValue) for \(until - now): \(fault.message)"
            }
        }
    }

    /// Every reason why something is not done.
    func why(_ call: WhyCall) -> WhyAnswer {
        guard let job = job(named: call.job) else { return .with { $0.text = noJob(call.job) } }
        let subject = call.subject
        let nodes = job.nodes.filter { node in
            node.name == subject || node.name.hasPrefix(subject + "/") || node.key.hex.hasPrefix(subject.lowercased())
        }
        guard !subject.isEmpty, !nodes.isEmpty else {
            return .with {
                $0.text =
                    "job \(job.id) has nothing called \"\(subject)\"; write a shot (s001_003), a scene (scene_001), "
                    + "a task (s001_003/animate) or film"
            }
        }
        return .with { answer in
            let open = nodes.filter { cluster.tasks[$0.key]?.phase.result == nil }
            answer.text = open.isEmpty ? "\(subject) is done" : "\(subject): \(open.count) of \(nodes.count) not done"
            answer.lines = nodes.map { "\($0.name): \(cluster.explain($0.key, at: clock.now).joined(separator: "; "))" }
        }
    }
}
