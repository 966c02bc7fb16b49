internal import Foundation
internal import GRDB
internal import GRDBSQLite
internal import Protocol

/// A cached statement whose values are bound one after the other, straight into SQLite: for rows that every decision
/// writes, where a list of boxed values would cost more than the write.
struct HotStatement {
    private let statement: Statement
    private let handle: OpaquePointer
    /// The parameter that is bound next; 1 the first. Every one is bound before each run: it keeps its last value.
    private var next: Int32 = 1

    private static let transient = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

    init(_ db: Database, _ sql: String) throws {
        statement = try db.cachedStatement(sql: sql)
        handle = statement.sqliteStatement
    }

    mutating func bind(_ value: Int64) {
        sqlite3_bind_int64(handle, next, value)
        next += 1
    }

    mutating func bind(_ value: Int) { bind(Int64(value)) }

    mutating func bind(_ value: Bool) { bind(value ? 1 : 0 as Int64) }

    mutating func bind(_ value: String) {
        var value = value
        value.withUTF8 { bytes in
            _ = bytes.withMemoryRebound(to: CChar.self) {
                sqlite3_bind_text(handle, next, $0.baseAddress, Int32($0.count), Self.transient)
            }
        }
        next += 1
    }

    mutating func bind(_ value: Data) {
        value.withUnsafeBytes { bytes in
            // An empty blob has no address, and an address of nil would bind NULL.
            _ =
                bytes.isEmpty
                ? sqlite3_bind_zeroblob(handle, next, 0)
                : sqlite3_bind_blob(handle, next, bytes.baseAddress, Int32(bytes.count), Self.transient)
        }
        next += 1
    }

    mutating func bind(_ value: Digest) {
        value.withUnsafeBytes { bytes in
            _ = sqlite3_bind_blob(handle, next, bytes.baseAddress, Int32(bytes.count), Self.transient)
        }
        next += 1
    }

    mutating func bind(_ value: Digest?) {
        guard let value else {
            sqlite3_bind_null(handle, next)
            next += 1
            return
        }
        bind(value)
    }

    /// Carries it out; it returns no rows. Throws what SQLite says.
    func run() throws {
        let code = sqlite3_step(handle)
        sqlite3_reset(handle)
        guard code == SQLITE_DONE else {
            throw DatabaseError(
                resultCode: ResultCode(rawValue: code),
                message: sqlite3_db_handle(handle).map { String(cString: sqlite3_errmsg($0)) }, sql: statement.sql)
        }
    }
}
