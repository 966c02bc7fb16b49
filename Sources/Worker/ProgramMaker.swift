internal import Film
package import Foundation
internal import Logging
internal import Media
package import Protocol
internal import Providers
internal import Synchronization

/// Work by a program of the user's own. It runs in the task's folder, sees none of this worker's keys, and what it makes is
/// looked at like what a service sends.
package struct ProgramMaker: Maker {
    package let program: Program
    private let tool: Tool
    private let log = Logger(label: "exec")

    /// - Parameter environment: what the program may see of this worker's variables: no keys.
    package init(_ program: Program, environment: [String: String]) {
        self.program = program
        var tool = Tool(name: program.name, path: program.command[0])
        tool.environment = environment.merging(program.environment) { $1 }
        tool.isForeign = true
        self.tool = tool
    }

    package var capabilities: [Capability: Role] {
        Dictionary(
            uniqueKeysWithValues: program.kinds.map {
                (Capability(kind: $0, backend: "exec", account: program.name), program.role ?? $0.usualRole)
            })
    }

    /// Asks the program whether it could work here. Throws what it lacks.
    package func check(in folder: URL) async throws(WorkFault) {
        _ = try await run(ProgramWire.check, in: folder, patience: Self.checkPatience, progress: {})
    }

    /// Big packages are read from a slow disk.
    private static let checkPatience = Span.seconds(300)

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        let wish = try await Briefing(program: program.name).wish(
            work, reference: "sf-\(work.spec.key.hex.prefix(40))")
        let name = Self.outputName(of: work.spec.kind)
        let order = ProgramWire.order(
            wish, label: work.label, model: model(of: work.spec), still: try save(wish.still, "still.png", work),
            mask: try save(wish.mask, "mask.png", work), video: wish.video.map { _ in "face.mp4" },
            audio: wish.audio.map { _ in "speech.wav" }, output: name)
        var log = log
        log[metadataKey: "task"] = "\(work.label)"
        let said = try await run(order, in: work.folder, patience: program.silence, progress: work.progress, log: log)
        let file = try output(said.output ?? name, in: work.folder)
        do throws(WorkFault) {
            return try await Acceptance.look(at: file, cost: .zero, words: said.words, work)
        } catch {
            // Nothing was paid for it: it may be made again.
            throw error.failureClass == .unusable ? WorkFault(.workerFault, "\(program.name): \(error.message)") : error
        }
    }

    /// Models are named `PROGRAM` or `PROGRAM/MODEL`, so that two programs' results never share a key.
    private func model(of spec: TaskSpec) -> String {
        let own = program.name + "/"
        return spec.model.hasPrefix(own) ? String(spec.model.dropFirst(own.count)) : ""
    }

    private static func outputName(of kind: TaskKind) -> String {
        switch kind {
        case .animate, .lipsync: "made.mp4"
        case .dialogue, .ambience: "made.wav"
        default: "made.png"
        }
    }

    private func save(_ picture: Picture?, _ name: String, _ work: Work) throws(WorkFault) -> String? {
        guard let picture else { return nil }
        do { try picture.data.write(to: work.folder.appendingPathComponent(name)) } catch {
            throw WorkFault(.workerFault, "\(name) cannot be written: \(error.localizedDescription)")
        }
        return name
    }

    private func output(_ name: String, in folder: URL) throws(WorkFault) -> URL {
        let file = folder.appendingPathComponent(name)
        var info = stat()
        guard ProgramWire.isPlainName(name), lstat(file.path, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw WorkFault(
                .workerFault,
                "\(program.name) ended well, but there is no file \"\(name.prefix(80))\" in its folder")
        }
        return file
    }

    // MARK: running

    /// What is known of a running program.
    private struct Course {
        var said = ProgramWire.Said()
        var heard = ContinuousClock.now
        var isHung = false
    }

    private final class Watched: Sendable {
        let course = Mutex(Course())

        /// - Returns: what is for people.
        func hear(_ line: String) -> String? {
            course.withLock { course in
                course.heard = .now
                return course.said.hear(line)
            }
        }

        /// Whether it has been silent for longer than that; from then on it counts as hung.
        func isSilent(for patience: Span) -> Bool {
            course.withLock { course in
                course.isHung = ContinuousClock.now - course.heard > .milliseconds(patience.milliseconds)
                return course.isHung
            }
        }
    }

    private func run(
        _ order: JSON, in folder: URL, patience: Span, progress: @escaping @Sendable () -> Void, log: Logger? = nil
    ) async throws(WorkFault) -> ProgramWire.Said {
        let watched = Watched()
        let input = Array((order.text + "\n").utf8)
        let running = Task { [tool, program] () async -> Result<Tool.Output, ToolError> in
            do throws(ToolError) {
                return .success(
                    try await tool.runAny(Array(program.command.dropFirst()), in: folder) { write in
                        _ = input.withUnsafeBytes { write($0) }
                    } hear: { line in
                        if let words = watched.hear(line) { log?.info("\(words)") }
                    })
            } catch {
                return .failure(error)
            }
        }
        let watch = Task {
            while (try? await Task.sleep(for: .seconds(1))) != nil {
                guard !watched.isSilent(for: patience) else { return running.cancel() }
                progress()
            }
        }
        defer { watch.cancel() }
        let result = await withTaskCancellationHandler {
            await running.value
        } onCancel: {
            running.cancel()
        }
        let course = watched.course.withLock { $0 }
        switch result {
        case .success(let end):
            let fault = ProgramWire.fault(
                code: end.exitCode, status: end.status, said: course.said, words: end.lastWords, name: program.name)
            if let fault { throw fault }
            return course.said
        case .failure(.cancelled) where course.isHung:
            throw WorkFault(
                .workerFault,
                "\(program.name) said nothing for \(patience.milliseconds / 1_000) s and was ended; a program says {\"progress\": 0.5} now and then"
            )
        case .failure(let error): throw WorkFault(tool: error)
        }
    }
}
