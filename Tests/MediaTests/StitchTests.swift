import Foundation
import Media
import Protocol
import TestKit
import Testing

/// The direct stitcher against ffmpeg's own concat demuxer, on clips of a second or two.
@Suite("The stitcher", .timeLimit(.minutes(3)))
struct StitchTests {
    let folder = TemporaryFolder()
    let encoding = Encoding(width: 320, height: 180, fps: 24, kilobits: 600)

    private func place(_ name: String) -> URL { folder.url.appendingPathComponent(name) }

    private func run(_ arguments: [String]) async throws { try await Tool.ffmpeg.run(arguments, in: folder.url) }

    private func clip(_ name: String, _ pattern: String, frames: Int = 72) async throws -> URL {
        let raw = place("raw-\(name)")
        try await run(
            ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "\(pattern)=s=320x180:r=24:d=4", raw.path])
        try await run(
            ClipPlans.conform(
                input: raw.path, output: place(name).path, frames: frames,
                keyFrames: [12, 24, frames - 24, frames - 12], encoding))
        return place(name)
    }

    /// Sound, subtitles and chapters of so many frames.
    private func sidecar(_ frames: Int) async throws -> URL {
        try await run(
            [
                "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "sine=f=330:r=48000:d=\(Double(frames) / 24)",
                "-ac",
                "2", "-f", "f32le", place("tone.f32").path,
            ])
        try await run(Soundtrack.encode(pcm: place("tone.f32").path, kilobits: 128, output: place("tone.m4a").path))
        let subtitles =
            "1\n00:00:00,500 --> 00:00:01,875\nHere we are.\n\n2\n00:00:03,125 --> 00:00:04,166\nGià – 日本\n\n"
        try Data(subtitles.utf8).write(to: place("film.srt"))
        let chapters = Soundtrack.metadata(
            tags: [("title", "A = film; #1")], marks: [(0, "Scene 1"), (60, "Scene 2")], frames: frames, fps: 24)
        try Data(chapters.utf8).write(to: place("chapters.txt"))
        try await run(
            Soundtrack.sidecar(
                audio: place("tone.m4a").path, subtitles: place("film.srt").path, chapters: place("chapters.txt").path,
                cover: nil, language: "eng", timescale: 24_000, output: place("sidecar.mp4").path))
        return place("sidecar.mp4")
    }

    private func packets(_ file: URL, _ stream: String) async throws -> [String] {
        try await Tool.ffprobe.run(
            [
                "-v", "error", "-select_streams", stream, "-show_data_hash", "md5", "-show_entries",
                "packet=pts,dts,flags,size,data_hash", "-of", "csv=p=0", file.path,
            ], in: folder.url
        ).standardOutput.split(separator: "\n").map { $0.split(separator: ",").map(String.init).joined(separator: ",") }
    }

    private func facts(_ file: URL, _ entries: String) async throws -> String {
        try await Tool.ffprobe.run(
            ["-v", "error", "-show_chapters", "-show_entries", entries, "-of", "compact", file.path], in: folder.url
        ).standardOutput
    }

    private func pieces() async throws -> [Splice.Piece] {
        let first = try await clip("a.mp4", "testsrc")
        let second = try await clip("b.mp4", "testsrc2")
        let mix = place("mix.mp4")
        try await run(
            ClipPlans.mix(
                isWipe: false, first: first.path, from: 60, second: second.path, frames: 12, output: mix.path, encoding)
        )
        let fade = place("fade.mp4")
        try await run(
            ClipPlans.fade(isOut: true, input: second.path, from: 48, frames: 24, output: fade.path, encoding))
        return [
            .init(file: first.path, fileFrames: 72, from: 0, frames: 60),
            .init(file: mix.path, fileFrames: 12, from: 0, frames: 12),
            .init(file: second.path, fileFrames: 72, from: 12, frames: 36),
            .init(file: fade.path, fileFrames: 24, from: 0, frames: 24),
            .init(file: first.path, fileFrames: 72, from: 24, frames: 48),
        ]
    }

    @Test func itAgreesWithTheConcatDemuxerPacketByPacket() async throws {
        let pieces = try await pieces()
        let sound = try await sidecar(180)
        let film = place("film.mp4")
        #expect(try Stitcher.stitch(pieces, sidecar: sound, fps: 24, into: film) == 180)
        let script = place("film.ffconcat")
        try Data(Splice(pieces: pieces, fps: 24).script.utf8).write(to: script)
        let reference = place("reference.mp4")
        try await run(
            Splice.film(script: script.path, sidecar: sound.path, output: reference.path, timescale: 24_000))
        for stream in ["v:0", "a:0", "s:0"] {
            let (ours, theirs) = (try await packets(film, stream), try await packets(reference, stream))
            #expect(ours.count == theirs.count, "\(stream)")
            #expect(ours == theirs, "\(stream)")
        }
        let entries = "chapter=start,end,time_base:chapter_tags=title:format_tags=title:stream_tags=language"
        #expect(try await facts(film, entries) == facts(reference, entries))
        try await Probe.decode(film, in: folder.url)
        let shown = try await packets(film, "v:0").compactMap { $0.split(separator: ",").first.flatMap { Int($0) } }
        #expect(shown.sorted() == (0..<180).map { $0 * 1_000 }, "each frame is shown at its own time")
        // What it wrote it can read, and take apart again.
        let index = try MovieIndex(film)
        #expect(try index.video().samples.count == 180)
        #expect(try index.video().samples.first?.isSync == true)
        let header = try FileHandle(forReadingFrom: film).read(upToCount: 200)
        #expect(header?.range(of: Data("moov".utf8))?.lowerBound == 36, "the index is in front")
        let part = Splice.Piece(file: film.path, fileFrames: 180, from: 60, frames: 48)
        #expect(try Stitcher.stitch([part], sidecar: nil, fps: 24, into: place("part.mp4")) == 48)
        try await Probe.decode(place("part.mp4"), in: folder.url)
    }

    /// What cannot be joined is refused with the clip's name, and leaves no file.
    @Test func whatCannotBeJoinedIsRefused() async throws {
        let good = try await clip("good.mp4", "testsrc")
        let other = place("other.mp4")
        try await run(
            [
                "-nostdin", "-v", "error", "-y", "-i", good.path, "-c:v", "libx264", "-profile:v", "baseline",
                "-video_track_timescale", "24000", other.path,
            ])
        let cases: [(Splice.Piece, String)] = [
            (.init(file: other.path, fileFrames: 72, from: 0, frames: 72), "parameter sets differ"),
            (.init(file: good.path, fileFrames: 72, from: 7, frames: 60), "frame 7 is no key frame"),
            (.init(file: good.path, fileFrames: 72, from: 24, frames: 60), "48 of the 60 frames"),
            (.init(file: place("none.mp4").path, fileFrames: 1, from: 0, frames: 1), "cannot be read"),
            (.init(file: place("tone.txt").path, fileFrames: 1, from: 0, frames: 1), "damaged"),
        ]
        try Data("this is no film, but it is long enough to look at".utf8).write(to: place("tone.txt"))
        let whole = Splice.Piece(file: good.path, fileFrames: 72, from: 0, frames: 72)
        for (piece, words) in cases {
            let error = #expect(throws: MovieError.self) {
                try Stitcher.stitch([whole, piece], sidecar: nil, fps: 24, into: place("out.mp4"))
            }
            #expect(error?.description.contains(words) == true, "\(String(describing: error))")
            #expect(error?.description.contains(URL(fileURLWithPath: piece.file).lastPathComponent) == true)
        }
        #expect(!FileManager.default.fileExists(atPath: place("out.mp4").path))
        #expect(!FileManager.default.fileExists(atPath: place("out.mp4.part").path))
    }

    /// Headers that lie: turned bits, cut ends, huge counts. An error or an index within the file, never a crash.
    @Test func aDamagedHeaderIsAnErrorAtWorst() async throws {
        let file = try await clip("good.mp4", "testsrc")
        let sound = try await sidecar(72)
        for url in [file, sound] {
            let bytes = [UInt8](try Data(contentsOf: url))
            let moov = try #require(bytes.firstRange(of: Array("moov".utf8)))
            let size = bytes[moov.lowerBound - 4..<moov.lowerBound].reduce(0) { $0 << 8 | Int($1) }
            let body = Array(bytes[moov.upperBound..<moov.lowerBound - 4 + size])
            var generator = SeededGenerator(seed: 7)
            var readable = 0
            for _ in 0..<4_000 {
                var broken = body
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let at = Int.random(in: 0..<broken.count, using: &generator)
                    switch Int.random(in: 0..<4, using: &generator) {
                    case 0: broken[at] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
                    case 1: broken[at] = 0xFF
                    case 2: for near in at..<min(at + 4, broken.count) { broken[near] = 0xFF }
                    default: broken.removeSubrange(at...)
                    }
                    if broken.isEmpty { broken = [0] }
                }
                guard let index = try? MovieIndex(header: broken, file: "broken.mp4", fileSize: Int64(bytes.count))
                else { continue }
                readable += 1
                let isInside = index.tracks.flatMap(\.samples).allSatisfy {
                    $0.offset >= 0 && $0.offset + Int64($0.size) <= Int64(bytes.count)
                }
                #expect(isInside)
                _ = try? StitchPlan(
                    parts: [.init(index: index, source: 0, from: 0, frames: 72)], sidecar: index, fps: 24)
            }
            #expect(readable > 0, "most bits of a header are not its structure")
        }
    }
}
