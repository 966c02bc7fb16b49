import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("A simulated farm")
struct FarmTests {
    static var withoutCopies: Policy {
        var policy = Policy()
        policy.copyAfterTimes = 1_000
        return policy
    }

    /// Without faults every task runs exactly once and none fails.
    @Test func withoutFaultsEveryTaskRunsOnce() throws {
        var farm = SimulatedFarm(seed: 1, workers: 4, faults: .none, policy: Self.withoutCopies)
        let nodes = SyntheticFilm.nodes(shots: 48)
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: nodes))
        #expect(try farm.settles(within: .seconds(86_400)))
        #expect(farm.attemptsStarted == nodes.count)
        #expect(farm.cluster.tasks.values.allSatisfy { $0.phase.result != nil })
    }

    /// Two jobs that share tasks: the second runs only what is its own.
    @Test func equalKeysAreMadeOnce() throws {
        var farm = SimulatedFarm(seed: 2, workers: 4, faults: .none, policy: Self.withoutCopies)
        let nodes = SyntheticFilm.nodes(shots: 12)
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: nodes))
        farm.submit(Submission(id: JobID("j-2"), name: "film again", nodes: nodes))
        #expect(try farm.settles(within: .seconds(86_400)))
        #expect(farm.attemptsStarted == nodes.count)
    }

    /// The same seed tells the same story.
    @Test func aSeedReplaysExactly() throws {
        func story() throws -> [String] {
            var run = FilmRun(seed: 77)
            try run.farm.run(for: .seconds(900))
            return run.farm.story
        }
        #expect(try story() == story())
    }

    /// Nothing is lost, nothing is bought twice, no cap or gate is passed, and everything ends, whatever fails when.
    @Test(arguments: 0..<120) func everyFilmEndsAndEveryBillIsPaidOnce(seed: Int) throws {
        var run = FilmRun(seed: UInt64(seed))
        try run.play()
    }

    /// Seeds nobody has seen: a failure names its own, which then becomes a regression below.
    @Test(arguments: (0..<20).map { _ in UInt64.random(in: 10_000...9_999_999) }) func freshSeedsEndToo(
        seed: UInt64
    ) throws {
        var run = FilmRun(seed: seed)
        try run.play()
    }
}

/// Seeds that broke a rule once, by what broke.
@Suite("Seeds that broke a rule")
struct RegressionTests {
    /// A worker frozen before it heard that it may send was given up, its successor was put off and refunded, and then
    /// it thawed and sent: billed and refunded.
    @Test func aFrozenWorkerDoesNotUseOldLeave() throws {
        var run = FilmRun(seed: 1_001_937)
        try run.play()
    }

    /// A clip was bought; then its still was lost, and failed when it was made again: the clip was given up with it.
    @Test func whatIsBoughtIsFetchedWithoutItsStill() throws {
        var run = FilmRun(seed: 1_008_658)
        try run.play()
    }
}

/// The checkers can fail: each broken rule is seen by them within a few seeds.
@Suite("Broken rules are caught")
struct MutationTests {
    @Test(arguments: Mutation.allCases) func itIsSeen(mutation: Mutation) throws {
        var faults = Faults.harsh
        if mutation == .believesWithoutBlob || mutation == .skipsTheFence { faults.lie = 0.5 }
        if mutation == .buysLostAgain { faults.corruptBlob = 1 }
        if mutation == .ignoresTheGate { faults = .none }
        var caught: [String] = []
        for seed in UInt64(700)..<760 where caught.isEmpty {
            var run = FilmRun(seed: seed, faults: faults)
            run.farm.mutation = mutation
            if mutation == .ignoresTheBudget {
                run.farm = SimulatedFarm(seed: seed, workers: 5, faults: faults, provider: .harsh)
                run.farm.mutation = mutation
                run.farm.submit(FilmRun.job("j-1", shots: 12, budget: MicroUSD(250_000)))
            }
            do throws(SimulatedFarm.Violation) {
                try run.farm.run(for: .seconds(3_600))
                run.farm.heal()
                _ = try run.farm.settles(within: .seconds(7_200))
            } catch {
                caught.append(error.rule)
            }
        }
        #expect(!caught.isEmpty, "\(mutation) went unseen")
    }
}
