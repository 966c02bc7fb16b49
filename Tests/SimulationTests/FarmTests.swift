import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("A simulated farm")
struct FarmTests {
    /// The first simulated farm: 24 shots, 5 workers, everything going wrong, then healed.
    @Test(arguments: 0..<200) func everyJobSettlesOnceFaultsStop(seed: Int) throws {
        var farm = SimulatedFarm(seed: UInt64(seed), workers: 5, faults: .harsh)
        farm.auditEvery = 29
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: SyntheticFilm.nodes(shots: 24)))
        try farm.run(for: .seconds(1_800))
        farm.heal()
        #expect(try farm.settles(within: .seconds(7_200)), "replay: make sim SEED=\(seed)")
        #expect(farm.cluster.jobs[JobID("j-1")]?.standing == .settled)
    }

    /// Without faults every task runs exactly once and none fails.
    @Test func withoutFaultsEveryTaskRunsOnce() throws {
        var farm = SimulatedFarm(seed: 1, workers: 4, faults: .none)
        let nodes = SyntheticFilm.nodes(shots: 48)
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: nodes))
        #expect(try farm.settles(within: .seconds(86_400)))
        #expect(farm.attemptsStarted == nodes.count)
        #expect(farm.cluster.tasks.values.allSatisfy { $0.phase.result != nil })
    }

    /// Two jobs that share tasks: the second runs only what is its own.
    @Test func equalKeysAreMadeOnce() throws {
        var farm = SimulatedFarm(seed: 2, workers: 4, faults: .none)
        let nodes = SyntheticFilm.nodes(shots: 12)
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: nodes))
        farm.submit(Submission(id: JobID("j-2"), name: "film again", nodes: nodes))
        #expect(try farm.settles(within: .seconds(86_400)))
        #expect(farm.attemptsStarted == nodes.count)
    }

    /// The same seed tells the same story.
    @Test func aSeedReplaysExactly() throws {
        func story() throws -> [String] {
            var farm = SimulatedFarm(seed: 77, workers: 5, faults: .harsh)
            farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: SyntheticFilm.nodes(shots: 12)))
            try farm.run(for: .seconds(900))
            return farm.story
        }
        #expect(try story() == story())
    }

    /// A gate of two never has three inside, whatever happens to its holders.
    @Test(arguments: 300..<320) func gatesHold(seed: Int) throws {
        let gate = GateID("veo")
        var farm = SimulatedFarm(seed: UInt64(seed), workers: 6, faults: .harsh)
        farm.submit(
            Submission(
                id: JobID("j-1"), name: "film", budget: MicroUSD(3_000_000),
                nodes: SyntheticFilm.nodes(shots: 18, gate: gate, price: MicroUSD(100_000)),
                gates: [GateRecord(id: gate, concurrency: 2)]))
        for _ in 0..<60 {
            try farm.run(for: .seconds(30))
            #expect(farm.cluster.gates[gate]?.inUse ?? 0 <= 2)
            if let job = farm.cluster.jobs[JobID("j-1")] {
                #expect(job.reserved + job.spent <= MicroUSD(3_000_000))
            }
        }
    }
}

/// The promise: nothing is bought twice, nothing that was bought is lost, whatever fails when.
@Suite("Money on a bad night")
struct MoneyTests {
    static func farm(_ seed: UInt64, shots: Int = 16) -> SimulatedFarm {
        let gate = GateID("veo")
        var farm = SimulatedFarm(seed: seed, workers: 6, faults: .harsh, provider: .harsh)
        farm.auditEvery = 7
        farm.submit(
            Submission(
                id: JobID("j-1"), name: "film",
                nodes: SyntheticFilm.nodes(shots: shots, gate: gate, price: MicroUSD(100_000)),
                gates: [GateRecord(id: gate, concurrency: 4)]))
        return farm
    }

    @Test(arguments: 500..<600) func everyBillIsKnownAndPaidOnce(seed: Int) throws {
        var farm = Self.farm(UInt64(seed))
        try farm.run(for: .seconds(3_600))
        farm.heal()
        #expect(try farm.settles(within: .seconds(14_400)), "replay: make sim SEED=\(seed)")
        try farm.run(for: .seconds(600))
        let job = try #require(farm.cluster.jobs[JobID("j-1")])
        let doubtful = farm.cluster.tasks.values.compactMap(\.purchase)
        #expect(doubtful.count { !$0.isDoubtful } == 0, "what is not settled waits for a person")
        #expect(farm.provider.total <= job.spent + job.reserved)
        #expect(job.spent <= farm.provider.total)
    }
}

/// The checkers can fail: each broken rule is seen by them within a few seeds.
@Suite("Broken rules are caught")
struct MutationTests {
    @Test(arguments: SimulatedFarm.Mutation.allCases) func itIsSeen(mutation: SimulatedFarm.Mutation) throws {
        var caught: [String] = []
        for seed in 700..<740 where caught.isEmpty {
            var farm = MoneyTests.farm(UInt64(seed))
            farm.mutation = mutation
            do throws(SimulatedFarm.Violation) {
                try farm.run(for: .seconds(3_600))
                farm.heal()
                _ = try farm.settles(within: .seconds(7_200))
            } catch {
                caught.append(error.rule)
            }
        }
        #expect(!caught.isEmpty, "\(mutation) went unseen")
    }
}
