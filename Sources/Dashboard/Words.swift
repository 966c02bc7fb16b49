internal import Foundation

/// Numbers as people read them.
package enum Words {
    /// `0:07`, `1:02:30`.
    package static func film(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000
        let (hours, minutes) = (seconds / 3_600, seconds / 60 % 60)
        let tail = two(seconds % 60)
        return hours > 0 ? "\(hours):\(two(minutes)):\(tail)" : "\(minutes):\(tail)"
    }

    /// `3s`, `12m`, `2h05`, `3d`.
    package static func span(_ milliseconds: Int64) -> String {
        let seconds = (max(0, milliseconds) + 500) / 1_000
        switch seconds {
        case ..<100: return "\(seconds)s"
        case ..<6_000: return "\(seconds / 60)m\(seconds < 600 ? two(seconds % 60) : "")"
        case ..<172_800: return "\(seconds / 3_600)h\(two(seconds / 60 % 60))"
        default: return "\(seconds / 86_400)d"
        }
    }

    /// `$12.50`; below ten cents with four places.
    package static func money(_ microUSD: Int64) -> String {
        let sign = microUSD < 0 ? "-" : ""
        let amount = microUSD.magnitude
        if amount == 0 { return "$0" }
        if amount < 100_000 {
            let digits = String(amount / 100)
            return sign + "$0." + String(repeating: "0", count: 4 - digits.count) + digits
        }
        let cents = (amount + 5_000) / 10_000
        return sign + "$\(cents / 100).\(two(Int64(cents % 100)))"
    }

    /// `14:03:59` in UTC.
    package static func clock(_ milliseconds: Int64) -> String {
        let seconds = max(0, milliseconds) / 1_000 % 86_400
        return "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60))"
    }

    private static func two(_ number: Int64) -> String { (number < 10 ? "0" : "") + String(number) }
}
