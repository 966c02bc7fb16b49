import ArgumentParser
import Foundation
import Protocol
import SwiftProtobuf

struct Scale: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows the machines that are started for the work, and sets their bounds or a deadline.")

    @Argument(help: "The pool whose bounds are set.") var pool: String?
    @Option(help: "The fewest machines of the pool.") var min: Int?
    @Option(help: "The most machines of the pool.") var max: Int?
    @Option(help: "When everything is to be done: 2026-12-24T18:00:00Z, +8h, or none.") var deadline: String?
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        guard pool != nil || (min == nil && max == nil) else {
            throw Failure(.usage, "say which pool: snowflake scale POOL --max 8")
        }
        guard pool == nil || min != nil || max != nil else {
            throw Failure(.usage, "say --min or --max for \(pool ?? "")")
        }
        for (name, bound) in [("--min", min), ("--max", max)] {
            if let bound, !(0...10_000).contains(bound) { throw Failure(.usage, "\(name) \(bound): 0 to 10000") }
        }
        let end = try deadline.map(Self.instant) ?? 0
        let client = try await Client(cluster.token())
        let answer = try await client.ask {
            $0.scale = .with {
                $0.pool = pool ?? ""
                $0.least = Int32(min ?? -1)
                $0.most = Int32(max ?? -1)
                $0.deadline = end
            }
        }.scale
        await client.close()
        guard !json else {
            print(try answer.jsonString(options: .stable))
            return
        }
        if answer.deadline > 0 {
            print(
                "deadline \(ISO8601DateFormatter().string(from: Date(timeIntervalSince1970: Double(answer.deadline) / 1_000)))"
            )
        }
        for pool in answer.pools { Self.show(pool) }
    }

    private static func show(_ pool: PoolStatus) {
        let price = pool.priceMicroUsdPerHour > 0 ? "  \(MicroUSD(pool.priceMicroUsdPerHour)) USD/h each" : ""
        print(
            "\(pool.name)  \(pool.launcher)  \(pool.running) running, \(pool.starting) starting, \(pool.wanted) wanted "
                + "(\(pool.least) to \(pool.most))\(price)")
        print("  \(Terminal.harmless(pool.reason))")
        guard !pool.fault.isEmpty else { return }
        let until = Date(timeIntervalSince1970: Double(pool.pausedUntil) / 1_000)
        let pause = until > Date() ? "; nothing is started until \(ISO8601DateFormatter().string(from: until))" : ""
        print("  fault: \(Terminal.harmless(pool.fault))\(pause)")
    }

    /// Milliseconds since 1970 of a time as typed; -1 for none.
    static func instant(_ text: String) throws(Failure) -> Int64 {
        if text == "none" { return -1 }
        if text.hasPrefix("+") {
            return Int64(Date().timeIntervalSince1970 * 1_000) + (try Token.Create.seconds(String(text.dropFirst())))
                * 1_000
        }
        guard let date = ISO8601DateFormatter().date(from: text) else {
            throw Failure(.usage, "--deadline \(text): write 2026-12-24T18:00:00Z, +8h or none")
        }
        return Int64(date.timeIntervalSince1970 * 1_000)
    }
}

struct Trace: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a job's attempts as a trace for ui.perfetto.dev or chrome://tracing: a row per worker slot.")

    @Argument(help: "The job; - for the newest.") var job = "-"
    @Option(name: .shortAndLong, help: "The file; standard output when not said.") var output: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let client = try await Client(cluster.token())
        let answer = try await client.ask(patience: .seconds(60)) {
            $0.trace = .with { $0.job = job == "-" ? "" : job }
        }
        await client.close()
        guard let output else {
            print(answer.trace.json)
            return
        }
        do {
            try Data(answer.trace.json.utf8).write(to: Folders.folder(output), options: .atomic)
        } catch {
            throw Failure(.lacking, "\(output) cannot be written: \(error.localizedDescription)")
        }
    }
}
