import ArgumentParser
import Foundation
import Logging
import Worker

/// The only executable: composition root, signals and exit codes.
@main
struct Snowflake: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snowflake",
        abstract: "Renders films made by AI across many machines.",
        discussion: """
            Start with `snowflake render PROJECT`: a folder with a shot_list.json, or a screenplay, becomes a film, without \
            any key.

            Exit codes: 0 done · 1 finished with missing shots · 2 usage · 3 bad project · 4 not reachable · 5 refused by \
            a cap · 6 something this machine lacks · 7 refused key or role · 70 a fault of ours · 130 interrupted
            """,
        subcommands: [
            Render.self, Plan.self, BreakdownCommand.self, Check.self, Convert.self, Rehearse.self, Assemble.self,
            Export.self, Import.self, Submit.self, Top.self,
            Status.self,
            Jobs.self, Tasks.self, Shots.self, Workers.self, Events.self, Logs.self, Why.self,
            Pull.self,
            CoordinatorCommand.self,
            WorkerCommand.self, SimulatorCommand.self, Token.self, Pause.self, Resume.self, Cancel.self, Retry.self,
            Drain.self, Priority.self,
            Cap.self, TakesCommand.self, Select.self, Approve.self, Reject.self, Redo.self, Ledger.self, Gates.self,
            Reconcile.self, BackupCommand.self,
            Restore.self, Scale.self, Trace.self, Report.self, Doctor.self, Version.self, RoutesCommand.self,
        ])

    static let productVersion = "0.1.0"

    /// What this process logs, for a worker to send.
    static let lines = LogLines()

    static func main() async {
        signal(SIGPIPE, SIG_IGN)
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            let wanted = ProcessInfo.processInfo.environment["SNOWFLAKE_LOG"].flatMap { Logger.Level(rawValue: $0) }
            handler.logLevel = wanted ?? .warning
            return MultiplexLogHandler([handler, lines.handler(label: label)])
        }
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch let failure as Failure {
            if !failure.message.isEmpty { Terminal.error("snowflake: \(failure.message)") }
            Foundation.exit(failure.code.rawValue)
        } catch {
            let code = exitCode(for: error)
            let words = fullMessage(for: error)
            if !words.isEmpty { code == .success ? print(words) : Terminal.error(words) }
            Foundation.exit(code == .success ? 0 : ExitStatus.usage.rawValue)
        }
    }
}

/// What a command ends with (`design.md` 11).
enum ExitStatus: Int32 {
    case done = 0
    case missingShots = 1
    case usage = 2
    case badProject = 3
    case notReachable = 4
    case refusedByCap = 5
    case lacking = 6
    case refusedKey = 7
    case ours = 70
    case interrupted = 130
}

/// Ends a command: a code, and what, on which, why, what next.
struct Failure: Error {
    let code: ExitStatus
    let message: String

    init(_ code: ExitStatus, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// Results go to standard output, everything else to standard error.
enum Terminal {
    static func error(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    static func raw(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

    static var isInteractive: Bool { isatty(2) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb" }

    /// Whether somebody still reads what is printed: a pipe whose reader has gone says so.
    static var isRead: Bool {
        var look = pollfd(fd: 1, events: 0, revents: 0)
        return poll(&look, 1, 0) == 0 || look.revents & Int16(POLLERR | POLLNVAL) == 0
    }

    /// Control characters of names and messages are shown, never obeyed.
    static func harmless(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 0x20 && $0 != "\n" || $0.value == 0x7F ? "�" : Character($0) })
    }

    /// A stable JSON line for other programs.
    static func printJSON(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        guard let data = try? encoder.encode(value) else { return }
        print(String(decoding: data, as: UTF8.self))
    }
}

struct Version: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the release.")

    func run() { print("snowflake \(Snowflake.productVersion)") }
}
