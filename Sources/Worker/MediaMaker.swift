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
            case .setting, .portrait, .cutout, .compose, .animate, .lipsync, .dialogue, .ambience, .music:
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
}
