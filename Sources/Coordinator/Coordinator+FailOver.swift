internal import Film
internal import Foundation
internal import HashTreeCollections
internal import Logging
internal import Objects
internal import Planning
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf

/// What a backend has surely refused, or cannot make, is asked of the next one of the profile's list: the job is planned again
/// with that choice, and the new one takes its place, as when a person asks for another take.
extension Coordinator {
    /// Jobs in which something has failed with a decision, and which are not being planned again already.
    func failOver(after decision: Decision) throws(StoreError) {
        var jobs: Set<JobID> = []
        for key in decision.tasks {
            guard let record = cluster.tasks[key], Self.isRefused(record) else { continue }
            jobs.formUnion(record.jobs)
        }
        for job in jobs.sorted() {
            try failOver(job, hasJustSettled: decision.effects.contains(.settled(job)))
        }
    }

    private static func isRefused(_ record: TaskRecord) -> Bool {
        guard case .failed(let failure) = record.phase else { return false }
        return FailOver.asksNext(
            failure.failureClass, isOwn: failure.upstream == nil, isOpen: record.purchase != nil)
    }

    func failOver(_ id: JobID, hasJustSettled: Bool = false) throws(StoreError) {
        guard let job = cluster.jobs[id], !isRevised(id),
            job.standing == .running || hasJustSettled && job.standing == .settled,
            let document = try store.document(of: id), let film = Digest(bytes: document.film),
            let profile = try? Profile(settings: Fields(canonical: document.settings)), !profile.substitutes.isEmpty
        else { return }
        var moves: [Takes.Slot: BackendChoice] = [:]
        var words: [String] = []
        for node in job.nodes {
            guard let record = cluster.tasks[node.key], Self.isRefused(record),
                case .failed(let failure) = record.phase
            else { continue }
            let spec = record.spec
            let choice = BackendChoice(spec.backend, model: spec.model, account: spec.account)
            guard let next = profile.next(after: choice, of: spec.kind, scene: node.scene) else { continue }
            let slot = FailOver.slot(of: node.name, spec.kind)
            guard moves.updateValue(next, forKey: slot) == nil else { continue }
            words.append(
                "\(node.name): \(choice.name) gave none (\(failure.message.prefix(120))), \(next.name) is asked")
        }
        guard !moves.isEmpty else { return }
        log.info("fail-over", metadata: ["job": .string(id.rawValue), "text": .string(words.joined(separator: "; "))])
        let asked = moves
        replan(
            job, document, film, Revision(old: id, subject: "", words: words.joined(separator: "\n")),
            replyTo: Caller(peer: InstanceID("here"), request: 0, here: { _ in })
        ) { selection in
            for (slot, next) in asked {
                var choice = selection.choices[slot] ?? Selection.Choice()
                (choice.backend, choice.model, choice.account) = (next.backend, next.model, next.account)
                choice.bought = nil
                selection.choices[slot] = choice
            }
        }
    }

    /// Whether another job is being planned that takes this one's place.
    func isRevised(_ job: JobID) -> Bool { revisions.values.contains { $0.old == job } }

    /// Plans a job again with something else in its selection; what the plan is told to is in `revision`.
    func replan(
        _ job: JobRecord, _ document: ClusterStore.JobDocument, _ film: Digest, _ revision: Revision,
        replyTo caller: Caller, _ change: @escaping @Sendable (inout Selection) -> Void
    ) {
        var generator = SystemRandomNumberGenerator()
        let id = JobID.random("j-", using: &generator)
        revisions[id] = revision
        let submission = SubmitCall.with {
            $0.settings = document.settings
            $0.name = job.name
            $0.priority = Int32(clamping: job.priority)
        }
        // Ends with what it tells the one stream.
        Task { [planner, objects, inlet] in
            do {
                var files = try FilmProject.files(blob: try await objects.data(of: film))
                var selection = Selection()
                if let text = files[Selection.file] { selection = Selection(try JSON(text: Array(text))) }
                change(&selection)
                files[Selection.file] = Data(selection.text.utf8)
                var submission = submission
                submission.film = try await objects.put(FilmProject.blob(files: files)).digest.data
                inlet.yield(.planned(id, try await planner(submission, objects), replyTo: caller))
            } catch {
                inlet.yield(.notReplanned(id, "it cannot be planned again: \(error)", replyTo: caller))
            }
        }
    }
}
