internal import Foundation
internal import Protocol
internal import Providers

/// Answers that held what was bought, on this worker's disk: from the moment they came until long after they were delivered.
/// A service that answers at once cannot be asked again, and what it gave is paid for.
struct HeldAnswers: Sendable {
    let folder: URL
    private static let prefix = "held:"
    /// After so many days nobody comes for an answer any more.
    static let days = 30.0

    private struct Note: Codable {
        var cost: Int64?
        var words: [Word]

        struct Word: Codable {
            var text: String
            var from: Int
            var to: Int
        }
    }

    /// Whether an operation is an answer that some worker holds.
    static func holds(_ operation: String) -> Bool { operation.hasPrefix(prefix) }

    private func files(_ reference: String) -> (bytes: URL, note: URL) {
        (folder.appendingPathComponent("\(reference).bytes"), folder.appendingPathComponent("\(reference).json"))
    }

    /// Holds an answer, where the disk lets it: it is in memory still, and the work goes on.
    /// - Returns: how the operation is called.
    func keep(_ finished: Finished, _ reference: String) -> String {
        guard case .bytes(let data) = finished.output else { return Self.prefix + reference }
        let (bytes, note) = files(reference)
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try write(data, to: bytes)
            let words = finished.words.map {
                Note.Word(text: $0.text, from: $0.fromMilliseconds, to: $0.toMilliseconds)
            }
            try write(try JSONEncoder().encode(Note(cost: finished.cost?.amount, words: words)), to: note)
        } catch {
            // Found by nobody then, should this process end before it is delivered.
            try? FileManager.default.removeItem(at: note)
        }
        return Self.prefix + reference
    }

    /// On the disk, and then under its name.
    private func write(_ data: Data, to file: URL) throws {
        let temporary = file.appendingPathExtension("part")
        try data.write(to: temporary)
        let handle = try FileHandle(forUpdating: temporary)
        try handle.synchronize()
        try handle.close()
        guard rename(temporary.path, file.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    /// The operation of a call whose answer is here.
    func find(_ reference: String) -> String? {
        FileManager.default.fileExists(atPath: files(reference).note.path) ? Self.prefix + reference : nil
    }

    func answer(_ operation: String) -> Finished? {
        let reference = String(operation.dropFirst(Self.prefix.count))
        // It came over the wire: no path is made of it that is not one of ours.
        guard reference.wholeMatch(of: /[a-z0-9-]{1,100}/) != nil else { return nil }
        let (bytes, note) = files(reference)
        guard let data = try? Data(contentsOf: bytes), let text = try? Data(contentsOf: note),
            let told = try? JSONDecoder().decode(Note.self, from: text)
        else { return nil }
        return Finished(
            .bytes(data), cost: told.cost.map { MicroUSD($0) },
            words: told.words.map { SpokenWord($0.text, from: $0.from, to: $0.to) })
    }

    /// Removes what nobody comes for any more.
    static func sweep(_ folder: URL, now: Date) {
        let keys: [URLResourceKey] = [.contentModificationDateKey]
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: keys)) ?? []
        for file in files {
            let date = try? file.resourceValues(forKeys: Set(keys)).contentModificationDate
            if let date, now.timeIntervalSince(date) > days * 86_400 { try? FileManager.default.removeItem(at: file) }
        }
    }
}
