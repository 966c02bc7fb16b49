import Film
import Foundation
import Objects
import Planning
import Protocol
import SwiftProtobuf

/// One job of a project on a cluster, from submission to the files in a folder.
struct JobRun {
    let client: Client
    let project: ProjectFolder
    /// Folders of this machine whose disks the work needs.
    var disks: [URL] = []

    struct Summary: Encodable {
        let version = 1
        let job: String
        let film: String
        let seconds: Double
        let frames: Int
        let bytes: Int64
        let shots: Int
        let tasksRun: Int
        let missing: [String]
    }

    /// Submits, and gives the job's id with how many tasks it runs.
    /// - Parameter isUrgent: goes before other jobs.
    func submit(isUrgent: Bool = false) async throws -> (job: String, tasks: Int) {
        let objects = try await store()
        let film: Digest
        do {
            try await MusicFolder.handIn(project, to: objects)
            try await BoughtTakes.handIn(project, to: objects)
            film = try await objects.put(FilmProject.blob(files: project.files)).digest
        } catch {
            throw Failure(.lacking, "the film cannot be stored: \(error)")
        }
        let answer = try await client.ask(patience: .seconds(60)) {
            $0.submit = .with {
                $0.film = film.data
                $0.settings = project.profile.settings.canonical
                $0.name = project.film.title + (project.profile.absent == nil ? "" : " (as it is)")
                $0.priority = isUrgent ? Self.urgent : 0
            }
        }.submit
        for note in answer.notes { Terminal.error("note: \(Terminal.harmless(note))") }
        return (answer.job, Int(answer.tasks))
    }

    private static let urgent: Int32 = 50

    /// The cluster's store, as this machine reaches it.
    func store() async throws -> Depot { try await client.store() }

    /// Watches a job until it has ended, and the one that takes its place when another take is asked for.
    /// - Returns: the job that ended.
    func wait(for job: String, quiet: Bool = false) async throws -> String {
        let bar = ProgressBar(isQuiet: quiet)
        defer { bar.end() }
        var job = job
        var capped = 0
        while true {
            let answer = try await look(at: job)
            guard let status = answer.jobs.first else { throw Failure(.ours, "job \(job) is not known any more") }
            bar.show(status)
            guard status.successor.isEmpty else {
                if !quiet {
                    Terminal.error("job \(status.successor) takes the place of \(job): another take was asked for")
                }
                job = status.successor
                continue
            }
            if status.state != "running", status.state != "paused" { return job }
            try checkDisk(status)
            capped = try checkCap(status, looks: capped)
            // A person watches: four looks a second are plenty.
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    /// Work that waits for space on a disk of this machine waits for a person: the render ends, and can go on later.
    private func checkDisk(_ status: JobStatus) throws(Failure) {
        guard let fault = status.faults.first(where: { $0.failureClass == FailureClass.scarce.rawValue }) else {
            return
        }
        for folder in disks {
            var info = statvfs()
            guard statvfs(folder.path, &info) == 0 else { continue }
            let free = UInt64(info.f_bavail) * UInt64(info.f_frsize)
            guard free < Self.leastFreeBytes else { continue }
            throw Failure(
                .lacking,
                "the disk of \(folder.path) is full (\(free / 1_000_000) MB free): \(fault.label): \(fault.message). "
                    + "What was made is kept; free some space and render again")
        }
    }

    /// When a cap alone keeps the job from going on, waiting is over.
    private func checkCap(_ status: JobStatus, looks: Int) throws(Failure) -> Int {
        guard let fault = status.faults.first(where: { $0.failureClass == "cap" }), status.running == 0 else {
            return 0
        }
        guard looks >= 4 else { return looks + 1 }
        throw Failure(
            .refusedByCap,
            "\(fault.label): \(fault.message). What was made is kept; raise the cap and render again")
    }

    /// Less than this is full: no clip fits.
    private static let leastFreeBytes: UInt64 = 16 << 20

    /// Asks how a job is getting on; a coordinator that is being started again is given time.
    private func look(at job: String) async throws -> StatusAnswer {
        let deadline = ContinuousClock.now + .seconds(60)
        while true {
            do {
                return try await client.ask(patience: .seconds(5)) { $0.status = .with { $0.job = job } }.status
            } catch let failure as Failure where failure.code == .notReachable && ContinuousClock.now < deadline {
                try Task.checkCancellation()
            }
        }
    }

    /// Writes what the job made into the project.
    func publish(_ job: String, into folder: URL, verifies: Bool = false) async throws -> Publisher.Outcome {
        let answer = try await client.ask(patience: .seconds(60)) { $0.results = .with { $0.job = job } }.results
        let store = try await store()
        var film = project.film
        // A job that took another's place has other takes in it.
        if let digest = Digest(bytes: answer.film), digest != Digest(of: FilmProject.blob(files: project.files)),
            let other = FilmProject.read(files: try FilmProject.files(blob: try await store.data(of: digest))).project
        {
            film = other
        }
        return try await Publisher.publish(
            from: store, into: folder, plan: FilmPlan(film, project.profile), results: answer.nodes, verifies: verifies)
    }

    /// Says how it ended; throws when shots are missing.
    static func conclude(
        _ outcome: Publisher.Outcome, job: String, tasksRun: Int, project: FilmProject, fps: FrameRate, json: Bool
    ) throws(Failure) {
        guard let film = outcome.film else {
            throw Failure(.missingShots, "the film could not be made; `snowflake why film` says why")
        }
        let seconds = fps.seconds(outcome.frames)
        let summary = Summary(
            job: job, film: film.path, seconds: seconds, frames: outcome.frames, bytes: outcome.filmBytes,
            shots: project.shots.count, tasksRun: tasksRun, missing: outcome.missing)
        if json {
            Terminal.printJSON(summary)
        } else {
            print(
                "\(film.path)  \(Self.clock(seconds))  \(String(format: "%.1f", Double(outcome.filmBytes) / 1e6)) MB  "
                    + "\(project.shots.count) shots  \(tasksRun) tasks run")
        }
        if outcome.isProvisional || !outcome.missing.isEmpty {
            let names = outcome.missing.prefix(10).joined(separator: ", ")
            throw Failure(
                .missingShots,
                "\(outcome.missing.count) results are missing (\(names)); slates or silence stand in their places. "
                    + "`snowflake why SHOT` says why; render again to try again")
        }
    }

    static func clock(_ seconds: Double) -> String {
        let whole = Int(seconds.rounded())
        return "\(whole / 60):\(whole % 60 < 10 ? "0" : "")\(whole % 60)"
    }
}

/// How a job is getting on: one line that is redrawn on a terminal, plain lines otherwise.
final class ProgressBar {
    private let isQuiet: Bool
    private let isInteractive = Terminal.isInteractive
    private var lastLine = ""
    private var lastTenth = -1
    /// What went wrong is told once, and the first of many only: `snowflake status` has all of it.
    private var told: Set<String> = []
    private static let tellLimit = 8

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func show(_ status: JobStatus) {
        guard !isQuiet else { return }
        tell(status.faults)
        let (done, total) = status.counts
        guard total > 0 else { return }
        let share = Double(done) / Double(total)
        let film =
            "\(JobRun.clock(Double(status.filmMillisecondsDone) / 1_000)) of \(JobRun.clock(Double(status.filmMilliseconds) / 1_000)) film"
        let eta =
            status.state == "running" ? "about \(Span.milliseconds(status.remainingMilliseconds)) left" : status.state
        let failed = status.failed > 0 ? "  \(status.failed) failed" : ""
        if isInteractive {
            let width = 24
            let filled = Int(share * Double(width))
            let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
            let line =
                "\(bar) \(Int(share * 100)) %  \(done)/\(total) tasks  \(status.running) running\(failed)  \(film)  \(eta)"
            guard line != lastLine else { return }
            lastLine = line
            Terminal.raw("\r\u{1B}[K\(line)")
        } else {
            let tenth = Int(share * 10)
            guard tenth != lastTenth else { return }
            lastTenth = tenth
            Terminal.error("\(Int(share * 100)) %  \(done)/\(total) tasks\(failed)  \(film)  \(eta)")
        }
    }

    private func tell(_ faults: [TaskFault]) {
        for fault in faults where told.count < Self.tellLimit && told.insert(fault.message).inserted {
            if isInteractive { Terminal.raw("\r\u{1B}[K") }
            Terminal.error("\(fault.label): \(Terminal.harmless(fault.message))")
            lastLine = ""
        }
    }

    func end() { if isInteractive, !lastLine.isEmpty { Terminal.raw("\n") } }
}
