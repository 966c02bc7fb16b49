package import Foundation
package import Media
package import Protocol

/// The keyless makers of pictures, by kind: parameters and input files in, a file out. Everything runs on the thread
/// of the caller, which is never the cooperative pool's.
package enum StudioMaking {
    private static func broken(_ error: FieldsError) -> StudioError { .cannotDraw("\(error)") }

    private static func size(_ shaping: Fields) throws(StudioError) -> (width: Int, height: Int) {
        do throws(FieldsError) {
            return (
                try shaping.integer("width", in: 16...7_680), try shaping.integer("height", in: 16...7_680)
            )
        } catch { throw broken(error) }
    }

    /// Which candidate; 0 where nothing is said.
    static func take(_ parameters: Fields) throws(FieldsError) -> Int {
        parameters["take"] == nil ? 0 : try parameters.integer("take", in: 0...Int.max)
    }

    package static func setting(_ parameters: Fields, _ shaping: Fields, output: URL) throws(StudioError) {
        let (width, height) = try size(shaping)
        let brief: PlateBrief
        do throws(FieldsError) {
            let own = try parameters.texts("palette")
            let take = try take(parameters)
            brief = PlateBrief(
                take: take, name: try parameters.text("name"),
                words: [
                    try parameters.text("prompt"), try parameters.text("time_words"),
                    try parameters.texts("mood").joined(separator: " "),
                ]
                .joined(separator: ". "),
                time: try parameters.text("time"), isExterior: try parameters.flag("exterior"),
                palette: own + (try parameters.texts("style_palette")), actColour: try parameters.text("act_colour"))
        } catch { throw broken(error) }
        try Plate.draw(brief, width: width, height: height).writePNG(output)
    }

    package static func portrait(_ parameters: Fields, output: URL) throws(StudioError) {
        var brief = PersonBrief()
        do throws(FieldsError) {
            brief.take = try take(parameters)
            brief.name = try parameters.text("name")
            brief.gender = try parameters.text("gender")
            brief.years = try parameters.integer("years", in: 0...200)
            brief.height = try parameters.text("height")
            brief.build = try parameters.text("build")
            brief.hair = try parameters.text("hair")
            brief.skin = try parameters.text("skin")
            brief.wardrobe = try parameters.text("wardrobe")
            brief.marks = try parameters.text("marks")
            brief.signature = try parameters.text("signature")
            brief.summary = try parameters.text("summary")
        } catch { throw broken(error) }
        try Figure.draw(brief).writePNG(output)
    }

    package static func cutout(portrait: URL, output: URL) throws(StudioError) {
        try Keying.cutOut(try Canvas(png: portrait)).writePNG(output)
    }

    static func composer(
        _ parameters: Fields, plate: URL?, figures: [URL?], width: Int, height: Int
    ) throws(StudioError) -> Composer {
        let framing: Framing
        do throws(FieldsError) { framing = try Framing(parameters) } catch { throw broken(error) }
        let picture: Canvas
        if let plate { picture = try Canvas(png: plate) } else { picture = try Canvas(width: 1_920, height: 1_080) }
        var people: [Canvas?] = []
        for figure in figures {
            if let figure { people.append(try Canvas(png: figure)) } else { people.append(nil) }
        }
        return try Composer(framing: framing, plate: picture, figures: people, width: width, height: height)
    }

    /// The shot's still: the clip's first frame, with its label.
    package static func compose(
        _ parameters: Fields, _ shaping: Fields, plate: URL?, figures: [URL?], output: URL
    ) throws(StudioError) {
        let (width, height) = try size(shaping)
        let composer = try composer(parameters, plate: plate, figures: figures, width: width, height: height)
        let canvas = try Canvas(width: width, height: height)
        composer.draw(on: canvas, pose: CameraPath.Pose(), beat: 0, isWalking: false)
        // What a service goes on from bears no words.
        guard shaping["bare"] == nil else { return try canvas.writePNG(output) }
        guard case .text(let label) = parameters["label"] else { throw .cannotDraw("the label is missing") }
        let h = Double(height)
        canvas.roundedRectangle(h * 0.02, h * 0.02, h * 0.26, h * 0.06, radius: h * 0.012, Colour(0, 0, 0), alpha: 0.55)
        canvas.text(
            label, h * 0.035, h * 0.03, width: h * 0.235, height: h * 0.05, size: h * 0.036, bold: true,
            Colour(hex: 0xFFD27A), isOneLine: true)
        try canvas.writePNG(output)
    }

    /// Everything a clip needs, read once; frames are then drawn one after the other.
    package final class Clip: @unchecked Sendable {
        // Invariant: made on one thread and handed to one other, which alone draws; never shared.
        private let composer: Composer
        private let strip: Strip
        private let canvas: Canvas
        private let path: CameraPath
        private let isWalking: Bool
        package let encoding: Encoding
        package let frames: Int

        package init(
            _ parameters: Fields, _ shaping: Fields, plate: URL?, figures: [URL?]
        ) throws(StudioError) {
            do throws(FieldsError) {
                encoding = try Encoding(shaping)
                frames =
                    try parameters.integer("quarters", in: 1...4_000) * encoding.fps.frames / (4 * encoding.fps.per)
                path = CameraPath(movement: try parameters.text("movement"))
                var words = Strip.Words()
                words.film = try parameters.text("film")
                words.shot = try parameters.text("shot")
                words.type = try parameters.text("type")
                words.lens = try parameters.integer("lens", in: 1...5_000)
                words.movement = path.movement
                words.slugline = try parameters.text("slugline")
                words.people = try parameters.texts("people")
                stripWords = words
            } catch { throw StudioMaking.broken(error) }
            composer = try StudioMaking.composer(
                parameters, plate: plate, figures: figures, width: encoding.width, height: encoding.height)
            strip = try Strip(stripWords, width: encoding.width, height: encoding.height, fps: encoding.fps.nominal)
            canvas = try Canvas(width: encoding.width, height: encoding.height)
            isWalking = path.movement == "tracking"
        }

        private let stripWords: Strip.Words

        /// Draws all frames in order, until `write` refuses.
        package func render(write: (UnsafeRawBufferPointer) -> Bool, progress: () -> Void) {
            let seconds = encoding.fps.seconds(frames)
            let planes = PlanarFrame(width: encoding.width, height: encoding.height)
            for frame in 0..<frames {
                let t = frames > 1 ? Double(frame) / Double(frames - 1) : 0
                composer.draw(
                    on: canvas, pose: path.pose(at: t, seconds: seconds), beat: encoding.fps.seconds(frame),
                    isWalking: isWalking)
                strip.draw(on: canvas, frame: frame)
                guard planes.with(canvas, write) else { return }
                progress()
            }
        }
    }
}
