import Foundation
import Media
import TestKit
import Testing

/// From a bare screenplay to a film, and the tools around it.
@Suite("A screenplay becomes a film", .timeLimit(.minutes(4)))
struct ScreenplayFilmTests {
    private let house = House()

    private static let script = """
        Title: Two Doors
        Author: original test story
        Format: short_film

        INT. HALL - NIGHT

        [[duration: 8]]

        MARA QUILLAN, 31, turns the key. Nothing.

        MARA
        Wrong door.

        EXT. STREET - DAWN

        [[duration: 4]]

        Mara runs.
        """

    private func write(_ text: String, _ name: String = "two_doors.fountain") throws -> URL {
        let url = house.folder.url.appendingPathComponent(name)
        try Data(text.utf8).write(to: url)
        return url
    }

    @Test func aBareScriptRenders() async throws {
        let script = try write(Self.script)
        let output = try await house.render(script, ["--json"])
        #expect(output.isSuccess, "\(output.standardError)")
        let ended = try Ended(output)
        #expect(ended.missing.isEmpty)
        let film = URL(fileURLWithPath: ended.film)
        #expect(film.path.contains("/two_doors/output/"))
        #expect(try await house.frames(of: film) == ended.frames)
        let checked = try await house.run(["check", house.folder.url.appendingPathComponent("two_doors").path])
        #expect(checked.isSuccess, "\(checked.standardOutput)")
        // The same script again changes nothing and makes nothing.
        let list = house.folder.url.appendingPathComponent("two_doors/shot_list.json")
        let before = try Data(contentsOf: list)
        let again = try Ended(try await house.render(script, ["--json"]))
        #expect(again.tasksRun == 0)
        #expect(try Data(contentsOf: list) == before)
    }

    /// A folder of the pipeline that ends with the screenplay is planned like any other.
    @Test func aFolderWithoutShotsIsBrokenDown() async throws {
        let folder = house.folder.url.appendingPathComponent("steps")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let script = try write(Self.script)
        let step = folder.appendingPathComponent("sp_step_8_screenplay.json")
        #expect(try await house.run(["convert", script.path, step.path]).isSuccess)
        let planned = try await house.run(["plan", folder.path, "--profile", "test", "--store", house.store])
        #expect(planned.isSuccess, "\(planned.standardError)")
        #expect(FileManager.default.fileExists(atPath: folder.appendingPathComponent("shot_list.json").path))
    }

    @Test func whatAPersonChangedIsKept() async throws {
        let script = try write(Self.script)
        #expect(try await house.run(["breakdown", script.path]).isSuccess)
        let list = house.folder.url.appendingPathComponent("two_doors/shot_list.json")
        let changed = String(decoding: try Data(contentsOf: list), as: UTF8.self).replacing(
            "Wrong door.", with: "Right door.")
        try Data(changed.utf8).write(to: list)
        let kept = try await house.run(["breakdown", script.path])
        #expect(kept.isSuccess)
        #expect(kept.standardError.contains("was changed by hand and is kept"))
        #expect(try Data(contentsOf: list) == Data(changed.utf8))
        let forced = try await house.run(["breakdown", script.path, "--force"])
        #expect(forced.isSuccess)
        #expect(String(decoding: try Data(contentsOf: list), as: UTF8.self).contains("Wrong door."))
    }

    @Test func badScriptsAreRefusedWithTheirPlace() async throws {
        let cases: [(name: String, text: String, words: String)] = [
            ("empty.fountain", "", "has no scene"), ("words.fountain", "Only words.", "no scene heading"),
            ("bomb.fdx", "<!DOCTYPE x [<!ENTITY a \"b\">]><FinalDraft/>", "declares a document type"),
            ("sp_step_6_screenplay.json", "{\"scenes\": [", "line 1"),
        ]
        for (name, text, words) in cases {
            let output = try await house.run(["breakdown", try write(text, name).path, "--into", "x"])
            #expect(output.exitCode == 3, "\(name)")
            #expect(output.standardError.contains(words) || words == "has no scene", "\(name): \(output.standardError)")
        }
        #expect(
            !FileManager.default.fileExists(atPath: house.folder.url.appendingPathComponent("x/shot_list.json").path))
        let unknown = try await house.run(["breakdown", "nowhere.fountain"])
        #expect(unknown.standardError.contains("is not there"))
    }

    @Test func aFormGoesThroughTheOthers() async throws {
        let script = try write(Self.script)
        let folder = house.folder.url
        for (from, to) in [("two_doors.fountain", "a.fdx"), ("a.fdx", "b.json"), ("b.json", "c.fountain")] {
            let output = try await house.run([
                "convert", folder.appendingPathComponent(from).path, folder.appendingPathComponent(to).path,
            ])
            #expect(output.isSuccess, "\(output.standardError)")
        }
        let last = String(decoding: try Data(contentsOf: folder.appendingPathComponent("c.fountain")), as: UTF8.self)
        #expect(last == Self.script + "\n")
        let again = try await house.run(["convert", script.path, folder.appendingPathComponent("c.fountain").path])
        #expect(again.standardError.contains("is not overwritten"))
    }

    @Test func fixMendsAndKeepsWhatWas() async throws {
        let project = try house.project("film", shots: House.few)
        let list = project.appendingPathComponent("shot_list.json")
        let before = try Data(contentsOf: list)
        let checked = try await house.run(["check", project.path])
        #expect(checked.exitCode == 3, "a film cut down to a few shots counts wrong")
        #expect(try Data(contentsOf: list) == before)
        let fixed = try await house.run(["check", project.path, "--fix", "--json"])
        #expect(fixed.standardOutput.contains("\"fixed\""))
        #expect(try Data(contentsOf: project.appendingPathComponent("shot_list.before_fix.json")) == before)
        let again = try await house.run(["check", project.path])
        #expect(again.isSuccess, "\(again.standardOutput)")
    }
}
