import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

/// What gates let through, and when they open again.
@Suite("Gates")
struct GateTests {
    static let gate = GateID("g")
    static let noon = Instant(milliseconds: 1_700_000_000_000)

    private func shots(_ count: Int, price: Int64 = 10) -> [JobNode] {
        (0..<count).map { WorldOfOne.node("shot \($0)", kind: .animate, price: price, gate: Self.gate) }
    }

    private func world(_ limits: GateLimits, shots: [JobNode], slots: Int = 20) -> WorldOfOne {
        var world = WorldOfOne()
        world.now = Self.noon
        world.join("a", slots: slots)
        world.submit(shots, gates: [GateRecord(id: Self.gate, limits: limits)])
        return world
    }

    private func running(_ world: WorldOfOne) -> Int {
        world.cluster.tasks.values.count { $0.phase.lease != nil }
    }

    private func finish(_ world: inout WorldOfOne, _ node: JobNode, _ outcome: AttemptOutcome? = nil) {
        let attempt = world.cluster.tasks[node.spec.key]?.attempt ?? 1
        world.apply(
            .purchaseTold(
                WorkerID("a"), InstanceID("a-1"), AttemptID(task: node.spec.key, number: attempt), .sending))
        world.report("a", node, outcome)
    }

    @Test func callsAMinuteAreCounted() {
        let shots = shots(5)
        var world = world(GateLimits(concurrency: 10, perMinute: 2), shots: shots)
        #expect(running(world) == 2)
        for shot in shots where world.phase(shot)?.lease != nil { finish(&world, shot) }
        #expect(running(world) == 0, "two calls have started in this minute")
        let waiting = shots.first { world.phase($0) == .ready }
        let reasons = world.cluster.explain(waiting?.spec.key ?? shots[0].spec.key, at: world.now)
        #expect(reasons.joined().contains("2 calls a minute"))
        world.wait(.seconds(61))
        #expect(running(world) == 2, "the gate opens by itself")
    }

    @Test func callsADayAreCountedUntilMidnight() {
        let shots = shots(3)
        var world = world(GateLimits(concurrency: 10, perDay: 2), shots: shots)
        #expect(running(world) == 2)
        for shot in shots where world.phase(shot)?.lease != nil { finish(&world, shot) }
        world.wait(.seconds(600))
        #expect(running(world) == 0)
        world.wait(Instant(milliseconds: Int64(Self.noon.day + 1) * 86_400_000) - world.now)
        #expect(running(world) == 1)
    }

    /// A limit of money is the gate's own, beside every cap.
    @Test func moneyIsLimitedAtTheGate() {
        let shots = shots(4)
        var world = world(GateLimits(concurrency: 10, spend: MicroUSD(25)), shots: shots)
        #expect(running(world) == 2)
        #expect(world.cluster.gates[Self.gate]?.reserved == MicroUSD(20))
        for shot in shots where world.phase(shot)?.lease != nil {
            finish(&world, shot, .failure(.scarce, after: .seconds(1)))
        }
        world.apply(.timePassed, after: .seconds(2))
        #expect(running(world) == 2, "what was refunded may be reserved again")
        world.apply(.gateSet(Self.gate, GateLimits(concurrency: 10)))
        #expect(running(world) == 4)
    }

    /// Five faults in a row: nothing passes for a while, then one at a time, then all.
    @Test func theBreakerOpensProbesAndCloses() {
        let shots = shots(30)
        var world = world(GateLimits(concurrency: 6), shots: shots)
        func leased() -> [JobNode] { shots.filter { world.phase($0)?.lease != nil } }
        func faults() -> Int? { world.cluster.gates[Self.gate]?.faults }
        finish(&world, leased()[0], .failure(.providerFault))
        finish(&world, leased()[0])
        #expect(faults() == 0, "an answer as it should be starts the count anew")
        for _ in 0..<5 { finish(&world, leased()[0], .failure(.providerFault)) }
        #expect(faults() == 5)
        #expect(leased().count == 5, "what runs may end; nothing new passes")
        for shot in leased() { finish(&world, shot, .failure(.scarce, after: .milliseconds(1))) }
        world.wait(.seconds(9))
        #expect(leased().isEmpty)
        world.wait(.seconds(3))
        #expect(leased().count == 1, "one probes")
        finish(&world, leased()[0], .failure(.providerFault))
        world.wait(.seconds(18))
        #expect(leased().isEmpty, "a failed probe doubles the wait")
        world.wait(.seconds(4))
        #expect(leased().count == 1)
        finish(&world, leased()[0])
        #expect(faults() == 0)
        #expect(leased().count == 6)
    }

    /// Scarcity pauses the gate until the time it stated, is told of each task that waits, and takes no try.
    @Test func scarcityNamesItself() {
        let shots = shots(3)
        var world = world(GateLimits(concurrency: 1), shots: shots)
        let first = shots.first { world.phase($0)?.lease != nil } ?? shots[0]
        finish(&world, first, .failed(.scarce, message: "429: slow down", retryAfter: .seconds(40)))
        #expect(running(world) == 0)
        for shot in shots {
            let reasons = world.cluster.explain(shot.spec.key, at: world.now)
            #expect(reasons.joined().contains("429: slow down"))
        }
        #expect(world.cluster.tasks[first.spec.key]?.countedTries == 0)
        #expect(world.cluster.gates[Self.gate]?.putOff == 1)
        world.wait(.seconds(39))
        #expect(running(world) == 0)
        world.wait(.seconds(2))
        #expect(running(world) == 1)
    }

    /// Limits an operator has set outlive the next submission.
    @Test func limitsSetByHandStay() {
        var world = world(GateLimits(concurrency: 1), shots: shots(1))
        world.apply(.gateSet(Self.gate, GateLimits(concurrency: 7, perMinute: 3)))
        world.submit(
            [WorldOfOne.node("other", kind: .animate, price: 1, gate: Self.gate)], id: "k",
            gates: [GateRecord(id: Self.gate, concurrency: 2)])
        #expect(world.cluster.gates[Self.gate]?.limits == GateLimits(concurrency: 7, perMinute: 3))
    }

    /// The account enters no key: a new submission may move to another what is not under way, and nothing else.
    @Test func anotherSubmissionMayBringAnotherAccount() throws {
        func shots(_ account: String, _ gate: GateID) -> [JobNode] {
            (0..<3).map {
                WorldOfOne.node("shot \($0)", kind: .animate, price: 10, account: account, gate: gate)
            }
        }
        let other = try #require(GateID(service: "g", account: "b", model: ""))
        let first = shots("", Self.gate)
        var world = world(GateLimits(concurrency: 1), shots: first)
        let running = try #require(first.first { world.phase($0)?.lease != nil })
        world.submit(
            shots("b", other), id: "again", gates: [GateRecord(id: other, limits: GateLimits(concurrency: 1))])
        for shot in first {
            let spec = world.cluster.tasks[shot.spec.key]?.spec
            #expect(spec?.account == (shot.spec.key == running.spec.key ? "" : "b"))
        }
        #expect(self.running(world) == 2, "one at each account")
        #expect(world.cluster.gates[other]?.reserved == MicroUSD(10))
        let bought = try #require(
            first.compactMap { world.cluster.tasks[$0.spec.key]?.purchase }.first { $0.gate == other })
        #expect(bought.account == "b")
        finish(&world, running)
        #expect(self.running(world) == 1, "the default account has nothing left to do")
    }
}
