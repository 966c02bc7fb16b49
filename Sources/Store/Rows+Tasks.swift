internal import Foundation
internal import GRDB
internal import Protocol
internal import Scheduling
internal import SwiftProtobuf

/// Tasks: the rows that every move writes.
extension Rows {
    /// What a key stands for never changes: it is written once.
    static func admit(_ task: TaskRecord, _ db: Database) throws {
        var row = try HotStatement(db, "INSERT INTO task (number, key, spec, label) VALUES (?, ?, ?, ?)")
        row.bind(task.number)
        row.bind(task.spec.key)
        row.bind(try TaskSpecBody(task.spec).serializedData() as Data)
        row.bind(task.label)
        try row.run()
        row = try HotStatement(
            db,
            """
            INSERT INTO task_state (number, priority, path, scene, shot, phase, attempt) VALUES (?, ?, ?, ?, ?, 'idle', 0)
            """)
        row.bind(task.number)
        row.bind(task.rank)
        try row.run()
    }

    /// Account, gate and price are in no key: another submission may bring others.
    static func saveSpec(of task: TaskRecord, _ db: Database) throws {
        var row = try HotStatement(db, "UPDATE task SET spec = ? WHERE number = ?")
        row.bind(try TaskSpecBody(task.spec).serializedData() as Data)
        row.bind(task.number)
        try row.run()
    }

    static func saveRank(of task: TaskRecord, _ db: Database) throws {
        var row = try HotStatement(
            db, "UPDATE task_state SET priority = ?, path = ?, scene = ?, shot = ? WHERE number = ?")
        row.bind(task.rank)
        row.bind(task.number)
        try row.run()
    }

    static func save(_ task: TaskRecord, isPardoned: Bool, _ db: Database) throws {
        try saveState(task, db)
        if task.spec.priceCeiling > .zero {
            let key = task.spec.key.data
            try run(
                db,
                "UPDATE task_state SET bought_intent = ?, bought_operation = ?, ask_first = ? WHERE number = ?",
                [task.bought?.intent, task.bought?.operation, task.asksFirst, task.number])
            try run(db, "DELETE FROM purchase WHERE task = ?", [key])
            if let purchase = task.purchase { try save(purchase, of: key, db) }
        }
        if isPardoned { try run(db, "DELETE FROM attempt_fault WHERE task = ?", [task.spec.key.data]) }
        for fault in task.tries {
            try run(
                db,
                """
                INSERT INTO attempt_fault (task, attempt, worker, failure, message, at) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
                [
                    task.spec.key.data, fault.attempt, fault.worker.rawValue, fault.failureClass.rawValue,
                    fault.message, fault.at.milliseconds,
                ])
        }
    }

    /// One narrow statement for each phase. Columns of other phases keep what they said last: readers go by the phase.
    private static func saveState(_ task: TaskRecord, _ db: Database) throws {
        var row: HotStatement
        switch task.phase {
        case .idle, .waiting, .ready:
            row = try HotStatement(db, "UPDATE task_state SET attempt = ?, phase = ? WHERE number = ?")
            row.bind(task.attempt)
            row.bind(task.phase.word)
        case .parked(let until):
            row = try HotStatement(
                db, "UPDATE task_state SET phase = 'parked', attempt = ?, retry_at = ? WHERE number = ?")
            row.bind(task.attempt)
            row.bind(until.milliseconds)
        case .leased(let lease): row = try update(task, to: lease, db)
        case .done(let result): row = try update(task, to: result, db)
        case .failed(let failure): row = try update(task, to: failure, db)
        }
        row.bind(task.number)
        try row.run()
    }

    private static func update(_ task: TaskRecord, to lease: Lease, _ db: Database) throws -> HotStatement {
        var row = try HotStatement(
            db,
            """
            UPDATE task_state SET phase = 'running', attempt = ?, worker = ?, lease_attempt = ?, assigned_at = ?,
            assignment = ?, expected = ?, lease_provisional = ? WHERE number = ?
            """)
        row.bind(task.attempt)
        row.bind(lease.worker.rawValue)
        row.bind(lease.attempt)
        row.bind(lease.assignedAt.milliseconds)
        row.bind(Int64(clamping: lease.assignment))
        row.bind(lease.expected.milliseconds)
        row.bind(lease.isProvisional)
        return row
    }

    private static func update(_ task: TaskRecord, to result: TaskResult, _ db: Database) throws -> HotStatement {
        var row = try HotStatement(
            db,
            """
            UPDATE task_state SET phase = 'done', attempt = ?, digest = ?, size = ?, cost = ?, facts = ?, worked = ?,
            provisional = ? WHERE number = ?
            """)
        row.bind(task.attempt)
        row.bind(result.digest)
        row.bind(result.sizeBytes)
        row.bind(result.cost.amount)
        row.bind(result.facts.canonical)
        row.bind(result.worked.milliseconds)
        row.bind(result.isProvisional)
        return row
    }

    private static func update(_ task: TaskRecord, to failure: TaskFailure, _ db: Database) throws -> HotStatement {
        var row = try HotStatement(
            db,
            """
            UPDATE task_state SET phase = 'failed', attempt = ?, failure = ?, message = ?, upstream = ?, failed_at = ?
            WHERE number = ?
            """)
        row.bind(task.attempt)
        row.bind(failure.failureClass.rawValue)
        row.bind(failure.message)
        row.bind(failure.upstream)
        row.bind(failure.at.milliseconds)
        return row
    }
}

extension HotStatement {
    fileprivate mutating func bind(_ rank: Rank) {
        bind(rank.priority)
        bind(rank.path.milliseconds)
        bind(rank.scene)
        bind(rank.shot)
    }
}
