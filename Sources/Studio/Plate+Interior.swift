internal import Foundation

extension Plate {
    /// A room in one-point perspective, and what stands in it.
    mutating func drawInterior() {
        let left = w * 0.2, right = w * 0.8, top = h * 0.16, low = h * 0.64
        let isMetal = says(
            "engine", "boiler", "machine", "factory", "lab", "bunker", "submarine", "ship", "server", "control")
        let wall = room(isMetal ? Colour(hex: 0x6C737A) : tint(0, 0xA08C74))
        let floor = room(isMetal ? Colour(hex: 0x4A4F55) : Colour(hex: 0x7B5A3E))
        canvas.rectangle(left, top, right - left, low - top, wall)
        canvas.polygon([(0, 0), (left, top), (left, low), (0, h)], wall.lit(0.8))
        canvas.polygon([(w, 0), (right, top), (right, low), (w, h)], wall.lit(0.88))
        canvas.polygon([(0, 0), (w, 0), (right, top), (left, top)], room(Colour(hex: 0xC7BDA9)).lit(0.9))
        canvas.polygon([(left, low), (right, low), (w, h), (0, h)], floor)
        for index in 0...14 {
            let t = Double(index) / 14
            canvas.line(
                [(left + (right - left) * t, low), (w * t * 1.4 - w * 0.2, h)], width: 2, floor.lit(0.7), alpha: 0.7)
        }
        canvas.line([(left, low), (right, low)], width: 7, wall.lit(0.55))
        canvas.line([(0, h), (left, low)], width: 7, wall.lit(0.5))
        canvas.line([(w, h), (right, low)], width: 7, wall.lit(0.5))
        if !says("engine", "cellar", "bunker", "basement", "cave", "tunnel", "vault") { drawWindows() }
        drawFittings(wall)
        drawCeilingLamp()
    }

    /// Inside, lamps make up for the night.
    func room(_ colour: Colour) -> Colour {
        let isDark = light.level < 0.7
        return colour.mixed(isDark ? Colour(hex: 0xB07A40) : Colour(hex: 0xFFF3E0), 0.16).lit(isDark ? 0.62 : 0.95)
    }

    private func drawWindows() {
        for x in [0.3, 0.58] {
            let px = w * x, py = h * 0.24, width = w * 0.12, height = h * 0.24
            canvas.rectangle(px - 10, py - 10, width + 20, height + 20, room(Colour(hex: 0x4E3A2B)))
            canvas.gradient(px, py, width, height, [(0, light.skyTop, 1), (1, light.skyLow, 1)])
            if brief.time == "night" {
                canvas.ellipse(px + width * 0.7, py + height * 0.25, 12, 12, Colour(hex: 0xEDEFF5))
            }
            if says("sea", "ferry", "boat", "harbor", "harbour", "coast", "saloon") {
                canvas.rectangle(px, py + height * 0.62, width, height * 0.38, lit(Colour(hex: 0x2E566B)))
            }
            canvas.line([(px + width / 2, py), (px + width / 2, py + height)], width: 7, room(Colour(hex: 0x4E3A2B)))
            canvas.line([(px, py + height / 2), (px + width, py + height / 2)], width: 7, room(Colour(hex: 0x4E3A2B)))
            if brief.time != "night" {
                canvas.polygon(
                    [
                        (px, h * 0.66), (px + width, h * 0.66), (px + width * 1.7, h * 0.95),
                        (px + width * 0.3, h * 0.95),
                    ],
                    light.skyLow, alpha: 0.18)
            }
        }
    }

    private mutating func drawFittings(_ wall: Colour) {
        if says("engine", "boiler", "pipe", "machine", "factory") { drawBoiler() }
        if says("bar", "saloon", "pub", "cafe", "café", "tavern", "diner", "counter") { drawBar() }
        if says("bench", "pew", "waiting", "church", "station") { drawBenches() }
        if says("desk", "office", "study", "workshop", "bureau") { drawDesk() }
        if says("table", "kitchen", "dining") { drawTable() }
        if says("bed", "bedroom", "cabin", "hospital", "cell") { drawBed() }
        if says("shelf", "shelves", "library", "archive", "book", "shop", "store") { drawShelves() }
        if says("screen", "monitor", "console", "control", "server", "lab", "radio", "bridge") { drawConsole() }
        if says("stair", "ladder", "hall") { drawStairs(wall) }
        if says("door", "corridor", "hallway", "entrance") { drawDoor() }
        if says("column", "pillar", "temple", "court", "bank") { drawColumns(wall) }
        if says("stove", "fire", "hearth", "forge"), !says("boiler", "engine") { drawFire() }
        if says("clock") { drawClock() }
        if says("telescope", "observatory") { drawTelescope() }
        if says("great lens", "lamp room", "beacon") { drawGreatLamp() }
        if says("piano") { drawPiano() }
        if says("plant", "greenhouse", "garden") { drawPlants() }
    }

    private func drawCeilingLamp() {
        let isLit = light.level < 0.7 || says("lamp", "bulb", "candle", "firebox", "glow")
        for x in says("lamps", "chandelier", "saloon", "hall") ? [0.34, 0.66] : [0.5] {
            canvas.line([(w * x, 0), (w * x, h * 0.13)], width: 4, room(Colour(hex: 0x2B2622)))
            canvas.polygon(
                [(w * x - 44, h * 0.17), (w * x + 44, h * 0.17), (w * x + 16, h * 0.125), (w * x - 16, h * 0.125)],
                room(Colour(hex: 0x6A5536)))
            canvas.ellipse(w * x, h * 0.175, 20, 14, isLit ? Colour(hex: 0xFFE9B5) : room(Colour(hex: 0xD9D4C8)))
            if isLit {
                canvas.glow(w * x, h * 0.18, radius: h * 0.55, Colour(hex: 0xFFC46B), alpha: 0.5)
                canvas.polygon(
                    [(w * x - 30, h * 0.18), (w * x + 30, h * 0.18), (w * x + w * 0.2, h), (w * x - w * 0.2, h)],
                    Colour(hex: 0xFFD893), alpha: 0.07)
            }
        }
    }

    private mutating func drawBoiler() {
        let iron = room(Colour(hex: 0x565B60))
        canvas.roundedRectangle(w * 0.3, h * 0.22, w * 0.34, h * 0.44, radius: 70, iron)
        canvas.gradient(
            w * 0.3, h * 0.22, w * 0.34, h * 0.44,
            [(0, Colour(1, 1, 1), 0.12), (0.4, Colour(0, 0, 0), 0), (1, Colour(0, 0, 0), 0.35)])
        for row in 0..<3 {
            for column in 0..<16 {
                canvas.ellipse(
                    w * (0.31 + 0.0213 * Double(column)), h * (0.25 + 0.19 * Double(row)), 5, 5, iron.lit(1.35))
            }
        }
        canvas.roundedRectangle(w * 0.42, h * 0.47, w * 0.1, h * 0.13, radius: 14, Colour(hex: 0x1E1A18))
        canvas.roundedRectangle(w * 0.427, h * 0.48, w * 0.086, h * 0.11, radius: 12, Colour(hex: 0xF0742A))
        canvas.glow(w * 0.47, h * 0.535, radius: h * 0.45, Colour(hex: 0xFF6A22), alpha: 0.55)
        canvas.ellipse(w * 0.47, h * 0.32, 34, 34, room(Colour(hex: 0xD8D3C4)))
        canvas.line([(w * 0.47, h * 0.32), (w * 0.482, h * 0.3)], width: 5, Colour(hex: 0xA3271E))
        for (index, y) in [0.1, 0.15, 0.2].enumerated() {
            let pipe = room(Colour(hex: index == 1 ? 0x9C6A3D : 0x777D82))
            canvas.line(
                [(0, h * y), (w * 0.28, h * (y + 0.05)), (w * 0.72, h * (y + 0.05)), (w, h * y)], width: 20, pipe)
            canvas.line(
                [(0, h * y - 5), (w * 0.28, h * (y + 0.05) - 5), (w * 0.72, h * (y + 0.05) - 5), (w, h * y - 5)],
                width: 4, pipe.lit(1.4))
        }
        for x in [0.12, 0.86] {
            canvas.line([(w * x, 0), (w * x, h * 0.8)], width: 26, room(Colour(hex: 0x6F5A48)))
            canvas.ellipse(w * x, h * 0.4, 44, 44, room(Colour(hex: 0x9B2F25)))
            canvas.ellipse(w * x, h * 0.4, 28, 28, room(Colour(hex: 0x6F5A48)))
        }
    }

    private mutating func drawBar() {
        for shelf in 0..<2 {
            let y = h * (0.3 + 0.1 * Double(shelf))
            canvas.rectangle(w * 0.24, y, w * 0.52, 8, room(Colour(hex: 0x4B3524)))
            for bottle in 0..<26 {
                let x = w * (0.25 + 0.0195 * Double(bottle))
                let glass = [0x3F6B4A, 0x8A5A2B, 0x9FB7B4, 0x6B2E3A].map { Colour(hex: $0) }[Int(dice.next() * 3.99)]
                canvas.roundedRectangle(x, y - 46, 16, 46, radius: 5, room(glass))
                canvas.rectangle(x + 5, y - 60, 6, 16, room(glass))
            }
        }
        canvas.rectangle(
            w * 0.12, h * 0.56, w * 0.76, h * 0.03,
            room(says("zinc") ? Colour(hex: 0xAEB6B9) : Colour(hex: 0x8A5B36)).lit(1.15))
        canvas.rectangle(w * 0.13, h * 0.59, w * 0.74, h * 0.17, room(tint(0, 0x5C3C27)))
        for panel in 0..<8 {
            canvas.rectangle(
                w * (0.145 + 0.091 * Double(panel)), h * 0.61, w * 0.075, h * 0.13, room(tint(0, 0x5C3C27)).lit(0.8))
        }
        for stool in 0..<4 {
            let x = w * (0.2 + 0.2 * Double(stool))
            canvas.line([(x, h * 0.72), (x, h * 0.88)], width: 10, room(Colour(hex: 0x8A8A8C)))
            canvas.ellipse(x, h * 0.715, 52, 15, room(Colour(hex: 0x7B2C2A)))
        }
    }

    private func drawBenches() {
        for row in 0..<3 {
            let near = 0.55 + 0.25 * Double(row)
            let y = h * (0.62 + 0.13 * Double(row))
            for side in [0.5 - 0.36 * near, 0.5 + 0.14 * near] {
                canvas.roundedRectangle(
                    w * side, y - h * 0.09 * near, w * 0.22 * near, h * 0.06 * near, radius: 8,
                    room(Colour(hex: 0x6C4A2E)).lit(0.9))
                canvas.rectangle(w * side, y, w * 0.22 * near, h * 0.025 * near, room(Colour(hex: 0x8A6240)))
                canvas.rectangle(w * side + 8, y, 10, h * 0.07 * near, room(Colour(hex: 0x4E3521)))
                canvas.rectangle(w * (side + 0.22 * near) - 18, y, 10, h * 0.07 * near, room(Colour(hex: 0x4E3521)))
            }
        }
    }

    private func drawDesk() {
        canvas.rectangle(w * 0.3, h * 0.6, w * 0.4, h * 0.035, room(Colour(hex: 0x6B4427)).lit(1.2))
        canvas.rectangle(w * 0.31, h * 0.635, w * 0.11, h * 0.2, room(Colour(hex: 0x5A3820)))
        canvas.rectangle(w * 0.58, h * 0.635, w * 0.11, h * 0.2, room(Colour(hex: 0x5A3820)))
        for drawer in 0..<3 {
            canvas.ellipse(w * 0.365, h * (0.67 + 0.055 * Double(drawer)), 8, 8, room(Colour(hex: 0xC7A55A)))
            canvas.ellipse(w * 0.635, h * (0.67 + 0.055 * Double(drawer)), 8, 8, room(Colour(hex: 0xC7A55A)))
        }
        canvas.polygon(
            [(w * 0.42, h * 0.6), (w * 0.52, h * 0.6), (w * 0.51, h * 0.575), (w * 0.43, h * 0.575)],
            room(Colour(hex: 0xE8E0CC)))
        canvas.line([(w * 0.64, h * 0.6), (w * 0.64, h * 0.5)], width: 7, room(Colour(hex: 0x2F4B3A)))
        canvas.polygon(
            [(w * 0.61, h * 0.51), (w * 0.67, h * 0.51), (w * 0.655, h * 0.47), (w * 0.625, h * 0.47)],
            room(Colour(hex: 0x2F6B4A)))
        canvas.glow(w * 0.64, h * 0.53, radius: h * 0.2, Colour(hex: 0xFFD98A), alpha: light.level < 0.7 ? 0.6 : 0.2)
    }

    private func drawTable() {
        canvas.ellipse(w * 0.5, h * 0.72, w * 0.22, h * 0.05, room(Colour(hex: 0x8A5F3A)).lit(1.1))
        canvas.rectangle(w * 0.485, h * 0.74, w * 0.03, h * 0.17, room(Colour(hex: 0x5F4026)))
        for x in [0.42, 0.56] {
            canvas.ellipse(w * x, h * 0.71, 34, 10, room(Colour(hex: 0xEFEAE0)))
            canvas.roundedRectangle(w * x + 46, h * 0.68, 22, 30, radius: 5, room(Colour(hex: 0xC6D1D6)))
        }
        for x in [0.22, 0.72] {
            canvas.rectangle(w * x, h * 0.62, w * 0.06, 12, room(Colour(hex: 0x6A4930)))
            canvas.rectangle(w * x, h * 0.5, 12, h * 0.32, room(Colour(hex: 0x6A4930)))
            canvas.rectangle(w * (x + 0.06) - 12, h * 0.62, 12, h * 0.2, room(Colour(hex: 0x6A4930)))
        }
    }

    private func drawBed() {
        canvas.rectangle(w * 0.6, h * 0.46, w * 0.03, h * 0.34, room(Colour(hex: 0x5A3D28)))
        canvas.polygon(
            [(w * 0.62, h * 0.62), (w * 0.92, h * 0.66), (w * 0.97, h * 0.86), (w * 0.62, h * 0.78)],
            room(tint(1, 0x6E7F94)))
        canvas.polygon(
            [(w * 0.62, h * 0.6), (w * 0.7, h * 0.61), (w * 0.7, h * 0.67), (w * 0.62, h * 0.66)],
            room(Colour(hex: 0xF0EBE0)))
    }

    private mutating func drawShelves() {
        for side in [0.205, 0.66] {
            canvas.rectangle(w * side, h * 0.2, w * 0.135, h * 0.45, room(Colour(hex: 0x4A3322)))
            for row in 0..<5 {
                let y = h * (0.215 + 0.086 * Double(row))
                canvas.rectangle(w * side + 8, y, w * 0.135 - 16, h * 0.072, room(Colour(hex: 0x2A1D14)))
                var x = w * side + 12
                while x < w * (side + 0.135) - 24 {
                    let width = dice.next(8...20)
                    let height = h * dice.next(0.04...0.068)
                    let cover = Colour(dice.next(0.25...0.75), dice.next(0.2...0.5), dice.next(0.2...0.45))
                    canvas.rectangle(x, y + h * 0.072 - height, width, height, room(cover))
                    x += width + 2
                }
            }
        }
    }

    private mutating func drawConsole() {
        canvas.polygon(
            [(w * 0.22, h * 0.62), (w * 0.78, h * 0.62), (w * 0.86, h * 0.76), (w * 0.14, h * 0.76)],
            room(Colour(hex: 0x4C545C)))
        for row in 0..<3 {
            for column in 0..<22 {
                let lamp = [0xE0503A, 0xE6C84A, 0x5BC06A, 0x4FB3C4].map { Colour(hex: $0) }[Int(dice.next() * 3.99)]
                canvas.ellipse(
                    w * (0.22 + 0.026 * Double(column)), h * (0.655 + 0.035 * Double(row)), 8, 7, lamp,
                    alpha: dice.next(0.35...1))
            }
        }
        for index in 0..<3 {
            let x = w * (0.27 + 0.165 * Double(index))
            canvas.roundedRectangle(x, h * 0.36, w * 0.13, h * 0.2, radius: 10, room(Colour(hex: 0x23272B)))
            canvas.gradient(
                x + 12, h * 0.375, w * 0.13 - 24, h * 0.17,
                [(0, Colour(hex: 0x0F4A50), 1), (1, Colour(hex: 0x1F8A84), 1)])
            var points: [(Double, Double)] = []
            for step in 0..<14 {
                points.append((x + 18 + Double(step) * (w * 0.13 - 36) / 13, h * (0.46 + dice.next(-0.05...0.05))))
            }
            canvas.line(points, width: 4, Colour(hex: 0x9FF5DC))
            canvas.glow(x + w * 0.065, h * 0.46, radius: h * 0.2, Colour(hex: 0x49E0C8), alpha: 0.25)
        }
    }

    private func drawStairs(_ wall: Colour) {
        for step in 0..<9 {
            let t = Double(step)
            canvas.rectangle(
                w * (0.66 + 0.022 * t), h * (0.72 - 0.055 * t), w * 0.3 - w * 0.022 * t, h * 0.055,
                wall.lit(0.95 - 0.05 * Double(step % 2)))
        }
        canvas.line([(w * 0.66, h * 0.58), (w * 0.86, h * 0.1)], width: 12, room(Colour(hex: 0x4A3322)))
    }

    private func drawDoor() {
        canvas.rectangle(w * 0.44, h * 0.26, w * 0.12, h * 0.38, room(Colour(hex: 0x3A281B)))
        canvas.rectangle(w * 0.45, h * 0.275, w * 0.1, h * 0.365, room(tint(1, 0x77502F)))
        canvas.ellipse(w * 0.54, h * 0.47, 9, 9, room(Colour(hex: 0xD8B45A)))
    }

    private func drawColumns(_ wall: Colour) {
        for x in [0.06, 0.22, 0.74, 0.9] {
            canvas.rectangle(w * x, h * 0.1, w * 0.045, h * 0.66, wall.lit(1.15))
            canvas.rectangle(w * x - 12, h * 0.08, w * 0.045 + 24, h * 0.03, wall.lit(1.25))
            canvas.rectangle(w * x - 12, h * 0.75, w * 0.045 + 24, h * 0.03, wall.lit(1.05))
        }
    }

    private func drawFire() {
        canvas.rectangle(w * 0.42, h * 0.42, w * 0.16, h * 0.23, room(Colour(hex: 0x5B4A42)))
        canvas.rectangle(w * 0.445, h * 0.47, w * 0.11, h * 0.18, Colour(hex: 0x17110E))
        for (dx, height) in [(-0.025, 0.09), (0.0, 0.13), (0.025, 0.08)] {
            canvas.polygon(
                [
                    (w * (0.5 + dx) - 24, h * 0.64), (w * (0.5 + dx) + 24, h * 0.64),
                    (w * (0.5 + dx), h * (0.64 - height)),
                ], Colour(hex: 0xF58A2A))
            canvas.polygon(
                [
                    (w * (0.5 + dx) - 12, h * 0.64), (w * (0.5 + dx) + 12, h * 0.64),
                    (w * (0.5 + dx), h * (0.64 - height * 0.6)),
                ], Colour(hex: 0xFFE08A))
        }
        canvas.glow(w * 0.5, h * 0.58, radius: h * 0.4, Colour(hex: 0xFF8A33), alpha: 0.5)
    }

    private func drawClock() {
        canvas.ellipse(w * 0.5, h * 0.29, 62, 62, room(Colour(hex: 0x3B2C20)))
        canvas.ellipse(w * 0.5, h * 0.29, 52, 52, room(Colour(hex: 0xF3EDDD)))
        canvas.line([(w * 0.5, h * 0.29), (w * 0.5, h * 0.255)], width: 6, Colour(hex: 0x1B1B20))
        canvas.line([(w * 0.5, h * 0.29), (w * 0.515, h * 0.3)], width: 6, Colour(hex: 0x1B1B20))
    }

    private func drawTelescope() {
        canvas.polygon(
            [(w * 0.4, h * 0.6), (w * 0.43, h * 0.64), (w * 0.7, h * 0.24), (w * 0.645, h * 0.17)],
            room(Colour(hex: 0xB08A4A)))
        canvas.line([(w * 0.52, h * 0.46), (w * 0.46, h * 0.82)], width: 14, room(Colour(hex: 0x4A3A2C)))
        canvas.line([(w * 0.52, h * 0.46), (w * 0.58, h * 0.82)], width: 14, room(Colour(hex: 0x4A3A2C)))
        canvas.ellipse(w * 0.672, h * 0.205, 50, 40, room(Colour(hex: 0x9FC4D6)))
    }

    private func drawGreatLamp() {
        canvas.rectangle(w * 0.46, h * 0.5, w * 0.08, h * 0.2, room(Colour(hex: 0xB08A4A)))
        canvas.glow(w * 0.5, h * 0.32, radius: h * 0.5, Colour(hex: 0xFFE9A8), alpha: 0.55)
        for ring in 0..<6 {
            let t = 1 - Double(ring) / 6
            canvas.ellipse(
                w * 0.5, h * 0.32, w * 0.09 * t, h * 0.21 * t,
                ring % 2 == 0 ? room(Colour(hex: 0x9FC4D6)) : Colour(hex: 0xDDEBF0), alpha: 0.8)
        }
        canvas.ellipse(w * 0.5, h * 0.32, 26, 40, Colour(hex: 0xFFF3C4))
        for side in [-1.0, 1.0] {
            canvas.rectangle(w * (0.5 + 0.095 * side) - 9, h * 0.1, 18, h * 0.42, room(Colour(hex: 0xB08A4A)))
        }
        canvas.rectangle(w * 0.39, h * 0.09, w * 0.22, h * 0.025, room(Colour(hex: 0xB08A4A)))
        canvas.rectangle(w * 0.39, h * 0.51, w * 0.22, h * 0.025, room(Colour(hex: 0xB08A4A)))
    }

    private func drawPiano() {
        canvas.rectangle(w * 0.62, h * 0.44, w * 0.22, h * 0.3, room(Colour(hex: 0x1E1A1A)))
        canvas.rectangle(w * 0.61, h * 0.58, w * 0.24, h * 0.03, room(Colour(hex: 0xEFEAE0)))
    }

    private mutating func drawPlants() {
        for x in [0.1, 0.24, 0.78, 0.92] {
            canvas.polygon(
                [(w * x - 40, h * 0.72), (w * x + 40, h * 0.72), (w * x + 28, h * 0.82), (w * x - 28, h * 0.82)],
                room(Colour(hex: 0xA0583A)))
            for _ in 0..<12 {
                canvas.line(
                    [(w * x, h * 0.72), (w * x + dice.next(-90...90), h * dice.next(0.5...0.66))], width: 9,
                    room(Colour(hex: 0x4E7F45)))
            }
        }
    }
}
