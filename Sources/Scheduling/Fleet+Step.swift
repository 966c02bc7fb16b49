package import Protocol

extension Fleet {
    /// How long a machine may take to let its work go.
    static let drainLimit = Span.seconds(600)
    /// How many are asked for in one look.
    static let mostAtOnce = 20
    /// How long a stopped machine may still be seen.
    static let stopLimit = Span.seconds(30)

    /// Looks at everything and says what to do now.
    ///
    /// - Parameters:
    ///   - alive: the orders each pool's launcher sees; a pool whose launcher cannot tell is not in it.
    ///   - workers: those that said hello for an order.
    package mutating func step(
        demand: [Role: Demand], alive: [String: Set<String>], workers: [FleetWorker], at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) -> [Act] {
        var acts: [Act] = []
        adopt(alive, at: now)
        meet(workers, &acts, at: now)
        let wanted = wishes(for: demand, at: now)
        self.wanted = wanted
        for order in machines.keys.sorted() { move(order, workers, alive, wanted, &acts, at: now) }
        for name in pools.keys.sorted() { order(name, wanted[name]?.count ?? 0, &acts, at: now, using: &generator) }
        return acts
    }

    // MARK: machines

    private mutating func adopt(_ alive: [String: Set<String>], at now: Instant) {
        for (pool, orders) in alive where pools[pool] != nil {
            for order in orders where machines[order] == nil && order.hasPrefix(prefix(of: pool)) {
                machines[order] = Machine(order: order, pool: pool, phase: .starting(since: now))
            }
        }
    }

    private mutating func meet(_ workers: [FleetWorker], _ acts: inout [Act], at now: Instant) {
        for worker in workers.sorted(by: { $0.worker < $1.worker }) where !worker.isLeaving {
            guard var machine = machines[worker.order] else { continue }
            switch machine.phase {
            case .starting:
                machine.phase = .working(worker.worker, idleSince: worker.isBusy ? nil : now)
                machines[worker.order] = machine
                troubles[machine.pool] = nil
            case .working(let known, _) where known != worker.worker: acts.append(.drain(worker.worker))
            case .working(let known, let since):
                machine.phase = .working(known, idleSince: worker.isBusy ? nil : since ?? now)
                machines[worker.order] = machine
            case .draining(let known, _) where known != worker.worker: acts.append(.drain(worker.worker))
            case .draining, .stopping: break
            }
        }
    }

    private mutating func move(
        _ order: String, _ workers: [FleetWorker], _ alive: [String: Set<String>],
        _ wanted: [String: (count: Int, reason: String)], _ acts: inout [Act], at now: Instant
    ) {
        guard var machine = machines[order] else { return }
        let isThere = workers.contains { $0.order == order && !$0.isLeaving }
        let isAtWork = workers.contains { $0.order == order && $0.isBusy }
        switch machine.phase {
        case .starting(let since):
            let limit = max(Span.seconds(60), (pools[machine.pool]?.startUp ?? .zero) * 3)
            guard now - since >= limit else { return }
            note("\(order) did not say hello within \(limit)", in: machine.pool, at: now)
            machine.phase = .stopping(since: now, tries: 1)
            acts.append(.stop(order: order, pool: machine.pool))
        case .working(let worker, let idleSince):
            if !isThere {
                machine.phase = .stopping(since: now, tries: 1)
                acts.append(.stop(order: order, pool: machine.pool))
            } else if let idleSince, let pool = pools[machine.pool], now - idleSince >= pool.idle,
                active(in: machine.pool) > max(pool.least, wanted[machine.pool]?.count ?? 0)
            {
                machine.phase = .draining(worker, since: now)
                acts.append(.drain(worker))
            }
        case .draining(_, let since):
            guard !isAtWork || now - since >= Self.drainLimit else { return }
            machine.phase = .stopping(since: now, tries: 1)
            acts.append(.stop(order: order, pool: machine.pool))
        case .stopping(let since, let tries):
            guard let seen = alive[machine.pool] else { return }
            guard seen.contains(order) else {
                machines[order] = nil
                return
            }
            guard now - since >= Self.stopLimit else { return }
            machine.phase = .stopping(since: now, tries: tries + 1)
            note("\(order) goes on after it was told \(tries) times to stop", in: machine.pool, at: now)
            acts.append(.stop(order: order, pool: machine.pool))
        }
        machines[order] = machine
    }

    private func isStarting(_ pool: String) -> Bool {
        machines.values.contains { machine in
            if case .starting = machine.phase { machine.pool == pool } else { false }
        }
    }

    /// Machines that work or will.
    private func active(in pool: String) -> Int {
        machines.values.count { machine in
            guard machine.pool == pool else { return false }
            switch machine.phase {
            case .starting, .working: return true
            case .draining, .stopping: return false
            }
        }
    }

    private mutating func order(
        _ name: String, _ wanted: Int, _ acts: inout [Act], at now: Instant,
        using generator: inout some RandomNumberGenerator
    ) {
        guard let pool = pools[name] else { return }
        if let trouble = troubles[name], trouble.until > now { return }
        for _ in 0..<Self.mostAtOnce {
            // After a fault one must say hello before the next is asked for.
            guard troubles[name] == nil || !isStarting(name) else { return }
            guard active(in: name) < wanted, count(of: name) < pool.most else { return }
            if let budgetPerHour, pricePerHour + pool.pricePerHour > budgetPerHour { return }
            let order = nextOrder(in: name, using: &generator)
            machines[order] = Machine(order: order, pool: name, phase: .starting(since: now))
            acts.append(.start(order: order, pool: name))
        }
    }

    // MARK: wishes

    /// How many machines of each pool the work asks for, and why.
    func wishes(for demand: [Role: Demand], at now: Instant) -> [String: (count: Int, reason: String)] {
        var wishes = pools.mapValues { (count: $0.least, reason: $0.least > 0 ? "its least" : "nothing waits") }
        for role in demand.keys.sorted() {
            guard let asked = demand[role], asked.seconds > 0 else { continue }
            // The cheapest slot first, then the one that is there soonest.
            let able = pools.values.filter { $0.roles[role, default: 0] > 0 }.sorted {
                let (left, right) = ($0.price(of: role), $1.price(of: role))
                return (left, $0.startUp, $0.name) < (right, $1.startUp, $1.name)
            }
            var open = slots(for: asked, able.first, at: now) - asked.slots
            for pool in able where open > 0 {
                let each = pool.roles[role, default: 1]
                let (count, reason) = machines(of: pool, for: open, each, role, asked, at: now)
                if count > wishes[pool.name]?.count ?? 0 { wishes[pool.name] = (count, reason) }
                open -= (wishes[pool.name]?.count ?? 0) * each
            }
        }
        return wishes
    }

    /// Slots that would do the work in time.
    private func slots(for asked: Demand, _ pool: Pool?, at now: Instant) -> Int {
        guard let pool else { return 0 }
        let time = max(60, seconds(for: pool, at: now))
        return min(asked.parallel, max(1, Int((asked.seconds / time).rounded(.up))))
    }

    /// Seconds in which a machine of the pool can work before the end.
    private func seconds(for pool: Pool, at now: Instant) -> Double {
        let whole = deadline.map { Double($0.milliseconds - now.milliseconds) / 1_000 }
        let start = Double(pool.startUp.milliseconds) / 1_000
        return (whole ?? Double(pool.clearWithin.milliseconds) / 1_000) - (whole == nil ? 0 : start)
    }

    private func machines(
        of pool: Pool, for open: Int, _ each: Int, _ role: Role, _ asked: Demand, at now: Instant
    ) -> (Int, String) {
        let count = min(pool.most, (open + each - 1) / each)
        // What the slots that are there finish before a new machine is up is not worth one.
        let own = machines.values.count { machine in
            if case .working = machine.phase { machine.pool == pool.name } else { false }
        }
        let slots = asked.slots + own * each
        let left = slots > 0 ? asked.seconds / Double(slots) : .infinity
        if left * 1_000 < Double(pool.startUp.milliseconds) {
            return (min(count, own), "\(role.rawValue): done in \(Int(left)) s, before another is up")
        }
        let aim = deadline == nil ? "within \(pool.clearWithin)" : "by the deadline"
        return (count, "\(role.rawValue): \(Int(asked.seconds)) s of work \(aim), \(asked.parallel) at once")
    }
}

extension Pool {
    /// Money for an hour of one slot.
    fileprivate func price(of role: Role) -> Int64 { pricePerHour.amount / Int64(max(1, roles[role, default: 1])) }
}
