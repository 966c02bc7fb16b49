internal import CPangoCairo
internal import Foundation

/// A shot's layers, ready to be put together at any camera pose: far (plate), middle (the plate's near ground), people.
package final class Composer {
    let framing: Framing
    let width: Int
    let height: Int
    private let far: Canvas
    private let middle: Canvas
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
        let middle = try Canvas(width: w, height: h, hasAlpha: true)
        let far = far
        middle.saved { middle.draw(far) }
        self.middle = middle
        middle.keepBelow(from: Double(h) * 0.62, to: Double(h) * 0.78)
        var people: [(place: Framing.Place, picture: Canvas, top: Double)] = []
        for place in framing.places {
            guard figures.indices.contains(place.person), let figure = figures[place.person] else { continue }
            let years = framing.years.indices.contains(place.person) ? framing.years[place.person] : 35
            let (picture, top) = try Self.prepare(figure, place, years: years, height: height)
            people.append((place, picture, top))
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

    /// A figure at the size the frame needs (and what is far outside the frame cut off), mirrored or darkened.
    ///
    /// Near frames are set by the head: a child's face fills a close-up as a man's does. Far frames are set by the
    /// ground: people keep their heights.
    private static func prepare(
        _ figure: Canvas, _ place: Framing.Place, years: Int, height: Int
    ) throws(StudioError) -> (picture: Canvas, top: Double) {
        let (first, last) = figure.opaqueRows()
        let tall = Double(max(1, last - first))
        let grown = 1_370.0
        let headShare = years < 13 ? 1 / 5.6 : years < 18 ? 1 / 6.5 : 1 / 7.3
        let byGround = Double(height) * place.height / grown
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
            picture.paint(Colour(0.03, 0.03, 0.05), alpha: 0.93)
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
            layer(far, on: canvas, pose, depth: 0.45)
            layer(middle, on: canvas, pose, depth: 0.75)
            for (index, person) in people.enumerated() {
                draw(person, on: canvas, pose, index: index, beat: beat, isWalking: isWalking)
            }
        }
        if framing.type == "pov" { canvas.vignette(0.75) }
    }

    private func layer(_ layer: Canvas, on canvas: Canvas, _ pose: CameraPath.Pose, depth: Double) {
        let w = Double(width), h = Double(height)
        let scale = (1 + pose.zoom) * (1 + pose.dolly * depth)
        let room = (Self.margin - 1) / 2
        canvas.saved {
            canvas.move(
                w / 2 - min(max(pose.x * depth, -room), room) * w, h / 2 - min(max(pose.y * depth, -room), room) * h)
            canvas.scale(scale, scale)
            canvas.move(-Double(layer.width) / 2, -Double(layer.height) / 2)
            canvas.draw(layer)
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
            if place.height < 1, !place.isForeground {
                canvas.ellipse(
                    (place.x - 0.5) * w, (place.top + place.height - 0.5) * h, h * place.height * 0.16, h * 0.012,
                    Colour(0, 0, 0), alpha: 0.35)
            }
            canvas.move((place.x - 0.5) * w - Double(picture.width) / 2, (top - 0.5 + sway) * h)
            canvas.draw(picture)
        }
    }
}
