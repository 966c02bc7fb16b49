import Foundation
import Media
import TestKit
import Testing

@Suite("Put together at any time", .serialized, .timeLimit(.minutes(5)))
struct AssemblyTests {
    /// Before anything is made the film is slates of the right length; afterwards it is the film.
    @Test func theFilmCanBePutTogetherBeforeItIsMade() async throws {
        let house = House()
        let project = try house.project("film", shots: House.few)
        let options = ["--profile", "test", "--state", house.state, "--store", house.store, "--json"]
        let draft = try await house.run(["assemble", project.path] + options)
        #expect(draft.isSuccess, "\(draft.standardError)")
        struct Draft: Decodable {
            let film: String
            let frames: Int
            let missing: [String]
        }
        let first = try JSONDecoder().decode(Draft.self, from: Data(draft.standardOutput.utf8))
        #expect(Set(first.missing) == House.few)
        #expect(first.film.hasSuffix("_DRAFT.mp4"))
        try await Probe.decode(URL(fileURLWithPath: first.film), in: house.folder.url)
        #expect(!FileManager.default.fileExists(atPath: project.appendingPathComponent("clips").path))
        let whole = try Ended(try await house.render(project, ["--json"]))
        #expect(whole.frames == first.frames)
        #expect(whole.missing.isEmpty)
        let again = try await house.run(["assemble", project.path] + options)
        let second = try JSONDecoder().decode(Draft.self, from: Data(again.standardOutput.utf8))
        #expect(second.missing.isEmpty)
        #expect(second.frames == whole.frames)
    }

    /// Music in the project is under the film, and only what hears it is mixed again; a file that belongs to nothing is
    /// named.
    @Test func musicIsMixedIn() async throws {
        let house = House()
        let project = try house.project("film", shots: House.few)
        let before = try Ended(try await house.render(project, ["--json"]))
        let sound = try await house.streams(URL(fileURLWithPath: before.film))
        let music = project.appendingPathComponent("music")
        try FileManager.default.createDirectory(at: music, withIntermediateDirectories: true)
        try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-f", "lavfi", "-i", "sine=f=220:r=44100:d=3", "-c:a", "flac",
                music.appendingPathComponent("scene_001.flac").path,
            ], in: house.folder.url)
        let after = try Ended(try await house.render(project, ["--json"]))
        #expect(after.tasksRun == 4, "the scene's window, the scene, the soundtrack, the film")
        #expect(try await house.streams(URL(fileURLWithPath: after.film)) != sound)
        #expect(after.frames == before.frames)
        try Data("x".utf8).write(to: music.appendingPathComponent("theme.mp3"))
        let wrong = try await house.render(project)
        #expect(wrong.status == "ended with status 3")
        #expect(wrong.standardError.contains("music/theme.mp3 belongs to nothing"))
    }
}
