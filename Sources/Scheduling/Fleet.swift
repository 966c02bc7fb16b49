package import Protocol

/// One kind of machine that a launcher can start.
package struct Pool: Sendable, Equatable {
    package let name: String
    /// Slots each machine brings.
    package let roles: [Role: Int]
    package var least: Int
    package var most: Int
    /// A machine without work for so long is let go.
    package let idle: Span
    /// What it usually takes from the order to the first work.
    package let startUp: Span
    package let pricePerHour: MicroUSD
    /// Without a deadline, what waits is to be done within so long.
    package let clearWithin: Span

    package init(
        name: String, roles: [Role: Int], least: Int = 0, most: Int, idle: Span = .seconds(300),
        startUp: Span = .seconds(60), pricePerHour: MicroUSD = .zero, clearWithin: Span = .seconds(1_800)
    ) {
        self.name = name
        self.roles = roles
        self.least = least
        self.most = most
        self.idle = idle
        self.startUp = startUp
        self.pricePerHour = pricePerHour
        self.clearWithin = clearWithin
    }
}

/// What a role has to do.
package struct Demand: Sendable, Equatable {
    /// Seconds of one slot, of everything that has not ended.
    package var seconds: Double
    /// How many could run at this moment, gates included.
    package var parallel: Int
    /// Slots of workers nobody's order brought.
    package var slots: Int

    package init(seconds: Double, parallel: Int, slots: Int) {
        self.seconds = seconds
        self.parallel = parallel
        self.slots = slots
    }
}

/// A worker that was started for an order, as the cluster sees it.
package struct FleetWorker: Sendable, Equatable {
    package let order: String
    package let worker: WorkerID
    package let isBusy: Bool
    /// Draining or lost workers leave.
    package let isLeaving: Bool

    package init(order: String, worker: WorkerID, isBusy: Bool, isLeaving: Bool) {
        self.order = order
        self.worker = worker
        self.isBusy = isBusy
        self.isLeaving = isLeaving
    }
}

/// The machines that were ordered from launchers, PURE. Each order is a machine; its life:
///
/// | from | event | to | act |
/// |---|---|---|---|
/// | – | more are wanted, within `most` and the money for an hour, no pause | starting | start |
/// | starting | the launcher fails | – | pause of the pool, doubled each time |
/// | starting | a worker says hello for the order | working | the pool's faults are forgotten |
/// | starting | no hello in three times `startUp`, at least a minute | stopping | stop; pause of the pool |
/// | working | without work for `idle`, and more than are wanted | draining | drain the worker: running polls are handed over |
/// | working | the worker is gone | stopping | stop, so that nothing is paid for it |
/// | draining | the worker has nothing left, is gone, or ten minutes have passed | stopping | stop |
/// | stopping | the launcher does not see it any more | – | |
/// | stopping | the launcher still sees it after 30 s | stopping | stop again; told as a fault |
/// | – | the launcher sees an order nobody knows (we were restarted) | starting | |
/// | – | a second worker says hello for an order | – | drain that worker |
///
/// Machines that stop count as running until they are gone: what cannot be stopped is not replaced without end.
package struct Fleet: Sendable, Equatable {
    package enum Phase: Sendable, Equatable {
        case starting(since: Instant)
        case working(WorkerID, idleSince: Instant?)
        case draining(WorkerID, since: Instant)
        case stopping(since: Instant, tries: Int)

        /// One word for tables and people.
        package var word: String {
            switch self {
            case .starting: "starting"
            case .working: "working"
            case .draining: "draining"
            case .stopping: "stopping"
            }
        }
    }

    package struct Machine: Sendable, Equatable {
        package let order: String
        package let pool: String
        package var phase: Phase
    }

    /// Why a pool starts nothing for a while.
    package struct Trouble: Sendable, Equatable {
        package var count = 0
        package var until: Instant
        package var message: String
    }

    package enum Act: Sendable, Equatable {
        case start(order: String, pool: String)
        case drain(WorkerID)
        case stop(order: String, pool: String)
    }

    package private(set) var pools: [String: Pool]
    package internal(set) var machines: [String: Machine] = [:]
    package internal(set) var troubles: [String: Trouble] = [:]
    /// What was wanted last, with the reason.
    package internal(set) var wanted: [String: (count: Int, reason: String)] {
        get { wishes.mapValues { ($0.count, $0.reason) } }
        set { wishes = newValue.mapValues { Wish(count: $0.count, reason: $0.reason) } }
    }
    private var wishes: [String: Wish] = [:]
    /// When everything is to be done.
    package var deadline: Instant?
    /// All machines together may cost so much an hour.
    package var budgetPerHour: MicroUSD?
    /// In the name of every order of ours: another cluster's machines at the same engine are nobody's business here.
    private let mark: String

    private struct Wish: Sendable, Equatable {
        var count: Int
        var reason: String
    }

    package init(pools: [Pool], budgetPerHour: MicroUSD? = nil, mark: String = "") {
        self.mark = mark
        self.pools = Dictionary(pools.map { ($0.name, $0) }) { first, _ in first }
        self.budgetPerHour = budgetPerHour
    }

    /// Machines of a pool in any phase.
    package func count(of pool: String) -> Int { machines.values.count { $0.pool == pool } }

    /// What all of them cost an hour.
    package var pricePerHour: MicroUSD {
        machines.values.reduce(MicroUSD.zero) { $0 + (pools[$1.pool]?.pricePerHour ?? .zero) }
    }

    /// Changes the bounds of a pool; false when there is no such pool or they make no sense.
    package mutating func bound(_ name: String, least: Int?, most: Int?) -> Bool {
        guard var pool = pools[name] else { return false }
        if let least { pool.least = least }
        if let most { pool.most = most }
        guard pool.least >= 0, pool.most >= pool.least, pool.most <= 10_000 else { return false }
        pools[name] = pool
        return true
    }

    mutating func nextOrder(in pool: String, using generator: inout some RandomNumberGenerator) -> String {
        let letters = Array("abcdefghijkmnpqrstuvwxyz23456789")
        let random = (0..<8).map { _ in letters[Int.random(in: 0..<letters.count, using: &generator)] }
        return prefix(of: pool) + String(random)
    }

    /// How the names of a pool's orders begin.
    func prefix(of pool: String) -> String { "\(pool)-\(mark)" }

    /// A launcher could not start a machine, or it never said hello.
    mutating func note(_ message: String, in pool: String, at now: Instant) {
        let count = (troubles[pool]?.count ?? 0) + 1
        let pause = Span.seconds(min(600, 10 << min(Int64(count - 1), 6)))
        troubles[pool] = Trouble(count: count, until: now + pause, message: message)
    }

    /// Takes over what another one wants, and nothing else: for looking without doing.
    package mutating func tell(_ other: Fleet) { wishes = other.wishes }

    /// A launcher could not carry out an order.
    package mutating func failed(_ order: String, _ message: String, at now: Instant) {
        guard let machine = machines[order] else { return }
        if case .starting = machine.phase { machines[order] = nil }
        note(message, in: machine.pool, at: now)
    }
}
