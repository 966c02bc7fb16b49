internal import Crypto
internal import Foundation
package import Protocol
package import Transport

/// What lets a machine in at the HTTPS door: the id of the token it joined with, sealed by the coordinator. It is told over
/// the authenticated line alone, and counts as long as the token is enrolled: revoking the token ends both.
package struct Tickets: Sendable {
    private let secret: SymmetricKey
    private let enrolment: Enrolment
    private let now: @Sendable () -> Instant

    /// - Parameter secret: known to this coordinator alone; the same after a restart.
    package init(secret: String, enrolment: Enrolment, now: @escaping @Sendable () -> Instant) {
        self.now = now
        self.secret = SymmetricKey(data: SHA256.hash(data: Data("snowflake tickets \(secret)".utf8)))
        self.enrolment = enrolment
    }

    package func ticket(for token: TokenID) -> String {
        let seal = HMAC<SHA256>.authenticationCode(for: Data(token.rawValue.utf8), using: secret)
        return "\(token.rawValue).\(seal.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())"
    }

    /// Who holds a ticket; `nil` when it is not one of ours or its token is not enrolled (any more) or has ended.
    package func holder(of ticket: some StringProtocol) -> Enrolment.Entry? {
        guard let point = ticket.lastIndex(of: "."), let token = TokenID(validating: String(ticket[..<point])) else {
            return nil
        }
        let hex = Array(ticket[ticket.index(after: point)...].utf8)
        guard hex.count == 64 else { return nil }
        var seal: [UInt8] = []
        for index in stride(from: 0, to: 64, by: 2) {
            guard let byte = UInt8(String(decoding: hex[index...index + 1], as: UTF8.self), radix: 16) else {
                return nil
            }
            seal.append(byte)
        }
        // Compared in constant time.
        guard HMAC<SHA256>.isValidAuthenticationCode(seal, authenticating: Data(token.rawValue.utf8), using: secret)
        else { return nil }
        guard let holder = enrolment.entry(forToken: token), holder.expiresAt.map({ $0 > now() }) ?? true else {
            return nil
        }
        return holder
    }
}
