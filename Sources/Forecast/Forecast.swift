import HashTreeCollections
package import Protocol
package import Scheduling

/// What a job would take on given workers: the real ``Cluster`` under virtual time, with work that takes what it
/// should. Nothing is sent, spent or saved.
package struct Forecast: Sendable {
    /// The workers of one role.
    package struct Crew: Sendable, Equatable {
        package var role: Role
        package var slots: Int
        /// Hundredths of the usual speed: 100 is usual, 50 half as fast.
        package var speed: Int64

        package init(role: Role, slots: Int, speed: Int64 = 100) {
            self.role = role
            self.slots = slots
            self.speed = speed
        }
    }

    /// What goes wrong, as hundredths of all attempts.
    package struct Trouble: Sendable, Equatable {
        /// Fail once and are tried again.
        package var failures = 0
        /// Take three times as long.
        package var slow = 0

        package init(failures: Int = 0, slow: Int = 0) {
            self.failures = failures
            self.slow = slow
        }
    }

    /// What came of it.
    package struct Outcome: Sendable, Equatable {
        /// From the submission to the last task's end.
        package var makespan: Span
        /// No schedule could be shorter: the longest chain, or the busiest gate or role.
        package var lowerBound: Span
        /// What gave the lower bound.
        package var binding: String
        package var tasks: Int
        package var attempts: Int
        /// What the tasks that ran may cost at most.
        package var ceiling: MicroUSD
        /// Tasks that did not end, by the reason that kept them.
        package var stuck: [String: Int]

        /// 1 for a schedule that cannot be better.
        package var quality: Double {
            Double(makespan.milliseconds) / Double(max(1, lowerBound.milliseconds))
        }
    }

    private struct Working: Sendable {
        let worker: WorkerID
        let attempt: AttemptID
        let outcome: AttemptOutcome
    }

    private var cluster: Cluster
    private var now = Instant(milliseconds: 1_000_000)
    private var ends: [Int64: [Working]] = [:]
    private var times: [Int64] = []
    private var generator: ForecastGenerator
    private let trouble: Trouble
    private let speeds: [WorkerID: Int64]
    /// As they were at the start: what this run teaches the cluster must not make the run itself longer.
    private let durations: [Capability: LearnedDuration]
    private var attempts = 0
    private var busy: [String: Int64] = [:]
    private var roles: [Capability: Role] = [:]
    private var slots: [Role: Int] = [:]
    private var chain: [TaskKey: Int64] = [:]

    /// - Parameters:
    ///   - submission: with all that is held as receipts.
    ///   - durations: learned ones, where there are any.
    ///   - seed: decides which attempts have trouble; the same seed gives the same outcome.
    package init(
        _ submission: Submission, crews: [Crew], durations: [Capability: LearnedDuration] = [:],
        trouble: Trouble = Trouble(), seed: UInt64 = 1
    ) {
        self.trouble = trouble
        self.durations = durations
        generator = ForecastGenerator(state: seed)
        var policy = Policy()
        // Nobody falls silent here, so nobody needs to be watched.
        policy.suspectAfter = .seconds(100_000_000)
        policy.lostAfter = .seconds(200_000_000)
        var saved = SavedCluster()
        saved.durations = durations
        cluster = Cluster(policy: policy, saved: saved, at: now)
        var speeds: [WorkerID: Int64] = [:]
        var events: [Event] = []
        let needed = Dictionary(
            submission.nodes.map { ($0.spec.capability, $0.spec.usualRole) }, uniquingKeysWith: { $1 })
        for (number, crew) in crews.enumerated() where crew.slots > 0 {
            let id = WorkerID("f-\(number)")
            speeds[id] = max(1, crew.speed)
            slots[crew.role, default: 0] += crew.slots
            var able: [Capability: Role] = [:]
            for (capability, role) in needed where role == crew.role {
                able[capability] = role
                roles[capability] = role
            }
            events.append(
                .workerJoined(
                    Hello(
                        worker: id, instance: InstanceID("f-\(number)-1"), name: "\(crew.role.rawValue) \(number)",
                        slots: [crew.role: crew.slots], capabilities: able, held: [], productVersion: "")))
        }
        self.speeds = speeds
        apply([.submitted(submission)])
        apply(events)
    }

    /// Services are called by the api role, everything else is its kind's own.

    /// Plays the job to its end.
    package mutating func run() -> Outcome {
        let start = now
        var last = now
        while true {
            let next = times.min()
            let due = cluster.nextDeadline
            guard next != nil || (due != nil && !isSettled) else { break }
            if let next, due.map({ next <= $0.milliseconds }) ?? true {
                now = Instant(milliseconds: next)
                times.removeAll { $0 == next }
                let ended = ends.removeValue(forKey: next) ?? []
                apply(ended.map { .reported($0.worker, InstanceID("\($0.worker)-1"), $0.attempt, $0.outcome) })
                last = now
            } else if let due {
                guard due - now < .seconds(10_000_000) else { break }
                now = max(now, due)
                apply([.timePassed])
            }
        }
        return outcome(makespan: last - start)
    }

    private var isSettled: Bool { cluster.jobs.values.allSatisfy { $0.standing != .running } }

    private mutating func apply(_ events: [Event]) {
        for effect in cluster.apply(events, at: now).effects {
            guard case .assign(let worker, _, let assignment) = effect else { continue }
            start(assignment, on: worker)
        }
    }

    private mutating func start(_ assignment: Assignment, on worker: WorkerID) {
        attempts += 1
        let spec = assignment.spec
        let usual = durations[spec.capability].flatMap { $0.samples >= 3 ? $0.mean : nil } ?? spec.expected
        let isCall = spec.gate != nil
        // A service takes what it takes, whoever waits for it.
        let speed = isCall ? 100 : speeds[worker] ?? 100
        let isSlow = generator.hundredths() < trouble.slow
        let took = max(1, usual.milliseconds * (isSlow ? 3 : 1) * 100 / speed)
        let fails = assignment.attempt.number == 1 && generator.hundredths() < trouble.failures
        // A failed call is one the provider put down before it made anything: a tenth of the time is lost.
        let lasts = fails ? max(1, took / 10) : took
        let outcome: AttemptOutcome =
            fails
            ? .failed(.interrupted, message: "forecast", retryAfter: nil)
            : .made(TaskResult(digest: spec.key, sizeBytes: 1, cost: spec.priceCeiling, worked: .milliseconds(took)))
        let end = now.milliseconds + lasts
        if ends[end] == nil { times.append(end) }
        ends[end, default: []].append(Working(worker: worker, attempt: assignment.attempt, outcome: outcome))
        note(spec, lasts: lasts, fails: fails, speed: speed)
    }

    /// Keeps what the lower bound needs: work by gate and role, and the longest chain.
    private mutating func note(_ spec: TaskSpec, lasts: Int64, fails: Bool, speed: Int64) {
        if let gate = spec.gate { busy["gate \(gate)", default: 0] += lasts }
        if let role = roles[spec.capability] { busy["role \(role.rawValue)", default: 0] += lasts * speed / 100 }
        guard !fails else { return }
        let before = spec.inputs.map { chain[$0.key] ?? 0 }.max() ?? 0
        let quickest = spec.gate == nil ? speeds.values.max() ?? 100 : 100
        let own = before + lasts * speed / max(quickest, 1)
        chain[spec.key] = min(chain[spec.key] ?? .max, own)
    }

    private func outcome(makespan: Span) -> Outcome {
        var bound = (Span.milliseconds(chain.values.max() ?? 0), "the longest chain of tasks")
        for (name, work) in busy.sorted(by: { $0.key < $1.key }) {
            let places: Int64
            if name.hasPrefix("gate "), let gate = GateID(validating: String(name.dropFirst(5))) {
                places = Int64(cluster.gates[gate]?.limits.concurrency ?? 1) * 100
            } else {
                let role = Role(rawValue: String(name.dropFirst(5)))
                places = cluster.workers.values.reduce(0) { sum, worker in
                    sum + Int64(role.flatMap { worker.slots[$0] } ?? 0) * (speeds[worker.id] ?? 100)
                }
            }
            let span = Span.milliseconds(work * 100 / max(1, places))
            if span > bound.0 { bound = (span, name) }
        }
        var stuck: [String: Int] = [:]
        for (key, record) in cluster.tasks where Self.isLeft(record.phase) {
            let reason = cluster.explain(key, at: now).first ?? ""
            if case .waiting = record.phase { continue }
            stuck[reason, default: 0] += 1
        }
        let ran = cluster.tasks.values.filter { $0.attempt > 0 }
        return Outcome(
            makespan: makespan, lowerBound: bound.0, binding: bound.1, tasks: ran.count, attempts: attempts,
            ceiling: ran.reduce(.zero) { $0 + $1.spec.priceCeiling }, stuck: stuck)
    }

    private static func isLeft(_ phase: TaskPhase) -> Bool {
        switch phase {
        case .waiting, .ready, .parked, .leased: true
        case .idle, .done, .failed: false
        }
    }
}

/// SplitMix64: which attempts have trouble.
private struct ForecastGenerator: Sendable {
    var state: UInt64

    /// 0 to 99.
    mutating func hundredths() -> Int {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return Int((z ^ (z >> 31)) % 100)
    }
}
