internal import Foundation

/// A person, as the bible describes them.
package struct PersonBrief: Sendable {
    /// Which candidate.
    package var take = 0
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
        var dice = Dice(brief.name + brief.words, take: brief.take)
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

    var top: Double { foot - total }
    var chin: Double { top + head }
    var shoulder: Double { chin + head * 0.34 }
    var hip: Double { top + total * 0.52 }
    var half: Double { head * 0.86 * broad }

    func wears(_ words: String...) -> Bool {
        words.contains { brief.wardrobe.says($0) || (brief.wardrobe.isEmpty && brief.summary.says($0)) }
    }

    var isOverall: Bool { wears("overall", "boiler suit", "coverall", "jumpsuit", "dungaree") }

    // MARK: body

    mutating func drawBody() {
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

    func drawLegs(_ colour: Colour, boots: Colour) {
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

    func drawArm(_ side: Double) {
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

    func drawGarment(hem: Double, waist: Double) {
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
}
