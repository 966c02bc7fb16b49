import Forecast
import Foundation
import Planning
import Protocol
import Scheduling

/// `plan --simulate`: the same scheduler in virtual time, with the workers one has or might have.
struct Simulation: Encodable {
    struct Role: Encodable {
        let role: String
        let slots: Int
        /// What one slot more would save.
        let savesSeconds: Double
    }

    let finishSeconds: Double
    /// With 2 % of attempts failing and 5 % taking three times as long.
    let finishSecondsWithTrouble: Double
    let lowerBoundSeconds: Double
    let binding: String
    let costUSD: String
    let costUSDWithTrouble: String
    let roles: [Role]
    let stuck: [String: Int]

    /// Share of paid calls that are refused or come to nothing in a bad run, in hundredths.
    private static let boughtAgain: Int64 = 5

    /// - Parameter asked: `kind=slots` or `role=slots`.
    init(_ plan: FilmPlan, toRun: [JobNode], asked: [String]) throws(Failure) {
        let crews = try Self.crews(plan, asked: asked)
        let gates = Set(toRun.compactMap(\.spec.gate)).sorted().map { id in
            GateRecord(id: id, concurrency: plan.profile.limits(of: id)?.concurrency ?? 4)
        }
        let held = Set(plan.nodes.map(\.spec.key)).subtracting(toRun.map(\.spec.key))
        let receipts = Dictionary(
            uniqueKeysWithValues: held.map { ($0, TaskResult(digest: $0, sizeBytes: 1)) })
        let submission = Submission(
            id: JobID("j-forecast"), name: "forecast", nodes: plan.nodes, gates: gates, receipts: receipts)
        func play(_ crews: [Forecast.Crew], _ trouble: Forecast.Trouble = .init()) -> Forecast.Outcome {
            var forecast = Forecast(submission, crews: crews, trouble: trouble)
            return forecast.run()
        }
        let outcome = play(crews)
        let troubled = play(crews, Forecast.Trouble(failures: 2, slow: 5))
        finishSeconds = Self.seconds(outcome.makespan)
        finishSecondsWithTrouble = Self.seconds(troubled.makespan)
        lowerBoundSeconds = Self.seconds(outcome.lowerBound)
        binding = outcome.binding
        costUSD = "\(outcome.ceiling)"
        costUSDWithTrouble = "\(MicroUSD(outcome.ceiling.amount * (100 + Self.boughtAgain) / 100))"
        stuck = outcome.stuck
        roles = crews.indices.map { index in
            var more = crews
            more[index].slots += 1
            let saved = outcome.makespan.milliseconds - play(more).makespan.milliseconds
            return Role(
                role: crews[index].role.rawValue, slots: crews[index].slots, savesSeconds: Double(saved) / 1_000)
        }
    }

    private static func seconds(_ span: Span) -> Double { Double(span.milliseconds) / 1_000 }

    /// This machine's workers as `render` starts them, changed by what was asked for.
    private static func crews(_ plan: FilmPlan, asked: [String]) throws(Failure) -> [Forecast.Crew] {
        var slots: [Protocol.Role: Int] = [
            .gpu: 1, .audio: 1, .media: max(1, ProcessInfo.processInfo.activeProcessorCount),
        ]
        if plan.nodes.contains(where: { $0.spec.gate != nil }) { slots[.api] = 4 }
        for pair in asked {
            let parts = pair.split(separator: "=").map(String.init)
            guard parts.count == 2, let count = Int(parts[1]), (0...10_000).contains(count) else {
                throw Failure(.usage, "--worker \(pair): write role=slots or kind=slots, like animate=10")
            }
            if let role = Protocol.Role(rawValue: parts[0]) {
                slots[role] = count
            } else if let kind = TaskKind(rawValue: parts[0]) {
                let node = plan.nodes.first { $0.spec.kind == kind }
                slots[node.map { $0.spec.usualRole } ?? kind.usualRole] = count
            } else {
                let known = Protocol.Role.allCases.map(\.rawValue) + TaskKind.allCases.map(\.rawValue)
                throw Failure(.usage, "--worker \(pair): \(Configuration.unknown(parts[0], among: known))")
            }
        }
        return slots.sorted { $0.key < $1.key }.map { Forecast.Crew(role: $0.key, slots: $0.value) }
    }

    func show() {
        func clock(_ seconds: Double) -> String { "\(Span.milliseconds(Int64(seconds * 1_000)))" }
        print(
            "simulated: done in \(clock(finishSeconds)); with 2 % failures and 5 % slow work in "
                + "\(clock(finishSecondsWithTrouble)); not below \(clock(lowerBoundSeconds)), bound by \(binding)")
        if costUSD != "0.00" {
            print("costs \(costUSD) USD; \(costUSDWithTrouble) USD when every twentieth call must be bought again")
        }
        for role in roles {
            let gain = role.savesSeconds >= 1 ? "saves \(clock(role.savesSeconds))" : "saves nothing"
            print("  \(role.role): \(role.slots) slots; one more \(gain)")
        }
        for (reason, count) in stuck.sorted(by: { $0.key < $1.key }) { print("  \(count) tasks never end: \(reason)") }
    }
}
