package import Protocol

/// What a paid backend takes, as dated data: a price nobody knows is not allowed.
package struct Price: Sendable, Equatable {
    package enum Unit: String, Sendable { case second, image, character, call }

    package let backend: String
    package let kind: TaskKind
    package let unit: Unit
    package let amount: MicroUSD
    /// Where the price was read, and when (ISO 8601 date).
    package let source: String
    package let date: String
}

package enum Prices {
    /// What this release knows.
    package static let shipped = [
        Price(
            backend: "metered", kind: .animate, unit: .second, amount: MicroUSD(50_000),
            source: "the test service of this repository", date: "2026-11-22")
    ]

    package static func price(of kind: TaskKind, by backend: String) -> Price? {
        shipped.first { $0.backend == backend && $0.kind == kind }
    }

    /// Kinds a backend makes.
    package static func kinds(of backend: String) -> [TaskKind] {
        backend == "local" ? TaskKind.allCases : shipped.filter { $0.backend == backend }.map(\.kind)
    }
}
