internal import CPangoCairo
package import Foundation
package import Protocol

/// The people of a shot pasted into its place, and the mask in which a model draws them anew so that they stand there: where
/// each one stands follows from the shot's size and its blocking, as in our own stills.
package enum Staging {
    /// How far a mask reaches beyond a figure, and how wide its edge is, in shares of the picture's height: a model needs room
    /// for shadows and hair, and an edge that is not seen.
    static let reach = 0.022
    static let feather = 0.012

    package enum Mask: Sendable {
        /// Grey: white is drawn anew.
        case white
        /// Opaque where the picture is kept, transparent where it is drawn anew.
        case transparent
    }

    /// - Returns: whether anybody (or anything) stands in the place; without them there is no mask.
    package static func stage(
        _ parameters: Fields, width: Int, height: Int, plate: URL?, figures: [URL?], picture: URL, mask: URL,
        as kind: Mask
    ) throws(StudioError) -> Bool {
        let composer = try StudioMaking.composer(
            parameters, plate: plate, figures: figures, width: width, height: height)
        let canvas = try Canvas(width: width, height: height)
        composer.draw(on: canvas, pose: CameraPath.Pose(), beat: 0, isWalking: false)
        try canvas.writePNG(picture)
        guard composer.hasFigures else { return false }
        let shape = try self.mask(composer)
        if kind == .transparent {
            let cut = try Canvas(width: width, height: height, hasAlpha: true)
            invert(shape, into: cut)
            try cut.writePNG(mask)
        } else {
            try shape.writePNG(mask)
        }
        return true
    }

    /// White figures on black, grown by `reach`, with a soft edge.
    static func mask(_ composer: Composer) throws(StudioError) -> Canvas {
        let (width, height) = (composer.width, composer.height)
        let grown = try Canvas(width: width, height: height)
        grown.paint(Colour(0, 0, 0))
        let radius = Double(height) * reach
        for step in 0..<24 {
            let angle = Double(step) / 24 * 2 * .pi
            composer.drawShapes(on: grown, byX: cos(angle) * radius, byY: sin(angle) * radius)
        }
        composer.drawShapes(on: grown, byX: 0, byY: 0)
        return try softened(grown, Double(height) * feather)
    }

    /// Down to a small picture and up again.
    private static func softened(_ canvas: Canvas, _ radius: Double) throws(StudioError) -> Canvas {
        let factor = 1 / max(1, radius)
        let small = try Canvas(
            width: max(2, Int(Double(canvas.width) * factor)), height: max(2, Int(Double(canvas.height) * factor)))
        small.saved {
            small.scale(Double(small.width) / Double(canvas.width), Double(small.height) / Double(canvas.height))
            cairo_set_source_surface(small.context, canvas.surface, 0, 0)
            cairo_pattern_set_filter(cairo_get_source(small.context), CAIRO_FILTER_GOOD)
            cairo_paint(small.context)
        }
        let result = try Canvas(width: canvas.width, height: canvas.height)
        result.saved {
            result.scale(Double(canvas.width) / Double(small.width), Double(canvas.height) / Double(small.height))
            result.draw(small)
        }
        return result
    }

    private static func invert(_ shape: Canvas, into cut: Canvas) {
        shape.withPixels { source in
            cut.withPixels { target in
                for at in stride(from: 0, to: min(source.count, target.count) - 3, by: 4) {
                    // Black, premultiplied: nothing but how opaque it is.
                    (target[at], target[at + 1], target[at + 2]) = (0, 0, 0)
                    target[at + 3] = 255 - source[at]
                }
            }
        }
    }

    /// What a model drew, inside the mask; outside it the picture as it was, to the pixel: models change what they were told
    /// to keep.
    package static func keep(_ picture: URL, outside mask: URL, of drawn: URL, output: URL) throws(StudioError) {
        let (before, shape, after) = (try Canvas(png: picture), try Canvas(png: mask), try Canvas(png: drawn))
        guard before.width == after.width, before.height == after.height, shape.width == before.width,
            shape.height == before.height
        else { throw .cannotDraw("the picture that came is of another size") }
        let isGrey = shape.hasGreyShape
        before.withPixels { old in
            after.withPixels { new in
                shape.withPixels { share in
                    for at in stride(from: 0, to: old.count - 3, by: 4) {
                        let weight = isGrey ? Int(share[at]) : 255 - Int(share[at + 3])
                        for part in 0..<3 {
                            old[at + part] = UInt8(
                                (Int(new[at + part]) * weight + Int(old[at + part]) * (255 - weight)) / 255)
                        }
                    }
                }
            }
        }
        try before.writePNG(output)
    }
}

extension Canvas {
    /// Whether it has no transparency: its shape is in its brightness.
    fileprivate var hasGreyShape: Bool {
        withPixels { pixels in
            !stride(from: 3, to: pixels.count, by: 4).contains { pixels[$0] != 255 }
        }
    }
}
