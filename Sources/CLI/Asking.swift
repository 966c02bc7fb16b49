import ArgumentParser
import Foundation
import Protocol
import SwiftProtobuf
import Transport

struct Status: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Shows jobs and workers.")

    @OptionGroup var cluster: ClusterOptions
    @Option(help: "One job only.") var job = ""
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let answer = try await client.ask { $0.status = .with { $0.job = job } }.status
        await client.close()
        guard !json else {
            print(try answer.jsonString(options: .stable))
            return
        }
        if answer.jobs.isEmpty { print("no jobs") }
        for job in answer.jobs {
            let (done, total) = job.counts
            let left = job.state == "running" ? ", about \(Span.milliseconds(job.remainingMilliseconds)) left" : ""
            print("\(job.job)  \(Terminal.harmless(job.name))  \(job.state)  \(done) of \(total) tasks\(left)")
            for kind in job.kinds where kind.done < kind.total {
                print(
                    "    \(kind.kind): \(kind.done) of \(kind.total) done, \(kind.running) running, \(kind.failed) failed"
                )
            }
            for fault in job.faults.prefix(20) {
                print("    \(fault.label): \(fault.failureClass): \(Terminal.harmless(fault.message))")
            }
        }
        for worker in answer.workers {
            let used = Dictionary(worker.used.map { ($0.role, $0.count) }) { $1 }
            let slots = worker.slots.map { "\($0.role) \(used[$0.role] ?? 0)/\($0.count)" }.joined(separator: ", ")
            print(
                "\(worker.worker)  \(Terminal.harmless(worker.name))  \(worker.state)  \(slots)  \(worker.running.joined(separator: ", "))"
            )
            for block in worker.blocked { print("    gets no \(Terminal.harmless(block))") }
        }
        for refusal in answer.refusals.sorted(by: { $0.key < $1.key }) {
            print("refused: \(refusal.value) \(Terminal.harmless(refusal.key))")
        }
    }
}

extension JSONEncodingOptions {
    /// Field names as in the wire's description, and zeros written out.
    static var stable: JSONEncodingOptions {
        var options = JSONEncodingOptions()
        options.preserveProtoFieldNames = true
        options.alwaysPrintInt64sAsNumbers = true
        options.useDeterministicOrdering = true
        return options
    }
}

extension JobStatus {
    var counts: (done: UInt32, total: UInt32) { kinds.reduce((0, 0)) { ($0.0 + $1.done, $0.1 + $1.total) } }
    var running: UInt32 { kinds.reduce(0) { $0 + $1.running } }
    var failed: UInt32 { kinds.reduce(0) { $0 + $1.failed } }
}

struct Why: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists every reason why a shot, scene or task is not done.")

    @Argument(help: "A shot (s001_003), a scene (scene_001), a task (s001_003/animate), or film.") var subject: String
    @OptionGroup var cluster: ClusterOptions
    @Option(help: "The job; the newest when not said.") var job = ""
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let answer = try await client.ask {
            $0.why = .with {
                $0.subject = subject
                $0.job = job
            }
        }.why
        await client.close()
        if json {
            print(try answer.jsonString(options: .stable))
        } else {
            print(Terminal.harmless(answer.text))
            for line in answer.lines { print("  " + Terminal.harmless(line)) }
        }
        if answer.lines.isEmpty { throw Failure(.usage, "") }
    }
}

struct Token: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Makes, lists and revokes keys.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints one line that lets a machine or person in.")
        @Option(help: "worker, operator or viewer.") var role = "worker"
        @Option(help: "The address written into it; the coordinator's own when not said.") var address = ""
        @Option(help: "A note for people.") var label = ""
        @Option(help: "How long machines may join with it: 45m, 12h, 7d. For ever when not said.") var valid: String?
        @Option(help: "How many machines may join with it. Any number when not said.") var uses: Int?
        @Flag(help: "Print what opens the HTTPS door (Authorization: Bearer …) instead.") var bearer = false
        @OptionGroup var cluster: ClusterOptions
        @Flag(help: "For programs.") var json = false

        func run() async throws {
            let seconds = try valid.map(Self.seconds) ?? 0
            if bearer, role == "worker" {
                throw Failure(.usage, "--bearer is for viewers and operators; a worker hears its own when it joins")
            }
            if let uses, uses < 1 { throw Failure(.usage, "--uses \(uses): 1 or more") }
            let client = try await Client(cluster.token())
            let answer = try await client.ask {
                $0.tokenCreate = .with {
                    $0.validSeconds = seconds
                    $0.uses = UInt32(clamping: uses ?? 0)
                    $0.role = role
                    $0.address = address
                    $0.label = label
                }
            }
            await client.close()
            guard !json else {
                print(try answer.token.jsonString(options: .stable))
                return
            }
            print(bearer ? answer.token.ticket : answer.token.token)
        }

        /// `45m`, `12h`, `7d` in seconds.
        static func seconds(_ text: String) throws(Failure) -> Int64 {
            let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3_600, "d": 86_400]
            guard let unit = text.last.flatMap({ units[$0] }), let count = Int64(text.dropLast()),
                (1...100_000).contains(count)
            else { throw Failure(.usage, "--valid \(text): write 45m, 12h or 7d") }
            return count * unit
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists all keys.")
        @OptionGroup var cluster: ClusterOptions
        @Flag(help: "For programs.") var json = false

        func run() async throws {
            let client = try await Client(cluster.token())
            let answer = try await client.ask { $0.tokenList = .init() }.tokens
            await client.close()
            guard !json else {
                print(try answer.jsonString(options: .stable))
                return
            }
            for token in answer.tokens {
                print(Self.line(token))
            }
        }

        private static func line(_ token: TokenInfo) -> String {
            var words = [token.tokenID, token.role]
            if token.revoked { words.append("revoked") }
            if token.expiresAt > 0 {
                let end = Date(timeIntervalSince1970: Double(token.expiresAt) / 1_000)
                words.append((end < Date() ? "expired " : "until ") + ISO8601DateFormatter().string(from: end))
            }
            if token.role == "worker" {
                words.append("\(token.used)\(token.uses > 0 ? " of \(token.uses)" : "") joined")
            }
            return (words + [Terminal.harmless(token.label)]).joined(separator: "  ")
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Shuts a key out, at once.")
        @Argument(help: "The token's id, from `token list`.") var id: String
        @OptionGroup var cluster: ClusterOptions

        func run() async throws {
            let client = try await Client(cluster.token())
            _ = try await client.ask { $0.tokenRevoke = .with { $0.tokenID = id } }
            await client.close()
            print("revoked \(id)")
        }
    }
}
