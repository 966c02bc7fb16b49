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

    /// Lips are moved where one person is seen speaking; where the program could not, the clip is shown as it was, and the film
    /// is whole.
    @Test(arguments: [true, false]) func aProgramMovesLips(isAble: Bool) async throws {
        let project = try house.project("lips", shots: House.few)
        let profile = "profiles: {mine: {extends: test, lipsync: [{backend: exec, program: mouth}]}}"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let log = house.folder.url.appendingPathComponent("calls")
        let script = #"""
            import json, subprocess, sys
            order = json.load(sys.stdin)
            if order["do"] == "check":
                sys.exit(0)
            def seconds(name):
                return float(subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", name],
                                            capture_output=True, text=True, check=True).stdout)
            open(sys.argv[1], "a").write(f"{order['label']} {seconds(order['video']):.2f} {seconds(order['audio']):.2f}\n")
            if sys.argv[2] == "no":
                print(json.dumps({"error": "no face is found"}), flush=True)
                sys.exit(65)
            subprocess.run(["ffmpeg", "-v", "error", "-i", order["video"], "-i", order["audio"], "-vf", "negate", order["output"]],
                           check=True)
            """#
        let program = house.folder.url.appendingPathComponent("mouth.py")
        try Data(script.utf8).write(to: program)
        let programs = house.folder.url.appendingPathComponent("programs.yaml")
        try Data(
            "programs: [{name: mouth, makes: [lipsync], command: [python3, \(program.path), \(log.path), \(isAble ? "yes" : "no")]}]\n"
                .utf8
        ).write(to: programs)
        let output = try await Tool(name: "env", path: "/usr/bin/env").runAny(
            [
                "SNOWFLAKE_PROGRAMS=\(programs.path)", House.snowflake, "render", project.path, "--profile", "mine",
                "--state", house.state, "--store", house.store, "--workers", "2",
            ], in: house.folder.url)
        #expect(output.isSuccess || !isAble, "\(output.standardError)")
        let calls = try String(contentsOf: log, encoding: .utf8).split(separator: "\n")
        #expect(!calls.isEmpty)
        for call in calls {
            let words = call.split(separator: " ")
            #expect(words[1] == words[2], "picture and sound have one length: \(call)")
        }
        let shot = try #require(calls.first?.split(separator: "/").first)
        let clip = project.appendingPathComponent("clips/\(shot).mp4")
        let still = project.appendingPathComponent("stills/\(shot).png")
        // A negative is far from its still.
        let distance = try await distance(clip, still)
        #expect(isAble ? distance > 60 : distance < 60, "\(distance)")
        let films = try FileManager.default.contentsOfDirectory(
            atPath: project.appendingPathComponent("output").path)
        #expect(films.contains { $0.hasSuffix(".mp4") })
    }

    /// Between a clip's tenth frame and a picture: mean of the differences of light, 0 to 255.
    private func distance(_ clip: URL, _ picture: URL) async throws -> Double {
        let output = try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-i", clip.path, "-i", picture.path, "-filter_complex",
                "[0:v]select=eq(n\\,10),scale=160:90,format=gray[a];[1:v]scale=160:90,format=gray[b];"
                    + "[a][b]blend=all_mode=difference,signalstats,metadata=print:file=-:key=lavfi.signalstats.YAVG",
                "-frames:v", "1", "-f", "null", "-",
            ], in: house.folder.url)
        let words = output.standardOutput.split(separator: "=").last ?? ""
        return try #require(Double(words.trimmingCharacters(in: .whitespacesAndNewlines)))
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
