package import Foundation

/// The wire's own version, apart from the release. Majors must match; the newer side speaks the older minor.
package struct WireVersion: Hashable, Sendable, CustomStringConvertible {
    package let major: UInt8
    package let minor: UInt8

    package init(major: UInt8, minor: UInt8) {
        self.major = major
        self.minor = minor
    }

    /// What this build speaks.
    package static let current = WireVersion(major: 1, minor: 1)

    /// Whether a peer of `other` can be understood: the same major, and at most one minor apart.
    package func understands(_ other: WireVersion) -> Bool {
        major == other.major && abs(Int(minor) - Int(other.minor)) <= 1
    }

    package var description: String { "\(major).\(minor)" }
}

/// The first frame of every message: 16 bytes.
/// ```
///  0      1      2 … 3        4 … 7           8 … 15
/// ┌──────┬──────┬────────────┬───────────────┬──────────────────┐
/// │major │minor │ type (BE)  │ 0x534E4F57    │ sequence (BE)    │
/// └──────┴──────┴────────────┴───────────────┴──────────────────┘
/// ```
package struct Header: Hashable, Sendable {
    package let version: WireVersion
    package let type: UInt16
    /// Rises by one with every message of one sender to one peer.
    package let sequence: UInt64

    package init(version: WireVersion = .current, type: UInt16, sequence: UInt64) {
        self.version = version
        self.type = type
        self.sequence = sequence
    }

    package static let byteCount = 16
    private static let mark: UInt32 = 0x534E_4F57  // "SNOW"

    /// The frame's bytes.
    package var bytes: Data {
        var data = Data([version.major, version.minor])
        withUnsafeBytes(of: type.bigEndian) { data.append(contentsOf: $0) }
        withUnsafeBytes(of: Self.mark.bigEndian) { data.append(contentsOf: $0) }
        withUnsafeBytes(of: sequence.bigEndian) { data.append(contentsOf: $0) }
        return data
    }

    /// Reads a frame from a peer.
    package init(frame: Data) throws(WireError) {
        let raw = [UInt8](frame)
        guard raw.count == Self.byteCount else { throw .truncated(expected: Self.byteCount, got: raw.count) }
        func number(_ range: Range<Int>) -> UInt64 { raw[range].reduce(0) { $0 << 8 | UInt64($1) } }
        guard number(4..<8) == UInt64(Self.mark) else { throw .notOurs }
        version = WireVersion(major: raw[0], minor: raw[1])
        type = UInt16(number(2..<4))
        sequence = number(8..<16)
    }
}

/// A message of a peer that is refused. The peer gets a refusal, a counter moves, the loop goes on.
package enum WireError: Error, Equatable, CustomStringConvertible {
    case frameCount(Int)
    case tooLarge(bytes: Int, limit: Int)
    case truncated(expected: Int, got: Int)
    case notOurs
    case unknownVersion(WireVersion)
    case unknownType(UInt16)
    case malformed(String)

    package var description: String {
        switch self {
        case .frameCount(let count): "a message has 2 frames, this one has \(count)"
        case .tooLarge(let bytes, let limit): "a frame of \(bytes) bytes is over the limit of \(limit)"
        case .truncated(let expected, let got): "a header has \(expected) bytes, this one has \(got)"
        case .notOurs: "the header does not carry Snowflake's mark: another program is talking to this port"
        case .unknownVersion(let version):
            "wire version \(version) is not understood here (this side speaks \(WireVersion.current)); "
                + "update the older side"
        case .unknownType(let type): "message type \(type) is not known here"
        case .malformed(let what): "malformed message: \(what)"
        }
    }
}

/// What a side accepts from a peer.
package struct WireLimits: Sendable {
    /// The largest body frame, in bytes. A submitted film travels as a blob, so bodies stay small.
    package var bodyBytes = 16 << 20
    /// The longest text of a body, in bytes.
    package var textBytes = 64 << 10
    /// The most items of a repeated field.
    package var items = 200_000

    package init() {}

    package static let standard = WireLimits()
}
