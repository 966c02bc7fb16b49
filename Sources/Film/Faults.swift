/// Something in a project's file that is wrong or worth knowing: which file, where, what, and what is allowed.
package struct ProjectFault: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Weight: String, Sendable {
        /// The project cannot be rendered.
        case error
        /// It can, with something missing or replaced.
        case warning
    }

    package let weight: Weight
    /// Relative to the project.
    package let file: String
    /// `$.scenes[0].shots[2].duration_seconds`; empty for the file as a whole.
    package let path: String
    package let message: String

    package init(_ weight: Weight = .error, file: String, path: String = "", _ message: String) {
        self.weight = weight
        self.file = file
        self.path = path
        self.message = message
    }

    package var description: String {
        "\(weight.rawValue): \(file)\(path.isEmpty ? "" : " at \(path)"): \(message)"
    }
}

/// Reads values out of JSON and gathers every fault on the way, instead of stopping at the first.
struct FieldReader {
    let json: JSON
    let file: String
    let path: String
    /// Shared by all readers of one file.
    let faults: FaultList

    final class FaultList {
        var list: [ProjectFault] = []
    }

    func fault(_ name: String, _ message: String, _ weight: ProjectFault.Weight = .error) {
        let at = name.isEmpty ? path : "\(path).\(name)"
        faults.list.append(ProjectFault(weight, file: file, path: at, message))
    }

    /// Absent and null count as not there.
    private func value(_ name: String) -> JSON? {
        switch json[name] {
        case nil, .null: nil
        case let value?: value
        }
    }

    func text(_ name: String, default fallback: String = "") -> String {
        switch value(name) {
        case nil: return fallback
        case .string(let text): return text
        case .number(let digits): return digits
        case .bool(let claim): return claim ? "true" : "false"
        case .array(let items): return items.compactMap(\.string).joined(separator: ", ")
        case .object(let members):
            fault(name, "should be text, not an object with \(members.count) members")
            return fallback
        case .null: return fallback
        }
    }

    /// A number, also when it comes as a string; rejects NaN, infinities and everything outside `range`.
    func number(_ name: String, default fallback: Double?, in range: ClosedRange<Double>) -> Double? {
        let digits: String
        switch value(name) {
        case nil:
            if fallback == nil { fault(name, "is missing; it should be a number from \(range)") }
            return fallback
        case .number(let text), .string(let text): digits = text
        case let other?:
            fault(name, "should be a number from \(Self.plain(range)), not \(other.kind)")
            return fallback
        }
        guard let number = Double(digits), number.isFinite else {
            fault(name, "should be a number from \(Self.plain(range)), not \"\(digits)\"")
            return fallback
        }
        guard range.contains(number) else {
            fault(name, "is \(digits); it should be from \(Self.plain(range))")
            return fallback
        }
        return number
    }

    private static func plain(_ range: ClosedRange<Double>) -> String {
        func text(_ number: Double) -> String { number == number.rounded() ? String(Int(number)) : String(number) }
        return "\(text(range.lowerBound)) to \(text(range.upperBound))"
    }

    func integer(_ name: String, default fallback: Int?, in range: ClosedRange<Int>) -> Int? {
        number(name, default: fallback.map(Double.init), in: Double(range.lowerBound)...Double(range.upperBound))
            .map { Int($0.rounded()) }
    }

    func flag(_ name: String) -> Bool {
        switch value(name) {
        case .bool(let claim): return claim
        case .string(let text): return ["true", "yes", "1"].contains(text.lowercased())
        case .number(let digits): return digits != "0"
        case nil, .array, .object, .null: return false
        }
    }

    /// A list of texts; one text stands for a list of one.
    func texts(_ name: String) -> [String] {
        switch value(name) {
        case nil: return []
        case .string(let text): return text.isEmpty ? [] : [text]
        case .array(let items):
            return items.enumerated().compactMap { index, item in
                switch item {
                case .string(let text): return text
                case .number(let digits): return digits
                case .null, .bool, .array, .object:
                    fault("\(name)[\(index)]", "should be text, not \(item.kind)", .warning)
                    return nil
                }
            }
        case let other?:
            fault(name, "should be a list of texts, not \(other.kind)")
            return []
        }
    }

    /// One of an enumeration's words; an unknown one names all that are allowed.
    func word<Word: RawRepresentable & CaseIterable>(_ name: String, default fallback: Word) -> Word
    where Word.RawValue == String {
        guard let found = value(name) else { return fallback }
        let text = (found.string ?? "").lowercased().replacing("-", with: "_").replacing(" ", with: "_")
        if let word = Word(rawValue: text) { return word }
        let allowed = Word.allCases.map(\.rawValue).joined(separator: ", ")
        let shown = found.string.map { "\"\($0)\"" } ?? found.kind
        fault(name, "is \(shown); allowed are \(allowed)")
        return fallback
    }

    /// Readers for the objects of a list.
    func objects(_ name: String) -> [FieldReader] {
        guard let found = value(name) else { return [] }
        guard let items = found.items else {
            fault(name, "should be a list, not \(found.kind)")
            return []
        }
        return items.enumerated().compactMap { index, item in
            guard item.members != nil else {
                fault("\(name)[\(index)]", "should be an object, not \(item.kind)")
                return nil
            }
            return FieldReader(json: item, file: file, path: "\(path).\(name)[\(index)]", faults: faults)
        }
    }

    func object(_ name: String) -> FieldReader? {
        guard let found = value(name) else { return nil }
        guard found.members != nil else {
            fault(name, "should be an object, not \(found.kind)")
            return nil
        }
        return FieldReader(json: found, file: file, path: "\(path).\(name)", faults: faults)
    }
}
