internal import Crypto
package import Foundation

/// A SHA-256 value: 32 bytes, ordered as unsigned bytes, written as 64 lower-case hexadecimal digits.
package struct Digest: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let words: (UInt64, UInt64, UInt64, UInt64)

    /// Hashes bytes.
    package init(of bytes: some DataProtocol) {
        self.init(SHA256.hash(data: bytes))
    }

    /// Takes 32 raw bytes; `nil` for any other count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 32 else { return nil }
        var iterator = bytes.makeIterator()
        func word() -> UInt64 { (0..<8).reduce(0) { sum, _ in sum << 8 | UInt64(iterator.next() ?? 0) } }
        words = (word(), word(), word(), word())
    }

    /// Takes 64 hexadecimal digits; `nil` for anything else.
    package init?(hex: String) {
        let digits = Array(hex.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Self.nibble(digits[index]), let low = Self.nibble(digits[index + 1]) else { return nil }
            bytes.append(high << 4 | low)
        }
        self.init(bytes: bytes)
    }

    fileprivate init(_ hash: SHA256Digest) {
        words = hash.withUnsafeBytes { raw in
            func word(_ index: Int) -> UInt64 {
                UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: index * 8, as: UInt64.self))
            }
            return (word(0), word(1), word(2), word(3))
        }
    }

    /// The 32 bytes, where they lie for the time of a call.
    package func withUnsafeBytes<Value>(_ read: (UnsafeRawBufferPointer) -> Value) -> Value {
        Swift.withUnsafeBytes(
            of: (words.0.bigEndian, words.1.bigEndian, words.2.bigEndian, words.3.bigEndian), read)
    }

    /// The 32 bytes.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    /// The same as `Data`.
    package var data: Data { withUnsafeBytes { Data($0) } }

    /// 64 lower-case hexadecimal digits.
    package var hex: String {
        String(unsafeUninitializedCapacity: 64) { buffer in
            for index in 0..<64 { buffer[index] = digit(index) }
            return 64
        }
    }

    /// Adds the digits of ``hex`` to bytes.
    func appendHex(to bytes: inout [UInt8]) { for index in 0..<64 { bytes.append(digit(index)) } }

    /// One hexadecimal digit, 0 the first.
    private func digit(_ index: Int) -> UInt8 {
        let word =
            switch index / 16 {
            case 0: words.0
            case 1: words.1
            case 2: words.2
            default: words.3
            }
        let nibble = UInt8(truncatingIfNeeded: word >> (60 - 4 * UInt64(index % 16))) & 15
        return nibble < 10 ? 0x30 + nibble : 0x57 + nibble
    }

    /// The first 12 digits, for people.
    package var short: String { String(hex.prefix(12)) }

    package var description: String { short }

    package static func == (left: Digest, right: Digest) -> Bool { left.words == right.words }

    package static func < (left: Digest, right: Digest) -> Bool { left.words < right.words }

    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    private static func nibble(_ digit: UInt8) -> UInt8? {
        switch digit {
        case 0x30...0x39: digit - 0x30
        case 0x61...0x66: digit - 0x61 + 10
        case 0x41...0x46: digit - 0x41 + 10
        default: nil
        }
    }
}

/// The full hash of everything that shapes a result; the name under which it is found again.
package typealias TaskKey = Digest

/// Hashes a stream piece by piece.
package struct DigestBuilder: ~Copyable {
    private var hasher = SHA256()

    package init() {}

    /// Adds bytes at the end.
    package mutating func add(_ bytes: UnsafeRawBufferPointer) { hasher.update(bufferPointer: bytes) }

    /// The digest of all bytes so far.
    package consuming func finish() -> Digest { Digest(hasher.finalize()) }
}
