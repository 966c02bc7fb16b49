import ArgumentParser
import Film
import Foundation
import Planning
import Protocol

struct Plan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows what a render would do and why; runs and spends nothing.")

    @OptionGroup var options: ProjectOptions
    @Option(help: "The store that may hold results already: file:///an/absolute/folder.") var store: String?
    @Flag(help: "Play it through in virtual time: expected finish, what it costs, what binds.") var simulate = false
    @Option(help: "For --simulate: slots of a role or kind, like animate=10; may be said again.")
    var worker: [String] = []

    struct Summary: Encodable {
        struct Kind: Encodable {
            let kind: String
            let tasks: Int
            /// Of these, how many the store holds already.
            let held: Int
            /// Expected work of those that would run.
            let seconds: Double
        }

        struct Stale: Encodable {
            let name: String
            let causes: [String]
        }

        /// Seconds of clips where services have lengths of their own.
        struct Slots: Encodable {
            let paid: Int
            let needed: Double
            /// What it would be with nothing but the model's longest clip.
            let longestOnly: Int
        }

        let version = 1
        let project: String
        let profile: String
        let shots: Int
        let scenes: Int
        let frames: Int
        let filmSeconds: Double
        let tasks: Int
        let tasksToRun: Int
        let priceUSD: String
        let expectedSeconds: Double
        let kinds: [Kind]
        let stale: [Stale]
        let slots: Slots?
        let notes: [String]
        let warnings: [String]
        let filmKey: String
        let readingMilliseconds: Double
        let planningMilliseconds: Double
        var simulation: Simulation?
    }

    func run() async throws {
        let started = ContinuousClock.now
        let project = try options.open()
        let read = ContinuousClock.now
        let plan = FilmPlan(project.film, project.profile)
        let planned = ContinuousClock.now
        let takes = try project.takes()
        guard simulate || worker.isEmpty else { throw Failure(.usage, "--worker goes with --simulate") }
        let held = try await ProjectFolder.held(of: plan, in: store)
        let toRun = plan.toMake(isHeld: held.contains)
        var summary = summary(
            project, plan, toRun: toRun, stale: plan.stale(takes),
            reading: Self.milliseconds(read - started), planning: Self.milliseconds(planned - read))
        if simulate { summary.simulation = try Simulation(plan, toRun: toRun, asked: worker) }
        if options.json { Terminal.printJSON(summary) } else { show(summary, plan, project) }
    }

    private func summary(
        _ project: ProjectFolder, _ plan: FilmPlan, toRun: [JobNode], stale: [StaleTake], reading: Double,
        planning: Double
    ) -> Summary {
        var kinds: [TaskKind: (all: Int, run: Int, work: Int64)] = [:]
        var seen: Set<TaskKey> = []
        for node in plan.nodes where seen.insert(node.spec.key).inserted {
            kinds[node.spec.kind, default: (0, 0, 0)].all += 1
        }
        var price = MicroUSD.zero
        var work: [Role: Int64] = [:]
        for node in toRun {
            let milliseconds = node.spec.expected.milliseconds
            kinds[node.spec.kind, default: (0, 0, 0)].run += 1
            kinds[node.spec.kind, default: (0, 0, 0)].work += milliseconds
            work[node.spec.kind.usualRole, default: 0] += milliseconds
            price = price + node.spec.priceCeiling
        }
        let cores = Int64(max(1, ProcessInfo.processInfo.activeProcessorCount))
        let longest = work.map { $0.key == .media ? $0.value / cores : $0.value }.max() ?? 0
        return Summary(
            project: plan.film.id, profile: plan.profile.name, shots: plan.film.shots.count,
            scenes: plan.film.scenes.count, frames: plan.timeline.frames,
            filmSeconds: plan.profile.fps.seconds(plan.timeline.frames), tasks: seen.count,
            tasksToRun: toRun.count, priceUSD: "\(price)", expectedSeconds: Double(longest) / 1_000,
            kinds: kinds.sorted { $0.key < $1.key }.map {
                Summary.Kind(
                    kind: $0.key.rawValue, tasks: $0.value.all, held: $0.value.all - $0.value.run,
                    seconds: Double($0.value.work) / 1_000)
            },
            stale: stale.map { Summary.Stale(name: $0.name, causes: $0.causes) },
            slots: plan.slotSeconds.map {
                Summary.Slots(paid: $0.paid, needed: $0.needed, longestOnly: $0.longestOnly)
            },
            notes: plan.notes,
            warnings: project.faults.map(\.description), filmKey: plan.node("film")?.spec.key.hex ?? "",
            readingMilliseconds: reading, planningMilliseconds: planning)
    }

    private func show(_ summary: Summary, _ plan: FilmPlan, _ project: ProjectFolder) {
        let profile = plan.profile
        print(
            "\(Terminal.harmless(plan.film.title)): \(summary.shots) shots in \(summary.scenes) scenes, "
                + "\(JobRun.clock(summary.filmSeconds)) (\(summary.frames) frames)")
        print("profile \(profile.name): \(profile.width)×\(profile.height), \(profile.fps) fps")
        for kind in summary.kinds {
            let run = kind.tasks - kind.held
            let work =
                run > 0 ? ", \(run) to make, about \(Span.milliseconds(Int64(kind.seconds * 1_000))) of work" : ""
            print("  \(kind.kind): \(kind.held) of \(kind.tasks) there\(work)")
        }
        let roots = summary.stale.filter { stale in stale.causes.contains { !$0.hasPrefix("input ") } }
        for stale in roots.prefix(40) {
            print("  stale: \(stale.name): \(stale.causes.joined(separator: ", ")) changed")
        }
        if roots.count > 40 { print("  … and \(roots.count - 40) more stale takes") }
        let follow = summary.stale.count - roots.count
        if follow > 0 { print("  stale because of these: \(follow) more") }
        print(
            "\(summary.tasksToRun) of \(summary.tasks) tasks to run, price \(summary.priceUSD) USD, "
                + "about \(Span.milliseconds(Int64(summary.expectedSeconds * 1_000))) on this machine")
        if let slots = summary.slots {
            print(
                "clips: \(slots.paid) s bought for \(String(format: "%.1f", slots.needed)) s shown, "
                    + "\(String(format: "%.2f", Double(slots.paid) / max(0.1, slots.needed))) times; with the model's longest "
                    + "clip alone \(String(format: "%.2f", Double(slots.longestOnly) / max(0.1, slots.needed)))")
        }
        summary.simulation?.show()
        project.reportWarnings()
        for note in plan.notes { Terminal.error("note: \(Terminal.harmless(note))") }
    }

    /// With one decimal.
    private static func milliseconds(_ duration: Duration) -> Double {
        let (seconds, attoseconds) = duration.components
        return (Double(seconds) * 1e4 + Double(attoseconds) / 1e14).rounded() / 10
    }
}
