package import Foundation

/// A folder of a test's own, removed when the last reference goes.
package final class TemporaryFolder: Sendable {
    package let url: URL

    package init(_ name: String = "snowflake") {
        let base = FileManager.default.temporaryDirectory.resolvingSymlinksInPath()
        url = base.appendingPathComponent("\(name)-\(UUID().uuidString)")
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        } catch {
            preconditionFailure("no temporary folder can be made: \(error)")
        }
    }

    deinit { try? FileManager.default.removeItem(at: url) }
}
