import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("Workers that fall silent, restart and come back")
struct WorkerLifeTests {
    let task = WorldOfOne.node("task")
    var attempt: AttemptID { AttemptID(task: task.spec.key, number: 1) }

    private func running() -> WorldOfOne {
        var world = WorldOfOne()
        world.join("a")
        world.submit([task])
        #expect(world.holder(task) == "a")
        return world
    }

    private func beat(_ world: inout WorldOfOne, held: [HeldAttempt], seen: UInt64 = 1, after: Span = .seconds(2)) {
        world.apply(
            .workerBeat(WorkerID("a"), InstanceID("a-1"), held: held, lastAssignment: seen), after: after)
    }

    @Test func anUndeliveredAssignmentIsSentAgain() {
        var world = running()
        beat(&world, held: [], seen: 0)
        #expect(world.last.effects.isEmpty)
        beat(&world, held: [], seen: 0)
        guard case .assign(_, _, let again) = world.last.effects.first else {
            Issue.record("it must be sent again")
            return
        }
        #expect(again.attempt == attempt)
    }

    @Test func aDroppedAttemptEndsAfterTwoBeats() {
        var world = running()
        beat(&world, held: [HeldAttempt(attempt: attempt, progress: 1)])
        beat(&world, held: [])
        #expect(world.cluster.tasks[task.spec.key]?.attempt == 1)
        beat(&world, held: [])
        #expect(world.cluster.tasks[task.spec.key]?.attempt == 2)
        #expect(world.cluster.tasks[task.spec.key]?.countedTries == 0, "nobody is blamed for it")
    }

    /// A process that can do less than the one before it (a disk that was full when it tried) gets no more of what it
    /// lost, while what it has finished still counts and frees its slot.
    @Test func aWorkerThatCanDoLessGetsLess() {
        var world = running()
        let second = WorldOfOne.node("second")
        world.submit([second], id: "j2")
        world.apply(
            .workerJoined(
                Hello(
                    worker: WorkerID("a"), instance: InstanceID("a-2"), name: "a", slots: [.media: 1],
                    capabilities: [Capability(kind: .ambience, backend: "synthetic"): .media],
                    held: [HeldAttempt(attempt: attempt, progress: 1)], productVersion: "")))
        #expect(world.holder(task) == "a")
        world.apply(
            .reported(
                WorkerID("a"), InstanceID("a-2"), attempt, .made(TaskResult(digest: .init(of: [1]), sizeBytes: 0))))
        #expect(world.phase(task)?.result != nil)
        #expect(world.phase(second) == .ready, "nobody can do it now")
        #expect(world.cluster.audit() == [])
        world.join("a", instance: "a-3")
        #expect(world.holder(second) == "a")
    }

    @Test func silenceMakesSuspectThenLost() {
        var world = running()
        world.apply(.timePassed, after: .seconds(16))
        #expect(world.cluster.workers[WorkerID("a")]?.standing == .suspect)
        beat(&world, held: [HeldAttempt(attempt: attempt, progress: 1)])
        #expect(world.cluster.workers[WorkerID("a")]?.standing == .active)
        world.apply(.timePassed, after: .seconds(61))
        #expect(world.cluster.workers[WorkerID("a")]?.standing == .lost)
        #expect(world.phase(task) == .ready)
        beat(&world, held: [HeldAttempt(attempt: attempt, progress: 2)])
        #expect(world.last.effects == [.introduce(WorkerID("a"), InstanceID("a-1"))])
    }

    @Test func standingStillEndsAnAttemptAndMovingDoesNot() {
        var world = running()  // Expected 10 s: the limit is the floor of 60 s.
        for step in 1...40 { beat(&world, held: [HeldAttempt(attempt: attempt, progress: UInt64(step))]) }
        world.apply(.timePassed)
        #expect(world.cluster.tasks[task.spec.key]?.attempt == 1)
        for _ in 1...31 {
            beat(&world, held: [HeldAttempt(attempt: attempt, progress: 40)])
            world.apply(.timePassed)
        }
        #expect(world.cluster.tasks[task.spec.key]?.countedTries == 1)
    }

    @Test func aRestartedWorkerMayDeliverItsOutbox() {
        var world = running()
        world.join("a", instance: "a-2", held: [HeldAttempt(attempt: attempt, progress: .max)])
        #expect(world.holder(task) == "a")
        world.apply(
            .reported(
                WorkerID("a"), InstanceID("a-2"), attempt,
                .made(TaskResult(digest: task.spec.key, sizeBytes: 1))))
        #expect(world.phase(task)?.result != nil)
    }

    @Test func aRestartEndsWhatWasRunning() {
        var world = running()
        world.join("a", instance: "a-2")
        #expect(world.cluster.tasks[task.spec.key]?.attempt == 2)
        #expect(world.cluster.tasks[task.spec.key]?.countedTries == 1)
    }

    @Test func goodbyeIsNobodysFault() {
        var world = running()
        world.apply(.workerLeft(WorkerID("a"), InstanceID("a-1"), reason: "stopped"))
        #expect(world.phase(task) == .ready)
        #expect(world.cluster.tasks[task.spec.key]?.countedTries == 0)
    }

    @Test func threeFaultsAtOneKindBlockThatKind() {
        var world = WorldOfOne()
        world.join("b")
        world.submit([WorldOfOne.node("busy", kind: .film)], id: "before")
        world.join("a")
        let tasks = (0..<4).map { WorldOfOne.node("t\($0)") }
        let other = WorldOfOne.node("other", kind: .mix)
        world.submit(tasks + [other])
        for _ in 0..<3 {
            guard let node = tasks.first(where: { world.holder($0) == "a" }) else { break }
            world.report("a", node, .failure(.workerFault))
        }
        #expect(tasks.allSatisfy { world.holder($0) == nil })
        #expect(world.holder(other) == "a", "other kinds are not blocked")
        world.report("a", other)
        world.apply(
            .workerBeat(WorkerID("a"), InstanceID("a-1"), held: [], lastAssignment: 9), after: .seconds(599))
        world.join("a")
        world.apply(.timePassed, after: .seconds(10))
        #expect(tasks.contains { world.holder($0) == "a" }, "the block decays")
    }

    /// Four attempts that die with one process are one fault, not a block.
    @Test func oneCrashIsOneFault() {
        var world = WorldOfOne()
        world.join("b", slots: 1)
        world.submit([WorldOfOne.node("busy", kind: .film)], id: "before")
        world.join("a", slots: 4)
        let tasks = (0..<4).map { WorldOfOne.node("t\($0)") }
        world.submit(tasks)
        #expect(tasks.allSatisfy { world.holder($0) == "a" })
        world.join("a", instance: "a-2", slots: 4)
        #expect(world.cluster.workers[WorkerID("a")]?.faults[.conform]?.count == 1)
        #expect(world.cluster.workers[WorkerID("a")]?.faults[.conform]?.blockedUntil == nil)
    }

    /// Where nobody else could do the work, a block would only make it wait: three tries decide instead.
    @Test func theOnlyWorkerIsNotBlocked() {
        var world = WorldOfOne()
        world.join("a")
        let tasks = (0..<4).map { WorldOfOne.node("t\($0)") }
        world.submit(tasks)
        for _ in 0..<12 {
            guard let node = tasks.first(where: { world.holder($0) == "a" }) else { break }
            world.report("a", node, .failure(.workerFault))
        }
        #expect(tasks.allSatisfy { world.phase($0)?.word == "failed" })
    }

    /// A restart of the coordinator keeps leases, gives everybody a grace, and computes the rest anew.
    @Test func aRestartOfTheCoordinatorKeepsLeases() {
        var world = running()
        world.cluster = Cluster(policy: Policy(), saved: world.cluster.saved, at: world.now)
        #expect(world.cluster.audit().isEmpty)
        #expect(world.holder(task) == "a")
        world.apply(.timePassed, after: .seconds(59))
        #expect(world.holder(task) == "a")
        beat(&world, held: [HeldAttempt(attempt: attempt, progress: 3)])
        #expect(world.cluster.workers[WorkerID("a")]?.standing == .active)
        world.report("a", task)
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
    }
}

@Suite("The worker's own decisions")
struct WorkerMachineTests {
    static let spec = WorldOfOne.node("x").spec
    static let attempt = AttemptID(task: spec.key, number: 1)
    static let assignment = Assignment(
        attempt: attempt, spec: spec, inputs: [], label: "x", expected: .seconds(1), sequence: 5)
    static let made = AttemptOutcome.made(TaskResult(digest: spec.key, sizeBytes: 1))

    static func machine(outbox: [AttemptID: AttemptOutcome] = [:]) -> WorkerMachine {
        WorkerMachine(
            hello: Hello(
                worker: WorkerID("w"), instance: InstanceID("i"), name: "w", slots: [:], capabilities: [:], held: [],
                productVersion: ""), outbox: outbox)
    }

    @Test func aReportIsSavedBeforeItIsSentAndKeptUntilAcknowledged() {
        var machine = Self.machine()
        _ = machine.handle(.welcomed)
        #expect(machine.handle(.assigned(Self.assignment)) == [.start(Self.assignment)])
        #expect(machine.handle(.assigned(Self.assignment)).isEmpty, "a repetition starts nothing")
        let report = Message.report(WorkerID("w"), Self.attempt, Self.made)
        #expect(
            machine.handle(.finished(Self.attempt, Self.made))
                == [.saveReport(Self.attempt, Self.made), .send(report)])
        #expect(machine.handle(.beatDue).count == 1)
        #expect(machine.handle(.beatDue).last == .send(report), "not acknowledged for a beat: again")
        #expect(machine.handle(.acknowledged(Self.attempt)) == [.dropReport(Self.attempt)])
        #expect(machine.isIdle)
    }

    @Test func anOutboxFromBeforeIsDeliveredAfterTheWelcome() {
        var machine = Self.machine(outbox: [Self.attempt: Self.made])
        guard case .send(.hello(let hello)) = machine.handle(.beatDue).first else {
            Issue.record("it must say hello until it is welcome")
            return
        }
        #expect(hello.held.map(\.attempt) == [Self.attempt])
        #expect(machine.handle(.welcomed) == [.send(.report(WorkerID("w"), Self.attempt, Self.made))])
    }

    @Test func withdrawnWorkStopsAndIsForgotten() {
        var machine = Self.machine()
        _ = machine.handle(.assigned(Self.assignment))
        #expect(machine.handle(.withdrawn(Self.attempt)) == [.stop(Self.attempt)])
        #expect(machine.handle(.finished(Self.attempt, Self.made)).isEmpty)
    }

    @Test func aDrainingWorkerHandsBackNewWork() {
        var machine = Self.machine()
        _ = machine.handle(.drainStarted)
        let effects = machine.handle(.assigned(Self.assignment))
        guard case .send(.report(_, _, .failed(let failure, _, _))) = effects.last else {
            Issue.record("it must answer")
            return
        }
        #expect(failure == .interrupted)
    }
}

@Suite("Sorted chunks")
struct SortedChunksTests {
    @Test(arguments: 0..<20) func agreesWithASet(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        var chunks = SortedChunks<Int>()
        var set: Set<Int> = []
        for _ in 0..<3_000 {
            let value = Int.random(in: 0..<700, using: &generator)
            if Bool.random(using: &generator) {
                chunks.insert(value)
                set.insert(value)
            } else {
                #expect(chunks.remove(value) == (set.remove(value) != nil))
            }
        }
        #expect(chunks.elements == set.sorted())
        #expect(chunks.count == set.count)
        #expect(chunks.first == set.min())
    }
}
