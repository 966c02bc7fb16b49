import Forecast
import Protocol
import Scheduling
import TestKit
import Testing

/// The schedule's quality, in virtual time, with the same scheduler that runs films.
@Suite("Forecasts")
struct ForecastTests {
    static let gate = GateID("metered")

    static func feature(shots: Int = 754, price: Int64 = 100_000) -> Submission {
        Submission(
            id: JobID("j"), name: "feature",
            nodes: SyntheticFilm.nodes(shots: shots, gate: gate, price: MicroUSD(price)),
            gates: [GateRecord(id: gate, concurrency: 5)])
    }

    static func crews(media: [Int64] = [100, 100], gpu: [Int64] = [100]) -> [Forecast.Crew] {
        media.map { Forecast.Crew(role: .media, slots: 1, speed: $0) }
            + gpu.map { Forecast.Crew(role: .gpu, slots: 1, speed: $0) }
            + [Forecast.Crew(role: .api, slots: 5), Forecast.Crew(role: .audio, slots: 1)]
    }

    /// 754 shots, five calls of 60 seconds at once, nothing going wrong: within 2 % of what is possible.
    @Test func aFeatureWithoutTroubleIsNearlyPerfect() {
        var forecast = Forecast(Self.feature(), crews: Self.crews())
        let outcome = forecast.run()
        #expect(outcome.stuck.isEmpty)
        #expect(outcome.attempts == outcome.tasks)
        #expect(outcome.binding == "gate metered")
        #expect(outcome.quality <= 1.02, "\(outcome)")
    }

    /// 2 % failures, 5 % three times slower, workers of speed 1, ½ and ¼: within 10 %.
    @Test(arguments: [UInt64(1), 2, 3]) func troubleCostsLittle(seed: UInt64) {
        var forecast = Forecast(
            Self.feature(), crews: Self.crews(media: [100, 50, 25], gpu: [100, 50, 25]),
            trouble: Forecast.Trouble(failures: 2, slow: 5), seed: seed)
        let outcome = forecast.run()
        #expect(outcome.stuck.isEmpty)
        #expect(outcome.quality <= 1.10, "\(outcome)")
    }

    /// More machines never make it slower than the fastest one alone.
    @Test(arguments: [6, 24, 96]) func slowHelpersDoNoHarm(shots: Int) {
        func makespan(_ speeds: [Int64]) -> Span {
            var crews = speeds.map { Forecast.Crew(role: .media, slots: 1, speed: $0) }
            crews += speeds.map { Forecast.Crew(role: .gpu, slots: 1, speed: $0) }
            crews += [Forecast.Crew(role: .api, slots: 5), Forecast.Crew(role: .audio, slots: 1)]
            var forecast = Forecast(Self.feature(shots: shots), crews: crews)
            return forecast.run().makespan
        }
        let alone = makespan([100])
        #expect(makespan([100, 50, 25]) <= alone)
        #expect(makespan([100, 25, 25, 25]) <= alone)
    }

    @Test func oneMoreOfTheBindingRoleHelps() {
        let few = [Forecast.Crew(role: .media, slots: 1), .init(role: .gpu, slots: 1), .init(role: .audio, slots: 1)]
        var without = Forecast(Self.feature(shots: 12), crews: few)
        #expect(without.run().stuck.keys.contains { $0.contains("no connected worker can do animate") })
        var one = Forecast(Self.feature(shots: 12), crews: few + [.init(role: .api, slots: 1)])
        var two = Forecast(Self.feature(shots: 12), crews: few + [.init(role: .api, slots: 2)])
        #expect(two.run().makespan < one.run().makespan)
    }
}
