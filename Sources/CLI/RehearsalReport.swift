import Foundation
import Protocol

/// What a rehearsal answers: how long, how much, what fails, which gate binds, what a crash costs.
struct RehearsalReport: Encodable, Sendable {
    struct Trouble: Encodable, Sendable {
        let what: String
        let calls: Int
    }

    struct Gate: Encodable, Sendable {
        let gate: String
        let limit: Int
        /// Share of its places in use between its first and its last task, by looks ten times a second.
        let busy: Double
        let mostWaiting: Int
        let mostInUse: Int
    }

    struct Crash: Encodable, Sendable {
        /// Of the services' time.
        let minute: Double
        /// Calls the services were at work on, and what they cost.
        let underWay: Int
        let underWayUSD: String
        var boughtAgain = 0
        var boughtAgainUSD = "0.00"
    }

    let version = 1
    let film: String
    let profile: String
    let shots: Int
    let calls: Int
    let speed: Double
    /// From the first call to the last result, in the services' time.
    let servicesSeconds: Double
    /// How far another day's may lie from it: two standard deviations, of the latencies of the gate that binds.
    let servicesSpreadSeconds: Double
    /// What this machine took before and after, in real time and at the rehearsal's picture size.
    let restSeconds: Double
    let listedUSD: String
    let spentUSD: String
    let billedUSD: String
    /// How far another day's may lie from it: two standard deviations, by the chances of troubles.
    let billedSpreadUSD: String
    /// Reserved, or known to nobody, when all was over.
    let openUSD: String
    let isEqual: Bool
    let troubles: [Trouble]
    /// Purchases nobody knew about, that were looked up in the bills.
    let askedAPerson: Int
    let gates: [Gate]
    let crashes: Int
    let crash: Crash?
    let missing: [String]

    private static func span(_ seconds: Double) -> String { "\(Span.milliseconds(Int64(seconds * 1_000)))" }
    private static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    func show() {
        print(
            "\(Terminal.harmless(film)), profile \(profile): \(shots) shots, \(calls) calls, services \(speed) times as fast"
        )
        print(
            "how long:  \(Self.span(servicesSeconds)) ± \(Self.span(servicesSpreadSeconds)) of the services' time from the first call to the last result; "
                + "\(Self.span(restSeconds)) of this machine before and after")
        print("how much:  \(billedUSD) ± \(billedSpreadUSD) USD billed, \(listedUSD) USD by the list without troubles")
        print(
            "           our ledger says \(spentUSD) USD: "
                + (isEqual
                    ? "the same to the last digit" : "NOT the same (\(openUSD) left open), which is a fault of ours"))
        let words = troubles.map { "\($0.what) \($0.calls)" }.joined(separator: ", ")
        print(
            "what fails: \(words.isEmpty ? "nothing" : words); \(askedAPerson) looked up in the bills as a person would"
        )
        for gate in gates.sorted(by: { $0.busy > $1.busy }) {
            print(
                "gate \(gate.gate): \(Self.percent(gate.busy)) of \(gate.limit) places busy, up to \(gate.mostWaiting) waiting"
            )
        }
        if let binding = gates.max(by: { $0.busy < $1.busy }), binding.busy < 0.9 {
            print(
                "           no gate was busy all the time: this machine was slower than the hurried services; a lower --speed "
                    + "is nearer to the truth")
        }
        if let crash {
            print(
                "crash at minute \(String(format: "%.0f", crash.minute)): \(crash.underWay) calls worth \(crash.underWayUSD) USD were under "
                    + "way; bought again \(crash.boughtAgain), \(crash.boughtAgainUSD) USD (\(crashes) crashes in all)")
        }
        for line in missing.prefix(20) { print("missing: \(Terminal.harmless(line))") }
    }
}
