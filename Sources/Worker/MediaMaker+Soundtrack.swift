internal import Film
internal import Foundation
internal import Media
internal import Planning
internal import Protocol
internal import Studio
internal import Transport

/// The film's sound as one: joined, leveled, encoded, with subtitles and chapters beside it.
extension MediaMaker {
    func soundtrack(_ work: Work) async throws -> Made {
        let parameters = work.spec.parameters
        let shaping = work.spec.shaping
        let perFrame = try shaping.integer("samples_per_frame", in: 100...48_000)
        let frames = try parameters.integer("frames", in: 1...10_000_000)
        let fps = try parameters.rate()
        let pcm = work.folder.appendingPathComponent("film.f32")
        let files = try parameters.texts("windows").map { try work.file($0) }
        let lead = try parameters.integer("lead_frames", in: 0...1_000_000) * perFrame * 8
        let tail = try parameters.integer("tail_frames", in: 0...1_000_000) * perFrame * 8
        try await offPool { () throws(ToolError) in try Self.join(files, lead: lead, tail: tail, into: pcm) }
        let size = try FileManager.default.attributesOfItem(atPath: pcm.path)[.size] as? Int
        guard size == frames * perFrame * 8 else {
            throw ToolError.badOutput(file: "the sound", reason: "\(size ?? 0) bytes, not \(frames * perFrame * 8)")
        }
        let (audio, heard) = try await master(
            pcm, samples: frames * perFrame, target: try shaping.integer("loudness", in: -70_000...0),
            kilobits: try shaping.integer("audio_kilobits"), work)
        work.progress()
        let output = work.folder.appendingPathComponent("sidecar.mp4")
        let chapters = work.folder.appendingPathComponent("chapters.txt")
        let marks = try parameters.maps("chapters").map { (at: try $0.integer("at"), title: try $0.text("title")) }
        let tags = [
            ("title", try parameters.text("title")), ("artist", try parameters.text("author")),
            ("description", try parameters.text("logline")),
        ]
        let text = Soundtrack.metadata(tags: tags, marks: marks, frames: frames, fps: fps)
        try Data(text.utf8).write(to: chapters)
        let subtitles = try subtitles(work, perFrame)
        try await Tool.ffmpeg.run(
            Soundtrack.sidecar(
                audio: audio.path, subtitles: subtitles?.path, chapters: chapters.path,
                cover: try await cover(work)?.path, language: try parameters.text("language"),
                timescale: fps.timescale, output: output.path), in: work.folder)
        return Made(
            file: output,
            facts: [
                "samples": .init(frames * perFrame), "loudness": .init(heard.loudness), "true_peak": .init(heard.peak),
            ])
    }

    private static func join(_ files: [URL], lead: Int, tail: Int, into output: URL) throws(ToolError) {
        do {
            guard FileManager.default.createFile(atPath: output.path, contents: nil) else {
                throw CocoaError(.fileWriteUnknown)
            }
            let handle = try FileHandle(forWritingTo: output)
            defer { try? handle.close() }
            try handle.write(contentsOf: Data(count: lead))
            for file in files {
                let source = try FileHandle(forReadingFrom: file)
                while let block = try source.read(upToCount: 4 << 20), !block.isEmpty {
                    try handle.write(contentsOf: block)
                }
                try source.close()
            }
            try handle.write(contentsOf: Data(count: tail))
        } catch {
            throw .file(operation: "joining into", path: output.path, reason: error.localizedDescription)
        }
    }

    /// Levels and encodes. The encoder itself adds to peaks: what is heard of an encode that passes the limit is made
    /// again under a lower ceiling, twice at most: then the last one stands, and its facts say what its peak is.
    private func master(_ pcm: URL, samples: Int, target: Int, kilobits: Int, _ work: Work) async throws -> (
        file: URL, heard: (loudness: Int, peak: Int)
    ) {
        let source = try await measure(Soundtrack.measure(pcm: pcm.path), work)
        let audio = work.folder.appendingPathComponent("film.m4a")
        var ceiling: Int?
        var heard = source
        for _ in 0..<3 {
            let leveled = try await level(pcm, source, samples: samples, target: target, ceiling: ceiling, work)
            try await Tool.ffmpeg.run(
                Soundtrack.encode(pcm: leveled.path, kilobits: kilobits, output: audio.path), in: work.folder)
            work.progress()
            heard = try await measure(Soundtrack.measure(encoded: audio.path), work)
            work.progress()
            guard let lower = Soundtrack.ceiling(after: heard.peak, under: ceiling) else { break }
            ceiling = lower
        }
        return (audio, heard)
    }

    /// Brings the whole film to its loudness; a limited sound is measured again and what is missing added.
    private func level(
        _ pcm: URL, _ source: (loudness: Int, peak: Int), samples: Int, target: Int, ceiling: Int?, _ work: Work
    ) async throws -> URL {
        func leveled(_ loudness: Int, _ name: String) async throws -> (URL, isLimited: Bool) {
            let output = work.folder.appendingPathComponent(name)
            let (filter, isLimited) = Soundtrack.filter(
                loudness: loudness, peak: loudness == source.loudness ? source.peak : 0, target: target,
                ceiling: ceiling)
            try await Tool.ffmpeg.run(
                Soundtrack.level(pcm: pcm.path, filter: filter, samples: samples, output: output.path), in: work.folder)
            work.progress()
            return (output, isLimited)
        }
        let (output, isLimited) = try await leveled(source.loudness, "level.f32")
        guard isLimited else { return output }
        let missing = target - (try await measure(Soundtrack.measure(pcm: output.path), work).loudness)
        guard missing > 100 else { return output }
        return try await leveled(source.loudness - missing, "level2.f32").0
    }

    private func measure(_ arguments: [String], _ work: Work) async throws -> (loudness: Int, peak: Int) {
        let words = try await Tool.ffmpeg.run(arguments, in: work.folder).standardError
        guard let measure = Soundtrack.readMeasure(words) else {
            throw ToolError.badOutput(file: "the loudness summary", reason: "it is not there")
        }
        return measure
    }

    private func subtitles(_ work: Work, _ perFrame: Int) throws -> URL? {
        var lines: [Captions.Line] = []
        var layout = LineTiming.Layout(at: 0, samplesPerFrame: perFrame)
        for line in try work.spec.parameters.maps("lines") {
            if try line.flag("first") {
                layout = LineTiming.Layout(at: try line.integer("at"), samplesPerFrame: perFrame)
            }
            let input = try work.input(try line.text("input"))
            guard input.file != nil else { continue }
            let samples = try input.facts.integer("samples", in: 0...100_000_000)
            lines.append(
                Captions.Line(
                    text: try line.text("text"), speaker: try line.text("speaker"), start: layout.place(samples),
                    samples: samples, words: LineTiming.words(input.facts)))
        }
        let captions = Captions(lines)
        guard !captions.cues.isEmpty else { return nil }
        let file = work.folder.appendingPathComponent("film.srt")
        try Data(captions.srt.utf8).write(to: file)
        return file
    }

    /// The film's cover: a still with the title over it. A film goes without one rather than not at all.
    private func cover(_ work: Work) async throws -> URL? {
        guard let still = work.inputs.first(where: { $0.name == "cover" })?.file else { return nil }
        let title = try work.spec.parameters.text("title")
        let author = try work.spec.parameters.text("author")
        let poster = work.folder.appendingPathComponent("poster.png")
        let cover = work.folder.appendingPathComponent("cover.jpg")
        try await offPool { () throws(StudioError) in
            try Cards.poster(still: still, title: title, small: author).writePNG(poster)
        }
        try await Tool.ffmpeg.run(Soundtrack.cover(image: poster.path, output: cover.path), in: work.folder)
        return cover
    }
}
