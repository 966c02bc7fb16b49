internal import Foundation

/// Workers on this machine.
struct LocalLauncher: Launcher {
    private let children = ChildWorkers()
    private let program: String
    private let folder: URL
    private let extra: [String]

    init(_ settings: PoolSettings, program: String, folder: URL) {
        self.program = settings.options["command"] ?? program
        self.folder = folder
        extra = settings.lists["arguments"] ?? []
    }

    func start(_ order: LaunchOrder) async throws(LaunchTrouble) {
        try await children.start(
            order.id, on: "", program,
            order.arguments + ["--states", folder.path, "--leash"] + extra,
            token: order.token)
    }

    func stop(_ order: String) async throws(LaunchTrouble) { await children.stop(order) }
    func alive() async throws(LaunchTrouble) -> Set<String> { await children.alive() }
}

/// Workers on other machines, each at the end of an ssh connection of its own: it ends with the connection.
struct SSHLauncher: Launcher {
    private let children = ChildWorkers()
    private let hosts: [String]
    private let perHost: Int
    private let command: String
    private let ssh: String
    private let extra: [String]

    init(_ settings: PoolSettings) throws(LaunchTrouble) {
        hosts = settings.lists["hosts"] ?? settings.options["hosts"].map { [$0] } ?? []
        guard !hosts.isEmpty, hosts.allSatisfy({ !$0.hasPrefix("-") }) else {
            throw LaunchTrouble("the ssh launcher needs the option hosts, a list of names")
        }
        perHost = max(1, settings.options["per_host"].flatMap { Int($0) } ?? 1)
        command = settings.options["command"] ?? "snowflake"
        ssh = settings.options["ssh"] ?? "ssh"
        extra = settings.lists["ssh_options"] ?? []
    }

    func start(_ order: LaunchOrder) async throws(LaunchTrouble) {
        var free: [(count: Int, host: String)] = []
        for host in hosts {
            let count = await children.count(on: host)
            if count < perHost { free.append((count, host)) }
        }
        guard let host = free.min(by: { $0.count < $1.count })?.host else {
            throw LaunchTrouble("each of \(hosts.joined(separator: ", ")) runs \(perHost) already")
        }
        // What ssh runs goes through the other side's shell.
        let words = ([command] + order.arguments + ["--leash"]).map(Self.quoted).joined(separator: " ")
        try await children.start(
            order.id, on: host, ssh,
            ["-o", "BatchMode=yes", "-o", "ConnectTimeout=15", "-o", "ServerAliveInterval=15"] + extra + [host, words],
            token: order.token)
    }

    func stop(_ order: String) async throws(LaunchTrouble) { await children.stop(order) }
    func alive() async throws(LaunchTrouble) -> Set<String> { await children.alive() }

    static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: #"'\''"#) + "'" }
}
