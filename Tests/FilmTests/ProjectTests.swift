import Film
import Foundation
import TestKit
import Testing

/// A little project made of text, so that each test spoils one thing.
enum Fixture {
    static func shot(_ id: String = "s001_001", _ more: String = "") -> String {
        """
        {"shot_id": "\(id)", "duration_seconds": 3.5, "shot_type": "medium", "camera_movement": "push_in",
         "setting_ref_id": "ferry_deck"\(more.isEmpty ? "" : ", " + more)}
        """
    }

    static func list(_ shots: String, top: String = "") -> Data {
        Data(
            """
            {"title": "A Film", \(top)
             "scenes": [{"scene_number": 1, "slugline": "EXT. FERRY DECK - NIGHT", "beat": "Catalyst", "shots": [\(shots)]}]}
            """.utf8)
    }

    static let bible = Data(
        """
        {"location_designs": [{"location_name": "Ferry Deck", "t2i_base_prompt": "deck"}],
         "character_visual_notes": [{"character_name": "Mara Quillan"}, {"character_name": "Ilse \\"Bird\\" Tamm"},
           {"character_name": "Captain Orrin Peel"}, {"character_name": "Mrs. Loft"}]}
        """.utf8)

    static func read(_ shots: String, top: String = "", more: [String: Data] = [:]) -> (
        project: FilmProject?, faults: [ProjectFault]
    ) {
        var files = more
        files["shot_list.json"] = list(shots, top: top)
        if files["sp_step_5b_visual_bible.json"] == nil { files["sp_step_5b_visual_bible.json"] = bible }
        return FilmProject.read(files: files)
    }
}

@Suite("Reading a project")
struct ProjectTests {
    @Test func aPlainProject() throws {
        let (project, faults) = Fixture.read(Fixture.shot())
        let film = try #require(project)
        #expect(faults.isEmpty)
        #expect(film.id == "a_film")
        #expect(film.shots.first?.movement == .pushIn)
        #expect(film.shots.first?.setting == "ferry_deck")
    }

    /// All faults come at once, each with file, path, what is wrong and what is allowed.
    @Test func everyFaultIsReportedAtOnce() {
        let shots = [
            Fixture.shot("../../x"), Fixture.shot("s001_002", "\"shot_type\": \"huge\""), Fixture.shot("s001_003"),
            Fixture.shot("s001_003"), "{\"shot_id\": \"s001_004\", \"duration_seconds\": 0}",
            "{\"shot_id\": \"s001_005\", \"duration_seconds\": \"NaN\"}",
            "{\"shot_id\": \"s001_006\", \"duration_seconds\": 1e9}",
            "{\"shot_id\": \"s001_007\", \"duration_seconds\": -2}",
            "{\"shot_id\": \"s001_008\", \"duration_seconds\": [1]}", "7",
        ].joined(separator: ",")
        let (project, faults) = Fixture.read(shots)
        #expect(project == nil)
        let errors = faults.filter { $0.weight == .error }.map(\.description)
        #expect(
            errors == [
                "error: shot_list.json at $.scenes[0].shots[9]: should be an object, not a number",
                "error: shot_list.json at $.scenes[0].shots[0].shot_id: is \"../../x\"; an id has only letters, digits, _ and -, at most 64",
                "error: shot_list.json at $.scenes[0].shots[1].shot_type: is \"huge\"; allowed are extreme_wide, wide, "
                    + "medium_wide, medium, medium_close, close_up, extreme_close_up, over_shoulder, pov, insert, two_shot, group",
                "error: shot_list.json at $.scenes[0].shots[3].shot_id: is \"s001_003\", which $.scenes[0].shots[2] has already; every id is used once",
                "error: shot_list.json at $.scenes[0].shots[4].duration_seconds: is 0; it should be from 0.05 to 600",
                "error: shot_list.json at $.scenes[0].shots[5].duration_seconds: should be a number from 0.05 to 600, not \"NaN\"",
                "error: shot_list.json at $.scenes[0].shots[6].duration_seconds: is 1e9; it should be from 0.05 to 600",
                "error: shot_list.json at $.scenes[0].shots[7].duration_seconds: is -2; it should be from 0.05 to 600",
                "error: shot_list.json at $.scenes[0].shots[8].duration_seconds: should be a number from 0.05 to 600, not a list",
            ])
    }

    @Test func brokenFilesNameLineAndColumn() {
        let (project, faults) = FilmProject.read(files: ["shot_list.json": Data("{\n  \"title\": }".utf8)])
        #expect(project == nil)
        #expect(
            faults.last?.description.hasPrefix("error: shot_list.json: is not JSON: line 2, column 12: a value") == true
        )
        #expect(FilmProject.read(files: [:]).faults.first?.message.hasPrefix("is missing") == true)
        #expect(Fixture.read("").project == nil)
    }

    @Test(arguments: [
        ("mara", "mara_quillan"), ("MARA (V.O.)", "mara_quillan"), ("mara_vo", "mara_quillan"),
        ("mara_contd", "mara_quillan"), ("Mara Quillan", "mara_quillan"), ("QUILLAN", "mara_quillan"),
        ("bird", "ilse_bird_tamm"), ("PEEL (O.S.)", "captain_orrin_peel"), ("orrin_peel", "captain_orrin_peel"),
        ("MRS. LOFT", "mrs_loft"), ("Bartender", "bartender"),
    ]) func onePersonUnderEveryCue(cue: String, key: String) throws {
        let (project, _) = Fixture.read(Fixture.shot())
        #expect(try #require(project).bible.personKey(of: cue).key == key)
    }

    @Test func linesAreSplitAndAttributed() throws {
        let (project, faults) = Fixture.read(
            Fixture.shot("s001_001", "\"dialogue_speaker\": \"MARA (V.O.)\", \"dialogue_text\": \"One. | Two.\"") + ","
                + Fixture.shot("s001_002", "\"dialogue_speaker\": \"UNKNOWN\", \"dialogue_text\": \"Who?\""))
        let film = try #require(project)
        #expect(film.shots[0].lines.map(\.text) == ["One.", "Two."])
        #expect(film.shots[0].lines.allSatisfy { $0.isOffscreen && $0.speaker == "mara_quillan" })
        #expect(film.shots[1].lines.first?.speaker == "")
        #expect(faults.contains { $0.message.hasPrefix("nobody is named") })
    }

    /// A place or person outside the bible is allowed and reported.
    @Test func strangersAreReportedAndKept() throws {
        let (project, faults) = Fixture.read(
            Fixture.shot("s001_001", "\"character_ref_ids\": [\"stranger\"]")
                .replacing("ferry_deck", with: "moon_base"))
        #expect(try #require(project).shots[0].people == ["stranger"])
        #expect(project?.shots[0].setting == "moon_base")
        #expect(faults.count { $0.weight == .warning } == 2)
    }

    @Test func titlesFallBack() throws {
        let (plain, _) = Fixture.read(Fixture.shot())
        #expect(plain?.openingTitle == "A Film")
        let (full, _) = Fixture.read(
            Fixture.shot(),
            more: [
                "sp_step_9_marketing.json": Data(
                    #"{"one_sheet_concept": "A boat. Tagline: “Everybody pays the toll.” Dark."}"#.utf8)
            ])
        #expect(full?.closingLine == "Everybody pays the toll.")
    }

    @Test func voiceMapsOfBothShapes() throws {
        let (project, _) = Fixture.read(
            Fixture.shot(),
            more: [
                "voice_map.json": Data(#"{"MARA": "v1", "peel": {"voice_id": "v2", "provider": "flite", "x": 1}}"#.utf8)
            ])
        var voices = try #require(project).voices
        #expect(voices.voice(of: "mara_quillan")?.id == "v1")
        #expect(voices.voice(of: "captain_orrin_peel") == VoiceMap.Voice(id: "v2", provider: "flite", name: ""))
        voices.assign(VoiceMap.Voice(id: "v3", provider: "p", name: "n"), to: "mrs_loft")
        voices.assign(VoiceMap.Voice(id: "no", provider: "", name: ""), to: "mrs_loft")
        #expect(voices.text.contains("\"x\": 1"), "unknown keys are kept")
        #expect(voices.voice(of: "mrs_loft")?.id == "v3")
    }

    @Test func manifestsKeepWhatTheyDoNotTouch() {
        var manifest = Manifest(text: Array(#"{"s001_001": {"status": "old", "mine": 1}, "s009_009": {"a": 2}}"#.utf8))
        manifest.set([JSON.Member("status", .string("completed"))], at: ["s001_001"])
        manifest.set([JSON.Member("x", .null)], at: ["settings", "deck"])
        #expect(manifest.json["s001_001"]?["mine"] == .number("1"))
        #expect(manifest.json["s001_001"]?["status"]?.string == "completed")
        #expect(manifest.json["s009_009"] != nil)
        #expect(manifest.json["settings"]?["deck"]?["x"] == .null)
    }

    @Test func theBlobHoldsTheFiles() throws {
        let files = ["shot_list.json": Fixture.list(Fixture.shot()), "other.txt": Data("x".utf8)]
        let read = try FilmProject.files(blob: FilmProject.blob(files: files))
        #expect(read == ["shot_list.json": Fixture.list(Fixture.shot())])
    }

    @Test(arguments: [
        ("EXT. EAST L.A. STRIP MALL PARKING LOT - NIGHT", "east_la_strip_mall_parking_lot", "NIGHT", true),
        ("INT. CAFÉ — BACK ROOM - DAY", "cafe_back_room", "DAY", false),
    ]) func sluglines(text: String, key: String, time: String, isExterior: Bool) {
        #expect(Names.setting(text) == key)
        #expect(Names.timeOfDay(text) == time)
        #expect(Names.isExterior(text) == isExterior)
    }
}
