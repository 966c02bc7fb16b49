internal import Foundation
internal import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import SwiftProtobuf

/// Rows of what viewers see.
struct FeedRows: Sendable {
    let cluster: Cluster
    let beside: LiveFeed.Beside
    let at: Instant

    /// Ended jobs that are still shown.
    private static let endedLimit = 5
    private static let textLimit = 300

    /// Jobs that run, and the newest that ended.
    static func shown(_ cluster: Cluster) -> [JobRecord] {
        let all = cluster.jobs.values.sorted { ($0.submittedAt, $0.id) > ($1.submittedAt, $1.id) }
        return all.filter { $0.standing == .running } + all.filter { $0.standing != .running }.prefix(endedLimit)
    }

    func row(_ job: JobRecord, withNodes: Bool) -> JobRow {
        .with { row in
            row.job = job.id.rawValue
            row.name = job.name
            row.state = job.standing == .running && job.isPaused ? "paused" : job.standing.rawValue
            row.priority = Int32(clamping: job.priority)
            row.submittedAt = job.submittedAt.milliseconds
            row.reservedMicroUsd = job.reserved.amount
            row.spentMicroUsd = job.spent.amount
            if let budget = job.budget { row.budgetMicroUsd = budget.amount }
            row.approved = job.approved.sorted()
            guard withNodes else { return }
            row.nodes = job.nodes.map { node in
                .with {
                    $0.name = node.name
                    $0.key = node.key.data
                    $0.scene = UInt32(clamping: node.scene)
                    $0.shot = UInt32(clamping: node.shot)
                    $0.filmMilliseconds = node.filmMilliseconds
                    $0.goal = node.isGoal
                    $0.approval = node.approvals.joined(separator: " ")
                }
            }
        }
    }

    func row(_ record: TaskRecord) -> TaskRow {
        let spec = record.spec
        return .with { row in
            row.key = spec.key.data
            row.label = record.label
            row.kind = spec.kind.rawValue
            row.backend = spec.gate?.rawValue ?? spec.backend
            row.phase = record.phase.word
            row.attempt = UInt32(clamping: record.attempt)
            row.role = spec.usualRole.rawValue
            row.gate = spec.gate?.rawValue ?? ""
            row.expectedMilliseconds = (cluster.durations[spec.capability]?.mean ?? spec.expected).milliseconds
            if let last = record.tries.last {
                row.faultClass = last.failureClass.rawValue
                row.fault = String(last.message.prefix(Self.textLimit))
            }
            switch record.purchase?.step {
            case .sending: row.purchase = "sending"
            case .running: row.purchase = "running"
            case .doubtful: row.purchase = "doubtful"
            case .intended, nil: break
            }
            switch record.phase {
            case .leased(let lease):
                row.worker = lease.worker.rawValue
                row.since = lease.assignedAt.milliseconds
            case .done(let result):
                row.digest = result.sizeBytes == 0 ? Data() : result.digest.data
                row.costMicroUsd = result.cost.amount
                row.provisional = result.isProvisional
                row.tookMilliseconds = result.worked.milliseconds
                row.since = at.milliseconds
                row.fault = result.isProvisional ? row.fault : ""
                row.faultClass = result.isProvisional ? row.faultClass : ""
            case .failed(let failure):
                row.faultClass = failure.failureClass.rawValue
                row.fault = String(failure.message.prefix(Self.textLimit))
                row.upstream = failure.upstream != nil
                row.since = failure.at.milliseconds
            case .ready:
                // Only money is told: a free slot comes by itself.
                if let refusal = cluster.refusal(of: record, at: at) {
                    row.faultClass = "cap"
                    row.fault = String(refusal.prefix(Self.textLimit))
                }
            case .idle, .waiting, .parked: break
            }
        }
    }

    func row(_ worker: WorkerRecord) -> WorkerRow {
        .with { row in
            row.worker = worker.id.rawValue
            row.name = worker.name
            row.state = worker.standing.rawValue
            row.slots = worker.slots.sorted { $0.key < $1.key }.map(SlotBody.init)
            row.used = worker.used.sorted { $0.key < $1.key }.map(SlotBody.init)
            row.facts = (beside.facts[worker.id] ?? [:]).sorted { $0.key < $1.key }.map { FactBody($0.key, $0.value) }
            row.launch = beside.launches[worker.id] ?? ""
            row.lastSeen = worker.lastSeen.milliseconds
            row.speed = worker.speeds.sorted { $0.key < $1.key }.map { SlotBody($0.key, $0.value) }
            row.blocked = worker.faults.sorted { $0.key < $1.key }.compactMap { kind, fault in
                guard let until = fault.blockedUntil, until > at else { return nil }
                return "\(kind.rawValue) for \(until - at): \(String(fault.message.prefix(Self.textLimit)))"
            }
        }
    }

    func row(_ gate: GateRecord) -> GateStatus { GateStatus(gate, in: cluster, at: at) }

    var totals: [LedgerTotal] {
        let jobs = cluster.jobs.values.filter { $0.spent + $0.reserved > .zero }
            .sorted { $0.submittedAt < $1.submittedAt }
            .map { LedgerTotal("job \($0.id)", Account(reserved: $0.reserved, spent: $0.spent, cap: $0.budget)) }
        return jobs
            + cluster.accounts.sorted { $0.key < $1.key }
            .map { LedgerTotal("\($0.key)", cluster.account(of: $0.key)) }
    }
}

extension LedgerTotal {
    init(_ name: String, _ account: Account) {
        self = .with {
            $0.scope = name
            $0.reservedMicroUsd = account.reserved.amount
            $0.spentMicroUsd = account.spent.amount
            if let cap = account.cap { $0.capMicroUsd = cap.amount }
        }
    }
}

extension GateStatus {
    init(_ gate: GateRecord, in cluster: Cluster, at now: Instant) {
        self = .with {
            $0.id = gate.id.rawValue
            $0.inUse = UInt32(clamping: gate.inUse)
            let closure = gate.closure(at: now, policy: cluster.policy)
            $0.concurrency = UInt32(clamping: gate.limits.concurrency)
            $0.minuteUsed = UInt32(clamping: gate.recent.count { $0 + .seconds(60) > now })
            $0.minuteLimit = UInt32(clamping: gate.limits.perMinute ?? 0)
            $0.dayUsed = UInt32(clamping: gate.day == now.day ? gate.dayCount : 0)
            $0.dayLimit = UInt32(clamping: gate.limits.perDay ?? 0)
            $0.spentMicroUsd = (gate.spent + gate.reserved).amount
            if let limit = gate.limits.spend { $0.spendLimitMicroUsd = limit.amount }
            $0.putOff = UInt32(clamping: gate.putOff)
            let isBroken = gate.brokenUntil.map { $0 > now } ?? false
            $0.breaker = isBroken ? "open" : gate.isProbing(cluster.policy) ? "probing" : "closed"
            $0.opensInMilliseconds = closure?.opensAt.map { max(0, ($0 - now).milliseconds) } ?? 0
            $0.reason = closure.map { Cluster.words($0, at: now) } ?? ""
            $0.waiting = UInt32(clamping: cluster.waiting(at: gate.id))
        }
    }
}
