package import Foundation

/// Pictures that are mostly words: a slate for a shot that is missing, title and closing cards.
package enum Cards {
    /// A slate says which shot is missing, and why.
    package static func slate(
        shot: String, status: String = "missing", reason: String, width: Int, height: Int
    ) throws(StudioError) -> Canvas {
        let canvas = try Canvas(width: width, height: height)
        let w = Double(width), h = Double(height)
        canvas.paint(Colour(hex: 0x23262B))
        for index in 0..<12 {
            let x = w * Double(index) / 12
            canvas.polygon(
                [(x, 0), (x + w / 24, 0), (x + w / 24 - h * 0.08, h * 0.08), (x - h * 0.08, h * 0.08)],
                Colour(hex: 0xE0A03A))
        }
        canvas.text(
            "SHOT \(status.uppercased())", w * 0.06, h * 0.18, width: w * 0.88, height: h * 0.1, size: h * 0.06,
            bold: true,
            Colour(hex: 0xE0A03A), isOneLine: true)
        canvas.text(
            shot, w * 0.06, h * 0.3, width: w * 0.88, height: h * 0.22, size: h * 0.17, bold: true,
            Colour(hex: 0xF2F0EA), isOneLine: true)
        canvas.text(
            reason, w * 0.06, h * 0.56, width: w * 0.88, height: h * 0.34, size: h * 0.05, Colour(hex: 0xB9C3CC))
        return canvas
    }

    /// White words in the middle of black, inside the title-safe area; any script.
    package static func card(text: String, small: String, width: Int, height: Int) throws(StudioError) -> Canvas {
        let canvas = try Canvas(width: width, height: height)
        let w = Double(width), h = Double(height)
        let size = text.count > 40 ? h * 0.065 : h * 0.11
        let measure = try Canvas(width: width, height: height)
        let (_, tall, _) = measure.text(
            text, 0, 0, width: w * 0.8, height: h * 0.5, size: size, bold: true, alignment: .centre, Colour(1, 1, 1))
        let top = (h - min(tall, h * 0.5)) / 2 - (small.isEmpty ? 0 : h * 0.05)
        canvas.text(
            text, w * 0.1, top, width: w * 0.8, height: h * 0.5, size: size, bold: true, alignment: .centre,
            Colour(hex: 0xF4F1E8))
        canvas.rectangle(
            w * 0.46, top + min(tall, h * 0.5) + h * 0.035, w * 0.08, max(1, h * 0.004), Colour(hex: 0xE0A03A))
        if !small.isEmpty {
            canvas.text(
                small, w * 0.1, top + min(tall, h * 0.5) + h * 0.07, width: w * 0.8, height: h * 0.12, size: h * 0.045,
                alignment: .centre, Colour(hex: 0xB9C3CC))
        }
        return canvas
    }

    /// One line of the roll.
    package struct CreditLine: Sendable {
        /// title, heading, pair, name or gap.
        package let kind: String
        package let left: String
        package let right: String

        package init(kind: String, left: String, right: String) {
            self.kind = kind
            self.left = left
            self.right = right
        }
    }

    /// The whole roll as one tall picture: a screen of black, the lines.
    package static func credits(
        _ lines: [CreditLine], lineHeight: Int, width: Int, height: Int
    ) throws(StudioError) -> Canvas {
        let canvas = try Canvas(width: width, height: 2 * height + lines.count * lineHeight)
        let w = Double(width), line = Double(lineHeight)
        // The picture is cut at its own width: the words keep inside the title-safe nine tenths.
        let (left, middle, inner) = (w * 0.08, w * 0.5, w * 0.84)
        for (index, entry) in lines.enumerated() {
            let y = Double(height + index * lineHeight)
            func write(
                _ text: String, _ x: Double, _ width: Double, _ size: Double, bold: Bool, _ alignment: Canvas.Alignment,
                _ colour: Colour
            ) {
                canvas.text(
                    text, x, y, width: width, height: line, size: line * size, bold: bold, alignment: alignment, colour,
                    isOneLine: true)
            }
            switch entry.kind {
            case "title": write(entry.left, left, inner, 0.8, bold: true, .centre, Colour(hex: 0xF4F1E8))
            case "heading": write(entry.left, left, inner, 0.46, bold: false, .centre, Colour(hex: 0xE0A03A))
            case "name": write(entry.left, left, inner, 0.6, bold: false, .centre, Colour(hex: 0xF2F0EA))
            case "pair":
                write(entry.left, left, middle - left - w * 0.015, 0.6, bold: false, .right, Colour(hex: 0xF2F0EA))
                write(
                    entry.right, middle + w * 0.015, middle - left - w * 0.015, 0.6, bold: false, .left,
                    Colour(hex: 0xB9C3CC))
            default: break
            }
        }
        return canvas
    }

    /// A still with the film's name over its lower part.
    package static func poster(still: URL, title: String, small: String) throws(StudioError) -> Canvas {
        let picture = try Canvas(png: still)
        let canvas = try Canvas(width: picture.width, height: picture.height)
        let w = Double(canvas.width), h = Double(canvas.height)
        // Nearer, and without the top, where our own stills carry their number.
        canvas.saved {
            canvas.move(-w * 0.06, -h * 0.12)
            canvas.scale(1.12, 1.12)
            canvas.draw(picture)
        }
        canvas.gradient(
            0, h * 0.5, w, h * 0.5,
            [(0, Colour(0, 0, 0), 0), (0.4, Colour(0, 0, 0), 0.55), (1, Colour(0, 0, 0), 0.85)])
        canvas.text(
            title, w * 0.07, h * 0.7, width: w * 0.86, height: h * 0.2, size: h * (title.count > 26 ? 0.07 : 0.1),
            bold: true, alignment: .centre, Colour(hex: 0xF4F1E8))
        if !small.isEmpty {
            canvas.text(
                small, w * 0.07, h * 0.9, width: w * 0.86, height: h * 0.06, size: h * 0.035, alignment: .centre,
                Colour(hex: 0xD9C9A8), isOneLine: true)
        }
        return canvas
    }
}
