internal import Film
package import Foundation
internal import Objects
package import Planning
internal import Protocol
internal import Scheduling
internal import Store

/// Plans submitted films: reads the canonical blob, plans with the same pure code as every client.
package enum FilmJobs {
    /// The planner of a real cluster: films, and synthetic jobs for measurements.
    package static let planner: JobPlanner = { call, objects throws(PlanRefusal) in
        guard !call.hasSynthetic else { return try SyntheticPlanner.plan(call.synthetic, name: call.name) }
        guard let digest = Digest(bytes: call.film) else { throw PlanRefusal("the submission names no film") }
        let blob: Data
        let profile: Profile
        do {
            blob = try await objects.data(of: digest)
            profile = try Profile(settings: Fields(canonical: call.settings))
        } catch {
            throw PlanRefusal("the film or its settings cannot be read: \(error)")
        }
        let plan = try plan(blob: blob, profile)
        try refuseImpossible(plan)
        let given = plan.nodes.filter { $0.spec.backend == BackendChoice.given.backend }
        let held: Set<TaskKey>
        do { held = try await objects.held(of: given.map(\.spec.key)) } catch { throw PlanRefusal("\(error)") }
        for node in given where !held.contains(node.spec.key) {
            throw PlanRefusal(
                "\(node.name) was handed in from another machine, and this store does not have it; submit the film "
                    + (node.spec.kind == .music
                        ? "from the folder that holds its music"
                        : "to the cluster whose store has that take, or ask for another with `snowflake redo`"))
        }
        return PlannedJob(
            name: call.name.isEmpty ? plan.film.title : call.name, priority: Int(call.priority), budget: profile.budget,
            nodes: plan.nodes, gates: gates(plan), document: .init(film: call.film, settings: call.settings),
            notes: plan.notes)
    }

    /// How many calls of one account run at once until somebody says otherwise.
    static let concurrency = 4

    private static func gates(_ plan: FilmPlan) -> [GateRecord] {
        Set(plan.nodes.compactMap(\.spec.gate)).sorted().map { id in
            let asked = plan.profile.limits(of: id)
            return GateRecord(
                id: id,
                limits: GateLimits(
                    concurrency: asked?.concurrency ?? concurrency, perMinute: asked?.perMinute, perDay: asked?.perDay,
                    spend: asked?.spend))
        }
    }

    /// What no worker of this release can ever do, and what has no price, is refused before anything runs.
    private static func refuseImpossible(_ plan: FilmPlan) throws(PlanRefusal) {
        for node in plan.nodes {
            let spec = node.spec
            guard Prices.kinds(of: spec.backend).contains(spec.kind) else {
                throw PlanRefusal(
                    "no worker can ever do \(node.name): this release has no \(spec.kind.rawValue) by \"\(spec.backend)\"; "
                        + "choose another backend in the profile")
            }
            try refuseVoiceless(node)
            guard BackendChoice(spec.backend).isFree || spec.priceCeiling > .zero || !spec.terms.isEmpty else {
                throw PlanRefusal("nobody knows what \(node.name) by \(spec.backend) costs; give its price in `prices`")
            }
        }
    }

    /// Services without a voice of their own for everybody.
    private static let voiced: Set<String> = ["elevenlabs"]

    private static func refuseVoiceless(_ node: JobNode) throws(PlanRefusal) {
        let spec = node.spec
        guard spec.kind == .dialogue, voiced.contains(spec.backend), (try? spec.shaping.text("voice")) ?? "" == "",
            let speaker = try? spec.parameters.text("speaker")
        else { return }
        let who = speaker.isEmpty ? "_default" : speaker
        throw PlanRefusal(
            "\(who) has no voice at \(spec.backend) (\(node.name)): write its id into voice_map.json, "
                + "\"\(who)\": {\"voice_id\": …, \"\(spec.backend)\": \"ID\"}, or one for everybody under \"_default\"")
    }

    /// A film's plan from its blob.
    package static func plan(blob: Data, _ profile: Profile) throws(PlanRefusal) -> FilmPlan {
        let files: [String: Data]
        do throws(FieldsError) {
            files = try FilmProject.files(blob: blob)
        } catch {
            throw PlanRefusal("the film's blob is malformed: \(error)")
        }
        let (film, faults) = FilmProject.read(files: files)
        guard let film else {
            let errors = faults.filter { $0.weight == .error }.map(\.description)
            throw PlanRefusal("the film cannot be rendered:\n" + errors.joined(separator: "\n"))
        }
        return FilmPlan(film, profile)
    }
}
