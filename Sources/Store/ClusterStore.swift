package import Foundation
internal import GRDB
internal import HashTreeCollections
package import Protocol
package import Scheduling

/// The cluster's tables. One writer; one transaction per decision.
package final class ClusterStore: Sendable {
    let queue: DatabaseQueue
    package let path: String

    /// Opens `cluster.sqlite` in a folder, checks it and brings it up to date. The folder is locked by its owner.
    package init(folder: URL) throws(StoreError) {
        path = folder.appendingPathComponent("cluster.sqlite").path
        queue = try DatabaseFile.open(path, migrator: Migrations.cluster)
    }

    /// What a job was made from: the film's canonical blob and the settings it was planned with.
    package struct JobDocument: Sendable, Equatable {
        package let film: Data
        package let settings: Data

        package init(film: Data, settings: Data) {
            self.film = film
            self.settings = settings
        }
    }

    /// Saves everything a decision changed, all or nothing.
    /// - Parameters:
    ///   - cluster: the state after the decision.
    ///   - documents: of the jobs that are new in this decision.
    package func commit(
        _ decision: Decision, of cluster: Cluster, documents: [JobID: JobDocument] = [:]
    ) throws(StoreError) {
        guard !decision.isUnchanged else { return }
        try write("saving a decision") { db in
            for id in decision.gates.sorted() {
                if let gate = cluster.gates[id] { try Rows.save(gate, db) }
            }
            for id in decision.workers.sorted() {
                if let worker = cluster.workers[id] { try Rows.save(worker, db) }
            }
            for id in decision.jobs.sorted() {
                if let job = cluster.jobs[id] { try Rows.save(job, documents[id], db) }
            }
            for key in decision.admitted {
                if let task = cluster.tasks[key] { try Rows.admit(task, db) }
            }
            for task in decision.tasks.compactMap({ cluster.tasks[$0] }).sorted(by: { $0.number < $1.number }) {
                if decision.onOtherTerms.contains(task.spec.key) { try Rows.saveSpec(of: task, db) }
                if decision.reranked.contains(task.spec.key) { try Rows.saveRank(of: task, db) }
                try Rows.save(task, isPardoned: decision.pardoned.contains(task.spec.key), db)
            }
            for id in decision.newJobs {
                if let job = cluster.jobs[id] { try Rows.saveNodes(of: job, db) }
            }
            for capability in decision.durations.sorted() {
                if let learned = cluster.durations[capability] { try Rows.save(learned, capability, db) }
            }
            for scope in decision.accounts.sorted() {
                if let account = cluster.accounts[scope] { try Rows.save(account, scope, db) }
            }
            for line in decision.ledger { try Rows.save(line, db) }
            if decision.isDailyCapChanged {
                try db.execute(
                    sql: "INSERT INTO meta VALUES ('daily_cap', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                    arguments: [cluster.dailyCap.map { String($0.amount) } ?? ""])
            }
            for entry in decision.journal { try Rows.save(entry, db) }
        }
    }

    /// Everything a restart needs.
    package func load() throws(StoreError) -> SavedCluster {
        try read("reading the cluster") { db in try Rows.loadCluster(db) }
    }

    /// What a job was made from.
    package func document(of job: JobID) throws(StoreError) -> JobDocument? {
        try read("reading job \(job)") { db in
            try Row.fetchOne(db, sql: "SELECT film, settings FROM job WHERE id = ?", arguments: [job.rawValue])
                .map { JobDocument(film: $0["film"] ?? Data(), settings: $0["settings"] ?? Data()) }
        }
    }

    /// The newest lines of the ledger, oldest first; of one job, or of all.
    package func ledger(of job: JobID?, last count: Int) throws(StoreError) -> [LedgerLine] {
        try read("reading the ledger") { db in
            let rows =
                if let job {
                    try Row.fetchAll(
                        db, sql: "SELECT * FROM ledger WHERE job = ? ORDER BY id DESC LIMIT ?",
                        arguments: [job.rawValue, count])
                } else {
                    try Row.fetchAll(db, sql: "SELECT * FROM ledger ORDER BY id DESC LIMIT ?", arguments: [count])
                }
            return try rows.reversed().map(Rows.ledgerLine)
        }
    }

    /// The newest lines of the journal, oldest first.
    package func journal(last count: Int) throws(StoreError) -> [JournalEntry] {
        try read("reading the journal") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM journal ORDER BY id DESC LIMIT ?", arguments: [count]).reversed()
                .map { row in
                    JournalEntry(
                        at: Instant(milliseconds: row["at"]), text: row["text"],
                        task: (row["task"] as Data?).flatMap { Digest(bytes: $0) },
                        job: (row["job"] as String?).flatMap { JobID(validating: $0) },
                        worker: (row["worker"] as String?).flatMap { WorkerID(validating: $0) })
                }
        }
    }

    /// A named value that belongs to the cluster itself.
    package func meta(_ name: String) throws(StoreError) -> String? {
        try read("reading \(name)") { db in
            try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = ?", arguments: [name])
        }
    }

    package func setMeta(_ name: String, _ value: String) throws(StoreError) {
        try write("saving \(name)") { db in
            try db.execute(
                sql: "INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
                arguments: [name, value])
        }
    }

    func read<Value>(_ what: String, _ work: (Database) throws -> Value) throws(StoreError) -> Value {
        try StoreError.translating(what, path: path) { try queue.read(work) }
    }

    func write<Value>(_ what: String, _ work: (Database) throws -> Value) throws(StoreError) -> Value {
        try StoreError.translating(what, path: path) { try queue.write(work) }
    }
}
