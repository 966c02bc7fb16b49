internal import Foundation

/// The thing an insert shows: drawn when its words name one we know, else a card that says what it is.
enum Prop {
    /// Words, and what draws them into a square of side 1 around the origin.
    private static let known: [(words: [String], draw: @Sendable (Canvas) -> Void)] = [
        (["gauge", "dial", "meter", "barometer", "compass", "speedometer"], gauge),
        (["clock", "watch", "timer", "hour"], clock),
        (["notebook", "book", "diary", "ledger", "journal", "log", "bible"], book),
        (
            [
                "letter", "paper", "note", "envelope", "telegram", "map", "photograph", "photo", "picture", "page",
                "ticket",
            ], sheet
        ),
        (["key", "keys"], key),
        (["phone", "telephone", "screen", "radio", "monitor", "receiver"], device),
        (["cup", "mug", "glass", "coffee", "tea", "whisky", "drink"], cup),
        (["lamp", "lantern", "candle", "light", "flame", "match"], lantern),
        (["knife", "blade", "dagger", "razor", "scissors"], knife),
        (["gun", "pistol", "revolver", "rifle"], gun),
        (["wheel", "crank", "gear", "valve", "helm", "cog"], wheel),
        (["ring", "coin", "medal", "locket", "necklace", "button"], ring),
        (["hand", "hands", "fingers", "fist", "palm"], hand),
        (["bottle", "vial", "jar", "flask"], bottle),
        (["flower", "rose", "leaf", "bouquet"], flower),
    ]

    /// A picture of what `words` name, on nothing.
    static func picture(of words: String, height: Int) throws(StudioError) -> Canvas {
        let side = Int(Double(height) * 0.72)
        let canvas = try Canvas(width: side, height: side, hasAlpha: true)
        let found = known.first { entry in entry.words.contains { words.says($0) } }
        canvas.saved {
            canvas.move(Double(side) / 2, Double(side) / 2)
            canvas.scale(Double(side), Double(side))
            canvas.ellipse(0, 0.4, 0.36, 0.045, Colour(0, 0, 0), alpha: 0.35)
            (found?.draw ?? tag)(canvas)
        }
        if found == nil {
            let s = Double(side)
            canvas.text(
                words, s * 0.17, s * 0.34, width: s * 0.66, height: s * 0.34, size: s * 0.07, bold: true,
                alignment: .centre, Colour(hex: 0x2E2A26))
        }
        return canvas
    }

    private static let brass = Colour(hex: 0xC49A48)
    private static let dark = Colour(hex: 0x2D2A2B)
    private static let paper = Colour(hex: 0xEFE8D6)
    private static let steel = Colour(hex: 0xAEB6BD)

    private static func tag(_ c: Canvas) {
        c.roundedRectangle(-0.38, -0.24, 0.76, 0.5, radius: 0.03, Colour(0, 0, 0), alpha: 0.3)
        c.roundedRectangle(-0.39, -0.26, 0.78, 0.5, radius: 0.03, paper)
        c.ellipse(0, -0.2, 0.022, 0.022, dark)
    }

    private static func face(_ c: Canvas, rim: Colour) {
        c.ellipse(0, 0, 0.4, 0.4, rim.lit(0.6))
        c.ellipse(0, 0, 0.375, 0.375, rim)
        c.ellipse(0, 0, 0.33, 0.33, paper)
    }

    private static func gauge(_ c: Canvas) {
        face(c, rim: brass)
        for index in 0...10 {
            let angle = (-210 + 24 * Double(index)) * .pi / 180
            let inner = index % 5 == 0 ? 0.24 : 0.275
            c.line(
                [(cos(angle) * inner, sin(angle) * inner), (cos(angle) * 0.31, sin(angle) * 0.31)], width: 0.012, dark)
        }
        let angle = -208 * Double.pi / 180
        c.line([(0, 0), (cos(angle) * 0.26, sin(angle) * 0.26)], width: 0.022, Colour(hex: 0xB3332B))
        c.ellipse(0, 0, 0.035, 0.035, dark)
    }

    private static func clock(_ c: Canvas) {
        face(c, rim: steel)
        for index in 0..<12 {
            let angle = Double(index) * .pi / 6
            c.line(
                [(cos(angle) * 0.27, sin(angle) * 0.27), (cos(angle) * 0.31, sin(angle) * 0.31)], width: 0.016, dark)
        }
        c.line([(0, 0), (-0.1, -0.15)], width: 0.026, dark)
        c.line([(0, 0), (0.06, -0.26)], width: 0.018, dark)
        c.ellipse(0, 0, 0.03, 0.03, dark)
    }

    private static func book(_ c: Canvas) {
        c.polygon([(-0.42, -0.24), (0, -0.3), (0, 0.32), (-0.42, 0.36)], Colour(hex: 0x8C2F2A))
        c.polygon([(0.42, -0.24), (0, -0.3), (0, 0.32), (0.42, 0.36)], Colour(hex: 0x742520))
        c.polygon([(-0.39, -0.22), (0, -0.27), (0, 0.29), (-0.39, 0.33)], paper)
        c.polygon([(0.39, -0.22), (0, -0.27), (0, 0.29), (0.39, 0.33)], paper.lit(0.92))
        for row in 0..<8 {
            let y = -0.16 + 0.055 * Double(row)
            c.line([(-0.34, y + 0.01), (-0.05, y - 0.02)], width: 0.01, dark, alpha: 0.6)
            c.line([(0.05, y - 0.02), (0.34, y + 0.01)], width: 0.01, dark, alpha: 0.6)
        }
        c.line([(0, -0.27), (0, 0.3)], width: 0.012, dark, alpha: 0.4)
    }

    private static func sheet(_ c: Canvas) {
        c.polygon([(-0.28, -0.36), (0.26, -0.4), (0.32, 0.34), (-0.24, 0.38)], Colour(0, 0, 0), alpha: 0.3)
        c.polygon([(-0.3, -0.38), (0.24, -0.42), (0.3, 0.32), (-0.26, 0.36)], paper)
        for row in 0..<9 {
            let y = -0.27 + 0.065 * Double(row)
            let x = 0.006 * Double(row)
            c.line([(-0.23 + x, y), (row == 8 ? 0.02 : 0.2 + x, y - 0.03)], width: 0.011, dark, alpha: 0.65)
        }
    }

    private static func key(_ c: Canvas) {
        c.ellipse(-0.24, 0, 0.16, 0.16, brass)
        c.ellipse(-0.24, 0, 0.085, 0.085, brass.lit(0.35))
        c.roundedRectangle(-0.1, -0.035, 0.5, 0.07, radius: 0.02, brass)
        c.rectangle(0.24, 0.02, 0.05, 0.13, brass.lit(0.9))
        c.rectangle(0.33, 0.02, 0.05, 0.1, brass.lit(0.9))
    }

    private static func device(_ c: Canvas) {
        c.roundedRectangle(-0.36, -0.27, 0.72, 0.56, radius: 0.05, dark)
        c.roundedRectangle(-0.31, -0.22, 0.62, 0.36, radius: 0.02, Colour(hex: 0x3F8F86))
        var points: [(Double, Double)] = []
        for step in 0...24 {
            let t = Double(step) / 24
            points.append((-0.29 + 0.58 * t, -0.04 + 0.1 * sin(t * 19) * sin(t * 5)))
        }
        c.line(points, width: 0.014, Colour(hex: 0xC9F5DF))
        for index in 0..<4 { c.ellipse(-0.21 + 0.14 * Double(index), 0.215, 0.028, 0.028, steel) }
    }

    private static func cup(_ c: Canvas) {
        c.ellipse(0.27, 0.05, 0.14, 0.15, steel.lit(1.1))
        c.ellipse(0.27, 0.05, 0.085, 0.095, steel.lit(0.4))
        c.polygon([(-0.28, -0.2), (0.28, -0.2), (0.21, 0.36), (-0.21, 0.36)], steel.lit(1.15))
        c.ellipse(0, -0.2, 0.28, 0.07, steel.lit(0.9))
        c.ellipse(0, -0.19, 0.24, 0.05, Colour(hex: 0x4A2E1C))
    }

    private static func lantern(_ c: Canvas) {
        c.glow(0, 0.02, radius: 0.48, Colour(hex: 0xFFD88A), alpha: 0.8)
        c.line([(-0.15, -0.26), (0, -0.44), (0.15, -0.26)], width: 0.025, dark)
        c.polygon([(-0.2, -0.26), (0.2, -0.26), (0.13, -0.34), (-0.13, -0.34)], dark)
        c.roundedRectangle(-0.17, -0.26, 0.34, 0.56, radius: 0.02, Colour(hex: 0xFFE7AE), alpha: 0.8)
        c.shape(
            from: (0, -0.14),
            [((0.1, 0.02), (0.1, 0.16), (0, 0.18)), ((-0.1, 0.16), (-0.1, 0.02), (0, -0.14))], Colour(hex: 0xF2902E))
        for x in [-0.17, 0.0, 0.17] { c.line([(x, -0.26), (x, 0.3)], width: 0.014, dark) }
        c.rectangle(-0.22, 0.29, 0.44, 0.08, dark)
    }

    private static func knife(_ c: Canvas) {
        c.polygon([(-0.06, -0.1), (0.36, -0.05), (0.44, 0.03), (-0.06, 0.06)], steel.lit(1.2))
        c.polygon([(-0.06, 0.0), (0.44, 0.03), (-0.06, 0.06)], steel.lit(0.8))
        c.rectangle(-0.09, -0.13, 0.04, 0.22, brass)
        c.roundedRectangle(-0.42, -0.08, 0.34, 0.12, radius: 0.04, Colour(hex: 0x4B3021))
    }

    private static func gun(_ c: Canvas) {
        c.roundedRectangle(-0.24, -0.19, 0.62, 0.13, radius: 0.02, dark)
        c.polygon([(-0.24, -0.1), (-0.06, -0.1), (-0.13, 0.32), (-0.33, 0.3)], Colour(hex: 0x4B3021))
        c.line([(-0.04, -0.06), (-0.02, 0.05), (0.09, 0.04), (0.1, -0.06)], width: 0.025, dark)
    }

    private static func wheel(_ c: Canvas) {
        c.ellipse(0, 0, 0.4, 0.4, steel.lit(0.7))
        c.ellipse(0, 0, 0.32, 0.32, dark)
        for index in 0..<6 {
            let angle = Double(index) * .pi / 3 + 0.3
            c.line([(0, 0), (cos(angle) * 0.36, sin(angle) * 0.36)], width: 0.055, steel.lit(0.75))
        }
        c.ellipse(0, 0, 0.1, 0.1, brass)
        c.roundedRectangle(0.24, -0.36, 0.1, 0.2, radius: 0.04, Colour(hex: 0x6A4630))
    }

    private static func ring(_ c: Canvas) {
        c.ellipse(0, 0.04, 0.3, 0.3, brass)
        c.ellipse(0, 0.04, 0.2, 0.2, brass.lit(0.45))
        c.polygon([(0, -0.42), (0.12, -0.3), (0, -0.18), (-0.12, -0.3)], Colour(hex: 0xBFE3EE))
    }

    private static func hand(_ c: Canvas) {
        let skin = Colour(hex: 0xC99A78)
        for (index, top) in [-0.3, -0.4, -0.37, -0.27].enumerated() {
            c.roundedRectangle(
                -0.2 + 0.105 * Double(index), top, 0.09, 0.5, radius: 0.045, skin.lit(1 - 0.03 * Double(index)))
        }
        c.roundedRectangle(-0.21, -0.04, 0.42, 0.34, radius: 0.09, skin)
        c.line([(0.17, 0.12), (0.33, -0.06)], width: 0.1, skin.lit(0.93))
        c.rectangle(-0.18, 0.26, 0.36, 0.16, Colour(hex: 0x44546A))
    }

    private static func bottle(_ c: Canvas) {
        c.roundedRectangle(-0.06, -0.42, 0.12, 0.26, radius: 0.02, Colour(hex: 0x3E5E4C))
        c.roundedRectangle(-0.17, -0.2, 0.34, 0.6, radius: 0.08, Colour(hex: 0x4B7159))
        c.rectangle(-0.15, 0.0, 0.3, 0.2, paper)
        c.rectangle(-0.065, -0.44, 0.13, 0.05, Colour(hex: 0x7B5B3C))
    }

    private static func flower(_ c: Canvas) {
        c.line([(0, 0.4), (0.02, 0.0)], width: 0.03, Colour(hex: 0x4C7A42))
        c.ellipse(0.1, 0.22, 0.11, 0.045, Colour(hex: 0x5B8A4D))
        for index in 0..<7 {
            let angle = Double(index) * 2 * .pi / 7
            c.ellipse(
                cos(angle) * 0.13, -0.15 + sin(angle) * 0.13, 0.1, 0.1,
                Colour(hex: 0xC24A58).lit(0.85 + 0.04 * Double(index)))
        }
        c.ellipse(0, -0.15, 0.07, 0.07, Colour(hex: 0xE9C25A))
    }
}
