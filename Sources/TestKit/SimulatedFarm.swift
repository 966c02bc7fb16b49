import HashTreeCollections
package import Protocol
package import Scheduling

/// What goes wrong in a simulated farm. Probabilities are per message, per attempt, or per worker and virtual minute.
package struct Faults: Sendable {
    package var loss = 0.0
    package var repetition = 0.0
    package var delay = Span.milliseconds(1)...Span.milliseconds(5)
    package var taskFailure = 0.0
    package var taskStall = 0.0
    package var workerCrash = 0.0
    package var workerFreeze = 0.0
    package var coordinatorCrash = 0.0

    package init() {}

    package static let none = Faults()

    /// A bad night: everything at once.
    package static var harsh: Faults {
        var faults = Faults()
        faults.loss = 0.05
        faults.repetition = 0.05
        faults.delay = .milliseconds(1)...(.milliseconds(3_000))
        faults.taskFailure = 0.08
        faults.taskStall = 0.01
        faults.workerCrash = 0.03
        faults.workerFreeze = 0.02
        faults.coordinatorCrash = 0.02
        return faults
    }
}

/// A whole farm in virtual time around the real ``Cluster`` and ``WorkerMachine``: links that lose, repeat and delay,
/// workers that crash, freeze and fail, a coordinator that dies between saving a decision and acting on it.
package struct SimulatedFarm: Sendable {
    /// A broken rule, with how to see it again.
    package struct Violation: Error, CustomStringConvertible {
        package let rule: String
        package let seed: UInt64
        package let at: Instant
        package let story: [String]

        package var description: String {
            (["\(rule) (at \(at), replay: make sim SEED=\(seed))"] + story.suffix(60)).joined(separator: "\n")
        }
    }

    enum Happening: Sendable {
        case toCoordinator(Message, worker: Int, life: Int)
        case toWorker(Message, worker: Int, life: Int)
        case beat(worker: Int, life: Int)
        case workEnds(AttemptID, worker: Int, life: Int, AttemptOutcome)
        case workMoves(AttemptID, worker: Int, life: Int)
        case minute
        case workerStarts(Int)
        case workerThaws(Int)
        case coordinatorStarts
        case timer
        case submitted(Submission)
        case call(PaidKey)
        case called(PaidKey, SimulatedProvider.Answer)
        case lookUp(PaidKey)
        case poll(PaidKey)
    }

    /// Rules that can be broken on purpose, to see that the checkers see it.
    package enum Mutation: String, CaseIterable, Sendable {
        /// The maker makes the call without leave.
        case sendsUnasked
        /// Each attempt gives the provider another name for the same purchase.
        case changesTheReference
        /// A call without an answer is told as one that failed.
        case callsDoubtFailure
    }

    /// A purchase's name.
    struct Intent: Hashable, Sendable {
        let task: TaskKey
        let number: Int
    }

    struct Worker: Sendable {
        var machine: WorkerMachine?
        /// Survives crashes.
        var outbox: [AttemptID: AttemptOutcome] = [:]
        var operations: [AttemptID: String] = [:]
        /// Rises with each start, so that messages and work of an earlier process find nobody.
        var life = 0
        var isFrozen = false
        var waiting: [Happening] = []
        var speed: Int64
        var roles: [Role: Int]
    }

    package let seed: UInt64
    package private(set) var now = Instant(milliseconds: 1_700_000_000_000)
    package private(set) var cluster: Cluster
    /// What the tables hold: a copy is taken with every decision that changes something.
    private var saved: Cluster
    private var isCoordinatorUp = true
    var heap = EventHeap<Happening>()
    var generator: SeededGenerator
    package internal(set) var provider: SimulatedProvider
    package var mutation: Mutation?
    var paid: [PaidKey: PaidWork] = [:]
    /// What the ledger said, by purchase.
    private(set) var settled: [Intent: MicroUSD] = [:]
    private(set) var refunded: Set<Intent> = []
    private var workers: [Worker]
    private var faults: Faults
    private var timerAt: Instant?
    package private(set) var story: [String] = []
    package private(set) var winners: [TaskKey: TaskResult] = [:]
    package private(set) var attemptsStarted = 0
    /// Checkpoints cost a walk over the tables; with big films check every n-th step.
    package var auditEvery = 1
    private var steps = 0

    /// - Parameter workers: how many; roles go round: gpu and api, audio, media, all.
    package init(
        seed: UInt64, workers count: Int, faults: Faults, policy: Policy = Policy(),
        provider: SimulatedProvider.Faults = SimulatedProvider.Faults()
    ) {
        self.seed = seed
        self.provider = SimulatedProvider(faults: provider)
        self.faults = faults
        cluster = Cluster(policy: policy)
        saved = cluster
        generator = SeededGenerator(seed: seed)
        let mixes: [[Role: Int]] = [
            [.gpu: 2, .api: 2, .audio: 1, .media: 1], [.media: 2], [.audio: 2, .media: 1], [.gpu: 1, .api: 4],
        ]
        workers = (0..<count).map { index in Worker(speed: Int64(1 + index % 3), roles: mixes[index % mixes.count]) }
        for index in 0..<count { heap.add(.workerStarts(index), at: now + .milliseconds(Int64(index) * 10)) }
        heap.add(.minute, at: now + .seconds(60))
    }

    /// Hands a job to the coordinator, now, again and again until it is up to take it.
    package mutating func submit(_ submission: Submission) { heap.add(.submitted(submission), at: now) }

    /// No more faults: links are good, what is down comes up, work succeeds.
    package mutating func heal() {
        faults = .none
        provider.faults = SimulatedProvider.Faults()
        for index in workers.indices {
            if workers[index].isFrozen { heap.add(.workerThaws(index), at: now) }
            if workers[index].machine == nil { heap.add(.workerStarts(index), at: now) }
        }
        if !isCoordinatorUp { heap.add(.coordinatorStarts, at: now) }
    }

    /// Runs virtual time on. Throws ``Violation`` at the first broken rule.
    package mutating func run(for span: Span) throws(Violation) {
        let end = now + span
        while let next = heap.nextTime, next <= end { try step() }
        now = end
    }

    /// Runs until every job has ended, or the span is over.
    package mutating func settles(within span: Span) throws(Violation) -> Bool {
        let end = now + span
        while !isSettled {
            guard let next = heap.nextTime, next <= end else { return false }
            try step()
        }
        return true
    }

    package var isSettled: Bool { !cluster.jobs.isEmpty && cluster.jobs.values.allSatisfy { $0.standing != .running } }

    private mutating func step() throws(Violation) {
        guard let (at, happening) = heap.next() else { return }
        now = max(now, at)
        happen(happening)
        steps += 1
        guard steps % auditEvery == 0 else { return }
        if let rule = cluster.audit().first ?? moneyFault() { throw violation(rule) }
    }

    private func violation(_ rule: String) -> Violation {
        Violation(rule: rule, seed: seed, at: now, story: story)
    }

    mutating func note(_ line: @autoclosure () -> String) {
        story.append("\(now.milliseconds % 100_000_000) \(line())")
        if story.count > 4_000 { story.removeFirst(2_000) }
    }

    // MARK: what happens

    private mutating func happen(_ happening: Happening) {
        switch happening {
        case .toCoordinator(let message, let worker, let life): receive(message, from: worker, life: life)
        case .toWorker(let message, let worker, let life):
            guard isAlive(worker, life, happening) else { return }
            deliver(message, to: worker)
        case .beat(let worker, let life):
            guard isAlive(worker, life, happening) else { return }
            heap.add(happening, at: now + cluster.policy.beatEvery)
            tell(worker, .beatDue)
        case .workEnds(let attempt, let worker, let life, let outcome):
            guard isAlive(worker, life, happening) else { return }
            tell(worker, .finished(attempt, outcome))
        case .workMoves(let attempt, let worker, let life):
            guard isAlive(worker, life, happening) else { return }
            tell(worker, .progressed(attempt))
            if workers[worker].machine?.running.contains(attempt) ?? false {
                heap.add(happening, at: now + .seconds(10))
            }
        case .minute: minute()
        case .workerStarts(let index): startWorker(index)
        case .workerThaws(let index): thaw(index)
        case .coordinatorStarts: restartCoordinator()
        case .timer: if isCoordinatorUp { decide([.timePassed]) }
        case .call, .called, .lookUp, .poll: happenPaid(happening)
        case .submitted(let submission):
            if isCoordinatorUp {
                decide([.submitted(submission)])
            } else {
                heap.add(happening, at: now + .seconds(1))
            }
        }
    }

    mutating func isAlive(_ index: Int, _ life: Int, _ happening: Happening) -> Bool {
        guard workers[index].machine != nil, workers[index].life == life else { return false }
        guard workers[index].isFrozen else { return true }
        workers[index].waiting.append(happening)
        return false
    }

    private mutating func minute() {
        heap.add(.minute, at: now + .seconds(60))
        for index in workers.indices where workers[index].machine != nil && !workers[index].isFrozen {
            if generator.happens(faults.workerCrash) {
                note("worker \(index) crashes")
                workers[index].machine = nil
                workers[index].waiting = []
                heap.add(.workerStarts(index), at: now + .seconds(Int64.random(in: 1...120, using: &generator)))
            } else if generator.happens(faults.workerFreeze) {
                note("worker \(index) freezes")
                workers[index].isFrozen = true
                heap.add(.workerThaws(index), at: now + .seconds(Int64.random(in: 5...200, using: &generator)))
            }
        }
        if isCoordinatorUp, generator.happens(faults.coordinatorCrash) { crashCoordinator() }
    }

    private mutating func thaw(_ index: Int) {
        guard workers[index].isFrozen else { return }
        note("worker \(index) thaws")
        workers[index].isFrozen = false
        let waiting = workers[index].waiting
        workers[index].waiting = []
        for happening in waiting { heap.add(happening, at: now) }
    }

    // MARK: the coordinator

    private mutating func crashCoordinator() {
        note("the coordinator crashes")
        isCoordinatorUp = false
        heap.add(.coordinatorStarts, at: now + .seconds(Int64.random(in: 1...90, using: &generator)))
    }

    private mutating func restartCoordinator() {
        guard !isCoordinatorUp else { return }
        note("the coordinator starts")
        isCoordinatorUp = true
        cluster = Cluster(policy: cluster.policy, saved: saved.saved, at: now)
        decide([.timePassed])
    }

    private mutating func receive(_ message: Message, from index: Int, life: Int) {
        guard isCoordinatorUp else { return }
        let worker = workerID(index)
        let instance = instanceID(index, life)
        switch message {
        case .hello(let hello):
            decide([.workerJoined(hello)])
            send(
                .welcome(
                    Welcome(clusterID: "sim", storeURL: "", beatEvery: cluster.policy.beatEvery, productVersion: "")),
                to: index, life: life)
        case .beat(let held, let last):
            decide([.workerBeat(worker, instance, held: held, lastAssignment: last)])
        case .report(let id, let attempt, let outcome): decide([.reported(id, instance, attempt, outcome)])
        case .goodbye(let reason): decide([.workerLeft(worker, instance, reason: reason)])
        case .purchase(let id, let attempt, let news): decide([.purchaseTold(id, instance, attempt, news)])
        case .welcome, .assign, .acknowledge, .withdraw, .purchaseSaved, .refusal, .request, .response: return
        }
    }

    /// The shell's order: apply to a copy, save, adopt, perform. A crash may come after the save.
    private mutating func decide(_ events: [Event]) {
        var next = cluster
        let decision = next.apply(events, at: now)
        saved = next
        cluster = next
        for entry in decision.journal { note(entry.text) }
        for line in decision.ledger {
            note("ledger: \(line.kind) \(line.amount) for \(line.task) intent \(line.intent): \(line.note)")
            let intent = Intent(task: line.task, number: line.intent)
            if line.kind == .settled { settled[intent] = line.amount }
            if line.kind == .refunded { refunded.insert(intent) }
        }
        if faults.coordinatorCrash > 0, generator.happens(faults.coordinatorCrash / 200) {
            crashCoordinator()
            return
        }
        for effect in decision.effects { perform(effect) }
        if let deadline = cluster.nextDeadline, timerAt.map({ $0 <= now || deadline < $0 }) ?? true {
            timerAt = deadline
            heap.add(.timer, at: max(now, deadline))
        }
    }

    private mutating func perform(_ effect: Effect) {
        switch effect {
        case .assign(let worker, let instance, let assignment):
            send(.assign(assignment), toInstance: instance, of: worker)
        case .acknowledge(let worker, let instance, let attempt, let isAccepted):
            send(.acknowledge(attempt, isAccepted: isAccepted), toInstance: instance, of: worker)
        case .withdraw(let worker, let instance, let attempt, let reason):
            send(.withdraw(attempt, reason: reason), toInstance: instance, of: worker)
        case .answerPurchase(let worker, let instance, let attempt, let news, let isGranted, let reason):
            send(
                .purchaseSaved(attempt, news, isGranted: isGranted, reason: reason), toInstance: instance, of: worker)
        case .introduce(let worker, let instance):
            send(.refusal(reason: "say hello first", isFinal: false), toInstance: instance, of: worker)
        case .keepReceipt(let key): winners[key] = cluster.tasks[key]?.phase.result
        case .accepted, .refused, .settled: break
        }
    }

    // MARK: workers

    private func workerID(_ index: Int) -> WorkerID { WorkerID("w-\(index)") }
    private func instanceID(_ index: Int, _ life: Int) -> InstanceID { InstanceID("i-\(index)-\(life)") }

    private mutating func startWorker(_ index: Int) {
        guard workers[index].machine == nil else { return }
        workers[index].life += 1
        workers[index].isFrozen = false
        let life = workers[index].life
        var capabilities: [Capability: Role] = [:]
        for kind in TaskKind.allCases {
            let role: Role = kind == .animate ? .api : kind.usualRole
            if workers[index].roles[role] != nil {
                capabilities[Capability(kind: kind, backend: "synthetic")] = role
            }
        }
        let hello = Hello(
            worker: workerID(index), instance: instanceID(index, life), name: "worker \(index)",
            slots: workers[index].roles, capabilities: capabilities, held: [], productVersion: "sim")
        workers[index].machine = WorkerMachine(
            hello: hello, outbox: workers[index].outbox, operations: workers[index].operations)
        note("worker \(index) starts, life \(life)")
        happen(.beat(worker: index, life: life))
    }

    private mutating func deliver(_ message: Message, to index: Int) {
        switch message {
        case .welcome: tell(index, .welcomed)
        case .assign(let assignment): tell(index, .assigned(assignment))
        case .acknowledge(let attempt, _): tell(index, .acknowledged(attempt))
        case .withdraw(let attempt, _): tell(index, .withdrawn(attempt))
        case .refusal: tell(index, .introductionAsked)
        case .purchaseSaved(let attempt, let news, let isGranted, let reason):
            tell(index, .purchaseSaved(attempt, news, isGranted: isGranted, reason: reason))
        case .hello, .beat, .report, .goodbye, .purchase, .request, .response: break
        }
    }

    mutating func tell(_ index: Int, _ event: WorkerMachine.Event) {
        guard let effects = workers[index].machine?.handle(event) else { return }
        let life = workers[index].life
        for effect in effects {
            switch effect {
            case .start(let assignment): startWork(assignment, on: index, life: life)
            case .stop: break  // Its end finds nothing running.
            case .saveReport(let attempt, let outcome): workers[index].outbox[attempt] = outcome
            case .dropReport(let attempt): workers[index].outbox[attempt] = nil
            case .saveOperation(let attempt, let operation): workers[index].operations[attempt] = operation
            case .dropOperation(let attempt): workers[index].operations[attempt] = nil
            case .answerPurchase(let attempt, let isGranted, _):
                answer(attempt, isGranted: isGranted, on: index, life: life)
            case .send(let message): link(.toCoordinator(message, worker: index, life: life))
            }
        }
    }

    private mutating func startWork(_ assignment: Assignment, on index: Int, life: Int) {
        attemptsStarted += 1
        if let order = assignment.order { return startPaid(assignment, order, on: index, life: life) }
        let spec = assignment.spec
        let speed = workers[index].speed
        let took = Span.milliseconds(
            spec.expected.milliseconds * speed * Int64.random(in: 50...150, using: &generator) / 100)
        guard !generator.happens(faults.taskStall) else { return }  // Never ends and never moves.
        var outcome = AttemptOutcome.made(
            TaskResult(digest: spec.key, sizeBytes: 1, cost: spec.priceCeiling, worked: took))
        if generator.happens(faults.taskFailure) {
            let classes: [FailureClass] = [.workerFault, .workerFault, .providerFault, .scarce, .interrupted]
            let failure = classes.randomElement(using: &generator) ?? .workerFault
            outcome = .failed(failure, message: "simulated \(failure.rawValue)", retryAfter: nil)
        }
        heap.add(.workMoves(assignment.attempt, worker: index, life: life), at: now + .seconds(10))
        heap.add(.workEnds(assignment.attempt, worker: index, life: life, outcome), at: now + took)
    }

    // MARK: the link

    private mutating func send(_ message: Message, toInstance instance: InstanceID, of worker: WorkerID) {
        guard let index = workers.indices.first(where: { workerID($0) == worker }),
            instanceID(index, workers[index].life) == instance
        else { return }
        send(message, to: index, life: workers[index].life)
    }

    private mutating func send(_ message: Message, to index: Int, life: Int) {
        link(.toWorker(message, worker: index, life: life))
    }

    private mutating func link(_ happening: Happening) {
        guard !generator.happens(faults.loss) else { return }
        for _ in 0..<(generator.happens(faults.repetition) ? 2 : 1) {
            let delay = Int64.random(
                in: faults.delay.lowerBound.milliseconds...faults.delay.upperBound.milliseconds, using: &generator)
            heap.add(happening, at: now + .milliseconds(delay))
        }
    }
}
