import ArgumentParser
import Foundation
import Protocol
import SwiftProtobuf

/// Sends one operator's act and prints what came of it.
func act(_ cluster: ClusterOptions, _ fill: (inout ActCall) -> Void) async throws {
    var call = ActCall()
    fill(&call)
    let client = try await Client(cluster.token())
    do {
        let answer = try await client.ask { $0.act = call }.act
        await client.close()
        for line in answer.lines { print(Terminal.harmless(line)) }
    } catch {
        await client.close()
        throw error
    }
}

struct JobActOptions: ParsableArguments {
    @Argument(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions
}

struct Pause: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Holds a job's work; what runs ends first.")
    @OptionGroup var options: JobActOptions

    func run() async throws {
        try await act(options.cluster) { ($0.verb, $0.job) = ("pause", options.job) }
    }
}

struct Resume: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Lets a paused job go on.")
    @OptionGroup var options: JobActOptions

    func run() async throws {
        try await act(options.cluster) { ($0.verb, $0.job) = ("resume", options.job) }
    }
}

struct Cancel: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends a job early; what it has bought is still fetched.")
    @OptionGroup var options: JobActOptions

    func run() async throws {
        try await act(options.cluster) { ($0.verb, $0.job) = ("cancel", options.job) }
    }
}

struct Retry: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Tries failed work again; buys nothing that may have been bought.")
    @Argument(help: "A shot, scene or task; everything that failed when not said.") var subject = ""
    @Option(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        try await act(cluster) { ($0.verb, $0.subject, $0.job) = ("retry", subject, job) }
    }
}

struct Drain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Gives a worker no new work.")
    @Argument(help: "The worker's id or name.") var worker: String
    @Flag(help: "What it runs goes elsewhere at once, unless it is bought.") var now = false
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        try await act(cluster) { ($0.verb, $0.subject, $0.value) = ("drain", worker, now ? 1 : 0) }
    }
}

struct Priority: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Changes a job's priority: higher goes first.")
    @Argument(help: "-1000 to 1000; jobs start with 0.") var priority: Int
    @Argument(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        try await act(cluster) { ($0.verb, $0.job, $0.value) = ("priority", job, Int64(clamping: priority)) }
    }
}

struct Cap: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Caps what a job, a provider or a day may cost.")
    @Argument(help: "job, day, or a provider's name.") var scope: String
    @Argument(help: "US dollars, or none.") var amount: String
    @Option(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let value: Int64
        if amount == "none" {
            value = -1
        } else if let dollars = Double(amount), (0..<1e6).contains(dollars) {
            value = Int64((dollars * 1e6).rounded())
        } else {
            throw Failure(.usage, "\(amount): write US dollars, like 12.50, or none")
        }
        try await act(cluster) { ($0.verb, $0.subject, $0.job, $0.value) = ("cap", scope, job, value) }
    }
}

struct Reconcile: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what became of a purchase nobody knows about.",
        discussion: "Look it up at the provider by the reference that `snowflake ledger` shows.")
    @Argument(help: "The task, like s001_003/animate.") var task: String
    @Option(help: "It was billed, with nothing to fetch: US dollars.") var billed: Double?
    @Flag(help: "It was not billed: it may be bought again.") var notBilled = false
    @Option(help: "The provider's name for it: it is fetched.") var operation: String?
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let said = [billed != nil, notBilled, operation != nil].count { $0 }
        guard said == 1 else { throw Failure(.usage, "say one of --billed USD, --not-billed, --operation NAME") }
        if let billed, !(0..<1e6).contains(billed) {
            throw Failure(.usage, "--billed \(billed): US dollars, 0 or more")
        }
        try await act(cluster) { call in
            call.verb = "reconcile"
            call.subject = task
            call.value = Int64(((billed ?? 0) * 1e6).rounded())
            call.text = billed != nil ? "billed" : notBilled ? "not-billed" : "operation:\(operation ?? "")"
        }
    }
}
