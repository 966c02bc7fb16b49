internal import Foundation

/// A place, as the bible describes it: what a plate is drawn from.
package struct PlateBrief: Sendable {
    package var name: String
    package var words: String
    /// day, night, dusk, dawn.
    package var time: String
    package var isExterior: Bool
    package var palette: [String]
    package var actColour: String

    /// Which candidate.
    package var take: Int

    package init(
        take: Int = 0, name: String, words: String, time: String, isExterior: Bool, palette: [String],
        actColour: String
    ) {
        self.take = take
        self.name = name
        self.words = words
        self.time = time
        self.isExterior = isExterior
        self.palette = palette
        self.actColour = actColour
    }
}

/// Draws a place without people: sky or room by the time of day, then what its words name, far to near.
package struct Plate {
    let brief: PlateBrief
    let canvas: Canvas
    var dice: Dice
    let w: Double
    let h: Double
    let light: Light
    let tints: [Colour]

    /// What the hour does to everything.
    struct Light {
        let skyTop, skyLow, ambient: Colour
        /// How bright surfaces are, 0 to 1.
        let level: Double
        let lampsAreLit: Bool

        init(_ time: String) {
            switch time {
            case "night":
                (skyTop, skyLow, ambient) = (Colour(hex: 0x0B1224), Colour(hex: 0x24304C), Colour(hex: 0x2A3A5E))
                (level, lampsAreLit) = (0.42, true)
            case "dusk":
                (skyTop, skyLow, ambient) = (Colour(hex: 0x3B3560), Colour(hex: 0xE08A5A), Colour(hex: 0x8A5F6E))
                (level, lampsAreLit) = (0.66, true)
            case "dawn":
                (skyTop, skyLow, ambient) = (Colour(hex: 0x7FA0C8), Colour(hex: 0xF6C7A6), Colour(hex: 0xE0B7A8))
                (level, lampsAreLit) = (0.82, false)
            default:
                (skyTop, skyLow, ambient) = (Colour(hex: 0x5E9BD6), Colour(hex: 0xCFE4F2), Colour(hex: 0xE8EEF0))
                (level, lampsAreLit) = (1, false)
            }
        }
    }

    package static func draw(_ brief: PlateBrief, width: Int, height: Int) throws(StudioError) -> Canvas {
        let canvas = try Canvas(width: width, height: height)
        var plate = Plate(brief: brief, canvas: canvas)
        if brief.isExterior { plate.drawExterior() } else { plate.drawInterior() }
        plate.finish()
        return canvas
    }

    private init(brief: PlateBrief, canvas: Canvas) {
        self.brief = brief
        self.canvas = canvas
        dice = Dice(brief.name + brief.words, take: brief.take)
        w = Double(canvas.width)
        h = Double(canvas.height)
        light = Light(brief.time)
        tints = brief.palette.compactMap(ColourWords.first(in:))
    }

    func says(_ words: String...) -> Bool { words.contains { brief.words.says($0) || brief.name.says($0) } }

    /// A surface's colour under this light.
    func lit(_ colour: Colour) -> Colour {
        colour.mixed(light.ambient, 0.25).lit(light.level)
    }

    func tint(_ index: Int, _ fallback: UInt32) -> Colour {
        tints.isEmpty ? Colour(hex: fallback) : tints[index % tints.count].mixed(Colour(hex: fallback), 0.45)
    }

    /// The act's colour over everything, then darkness at the edges.
    mutating func finish() {
        if brief.isExterior, says("rain", "storm") { drawRain() }
        if says("fog", "mist", "haze", "smok", "steam") {
            for index in 0..<5 {
                let y = h * (0.45 + 0.1 * Double(index))
                canvas.gradient(
                    0, y - h * 0.1, w, h * 0.2,
                    [
                        (0, Colour(0.8, 0.82, 0.85), 0), (0.5, Colour(0.8, 0.82, 0.85), 0.1 * light.level + 0.03),
                        (1, Colour(0.8, 0.82, 0.85), 0),
                    ])
            }
        }
        if says("snow") {
            for _ in 0..<400 {
                canvas.ellipse(
                    dice.next() * w, dice.next() * h, dice.next(1.5...4), dice.next(1.5...4), Colour(1, 1, 1),
                    alpha: 0.7)
            }
        }
        if let colour = ColourWords.first(in: brief.actColour) { canvas.paint(colour, alpha: 0.10) }
        canvas.vignette(0.5)
    }

    private mutating func drawRain() {
        for _ in 0..<500 {
            let x = dice.next() * w * 1.1
            let y = dice.next() * h
            let length = dice.next(18...46)
            canvas.line([(x, y), (x - length * 0.22, y + length)], width: 1.4, Colour(0.75, 0.82, 0.9), alpha: 0.28)
        }
    }
}
