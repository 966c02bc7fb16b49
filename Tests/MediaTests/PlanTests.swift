import Foundation
import Media
import Protocol
import TestKit
import Testing

/// The recipes as vectors: changed arguments change films, so each is pinned.
@Suite("ffmpeg plans")
struct MediaPlanTests {
    let encoding = Encoding(width: 320, height: 180, fps: 24, kilobits: 600)

    @Test func conform() {
        let arguments = ClipPlans.conform(
            input: "in.mp4", output: "out.mp4", frames: 97, keyFrames: [12, 85], encoding)
        let golden = """
            -nostdin -hide_banner -v error -xerror -y -protocol_whitelist file -threads 1 -i in.mp4 \
            -filter_complex [0:v:0]split=2[picture][watched];[picture]\
            scale=iw*sar:ih,setsar=1,fps=fps=24:start_time=0:round=near,\
            scale=320:180:force_original_aspect_ratio=decrease:force_divisible_by=2:flags=lanczos+accurate_rnd\
            :out_color_matrix=bt709:out_range=tv,pad=320:180:-1:-1:color=black,setsar=1,\
            tpad=stop=97:stop_mode=clone,trim=end_frame=97,format=yuv420p[out];\
            [watched]scale=480:-2:flags=fast_bilinear,blackdetect=d=0.2:pix_th=0.06:pic_th=0.98,\
            freezedetect=n=-60dB:d=0.25,scdet=t=8,metadata=mode=print:file=watch.txt[seen] \
            -map [out] -frames:v 97 -force_key_frames expr:eq(n,12)+eq(n,85) \
            -c:v libx264 -threads 1 -preset veryfast -profile:v high -level:v 4.1 -pix_fmt yuv420p \
            -b:v 600k -maxrate 750k -bufsize 1200k -g 48 -bf 2 -sc_threshold 0 -forced-idr 1 \
            -x264-params stitchable=1:open-gop=0 -color_primaries bt709 -color_trc bt709 -colorspace bt709 \
            -color_range tv -chroma_sample_location left -video_track_timescale 24000 -movie_timescale 24000 \
            -map_metadata -1 -map_chapters -1 -fflags +bitexact -flags:v +bitexact -an -f mp4 out.mp4 \
            -map [seen] -f null -
            """
        #expect(arguments.joined(separator: " ") == golden)
    }

    /// Interlaced, high dynamic range, a still head, a little short, another shape: each has its filter, in its order.
    @Test func conformMends() throws {
        var footage = Footage()
        (footage.isInterlaced, footage.isHDR) = (true, true)
        var cut = Footage.Fit()
        (cut.skipMilliseconds, cut.stretchThousandths) = (500, 1_050)
        let graph = try #require(
            ClipPlans.conform(
                input: "a", output: "b", frames: 48, keyFrames: [], footage: footage, cut: cut, fit: .fill(focus: 320),
                Encoding(width: 1_080, height: 1_920, fps: .ntscFilm, kilobits: 8_000)
            ).first { $0.hasPrefix("[0:v:0]") })
        let steps = [
            "bwdif=mode=send_frame", "tonemap=tonemap=hable", "scale=iw*sar:ih", "setpts=PTS*1050/1000",
            "fps=fps=24000/1001:", "trim=start_frame=12", "force_original_aspect_ratio=increase",
            "crop=1080:1920:x='min(max(iw*320/1000-ow/2,0),iw-ow)'", "tpad=stop=48", "trim=end_frame=48",
        ]
        var rest = graph[...]
        for step in steps {
            let found = try #require(rest.firstRange(of: step), "\(step) is not where it should be in \(graph)")
            rest = rest[found.upperBound...]
        }
    }

    @Test func creditsRollByWholePixels() {
        let arguments = ClipPlans.roll(image: "c.png", output: "o.mp4", frames: 300, step: 4, encoding)
        #expect(arguments.contains { $0.contains("crop=320:180:0:'min(n*4,ih-oh)'") && $0.hasPrefix("loop=loop=-1") })
        #expect(arguments.contains("300"))
    }

    /// In points up, out points down by the reorder delay, exact durations, quotes escaped.
    @Test func spliceScript() {
        let splice = Splice(
            pieces: [
                .init(file: "/a/it's.mp4", fileFrames: 197, from: 24, frames: 149),
                .init(file: "/b.mp4", fileFrames: 12, from: 0, frames: 12),
                .init(file: "/c.mp4", fileFrames: 100, from: 7, frames: 93),
            ], fps: 24)
        #expect(
            splice.script == """
                ffconcat version 1.0
                file '/a/it'\\''s.mp4'
                inpoint 1.000000
                outpoint 7.125000
                duration 6.208333
                file '/b.mp4'
                duration 0.500000
                file '/c.mp4'
                inpoint 0.291667
                duration 3.875000

                """)
        #expect(splice.frames == 254)
    }

    @Test func loudness() {
        let words = """
            Summary:
              Integrated loudness:
                I:         -26.0 LUFS
                Threshold: -36.1 LUFS
              True peak:
                Peak:       -6.5 dBFS
            """
        let measure = Soundtrack.readMeasure(words)
        #expect(measure?.loudness == -26_000)
        #expect(measure?.peak == -6_500)
        #expect(Soundtrack.filter(loudness: -26_000, peak: -6_500, target: -23_000).filter == "volume=3.000dB")
        #expect(Soundtrack.filter(loudness: -26_000, peak: -6_500, target: -16_000).isLimited)
        #expect(
            Soundtrack.filter(loudness: -26_000, peak: -6_500, target: -16_000).filter.contains("alimiter=limit=0.871:")
        )
        // The encoder made 0.1 dB too much of it: the ceiling sinks by that and a tenth.
        #expect(Soundtrack.ceiling(after: -1_000, under: nil) == nil)
        #expect(Soundtrack.ceiling(after: -900, under: nil) == -1_400)
        #expect(Soundtrack.ceiling(after: -950, under: -1_400) == -1_550)
        #expect(
            Soundtrack.filter(loudness: -26_000, peak: -20_000, target: -23_000, ceiling: -1_400).filter
                .contains("alimiter=limit=0.851:"))
        #expect(Soundtrack.filter(loudness: -70_000, peak: -70_000, target: -16_000).filter == "anull")
    }

    @Test func textThatReachesFilesIsEscaped() {
        let chapters = Soundtrack.metadata(
            tags: [("title", "a=b;c#d\\e\nf"), ("artist", "")], marks: [(0, "100% 'it': x"), (96, "2")], frames: 200,
            fps: 24)
        #expect(!chapters.contains("artist"))
        #expect(chapters.contains("title=a\\=b\\;c\\#d\\\\e\\\nf\n"))
        #expect(chapters.contains("START=96\nEND=200"))
    }
}

/// The same recipes with the real ffmpeg, on clips of a second.
@Suite("ffmpeg for real", .timeLimit(.minutes(3)))
struct MediaRealTests {
    let folder = TemporaryFolder()
    let encoding = Encoding(width: 320, height: 180, fps: 24, kilobits: 600)

    private func source(_ arguments: [String], _ name: String) async throws -> URL {
        let file = folder.url.appendingPathComponent(name)
        try await Tool.ffmpeg.run(["-nostdin", "-v", "error", "-y"] + arguments + [file.path], in: folder.url)
        return file
    }

    private func conform(_ input: URL, frames: Int, _ name: String) async throws -> (URL, Probe) {
        let output = folder.url.appendingPathComponent(name)
        try await Tool.ffmpeg.run(
            ClipPlans.conform(input: input.path, output: output.path, frames: frames, keyFrames: [12, 24], encoding),
            in: folder.url)
        return (output, try await Probe.video(output, in: folder.url))
    }

    /// Other sizes, rates, shapes and lengths all come out with one parameter set and exactly the frames asked.
    @Test func everyInputBecomesOneParameterSet() async throws {
        let inputs = try await [
            source(["-f", "lavfi", "-i", "testsrc=s=640x360:r=30:d=1.5", "-pix_fmt", "yuv420p"], "a.mp4"),
            source(["-f", "lavfi", "-i", "testsrc=s=202x360:r=25:d=1", "-pix_fmt", "yuv444p"], "b.mp4"),
            source(["-f", "lavfi", "-i", "testsrc=s=320x180:r=24:d=0.3", "-c:v", "mpeg4"], "c.mp4"),
        ]
        var hashes: Set<String> = []
        for (index, input) in inputs.enumerated() {
            let (file, probe) = try await conform(input, frames: 31, "out\(index).mp4")
            try probe.check(file, frames: 31, encoding)
            hashes.insert(probe.parameterHash)
        }
        #expect(hashes.count == 1)
    }

    @Test func damagedFilesAreRefused() async throws {
        let good = try await source(
            ["-f", "lavfi", "-i", "testsrc=s=320x180:r=24:d=1", "-pix_fmt", "yuv420p"], "good.mp4")
        let data = try Data(contentsOf: good)
        let cut = folder.url.appendingPathComponent("cut.mp4")
        try data.prefix(data.count / 2).write(to: cut)
        await #expect(throws: ToolError.self) { try await Probe.video(cut, in: folder.url) }
        let page = folder.url.appendingPathComponent("page.mp4")
        try Data("<html>404</html>".utf8).write(to: page)
        await #expect(throws: ToolError.self) { try await Probe.video(page, in: folder.url) }
        let (file, probe) = try await conform(good, frames: 24, "ok.mp4")
        #expect(throws: ToolError.badOutput(file: "ok.mp4", reason: "24 frames, not 25")) {
            try probe.check(file, frames: 25, encoding)
        }
    }

    /// Copied, mixed and faded pieces join into exactly their frames, decodable without a complaint, sound in place.
    @Test func piecesJoinIntoExactFrames() async throws {
        let (a, _) = try await conform(
            source(["-f", "lavfi", "-i", "testsrc=s=320x180:r=24:d=2", "-pix_fmt", "yuv420p"], "a.mp4"), frames: 48,
            "ca.mp4")
        let (b, _) = try await conform(
            source(["-f", "lavfi", "-i", "testsrc2=s=320x180:r=24:d=2", "-pix_fmt", "yuv420p"], "b.mp4"), frames: 48,
            "cb.mp4")
        let mix = folder.url.appendingPathComponent("mix.mp4")
        try await Tool.ffmpeg.run(
            ClipPlans.mix(
                isWipe: false, first: a.path, from: 24, second: b.path, frames: 24, output: mix.path, encoding),
            in: folder.url)
        let fade = folder.url.appendingPathComponent("fade.mp4")
        try await Tool.ffmpeg.run(
            ClipPlans.fade(isOut: true, input: b.path, from: 24, frames: 24, output: fade.path, encoding),
            in: folder.url)
        let pieces: [Splice.Piece] = [
            .init(file: a.path, fileFrames: 48, from: 0, frames: 24),
            .init(file: mix.path, fileFrames: 24, from: 0, frames: 24),
            .init(file: fade.path, fileFrames: 24, from: 0, frames: 24),
        ]
        let tone = try await source(
            ["-f", "lavfi", "-i", "sine=f=440:r=48000:d=3", "-ac", "2", "-f", "f32le"], "tone.f32")
        let sound = folder.url.appendingPathComponent("tone.m4a")
        try await Tool.ffmpeg.run(
            Soundtrack.encode(pcm: tone.path, kilobits: 128, output: sound.path), in: folder.url)
        let film = folder.url.appendingPathComponent("film.mp4")
        try Stitcher.stitch(pieces, sidecar: sound, fps: 24, into: film)
        let probe = try await Probe.video(film, in: folder.url)
        #expect(probe.frames == 72)
        try await Probe.decode(film, in: folder.url)
        let times = try await Tool.ffprobe.run(
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", film.path],
            in: folder.url)
        let ticks = times.standardOutput.split(separator: "\n").compactMap {
            Int($0.trimmingCharacters(in: .init(charactersIn: ",")))
        }.sorted()
        #expect(ticks == (0..<72).map { $0 * 1_000 })
    }

    /// A window has exactly its samples; stems stand where they should; speech ducks the bed.
    @Test func mixdownIsExact() async throws {
        let bed = try await source(["-f", "lavfi", "-i", "anoisesrc=r=48000:a=0.5:seed=3:d=2", "-ac", "2"], "bed.wav")
        let line = try await source(["-f", "lavfi", "-i", "sine=f=300:r=48000:d=0.5", "-ac", "1"], "line.wav")
        let plan = Mixdown(
            stems: [
                .init(file: bed.path, at: -4_000, samples: 96_000, fadeIn: 480, fadeOut: 480, level: .bed),
                .init(file: line.path, at: 24_000, samples: 24_000, fadeIn: 240, fadeOut: 240, level: .speech),
                .init(file: line.path, at: 900_000, samples: 24_000, fadeIn: 240, fadeOut: 240, level: .speech),
            ], samples: 72_000)
        #expect(plan.stems.count == 2, "what cannot be heard is left out")
        let graph = folder.url.appendingPathComponent("mix.txt")
        try Data(plan.graph.utf8).write(to: graph)
        let out = folder.url.appendingPathComponent("mix.f32")
        try await Tool.ffmpeg.run(plan.arguments(graphFile: graph.path, output: out.path), in: folder.url)
        let data = try Data(contentsOf: out)
        #expect(data.count == plan.byteCount)
        let again = folder.url.appendingPathComponent("again.f32")
        try await Tool.ffmpeg.run(plan.arguments(graphFile: graph.path, output: again.path), in: folder.url)
        #expect(try Data(contentsOf: again) == data, "the same bytes every time")
    }

    @Test func missingToolsAreNamed() async {
        await #expect(throws: ToolError.missing(tool: "no-such-tool")) {
            try await Tool(name: "no-such-tool").run([], in: folder.url)
        }
    }

    @Test func aCancelledCommandEnds() async throws {
        let folder = folder.url
        let task = Task {
            try await Tool.ffmpeg.run(
                ["-nostdin", "-v", "error", "-re", "-f", "lavfi", "-i", "testsrc", "-f", "null", "-"], in: folder)
        }
        task.cancel()
        await #expect(throws: ToolError.cancelled) { try await task.value }
    }
}
