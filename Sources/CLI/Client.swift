import ArgumentParser
import Foundation
import HTTP
import Objects
import Protocol
import SwiftProtobuf
import Transport

/// Where a cluster is and who asks.
struct ClusterOptions: ParsableArguments {
    @Option(help: "The cluster: a token, or @FILE or - to read one. Default: $SNOWFLAKE_TO, else this machine's own.")
    var to: String?

    @Option(help: "The coordinator's state folder on this machine.")
    var state: String?

    /// `--to`, then `SNOWFLAKE_TO`, then the operator token of the state folder.
    func token() throws(Failure) -> JoinToken {
        if let text = to ?? ProcessInfo.processInfo.environment["SNOWFLAKE_TO"] { return try Self.read(text) }
        let folder = state.map(Folders.folder) ?? Folders.state
        let file = folder.appendingPathComponent("operator.token")
        guard let line = try? String(contentsOf: file, encoding: .utf8) else {
            throw Failure(
                .notReachable,
                "no cluster is known here (\(file.path) is not there); start one with `snowflake coordinator`, or name one with --to"
            )
        }
        return try Self.parse(line, from: file.path)
    }

    /// A token as it is passed: itself, `@FILE`, or `-`.
    static func read(_ text: String) throws(Failure) -> JoinToken {
        if text == "-" { return try parse(readLine() ?? "", from: "standard input") }
        guard text.hasPrefix("@") else { return try parse(text, from: "the argument") }
        let path = String(text.dropFirst())
        guard let line = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw Failure(.usage, "the token file \(path) cannot be read")
        }
        return try parse(line, from: path)
    }

    private static func parse(_ line: String, from source: String) throws(Failure) -> JoinToken {
        guard let token = JoinToken(line: line) else {
            throw Failure(
                .refusedKey,
                "\(source) holds no whole token (one line that begins with snowflake1.); copy it again, or make one with `snowflake token create`"
            )
        }
        return token
    }
}

/// A client of a coordinator: one question at a time, each with an answer or a reason.
actor Client {
    private let link = DealerSocket()
    private let address: String
    private var number: UInt64 = 0
    private var answers: [UInt64: CheckedContinuation<ResponseBody, any Error>] = [:]
    private var reader: Task<Void, Never>?
    private var fatal: Failure?

    /// How long a coordinator may take to answer.
    static let patience = Duration.seconds(10)

    init(_ token: JoinToken) async throws(Failure) {
        address = token.address
        var generator = SystemRandomNumberGenerator()
        do throws(TransportError) {
            try await link.connect(with: token, as: InstanceID.random("c-", using: &generator))
        } catch {
            throw Failure(.notReachable, "\(error)")
        }
        // Ends when the link is closed.
        reader = Task { [weak self, news = link.news] in
            for await item in news { await self?.hear(item) }
        }
    }

    func close() async {
        reader?.cancel()
        await link.close()
    }

    private func hear(_ news: PeerNews) {
        switch news {
        case .message(.response(let response)):
            answers.removeValue(forKey: response.requestID)?.resume(returning: response)
        case .message(.refusal(let reason, _)):
            end(Failure(.refusedKey, "the coordinator at \(address) refuses: \(reason)"))
        case .keyRefused:
            end(
                Failure(
                    .refusedKey,
                    "the coordinator at \(address) refuses this key: it is revoked, or of another cluster; ask for a new token"
                ))
        case .garbled(let error): end(Failure(.notReachable, "\(address) does not speak our language: \(error)"))
        case .message, .connected, .disconnected: break
        }
    }

    private func end(_ failure: Failure) {
        fatal = failure
        for continuation in answers.values { continuation.resume(throwing: failure) }
        answers = [:]
    }

    /// Asks; throws a ``Failure`` when there is no answer or it is a refusal.
    func ask(patience: Duration = Client.patience, _ fill: (inout RequestBody) -> Void) async throws -> ResponseBody {
        if let fatal { throw fatal }
        number += 1
        var body = RequestBody()
        body.requestID = number
        fill(&body)
        let id = number
        // Cancelled as soon as the answer is there.
        let timer = Task { [address] in
            guard (try? await Task.sleep(for: patience)) != nil else { return }
            giveUp(
                id,
                Failure(
                    .notReachable, "no answer from \(address); is the coordinator running, and is this its address?"))
        }
        defer { timer.cancel() }
        let request = body
        let response = try await withCheckedThrowingContinuation { continuation in
            answers[id] = continuation
            // Sent from here, so that an answer always finds who waits for it. Ends by itself.
            Task { await link.send(.request(request)) }
        }
        guard !response.hasError else {
            let code: ExitStatus =
                switch response.error.code {
                case "role": .refusedKey
                case "refused": .badProject
                default: .usage
                }
            throw Failure(code, response.error.message)
        }
        return response
    }

    /// The cluster's store, as this machine reaches it.
    func store() async throws -> Depot {
        let info = try await ask { $0.info = .init() }.info
        do {
            return try Depot.open(
                info.stores.map(StoreDoor.init), fallback: info.storeURL, reachedAt: JoinToken.host(of: address),
                peer: "client-\(getpid())", cache: Folders.cache.appendingPathComponent("store"),
                environment: ProcessInfo.processInfo.environment, client: HTTPClient(), patience: .seconds(30),
                isShared: true)
        } catch {
            throw Failure(.lacking, "the cluster's store cannot be used from this machine: \(error)")
        }
    }

    private func giveUp(_ id: UInt64, _ failure: Failure) { answers.removeValue(forKey: id)?.resume(throwing: failure) }
}
