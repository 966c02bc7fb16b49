package import Foundation
internal import GRDB

/// A line of somebody's log, kept where it outlives its worker.
package struct KeptLine: Sendable, Equatable {
    /// Its place in the order of all lines; 0 until it is kept.
    package let number: Int64
    /// Milliseconds since 1970, by the worker's clock.
    package let at: Int64
    package let worker: String
    /// For people.
    package let name: String
    package let level: String
    package let task: String
    package let text: String

    package init(
        number: Int64 = 0, at: Int64, worker: String, name: String, level: String, task: String, text: String
    ) {
        self.number = number
        self.at = at
        self.worker = worker
        self.name = name
        self.level = level
        self.task = task
        self.text = text
    }
}

/// Log lines of all workers, in a file of their own beside the tables: the newest ones, whatever became of their workers.
/// What is lost in a crash is the last second.
package final class LogStore: Sendable {
    private let queue: DatabaseQueue
    private let writer = DispatchQueue(label: "logs")
    private let buffer = Buffer()
    private let most: Int

    /// The newest lines that are kept: about 100 MB.
    package static let usualMost = 400_000
    /// Lines that may wait to be written; what comes on top is not kept.
    private static let waitingMost = 20_000

    private final class Buffer: @unchecked Sendable {
        // Invariant: touched on `writer` only.
        var rows: [KeptLine] = []
    }

    package init(folder: URL, most: Int = usualMost) throws(StoreError) {
        self.most = most
        let path = folder.appendingPathComponent("logs.sqlite").path
        var configuration = Configuration()
        configuration.label = "logs"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL")
        }
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
            try queue.write { db in
                try db.execute(
                    sql: """
                        CREATE TABLE IF NOT EXISTS line (
                            id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, worker TEXT NOT NULL,
                            name TEXT NOT NULL, level TEXT NOT NULL, task TEXT NOT NULL, text TEXT NOT NULL) STRICT;
                        CREATE INDEX IF NOT EXISTS line_by_worker ON line (worker, id);
                        CREATE INDEX IF NOT EXISTS line_by_task ON line (task, id);
                        """)
            }
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
    }

    /// Notes lines; they are on the disk within a second.
    package func add(_ rows: [KeptLine]) {
        guard !rows.isEmpty else { return }
        writer.async { [self] in
            if buffer.rows.isEmpty { writer.asyncAfter(deadline: .now() + 1) { [self] in flush() } }
            buffer.rows += rows.prefix(max(0, Self.waitingMost - buffer.rows.count))
            if buffer.rows.count >= 1_024 { flush() }
        }
    }

    /// Lines of a worker (its id, or the beginning of its name) or of a task (the beginning of its label); of all when the
    /// subject is empty. Oldest first, the newest `last` of those behind `number`.
    package func lines(of subject: String, after number: Int64, last: Int) throws(StoreError) -> [KeptLine] {
        writer.sync { flush() }
        let begins = subject.replacing("\\", with: "\\\\").replacing("%", with: "\\%").replacing("_", with: "\\_") + "%"
        do {
            return try queue.read { db in
                let chosen =
                    subject.isEmpty
                    ? "" : "AND (worker = ? OR name LIKE ? ESCAPE '\\' OR task LIKE ? ESCAPE '\\')"
                let arguments: StatementArguments =
                    subject.isEmpty ? [number, last] : [number, subject, begins, begins, last]
                return try Row.fetchAll(
                    db, sql: "SELECT * FROM line WHERE id > ? \(chosen) ORDER BY id DESC LIMIT ?", arguments: arguments
                ).reversed().map { row in
                    KeptLine(
                        number: row["id"], at: row["at"], worker: row["worker"], name: row["name"],
                        level: row["level"], task: row["task"], text: row["text"])
                }
            }
        } catch {
            throw .cannotOpen(path: "logs.sqlite", reason: "\(error)")
        }
    }

    /// What is noted is on the disk when this returns.
    package func close() { writer.sync { flush() } }

    /// On `writer`. A disk that is full loses lines, and nothing else.
    private func flush() {
        guard !buffer.rows.isEmpty else { return }
        let rows = buffer.rows
        buffer.rows = []
        try? queue.write { db in
            let statement = try db.makeStatement(
                sql: "INSERT INTO line (at, worker, name, level, task, text) VALUES (?, ?, ?, ?, ?, ?)")
            for row in rows {
                try statement.execute(arguments: [row.at, row.worker, row.name, row.level, row.task, row.text])
            }
            try db.execute(sql: "DELETE FROM line WHERE id <= (SELECT max(id) FROM line) - ?", arguments: [most])
        }
    }
}
