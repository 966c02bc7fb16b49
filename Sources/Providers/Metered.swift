package import Foundation
package import HTTP
package import Protocol

/// Client of a metered image-to-video service: a plain job interface that bills on accept and knows references.
///
/// `POST {base}/v1/generations` with `Reference` → 202 `{"id"}`; the same reference again → 200 with the same id, not
/// billed. `GET …/v1/generations?reference=R` → 200 or 404. `GET …/v1/generations/{id}` → `{"status", "cost_micro_usd",
/// "output"}`. The output is fetched from the same host.
package struct Metered: Sendable {
    package let base: String
    /// Empty for the default account.
    package let account: String
    private let key: String
    private let http: HTTPClient

    /// What the service says of an operation.
    package enum State: Sendable, Equatable {
        case running
        case succeeded(output: String, cost: MicroUSD)
        case moderated(String, cost: MicroUSD)
        case failed(String, cost: MicroUSD)
        case lost
    }

    /// What a request for a generation came to.
    package enum Submission: Sendable, Equatable {
        case accepted(String)
        case refused(String)
        /// It does not take this machine's key: nothing was bought, and other machines may have a better one.
        case denied(String)
        case scarce(String, retryAfter: Span?)
        /// Surely not bought.
        case notSent(String)
        /// Nobody knows.
        case unknown(String)
    }

    package init(base: String, account: String = "", key: String, http: HTTPClient) {
        self.account = account
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.key = key
        self.http = http
    }

    /// The variable that holds an account's key: `SNOWFLAKE_METERED_KEY`, and `SNOWFLAKE_METERED_KEY_STUDIO_B` for the
    /// account `studio-b`.
    private static let keyName = "SNOWFLAKE_METERED_KEY"
    private var keyName: String {
        account.isEmpty ? Self.keyName : "\(Self.keyName)_\(account.uppercased().replacing("-", with: "_"))"
    }

    /// One client for each account this machine has a key of; none without `SNOWFLAKE_METERED_URL`.
    package static func configured(_ environment: [String: String], http: HTTPClient) -> [Metered] {
        guard let base = environment["SNOWFLAKE_METERED_URL"], !base.isEmpty else { return [] }
        return environment.keys.sorted().compactMap { name in
            guard name.hasPrefix(keyName), let key = environment[name], !key.isEmpty else { return nil }
            let rest = name.dropFirst(keyName.count)
            guard rest.isEmpty || rest.hasPrefix("_") else { return nil }
            let account = rest.dropFirst().lowercased().replacing("_", with: "-")
            return Metered(base: base, account: account, key: key, http: http)
        }
    }

    private func request(_ method: String, _ path: String) -> Request {
        var request = Request(method, base + path)
        request.headers = [("Authorization", "Bearer \(key)"), ("Accept", "application/json")]
        request.timeLimit = .seconds(30)
        request.allowsPlainHTTP = true
        return request
    }

    private struct Wish: Encodable {
        let prompt: String
        /// Absent for the service's default.
        let model: String?
        let milliseconds: Int
        let width: Int
        let height: Int
        let fps: Int
    }

    private struct Answer: Decodable {
        let id: String?
        let status: String?
        let cost_micro_usd: Int64?
        let output: String?
        let error: String?
    }

    /// Asks for one clip. One call, one request.
    package func submit(
        reference: String, prompt: String, model: String = "", milliseconds: Int, width: Int, height: Int, fps: Int
    ) async -> Submission {
        var request = request("POST", "/v1/generations")
        request.headers += [("Reference", reference), ("Content-Type", "application/json")]
        let wish = Wish(
            prompt: prompt, model: model.isEmpty ? nil : model, milliseconds: milliseconds, width: width,
            height: height, fps: fps)
        guard let body = try? JSONEncoder().encode(wish) else { return .refused("the prompt is no text") }
        request.body = .data(body)
        do throws(HTTPError) {
            let response = try await http.send(request)
            let answer = Self.read(response)
            switch response.status {
            case 200, 202:
                guard let id = answer?.id, !id.isEmpty else { return .unknown("it accepted without a name") }
                return .accepted(id)
            case 429: return .scarce(answer?.error ?? "too many requests", retryAfter: response.retryAfter)
            case 402: return .scarce(answer?.error ?? "the balance is too low", retryAfter: .seconds(600))
            case 401, 403:
                return .denied(
                    "the service does not take this machine's key (\(response.status) "
                        + "\(answer?.error ?? "")); check \(keyName) there")
            case 400..<500: return .refused(answer?.error ?? "status \(response.status)")
            default: return .unknown("status \(response.status)")
            }
        } catch {
            switch error {
            case .notSent(let reason), .badRequest(let reason): return .notSent(reason)
            case .cancelled(let wasSent): return wasSent ? .unknown("cancelled") : .notSent("cancelled")
            case .unknown, .brokenAnswer: return .unknown("\(error)")
            }
        }
    }

    /// The operation a reference became; nil when the service surely knows none.
    package func find(reference: String) async throws(HTTPError) -> String? {
        let response = try await http.send(request("GET", "/v1/generations?reference=\(reference)"))
        if response.status == 404 { return nil }
        guard response.status == 200, let id = Self.read(response)?.id else {
            throw .brokenAnswer(status: response.status, "the look-up gave no name")
        }
        return id
    }

    /// How an operation is getting on.
    package func state(of operation: String) async throws(HTTPError) -> State {
        guard let name = operation.addingPercentEncoding(withAllowedCharacters: .alphanumerics.union(["-", "_"])) else {
            return .lost
        }
        let response = try await http.send(request("GET", "/v1/generations/\(name)"))
        if response.status == 404 || response.status == 410 { return .lost }
        guard response.status == 200, let answer = Self.read(response) else {
            throw .brokenAnswer(status: response.status, "no state")
        }
        let cost = MicroUSD(max(0, answer.cost_micro_usd ?? 0))
        switch answer.status {
        case "succeeded":
            guard let output = answer.output else { return .failed("it names no output", cost: cost) }
            return .succeeded(output: output, cost: cost)
        case "moderated": return .moderated(answer.error ?? "refused by the service's policy", cost: cost)
        case "failed": return .failed(answer.error ?? "the service failed", cost: cost)
        default: return .running
        }
    }

    /// Fetches an output into a file.
    package func fetch(_ output: String, into file: URL, limitBytes: Int64) async throws(HTTPError) {
        guard output.hasPrefix("/"), !output.hasPrefix("//") else {
            throw .badRequest("the output \(output.prefix(80)) is not on the service's own host")
        }
        var request = request("GET", output)
        request.destination = .file(file, limitBytes: limitBytes)
        request.timeLimit = .seconds(600)
        let response = try await http.send(request)
        guard response.status == 200 else { throw .brokenAnswer(status: response.status, "no output") }
    }

    private static func read(_ response: Response) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: response.body)
    }
}
