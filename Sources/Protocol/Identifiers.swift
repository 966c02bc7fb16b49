/// A short name that travels on the wire and never becomes a path: 1–64 of `A–Z a–z 0–9 - _`, and what its kind allows.
///
/// `Tag` keeps the kinds of identifier apart; it has no values.
package struct Identifier<Tag: IdentifierTag>: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let rawValue: String

    /// Takes a name of our own making.
    package init(_ name: String) {
        precondition(Self.isValid(name), "an identifier of our own is malformed: \(name)")
        rawValue = name
    }

    /// Takes a name from a peer or a file; `nil` when it is empty, too long or has other characters.
    package init?(validating name: String) {
        guard Self.isValid(name) else { return nil }
        rawValue = name
    }

    /// Makes `prefix` and 16 random characters of 5 bits each.
    package static func random(_ prefix: String, using generator: inout some RandomNumberGenerator) -> Identifier {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz234567")
        let letters = (0..<16).map { _ in alphabet[Int.random(in: 0..<32, using: &generator)] }
        return Identifier(prefix + String(letters))
    }

    package var description: String { rawValue }

    package static func < (left: Identifier, right: Identifier) -> Bool { left.rawValue < right.rawValue }

    private static func isValid(_ name: String) -> Bool {
        (1...64).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x2D || byte == 0x5F || Tag.alsoAllowed.contains(byte)
            }
    }
}

package protocol IdentifierTag: Sendable {
    /// Characters this kind of name may have beside letters, digits, `-` and `_`.
    static var alsoAllowed: [UInt8] { get }
}

extension IdentifierTag {
    package static var alsoAllowed: [UInt8] { [] }
}

package enum WorkerTag: IdentifierTag {}
package enum InstanceTag: IdentifierTag {}
package enum JobTag: IdentifierTag {}
package enum TokenTag: IdentifierTag {}
package enum GateTag: IdentifierTag {
    package static let alsoAllowed = Array("@/.:".utf8)
}

/// What tries and blocklists count: random, kept in the worker's locked state folder.
package typealias WorkerID = Identifier<WorkerTag>
/// One process start of a worker; also its routing id.
package typealias InstanceID = Identifier<InstanceTag>
/// One render of one project under one profile.
package typealias JobID = Identifier<JobTag>
/// An enrolled key; many processes may share it.
package typealias TokenID = Identifier<TokenTag>
/// One provider account and model whose use is limited across the cluster: `runway`, `runway@studio-b/gen4_turbo`.
package typealias GateID = Identifier<GateTag>

extension Identifier where Tag == GateTag {
    /// - Parameters:
    ///   - account: empty for the service's default account.
    ///   - model: empty for the service's default model.
    /// - Returns: `nil` when one of them has characters or a length no gate's name can have.
    package init?(service: String, account: String, model: String) {
        self.init(
            validating: service + (account.isEmpty ? "" : "@\(account)") + (model.isEmpty ? "" : "/\(model)"))
    }
}
