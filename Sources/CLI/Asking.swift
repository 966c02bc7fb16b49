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
        @OptionGroup var cluster: ClusterOptions

        func run() async throws {
            let client = try await Client(cluster.token())
            let answer = try await client.ask {
                $0.tokenCreate = .with {
                    $0.role = role
                    $0.address = address
                    $0.label = label
                }
            }
            await client.close()
            print(answer.token.token)
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
                print(
                    "\(token.tokenID)  \(token.role)\(token.revoked ? "  revoked" : "")  \(Terminal.harmless(token.label))"
                )
            }
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
