import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

/// Paid calls from their intent to their bill.
@Suite("Purchases")
struct PurchaseTests {
    static let gate = GateID("g")
    let shot = WorldOfOne.node("paid", kind: .animate, price: 40, gate: PurchaseTests.gate)

    private func world(budget: Int64? = 100) -> WorldOfOne {
        var world = WorldOfOne()
        world.join("a")
        world.submit([shot], budget: budget, gates: [GateRecord(id: Self.gate, concurrency: 9)])
        return world
    }

    private func purchase(_ world: WorldOfOne) -> Purchase? { world.cluster.tasks[shot.spec.key]?.purchase }

    private func money(_ world: WorldOfOne) -> [Int64] {
        let job = world.cluster.jobs[JobID("j")]
        return [job?.reserved.amount ?? -1, job?.spent.amount ?? -1]
    }

    @discardableResult
    private func tell(
        _ world: inout WorldOfOne, _ news: PurchaseNews, from worker: String = "a", attempt: Int = 1
    ) -> Bool? {
        world.apply(
            .purchaseTold(
                WorkerID(worker), InstanceID(worker + "-1"), AttemptID(task: shot.spec.key, number: attempt), news))
        for case .answerPurchase(_, _, _, _, let isGranted, _) in world.last.effects { return isGranted }
        return nil
    }

    /// The worker is lost, and what its request may still do has had its time.
    private func lose(_ world: inout WorldOfOne) {
        world.apply(.timePassed, after: .seconds(61))
        world.apply(.timePassed, after: .seconds(11))
    }

    @Test func aResultSettlesWhatWasReserved() {
        var world = world()
        #expect(money(world) == [40, 0])
        #expect(tell(&world, .sending) == true)
        #expect(tell(&world, .accepted(operation: "op")) == true)
        world.report("a", shot, .made(TaskResult(digest: shot.spec.key, sizeBytes: 1, cost: MicroUSD(30))))
        #expect(money(world) == [0, 30])
        #expect(purchase(world) == nil)
        #expect(world.last.ledger.map(\.kind) == [.settled])
        #expect(world.cluster.accounts[.provider("synthetic")]?.spent == MicroUSD(30))
    }

    /// Nothing was sent, because leave was never asked: the money is free, the task is tried again.
    @Test func aWorkerLostBeforeItAskedCostsNothing() {
        var world = world()
        lose(&world)
        #expect(world.phase(shot) == .ready)
        #expect(money(world) == [0, 0])
        world.join("b")
        #expect(world.holder(shot) == "b")
        #expect(purchase(world)?.intent == 2)
    }

    /// It may have been sent: the next attempt looks it up under the same intent, and sends nothing by itself.
    @Test func aWorkerLostAfterLeaveIsLookedUp() {
        var world = world()
        tell(&world, .sending)
        lose(&world)
        #expect(money(world) == [40, 0], "the reservation stays")
        world.join("b")
        #expect(purchase(world)?.order == PurchaseOrder(intent: 1, ceiling: MicroUSD(40), step: .lookUp))
        #expect(tell(&world, .sending, from: "b", attempt: 2) == false, "no leave while it is doubtful")
        // Not there: the same intent may be sent now.
        #expect(tell(&world, .notSent, from: "b", attempt: 2) == true)
        #expect(tell(&world, .sending, from: "b", attempt: 2) == true)
        #expect(purchase(world)?.intent == 1)
    }

    /// A lost worker's request may still be under way: a look-up at once would find nothing, and both would be billed.
    /// (Seeds 1001550 to 1001599 of the simulator: 0.399 billed, 0.3 booked.)
    @Test func aLookUpWaitsForARequestUnderWay() {
        var world = world()
        tell(&world, .sending)
        world.apply(.timePassed, after: .seconds(61))
        world.join("b")
        #expect(world.holder(shot) == nil)
        world.wait(.seconds(9), alive: ["b"])
        #expect(world.holder(shot) == nil)
        world.wait(.seconds(2), alive: ["b"])
        #expect(world.holder(shot) == "b")
        #expect(purchase(world)?.order.step == .lookUp)
    }

    /// A denial that the link repeats late does not undo the leave given since: it may have been sent by then.
    @Test func aRepeatedDenialDoesNotUndoLeave() {
        var world = world()
        tell(&world, .sending)
        lose(&world)
        world.join("b")
        tell(&world, .notSent, from: "b", attempt: 2)
        tell(&world, .sending, from: "b", attempt: 2)
        tell(&world, .notSent, from: "b", attempt: 2)
        #expect(purchase(world)?.step == .sending)
        lose(&world)
        #expect(purchase(world)?.isDoubtful == true)
        #expect(money(world) == [40, 0])
    }

    /// A lost worker comes back with the operation it was given: nothing is bought again, whoever fetches it.
    @Test func aLateOperationIsAdopted() {
        var world = world()
        tell(&world, .sending)
        lose(&world)
        world.join("b")
        tell(&world, .accepted(operation: "op"), attempt: 1)
        #expect(purchase(world)?.step == .running(operation: "op"))
        world.report("b", shot, .failure(.workerFault))
        #expect(world.holder(shot) != nil, "fetching is tried until it is done")
        #expect(purchase(world)?.order.step == .resume(operation: "op"))
        #expect(money(world) == [40, 0])
    }

    @Test func aRunningOperationOutlivesItsWorker() {
        var world = world()
        tell(&world, .sending)
        tell(&world, .accepted(operation: "op"))
        lose(&world)
        world.join("b")
        #expect(purchase(world)?.order.step == .resume(operation: "op"))
        for _ in 0..<9 {
            world.report("b", shot, .failure(.providerFault)); world.apply(.timePassed, after: .seconds(601));
            world.join("b")
        }
        #expect(purchase(world)?.step == .running(operation: "op"), "a provider that is away does not lose it")
        world.report("b", shot, .made(TaskResult(digest: shot.spec.key, sizeBytes: 1, cost: MicroUSD(40))))
        #expect(money(world) == [0, 40])
    }

    /// A stale worker asks for leave after its attempt was given to another: refused.
    @Test func onlyTheCurrentAttemptMaySend() {
        var world = world()
        lose(&world)
        world.join("b")
        #expect(tell(&world, .sending, from: "a", attempt: 1) == false)
        #expect(tell(&world, .sending, from: "b", attempt: 2) == true)
    }

    @Test func anAnsweredFailureRefunds() {
        var world = world()
        tell(&world, .sending)
        world.report("a", shot, .failure(.scarce, after: .seconds(20)))
        #expect(money(world) == [0, 0])
        #expect(world.last.ledger.map(\.kind) == [.refunded])
        #expect(world.phase(shot) == .ready)
    }

    @Test func whatWasBilledAndUnusableIsSettled() {
        var world = world()
        tell(&world, .sending)
        tell(&world, .accepted(operation: "op"))
        world.report("a", shot, .billed(.rejected, message: "moderated", cost: MicroUSD(35)))
        #expect(money(world) == [0, 35])
        guard case .failed(let failure) = world.phase(shot) else {
            Issue.record("a person decides about another purchase")
            return
        }
        #expect(failure.failureClass == .rejected)
    }

    /// The provider has lost the operation: a person says what became of the money.
    @Test(arguments: [Finding.billed(MicroUSD(25)), .notBilled, .operation("other")])
    func aPersonReconciles(finding: Finding) {
        var world = world()
        tell(&world, .sending)
        tell(&world, .accepted(operation: "op"))
        world.report("a", shot, .failure(.unknown))
        #expect(purchase(world)?.isDoubtful == true)
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled, "the film goes on without it")
        #expect(money(world) == [40, 0])
        world.apply(.retried(JobID("j"), only: nil))
        #expect(purchase(world)?.isDoubtful == true, "a retry buys nothing that may be bought")
        world.apply(.reconciled(shot.spec.key, finding))
        switch finding {
        case .billed: #expect(money(world) == [0, 25])
        case .notBilled: #expect(money(world) == [0, 0])
        case .operation:
            #expect(world.holder(shot) == "a", "it is fetched, though its job has ended")
            #expect(purchase(world)?.order.step == .resume(operation: "other"))
        }
    }

    /// Found by a rehearsal whose coordinator was killed: the doubt of a task that had failed before was cleared after, and
    /// nobody wanted the task any more.
    @Test func aDoubtThatOutlivesTheCoordinatorIsStillWantedWhenItIsCleared() {
        var world = WorldOfOne()
        world.join("a", slots: 2)
        let other = WorldOfOne.node("other", kind: .animate, price: 40, gate: Self.gate)
        world.submit([shot, other], budget: 200, gates: [GateRecord(id: Self.gate, concurrency: 9)])
        tell(&world, .sending)
        tell(&world, .accepted(operation: "op"))
        world.report("a", shot, .failure(.unknown))
        #expect(world.cluster.jobs[JobID("j")]?.standing == .running)
        world.cluster = Cluster(policy: world.cluster.policy, saved: world.cluster.saved, at: world.now)
        world.apply(.reconciled(shot.spec.key, .notBilled))
        #expect(world.phase(shot) != .idle)
        #expect(world.cluster.jobs[JobID("j")]?.open == 2)
    }

    @Test func aCancelledJobStillFetchesWhatItBought() {
        var world = world()
        tell(&world, .sending)
        tell(&world, .accepted(operation: "op"))
        world.apply(.jobCancelled(JobID("j")))
        #expect(world.holder(shot) == "a")
        world.report("a", shot, .made(TaskResult(digest: shot.spec.key, sizeBytes: 1, cost: MicroUSD(40))))
        #expect(world.phase(shot)?.result != nil)
        #expect(money(world) == [0, 40])
    }

    @Test func capsOfProvidersAndDaysHold() {
        var world = WorldOfOne()
        world.join("a", slots: 4)
        world.apply(.capSet(.provider("synthetic"), MicroUSD(100)))
        let shots = (0..<4).map { WorldOfOne.node("paid \($0)", kind: .animate, price: 40, gate: Self.gate) }
        world.submit(shots, gates: [GateRecord(id: Self.gate, concurrency: 9)])
        #expect(shots.count { world.holder($0) != nil } == 2)
        #expect(
            shots.contains {
                world.cluster.explain($0.spec.key, at: world.now).contains { $0.contains("provider:synthetic") }
            })
        world.apply(.capSet(.provider("synthetic"), nil))
        #expect(shots.count { world.holder($0) != nil } == 4)
        // A cap below what is reserved already breaks nothing and holds what is new.
        world.apply(.capSet(.everyDay, MicroUSD(10)))
        let more = WorldOfOne.node("more", kind: .animate, price: 40, gate: Self.gate)
        world.join("b")
        world.submit([more], id: "k", gates: [GateRecord(id: Self.gate, concurrency: 9)])
        #expect(world.holder(more) == nil)
    }
}

@Suite("Operators' acts")
struct OperationTests {
    @Test func aPausedJobHoldsWhatIsReady() {
        var world = WorldOfOne()
        let (first, second) = (WorldOfOne.node("first"), WorldOfOne.node("second"))
        world.submit([first, second])
        world.apply(.jobPaused(JobID("j"), true))
        world.join("a")
        #expect(world.holder(first) == nil && world.holder(second) == nil)
        #expect(
            world.cluster.explain(first.spec.key, at: world.now) == ["its job is paused; `snowflake resume` goes on"])
        // Shared with a job that is not paused, it runs.
        world.submit([first], id: "k")
        world.apply(.jobPaused(JobID("j"), false))
        #expect([first, second].contains { world.holder($0) == "a" })
    }

    @Test func priorityChangesTheOrder() {
        var world = WorldOfOne()
        let (low, high) = (WorldOfOne.node("low"), WorldOfOne.node("high"))
        world.submit([low], id: "j")
        world.submit([high], id: "k")
        world.apply(.jobPriority(JobID("k"), 5))
        world.join("a")
        #expect(world.holder(high) == "a")
    }

    @Test func aRetryStartsFailedTasksAndWhatHungOnThem() {
        var world = WorldOfOne()
        let first = WorldOfOne.node("first")
        let second = WorldOfOne.node("second", after: [first])
        world.join("a")
        world.submit([first, second])
        world.report("a", first, .failure(.rejected))
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
        world.apply(.retried(JobID("j"), only: nil))
        world.report("a", first)
        world.report("a", second)
        #expect(world.phase(second)?.result != nil)
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
    }

    @Test func aDrainedWorkerGetsNothingNew() {
        var world = WorldOfOne()
        let (first, second) = (WorldOfOne.node("first"), WorldOfOne.node("second"))
        world.join("a")
        world.submit([first, second])
        world.apply(.workerDrained(WorkerID("a"), isImmediate: false))
        let held = [first, second].first { world.holder($0) == "a" }
        if let held { world.report("a", held) }
        #expect([first, second].allSatisfy { world.holder($0) == nil })
        world.join("b")
        #expect([first, second].contains { world.holder($0) == "b" })
        world.apply(.workerDrained(WorkerID("b"), isImmediate: true))
        #expect([first, second].allSatisfy { world.holder($0) == nil })
        #expect(world.last.effects.contains { if case .withdraw = $0 { true } else { false } })
    }

    private func still(_ world: inout WorldOfOne) -> (still: JobNode, shot: JobNode) {
        let still = WorldOfOne.node("still", kind: .compose)
        let shot = WorldOfOne.node("bought", kind: .animate, after: [still], price: 40, gate: PurchaseTests.gate)
        world.join("a", slots: 2)
        world.submit([still, shot], gates: [GateRecord(id: PurchaseTests.gate, concurrency: 9)])
        world.report("a", still)
        func tell(_ news: PurchaseNews) {
            world.apply(
                .purchaseTold(WorkerID("a"), InstanceID("a-1"), AttemptID(task: shot.spec.key, number: 1), news))
        }
        tell(.sending)
        tell(.accepted(operation: "op"))
        // It finds the still damaged, and that cannot be made again.
        world.report("a", shot, .lostInput(still.spec.key, message: "it is damaged"))
        return (still, shot)
    }

    /// What was bought is fetched, though what it was made from is lost and cannot be made again.
    @Test func whatIsBoughtNeedsItsInputsNoMore() throws {
        var world = WorldOfOne()
        let (still, shot) = still(&world)
        #expect(world.holder(shot) == "a", "it does not wait for the still")
        let assignment = try #require(
            world.last.effects.compactMap { effect -> Assignment? in
                if case .assign(_, _, let assignment) = effect, assignment.spec.key == shot.spec.key {
                    assignment
                } else {
                    nil
                }
            }.last)
        #expect(assignment.order?.step == .resume(operation: "op"))
        #expect(assignment.inputs == [.missing(reason: "it is bought already")])
        world.report("a", still, .failure(.inputFault))
        #expect(world.holder(shot) == "a")
        world.report("a", shot, .made(TaskResult(digest: shot.spec.key, sizeBytes: 1, cost: MicroUSD(30))))
        #expect(world.phase(shot)?.result?.isProvisional == false)
        #expect(world.cluster.jobs[JobID("j")]?.spent == MicroUSD(30))
        #expect(world.cluster.jobs[JobID("j")]?.reserved == .zero)
    }

    /// What may have been bought is looked up without its inputs; what was not cannot be bought without them.
    @Test func aLookUpNeedsNoInputsButBuyingDoes() {
        var world = WorldOfOne()
        let still = WorldOfOne.node("still", kind: .compose)
        let shot = WorldOfOne.node("bought", kind: .animate, after: [still], price: 40, gate: PurchaseTests.gate)
        world.join("a", slots: 2)
        world.submit([still, shot], gates: [GateRecord(id: PurchaseTests.gate, concurrency: 9)])
        world.report("a", still)
        func tell(_ news: PurchaseNews, attempt: Int) -> Bool? {
            world.apply(
                .purchaseTold(
                    WorkerID("a"), InstanceID("a-1"), AttemptID(task: shot.spec.key, number: attempt), news))
            for case .answerPurchase(_, _, _, _, let isGranted, _) in world.last.effects { return isGranted }
            return nil
        }
        #expect(tell(.sending, attempt: 1) == true)
        world.report("a", shot, .lostInput(still.spec.key, message: "it is damaged"))
        world.report("a", still, .failure(.inputFault))
        world.wait(.seconds(20))
        #expect(world.holder(shot) == "a")
        #expect(world.cluster.tasks[shot.spec.key]?.purchase?.order.step == .lookUp)
        #expect(tell(.notSent, attempt: 2) == true)
        #expect(tell(.sending, attempt: 2) == false)
        world.report("a", shot, .failure(.interrupted))
        guard case .failed(let failure) = world.phase(shot) else {
            Issue.record("\(String(describing: world.phase(shot)))")
            return
        }
        #expect(failure.upstream == still.spec.key)
        #expect(world.cluster.jobs[JobID("j")]?.reserved == .zero)
    }
}
