package import Protocol

/// What a paid backend takes, as dated data: a price nobody knows is not allowed.
package struct Price: Sendable, Equatable {
    package enum Unit: String, Sendable, CaseIterable { case second, image, character, call }

    package let backend: String
    /// Empty for the service's default model; in a user's list, for all of its models.
    package let model: String
    package let kind: TaskKind
    package let unit: Unit
    package let amount: MicroUSD
    /// Rows of picture it is for; 0 for any.
    package let rows: Int
    /// Length of clip it is for, where a call of another length costs another price; 0 for any.
    package let seconds: Int
    /// Where the price was read, and when (ISO 8601 date).
    package let source: String
    package let date: String

    package init(
        backend: String, model: String = "", kind: TaskKind, unit: Unit, amount: MicroUSD, rows: Int = 0,
        seconds: Int = 0, source: String, date: String
    ) {
        self.backend = backend
        self.model = model
        self.kind = kind
        self.unit = unit
        self.amount = amount
        self.rows = rows
        self.seconds = seconds
        self.source = source
        self.date = date
    }

    /// For people and for the ledger: what a reservation was worked out from.
    package var terms: String {
        let size = rows > 0 ? " at \(rows) rows" : ""
        let length = seconds > 0 ? " of \(seconds) s" : ""
        return "\(amount) USD per \(unit.rawValue)\(length)\(size) (\(source), \(date))"
    }

    /// What so many units cost, rounded up; a call is one.
    package func cost(units: Double) -> MicroUSD {
        MicroUSD(max(1, Int64((Double(amount.amount) * (unit == .call ? 1 : units)).rounded(.up))))
    }
}

package enum Prices {
    /// What this release knows: the services' own, then those of the test service.
    package static let shipped =
        VideoPrices.shipped + ServiceModels.shipped.flatMap(\.prices) + [
            Price(
                backend: "metered", kind: .animate, unit: .second, amount: MicroUSD(50_000),
                source: "the test service of this repository", date: "2026-11-22"),
            Price(
                backend: "metered", model: "metered-lite", kind: .animate, unit: .second, amount: MicroUSD(25_000),
                source: "the test service of this repository", date: "2026-11-24"),
        ]

    /// Kinds a backend makes.
    package static func kinds(of backend: String) -> [TaskKind] {
        switch backend {
        case "local": TaskKind.allCases.filter { $0 != .music && $0 != .lipsync }
        case "synthetic": TaskKind.allCases.filter { $0 != .music }
        case "given": [.music] + FilmPlan.takeKinds.sorted()
        default:
            (shipped.filter { $0.backend == backend }.map(\.kind)) + ServiceModels.kinds(of: backend)
                + (VideoModels.shipped.contains { $0.backend == backend } ? [.animate] : [])
        }
    }
}

/// What a user says one account may be asked for; the same numbers as a gate's limits.
package struct ServiceLimits: Sendable, Equatable {
    package var concurrency: Int?
    package var perMinute: Int?
    package var perDay: Int?
    package var spend: MicroUSD?

    package init() {}
}

extension Profile {
    /// The user's price for the model, else the user's for all models, else what this release knows of the model; of each
    /// the one for this size and length before the one for any.
    /// - Parameters:
    ///   - rows: of picture; 0 where that does not matter.
    ///   - seconds: length of the clip; 0 where that does not matter.
    package func price(of kind: TaskKind, by choice: BackendChoice, rows: Int = 0, seconds: Int = 0) -> Price? {
        func fitting(_ list: [Price]) -> Price? {
            let fit = list.filter { [0, rows].contains($0.rows) && [0, seconds].contains($0.seconds) }
            // The most exact one.
            return fit.max {
                ($0.rows == rows ? 2 : 0) + ($0.seconds == seconds ? 1 : 0) < ($1.rows == rows ? 2 : 0)
                    + ($1.seconds == seconds ? 1 : 0)
            }
        }
        let users = prices.reversed().filter { $0.backend == choice.backend && $0.kind == kind }
        return fitting(users.filter { $0.model == choice.model }) ?? fitting(users.filter { $0.model.isEmpty })
            ?? fitting(
                Prices.shipped.filter { $0.backend == choice.backend && $0.kind == kind && $0.model == choice.model })
    }

    /// Why a kind cannot be bought of a choice: nobody knows a price of what would be asked for. `nil` when it can.
    func unpriced(_ kind: TaskKind, _ choice: BackendChoice) -> String? {
        guard !choice.isFree else { return nil }
        let remedy = "or give its price in `prices`"
        if kind == .animate, let model = VideoModels.model(choice) {
            let rows = model.rows(for: pictureRows)
            let lengths = model.lengths[rows] ?? []
            guard let length = lengths.first(where: { price(of: kind, by: choice, rows: rows, seconds: $0) == nil })
            else { return nil }
            let sizes = model.lengths.keys.sorted().filter { price(of: kind, by: choice, rows: $0) != nil }
            let known = sizes.isEmpty ? "" : "; known for \(sizes.map(String.init).joined(separator: ", ")) rows"
            return "nobody knows what \(length) s of \(choice.name) cost at \(rows) rows of picture\(known); choose "
                + "another size or model, \(remedy)"
        }
        guard price(of: kind, by: choice) == nil else { return nil }
        let models = Prices.shipped.filter { $0.backend == choice.backend && $0.kind == kind && !$0.model.isEmpty }
        let names = Set(models.map(\.model)).sorted().joined(separator: ", ")
        let known = names.isEmpty ? "this release knows no price of \(choice.backend)'s" : "known models are \(names)"
        return "nobody knows what \(choice.name) costs; \(known); \(remedy)"
    }

    /// Rows of what services are asked for.
    var pictureRows: Int {
        let size = source ?? PictureSize(width, height)
        return min(size.width, size.height)
    }

    /// The user's limits for exactly this account and model, else for the account, else for the service.
    package func limits(of gate: GateID) -> ServiceLimits? {
        let whole = gate.rawValue
        let account = String(whole.split(separator: "/", maxSplits: 1).first ?? "")
        let service = String(account.split(separator: "@", maxSplits: 1).first ?? "")
        return gates[whole] ?? gates[account] ?? gates[service]
    }
}

extension Price {
    var fields: Field {
        .map([
            "backend": .text(backend), "model": .text(model), "kind": .text(kind.rawValue),
            "unit": .text(unit.rawValue),
            "amount": .integer(amount.amount), "source": .text(source), "date": .text(date),
            "rows": .init(rows), "seconds": .init(seconds),
        ])
    }

    init(fields: Fields) throws(FieldsError) {
        guard let kind = TaskKind(rawValue: try fields.text("kind")) else {
            throw .missing("kind", expected: "a kind of task")
        }
        guard let unit = Unit(rawValue: try fields.text("unit")) else {
            throw .missing("unit", expected: Unit.allCases.map(\.rawValue).joined(separator: ", "))
        }
        self.init(
            backend: try fields.text("backend"), model: fields["model"] == nil ? "" : try fields.text("model"),
            kind: kind, unit: unit,
            amount: MicroUSD(Int64(try fields.integer("amount", in: 0...1_000_000_000_000))),
            // Absent in what was saved before prices had sizes.
            rows: fields["rows"] == nil ? 0 : try fields.integer("rows", in: 0...100_000),
            seconds: fields["seconds"] == nil ? 0 : try fields.integer("seconds", in: 0...100_000),
            source: try fields.text("source"), date: try fields.text("date"))
    }
}

extension ServiceLimits {
    var fields: Field {
        .map([
            "concurrency": .init(concurrency ?? 0), "per_minute": .init(perMinute ?? 0), "per_day": .init(perDay ?? 0),
            "spend": .integer(spend?.amount ?? -1),
        ])
    }

    init(fields: Fields) throws(FieldsError) {
        func limit(_ name: String) throws(FieldsError) -> Int? {
            let value = try fields.integer(name, in: 0...1_000_000_000)
            return value == 0 ? nil : value
        }
        concurrency = try limit("concurrency")
        perMinute = try limit("per_minute")
        perDay = try limit("per_day")
        let amount = try fields.integer("spend", in: -1...Int.max)
        spend = amount < 0 ? nil : MicroUSD(Int64(amount))
    }
}
