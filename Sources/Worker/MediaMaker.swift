package import Foundation
package import Media
internal import Planning
package import Protocol
internal import Studio
internal import Transport

/// The media kinds: everything that joins, cuts and mixes what others made.
package struct MediaMaker: Maker {
    /// Hash of the parameter sets that recipe 1 gives at 320×180: proof that this machine's ffmpeg and x264 make clips
    /// that can be joined with everybody else's.
    package static let parameterHash = "MD5:3ad2c1d142040608ada1ec07f40d944f"

    package init() {}

    package var capabilities: [Capability: Role] {
        let kinds: [TaskKind] = [.conform, .transition, .mix, .clip, .scene, .soundtrack, .film]
        return Dictionary(uniqueKeysWithValues: kinds.map { (Capability(kind: $0, backend: "local"), .media) })
    }

    /// Makes a tiny clip and compares its parameter sets with the recipe's.
    package static func prove(in folder: URL) async throws(ToolError) {
        let encoding = Encoding(width: 320, height: 180, fps: 24, kilobits: 600)
        let image = folder.appendingPathComponent("proof.png")
        let clip = folder.appendingPathComponent("proof.mp4")
        do {
            try await offPool { () throws(StudioError) in
                try Cards.card(text: "proof", small: "", width: 320, height: 180).writePNG(image)
            }
        } catch {
            throw .badOutput(file: "proof.png", reason: "\(error)")
        }
        try await Tool.ffmpeg.run(
            ClipPlans.still(image: image.path, output: clip.path, frames: 3, keyFrames: [], fade: 0, encoding),
            in: folder)
        let probe = try await Probe.video(clip, in: folder)
        guard probe.parameterHash == parameterHash else {
            throw .badOutput(
                file: "ffmpeg",
                reason: "this build makes clips with other parameter sets (\(probe.parameterHash)) than "
                    + "the recipe's; install Debian 12's ffmpeg")
        }
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        do {
            switch work.spec.kind {
            case .conform: return try await conform(work)
            case .transition: return try await transition(work)
            case .mix: return try await mix(work)
            case .clip: return try await clip(work)
            case .scene: return try await scene(work)
            case .soundtrack: return try await soundtrack(work)
            case .film: return try await film(work)
            case .setting, .portrait, .cutout, .compose, .animate, .dialogue, .ambience:
                throw WorkFault(.workerFault, "media workers do not make \(work.spec.kind.rawValue)")
            }
        } catch let error as WorkFault {
            throw error
        } catch let error as ToolError {
            throw WorkFault(tool: error)
        } catch let error as MovieError {
            throw WorkFault(movie: error)
        } catch let error as FieldsError {
            throw WorkFault(.inputFault, "\(work.label): \(error)")
        } catch let error as StudioError {
            throw WorkFault(studio: error)
        } catch {
            throw WorkFault(.workerFault, "\(work.label): \(error.localizedDescription)")
        }
    }

    // MARK: clips

    private func conform(_ work: Work) async throws -> Made {
        let encoding = try Encoding(work.spec.shaping)
        let frames = try work.spec.parameters.integer("frames", in: 1...1_000_000)
        let output = work.folder.appendingPathComponent("clip.mp4")
        let keyFrames = try integers("key_frames", work.spec.parameters)
        let raw = try work.input("raw")
        if let file = raw.file {
            try await Tool.ffmpeg.run(
                ClipPlans.conform(
                    input: file.path, output: output.path, frames: frames, keyFrames: keyFrames, encoding),
                in: work.folder)
        } else {
            try await slate(work, reason: raw.missing, frames, keyFrames, encoding, output)
        }
        return try await checked(output, frames, encoding, work)
    }

    /// A shot without a clip becomes a slate of its length that says why.
    private func slate(
        _ work: Work, reason: String, _ frames: Int, _ keyFrames: [Int], _ encoding: Encoding, _ output: URL
    ) async throws {
        let shot = try work.spec.parameters.text("shot")
        let image = work.folder.appendingPathComponent("slate.png")
        try await offPool { () throws(StudioError) in
            try Cards.slate(shot: shot, reason: reason, width: encoding.width, height: encoding.height).writePNG(image)
        }
        try await Tool.ffmpeg.run(
            ClipPlans.still(
                image: image.path, output: output.path, frames: frames, keyFrames: keyFrames, fade: 0, encoding),
            in: work.folder)
    }

    /// The gate: frames, size and codec as asked; the parameter sets' hash goes with the result.
    private func checked(_ file: URL, _ frames: Int, _ encoding: Encoding, _ work: Work) async throws -> Made {
        let probe = try await Probe.video(file, in: work.folder)
        try probe.check(file, frames: frames, encoding)
        return Made(file: file, facts: ["frames": .init(frames), "parameters": .init(probe.parameterHash)])
    }

    private func integers(_ name: String, _ fields: Fields) throws -> [Int] {
        try fields.list(name).compactMap { if case .integer(let number) = $0 { Int(number) } else { nil } }
    }

    private func transition(_ work: Work) async throws -> Made {
        let encoding = try Encoding(work.spec.shaping)
        let parameters = work.spec.parameters
        let frames = try parameters.integer("frames", in: 2...100_000)
        let output = work.folder.appendingPathComponent("transition.mp4")
        let arguments: [String]
        switch try parameters.text("kind") {
        case "card":
            let image = work.folder.appendingPathComponent("card.png")
            let text = try parameters.text("text")
            let small = try parameters.text("small")
            try await offPool { () throws(StudioError) in
                try Cards.card(text: text, small: small, width: encoding.width, height: encoding.height).writePNG(image)
            }
            arguments = ClipPlans.still(
                image: image.path, output: output.path, frames: frames, keyFrames: [], fade: encoding.fps.nominal, encoding)
        case "fade_in":
            arguments = ClipPlans.fade(
                isOut: false, input: try work.file("first").path, from: 0, frames: frames, output: output.path, encoding
            )
        case "fade_out":
            arguments = ClipPlans.fade(
                isOut: true, input: try work.file("first").path, from: try parameters.integer("from"), frames: frames,
                output: output.path, encoding)
        case let kind:
            arguments = ClipPlans.mix(
                isWipe: kind == "wipe", first: try work.file("first").path, from: try parameters.integer("from"),
                second: try work.file("second").path, frames: frames, output: output.path, encoding)
        }
        try await Tool.ffmpeg.run(arguments, in: work.folder)
        return try await checked(output, frames, encoding, work)
    }

    // MARK: sound

    private func mix(_ work: Work) async throws -> Made {
        let output = work.folder.appendingPathComponent("window.f32")
        let samples = try await mixdown(work, output)
        return Made(file: output, facts: ["samples": .init(samples)])
    }

    /// Mixes the stems a recipe names.
    private func mixdown(_ work: Work, _ output: URL) async throws -> Int {
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
    private func mixPlan(_ work: Work) throws -> Mixdown {
        let perFrame = try work.spec.shaping.integer("samples_per_frame", in: 100...48_000)
        let samples = try work.spec.parameters.integer("frames", in: 1...10_000_000) * perFrame
        var stems: [Mixdown.Stem] = []
        for entry in try work.spec.parameters.maps("stems") { stems += try self.stems(entry, work, perFrame) }
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
                    fadeOut: max(Mixdown.cutFade, try entry.integer("fade_out") * perFrame), isSpeech: false))
        }
        var start = (at + LineTiming.leadFrames) * perFrame
        for name in try entry.texts("lines") {
            let input = try work.input(name)
            guard let file = input.file else { continue }
            let samples = try input.facts.integer("samples", in: 0...100_000_000)
            stems.append(
                Mixdown.Stem(
                    file: file.path, at: start, samples: samples, fadeIn: Mixdown.lineFade, fadeOut: Mixdown.lineFade,
                    isSpeech: true))
            start += samples + LineTiming.gapFrames * perFrame
        }
        return stems
    }

    // MARK: joining

    private func pieces(_ work: Work) throws -> [Splice.Piece] {
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
    private static func checkHashes(_ hashes: [(input: String, hash: String)], _ work: Work) throws(WorkFault) {
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
    private func stitch(_ pieces: [Splice.Piece], sidecar: URL, fps: FrameRate, _ output: URL, _ work: Work) async throws
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

    private func clip(_ work: Work) async throws -> Made {
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

    private func scene(_ work: Work) async throws -> Made {
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

    private func counted(_ output: URL, _ frames: Int, _ work: Work) async throws -> Made {
        let probe = try await Probe.video(output, in: work.folder)
        guard probe.frames == frames else {
            throw ToolError.badOutput(file: work.label, reason: "\(probe.frames) frames, not \(frames)")
        }
        return Made(file: output, facts: ["frames": .init(frames)])
    }

    private func film(_ work: Work) async throws -> Made {
        try await stitch(
            try pieces(work), sidecar: try work.file("sound"), fps: try Encoding(work.spec.shaping).fps,
            work.folder.appendingPathComponent("film.mp4"), work)
    }
}
