internal import Foundation

extension Figure {
    mutating func drawHead() {
        let cx = x, cy = top + head * 0.52
        let isBald = brief.hair.says("bald", "shaved") || brief.summary.says("bald")
        for side in [-1.0, 1.0] {
            canvas.ellipse(cx + side * head * 0.37, cy + head * 0.04, head * 0.07, head * 0.11, skin.lit(0.9))
        }
        canvas.shape(
            from: (cx - head * 0.37, cy - head * 0.1),
            [
                (
                    (cx - head * 0.38, cy - head * 0.58), (cx + head * 0.38, cy - head * 0.58),
                    (cx + head * 0.37, cy - head * 0.1)
                ),
                ((cx + head * 0.36, cy + head * 0.28), (cx + head * 0.2, cy + head * 0.48), (cx, cy + head * 0.48)),
                (
                    (cx - head * 0.2, cy + head * 0.48), (cx - head * 0.36, cy + head * 0.28),
                    (cx - head * 0.37, cy - head * 0.1)
                ),
            ], skin)
        canvas.shape(
            from: (cx + head * 0.1, cy - head * 0.4),
            [
                ((cx + head * 0.4, cy - head * 0.3), (cx + head * 0.38, cy), (cx + head * 0.3, cy + head * 0.24)),
                (
                    (cx + head * 0.2, cy + head * 0.42), (cx + head * 0.1, cy + head * 0.46),
                    (cx + head * 0.04, cy + head * 0.47)
                ),
                (
                    (cx + head * 0.22, cy + head * 0.2), (cx + head * 0.24, cy - head * 0.1),
                    (cx + head * 0.1, cy - head * 0.4)
                ),
            ], Colour(0.3, 0.1, 0.05), alpha: 0.12)
        drawFace(cx, cy)
        if !isBald { drawHair(cx, cy) }
        drawHat(cx, cy)
    }

    /// Hair that falls behind the shoulders.
    func drawBackHair() {
        let cx = x, cy = top + head * 0.52
        let isLong =
            brief.hair.says("long", "braid", "plait", "flowing", "waist")
            || (isFemale && !brief.hair.says("short", "cropped", "shaved", "bun", "bald", "hacked", "bob", "tied"))
        guard isLong, !brief.hair.says("bald", "shaved") else { return }
        canvas.shape(
            from: (cx - head * 0.42, cy - head * 0.2),
            [
                (
                    (cx - head * 0.58, cy + head * 0.5), (cx - head * 0.56, cy + head * 1.1),
                    (cx - head * 0.4, cy + head * 1.3)
                ),
                (
                    (cx - head * 0.1, cy + head * 1.36), (cx + head * 0.1, cy + head * 1.36),
                    (cx + head * 0.4, cy + head * 1.3)
                ),
                (
                    (cx + head * 0.56, cy + head * 1.1), (cx + head * 0.58, cy + head * 0.5),
                    (cx + head * 0.42, cy - head * 0.2)
                ),
                (
                    (cx + head * 0.2, cy - head * 0.4), (cx - head * 0.2, cy - head * 0.4),
                    (cx - head * 0.42, cy - head * 0.2)
                ),
            ], hair.lit(0.8))
    }

    mutating func drawFace(_ cx: Double, _ cy: Double) {
        let eyes: [UInt32] = [0x3D2B1F, 0x3F5F73, 0x4B6A4A, 0x2A211C]
        let eye = Colour(hex: eyes[Int(dice.next() * 3.99)])
        for side in [-1.0, 1.0] {
            let ex = cx + side * head * 0.155
            canvas.ellipse(ex, cy, head * 0.068, head * 0.042, Colour(hex: 0xF6F2EA))
            canvas.ellipse(ex, cy, head * 0.033, head * 0.036, eye)
            canvas.ellipse(ex + 2, cy - 3, head * 0.01, head * 0.01, Colour(1, 1, 1))
            canvas.line(
                [
                    (ex - head * 0.08, cy - head * 0.035), (ex, cy - head * 0.055),
                    (ex + head * 0.08, cy - head * 0.035),
                ], width: 4, skin.lit(0.5))
            let brow = brief.years >= 60 ? hair.lit(0.85) : hair.lit(0.7)
            canvas.line(
                [(ex - head * 0.09, cy - head * 0.115), (ex + head * 0.09, cy - head * 0.125)], width: head * 0.035,
                brow)
        }
        canvas.line(
            [(cx, cy - head * 0.02), (cx + head * 0.045, cy + head * 0.15), (cx - head * 0.01, cy + head * 0.165)],
            width: 5, skin.lit(0.72))
        let lip = isFemale ? skin.mixed(Colour(hex: 0xB0404A), 0.6) : skin.mixed(Colour(hex: 0x8F4A42), 0.5)
        canvas.shape(
            from: (cx - head * 0.11, cy + head * 0.275),
            [
                (
                    (cx - head * 0.04, cy + head * 0.255), (cx + head * 0.04, cy + head * 0.255),
                    (cx + head * 0.11, cy + head * 0.275)
                ),
                (
                    (cx + head * 0.05, cy + head * 0.325), (cx - head * 0.05, cy + head * 0.325),
                    (cx - head * 0.11, cy + head * 0.275)
                ),
            ], lip)
        if brief.years >= 50 {
            for side in [-1.0, 1.0] {
                canvas.line(
                    [(cx + side * head * 0.1, cy + head * 0.17), (cx + side * head * 0.16, cy + head * 0.27)], width: 3,
                    skin.lit(0.72))
                canvas.line(
                    [(cx + side * head * 0.24, cy), (cx + side * head * 0.3, cy - head * 0.02)], width: 3,
                    skin.lit(0.76))
            }
            canvas.line(
                [(cx - head * 0.14, cy - head * 0.2), (cx + head * 0.14, cy - head * 0.2)], width: 3, skin.lit(0.8))
        }
        if brief.words.says("freckle") {
            for _ in 0..<22 {
                canvas.ellipse(
                    cx + dice.next(-0.25...0.25) * head, cy + dice.next(0.03...0.18) * head, 3, 3, skin.lit(0.68))
            }
        }
        if brief.words.says("scar") {
            canvas.line(
                [(cx + head * 0.17, cy - head * 0.12), (cx + head * 0.24, cy + head * 0.18)], width: 5,
                skin.mixed(Colour(hex: 0xA8524A), 0.6))
        }
        if brief.words.says("beard") {
            canvas.shape(
                from: (cx - head * 0.36, cy + head * 0.06),
                [
                    (
                        (cx - head * 0.36, cy + head * 0.72), (cx + head * 0.36, cy + head * 0.72),
                        (cx + head * 0.36, cy + head * 0.06)
                    ),
                    (
                        (cx + head * 0.22, cy + head * 0.22), (cx - head * 0.22, cy + head * 0.22),
                        (cx - head * 0.36, cy + head * 0.06)
                    ),
                ], hair)
            canvas.ellipse(cx, cy + head * 0.29, head * 0.1, head * 0.025, lip.lit(0.8))
        } else if brief.words.says("moustache", "mustache") {
            canvas.ellipse(cx - head * 0.07, cy + head * 0.225, head * 0.1, head * 0.04, hair)
            canvas.ellipse(cx + head * 0.07, cy + head * 0.225, head * 0.1, head * 0.04, hair)
        }
        if brief.words.says("glasses", "spectacles", "goggles", "monocle") {
            for side in [-1.0, 1.0] {
                canvas.ellipse(
                    cx + side * head * 0.155, cy, head * 0.115, head * 0.1, Colour(hex: 0xCFE4EE), alpha: 0.35)
                var ring: [(Double, Double)] = []
                for step in 0...24 {
                    let a = Double(step) / 24 * 2 * .pi
                    ring.append((cx + side * head * 0.155 + cos(a) * head * 0.115, cy + sin(a) * head * 0.1))
                }
                canvas.line(ring, width: 6, Colour(hex: 0x2B2622))
            }
            canvas.line([(cx - head * 0.04, cy), (cx + head * 0.04, cy)], width: 6, Colour(hex: 0x2B2622))
        }
    }

    mutating func drawHair(_ cx: Double, _ cy: Double) {
        let low = brief.hair.says("cropped", "short", "crew", "flat", "receding") ? -0.24 : -0.12
        canvas.shape(
            from: (cx - head * 0.42, cy + head * 0.02),
            [
                (
                    (cx - head * 0.5, cy - head * 0.74), (cx + head * 0.5, cy - head * 0.74),
                    (cx + head * 0.42, cy + head * 0.02)
                ),
                (
                    (cx + head * 0.36, cy - head * 0.1), (cx + head * 0.34, cy + head * low),
                    (cx + head * 0.2, cy + head * (low - 0.06))
                ),
                (
                    (cx, cy + head * (low - 0.14)), (cx - head * 0.2, cy + head * (low - 0.1)),
                    (cx - head * 0.34, cy + head * low)
                ),
                ((cx - head * 0.36, cy - head * 0.08), (cx - head * 0.4, cy), (cx - head * 0.42, cy + head * 0.02)),
            ], hair)
        canvas.line(
            [
                (cx - head * 0.2, cy - head * 0.5), (cx - head * 0.05, cy - head * 0.54),
                (cx + head * 0.15, cy - head * 0.5),
            ], width: head * 0.035, hair.lit(1.4), alpha: 0.6)
        if brief.hair.says("bun", "knot") {
            canvas.ellipse(cx, cy - head * 0.62, head * 0.2, head * 0.16, hair.lit(0.9))
        }
        if brief.hair.says("curly", "curls", "wild", "hacked", "messy", "afro", "spiky", "unruly") {
            for step in 0..<16 {
                let a = .pi + Double(step) / 15 * .pi
                canvas.ellipse(
                    cx + cos(a) * head * 0.42, cy - head * 0.12 + sin(a) * head * 0.42, head * dice.next(0.08...0.15),
                    head * dice.next(0.08...0.14), hair.lit(dice.next(0.85...1.1)))
            }
        }
        if brief.hair.says("braid", "plait", "ponytail", "tail") {
            for step in 0..<6 {
                canvas.ellipse(
                    cx + head * 0.44, cy + head * (0.1 + 0.16 * Double(step)), head * 0.1, head * 0.1,
                    hair.lit(step % 2 == 0 ? 1 : 0.85))
            }
        }
    }

    func drawHat(_ cx: Double, _ cy: Double) {
        let words = brief.wardrobe + " " + brief.hair + " " + brief.summary + " " + brief.signature
        let colour = second.lit(0.9)
        if words.says("cap", "beret") {
            canvas.shape(
                from: (cx - head * 0.45, cy - head * 0.2),
                [
                    (
                        (cx - head * 0.48, cy - head * 0.75), (cx + head * 0.48, cy - head * 0.75),
                        (cx + head * 0.45, cy - head * 0.2)
                    ),
                    (
                        (cx + head * 0.2, cy - head * 0.28), (cx - head * 0.2, cy - head * 0.28),
                        (cx - head * 0.45, cy - head * 0.2)
                    ),
                ], colour)
            if words.says("knit") {
                for step in 0..<8 {
                    canvas.line(
                        [
                            (cx + head * (-0.36 + 0.1 * Double(step)), cy - head * 0.26),
                            (cx + head * (-0.3 + 0.085 * Double(step)), cy - head * 0.56),
                        ], width: 5, colour.lit(0.75))
                }
            } else {
                canvas.ellipse(cx + head * 0.14, cy - head * 0.22, head * 0.42, head * 0.07, colour.lit(0.6))
            }
        } else if words.says("hat", "fedora", "bowler", "homburg", "helmet", "bonnet") {
            canvas.ellipse(cx, cy - head * 0.27, head * 0.66, head * 0.1, colour.lit(0.85))
            canvas.roundedRectangle(cx - head * 0.38, cy - head * 0.72, head * 0.76, head * 0.46, radius: 36, colour)
            canvas.rectangle(cx - head * 0.38, cy - head * 0.38, head * 0.76, head * 0.09, colour.lit(0.5))
        } else if words.says("hood", "headscarf", "veil", "hijab") {
            canvas.shape(
                from: (cx - head * 0.48, cy + head * 0.5),
                [
                    (
                        (cx - head * 0.66, cy - head * 0.95), (cx + head * 0.66, cy - head * 0.95),
                        (cx + head * 0.48, cy + head * 0.5)
                    ),
                    (
                        (cx + head * 0.46, cy - head * 0.55), (cx - head * 0.46, cy - head * 0.55),
                        (cx - head * 0.48, cy + head * 0.5)
                    ),
                ], colour)
        }
    }

    /// The one thing a person is known by, in or near the right hand.
    func drawSignature() {
        let words = brief.signature
        let hx = x + half * 1.2, hy = hip + head * 0.28
        if words.says("cane", "stick", "staff", "umbrella") {
            canvas.line([(hx, hy - 20), (hx + 20, foot)], width: 14, Colour(hex: 0x3A281B))
        } else if words.says("spanner", "wrench", "hammer", "tool", "key", "torch", "flashlight") {
            canvas.line(
                [(hx, hy - 10), (hx + 20, hy + head * 0.7)], width: 16,
                words.says("brass") ? Colour(hex: 0xC8A04A) : Colour(hex: 0x9AA1A6))
            canvas.ellipse(
                hx + 22, hy + head * 0.74, 26, 26, words.says("brass") ? Colour(hex: 0xC8A04A) : Colour(hex: 0x9AA1A6))
        } else if words.says(
            "book", "ledger", "notebook", "letter", "map", "camera", "radio", "box", "case", "bag", "satchel",
            "knitting", "lantern")
        {
            let colour = ColourWords.first(in: words) ?? Colour(hex: 0x7A4A30)
            canvas.roundedRectangle(hx - head * 0.28, hy, head * 0.56, head * 0.5, radius: 10, colour)
            canvas.roundedRectangle(
                hx - head * 0.22, hy + head * 0.06, head * 0.44, head * 0.1, radius: 5, colour.lit(1.3))
            if words.says("lantern") {
                canvas.glow(hx, hy + head * 0.25, radius: head, Colour(hex: 0xFFD27A), alpha: 0.8)
            }
        } else if words.says("whistle", "necklace", "medal", "pendant", "locket", "compass", "watch", "cross") {
            canvas.line(
                [
                    (x - head * 0.2, shoulder - head * 0.1), (x, shoulder + head * 0.7),
                    (x + head * 0.2, shoulder - head * 0.1),
                ], width: 4, Colour(hex: 0x3A2C20))
            canvas.roundedRectangle(
                x - 12, shoulder + head * 0.66, 24, head * 0.22, radius: 8,
                words.says("tin", "silver", "steel") ? Colour(hex: 0xC3C9CD) : Colour(hex: 0xD3A53B))
        }
    }
}
