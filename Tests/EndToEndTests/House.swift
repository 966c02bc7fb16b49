import Foundation
import Media
import TestKit
import Testing

/// The product as its user runs it: real processes, real sockets, real ffmpeg.
struct House {
    let folder = TemporaryFolder("house")
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The executable lies beside the test bundle.
    static var snowflake: String {
        let beside = URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
        let candidates = [
            beside, root.appendingPathComponent(".build/debug"), root.appendingPathComponent(".build/release"),
        ]
        return candidates.map { $0.appendingPathComponent("snowflake").path }.first { access($0, X_OK) == 0 }
            ?? "snowflake"
    }

    var state: String { folder.url.appendingPathComponent("state").path }
    var store: String { "file://" + folder.url.appendingPathComponent("store").path }

    /// The example, cut down to the shots named, so that a run takes seconds.
    func project(_ name: String, edit: (inout String) -> Void = { _ in }, shots: Set<String>? = nil) throws -> URL {
        let url = folder.url.appendingPathComponent(name)
        try? FileManager.default.removeItem(at: url)
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
        let example = Self.root.appendingPathComponent("Examples/lamplighter")
        for file in try FileManager.default.contentsOfDirectory(atPath: example.path)
        where file.hasSuffix(".json") && file.hasPrefix("sp_") {
            try FileManager.default.copyItem(
                at: example.appendingPathComponent(file), to: url.appendingPathComponent(file))
        }
        var list =
            try JSONSerialization.jsonObject(with: Data(contentsOf: example.appendingPathComponent("shot_list.json")))
            as? [String: Any] ?? [:]
        if let shots, var scenes = list["scenes"] as? [[String: Any]] {
            for index in scenes.indices {
                let all = scenes[index]["shots"] as? [[String: Any]] ?? []
                scenes[index]["shots"] = all.filter { shots.contains($0["shot_id"] as? String ?? "") }.map { shot in
                    var shot = shot
                    shot["duration_seconds"] = 2
                    return shot
                }
            }
            list["scenes"] = scenes
        }
        var text = String(
            decoding: try JSONSerialization.data(withJSONObject: list, options: [.sortedKeys, .prettyPrinted]),
            as: UTF8.self)
        edit(&text)
        try Data(text.utf8).write(to: url.appendingPathComponent("shot_list.json"))
        return url
    }

    static let few: Set<String> = ["s001_001", "s001_003", "s002_004", "s003_004", "s003_005", "s004_007"]

    /// - Parameter path: instead of this process's `PATH`: what the machine seems to have installed.
    func run(_ arguments: [String], path: String? = nil) async throws -> Tool.Output {
        guard let path else {
            return try await Tool(name: "snowflake", path: Self.snowflake).runAny(arguments, in: folder.url)
        }
        return try await Tool(name: "env", path: "/usr/bin/env").runAny(
            ["PATH=\(path)", "SNOWFLAKE_PIPER=/nowhere", "HOME=\(folder.url.path)", Self.snowflake] + arguments,
            in: folder.url)
    }

    func render(_ project: URL, _ more: [String] = []) async throws -> Tool.Output {
        try await run(
            ["render", project.path, "--profile", "test", "--state", state, "--store", store, "--workers", "2"] + more)
    }

    /// Pictures of a file, as they are decoded.
    func frames(of film: URL) async throws -> Int {
        let words = try await Tool.ffprobe.run(
            [
                "-v", "error", "-select_streams", "v:0", "-count_frames", "-show_entries", "stream=nb_read_frames",
                "-of",
                "csv=p=0", film.path,
            ], in: folder.url
        ).standardOutput
        return Int(words.trimmingCharacters(in: CharacterSet(charactersIn: "\n,"))) ?? -1
    }

    /// Hashes of the film's decoded pictures and sound.
    func streams(_ film: URL) async throws -> String {
        try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-i", film.path, "-map", "0:v:0", "-map", "0:a:0", "-c", "copy", "-f",
                "streamhash", "-",
            ], in: folder.url
        ).standardOutput
    }
}

struct Ended: Decodable {
    let film: String
    let frames: Int
    let tasksRun: Int
    let missing: [String]

    init(_ output: Tool.Output) throws {
        self = try JSONDecoder().decode(Ended.self, from: Data(output.standardOutput.utf8))
    }
}

extension House {
    /// Sends a signal to the process whose command line holds the words and this house's folder, once it is there and
    /// the store has something.
    func kill(_ words: String, with number: Int32 = SIGKILL) async throws {
        let blobs = folder.url.appendingPathComponent("store/blobs").path
        while true {
            let count = (try? FileManager.default.subpathsOfDirectory(atPath: blobs).count) ?? 0
            if count > 8, let id = Self.process(words, folder.url.path) {
                _ = Foundation.kill(id, number)
                return
            }
            try await Task.sleep(for: .milliseconds(20))  // Polls the process table: nothing announces this.
        }
    }

    /// The first process of this house whose command line holds the words.
    static func process(_ words: String, _ folder: String) -> pid_t? {
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = pid_t(entry), let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
            else { continue }
            let line = String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            if line.contains("snowflake"), line.contains(words), line.contains(folder) {
                return id
            }
        }
        return nil
    }

    /// Asks until it succeeds: a process needs a moment to listen.
    func until(_ ask: () async throws -> Tool.Output) async throws -> Tool.Output {
        while true {
            try Task.checkCancellation()
            let output = try await ask()
            if output.isSuccess { return output }
        }
    }

    /// A coordinator that listens, and its operator's token.
    func listening() async throws -> (coordinator: Task<Tool.Output, any Error>, token: String) {
        let coordinator = Task {
            try await run([
                "coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state", state, "--store",
                store,
            ])
        }
        _ = try await until { try await run(["status", "--state", state]) }
        return (coordinator, try String(contentsOfFile: "\(state)/operator.token", encoding: .utf8))
    }
}
