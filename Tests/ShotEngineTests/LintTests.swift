import Film
import Foundation
import Screenplay
import Testing

@testable import ShotEngine

/// Lists of other tools, with their faults.
@Suite("Shot lists are checked") struct LintTests {
    static let bible = FilmProject.bible(files: [
        "sp_step_5b_visual_bible.json": Data(
            #"{"location_designs": [{"location_name": "Ferry Deck"}], "character_visual_notes": [{"character_name": "Mara Quillan", "t2i_portrait_prompt": "Portrait of Mara"}, {"character_name": "Dov Hask", "t2i_portrait_prompt": "Portrait of Dov"}]}"#
                .utf8)
    ]).bible

    static func shot(_ fields: [String: JSON]) -> JSON {
        var shot: [String: JSON] = [
            "shot_id": .string("s001_001"), "global_order": .number("1"), "trigger": .string("action_beat"),
            "content": .string("A door."),
            "dialogue_text": .string(""), "dialogue_speaker": .string(""), "characters_in_frame": .array([]),
            "character_ref_ids": .array([]),
            "duration_seconds": .number("3.0"), "setting_ref_id": .string("ferry_deck"),
            "scene_prompt": .string("wide shot"),
            "video_prompt": .string("locked-off camera, 3.0s"), "lens_mm": .number("35"),
            "camera_height": .string("eye_level"),
            "distance_band": .string("wide"), "lighting_intent": .string("neutral"), "blocking_intent": .string("hold"),
            "generation_profile": .string("balanced"), "character_prompt_prefix": .string("Portrait"),
            "slugline": .string("EXT. FERRY DECK - DAY"),
        ]
        shot.merge(fields) { $1 }
        return .object(shot.sorted { $0.key < $1.key }.map { JSON.Member($0.key, $0.value) })
    }

    static func list(_ fields: [String: JSON]) -> JSON {
        .object([
            .init("total_shots", .number("1")),
            .init("total_duration_seconds", fields["duration_seconds"] ?? .number("3.0")),
            .init(
                "scenes",
                .array([.object([.init("scene_number", .number("1")), .init("shots", .array([shot(fields)]))])])),
        ])
    }

    static let broken: [(rule: String, fields: [String: JSON])] = [
        ("AC-1", ["video_prompt": .string("camera tracking, figure skip turns, they slam into the, 3.6s")]),
        ("AC-1", ["scene_prompt": .string("she pulls a telescoping, wide shot")]),
        ("AC-2", ["content": .string("Mara shoves him behind the dumpster.")]),
        ("AC-3", ["dialogue_text": .string("No."), "dialogue_speaker": .string("UNKNOWN")]),
        ("AC-3", ["dialogue_text": .string("No."), "dialogue_speaker": .string("Mara Quillan")]),
        ("AC-3", ["dialogue_text": .string("No."), "dialogue_speaker": .string("MARA (V.O.)")]),
        ("AC-4", ["scene_prompt": .string("Mara centre frame, speaking, speaking, mouth open")]),
        (
            "AC-5",
            [
                "dialogue_text": .string("MARA: No. | HASK: Yes."), "dialogue_speaker": .string("Mara Quillan"),
                "characters_in_frame": .array([.string("Mara Quillan")]),
                "character_ref_ids": .array([.string("mara_quillan")]),
            ]
        ),
        (
            "AC-6",
            [
                "content": .string("Mara runs."), "characters_in_frame": .array([.string("Mara")]),
                "character_ref_ids": .array([.string("mara_vo")]),
            ]
        ),
        ("AC-6", ["setting_ref_id": .string("the_ferry_deck_continuous")]),
        (
            "AC-8",
            [
                "dialogue_text": .string("One two three four five six seven eight nine ten eleven twelve."),
                "dialogue_speaker": .string("Mara Quillan"), "characters_in_frame": .array([.string("Mara Quillan")]),
                "character_ref_ids": .array([.string("mara_quillan")]), "content": .string("x"),
            ]
        ),
        ("list", ["global_order": .number("7")]),
        ("list", ["scene_prompt": .string("")]),
    ]

    @Test(arguments: broken.indices) func eachFaultIsFound(index: Int) {
        let (rule, fields) = Self.broken[index]
        let lint = ShotLint(Self.list(fields), bible: Self.bible)
        #expect(lint.findings.contains { $0.rule == rule && $0.weight == .error }, "\(lint.findings)")
    }

    @Test(arguments: broken.indices) func whatCanBeMendedStaysMended(index: Int) {
        let lint = ShotLint(Self.list(Self.broken[index].fields), bible: Self.bible)
        let again = ShotLint(lint.fixed, bible: Self.bible)
        #expect(again.findings.filter(\.isFixable) == [])
        #expect(again.fixed == lint.fixed)
    }

    @Test func aSoundListIsLeftAsItIs() {
        let list = Self.list([:])
        let lint = ShotLint(list, bible: Self.bible)
        #expect(lint.findings == [])
        #expect(lint.fixed == list)
    }

    @Test func theScreenplayNamesWhoSpeaks() throws {
        let script = try #require(
            Fountain.read(Data("EXT. FERRY DECK - DAY\n\nMARA\n(low)\nStay where you are.\n".utf8)).script)
        let lint = ShotLint(
            Self.list(["dialogue_text": .string("Stay where you are."), "dialogue_speaker": .string("UNKNOWN")]),
            bible: Self.bible, script: script)
        let shot = lint.fixed["scenes"]?.items?.first?["shots"]?.items?.first
        #expect(shot?["dialogue_speaker"] == .string("Mara Quillan"))
        #expect(shot?["character_ref_ids"] == .array([.string("mara_quillan")]))
    }

    @Test(arguments: ["{}", "{\"scenes\": 3}", "{\"scenes\": [3, {\"shots\": [4, {}]}]}", "[]"])
    func whatIsNoListIsAnswered(text: String) throws {
        let lint = ShotLint(try JSON(text: Data(text.utf8)), bible: Bible())
        #expect(!lint.findings.isEmpty)
    }
}
