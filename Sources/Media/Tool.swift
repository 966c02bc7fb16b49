internal import CUnix
package import Foundation
internal import Subprocess
internal import Synchronization

#if canImport(System)
    internal import System
#else
    internal import SystemPackage
#endif

/// Why a command of ours did not do its work.
package enum ToolError: Error, Equatable, CustomStringConvertible {
    case missing(tool: String)
    case failed(tool: String, status: String, message: String)
    case badOutput(file: String, reason: String)
    case file(operation: String, path: String, reason: String)
    case cancelled

    package var description: String {
        switch self {
        case .missing(let tool): "\(tool) is not installed on this machine; `snowflake doctor` says what is missing"
        case .failed(let tool, let status, let message): "\(tool) \(status): \(message)"
        case .badOutput(let file, let reason): "\(file) is not as it should be: \(reason)"
        case .file(let operation, let path, let reason): "\(operation) \(path): \(reason)"
        case .cancelled: "stopped"
        }
    }
}

/// Runs commands: argument vectors, never a shell; no input unless given; stderr and stdout to files with a limit on
/// what is read back; a cancelled task ends the command, at last with SIGKILL.
package struct Tool: Sendable {
    package let name: String
    package let path: String

    package init(name: String, path: String? = nil) {
        self.name = name
        self.path = path ?? name
    }

    /// Words in front of every call.
    private var prefix: [String] = []
    /// The only variables it sees; `nil`: those of this process.
    package var environment: [String: String]?
    /// It is somebody else's and may start others: it has ten seconds to end when it is told to, and then all of them are
    /// killed.
    package var isForeign = false

    /// The same command under limits of its own, for files nobody vouches for: memory, processor time and what it may
    /// write, kept by the kernel.
    package var guarded: Tool {
        var tool = Tool(name: name, path: "prlimit")
        tool.prefix = [
            "--as=\(Self.memoryLimitBytes)", "--cpu=\(Self.processorLimitSeconds)", "--fsize=\(Self.writtenLimitBytes)",
            "--core=0", path,
        ]
        return tool
    }

    private static let memoryLimitBytes = 12 << 30
    private static let processorLimitSeconds = 3_600
    private static let writtenLimitBytes = 64 << 30

    package static let ffmpeg = Tool(name: "ffmpeg")
    package static let ffprobe = Tool(name: "ffprobe")

    /// What is read of a command's words.
    static let outputLimitBytes = 4 << 20

    /// Whether the command can be found.
    package var isInstalled: Bool {
        if path.contains("/") { return access(path, X_OK) == 0 }
        let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin").split(
            separator: ":")
        return folders.contains { access("\($0)/\(path)", X_OK) == 0 }
    }

    package struct Output: Sendable {
        package let standardOutput: String
        package let standardError: String
        package let isSuccess: Bool
        package let status: String
        /// `nil` when a signal ended it.
        package let exitCode: Int32?

        /// What it said of its failure: its last few lines.
        package var words: String { Self.last(standardError.isEmpty ? standardOutput : standardError) }
        /// The last few lines of its standard error.
        package var lastWords: String { Self.last(standardError) }

        private static func last(_ words: String) -> String {
            words.split(separator: "\n").suffix(4).joined(separator: " · ").prefix(600).description
        }
    }

    /// Runs it to its end.
    /// - Parameters:
    ///   - folder: for its output files; exists and is the caller's own.
    ///   - feed: writes the command's standard input, on a thread of its own; false from `write` means that nobody
    ///     reads any more.
    @discardableResult
    package func run(
        _ arguments: [String], in folder: URL,
        feed: (@Sendable (_ write: (UnsafeRawBufferPointer) -> Bool) -> Void)? = nil
    ) async throws(ToolError) -> Output {
        let output = try await runAny(arguments, in: folder, feed: feed)
        guard output.isSuccess else { throw .failed(tool: name, status: output.status, message: output.words) }
        return output
    }

    /// The same, whatever its exit status.
    /// - Parameter hear: gets each line of its standard output, soon after it was written.
    package func runAny(
        _ arguments: [String], in folder: URL,
        feed: (@Sendable (_ write: (UnsafeRawBufferPointer) -> Bool) -> Void)? = nil,
        hear: (@Sendable (String) -> Void)? = nil
    ) async throws(ToolError) -> Output {
        let number = Self.counter.withLock { count in
            count += 1
            return count
        }
        let outFile = folder.appendingPathComponent("\(name).\(number).out").path
        let errorFile = folder.appendingPathComponent("\(name).\(number).err").path
        defer {
            unlink(outFile)
            unlink(errorFile)
        }
        let ear = hear.map { Ear(of: outFile, $0) }
        do {
            let status = try await spawn(arguments, outFile, errorFile, folder, feed)
            ear?.end()
            if Task.isCancelled { throw ToolError.cancelled }
            return Output(
                standardOutput: Self.read(outFile), standardError: Self.read(errorFile),
                isSuccess: status == .exited(0), status: Self.word(status), exitCode: Self.code(status))
        } catch let error as ToolError {
            throw error
        } catch let error as SubprocessError where error.code == .executableNotFound {
            throw .missing(tool: name)
        } catch {
            throw Task.isCancelled ? .cancelled : .failed(tool: name, status: "cannot be run", message: "\(error)")
        }
    }

    private static let counter = Mutex(0)

    private func spawn(
        _ arguments: [String], _ outFile: String, _ errorFile: String, _ folder: URL,
        _ feed: (@Sendable (_ write: (UnsafeRawBufferPointer) -> Bool) -> Void)?
    ) async throws -> TerminationStatus {
        let out = try FileDescriptor.open(
            outFile, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        let errors = try FileDescriptor.open(
            errorFile, .writeOnly, options: [.create, .truncate, .closeOnExec], permissions: .ownerReadWrite)
        let executable: Executable = path.contains("/") ? .path(FilePath(path)) : .name(path)
        let own = environment.map { $0.map { (Environment.Key(stringLiteral: $0), $1) } }
        let command = Configuration(
            executable: executable, arguments: Arguments(prefix + arguments),
            environment: own.map { .custom(Dictionary(uniqueKeysWithValues: $0)) } ?? .inherit,
            workingDirectory: FilePath(folder.path), platformOptions: options)
        guard let feed else {
            let end = try await Subprocess.run(
                command, input: .none, output: .fileDescriptor(out, closeAfterSpawningProcess: true),
                error: .fileDescriptor(errors, closeAfterSpawningProcess: true))
            sweep(end.processIdentifier)
            return end.terminationStatus
        }
        var ends: [Int32] = [0, 0]
        guard snowflake_pipe(&ends) == 0 else {
            throw ToolError.file(operation: "making", path: "a pipe", reason: String(cString: strerror(errno)))
        }
        let writer = Task.detached { [end = ends[1]] in await Self.write(feed, to: end) }
        let end = try await Subprocess.run(
            command, input: .fileDescriptor(FileDescriptor(rawValue: ends[0]), closeAfterSpawningProcess: true),
            output: .fileDescriptor(out, closeAfterSpawningProcess: true),
            error: .fileDescriptor(errors, closeAfterSpawningProcess: true))
        sweep(end.processIdentifier)
        await writer.value  // Ends by itself: its reader is gone.
        return end.terminationStatus
    }

    private var options: PlatformOptions {
        var options = PlatformOptions()
        options.teardownSequence = [
            .gracefulShutDown(
                toProcessGroup: isForeign, allowedDurationToNextStep: isForeign ? .seconds(10) : .milliseconds(500))
        ]
        if isForeign { options.processGroupID = 0 }
        return options
    }

    /// What a foreign program started and left behind would keep the machine's memory.
    private func sweep(_ process: ProcessIdentifier) {
        if isForeign { _ = kill(-process.value, SIGKILL) }
    }

    private static func write(
        _ feed: @escaping @Sendable (_ write: (UnsafeRawBufferPointer) -> Bool) -> Void, to end: Int32
    ) async {
        await withCheckedContinuation { continuation in
            DispatchQueue.global(qos: .userInitiated).async {
                feed { bytes in
                    var offset = 0
                    while offset < bytes.count {
                        let count = Foundation.write(end, bytes.baseAddress.map { $0 + offset }, bytes.count - offset)
                        guard count > 0 else { return false }
                        offset += count
                    }
                    return true
                }
                close(end)
                continuation.resume()
            }
        }
    }

    private static func read(_ path: String) -> String {
        guard let handle = FileHandle(forReadingAtPath: path) else { return "" }
        defer { try? handle.close() }
        return String(decoding: (try? handle.read(upToCount: outputLimitBytes)) ?? Data(), as: UTF8.self)
    }

    private static func code(_ status: TerminationStatus) -> Int32? {
        if case .exited(let code) = status { code } else { nil }
    }

    private static func word(_ status: TerminationStatus) -> String {
        switch status {
        case .exited(let code): "ended with status \(code)"
        case .signaled(let signal): "was ended by signal \(signal)"
        }
    }
}
