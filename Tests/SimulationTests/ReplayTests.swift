import Foundation
import Protocol
import Scheduling
import TestKit
import Testing

/// `make sim SEEDS=n` and `make sim SEED=s`: other seeds than the fixed set, on demand.
@Suite("Seeds on demand")
struct ReplayTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let one = environment["SNOWFLAKE_SIM_SEED"].flatMap { UInt64($0) }
    private static let count = environment["SNOWFLAKE_SIM_SEEDS"].flatMap { UInt64($0) } ?? 2

    /// Blocks of seeds: thousands of tests would cost more in reports than in runs.
    static var blocks: [Range<UInt64>] {
        if let one { return [one..<one + 1] }
        return stride(from: 0, to: count, by: 50).map { 1_000_000 + $0..<1_000_000 + min($0 + 50, count) }
    }

    @Test(arguments: blocks) func everyFilmEndsAndEveryBillIsPaidOnce(seeds: Range<UInt64>) throws {
        for seed in seeds {
            var run = FilmRun(seed: seed)
            try run.play()
            if seed == Self.one { print(run.farm.story.joined(separator: "\n")) }
        }
    }
}
