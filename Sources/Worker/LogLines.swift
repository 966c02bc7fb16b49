internal import Foundation
package import Logging
internal import Protocol
internal import SwiftProtobuf
internal import Synchronization

/// What this process logs, until it is sent to the coordinator: bounded, the oldest goes first.
package final class LogLines: Sendable {
    private struct Waiting {
        var lines: [LogLine] = []
        var dropped: UInt32 = 0
        var isOn = false
    }

    private let waiting = Mutex(Waiting())
    static let most = 2_000

    package init() {}

    /// Lines are kept from now on: somebody will send them.
    package func begin() { waiting.withLock { $0.isOn = true } }

    func add(_ line: LogLine) {
        waiting.withLock { waiting in
            guard waiting.isOn else { return }
            waiting.lines.append(line)
            guard waiting.lines.count > Self.most else { return }
            waiting.lines.removeFirst()
            waiting.dropped += 1
        }
    }

    /// The oldest lines, as many as one message holds.
    func take() -> (lines: [LogLine], dropped: UInt32) {
        waiting.withLock { waiting in
            let lines = Array(waiting.lines.prefix(LogBody.linesLimit))
            waiting.lines.removeFirst(lines.count)
            defer { waiting.dropped = 0 }
            return (lines, waiting.dropped)
        }
    }

    /// A handler that adds what is logged at `info` or above.
    package func handler(label: String) -> any LogHandler { LineHandler(lines: self, label: label) }
}

private struct LineHandler: LogHandler {
    let lines: LogLines
    let label: String
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let all = metadata.merging(event.metadata ?? [:]) { $1 }
        // Whose line it is the coordinator knows.
        let words = all.filter { $0.key != "task" && $0.key != "worker" }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
        lines.add(
            .with {
                $0.atMilliseconds = Int64(Date().timeIntervalSince1970 * 1_000)
                $0.level = event.level.rawValue
                $0.task = all["task"].map { "\($0)" } ?? ""
                $0.text = String(([("\(event.message)")] + words).joined(separator: " ").prefix(LogBody.lineBytes))
            })
    }
}
