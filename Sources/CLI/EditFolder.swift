import Film
import Foundation
import Media
import Objects
import Planning
import Protocol

/// What of a film lies here, for editors' programs: clips and stills in the project, takes and sounds in the store, which
/// are linked into the project where somebody needs them as files.
struct EditFolder {
    let project: ProjectFolder
    let plan: FilmPlan
    let objects: FolderStore?
    /// Receipts by key, of what is shown and of every take.
    let receipts: [TaskKey: Fields]
    let takes: Takes
    var mezzanine: ClipPlans.Mezzanine?

    init(_ project: ProjectFolder, store: String?) async throws(Failure) {
        self.project = project
        plan = FilmPlan(project.film, project.profile)
        takes = try project.takes()
        let depot = try Folders.depot(store)
        objects = depot?.folder
        let made = takes.choices.values.flatMap(\.takes)
        do throws(ObjectError) {
            let keys = plan.nodes.map(\.spec.key) + made.compactMap { Digest(hex: $0.key) }
            receipts = try await depot?.receipts(of: keys) ?? [:]
            guard let depot, depot.remote != nil else { return }
            // What an editor's program opens lies here as a file.
            let beds = plan.nodes.filter { $0.spec.kind == .ambience }.compactMap { receipts[$0.spec.key] }
            let wanted =
                made.compactMap { Digest(hex: $0.digest) } + beds.compactMap { TaskResult(receipt: $0)?.digest }
            for digest in wanted {
                do throws(ObjectError) {
                    _ = try await depot.take(digest)
                } catch {
                    // One that is gone is a missing reference there, as it would be here.
                    guard case .missing = error else { throw error }
                }
            }
        } catch {
            throw Failure(.lacking, "\(error)")
        }
    }

    private func isThere(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: project.url.appendingPathComponent(path).path)
    }

    /// What the store knows of a node's result.
    private func result(of name: String) -> TaskResult? {
        guard let node = plan.node(name), let receipt = receipts[node.spec.key] else { return nil }
        return TaskResult(receipt: receipt)
    }

    /// Facts of spoken lines, for captions.
    func facts(_ name: String) -> Fields? { result(of: name)?.facts }

    // MARK: pictures

    func footing(_ clip: Timeline.Clip) -> FilmPlan.Footing {
        var media: [Edit.Media] = []
        let path = "clips/\(clip.name).mp4"
        if isThere(path) { media.append(Edit.Media(key: "clip", path: path, available: clip.frames, first: 0)) }
        let choice = takes.choices[Takes.Slot(clip.shot.id, .animate)]
        for take in choice?.takes ?? [] {
            let raw = link(take, of: clip)
            media.append(
                Edit.Media(
                    key: "take_\(take.number)", path: raw, available: length(of: take, clip), first: clip.skip,
                    backend: take.backend, model: take.model, digest: take.digest, costMicroUSD: take.costMicroUSD))
        }
        let edited = "mezzanine/\(clip.shot.id).mov"
        if isThere(edited), let shown = choice?.shown {
            media.append(
                Edit.Media(
                    key: "mezzanine", path: edited, available: length(of: shown, clip), first: clip.skip,
                    backend: shown.backend, model: shown.model, digest: shown.digest))
        }
        let active =
            mezzanine != nil && media.last?.key == "mezzanine"
            ? "mezzanine" : isThere(path) ? "clip" : choice.map { "take_\($0.selected)" } ?? ""
        return FilmPlan.Footing(media: media, active: active)
    }

    /// Frames of a take at the film's rate.
    private func length(of take: Takes.Take, _ clip: Timeline.Clip) -> Int {
        guard let key = Digest(hex: take.key), let receipt = receipts[key],
            let facts = TaskResult(receipt: receipt)?.facts
        else { return clip.skip + clip.frames }
        if let milliseconds = try? facts.integer("ms", in: 1...10_000_000) {
            return project.profile.fps.frames(in: Double(milliseconds) / 1_000)
        }
        return (try? facts.integer("frames", in: 1...1_000_000)) ?? clip.skip + clip.frames
    }

    /// The take as a file of the project; `nil` when the store here does not have it.
    private func link(_ take: Takes.Take, of clip: Timeline.Clip) -> String? {
        guard let digest = Digest(hex: take.digest) else { return nil }
        return link(digest, as: "takes/\(clip.shot.id)_\(take.number).mp4")
    }

    private func link(_ digest: Digest, as path: String) -> String? {
        guard let objects else { return nil }
        let source = objects.location(of: digest)
        guard FileManager.default.fileExists(atPath: source.path) else { return nil }
        let target = project.url.appendingPathComponent(path)
        try? FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        if let ours = FileFacts(source.path), let theirs = FileFacts(target.path), ours.isSameFile(as: theirs) {
            return path
        }
        let part = target.appendingPathExtension("part")
        unlink(part.path)
        if Foundation.link(source.path, part.path) != 0 {
            guard (try? FileManager.default.copyItem(at: source, to: part)) != nil else { return nil }
        }
        return rename(part.path, target.path) == 0 ? path : nil
    }

    // MARK: sounds

    func sounds(_ clip: Timeline.Clip) -> [Edit.Sound] {
        var sounds: [Edit.Sound] = []
        let perFrame = project.profile.samplesPerFrame
        var layout = LineTiming.Layout(at: clip.start + clip.speechAt, samplesPerFrame: perFrame)
        for number in clip.lines.indices {
            let name = "\(clip.shot.id)_\(number + 1)"
            guard let samples = try? facts("\(name)/dialogue")?.integer("samples", in: 1...100_000_000),
                isThere("sound/\(name).wav")
            else { continue }
            sounds.append(
                Edit.Sound(
                    name: name, role: .dialogue, path: "sound/\(name).wav", start: layout.place(samples) / perFrame,
                    frames: max(1, samples / perFrame), shot: clip.name))
        }
        if let bed = result(of: "\(clip.name)/ambience"),
            let path = link(bed.digest, as: "stems/\(clip.name)_ambience.wav")
        {
            sounds.append(
                Edit.Sound(
                    name: "\(clip.name)_ambience", role: .effects, path: path, start: clip.start, frames: clip.frames,
                    shot: clip.name))
        }
        return sounds
    }

    var edit: Edit { plan.edit(footing: footing, sounds: sounds) }

    // MARK: mezzanine

    /// Each shown take at full length in an editor's format; what is there already stays.
    func makeMezzanine(_ kind: ClipPlans.Mezzanine) async throws(Failure) -> Int {
        let folder = project.url.appendingPathComponent("mezzanine")
        var made = 0
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let profile = project.profile
            let encoding = Encoding(
                width: profile.width, height: profile.height, fps: profile.fps, kilobits: profile.videoKilobits)
            for shot in Set(plan.timeline.clips.map(\.shot.id)).sorted() {
                guard let take = takes.choices[Takes.Slot(shot, .animate)]?.shown,
                    let digest = Digest(hex: take.digest),
                    let objects, let source = try? objects.path(of: digest)
                else { continue }
                let output = folder.appendingPathComponent("\(shot).mov")
                let mark = folder.appendingPathComponent(".\(shot).source")
                let identity = "\(kind.rawValue) \(take.digest) \(encoding.width)x\(encoding.height) \(encoding.fps)"
                if (try? String(contentsOf: mark, encoding: .utf8)) == identity, isThere("mezzanine/\(shot).mov") {
                    continue
                }
                let footage = try await Footage.look(at: source, in: folder)
                let part = output.appendingPathExtension("part")
                try await Tool.ffmpeg.guarded.run(
                    ClipPlans.mezzanine(
                        kind, input: source.path, output: part.path, footage: footage, fit: .pad, encoding), in: folder)
                guard rename(part.path, output.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
                try Data(identity.utf8).write(to: mark, options: .atomic)
                made += 1
            }
        } catch {
            throw Failure(.lacking, "the mezzanine files cannot be made in \(folder.path): \(error)")
        }
        return made
    }
}
