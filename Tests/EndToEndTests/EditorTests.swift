import Foundation
import Media
import TestKit
import Testing

/// Exports as the official programs read them, and edits that come back.
@Suite("With editors' programs", .serialized, .timeLimit(.minutes(6)))
struct EditorTests {
    let house = House()

    private var options: [String] { ["--profile", "test", "--store", house.store] }

    /// The official OpenTimelineIO and its adapters, in the environment that `make setup-tests` makes.
    private func official(_ script: String, _ arguments: [String]) async throws -> String {
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"] ?? "\(environment["HOME"] ?? "/root")/.local/share"
        let python = (environment["SNOWFLAKE_TEST_TOOLS"] ?? "\(data)/snowflake/test-tools") + "/bin/python"
        try #require(
            FileManager.default.fileExists(atPath: python), "\(python) is not there: run `make setup-tests` first")
        let output = try await Tool(name: "python", path: python).run(["-c", script] + arguments, in: house.folder.url)
        return output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    @Test func officialReadersAgree() async throws {
        let project = try house.project("film", shots: House.few)
        let film = try Ended(try await house.render(project, ["--json"]))
        let exported = try await house.run(["export", project.path] + options)
        #expect(exported.isSuccess, "\(exported.standardError)")
        let output = project.appendingPathComponent("output/lamplighter").path
        // Length, shots in order, and that each file that is named is there.
        let told = try await official(
            """
            import sys, os, opentimelineio as otio
            timeline = otio.adapters.read_from_file(sys.argv[1])
            pictures = [t for t in timeline.tracks if t.kind == "Video"][0]
            here = os.path.dirname(sys.argv[1])
            lost = [c.name for c in timeline.find_clips()
                    for r in c.media_references().values()
                    if isinstance(r, otio.schema.ExternalReference)
                    and not os.path.exists(os.path.join(here, r.target_url))]
            print(int(pictures.duration().value), int(timeline.duration().value), ",".join(c.name for c in pictures.find_clips()), lost)
            """, [output + ".otio"])
        let shots = "opening,s001_001,s001_003,s002_004,s003_004,s003_005,s004_007,closing,credits"
        #expect(told == "\(film.frames) \(film.frames) \(shots) []")
        let list = try await official(
            """
            import sys, opentimelineio as otio
            timeline = otio.adapters.read_from_file(sys.argv[1], rate=24)
            print(int(timeline.duration().value), len(list(timeline.find_clips())) > 8)
            """, [output + ".edl"])
        #expect(list == "\(film.frames) True")
        let xml = try await official(
            """
            import sys, xml.etree.ElementTree as tree
            from fractions import Fraction
            root = tree.parse(sys.argv[1]).getroot()
            seconds = lambda text: Fraction(text.rstrip("s"))
            spine = root.find(".//spine")
            ids = {a.get("id") for a in root.iter("asset")}
            clips = [c for c in spine if c.tag in ("asset-clip", "gap")]
            at = Fraction(0)
            for clip in clips:
                assert seconds(clip.get("offset")) == at, (clip.get("name"), clip.get("offset"), at)
                at += seconds(clip.get("duration"))
            assert all(c.get("ref") in ids for c in root.iter("asset-clip"))
            print(at * 24, len([c for c in clips if c.tag == "asset-clip"]))
            """, [output + ".fcpxml"])
        #expect(xml == "\(film.frames) 6")
    }

    /// The official program reorders, trims and drops; the film follows, and nothing that is long enough is made again.
    @Test func anEditMadeElsewhereComesBack() async throws {
        let project = try house.project("film", shots: House.few)
        _ = try Ended(try await house.render(project, ["--json"]))
        #expect(try await house.run(["export", project.path, "--otio"] + options).isSuccess)
        let edited = house.folder.url.appendingPathComponent("edited.otio").path
        _ = try await official(
            """
            import sys, opentimelineio as otio
            timeline = otio.adapters.read_from_file(sys.argv[1])
            track = [t for t in timeline.tracks if t.kind == "Video"][0]
            clips = {c.name: c for c in track.find_clips()}
            order = ["s002_004", "s001_001", "s004_007"]
            kept = []
            for name in order:
                clip = clips[name].deepcopy()
                start = clip.source_range.start_time
                clip.source_range = otio.opentime.TimeRange(start + otio.opentime.RationalTime(6, 24), otio.opentime.RationalTime(30, 24))
                kept.append(clip)
            del track[:]
            track.extend(kept)
            otio.adapters.write_to_file(timeline, sys.argv[2])
            """, [project.appendingPathComponent("output/lamplighter.otio").path, edited])
        let dry = try await house.run(["import", project.path, edited, "--dry-run"] + options)
        #expect(dry.standardOutput.contains("dropped  s001_003"), "\(dry.standardOutput)\(dry.standardError)")
        #expect(dry.standardOutput.contains("no clip is made again"))
        #expect(!FileManager.default.fileExists(atPath: project.appendingPathComponent("cut.json").path))
        let taken = try await house.run(["import", project.path, edited, "--yes"] + options)
        #expect(taken.isSuccess, "\(taken.standardError)")
        let film = try Ended(try await house.render(project, ["--json"]))
        #expect(film.frames == 90)
        #expect(film.missing.isEmpty)
        let again = try await house.run(["import", project.path, edited, "--yes"] + options)
        #expect(again.standardOutput.contains("nothing changes"), "\(again.standardOutput)")
    }

    @Test func whatCannotBeTakenIsNamed() async throws {
        let project = try house.project("film", shots: House.few)
        let file = house.folder.url.appendingPathComponent("other.edl")
        try Data("001  NOBODY   V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00\n".utf8).write(to: file)
        let refused = try await house.run(["import", project.path, file.path, "--yes"] + options)
        #expect(refused.status == "ended with status 3")
        #expect(
            refused.standardError.contains("event 001 (line 1): uses reel \"NOBODY\", which is no shot of this film"))
        #expect(!FileManager.default.fileExists(atPath: project.appendingPathComponent("cut.json").path))
    }

    /// On paper, and as files editors work with: pages and pictures that can be opened.
    @Test func boardsAndMezzanine() async throws {
        let project = try house.project("film", shots: ["s001_001", "s001_003"])
        _ = try await house.render(project)
        let sheet = house.folder.url.appendingPathComponent("sheet.png").path
        let board = house.folder.url.appendingPathComponent("board.pdf").path
        #expect(try await house.run(["export", project.path, "--board", sheet] + options).isSuccess)
        #expect(try await house.run(["export", project.path, "--board", board] + options).isSuccess)
        #expect(try Data(contentsOf: URL(fileURLWithPath: sheet)).prefix(4) == Data([0x89, 0x50, 0x4E, 0x47]))
        #expect(try Data(contentsOf: URL(fileURLWithPath: board)).prefix(5) == Data("%PDF-".utf8))
        for (kind, codec) in [("prores", "prores"), ("dnxhr", "dnxhd")] {
            let made = try await house.run(["export", project.path, "--mezzanine", kind, "--json"] + options)
            #expect(
                made.standardOutput.contains("\"mezzanineMade\" : 2"), "\(made.standardOutput)\(made.standardError)")
            let file = project.appendingPathComponent("mezzanine/s001_003.mov")
            let footage = try await Footage.look(at: file, in: house.folder.url)
            #expect(footage.codec == codec)
            #expect(footage.frames > 48, "with handles: longer than the shot's 48 frames")
        }
        let odd = try await house.run(["export", project.path, "--board", "x.gif"] + options)
        #expect(odd.status == "ended with status 2")
    }
}
