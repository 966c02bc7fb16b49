internal import Foundation
internal import GRDB
internal import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import SwiftProtobuf

extension Rows {
    /// A row says something that no release of ours wrote.
    static func damaged(_ what: String) -> StoreError {
        .failed(operation: "reading the cluster", reason: "\(what) is malformed")
    }

    static func loadCluster(_ db: Database) throws -> SavedCluster {
        var saved = SavedCluster()
        saved.tasks = try loadTasks(db)
        saved.jobs = try loadJobs(db)
        saved.workers = try loadWorkers(db)
        saved.gates = try loadGates(db)
        for row in try Row.fetchAll(db, sql: "SELECT * FROM duration") {
            guard let kind = TaskKind(rawValue: row["kind"]) else { continue }
            saved.durations[Capability(kind: kind, backend: row["backend"])] = LearnedDuration(
                mean: .milliseconds(row["mean"]), deviation: .milliseconds(row["deviation"]), samples: row["samples"])
        }
        saved.accounts = try loadAccounts(db)
        saved.dailyCap = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'daily_cap'")
            .flatMap { Int64($0) }.map { MicroUSD($0) }
        return saved
    }

    static func instant(_ milliseconds: Int64?) -> Instant? { milliseconds.map(Instant.init(milliseconds:)) }

    private static func loadTasks(_ db: Database) throws -> [TaskRecord] {
        var faults: [Data: [Try]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM attempt_fault ORDER BY task, attempt") {
            guard let worker = WorkerID(validating: row["worker"]) else { throw damaged("a fault's worker") }
            faults[row["task"], default: []].append(
                Try(
                    worker: worker, attempt: row["attempt"],
                    failureClass: FailureClass(rawValue: row["failure"]) ?? .workerFault, message: row["message"],
                    at: Instant(milliseconds: row["at"])))
        }
        let purchases = try loadPurchases(db)
        let sql = "SELECT * FROM task JOIN task_state USING (number) ORDER BY key"
        return try Row.fetchAll(db, sql: sql).map { row in
            let key: Data = row["key"]
            let spec = try TaskSpec(TaskSpecBody(serializedBytes: row["spec"] as Data))
            guard spec.key.data == key else { throw damaged("the spec of task \(Digest(bytes: key)?.short ?? "?")") }
            var task = TaskRecord(
                spec: spec, number: row["number"],
                rank: Rank(
                    priority: row["priority"], path: .milliseconds(row["path"]), scene: row["scene"], shot: row["shot"]),
                label: row["label"])
            task.attempt = row["attempt"]
            task.tries = faults[key] ?? []
            task.purchase = purchases[key]
            task.asksFirst = row["ask_first"]
            if let intent = row["bought_intent"] as Int?, let operation = row["bought_operation"] as String? {
                task.bought = Bought(intent: intent, operation: operation)
            }
            task.phase = try phase(row)
            return task
        }
    }

    private static func lease(_ row: Row) throws -> Lease {
        guard let worker = WorkerID(validating: row["worker"]) else { throw damaged("a lease's worker") }
        return Lease(
            worker: worker, attempt: row["lease_attempt"], assignedAt: Instant(milliseconds: row["assigned_at"]),
            assignment: UInt64(row["assignment"] as Int64), expected: .milliseconds(row["expected"]),
            progressAt: Instant(milliseconds: row["assigned_at"]), isProvisional: row["lease_provisional"])
    }

    private static func phase(_ row: Row) throws -> TaskPhase {
        switch row["phase"] as String {
        case "idle": return .idle
        case "waiting": return .waiting
        case "ready": return .ready
        case "parked": return .parked(until: Instant(milliseconds: row["retry_at"] ?? 0))
        case "running": return .leased(try lease(row))
        case "done":
            guard let digest = Digest(bytes: row["digest"] as Data) else { throw damaged("a result's digest") }
            return .done(
                TaskResult(
                    digest: digest, sizeBytes: row["size"], cost: MicroUSD(row["cost"]),
                    facts: try Fields(canonical: row["facts"]), worked: .milliseconds(row["worked"]),
                    isProvisional: row["provisional"]))
        case "failed":
            return .failed(
                TaskFailure(
                    failureClass: FailureClass(rawValue: row["failure"]) ?? .workerFault, message: row["message"],
                    upstream: (row["upstream"] as Data?).flatMap { Digest(bytes: $0) },
                    at: Instant(milliseconds: row["failed_at"])))
        default: throw damaged("a task's phase")
        }
    }

    private static func loadJobs(_ db: Database) throws -> [JobRecord] {
        var nodes: [String: [JobRecord.Node]] = [:]
        for row in try Row.fetchAll(db, sql: "SELECT * FROM job_node ORDER BY job, position") {
            guard let key = Digest(bytes: row["task"] as Data) else { throw damaged("a job's task") }
            nodes[row["job"], default: []].append(
                JobRecord.Node(
                    name: row["name"], key: key, scene: row["scene"], shot: row["shot"], isGoal: row["is_goal"],
                    filmMilliseconds: row["film_ms"], approvals: words(row["approvals"])))
        }
        return try Row.fetchAll(db, sql: "SELECT * FROM job ORDER BY id").map { row in
            guard let id = JobID(validating: row["id"]), let standing = JobRecord.Standing(rawValue: row["standing"])
            else { throw damaged("a job") }
            var job = JobRecord(
                id: id, name: row["name"], standing: standing, priority: row["priority"],
                submittedAt: Instant(milliseconds: row["submitted_at"]), nodes: nodes[id.rawValue] ?? [],
                budget: (row["budget"] as Int64?).map { MicroUSD($0) }, approved: Set(words(row["approved"])))
            job.reserved = MicroUSD(row["reserved"])
            job.spent = MicroUSD(row["spent"])
            job.isPaused = row["paused"]
            return job
        }
    }

    private static func words(_ text: String) -> [String] { text.split(separator: " ").map(String.init) }

    private static func loadWorkers(_ db: Database) throws -> [WorkerRecord] {
        try Row.fetchAll(db, sql: "SELECT * FROM worker ORDER BY id").map { row in
            guard let id = WorkerID(validating: row["id"]), let instance = InstanceID(validating: row["instance"]),
                let standing = WorkerRecord.Standing(rawValue: row["standing"])
            else { throw damaged("a worker") }
            let arguments: StatementArguments = [id.rawValue]
            var slots: [Role: Int] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT * FROM worker_slot WHERE worker = ?", arguments: arguments) {
                if let role = Role(rawValue: row["role"]) { slots[role] = row["count"] }
            }
            var capabilities: [Capability: Role] = [:]
            for row in try Row.fetchAll(
                db, sql: "SELECT * FROM worker_capability WHERE worker = ?", arguments: arguments)
            {
                guard let kind = TaskKind(rawValue: row["kind"]), let role = Role(rawValue: row["role"]) else {
                    continue
                }
                capabilities[Capability(kind: kind, backend: row["backend"])] = role
            }
            var worker = WorkerRecord(
                id: id, name: row["name"], instance: instance, standing: standing, slots: slots,
                capabilities: capabilities, lastSeen: Instant(milliseconds: row["last_seen"]))
            for row in try Row.fetchAll(db, sql: "SELECT * FROM worker_fault WHERE worker = ?", arguments: arguments) {
                guard let kind = TaskKind(rawValue: row["kind"]) else { continue }
                worker.faults[kind] = WorkerRecord.FaultCount(
                    count: row["count"], blockedUntil: instant(row["blocked_until"]),
                    last: Instant(milliseconds: row["last"]), message: row["message"])
            }
            return worker
        }
    }
}
