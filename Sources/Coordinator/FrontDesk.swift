internal import Foundation
import HashTreeCollections
internal import Objects
package import Protocol
internal import Scheduling
package import Store
internal import SwiftProtobuf
package import Transport

/// The questions and orders of clients. Reads may be asked by any key but a worker's; orders need an operator's.
extension Coordinator {
    func answer(_ request: RequestBody, for caller: Caller, _ holder: Enrolment.Entry) async throws(StoreError) {
        guard holder.role != .worker || isInfo(request) else {
            await reply(to: caller, code: "role", "a worker's key cannot do this; use an operator's token")
            return
        }
        if isOrder(request), holder.role != .operator {
            await reply(
                to: caller, code: "role", "a \(holder.role.rawValue)'s key cannot do this; use an operator's token")
            return
        }
        switch request.call {
        case .info:
            await reply(to: caller) { body in
                body.info = .with {
                    $0.clusterID = clusterID
                    $0.storeURL = objects.url
                    $0.productVersion = settings.productVersion
                    $0.address = settings.address
                    // A machine hears its doors when it is welcomed.
                    $0.stores = holder.role == .worker ? [] : stores(for: holder)
                }
            }
        case .submit(let call): plan(call, for: caller)
        case .status(let call): await reply(to: caller) { $0.status = status(of: call.job) }
        case .why(let call): await reply(to: caller) { $0.why = why(call) }
        case .results(let call): try await results(call, caller)
        case .job(let call): try await order(call, caller)
        case .tokenCreate(let call): try await createToken(call, caller)
        case .tokenRevoke(let call): try await revokeToken(call, caller)
        case .tokenList: try await listTokens(caller)
        case .act(let call): try await act(call, caller)
        case .ledger(let call): try await ledger(call, caller)
        case .gates: await gates(caller)
        case .scale(let call): try await scale(call, caller)
        case .trace(let call): await trace(call, caller)
        case .watch(let call): watch(call, caller)
        case .logs(let call): await logs(call, caller)
        case nil: await reply(to: caller, code: "unknown", "this coordinator does not know that request")
        }
    }

    private func isInfo(_ request: RequestBody) -> Bool {
        if case .info = request.call { true } else { false }
    }

    private func isOrder(_ request: RequestBody) -> Bool {
        switch request.call {
        case .submit, .tokenCreate, .tokenRevoke, .tokenList, .job, .act: true
        case .scale(let call): call.deadline != 0 || !call.pool.isEmpty
        case .info, .status, .why, .results, .ledger, .gates, .trace, .watch, .logs, nil: false
        }
    }

    /// Plans off this thread; the outcome comes back through the one stream. The task ends by itself.
    private func plan(_ call: SubmitCall, for caller: Caller) {
        var generator = SystemRandomNumberGenerator()
        let job = JobID.random("j-", using: &generator)
        Task { [planner, objects, inlet] in
            do throws(PlanRefusal) {
                inlet.yield(.planned(job, try await planner(call, objects), replyTo: caller))
            } catch {
                inlet.yield(.refused(error.description, replyTo: caller))
            }
        }
    }

    /// The newest job, or the one named; nil when there is none.
    func job(named name: String) -> JobRecord? {
        if let id = JobID(validating: name) { return cluster.jobs[id] }
        return cluster.jobs.values.max { ($0.submittedAt, $0.id) < ($1.submittedAt, $1.id) }
    }

    private func results(_ call: ResultsCall, _ caller: Caller) async throws(StoreError) {
        guard let job = job(named: call.job) else {
            await reply(to: caller, code: "unknown", noJob(call.job))
            return
        }
        let document = try store.document(of: job.id)
        await reply(to: caller) { body in
            body.results = .with { answer in
                answer.state = job.standing.rawValue
                answer.film = document?.film ?? Data()
                answer.settings = document?.settings ?? Data()
                answer.nodes = job.nodes.compactMap { node in
                    guard let record = cluster.tasks[node.key] else { return nil }
                    return .with {
                        $0.name = node.name
                        $0.kind = record.spec.kind.rawValue
                        $0.key = node.key.data
                        $0.basis = record.spec.basis.data
                        switch record.phase {
                        case .done(let result): $0.result = ResultBody(result)
                        case .failed(let failure): $0.fault = failure.message
                        case .idle, .waiting, .ready, .parked, .leased: break
                        }
                    }
                }
            }
        }
    }

    private func order(_ call: JobCall, _ caller: Caller) async throws(StoreError) {
        guard let job = job(named: call.job) else {
            await reply(to: caller, code: "unknown", noJob(call.job))
            return
        }
        guard call.verb == "cancel" else {
            await reply(to: caller, code: "unknown", "jobs can be cancelled, not \"\(call.verb)\"")
            return
        }
        try await decide([.jobCancelled(job.id)])
        let standing = cluster.jobs[job.id]?.standing.rawValue ?? ""
        await reply(to: caller) { $0.job = .with { $0.state = standing } }
    }

    func noJob(_ name: String) -> String {
        name.isEmpty ? "no job was ever submitted here" : "there is no job \(name); `snowflake status` lists them"
    }

    // MARK: tokens

    private func createToken(_ call: TokenCreateCall, _ caller: Caller) async throws(StoreError) {
        guard let role = PeerRole(rawValue: call.role) else {
            let roles = PeerRole.allCases.map(\.rawValue).joined(separator: ", ")
            await reply(to: caller, code: "usage", "there is no role \"\(call.role)\"; roles are \(roles)")
            return
        }
        let address = call.address.isEmpty ? settings.address : call.address
        guard (0...Self.longestSeconds).contains(call.validSeconds), call.uses <= 1_000_000 else {
            await reply(to: caller, code: "usage", "a token is good for up to ten years and a million machines")
            return
        }
        let now = clock.now
        let (record, token) = TokenMint.make(
            role: role, address: address, serverKey: serverKeys.publicKey, label: call.label, at: now,
            expiresAt: call.validSeconds > 0 ? now + .seconds(call.validSeconds) : nil,
            uses: call.uses > 0 ? Int(call.uses) : nil)
        try store.add(record)
        admissions.add(record.id, Admissions.Terms(expiresAt: record.expiresAt, uses: record.uses))
        let entry = Enrolment.Entry(token: record.id, role: role, expiresAt: record.expiresAt)
        enrolment.enrol(publicKey: record.publicKey, entry)
        // A machine hears its ticket when it is welcomed: before that it is not in.
        let ticket = role == .worker ? "" : doorTicket(entry)
        await reply(to: caller) { body in
            body.token = .with {
                $0.token = token.line
                $0.tokenID = record.id.rawValue
                $0.ticket = ticket
            }
        }
    }

    private static let longestSeconds: Int64 = 10 * 366 * 86_400

    private func revokeToken(_ call: TokenRevokeCall, _ caller: Caller) async throws(StoreError) {
        guard let id = TokenID(validating: call.tokenID), try store.revoke(id, at: clock.now) else {
            await reply(to: caller, code: "unknown", "there is no valid token \(call.tokenID); `snowflake token list`")
            return
        }
        enrolment.revoke(id)
        await reply(to: caller) { $0.token = .with { $0.tokenID = id.rawValue } }
    }

    private func listTokens(_ caller: Caller) async throws(StoreError) {
        let tokens = try store.tokens()
        await reply(to: caller) { body in
            body.tokens = .with { answer in
                answer.tokens = tokens.map { token in
                    .with {
                        $0.tokenID = token.id.rawValue
                        $0.role = token.role
                        $0.label = token.label
                        $0.revoked = token.revokedAt != nil
                        $0.expiresAt = token.expiresAt?.milliseconds ?? 0
                        $0.uses = UInt32(clamping: token.uses ?? 0)
                        $0.used = UInt32(clamping: admissions.members[token.id]?.count ?? 0)
                    }
                }
            }
        }
    }
}

/// Makes tokens: a fresh key pair, of which only the public half is kept.
package enum TokenMint {
    package static func make(
        role: PeerRole, address: String, serverKey: String, label: String, at now: Instant, expiresAt: Instant? = nil,
        uses: Int? = nil
    ) -> (record: TokenRecord, token: JoinToken) {
        let keys = KeyPair.make()
        var generator = SystemRandomNumberGenerator()
        let id = TokenID.random("t-", using: &generator)
        return (
            TokenRecord(
                id: id, publicKey: keys.publicKey, role: role.rawValue, label: String(label.prefix(128)),
                createdAt: now,
                expiresAt: expiresAt, uses: uses),
            JoinToken(address: address, serverKey: serverKey, clientSecret: keys.secretKey)
        )
    }
}
