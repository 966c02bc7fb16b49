import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

/// Who gets a slot: fair shares, locality, speed, copies of slow work, and results that get lost.
@Suite("Shares and copies")
struct SharingTests {
    private func nodes(_ prefix: String, _ count: Int) -> [JobNode] {
        (0..<count).map { WorldOfOne.node("\(prefix) \($0)") }
    }

    private func running(_ world: WorldOfOne, _ nodes: [JobNode]) -> Int {
        nodes.count { world.phase($0)?.lease != nil }
    }

    private func made(_ node: JobNode, took: Span = .seconds(1)) -> AttemptOutcome {
        .made(TaskResult(digest: node.spec.key, sizeBytes: 1_000, worked: took))
    }

    @Test func jobsOfOnePriorityShareTheSlots() {
        var world = WorldOfOne()
        let (first, second) = (nodes("first", 40), nodes("second", 10))
        world.submit(first, id: "one")
        world.submit(second, id: "two")
        world.join("a", slots: 8)
        #expect(running(world, first) == 4)
        #expect(running(world, second) == 4)
        world.apply(.jobPriority(JobID("two"), 5))
        for node in first where world.phase(node)?.lease != nil { world.report("a", node, made(node)) }
        #expect(running(world, second) == 8, "the more urgent job goes first")
    }

    @Test func theWorkerThatHoldsTheInputsIsPreferred() {
        var world = WorldOfOne()
        let still = WorldOfOne.node("still")
        let clip = WorldOfOne.node("clip", after: [still])
        world.join("b")
        world.submit([still, clip])
        #expect(world.holder(still) == "b")
        world.join("a")
        world.report("b", still, made(still))
        #expect(world.holder(clip) == "b", "a comes first by name, b has the still")
    }

    /// Slow unpaid work is tried by an idle worker too; whoever is first wins, and the other is told to stop.
    @Test func slowWorkGetsOneCopy() throws {
        var world = WorldOfOne()
        let node = WorldOfOne.node("slow")
        world.join("a")
        world.submit([node])
        world.join("b")
        world.wait(.seconds(21), alive: ["a", "b"])
        let copy = try #require(world.cluster.tasks[node.spec.key]?.copy)
        #expect(copy.worker == WorkerID("b"))
        #expect(copy.attempt == 2)
        world.report("b", node, attempt: 2, made(node))
        #expect(world.phase(node)?.result != nil)
        #expect(world.last.effects.contains { if case .withdraw(WorkerID("a"), _, _, _) = $0 { true } else { false } })
        world.report("a", node, attempt: 1, made(node))
        #expect(
            world.last.effects.contains {
                if case .acknowledge(_, _, _, isAccepted: false) = $0 { true } else { false }
            })
    }

    /// The copy takes the lease's place when that ends; paid work has no copies.
    @Test func aCopyGoesOnAlone() {
        var world = WorldOfOne()
        let node = WorldOfOne.node("slow")
        world.join("a")
        world.submit([node])
        world.join("b")
        world.wait(.seconds(21), alive: ["a", "b"])
        #expect(world.cluster.tasks[node.spec.key]?.copy != nil)
        world.apply(.workerLeft(WorkerID("a"), InstanceID("a-1"), reason: "stopped"))
        #expect(world.holder(node) == "b")
        #expect(world.cluster.tasks[node.spec.key]?.copy == nil)
        world.report("b", node, attempt: 2, made(node))
        #expect(world.phase(node)?.result != nil)

        let gate = GateID("g")
        var paid = WorldOfOne()
        let bought = WorldOfOne.node("bought", kind: .animate, price: 5, gate: gate)
        paid.join("a")
        paid.join("b")
        paid.submit([bought], gates: [GateRecord(id: gate, concurrency: 4)])
        paid.wait(.seconds(44), alive: ["a", "b"])
        #expect(paid.cluster.tasks[bought.spec.key]?.copy == nil)
    }

    /// A result whose blob is gone is made again, and what waited for it waits again.
    @Test func aLostResultIsMadeAgain() {
        var world = WorldOfOne()
        let still = WorldOfOne.node("still", isGoal: false)
        let clip = WorldOfOne.node("clip", after: [still])
        world.join("a")
        world.submit([still, clip])
        world.report("a", still, made(still))
        #expect(world.holder(clip) == "a")
        world.report("a", clip, .lostInput(still.spec.key, message: "damaged"))
        #expect(world.holder(still) == "a")
        #expect(world.phase(clip) == .waiting)
        #expect(world.cluster.workers[WorkerID("a")]?.faults.isEmpty == true)
        world.report("a", still, made(still))
        world.report("a", clip, made(clip))
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
    }

    /// What was bought is fetched again under its old operation, and is neither reserved nor booked again.
    @Test func aLostPurchaseIsFetchedAgain() {
        let gate = GateID("g")
        var world = WorldOfOne()
        let raw = WorldOfOne.node("raw", kind: .animate, isGoal: false, price: 40, gate: gate)
        let clip = WorldOfOne.node("clip", after: [raw])
        world.join("a")
        world.submit([raw, clip], gates: [GateRecord(id: gate, concurrency: 4)])
        let attempt = AttemptID(task: raw.spec.key, number: 1)
        for news in [PurchaseNews.sending, .accepted(operation: "op")] {
            world.apply(.purchaseTold(WorkerID("a"), InstanceID("a-1"), attempt, news))
        }
        world.report("a", raw, .made(TaskResult(digest: raw.spec.key, sizeBytes: 1, cost: MicroUSD(30))))
        world.report("a", clip, .lostInput(raw.spec.key, message: "damaged"))
        #expect(world.cluster.tasks[raw.spec.key]?.purchase?.order.step == .resume(operation: "op"))
        #expect(world.cluster.jobs[JobID("j")]?.reserved == .zero)
        world.report("a", raw, .made(TaskResult(digest: raw.spec.key, sizeBytes: 1, cost: MicroUSD(30))))
        #expect(world.last.ledger.isEmpty)
        #expect(world.cluster.jobs[JobID("j")]?.spent == MicroUSD(30))
        world.report("a", clip, made(clip))
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
    }

    /// When its provider has forgotten it too, a person decides: it is not bought again by itself.
    @Test func aPurchaseLostEverywhereWaitsForAPerson() {
        let gate = GateID("g")
        var world = WorldOfOne()
        let raw = WorldOfOne.node("raw", kind: .animate, isGoal: false, price: 40, gate: gate)
        let clip = WorldOfOne.node("clip", after: [raw], tolerant: true)
        world.join("a")
        world.submit([raw, clip], gates: [GateRecord(id: gate, concurrency: 4)])
        let attempt = AttemptID(task: raw.spec.key, number: 1)
        for news in [PurchaseNews.sending, .accepted(operation: "op")] {
            world.apply(.purchaseTold(WorkerID("a"), InstanceID("a-1"), attempt, news))
        }
        world.report("a", raw, .made(TaskResult(digest: raw.spec.key, sizeBytes: 1, cost: MicroUSD(30))))
        world.report("a", clip, .lostInput(raw.spec.key, message: "damaged"))
        world.report("a", raw, .failed(.unknown, message: "no such operation", retryAfter: nil))
        guard case .failed(let failure) = world.phase(raw) else { return #expect(Bool(false), "it is failed") }
        #expect(failure.failureClass == .unusable)
        #expect(world.cluster.jobs[JobID("j")]?.spent == MicroUSD(30))
        #expect(world.holder(clip) == "a", "the film goes on with a slate")
    }

    /// The link repeats an assignment after its attempt has ended: the work does not start again.
    @Test func aRepeatedAssignmentStartsNothing() {
        var machine = WorkerMachineTests.machine()
        let node = WorldOfOne.node("x")
        let attempt = AttemptID(task: node.spec.key, number: 1)
        let assignment = Assignment(
            attempt: attempt, spec: node.spec, inputs: [], label: "x", expected: .seconds(1), sequence: 1)
        #expect(machine.handle(.assigned(assignment)) == [.start(assignment)])
        _ = machine.handle(.finished(attempt, .failure(.scarce)))
        _ = machine.handle(.acknowledged(attempt))
        #expect(machine.handle(.assigned(assignment)) == [])
    }
}
