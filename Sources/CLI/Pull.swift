import ArgumentParser
import Coordinator
import Film
import Foundation
import Objects
import Planning
import Protocol
import SwiftProtobuf

struct Pull: AsyncParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Writes what a job made into a folder.")

    @Argument(help: "The job; - for the newest.") var job: String
    @Argument(help: "The folder; made where it is missing.") var folder: String
    @OptionGroup var cluster: ClusterOptions
    @Flag(help: "For programs.") var json = false

    func run() async throws {
        let client = try await Client(cluster.token())
        let answer = try await client.ask(patience: .seconds(60)) {
            $0.results = .with { $0.job = job == "-" ? "" : job }
        }.results
        let objects = try await client.store()
        await client.close()
        guard let digest = Digest(bytes: answer.film) else {
            throw Failure(.usage, "job \(job) has no film; only films can be pulled")
        }
        let target = Folders.folder(folder)
        do {
            let profile = try Profile(settings: Fields(canonical: answer.settings))
            let plan = try FilmJobs.plan(blob: try await objects.data(of: digest), profile)
            try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
            let outcome = try await Publisher.publish(from: objects, into: target, plan: plan, results: answer.nodes)
            if answer.state == "running" { Terminal.error("the job is still running: this is what is done so far") }
            try JobRun.conclude(outcome, job: job, tasksRun: 0, project: plan.film, fps: profile.fps, json: json)
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.lacking, "\(target.path): \(error)")
        }
    }
}
