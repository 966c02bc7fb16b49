import Foundation
import Media
import TestKit
import Testing

/// Takes as people choose them: in a project between two renders, and in a job while it runs.
@Suite("Choosing takes", .timeLimit(.minutes(5)))
struct ChoosingTests {
    private func takes(_ house: House, _ project: URL, _ subject: String) async throws -> [[String: Any]] {
        let output = try await house.run(["takes", subject, "--project", project.path, "--json"])
        let answer = try JSONSerialization.jsonObject(with: Data(output.standardOutput.utf8)) as? [String: Any]
        return answer?["rows"] as? [[String: Any]] ?? []
    }

    @Test func anotherTakeIsMadeShownAndTakenBack() async throws {
        let house = House()
        let project = try house.project("film", shots: House.few)
        let first = try Ended(try await house.render(project, ["--json"]))
        let before = try await house.streams(URL(fileURLWithPath: first.film))
        let redo = try await house.run(["redo", "s001_003", "--project", project.path, "--seed", "7"])
        #expect(redo.isSuccess, "\(redo.words)")
        let second = try Ended(try await house.render(project, ["--json"]))
        // The clip, its cut, its own file, its scene, the film, and what goes over into it.
        #expect((5...8).contains(second.tasksRun), "\(second.tasksRun)")
        #expect(try await house.streams(URL(fileURLWithPath: second.film)) != before)
        let rows = try await takes(house, project, "s001_003").filter { $0["kind"] as? String == "animate" }
        #expect(rows.map { $0["seed"] as? Int } == [0, 7] && rows.map { $0["selected"] as? Bool } == [false, true])
        // Nothing changed: nothing runs.
        #expect(try Ended(try await house.render(project, ["--json"])).tasksRun == 0)
        // The first one again: it is there, the film as well.
        let select = try await house.run(["select", "s001_003", "0", "--project", project.path])
        #expect(select.isSuccess, "\(select.words)")
        let third = try Ended(try await house.render(project, ["--json"]))
        #expect(third.tasksRun == 0)
        #expect(try await house.streams(URL(fileURLWithPath: third.film)) == before)
        for (arguments, words) in [
            (["select", "s001_003", "9"], "no take 9"), (["select", "s009_009", "0"], "has no takes"),
            (["redo", "s001_003", "--seed", "7"], "seed 7 already"),
            (["redo", "s001_003", "--backend", "nobody"], "no backend"),
            (["approve", "s001_003", "--kind", "song"], "--kind song"),
        ] {
            let refused = try await house.run(arguments + ["--project", project.path])
            #expect(!refused.isSuccess && refused.standardError.contains(words), "\(arguments): \(refused.words)")
        }
    }

    @Test func aJobWaitsForAPersonAndIsMadeAgain() async throws {
        let house = House()
        let project = try house.project("film", shots: ["s001_001", "s001_003"])
        try Data("approve: [stills]\n".utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let render = Task { try await house.render(project, ["--json"]) }
        func ask(_ arguments: [String]) async throws -> Tool.Output {
            try await house.run(arguments + ["--state", house.state])
        }
        // Until both stills are made and wait.
        var why = ""
        while !why.contains("approves") {
            why = (try? await ask(["why", "s001_003/animate"]))?.standardOutput ?? ""
        }
        #expect(try await ask(["shots"]).standardOutput.contains("s001_003"))
        let first = try await house.until { try await ask(["approve", "s001_001"]) }
        #expect(first.standardOutput.contains("approved: s001_001"))
        let wrong = try await ask(["approve", "s001_001"])
        #expect(!wrong.isSuccess && wrong.standardError.contains("waits for no approval"))
        // Another still of the second shot is asked for: a new job takes the place of the one that waits.
        let redo = try await house.until { try await ask(["redo", "s001_003", "--seed", "5"]) }
        #expect(redo.standardOutput.contains("another still of s001_003"))
        // What was approved stays so; the render goes on with the new job once the other still is approved as well.
        while try await !ask(["approve", "all"]).isSuccess { try await Task.sleep(for: .milliseconds(50)) }
        let film = try Ended(try await render.value)
        let rows = try await takes(house, project, "s001_003").filter { $0["kind"] as? String == "compose" }
        #expect(rows.contains { $0["seed"] as? Int == 5 && $0["selected"] as? Bool == true })
        #expect(film.missing.isEmpty)
        #expect(FileManager.default.fileExists(atPath: film.film))
    }
}
