internal import Foundation
package import Protocol

/// Empty work that takes a stated time: load tests, schedule measurements and the cluster's own tests.
///
/// Tasks of a synthetic job say their milliseconds. A film whose profile names the backend `synthetic` takes the time each
/// task is expected to take, and its results have the size such results have: data moves as for a real one.
package struct SyntheticMaker: Maker {
    package let capabilities: [Capability: Role]
    private let speed: Double

    /// - Parameter speed: how much faster than stated.
    package init(role: Role = .media, speed: Double = 1) {
        self.speed = speed
        capabilities = Dictionary(
            uniqueKeysWithValues: TaskKind.allCases.map { (Capability(kind: $0, backend: "synthetic"), role) })
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        let isFilm = work.spec.parameters["milliseconds"] == nil
        let stated: Int
        do throws(FieldsError) {
            stated =
                isFilm
                ? Int(work.spec.expected.milliseconds)
                : try work.spec.parameters.integer("milliseconds", in: 0...86_400_000)
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
        let milliseconds = Int((Double(stated) / speed).rounded())
        if milliseconds > 0 {
            // The work is to take time: this sleep stands for nothing else.
            guard (try? await Task.sleep(for: .milliseconds(milliseconds))) != nil else {
                throw WorkFault(.interrupted, "stopped")
            }
        }
        let file = work.folder.appendingPathComponent("empty")
        do {
            let size = isFilm ? Self.kilobytes(work.spec.kind, milliseconds: stated) << 10 : 0
            try Self.content(of: work.spec.key, size).write(to: file)
        } catch {
            throw WorkFault(.workerFault, "cannot write \(file.path): \(error.localizedDescription)")
        }
        return Made(file: file)
    }

    /// No two alike, and nothing a file system could leave out.
    private static func content(of key: TaskKey, _ size: Int) -> Data {
        let name = Data(key.hex.utf8)
        guard size > name.count else { return name }
        var data = Data(capacity: size + name.count)
        while data.count < size { data += name }
        return data
    }

    /// What results of a 720p film take, measured on the bundled one; longer ones more.
    private static func kilobytes(_ kind: TaskKind, milliseconds: Int) -> Int {
        switch kind {
        case .setting: 700
        case .portrait, .cutout: 300
        case .compose: 600
        case .animate, .lipsync, .conform, .clip: 300 + milliseconds / 2
        case .transition, .dialogue, .ambience, .music: 200
        case .mix: 400 + milliseconds * 2
        case .scene: 4_000
        case .soundtrack: 3_000
        case .film: 24_000
        }
    }
}
