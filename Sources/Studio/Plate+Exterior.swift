internal import Foundation

extension Plate {
    mutating func drawExterior() {
        let horizon = h * 0.56
        drawSky(horizon)
        if says("mountain", "hill", "cliff", "valley", "ridge") { drawHills(horizon, height: 0.3, 0x5C6B73) }
        if says("forest", "wood", "tree", "pine", "jungle", "grove") { drawHills(horizon, height: 0.1, 0x42563F) }
        if says("city", "skyline", "downtown", "skyscraper", "rooftop", "metropol") { drawSkyline(horizon) }
        drawGround(horizon)
        if says("village", "town", "street", "alley", "market", "square", "road") { drawStreet(horizon) }
        if says("station", "platform", "railway", "train", "track") { drawTracks(horizon) }
        if says("forest", "wood", "tree", "pine", "orchard", "park", "garden", "grove") { drawTrees(horizon) }
        if says("house", "cottage", "cabin", "farm", "hut", "shed", "inn") { drawHouse(horizon) }
        if says("lighthouse") { drawLighthouse(horizon) }
        if says("pier", "landing", "dock", "jetty", "harbor", "harbour", "quay") { drawPier(horizon) }
        if says("deck") { drawDeck(horizon) }
        if says("boat", "ship", "ferry", "trawler") && !says("deck") { drawBoat(horizon) }
        if says("bridge") { drawBridge(horizon) }
        if says("windmill", "turbine", "mast", "antenna", "observatory", "telescope", "dome") { drawMast(horizon) }
        if says("car", "truck", "bus", "van") { drawCar(horizon) }
        if says("fence", "gate") { drawFence(horizon) }
        drawLamps(horizon)
    }

    mutating func drawSky(_ horizon: Double) {
        let top = light.skyTop.mixed(tint(0, 0x5E9BD6), 0.18)
        canvas.gradient(0, 0, w, horizon + 4, [(0, top, 1), (1, light.skyLow, 1)])
        if brief.time == "night" {
            for _ in 0..<180 {
                canvas.ellipse(
                    dice.next() * w, dice.next() * horizon * 0.9, 1.3, 1.3, Colour(1, 1, 1), alpha: dice.next(0.2...0.9)
                )
            }
            canvas.glow(w * 0.76, h * 0.16, radius: h * 0.22, Colour(0.85, 0.9, 1), alpha: 0.35)
            canvas.ellipse(w * 0.76, h * 0.16, h * 0.042, h * 0.042, Colour(hex: 0xEDEFF5))
            for (x, y, r) in [(-0.012, -0.008, 0.010), (0.014, 0.006, 0.007), (-0.004, 0.018, 0.006)] {
                canvas.ellipse(w * 0.76 + h * x, h * (0.16 + y), h * r, h * r, Colour(hex: 0xCDD3DF))
            }
        } else {
            let low = brief.time != "day"
            let y = low ? horizon * 0.9 : h * 0.17
            let sun = low ? Colour(hex: 0xFFD08A) : Colour(hex: 0xFFF6D8)
            canvas.glow(w * 0.24, y, radius: h * 0.5, sun, alpha: 0.55)
            canvas.ellipse(w * 0.24, y, h * 0.05, h * 0.05, sun)
        }
        for _ in 0..<(says("storm", "cloud", "rain") ? 16 : 6) {
            let x = dice.next() * w
            let y = dice.next(0.06...0.5) * horizon
            let cloud = Colour(1, 1, 1).mixed(light.skyTop, says("storm", "rain") ? 0.8 : 0.35).lit(
                0.5 + light.level / 2)
            for _ in 0..<6 {
                canvas.ellipse(
                    x + dice.next(-120...120), y + dice.next(-14...14), dice.next(60...150), dice.next(14...30), cloud,
                    alpha: 0.16)
            }
        }
    }

    mutating func drawHills(_ horizon: Double, height: Double, _ colour: UInt32) {
        for layer in 0..<3 {
            let base = horizon + Double(layer) * h * 0.012
            var points: [(Double, Double)] = [(0, base + 6)]
            var x = 0.0
            while x <= w + 60 {
                points.append((x, base - h * height * (1 - 0.28 * Double(layer)) * dice.next(0.35...1)))
                x += dice.next(60...170)
            }
            points.append((w, base + 6))
            canvas.polygon(points, lit(Colour(hex: colour)).mixed(light.skyLow, 0.5 - 0.2 * Double(layer)))
        }
    }

    mutating func drawSkyline(_ horizon: Double) {
        for layer in 0..<2 {
            var x = -20.0
            while x < w {
                let width = dice.next(50...130)
                let height = h * dice.next(0.12...0.4) * (layer == 0 ? 1 : 0.7)
                let wall = lit(Colour(hex: 0x4A5361)).mixed(light.skyLow, layer == 0 ? 0.45 : 0.15)
                canvas.rectangle(x, horizon - height, width, height + 4, wall)
                for row in stride(from: horizon - height + 14, to: horizon - 14, by: 20) {
                    for column in stride(from: x + 10, to: x + width - 12, by: 18) where dice.next() < 0.4 {
                        let pane = light.lampsAreLit ? Colour(hex: 0xF6CF80) : Colour(hex: 0xB9CEDD)
                        canvas.rectangle(column, row, 8, 10, pane, alpha: light.lampsAreLit ? 0.85 : 0.4)
                    }
                }
                x += width + dice.next(2...24)
            }
        }
    }

    mutating func drawGround(_ horizon: Double) {
        let isWater = says(
            "sea", "ocean", "river", "lake", "strait", "harbor", "harbour", "water", "bay", "ferry", "shore", "beach",
            "tidal", "canal")
        if isWater {
            let deep = lit(Colour(hex: 0x2E566B))
            canvas.gradient(
                0, horizon, w, h - horizon, [(0, deep.mixed(light.skyLow, 0.55), 1), (1, deep.lit(0.7), 1)])
            for _ in 0..<260 {
                let depth = dice.next()
                let y = horizon + (h - horizon) * depth * depth
                let length = 14 + 160 * depth
                let x = dice.next() * w
                canvas.line([(x, y), (x + length, y)], width: 1 + 2.5 * depth, light.skyLow, alpha: 0.22)
            }
            if !says("deck", "ferry", "pier", "dock", "jetty", "boardwalk", "bridge", "aboard", "ship") { drawShore() }
            if says("beach", "shore", "mud", "sand") {
                canvas.polygon(
                    [(0, h * 0.8), (w * 0.4, h * 0.75), (w, h * 0.9), (w, h), (0, h)], lit(Colour(hex: 0xB29B73)))
            }
            return
        }
        let ground: UInt32 =
            says("street", "road", "city", "alley", "parking", "lot", "station", "roof")
            ? 0x5B5C5E
            : says("desert", "sand", "beach", "dune") ? 0xC5A66F : says("snow", "ice") ? 0xDFE6EC : 0x5F7446
        let colour = lit(Colour(hex: ground))
        canvas.gradient(
            0, horizon, w, h - horizon, [(0, colour.mixed(light.skyLow, 0.35), 1), (1, colour.lit(0.75), 1)])
        for _ in 0..<240 {
            let depth = dice.next()
            let y = horizon + (h - horizon) * depth * depth
            canvas.ellipse(
                dice.next() * w, y, 3 + 24 * depth, 1 + 4 * depth, colour.lit(dice.next(0.7...1.2)), alpha: 0.4)
        }
    }

    /// Firm ground before the water: people stand on something.
    mutating func drawShore() {
        let ground: UInt32 =
            says("beach", "sand", "dune", "mud")
            ? 0xB29B73 : says("grass", "cliff", "meadow", "field") ? 0x66803F : 0x7A746A
        let colour = lit(Colour(hex: ground))
        canvas.shape(
            from: (0, h * 0.77),
            [
                ((w * 0.25, h * 0.72), (w * 0.55, h * 0.8), (w, h * 0.74)),
                ((w, h * 0.85), (w, h * 0.95), (w, h)), ((w * 0.6, h), (w * 0.3, h), (0, h)),
                ((0, h * 0.93), (0, h * 0.86), (0, h * 0.77)),
            ], colour)
        if says("path", "track", "trail", "gravel") {
            canvas.polygon(
                [(w * 0.5, h * 0.765), (w * 0.53, h * 0.765), (w * 0.72, h), (w * 0.4, h)],
                lit(Colour(hex: 0xA89878)))
        }
        for _ in 0..<90 {
            let depth = dice.next()
            canvas.ellipse(
                dice.next() * w, h * (0.82 + 0.18 * depth), 6 + 34 * depth, 2 + 7 * depth,
                colour.lit(dice.next(0.75...1.15)), alpha: 0.5)
        }
    }

    mutating func drawStreet(_ horizon: Double) {
        let vanishing = (w * 0.5, horizon)
        canvas.polygon(
            [(vanishing.0 - 10, horizon), (vanishing.0 + 10, horizon), (w * 0.85, h), (w * 0.15, h)],
            lit(Colour(hex: 0x4C4B4D)))
        for step in 1..<7 {
            let t = pow(Double(step) / 7, 2.2)
            let y = horizon + (h - horizon) * t
            canvas.rectangle(
                w * 0.5 - 4 * t - 1, y, 8 * t + 2, 36 * t, Colour(hex: 0xD8D2B8).lit(light.level), alpha: 0.7)
        }
        for side in [-1.0, 1.0] {
            for step in 0..<4 {
                let near = 1 - Double(step) * 0.24
                let x = w * 0.5 + side * w * (0.12 + 0.42 * near)
                let width = w * 0.2 * near
                let top = horizon - h * 0.42 * near
                let bottom = horizon + (h - horizon) * 0.36 * near
                let wall = lit(tint(step, 0x8A7460)).lit(0.8 + 0.1 * Double(step % 3))
                canvas.rectangle(side < 0 ? x - width : x, top, width, bottom - top, wall)
                canvas.polygon(
                    [
                        (side < 0 ? x - width - 8 : x - 8, top), (x + (side < 0 ? 8 : width + 8), top),
                        (x + side * width / 2, top - h * 0.07 * near),
                    ],
                    lit(Colour(hex: 0x5A3B33)))
                for row in 0..<3 {
                    for column in 0..<2 {
                        let px = (side < 0 ? x - width : x) + width * (0.2 + 0.4 * Double(column))
                        let py = top + (bottom - top) * (0.14 + 0.26 * Double(row))
                        window(px, py, width * 0.2, (bottom - top) * 0.14, isOn: dice.next() < 0.6)
                    }
                }
            }
        }
    }

    func window(_ x: Double, _ y: Double, _ width: Double, _ height: Double, isOn: Bool) {
        let isLit = light.lampsAreLit && isOn
        if isLit { canvas.glow(x + width / 2, y + height / 2, radius: width * 1.6, Colour(hex: 0xF7C873), alpha: 0.3) }
        canvas.rectangle(x, y, width, height, isLit ? Colour(hex: 0xF7CF85) : lit(Colour(hex: 0x9FB6C6)).lit(0.8))
        canvas.line([(x + width / 2, y), (x + width / 2, y + height)], width: 2, lit(Colour(hex: 0x443A34)))
        canvas.line([(x, y + height / 2), (x + width, y + height / 2)], width: 2, lit(Colour(hex: 0x443A34)))
    }

    mutating func drawTracks(_ horizon: Double) {
        let middle = w * 0.42
        for step in 0..<26 {
            let t = pow(Double(step) / 25, 2)
            let y = horizon + (h - horizon) * t
            let half = 8 + w * 0.24 * t
            canvas.line(
                [(middle - half * 1.2, y), (middle + half * 1.2, y)], width: 2 + 10 * t, lit(Colour(hex: 0x5D4634)))
        }
        for side in [-1.0, 1.0] {
            canvas.line(
                [(middle + side * 8, horizon), (middle + side * (8 + w * 0.24), h)], width: 6,
                lit(Colour(hex: 0xB9BEC4)))
        }
        canvas.polygon(
            [(w * 0.56, horizon), (w * 0.6, horizon), (w, h * 0.72), (w, h), (w * 0.86, h)], lit(Colour(hex: 0x9A9588)))
        canvas.rectangle(w * 0.74, horizon - h * 0.2, w * 0.22, h * 0.26, lit(tint(0, 0x9B5B44)))
        canvas.polygon(
            [
                (w * 0.71, horizon - h * 0.2), (w * 0.99, horizon - h * 0.2), (w * 0.93, horizon - h * 0.28),
                (w * 0.77, horizon - h * 0.28),
            ],
            lit(Colour(hex: 0x4B3B36)))
        for index in 0..<3 {
            window(w * (0.765 + 0.06 * Double(index)), horizon - h * 0.14, w * 0.035, h * 0.09, isOn: true)
        }
    }

    mutating func drawTrees(_ horizon: Double) {
        let isPine = says("pine", "fir", "spruce", "forest")
        let places = (0..<16).map { _ in (dice.next(), dice.next()) }.sorted { $0.1 < $1.1 }
        for (across, depth) in places {
            // The middle stays open for people.
            let x = across < 0.5 ? across * 0.72 * w : w - (1 - across) * 0.72 * w
            let near = 0.25 + 0.75 * depth
            let foot = horizon + (h - horizon) * depth * 0.5
            let height = h * 0.5 * near
            let leaf = lit(Colour(hex: isPine ? 0x34513B : 0x5D7E42)).mixed(light.skyLow, 0.3 * (1 - near)).lit(
                dice.next(0.8...1.15))
            canvas.rectangle(x - 7 * near, foot - height * 0.4, 14 * near, height * 0.42, lit(Colour(hex: 0x59422F)))
            if isPine {
                for step in 0..<4 {
                    let y = foot - height * (0.18 + 0.2 * Double(step))
                    let half = height * 0.24 * (1 - 0.2 * Double(step))
                    canvas.polygon(
                        [(x - half, y), (x + half, y), (x, y - height * 0.34)], leaf.lit(0.9 + 0.06 * Double(step)))
                }
            } else {
                for _ in 0..<9 {
                    canvas.ellipse(
                        x + dice.next(-0.2...0.2) * height, foot - height * dice.next(0.42...0.85), height * 0.16,
                        height * 0.13,
                        leaf.lit(dice.next(0.85...1.15)))
                }
            }
        }
    }

    func drawHouse(_ horizon: Double) {
        let x = w * 0.6, y = horizon - h * 0.2, width = w * 0.3, height = h * 0.3
        canvas.rectangle(x, y, width, height, lit(tint(1, 0xA58C6C)))
        canvas.polygon(
            [(x - 30, y), (x + width + 30, y), (x + width * 0.75, y - h * 0.16), (x + width * 0.25, y - h * 0.16)],
            lit(Colour(hex: 0x6C3F33)))
        canvas.rectangle(x + width * 0.42, y + height * 0.42, width * 0.16, height * 0.58, lit(Colour(hex: 0x4C3626)))
        window(x + width * 0.12, y + height * 0.28, width * 0.18, height * 0.3, isOn: true)
        window(x + width * 0.7, y + height * 0.28, width * 0.18, height * 0.3, isOn: true)
    }

    func drawLighthouse(_ horizon: Double) {
        let x = w * 0.8
        canvas.polygon(
            [(x - 60, horizon + h * 0.1), (x + 60, horizon + h * 0.1), (x + 36, h * 0.16), (x - 36, h * 0.16)],
            lit(Colour(hex: 0xE4DFD3)))
        for band in 0..<3 {
            let y = h * (0.22 + 0.13 * Double(band))
            canvas.polygon(
                [
                    (x - 44 - 5 * Double(band), y), (x + 44 + 5 * Double(band), y),
                    (x + 46 + 5 * Double(band), y + h * 0.055), (x - 46 - 5 * Double(band), y + h * 0.055),
                ], lit(Colour(hex: 0xA63A2F)))
        }
        canvas.rectangle(
            x - 28, h * 0.09, 56, h * 0.075, light.lampsAreLit ? Colour(hex: 0xFFE9A8) : lit(Colour(hex: 0x9FB6C6)))
        canvas.polygon([(x - 40, h * 0.09), (x + 40, h * 0.09), (x, h * 0.035)], lit(Colour(hex: 0x7E2B25)))
        if light.lampsAreLit {
            canvas.glow(x, h * 0.125, radius: h * 0.4, Colour(hex: 0xFFE9A8), alpha: 0.7)
            canvas.polygon(
                [(x, h * 0.115), (0, h * 0.02), (0, h * 0.3), (x, h * 0.135)], Colour(hex: 0xFFE9A8), alpha: 0.16)
        }
    }

    func planks(_ points: [(Double, Double)], _ colour: Colour, count: Int) {
        canvas.polygon(points, colour)
        guard points.count == 4 else { return }
        for index in 0...count {
            let t = Double(index) / Double(count)
            let top = (points[0].0 + (points[1].0 - points[0].0) * t, points[0].1 + (points[1].1 - points[0].1) * t)
            let low = (points[3].0 + (points[2].0 - points[3].0) * t, points[3].1 + (points[2].1 - points[3].1) * t)
            canvas.line([top, low], width: 3, colour.lit(0.6), alpha: 0.8)
        }
    }

    func drawPier(_ horizon: Double) {
        let wood = lit(Colour(hex: 0x8A6B4A))
        for index in 0..<6 {
            let t = Double(index) / 5
            let x = w * (0.1 + 0.8 * t)
            canvas.rectangle(x, h * 0.6, 22, h * 0.22, wood.lit(0.6))
        }
        planks([(w * 0.2, h * 0.66), (w * 0.8, h * 0.66), (w * 1.1, h), (-w * 0.1, h)], wood, count: 16)
        canvas.line([(w * 0.2, h * 0.57), (-w * 0.08, h * 0.78)], width: 9, wood.lit(0.7))
        canvas.line([(w * 0.8, h * 0.57), (w * 1.08, h * 0.78)], width: 9, wood.lit(0.7))
        for side in [0.2, 0.1, 0.02] {
            canvas.rectangle(w * side, h * (0.57 + (0.2 - side) * 0.7), 14, h * 0.14, wood.lit(0.65))
            canvas.rectangle(w * (1 - side) - 14, h * (0.57 + (0.2 - side) * 0.7), 14, h * 0.14, wood.lit(0.65))
        }
        if says("ticket", "shed", "window", "booth", "kiosk") {
            canvas.rectangle(w * 0.66, h * 0.36, w * 0.17, h * 0.33, lit(tint(1, 0x7E6A55)))
            canvas.polygon(
                [(w * 0.64, h * 0.36), (w * 0.85, h * 0.36), (w * 0.82, h * 0.29), (w * 0.67, h * 0.29)],
                lit(Colour(hex: 0x4F3A31)))
            window(w * 0.69, h * 0.43, w * 0.07, h * 0.1, isOn: true)
        }
    }

    func drawDeck(_ horizon: Double) {
        let wood = lit(Colour(hex: 0x7C6650))
        planks([(w * 0.12, h * 0.63), (w * 0.88, h * 0.63), (w * 1.15, h), (-w * 0.15, h)], wood, count: 20)
        for rail in 0..<3 {
            let y = h * (0.5 + 0.045 * Double(rail))
            canvas.line(
                [(0, y + h * 0.03), (w * 0.12, y), (w * 0.88, y), (w, y + h * 0.03)], width: rail == 0 ? 10 : 5,
                lit(Colour(hex: 0xC9C6BD)))
        }
        for post in 0..<9 {
            let x = w * (0.12 + 0.76 * Double(post) / 8)
            canvas.line([(x, h * 0.5), (x, h * 0.64)], width: 7, lit(Colour(hex: 0xB5B2AA)))
        }
        canvas.rectangle(w * 0.7, h * 0.22, w * 0.2, h * 0.42, lit(Colour(hex: 0xB7B3A6)))
        canvas.rectangle(w * 0.68, h * 0.2, w * 0.24, h * 0.03, lit(Colour(hex: 0x5B4A40)))
        for index in 0..<3 { window(w * (0.715 + 0.06 * Double(index)), h * 0.28, w * 0.045, h * 0.1, isOn: true) }
        canvas.shape(
            from: (w * 0.14, h * 0.44),
            [((w * 0.18, h * 0.53), (w * 0.32, h * 0.53), (w * 0.36, h * 0.44))], lit(Colour(hex: 0xC8BFA8)))
        canvas.line([(w * 0.15, h * 0.36), (w * 0.15, h * 0.63)], width: 9, lit(Colour(hex: 0x55504A)))
        canvas.line([(w * 0.35, h * 0.36), (w * 0.35, h * 0.63)], width: 9, lit(Colour(hex: 0x55504A)))
    }

    func drawBoat(_ horizon: Double) {
        let x = w * 0.12, y = horizon + h * 0.03
        canvas.shape(
            from: (x - w * 0.015, y - h * 0.065),
            [
                ((x + w * 0.02, y - h * 0.05), (x + w * 0.2, y - h * 0.05), (x + w * 0.28, y - h * 0.07)),
                ((x + w * 0.27, y - h * 0.01), (x + w * 0.25, y + h * 0.03), (x + w * 0.23, y + h * 0.035)),
                ((x + w * 0.16, y + h * 0.045), (x + w * 0.08, y + h * 0.045), (x + w * 0.03, y + h * 0.035)),
                ((x + w * 0.005, y), (x, y - h * 0.03), (x - w * 0.015, y - h * 0.065)),
            ], lit(tint(1, 0x8C3F32)))
        canvas.ellipse(x + w * 0.13, y + h * 0.04, w * 0.13, h * 0.008, light.skyLow, alpha: 0.5)
        canvas.rectangle(x + w * 0.07, y - h * 0.13, w * 0.12, h * 0.08, lit(Colour(hex: 0xDAD5C6)))
        for index in 0..<3 {
            window(x + w * (0.08 + 0.037 * Double(index)), y - h * 0.115, w * 0.024, h * 0.035, isOn: true)
        }
        canvas.rectangle(x + w * 0.145, y - h * 0.2, w * 0.025, h * 0.08, lit(Colour(hex: 0x3A3A3E)))
    }

    func drawBridge(_ horizon: Double) {
        let steel = lit(Colour(hex: 0x7B4A3C))
        canvas.rectangle(0, horizon - h * 0.06, w, h * 0.035, steel)
        for side in [0.25, 0.75] {
            canvas.rectangle(w * side - 14, h * 0.14, 28, horizon - h * 0.14 + h * 0.1, steel)
            for index in 1..<7 {
                let reach = w * 0.04 * Double(index)
                canvas.line([(w * side, h * 0.15), (w * side - reach, horizon - h * 0.06)], width: 3, steel)
                canvas.line([(w * side, h * 0.15), (w * side + reach, horizon - h * 0.06)], width: 3, steel)
            }
        }
    }

    func drawMast(_ horizon: Double) {
        let x = w * 0.74
        if says("dome", "observatory", "telescope") {
            canvas.rectangle(x - w * 0.1, horizon - h * 0.12, w * 0.2, h * 0.2, lit(Colour(hex: 0xC9C9C4)))
            canvas.saved {
                canvas.ellipse(x, horizon - h * 0.12, w * 0.11, h * 0.17, lit(Colour(hex: 0xE3E5E6)))
                canvas.rectangle(x - w * 0.02, horizon - h * 0.3, w * 0.04, h * 0.2, lit(Colour(hex: 0x33363B)))
            }
            canvas.rectangle(x - w * 0.1, horizon - h * 0.11, w * 0.2, h * 0.19, lit(Colour(hex: 0xC9C9C4)))
            canvas.rectangle(x - w * 0.02, horizon - h * 0.02, w * 0.04, h * 0.1, lit(Colour(hex: 0x6A5546)))
        } else {
            canvas.polygon(
                [(x - 26, horizon + h * 0.1), (x + 26, horizon + h * 0.1), (x + 5, h * 0.1), (x - 5, h * 0.1)],
                lit(Colour(hex: 0xC7CACC)))
            for blade in 0..<3 {
                let angle = Double(blade) * 2.094 + 0.4
                canvas.line(
                    [(x, h * 0.12), (x + cos(angle) * h * 0.2, h * 0.12 + sin(angle) * h * 0.2)], width: 12,
                    lit(Colour(hex: 0xE8EAEB)))
            }
        }
    }

    func drawCar(_ horizon: Double) {
        let x = w * 0.1, y = h * 0.72
        let paint = lit(tint(0, 0x8B2E2A))
        canvas.roundedRectangle(x, y, w * 0.28, h * 0.1, radius: 26, paint)
        canvas.polygon(
            [(x + w * 0.05, y + 6), (x + w * 0.09, y - h * 0.07), (x + w * 0.2, y - h * 0.07), (x + w * 0.25, y + 6)],
            paint.lit(0.85))
        for at in [0.06, 0.22] {
            canvas.ellipse(x + w * at, y + h * 0.1, h * 0.038, h * 0.038, Colour(hex: 0x18181A))
            canvas.ellipse(x + w * at, y + h * 0.1, h * 0.016, h * 0.016, lit(Colour(hex: 0xA7ABAE)))
        }
        if light.lampsAreLit {
            canvas.glow(x + w * 0.285, y + h * 0.03, radius: h * 0.2, Colour(hex: 0xFFF2C0), alpha: 0.8)
        }
    }

    func drawFence(_ horizon: Double) {
        for index in 0..<30 {
            let x = w * Double(index) / 29
            canvas.rectangle(x - 6, h * 0.63, 12, h * 0.12, lit(Colour(hex: 0x8B7355)))
        }
        for y in [0.655, 0.705] { canvas.rectangle(0, h * y, w, 10, lit(Colour(hex: 0x7A6449))) }
    }

    func drawLamps(_ horizon: Double) {
        guard
            says("lamp", "lantern", "light", "bulb", "street")
                || (light.lampsAreLit && says("pier", "landing", "station", "square"))
        else { return }
        for (x, near) in [(0.3, 0.7), (0.93, 1.0)] {
            let foot = h * (0.64 + 0.1 * near)
            let top = foot - h * 0.36 * near
            canvas.line([(w * x, foot), (w * x, top)], width: 9 * near, lit(Colour(hex: 0x2C2D30)))
            canvas.ellipse(
                w * x, top, 16 * near, 20 * near, light.lampsAreLit ? Colour(hex: 0xFFE2A0) : lit(Colour(hex: 0xC9CDD0))
            )
            if light.lampsAreLit {
                canvas.glow(w * x, top, radius: h * 0.26 * near, Colour(hex: 0xFFC766), alpha: 0.75)
            }
        }
    }
}
