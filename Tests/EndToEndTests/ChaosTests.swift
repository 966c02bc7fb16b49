import Foundation
import Media
import TestKit
import Testing

/// A few runs of `make chaos`; the many have their own target, and their results are in docs/numbers.md.
@Suite("Chaos with real processes", .serialized, .timeLimit(.minutes(10)))
struct ChaosTests {
    @Test func theFilmIsTheSameAndPaidOnce() async throws {
        let house = House()
        let folder = URL(fileURLWithPath: House.snowflake).deletingLastPathComponent().path
        let seed = Int.random(in: 1...1_000_000)
        let output = try await Tool(name: "python3", path: "/usr/bin/python3").runAny(
            [
                House.root.appendingPathComponent("ops/chaos.py").path, "--bin", folder, "--runs", "5", "--seed",
                "\(seed)", "--kinds", "kill,corrupt,reorder,mixed,tokens",
            ], in: house.folder.url)
        #expect(output.isSuccess, "seed \(seed)\n\(output.standardOutput)\n\(output.standardError)")
    }
}
