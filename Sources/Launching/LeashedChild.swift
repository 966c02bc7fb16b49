internal import Foundation
internal import Subprocess
package import SystemPackage

/// A process of ours that holds one end of a pipe as its standard input, in a group of its own: ctrl-C is for us, and
/// however we end, it notices and stops.
package struct LeashedChild: Sendable {
    /// Our end: closing it ends the child, within seconds.
    package let leash: FileDescriptor
    private let input: FileDescriptor

    /// How a child ended.
    package struct End: Sendable {
        /// Its exit code; `nil` for a signal, or when it could not be run.
        package let code: Int32?
        /// The last thing it said to people, else what ended it.
        package let words: String
    }

    /// - Parameter token: the first line of its input, where it needs one.
    package init(token: String?) throws {
        let ends = try FileDescriptor.pipe()
        leash = ends.writeEnd
        input = ends.readEnd
        // Our end must not be inherited by the other children, or they would keep each other alive.
        _ = fcntl(leash.rawValue, F_SETFD, FD_CLOEXEC)
        if let token { _ = try leash.writeAll(Array((token + "\n").utf8)) }
    }

    private static func environment(_ values: [String: String]) -> Environment {
        .custom(Dictionary(uniqueKeysWithValues: values.map { (Environment.Key(stringLiteral: $0), $1) }))
    }

    /// Runs it to its end. Cancelled, it is told to stop, then killed.
    /// - Parameter environment: instead of ours.
    package func live(
        _ program: String, _ arguments: [String], environment: [String: String]? = nil
    ) async -> End {
        var options = PlatformOptions()
        options.teardownSequence = [.send(signal: .terminate, allowedDurationToNextStep: .seconds(4))]
        options.processGroupID = 0
        do {
            let result = try await Subprocess.run(
                program.contains("/") ? .path(FilePath(program)) : .name(program), arguments: Arguments(arguments),
                environment: environment.map(Self.environment) ?? .inherit,
                platformOptions: options, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
                output: .discarded, error: .string(limit: 1 << 20))
            let lines = result.standardError.split(separator: "\n")
            let said = lines.last { $0.hasPrefix("snowflake:") }?.dropFirst(10) ?? lines.last
            let words = said.map { $0.trimmingCharacters(in: .whitespaces) }
            switch result.terminationStatus {
            case .exited(let code): return End(code: code, words: words ?? "exit code \(code)")
            case .signaled(let signal): return End(code: nil, words: words ?? "signal \(signal)")
            }
        } catch {
            return End(code: nil, words: "cannot be run: \(error)")
        }
    }
}
