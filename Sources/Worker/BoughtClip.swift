internal import Foundation
internal import Media
internal import Protocol

/// The gate for what was bought: all of it is decoded and watched before it counts as a result.
///
/// What can be decoded is kept, whatever it shows: it was paid for. Whether a shot can use it is decided where it is
/// conformed, by thresholds that may be changed without buying anything again.
enum BoughtClip {
    /// Throws `unusable`, with what it cost, when nobody could ever play it.
    static func look(at file: URL, cost: MicroUSD, in folder: URL) async throws(WorkFault) -> Footage {
        do throws(ToolError) {
            let footage = try await Footage.watch(file, in: folder)
            guard footage.frames > 0 else { throw .badOutput(file: "the output", reason: "it has no pictures") }
            return footage
        } catch {
            switch error {
            case .missing, .file, .cancelled: throw WorkFault(tool: error)  // This machine's trouble, not the clip's.
            case .failed, .badOutput: throw WorkFault(.unusable, "what came cannot be used: \(error)", cost: cost)
            }
        }
    }

    /// What conforming it needs to know.
    static func facts(of footage: Footage) -> Fields {
        var facts: Fields = ["frames": .init(footage.frames), "ms": .init(footage.milliseconds)]
        if let head = footage.frozen.first, head.from <= 50 { facts["still_head_ms"] = .init(head.to) }
        return facts
    }
}

extension Work {
    /// Thresholds of the job's profile, where the recipe carries them.
    var limits: ClipLimits {
        guard let checks = try? spec.parameters.map("checks"), let limits = try? ClipLimits(checks) else {
            return ClipLimits()
        }
        return limits
    }
}
