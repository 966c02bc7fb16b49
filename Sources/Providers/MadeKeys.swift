internal import Crypto
internal import CryptoExtras
package import Foundation
internal import HTTP
internal import Protocol

/// A key that is made for half an hour or an hour out of something kept: what services call a JWT.
package enum KeySource: Sendable, CustomStringConvertible {
    /// Kling's older pair of keys (shared/providers/kling.md): signed here.
    case pair(access: String, secret: String)
    /// Google's key file of a service account (shared/providers/google-tts.md): signed here, exchanged there.
    case account(ServiceAccount)

    package var description: String { "•••" }
}

/// What a key file of Google's says.
package struct ServiceAccount: Sendable, CustomStringConvertible {
    let email: String
    let keyID: String
    let project: String
    private let key: _RSA.Signing.PrivateKey

    package var description: String { "service account •••" }

    /// Where assertions are exchanged, whatever the file says: it is no place for an address of somebody else's.
    static let exchange = "https://oauth2.googleapis.com/token"

    /// - Throws: ``Fault`` for what is no key file of a service account.
    package init(file data: Data) throws(Fault) {
        struct File: Decodable {
            let type: String?
            let client_email: String?
            let private_key: String?
            let private_key_id: String?
            let project_id: String?
        }
        guard let file = try? JSONDecoder().decode(File.self, from: data) else { throw Fault(words: "is no JSON") }
        guard file.type == "service_account", let email = file.client_email, let pem = file.private_key else {
            throw Fault(words: "is no key of a service account (\"type\": \"service_account\")")
        }
        guard let key = try? _RSA.Signing.PrivateKey(pemRepresentation: pem) else {
            throw Fault(words: "holds no RSA key that can be read")
        }
        self.email = email
        self.key = key
        keyID = file.private_key_id ?? ""
        project = file.project_id ?? ""
    }

    package struct Fault: Error {
        package let words: String
    }

    /// A claim to be this account, good for an hour.
    func assertion(at now: Int64) throws -> String {
        let header: [String: String] = ["alg": "RS256", "typ": "JWT", "kid": keyID]
        let claims = Claims(
            iss: email, scope: "https://www.googleapis.com/auth/cloud-platform", aud: Self.exchange, iat: now,
            exp: now + 3_600)
        let text = try MadeKey.joined(header, claims)
        let signature = try key.signature(for: Data(text.utf8), padding: .insecurePKCS1v1_5)
        return text + "." + MadeKey.encoded(signature.rawRepresentation)
    }

    private struct Claims: Encodable {
        let iss: String
        let scope: String
        let aud: String
        let iat: Int64
        let exp: Int64
    }
}

/// The parts of a JWT.
enum MadeKey {
    /// base64url without padding.
    static func encoded(_ data: some DataProtocol) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }

    static func joined(_ header: some Encodable, _ claims: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return encoded(try encoder.encode(header)) + "." + encoded(try encoder.encode(claims))
    }

    /// Kling's: good from five seconds ago, for half an hour.
    static func signed(access: String, secret: String, at now: Int64) throws -> String {
        struct Claims: Encodable {
            let iss: String
            let exp: Int64
            let nbf: Int64
        }
        let text = try joined(
            ["alg": "HS256", "typ": "JWT"], Claims(iss: access, exp: now + 1_800, nbf: now - 5))
        let code = HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: SymmetricKey(data: Data(secret.utf8)))
        return text + "." + encoded(Data(code))
    }
}

/// Makes the key of one account and keeps it until shortly before its end; who asks meanwhile waits for the same one.
actor KeyKeeper {
    private let source: KeySource
    private let exchange: String
    private let isNear: Bool
    private let http: HTTPClient
    private var held: (key: String, until: Int64)?
    private var making: Task<Result<String, HTTPError>, Never>?

    /// - Parameter own: the address a user gave instead of the service's; the exchange is there then.
    init(_ source: KeySource, own: String?, http: HTTPClient) {
        self.source = source
        self.http = http
        exchange = own.map { $0 + "/token" } ?? ServiceAccount.exchange
        isNear = own != nil
    }

    func key(at now: Int64) async throws(HTTPError) -> String {
        if let held, now < held.until { return held.key }
        if let making { return try await making.value.get() }
        // Ends with this call, which awaits it; others may await it too.
        let task = Task { await make(at: now) }
        making = task
        let result = await task.value
        making = nil
        return try result.get()
    }

    private func make(at now: Int64) async -> Result<String, HTTPError> {
        do throws(HTTPError) {
            switch source {
            case .pair(let access, let secret):
                guard let key = try? MadeKey.signed(access: access, secret: secret, at: now) else {
                    throw .notSent("no key can be made of the pair")
                }
                held = (key, now + 1_500)
                return .success(key)
            case .account(let account):
                let (key, seconds) = try await exchanged(account, at: now)
                held = (key, now + max(60, seconds - 300))
                return .success(key)
            }
        } catch {
            return .failure(error)
        }
    }

    private func exchanged(_ account: ServiceAccount, at now: Int64) async throws(HTTPError) -> (String, Int64) {
        guard let assertion = try? account.assertion(at: now) else {
            throw .notSent("the service account's key cannot sign")
        }
        var request = Request("POST", exchange)
        request.headers = [("Content-Type", "application/x-www-form-urlencoded")]
        request.body = .data(
            Data("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=\(assertion)".utf8))
        request.timeLimit = .seconds(30)
        request.allowsPlainHTTP = isNear
        struct Answer: Decodable {
            let access_token: String?
            let expires_in: Int64?
            let error: String?
            let error_description: String?
        }
        let response: Response
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch {
            // The call it was for was surely not sent.
            throw .notSent("Google gave no access token: \(error)")
        }
        let answer = try? JSONDecoder().decode(Answer.self, from: response.body)
        guard response.status == 200, let token = answer?.access_token, !token.isEmpty else {
            let words = answer?.error_description ?? answer?.error ?? "status \(response.status)"
            throw .notSent("Google gave no access token: \(words); is the clock right, and the key not deleted?")
        }
        return (token, answer?.expires_in ?? 3_600)
    }
}
