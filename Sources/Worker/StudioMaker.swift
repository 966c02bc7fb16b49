package import Foundation
internal import Media
internal import Objects
package import Planning
package import Protocol
internal import Providers
internal import Studio
internal import Transport

/// The keyless pictures: places, people, stills and moving clips, drawn by ``Studio``.
package struct StudioMaker: Maker {
    package init() {}

    package var capabilities: [Capability: Role] {
        let kinds: [TaskKind] = [.setting, .portrait, .cutout, .compose, .animate]
        return Dictionary(uniqueKeysWithValues: kinds.map { (Capability(kind: $0, backend: "local"), .gpu) })
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        if work.spec.kind == .animate { return try await animate(work) }
        let file = work.folder.appendingPathComponent("picture.png")
        do throws(StudioError) {
            try await offPool { () throws(StudioError) in try draw(work, file) }
        } catch {
            throw WorkFault(studio: error)
        }
        return Made(file: file)
    }

    private func draw(_ work: Work, _ file: URL) throws(StudioError) {
        let spec = work.spec
        let parameters = Self.parameters(spec)
        switch spec.kind {
        case .setting: try StudioMaking.setting(parameters, spec.shaping, output: file)
        case .portrait: try StudioMaking.portrait(parameters, output: file)
        case .cutout:
            guard let portrait = work.inputs.first?.file else { throw .cannotDraw("the portrait is missing") }
            try StudioMaking.cutout(portrait: portrait, output: file)
        default:
            let (plate, figures) = Self.visuals(work)
            try StudioMaking.compose(parameters, spec.shaping, plate: plate, figures: figures, output: file)
        }
    }

    /// Another candidate is drawn a little otherwise.
    private static func parameters(_ spec: TaskSpec) -> Fields {
        spec.take == 0 ? spec.parameters : spec.parameters.merging(["take": .init(spec.take)])
    }

    /// Plate and cut-outs, in the order of the people in frame.
    static func visuals(_ work: Work) -> (plate: URL?, figures: [URL?]) {
        let plate = work.inputs.first { $0.name == "setting" }?.file
        var figures: [URL?] = []
        while let input = work.inputs.first(where: { $0.name == "person.\(figures.count)" }) {
            figures.append(input.file)
        }
        return (plate, figures)
    }

    private func animate(_ work: Work) async throws(WorkFault) -> Made {
        let (plate, figures) = Self.visuals(work)
        let spec = work.spec
        let clip: StudioMaking.Clip
        do throws(StudioError) {
            clip = try await offPool { () throws(StudioError) in
                try StudioMaking.Clip(Self.parameters(spec), spec.shaping, plate: plate, figures: figures)
            }
        } catch {
            throw WorkFault(studio: error)
        }
        let file = work.folder.appendingPathComponent("raw.mp4")
        do throws(ToolError) {
            try await Tool.ffmpeg.run(ClipPlans.raw(output: file.path, clip.encoding), in: work.folder) { write in
                clip.render(write: write, progress: work.progress)
            }
            let probe = try await Probe.video(file, in: work.folder)
            try probe.check(file, frames: clip.frames, clip.encoding)
        } catch {
            throw WorkFault(tool: error)
        }
        return Made(file: file, facts: ["frames": .init(clip.frames), "ours": 1])
    }
}

/// Speech and ambience without any key.
package struct SoundMaker: Maker {
    private let speech: Speech

    /// Finds the voices of this machine.
    package init(folder: URL) async { speech = await Speech.find(in: folder) }

    /// What this machine can speak with.
    package var voices: [AvailableVoice] { speech.voices }

    package var capabilities: [Capability: Role] {
        var all: [Capability: Role] = [Capability(kind: .ambience, backend: "local"): .audio]
        if !speech.voices.isEmpty { all[Capability(kind: .dialogue, backend: "local")] = .audio }
        return all
    }

    package func make(_ work: Work) async throws(WorkFault) -> Made {
        work.spec.kind == .dialogue ? try await speak(work) : try await bed(work)
    }

    private func speak(_ work: Work) async throws(WorkFault) -> Made {
        let text: String
        let voice: String
        do throws(FieldsError) {
            let sayings = try Saying.all(of: work.spec.parameters)
            text = Spelling.respelt(try work.spec.parameters.text("text"), sayings)
            voice = try work.spec.parameters.text("voice")
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
        do throws(StudioError) {
            let spoken = try await speech.speak(text, voice: voice, in: work.folder)
            return Made(
                file: spoken.file,
                facts: [
                    "samples": .init(spoken.samples), "unspoken": .init(spoken.unspoken), "voice": .init(spoken.voice),
                ])
        } catch {
            throw WorkFault(studio: error)
        }
    }

    private func bed(_ work: Work) async throws(WorkFault) -> Made {
        let parameters = work.spec.parameters
        let file = work.folder.appendingPathComponent("bed.wav")
        let seconds: Int
        let chosen: [(name: String, gain: Int)]
        do throws(FieldsError) {
            seconds = try parameters.integer("seconds", in: 1...3_600)
            chosen = Ambience.choose(
                words: try parameters.text("words"), place: try parameters.text("place"),
                time: try parameters.text("time"), isExterior: try parameters.flag("exterior"))
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
        do throws(ToolError) {
            try await Ambience.make(chosen, seconds: seconds, output: file, in: work.folder)
        } catch {
            throw WorkFault(tool: error)
        }
        return Made(file: file, facts: ["samples": .init(seconds * 48_000)])
    }
}

extension WorkFault {
    /// A full disk is nobody's mistake: the task waits, and consumes no try.
    static let fullDiskPause = Span.seconds(20)
    private static let fullDiskWords = "No space left on device"

    /// What a drawing's failure means for the task.
    init(studio error: StudioError) {
        switch error {
        case .cannotDraw, .badSpeech: self.init(.inputFault, "\(error)")
        case .cannotRead, .cannotWrite, .noVoice: self.init(.workerFault, "\(error)")
        }
        if "\(error)".contains(Self.fullDiskWords) || "\(error)".contains(String(cString: strerror(ENOSPC))) {
            self = .fullDisk("\(error)")
        }
    }

    /// What a command's failure means for the task: another machine may do better.
    init(tool error: ToolError) {
        switch error {
        case .cancelled: self.init(.interrupted, "stopped")
        case .missing, .failed, .badOutput, .file:
            let words = "\(error)"
            self = words.contains(Self.fullDiskWords) ? .fullDisk(words) : WorkFault(.workerFault, words)
        }
    }

    init(movie error: MovieError) {
        let words = "\(error)"
        self = words.contains(Self.fullDiskWords) ? .fullDisk(words) : WorkFault(.workerFault, words)
    }

    /// What the store's failure means for the task.
    init(_ doing: String, objects error: ObjectError) {
        if case .full = error {
            self = .fullDisk("\(doing): \(error)")
        } else {
            self.init(.workerFault, "\(doing): \(error)")
        }
    }

    /// The work waits for room.
    static func fullDisk(_ words: String) -> WorkFault {
        WorkFault(
            .scarce, words.contains("is full") ? words : "the disk is full: \(words)", retryAfter: fullDiskPause)
    }
}
