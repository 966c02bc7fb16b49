package import Foundation
package import Protocol

/// What a service is asked for: one clip, picture, line or bed. What a kind does not use stays empty.
package struct Wish: Sendable {
    /// `animate` for a clip of a still; `setting`, `portrait`, `compose`, `cutout` for pictures; `dialogue` for a line;
    /// `ambience` for a bed; `lipsync` for moved lips.
    package var kind = TaskKind.animate
    /// What is to be seen or heard; for a line what is to be said.
    package var prompt: String
    /// What should not be seen; not every service takes it.
    package var negativePrompt = ""
    package var model: String
    /// A length the model has (`VideoModel.lengths`), or how long a bed is to be.
    package var milliseconds: Int
    package var width: Int
    package var height: Int
    package var fps = 24
    package var seed = 0
    /// The first frame of a clip; of a picture what is drawn over, or what is to be cut out. The metered service draws from
    /// the prompt alone.
    package var still: Picture?
    /// Of the still's size: white is drawn anew, black is kept.
    package var mask: Picture?
    /// Of moved lips: the clip (MP4), and what is said in it (WAV, of the same length).
    package var video: Data?
    package var audio: Data?
    /// Where across the picture who speaks is, in thousandths, and how many people are in it.
    package var focus = 500
    package var faces = 1
    /// How far a picture may go from what it is drawn over, 0 to 1,000.
    package var strength = 600
    /// How closely the words are followed, in thousandths.
    package var guidance = 7_000
    /// Who speaks, as the service names its voices.
    package var voice = ""
    /// ISO 639-1, or with a region.
    package var language = "en"
    /// How words are said that are said otherwise than written.
    package var sayings: [Saying] = []
    /// The name we know the call by, unique for ever.
    package var reference: String

    package init(prompt: String, model: String, milliseconds: Int, width: Int, height: Int, reference: String) {
        self.prompt = prompt
        self.model = model
        self.milliseconds = milliseconds
        self.width = width
        self.height = height
        self.reference = reference
    }

    package var seconds: Int { max(1, (milliseconds + 500) / 1_000) }

    /// The aspect a service names: the one whose proportions are nearest.
    package func aspect(among names: [String]) -> String {
        let wanted = Double(width) / Double(max(1, height))
        func distance(_ name: String) -> Double {
            let sides = name.split(separator: ":").compactMap { Double($0) }
            return sides.count == 2 && sides[1] > 0 ? abs(log(sides[0] / sides[1] / wanted)) : .infinity
        }
        return names.min { distance($0) < distance($1) } ?? ""
    }

    /// Rows of picture, the shorter side: 1080 for 1920×1080 and for 1080×1920.
    package var rows: Int { min(width, height) }

    /// The largest size of the wish's proportions that a service makes: sides in steps, no side and no area above its own.
    package func size(step: Int, side: ClosedRange<Int>, pixels: Int = .max) -> (width: Int, height: Int) {
        let (w, h) = (Double(max(1, width)), Double(max(1, height)))
        var scale = min(1, Double(side.upperBound) / max(w, h), (Double(pixels) / (w * h)).squareRoot())
        scale = max(scale, Double(side.lowerBound) / min(w, h))
        func stepped(_ length: Double) -> Int {
            let steps = Int((length * scale / Double(step)).rounded())
            let top = side.upperBound / step * step
            return min(max(steps * step, (side.lowerBound + step - 1) / step * step), top)
        }
        var (width, height) = (stepped(w), stepped(h))
        // Rounding up may have gone over the area.
        while width * height > pixels, width > step, height > step {
            if width >= height { width -= step } else { height -= step }
        }
        return (width, height)
    }
}

package struct Picture: Sendable {
    package let data: Data
    /// `image/png` or `image/jpeg`.
    package let mimeType: String
    /// Where a service may fetch it, for those that take pictures by address only.
    package let address: String?

    package init(data: Data, mimeType: String, address: String? = nil) {
        self.data = data
        self.mimeType = mimeType
        self.address = address
    }

    var base64: String { data.base64EncodedString() }
    var dataURI: String { "data:\(mimeType);base64,\(base64)" }
    var fileName: String { mimeType == "image/png" ? "picture.png" : "picture.jpg" }
}

/// A word or name and how it is said: respelt, or in IPA.
package struct Saying: Sendable, Equatable {
    package let word: String
    /// Plain letters that any voice reads right, or phones where `isIPA`.
    package let said: String
    package let isIPA: Bool

    package init(word: String, said: String, isIPA: Bool = false) {
        self.word = word
        self.said = said
        self.isIPA = isIPA
    }

    /// Of a line's parameters.
    package static func all(of parameters: Fields) throws(FieldsError) -> [Saying] {
        guard parameters["sayings"] != nil else { return [] }
        return try parameters.maps("sayings").map { saying throws(FieldsError) in
            Saying(word: try saying.text("word"), said: try saying.text("said"), isIPA: try saying.flag("ipa"))
        }
    }
}

/// When a word of a line is spoken, from the start of its sound.
package struct SpokenWord: Sendable, Equatable {
    package let text: String
    package let fromMilliseconds: Int
    package let toMilliseconds: Int

    package init(_ text: String, from: Int, to: Int) {
        self.text = text
        fromMilliseconds = from
        toMilliseconds = to
    }
}
