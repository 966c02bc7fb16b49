package import Protocol

/// The one parameter set of all clips of a job (`assembly.md` 3): every conformed clip and every rendered transition
/// is made with exactly this, so that they can be joined without another encode.
package struct Encoding: Sendable, Equatable {
    package let width: Int
    package let height: Int
    package let fps: FrameRate
    package let kilobits: Int

    package init(width: Int, height: Int, fps: FrameRate, kilobits: Int) {
        self.width = width
        self.height = height
        self.fps = fps
        self.kilobits = kilobits
    }

    package init(_ fields: Fields) throws(FieldsError) {
        self.init(
            width: try fields.integer("width", in: 16...7_680), height: try fields.integer("height", in: 16...7_680),
            fps: try fields.rate(), kilobits: try fields.integer("kilobits", in: 50...200_000))
    }

    package var timescale: Int { fps.timescale }

    /// The least H.264 level that holds this size and rate: it is in the parameter set, so it is stated, never guessed.
    var level: String {
        let blocks = (width + 15) / 16 * ((height + 15) / 16)
        return blocks <= 8_192 ? "4.1" : "5.1"
    }

    /// Frames by which decoding runs ahead of presentation (`-bf 2`).
    package static let reorder = 2

    /// How ffmpeg is always called: no input from the terminal, errors only, stop at the first.
    package static let quiet = ["-nostdin", "-hide_banner", "-v", "error", "-xerror", "-y"]

    /// Encoder arguments. One thread: the same build and thread count give the same bytes; slots make it parallel.
    private func encoder(_ rate: [String]) -> [String] {
        [
            "-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-profile:v", "high", "-level:v", level,
            "-pix_fmt", "yuv420p",
        ] + rate + [
            "-g", "\(2 * fps.nominal)", "-bf", "2", "-sc_threshold", "0", "-forced-idr", "1",
            "-x264-params", "stitchable=1:open-gop=0",
            "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
            "-chroma_sample_location", "left", "-video_track_timescale", "\(timescale)",
            "-movie_timescale", "\(timescale)", "-map_metadata", "-1", "-map_chapters", "-1",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-an", "-f", "mp4",
        ]
    }

    /// For clips: the target rate.
    var clipArguments: [String] {
        encoder(["-b:v", "\(kilobits)k", "-maxrate", "\(kilobits * 5 / 4)k", "-bufsize", "\(kilobits * 2)k"])
    }

    /// For transitions: constant quality, a second generation of few frames.
    var transitionArguments: [String] {
        encoder(["-crf", "18", "-maxrate", "\(kilobits * 3 / 2)k", "-bufsize", "\(kilobits / 2)k"])
    }

    /// Forces IDR frames by number; times would round.
    static func keyFrameArguments(_ frames: [Int]) -> [String] {
        frames.isEmpty ? [] : ["-force_key_frames", "expr:" + frames.map { "eq(n,\($0))" }.joined(separator: "+")]
    }

    /// ffmpeg's words for "frame N is shown at N frames".
    var stamps: String { fps.per == 1 ? "setpts=N/\(fps.frames)/TB" : "setpts=N*\(fps.per)/\(fps.frames)/TB" }

    /// Its words for a clock of one tick a frame.
    var tick: String { "settb=\(fps.per)/\(fps.frames)" }

    /// Seconds with microseconds, rounded down: rounded up, the first frame of a seek is lost.
    static func seconds(_ frames: Int, fps: FrameRate, roundedUp: Bool = false) -> String {
        let micros = fps.microseconds(frames, roundedUp: roundedUp)
        let fraction = String(micros % 1_000_000)
        return "\(micros / 1_000_000)." + String(repeating: "0", count: 6 - fraction.count) + fraction
    }
}
