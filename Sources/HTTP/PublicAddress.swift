internal import Foundation

/// Whether an address belongs to the open internet.
package enum PublicAddress {
    /// - Parameter text: an IPv4 or IPv6 address as curl writes it. What is neither is not public.
    package static func holds(_ text: String) -> Bool {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return isPublic(UInt32(bigEndian: four.s_addr)) }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return false }
        let bytes = withUnsafeBytes(of: &six) { Array($0) }
        // IPv4 in IPv6: mapped, and translated (64:ff9b::/96).
        if bytes[0..<10].allSatisfy({ $0 == 0 }), bytes[10] == 0xFF, bytes[11] == 0xFF { return isPublic(tail(bytes)) }
        if bytes[0..<4] == [0x00, 0x64, 0xFF, 0x9B] { return isPublic(tail(bytes)) }
        // Global unicast is 2000::/3; of it, documentation (2001:db8::/32) and 6to4 (2002::/16) lead elsewhere.
        guard bytes[0] & 0xE0 == 0x20 else { return false }
        if bytes[0..<4] == [0x20, 0x01, 0x0D, 0xB8] { return false }
        if bytes[0..<2] == [0x20, 0x02] { return false }
        return true
    }

    private static func tail(_ bytes: [UInt8]) -> UInt32 { bytes[12...].reduce(0) { $0 << 8 | UInt32($1) } }

    /// RFC 6890: networks that are not reached from everywhere.
    private static let closed: [(network: UInt32, bits: UInt32)] = [
        (0x0000_0000, 8), (0x0A00_0000, 8), (0x6440_0000, 10), (0x7F00_0000, 8), (0xA9FE_0000, 16), (0xAC10_0000, 12),
        (0xC000_0000, 24), (0xC000_0200, 24), (0xC0A8_0000, 16), (0xC612_0000, 15), (0xC633_6400, 24),
        (0xCB00_7100, 24), (0xE000_0000, 4), (0xF000_0000, 4),
    ]

    private static func isPublic(_ address: UInt32) -> Bool {
        !closed.contains { network, bits in (address ^ network) >> (32 - bits) == 0 }
    }
}
