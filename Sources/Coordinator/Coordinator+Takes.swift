internal import Film
internal import Foundation
internal import HashTreeCollections
internal import Objects
internal import Planning
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf

/// What people decide about takes while a job runs: what waits for them, and what is to be made again.
extension Coordinator {
    /// A job that takes another's place: its own, with another take of something.
    struct Revision: Sendable {
        let old: JobID
        let subject: String
        let words: String
    }

    /// `all`, `stills`, a scene (`scene_003`: its stills, and what waits for it), or what is named.
    func approvalEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        guard let job = job(named: call.job) else { throw Refused(noJob(call.job)) }
        let missing = job.missingApprovals
        guard !missing.isEmpty else { throw Refused("nothing of job \(job.id) waits for approval", code: "state") }
        let subject = call.subject
        let chosen = missing.filter { name in
            switch subject {
            case "", "all": return true
            case "stills": return name.hasPrefix("s") && !name.hasPrefix("scene_")
            default:
                if name == subject || name == "to_\(subject)" { return true }
                return subject.hasPrefix("scene_") && name.hasPrefix("s\(subject.dropFirst(6))_")
            }
        }
        guard !chosen.isEmpty else {
            throw Refused(
                "\"\(subject)\" waits for no approval; what does: \(missing.sorted().prefix(8).joined(separator: ", "))"
            )
        }
        return ([.approved(job.id, chosen)], ["approved: \(chosen.sorted().prefix(12).joined(separator: ", "))"])
    }

    /// Plans the job again with another take of a shot; the new job takes the old one's place, and nothing that is the same
    /// is made again.
    func revise(_ call: ActCall, _ caller: Caller) async throws(StoreError) {
        guard let job = job(named: call.job), let document = try store.document(of: job.id),
            let film = Digest(bytes: document.film)
        else {
            return await reply(to: caller, code: "unknown", noJob(call.job))
        }
        let shots = Set(job.nodes.filter { $0.shot > 0 }.map { String($0.name.prefix { $0 != "/" }.prefix(8)) })
        guard shots.contains(call.subject) else {
            return await reply(to: caller, code: "unknown", "job \(job.id) has no shot \"\(call.subject)\"")
        }
        let asked: RedoWords
        do throws(Refused) { asked = try RedoWords(call) } catch {
            return await reply(to: caller, code: error.code, error.reason)
        }
        // What waits for a person's look is the still; else it is the clip.
        let waits = job.held.values.contains { $0.contains(call.subject) }
        let kind = asked.kind ?? (waits ? .compose : .animate)
        let slot = Takes.Slot(call.subject, kind)
        let revision = Revision(
            old: job.id, subject: call.subject,
            words: "another \(kind == .compose ? "still" : "clip") of \(call.subject)")
        replan(job, document, film, revision, replyTo: caller) { selection in
            var choice = selection.choices[slot] ?? Selection.Choice()
            choice.seed = asked.seed ?? choice.seed + 1
            if !asked.prompt.isEmpty { choice.prompt = asked.prompt }
            if !asked.backend.isEmpty { (choice.backend, choice.model) = (asked.backend, asked.model) }
            (choice.bought, choice.approved, choice.reason) = (nil, "", asked.reason)
            (choice.skip, choice.end) = (0, 0)
            selection.choices[slot] = choice
        }
    }

    /// The new job is in: the old one ends, and what was approved stays approved.
    func conclude(_ revision: Revision, as new: JobID) -> String {
        var events: [Event] = []
        if let old = cluster.jobs[revision.old] {
            let kept = old.approved.subtracting([revision.subject])
            if !kept.isEmpty { events.append(.approved(new, kept)) }
            if old.standing == .running { events.append(.jobCancelled(old.id)) }
        }
        if !events.isEmpty { inlet.yield(.events(events)) }
        // Whoever waits for the old one goes on with the new one, after a restart as well.
        try? store.setMeta("successor \(revision.old)", new.rawValue)
        return "\(revision.words) is made by job \(new), in the place of \(revision.old)"
    }
}

/// What is asked of another take: `seed=7 backend=flux/dev kind=compose prompt=a rainy street`; for a rejection the text is
/// its reason.
struct RedoWords: Sendable {
    var seed: Int?
    var prompt = ""
    var backend = ""
    var model = ""
    var kind: TaskKind?
    var reason = ""

    init(_ call: ActCall) throws(Coordinator.Refused) {
        guard call.verb == "redo" else {
            reason = String(call.text.prefix(500))
            guard !reason.isEmpty else { throw .init("say why it is rejected", code: "usage") }
            return
        }
        var rest = Substring(call.text)
        while let match = rest.prefixMatch(of: /\s*(seed|backend|kind|prompt)=/) {
            rest = rest[match.range.upperBound...]
            // A prompt is all that follows.
            let value = match.1 == "prompt" ? rest : rest.prefix { !$0.isWhitespace }
            rest = rest[value.endIndex...]
            switch match.1 {
            case "seed":
                guard let number = Int(value), (0...1_000_000_000).contains(number) else {
                    throw .init("seed is 0 to 1000000000, not \(value)", code: "usage")
                }
                seed = number
            case "kind":
                kind = value == "still" ? .compose : value == "clip" ? .animate : TaskKind(rawValue: String(value))
                guard kind == .compose || kind == .animate else {
                    throw .init("kind is still or clip, not \(value)", code: "usage")
                }
            case "backend":
                let parts = value.split(separator: "/", maxSplits: 1).map(String.init)
                (backend, model) = (parts.first ?? "", parts.count > 1 ? parts[1] : "")
            default: prompt = String(value.prefix(8_000))
            }
        }
        guard rest.allSatisfy(\.isWhitespace) else {
            throw .init("\"\(rest)\": write seed=7, backend=NAME/MODEL, kind=still, and prompt=… last", code: "usage")
        }
    }
}
