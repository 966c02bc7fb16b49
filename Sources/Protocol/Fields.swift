package import Foundation

/// A value of a task's parameters and facts. Integers only (frames, samples, thousandths): a key never hangs on how
/// a fraction is printed.
package indirect enum Field: Hashable, Sendable {
    case text(String)
    case integer(Int64)
    case list([Field])
    case map([String: Field])
}

extension Field: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByArrayLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(arrayLiteral elements: Field...) { self = .list(elements) }

    package init(_ value: Int) { self = .integer(Int64(value)) }
    package init(_ value: String) { self = .text(value) }
    package init(_ value: Bool) { self = .integer(value ? 1 : 0) }
}

/// Named values in canonical form: the bytes that are hashed are the bytes that travel and are saved.
///
/// Form, in docs/keys.md: one tag byte, then the value. `t` 4-byte length and UTF-8; `i` 8 bytes, two's complement;
/// `l` 4-byte count and values; `m` 4-byte count and (name, value) pairs in the order of the names' UTF-8 bytes. All
/// lengths and integers are big-endian.
package struct Fields: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package var values: [String: Field]

    package init(_ values: [String: Field] = [:]) { self.values = values }

    package init(dictionaryLiteral elements: (String, Field)...) {
        values = Dictionary(elements) { _, last in last }
    }

    package subscript(_ name: String) -> Field? {
        get { values[name] }
        set { values[name] = newValue }
    }

    /// These and `other`'s; where both have a name, `other`'s.
    package func merging(_ other: Fields) -> Fields { Fields(values.merging(other.values) { _, new in new }) }

    /// These but for one.
    package func without(_ name: String) -> Fields { Fields(values.filter { $0.key != name }) }

    /// The canonical bytes.
    package var canonical: Data { Data(bytes) }

    /// Hash of the canonical bytes.
    package var digest: Digest { Digest(of: bytes) }

    var bytes: [UInt8] {
        var writer = CanonicalWriter()
        writer.write(.map(values))
        return writer.bytes
    }

    /// Reads canonical bytes; throws ``FieldsError`` when they are not exactly one map in canonical order.
    package init(canonical bytes: Data) throws(FieldsError) {
        var reader = CanonicalReader(bytes: [UInt8](bytes))
        guard case .map(let map) = try reader.value(depth: 0) else { throw .malformed(offset: 0) }
        guard reader.offset == bytes.count else { throw .malformed(offset: reader.offset) }
        values = map
    }
}

/// A recipe's parameters are not what it expects: a fault of ours or of a peer, never a crash.
package enum FieldsError: Error, Equatable, CustomStringConvertible {
    case malformed(offset: Int)
    case missing(String, expected: String)

    package var description: String {
        switch self {
        case .malformed(let offset): "canonical fields are malformed at byte \(offset)"
        case .missing(let name, let expected): "the parameter \"\(name)\" is missing or is not \(expected)"
        }
    }
}

extension Fields {
    /// The text called `name`.
    package func text(_ name: String) throws(FieldsError) -> String {
        guard case .text(let value) = values[name] else { throw .missing(name, expected: "text") }
        return value
    }

    /// The whole number called `name`, inside `range`.
    package func integer(_ name: String, in range: ClosedRange<Int> = -1_000_000_000...1_000_000_000)
        throws(FieldsError) -> Int
    {
        guard case .integer(let value) = values[name], let number = Int(exactly: value), range.contains(number) else {
            throw .missing(name, expected: "a whole number in \(range)")
        }
        return number
    }

    /// The claim called `name`: 0 or 1.
    package func flag(_ name: String) throws(FieldsError) -> Bool { try integer(name, in: 0...1) == 1 }

    /// The list called `name`.
    package func list(_ name: String) throws(FieldsError) -> [Field] {
        guard case .list(let value) = values[name] else { throw .missing(name, expected: "a list") }
        return value
    }

    /// The list of texts called `name`.
    package func texts(_ name: String) throws(FieldsError) -> [String] {
        var texts: [String] = []
        for case let item in try list(name) {
            guard case .text(let text) = item else { throw .missing(name, expected: "a list of texts") }
            texts.append(text)
        }
        return texts
    }

    /// The list of maps called `name`.
    package func maps(_ name: String) throws(FieldsError) -> [Fields] {
        var maps: [Fields] = []
        for item in try list(name) {
            guard case .map(let map) = item else { throw .missing(name, expected: "a list of maps") }
            maps.append(Fields(map))
        }
        return maps
    }

    /// The map called `name`.
    package func map(_ name: String) throws(FieldsError) -> Fields {
        guard case .map(let map) = values[name] else { throw .missing(name, expected: "a map") }
        return Fields(map)
    }
}

/// Writes canonical bytes; also the hasher's feed for keys.
package struct CanonicalWriter {
    package private(set) var bytes: [UInt8] = []

    package init() { bytes.reserveCapacity(512) }

    /// Adds one value.
    package mutating func write(_ field: Field) {
        switch field {
        case .text(let text): write(text)
        case .integer(let number):
            bytes.append(UInt8(ascii: "i"))
            withUnsafeBytes(of: number.bigEndian) { bytes.append(contentsOf: $0) }
        case .list(let items):
            bytes.append(UInt8(ascii: "l"))
            write(count: items.count)
            for item in items { write(item) }
        case .map(let map):
            bytes.append(UInt8(ascii: "m"))
            write(count: map.count)
            for name in map.keys.sorted(by: { $0.precedes($1) }) {
                write(name)
                if let value = map[name] { write(value) }
            }
        }
    }

    /// Adds a value whose canonical bytes are known already.
    mutating func write(canonical value: [UInt8]) { bytes.append(contentsOf: value) }

    /// Adds the 64 digits of a digest as text.
    mutating func write(hexOf digest: Digest) {
        bytes.append(UInt8(ascii: "t"))
        write(count: 64)
        digest.appendHex(to: &bytes)
    }

    mutating func removeAll() { bytes.removeAll(keepingCapacity: true) }

    /// Adds one text.
    package mutating func write(_ text: String) {
        bytes.append(UInt8(ascii: "t"))
        var text = text
        text.withUTF8 { utf8 in
            write(count: utf8.count)
            bytes.append(contentsOf: utf8)
        }
    }

    private mutating func write(count: Int) {
        withUnsafeBytes(of: UInt32(count).bigEndian) { bytes.append(contentsOf: $0) }
    }
}

extension String {
    /// Whether its UTF-8 bytes come before the other's.
    fileprivate func precedes(_ other: String) -> Bool {
        var (left, right) = (self, other)
        return left.withUTF8 { left in
            right.withUTF8 { right in
                guard let a = left.baseAddress, let b = right.baseAddress else { return left.count < right.count }
                let order = memcmp(a, b, min(left.count, right.count))
                return order == 0 ? left.count < right.count : order < 0
            }
        }
    }
}

private struct CanonicalReader {
    let bytes: [UInt8]
    var offset = 0

    /// Deeper nesting than this is refused: nothing of ours needs it, and a liar could exhaust the stack.
    static let depthLimit = 16

    init(bytes: [UInt8]) { self.bytes = bytes }

    mutating func value(depth: Int) throws(FieldsError) -> Field {
        guard depth < Self.depthLimit, offset < bytes.count else { throw .malformed(offset: offset) }
        let tag = bytes[offset]
        offset += 1
        switch tag {
        case UInt8(ascii: "t"): return .text(try text())
        case UInt8(ascii: "i"):
            guard bytes.count - offset >= 8 else { throw .malformed(offset: offset) }
            let raw = bytes[offset..<offset + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            offset += 8
            return .integer(Int64(bitPattern: raw))
        case UInt8(ascii: "l"):
            var items: [Field] = []
            for _ in 0..<(try count()) { items.append(try value(depth: depth + 1)) }
            return .list(items)
        case UInt8(ascii: "m"):
            var map: [String: Field] = [:]
            var last: String?
            for _ in 0..<(try count()) {
                guard case .text(let name) = try value(depth: depth + 1) else { throw .malformed(offset: offset) }
                if let last, !last.utf8.lexicographicallyPrecedes(name.utf8) { throw .malformed(offset: offset) }
                map[name] = try value(depth: depth + 1)
                last = name
            }
            return .map(map)
        default: throw .malformed(offset: offset - 1)
        }
    }

    /// A count can never exceed the bytes left: no lie makes us reserve memory.
    private mutating func count() throws(FieldsError) -> Int {
        guard bytes.count - offset >= 4 else { throw .malformed(offset: offset) }
        let count = bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
        offset += 4
        guard count <= bytes.count - offset else { throw .malformed(offset: offset - 4) }
        return count
    }

    private mutating func text() throws(FieldsError) -> String {
        let length = try count()
        guard let text = String(validating: bytes[offset..<offset + length], as: UTF8.self) else {
            throw .malformed(offset: offset)
        }
        offset += length
        return text
    }
}
