import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("The cluster's decisions")
struct ClusterTests {
    let first = WorldOfOne.node("first")

    @Test func aTaskGoesFromSubmissionToDone() {
        var world = WorldOfOne()
        let second = WorldOfOne.node("second", after: [first])
        world.submit([first, second])
        #expect(world.phase(first) == .ready)
        #expect(world.phase(second) == .waiting)
        world.join("a")
        #expect(world.holder(first) == "a")
        let decision = world.report("a", first)
        #expect(decision.effects.contains(.keepReceipt(first.spec.key)))
        #expect(world.holder(second) == "a")
        let end = world.report("a", second)
        #expect(end.effects.contains(.settled(JobID("j"))))
    }

    /// Every failure class from the same place, and what becomes of the task.
    @Test(arguments: FailureClass.allCases) func failuresByClass(failure: FailureClass) {
        var world = WorldOfOne()
        world.submit([first])
        world.join("a")
        world.report("a", first, .failure(failure))
        switch failure {
        case .workerFault: #expect(world.holder(first) == "a", "nobody else is there: the same worker again")
        case .interrupted: #expect(world.holder(first) == "a")
        case .inputFault, .rejected, .unknown, .unusable:
            guard case .failed(let record) = world.phase(first) else {
                Issue.record("\(failure) ends a task at once")
                return
            }
            #expect(record.failureClass == failure)
        case .providerFault: #expect(world.phase(first) == .parked(until: world.now + .seconds(5)))
        case .scarce: #expect(world.phase(first) == .parked(until: world.now + .seconds(30)))
        }
        let counts = failure == .workerFault || failure == .providerFault
        #expect(world.cluster.tasks[first.spec.key]?.countedTries == (counts ? 1 : 0))
    }

    @Test func threeTriesOnThreeWorkers() {
        var world = WorldOfOne()
        world.submit([first])
        for name in ["a", "b", "c", "d"] { world.join(name) }
        var tried: [String] = []
        for _ in 0..<3 {
            let holder = world.holder(first) ?? "nobody"
            tried.append(holder)
            world.report(holder, first, .failure(.workerFault))
        }
        #expect(Set(tried).count == 3)
        #expect(world.phase(first)?.hasEnded == true)
        #expect(world.phase(first)?.result == nil)
    }

    /// A report under an old attempt, by another worker, or repeated, changes nothing and is answered.
    @Test func theFenceHolds() {
        var world = WorldOfOne()
        world.submit([first])
        world.join("a")
        world.join("b")
        let holder = world.holder(first) ?? ""
        let other = holder == "a" ? "b" : "a"
        let attempt = AttemptID(task: first.spec.key, number: 1)
        world.report(other, first)
        #expect(
            world.last.effects.contains(
                .acknowledge(WorkerID(other), InstanceID(other + "-1"), attempt, isAccepted: false)))
        #expect(world.holder(first) == holder)
        world.apply(.timePassed, after: .seconds(61))  // Both silent: lost.
        world.join(other)
        #expect(world.holder(first) == other)
        world.report(holder, first, attempt: 1)
        #expect(world.holder(first) == other, "the first holder's result came too late")
        world.report(other, first, attempt: 2)
        #expect(world.phase(first)?.result != nil)
        world.report(other, first, attempt: 2)
        #expect(
            world.last.effects.contains(
                .acknowledge(
                    WorkerID(other), InstanceID(other + "-1"), AttemptID(task: first.spec.key, number: 2),
                    isAccepted: true)))
    }

    @Test func aTolerantInputMayFailAndTheResultIsProvisional() {
        var world = WorldOfOne()
        let raw = WorldOfOne.node("raw", kind: .animate, isGoal: false)
        let conform = WorldOfOne.node("conform", after: [raw], tolerant: true)
        let film = WorldOfOne.node("film", kind: .film, after: [conform])
        world.submit([raw, conform, film])
        world.join("a")
        world.report("a", raw, .failure(.inputFault))
        #expect(world.holder(conform) == "a")
        world.report("a", conform)
        #expect(!world.last.effects.contains(.keepReceipt(conform.spec.key)))
        world.report("a", film)
        #expect(world.phase(film)?.result?.isProvisional == true)
        // Submitted again, what failed and what hung on it runs again; what is whole does not.
        world.submit([raw, conform, film], id: "again")
        #expect(world.holder(raw) == "a")
        #expect(world.phase(conform) == .waiting)
        world.report("a", raw)
        world.report("a", conform)
        world.report("a", film)
        #expect(world.phase(film)?.result?.isProvisional == false)
    }

    @Test func aStrictInputFailsWhatNeedsIt() {
        var world = WorldOfOne()
        let second = WorldOfOne.node("second", after: [first])
        world.submit([first, second])
        world.join("a")
        world.report("a", first, .failure(.rejected))
        guard case .failed(let failure) = world.phase(second) else {
            Issue.record("it cannot be made")
            return
        }
        #expect(failure.upstream == first.spec.key)
        #expect(failure.message == "first: because")
        #expect(world.cluster.jobs[JobID("j")]?.standing == .settled)
    }

    @Test func onlyWhatIsWantedRuns() {
        var world = WorldOfOne()
        let raw = WorldOfOne.node("raw", isGoal: false)
        let product = WorldOfOne.node("product", after: [raw])
        let result = TaskResult(digest: product.spec.key, sizeBytes: 1)
        world.join("a")
        world.apply(
            .submitted(
                Submission(
                    id: JobID("j"), name: "j", nodes: [raw, product], receipts: [product.spec.key: result])))
        #expect(world.last.effects == [.accepted(JobID("j"), tasks: 0, done: 1), .settled(JobID("j"))])
        #expect(world.phase(raw) == .idle)
        // The product's blob is lost: it and what it needs are made again.
        world.apply(
            .submitted(
                Submission(id: JobID("k"), name: "k", nodes: [raw, product], lostBlobs: [product.spec.key])))
        #expect(world.holder(raw) == "a")
    }

    @Test func aBudgetParksAndNeverFails() {
        var world = WorldOfOne()
        let gate = GateID("g")
        let shots = (0..<3).map { WorldOfOne.node("paid \($0)", kind: .animate, price: 40, gate: gate) }
        world.join("a", slots: 3)
        world.submit(shots, budget: 100, gates: [GateRecord(id: gate, concurrency: 9)])
        #expect(shots.count { world.holder($0) != nil } == 2)
        #expect(world.cluster.jobs[JobID("j")]?.reserved == MicroUSD(80))
        // The first costs less than its ceiling: the rest fits again.
        guard let paid = shots.first(where: { world.holder($0) != nil }) else { return }
        world.report("a", paid, .made(TaskResult(digest: paid.spec.key, sizeBytes: 1, cost: MicroUSD(20))))
        #expect(shots.count { world.holder($0) != nil } == 2)
        #expect(world.cluster.jobs[JobID("j")]?.spent == MicroUSD(20))
    }

    @Test func scarcityClosesTheGateAndConsumesNoTry() {
        var world = WorldOfOne()
        let gate = GateID("g")
        let shot = WorldOfOne.node("shot", kind: .animate, gate: gate)
        world.join("a")
        world.submit([shot], gates: [GateRecord(id: gate, concurrency: 2)])
        world.report("a", shot, .failure(.scarce, after: .seconds(20)))
        #expect(world.phase(shot) == .ready)
        #expect(world.cluster.gates[gate]?.pausedUntil == world.now + .seconds(20))
        world.apply(.timePassed, after: .seconds(10))
        #expect(world.phase(shot) == .ready)
        world.apply(.workerBeat(WorkerID("a"), InstanceID("a-1"), held: [], lastAssignment: 1))
        world.apply(.timePassed, after: .seconds(10))
        #expect(world.holder(shot) == "a")
        #expect(world.cluster.tasks[shot.spec.key]?.countedTries == 0)
    }

    @Test func impossibleSubmissionsAreRefusedWithTheReason() {
        var world = WorldOfOne()
        let second = WorldOfOne.node("second", after: [first])
        world.submit([second])
        #expect(
            world.last.effects == [
                .refused(JobID("j"), reason: "task second needs \"first\", which no task before it makes")
            ])
        world.submit([], id: "k")
        #expect(world.last.effects == [.refused(JobID("k"), reason: "the job has no tasks: its film has no shots")])
    }

    @Test func cancellingStopsWhatNobodyElseWants() {
        var world = WorldOfOne()
        let own = WorldOfOne.node("own")
        world.join("a", slots: 2)
        world.submit([first, own])
        world.submit([first], id: "k")
        world.apply(.jobCancelled(JobID("j")))
        #expect(world.holder(first) == "a")
        #expect(world.phase(own) == .idle)
        #expect(
            world.last.effects.contains(
                .withdraw(
                    WorkerID("a"), InstanceID("a-1"), AttemptID(task: own.spec.key, number: 1),
                    reason: "its job was cancelled")))
    }
}
