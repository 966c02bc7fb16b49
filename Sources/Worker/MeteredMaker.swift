internal import Foundation
internal import HTTP
internal import Media
package import Protocol
package import Providers

/// Clips bought from a metered service. Leave first, then one request; what was accepted is told before it is waited
/// for; what nobody knows is looked up by reference, never sent again by guess.
package struct MeteredMaker: Maker {
    private let service: Metered
    /// Between two looks at a running operation.
    static let pollEvery = Duration.milliseconds(500)
    /// No clip of ours is larger.
    static let outputLimitBytes: Int64 = 4 << 30
    /// How often the fetched file may be broken before it counts as unusable.
    static let fetchLimit = 3

    package init(_ service: Metered) { self.service = service }

    package var capabilities: [Capability: Role] {
        [Capability(kind: .animate, backend: "metered", account: service.account): .api]
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        guard let desk = work.desk else { throw WorkFault(.workerFault, "a paid task came without an order") }
        switch desk.order.step {
        case .buy: return try await buy(work, desk)
        case .lookUp:
            let found: String?
            do throws(HTTPError) { found = try await service.find(reference: desk.reference) } catch {
                throw WorkFault(.providerFault, "the look-up failed: \(error)")
            }
            guard let found else {
                await desk.notSent()
                return try await buy(work, desk)
            }
            await desk.accepted(found)
            return try await wait(for: found, work)
        case .resume(let operation): return try await wait(for: operation, work)
        }
    }

    private func buy(_ work: Work, _ desk: PurchaseDesk) async throws(WorkFault) -> Made {
        let (prompt, encoding, frames) = try wish(work)
        try await desk.askToSend()
        let answer = await service.submit(
            reference: desk.reference, prompt: prompt, model: work.spec.model,
            milliseconds: encoding.fps.milliseconds(frames), width: encoding.width, height: encoding.height,
            fps: encoding.fps.nominal)
        switch answer {
        case .accepted(let operation):
            await desk.accepted(operation)
            return try await wait(for: operation, work)
        case .refused(let reason): throw WorkFault(.rejected, reason)
        case .scarce(let reason, let after): throw WorkFault(.scarce, reason, retryAfter: after)
        case .denied(let reason), .notSent(let reason): throw WorkFault(.providerFault, reason)
        case .unknown(let reason): throw WorkFault(.unknown, reason)
        }
    }

    private func wish(_ work: Work) throws(WorkFault) -> (prompt: String, encoding: Encoding, frames: Int) {
        do throws(FieldsError) {
            let encoding = try Encoding(work.spec.shaping)
            let frames = try work.spec.parameters.integer("quarters", in: 1...4_000) * encoding.fps.nominal / 4
            return (try work.spec.parameters.text("prompt"), encoding, frames)
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
    }

    private func wait(for operation: String, _ work: Work) async throws(WorkFault) -> Made {
        var broken = 0
        while true {
            let state: Metered.State
            do throws(HTTPError) { state = try await service.state(of: operation) } catch {
                throw WorkFault(.providerFault, "\(operation) cannot be asked for: \(error)")
            }
            switch state {
            case .running:
                work.progress()
                // The service has no way to tell us: it must be asked.
                guard (try? await Task.sleep(for: Self.pollEvery)) != nil else {
                    throw WorkFault(.interrupted, "stopped; \(operation) goes on")
                }
            case .succeeded(let output, let cost):
                do throws(WorkFault) {
                    return try await fetch(output, cost: cost, work)
                } catch {
                    guard error.failureClass == .unusable else { throw error }
                    broken += 1
                    guard broken < Self.fetchLimit, (try? await Task.sleep(for: Self.pollEvery)) != nil else {
                        throw error
                    }
                }
            case .moderated(let reason, let cost): throw WorkFault(.rejected, reason, cost: cost)
            case .failed(let reason, let cost): throw WorkFault(.unusable, reason, cost: cost)
            case .lost: throw WorkFault(.unknown, "the service does not know \(operation) any more")
            }
        }
    }

    private func fetch(_ output: String, cost: MicroUSD, _ work: Work) async throws(WorkFault) -> Made {
        let file = work.folder.appendingPathComponent("raw.mp4")
        do throws(HTTPError) {
            try await service.fetch(output, into: file, limitBytes: Self.outputLimitBytes)
        } catch {
            if case .brokenAnswer(let status, _) = error, [403, 404, 410].contains(status) {
                throw WorkFault(.unusable, "the output is gone (\(status))", cost: cost)
            }
            throw WorkFault(.providerFault, "the output cannot be fetched: \(error)")
        }
        let footage = try await BoughtClip.look(at: file, cost: cost, in: work.folder)
        return Made(file: file, facts: BoughtClip.facts(of: footage), cost: cost)
    }
}
