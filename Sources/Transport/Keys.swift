internal import CZeroMQ
internal import Foundation
package import Protocol
internal import Synchronization

/// A CURVE key pair in Z85, 40 characters each. The secret half describes itself as dots.
package struct KeyPair: Sendable, Equatable, CustomStringConvertible {
    package let publicKey: String
    package let secretKey: String

    package init(publicKey: String, secretKey: String) {
        self.publicKey = publicKey
        self.secretKey = secretKey
    }

    /// A fresh pair from libsodium's generator.
    package static func make() -> KeyPair {
        var publicKey = [CChar](repeating: 0, count: 41)
        var secretKey = [CChar](repeating: 0, count: 41)
        let made = zmq_curve_keypair(&publicKey, &secretKey)
        precondition(made == 0, "libzmq was built without CURVE, which Snowflake never goes without")
        return KeyPair(publicKey: text(publicKey), secretKey: text(secretKey))
    }

    /// The public half of a secret key; `nil` when it is not 40 characters of Z85.
    package static func from(secretKey: String) -> KeyPair? {
        var publicKey = [CChar](repeating: 0, count: 41)
        guard secretKey.utf8.count == 40, zmq_curve_public(&publicKey, secretKey) == 0 else { return nil }
        return KeyPair(publicKey: text(publicKey), secretKey: secretKey)
    }

    package var description: String { "KeyPair(\(publicKey), •••)" }

    private static func text(_ characters: [CChar]) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

/// What a key may do.
package enum PeerRole: String, Sendable, CaseIterable {
    case worker, `operator`, viewer
}

/// The keys that may connect. Checked by ZAP at the handshake and again with every message, so that a revoked key is
/// refused at once.
package final class Enrolment: Sendable {
    package struct Entry: Sendable, Equatable {
        package let token: TokenID
        package let role: PeerRole
        /// When a person's key ends. A machine's ends for newcomers alone, which is known at its hello.
        package let expiresAt: Instant?

        package init(token: TokenID, role: PeerRole, expiresAt: Instant? = nil) {
            self.token = token
            self.role = role
            self.expiresAt = role == .worker ? nil : expiresAt
        }
    }

    private let entries = Mutex<[String: Entry]>([:])

    package init() {}

    /// Lets a key in.
    package func enrol(publicKey: String, _ entry: Entry) { entries.withLock { $0[publicKey] = entry } }

    /// Shuts a token's key out, with immediate effect.
    package func revoke(_ token: TokenID) {
        entries.withLock { entries in entries = entries.filter { $0.value.token != token } }
    }

    /// Who holds a token; `nil` when it is not enrolled (any more).
    package func entry(forToken token: TokenID) -> Entry? {
        entries.withLock { $0.values.first { $0.token == token } }
    }

    /// Who holds a public key; `nil` when nobody does (any more).
    package func entry(forKey publicKey: String) -> Entry? { entries.withLock { $0[publicKey] } }
}

/// All a new machine needs, in one line: where, the server's key, and a revocable key of its own.
package struct JoinToken: Sendable, Equatable, CustomStringConvertible {
    package let address: String
    package let serverKey: String
    package let clientSecret: String

    package init(address: String, serverKey: String, clientSecret: String) {
        self.address = address
        self.serverKey = serverKey
        self.clientSecret = clientSecret
    }

    /// The host of `tcp://host:port`.
    package static func host(of address: String) -> String {
        let rest = address.split(separator: "/").last.map(String.init) ?? address
        return rest.lastIndex(of: ":").map { String(rest[..<$0]) } ?? rest
    }

    private static let mark = "snowflake1."

    /// The line: `snowflake1.` and URL-safe base64 of three lines.
    package var line: String {
        let body = Data("\(address)\n\(serverKey)\n\(clientSecret)".utf8).base64EncodedString()
        return Self.mark
            + body.replacingOccurrences(of: "+", with: "-").replacingOccurrences(of: "/", with: "_")
            .replacingOccurrences(of: "=", with: "")
    }

    /// Reads a line; `nil` when it is cut off or something else.
    package init?(line: String) {
        let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
        guard line.hasPrefix(Self.mark) else { return nil }
        var body = line.dropFirst(Self.mark.count).replacingOccurrences(of: "-", with: "+")
            .replacingOccurrences(of: "_", with: "/")
        while body.count % 4 != 0 { body += "=" }
        guard let data = Data(base64Encoded: body), let text = String(data: data, encoding: .utf8) else { return nil }
        let parts = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, parts[1].utf8.count == 40, KeyPair.from(secretKey: parts[2]) != nil,
            parts[0].hasPrefix("tcp://")
        else { return nil }
        self.init(address: parts[0], serverKey: parts[1], clientSecret: parts[2])
    }

    package var description: String { "JoinToken(\(address), •••)" }
}
