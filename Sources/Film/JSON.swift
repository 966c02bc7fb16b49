/// A JSON value that keeps what it does not know: object members in their order, numbers as they were written.
package indirect enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// The digits as written, so that a rewrite changes nothing it did not mean to.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    package struct Member: Sendable, Equatable {
        package var name: String
        package var value: JSON

        package init(_ name: String, _ value: JSON) {
            self.name = name
            self.value = value
        }
    }
}

/// Where and why a text is not JSON. Lines and columns count from 1; columns count characters.
package struct JSONFault: Error, Equatable, CustomStringConvertible {
    package let line: Int
    package let column: Int
    package let reason: String

    package init(line: Int, column: Int, reason: String) {
        self.line = line
        self.column = column
        self.reason = reason
    }

    package var description: String { "line \(line), column \(column): \(reason)" }
}

extension JSON {
    /// Reads UTF-8 text of one JSON value (RFC 8259). A byte-order mark is passed over; of two members with one name
    /// the later wins, as in the readers this format meets.
    /// - Throws: ``JSONFault`` for anything else, NaN and infinities included, and for nesting over 64 levels.
    package init(text: some Collection<UInt8>) throws(JSONFault) {
        var parser = JSONParser(bytes: Array(text))
        self = try parser.document()
    }

    /// The text, indented by two spaces, with a final newline.
    package var text: String {
        var out = ""
        write(to: &out, indent: 0)
        return out + "\n"
    }

    private func write(to out: inout String, indent: Int) {
        switch self {
        case .null: out += "null"
        case .bool(let value): out += value ? "true" : "false"
        case .number(let digits): out += digits
        case .string(let text): Self.write(text, to: &out)
        case .array(let items):
            Self.writeList(items, "[", "]", to: &out, indent: indent) { item, out in
                item.write(to: &out, indent: indent + 1)
            }
        case .object(let members):
            Self.writeList(members, "{", "}", to: &out, indent: indent) { member, out in
                Self.write(member.name, to: &out)
                out += ": "
                member.value.write(to: &out, indent: indent + 1)
            }
        }
    }

    private static func writeList<Item>(
        _ items: [Item], _ open: String, _ close: String, to out: inout String, indent: Int,
        _ write: (Item, inout String) -> Void
    ) {
        guard !items.isEmpty else {
            out += open + close
            return
        }
        out += open
        for (index, item) in items.enumerated() {
            out += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: indent + 1)
            write(item, &out)
        }
        out += "\n" + String(repeating: "  ", count: indent) + close
    }

    private static func write(_ text: String, to out: inout String) {
        out += "\""
        // Nearly every text has nothing to escape.
        if !text.utf8.contains(where: { $0 < 0x20 || $0 == 0x22 || $0 == 0x5C }) {
            out += text
            out += "\""
            return
        }
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case "\u{0}"..<"\u{20}":
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        out += "\""
    }

    // MARK: looking inside

    package subscript(_ name: String) -> JSON? {
        get {
            guard case .object(let members) = self else { return nil }
            return members.last { $0.name == name }?.value
        }
        set {
            guard case .object(var members) = self else { return }
            if let index = members.lastIndex(where: { $0.name == name }) {
                if let newValue { members[index].value = newValue } else { members.remove(at: index) }
            } else if let newValue {
                members.append(Member(name, newValue))
            }
            self = .object(members)
        }
    }

    package var items: [JSON]? { if case .array(let items) = self { items } else { nil } }
    package var members: [Member]? { if case .object(let members) = self { members } else { nil } }
    package var string: String? { if case .string(let text) = self { text } else { nil } }

    /// What it is, for messages.
    package var kind: String {
        switch self {
        case .null: "null"
        case .bool: "true or false"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "an object"
        }
    }
}

private struct JSONParser {
    let bytes: [UInt8]
    var place = 0

    static let depthLimit = 64

    mutating func document() throws(JSONFault) -> JSON {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { place = 3 }
        if let bad = invalidUTF8() {
            place = bad
            throw fault("the text is not UTF-8 here")
        }
        skipSpace()
        let value = try value(depth: 0)
        skipSpace()
        guard place == bytes.count else { throw fault("nothing may follow the value") }
        return value
    }

    private func invalidUTF8() -> Int? {
        guard String(validating: bytes, as: UTF8.self) == nil else { return nil }
        var decoder = UTF8()
        var iterator = bytes.makeIterator()
        var sound = 0
        while case .scalarValue(let scalar) = decoder.decode(&iterator) { sound += UTF8.width(scalar) }
        return min(sound, bytes.count - 1)
    }

    private func fault(_ reason: String) -> JSONFault {
        let before = bytes[..<min(place, bytes.count)]
        let line = before.count { $0 == 0x0A } + 1
        let start = before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0
        return JSONFault(
            line: line, column: String(decoding: bytes[start..<before.endIndex], as: UTF8.self).count + 1,
            reason: reason)
    }

    private mutating func skipSpace() {
        while place < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[place]) { place += 1 }
    }

    private mutating func value(depth: Int) throws(JSONFault) -> JSON {
        guard depth < Self.depthLimit else { throw fault("nested deeper than \(Self.depthLimit) levels") }
        guard place < bytes.count else { throw fault("the text ends where a value should be") }
        switch bytes[place] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "-"), 0x30...0x39: return .number(try number())
        default:
            for (word, value) in [("true", JSON.bool(true)), ("false", .bool(false)), ("null", .null)]
            where bytes[place...].starts(with: word.utf8) {
                place += word.utf8.count
                return value
            }
            throw fault("a value should be here (text in quotes, a number, true, false, null, a list or an object)")
        }
    }

    private mutating func object(depth: Int) throws(JSONFault) -> JSON {
        var members: [JSON.Member] = []
        place += 1
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        while true {
            skipSpace()
            guard place < bytes.count, bytes[place] == UInt8(ascii: "\"") else {
                throw fault("a name in quotes should be here")
            }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw fault("a colon should follow the name \"\(name)\"") }
            skipSpace()
            members.append(JSON.Member(name, try value(depth: depth + 1)))
            skipSpace()
            if take(UInt8(ascii: "}")) { return .object(members) }
            guard take(UInt8(ascii: ",")) else { throw fault("a comma or a closing brace should be here") }
        }
    }

    private mutating func array(depth: Int) throws(JSONFault) -> JSON {
        var items: [JSON] = []
        place += 1
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            skipSpace()
            items.append(try value(depth: depth + 1))
            skipSpace()
            if take(UInt8(ascii: "]")) { return .array(items) }
            guard take(UInt8(ascii: ",")) else { throw fault("a comma or a closing bracket should be here") }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard place < bytes.count, bytes[place] == byte else { return false }
        place += 1
        return true
    }

    private mutating func number() throws(JSONFault) -> String {
        let start = place
        func isDigit(_ at: Int) -> Bool { at < bytes.count && (0x30...0x39).contains(bytes[at]) }
        _ = take(UInt8(ascii: "-"))
        guard isDigit(place) else { throw fault("a digit should be here") }
        if !take(UInt8(ascii: "0")) { while isDigit(place) { place += 1 } }
        if take(UInt8(ascii: ".")) {
            guard isDigit(place) else { throw fault("a digit should follow the point") }
            while isDigit(place) { place += 1 }
        }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            if !take(UInt8(ascii: "+")) { _ = take(UInt8(ascii: "-")) }
            guard isDigit(place) else { throw fault("a digit should be in the exponent") }
            while isDigit(place) { place += 1 }
        }
        return String(decoding: bytes[start..<place], as: UTF8.self)
    }

    private mutating func string() throws(JSONFault) -> String {
        place += 1
        var out: [UInt8] = []
        while place < bytes.count {
            let byte = bytes[place]
            switch byte {
            case UInt8(ascii: "\""):
                place += 1
                return String(decoding: out, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(into: &out)
            case 0..<0x20: throw fault("a control character inside a string must be written as \\u00XX or \\n")
            default:
                out.append(byte)
                place += 1
            }
        }
        throw fault("the text ends inside a string")
    }

    private mutating func escape(into out: inout [UInt8]) throws(JSONFault) {
        place += 1
        guard place < bytes.count else { throw fault("the text ends inside a string") }
        let plain: [UInt8: UInt8] = [
            UInt8(ascii: "\""): 0x22, UInt8(ascii: "\\"): 0x5C, UInt8(ascii: "/"): 0x2F, UInt8(ascii: "b"): 8,
            UInt8(ascii: "f"): 12, UInt8(ascii: "n"): 10, UInt8(ascii: "r"): 13, UInt8(ascii: "t"): 9,
        ]
        if let byte = plain[bytes[place]] {
            out.append(byte)
            place += 1
            return
        }
        guard bytes[place] == UInt8(ascii: "u") else {
            throw fault("\\ must be followed by one of \" \\ / b f n r t u")
        }
        var unit = try hexUnit()
        if (0xD800..<0xDC00).contains(unit), bytes[place...].starts(with: "\\u".utf8) {
            place += 1
            let low = try hexUnit()
            if (0xDC00..<0xE000).contains(low) { unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00) }
        }
        // Half a pair becomes the replacement character: readers of this format meet such text.
        out.append(contentsOf: String(Unicode.Scalar(unit) ?? "\u{FFFD}").utf8)
    }

    private mutating func hexUnit() throws(JSONFault) -> UInt32 {
        guard place + 5 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[(place + 1)..<(place + 5)], as: UTF8.self), radix: 16)
        else { throw fault("\\u must be followed by four hexadecimal digits") }
        place += 5
        return unit
    }
}
