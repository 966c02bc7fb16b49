package import Film
package import Protocol

/// When lines are spoken in their shot; what runs past the shot is heard under the next one.
package enum LineTiming {
    /// Frames from the shot's first to the first line.
    package static let leadFrames = 6
    /// Frames between two lines.
    package static let gapFrames = 5

    /// What a line takes to say at the usual pace: 2.5 words a second, and 4.5 characters in scripts without spaces.
    package static func seconds(of text: String) -> Double {
        let dense = text.unicodeScalars.count {
            (0x3040...0x30FF).contains($0.value) || (0x3400...0x9FFF).contains($0.value)
        }
        let words = text.split(whereSeparator: \.isWhitespace).count
        return max(Double(words) / 2.5, Double(dense) / 4.5)
    }

    /// The clip's frame in which its lines have ended, at the usual pace; 0 when nobody speaks.
    static func end(of clip: Timeline.Clip, fps: FrameRate) -> Int {
        guard !clip.lines.isEmpty else { return 0 }
        return clip.lines.reduce(clip.speechAt - gapFrames) {
            $0 + gapFrames + fps.frames(in: seconds(of: $1.text))
        }
    }

    /// Where the lines of one shot lie, one after the other, in samples.
    package struct Layout: Sendable {
        private var next: Int
        private let gap: Int

        /// - Parameter at: the frame in which the first line begins.
        package init(at: Int, samplesPerFrame: Int) {
            next = at * samplesPerFrame
            gap = LineTiming.gapFrames * samplesPerFrame
        }

        /// The start of the next line, which has so many samples.
        package mutating func place(_ samples: Int) -> Int {
            defer { next += samples + gap }
            return next
        }
    }

    /// When words are said, as a speech service told it in its facts: `words: [{text, at}]`, in samples.
    package static func words(_ facts: Fields) -> [Captions.Word] {
        guard let words = try? facts.maps("words") else { return [] }
        return words.compactMap { word in
            guard let text = try? word.text("text"), let at = try? word.integer("at", in: 0...100_000_000) else {
                return nil
            }
            return Captions.Word(text: text, start: at)
        }
    }
}
