import Foundation
import Media
import TestKit
import Testing

/// A film whose pictures are made by a program of the user's own.
@Suite("A film by programs", .timeLimit(.minutes(3)))
struct ProgramFilmTests {
    let house = House()

    @Test func aProgramComposesTheStills() async throws {
        let project = try house.project("programs", shots: ["s001_001", "s001_003"])
        let profile = "profiles: {mine: {extends: test, compose: [{backend: exec, program: invert}]}}"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        // Never the same twice, were it asked twice.
        let log = house.folder.url.appendingPathComponent("calls")
        let script = #"""
            import json, subprocess, sys
            order = json.load(sys.stdin)
            if order["do"] == "check":
                sys.exit(0)
            open(sys.argv[1], "a").write(order["label"] + "\n")
            print(json.dumps({"progress": 0.5}), flush=True)
            subprocess.run(["ffmpeg", "-v", "error", "-i", order["still"], "-vf", "negate", order["output"]], check=True)
            """#
        let program = house.folder.url.appendingPathComponent("invert.py")
        try Data(script.utf8).write(to: program)
        let programs = house.folder.url.appendingPathComponent("programs.yaml")
        try Data(
            "programs: [{name: invert, makes: [compose], command: [python3, \(program.path), \(log.path)]}]\n".utf8
        ).write(to: programs)
        func render() async throws -> Tool.Output {
            try await Tool(name: "env", path: "/usr/bin/env").runAny(
                [
                    "SNOWFLAKE_PROGRAMS=\(programs.path)", House.snowflake, "render", project.path, "--profile", "mine",
                    "--state", house.state, "--store", house.store, "--workers", "2",
                ], in: house.folder.url)
        }
        let output = try await render()
        #expect(output.isSuccess, "\(output.standardError)")
        let calls = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").sorted()
        #expect(Set(calls).count == calls.count && !calls.isEmpty)
        #expect(try await render().isSuccess)
        let later = try String(contentsOf: log, encoding: .utf8).split(separator: "\n").sorted()
        #expect(later == calls)
    }

    @Test func aProgramThatIsNotNamedIsAskedFor() async throws {
        let project = try house.project("unnamed", shots: ["s001_001"])
        let profile = "profiles: {mine: {extends: test, compose: [{backend: exec}]}}"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let output = try await house.render(project, ["--profile", "mine"])
        #expect(!output.isSuccess)
        #expect(output.standardError.contains("backend: exec, program: inpaint"), "\(output.standardError)")
    }
}
