internal import Foundation

/// Colours by the words people use for them.
enum ColourWords {
    private static let table: [(String, UInt32)] = [
        ("black", 0x1B1B20), ("ink", 0x14161F), ("charcoal", 0x33363B), ("slate", 0x5A6B7A), ("grey", 0x80858A),
        ("gray", 0x80858A), ("silver", 0xB9BFC4), ("white", 0xEDEAE2), ("ivory", 0xEDE3CC), ("cream", 0xE9DDC0),
        ("bone", 0xE0D6BE), ("rust", 0x9C4F2C), ("copper", 0xB06A3B), ("bronze", 0x8C6A3A), ("brass", 0xC09A48),
        ("gold", 0xD3A53B), ("amber", 0xE0A03A), ("ochre", 0xB98A3C), ("mustard", 0xC7A02E), ("yellow", 0xE6C84A),
        ("orange", 0xD9772F), ("coral", 0xE07B62), ("salmon", 0xE2957D), ("pink", 0xE3A5B0), ("rose", 0xC96A7B),
        ("red", 0xB5332F), ("crimson", 0x9B1F33), ("scarlet", 0xC42B2B), ("maroon", 0x6B2230), ("burgundy", 0x5E1F2D),
        ("wine", 0x6A2235), ("purple", 0x6C4A8A), ("violet", 0x7A5FA8), ("lavender", 0xB7A6D8), ("indigo", 0x3D3B7C),
        ("navy", 0x22304F), ("midnight", 0x1A2340), ("blue", 0x3D6BA5), ("cobalt", 0x2C54A4), ("azure", 0x5B9BD0),
        ("sky", 0x8DB9DD), ("cyan", 0x4FB3C4), ("teal", 0x2E7F80), ("turquoise", 0x43A9A3), ("sea", 0x3F7F84),
        ("green", 0x4C7F4A), ("olive", 0x6F7040), ("moss", 0x65743F), ("sage", 0x93A184), ("emerald", 0x2E8B57),
        ("khaki", 0x9A8F66), ("sand", 0xCDB68A), ("beige", 0xCDBD9F), ("tan", 0xB79A74), ("camel", 0xB98E5A),
        ("brown", 0x6F4E37), ("chestnut", 0x7A4A30), ("walnut", 0x5A4030), ("oak", 0x9B7347), ("timber", 0x80603F),
        ("wood", 0x80603F), ("leather", 0x6A4630), ("denim", 0x3E5C86), ("oil-dark", 0x2D3036), ("auburn", 0x7B3F28),
        ("ginger", 0xB5622E), ("blond", 0xD9BC7A), ("zinc", 0x9DA5A8), ("steel", 0x7A8791), ("concrete", 0x8E8E88),
        ("neon", 0x49E0C8), ("straw", 0xD8C27C), ("sailcloth", 0xD5CBB4), ("shell", 0xE9C9BE),
    ]

    /// The first colour the text names, in the order of its words; nil when it names none.
    static func first(in text: String) -> Colour? { all(in: text).first }

    static func all(in text: String) -> [Colour] {
        let lower = text.lowercased()
        return table.compactMap { word, hex in
            lower.range(of: word).flatMap { range in
                let startsWord =
                    range.lowerBound == lower.startIndex || !lower[lower.index(before: range.lowerBound)].isLetter
                return startsWord ? (range.lowerBound, Colour(hex: hex)) : nil
            }
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    static func skin(_ text: String) -> Colour {
        let lower = text.lowercased()
        for (word, hex) in [
            ("pale", 0xF0D5C0), ("fair", 0xEECBB0), ("freckle", 0xEBC3A4), ("porcelain", 0xF3DDCB), ("ebony", 0x4A2E22),
            ("dark brown", 0x5A3A29), ("deep brown", 0x5A3A29), ("black", 0x4F3326), ("dark", 0x6A4530),
            ("weathered brown", 0x9A6A48), ("brown", 0x8D5F42), ("olive", 0xC39A72), ("tan", 0xC99770),
            ("bronze", 0xB07B50), ("golden", 0xD6A878), ("weathered", 0xC08F6E), ("ruddy", 0xDDA185),
        ] as [(String, UInt32)] where lower.contains(word) {
            return Colour(hex: hex)
        }
        return Colour(hex: 0xDDB392)
    }
}

extension String {
    /// Whether any of the words begins one of this text's words.
    func says(_ words: String...) -> Bool {
        let text = " " + lowercased()
        return words.contains { word in
            text.ranges(of: word).contains { range in !text[text.index(before: range.lowerBound)].isLetter }
        }
    }
}
