internal import Foundation
import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf
internal import Transport

/// What operators do from outside, and the books they look at.
extension Coordinator {
    /// Why an act was not done.
    struct Refused: Error {
        let code: String
        let reason: String

        init(_ reason: String, code: String = "unknown") {
            self.code = code
            self.reason = reason
        }
    }

    func act(_ call: ActCall, _ caller: Caller) async throws(StoreError) {
        switch call.verb {
        case "backup": return backUp(call.text, caller)
        case "redo", "reject": return try await revise(call, caller)
        case "retire":
            await reply(to: caller) { body in body.act = .with { $0.lines = ["the coordinator ends"] } }
            return stop()
        default: break
        }
        let (events, lines): ([Event], [String])
        do throws(Refused) {
            (events, lines) = try self.events(for: call)
        } catch {
            return await reply(to: caller, code: error.code, error.reason)
        }
        do throws(StoreError) {
            try await decide(events)
        } catch {
            await reply(to: caller, code: "store", "\(error)")
            throw error
        }
        await reply(to: caller) { body in body.act = .with { $0.lines = lines } }
    }

    /// Copies the tables on a thread of its own; the answer comes when the copy is whole.
    private func backUp(_ path: String, _ caller: Caller) {
        let folder = URL(fileURLWithPath: store.path).deletingLastPathComponent()
        DispatchQueue.global().async { [self] in
            let outcome = Result { () throws(StoreError) in
                guard path.hasPrefix("/") else {
                    throw .failed(operation: "writing a backup to \"\(path)\"", reason: "name an absolute path")
                }
                try Backup.write(from: folder, to: URL(fileURLWithPath: path))
            }
            Task {
                switch outcome {
                case .success:
                    await reply(to: caller) { body in body.act = .with { $0.lines = ["backed up to \(path)"] } }
                case .failure(let error): await reply(to: caller, code: "store", "\(error)")
                }
            }
        }
    }

    /// The events an act comes to, and what to tell about it.
    private func events(for call: ActCall) throws(Refused) -> ([Event], [String]) {
        switch call.verb {
        case "pause", "resume", "cancel", "priority": return try jobEvents(call)
        case "retry": return try retryEvents(call)
        case "drain": return try drainEvents(call)
        case "cap": return try capEvents(call)
        case "reconcile": return try reconcileEvents(call)
        case "gate": return try gateEvents(call)
        case "approve": return try approvalEvents(call)
        default: throw Refused("there is no act \"\(call.verb)\"", code: "usage")
        }
    }

    private func runningJob(_ name: String) throws(Refused) -> JobRecord {
        guard let job = job(named: name) else { throw Refused(noJob(name)) }
        guard job.standing == .running else {
            throw Refused("job \(job.id) is \(job.standing.rawValue) already", code: "state")
        }
        return job
    }

    private func jobEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        let job = try runningJob(call.job)
        switch call.verb {
        case "pause", "resume":
            let isPaused = call.verb == "pause"
            guard job.isPaused != isPaused else {
                throw Refused("job \(job.id) is \(isPaused ? "paused" : "running") already", code: "state")
            }
            return (
                [.jobPaused(job.id, isPaused)],
                [isPaused ? "job \(job.id) is paused; what runs ends first" : "job \(job.id) goes on"]
            )
        case "cancel":
            let bought = job.nodes.count { node in
                cluster.tasks[node.key]?.purchase.map { $0.step != .intended } ?? false
            }
            let note = bought == 0 ? "" : "; \(bought) bought results are still fetched"
            return ([.jobCancelled(job.id)], ["job \(job.id) is cancelled\(note)"])
        default:
            guard (-1_000...1_000).contains(call.value) else {
                throw Refused("a priority is between -1000 and 1000", code: "usage")
            }
            return (
                [.jobPriority(job.id, Int(call.value))], ["job \(job.id) has priority \(call.value)"]
            )
        }
    }

    private func retryEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        guard let job = job(named: call.job) else { throw Refused(noJob(call.job)) }
        var only: Set<TaskKey>?
        if !call.subject.isEmpty {
            let nodes = nodes(of: job, called: call.subject)
            guard !nodes.isEmpty else { throw Refused("job \(job.id) has nothing called \"\(call.subject)\"") }
            only = Set(nodes.map(\.key))
        }
        let failed = job.nodes.filter { node in
            guard only?.contains(node.key) ?? true, case .failed(let failure) = cluster.tasks[node.key]?.phase else {
                return false
            }
            return failure.upstream == nil
        }
        guard !failed.isEmpty else { throw Refused("nothing of it has failed", code: "state") }
        let doubtful = failed.filter { cluster.tasks[$0.key]?.purchase?.isDoubtful ?? false }
        let lines =
            ["\(failed.count - doubtful.count) failed tasks are tried again"]
            + doubtful.map { "\($0.name) may have been bought: `snowflake reconcile \($0.name)` first" }
        return ([.retried(job.id, only: only)], lines)
    }

    /// Nodes a person means by a shot, a scene, a task's name or a key's first digits.
    func nodes(of job: JobRecord, called subject: String) -> [JobRecord.Node] {
        job.nodes.filter { node in
            node.name == subject || node.name.hasPrefix(subject + "/")
                || subject.count >= 6 && node.key.hex.hasPrefix(subject.lowercased())
        }
    }

    private func drainEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        let found = cluster.workers.values.filter {
            $0.standing != .lost && ($0.id.rawValue == call.subject || $0.name == call.subject)
        }
        guard let worker = found.first else {
            throw Refused("no connected worker is called \"\(call.subject)\"; `snowflake status` lists them")
        }
        guard found.count == 1 else {
            throw Refused("\(found.count) workers are called \"\(call.subject)\"; name one by its id", code: "usage")
        }
        let isImmediate = call.value == 1
        return (
            [.workerDrained(worker.id, isImmediate: isImmediate)],
            [
                "\(worker.name) gets no new work; it holds \(worker.leases.count) tasks\(isImmediate ? ", which go elsewhere unless they are bought" : "")"
            ]
        )
    }

    private func capEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        guard (-1...1_000_000_000_000).contains(call.value) else {
            throw Refused("a cap is 0 or more US dollars, or none", code: "usage")
        }
        let cap = call.value < 0 ? nil : MicroUSD(call.value)
        let target: CapTarget
        let account: Account
        switch call.subject {
        case "job":
            guard let job = job(named: call.job) else { throw Refused(noJob(call.job)) }
            target = .job(job.id)
            account = Account(reserved: job.reserved, spent: job.spent)
        case "day":
            target = .everyDay
            account = self.cluster.accounts[.day(clock.now.day)] ?? Account()
        default:
            guard !call.subject.isEmpty, call.subject.utf8.count <= 64 else {
                throw Refused("write job, day, or a provider's name", code: "usage")
            }
            target = .provider(call.subject)
            account = cluster.accounts[.provider(call.subject)] ?? Account()
        }
        var lines = ["the cap of \(target) is \(cap.map { "\($0) USD" } ?? "gone")"]
        if let cap, account.spent + account.reserved > cap {
            lines.append(
                "\(account.spent) USD are spent and \(account.reserved) reserved already: new paid work waits")
        }
        return ([.capSet(target, cap)], lines)
    }

    private func reconcileEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        let found = cluster.tasks.values.filter { record in
            record.purchase?.isDoubtful ?? false
                && (record.label == call.subject || record.spec.key.hex.hasPrefix(call.subject.lowercased()))
        }
        guard call.subject.count >= 3, let record = found.first else {
            throw Refused(
                "nothing called \"\(call.subject)\" waits to be reconciled; `snowflake ledger` lists what does")
        }
        guard found.count == 1 else {
            throw Refused("\(found.count) tasks are called so; write the key", code: "usage")
        }
        guard record.phase.lease == nil else {
            throw Refused("\(record.label) is being looked up right now", code: "state")
        }
        let finding: Finding
        switch call.text {
        case "billed":
            guard call.value >= 0 else { throw Refused("a bill is 0 or more US dollars", code: "usage") }
            finding = .billed(MicroUSD(call.value))
        case "not-billed": finding = .notBilled
        case let text where text.hasPrefix("operation:") && text.utf8.count <= 512:
            finding = .operation(String(text.dropFirst(10)))
        default: throw Refused("write --billed USD, --not-billed or --operation NAME", code: "usage")
        }
        return ([.reconciled(record.spec.key, finding)], ["\(record.label) is reconciled"])
    }
}
