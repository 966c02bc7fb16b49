import HashTreeCollections
import Protocol
import Scheduling

/// Paid work on the farm: a maker as careful as the real one, against a provider that is not.
extension SimulatedFarm {
    /// One process's work on one paid attempt.
    struct PaidKey: Hashable, Sendable {
        let worker: Int
        let life: Int
        let attempt: AttemptID
    }

    struct PaidWork: Sendable {
        enum Stage: Sendable { case asking, calling, telling, denying, polling(String) }

        let spec: TaskSpec
        let order: PurchaseOrder
        var stage: Stage
        var askedAt: Instant
    }

    /// As long as ``PurchaseOrder/leaveLasts`` says: a process that was frozen meanwhile does not send.
    private func isFresh(_ work: PaidWork) -> Bool { now - work.askedAt < PurchaseOrder.leaveLasts }

    mutating func startPaid(_ assignment: Assignment, _ order: PurchaseOrder, on index: Int, life: Int) {
        let key = PaidKey(worker: index, life: life, attempt: assignment.attempt)
        paid[key] = PaidWork(spec: assignment.spec, order: order, stage: .asking, askedAt: now)
        heap.add(.workMoves(assignment.attempt, worker: index, life: life), at: now + .seconds(10))
        switch order.step {
        case .buy where mutation == .sendsUnasked:
            paid[key]?.stage = .calling
            heap.add(.call(key), at: now + delay())
        case .buy: tell(index, .purchaseTold(assignment.attempt, .sending))
        case .lookUp: heap.add(.lookUp(key), at: now + delay())
        case .resume(let operation): poll(key, operation, after: .seconds(1))
        }
    }

    private mutating func delay() -> Span { .milliseconds(Int64.random(in: 20...2_000, using: &generator)) }

    private mutating func poll(_ key: PaidKey, _ operation: String, after span: Span) {
        paid[key]?.stage = .polling(operation)
        heap.add(.poll(key), at: now + span)
    }

    /// The coordinator has saved a step.
    mutating func answer(_ attempt: AttemptID, isGranted: Bool, on index: Int, life: Int) {
        let key = PaidKey(worker: index, life: life, attempt: attempt)
        guard let work = paid[key] else { return }
        switch work.stage {
        case .asking where isGranted && isFresh(work):
            paid[key]?.stage = .calling
            // From here on the request is on its way, whatever becomes of who sent it.
            heap.add(.call(key), at: now + delay())
        case .asking:
            end(key, .failed(.interrupted, message: "no leave to send", retryAfter: nil))
        case .denying:
            paid[key]?.stage = .asking
            paid[key]?.askedAt = now
            tell(index, .purchaseTold(attempt, .sending))
        case .telling, .calling, .polling: break
        }
    }

    mutating func happenPaid(_ happening: Happening) {
        switch happening {
        case .call(let key): call(key)
        case .called(let key, let answer):
            guard isAlive(key.worker, key.life, happening) else { return }
            called(key, answer)
        case .lookUp(let key):
            guard isAlive(key.worker, key.life, happening), let work = paid[key] else { return }
            if mutation != .changesTheReference,
                let operation = provider.find(task: key.attempt.task, intent: work.order.intent)
            {
                called(key, .accepted(operation))
            } else {
                paid[key]?.stage = .denying
                tell(key.worker, .purchaseTold(key.attempt, .notSent))
            }
        case .poll(let key):
            guard isAlive(key.worker, key.life, happening), let work = paid[key], case .polling(let name) = work.stage
            else { return }
            polled(key, name)
        default: break
        }
    }

    private mutating func call(_ key: PaidKey) {
        guard let work = paid[key] else { return }
        let answer = provider.submit(
            key.attempt, intent: work.order.intent,
            salt: mutation == .changesTheReference ? "\(key.attempt.number)-\(key.life)" : "",
            ceiling: work.order.ceiling, at: now, using: &generator)
        note("the provider answers \(key.attempt) (intent \(work.order.intent)) with \(answer)")
        // No answer is noticed by a time limit.
        if case .nothing = answer {
            heap.add(.called(key, answer), at: now + .seconds(30))
        } else {
            heap.add(.called(key, answer), at: now + delay())
        }
    }

    private mutating func called(_ key: PaidKey, _ answer: SimulatedProvider.Answer) {
        switch answer {
        case .accepted(let operation):
            tell(key.worker, .purchaseTold(key.attempt, .accepted(operation: operation)))
            poll(key, operation, after: .seconds(5))
        case .rejected: end(key, .failed(.rejected, message: "the prompt", retryAfter: nil))
        case .scarce: end(key, .failed(.scarce, message: "429", retryAfter: .seconds(20)))
        case .nothing where mutation == .callsDoubtFailure:
            end(key, .failed(.providerFault, message: "no answer", retryAfter: nil))
        case .nothing: end(key, .failed(.unknown, message: "no answer", retryAfter: nil))
        }
    }

    private mutating func polled(_ key: PaidKey, _ operation: String) {
        switch provider.state(of: operation, at: now) {
        case .notReady:
            tell(key.worker, .progressed(key.attempt))
            poll(key, operation, after: .seconds(10))
        case .ready(let cost):
            guard let work = paid[key] else { return }
            end(
                key,
                .made(TaskResult(digest: work.spec.key, sizeBytes: 1, cost: cost, worked: .seconds(60))))
        case .moderated(let cost): end(key, .billed(.rejected, message: "moderated", cost: cost))
        case .lost: end(key, .failed(.unknown, message: "the provider has lost the operation", retryAfter: nil))
        }
    }

    private mutating func end(_ key: PaidKey, _ outcome: AttemptOutcome) {
        paid[key] = nil
        heap.add(
            .workEnds(key.attempt, worker: key.worker, life: key.life, outcome), at: now + .milliseconds(5))
    }
}
