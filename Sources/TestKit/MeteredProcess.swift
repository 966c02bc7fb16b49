package import Foundation

/// The simulated services (`snowflake simulator`) as their own process, with what each does wrong by list.
package final class MeteredProcess: @unchecked Sendable {
    // Invariant: the process is started in the initialiser and only ended in the deinitialiser.
    package let folder: URL
    package let port: Int
    private let process: Process
    private let leash = Pipe()

    /// What the service has billed, as its ledger on disk says.
    package struct Bill: Decodable {
        package let id: String
        package let reference: String
        package let cost: Int64
        package let fate: String
        package let account: String
        package let model: String
        package let prompt: String
    }

    package struct Failed: Error {}

    /// - Parameter script: `settings.json`; empty for services that do everything right and at once.
    package init(folder: URL, script: String = "{}") throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        var whole: [String: Any] = ["seconds": 0.2]
        let given = try JSONSerialization.jsonObject(with: Data(script.utf8)) as? [String: Any] ?? [:]
        whole.merge(given) { $1 }
        try JSONSerialization.data(withJSONObject: whole).write(to: folder.appendingPathComponent("settings.json"))
        let beside = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let candidates = [beside, root.appendingPathComponent(".build/debug")]
            .map { $0.appendingPathComponent("snowflake") }
        guard let program = candidates.first(where: { access($0.path, X_OK) == 0 }) else { throw Failed() }
        process = Process()
        process.executableURL = program
        process.arguments = ["simulator", folder.path]
        let output = Pipe()
        process.standardOutput = output
        // It ends with us: when the other end of its input closes, however that comes.
        process.standardInput = leash
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while !line.contains(10), let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            line += byte
        }
        guard let port = Int(String(decoding: line, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines))
        else { throw Failed() }
        self.port = port
    }

    deinit { kill(process.processIdentifier, SIGKILL) }

    /// Where a service is reached.
    package func url(of service: String) -> String { "http://127.0.0.1:\(port)/\(service)" }
    package var url: String { url(of: "metered") }

    package func bills() throws -> [Bill] {
        let text = (try? String(contentsOf: folder.appendingPathComponent("ledger.jsonl"), encoding: .utf8)) ?? ""
        return try text.split(separator: "\n").map { try JSONDecoder().decode(Bill.self, from: Data($0.utf8)) }
    }
}
