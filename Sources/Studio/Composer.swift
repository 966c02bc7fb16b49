internal import CPangoCairo
internal import Foundation

/// A shot's layers, ready to be put together at any camera pose: the plate, its ground coming nearer row by row, people.
package final class Composer {
    let framing: Framing
    let width: Int
    let height: Int
    private let far: Canvas
    private let people: [(place: Framing.Place, picture: Canvas, top: Double)]
    /// How much larger than the frame the backgrounds are kept, so that a moving camera never sees their edge.
    private static let margin = 1.34

    /// - Parameter figures: cut-outs in the order of the framing's people; nil where there is none.
    package init(framing: Framing, plate: Canvas, figures: [Canvas?], width: Int, height: Int) throws(StudioError) {
        self.framing = framing
        self.width = width
        self.height = height
        let w = Int((Double(width) * Self.margin).rounded())
        let h = Int((Double(height) * Self.margin).rounded())
        far = try Canvas(width: w, height: h)
        Self.drawPlate(plate, on: far, framing, margin: Self.margin)
        try Self.soften(far, framing.softness * Double(height) / 1_080)
        let light = far.meanColour()
        let closer = Self.closeness(framing)
        var people: [(place: Framing.Place, picture: Canvas, top: Double)] = []
        for place in framing.places {
            guard figures.indices.contains(place.person), let figure = figures[place.person] else { continue }
            let years = framing.years.indices.contains(place.person) ? framing.years[place.person] : 35
            let (picture, top) = try Self.prepare(figure, place, years: years, height: height, closer: closer)
            if !place.isForeground { picture.light(with: light) }
            people.append((place, picture, top))
        }
        if framing.type == "insert" {
            let picture = try Prop.picture(of: framing.content, height: height)
            picture.light(with: light)
            let place = Framing.Place(
                person: -2, x: 0.5, top: 0.12, height: 0.72, isMirrored: false, isForeground: false)
            people.append((place, picture, place.top))
        }
        self.people = people.sorted { !$0.place.isForeground && $1.place.isForeground }
    }

    /// The part of the plate a lens sees, over the whole layer.
    private static func drawPlate(_ plate: Canvas, on layer: Canvas, _ framing: Framing, margin: Double) {
        let w = Double(layer.width), h = Double(layer.height)
        let fill = max(w / Double(plate.width), h / Double(plate.height))
        let scale = fill * max(1, framing.zoom / margin * 1.1)
        layer.saved {
            layer.move(w / 2, h / 2)
            layer.scale(scale, scale)
            // Tight frames look at what stands on the ground, not at the sky.
            let drop = framing.zoom > 1.3 ? 0.04 : 0.0
            layer.move(-Double(plate.width) * 0.5, -Double(plate.height) * (0.5 + drop))
            layer.draw(plate)
        }
    }

    /// Out of focus: down to a small picture and up again.
    private static func soften(_ layer: Canvas, _ radius: Double) throws(StudioError) {
        guard radius >= 1 else { return }
        let factor = 1 / (1 + radius)
        let small = try Canvas(
            width: max(8, Int(Double(layer.width) * factor)), height: max(8, Int(Double(layer.height) * factor)))
        small.saved {
            small.scale(Double(small.width) / Double(layer.width), Double(small.height) / Double(layer.height))
            cairo_set_source_surface(small.context, layer.surface, 0, 0)
            cairo_pattern_set_filter(cairo_get_source(small.context), CAIRO_FILTER_GOOD)
            cairo_paint(small.context)
        }
        layer.saved {
            layer.scale(Double(layer.width) / Double(small.width), Double(layer.height) / Double(small.height))
            layer.draw(small)
        }
        layer.paint(Colour(0, 0, 0), alpha: 0.12)
    }

    /// Where everybody in frame is short, the camera comes closer: a child alone fills a medium shot as a man does.
    private static func closeness(_ framing: Framing) -> Double {
        let years = framing.places.map { framing.years.indices.contains($0.person) ? framing.years[$0.person] : 35 }
        guard let oldest = years.max() else { return 1 }
        return oldest < 13 ? 1.42 : oldest < 18 ? 1.12 : 1
    }

    /// A figure at the size the frame needs (and what is far outside the frame cut off), mirrored or darkened.
    ///
    /// Near frames are set by the head: a child's face fills a close-up as a man's does. Far frames are set by the
    /// ground: people keep their heights.
    private static func prepare(
        _ figure: Canvas, _ place: Framing.Place, years: Int, height: Int, closer: Double
    ) throws(StudioError) -> (picture: Canvas, top: Double) {
        let (first, last) = figure.opaqueRows()
        let tall = Double(max(1, last - first))
        let grown = 1_370.0
        let headShare = years < 13 ? 1 / 5.6 : years < 18 ? 1 / 6.5 : 1 / 7.3
        let byGround = Double(height) * place.height / grown * closer
        let byHead = Double(height) * place.height / 7.3 / (tall * headShare)
        let nearness = min(1, max(0, (place.height - 1.1) / 0.8))
        let scale = byGround + (byHead - byGround) * nearness
        let topByGround = (place.top + place.height) * Double(height) - tall * scale
        let top = topByGround + (place.top * Double(height) - topByGround) * nearness
        let visible = min(tall * scale + 4, Double(height) * 1.6)
        let picture = try Canvas(
            width: max(2, min(Int(Double(figure.width) * scale), height * 8)), height: max(2, Int(visible)),
            hasAlpha: true)
        picture.saved {
            if place.isMirrored {
                picture.move(Double(picture.width), 0)
                picture.scale(-1, 1)
            }
            picture.scale(scale, scale)
            cairo_set_source_surface(picture.context, figure.surface, 0, -Double(first))
            cairo_pattern_set_filter(cairo_get_source(picture.context), CAIRO_FILTER_GOOD)
            cairo_paint(picture.context)
        }
        if place.isForeground {
            cairo_set_operator(picture.context, CAIRO_OPERATOR_ATOP)
            // From behind and out of the light: a shape alone.
            picture.paint(Colour(0.035, 0.035, 0.05))
            cairo_set_operator(picture.context, CAIRO_OPERATOR_OVER)
        }
        return (picture, top / Double(height))
    }

    /// Draws the frame a camera pose sees.
    /// - Parameters:
    ///   - beat: seconds from the start, for breathing and speaking.
    ///   - walk: figures bob as if walking.
    package func draw(on canvas: Canvas, pose: CameraPath.Pose, beat: Double, isWalking: Bool) {
        let w = Double(width), h = Double(height)
        canvas.saved {
            if pose.roll != 0 {
                canvas.move(w / 2, h / 2)
                canvas.turn(pose.roll)
                canvas.move(-w / 2, -h / 2)
            }
            plate(on: canvas, pose)
            for (index, person) in people.enumerated() {
                draw(person, on: canvas, pose, index: index, beat: beat, isWalking: isWalking)
            }
        }
        if framing.type == "pov" { canvas.vignette(0.75) }
    }

    /// Depth of what is far, and of the ground at the frame's lower edge.
    private static let farDepth = 0.45
    private static let nearDepth = 0.85
    /// Where the ground begins, in shares of the layer, and in how many strips it comes nearer.
    private static let groundFrom = 0.6
    private static let groundStrips = 40

    /// The plate as the camera sees it. The ground comes nearer from row to row: it shifts more the lower it is,
    /// without a seam, and what stands on it leans by a pixel at most.
    private func plate(on canvas: Canvas, _ pose: CameraPath.Pose) {
        let w = Double(width), h = Double(height)
        let scale = (1 + pose.zoom) * (1 + pose.dolly * Self.farDepth)
        let room = (Self.margin - 1) / 2
        let y = h / 2 - min(max(pose.y * Self.farDepth, -room), room) * h - Double(far.height) / 2 * scale
        func x(_ depth: Double) -> Double { w / 2 - min(max(pose.x * depth, -room), room) * w }
        func strip(from: Double, to: Double, depth: Double) {
            let stretch = scale * (1 + pose.dolly * (depth - Self.farDepth) * 0.5)
            canvas.saved {
                // A hair of overlap, so that no seam opens between strips.
                cairo_rectangle(canvas.context, 0, y + from * scale - 0.5, w, (to - from) * scale + 1)
                cairo_clip(canvas.context)
                canvas.move(x(depth) - Double(far.width) / 2 * stretch, y)
                canvas.scale(stretch, scale)
                canvas.draw(far)
            }
        }
        let ground = Double(far.height) * Self.groundFrom
        let isStill = abs(pose.x) < 1e-6 && abs(pose.dolly) < 1e-6
        guard !isStill else { return strip(from: 0, to: Double(far.height), depth: Self.farDepth) }
        strip(from: 0, to: ground, depth: Self.farDepth)
        let step = (Double(far.height) - ground) / Double(Self.groundStrips)
        for index in 0..<Self.groundStrips {
            let share = (Double(index) + 0.5) / Double(Self.groundStrips)
            strip(
                from: ground + Double(index) * step, to: ground + Double(index + 1) * step,
                depth: Self.farDepth + (Self.nearDepth - Self.farDepth) * share)
        }
    }

    /// Whether anything stands in the place.
    package var hasFigures: Bool { !people.isEmpty }

    /// The outlines of all that stands in the place, in white, shifted.
    func drawShapes(on canvas: Canvas, byX x: Double, byY y: Double) {
        let w = Double(width), h = Double(height)
        for (place, picture, top) in people {
            canvas.saved {
                canvas.move(place.x * w - Double(picture.width) / 2 + x, top * h + y)
                cairo_set_source_rgb(canvas.context, 1, 1, 1)
                cairo_mask_surface(canvas.context, picture.surface, 0, 0)
            }
        }
    }

    private func draw(
        _ person: (place: Framing.Place, picture: Canvas, top: Double), on canvas: Canvas, _ pose: CameraPath.Pose,
        index: Int, beat: Double, isWalking: Bool
    ) {
        let (place, picture, top) = person
        let w = Double(width), h = Double(height)
        let depth = place.isForeground ? 1.7 : 1.0
        let scale = (1 + pose.zoom) * (1 + pose.dolly * depth)
        let isSpeaking = place.person == framing.speaker
        let size = min(place.height, 2.2)
        var sway = 0.0015 * sin(beat * 1.7 + Double(index) * 2) * size
        if isSpeaking { sway += 0.004 * sin(beat * 7.3) * abs(sin(beat * 1.9)) * size }
        if isWalking, !place.isForeground { sway += 0.007 * abs(sin(beat * 5.2 + Double(index))) * size }
        // People stay in frame when the camera tracks along with them.
        let follow = isWalking ? 0.2 : 1.0
        canvas.saved {
            canvas.move(w / 2 - pose.x * depth * follow * w, h / 2 - pose.y * depth * h)
            canvas.scale(scale, scale)
            if place.height < 1, !place.isForeground, place.person >= 0 {
                canvas.ellipse(
                    (place.x - 0.5) * w, (place.top + place.height - 0.5) * h, h * place.height * 0.16, h * 0.012,
                    Colour(0, 0, 0), alpha: 0.35)
            }
            canvas.move((place.x - 0.5) * w - Double(picture.width) / 2, (top - 0.5 + sway) * h)
            canvas.draw(picture)
        }
    }
}
