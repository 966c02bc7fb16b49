import Foundation
import Media
import Protocol
import TestKit
import Testing

/// Files as services really return them, good and bad, through the gate and the conform of real ffmpeg.
@Suite("Uploads, good and bad", .timeLimit(.minutes(4)))
struct UploadTests {
    let folder = TemporaryFolder()
    let encoding = Encoding(width: 320, height: 180, fps: 24, kilobits: 600)

    private func place(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    private func make(_ name: String, _ arguments: String) async throws -> URL {
        try await Tool.ffmpeg.run(
            ["-nostdin", "-v", "error", "-y"] + arguments.split(separator: " ").map(String.init) + [place(name).path],
            in: folder.url)
        return place(name)
    }

    private let moving = "-f lavfi -i testsrc2=s=320x180:r=24:d=2"

    private func wish(_ frames: Int = 40) -> Footage.Wish {
        Footage.Wish(frames: frames, fps: 24, width: 320, height: 180)
    }

    private func findings(_ file: URL, frames: Int = 40) async throws -> [Finding.Kind] {
        try await Footage.watch(file, in: folder.url).findings(for: wish(frames)).map(\.kind)
    }

    @Test func aGoodClipPasses() async throws {
        let clip = try await make("good.mp4", moving + " -pix_fmt yuv420p -g 12")
        let footage = try await Footage.watch(clip, in: folder.url)
        #expect(footage.frames == 48 && footage.milliseconds == 2_000 && footage.codec == "h264")
        #expect(footage.findings(for: wish()).isEmpty)
    }

    /// The table of `assembly.md` 10: what cannot be decoded whole is refused, whatever exit codes say.
    @Test func damagedFilesAreRefused() async throws {
        let back = try await make("back.mp4", moving + " -pix_fmt yuv420p")
        let front = try await make("front.mp4", moving + " -pix_fmt yuv420p -movflags +faststart")
        let pieces = try await make("pieces.mp4", moving + " -pix_fmt yuv420p -g 12 -movflags frag_keyframe+empty_moov")
        func changed(_ source: URL, _ name: String, _ change: (inout Data) -> Void) throws -> URL {
            var data = try Data(contentsOf: source)
            change(&data)
            try data.write(to: place(name))
            return place(name)
        }
        var files = [
            try changed(back, "cut-back.mp4") { $0.removeLast($0.count / 3) },
            try changed(front, "cut-front.mp4") { $0.removeLast($0.count / 3) },
            try changed(pieces, "cut-pieces.mp4") { $0.removeLast($0.count / 3 + 11) },
            try changed(front, "damaged.mp4") { data in
                let middle = data.count / 2
                for index in 0..<3_000 { data[middle + index] = UInt8(truncatingIfNeeded: index &* 197 &+ 13) }
            },
            try changed(front, "zeros.mp4") { data in
                let middle = data.count / 2
                for index in 0..<min(8_000, data.count - middle) { data[middle + index] = 0 }
            },
            try changed(front, "empty.mp4") { $0 = Data() },
            try changed(front, "page.mp4") { $0 = Data("<!doctype html><title>502 Bad Gateway</title>".utf8) },
        ]
        var generator = SeededGenerator(seed: 5)
        files.append(
            try changed(front, "random.mp4") {
                $0 = Data((0..<20_000).map { _ in UInt8.random(in: 0...255, using: &generator) })
            })
        files.append(try await make("sound.mp4", "-f lavfi -i sine=d=2"))
        for file in files {
            await #expect(throws: ToolError.self, "\(file.lastPathComponent)") {
                try await Footage.watch(file, in: folder.url)
            }
        }
    }

    @Test func whatAShotCannotUseIsNamed() async throws {
        let black = try await make(
            "black.mp4",
            moving + " -vf drawbox=x=0:y=0:w=iw:h=ih:color=black:t=fill:enable='between(t,0.5,1.5)' -pix_fmt yuv420p")
        #expect(try await findings(black).contains(.black))
        let frozen = try await make(
            "frozen.mp4", moving + " -vf loop=loop=24:size=1:start=12 -frames:v 48 -pix_fmt yuv420p")
        #expect(try await findings(frozen) == [.frozen])
        let cut = try await make(
            "cut.mp4",
            "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -f lavfi -i mandelbrot=s=320x180:r=24 -filter_complex [0:v][1:v]concat=n=2 -frames:v 48 -pix_fmt yuv420p"
        )
        #expect(try await findings(cut) == [.cutInside])
        let short = try await make("short.mp4", "-f lavfi -i testsrc2=s=320x180:r=24:d=0.5 -pix_fmt yuv420p")
        #expect(try await findings(short) == [.tooShort])
        let small = try await make("small.mp4", "-f lavfi -i testsrc2=s=64x36:r=24:d=2 -pix_fmt yuv420p")
        #expect(try await findings(small) == [.tooSmall])
        let tall = try await make("tall.mp4", "-f lavfi -i testsrc2=s=180x320:r=24:d=2 -pix_fmt yuv420p")
        #expect(try await findings(tall) == [.otherShape])
    }

    @Test func silenceIsHeard() async throws {
        let clip = try await make(
            "quiet.mp4", moving + " -f lavfi -i anullsrc=r=48000:cl=stereo -t 2 -pix_fmt yuv420p -c:a aac -shortest")
        let footage = try await Footage.watch(clip, in: folder.url)
        var wish = wish()
        wish.needsSound = true
        wish.limits[.silent] = 1_000
        #expect(footage.findings(for: wish).map(\.kind) == [.silent])
    }

    @Test func aFileLargerThanAllowedIsNotOpened() async throws {
        let clip = try await make("good.mp4", moving + " -c:v rawvideo -pix_fmt yuv420p -f nut")
        var limits = ClipLimits()
        limits[.megabytes] = 1
        await #expect(throws: ToolError.self) { try await Footage.look(at: clip, in: folder.url, limits: limits) }
    }

    /// Media nobody vouches for cannot make ffmpeg open anything else.
    @Test func noOtherProtocolIsOpened() async throws {
        try Data("#EXTM3U\n#EXT-X-MEDIA-SEQUENCE:0\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n".utf8).write(
            to: place("list.mp4"))
        await #expect(throws: ToolError.self) { try await Footage.look(at: place("list.mp4"), in: folder.url) }
    }

    /// Whatever comes becomes exactly the frames asked, in one parameter set.
    @Test(arguments: [
        (
            "variable",
            "-f lavfi -i testsrc2=s=320x180:r=30:d=2 -vf select='not(eq(mod(n\\,7)\\,3))' -fps_mode vfr -pix_fmt yuv420p"
        ),
        ("rotated", "-f lavfi -i testsrc2=s=180x320:r=24:d=2 -pix_fmt yuv420p -metadata:s:v rotate=90"),
        (
            "interlaced",
            "-f lavfi -i testsrc2=s=320x180:r=50:d=2 -vf tinterlace=interleave_top,setfield=tff -flags +ildct+ilme -pix_fmt yuv420p"
        ),
        (
            "hdr",
            "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -pix_fmt yuv420p10le -c:v libx265 -x265-params log-level=error -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
        ),
        ("odd", "-f lavfi -i testsrc2=s=321x181:r=24:d=2 -pix_fmt yuv444p"),
        ("ten_bit", "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -pix_fmt yuv422p10le"),
        ("anamorphic", "-f lavfi -i testsrc2=s=240x180:r=25:d=2 -vf setsar=4/3 -pix_fmt yuv420p"),
        ("full_range", "-f lavfi -i testsrc2=s=320x180:r=24000/1001:d=2 -pix_fmt yuvj420p"),
        ("mpeg4", "-f lavfi -i testsrc2=s=320x180:r=25:d=2 -c:v mpeg4 -pix_fmt yuv420p"),
        (
            "with_sound",
            "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i sine=f=440:r=44100:d=4 -c:a aac -ac 1 -pix_fmt yuv420p"
        ),
        (
            "surround",
            "-f lavfi -i testsrc2=s=320x180:r=24:d=2 -f lavfi -i anullsrc=cl=5.1:r=48000 -t 2 -c:a aac -pix_fmt yuv420p"
        ),
    ])
    func everyShapeIsConformed(name: String, arguments: String) async throws {
        let clip = try await make("\(name).mp4", arguments)
        let footage = try await Footage.look(at: clip, in: folder.url)
        let wish = wish(44)
        let cut = try #require(footage.fit(for: wish), "\(footage)")
        #expect(footage.findings(for: wish).allSatisfy { !$0.isRefusal })
        let output = place("out.mp4")
        try await Tool.ffmpeg.guarded.run(
            ClipPlans.conform(
                input: clip.path, output: output.path, frames: 44, keyFrames: [12, 24, 20, 32], footage: footage,
                cut: cut,
                encoding), in: folder.url)
        let probe = try await Probe.video(output, in: folder.url)
        try probe.check(output, frames: 44, encoding)
        #expect(probe.parameterHash == "MD5:3ad2c1d142040608ada1ec07f40d944f")
        var watched = footage
        watched.takeNotes(in: folder.url)
        #expect(!FileManager.default.fileExists(atPath: place("watch.txt").path))
    }

    @Test(arguments: [("interlaced", true, false), ("hdr", false, true)])
    func itsHeaderTells(name: String, isInterlaced: Bool, isHDR: Bool) async throws {
        let arguments =
            name == "hdr"
            ? "-f lavfi -i testsrc2=s=320x180:r=24:d=1 -pix_fmt yuv420p10le -c:v libx265 -x265-params log-level=error -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc"
            : "-f lavfi -i testsrc2=s=320x180:r=50:d=1 -vf tinterlace=interleave_top,setfield=tff -flags +ildct+ilme -pix_fmt yuv420p"
        let footage = try await Footage.look(at: try await make("\(name).mp4", arguments), in: folder.url)
        #expect(footage.isInterlaced == isInterlaced)
        #expect(footage.isHDR == isHDR)
    }

    /// The same picture, cut around another place, padded or over its blurred sides: always the film's size.
    @Test(arguments: [ClipPlans.Fit.pad, .fill(focus: 200), .fill(focus: 900), .blur])
    func everyFitHasTheFilmsSize(fit: ClipPlans.Fit) async throws {
        let clip = try await make("wide.mp4", moving + " -pix_fmt yuv420p")
        let tall = Encoding(width: 180, height: 320, fps: 24, kilobits: 600)
        let output = place("tall.mp4")
        try await Tool.ffmpeg.run(
            ClipPlans.conform(input: clip.path, output: output.path, frames: 24, keyFrames: [], fit: fit, tall),
            in: folder.url)
        try await Probe.video(output, in: folder.url).check(output, frames: 24, tall)
    }

    @Test func clipsShorterThanTheirHandlesAreConformed() async throws {
        let clip = try await make("two.mp4", "-f lavfi -i testsrc2=s=320x180:r=24 -frames:v 2 -pix_fmt yuv420p")
        let footage = try await Footage.look(at: clip, in: folder.url)
        let cut = try #require(footage.fit(for: wish(3)))
        let output = place("out.mp4")
        try await Tool.ffmpeg.run(
            ClipPlans.conform(
                input: clip.path, output: output.path, frames: 3, keyFrames: [1, 2], footage: footage, cut: cut,
                encoding),
            in: folder.url)
        try await Probe.video(output, in: folder.url).check(output, frames: 3, encoding)
    }

    /// A film at 23.976: frames at exact ticks of 1001, sound of exactly 2,002 samples a frame.
    @Test func broadcastRatesJoinExactly() async throws {
        let broadcast = Encoding(width: 320, height: 180, fps: .ntscFilm, kilobits: 600)
        let clip = try await make("source.mp4", moving + " -pix_fmt yuv420p")
        for (name, frames) in [("a.mp4", 36), ("b.mp4", 30)] {
            try await Tool.ffmpeg.run(
                ClipPlans.conform(
                    input: clip.path, output: place(name).path, frames: frames, keyFrames: [12, 24], broadcast),
                in: folder.url)
        }
        let film = place("film.mp4")
        let frames = try Stitcher.stitch(
            [
                .init(file: place("a.mp4").path, fileFrames: 36, from: 0, frames: 36),
                .init(file: place("b.mp4").path, fileFrames: 30, from: 12, frames: 18),
            ], sidecar: nil, fps: .ntscFilm, into: film)
        #expect(frames == 54)
        let ticks = try await Tool.ffprobe.run(
            ["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=pts", "-of", "csv=p=0", film.path],
            in: folder.url
        ).standardOutput.split(separator: "\n").compactMap { Int($0.split(separator: ",")[0]) }.sorted()
        #expect(ticks == (0..<54).map { $0 * 1_001 })
        try await Probe.decode(film, in: folder.url)
        let probe = try await Probe.video(film, in: folder.url)
        #expect(probe.frameRate == "24000/1001")
    }

    /// The cover lies in the film's tags, byte for byte, and is no picture of the film.
    @Test func theCoverIsKept() async throws {
        let clip = try await make("source.mp4", moving + " -pix_fmt yuv420p")
        try await Tool.ffmpeg.run(
            ClipPlans.conform(input: clip.path, output: place("a.mp4").path, frames: 24, keyFrames: [12], encoding),
            in: folder.url)
        _ = try await make("poster.png", "-f lavfi -i testsrc2=s=1600x900 -frames:v 1")
        try await Tool.ffmpeg.run(
            Soundtrack.cover(image: place("poster.png").path, output: place("cover.jpg").path), in: folder.url)
        _ = try await make("tone.m4a", "-f lavfi -i sine=r=48000:d=1 -c:a aac -ac 2")
        try Data(
            Soundtrack.metadata(
                tags: [("title", "T"), ("artist", "A. Writer")], marks: [(0, "Scene 1")], frames: 24, fps: 24
            ).utf8
        ).write(to: place("tags.txt"))
        try await Tool.ffmpeg.run(
            Soundtrack.sidecar(
                audio: place("tone.m4a").path, subtitles: nil, chapters: place("tags.txt").path,
                cover: place("cover.jpg").path, language: "deu", timescale: 24_000, output: place("sidecar.mp4").path),
            in: folder.url)
        let film = place("film.mp4")
        try Stitcher.stitch(
            [.init(file: place("a.mp4").path, fileFrames: 24, from: 0, frames: 24)], sidecar: place("sidecar.mp4"),
            fps: 24, into: film)
        let told = try await Tool.ffprobe.run(
            [
                "-v", "error", "-show_entries",
                "stream=codec_name,width:stream_disposition=attached_pic:stream_tags=language:format_tags=title,artist",
                "-of", "csv=p=0", film.path,
            ], in: folder.url
        ).standardOutput
        #expect(told.contains("mjpeg,1280,1"))
        #expect(told.contains("deu"))
        #expect(told.contains("T,A. Writer") || told.contains("A. Writer"))
        _ = try await make("again.jpg", "-i \(film.path) -map 0:v:1 -c copy")
        #expect(try Data(contentsOf: place("again.jpg")) == Data(contentsOf: place("cover.jpg")))
        #expect(try await Footage.look(at: film, in: folder.url).frames == 24)
    }

    /// Two beds that meet in a hard cut leave a hole of 20 ms; the tone of the place fills it.
    @Test func toneIsHeardThroughACut() async throws {
        let bed = try await make("bed.wav", "-f lavfi -i anoisesrc=r=48000:a=0.5:seed=3:d=2 -ac 2")
        let tone = try await make("tone.wav", "-f lavfi -i anoisesrc=r=48000:a=0.5:seed=9:d=5 -ac 2")
        func quietest(_ stems: [Mixdown.Stem], _ name: String) async throws -> Float {
            let plan = Mixdown(stems: stems, samples: 96_000)
            try Data(plan.graph.utf8).write(to: place("\(name).txt"))
            try await Tool.ffmpeg.run(
                plan.arguments(graphFile: place("\(name).txt").path, output: place("\(name).f32").path), in: folder.url)
            let samples = try Data(contentsOf: place("\(name).f32")).withUnsafeBytes {
                Array($0.bindMemory(to: Float.self))
            }
            // Around the cut, in windows of a millisecond, left channel.
            return (47_900..<48_100).reduce(into: Float.infinity) { least, at in
                let power = (0..<48).reduce(Float(0)) { $0 + samples[2 * (at + $1)] * samples[2 * (at + $1)] }
                least = min(least, power / 48)
            }
        }
        let beds: [Mixdown.Stem] = [
            .init(file: bed.path, at: 0, samples: 48_000, fadeIn: 480, fadeOut: 480, level: .bed),
            .init(file: bed.path, at: 48_000, samples: 48_000, fadeIn: 480, fadeOut: 480, level: .bed),
        ]
        let air = Mixdown.Stem(file: tone.path, at: 0, samples: 96_000, fadeIn: 480, fadeOut: 480, level: .tone)
        let without = try await quietest(beds, "without")
        let with = try await quietest(beds + [air], "with")
        #expect(with > 20 * without, "\(with) beside \(without)")
    }
}
