package import Foundation

/// A real S3 service for a test: Ceph's gateway on loopback, started by `ops/rgw.py`; it ends with this value.
package final class CephProcess: Sendable {
    package let endpoint: String
    package let environment: [String: String]
    private let folder: TemporaryFolder
    private let input: FileHandle

    /// Throws when it does not start: its words say which package is missing.
    package init(script: URL) throws {
        folder = TemporaryFolder("ceph")
        let (output, feed) = (Pipe(), Pipe())
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script.path, folder.url.path]
        process.standardOutput = output
        process.standardInput = feed
        try process.run()
        input = feed.fileHandleForWriting
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line += byte
        }
        guard let told = try? JSONDecoder().decode([String: String].self, from: line), let endpoint = told["endpoint"],
            let keyID = told["key_id"], let secret = told["secret"]
        else { throw CocoaError(.featureUnsupported) }
        self.endpoint = endpoint
        environment = ["AWS_ACCESS_KEY_ID": keyID, "AWS_SECRET_ACCESS_KEY": secret]
    }

    /// Closing its input ends it.
    deinit { try? input.close() }
}
