import ArgumentParser
import Foundation
import Protocol
import SwiftProtobuf

struct Ledger: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows where the money went.")
    @Option(help: "One job only.") var job = ""
    @Option(help: "How many of the newest lines.") var last: UInt32 = 50
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let answer = try await client.ask {
            $0.ledger = .with {
                $0.job = job
                $0.last = last
            }
        }.ledger
        await client.close()
        guard !json else {
            print(try answer.jsonString(options: .stable))
            return
        }
        let stamp = ISO8601DateFormatter()
        for entry in answer.entries {
            let at = stamp.string(from: Date(timeIntervalSince1970: Double(entry.atMilliseconds) / 1_000))
            let note = entry.note.isEmpty ? "" : "  (\(Terminal.harmless(entry.note)))"
            print(
                "\(at)  \(entry.event)  \(MicroUSD(entry.amountMicroUsd)) USD  \(Terminal.harmless(entry.label))  "
                    + "\(entry.provider)  \(entry.intent)\(note)")
        }
        if answer.entries.isEmpty { print("nothing was bought") }
        for total in answer.totals {
            let cap = total.hasCapMicroUsd ? ", cap \(MicroUSD(total.capMicroUsd)) USD" : ""
            print(
                "\(total.scope): \(MicroUSD(total.spentMicroUsd)) USD spent, "
                    + "\(MicroUSD(total.reservedMicroUsd)) USD reserved\(cap)")
        }
    }
}

struct Gates: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the limits on each service's account, or sets one's.",
        discussion: "snowflake gates metered --concurrency 8 --per-minute 60 --spend 40\n"
            + "snowflake gates metered@studio-b/metered-lite --per-day 500")
    @Argument(help: "The gate whose limits are to be set.") var gate: String?
    @Option(help: "The most attempts at once.") var concurrency: Int?
    @Option(help: "The most calls a minute, or none.") var perMinute: String?
    @Option(help: "The most calls a UTC day, or none.") var perDay: String?
    @Option(help: "The most to spend through it in US dollars, or none.") var spend: String?
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let limits = try asked()
        if let gate {
            guard !limits.isEmpty else {
                throw Failure(.usage, "say what of \(gate) is to change, like --per-minute 60")
            }
            try await act(cluster) { call in
                (call.verb, call.subject, call.text) = ("gate", gate, limits.joined(separator: " "))
            }
            return
        }
        guard limits.isEmpty else { throw Failure(.usage, "say which gate: snowflake gates NAME --per-minute 60") }
        let client = try await Client(cluster.token())
        let answer = try await client.ask { $0.gates = .init() }.gates
        await client.close()
        guard !json else {
            print(try answer.jsonString(options: .stable))
            return
        }
        if answer.gates.isEmpty { print("no gates") }
        for gate in answer.gates { print(Self.line(gate)) }
    }

    private func asked() throws -> [String] {
        var limits: [String] = []
        if let concurrency { limits.append("concurrency=\(concurrency)") }
        if let perMinute { limits.append("per-minute=\(perMinute)") }
        if let perDay { limits.append("per-day=\(perDay)") }
        if let spend {
            if spend == "none" {
                limits.append("spend=none")
            } else if let dollars = Double(spend), (0..<1e6).contains(dollars) {
                limits.append("spend=\(Int64((dollars * 1e6).rounded()))")
            } else {
                throw Failure(.usage, "--spend \(spend): write US dollars, like 12.50, or none")
            }
        }
        return limits
    }

    private static func line(_ gate: GateStatus) -> String {
        var parts = ["\(gate.inUse) of \(gate.concurrency) in use, \(gate.waiting) waiting"]
        if gate.minuteLimit > 0 { parts.append("\(gate.minuteUsed) of \(gate.minuteLimit) calls this minute") }
        if gate.dayLimit > 0 { parts.append("\(gate.dayUsed) of \(gate.dayLimit) calls today") }
        let limit = gate.hasSpendLimitMicroUsd ? " of \(MicroUSD(gate.spendLimitMicroUsd))" : ""
        if gate.spentMicroUsd > 0 || !limit.isEmpty {
            parts.append("\(MicroUSD(gate.spentMicroUsd))\(limit) USD spent and reserved")
        }
        if gate.putOff > 0 { parts.append("put off \(gate.putOff) times") }
        if gate.breaker != "closed" { parts.append("breaker \(gate.breaker)") }
        if !gate.reason.isEmpty { parts.append(Terminal.harmless(gate.reason)) }
        return "\(gate.id): \(parts.joined(separator: "; "))"
    }
}
