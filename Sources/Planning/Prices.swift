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
    /// Where the price was read, and when (ISO 8601 date).
    package let source: String
    package let date: String

    package init(
        backend: String, model: String = "", kind: TaskKind, unit: Unit, amount: MicroUSD, source: String, date: String
    ) {
        self.backend = backend
        self.model = model
        self.kind = kind
        self.unit = unit
        self.amount = amount
        self.source = source
        self.date = date
    }

    /// For people and for the ledger: what a reservation was worked out from.
    package var terms: String { "\(amount) USD per \(unit.rawValue) (\(source), \(date))" }
}

package enum Prices {
    /// What this release knows.
    package static let shipped = [
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
        case "local", "synthetic": TaskKind.allCases.filter { $0 != .music }
        case "given": [.music] + FilmPlan.takeKinds.sorted()
        default: shipped.filter { $0.backend == backend }.map(\.kind)
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
    /// The user's price for the model, else the user's for all models, else what this release knows of the model.
    package func price(of kind: TaskKind, by choice: BackendChoice) -> Price? {
        let users = prices.reversed().filter { $0.backend == choice.backend && $0.kind == kind }
        return users.first { $0.model == choice.model } ?? users.first { $0.model.isEmpty }
            ?? Prices.shipped.first { $0.backend == choice.backend && $0.kind == kind && $0.model == choice.model }
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
