package import Protocol

/// A machine to be started: what it does there is one worker.
package struct LaunchOrder: Sendable {
    /// Letters, digits and dashes; part of the engine's own name for it.
    package let id: String
    package let roles: [Role: Int]
    /// Lets one machine in; given by pipe, file or the engine's secret, never as an argument.
    package let token: String

    package init(id: String, roles: [Role: Int], token: String) {
        self.id = id
        self.roles = roles
        self.token = token
    }

    /// What the worker is started with, behind the command's name.
    var arguments: [String] {
        let names = roles.keys.sorted().map(\.rawValue)
        return [
            "worker", "--join", "-", "--roles", names.joined(separator: ","), "--slots",
            roles.sorted { $0.key < $1.key }.map { "\($0.key.rawValue)=\($0.value)" }.joined(separator: ","),
            "--name", id, "--launch", id,
        ]
    }
}

/// Why an engine did not do what it was asked.
package struct LaunchTrouble: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = String(description.prefix(600)) }
}

/// An engine that starts and stops machines: this machine, ssh, Slurm, Kubernetes, or a command of the user's.
///
/// Every call may be made again: an order that runs is not started twice, one that is gone is stopped already.
package protocol Launcher: Sendable {
    func start(_ order: LaunchOrder) async throws(LaunchTrouble)
    func stop(_ order: String) async throws(LaunchTrouble)
    /// The orders the engine still has, waiting ones included.
    func alive() async throws(LaunchTrouble) -> Set<String>
}

/// A pool of the user's file, and what its launcher needs to know.
package struct PoolSettings: Sendable, Equatable {
    package var launcher: String
    package var options: [String: String]
    /// Where an option may be several things.
    package var lists: [String: [String]]

    package init(launcher: String, options: [String: String] = [:], lists: [String: [String]] = [:]) {
        self.launcher = launcher
        self.options = options
        self.lists = lists
    }

    func required(_ name: String) throws(LaunchTrouble) -> String {
        guard let value = options[name], !value.isEmpty else {
            throw LaunchTrouble("the \(launcher) launcher needs the option \(name)")
        }
        return value
    }
}
