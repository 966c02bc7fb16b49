internal import Foundation
internal import Media
internal import Protocol
internal import Providers
internal import Studio
internal import Transport

/// What came back: looked at before it counts, and brought to what the film works with.
enum Acceptance {
    static func look(at file: URL, cost: MicroUSD, words: [SpokenWord], _ work: Work) async throws(WorkFault) -> Made {
        switch work.spec.kind {
        case .animate, .lipsync:
            let footage = try await BoughtClip.look(at: file, cost: cost, in: work.folder)
            return Made(file: file, facts: BoughtClip.facts(of: footage), cost: cost)
        case .dialogue, .ambience: return try await sound(file, cost: cost, words: words, work)
        default: return try await picture(file, cost: cost, work)
        }
    }

    /// A PNG of exactly the size that was wanted: enlarged to fill it, cut around its middle.
    private static func picture(_ file: URL, cost: MicroUSD, _ work: Work) async throws(WorkFault) -> Made {
        let output = work.folder.appendingPathComponent("picture.png")
        let size: (width: Int, height: Int)
        do throws(FieldsError) {
            let shaping = work.spec.shaping
            size = (try shaping.integer("width", in: 16...7_680), try shaping.integer("height", in: 16...7_680))
        } catch {
            throw WorkFault(.inputFault, "\(error)", cost: cost)
        }
        let fill = "scale=\(size.width):\(size.height):force_original_aspect_ratio=increase:flags=lanczos"
        try await convert(
            file, output,
            [
                "-frames:v", "1", "-vf", "\(fill),crop=\(size.width):\(size.height),setsar=1", "-pix_fmt",
                work.spec.kind == .cutout ? "rgba" : "rgb24",
            ], cost: cost, work)
        let mask = Briefing.mask(work)
        guard work.spec.kind == .compose, FileManager.default.fileExists(atPath: mask.path) else {
            return Made(file: output, cost: cost)
        }
        let whole = work.folder.appendingPathComponent("composed.png")
        let pasted = Briefing.pasted(work)
        do throws(StudioError) {
            try await offPool { () throws(StudioError) in
                try Staging.keep(pasted, outside: mask, of: output, output: whole)
            }
        } catch {
            throw WorkFault(.unusable, "\(error)", cost: cost)
        }
        return Made(file: whole, cost: cost)
    }

    /// Sound as our own makers give it: 48 kHz, lines in mono and of one loudness, beds in stereo and of the length asked for.
    private static func sound(
        _ file: URL, cost: MicroUSD, words: [SpokenWord], _ work: Work
    ) async throws(WorkFault) -> Made {
        let output = work.folder.appendingPathComponent("sound.wav")
        let isLine = work.spec.kind == .dialogue
        var options = ["-map", "0:a:0", "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-flags:a", "+bitexact"]
        var asked = 0
        if isLine {
            options += [
                "-af", "loudnorm=I=-20:TP=-3:LRA=11,aresample=48000,aformat=sample_fmts=s16:channel_layouts=mono",
            ]
        } else {
            asked = (try? work.spec.parameters.integer("seconds", in: 1...3_600)) ?? 1
            options += [
                "-af", "aresample=48000,aformat=sample_fmts=s16:channel_layouts=stereo", "-t", "\(asked)",
            ]
        }
        // A bed that is too short is heard again.
        try await convert(file, output, options, before: isLine ? [] : ["-stream_loop", "-1"], cost: cost, work)
        let samples = Speech.samples(of: output) / (isLine ? 1 : 2)
        guard samples >= 4_800, isLine || samples >= asked * 48_000 - 2_400 else {
            throw WorkFault(.unusable, "what came lasts \(samples / 48) ms", cost: cost)
        }
        var facts: Fields = ["samples": .init(samples)]
        if !words.isEmpty {
            facts["words"] = .list(
                words.prefix(5_000).map {
                    .map(["text": .init($0.text), "at": .init(min($0.fromMilliseconds, 1_000_000) * 48)])
                })
        }
        return Made(file: output, facts: facts, cost: cost)
    }

    private static func convert(
        _ file: URL, _ output: URL, _ options: [String], before: [String] = [], cost: MicroUSD, _ work: Work
    ) async throws(WorkFault) {
        do throws(ToolError) {
            try await Tool.ffmpeg.guarded.run(
                ["-nostdin", "-v", "error", "-y"] + before + ["-i", file.path] + options + [output.path],
                in: work.folder)
        } catch {
            switch error {
            case .missing, .file, .cancelled: throw WorkFault(tool: error)  // This machine's trouble.
            case .failed, .badOutput: throw WorkFault(.unusable, "what came cannot be used: \(error)", cost: cost)
            }
        }
    }
}
