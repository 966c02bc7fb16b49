internal import Protocol

/// ffmpeg argument vectors for clips and transitions: pure, golden-tested, recipes of `assembly.md` 3 and 4.
package enum ClipPlans {
    /// Any input to exactly `frames` frames of one parameter set.
    package static func conform(
        input: String, output: String, frames: Int, keyFrames: [Int], _ encoding: Encoding
    ) -> [String] {
        let size = "\(encoding.width):\(encoding.height)"
        let filter = [
            "scale=iw*sar:ih", "setsar=1", "fps=fps=\(encoding.fps.fraction):start_time=0:round=near",
            "scale=\(size):force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos+accurate_rnd"
                + ":out_color_matrix=bt709:out_range=tv",
            "pad=\(size):-1:-1:color=black", "setsar=1", "tpad=stop=-1:stop_mode=clone", "format=yuv420p",
        ].joined(separator: ",")
        return Encoding.quiet + [
            "-protocol_whitelist", "file", "-threads", "1", "-i", input, "-map", "0:v:0", "-vf", filter,
        ]
            + ["-frames:v", "\(frames)"] + Encoding.keyFrameArguments(keyFrames) + encoding.clipArguments + [output]
    }

    /// A still held for `frames` frames: slates and cards.
    /// - Parameter fade: frames of fade from and to black at both ends.
    package static func still(
        image: String, output: String, frames: Int, keyFrames: [Int], fade: Int, _ encoding: Encoding
    ) -> [String] {
        // Converted once, then held: each frame would be converted anew the other way round.
        var filter = [
            "scale=\(encoding.width):\(encoding.height):flags=lanczos+accurate_rnd:out_color_matrix=bt709:out_range=tv",
            "format=yuv420p", "loop=loop=-1:size=1:start=0", encoding.stamps, "fps=\(encoding.fps.fraction)",
        ]
        if fade > 0 {
            filter.append("fade=t=in:start_frame=0:nb_frames=\(fade)")
            filter.append("fade=t=out:start_frame=\(frames - fade):nb_frames=\(fade)")
        }
        filter.append("setsar=1")
        return Encoding.quiet + ["-protocol_whitelist", "file", "-i", image, "-vf", filter.joined(separator: ",")]
            + ["-frames:v", "\(frames)"] + Encoding.keyFrameArguments(keyFrames)
            + (fade > 0 ? encoding.transitionArguments : encoding.clipArguments) + [output]
    }

    /// Planar BT.709 frames from standard input to a light, nearly lossless clip: what the keyless studio hands on.
    package static func raw(output: String, _ encoding: Encoding) -> [String] {
        Encoding.quiet.filter { $0 != "-nostdin" } + [
            "-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", "\(encoding.width)x\(encoding.height)", "-r",
            encoding.fps.fraction,
            "-i", "pipe:0", "-vf", "setsar=1",
            "-c:v", "libx264", "-threads", "1", "-preset", "ultrafast", "-qp", "12", "-g", "12",
            "-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv",
            "-video_track_timescale", "\(encoding.timescale)", "-fflags", "+bitexact", "-flags:v", "+bitexact",
            "-f", "mp4", output,
        ]
    }

    /// A dissolve or wipe: the last `frames` of one clip over the first of the other.
    /// - Parameter from: frame of the first clip where it begins; an IDR.
    package static func mix(
        isWipe: Bool, first: String, from: Int, second: String, frames: Int, output: String, _ encoding: Encoding
    ) -> [String] {
        let fps = encoding.fps
        // D + 1 steps from one frame early: the weights are 1/(D+1) … D/(D+1), even at both ends.
        let duration = Encoding.seconds(frames + 1, fps: fps)
        let offset = "-" + Encoding.seconds(1, fps: fps)
        let graph =
            "[0:v]trim=end_frame=\(frames),\(encoding.tick),setpts=N[a];"
            + "[1:v]trim=end_frame=\(frames),\(encoding.tick),setpts=N[b];"
            + "[a][b]xfade=transition=\(isWipe ? "wipeleft" : "fade"):duration=\(duration):offset=\(offset),"
            + "setsar=1,format=yuv420p[v]"
        return Encoding.quiet + ["-ss", Encoding.seconds(from, fps: fps), "-i", first, "-i", second]
            + ["-filter_complex", graph, "-map", "[v]", "-r", fps.fraction, "-frames:v", "\(frames)"]
            + encoding.transitionArguments + [output]
    }

    /// The frames that fade to black (from the clip's end) or from black (from its beginning).
    package static func fade(
        isOut: Bool, input: String, from: Int, frames: Int, output: String, _ encoding: Encoding
    ) -> [String] {
        let filter =
            "\(encoding.stamps),fade=t=\(isOut ? "out" : "in"):start_frame=0:nb_frames=\(frames),"
            + "setsar=1,format=yuv420p"
        return Encoding.quiet + (from > 0 ? ["-ss", Encoding.seconds(from, fps: encoding.fps)] : [])
            + ["-i", input, "-vf", filter, "-frames:v", "\(frames)"] + encoding.transitionArguments + [output]
    }
}
