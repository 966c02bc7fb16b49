package import Foundation
internal import HTTP
internal import Media
package import Protocol
package import Providers

/// What is bought from a service, or made by an engine on a machine of the user's own.
///
/// Bought: leave first, then one request; what was accepted is told before it is waited for; what nobody knows is looked up
/// where the service can be asked, never sent again by guess. What comes with the answer itself is held on this machine's disk
/// before anything else is done with it.
package struct ServiceMaker: Maker {
    let client: ServiceClient
    private let briefing: Briefing
    private let held: HeldAnswers
    /// How much faster than real its service is: it is simulated.
    private let hurry: Double
    /// No clip of ours is larger.
    static let outputLimitBytes: Int64 = 4 << 30
    /// How often the fetched file may be broken before it counts as unusable.
    static let fetchLimit = 3
    /// A service that cannot be asked for a running operation is asked again after so many looks.
    static let patience = 5

    /// - Parameters:
    ///   - folder: where answers are held; this worker's own.
    ///   - hurry: how much faster than real the service is, where it is simulated.
    package init(_ client: ServiceClient, folder: URL, hurry: Double = 1) {
        self.client = client
        briefing = Briefing(of: client.service)
        self.hurry = hurry
        held = HeldAnswers(folder: folder)
        HeldAnswers.sweep(folder, now: Date())
    }

    package var capabilities: [Capability: Role] {
        let service = client.service
        return Dictionary(
            uniqueKeysWithValues: service.kinds.map {
                (
                    Capability(kind: $0, backend: service.backend, account: client.account),
                    service.isEngine ? $0.usualRole : .api
                )
            })
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        guard let desk = work.desk else {
            guard client.service.isEngine else { throw WorkFault(.workerFault, "a paid task came without an order") }
            do throws(WorkFault) { return try await engine(work) } catch {
                // Nothing was paid for it: another machine's may do better.
                throw error.failureClass == .unusable ? WorkFault(.workerFault, error.message) : error
            }
        }
        switch desk.order.step {
        case .buy: return try await buy(work, desk, try await briefing.wish(work, reference: desk.reference))
        case .lookUp: return try await lookUp(work, desk)
        case .resume(let operation): return try await wait(for: operation, work, desk)
        }
    }

    private func lookUp(_ work: Work, _ desk: PurchaseDesk) async throws(WorkFault) -> Made {
        if let operation = held.find(desk.reference) {
            await desk.accepted(operation)
            return try await wait(for: operation, work, desk)
        }
        let wish = try await briefing.wish(work, reference: desk.reference)
        switch await client.find(wish) {
        case .found(let operation):
            await desk.accepted(operation)
            return try await wait(for: operation, work, desk)
        case .nothing:
            await desk.notSent()
            return try await buy(work, desk, wish)
        case .cannotTell:
            throw WorkFault(
                .unknown,
                "\(client.service.backend) cannot be asked what became of \(desk.reference); look at its dashboard")
        case .failed(let reason): throw WorkFault(.providerFault, "the look-up failed: \(reason)")
        }
    }

    private func buy(_ work: Work, _ desk: PurchaseDesk, _ wish: Wish) async throws(WorkFault) -> Made {
        try await desk.askToSend()
        switch await submit(wish, work) {
        case .finished(let finished):
            await desk.accepted(held.keep(finished, desk.reference))
            return try await fetch(finished.output, cost: cost(finished.cost, desk), finished.words, work)
        case .accepted(let operation):
            await desk.accepted(operation)
            return try await wait(for: operation, work, desk)
        case .moderated(let reason): throw WorkFault(.rejected, reason)
        case .refused(let reason): throw WorkFault(.inputFault, reason)
        case .scarce(let reason, let after): throw WorkFault(.scarce, reason, retryAfter: after.map(hurried))
        case .denied(let reason), .notSent(let reason): throw WorkFault(.providerFault, reason)
        case .unknown(let reason): throw WorkFault(.unknown, reason)
        }
    }

    /// Many answer when they are done, and are silent until then: as long as the request lives, the work does.
    private func submit(_ wish: Wish, _ work: Work) async -> Submission {
        let pulse = Task {
            while (try? await Task.sleep(for: .seconds(5))) != nil { work.progress() }
        }
        defer { pulse.cancel() }
        return await client.submit(wish)
    }

    // MARK: engines

    /// No money is at stake: what nobody knows is made again, and what a crash left running is found by the task's own name.
    private func engine(_ work: Work) async throws(WorkFault) -> Made {
        let wish = try await briefing.wish(work, reference: "sf-\(work.spec.key.hex.prefix(40))")
        if case .found(let operation) = await client.find(wish),
            let made = try await waitForEngine(operation, work, isOld: true)
        {
            return made
        }
        switch await submit(wish, work) {
        case .finished(let finished): return try await fetch(finished.output, cost: .zero, finished.words, work)
        case .accepted(let operation):
            guard let made = try await waitForEngine(operation, work, isOld: false) else {
                throw WorkFault(
                    .providerFault, "\(client.service.backend) has forgotten \(operation): was it restarted?")
            }
            return made
        case .moderated(let reason): throw WorkFault(.rejected, reason)
        case .refused(let reason): throw WorkFault(.inputFault, reason)
        case .scarce(let reason, let after):
            throw WorkFault(.providerFault, "\(client.service.backend) is busy: \(reason)", retryAfter: after)
        // This machine's engine lacks something: another machine's may have it.
        case .denied(let reason): throw WorkFault(.workerFault, reason)
        case .notSent(let reason): throw WorkFault(.workerFault, "\(client.service.backend) is not reached: \(reason)")
        case .unknown(let reason): throw WorkFault(.providerFault, reason)
        }
    }

    /// `nil` when the engine does not know it, or what it knows of an earlier try is of no use.
    private func waitForEngine(_ operation: String, _ work: Work, isOld: Bool) async throws(WorkFault) -> Made? {
        do throws(WorkFault) {
            return try await wait(for: operation, work, nil)
        } catch {
            guard error.failureClass == .unknown || isOld && error.failureClass != .interrupted else { throw error }
            return nil
        }
    }

    // MARK: waiting

    /// What a service that does not say has charged: the listed price, so that a cap holds whatever the bill says. Engines
    /// charge nothing.
    private func cost(_ told: MicroUSD?, _ desk: PurchaseDesk?) -> MicroUSD { told ?? desk?.order.ceiling ?? .zero }

    private func wait(for operation: String, _ work: Work, _ desk: PurchaseDesk?) async throws(WorkFault) -> Made {
        if HeldAnswers.holds(operation) {
            guard let finished = held.answer(operation) else {
                throw WorkFault(.unknown, "the answer to \(operation) is on the worker that got it, and not here")
            }
            return try await fetch(finished.output, cost: cost(finished.cost, desk), finished.words, work)
        }
        var (broken, silent) = (0, 0)
        let began = ContinuousClock.now
        let longest = Duration.milliseconds(hurried(client.service.longest).milliseconds)
        while true {
            let state: OperationState
            do throws(HTTPError) { state = try await client.state(of: operation) } catch {
                throw WorkFault(.providerFault, "\(operation) cannot be asked for: \(error)")
            }
            switch state {
            case .running, .further:
                silent = 0
                guard ContinuousClock.now - began < longest else { throw endless(operation, desk) }
                work.progress()
                try await pause(client.service.pollEvery, operation)
            case .busy(let reason, let after):
                silent += 1
                guard silent < Self.patience else {
                    throw WorkFault(.providerFault, "\(operation) cannot be asked for: \(reason)", retryAfter: after)
                }
                try await pause(after.map { min($0, .seconds(60)) } ?? client.service.pollEvery, operation)
            case .succeeded(let output, let told):
                let cost = cost(told, desk)
                do throws(WorkFault) {
                    return try await fetch(output, cost: cost, [], work)
                } catch {
                    guard error.failureClass == .unusable else { throw error }
                    broken += 1
                    guard broken < Self.fetchLimit else { throw error }
                    try await pause(client.service.pollEvery, operation)
                }
            case .moderated(let reason, let told): throw WorkFault(.rejected, reason, cost: cost(told, desk))
            case .failed(let reason, let told):
                // An engine that fails may do better elsewhere; what was bought is what it is.
                throw WorkFault(desk == nil ? .workerFault : .unusable, reason, cost: cost(told, desk))
            case .lost: throw WorkFault(.unknown, "the service does not know \(operation) any more")
            }
        }
    }

    /// What never ends is asked for no more. Bought, it is still known by its name: a person decides whether to wait on.
    private func endless(_ operation: String, _ desk: PurchaseDesk?) -> WorkFault {
        WorkFault(
            desk == nil ? .workerFault : .unknown,
            "\(operation) is still under way at \(client.service.backend) after \(client.service.longest); look at its dashboard"
        )
    }

    /// The service has no way to tell us: it must be asked.
    private func pause(_ span: Span, _ operation: String) async throws(WorkFault) {
        guard (try? await Task.sleep(for: .milliseconds(hurried(span).milliseconds))) != nil else {
            throw WorkFault(.interrupted, "stopped; \(operation) goes on")
        }
    }

    private func hurried(_ span: Span) -> Span { .milliseconds(max(10, Int64(Double(span.milliseconds) / hurry))) }

    private func fetch(
        _ output: ServiceOutput, cost: MicroUSD, _ words: [SpokenWord], _ work: Work
    ) async throws(WorkFault) -> Made {
        let file = work.folder.appendingPathComponent(
            [.animate, .lipsync].contains(work.spec.kind) ? "raw.mp4" : "raw")
        do throws(HTTPError) {
            try await client.fetch(output, into: file, limitBytes: Self.outputLimitBytes)
        } catch {
            if case .brokenAnswer(let status, _) = error, [401, 403, 404, 410].contains(status) {
                // Asked for again, the service may sign a fresh address.
                throw WorkFault(.unusable, "the output is gone (\(status))", cost: cost)
            }
            if case .tooLarge = error {
                throw WorkFault(.unusable, "the output cannot be fetched: \(error)", cost: cost)
            }
            if case .badRequest(let reason) = error {
                throw WorkFault(.unusable, "the output cannot be fetched: \(reason)", cost: cost)
            }
            throw WorkFault(.providerFault, "the output cannot be fetched: \(error)")
        }
        return try await Acceptance.look(at: file, cost: cost, words: words, work)
    }
}
