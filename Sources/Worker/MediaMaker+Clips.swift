internal import Foundation
internal import Media
internal import Planning
internal import Protocol
internal import Studio
internal import Transport

/// Clips brought to the one parameter set, and what is rendered between them.
extension MediaMaker {
    func conform(_ work: Work) async throws -> Made {
        let encoding = try Encoding(work.spec.shaping)
        let frames = try work.spec.parameters.integer("frames", in: 1...1_000_000)
        let output = work.folder.appendingPathComponent("clip.mp4")
        let keyFrames = try integers("key_frames", work.spec.parameters)
        if case .text(let why) = work.spec.parameters["slate"] {
            let words = why.split(separator: "\n", maxSplits: 1).map(String.init)
            try await slate(
                work, status: words.first ?? "missing", reason: words.count > 1 ? words[1] : "", frames, keyFrames,
                encoding, output)
            return try await checked(output, frames, encoding, work)
        }
        var lips = ""
        if work.inputs.contains(where: { $0.name == "unsynced" }) {
            // The clip as it was before its lips were moved: shown when they could not be.
            let moved = try work.input("raw")
            if let file = moved.file {
                let findings = try await conform(file, moved, frames, 0, keyFrames, encoding, output, work)
                guard let refusal = findings.first(where: \.isRefusal) else {
                    return try await checked(output, frames, encoding, work, findings: findings.map(\.description))
                }
                lips = "its lips are not moved: \(refusal.message)"
            } else {
                lips = "its lips are not moved: \(moved.missing)"
            }
        }
        let name = lips.isEmpty ? "raw" : "unsynced"
        let raw = try work.input(name)
        guard let file = raw.file else {
            try await slate(work, status: "missing", reason: raw.missing, frames, keyFrames, encoding, output)
            return try await checked(output, frames, encoding, work)
        }
        let whole = try await joined(file, name, work, encoding)
        let parameters = work.spec.parameters
        let skip = parameters["skip"] == nil ? 0 : try parameters.integer("skip", in: 0...1_000_000)
        let findings = try await conform(whole, raw, frames, skip, keyFrames, encoding, output, work)
        if let refusal = findings.first(where: \.isRefusal) {
            try await slate(
                work, status: "refused", reason: refusal.message, frames, keyFrames, encoding, output)
            return try await checked(output, frames, encoding, work, refused: "\(refusal)")
        }
        let words = findings.map(\.description) + (lips.isEmpty ? [] : [lips])
        return try await checked(output, frames, encoding, work, findings: words)
    }

    /// A shot that was bought in several clips, as one: each after the first begins with the last frame of the one before
    /// it, which is shown once. What is missing ends it.
    func joined(_ first: URL, _ name: String, _ work: Work, _ encoding: Encoding) async throws -> URL {
        var files = [first]
        while let next = work.inputs.first(where: { $0.name == "\(name).\(files.count + 1)" })?.file {
            files.append(next)
        }
        guard files.count > 1 else { return first }
        let whole = work.folder.appendingPathComponent("whole.mp4")
        try await Tool.ffmpeg.guarded.run(
            ClipPlans.chain(files.map(\.path), startsAnew: SlotPlan.startsAnew, output: whole.path, encoding),
            in: work.folder)
        return whole
    }

    /// Looks at a clip, fits it to the shot and watches all of it while it is encoded. What it answers are the findings;
    /// with a refusal among them there may be no clip.
    private func conform(
        _ file: URL, _ raw: Work.Input, _ frames: Int, _ skip: Int, _ keyFrames: [Int], _ encoding: Encoding,
        _ output: URL,
        _ work: Work
    ) async throws -> [Finding] {
        let parameters = work.spec.parameters
        let isOurs = (try? raw.facts.flag("ours")) ?? false
        let wish = Footage.Wish(
            frames: frames + skip, fps: encoding.fps, width: encoding.width, height: encoding.height,
            limits: work.limits,
            isOurs: isOurs)
        var footage = try await Footage.look(at: file, in: work.folder, limits: work.limits)
        // What a service's own worker has seen already: where its first picture stands still.
        if let head = try? raw.facts.integer("still_head_ms", in: 0...600_000), head > 0 {
            footage.frozen = [Footage.Stretch(from: 0, to: head)]
        }
        let early = footage.findings(for: wish)
        guard let cut = footage.fit(for: wish), !early.contains(where: \.isRefusal) else { return early }
        let fit: ClipPlans.Fit =
            switch parameters["fit"] {
            case .text("fill"): .fill(focus: try parameters.integer("focus", in: 0...1_000))
            case .text("blur"): .blur
            default: .pad
            }
        let output = try await Tool.ffmpeg.guarded.runAny(
            ClipPlans.conform(
                input: file.path, output: output.path, frames: frames, keyFrames: keyFrames, footage: footage, cut: cut,
                skip: skip, fit: fit, encoding),
            in: work.folder)
        guard output.isSuccess else {
            // A disk that is full fails commands too: that is no word about the clip.
            guard DiskRoom.isThere(in: work.folder) else { throw WorkFault.fullDisk(output.words) }
            return [Finding(.damaged, output.words)]
        }
        footage.takeNotes(in: work.folder)
        return footage.findings(for: wish)
    }

    /// A shot without a clip becomes a slate of its length that says what is the matter.
    private func slate(
        _ work: Work, status: String, reason: String, _ frames: Int, _ keyFrames: [Int], _ encoding: Encoding,
        _ output: URL
    ) async throws {
        let shot = try work.spec.parameters.text("shot")
        let image = work.folder.appendingPathComponent("slate.png")
        try await offPool { () throws(StudioError) in
            try Cards.slate(
                shot: shot, status: status, reason: reason, width: encoding.width, height: encoding.height
            ).writePNG(image)
        }
        try await Tool.ffmpeg.run(
            ClipPlans.still(
                image: image.path, output: output.path, frames: frames, keyFrames: keyFrames, fade: 0, encoding),
            in: work.folder)
    }

    /// The gate on what we made: frames, size and codec as asked; the parameter sets' hash goes with the result.
    private func checked(
        _ file: URL, _ frames: Int, _ encoding: Encoding, _ work: Work, findings: [String] = [], refused: String = ""
    ) async throws -> Made {
        let probe = try await Probe.video(file, in: work.folder)
        try probe.check(file, frames: frames, encoding)
        var facts: Fields = ["frames": .init(frames), "parameters": .init(probe.parameterHash)]
        if !findings.isEmpty { facts["findings"] = .list(findings.prefix(20).map { .init($0) }) }
        if !refused.isEmpty { facts["refused"] = .init(refused) }
        return Made(file: file, facts: facts, isProvisional: !refused.isEmpty)
    }

    func integers(_ name: String, _ fields: Fields) throws -> [Int] {
        try fields.list(name).compactMap { if case .integer(let number) = $0 { Int(number) } else { nil } }
    }

    func transition(_ work: Work) async throws -> Made {
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
                image: image.path, output: output.path, frames: frames, keyFrames: [], fade: encoding.fps.nominal,
                encoding)
        case "credits":
            let image = work.folder.appendingPathComponent("credits.png")
            let lines = try parameters.maps("lines").map { line throws(FieldsError) in
                Cards.CreditLine(
                    kind: try line.text("kind"), left: try line.text("left"), right: try line.text("right"))
            }
            let lineHeight = try work.spec.shaping.integer("line_height", in: 4...1_000)
            try await offPool { () throws(StudioError) in
                try Cards.credits(lines, lineHeight: lineHeight, width: encoding.width, height: encoding.height)
                    .writePNG(image)
            }
            arguments = ClipPlans.roll(
                image: image.path, output: output.path, frames: frames,
                step: try work.spec.shaping.integer("step", in: 1...64),
                encoding)
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
}
