package import Foundation
internal import GRDB
package import Protocol

/// A worker's own memory: who it is, and reports the coordinator has not acknowledged yet. Survives crashes of both.
package final class OutboxStore: Sendable {
    private let queue: DatabaseQueue
    private let path: String

    /// Opens `worker.sqlite` in a folder that its owner has locked.
    package init(folder: URL) throws(StoreError) {
        path = folder.appendingPathComponent("worker.sqlite").path
        queue = try DatabaseFile.open(path, migrator: Migrations.outbox)
    }

    /// The worker's id, made at the first call and kept.
    package func workerID(orMake make: () -> WorkerID) throws(StoreError) -> WorkerID {
        try StoreError.translating("reading the worker's id", path: path) {
            try queue.write { db in
                let old = try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'worker'")
                if let id = old.flatMap({ WorkerID(validating: $0) }) { return id }
                let id = make()
                try db.execute(
                    sql: "INSERT INTO meta (name, value) VALUES ('worker', ?)", arguments: [id.rawValue])
                return id
            }
        }
    }

    /// Keeps a provider's name for a paid call until the coordinator has saved it.
    package func save(_ operation: String, of attempt: AttemptID) throws(StoreError) {
        try write(
            "saving an operation",
            "INSERT INTO operation (task, attempt, name) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
            [attempt.task.data, attempt.number, operation])
    }

    package func dropOperation(of attempt: AttemptID) throws(StoreError) {
        try write(
            "dropping an operation", "DELETE FROM operation WHERE task = ? AND attempt = ?",
            [attempt.task.data, attempt.number])
    }

    /// All operations that wait.
    package func operations() throws(StoreError) -> [AttemptID: String] {
        try StoreError.translating("reading operations", path: path) {
            try queue.read { db in
                var found: [AttemptID: String] = [:]
                for row in try Row.fetchAll(db, sql: "SELECT task, attempt, name FROM operation") {
                    guard let key = Digest(bytes: row["task"] as Data) else { continue }
                    found[AttemptID(task: key, number: row["attempt"])] = row["name"]
                }
                return found
            }
        }
    }

    private func write(_ what: String, _ sql: String, _ arguments: StatementArguments) throws(StoreError) {
        try StoreError.translating(what, path: path) {
            try queue.write { db in try db.execute(sql: sql, arguments: arguments) }
        }
    }

    /// Keeps a report until it is acknowledged.
    package func save(_ worker: WorkerID, _ attempt: AttemptID, _ outcome: AttemptOutcome) throws(StoreError) {
        let body = Message.report(worker, attempt, outcome).frames(sequence: 0)
        try StoreError.translating("saving a report", path: path) {
            try queue.write { db in
                try db.execute(
                    sql: "INSERT INTO report (task, attempt, body) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                    arguments: [attempt.task.data, attempt.number, body[0] + body[1]])
            }
        }
    }

    package func drop(_ attempt: AttemptID) throws(StoreError) {
        try StoreError.translating("dropping a report", path: path) {
            try queue.write { db in
                try db.execute(
                    sql: "DELETE FROM report WHERE task = ? AND attempt = ?",
                    arguments: [attempt.task.data, attempt.number])
            }
        }
    }

    /// All reports that wait.
    package func reports() throws(StoreError) -> [AttemptID: AttemptOutcome] {
        try StoreError.translating("reading reports", path: path) {
            try queue.read { db in
                var reports: [AttemptID: AttemptOutcome] = [:]
                for body in try Data.fetchAll(db, sql: "SELECT body FROM report") {
                    let frames = [body.prefix(Header.byteCount), body.dropFirst(Header.byteCount)].map { Data($0) }
                    guard case .report(_, let attempt, let outcome) = try? Message.read(frames: frames).1 else {
                        continue
                    }
                    reports[attempt] = outcome
                }
                return reports
            }
        }
    }
}
