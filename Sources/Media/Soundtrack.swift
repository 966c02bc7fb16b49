internal import Foundation
package import Protocol

/// The film's sound as one: measured, brought to its loudness, encoded once, with subtitles and chapters beside it.
package enum Soundtrack {
    /// Peaks stay this far below full scale: thousandths of a dBTP.
    package static let peakLimitMilli = -1_000
    /// Where the limiter stops at first: room for what resampling and the encoder add.
    static let firstCeiling = -1_200

    package static func measure(pcm: String) -> [String] { measure(input(pcm)) }

    /// What is heard of an encoded sound.
    package static func measure(encoded file: String) -> [String] {
        measure(["-protocol_whitelist", "file", "-i", file, "-map", "0:a:0"])
    }

    private static func measure(_ input: [String]) -> [String] {
        ["-nostdin", "-hide_banner", "-nostats"] + input
            + ["-af", "ebur128=peak=true:framelog=verbose", "-f", "null", "-"]
    }

    /// The lower ceiling an encode needs whose peak was too high; nil when it was not.
    /// - Parameters:
    ///   - peak: true peak of the decoded sound, thousandths of a dBTP.
    ///   - ceiling: what it was limited to; nil for the usual.
    package static func ceiling(after peak: Int, under ceiling: Int?) -> Int? {
        guard peak > peakLimitMilli else { return nil }
        return (ceiling ?? firstCeiling) - (peak - peakLimitMilli) - 100
    }

    static func input(_ pcm: String) -> [String] { ["-f", "f32le", "-ar", "48000", "-ac", "2", "-i", pcm] }

    /// Integrated loudness and true peak, in thousandths. Nil when the summary is not there; silence is −70 LUFS.
    package static func readMeasure(_ words: String) -> (loudness: Int, peak: Int)? {
        func value(_ name: String) -> Int? {
            guard let line = words.split(separator: "\n").last(where: { $0.contains(name) }) else { return nil }
            let text = line.drop { $0 != ":" }.dropFirst().split(separator: " ").first.map(String.init) ?? ""
            if text == "-inf" { return -70_000 }
            return Double(text).map { Int(($0 * 1_000).rounded()) }
        }
        guard let loudness = value(" I:"), let peak = value(" Peak:") else { return nil }
        return (max(loudness, -70_000), peak)
    }

    /// The filter that brings a measured sound to its target. Silence stays silence. A gain whose peak stays under
    /// −1 dBTP is a plain gain; else an oversampled limiter catches what is over.
    /// - Parameter ceiling: asks for the limiter, with this ceiling, thousandths of a dBTP.
    package static func filter(
        loudness: Int, peak: Int, target: Int, ceiling: Int? = nil
    ) -> (filter: String, isLimited: Bool) {
        guard loudness > -69_000 else { return ("anull", false) }
        let gain = min(target - loudness, 40_000)
        guard ceiling != nil || peak + gain > peakLimitMilli else { return ("volume=\(decimal(gain))dB", false) }
        let amplitude = Int((pow(10, Double(ceiling ?? firstCeiling) / 20_000) * 1_000).rounded())
        return (
            "volume=\(decimal(gain))dB,aresample=192000:filter_size=32,"
                + "alimiter=limit=\(decimal(amplitude)):attack=5:release=80:level=0:latency=1,aresample=48000", true
        )
    }

    /// Thousandths as a decimal number.
    private static func decimal(_ milli: Int) -> String {
        let sign = milli < 0 ? "-" : ""
        let fraction = String(milli.magnitude % 1_000)
        return "\(sign)\(milli.magnitude / 1_000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    package static func level(pcm: String, filter: String, samples: Int, output: String) -> [String] {
        Encoding.quiet + input(pcm) + ["-af", "\(filter),apad=whole_len=\(samples),atrim=end_sample=\(samples)"]
            + ["-f", "f32le", "-c:a", "pcm_f32le", output]
    }

    package static func encode(pcm: String, kilobits: Int, output: String) -> [String] {
        Encoding.quiet + input(pcm) + ["-c:a", "aac", "-b:a", "\(kilobits)k", "-fflags", "+bitexact"]
            + ["-flags:a", "+bitexact", "-f", "mp4", output]
    }

    /// Sound, subtitles, chapters, cover and tags in one file.
    /// - Parameter language: ISO 639-2.
    package static func sidecar(
        audio: String, subtitles: String?, chapters: String, cover: String?, language: String, timescale: Int,
        output: String
    ) -> [String] {
        var arguments = ["-nostdin", "-hide_banner", "-v", "error", "-y", "-i", audio]
        var maps = ["-map", "0:a"]
        var inputs = 1
        if let subtitles {
            arguments += ["-f", "srt", "-i", subtitles]
            maps += ["-map", "\(inputs)", "-c:s", "mov_text", "-metadata:s:s:0", "language=\(language)"]
            inputs += 1
        }
        if let cover {
            arguments += ["-i", cover]
            maps += ["-map", "\(inputs):v", "-c:v", "copy", "-disposition:v:0", "attached_pic"]
            inputs += 1
        }
        return arguments + ["-f", "ffmetadata", "-i", chapters] + maps + [
            "-map_metadata", "\(inputs)", "-map_chapters", "\(inputs)", "-c:a", "copy", "-metadata:s:a:0",
            "language=\(language)", "-movie_timescale", "\(timescale)", "-fflags", "+bitexact", "-f", "mp4", output,
        ]
    }

    /// A picture as the film's cover: a JPEG no wider than 1,280.
    package static func cover(image: String, output: String) -> [String] {
        Encoding.quiet + [
            "-protocol_whitelist", "file", "-i", image, "-vf", "scale='min(1280,iw)':-2", "-frames:v", "1",
        ]
            + ["-q:v", "3", "-fflags", "+bitexact", "-flags:v", "+bitexact", "-f", "image2", output]
    }

    /// `ffmetadata`: tags by name, and one chapter per scene, in exact frames.
    package static func metadata(
        tags: [(name: String, value: String)], marks: [(at: Int, title: String)], frames: Int, fps: FrameRate
    ) -> String {
        var text = ";FFMETADATA1\n"
        for tag in tags where !tag.value.isEmpty { text += "\(tag.name)=\(escape(tag.value))\n" }
        for (index, mark) in marks.enumerated() {
            let end = index + 1 < marks.count ? marks[index + 1].at : frames
            text += "[CHAPTER]\nTIMEBASE=\(fps.per)/\(fps.frames)\nSTART=\(mark.at)\nEND=\(end)\n"
            text += "title=\(escape(mark.title))\n"
        }
        return text
    }

    private static func escape(_ text: String) -> String {
        var out = ""
        for character in text {
            if "=;#\\\n".contains(character) { out.append("\\") }
            out.append(character)
        }
        return out
    }
}
