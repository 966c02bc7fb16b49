import HashTreeCollections
internal import Objects
internal import Protocol
internal import Scheduling
internal import Transport

/// What the store has of a job's results: read before the job is taken in, off the coordinator's thread where the store is
/// elsewhere.
struct Holdings: Sendable {
    var receipts: [TaskKey: TaskResult] = [:]
    var bought: [TaskKey: Bought] = [:]
    var lost: Set<TaskKey> = []
}

extension Event {
    /// The blob a report says is in the store, or says is not.
    var claim: (digest: Digest?, input: TaskKey?)? {
        guard case .reported(_, _, _, let outcome) = self else { return nil }
        switch outcome {
        case .made(let result) where result.sizeBytes > 0 || !result.facts.values.isEmpty: return (result.digest, nil)
        case .lostInput(let key, _): return (nil, key)
        default: return nil
        }
    }
}

/// What is claimed of blobs is compared with the store: at once where it is a folder, else by asking it while the
/// coordinator goes on.
extension Coordinator {
    /// A result is believed only when the store has it, a loss only when it has not.
    func checked(_ outcome: AttemptOutcome) -> AttemptOutcome {
        checked(outcome) { objects.folder.holds($0.digest, sizeBytes: $0.sizeBytes) }
    }

    private func checked(_ outcome: AttemptOutcome, isThere: (TaskResult) -> Bool) -> AttemptOutcome {
        if case .lostInput(let key, let message) = outcome, let result = cluster.tasks[key]?.phase.result,
            isThere(result)
        {
            count("inputs called lost that are there")
            return .failed(.workerFault, message: message, retryAfter: nil)
        }
        guard case .made(let result) = outcome, result.sizeBytes > 0 || !result.facts.values.isEmpty,
            !isThere(result)
        else { return outcome }
        count("results without their blob")
        return .failed(
            .workerFault, message: "it reported blob \(result.digest.short), which the store does not hold",
            retryAfter: nil)
    }

    /// Asks a store elsewhere about what was reported; the answers come back through the one stream. The task ends by
    /// itself.
    func lookUp(_ events: [Event]) {
        guard !events.isEmpty else { return }
        var blobs: [(digest: Digest, sizeBytes: Int64)] = []
        for case .reported(_, _, _, let outcome) in events {
            switch outcome {
            case .made(let result): blobs.append((result.digest, result.sizeBytes))
            case .lostInput(let key, _):
                if let result = cluster.tasks[key]?.phase.result { blobs.append((result.digest, result.sizeBytes)) }
            default: break
            }
        }
        Task { [objects, blobs] in
            do throws(ObjectError) {
                let there = try await objects.present(blobs)
                self.believe(events, there)
            } catch {
                // Nobody's fault: it is made, or fetched, again.
                self.inlet.yield(
                    .events(
                        events.map { event in
                            guard case .reported(let worker, let peer, let attempt, _) = event else { return event }
                            return .reported(
                                worker, peer, attempt,
                                .failed(
                                    .interrupted, message: "the store could not be asked for the result: \(error)",
                                    retryAfter: nil))
                        }))
            }
        }
    }

    private func believe(_ events: [Event], _ there: Set<Digest>) {
        inlet.yield(
            .events(
                events.map { event in
                    guard case .reported(let worker, let peer, let attempt, let outcome) = event else { return event }
                    return .reported(
                        worker, peer, attempt, checked(outcome) { there.contains($0.digest) })
                }))
    }

    /// Finds out what the store has of a planned job; the answer comes back through the one stream.
    func survey(_ job: JobID, _ planned: PlannedJob, _ caller: Caller) {
        var done: [TaskKey: TaskResult] = [:]
        var unknown: [TaskKey] = []
        for node in planned.nodes {
            let key = node.spec.key
            if let result = cluster.tasks[key]?.phase.result {
                done[key] = result
            } else if cluster.tasks[key] == nil, node.spec.backend != "synthetic" {
                unknown.append(key)
            }
        }
        // The task ends by itself.
        Task { [objects, inlet, done, unknown] in
            do throws(ObjectError) {
                let holdings = try await Holdings.look(in: objects, done: done, unknown: unknown)
                inlet.yield(.surveyed(job, planned, holdings, replyTo: caller))
            } catch {
                inlet.yield(.refused("what the store has of it cannot be found out: \(error)", replyTo: caller))
            }
        }
    }
}

extension Holdings {
    static func look(
        in objects: Depot, done: [TaskKey: TaskResult], unknown: [TaskKey]
    ) async throws(ObjectError) -> Holdings {
        var holdings = Holdings()
        let receipts = try await objects.receipts(of: unknown)
        let results = receipts.compactMapValues { TaskResult(receipt: $0) }
        let blobs = (Array(done.values) + Array(results.values)).map { ($0.digest, $0.sizeBytes) }
        let there = try await objects.present(blobs)
        holdings.lost = Set(done.filter { !there.contains($0.value.digest) }.keys)
        holdings.bought = receipts.compactMapValues { Bought(receipt: $0) }
        holdings.receipts = results.filter { there.contains($0.value.digest) }
        return holdings
    }
}
