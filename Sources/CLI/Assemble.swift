import ArgumentParser
import Film
import Foundation
import Objects
import Planning
import Protocol
import SwiftProtobuf

/// The film as it is now, at any moment of a render: what is there is shown, slates of the right length stand for the
/// rest. Makes nothing that a generator makes, and so costs nothing.
struct Assemble: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts the film together from what is there now: slates say what is missing, and why.")

    @OptionGroup var options: ProjectOptions
    @OptionGroup var cluster: ClusterOptions
    @Option(help: "The store of results: file:///an/absolute/folder.") var store: String?

    func run() async throws {
        let opened = try options.open()
        try opened.checkWritable()
        let project = try await opened.ready()
        guard cluster.to == nil, ProcessInfo.processInfo.environment["SNOWFLAKE_TO"] == nil else {
            let client = try await Client(cluster.token())
            try await assemble(project, client) {}
            return await client.close()
        }
        let house = LocalHouse(
            state: cluster.state.map(Folders.folder) ?? Folders.state, store: store,
            mediaWorkers: ProcessInfo.processInfo.activeProcessorCount, needsServices: false)
        try await house.with { client in try await assemble(project, client) { try await house.startWorkers() } }
    }

    private func assemble(
        _ whole: ProjectFolder, _ client: Client, startWorkers: () async throws -> Void
    ) async throws {
        var project = whole
        let plan = FilmPlan(whole.film, whole.profile)
        let objects = try await JobRun(client: client, project: whole).store()
        project.profile.absent = try await absent(plan, objects, client)
        let run = JobRun(client: client, project: project)
        let (job, tasks) = try await run.submit(isUrgent: true)
        if tasks > 0 {
            try await startWorkers()
            _ = try await run.wait(for: job, quiet: options.json)
        }
        let answer = try await client.ask(patience: .seconds(60)) { $0.results = .with { $0.job = job } }.results
        let outcome = try await Publisher.publish(
            from: objects, into: project.url, plan: FilmPlan(project.film, project.profile), results: answer.nodes,
            isDraft: true)
        try tell(outcome, project, job: job, tasks: tasks)
    }

    /// What generators have not made, and why.
    private func absent(_ plan: FilmPlan, _ objects: Depot, _ client: Client) async throws -> [String: String] {
        let job = try? await client.ask { $0.results = .with { $0.job = "" } }.results
        var known: [Data: NodeResult] = [:]
        for node in job?.nodes ?? [] { known[node.key] = node }
        var absent: [String: String] = [:]
        let nodes = plan.nodes.filter { FilmPlan.takeKinds.contains($0.spec.kind) }
        let held = try await objects.held(of: nodes.map(\.spec.key))
        for node in nodes where !held.contains(node.spec.key) {
            guard node.spec.kind == .animate, let asked = known[node.spec.key.data] else {
                absent[node.name] = "not made yet\nno render has asked for it"
                continue
            }
            if !asked.fault.isEmpty {
                absent[node.name] = "failed\n" + asked.fault
            } else {
                let why = try? await client.ask { $0.why = .with { $0.subject = node.name } }.why.lines.first
                absent[node.name] = "waiting\n" + (why?.drop { $0 != ":" }.dropFirst(2) ?? "")
            }
        }
        return absent
    }

    private struct Summary: Encodable {
        let version = 1
        let job: String
        let film: String
        let frames: Int
        let seconds: Double
        let missing: [String]
    }

    private func tell(_ outcome: Publisher.Outcome, _ project: ProjectFolder, job: String, tasks: Int) throws(Failure) {
        guard let film = outcome.film else {
            throw Failure(.missingShots, "the film could not be put together; `snowflake why film` says why")
        }
        let seconds = project.profile.fps.seconds(outcome.frames)
        if options.json {
            Terminal.printJSON(
                Summary(
                    job: job, film: film.path, frames: outcome.frames, seconds: seconds, missing: outcome.missing))
        } else {
            let count = project.film.shots.count
            print(
                "\(film.path)  \(JobRun.clock(seconds))  \(count - outcome.missing.count) of \(count) shots  "
                    + "\(tasks) tasks run")
        }
    }
}
