import Film
import Foundation
import Objects
import Planning
import Protocol

/// Writes what a job made into a project folder: read-only hard links where the file system allows, else copies, and
/// the manifests. Nothing is half-written: each file gets a temporary name first.
struct Publisher {
    let objects: FolderStore
    let folder: URL
    let plan: FilmPlan
    let results: [NodeResult]
    /// Compare what is there already by content, not by size and time stamp.
    var verifies = false

    struct Outcome {
        var film: URL?
        var filmBytes: Int64 = 0
        var frames = 0
        var missing: [String] = []
        var written = 0
        var isProvisional = false
    }

    /// Brings what is not here yet, then writes it all; a draft is the film alone.
    static func publish(
        from depot: Depot, into folder: URL, plan: FilmPlan, results: [NodeResult], verifies: Bool = false,
        isDraft: Bool = false
    ) async throws -> Outcome {
        let publisher = Publisher(
            objects: depot.folder, folder: folder, plan: plan, results: results, verifies: verifies)
        var taken: [Digest] = []
        defer { depot.letGo(taken) }
        if depot.remote != nil {
            for result in publisher.wanted(isDraft: isDraft) {
                do {
                    _ = try await depot.take(result.digest)
                } catch {
                    throw Failure(.lacking, "a result cannot be fetched: \(error)")
                }
                taken.append(result.digest)
            }
        }
        return isDraft ? try publisher.publishDraft() : try publisher.publish()
    }

    /// What is to be written and is not there already.
    private func wanted(isDraft: Bool) -> [TaskResult] {
        results.compactMap { node in
            guard let path = path(for: node), node.hasResult, let result = try? TaskResult(node.result),
                !isDraft || node.kind == TaskKind.film.rawValue
            else { return nil }
            let target = folder.appendingPathComponent(path)
            let size = (try? FileManager.default.attributesOfItem(atPath: target.path)[.size] as? Int64) ?? -1
            let isThere =
                !isDraft && size == result.sizeBytes && (try? FolderStore.hash(target).digest) == result.digest
            return isThere ? nil : result
        }
    }

    /// Writes the film alone, under a name of its own: it is not finished.
    func publishDraft() throws(Failure) -> Outcome {
        var outcome = Outcome()
        guard let node = results.first(where: { $0.kind == TaskKind.film.rawValue }), node.hasResult,
            let result = try? TaskResult(node.result)
        else { return outcome }
        let path = "output/\(plan.film.id)_DRAFT.mp4"
        _ = try place(result, at: path)
        outcome.film = folder.appendingPathComponent(path)
        outcome.filmBytes = result.sizeBytes
        outcome.frames = (try? result.facts.integer("frames")) ?? 0
        outcome.missing = (plan.profile.absent ?? [:]).keys.filter { $0.hasSuffix("/animate") }
            .map { String($0.prefix { $0 != "/" }) }.sorted()
        return outcome
    }

    func publish() throws(Failure) -> Outcome {
        var outcome = Outcome()
        var assets = manifest(Manifest.assets)
        var shots = manifest(Manifest.shots)
        var takes = try ProjectFolder.takes(in: folder)
        let bases = plan.bases
        let stamp = ISO8601DateFormatter().string(from: Date())
        for node in results {
            let name = node.name
            if node.hasResult, let result = try? TaskResult(node.result), let planned = plan.node(name) {
                note(planned, result, bases, &takes, stamp)
            }
            guard let path = path(for: node) else { continue }
            guard node.hasResult, let result = try? TaskResult(node.result) else {
                if node.kind == TaskKind.clip.rawValue || !node.fault.isEmpty { outcome.missing.append(name) }
                continue
            }
            if try place(result, at: path) { outcome.written += 1 }
            switch TaskKind(rawValue: node.kind) {
            case .film:
                outcome.film = folder.appendingPathComponent(path)
                outcome.filmBytes = result.sizeBytes
                outcome.frames = (try? result.facts.integer("frames")) ?? 0
                outcome.isProvisional = result.isProvisional
            case .clip: note(name, path, result, &shots, stamp)
            case .setting, .cutout: note(asset: name, path, node, &assets, stamp)
            default: break
            }
        }
        for node in results where node.kind == TaskKind.conform.rawValue && node.hasResult {
            guard let refused = try? TaskResult(node.result).facts.text("refused") else { continue }
            let shot = String(node.name.prefix { $0 != "/" })
            outcome.missing.append(shot)
            shots.set(
                [JSON.Member("status", .string("failed")), JSON.Member("error", .string(refused))], at: [shot])
        }
        for node in results where node.kind == TaskKind.animate.rawValue && !node.fault.isEmpty {
            let shot = String(node.name.prefix { $0 != "/" })
            outcome.missing.append(shot)
            shots.set(
                [JSON.Member("status", .string("failed")), JSON.Member("error", .string(node.fault))], at: [shot])
        }
        if outcome.film != nil { try writeCaptions() }
        try write(assets.text, Manifest.assets)
        try write(shots.text, Manifest.shots)
        try write(takes.text, Takes.file)
        outcome.missing = Array(Set(outcome.missing)).sorted()
        return outcome
    }

    /// The film's captions beside it, with the times of its real speech.
    private func writeCaptions() throws(Failure) {
        var facts: [String: Fields] = [:]
        for node in results where node.kind == TaskKind.dialogue.rawValue && node.hasResult {
            facts[node.name] = (try? TaskResult(node.result))?.facts
        }
        let captions = plan.captions { facts[$0] }
        guard !captions.cues.isEmpty else { return }
        let name = "output/\(plan.film.id)_FINAL"
        try write(captions.srt, name + ".srt")
        try write(captions.vtt { plan.film.bible.person($0)?.name ?? "" }, name + ".vtt")
    }

    /// Where a product of the graph lies in the project; nil for what is nobody's product.
    private func path(for node: NodeResult) -> String? {
        let stem = String(node.name.prefix { $0 != "/" })
        switch TaskKind(rawValue: node.kind) {
        case .setting: return "settings/\(stem).png"
        case .cutout: return "characters/\(stem).png"
        case .compose: return "stills/\(stem).png"
        case .dialogue: return "sound/\(stem).wav"
        case .clip: return "clips/\(stem).mp4"
        case .scene: return "scenes/\(stem).mp4"
        case .film: return "output/\(plan.film.id)_FINAL.mp4"
        default: return nil
        }
    }

    /// Links or copies a blob; false when the very same file is there already.
    private func place(_ result: TaskResult, at path: String) throws(Failure) -> Bool {
        let target = folder.appendingPathComponent(path)
        do {
            // A film of many gigabytes is not read again to find that nothing changed.
            let ours = FileFacts(objects.location(of: result.digest).path)
            if let theirs = FileFacts(target.path) {
                let isKnown = ours.map { isAlike($0, theirs) } ?? true
                // What a store elsewhere has, and this folder as well, was not fetched.
                if isKnown, try ours != nil && !verifies || FolderStore.hash(target).digest == result.digest {
                    return false
                }
            }
            let source = try objects.path(of: result.digest)
            try FileManager.default.createDirectory(
                at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
            let part = target.appendingPathExtension("part")
            unlink(part.path)
            if link(source.path, part.path) != 0 {
                try FileManager.default.copyItem(at: source, to: part)
                try FileManager.default.setAttributes(
                    [
                        .modificationDate: Date(
                            timeIntervalSince1970: TimeInterval((ours?.changedNanoseconds ?? 0) / 1_000_000_000))
                    ],
                    ofItemAtPath: part.path)
            }
            guard rename(part.path, target.path) == 0 else { throw CocoaError(.fileWriteUnknown) }
            return true
        } catch {
            throw Failure(.lacking, "\(target.path) cannot be written: \(error)")
        }
    }

    private func isAlike(_ ours: FileFacts, _ theirs: FileFacts) -> Bool {
        ours.isSameFile(as: theirs)
            || ours.size == theirs.size
                && ours.changedNanoseconds / 1_000_000_000 == theirs.changedNanoseconds / 1_000_000_000
    }

    private func manifest(_ name: String) -> Manifest {
        Manifest(text: (try? Data(contentsOf: folder.appendingPathComponent(name))).map { Array($0) })
    }

    /// Every result a generator made is a take; one with a failed input in it is none.
    private func note(
        _ node: JobNode, _ result: TaskResult, _ bases: [TaskKey: Digest], _ takes: inout Takes, _ stamp: String
    ) {
        // What is shown as it was bought is in the list already.
        guard let slot = FilmPlan.slot(node), !result.isProvisional, node.spec.backend != BackendChoice.given.backend
        else { return }
        let asked = plan.film.selection.choices[slot]
        takes.record(
            Takes.Take(
                backend: node.spec.backend, model: node.spec.model, key: node.spec.key.hex, basis: node.spec.basis.hex,
                digest: result.digest.hex, costMicroUSD: result.cost.amount, madeAt: stamp,
                parts: plan.parts(of: node, bases: bases), seed: node.spec.take, prompt: asked?.prompt ?? ""), in: slot,
            isChosen: asked != nil && asked?.bought == nil, rejecting: asked?.reason ?? "")
    }

    private func write(_ text: String, _ name: String) throws(Failure) {
        let file = folder.appendingPathComponent(name)
        let bytes = Data(text.utf8)
        if let old = try? Data(contentsOf: file), old == bytes { return }
        do {
            try bytes.write(to: file, options: .atomic)
        } catch {
            throw Failure(.lacking, "\(file.path) cannot be written: \(error.localizedDescription)")
        }
    }

    private func note(_ name: String, _ path: String, _ result: TaskResult, _ shots: inout Manifest, _ stamp: String) {
        let shot = String(name.prefix { $0 != "/" })
        let digest = JSON.string(result.digest.hex)
        guard shots.json[shot]?["result_digest"] != digest else { return }
        let frames = (try? result.facts.integer("frames")) ?? 0
        shots.set(
            [
                JSON.Member("status", .string(result.isProvisional ? "failed" : "completed")),
                JSON.Member("clip_path", .string(path)),
                JSON.Member("duration", .number(String(format: "%.3f", plan.profile.fps.seconds(frames)))),
                JSON.Member("generated_at", .string(stamp)), JSON.Member("result_digest", digest),
            ], at: [shot])
    }

    private func note(asset name: String, _ path: String, _ node: NodeResult, _ assets: inout Manifest, _ stamp: String)
    {
        let stem = String(name.prefix { $0 != "/" })
        let isSetting = node.kind == TaskKind.setting.rawValue
        let section = isSetting ? "settings" : "characters"
        let digest = JSON.string(Digest(bytes: node.result.digest)?.hex ?? "")
        guard assets.json[section]?[stem]?["result_digest"] != digest else { return }
        let source = isSetting ? plan.node(name) : plan.node("\(stem)/portrait")
        let prompt = (try? source?.spec.parameters.text("prompt")) ?? ""
        var members = [
            JSON.Member("image_path", .string(path)), JSON.Member("prompt", .string(prompt)),
            JSON.Member("generated_at", .string(stamp)),
        ]
        if isSetting {
            members += [JSON.Member("width", .number("1920")), JSON.Member("height", .number("1080"))]
        } else {
            members.append(JSON.Member("background_removed", .bool(true)))
        }
        members.append(JSON.Member("result_digest", digest))
        assets.set(members, at: [section, stem])
    }
}
