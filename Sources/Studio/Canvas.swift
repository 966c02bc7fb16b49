internal import CPangoCairo
package import Foundation

/// Why a picture could not be drawn or kept.
package enum StudioError: Error, Equatable, CustomStringConvertible {
    case cannotDraw(String)
    case cannotRead(path: String, reason: String)
    case cannotWrite(path: String, reason: String)
    case noVoice(String)
    case badSpeech(engine: String, reason: String)

    package var description: String {
        switch self {
        case .cannotDraw(let reason): "the picture cannot be drawn: \(reason)"
        case .cannotRead(let path, let reason): "\(path) cannot be read as a picture: \(reason)"
        case .cannotWrite(let path, let reason): "\(path) cannot be written: \(reason)"
        case .noVoice(let reason): reason
        case .badSpeech(let engine, let reason): "\(engine) did not speak the line: \(reason)"
        }
    }
}

/// A colour, each part from 0 to 1.
package struct Colour: Sendable, Equatable {
    package var red, green, blue: Double

    package init(_ red: Double, _ green: Double, _ blue: Double) {
        self.red = red
        self.green = green
        self.blue = blue
    }

    /// 0xRRGGBB.
    package init(hex: UInt32) {
        self.init(Double(hex >> 16 & 255) / 255, Double(hex >> 8 & 255) / 255, Double(hex & 255) / 255)
    }

    /// Part of the way to another.
    package func mixed(_ other: Colour, _ share: Double) -> Colour {
        Colour(
            red + (other.red - red) * share, green + (other.green - green) * share, blue + (other.blue - blue) * share)
    }

    package func lit(_ factor: Double) -> Colour {
        Colour(min(1, max(0, red * factor)), min(1, max(0, green * factor)), min(1, max(0, blue * factor)))
    }
}

/// A picture being drawn: a cairo surface with its context. Used by one thread at a time.
package final class Canvas {
    let surface: OpaquePointer
    let context: OpaquePointer
    package let width: Int
    package let height: Int

    /// - Parameter hasAlpha: transparent at first; otherwise black.
    package init(width: Int, height: Int, hasAlpha: Bool = false) throws(StudioError) {
        guard
            let surface = cairo_image_surface_create(
                hasAlpha ? CAIRO_FORMAT_ARGB32 : CAIRO_FORMAT_RGB24, Int32(width), Int32(height)),
            cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface)
        else { throw .cannotDraw("no memory for \(width)×\(height) pixels") }
        self.surface = surface
        self.context = context
        self.width = width
        self.height = height
    }

    /// Pages of a PDF, in points.
    init(pdf: URL, width: Int, height: Int) throws(StudioError) {
        guard let surface = cairo_pdf_surface_create(pdf.path, Double(width), Double(height)),
            cairo_surface_status(surface) == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface)
        else { throw .cannotWrite(path: pdf.path, reason: "no PDF can be made there") }
        self.surface = surface
        self.context = context
        self.width = width
        self.height = height
    }

    /// Ends a page and begins the next.
    func turnPage() { cairo_show_page(context) }

    /// Ends a document: what could not be written is told now.
    func finish(_ url: URL) throws(StudioError) {
        cairo_surface_finish(surface)
        let status = cairo_surface_status(surface)
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .cannotWrite(path: url.path, reason: String(cString: cairo_status_to_string(status)))
        }
    }

    /// Opens a PNG.
    package init(png: URL) throws(StudioError) {
        guard let surface = cairo_image_surface_create_from_png(png.path) else {
            throw .cannotRead(path: png.path, reason: "no memory")
        }
        let status = cairo_surface_status(surface)
        guard status == CAIRO_STATUS_SUCCESS, let context = cairo_create(surface) else {
            cairo_surface_destroy(surface)
            throw .cannotRead(path: png.path, reason: String(cString: cairo_status_to_string(status)))
        }
        self.surface = surface
        self.context = context
        width = Int(cairo_image_surface_get_width(surface))
        height = Int(cairo_image_surface_get_height(surface))
    }

    deinit {
        cairo_destroy(context)
        cairo_surface_destroy(surface)
    }

    package func writePNG(_ url: URL) throws(StudioError) {
        let status = cairo_surface_write_to_png(surface, url.path)
        guard status == CAIRO_STATUS_SUCCESS else {
            throw .cannotWrite(path: url.path, reason: String(cString: cairo_status_to_string(status)))
        }
    }

    /// The pixels, BGRA, premultiplied, row by row without gaps (32-bit formats have none).
    package func withPixels<Value>(_ body: (UnsafeMutableRawBufferPointer) throws -> Value) rethrows -> Value {
        cairo_surface_flush(surface)
        let count = Int(cairo_image_surface_get_stride(surface)) * height
        defer { cairo_surface_mark_dirty(surface) }
        return try body(UnsafeMutableRawBufferPointer(start: cairo_image_surface_get_data(surface), count: count))
    }

    /// The first and last row that hold anything but transparency.
    func opaqueRows() -> (first: Int, last: Int) {
        withPixels { pixels in
            let stride = pixels.count / max(1, height)
            func isEmpty(_ row: Int) -> Bool {
                for x in Swift.stride(from: 3, to: width * 4, by: 8) where pixels[row * stride + x] > 40 {
                    return false
                }
                return true
            }
            let first = (0..<height).first { !isEmpty($0) } ?? 0
            let last = (0..<height).last { !isEmpty($0) } ?? height - 1
            return (first, last)
        }
    }

    // MARK: state

    func saved(_ draw: () -> Void) {
        cairo_save(context)
        draw()
        cairo_restore(context)
    }

    func move(_ x: Double, _ y: Double) { cairo_translate(context, x, y) }
    func scale(_ x: Double, _ y: Double) { cairo_scale(context, x, y) }
    func turn(_ radians: Double) { cairo_rotate(context, radians) }

    // MARK: paint

    private func set(_ colour: Colour, _ alpha: Double) {
        cairo_set_source_rgba(context, colour.red, colour.green, colour.blue, alpha)
    }

    func paint(_ colour: Colour, alpha: Double = 1) {
        set(colour, alpha)
        cairo_paint(context)
    }

    func rectangle(_ x: Double, _ y: Double, _ width: Double, _ height: Double, _ colour: Colour, alpha: Double = 1) {
        cairo_rectangle(context, x, y, width, height)
        set(colour, alpha)
        cairo_fill(context)
    }

    func ellipse(_ x: Double, _ y: Double, _ rx: Double, _ ry: Double, _ colour: Colour, alpha: Double = 1) {
        saved {
            move(x, y)
            scale(max(rx, 0.01), max(ry, 0.01))
            cairo_new_path(context)
            cairo_arc(context, 0, 0, 1, 0, 2 * .pi)
        }
        set(colour, alpha)
        cairo_fill(context)
    }

    func polygon(_ points: [(Double, Double)], _ colour: Colour, alpha: Double = 1) {
        guard let first = points.first else { return }
        cairo_move_to(context, first.0, first.1)
        for point in points.dropFirst() { cairo_line_to(context, point.0, point.1) }
        cairo_close_path(context)
        set(colour, alpha)
        cairo_fill(context)
    }

    func line(_ points: [(Double, Double)], width: Double, _ colour: Colour, alpha: Double = 1) {
        guard let first = points.first else { return }
        cairo_move_to(context, first.0, first.1)
        for point in points.dropFirst() { cairo_line_to(context, point.0, point.1) }
        cairo_set_line_width(context, width)
        cairo_set_line_cap(context, CAIRO_LINE_CAP_ROUND)
        cairo_set_line_join(context, CAIRO_LINE_JOIN_ROUND)
        set(colour, alpha)
        cairo_stroke(context)
    }

    /// A closed curve through Bézier pieces: (control, control, end).
    func shape(
        from start: (Double, Double), _ curves: [((Double, Double), (Double, Double), (Double, Double))],
        _ colour: Colour, alpha: Double = 1
    ) {
        cairo_move_to(context, start.0, start.1)
        for (first, second, end) in curves {
            cairo_curve_to(context, first.0, first.1, second.0, second.1, end.0, end.1)
        }
        cairo_close_path(context)
        set(colour, alpha)
        cairo_fill(context)
    }

    func roundedRectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, radius: Double, _ colour: Colour, alpha: Double = 1
    ) {
        let radius = min(radius, width / 2, height / 2)
        cairo_new_sub_path(context)
        cairo_arc(context, x + width - radius, y + radius, radius, -.pi / 2, 0)
        cairo_arc(context, x + width - radius, y + height - radius, radius, 0, .pi / 2)
        cairo_arc(context, x + radius, y + height - radius, radius, .pi / 2, .pi)
        cairo_arc(context, x + radius, y + radius, radius, .pi, 3 * .pi / 2)
        cairo_close_path(context)
        set(colour, alpha)
        cairo_fill(context)
    }

    /// From top to bottom over a rectangle.
    func gradient(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ stops: [(Double, Colour, Double)]
    ) {
        guard let pattern = cairo_pattern_create_linear(0, y, 0, y + height) else { return }
        for (at, colour, alpha) in stops {
            cairo_pattern_add_color_stop_rgba(pattern, at, colour.red, colour.green, colour.blue, alpha)
        }
        cairo_rectangle(context, x, y, width, height)
        cairo_set_source(context, pattern)
        cairo_fill(context)
        cairo_pattern_destroy(pattern)
    }

    /// Light that falls off around a point.
    func glow(_ x: Double, _ y: Double, radius: Double, _ colour: Colour, alpha: Double) {
        guard let pattern = cairo_pattern_create_radial(x, y, 0, x, y, radius) else { return }
        cairo_pattern_add_color_stop_rgba(pattern, 0, colour.red, colour.green, colour.blue, alpha)
        cairo_pattern_add_color_stop_rgba(pattern, 0.4, colour.red, colour.green, colour.blue, alpha * 0.4)
        cairo_pattern_add_color_stop_rgba(pattern, 1, colour.red, colour.green, colour.blue, 0)
        cairo_rectangle(context, x - radius, y - radius, 2 * radius, 2 * radius)
        cairo_set_source(context, pattern)
        cairo_fill(context)
        cairo_pattern_destroy(pattern)
    }

    /// Darkness towards the corners.
    func vignette(_ strength: Double) {
        let w = Double(width), h = Double(height)
        guard let pattern = cairo_pattern_create_radial(w / 2, h / 2, h * 0.45, w / 2, h / 2, w * 0.62) else { return }
        cairo_pattern_add_color_stop_rgba(pattern, 0, 0, 0, 0, 0)
        cairo_pattern_add_color_stop_rgba(pattern, 1, 0, 0, 0, strength)
        cairo_set_source(context, pattern)
        cairo_paint(context)
        cairo_pattern_destroy(pattern)
    }

    /// Another picture, its corner at the origin of the present coordinates.
    func draw(_ other: Canvas, alpha: Double = 1) {
        cairo_set_source_surface(context, other.surface, 0, 0)
        if let pattern = cairo_get_source(context) {
            cairo_pattern_set_filter(pattern, CAIRO_FILTER_BILINEAR)
            cairo_pattern_set_extend(pattern, CAIRO_EXTEND_PAD)
        }
        cairo_rectangle(context, 0, 0, Double(other.width), Double(other.height))
        cairo_clip(context)
        if alpha < 1 { cairo_paint_with_alpha(context, alpha) } else { cairo_paint(context) }
    }

    /// The picture's mean colour, from one pixel in many.
    func meanColour() -> Colour {
        withPixels { pixels in
            var sum = (0, 0, 0)
            var count = 0
            for at in stride(from: 0, to: pixels.count - 3, by: 4 * 97) {
                sum = (sum.0 + Int(pixels[at + 2]), sum.1 + Int(pixels[at + 1]), sum.2 + Int(pixels[at]))
                count += 1
            }
            let scale = 1 / (255 * Double(max(1, count)))
            return Colour(Double(sum.0) * scale, Double(sum.1) * scale, Double(sum.2) * scale)
        }
    }

    /// Lights what is drawn by a place's mean colour: people are part of the hour they stand in.
    func light(with mean: Colour) {
        let brightest = max(mean.red, mean.green, mean.blue, 0.01)
        let level = 0.62 + 0.38 * min(1, brightest / 0.55)
        let hue = Colour(mean.red / brightest, mean.green / brightest, mean.blue / brightest)
        let tint = Colour(1, 1, 1).mixed(hue, 0.45).lit(level)
        // Multiplied where there is figure; what is transparent stays so.
        cairo_push_group(context)
        paint(tint)
        cairo_set_operator(context, CAIRO_OPERATOR_DEST_IN)
        cairo_set_source_surface(context, surface, 0, 0)
        cairo_paint(context)
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
        cairo_pop_group_to_source(context)
        cairo_set_operator(context, CAIRO_OPERATOR_MULTIPLY)
        cairo_paint(context)
        cairo_set_operator(context, CAIRO_OPERATOR_OVER)
    }

    // MARK: text

    package enum Alignment: Int32 { case left = 0, centre = 1, right = 2 }

    /// Draws text in any script; what does not fit into the box is set smaller, then cut with an ellipsis.
    /// - Returns: size in pixels, and how many glyphs no installed font has.
    @discardableResult
    func text(
        _ text: String, _ x: Double, _ y: Double, width: Double, height: Double = 0, size: Double, bold: Bool = false,
        alignment: Alignment = .left, _ colour: Colour, alpha: Double = 1, isOneLine: Bool = false
    ) -> (width: Double, height: Double, unknown: Int) {
        guard let layout = pango_cairo_create_layout(context) else { return (0, 0, 0) }
        defer { g_object_unref(UnsafeMutableRawPointer(layout)) }
        let text = text.replacing("\0", with: "")
        pango_layout_set_text(layout, text, Int32(text.utf8.count))
        pango_layout_set_alignment(layout, alignment.rawValue)
        pango_layout_set_width(layout, Int32(width * 1_024))
        pango_layout_set_wrap(layout, 2)  // Words, then characters.
        pango_layout_set_ellipsize(layout, isOneLine ? 3 : 0)
        var size = size
        var pixels: (Int32, Int32) = (0, 0)
        while true {
            let description = pango_font_description_from_string(
                "DejaVu Sans, Noto Sans \(bold ? "Bold " : "")\(Int(size))px")
            pango_layout_set_font_description(layout, description)
            pango_font_description_free(description)
            pango_layout_get_pixel_size(layout, &pixels.0, &pixels.1)
            guard height > 0, Double(pixels.1) > height, size > 8 else { break }
            size *= 0.88
        }
        if height > 0, Double(pixels.1) > height {
            pango_layout_set_height(layout, Int32(height * 1_024))
            pango_layout_set_ellipsize(layout, 3)
        }
        set(colour, alpha)
        cairo_move_to(context, x, y)
        pango_cairo_show_layout(context, layout)
        return (Double(pixels.0), Double(pixels.1), Int(pango_layout_get_unknown_glyphs_count(layout)))
    }
}
