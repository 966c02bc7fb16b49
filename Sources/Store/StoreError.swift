internal import GRDB

/// Why saved state cannot be used. No database error leaves this module.
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case locked(folder: String)
    case cannotOpen(path: String, reason: String)
    case damaged(path: String, faults: [String])
    case newerSchema(path: String)
    case full(path: String)
    case failed(operation: String, reason: String)

    package var description: String {
        switch self {
        case .locked(let folder):
            "\(folder) is in use by another process; stop that one, or choose another folder"
        case .cannotOpen(let path, let reason): "cannot open \(path): \(reason); check that its folder can be written"
        case .damaged(let path, let faults):
            "\(path) is damaged (\(faults.prefix(3).joined(separator: "; "))); restore a backup, or move it away: "
                + "results are found again by their receipts in the store"
        case .newerSchema(let path): "\(path) was written by a newer release; use that release"
        case .full(let path): "the disk of \(path) is full; free some space and start again: nothing is lost"
        case .failed(let operation, let reason): "\(operation) failed: \(reason)"
        }
    }

    /// Runs database work and translates what it throws.
    static func translating<Value>(
        _ operation: String, path: String, _ work: () throws -> Value
    ) throws(StoreError) -> Value {
        do {
            return try work()
        } catch let error as StoreError {
            throw error
        } catch let error as DatabaseError where error.resultCode == .SQLITE_FULL {
            throw .full(path: path)
        } catch {
            throw .failed(operation: operation, reason: "\(error)")
        }
    }
}
