internal import Foundation
internal import Protocol

/// Jobs of a Slurm cluster, by `sbatch`, `squeue` and `scancel`. The order is the job's name, so a coordinator that was
/// started again finds its jobs.
struct SlurmLauncher: Launcher {
    private static let mark = "snowflake-"
    private let command: String
    private let flags: [String]

    init(_ settings: PoolSettings) {
        command = settings.options["command"] ?? "snowflake"
        var flags: [String] = []
        for (name, value) in settings.options.sorted(by: { $0.key < $1.key }) where name != "command" {
            flags.append("--\(name.replacing("_", with: "-"))=\(value)")
        }
        self.flags = flags + (settings.lists["flags"] ?? [])
    }

    /// What the job runs. The token is in the script, which Slurm shows its owner alone.
    func script(_ order: LaunchOrder) -> String {
        let words = ([command] + order.arguments).map(SSHLauncher.quoted).joined(separator: " ")
        return "#!/bin/sh\numask 077\nexec \(words) <<'TOKEN'\n\(order.token)\nTOKEN\n"
    }

    func start(_ order: LaunchOrder) async throws(LaunchTrouble) {
        guard try await !alive().contains(order.id) else { return }
        _ = try await Command.run(
            "sbatch",
            ["--parsable", "--job-name=\(Self.mark)\(order.id)", "--output=/dev/null", "--no-requeue"] + flags,
            input: script(order))
    }

    func stop(_ order: String) async throws(LaunchTrouble) {
        _ = try await Command.run("scancel", ["--me", "--name=\(Self.mark)\(order)"])
    }

    func alive() async throws(LaunchTrouble) -> Set<String> {
        let lines = try await Command.run(
            "squeue", ["--me", "--noheader", "--format=%j", "--states=PENDING,CONFIGURING,RUNNING,SUSPENDED"])
        return Set(
            lines.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                .filter { $0.hasPrefix(Self.mark) }.map { String($0.dropFirst(Self.mark.count)) })
    }
}

/// Three commands of the user's, for engines we do not know. `start` gets the token on its standard input; all get
/// `SNOWFLAKE_ORDER`, `start` also `SNOWFLAKE_ROLES`, `SNOWFLAKE_SLOTS`. `list` prints an order a line.
struct ExecLauncher: Launcher {
    private let start: String
    private let stop: String
    private let list: String

    init(_ settings: PoolSettings) throws(LaunchTrouble) {
        start = try settings.required("start")
        stop = try settings.required("stop")
        list = try settings.required("list")
    }

    func start(_ order: LaunchOrder) async throws(LaunchTrouble) {
        let roles = order.roles.sorted { $0.key < $1.key }
        _ = try await Command.run(
            "/bin/sh", ["-c", start], input: order.token + "\n",
            environment: [
                "SNOWFLAKE_ORDER": order.id, "SNOWFLAKE_ROLES": roles.map(\.key.rawValue).joined(separator: ","),
                "SNOWFLAKE_SLOTS": roles.map { "\($0.key.rawValue)=\($0.value)" }.joined(separator: ","),
            ])
    }

    func stop(_ order: String) async throws(LaunchTrouble) {
        _ = try await Command.run("/bin/sh", ["-c", stop], environment: ["SNOWFLAKE_ORDER": order])
    }

    func alive() async throws(LaunchTrouble) -> Set<String> {
        let lines = try await Command.run("/bin/sh", ["-c", list])
        return Set(lines.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
    }
}
