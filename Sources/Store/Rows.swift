internal import Foundation
internal import GRDB
internal import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import SwiftProtobuf

/// Between records and rows. Statements are cached: a decision saves in microseconds.
enum Rows {
    static func run(_ db: Database, _ sql: String, _ arguments: StatementArguments) throws {
        try db.cachedStatement(sql: sql).execute(arguments: arguments)
    }

    static func save(_ worker: WorkerRecord, _ db: Database) throws {
        let id = worker.id.rawValue
        try run(
            db,
            """
            INSERT INTO worker (id, name, instance, standing, last_seen) VALUES (?, ?, ?, ?, ?)
            ON CONFLICT DO UPDATE SET name = excluded.name, instance = excluded.instance,
            standing = excluded.standing, last_seen = excluded.last_seen
            """,
            [id, worker.name, worker.instance.rawValue, worker.standing.rawValue, worker.lastSeen.milliseconds])
        for table in ["worker_slot", "worker_capability", "worker_fault"] {
            try run(db, "DELETE FROM \(table) WHERE worker = ?", [id])
        }
        for (role, count) in worker.slots {
            try run(db, "INSERT INTO worker_slot (worker, role, count) VALUES (?, ?, ?)", [id, role.rawValue, count])
        }
        for (capability, role) in worker.capabilities {
            try run(
                db, "INSERT INTO worker_capability (worker, kind, backend, role) VALUES (?, ?, ?, ?)",
                [id, capability.kind.rawValue, capability.backend, role.rawValue])
        }
        for (kind, fault) in worker.faults {
            try run(
                db,
                """
                INSERT INTO worker_fault (worker, kind, count, blocked_until, last, message) VALUES (?, ?, ?, ?, ?, ?)
                """,
                [
                    id, kind.rawValue, fault.count, fault.blockedUntil?.milliseconds, fault.last.milliseconds,
                    fault.message,
                ])
        }
    }

    static func save(_ job: JobRecord, _ document: ClusterStore.JobDocument?, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO job (
                id, name, standing, priority, submitted_at, budget, reserved, spent, film, settings, paused, approved)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET standing = excluded.standing,
            priority = excluded.priority, budget = excluded.budget, reserved = excluded.reserved,
            spent = excluded.spent, paused = excluded.paused, approved = excluded.approved
            """,
            [
                job.id.rawValue, job.name, job.standing.rawValue, job.priority, job.submittedAt.milliseconds,
                job.budget?.amount, job.reserved.amount, job.spent.amount, document?.film, document?.settings,
                job.isPaused, job.approved.sorted().joined(separator: " "),
            ])
    }

    static func saveNodes(of job: JobRecord, _ db: Database) throws {
        for (position, node) in job.nodes.enumerated() {
            try run(
                db,
                """
                INSERT INTO job_node (job, position, name, task, scene, shot, is_goal, film_ms, approvals)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING
                """,
                [
                    job.id.rawValue, position, node.name, node.key.data, node.scene, node.shot, node.isGoal,
                    node.filmMilliseconds, node.approvals.joined(separator: " "),
                ])
        }
    }

    static func save(_ learned: LearnedDuration, _ capability: Capability, _ db: Database) throws {
        try run(
            db,
            """
            INSERT INTO duration (kind, backend, mean, deviation, samples) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO UPDATE
            SET mean = excluded.mean, deviation = excluded.deviation, samples = excluded.samples
            """,
            [
                capability.kind.rawValue, capability.backend, learned.mean.milliseconds, learned.deviation.milliseconds,
                learned.samples,
            ])
    }

    static func save(_ entry: JournalEntry, _ db: Database) throws {
        try run(
            db, "INSERT INTO journal (at, text, task, job, worker) VALUES (?, ?, ?, ?, ?)",
            [entry.at.milliseconds, entry.text, entry.task?.data, entry.job?.rawValue, entry.worker?.rawValue])
    }
}
