import Foundation
import Media
import TestKit
import Testing

/// State that is copied, put back and handed over, by real processes.
@Suite("Backups and upgrades", .serialized, .timeLimit(.minutes(4)))
struct UpgradeTests {
    let house = House()

    /// A running coordinator is backed up; its state is lost; the backup goes on where it was, keys and all.
    @Test func aLostStateIsRestored() async throws {
        let (first, _) = try await house.listening()
        let copy = house.folder.url.appendingPathComponent("copy.sqlite").path
        let project = try house.project("film", shots: ["s001_001"])
        let submitted = try await house.run(["submit", project.path, "--profile", "test", "--state", house.state])
        let job = submitted.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        let saved = try await house.run(["backup", copy, "--state", house.state])
        #expect(saved.isSuccess, "\(saved.standardError)")
        let again = try await house.run(["backup", copy, "--state", house.state])
        #expect(again.standardError.contains("there already"))
        let early = try await house.run(["restore", copy, "--state", house.state])
        #expect(early.standardError.contains("in use"), "a running coordinator's state is not replaced")
        let old = try #require(House.process("coordinator --listen", house.folder.url.path))
        kill(old, SIGKILL)
        _ = try await first.value
        try FileManager.default.removeItem(atPath: house.state + "/cluster.sqlite")
        try Data("garbage".utf8).write(to: URL(fileURLWithPath: house.state + "/cluster.sqlite"))
        let restored = try await house.run(["restore", copy, "--state", house.state])
        #expect(restored.isSuccess, "\(restored.standardError)")
        let (second, _) = try await house.listening()
        let status = try await house.run(["status", "--state", house.state])
        #expect(status.standardOutput.contains(job), "\(status.standardOutput)")
        kill(try #require(House.process("coordinator --listen", house.folder.url.path)), SIGTERM)
        _ = try await second.value
    }

    /// A second coordinator on the same state is refused; with --supersede it takes over, at the same address, and a
    /// worker that was connected goes on with it.
    @Test func aCoordinatorIsSuperseded() async throws {
        let (first, _) = try await house.listening()
        let arguments = [
            "coordinator", "--advertise", "127.0.0.1", "--state", house.state, "--store", house.store,
        ]
        let refused = try await house.run(arguments)
        #expect(refused.status == "ended with status 6", "\(refused)")
        #expect(refused.standardError.contains("in use"))
        let token = try await house.run(["token", "create", "--state", house.state])
        let file = house.folder.url.appendingPathComponent("token")
        try Data(token.standardOutput.utf8).write(to: file)
        let worker = Task { [house] in
            try await house.run([
                "worker", "--join", "@\(file.path)", "--synthetic", "--roles", "media", "--state",
                house.folder.url.appendingPathComponent("worker").path,
            ])
        }
        _ = try await house.until {
            let status = try await house.run(["status", "--state", house.state])
            return status.standardOutput.contains("media 0/1") || status.standardOutput.contains("active")
                ? status : refused
        }
        let second = Task { [house] in try await house.run(arguments + ["--supersede"]) }
        let old = try await first.value
        #expect(old.isSuccess, "the old one ends in good order: \(old.standardError)")
        _ = try await house.until {
            let status = try await house.run(["status", "--state", house.state])
            return status.standardOutput.contains("active") ? status : refused
        }
        kill(try #require(House.process("coordinator --advertise", house.folder.url.path)), SIGTERM)
        kill(try #require(House.process("worker --join", house.folder.url.path)), SIGTERM)
        _ = try await (second.value, worker.value)
    }
}
