package import Protocol

/// What a worker decides: which attempts it holds, what it reports and when. The worker's shell and the simulator
/// drive the same value.
///
/// | held as | event | becomes |
/// |---|---|---|
/// | – | assigned | running |
/// | – | assigned while draining | finished (interrupted) |
/// | running | finished | finished: saved in the outbox, then reported |
/// | running | withdrawn | – (cancelled) |
/// | finished | acknowledged or withdrawn | – (out of the outbox) |
/// | finished | beat, welcome | finished (reported again) |
/// | – (ended here) | assigned | –: the link repeats itself |
package struct WorkerMachine: Sendable, Equatable {
    package enum Event: Sendable, Equatable {
        case welcomed
        /// The coordinator does not know us (any more).
        case introductionAsked
        case assigned(Assignment)
        case progressed(AttemptID)
        case finished(AttemptID, AttemptOutcome)
        case acknowledged(AttemptID)
        case withdrawn(AttemptID)
        /// The maker tells a step of a paid call.
        case purchaseTold(AttemptID, PurchaseNews)
        case purchaseSaved(AttemptID, PurchaseNews, isGranted: Bool, reason: String)
        case beatDue
        case drainStarted
    }

    package enum Effect: Sendable, Equatable {
        case start(Assignment)
        case stop(AttemptID)
        /// Before the report is sent: it must survive us.
        case saveReport(AttemptID, AttemptOutcome)
        case dropReport(AttemptID)
        /// Before it is told: a provider's operation must survive us.
        case saveOperation(AttemptID, String)
        case dropOperation(AttemptID)
        /// For the maker that waits.
        case answerPurchase(AttemptID, isGranted: Bool, reason: String)
        case send(Message)
    }

    package enum Holding: Sendable, Equatable {
        case running(progress: UInt64)
        case finished(AttemptOutcome, beatsWaited: Int)
    }

    package private(set) var hello: Hello
    package private(set) var isWelcome = false
    package private(set) var isDraining = false
    package private(set) var held: [AttemptID: Holding]
    /// Steps of paid calls that the coordinator has not saved yet; told again with every beat.
    package private(set) var untold: [AttemptID: PurchaseNews]
    private var lastAssignment: UInt64 = 0
    /// Attempts that have ended here, newest last: an assignment the link brings again does not start them again.
    private var ended: [AttemptID] = []
    private static let endedLimit = 256

    /// - Parameters:
    ///   - outbox: reports an earlier process saved and never saw acknowledged.
    ///   - operations: of paid calls, likewise.
    package init(hello: Hello, outbox: [AttemptID: AttemptOutcome], operations: [AttemptID: String] = [:]) {
        self.hello = hello
        held = outbox.mapValues { .finished($0, beatsWaited: 0) }
        untold = operations.mapValues { .accepted(operation: $0) }
    }

    /// Attempts that still run.
    package var running: [AttemptID] {
        held.filter { if case .running = $0.value { true } else { false } }.keys.sorted()
    }

    /// Nothing runs and nothing waits to be acknowledged.
    package var isIdle: Bool { held.isEmpty && untold.isEmpty }

    package mutating func handle(_ event: Event) -> [Effect] {
        switch event {
        case .welcomed:
            isWelcome = true
            return news() + reports()
        case .introductionAsked:
            isWelcome = false
            return [.send(.hello(greeting))]
        case .assigned(let assignment): return assigned(assignment)
        case .progressed(let attempt):
            if case .running(let progress) = held[attempt] { held[attempt] = .running(progress: progress + 1) }
            return []
        case .finished(let attempt, let outcome):
            guard case .running = held[attempt] else { return [] }  // Withdrawn meanwhile.
            held[attempt] = .finished(outcome, beatsWaited: 0)
            forgetUnsent(attempt)
            return [.saveReport(attempt, outcome), .send(.report(hello.worker, attempt, outcome))]
        case .acknowledged(let attempt):
            guard case .finished = held[attempt] else { return [] }
            held[attempt] = nil
            noteEnd(of: attempt)
            return [.dropReport(attempt)]
        case .withdrawn(let attempt):
            forgetUnsent(attempt)
            noteEnd(of: attempt)
            switch held.removeValue(forKey: attempt) {
            case .running: return [.stop(attempt)]
            case .finished: return [.dropReport(attempt)]
            case nil: return []
            }
        case .purchaseTold(let attempt, let news): return told(attempt, news)
        case .purchaseSaved(let attempt, let news, let isGranted, let reason):
            guard untold[attempt]?.word == news.word else { return [] }  // Repeated by the link.
            untold[attempt] = nil
            var effects: [Effect] = [.answerPurchase(attempt, isGranted: isGranted, reason: reason)]
            if case .accepted = news { effects.append(.dropOperation(attempt)) }
            return effects
        case .beatDue: return beat()
        case .drainStarted:
            isDraining = true
            return []
        }
    }

    private mutating func assigned(_ assignment: Assignment) -> [Effect] {
        lastAssignment = max(lastAssignment, assignment.sequence)
        let attempt = assignment.attempt
        switch held[attempt] {
        case .running: return []  // Repeated by the link.
        case .finished(let outcome, _): return [.send(.report(hello.worker, attempt, outcome))]
        case nil: guard !ended.contains(attempt) else { return [] }
        }
        guard !isDraining else {
            let outcome = AttemptOutcome.failed(.interrupted, message: "the worker is stopping", retryAfter: nil)
            held[attempt] = .finished(outcome, beatsWaited: 0)
            return [.saveReport(attempt, outcome), .send(.report(hello.worker, attempt, outcome))]
        }
        held[attempt] = .running(progress: 0)
        return [.start(assignment)]
    }

    private mutating func noteEnd(of attempt: AttemptID) {
        ended.append(attempt)
        if ended.count > Self.endedLimit { ended.removeFirst(Self.endedLimit / 2) }
    }

    private mutating func told(_ attempt: AttemptID, _ news: PurchaseNews) -> [Effect] {
        guard case .running = held[attempt] else {
            // Withdrawn meanwhile: leave is not given; an operation is told all the same.
            guard case .accepted(let operation) = news else {
                return [.answerPurchase(attempt, isGranted: false, reason: "the attempt was withdrawn")]
            }
            untold[attempt] = news
            return [.saveOperation(attempt, operation), .send(.purchase(hello.worker, attempt, news))]
        }
        untold[attempt] = news
        let send = Effect.send(.purchase(hello.worker, attempt, news))
        if case .accepted(let operation) = news { return [.saveOperation(attempt, operation), send] }
        return [send]
    }

    /// Leave that was asked and not given yet is not wanted any more; an operation stays until it is told.
    private mutating func forgetUnsent(_ attempt: AttemptID) {
        if case .accepted = untold[attempt] { return }
        untold[attempt] = nil
    }

    private func news() -> [Effect] {
        untold.sorted { $0.key < $1.key }.map { .send(.purchase(hello.worker, $0.key, $0.value)) }
    }

    private mutating func beat() -> [Effect] {
        guard isWelcome else { return [.send(.hello(greeting))] }
        var effects: [Effect] = [.send(.beat(held: heldList, lastAssignment: lastAssignment))] + news()
        for (attempt, holding) in held.sorted(by: { $0.key < $1.key }) {
            guard case .finished(let outcome, let beats) = holding else { continue }
            held[attempt] = .finished(outcome, beatsWaited: beats + 1)
            if beats >= 1 { effects.append(.send(.report(hello.worker, attempt, outcome))) }
        }
        return effects
    }

    private func reports() -> [Effect] {
        held.sorted { $0.key < $1.key }.compactMap { attempt, holding in
            guard case .finished(let outcome, _) = holding else { return nil }
            return .send(.report(hello.worker, attempt, outcome))
        }
    }

    private var greeting: Hello {
        var hello = hello
        hello.held = heldList
        return hello
    }

    private var heldList: [HeldAttempt] {
        held.sorted { $0.key < $1.key }.map { attempt, holding in
            guard case .running(let progress) = holding else { return HeldAttempt(attempt: attempt, progress: .max) }
            return HeldAttempt(attempt: attempt, progress: progress)
        }
    }
}
