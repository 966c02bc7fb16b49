/// One window of the film's sound (`assembly.md` 7): everything that touches it, shifted, faded, mixed, ducked, as raw
/// 32-bit float stereo of exactly the window's samples.
package struct Mixdown: Sendable, Equatable {
    /// A bed or a line, in samples at 48 kHz relative to the window's first.
    package struct Stem: Sendable, Equatable {
        package let file: String
        package let at: Int
        package let samples: Int
        package let fadeIn: Int
        package let fadeOut: Int
        package let level: Level
        /// Of the file, left out in front.
        package let skip: Int

        package init(
            file: String, at: Int, samples: Int, fadeIn: Int, fadeOut: Int, level: Level, skip: Int = 0
        ) {
            self.file = file
            self.at = at
            self.samples = samples
            self.fadeIn = fadeIn
            self.fadeOut = fadeOut
            self.level = level
            self.skip = skip
        }
    }

    /// What a stem is, and so how loud. Speech pushes all the others down while it lasts.
    package enum Level: Sendable, Equatable {
        case speech, bed
        /// The air of a place, under its beds.
        case tone
        case music

        var gain: String {
            switch self {
            case .speech: "0.8"
            case .bed: "0.3"
            case .tone: "0.12"
            case .music: "0.25"
            }
        }
    }

    package let stems: [Stem]
    package let samples: Int

    /// Rendered before the window and cut off again, so that the ducking compressor comes in the state it would have.
    static let preRoll = 48_000
    /// Fades of a hard cut and of a line, in samples: no sound starts or stops without one.
    package static let cutFade = 480
    package static let lineFade = 240
    package static let musicFade = 48_000

    /// Keeps the stems that can be heard in the window or its pre-roll.
    package init(stems: [Stem], samples: Int) {
        self.stems = stems.filter { $0.samples > 0 && $0.at < samples && $0.at + $0.samples > -Self.preRoll }
        self.samples = samples
    }

    /// Bytes the output must have.
    package var byteCount: Int { samples * 8 }

    package var graph: String { graph(firstInput: 0) }

    /// The graph of a command whose first stem is its input number `firstInput`.
    package func graph(firstInput: Int) -> String {
        let total = samples + Self.preRoll
        var parts: [String] = []
        var beds: [String] = []
        var speech: [String] = []
        for (index, stem) in stems.enumerated() {
            parts.append("[\(firstInput + index):a]\(chain(stem))[s\(index)]")
            if stem.level == .speech { speech.append("[s\(index)]") } else { beds.append("[s\(index)]") }
        }
        func bus(_ inputs: [String], _ name: String) {
            let pad = "apad=whole_len=\(total),atrim=end_sample=\(total)"
            guard !inputs.isEmpty else {
                parts.append("anullsrc=r=48000:cl=stereo,aformat=sample_fmts=fltp,atrim=end_sample=\(total)[\(name)]")
                return
            }
            let mix = "amix=inputs=\(inputs.count):normalize=0:dropout_transition=0:duration=longest"
            parts.append("\(inputs.joined())\(mix),\(pad)[\(name)]")
        }
        bus(beds, "amb")
        bus(speech, "dlg")
        parts.append("[dlg]asplit[key][main]")
        parts.append(
            "[amb][key]sidechaincompress=threshold=0.03:ratio=4:attack=20:release=400:knee=4:detection=rms[ducked]")
        parts.append(
            "[ducked][main]amix=inputs=2:normalize=0:duration=first,"
                + "atrim=start_sample=\(Self.preRoll):end_sample=\(total),asetpts=N/SR/TB[out]")
        return parts.joined(separator: ";\n")
    }

    private func chain(_ stem: Stem) -> String {
        let length = stem.samples
        let curve = stem.level == .speech ? "" : ":curve=qsin"
        let at = stem.at + Self.preRoll
        let shift = at >= 0 ? "adelay=\(at)S:all=1" : "atrim=start_sample=\(-at),asetpts=N/SR/TB"
        let parts =
            [
                "aresample=48000", "aformat=sample_fmts=fltp:channel_layouts=stereo",
            ] + (stem.skip == 0 ? [] : ["atrim=start_sample=\(stem.skip)", "asetpts=N/SR/TB"]) + [
                "apad=whole_len=\(length)", "atrim=end_sample=\(length)",
                "volume=\(stem.level.gain)",
                "afade=t=in:ss=0:ns=\(min(stem.fadeIn, length))\(curve)",
                "afade=t=out:ss=\(max(0, length - stem.fadeOut)):ns=\(min(stem.fadeOut, length))\(curve)", shift,
            ]
        return parts.joined(separator: ",")
    }

    package func arguments(graphFile: String, output: String) -> [String] {
        Encoding.quiet + stems.flatMap { ["-i", $0.file] }
            + ["-filter_complex_script", graphFile, "-map", "[out]", "-f", "f32le", "-c:a", "pcm_f32le", output]
    }

    /// Picture copied and this sound encoded, in one go: a shot for people.
    package func arguments(
        picture script: String, graphFile: String, output: String, timescale: Int, audioKilobits: Int
    ) -> [String] {
        Encoding.quiet + ["-auto_convert", "0", "-f", "concat", "-safe", "0", "-i", script]
            + stems.flatMap { ["-i", $0.file] }
            + ["-filter_complex_script", graphFile, "-map", "0:v", "-map", "[out]", "-c:v", "copy"]
            + ["-c:a", "aac", "-b:a", "\(audioKilobits)k", "-map_metadata", "-1"] + Splice.muxer(timescale) + [output]
    }
}
