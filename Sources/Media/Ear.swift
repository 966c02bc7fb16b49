internal import Foundation
internal import Synchronization

/// Hears the lines a running command writes to a file. A file and not a pipe: what the command started and left behind would
/// hold a pipe open for ever.
final class Ear: Sendable {
    private struct State {
        var offset: UInt64 = 0
        var rest = Data()
    }

    private let path: String
    private let hear: @Sendable (String) -> Void
    private let state = Mutex(State())
    private let looking = Mutex<Task<Void, Never>?>(nil)
    /// No line of a program is longer; of one that is the rest is dropped.
    private static let lineLimitBytes = 1 << 20

    init(of path: String, _ hear: @escaping @Sendable (String) -> Void) {
        self.path = path
        self.hear = hear
        // Ends with `end`, or with what it looks for.
        let task = Task { [weak self] in
            while (try? await Task.sleep(for: .milliseconds(100))) != nil, let self { self.look() }
        }
        looking.withLock { $0 = task }
    }

    deinit { looking.withLock { $0?.cancel() } }

    /// The command has ended: the last line counts as one, whether it was ended or not.
    func end() {
        looking.withLock { $0?.cancel() }
        look()
        let last = state.withLock { state in
            defer { state.rest = Data() }
            return state.rest
        }
        if !last.isEmpty { hear(String(decoding: last, as: UTF8.self)) }
    }

    private func look() {
        let lines = state.withLock { state -> [Data] in
            guard let file = FileHandle(forReadingAtPath: path) else { return [] }
            defer { try? file.close() }
            guard (try? file.seek(toOffset: state.offset)) != nil else { return [] }
            var lines: [Data] = []
            while let bytes = try? file.read(upToCount: 1 << 16), !bytes.isEmpty {
                state.offset += UInt64(bytes.count)
                state.rest += bytes
                var parts = state.rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
                state.rest = Data((parts.popLast() ?? Data()).prefix(Self.lineLimitBytes))
                lines += parts.map { Data($0) }
            }
            return lines
        }
        for line in lines where !line.isEmpty { hear(String(decoding: line, as: UTF8.self)) }
    }
}
