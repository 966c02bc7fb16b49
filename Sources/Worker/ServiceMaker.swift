internal import Foundation
internal import HTTP
internal import Media
package import Protocol
package import Providers

/// Clips bought from a service. Leave first, then one request; what was accepted is told before it is waited for; what
/// nobody knows is looked up by reference where the service can be asked, never sent again by guess.
package struct ServiceMaker: Maker {
    private let client: ServiceClient
    /// No clip of ours is larger.
    static let outputLimitBytes: Int64 = 4 << 30
    /// How often the fetched file may be broken before it counts as unusable.
    static let fetchLimit = 3
    /// A service that cannot be asked for a running operation is asked again after so many looks.
    static let patience = 5

    package init(_ client: ServiceClient) { self.client = client }

    package var capabilities: [Capability: Role] {
        [Capability(kind: .animate, backend: client.service.backend, account: client.account): .api]
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        guard let desk = work.desk else { throw WorkFault(.workerFault, "a paid task came without an order") }
        switch desk.order.step {
        case .buy: return try await buy(work, desk)
        case .lookUp:
            switch await client.find(reference: desk.reference) {
            case .found(let operation):
                await desk.accepted(operation)
                return try await wait(for: operation, work, desk)
            case .nothing:
                await desk.notSent()
                return try await buy(work, desk)
            case .cannotTell:
                throw WorkFault(
                    .unknown,
                    "\(client.service.backend) cannot be asked what became of \(desk.reference); look at its dashboard")
            case .failed(let reason): throw WorkFault(.providerFault, "the look-up failed: \(reason)")
            }
        case .resume(let operation): return try await wait(for: operation, work, desk)
        }
    }

    private func buy(_ work: Work, _ desk: PurchaseDesk) async throws(WorkFault) -> Made {
        let wish = try await wish(work, desk)
        try await desk.askToSend()
        switch await client.submit(wish) {
        case .accepted(let operation):
            await desk.accepted(operation)
            return try await wait(for: operation, work, desk)
        case .moderated(let reason): throw WorkFault(.rejected, reason)
        case .refused(let reason): throw WorkFault(.inputFault, reason)
        case .scarce(let reason, let after): throw WorkFault(.scarce, reason, retryAfter: after)
        case .denied(let reason), .notSent(let reason): throw WorkFault(.providerFault, reason)
        case .unknown(let reason): throw WorkFault(.unknown, reason)
        }
    }

    private func wish(_ work: Work, _ desk: PurchaseDesk) async throws(WorkFault) -> ClipWish {
        var wish: ClipWish
        do throws(FieldsError) {
            let encoding = try Encoding(work.spec.shaping)
            let parameters = work.spec.parameters
            let shaping = work.spec.shaping
            let frames = try parameters.integer("quarters", in: 1...4_000) * encoding.fps.nominal / 4
            wish = ClipWish(
                prompt: try parameters.text("prompt"), model: work.spec.model,
                milliseconds: shaping["slot"] == nil
                    ? encoding.fps.milliseconds(frames) : try shaping.integer("slot", in: 1...600) * 1_000,
                width: encoding.width, height: encoding.height,
                reference: desk.reference)
            wish.fps = encoding.fps.nominal
            if shaping["negative"] != nil { wish.negativePrompt = try shaping.text("negative") }
            // A model's own size, where it has not the film's.
            if shaping["rows"] != nil {
                let rows = try shaping.integer("rows", in: 64...8_640)
                let scale = Double(rows) / Double(min(wish.width, wish.height))
                wish.width = Int((Double(wish.width) * scale).rounded())
                wish.height = Int((Double(wish.height) * scale).rounded())
            }
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
        // The same for every try of one take, another for another.
        wish.seed = work.spec.key.data.prefix(4).reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        wish.still = try await still(work)
        return wish
    }

    /// The composed still as the service takes it, or the last frame of the clip this one follows; none for a service that
    /// draws from words.
    private func still(_ work: Work) async throws(WorkFault) -> Picture? {
        do {
            var file = work.inputs.first { $0.name == "still" }?.file
            if let previous = work.inputs.first(where: { $0.name == "previous" })?.file {
                let last = work.folder.appendingPathComponent("last.png")
                try await Tool.ffmpeg.guarded.run(
                    ClipPlans.lastFrame(of: previous.path, into: last.path), in: work.folder)
                file = last
            }
            guard let file else { return nil }
            if client.service.needsAddress {
                // By address alone: what is in it is not read here.
                return Picture(data: Data(), mimeType: "image/png", address: try await work.share(file))
            }
            let data = try Data(contentsOf: file)
            guard data.count > client.service.stillLimitBytes else { return Picture(data: data, mimeType: "image/png") }
            let smaller = work.folder.appendingPathComponent("still.jpg")
            try await Tool.ffmpeg.run(
                ["-nostdin", "-v", "error", "-y", "-i", file.path, "-q:v", "3", "-frames:v", "1", smaller.path],
                in: work.folder)
            let jpeg = try Data(contentsOf: smaller)
            guard jpeg.count <= client.service.stillLimitBytes else {
                throw WorkFault(
                    .inputFault, "the still has \(jpeg.count) bytes as JPEG; \(client.service.backend) takes less")
            }
            return Picture(data: jpeg, mimeType: "image/jpeg")
        } catch let fault as WorkFault {
            throw fault
        } catch let error as ToolError {
            throw WorkFault(tool: error)
        } catch {
            throw WorkFault(.workerFault, "the still cannot be read: \(error.localizedDescription)")
        }
    }

    /// What a service that does not say has charged: the listed price, so that a cap holds whatever the bill says.
    private func cost(_ told: MicroUSD?, _ desk: PurchaseDesk) -> MicroUSD { told ?? desk.order.ceiling }

    private func wait(for operation: String, _ work: Work, _ desk: PurchaseDesk) async throws(WorkFault) -> Made {
        var (broken, silent) = (0, 0)
        while true {
            let state: ClipState
            do throws(HTTPError) { state = try await client.state(of: operation) } catch {
                throw WorkFault(.providerFault, "\(operation) cannot be asked for: \(error)")
            }
            switch state {
            case .running, .further:
                silent = 0
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
                    return try await fetch(output, cost: cost, work)
                } catch {
                    guard error.failureClass == .unusable else { throw error }
                    broken += 1
                    guard broken < Self.fetchLimit else { throw error }
                    try await pause(client.service.pollEvery, operation)
                }
            case .moderated(let reason, let told): throw WorkFault(.rejected, reason, cost: cost(told, desk))
            case .failed(let reason, let told): throw WorkFault(.unusable, reason, cost: cost(told, desk))
            case .lost: throw WorkFault(.unknown, "the service does not know \(operation) any more")
            }
        }
    }

    /// The service has no way to tell us: it must be asked.
    private func pause(_ span: Span, _ operation: String) async throws(WorkFault) {
        guard (try? await Task.sleep(for: .milliseconds(span.milliseconds))) != nil else {
            throw WorkFault(.interrupted, "stopped; \(operation) goes on")
        }
    }

    private func fetch(_ output: ClipOutput, cost: MicroUSD, _ work: Work) async throws(WorkFault) -> Made {
        let file = work.folder.appendingPathComponent("raw.mp4")
        do throws(HTTPError) {
            try await client.fetch(output, into: file, limitBytes: Self.outputLimitBytes)
        } catch {
            if case .brokenAnswer(let status, _) = error, [401, 403, 404, 410].contains(status) {
                // Asked for again, the service may sign a fresh address.
                throw WorkFault(.unusable, "the output is gone (\(status))", cost: cost)
            }
            if case .badRequest(let reason) = error {
                throw WorkFault(.unusable, "the output cannot be fetched: \(reason)", cost: cost)
            }
            throw WorkFault(.providerFault, "the output cannot be fetched: \(error)")
        }
        let footage = try await BoughtClip.look(at: file, cost: cost, in: work.folder)
        return Made(file: file, facts: BoughtClip.facts(of: footage), cost: cost)
    }
}
