internal import CChafa
package import Foundation

/// How a terminal shows pictures.
package enum PictureMode: Int32, Sendable, CaseIterable {
    case text = 0
    case sixel = 1
    case kitty = 2

    /// What a terminal is asked to find out what it has: kitty's protocol, then its attributes, which every one answers.
    package static let question = "\u{1B}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1B}\\\u{1B}[c"

    /// Whether an answer is whole: it ends with the attributes.
    package static func isWhole(_ answer: String) -> Bool { attributes(answer) != nil }

    /// What an answer says; text where it says nothing.
    package init(answer: String) {
        if answer.contains("\u{1B}_Gi=31;OK\u{1B}\\") {
            self = .kitty
        } else if let words = Self.attributes(answer), words.contains("4") {
            self = .sixel
        } else {
            self = .text
        }
    }

    /// The attributes of `ESC [ ? 62 ; 4 c`.
    private static func attributes(_ answer: String) -> [String]? {
        guard let begin = answer.range(of: "\u{1B}[?") else { return nil }
        let rest = answer[begin.upperBound...]
        guard let end = rest.firstIndex(of: "c") else { return nil }
        return rest[..<end].split(separator: ";").map(String.init)
    }
}

/// Frames of the film for the terminal, by libchafa.
package enum PictureMaker {
    /// Pixels of a frame, three bytes each, row by row.
    package struct Pixels: Sendable {
        package let width: Int
        package let height: Int
        package let rgb: [UInt8]

        /// `nil` when the bytes are not as many as the size says.
        package init?(width: Int, height: Int, rgb: [UInt8]) {
            guard width > 0, height > 0, rgb.count == width * height * 3 else { return nil }
            self.width = width
            self.height = height
            self.rgb = rgb
        }
    }

    /// As cells: half blocks with a colour above and one below; without Unicode, letters by brightness.
    package static func cells(_ pixels: Pixels, digest: Data, width: Int, height: Int, isASCII: Bool) -> Picture? {
        guard let canvas = canvas(pixels, .text, width: width, height: height, isASCII: isASCII) else { return nil }
        defer { chafa_canvas_unref(canvas) }
        var cells: [Cell] = []
        cells.reserveCapacity(width * height)
        for y in 0..<height {
            for x in 0..<width {
                var (front, back): (gint, gint) = (-1, -1)
                chafa_canvas_get_colors_at(canvas, gint(x), gint(y), &front, &back)
                let sign =
                    Unicode.Scalar(chafa_canvas_get_char_at(canvas, gint(x), gint(y))).map { Character($0) } ?? " "
                cells.append(Cell(String(sign), Style(colour(front), on: colour(back))))
            }
        }
        return Picture(digest: digest, width: width, height: height, cells: cells)
    }

    /// The bytes of kitty's protocol or of sixels, for a place of so many cells.
    package static func bytes(_ pixels: Pixels, _ mode: PictureMode, width: Int, height: Int) -> [UInt8] {
        guard let canvas = canvas(pixels, mode, width: width, height: height, isASCII: false) else { return [] }
        defer { chafa_canvas_unref(canvas) }
        var length = 0
        guard let text = sf_print(canvas, &length) else { return [] }
        defer { free(text) }
        return UnsafeRawBufferPointer(start: text, count: length).map { $0 }
    }

    private static func canvas(
        _ pixels: Pixels, _ mode: PictureMode, width: Int, height: Int, isASCII: Bool
    ) -> OpaquePointer? {
        guard (1...500).contains(width), (1...200).contains(height) else { return nil }
        return sf_canvas(
            mode.rawValue, isASCII ? 1 : 0, Int32(width), Int32(height), 10, 20, pixels.rgb, Int32(pixels.width),
            Int32(pixels.height))
    }

    private static func colour(_ packed: gint) -> Colour {
        guard packed >= 0 else { return .standard }
        return .rgb(UInt8(packed >> 16 & 255), UInt8(packed >> 8 & 255), UInt8(packed & 255))
    }
}
