internal import Foundation
internal import Subprocess
internal import Synchronization
internal import SystemPackage

/// One command of an engine, with a time limit; what it says is bounded.
enum Command {
    static let limit = Duration.seconds(60)

    /// Runs it and gives what it printed.
    /// - Parameter input: on its standard input, where secrets go; less than a pipe holds.
    static func run(
        _ program: String, _ arguments: [String], input: String = "", environment: [String: String] = [:]
    ) async throws(LaunchTrouble) -> String {
        let result: (status: TerminationStatus, output: String?, error: String?)
        do {
            result = try await withThrowingTaskGroup { group in
                group.addTask {
                    // A pipe that is written before the command starts: one that does not read it hurts nobody.
                    let ends = try FileDescriptor.pipe()
                    _ = fcntl(ends.writeEnd.rawValue, F_SETFD, FD_CLOEXEC)
                    _ = try ends.writeEnd.closeAfter { try ends.writeEnd.writeAll(Array(input.utf8)) }
                    let ran = try await Subprocess.run(
                        program.contains("/") ? .path(FilePath(program)) : .name(program),
                        arguments: Arguments(arguments),
                        environment: .inherit.updating(
                            Dictionary(
                                uniqueKeysWithValues: environment.compactMap { key, value in
                                    Environment.Key(rawValue: key).map { ($0, value) }
                                })),
                        platformOptions: options,
                        input: .fileDescriptor(ends.readEnd, closeAfterSpawningProcess: true),
                        output: .string(limit: 1 << 20), error: .string(limit: 1 << 16))
                    return (ran.terminationStatus, ran.standardOutput, ran.standardError)
                }
                group.addTask {
                    try await Task.sleep(for: limit)
                    throw LaunchTrouble("\(program) did not end within \(limit)")
                }
                defer { group.cancelAll() }
                guard let first = try await group.next() else { throw CancellationError() }
                return first
            }
        } catch let trouble as LaunchTrouble {
            throw trouble
        } catch {
            throw LaunchTrouble("\(program) cannot be run: \(error)")
        }
        guard case .exited(0) = result.status else {
            let words = (result.error ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            throw LaunchTrouble("\(program) \(arguments.first ?? ""): \(words.isEmpty ? "\(result.status)" : words)")
        }
        return result.output ?? ""
    }

    private static var options: PlatformOptions {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(2))]
        options.processGroupID = 0
        return options
    }
}

/// Workers that are children of this process, here or at the other end of an ssh connection. They hold a pipe: when this
/// process ends, however it ends, they notice and stop.
actor ChildWorkers {
    private struct Child {
        let leash: FileDescriptor
        let host: String
        var task: Task<Void, Never>?
        var isTold = false
    }

    private var children: [String: Child] = [:]
    /// The last words of those that ended by themselves.
    private(set) var words: [String: String] = [:]

    func alive() -> Set<String> { Set(children.keys) }
    func count(on host: String) -> Int { children.values.count { $0.host == host } }

    /// Starts one; the token goes first into its pipe.
    func start(
        _ order: String, on host: String, _ program: String, _ arguments: [String], token: String
    ) throws(LaunchTrouble) {
        guard children[order] == nil else { return }
        let child: LeashedChild
        do { child = try LeashedChild(token: token) } catch { throw LaunchTrouble("no pipe can be made: \(error)") }
        children[order] = Child(leash: child.leash, host: host)
        // Ends with the child; its end is noted in `ended`.
        children[order]?.task = Task { ended(order, await child.live(program, arguments).words) }
    }

    private func ended(_ order: String, _ said: String) {
        guard let child = children.removeValue(forKey: order) else { return }
        if !child.isTold {
            try? child.leash.close()
            words[order] = said
        }
    }

    /// Lets go of the pipe; the second time kills.
    func stop(_ order: String) {
        guard let child = children[order] else { return }
        guard !child.isTold else {
            child.task?.cancel()
            return
        }
        children[order]?.isTold = true
        try? child.leash.close()
    }
}
