package import Protocol

/// What one provider account and model may be asked for, cluster-wide; `nil` is no limit.
package struct GateLimits: Sendable, Equatable {
    /// The most attempts at once, 1 or more.
    package var concurrency: Int
    /// The most paid calls started in any 60 seconds, 1 or more.
    package var perMinute: Int?
    /// The most paid calls started in one UTC day, 1 or more.
    package var perDay: Int?
    /// The most that may be reserved and spent through this gate.
    package var spend: MicroUSD?

    package init(concurrency: Int, perMinute: Int? = nil, perDay: Int? = nil, spend: MicroUSD? = nil) {
        self.concurrency = concurrency
        self.perMinute = perMinute
        self.perDay = perDay
        self.spend = spend
    }
}

/// A cluster-wide limit on one provider account and model, with what it has let through.
///
/// Its circuit breaker:
///
/// | state | event | becomes |
/// |---|---|---|
/// | closed | a provider's fault, fewer than the limit in a row | closed |
/// | closed | a provider's fault, the limit reached | open |
/// | open | a call that was under way fails | open, no longer than before |
/// | open | its time has passed | probing: one attempt at a time |
/// | probing | a provider's fault | open, twice as long |
/// | any | a call accepted, a result, or any answer that is none of its faults | closed |
package struct GateRecord: Sendable, Equatable {
    package let id: GateID
    package var limits: GateLimits
    /// An operator has set the limits: submissions leave them alone.
    package var isSetByHand = false
    /// Derived: attempts that pass it now.
    package var inUse = 0
    /// Closed until then, because the provider said so.
    package var pausedUntil: Instant?
    package var reason = ""
    /// When the calls of the last 60 seconds started, oldest first; at most `limits.perMinute` are kept.
    package var recent: [Instant] = []
    /// The UTC day `dayCount` counts for.
    package var day = 0
    package var dayCount = 0
    package var reserved = MicroUSD.zero
    package var spent = MicroUSD.zero
    /// The provider's faults in a row.
    package var faults = 0
    /// Open until then, once `faults` has reached the limit.
    package var brokenUntil: Instant?
    /// How often the provider has put calls off.
    package var putOff = 0

    package init(id: GateID, limits: GateLimits) {
        self.id = id
        self.limits = limits
    }

    package init(id: GateID, concurrency: Int) { self.init(id: id, limits: GateLimits(concurrency: concurrency)) }

    /// Why nothing may pass now.
    package enum Closure: Sendable, Equatable {
        case full(inUse: Int, of: Int)
        case paused(until: Instant, reason: String)
        case broken(until: Instant, faults: Int)
        case perMinute(Int, until: Instant)
        case perDay(Int, until: Instant)
        case spend(MicroUSD)

        /// When it opens by itself; `nil` when another attempt must end, or a person act.
        package var opensAt: Instant? {
            switch self {
            case .paused(let until, _), .broken(let until, _), .perMinute(_, let until), .perDay(_, let until): until
            case .full, .spend: nil
            }
        }
    }

    /// What keeps an attempt out.
    /// - Parameters:
    ///   - price: the most it may cost.
    ///   - isCall: it would start a paid call; fetching what is bought already does not count as one.
    package func closure(at now: Instant, price: MicroUSD = .zero, isCall: Bool = true, policy: Policy) -> Closure? {
        if let until = pausedUntil, until > now { return .paused(until: until, reason: reason) }
        if let until = brokenUntil, until > now { return .broken(until: until, faults: faults) }
        let places = isProbing(policy) ? 1 : limits.concurrency
        if inUse >= places { return .full(inUse: inUse, of: places) }
        guard isCall else { return nil }
        if let limit = limits.perMinute, recent.count >= limit {
            let until = recent[recent.count - limit] + .seconds(60)
            if until > now { return .perMinute(limit, until: until) }
        }
        if let limit = limits.perDay, day == now.day, dayCount >= limit {
            return .perDay(limit, until: Instant(milliseconds: Int64(now.day + 1) * 86_400_000))
        }
        if let limit = limits.spend, reserved + spent + price > limit { return .spend(limit) }
        return nil
    }

    /// Faults in a row have reached the limit: while it is not open, one attempt at a time tries whether all is well.
    package func isProbing(_ policy: Policy) -> Bool { faults >= policy.breakerFaults }

    /// A paid call starts.
    mutating func countCall(at now: Instant) {
        if limits.perMinute != nil {
            recent.removeAll { $0 + .seconds(60) <= now }
            recent.append(now)
        }
        if day != now.day { (day, dayCount) = (now.day, 0) }
        dayCount += 1
    }

    /// The provider has failed at a call.
    mutating func noteFault(at now: Instant, policy: Policy) {
        // Calls that were under way when it opened say nothing new.
        if let until = brokenUntil, until > now { return }
        faults += 1
        guard faults >= policy.breakerFaults else { return }
        let doubled = policy.breakerFirst * (1 << Int64(min(faults - policy.breakerFaults, 10)))
        brokenUntil = now + min(doubled, policy.breakerLimit)
    }

    /// The provider has answered as it should.
    mutating func noteAnswer() {
        faults = 0
        brokenUntil = nil
    }
}

/// How long work of one capability takes: mean and mean deviation, both smoothed by 1/8.
package struct LearnedDuration: Sendable, Equatable {
    package var mean: Span
    package var deviation: Span
    package var samples: Int

    package init(mean: Span, deviation: Span, samples: Int) {
        self.mean = mean
        self.deviation = deviation
        self.samples = samples
    }

    /// Takes one more measurement into account.
    package mutating func learn(_ span: Span) {
        let error = span.milliseconds - mean.milliseconds
        mean = .milliseconds(mean.milliseconds + error / 8)
        deviation = .milliseconds(deviation.milliseconds + (abs(error) - deviation.milliseconds) / 8)
        samples += 1
    }

    /// Nineteen of twenty are shorter, roughly.
    package var p95: Span { .milliseconds(mean.milliseconds + 3 * deviation.milliseconds) }
}
