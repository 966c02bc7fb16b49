import Foundation
import Media
import TestKit
import Testing

/// The product as its user runs it: real processes, real sockets, real ffmpeg.
struct House {
    let folder = TemporaryFolder("house")
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    static let program = Bundle.main.executableURL.map { $0.deletingLastPathComponent() } ?? root

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

    func run(_ arguments: [String]) async throws -> Tool.Output {
        try await Tool(name: "snowflake", path: Self.snowflake).runAny(arguments, in: folder.url)
    }

    func render(_ project: URL, _ more: [String] = []) async throws -> Tool.Output {
        try await run(
            ["render", project.path, "--profile", "test", "--state", state, "--store", store, "--workers", "2"] + more)
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

@Suite("From a folder to a film", .serialized, .timeLimit(.minutes(10)))
struct EndToEndTests {
    /// The whole example; then nothing changed; then one prompt changed; then everything from nothing again.
    @Test func theExampleRendersAndOnlyWhatChangesRunsAgain() async throws {
        let house = House()
        let project = try house.project("film")
        let first = try await house.render(project, ["--json"])
        #expect(first.isSuccess, "\(first.standardError)")
        let ended = try Ended(first)
        #expect(ended.tasksRun > 150)
        #expect(ended.missing.isEmpty)
        let film = URL(fileURLWithPath: ended.film)
        let probe = try await Probe.video(film, in: house.folder.url)
        #expect(probe.frames == ended.frames)
        try await Probe.decode(film, in: house.folder.url)
        for path in [
            "settings/lamp_room.png", "characters/nell_arden.png", "stills/s001_003.png", "sound/s001_003_1.wav",
            "clips/s004_007.mp4", "scenes/scene_003.mp4", "shot_manifest.json", "visual_bible_manifest.json",
            "voice_map.json",
        ] {
            #expect(FileManager.default.fileExists(atPath: project.appendingPathComponent(path).path), "\(path)")
        }
        let again = try Ended(try await house.render(project, ["--json"]))
        #expect(again.tasksRun == 0)
        let list = project.appendingPathComponent("shot_list.json")
        let text = try String(contentsOf: list, encoding: .utf8).replacing(
            "she heaves at the crank", with: "she leans on the crank")
        try Data(text.utf8).write(to: list)
        let edited = try Ended(try await house.render(project, ["--json"]))
        #expect(edited.tasksRun == 5, "animate, conform, clip, its scene, the film")
    }

    /// A worker is killed, then the coordinator; the render is started again; the film is the undisturbed one's.
    @Test func killedProcessesChangeNothing() async throws {
        let calm = House()
        let calmEnd = try Ended(try await calm.render(try calm.project("film", shots: House.few), ["--json"]))
        let house = House()
        let project = try house.project("film", shots: House.few)
        async let running = house.render(project, ["--json"])
        try await house.kill("--name media-1", once: "\"phase\"")
        try await house.kill("coordinator --listen", once: "")
        _ = try await running
        let ended = try Ended(try await house.render(project, ["--json"]))
        #expect(ended.missing.isEmpty)
        #expect(ended.frames == calmEnd.frames)
        let left = try await house.streams(URL(fileURLWithPath: ended.film))
        let right = try await calm.streams(URL(fileURLWithPath: calmEnd.film))
        #expect(left == right)
    }

    /// A running cluster with separate workers: submit, status, why, pull.
    @Test func aClusterTakesJobs() async throws {
        let house = House()
        let project = try house.project("film", shots: ["s001_001", "s001_003"])
        let state = house.state
        let coordinator = Task {
            try await house.run([
                "coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state", state, "--store",
                house.store,
            ])
        }
        let token = try await house.until {
            try await house.run(["token", "create", "--role", "worker", "--state", state])
        }
        let file = house.folder.url.appendingPathComponent("w.token")
        try Data(token.standardOutput.utf8).write(to: file)
        let workers = ["media,audio", "gpu,api"].map { roles in
            Task {
                try await house.run([
                    "worker", "--join", "@\(file.path)", "--roles", roles, "--state",
                    house.folder.url.appendingPathComponent(roles).path,
                ])
            }
        }
        let submitted = try await house.run(["submit", project.path, "--profile", "test", "--wait", "--state", state])
        #expect(submitted.isSuccess, "\(submitted.standardError)")
        let status = try await house.run(["status", "--state", state])
        #expect(status.standardOutput.contains("settled"))
        let why = try await house.run(["why", "s001_003", "--state", state])
        #expect(why.standardOutput.contains("s001_003 is done"))
        let pulled = house.folder.url.appendingPathComponent("pulled")
        let pull = try await house.run(["pull", "-", pulled.path, "--state", state])
        #expect(pull.isSuccess, "\(pull.standardError)")
        #expect(
            FileManager.default.fileExists(atPath: pulled.appendingPathComponent("output/lamplighter_FINAL.mp4").path))
        // A second coordinator on the same state is refused, and says why.
        let second = try await house.run(["coordinator", "--listen", "tcp://127.0.0.1:*", "--state", state])
        #expect(second.status.contains("6"))
        #expect(second.standardError.contains("is in use by another process"))
        // A revoked token is refused, and the worker says so.
        let list = try await house.run(["token", "list", "--state", state])
        let id = try #require(
            list.standardOutput.split(separator: "\n").first { $0.contains("  worker") }?.split(separator: " ").first)
        _ = try await house.run(["token", "revoke", String(id), "--state", state])
        let refused = try await house.run([
            "worker", "--join", "@\(file.path)", "--roles", "api", "--state",
            house.folder.url.appendingPathComponent("r").path,
        ])
        #expect(refused.status.contains("7"))
        #expect(refused.standardError.contains("refuse"))
        for worker in workers { worker.cancel() }
        coordinator.cancel()
        for worker in workers { _ = try? await worker.value }
        _ = try? await coordinator.value
    }
}

extension House {
    /// Kills the process whose command line holds all the words and this house's folder, once it is there and the store
    /// has something.
    func kill(_ words: String, once: String) async throws {
        let blobs = folder.url.appendingPathComponent("store/blobs").path
        while true {
            let count = (try? FileManager.default.subpathsOfDirectory(atPath: blobs).count) ?? 0
            if count > 8, let id = Self.process(words, folder.url.path) {
                _ = Foundation.kill(id, SIGKILL)
                return
            }
            try await Task.sleep(for: .milliseconds(20))  // Polls the process table: nothing announces this.
        }
    }

    private static func process(_ words: String, _ folder: String) -> pid_t? {
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = pid_t(entry), let data = FileManager.default.contents(atPath: "/proc/\(entry)/cmdline")
            else { continue }
            let line = String(decoding: data.map { $0 == 0 ? 32 : $0 }, as: UTF8.self)
            if line.contains("snowflake"), line.contains(words), line.contains(folder), !line.contains(" render ") {
                return id
            }
        }
        return nil
    }

    /// Asks until it succeeds: a process needs a moment to listen.
    func until(_ ask: () async throws -> Tool.Output) async throws -> Tool.Output {
        while true {
            let output = try await ask()
            if output.isSuccess { return output }
        }
    }
}

@Suite("Bad input is told, and leaves nothing behind", .timeLimit(.minutes(2)))
struct BadInputTests {
    let house = House()

    private func expect(_ arguments: [String], status: Int32, says words: String...) async throws {
        let output = try await house.run(arguments)
        #expect(output.status == "ended with status \(status)", "\(arguments): \(output.standardError)")
        for word in words { #expect(output.standardError.contains(word), "\(arguments): \(output.standardError)") }
    }

    @Test func brokenProjects() async throws {
        try await expect(["plan", "/no/such/folder"], status: 3, says: "is not a folder")
        let empty = house.folder.url.appendingPathComponent("empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        try await expect(["plan", empty.path], status: 3, says: "shot_list.json", "is missing")
        let list = empty.appendingPathComponent("shot_list.json")
        try Data("{\n \"title\": \"x\",\n}".utf8).write(to: list)
        try await expect(["plan", empty.path], status: 3, says: "line 3, column 1")
        try Data("{\"title\": \"x\", \"scenes\": []}".utf8).write(to: list)
        try await expect(["render", empty.path, "--state", house.state], status: 3, says: "holds no shot")
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty.path) == ["shot_list.json"])
    }

    @Test func wrongWords() async throws {
        let project = try house.project("film", shots: ["s001_001"])
        try await expect(["plan", project.path, "--profile", "animatc"], status: 2, says: "did you mean \"animatic\"?")
        try await expect(["plan", project.path, "--size", "13x7"], status: 2, says: "1920x1080")
        try await expect(["worker", "--join", "rubbish"], status: 7, says: "no whole token")
        try await expect(["worker", "--join", "@/no/such/file"], status: 2, says: "cannot be read")
        try await expect(["status", "--state", house.state], status: 4, says: "no cluster is known here")
        try await expect(["frobnicate"], status: 2)
        try await expect(
            ["coordinator", "--state", house.state, "--store", "s3://bucket"], status: 6,
            says: "not a store this release can use")
    }

    /// Quotes, colons, percent signs, newlines and other scripts in everything that reaches picture and sound.
    @Test func hostileTextRenders() async throws {
        let project = try house.project(
            "film",
            edit: { text in
                text = text.replacing(
                    "\"title\" : \"Lamplighter\"", with: "\"title\" : \"It's 100%: \\\"雪\\\" \\n שלום [a];b,c\"")
                text = text.replacing(
                    "Every night for nine years, I have answered the sea with a light.",
                    with: "It's 50%: \\\"yes\\\"; [no] \\\\ {x} $HOME `ls`")
            }, shots: ["s001_003"])
        let output = try await house.render(project, ["--json"])
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(try Ended(output).missing.isEmpty)
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(socket, $0, size)
                _ = listen(socket, 1)
                _ = getsockname(socket, $0, &size)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        try await expect(
            ["coordinator", "--listen", "tcp://127.0.0.1:\(port)", "--state", house.state, "--store", house.store],
            status: 6,
            says: "Address already in use")
    }
}
