/// A moment as whole milliseconds since 1970-01-01 UTC. Pure rooms get it as a parameter and never ask a clock.
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Later than any other: the year 9999.
    package static let distantFuture = Instant(milliseconds: 253_402_300_799_000)

    package static func + (left: Instant, right: Span) -> Instant {
        Instant(milliseconds: left.milliseconds + right.milliseconds)
    }

    package static func - (left: Instant, right: Instant) -> Span {
        Span(milliseconds: left.milliseconds - right.milliseconds)
    }

    package static func < (left: Instant, right: Instant) -> Bool { left.milliseconds < right.milliseconds }

    package var description: String { "\(milliseconds) ms" }
}

/// A length of time in whole milliseconds. `Duration` is avoided in state that is saved and compared for equality.
package struct Span: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let milliseconds: Int64

    package init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// Later than any other: the year 9999.
    package static let distantFuture = Instant(milliseconds: 253_402_300_799_000)

    package static func seconds(_ count: Int64) -> Span { Span(milliseconds: count * 1_000) }
    package static func milliseconds(_ count: Int64) -> Span { Span(milliseconds: count) }

    package static let zero = Span(milliseconds: 0)

    package static func < (left: Span, right: Span) -> Bool { left.milliseconds < right.milliseconds }
    package static func + (left: Span, right: Span) -> Span { .milliseconds(left.milliseconds + right.milliseconds) }
    package static func * (left: Span, right: Int64) -> Span { .milliseconds(left.milliseconds * right) }

    /// Keeps the span inside `range`.
    package func clamped(to range: ClosedRange<Span>) -> Span { min(max(self, range.lowerBound), range.upperBound) }

    /// For people: `850 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`.
    package var description: String {
        let seconds = milliseconds / 1_000
        return switch seconds {
        case ..<1: "\(milliseconds) ms"
        case ..<60: "\(seconds) s"
        case ..<3_600: "\(seconds / 60) min \(seconds % 60) s"
        default: "\(seconds / 3_600) h \(seconds % 3_600 / 60) min"
        }
    }
}

/// Money in millionths of a US dollar, so that sums are exact.
package struct MicroUSD: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let amount: Int64

    package init(_ amount: Int64) { self.amount = amount }

    package static let zero = MicroUSD(0)

    package static func < (left: MicroUSD, right: MicroUSD) -> Bool { left.amount < right.amount }
    package static func + (left: MicroUSD, right: MicroUSD) -> MicroUSD { MicroUSD(left.amount + right.amount) }
    package static func - (left: MicroUSD, right: MicroUSD) -> MicroUSD { MicroUSD(left.amount - right.amount) }

    /// Dollars with at least two decimals: `1.50`, `0.0004`.
    package var description: String {
        let sign = amount < 0 ? "-" : ""
        var cents = String(amount.magnitude % 1_000_000)
        cents = String(repeating: "0", count: 6 - cents.count) + cents
        while cents.count > 2, cents.hasSuffix("0") { cents.removeLast() }
        return "\(sign)\(amount.magnitude / 1_000_000).\(cents)"
    }
}
