package import Film
import Protocol
internal import Yams

/// The user's own prices and limits:
///
///     prices:
///       - {backend: metered, kind: animate, unit: second, amount: 0.04, currency: USD, source: our contract, date: 2026-11-01}
///     gates:
///       metered: {concurrency: 8, per_minute: 60, per_day: 2000, spend_usd: 40}
///       metered@studio-b/metered-lite: {concurrency: 2}
///
/// A price may name a `model`; without one it is that of all models of its backend. Each account and model has a gate
/// of its own: `service@account/model`, with what is not the default alone. Limits named for a service, or for its
/// account, are those of each of its gates that has none of its own.
extension Configuration {
    /// Reads a file that holds a list of prices alone. They go before all others.
    package mutating func readPrices(_ text: String, file: String) -> [ProjectFault] {
        var faults: [ProjectFault] = []
        func fault(_ path: String, _ message: String) {
            faults.append(ProjectFault(file: file, path: path, message))
        }
        let root = Self.compose(text, fault)
        guard faults.isEmpty else { return faults }
        readPrices(root?.mapping?["prices"] ?? root, fault)
        return faults
    }

    mutating func readPrices(_ node: Node?, _ fault: (String, String) -> Void) {
        guard let list = node?.sequence else { return fault("prices", "should be a list of prices") }
        for (index, item) in list.enumerated() {
            if let price = price(item, "prices[\(index)]", fault) { prices.append(price) }
        }
    }

    private static let priceKeys = [
        "backend", "model", "kind", "unit", "amount", "currency", "source", "date", "rows", "seconds",
    ]

    private func price(_ node: Node, _ path: String, _ fault: (String, String) -> Void) -> Price? {
        guard let map = node.mapping else {
            fault(path, "should hold \(Self.priceKeys.joined(separator: ", "))")
            return nil
        }
        for case let key? in map.keys.map(\.string) where !Self.priceKeys.contains(key) {
            fault("\(path).\(key)", Self.unknown(key, among: Self.priceKeys))
        }
        let units = Price.Unit.allCases.map(\.rawValue)
        func text(_ key: String) -> String { map[key]?.string ?? "" }
        var isGood = true
        func require(_ holds: Bool, _ key: String, _ message: String) {
            guard !holds else { return }
            isGood = false
            fault("\(path).\(key)", message)
        }
        let kind = TaskKind(rawValue: text("kind"))
        require(!text("backend").isEmpty, "backend", "says whose price it is")
        require(kind != nil, "kind", Self.unknown(text("kind"), among: TaskKind.allCases.map(\.rawValue)))
        let unit = Price.Unit(rawValue: text("unit"))
        require(unit != nil, "unit", Self.unknown(text("unit"), among: units))
        require(
            text("currency") == "USD", "currency",
            "\"\(text("currency"))\" is not known here; prices are in USD, so convert it first")
        let amount = map["amount"]?.float ?? -1
        require((0...1e6).contains(amount), "amount", "should be US dollars, 0 or more")
        let (rows, seconds) = (map["rows"]?.int ?? 0, map["seconds"]?.int ?? 0)
        require(map["rows"] == nil || (1...10_000).contains(rows), "rows", "should be rows of picture, like 1080")
        require(map["seconds"] == nil || (1...600).contains(seconds), "seconds", "should be a clip's length, like 8")
        require(!text("source").isEmpty, "source", "says where the price was read")
        let isDate = text("date").wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil
        require(isDate, "date", "says when the price was read, like 2026-11-22")
        guard isGood, let kind, let unit else { return nil }
        return Price(
            backend: text("backend"), model: text("model"), kind: kind, unit: unit,
            amount: MicroUSD(Int64((amount * 1e6).rounded())), rows: rows, seconds: seconds,
            source: text("source"), date: text("date"))
    }

    mutating func readGates(_ node: Node, _ fault: (String, String) -> Void) {
        guard let map = node.mapping else { return fault("gates", "should hold services and their limits") }
        let known = ["concurrency", "per_minute", "per_day", "spend_usd"]
        for (name, body) in map {
            let name = name.string ?? ""
            if GateID(validating: name) == nil { fault("gates.\(name)", "should be like service@account/model") }
            var limits = ServiceLimits()
            for (key, value) in body.mapping ?? [:] {
                let key = key.string ?? ""
                let path = "gates.\(name).\(key)"
                let number = value.int.flatMap { (1...1_000_000).contains($0) ? $0 : nil }
                switch key {
                case "concurrency": limits.concurrency = number
                case "per_minute": limits.perMinute = number
                case "per_day": limits.perDay = number
                case "spend_usd":
                    guard let dollars = value.float, (0...1e6).contains(dollars) else {
                        fault(path, "should be US dollars, 0 or more")
                        continue
                    }
                    limits.spend = MicroUSD(Int64((dollars * 1e6).rounded()))
                    continue
                default:
                    fault(path, Self.unknown(key, among: known))
                    continue
                }
                if number == nil { fault(path, "should be 1 or more") }
            }
            gates[name] = limits
        }
    }
}
