internal import Protocol

/// ffmpeg argument vectors for clips and transitions: pure, golden-tested, recipes of `assembly.md` 3 and 4.
package enum ClipPlans {
    /// How a clip of another shape fills the picture.
    package enum Fit: Sendable, Equatable {
        case pad
        /// Cut around a place across it, in thousandths of its width.
        case fill(focus: Int)
        case blur
    }

    /// Any input to exactly `frames` frames of one parameter set; what is decoded is watched on the way
    /// (``Footage/takeNotes(in:)``).
    /// - Parameters:
    ///   - footage: what is known of the input.
    ///   - cut: how it comes to its length.
    ///   - skip: frames a cut leaves out in front, behind a head that stands still.
    package static func conform(
        input: String, output: String, frames: Int, keyFrames: [Int], footage: Footage = Footage(),
        cut: Footage.Fit = Footage.Fit(), skip: Int = 0, fit: Fit = .pad, _ encoding: Encoding
    ) -> [String] {
        let before = ["scale=iw*sar:ih", "setsar=1"]
        let timing =
            (cut.stretchThousandths == 1_000 ? [] : ["setpts=PTS*\(cut.stretchThousandths)/1000"])
            + ["fps=fps=\(encoding.fps.fraction):start_time=0:round=near"]
            + trim(encoding.fps.frames(in: Double(cut.skipMilliseconds) / 1_000) + skip)
        let head = (footage.isInterlaced ? ["bwdif=mode=send_frame"] : []) + (footage.isHDR ? [toneMapping] : [])
        let chain = (head + before + timing).joined(separator: ",")
        // Held and cut by numbers: an endless end would keep the watching half from its own.
        let end = ["setsar=1", "tpad=stop=\(frames):stop_mode=clone", "trim=end_frame=\(frames)", "format=yuv420p"]
            .joined(separator: ",")
        let graph =
            "[0:v:0]split=2[picture][watched];[picture]\(chain),\(shape(fit, encoding)),\(end)[out];"
            + "[watched]\(Footage.watching)[seen]"
        return Encoding.quiet + ["-protocol_whitelist", "file", "-threads", "1", "-i", input]
            + ["-filter_complex", graph, "-map", "[out]", "-frames:v", "\(frames)"]
            + Encoding.keyFrameArguments(keyFrames) + encoding.clipArguments + [output]
            + ["-map", "[seen]", "-f", "null", "-"]
    }

    /// So many frames of a clip from one on, at the film's rate and the clip's own size, nearly lossless; what is missing at its
    /// end is its last frame.
    package static func part(
        of input: String, from: Int, frames: Int, output: String, _ encoding: Encoding
    ) -> [String] {
        let chain =
            ["fps=fps=\(encoding.fps.fraction):start_time=0:round=near"] + trim(from) + [
                "tpad=stop=\(frames):stop_mode=clone", "trim=end_frame=\(frames)", "scale=trunc(iw/2)*2:trunc(ih/2)*2",
                "setsar=1", "format=yuv420p",
            ]
        return Encoding.quiet + ["-protocol_whitelist", "file", "-threads", "1", "-i", input]
            + ["-map", "0:v:0", "-vf", chain.joined(separator: ","), "-frames:v", "\(frames)", "-an"]
            + ["-c:v", "libx264", "-threads", "1", "-preset", "veryfast", "-crf", "14", "-movflags", "+faststart"]
            + ["-fflags", "+bitexact", "-flags:v", "+bitexact", output]
    }

    /// The last picture of a clip, as PNG.
    package static func lastFrame(of input: String, into output: String) -> [String] {
        // Read whole: what a container says of its end is not always so.
        Encoding.quiet + ["-protocol_whitelist", "file", "-threads", "1", "-i", input]
            + ["-map", "0:v:0", "-update", "1", "-f", "image2", output]
    }

    /// Clips in a row as one, without loss: each but those that begin anew leaves out its first frame, which is the last of
    /// the one before it.
    package static func chain(
        _ inputs: [String], startsAnew: (Int) -> Bool, output: String, _ encoding: Encoding
    ) -> [String] {
        var graph = ""
        for index in inputs.indices {
            let cut = startsAnew(index) ? "" : "trim=start_frame=1,setpts=PTS-STARTPTS,"
            graph +=
                "[\(index):v:0]fps=fps=\(encoding.fps.fraction):start_time=0:round=near,\(cut)"
                + "\(shape(.pad, encoding)),setsar=1,format=yuv420p[v\(index)];"
        }
        graph += inputs.indices.map { "[v\($0)]" }.joined() + "concat=n=\(inputs.count):v=1[out]"
        return Encoding.quiet + inputs.flatMap { ["-protocol_whitelist", "file", "-threads", "1", "-i", $0] }
            + ["-filter_complex", graph, "-map", "[out]", "-c:v", "libx264", "-preset", "ultrafast", "-qp", "0"]
            + ["-threads", "1", output]
    }

    /// High dynamic range to ours.
    private static let toneMapping =
        "zscale=t=linear:npl=100,format=gbrpf32le,zscale=p=bt709,tonemap=tonemap=hable:desat=0,"
        + "zscale=t=bt709:m=bt709:r=tv,format=yuv420p"

    /// Frames cut off in front, by number: times would round.
    private static func trim(_ frames: Int) -> [String] {
        frames == 0 ? [] : ["trim=start_frame=\(frames)", "setpts=PTS-STARTPTS"]
    }

    private static func shape(_ fit: Fit, _ encoding: Encoding) -> String {
        let size = "\(encoding.width):\(encoding.height)"
        let colours = "flags=lanczos+accurate_rnd:out_color_matrix=bt709:out_range=tv"
        switch fit {
        case .pad:
            return "scale=\(size):force_original_aspect_ratio=decrease:force_divisible_by=2:\(colours),"
                + "pad=\(size):-1:-1:color=black"
        case .fill(let focus):
            let x = "x='min(max(iw*\(focus)/1000-ow/2,0),iw-ow)'"
            return "scale=\(size):force_original_aspect_ratio=increase:force_divisible_by=2:\(colours),"
                + "crop=\(size):\(x):y='(ih-oh)/2'"
        case .blur:
            return "split[sharp][soft];[soft]scale=480:270:force_original_aspect_ratio=increase,crop=480:270,gblur=12,"
                + "scale=\(size):\(colours)[ground];[sharp]scale=\(size):force_original_aspect_ratio=decrease"
                + ":force_divisible_by=2:\(colours)[middle];[ground][middle]overlay=(W-w)/2:(H-h)/2"
        }
    }

    /// What editors work with: every frame a key frame, ten bits, at the film's size and rate, whole.
    package enum Mezzanine: String, Sendable, CaseIterable { case prores, dnxhr }

    package static func mezzanine(
        _ kind: Mezzanine, input: String, output: String, footage: Footage, fit: Fit, _ encoding: Encoding
    ) -> [String] {
        let head = (footage.isInterlaced ? ["bwdif=mode=send_frame"] : []) + (footage.isHDR ? [toneMapping] : [])
        let chain =
            (head + ["scale=iw*sar:ih", "setsar=1", "fps=fps=\(encoding.fps.fraction):start_time=0:round=near"])
            .joined(separator: ",")
        let codec =
            switch kind {
            case .prores: ["-c:v", "prores_ks", "-profile:v", "3", "-vendor", "apl0", "-pix_fmt", "yuv422p10le"]
            case .dnxhr: ["-c:v", "dnxhd", "-profile:v", "dnxhr_hqx", "-pix_fmt", "yuv422p10le"]
            }
        return Encoding.quiet + ["-protocol_whitelist", "file", "-i", input]
            + ["-filter_complex", "[0:v:0]\(chain),\(shape(fit, encoding)),setsar=1[out]"]
            + ["-map", "[out]"] + codec
            + ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"]
            + ["-map_metadata", "-1", "-an", "-f", "mov", output]
    }

    /// A tall picture that rolls upwards over black, a whole number of pixels with each frame.
    package static func roll(
        image: String, output: String, frames: Int, step: Int, _ encoding: Encoding
    ) -> [String] {
        let filter = [
            "loop=loop=-1:size=1:start=0", encoding.stamps, "fps=\(encoding.fps.fraction)",
            "crop=\(encoding.width):\(encoding.height):0:'min(n*\(step),ih-oh)'",
            "scale=out_color_matrix=bt709:out_range=tv", "format=yuv420p", "setsar=1",
        ].joined(separator: ",")
        return Encoding.quiet + ["-protocol_whitelist", "file", "-i", image, "-vf", filter, "-frames:v", "\(frames)"]
            + encoding.transitionArguments + [output]
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
