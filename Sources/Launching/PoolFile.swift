package import Foundation
package import HTTP
package import Protocol
package import Scheduling
internal import Yams

/// What is wrong with a file of pools.
package struct PoolFileError: Error, CustomStringConvertible {
    package let description: String
}

/// The machines that may be started, as the user writes them down.
///
///     budget_per_hour: 12.00
///     pools:
///       gpu:
///         launcher: slurm            # local, ssh, slurm, kubernetes, exec
///         roles: {gpu: 1, media: 1}
///         min: 0
///         max: 8
///         idle: 5m
///         start_up: 90s
///         clear_within: 30m
///         price_per_hour: 1.20
///         options: {partition: gpu, gres: "gpu:1"}
package struct PoolFile: Sendable {
    package let pools: [Pool]
    package let settings: [String: PoolSettings]
    package let budgetPerHour: MicroUSD?
    /// Say what would be done, and do nothing.
    package let isDryRun: Bool

    static let launchers = ["local", "ssh", "slurm", "kubernetes", "exec"]
    private static let poolKeys: Set<String> = [
        "launcher", "roles", "min", "max", "idle", "start_up", "clear_within", "price_per_hour", "options",
    ]

    package init(text: String, file: String) throws(PoolFileError) {
        let root: [String: Any]
        do {
            guard let loaded = try Yams.load(yaml: text) as? [String: Any] else {
                throw PoolFileError(description: "\(file): write `pools:` with a name and what it is for each")
            }
            root = loaded
        } catch let error as PoolFileError {
            throw error
        } catch {
            throw PoolFileError(description: "\(file) is not YAML: \(error)")
        }
        func refuse(_ words: String) -> PoolFileError { PoolFileError(description: "\(file): \(words)") }
        if let odd = root.keys.sorted().first(where: { !["pools", "budget_per_hour", "dry_run"].contains($0) }) {
            throw refuse("there is no \(odd); there are pools, budget_per_hour and dry_run")
        }
        guard let written = root["pools"] as? [String: Any], !written.isEmpty else {
            throw refuse("`pools:` names no pool")
        }
        var pools: [Pool] = []
        var settings: [String: PoolSettings] = [:]
        for name in written.keys.sorted() {
            guard let fields = written[name] as? [String: Any] else { throw refuse("pool \(name) says nothing") }
            do throws(PoolFileError) {
                let (pool, setting) = try Self.pool(name, fields)
                pools.append(pool)
                settings[name] = setting
            } catch {
                throw refuse("pool \(name): \(error)")
            }
        }
        self.pools = pools
        self.settings = settings
        isDryRun = root["dry_run"] as? Bool ?? false
        budgetPerHour = try root["budget_per_hour"].map { value throws(PoolFileError) in
            guard let money = Self.money(value) else { throw refuse("budget_per_hour: write dollars, like 12.50") }
            return money
        }
    }

    private static func pool(_ name: String, _ fields: [String: Any]) throws(PoolFileError) -> (Pool, PoolSettings) {
        func refuse(_ words: String) -> PoolFileError { PoolFileError(description: words) }
        guard !name.isEmpty, name.count <= 20, name.allSatisfy({ $0.isASCII && ($0.isLowercase || $0.isNumber) }) else {
            throw refuse("its name is 1 to 20 small letters and digits")
        }
        if let odd = fields.keys.sorted().first(where: { !poolKeys.contains($0) }) {
            throw refuse("there is no \(odd); there are \(poolKeys.sorted().joined(separator: ", "))")
        }
        guard let launcher = fields["launcher"] as? String, launchers.contains(launcher) else {
            throw refuse("launcher is one of \(launchers.joined(separator: ", "))")
        }
        var roles: [Role: Int] = [:]
        for (word, count) in fields["roles"] as? [String: Any] ?? [:] {
            guard let role = Role(rawValue: word), let count = count as? Int, (1...256).contains(count) else {
                throw refuse("roles: write gpu, api, audio or media with 1 to 256 slots")
            }
            roles[role] = count
        }
        guard !roles.isEmpty else { throw refuse("roles says which slots a machine brings, like {media: 2}") }
        let least = fields["min"] as? Int ?? 0
        guard let most = fields["max"] as? Int, (0...10_000).contains(least), (max(1, least)...10_000).contains(most)
        else {
            throw refuse("max is 1 to 10000, min not above it")
        }
        func span(_ key: String, _ usual: Int64) throws(PoolFileError) -> Span {
            guard let value = fields[key] else { return .seconds(usual) }
            guard let span = Self.span(value) else { throw refuse("\(key): write 90s, 5m or 2h") }
            return span
        }
        guard let price = money(fields["price_per_hour"] ?? 0) else {
            throw refuse("price_per_hour: write dollars, like 1.20")
        }
        var setting = PoolSettings(launcher: launcher)
        for (key, value) in fields["options"] as? [String: Any] ?? [:] {
            if let list = value as? [Any] {
                setting.lists[key] = list.map { "\($0)" }
            } else {
                setting.options[key] = "\(value)"
            }
        }
        return (
            Pool(
                name: name, roles: roles, least: least, most: most, idle: try span("idle", 300),
                startUp: try span("start_up", 60), pricePerHour: price, clearWithin: try span("clear_within", 1_800)),
            setting
        )
    }

    /// `90s`, `5m`, `2h` or seconds.
    static func span(_ value: Any) -> Span? {
        if let seconds = value as? Int { return (0...864_000).contains(seconds) ? .seconds(Int64(seconds)) : nil }
        guard let text = value as? String, let unit = ["s": 1, "m": 60, "h": 3_600][text.suffix(1)],
            let count = Int64(text.dropLast()), (0...100_000).contains(count)
        else { return nil }
        return .seconds(count * Int64(unit))
    }

    static func money(_ value: Any) -> MicroUSD? {
        let dollars = value as? Double ?? (value as? Int).map(Double.init)
        guard let dollars, (0...1_000_000).contains(dollars) else { return nil }
        return MicroUSD(Int64((dollars * 1_000_000).rounded()))
    }

    /// The engine of each pool.
    /// - Parameters:
    ///   - program: the command a local worker is started with.
    ///   - folder: where local workers keep their state.
    package func launchers(
        program: String, folder: URL, client: HTTPClient
    ) throws(PoolFileError) -> [String: any Launcher] {
        var launchers: [String: any Launcher] = [:]
        for (name, setting) in settings {
            do throws(LaunchTrouble) {
                switch setting.launcher {
                case "local": launchers[name] = LocalLauncher(setting, program: program, folder: folder)
                case "ssh": launchers[name] = try SSHLauncher(setting)
                case "slurm": launchers[name] = SlurmLauncher(setting)
                case "kubernetes":
                    launchers[name] = try KubernetesLauncher(setting, pool: name, client: client)
                default: launchers[name] = try ExecLauncher(setting)
                }
            } catch {
                throw PoolFileError(description: "pool \(name): \(error)")
            }
        }
        return launchers
    }
}
