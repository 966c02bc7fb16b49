import Foundation
import Media
import Protocol

/// Every packet of the film beside the bytes it was copied from, and its time beside its frame.
struct Identity {
    let film: URL
    let pieces: [Splice.Piece]

    var report: String {
        get throws {
            let index = try MovieIndex(film).video()
            var sources: [String: (MovieIndex.Track, FileHandle)] = [:]
            let whole = try FileHandle(forReadingFrom: film)
            var (same, next, offGrid) = (0, 0, 0)
            for piece in pieces {
                if sources[piece.file] == nil {
                    let url = URL(fileURLWithPath: piece.file)
                    sources[piece.file] = (try MovieIndex(url).video(), try FileHandle(forReadingFrom: url))
                }
                guard let (track, file) = sources[piece.file] else { continue }
                let wanted = piece.from..<piece.from + piece.frames
                for sample in track.samples where wanted.contains(Int(sample.shownAt * 24 / track.timescale)) {
                    let copy = index.samples[next]
                    next += 1
                    if try bytes(file, sample) == bytes(whole, copy) { same += 1 }
                }
            }
            let times = index.samples.map(\.shownAt).sorted()
            for (frame, time) in times.enumerated() where time != Int64(frame) * index.timescale / 24 { offGrid += 1 }
            return
                "packets byte-identical to their source: \(same) of \(index.samples.count); presentation times off k/24: "
                + "\(offGrid) (both goals: all, 0)"
        }
    }

    private func bytes(_ file: FileHandle, _ sample: MovieIndex.Sample) throws -> Data {
        try file.seek(toOffset: UInt64(sample.offset))
        return try file.read(upToCount: sample.size) ?? Data()
    }
}

/// Noise as long as the film, encoded once; afterwards the film's own sound beside it, at twelve points.
struct SoundCheck {
    let folder: URL
    let frames: Int

    private var pcm: URL { folder.appendingPathComponent("timeline.f32") }

    func make(sidecar: String) async throws {
        let seconds = Double(frames) / 24
        try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "anoisesrc=r=48000:d=\(seconds):a=0.1:seed=7",
                "-ac",
                "2", "-f", "f32le", pcm.path,
            ], in: folder)
        let audio = folder.appendingPathComponent("timeline.m4a").path
        let cost = try await measured {
            try await Tool.ffmpeg.run(Soundtrack.encode(pcm: pcm.path, kilobits: 192, output: audio), in: folder)
        }
        print("AAC of \(figure(seconds / 60)) min: \(figure(cost.cpu)) CPU s, \(figure(cost.wall)) s")
        let tags = folder.appendingPathComponent("tags.txt")
        try Data(Soundtrack.metadata(tags: [("title", "bench")], marks: [(0, "1")], frames: frames, fps: 24).utf8)
            .write(to: tags)
        try await Tool.ffmpeg.run(
            Soundtrack.sidecar(
                audio: audio, subtitles: nil, chapters: tags.path, cover: nil, language: "eng", timescale: 24_000,
                output: sidecar), in: folder)
    }

    func report(film: URL) async throws -> String {
        var worst = 0
        for point in 0..<12 {
            let at = Double(frames) / 24 * (Double(point) + 0.5) / 12
            let heard = folder.appendingPathComponent("heard.f32")
            try await Tool.ffmpeg.run(
                [
                    "-nostdin", "-v", "error", "-y", "-i", film.path, "-map", "0:a", "-af",
                    "atrim=start_sample=\(Int(at) * 48_000):end_sample=\(Int(at) * 48_000 + 9_600),asetpts=N/SR/TB",
                    "-f",
                    "f32le", heard.path,
                ], in: folder)
            worst = max(worst, abs(try lag(heard, at: Int(at) * 48_000)))
        }
        return "sound against the PCM timeline at 12 points: at most \(worst) samples off (goal: under 1)"
    }

    /// The shift at which both are most alike.
    private func lag(_ heard: URL, at start: Int) throws -> Int {
        let reach = 1_200
        let ours = try Data(contentsOf: heard).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        let handle = try FileHandle(forReadingFrom: pcm)
        try handle.seek(toOffset: UInt64((start - reach) * 8))
        let data = try handle.read(upToCount: (ours.count / 2 + 2 * reach) * 8) ?? Data()
        let theirs = data.withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
        var best = (value: -Float.infinity, shift: 0)
        for shift in -reach...reach {
            var sum: Float = 0
            for index in stride(from: 0, to: ours.count / 2 - 1, by: 3) {
                sum += ours[2 * index] * theirs[2 * (index + reach + shift)]
            }
            if sum > best.value { best = (sum, shift) }
        }
        return best.shift
    }
}

/// What our conform, which watches as it encodes, costs beside bare ffmpeg with the same encoder.
struct ConformBench {
    let folder: URL
    let encoding: Encoding
    let raw: URL

    var report: String {
        get async throws {
            let output = folder.appendingPathComponent("conformed.mp4").path
            let arguments = ClipPlans.conform(
                input: raw.path, output: output, frames: 216, keyFrames: [12, 24, 192, 204], encoding)
            guard let graph = arguments.firstIndex(of: "-filter_complex"), let map = arguments.lastIndex(of: "-map")
            else { return "" }
            // The same command without its filters and its watching half.
            var bare = Array(arguments[..<map])
            bare.replaceSubrange(graph...graph + 1, with: [])
            if let out = bare.firstIndex(of: "[out]") { bare[out] = "0:v:0" }
            var (ours, theirs) = (Cost(), Cost())
            for _ in 0..<4 {
                let first = try await measured { try await Tool.ffmpeg.run(arguments, in: folder) }
                let second = try await measured { try await Tool.ffmpeg.run(bare, in: folder) }
                (ours.cpu, ours.wall) = (ours.cpu + first.cpu, ours.wall + first.wall)
                (theirs.cpu, theirs.wall) = (theirs.cpu + second.cpu, theirs.wall + second.wall)
            }
            return
                "conform of 9 s at 1080p: \(figure(4 * 216 / ours.wall)) frames/s, bare ffmpeg with the same encoder "
                + "\(figure(4 * 216 / theirs.wall)); ratio \(figure(theirs.wall / ours.wall)) by the clock, "
                + "\(figure(theirs.cpu / ours.cpu)) in CPU s (aim 0.95)"
        }
    }
}

/// Mixing more and more stems: linear in their number, whatever the film's length.
struct MixBench {
    let folder: URL

    var report: String {
        get async throws {
            let bed = folder.appendingPathComponent("bed.wav").path
            let line = folder.appendingPathComponent("line.wav").path
            for (file, source) in [(bed, "anoisesrc=r=48000:d=10:a=0.2"), (line, "sine=f=220:r=48000:d=2")] {
                try await Tool.ffmpeg.run(
                    ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, "-ac", "2", file], in: folder)
            }
            var words: [String] = []
            var peak = 0
            for count in [160, 320, 640, 1_296] {
                let cost = try await measured { peak = max(peak, try await mix(count, bed, line)) }
                words.append(
                    "\(count): \(figure(cost.cpu)) CPU s (\(figure(cost.cpu / Double(count) * 1_000)) ms each)")
            }
            return "stems mixed in windows of 24: " + words.joined(separator: ", ") + "; \(peak) MB at most (goal 200)"
        }
    }

    /// Three beds to one line, 24 stems a window, as a film has them. Answers the most memory a command took, in MB.
    private func mix(_ count: Int, _ bed: String, _ line: String) async throws -> Int {
        var peak = 0
        for window in 0..<(count + 23) / 24 {
            let stems = (0..<min(24, count - window * 24)).map { index in
                Mixdown.Stem(
                    file: index % 4 == 3 ? line : bed, at: index / 4 * 432_000 + (index % 4) * 100_000,
                    samples: index % 4 == 3 ? 96_000 : 432_000, fadeIn: 480, fadeOut: 480,
                    level: index % 4 == 3 ? .speech : .bed)
            }
            let plan = Mixdown(stems: stems, samples: 6 * 432_000)
            let graph = folder.appendingPathComponent("mix.txt")
            try Data(plan.graph.utf8).write(to: graph)
            let output = folder.appendingPathComponent("mix.f32").path
            // ffmpeg says itself what it took, when it may say anything.
            let words = try await Tool.ffmpeg.run(
                ["-benchmark"]
                    + plan.arguments(graphFile: graph.path, output: output).map { $0 == "error" ? "info" : $0 },
                in: folder
            ).standardError
            let told = words.split(separator: "maxrss=").last.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0
            peak = max(peak, told / 1_024)
        }
        return peak
    }
}
