package import Foundation
internal import GRDB
package import Protocol

/// Copies of the cluster's tables, whole and consistent, while the coordinator works.
package enum Backup {
    /// Copies a folder's tables into a new file, through a connection of its own: the writer does not wait.
    /// The file holds the cluster's keys and is readable by its owner alone.
    package static func write(from folder: URL, to file: URL) throws(StoreError) {
        let source = folder.appendingPathComponent("cluster.sqlite").path
        guard access(file.path, F_OK) != 0 else {
            throw .failed(operation: "writing a backup to \(file.path)", reason: "the file is there already")
        }
        let part = file.appendingPathExtension("part")
        unlink(part.path)
        let descriptor = open(part.path, O_WRONLY | O_CREAT | O_EXCL, 0o600)
        guard descriptor >= 0 else { throw .cannotOpen(path: part.path, reason: String(cString: strerror(errno))) }
        close(descriptor)
        do {
            try StoreError.translating("writing a backup", path: file.path) {
                let queue = try DatabaseQueue(path: source)
                try queue.writeWithoutTransaction { db in
                    try db.execute(sql: "VACUUM INTO ?", arguments: [part.path])
                }
                try queue.close()
            }
            _ = try inspect(part)
            try flush(part)
        } catch {
            unlink(part.path)
            throw error
        }
        guard rename(part.path, file.path) == 0 else {
            throw .failed(operation: "writing a backup to \(file.path)", reason: String(cString: strerror(errno)))
        }
    }

    /// Puts a backup in the place of a folder's tables, which are kept beside it. The caller has locked the folder.
    /// - Returns: where the tables that were there lie now; `nil` when there were none.
    package static func restore(_ file: URL, into folder: URL, at now: Instant) throws(StoreError) -> URL? {
        _ = try inspect(file)
        let target = folder.appendingPathComponent("cluster.sqlite")
        let part = target.appendingPathExtension("part")
        unlink(part.path)
        do {
            try FileManager.default.copyItem(at: file, to: part)
        } catch {
            throw .failed(operation: "copying \(file.path)", reason: error.localizedDescription)
        }
        chmod(part.path, 0o600)
        let queue = try DatabaseFile.open(part.path, migrator: Migrations.cluster)
        try StoreError.translating("marking the restored tables", path: part.path) {
            try queue.write { db in
                // What was bought after the backup is unknown to it: every first purchase asks the provider first.
                try db.execute(sql: "UPDATE task_state SET ask_first = 1 WHERE phase <> 'done'")
                try db.execute(
                    sql: "INSERT INTO journal (at, text) VALUES (?, 'restored from a backup')",
                    arguments: [now.milliseconds])
            }
            try queue.writeWithoutTransaction { db in
                try db.execute(sql: "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE")
            }
            try queue.close()
        }
        try flush(part)
        var kept: URL?
        if access(target.path, F_OK) == 0 {
            let aside = folder.appendingPathComponent("cluster-before-\(now.milliseconds).sqlite")
            // Its log belongs to it: without it the newest decisions would be missing from what is kept.
            for suffix in ["", "-wal", "-shm"] { rename(target.path + suffix, aside.path + suffix) }
            kept = aside
        }
        guard rename(part.path, target.path) == 0 else {
            throw .failed(operation: "restoring \(target.path)", reason: String(cString: strerror(errno)))
        }
        return kept
    }

    /// Checks that a file is a whole copy of a cluster's tables that this release can read.
    /// - Returns: how many jobs and tasks it holds.
    package static func inspect(_ file: URL) throws(StoreError) -> (jobs: Int, tasks: Int) {
        guard access(file.path, R_OK) == 0 else {
            throw .cannotOpen(path: file.path, reason: String(cString: strerror(errno)))
        }
        var configuration = Configuration()
        configuration.readonly = true
        do {
            let queue = try DatabaseQueue(path: file.path, configuration: configuration)
            return try queue.read { db in
                let faults = try String.fetchAll(db, sql: "PRAGMA integrity_check(5)")
                guard faults == ["ok"] else { throw StoreError.damaged(path: file.path, faults: faults) }
                guard try !Migrations.cluster.hasBeenSuperseded(db) else {
                    throw StoreError.newerSchema(path: file.path)
                }
                guard try String.fetchOne(db, sql: "SELECT value FROM meta WHERE name = 'cluster'") != nil else {
                    throw StoreError.damaged(path: file.path, faults: ["it holds no cluster"])
                }
                return (
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM job") ?? 0,
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM task") ?? 0
                )
            }
        } catch let error as StoreError {
            throw error
        } catch {
            throw .damaged(path: file.path, faults: ["it is no copy of a cluster's tables: \(error)"])
        }
    }

    private static func flush(_ file: URL) throws(StoreError) {
        for path in [file.path, file.deletingLastPathComponent().path] {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0, fsync(descriptor) == 0 else {
                throw .failed(operation: "flushing \(path)", reason: String(cString: strerror(errno)))
            }
            close(descriptor)
        }
    }
}
