import HashTreeCollections
package import Protocol
package import Scheduling

/// A whole farm in virtual time around the real ``Cluster`` and ``WorkerMachine``: links that lose, repeat, delay and
/// part, workers that crash, freeze, fill their disks, fail and lie, a coordinator that dies between saving a decision
/// and acting on it or cannot save it, a store whose blobs rot, a provider that bills and errs.
package struct SimulatedFarm: Sendable {
    /// A broken rule, with how to see it again and what happened to the task that broke.
    package struct Violation: Error, CustomStringConvertible {
        package let rule: String
        package let seed: UInt64
        package let at: Instant
        package let story: [String]

        package var description: String {
            (["\(rule) (at \(at), replay: make sim SEED=\(seed))"] + story).joined(separator: "\n")
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

    struct Worker: Sendable {
        var machine: WorkerMachine?
        /// Survives crashes.
        var outbox: [AttemptID: AttemptOutcome] = [:]
        var operations: [AttemptID: String] = [:]
        /// Rises with each start, so that messages and work of an earlier process find nobody.
        var life = 0
        var isFrozen = false
        var cutUntil: Instant?
        var fullUntil: Instant?
        var waiting: [Happening] = []
        var speed: Int64
        var roles: [Role: Int]
    }

    package let seed: UInt64
    package private(set) var now = Instant(milliseconds: 1_700_000_000_000)
    package internal(set) var cluster: Cluster
    /// What the tables hold: a copy is taken with every decision that changes something.
    var saved: Cluster
    var isCoordinatorUp = true
    /// The coordinator's wall clock against true time.
    var clockError = Span.zero
    var heap = EventHeap<Happening>()
    var generator: SeededGenerator
    package internal(set) var provider: SimulatedProvider
    package var mutation: Mutation?
    var paid: [PaidKey: PaidWork] = [:]
    var books = SimulatedBooks()
    /// Results whose blob the store holds whole.
    var blobs: TreeSet<TaskKey> = []
    var workers: [Worker]
    var faults: Faults
    var timerAt: Instant?
    package private(set) var story: [String] = []
    package internal(set) var attemptsStarted = 0
    /// Checkpoints cost a walk over the tables; with big films check every n-th step.
    package var auditEvery = 1
    private var steps = 0
    var broken: String?

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
    package mutating func submit(_ submission: Submission) {
        books.expect(submission)
        heap.add(.submitted(submission), at: now)
    }

    /// No more faults: links are good, what is down comes up, work succeeds.
    package mutating func heal() {
        faults = .none
        provider.faults = SimulatedProvider.Faults()
        for index in workers.indices {
            (workers[index].cutUntil, workers[index].fullUntil) = (nil, nil)
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
        if let broken { throw violation(broken) }
        guard steps % auditEvery == 0 else { return }
        if let rule = cluster.audit().first ?? moneyFault() { throw violation(rule) }
    }

    /// The end of the story, and before it all that names the task the rule names.
    private func violation(_ rule: String) -> Violation {
        let end = story.suffix(40)
        let words = rule.split(separator: " ").filter { $0.count >= 8 || $0.contains("/") }
        let own = story.dropLast(40).filter { line in words.contains { line.contains($0) } }.suffix(60)
        return Violation(rule: rule, seed: seed, at: now, story: own + ["…"] + end)
    }

    mutating func note(_ line: @autoclosure () -> String) {
        story.append("\(now.milliseconds % 100_000_000) \(line())")
        if story.count > 4_000 { story.removeFirst(2_000) }
    }

    // MARK: what happens

    mutating func happen(_ happening: Happening) {
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
            endWork(attempt, on: worker, outcome)
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
                decide([.submitted(mutated(submission))])
            }
            // Its sender asks until it is answered.
            if !isCoordinatorUp { heap.add(happening, at: now + .seconds(1)) }
        }
    }

    mutating func isAlive(_ index: Int, _ life: Int, _ happening: Happening) -> Bool {
        guard workers[index].machine != nil, workers[index].life == life else { return false }
        guard workers[index].isFrozen else { return true }
        workers[index].waiting.append(happening)
        return false
    }

    /// What a minute brings.
    private mutating func minute() {
        heap.add(.minute, at: now + .seconds(60))
        for index in workers.indices where workers[index].machine != nil && !workers[index].isFrozen {
            if generator.happens(faults.workerCrash) {
                note("worker \(index) crashes")
                workers[index].machine = nil
                workers[index].waiting = []
                heap.add(.workerStarts(index), at: now + seconds(1...120))
            } else if generator.happens(faults.workerFreeze) {
                note("worker \(index) freezes")
                workers[index].isFrozen = true
                heap.add(.workerThaws(index), at: now + seconds(5...200))
            } else if generator.happens(faults.partition) {
                note("worker \(index) is cut off")
                workers[index].cutUntil = now + seconds(5...300)
            } else if generator.happens(faults.workerDiskFull) {
                note("worker \(index)'s disk is full")
                workers[index].fullUntil = now + seconds(30...300)
            } else if generator.happens(faults.lie) {
                lie(index)
            }
        }
        if !blobs.isEmpty, generator.happens(faults.corruptBlob) {
            let key = blobs.sorted()[Int.random(in: 0..<blobs.count, using: &generator)]
            let label = cluster.tasks[key]?.label ?? "?"
            note("the blob of \(label) \(key) rots")
            blobs.remove(key)
            books.rotten.insert(key)
        }
        if isCoordinatorUp, generator.happens(faults.coordinatorCrash) { crashCoordinator() }
    }

    mutating func seconds(_ range: ClosedRange<Int64>) -> Span {
        .seconds(Int64.random(in: range, using: &generator))
    }

    private mutating func thaw(_ index: Int) {
        guard workers[index].isFrozen else { return }
        note("worker \(index) thaws")
        workers[index].isFrozen = false
        let waiting = workers[index].waiting
        workers[index].waiting = []
        for happening in waiting { heap.add(happening, at: now) }
    }
}
