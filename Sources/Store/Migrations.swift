internal import GRDB

// Numbered steps that never change once merged: each says why, in SQL, and knows no type of ours. Tables are the
// truth; `journal` is for people and never replayed. Keys and digests are 32-byte blobs, times are milliseconds since
// 1970, money is millionths of a US dollar.

enum Migrations {
    static var cluster: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 the cluster") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE job (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL,
                        standing TEXT NOT NULL CHECK (standing IN ('running', 'settled', 'cancelled')),
                        priority INTEGER NOT NULL, submitted_at INTEGER NOT NULL,
                        budget INTEGER, reserved INTEGER NOT NULL CHECK (reserved >= 0),
                        spent INTEGER NOT NULL CHECK (spent >= 0),
                        film BLOB, settings BLOB) STRICT;
                    CREATE TABLE task (
                        key BLOB PRIMARY KEY CHECK (length(key) = 32), spec BLOB NOT NULL, label TEXT NOT NULL,
                        phase TEXT NOT NULL CHECK (phase IN
                            ('idle', 'waiting', 'ready', 'parked', 'running', 'done', 'failed')),
                        attempt INTEGER NOT NULL CHECK (attempt >= 0),
                        priority INTEGER NOT NULL, path INTEGER NOT NULL, scene INTEGER NOT NULL, shot INTEGER NOT NULL,
                        retry_at INTEGER,
                        digest BLOB, size INTEGER, cost INTEGER, facts BLOB, worked INTEGER, provisional INTEGER,
                        failure TEXT, message TEXT, upstream BLOB, failed_at INTEGER,
                        CHECK (phase <> 'done' OR digest IS NOT NULL),
                        CHECK (phase <> 'failed' OR failure IS NOT NULL)) STRICT, WITHOUT ROWID;
                    CREATE TABLE lease (
                        task BLOB PRIMARY KEY REFERENCES task (key), worker TEXT NOT NULL REFERENCES worker (id),
                        attempt INTEGER NOT NULL, assigned_at INTEGER NOT NULL, assignment INTEGER NOT NULL,
                        expected INTEGER NOT NULL, provisional INTEGER NOT NULL,
                        payer TEXT REFERENCES job (id), ceiling INTEGER) STRICT, WITHOUT ROWID;
                    CREATE TABLE job_node (
                        job TEXT NOT NULL REFERENCES job (id), position INTEGER NOT NULL, name TEXT NOT NULL,
                        task BLOB NOT NULL REFERENCES task (key), scene INTEGER NOT NULL, shot INTEGER NOT NULL,
                        is_goal INTEGER NOT NULL, film_ms INTEGER NOT NULL,
                        PRIMARY KEY (job, position)) STRICT, WITHOUT ROWID;
                    CREATE TABLE attempt_fault (
                        task BLOB NOT NULL REFERENCES task (key), attempt INTEGER NOT NULL, worker TEXT NOT NULL,
                        failure TEXT NOT NULL, message TEXT NOT NULL, at INTEGER NOT NULL,
                        PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID;
                    CREATE TABLE worker (
                        id TEXT PRIMARY KEY, name TEXT NOT NULL, instance TEXT NOT NULL,
                        standing TEXT NOT NULL, last_seen INTEGER NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE worker_slot (
                        worker TEXT NOT NULL REFERENCES worker (id), role TEXT NOT NULL,
                        count INTEGER NOT NULL CHECK (count >= 0),
                        PRIMARY KEY (worker, role)) STRICT, WITHOUT ROWID;
                    CREATE TABLE worker_capability (
                        worker TEXT NOT NULL REFERENCES worker (id), kind TEXT NOT NULL, backend TEXT NOT NULL,
                        role TEXT NOT NULL, PRIMARY KEY (worker, kind, backend)) STRICT, WITHOUT ROWID;
                    CREATE TABLE worker_fault (
                        worker TEXT NOT NULL REFERENCES worker (id), kind TEXT NOT NULL, count INTEGER NOT NULL,
                        blocked_until INTEGER, last INTEGER NOT NULL, message TEXT NOT NULL,
                        PRIMARY KEY (worker, kind)) STRICT, WITHOUT ROWID;
                    CREATE TABLE gate (
                        id TEXT PRIMARY KEY, concurrency INTEGER NOT NULL CHECK (concurrency > 0),
                        paused_until INTEGER, reason TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE duration (
                        kind TEXT NOT NULL, backend TEXT NOT NULL, mean INTEGER NOT NULL, deviation INTEGER NOT NULL,
                        samples INTEGER NOT NULL, PRIMARY KEY (kind, backend)) STRICT, WITHOUT ROWID;
                    CREATE TABLE token (
                        id TEXT PRIMARY KEY, public_key TEXT NOT NULL UNIQUE,
                        role TEXT NOT NULL CHECK (role IN ('worker', 'operator', 'viewer')),
                        label TEXT NOT NULL, created_at INTEGER NOT NULL, revoked_at INTEGER) STRICT, WITHOUT ROWID;
                    CREATE TABLE journal (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, text TEXT NOT NULL,
                        task BLOB, job TEXT, worker TEXT) STRICT;
                    CREATE INDEX journal_by_job ON journal (job, id);
                    """)
        }
        // A purchase outlives the attempt that opened it, so it leaves the lease; what was leased may have been sent.
        migrator.registerMigration("0002 money") { db in
            try db.execute(
                sql: """
                    CREATE TABLE purchase (
                        task BLOB PRIMARY KEY REFERENCES task (key), intent INTEGER NOT NULL,
                        payer TEXT NOT NULL REFERENCES job (id), ceiling INTEGER NOT NULL CHECK (ceiling > 0),
                        provider TEXT NOT NULL, model TEXT NOT NULL, gate TEXT, day INTEGER NOT NULL,
                        step TEXT NOT NULL CHECK (step IN ('intended', 'sending', 'running', 'doubtful')),
                        operation TEXT, reason TEXT, looked_up INTEGER NOT NULL,
                        CHECK (step <> 'running' OR operation IS NOT NULL)) STRICT, WITHOUT ROWID;
                    INSERT INTO purchase SELECT task, attempt, payer, ceiling, 'unknown', '', NULL,
                        assigned_at / 86400000, 'doubtful', NULL, 'leased by an earlier release', 0
                        FROM lease WHERE payer IS NOT NULL AND ceiling > 0;
                    UPDATE job SET reserved =
                        coalesce((SELECT sum(ceiling) FROM purchase WHERE purchase.payer = job.id), 0);
                    ALTER TABLE lease DROP COLUMN payer;
                    ALTER TABLE lease DROP COLUMN ceiling;
                    ALTER TABLE job ADD COLUMN paused INTEGER NOT NULL DEFAULT 0;
                    CREATE TABLE account (
                        scope TEXT PRIMARY KEY, reserved INTEGER NOT NULL CHECK (reserved >= 0),
                        spent INTEGER NOT NULL CHECK (spent >= 0), cap INTEGER) STRICT, WITHOUT ROWID;
                    INSERT INTO account SELECT 'provider:unknown', sum(ceiling), 0, NULL FROM purchase
                        HAVING count(*) > 0;
                    INSERT INTO account SELECT 'day:' || day, sum(ceiling), 0, NULL FROM purchase GROUP BY day;
                    CREATE TABLE ledger (
                        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,
                        kind TEXT NOT NULL CHECK (kind IN ('reserved', 'settled', 'refunded', 'doubtful')),
                        task BLOB NOT NULL REFERENCES task (key), intent INTEGER NOT NULL, job TEXT NOT NULL,
                        provider TEXT NOT NULL, amount INTEGER NOT NULL, note TEXT NOT NULL) STRICT;
                    CREATE INDEX ledger_by_job ON ledger (job, id);
                    """)
        }
        // A result that was bought and lost is fetched again under its old operation, with nothing reserved for it.
        migrator.registerMigration("0003 gates and bought results") { db in
            try db.execute(
                sql: """
                    CREATE TABLE purchase_new (
                        task BLOB PRIMARY KEY REFERENCES task (key), intent INTEGER NOT NULL,
                        payer TEXT NOT NULL REFERENCES job (id), ceiling INTEGER NOT NULL CHECK (ceiling >= 0),
                        provider TEXT NOT NULL, model TEXT NOT NULL, gate TEXT, day INTEGER NOT NULL,
                        step TEXT NOT NULL CHECK (step IN ('intended', 'sending', 'running', 'doubtful')),
                        operation TEXT, reason TEXT, looked_up INTEGER NOT NULL, terms TEXT NOT NULL,
                        settled INTEGER NOT NULL,
                        CHECK (step <> 'running' OR operation IS NOT NULL),
                        CHECK (ceiling > 0 OR settled = 1)) STRICT, WITHOUT ROWID;
                    INSERT INTO purchase_new SELECT task, intent, payer, ceiling, provider, model, gate, day, step,
                        operation, reason, looked_up, '', 0 FROM purchase;
                    DROP TABLE purchase;
                    ALTER TABLE purchase_new RENAME TO purchase;
                    ALTER TABLE task ADD COLUMN bought_intent INTEGER;
                    ALTER TABLE task ADD COLUMN bought_operation TEXT;
                    ALTER TABLE task ADD COLUMN ask_first INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE gate ADD COLUMN per_minute INTEGER;
                    ALTER TABLE gate ADD COLUMN per_day INTEGER;
                    ALTER TABLE gate ADD COLUMN spend_limit INTEGER;
                    ALTER TABLE gate ADD COLUMN by_hand INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE gate ADD COLUMN recent BLOB NOT NULL DEFAULT x'';
                    ALTER TABLE gate ADD COLUMN day INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE gate ADD COLUMN day_count INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE gate ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CHECK (reserved >= 0);
                    ALTER TABLE gate ADD COLUMN spent INTEGER NOT NULL DEFAULT 0 CHECK (spent >= 0);
                    ALTER TABLE gate ADD COLUMN faults INTEGER NOT NULL DEFAULT 0;
                    ALTER TABLE gate ADD COLUMN broken_until INTEGER;
                    ALTER TABLE gate ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0;
                    UPDATE gate SET reserved =
                        coalesce((SELECT sum(ceiling) FROM purchase WHERE purchase.gate = gate.id), 0);
                    """)
        }
        // Every move of a task writes its row: what never changes is apart, and rows lie in the order of arrival, which
        // is about the order of work, so that a decision touches few pages. Readers refuse a phase they do not know:
        // a CHECK with a list of them made up half of a write.
        migrator.registerMigration("0004 small rows for what moves") { db in
            try db.execute(
                sql: """
                    CREATE TABLE task_state (
                        number INTEGER PRIMARY KEY REFERENCES task (number),
                        phase TEXT NOT NULL, attempt INTEGER NOT NULL,
                        priority INTEGER NOT NULL, path INTEGER NOT NULL, scene INTEGER NOT NULL, shot INTEGER NOT NULL,
                        retry_at INTEGER,
                        worker TEXT REFERENCES worker (id), lease_attempt INTEGER, assigned_at INTEGER,
                        assignment INTEGER, expected INTEGER, lease_provisional INTEGER,
                        digest BLOB, size INTEGER, cost INTEGER, facts BLOB, worked INTEGER, provisional INTEGER,
                        failure TEXT, message TEXT, upstream BLOB, failed_at INTEGER,
                        bought_intent INTEGER, bought_operation TEXT, ask_first INTEGER NOT NULL DEFAULT 0,
                        CHECK (phase <> 'running' OR worker IS NOT NULL),
                        CHECK (phase <> 'done' OR digest IS NOT NULL),
                        CHECK (phase <> 'failed' OR failure IS NOT NULL)) STRICT;
                    CREATE TABLE task_new (
                        number INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE CHECK (length(key) = 32),
                        spec BLOB NOT NULL, label TEXT NOT NULL) STRICT;
                    INSERT INTO task_new SELECT row_number() OVER (ORDER BY scene, shot, key), key, spec, label
                        FROM task;
                    INSERT INTO task_state SELECT number, phase, task.attempt, priority, path, scene, shot, retry_at,
                        lease.worker, lease.attempt, assigned_at, assignment, expected, lease.provisional,
                        digest, size, cost, facts, worked, task.provisional, failure, message, upstream, failed_at,
                        bought_intent, bought_operation, ask_first
                        FROM task JOIN task_new USING (key) LEFT JOIN lease ON lease.task = task.key;
                    DROP TABLE lease;
                    DROP TABLE task;
                    ALTER TABLE task_new RENAME TO task;
                    """)
        }
        migrator.registerMigration("0005 accounts of services") { db in
            try db.execute(sql: "ALTER TABLE purchase ADD COLUMN account TEXT NOT NULL DEFAULT ''")
        }
        migrator.registerMigration("0006 tokens that end and are counted") { db in
            try db.execute(
                sql: """
                    ALTER TABLE token ADD COLUMN expires_at INTEGER;
                    ALTER TABLE token ADD COLUMN uses INTEGER CHECK (uses > 0);
                    CREATE TABLE token_member (
                        token TEXT NOT NULL REFERENCES token (id), worker TEXT NOT NULL, joined_at INTEGER NOT NULL,
                        PRIMARY KEY (token, worker)) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("0007 what people must approve") { db in
            try db.execute(
                sql: """
                    ALTER TABLE job_node ADD COLUMN approvals TEXT NOT NULL DEFAULT '';
                    ALTER TABLE job ADD COLUMN approved TEXT NOT NULL DEFAULT '';
                    """)
        }
        return migrator
    }

    static var outbox: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("0001 reports that wait to be acknowledged") { db in
            try db.execute(
                sql: """
                    CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
                    CREATE TABLE report (
                        task BLOB NOT NULL, attempt INTEGER NOT NULL, body BLOB NOT NULL,
                        PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID;
                    """)
        }
        migrator.registerMigration("0002 operations of paid calls that wait to be saved") { db in
            try db.execute(
                sql: """
                    CREATE TABLE operation (
                        task BLOB NOT NULL, attempt INTEGER NOT NULL, name TEXT NOT NULL,
                        PRIMARY KEY (task, attempt)) STRICT, WITHOUT ROWID;
                    """)
        }
        return migrator
    }
}

/// Opens a database the way all of ours are: WAL, every commit on the disk, foreign keys on, checked, migrated.
enum DatabaseFile {
    static func open(_ path: String, migrator: DatabaseMigrator) throws(StoreError) -> DatabaseQueue {
        var configuration = Configuration()
        configuration.label = "snowflake"
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
        }
        let queue: DatabaseQueue
        do {
            queue = try DatabaseQueue(path: path, configuration: configuration)
        } catch let error as DatabaseError
            where error.resultCode == .SQLITE_NOTADB || error.resultCode == .SQLITE_CORRUPT
        {
            throw .damaged(path: path, faults: ["it is not a SQLite database"])
        } catch {
            throw .cannotOpen(path: path, reason: "\(error)")
        }
        try StoreError.translating("checking \(path)", path: path) {
            let faults = try queue.read { db in try String.fetchAll(db, sql: "PRAGMA quick_check(5)") }
            guard faults == ["ok"] else { throw StoreError.damaged(path: path, faults: faults) }
            guard try !queue.read(migrator.hasBeenSuperseded) else { throw StoreError.newerSchema(path: path) }
            try migrator.migrate(queue)
        }
        return queue
    }
}
