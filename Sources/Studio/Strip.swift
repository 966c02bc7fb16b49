internal import Foundation

/// The slate strip under the picture: film, shot, size, lens, move, place, people, timecode and frame. It tells a
/// stranger what the shot is meant to be.
package final class Strip {
    package struct Words: Sendable {
        package var film = ""
        package var shot = ""
        package var type = ""
        package var lens = 0
        package var movement = ""
        package var slugline = ""
        package var people: [String] = []

        package init() {}
    }

    private let ground: Canvas
    private let digits: [Canvas]
    private let digitWidth: Double
    private let width: Int
    private let height: Int
    private let fps: Int
    /// Share of the frame's height.
    package static let share = 0.085

    package init(_ words: Words, width: Int, height: Int, fps: Int) throws(StudioError) {
        self.width = width
        self.height = height
        self.fps = fps
        let strip = max(14, Int(Double(height) * Self.share))
        ground = try Canvas(width: width, height: strip)
        let w = Double(width), h = Double(strip)
        ground.paint(Colour(hex: 0x101215))
        ground.rectangle(0, 0, w, max(1, h * 0.04), Colour(hex: 0xE0A03A))
        let size = h * 0.36
        let type = words.type.replacing("_", with: " ").uppercased()
        let move = words.movement.replacing("_", with: " ").uppercased()
        ground.text(
            words.shot, w * 0.012, h * 0.1, width: w * 0.13, height: h * 0.44, size: size, bold: true,
            Colour(hex: 0xFFD27A),
            isOneLine: true)
        ground.text(
            "\(type)  ·  \(words.lens) mm  ·  \(move)", w * 0.135, h * 0.1, width: w * 0.5, height: h * 0.44,
            size: size,
            bold: true, Colour(hex: 0xF2F0EA), isOneLine: true)
        ground.text(
            words.slugline, w * 0.135, h * 0.52, width: w * 0.42, height: h * 0.42, size: size * 0.88,
            Colour(hex: 0xB9C3CC),
            isOneLine: true)
        ground.text(
            words.people.isEmpty ? "–" : words.people.joined(separator: ", "), w * 0.56, h * 0.52, width: w * 0.26,
            height: h * 0.42, size: size * 0.88, Colour(hex: 0xB9C3CC), isOneLine: true)
        ground.text(
            words.film, w * 0.012, h * 0.52, width: w * 0.12, height: h * 0.42, size: size * 0.8, Colour(hex: 0x8A949E),
            isOneLine: true)
        digitWidth = h * 0.26
        var digits: [Canvas] = []
        for character in "0123456789:f" {
            let glyph = try Canvas(width: max(4, Int(digitWidth)), height: max(6, Int(h * 0.46)))
            glyph.paint(Colour(hex: 0x101215))
            glyph.text(
                String(character), 0, 0, width: digitWidth, size: size * 0.95, bold: true, alignment: .centre,
                Colour(hex: 0x9FF5DC))
            digits.append(glyph)
        }
        self.digits = digits
    }

    /// Draws the strip with the shot's own timecode and frame number.
    package func draw(on canvas: Canvas, frame: Int) {
        let top = Double(height - ground.height)
        canvas.saved {
            canvas.move(0, top)
            canvas.draw(ground)
        }
        let seconds = frame / fps
        write(
            Self.padded(seconds / 60) + ":" + Self.padded(seconds % 60) + ":" + Self.padded(frame % fps), 0.08,
            on: canvas)
        write("f" + String(repeating: "0", count: max(0, 5 - String(frame).count)) + String(frame), 0.5, on: canvas)
    }

    private static func padded(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

    private func write(_ text: String, _ row: Double, on canvas: Canvas) {
        let start = Double(width) * 0.985 - digitWidth * Double(text.count)
        for (index, character) in text.enumerated() {
            guard let digit = Array("0123456789:f").firstIndex(of: character) else { continue }
            canvas.saved {
                canvas.move(
                    (start + digitWidth * Double(index)).rounded(),
                    (Double(height - ground.height) + Double(ground.height) * row).rounded())
                canvas.draw(digits[digit])
            }
        }
    }
}
