internal import Foundation
internal import Media
internal import Planning
internal import Protocol
internal import Transport

/// Clips, scenes and the film: packets copied, nothing encoded again.
extension MediaMaker {
    func pieces(_ work: Work) throws -> [Splice.Piece] {
        var pieces: [Splice.Piece] = []
        var hashes: [(input: String, hash: String)] = []
        for entry in try work.spec.parameters.maps("pieces") {
            let input = try work.input(try entry.text("input"))
            guard let file = input.file else {
                throw WorkFault(.inputFault, "a piece of \(work.label): \(input.missing)")
            }
            hashes.append((input.name, try input.facts.text("parameters")))
            pieces.append(
                Splice.Piece(
                    file: file.path, fileFrames: try input.facts.integer("frames"), from: try entry.integer("from"),
                    frames: try entry.integer("frames")))
        }
        try Self.checkHashes(hashes, work)
        return pieces
    }

    /// One parameter set, one hash: anything else would play as rubble. The odd one out is made again.
    static func checkHashes(_ hashes: [(input: String, hash: String)], _ work: Work) throws(WorkFault) {
        let counts = Dictionary(hashes.map { ($0.hash, 1) }, uniquingKeysWith: +)
        guard counts.count > 1, let usual = counts.max(by: { ($0.value, $1.key) < ($1.value, $0.key) })?.key else {
            return
        }
        for (name, hash) in hashes where hash != usual {
            guard let input = work.spec.inputs.first(where: { $0.name == name }) else { continue }
            throw WorkFault(
                losing: input, "\(name) of \(work.label) has other parameter sets (\(hash)) than the rest (\(usual))")
        }
    }

    /// Joins pieces and a sidecar's tracks, none of it encoded again, and reads back what was written.
    func stitch(_ pieces: [Splice.Piece], sidecar: URL, fps: FrameRate, _ output: URL, _ work: Work) async throws
        -> Made
    {
        let frames = try await offPool { () throws(MovieError) in
            try Stitcher.stitch(pieces, sidecar: sidecar, fps: fps, into: output)
            return try MovieIndex(output).video().samples.count
        }
        let wanted = try work.spec.parameters.integer("frames")
        guard frames == wanted else {
            throw WorkFault(.inputFault, "the pieces add up to \(frames) frames, not \(wanted)")
        }
        return Made(file: output, facts: ["frames": .init(frames)])
    }

    func clip(_ work: Work) async throws -> Made {
        let shaping = work.spec.shaping
        let fps = try shaping.rate()
        let frames = try work.spec.parameters.integer("frames")
        let plan = try mixPlan(work)
        let graph = work.folder.appendingPathComponent("mix.txt")
        try Data(plan.graph(firstInput: 1).utf8).write(to: graph)
        let script = work.folder.appendingPathComponent("pieces.ffconcat")
        let piece = Splice.Piece(file: try work.file("picture").path, fileFrames: frames, from: 0, frames: frames)
        try Data(Splice(pieces: [piece], fps: fps).script.utf8).write(to: script)
        let output = work.folder.appendingPathComponent("out.mp4")
        try await Tool.ffmpeg.run(
            plan.arguments(
                picture: script.path, graphFile: graph.path, output: output.path, timescale: fps.timescale,
                audioKilobits: try shaping.integer("audio_kilobits")), in: work.folder)
        return try await counted(output, frames, work)
    }

    func scene(_ work: Work) async throws -> Made {
        let shaping = work.spec.shaping
        let sound = work.folder.appendingPathComponent("sound.m4a")
        try await Tool.ffmpeg.run(
            Soundtrack.encode(
                pcm: try work.file("sound").path, kilobits: try shaping.integer("audio_kilobits"), output: sound.path),
            in: work.folder)
        return try await stitch(
            try pieces(work), sidecar: sound, fps: try shaping.rate(),
            work.folder.appendingPathComponent("out.mp4"), work)
    }

    func counted(_ output: URL, _ frames: Int, _ work: Work) async throws -> Made {
        let probe = try await Probe.video(output, in: work.folder)
        guard probe.frames == frames else {
            throw ToolError.badOutput(file: work.label, reason: "\(probe.frames) frames, not \(frames)")
        }
        return Made(file: output, facts: ["frames": .init(frames)])
    }

    func film(_ work: Work) async throws -> Made {
        try await stitch(
            try pieces(work), sidecar: try work.file("sound"), fps: try Encoding(work.spec.shaping).fps,
            work.folder.appendingPathComponent("film.mp4"), work)
    }
}
