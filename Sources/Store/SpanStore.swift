package import Foundation
internal import GRDB
package import Protocol

/// One attempt as it was lived: who had it, from when to when, and how it ended.
package struct AttemptSpan: Sendable, Equatable {
    package let task: TaskKey
    package let label: String
    package let kind: String
    package let worker: String
    package let attempt: Int
    package let startedAt: Instant
    package let endedAt: Instant
    package let outcome: String

    package init(
        task: TaskKey, label: String, kind: String, worker: String, attempt: Int, startedAt: Instant, endedAt: Instant,
        outcome: String
    ) {
        self.task = task
        self.label = label
        self.kind = kind
        self.worker = worker
        self.attempt = attempt
        self.startedAt = startedAt
        self.endedAt = endedAt
        self.outcome = outcome
    }
}

/// Spans of attempts, in a file of their own beside the tables: for looking at a run, not for deciding. What is lost in a
/// crash is the last two seconds.
package final class SpanStore: Sendable {
    private let queue: DatabaseQueue
    private let writer = DispatchQueue(label: "spans")
    private let buffer = Buffer()

    /// The newest spans that are kept.
    static let most = 2_000_000

    private final class Buffer: @unchecked Sendable {
        // Invariant: touched on `writer` only.
        var rows: [AttemptSpan] = []
    }

    package init(folder: URL) throws(StoreError) {
        let path = folder.appendingPathComponent("spans.sqlite").path
        var configuration = Configuration()
        configuration.label = "spans"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS span (
                            id INTEGER PRIMARY KEY, task BLOB NOT NULL, label TEXT NOT NULL, kind TEXT NOT NULL,
                            worker TEXT NOT NULL, attempt INTEGER NOT NULL, started_at INTEGER NOT NULL,
                            ended_at INTEGER NOT NULL, outcome TEXT NOT NULL) STRICT;
                        CREATE INDEX IF NOT EXISTS span_by_task ON span (task);
                        """)
            }
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    /// Notes spans; they are on the disk within two seconds.
    package func add(_ rows: [AttemptSpan]) {
        guard !rows.isEmpty else { return }
        writer.async { [self] in
            if buffer.rows.isEmpty { writer.asyncAfter(deadline: .now() + 2) { [self] in flush() } }
            buffer.rows += rows
            if buffer.rows.count >= 1_024 { flush() }
        }
    }

    /// The spans of some tasks, oldest first.
    package func spans(of tasks: Set<TaskKey>) throws(StoreError) -> [AttemptSpan] {
        writer.sync { flush() }
        do {
            return try queue.read { db in
                var found: [AttemptSpan] = []
                let statement = try db.makeStatement(sql: "SELECT * FROM span WHERE task = ?")
                for task in tasks {
                    for row in try Row.fetchAll(statement, arguments: [task.data]) {
                        found.append(
                            AttemptSpan(
                                task: task, label: row["label"], kind: row["kind"], worker: row["worker"],
                                attempt: row["attempt"], startedAt: Instant(milliseconds: row["started_at"]),
                                endedAt: Instant(milliseconds: row["ended_at"]), outcome: row["outcome"]))
                    }
                }
                return found.sorted { ($0.startedAt, $0.task) < ($1.startedAt, $1.task) }
            }
        } catch {
            throw .cannotOpen(path: "spans.sqlite", reason: "\(error)")
        }
    }

    /// What is noted is on the disk when this returns.
    package func close() { writer.sync { flush() } }

    /// On `writer`. A disk that is full loses spans, and nothing else.
    private func flush() {
        guard !buffer.rows.isEmpty else { return }
        let rows = buffer.rows
        buffer.rows = []
        try? queue.write { db in
            let statement = try db.makeStatement(
                sql: """
                    INSERT INTO span (task, label, kind, worker, attempt, started_at, ended_at, outcome)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                    """)
            for row in rows {
                try statement.execute(arguments: [
                    row.task.data, row.label, row.kind, row.worker, row.attempt, row.startedAt.milliseconds,
                    row.endedAt.milliseconds, row.outcome,
                ])
            }
            try db.execute(
                sql: "DELETE FROM span WHERE id <= (SELECT max(id) FROM span) - ?", arguments: [Self.most])
        }
    }
}
