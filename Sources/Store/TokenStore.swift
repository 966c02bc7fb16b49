internal import GRDB
package import Protocol

/// An enrolled key. The secret half is never here.
package struct TokenRecord: Sendable, Equatable {
    package let id: TokenID
    package let publicKey: String
    package let role: String
    package let label: String
    package let createdAt: Instant
    package let revokedAt: Instant?
    /// From then on it lets nobody in who was not in before.
    package let expiresAt: Instant?
    /// How many machines may join with it; `nil` for any number.
    package let uses: Int?

    package init(
        id: TokenID, publicKey: String, role: String, label: String, createdAt: Instant, revokedAt: Instant? = nil,
        expiresAt: Instant? = nil, uses: Int? = nil
    ) {
        self.id = id
        self.publicKey = publicKey
        self.role = role
        self.label = label
        self.createdAt = createdAt
        self.revokedAt = revokedAt
        self.expiresAt = expiresAt
        self.uses = uses
    }
}

extension ClusterStore {
    /// All keys ever enrolled, oldest first.
    package func tokens() throws(StoreError) -> [TokenRecord] {
        try read("reading tokens") { db in
            try Row.fetchAll(db, sql: "SELECT * FROM token ORDER BY created_at, id").compactMap { row in
                TokenID(validating: row["id"]).map { id in
                    TokenRecord(
                        id: id, publicKey: row["public_key"], role: row["role"], label: row["label"],
                        createdAt: Instant(milliseconds: row["created_at"]),
                        revokedAt: (row["revoked_at"] as Int64?).map(Instant.init(milliseconds:)),
                        expiresAt: (row["expires_at"] as Int64?).map(Instant.init(milliseconds:)),
                        uses: row["uses"])
                }
            }
        }
    }

    package func add(_ token: TokenRecord) throws(StoreError) {
        try write("saving a token") { db in
            try db.execute(
                sql: """
                    INSERT INTO token (id, public_key, role, label, created_at, expires_at, uses)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    token.id.rawValue, token.publicKey, token.role, token.label, token.createdAt.milliseconds,
                    token.expiresAt?.milliseconds, token.uses,
                ])
        }
    }

    /// Which machines have joined with which token.
    package func members() throws(StoreError) -> [TokenID: Set<WorkerID>] {
        try read("reading who joined with which token") { db in
            var members: [TokenID: Set<WorkerID>] = [:]
            for row in try Row.fetchAll(db, sql: "SELECT token, worker FROM token_member") {
                guard let token = TokenID(validating: row["token"]), let worker = WorkerID(validating: row["worker"])
                else { continue }
                members[token, default: []].insert(worker)
            }
            return members
        }
    }

    /// Notes that a machine has joined with a token.
    package func admit(_ worker: WorkerID, with token: TokenID, at now: Instant) throws(StoreError) {
        try write("noting who joined") { db in
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO token_member SELECT ?, ?, ? WHERE EXISTS (SELECT 1 FROM token WHERE id = ?)
                    """,
                arguments: [token.rawValue, worker.rawValue, now.milliseconds, token.rawValue])
        }
    }

    /// Ends a token's right to connect; false when there is no such token that is still good.
    package func revoke(_ token: TokenID, at now: Instant) throws(StoreError) -> Bool {
        try write("revoking a token") { db in
            try db.execute(
                sql: "UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                arguments: [now.milliseconds, token.rawValue])
            return db.changesCount > 0
        }
    }
}
