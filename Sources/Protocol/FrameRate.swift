/// Frames per second, as a fraction whose frame is a whole number of samples at 48 kHz: 24, 25, 30, 24000/1001 and
/// whatever else divides. Everything on a timeline is counted in such frames; seconds are for people and command lines.
package struct FrameRate: Sendable, Hashable, ExpressibleByIntegerLiteral, CustomStringConvertible {
    /// Frames in ``per`` seconds.
    package let frames: Int
    /// 1, or 1001 for the rates of broadcast.
    package let per: Int

    /// `nil` when a frame would not be a whole number of samples, or the rate is not 1 to 120 a second.
    package init?(frames: Int, per: Int = 1) {
        guard per >= 1, per <= 1_001, (per...120 * per).contains(frames), 48_000 * per % frames == 0 else { return nil }
        self.frames = frames
        self.per = per
    }

    /// 23.976 to those who write it.
    package static let ntscFilm = FrameRate(unchecked: 24_000, 1_001)
    /// What a profile may ask for.
    package static let offered: [FrameRate] = [.ntscFilm, 24, 25, 30]

    private init(unchecked frames: Int, _ per: Int) {
        self.frames = frames
        self.per = per
    }

    /// For constants of ours; one that does not divide is a mistake in the code.
    package init(integerLiteral frames: Int) {
        precondition(48_000 % frames == 0, "a frame at \(frames) per second is no whole number of samples")
        self.init(unchecked: frames, 1)
    }

    /// As a person writes it: `24`, `23.976`, `24000/1001`. `nil` for any other than ``offered``.
    package init?(_ text: String) {
        let known = Self.offered.first {
            $0.description == text || $0.fraction == text || "\($0.description).0" == text
        }
        guard let known else { return nil }
        self = known
    }

    /// `24`, `23.976`.
    package var description: String {
        guard per > 1 else { return "\(frames)" }
        let thousandths = (frames * 1_000 + per / 2) / per
        let fraction = String(thousandths % 1_000)
        return "\(thousandths / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    /// As ffmpeg takes it: `24`, `24000/1001`.
    package var fraction: String { per == 1 ? "\(frames)" : "\(frames)/\(per)" }

    /// The whole number nearest: what timecode counts and key frames are spaced by.
    package var nominal: Int { (frames + per / 2) / per }

    /// Samples of a frame at 48 kHz.
    package var samplesPerFrame: Int { 48_000 * per / frames }

    /// Ticks per second of every track of ours, and of a frame: one never needs rounding.
    package var timescale: Int { per == 1 ? frames * 1_000 : frames }
    package var ticksPerFrame: Int { per == 1 ? 1_000 : per }

    /// The nearest whole number of frames.
    package func frames(in seconds: Double) -> Int { Int((seconds * Double(frames) / Double(per)).rounded()) }

    package func seconds(_ count: Int) -> Double { Double(count * per) / Double(frames) }

    package func milliseconds(_ count: Int) -> Int { count * per * 1_000 / frames }

    package func microseconds(_ count: Int, roundedUp: Bool = false) -> Int {
        (count * per * 1_000_000 + (roundedUp ? frames - 1 : 0)) / frames
    }

    /// In a recipe: `fps`, and `fps_per` for what is no whole rate, so that the keys of whole ones are what they were.
    package var fields: [String: Field] {
        per == 1 ? ["fps": .init(frames)] : ["fps": .init(frames), "fps_per": .init(per)]
    }
}

extension Fields {
    /// The rate a recipe names.
    package func rate() throws(FieldsError) -> FrameRate {
        let frames = try integer("fps", in: 1...120_000)
        let per = self["fps_per"] == nil ? 1 : try integer("fps_per", in: 1...1_001)
        guard let rate = FrameRate(frames: frames, per: per) else {
            throw .missing("fps", expected: "a rate whose frame is a whole number of samples")
        }
        return rate
    }
}
