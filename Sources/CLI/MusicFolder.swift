import Film
import Foundation
import Media
import Objects
import Planning
import Protocol

/// Music that somebody puts into a project: `music/film.*` under the whole film, `music/scene_003.*` under one scene.
///
/// It is brought to 48 kHz stereo once, and the film names it by what it is, not by where it lies: the same sound is the
/// same music.
enum MusicFolder {
    static let extensions: Set<String> = ["wav", "flac", "mp3", "m4a", "aac", "ogg", "opus", "aiff"]
    /// Longer than any film.
    private static let samplesLimit = 2_000_000_000

    /// The project with its music read: what it is called in the film's blob.
    static func read(_ project: ProjectFolder) async throws(Failure) -> ProjectFolder {
        let folder = project.url.appendingPathComponent("music")
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        var music = Music()
        var sounds: [Digest: URL] = [:]
        for name in names where extensions.contains((name as NSString).pathExtension.lowercased()) {
            let stem = (name as NSString).deletingPathExtension
            let scene = stem.hasPrefix("scene_") ? Int(stem.dropFirst(6)) : nil
            guard stem == "film" || project.film.scenes.contains(where: { $0.number == scene }) else {
                throw Failure(
                    .badProject,
                    "music/\(name) belongs to nothing: call it film.* or scene_NNN.* after one of the film's scenes")
            }
            let (file, entry) = try await convert(folder.appendingPathComponent(name), project.url)
            sounds[entry.digest] = file
            if let scene { music.scenes[scene] = entry } else { music.film = entry }
        }
        guard music != project.film.music || !sounds.isEmpty else { return project }
        var project = project
        project.take(music, sounds)
        return project
    }

    /// Sound as the mix takes it, kept beside its source so that it is converted once.
    private static func convert(_ source: URL, _ root: URL) async throws(Failure) -> (URL, Music.Stem) {
        let cache = Folders.cache.appendingPathComponent("music")
        do {
            try FileManager.default.createDirectory(at: cache, withIntermediateDirectories: true)
            let digest = try FolderStore.hash(source).digest
            let file = cache.appendingPathComponent("\(digest.hex).wav")
            if !FileManager.default.fileExists(atPath: file.path) {
                let part = file.appendingPathExtension("part")
                try await Tool.ffmpeg.guarded.run(
                    [
                        "-nostdin", "-v", "error", "-xerror", "-y", "-protocol_whitelist", "file", "-i", source.path,
                        "-map", "0:a:0", "-map_metadata", "-1", "-ar", "48000", "-ac", "2", "-c:a", "pcm_s16le",
                        "-fflags", "+bitexact", "-f", "wav", part.path,
                    ], in: cache)
                try FileManager.default.moveItem(at: part, to: file)
            }
            let (made, size) = try FolderStore.hash(file)
            let samples = (Int(size) - 44) / 4
            guard (1...samplesLimit).contains(samples) else {
                throw Failure(.badProject, "music/\(source.lastPathComponent) has no sound in it, or far too much")
            }
            return (file, Music.Stem(digest: made, samples: samples, sizeBytes: Int(size)))
        } catch let failure as Failure {
            throw failure
        } catch {
            throw Failure(.badProject, "music/\(source.lastPathComponent) cannot be used: \(error)")
        }
    }

    /// Puts the sounds into a store, each under its task's key: the cluster finds them made.
    static func handIn(_ project: ProjectFolder, to objects: Depot) async throws {
        guard !project.sounds.isEmpty else { return }
        let nodes = FilmPlan(project.film, project.profile).nodes.filter { $0.spec.kind == .music }
        let held = try await objects.held(of: nodes.map(\.spec.key))
        for node in nodes where !held.contains(node.spec.key) {
            guard let digest = Digest(hex: try node.spec.parameters.text("digest")), let file = project.sounds[digest]
            else { continue }
            let (put, size) = try await objects.put(file)
            let result = TaskResult(
                digest: put, sizeBytes: size,
                facts: ["samples": .init(try node.spec.parameters.integer("samples", in: 1...samplesLimit))])
            try await objects.keep(result.receipt, for: node.spec.key)
        }
    }
}

/// Takes that were bought and are shown as they are: the cluster finds them made.
enum BoughtTakes {
    static func handIn(_ project: ProjectFolder, to objects: Depot) async throws {
        guard project.film.selection.choices.values.contains(where: { $0.bought != nil }) else { return }
        let nodes = FilmPlan(project.film, project.profile).nodes.filter {
            $0.spec.backend == BackendChoice.given.backend && $0.spec.kind != .music
        }
        let held = try await objects.held(of: nodes.map(\.spec.key))
        for node in nodes where !held.contains(node.spec.key) {
            let digest = Digest(hex: try node.spec.parameters.text("digest"))
            guard let key = Digest(hex: try node.spec.parameters.text("bought")),
                let receipt = try await objects.receipt(for: key), let result = TaskResult(receipt: receipt),
                result.digest == digest, try await objects.holds(result.digest, sizeBytes: result.sizeBytes)
            else { continue }  // The coordinator says what is missing.
            try await objects.keep(receipt, for: node.spec.key)
        }
    }
}
