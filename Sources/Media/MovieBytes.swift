internal import Foundation

/// Why an MP4 file cannot be used as it is.
package enum MovieError: Error, Equatable, CustomStringConvertible {
    case cannotRead(file: String, reason: String)
    case cannotWrite(file: String, reason: String)
    case malformed(file: String, what: String)
    /// Well formed, and not what can be joined without another encode.
    case unfit(file: String, reason: String)

    package var description: String {
        switch self {
        case .cannotRead(let file, let reason): "\(file) cannot be read: \(reason)"
        case .cannotWrite(let file, let reason): "\(file) cannot be written: \(reason)"
        case .malformed(let file, let what): "\(file) is a damaged MP4 file: \(what)"
        case .unfit(let file, let reason): "\(file) cannot be joined as it is: \(reason)"
        }
    }
}

/// The bytes of a `moov` box, read with every length checked: what a file says of itself is not believed.
///
/// Boxes are looked for by path, never walked by recursion, and a level has at most ``boxLimit``: a box that lies about
/// its size is an error, not a loop. Tables are as long as the bytes that hold them.
struct MovieBytes {
    let file: String
    let bytes: [UInt8]

    /// The most boxes of one level; a film of ours has fewer than 40.
    static let boxLimit = 10_000

    /// A four-letter box and where it lies.
    struct Box: Equatable {
        let type: UInt32
        /// With its header.
        let whole: Range<Int>
        let body: Range<Int>
    }

    func fault(_ what: String) -> MovieError { .malformed(file: file, what: what) }

    func number<Number: FixedWidthInteger>(_ at: Int, as _: Number.Type = Number.self) throws(MovieError) -> Number {
        let size = MemoryLayout<Number>.size
        guard at >= 0, at <= bytes.count - size else { throw fault("it ends in the middle of a table") }
        return bytes.withUnsafeBytes { Number(bigEndian: $0.loadUnaligned(fromByteOffset: at, as: Number.self)) }
    }

    /// The boxes that lie side by side in a range.
    func boxes(in range: Range<Int>) throws(MovieError) -> [Box] {
        var found: [Box] = []
        var at = range.lowerBound
        while at < range.upperBound {
            // Some writers end a container with four zero bytes.
            guard range.upperBound - at >= 8 else { break }
            var header = 8
            var size = Int(try number(at, as: UInt32.self))
            let type: UInt32 = try number(at + 4)
            if size == 1 {
                header = 16
                guard let long = Int(exactly: try number(at + 8, as: UInt64.self)) else {
                    throw fault("a box is larger than any file")
                }
                size = long
            } else if size == 0 {
                size = range.upperBound - at
            }
            guard size >= header, size <= range.upperBound - at else {
                throw fault("box \(Self.name(type)) of \(size) bytes does not fit where it lies")
            }
            guard found.count < Self.boxLimit else { throw fault("more than \(Self.boxLimit) boxes on one level") }
            found.append(Box(type: type, whole: at..<at + size, body: at + header..<at + size))
            at += size
        }
        return found
    }

    /// The first box at a path below a range; nil when there is none.
    func box(_ path: [String], in range: Range<Int>) throws(MovieError) -> Box? {
        var range = range
        var last: Box?
        for name in path {
            guard let box = try boxes(in: range).first(where: { $0.type == Self.code(name) }) else { return nil }
            (last, range) = (box, box.body)
        }
        return last
    }

    func required(_ path: [String], in range: Range<Int>) throws(MovieError) -> Range<Int> {
        guard let box = try box(path, in: range) else { throw fault("it has no \(path.joined(separator: "/")) box") }
        return box.body
    }

    /// The number of entries a table says it has, when they fit into it.
    /// - Parameter header: bytes from the body's start to the count.
    func count(of entry: Int, after header: Int, in body: Range<Int>) throws(MovieError) -> Int {
        guard body.count >= header + 4 else { throw fault("a table is cut off") }
        let count = Int(try number(body.lowerBound + header, as: UInt32.self))
        guard count <= (body.count - header - 4) / entry else {
            throw fault("a table of \(count) entries has room for \((body.count - header - 4) / entry)")
        }
        return count
    }

    static func code(_ name: String) -> UInt32 { name.utf8.reduce(0) { $0 << 8 | UInt32($1) } }

    static func name(_ code: UInt32) -> String {
        String(
            decoding: (0..<4).map { index in
                let byte = UInt8(truncatingIfNeeded: code >> (24 - 8 * UInt32(index)))
                return (0x20...0x7E).contains(byte) ? byte : 0x3F
            }, as: UTF8.self)
    }
}
