import Foundation
import Media
import TestKit
import Testing

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
        let words = try await Tool.ffmpeg.run(Soundtrack.measure(encoded: film.path), in: house.folder.url)
        let heard = try #require(Soundtrack.readMeasure(words.standardError))
        #expect(heard.peak <= Soundtrack.peakLimitMilli, "as decoded, not as it was before the encoder")
        #expect((-16_500 ... -15_500).contains(heard.loudness))
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

    /// Workers are killed, then the coordinator: all are started again, the render goes on, the film is the undisturbed
    /// one's.
    @Test func killedProcessesChangeNothing() async throws {
        let calm = House()
        let calmEnd = try Ended(try await calm.render(try calm.project("film", shots: House.few), ["--json"]))
        let house = House()
        let project = try house.project("film", shots: House.few)
        async let running = house.render(project, ["--json"])
        try await house.kill("worker --join - --name media-1")
        try await house.kill("worker --join - --name gpu")
        try await house.kill("coordinator --listen")
        let output = try await running
        #expect(output.isSuccess, "\(output.standardError)")
        let ended = try Ended(output)
        #expect(ended.missing.isEmpty)
        #expect(ended.frames == calmEnd.frames)
        let left = try await house.streams(URL(fileURLWithPath: ended.film))
        let right = try await calm.streams(URL(fileURLWithPath: calmEnd.film))
        #expect(left == right)
    }

    /// Ctrl-C ends with 130 and leaves no process behind; the next render goes on from there.
    @Test func anInterruptedRenderGoesOn() async throws {
        let house = House()
        let project = try house.project("film", shots: House.few)
        async let running = house.render(project, ["--json"])
        try await house.kill("snowflake render", with: SIGINT)
        let stopped = try await running
        #expect(stopped.status == "ended with status 130", "\(stopped.standardError)")
        #expect(stopped.standardError.contains("goes on from there"))
        #expect(House.process("snowflake", house.folder.url.path) == nil)
        #expect(!FileManager.default.fileExists(atPath: project.appendingPathComponent("output").path))
        let ended = try Ended(try await house.render(project, ["--json"]))
        #expect(ended.missing.isEmpty)
        let whole = try Ended(try await house.render(try house.project("again", shots: House.few), ["--json"]))
        #expect(whole.tasksRun == 0, "the same film, from the same store")
    }

    /// A shot that cannot be made becomes a slate of its length, and the render says so with code 1.
    @Test func aMissingShotBecomesASlate() async throws {
        let house = House()
        let project = try house.project(
            "film", edit: { $0 = $0.replacing("I have answered the sea with a light.", with: "\u{2060}\u{2060}") },
            shots: ["s001_001", "s001_003"])
        let voices = project.appendingPathComponent("voice_map.json")
        try Data(#"{"nell_arden": {"voice_id": "nobody/nothing@100,100", "provider": "nobody"}}"#.utf8).write(
            to: voices)
        let output = try await house.render(project, ["--json"])
        #expect(output.status == "ended with status 1", "\(output.standardError)")
        let ended = try Ended(output)
        #expect(!ended.missing.isEmpty)
        let probe = try await Probe.video(URL(fileURLWithPath: ended.film), in: house.folder.url)
        #expect(probe.frames == ended.frames)
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
