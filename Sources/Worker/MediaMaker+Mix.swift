internal import Foundation
internal import Media
internal import Planning
internal import Protocol

/// Windows of the film's sound.
extension MediaMaker {
    func mix(_ work: Work) async throws -> Made {
        let output = work.folder.appendingPathComponent("window.f32")
        let samples = try await mixdown(work, output)
        return Made(file: output, facts: ["samples": .init(samples)])
    }

    /// Mixes the stems a recipe names.
    func mixdown(_ work: Work, _ output: URL) async throws -> Int {
        let plan = try mixPlan(work)
        let graph = work.folder.appendingPathComponent("mix.txt")
        try Data(plan.graph.utf8).write(to: graph)
        try await Tool.ffmpeg.run(plan.arguments(graphFile: graph.path, output: output.path), in: work.folder)
        let size = try FileManager.default.attributesOfItem(atPath: output.path)[.size] as? Int
        guard size == plan.byteCount else {
            throw ToolError.badOutput(file: "the mix", reason: "\(size ?? 0) bytes, not \(plan.byteCount)")
        }
        return plan.samples
    }

    /// The stems a recipe names; lines are placed by their real lengths.
    func mixPlan(_ work: Work) throws -> Mixdown {
        let perFrame = try work.spec.shaping.integer("samples_per_frame", in: 100...48_000)
        let parameters = work.spec.parameters
        let samples = try parameters.integer("frames", in: 1...10_000_000) * perFrame
        var stems: [Mixdown.Stem] = []
        for entry in try parameters.maps("stems") { stems += try self.stems(entry, work, perFrame) }
        for entry in try parameters.maps("tones") { stems += try tones(entry, work, perFrame) }
        if parameters["music"] != nil {
            for entry in try parameters.maps("music") { stems += try music(entry, work, perFrame) }
        }
        return Mixdown(stems: stems, samples: samples)
    }

    private func stems(_ entry: Fields, _ work: Work, _ perFrame: Int) throws -> [Mixdown.Stem] {
        var stems: [Mixdown.Stem] = []
        let at = try entry.integer("at")
        let lead = try entry.integer("lead")
        let trail = try entry.integer("trail")
        if case .text(let name) = entry["bed"], let file = try work.input(name).file {
            stems.append(
                Mixdown.Stem(
                    file: file.path, at: (at - lead) * perFrame,
                    samples: (try entry.integer("frames") + lead + trail) * perFrame,
                    fadeIn: max(Mixdown.cutFade, try entry.integer("fade_in") * perFrame),
                    fadeOut: max(Mixdown.cutFade, try entry.integer("fade_out") * perFrame), level: .bed))
        }
        var layout = LineTiming.Layout(at: at + (try entry.integer("speak")), samplesPerFrame: perFrame)
        for name in try entry.texts("lines") {
            let input = try work.input(name)
            guard let file = input.file else { continue }
            let samples = try input.facts.integer("samples", in: 0...100_000_000)
            stems.append(
                Mixdown.Stem(
                    file: file.path, at: layout.place(samples), samples: samples, fadeIn: Mixdown.lineFade,
                    fadeOut: Mixdown.lineFade, level: .speech))
        }
        return stems
    }

    /// The air of a place, laid end over end.
    private func tones(_ entry: Fields, _ work: Work, _ perFrame: Int) throws -> [Mixdown.Stem] {
        let input = try work.input(try entry.text("input"))
        guard let file = input.file else { return [] }
        let at = try entry.integer("at") * perFrame
        let fadeIn = max(Mixdown.cutFade, try entry.integer("fade_in") * perFrame)
        let fadeOut = max(Mixdown.cutFade, try entry.integer("fade_out") * perFrame)
        let laps = RoomTone.laps(
            covering: try entry.integer("frames") * perFrame,
            recording: try input.facts.integer("samples", in: 0...100_000_000))
        return laps.map { lap in
            Mixdown.Stem(
                file: file.path, at: at + lap.at, samples: lap.samples, fadeIn: lap.isFirst ? fadeIn : RoomTone.overlap,
                fadeOut: lap.isLast ? fadeOut : RoomTone.overlap, level: .tone)
        }
    }

    /// Music goes in and out over a second, and ends when its file does.
    private func music(_ entry: Fields, _ work: Work, _ perFrame: Int) throws -> [Mixdown.Stem] {
        let input = try work.input(try entry.text("input"))
        guard let file = input.file else { return [] }
        let skip = try entry.integer("skip", in: 0...10_000_000) * perFrame
        let left = try input.facts.integer("samples", in: 0...2_000_000_000) - skip
        let samples = min(try entry.integer("frames") * perFrame, left)
        guard samples > 0 else { return [] }
        return [
            Mixdown.Stem(
                file: file.path, at: try entry.integer("at") * perFrame, samples: samples,
                fadeIn: min(Mixdown.musicFade, samples / 2), fadeOut: min(Mixdown.musicFade, samples / 2),
                level: .music, skip: skip)
        ]
    }
}
