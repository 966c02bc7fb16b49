// JSON as services write and read it: built in order, read without a fuss about types.

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral text: String) { self = .string(text) }
    package init(integerLiteral number: Int) { self = .number(String(number)) }
}

extension JSON {
    /// An object without the members that have no value.
    package static func of(_ members: KeyValuePairs<String, JSON?>) -> JSON {
        .object(members.compactMap { name, value in value.map { Member(name, $0) } })
    }

    package static func text(_ text: String) -> JSON { .string(text) }
    package static func integer(_ number: Int) -> JSON { .number(String(number)) }

    package subscript(_ place: Int) -> JSON? { items.flatMap { $0.indices.contains(place) ? $0[place] : nil } }

    /// A text, or a number as it was written: services mix both for ids.
    package var word: String? {
        switch self {
        case .string(let text): text
        case .number(let digits): digits
        default: nil
        }
    }

    package var integer: Int? { word.flatMap { Int($0) } }
    package var double: Double? { word.flatMap { Double($0) } }
    package var isTrue: Bool { self == .bool(true) }
}
