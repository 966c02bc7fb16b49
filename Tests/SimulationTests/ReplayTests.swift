import Foundation
import Protocol
import Scheduling
import TestKit
import Testing

/// `make sim SEEDS=n` and `make sim SEED=s`: other seeds than the fixed set, on demand.
@Suite("Seeds on demand")
struct ReplayTests {
    static var seeds: [UInt64] {
        let environment = ProcessInfo.processInfo.environment
        if let seed = environment["SNOWFLAKE_SIM_SEED"].flatMap({ UInt64($0) }) { return [seed] }
        let count = environment["SNOWFLAKE_SIM_SEEDS"].flatMap { UInt64($0) } ?? 4
        return (0..<count).map { 1_000 + $0 }
    }

    @Test(arguments: seeds) func theFarmSettles(seed: UInt64) throws {
        var farm = SimulatedFarm(seed: seed, workers: 5, faults: .harsh)
        farm.auditEvery = 11
        farm.submit(Submission(id: JobID("j-1"), name: "film", nodes: SyntheticFilm.nodes(shots: 24)))
        try farm.run(for: .seconds(1_800))
        farm.heal()
        let isSettled = try farm.settles(within: .seconds(7_200))
        if !isSettled { print(farm.story.suffix(80).joined(separator: "\n")) }
        #expect(isSettled, "replay: make sim SEED=\(seed)")
    }
}
