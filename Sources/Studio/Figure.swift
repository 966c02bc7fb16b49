internal import Foundation

/// A person, as the bible describes them.
package struct PersonBrief: Sendable {
    package var name = ""
    package var gender = ""
    package var years = 35
    package var height = ""
    package var build = ""
    package var hair = ""
    package var skin = ""
    package var wardrobe = ""
    package var marks = ""
    package var signature = ""
    package var summary = ""

    package init() {}

    var words: String { [build, hair, wardrobe, marks, signature, summary].joined(separator: ", ") }
}

/// Draws a person once, full length, on a plain background: the same pixels in every shot.
package struct Figure {
    /// The plain background; the cut-out removes it.
    package static let background = Colour(hex: 0xC9D2D6)

    let brief: PersonBrief
    let canvas: Canvas
    var dice: Dice
    let skin: Colour
    let hair: Colour
    let cloth: Colour
    let second: Colour
    /// Figure's measures in pixels.
    let total: Double
    let head: Double
    let broad: Double
    let foot = 1_490.0
    let x = 512.0
    let isFemale: Bool

    package static func draw(_ brief: PersonBrief) throws(StudioError) -> Canvas {
        let canvas = try Canvas(width: 1_024, height: 1_536)
        canvas.paint(background)
        var figure = Figure(brief, canvas)
        figure.drawBackHair()
        figure.drawBody()
        figure.drawHead()
        figure.drawSignature()
        return canvas
    }

    private init(_ brief: PersonBrief, _ canvas: Canvas) {
        self.brief = brief
        self.canvas = canvas
        var dice = Dice(brief.name + brief.words)
        let hairChance = dice.next(), clothChance = dice.next()
        self.dice = dice
        let words = brief.words
        skin = ColourWords.skin(brief.skin.isEmpty ? brief.summary : brief.skin)
        let years = brief.years
        let grey = years >= 60 || brief.hair.says("grey", "gray", "white", "silver")
        let named =
            ColourWords.first(in: brief.hair)
            ?? (brief.summary.says("hair") ? ColourWords.first(in: brief.summary) : nil)
        let natural: [UInt32] = [0x2A211C, 0x4B3425, 0x6B4A2E, 0x1F1B1B, 0x8A623B]
        hair = named ?? Colour(hex: grey ? 0xC9C8C4 : natural[Int(hairChance * 4.99)])
        let colours = ColourWords.all(in: brief.wardrobe.isEmpty ? brief.summary : brief.wardrobe)
        let plain: [UInt32] = [0x44546A, 0x6B4A45, 0x50664F, 0x75603F, 0x5A4A6B, 0x3F6470, 0x7A3F3F]
        let cloth = colours.first ?? Colour(hex: plain[Int(clothChance * 6.99)])
        self.cloth = cloth
        second = colours.dropFirst().first ?? cloth.lit(0.62).mixed(Colour(hex: 0x2B2D33), 0.3)
        isFemale = brief.gender.says("female", "woman", "girl") || brief.summary.says("woman", "girl", "lady")
        let isChild = years < 13
        var size = isChild ? 0.68 : years < 18 ? 0.88 : isFemale ? 0.94 : 1
        if brief.height.says("tall") || words.says("tall", "lanky", "rangy") { size *= 1.06 }
        if brief.height.says("short", "small") || words.says("small", "short", "tiny", "slight") { size *= 0.92 }
        total = min(1_440, 1_370 * size)
        head = total / (isChild ? 5.6 : years < 18 ? 6.5 : 7.3)
        var width = isFemale ? 0.9 : 1
        if words.says("heavy", "stout", "broad", "fat", "bulky", "burly", "muscular", "barrel", "strong") {
            width *= 1.25
        }
        if words.says("slim", "slight", "thin", "slender", "rangy", "lean", "wiry", "gaunt", "lanky") { width *= 0.84 }
        broad = width
    }

    private var top: Double { foot - total }
    private var chin: Double { top + head }
    private var shoulder: Double { chin + head * 0.34 }
    private var hip: Double { top + total * 0.52 }
    private var half: Double { head * 0.86 * broad }

    private func wears(_ words: String...) -> Bool {
        words.contains { brief.wardrobe.says($0) || (brief.wardrobe.isEmpty && brief.summary.says($0)) }
    }

    private var isOverall: Bool { wears("overall", "boiler suit", "coverall", "jumpsuit", "dungaree") }

    // MARK: body

    private mutating func drawBody() {
        let isLong = wears(
            "coat", "robe", "cloak", "gown", "dress", "skirt", "cassock", "apron", "kimono", "sari", "trench")
        let isDress = wears("dress", "gown", "skirt", "robe", "sari", "kimono")
        let trousers =
            wears("overall", "boiler suit", "jumpsuit", "uniform", "coverall", "suit") ? cloth.lit(0.86) : second
        drawLegs(isDress ? skin : trousers, boots: wears("boot") ? Colour(hex: 0x33281F) : Colour(hex: 0x26221F))
        drawArm(-1)
        drawArm(1)
        // The trunk, and what hangs from it.
        let waist = half * (isFemale ? 0.7 : 0.86)
        let hem = isLong ? hip + total * (wears("apron") ? 0.16 : 0.3) : hip + head * 0.22
        let flare = isLong ? half * (isDress ? 1.25 : 1.02) : half * 0.9
        canvas.shape(
            from: (x - half, shoulder + head * 0.1),
            [
                (
                    (x - half * 0.7, chin + head * 0.12), (x + half * 0.7, chin + head * 0.12),
                    (x + half, shoulder + head * 0.1)
                ),
                ((x + half * 1.02, shoulder + head), (x + waist, hip - head * 0.7), (x + waist, hip - head * 0.3)),
                ((x + flare, hip), (x + flare, hem - 20), (x + flare, hem)),
                ((x + flare * 0.4, hem + 16), (x - flare * 0.4, hem + 16), (x - flare, hem)),
                ((x - flare, hem - 20), (x - flare, hip), (x - waist, hip - head * 0.3)),
                ((x - waist, hip - head * 0.7), (x - half * 1.02, shoulder + head), (x - half, shoulder + head * 0.1)),
            ], cloth)
        canvas.shape(  // Shade on one side.
            from: (x + half * 0.35, shoulder),
            [
                ((x + half, shoulder), (x + half * 1.02, shoulder + head), (x + waist, hip - head * 0.3)),
                ((x + flare, hip), (x + flare, hem), (x + flare * 0.55, hem)),
                ((x + waist * 0.5, hip), (x + half * 0.4, shoulder + head), (x + half * 0.35, shoulder)),
            ], Colour(0, 0, 0), alpha: 0.16)
        drawGarment(hem: hem, waist: waist)
        canvas.roundedRectangle(
            x - head * 0.17, chin - head * 0.16, head * 0.34, head * 0.42, radius: 20, skin.lit(0.92))
        if wears("scarf", "shawl", "collar", "turtleneck", "high neck") {
            canvas.roundedRectangle(
                x - head * 0.36, chin + head * 0.02, head * 0.72, head * 0.26, radius: 24, second.lit(1.2))
        }
    }

    private func drawLegs(_ colour: Colour, boots: Colour) {
        for side in [-1.0, 1.0] {
            let from = x + side * half * 0.42
            let to = x + side * half * 0.5
            canvas.polygon(
                [
                    (from - half * 0.36, hip - 10), (from + half * 0.36, hip - 10),
                    (to + half * 0.24, foot - head * 0.3), (to - half * 0.24, foot - head * 0.3),
                ],
                side < 0 ? colour : colour.lit(0.88))
            canvas.roundedRectangle(to - half * 0.27, foot - head * 0.55, half * 0.54, head * 0.45, radius: 14, boots)
            canvas.ellipse(to + side * half * 0.06, foot - head * 0.08, half * 0.36, head * 0.13, boots.lit(0.9))
        }
    }

    private func drawArm(_ side: Double) {
        let sleeve = side < 0 ? cloth.lit(0.94) : cloth.lit(0.82)
        let pinned = brief.words.says("empty sleeve", "pinned", "one arm", "one-arm") && side > 0
        let from = (x + side * half * 0.9, shoulder + head * 0.2)
        let elbow = (x + side * half * 1.22, shoulder + head * 1.35)
        let hand = (x + side * half * 1.16, hip + head * 0.25)
        let isBare =
            wears("shirtsleeves", "vest", "sleeveless", "rolled") || brief.words.says("forearm", "sleeves rolled")
        canvas.line([from, elbow], width: head * 0.36 * broad, sleeve)
        if pinned {
            canvas.line([elbow, (from.0, from.1 + head * 0.5)], width: head * 0.28 * broad, sleeve.lit(0.9))
            return
        }
        canvas.line(
            [elbow, (hand.0, hand.1 - head * 0.15)], width: head * 0.28 * broad, isBare ? skin.lit(0.95) : sleeve)
        let glove = wears("glove") ? (ColourWords.all(in: brief.wardrobe).last ?? second) : skin
        canvas.ellipse(hand.0, hand.1, head * 0.17, head * 0.22, glove)
    }

    private func drawGarment(hem: Double, waist: Double) {
        if wears("coat", "jacket", "suit", "blazer", "uniform", "trench", "cardigan", "parka"), !isOverall {
            canvas.polygon(
                [
                    (x - head * 0.34, shoulder - head * 0.06), (x + head * 0.34, shoulder - head * 0.06),
                    (x, shoulder + head * 1.15),
                ], second.lit(1.5).mixed(Colour(hex: 0xE9E4D8), 0.6))
            canvas.polygon(
                [
                    (x - head * 0.4, shoulder - head * 0.1), (x - head * 0.1, shoulder + head * 0.3),
                    (x, shoulder + head * 1.2), (x - head * 0.5, shoulder + head * 0.5),
                ], cloth.lit(0.8))
            canvas.polygon(
                [
                    (x + head * 0.4, shoulder - head * 0.1), (x + head * 0.1, shoulder + head * 0.3),
                    (x, shoulder + head * 1.2), (x + head * 0.5, shoulder + head * 0.5),
                ], cloth.lit(0.72))
            canvas.line([(x, shoulder + head * 1.15), (x, hem)], width: 5, cloth.lit(0.55))
            for index in 0..<4 {
                canvas.ellipse(
                    x - 16, shoulder + head * (1.35 + 0.34 * Double(index)), 8, 8,
                    wears("uniform", "brass") ? Colour(hex: 0xD3A53B) : cloth.lit(0.45))
            }
            if wears("suit", "tie") {
                canvas.polygon(
                    [
                        (x - 12, shoulder + head * 0.1), (x + 12, shoulder + head * 0.1),
                        (x + 18, shoulder + head * 0.95), (x, shoulder + head * 1.1), (x - 18, shoulder + head * 0.95),
                    ], Colour(hex: 0x7A2530))
            }
        } else if isOverall {
            canvas.line([(x, shoulder), (x, hip + head * 0.1)], width: 6, cloth.lit(0.6))
            for side in [-1.0, 1.0] {
                canvas.roundedRectangle(
                    x + side * half * 0.5 - head * 0.2, shoulder + head * 0.55, head * 0.4, head * 0.36, radius: 8,
                    cloth.lit(0.8))
            }
        } else if wears("apron") {
            canvas.roundedRectangle(
                x - half * 0.62, shoulder + head * 0.6, half * 1.24, hem - shoulder - head * 0.6, radius: 18,
                second.lit(1.4))
            if wears("striped", "stripe") {
                for index in -2...2 {
                    canvas.rectangle(
                        x + Double(index) * half * 0.26 - 6, shoulder + head * 0.6, 12, hem - shoulder - head * 0.62,
                        cloth.lit(0.7))
                }
            }
        } else {
            canvas.polygon(
                [
                    (x - head * 0.26, shoulder - head * 0.1), (x + head * 0.26, shoulder - head * 0.1),
                    (x, shoulder + head * 0.34),
                ], skin)
            if wears("shirt", "blouse") {
                canvas.line([(x, shoulder + head * 0.34), (x, hip)], width: 4, cloth.lit(0.7))
            }
            if wears("stripe", "striped") {
                for index in 0..<6 {
                    canvas.rectangle(
                        x - half * 0.9, shoulder + head * (0.5 + 0.34 * Double(index)), half * 1.8, 14, second.lit(1.2),
                        alpha: 0.7)
                }
            }
        }
        if wears("belt", "rope", "sash") || brief.signature.says("belt", "keys") {
            canvas.rectangle(
                x - waist, hip - head * 0.42, waist * 2, head * 0.15,
                wears("rope") ? Colour(hex: 0xC2A878) : Colour(hex: 0x4A3322))
            canvas.rectangle(x - 18, hip - head * 0.44, 36, head * 0.19, Colour(hex: 0xC9A24A))
        }
        if wears("badge", "star") {
            canvas.ellipse(x - half * 0.5, shoulder + head * 0.55, 20, 20, Colour(hex: 0xD8B64C))
        }
    }

    // MARK: head

    private mutating func drawHead() {
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
    private func drawBackHair() {
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

    private mutating func drawFace(_ cx: Double, _ cy: Double) {
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

    private mutating func drawHair(_ cx: Double, _ cy: Double) {
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

    private func drawHat(_ cx: Double, _ cy: Double) {
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
    private func drawSignature() {
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

/// Removes a plain background: from the borders inward, everything like the corner's colour becomes transparent, with
/// soft edges. The local stand-in for a segmentation model.
package enum Keying {
    static let tolerance = 46

    package static func cutOut(_ portrait: Canvas) throws(StudioError) -> Canvas {
        let result = try Canvas(width: portrait.width, height: portrait.height, hasAlpha: true)
        let width = portrait.width, height = portrait.height
        var isBackground = [Bool](repeating: false, count: width * height)
        portrait.withPixels { source in
            let corner = (Int(source[0]), Int(source[1]), Int(source[2]))
            func isLike(_ index: Int) -> Bool {
                let at = index * 4
                return abs(Int(source[at]) - corner.0) + abs(Int(source[at + 1]) - corner.1)
                    + abs(Int(source[at + 2]) - corner.2) < tolerance
            }
            var pending: [Int] = []
            for x in 0..<width { pending += [x, (height - 1) * width + x] }
            for y in 0..<height { pending += [y * width, y * width + width - 1] }
            while let index = pending.popLast() {
                guard !isBackground[index], isLike(index) else { continue }
                isBackground[index] = true
                let x = index % width
                if x > 0 { pending.append(index - 1) }
                if x < width - 1 { pending.append(index + 1) }
                if index >= width { pending.append(index - width) }
                if index < width * (height - 1) { pending.append(index + width) }
            }
        }
        result.withPixels { target in
            portrait.withPixels { source in
                for index in 0..<width * height where !isBackground[index] {
                    // An edge is as opaque as its neighbours are figure.
                    var alpha = 255
                    let x = index % width
                    if x > 0, x < width - 1, index >= width, index < width * (height - 1) {
                        let near = [index - 1, index + 1, index - width, index + width].count { isBackground[$0] }
                        alpha = 255 - near * 56
                    }
                    let at = index * 4
                    for part in 0..<3 { target[at + part] = UInt8(Int(source[at + part]) * alpha / 255) }
                    target[at + 3] = UInt8(alpha)
                }
            }
        }
        return result
    }
}
