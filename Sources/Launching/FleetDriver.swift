internal import Logging
package import Protocol
package import Scheduling
internal import SwiftProtobuf

/// What the driver needs of the coordinator.
package struct FleetPorts: Sendable {
    package var demand: @Sendable () async -> (demand: [Role: Demand], workers: [FleetWorker])
    /// Makes a token for one machine, good for an hour.
    package var token: @Sendable (_ label: String) async -> String?
    package var drain: @Sendable (WorkerID) async -> Void

    package init(
        demand: @escaping @Sendable () async -> (demand: [Role: Demand], workers: [FleetWorker]),
        token: @escaping @Sendable (_ label: String) async -> String?,
        drain: @escaping @Sendable (WorkerID) async -> Void
    ) {
        self.demand = demand
        self.token = token
        self.drain = drain
    }
}

/// The shell around ``Fleet``: looks at the cluster and the launchers every few seconds, and does what is decided.
///
/// Nothing of it is saved: an order is part of the machine's own name, so after a restart the launchers tell what there is.
package actor FleetDriver {
    private var fleet: Fleet
    private let launchers: [String: any Launcher]
    private let launcherNames: [String: String]
    private let ports: FleetPorts
    private let isDryRun: Bool
    private let every: Duration
    private var blind: [String: String] = [:]
    private var told: [String] = []
    private var task: Task<Void, Never>?
    private let log = Logger(label: "fleet")

    package init(
        _ file: PoolFile, cluster: String, launchers: [String: any Launcher], ports: FleetPorts,
        deadline: Instant? = nil, every: Duration = .seconds(2)
    ) {
        let mark = String(cluster.filter { $0.isLetter || $0.isNumber }.suffix(6))
        fleet = Fleet(pools: file.pools, budgetPerHour: file.budgetPerHour, mark: mark)
        fleet.deadline = deadline
        self.launchers = launchers
        launcherNames = file.settings.mapValues(\.launcher)
        self.ports = ports
        isDryRun = file.isDryRun
        self.every = every
    }

    /// Looks again and again until ``stop()``.
    package func start(now: @escaping @Sendable () -> Instant) {
        // Cancelled by `stop`.
        task = Task { [every] in
            while !Task.isCancelled {
                await self.look(at: now())
                try? await Task.sleep(for: every)
            }
        }
    }

    /// Ends the looking. Machines go on: a coordinator that comes back finds them.
    package func stop() async {
        task?.cancel()
        await task?.value
    }

    package func setDeadline(_ deadline: Instant?) { fleet.deadline = deadline }

    /// Changes a pool's bounds; false when there is no such pool or they make no sense.
    package func bound(_ pool: String, least: Int?, most: Int?) -> Bool { fleet.bound(pool, least: least, most: most) }

    /// One look, and what follows from it.
    package func look(at now: Instant) async {
        var alive: [String: Set<String>] = [:]
        for (pool, launcher) in launchers {
            do throws(LaunchTrouble) {
                alive[pool] = try await launcher.alive()
                blind[pool] = nil
            } catch {
                blind[pool] = "what runs cannot be told: \(error)"
            }
        }
        let (demand, workers) = await ports.demand()
        var generator = SystemRandomNumberGenerator()
        guard !isDryRun else {
            var copy = fleet
            let acts = copy.step(demand: demand, alive: alive, workers: workers, at: now, using: &generator)
            fleet.tell(copy)
            told = acts.map(Self.words)
            return
        }
        for act in fleet.step(demand: demand, alive: alive, workers: workers, at: now, using: &generator) {
            log.info("fleet", metadata: ["act": .string(Self.words(act))])
            await perform(act, at: now)
        }
    }

    private static func words(_ act: Fleet.Act) -> String {
        switch act {
        case .start(let order, let pool): "start \(order) in \(pool)"
        case .drain(let worker): "drain \(worker)"
        case .stop(let order, let pool): "stop \(order) in \(pool)"
        }
    }

    private func perform(_ act: Fleet.Act, at now: Instant) async {
        do throws(LaunchTrouble) {
            switch act {
            case .start(let order, let pool):
                guard let launcher = launchers[pool], let roles = fleet.pools[pool]?.roles else { return }
                guard let token = await ports.token(order) else { throw LaunchTrouble("no token could be made") }
                do throws(LaunchTrouble) {
                    try await launcher.start(LaunchOrder(id: order, roles: roles, token: token))
                } catch {
                    fleet.failed(order, error.description, at: now)
                    log.error("a machine was not started", metadata: ["reason": .string(error.description)])
                }
            case .drain(let worker): await ports.drain(worker)
            case .stop(let order, let pool): try await launchers[pool]?.stop(order)
            }
        } catch {
            log.error("a launcher failed", metadata: ["reason": .string(error.description)])
        }
    }

    /// Pools for people.
    package func status() -> [PoolStatus] {
        fleet.pools.values.sorted { $0.name < $1.name }.map { pool in
            .with { status in
                status.name = pool.name
                status.launcher = (launcherNames[pool.name] ?? "") + (isDryRun ? " (dry run)" : "")
                let wish = fleet.wanted[pool.name]
                status.wanted = UInt32(clamping: wish?.count ?? 0)
                let machines = fleet.machines.values.filter { $0.pool == pool.name }
                status.starting = UInt32(clamping: machines.count { $0.phase.word == "starting" })
                status.running = UInt32(clamping: machines.count - Int(status.starting))
                status.least = UInt32(clamping: pool.least)
                status.most = UInt32(clamping: pool.most)
                status.priceMicroUsdPerHour = pool.pricePerHour.amount
                status.reason = ([wish?.reason ?? ""] + (isDryRun ? told : [])).joined(separator: "; ")
                status.fault = fleet.troubles[pool.name]?.message ?? blind[pool.name] ?? ""
                status.pausedUntil = fleet.troubles[pool.name]?.until.milliseconds ?? 0
            }
        }
    }
}
