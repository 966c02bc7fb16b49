import Film
import Foundation
import Planning
import Protocol
import Testing

/// Whose lips are moved, from what, and what is shown when they could not be.
@Suite("Lips")
struct LipsTests {
    /// One scene; of each shot its type, who is in it, who speaks.
    private func film(_ shots: [(type: String, people: [String], speaker: String)], before: Int = 0) throws
        -> FilmProject
    {
        let all = Array(repeating: (type: "wide", people: [String](), speaker: ""), count: before) + shots
        let texts = all.enumerated().map { number, shot in
            let people = shot.people.map { "\"\($0)\"" }.joined(separator: ",")
            return """
                {"shot_id": "s001_\(shot.speaker.isEmpty ? "w" : "x")\(number - before + 10)", "duration_seconds": 3.3, "shot_type": "\(shot.type)",
                 "setting_ref_id": "deck", "character_ref_ids": [\(people)], "video_prompt": "p",
                 "dialogue_speaker": "\(shot.speaker)", "dialogue_text": "\(shot.speaker.isEmpty ? "" : "Hello there.")"}
                """
        }
        let text =
            "{\"title\": \"T\", \"scenes\": [{\"scene_number\": 1, \"slugline\": \"EXT. DECK - DAY\", \"shots\": [\(texts.joined(separator: ","))]}]}"
        return try #require(FilmProject.read(files: ["shot_list.json": Data(text.utf8)]).project)
    }

    private var moving: Profile {
        var profile = Profile.hd
        profile.backends[.lipsync] = BackendChoice("sync", model: "lipsync-2")
        return profile
    }

    @Test(arguments: [
        ("close_up", ["mara"], "mara", true), ("medium", ["mara"], "mara", true),
        ("two_shot", ["tom", "mara"], "mara", true), ("wide", ["mara"], "mara", false),
        ("group", ["mara", "tom", "ines"], "mara", false), ("close_up", ["tom"], "mara", false),
        ("close_up", ["mara"], "", false),
    ])
    func whoIsSeenSpeakingHasLips(type: String, people: [String], speaker: String, isMoved: Bool) throws {
        let plan = FilmPlan(try film([(type, people, speaker)]), moving)
        let lips = plan.nodes.filter { $0.spec.kind == .lipsync }
        #expect(lips.count == (isMoved ? 1 : 0))
        let conform = try #require(plan.nodes.first { $0.spec.kind == .conform }?.spec)
        let names = conform.inputs.map(\.name)
        #expect(names == (isMoved ? ["raw", "unsynced"] : ["raw"]))
        #expect(!conform.inputs.contains { !$0.isTolerant })
        guard let spec = lips.first?.spec else { return }
        #expect(spec.inputs.map(\.name) == ["clip", "line.0"] && spec.gate != nil)
        // 3.3 s: four are reserved, at 0.05 USD.
        #expect(spec.priceCeiling == MicroUSD(200_000))
        #expect(try spec.parameters.integer("frames", in: 1...1_000) == 79)
    }

    @Test func severalVoicesMoveNoLips() {
        var shot = Shot.Line(speaker: "mara", cue: "MARA", text: "Go.", isOffscreen: false)
        let film = try? film([("medium", ["mara", "tom"], "mara")])
        guard let one = film?.shots.first else { return }
        #expect(Lips.of(one, lines: [shot]) == .moved)
        let tom = Shot.Line(speaker: "tom", cue: "TOM", text: "No.", isOffscreen: false)
        #expect(Lips.of(one, lines: [shot, tom]) == .left("several people speak in it"))
        shot.isOffscreen = true
        #expect(Lips.of(one, lines: [shot]) == .unseen)
        #expect(Lips.of(one, lines: [shot, tom]) == .left("several people speak in it"))
    }

    /// Where a shot stands in the film, and how it is joined to others, moves no lips anew; its words and its clip do.
    @Test func theKeyIsTheShotsOwn() throws {
        func key(_ film: FilmProject, _ profile: Profile) -> TaskKey? {
            FilmPlan(film, profile).nodes.first { $0.spec.kind == .lipsync }?.spec.key
        }
        let one = try film([("close_up", ["mara"], "mara")])
        let later = try film([("close_up", ["mara"], "mara")], before: 3)
        #expect(key(one, moving) != nil && key(one, moving) == key(later, moving))
        var other = moving
        other.backends[.animate] = BackendChoice("veo", model: "veo-3.1-fast-generate-001")
        #expect(key(one, other) != key(one, moving))
        #expect(key(one, .hd) == nil, "nobody moves lips where no profile says so")
    }

    /// Another take of the lips is chosen like one of a clip; a film without them in the store shows the clip as it was.
    @Test func lipsAreTakes() throws {
        #expect(FilmPlan.takeKinds.contains(.lipsync))
        var absent = moving
        absent.absent = ["s001_x10/lipsync": "missing\nnever made"]
        let plan = FilmPlan(try film([("close_up", ["mara"], "mara")]), absent)
        #expect(!plan.nodes.contains { $0.spec.kind == .lipsync })
        #expect(plan.nodes.first { $0.spec.kind == .conform }?.spec.inputs.map(\.name) == ["raw"])
    }

    @Test func ourOwnMakersMoveNoLips() {
        var configuration = Configuration()
        let faults = configuration.read("profiles:\n  mine:\n    lipsync: [{backend: local}]", file: "snowflake.yaml")
        #expect(faults.contains { $0.message.contains("sync") }, "\(faults)")
        var good = Configuration()
        let text = "profiles:\n  mine:\n    lipsync: [{backend: sync}, {backend: fal}, {backend: exec, program: mouth}]"
        #expect(good.read(text, file: "snowflake.yaml").isEmpty)
    }
}
