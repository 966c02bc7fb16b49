import Film
import Foundation
import Screenplay
import TestKit
import Testing

@testable import ShotEngine

/// Rules one by one.
@Suite("Rules of the shot engine") struct RulesTests {
    static func breakdown(
        _ text: String, bible: Bible = Bible(), _ change: (inout Breakdown.Options) -> Void = { _ in }
    ) throws
        -> Breakdown
    {
        let script = try #require(Fountain.read(Data(text.utf8)).script)
        var options = Breakdown.Options()
        change(&options)
        return Breakdown(script, bible: bible, options: options)
    }

    static func people(_ breakdown: Breakdown, _ shot: Draft) -> [String] {
        shot.people.map { breakdown.cast.people[$0].key }
    }

    // MARK: phrases (AC-1, AC-4)

    @Test(
        arguments: [
            ("they slam into the", "ends in \"the\""), ("she pulls a telescoping", "stops inside \"a telescoping\""),
            ("rae slides behind a", "ends in \"a\""), ("steps out of", "ends in \"of\""), ("he is", "ends in \"is\""),
            ("grabs his", "ends in \"his\""), ("walks and", "ends in \"and\""),
            ("the the dog runs", "says \"the\" twice"),
        ]) func brokenPhrasesAreKnown(phrase: String, fault: String)
    {
        #expect(MotionPhrase.fault(in: phrase) == fault)
    }

    @Test(
        arguments: [
            "pulls a telescoping baton", "steps onto the landing", "turns to the left", "coaxes it awake",
            "camera pans left",
            "grabs her", "looks at the clearing", "dark", "3.5s", "",
        ]) func soundPhrasesPass(phrase: String)
    {
        #expect(MotionPhrase.fault(in: phrase) == nil)
    }

    @Test func aPromptSaysNothingTwice() {
        var list = PhraseList()
        for part in [
            "close", "subject at close distance", "speaking, speaking", "Speaking", "rain", "rain, on the roof",
            "a the",
        ] {
            list.add(part)
        }
        #expect(list.text == "subject at close distance, speaking, rain, on the roof")
    }

    // MARK: people (AC-2, AC-3, AC-6)

    @Test(
        arguments: [
            ("Mara's hands stop.", ["mara_quillan"]), ("MARA’S hands stop.", ["mara_quillan"]),
            ("mara runs.", ["mara_quillan"]),
            ("A photo of Mara hangs askew.", []), ("Mara's empty coat hangs on a nail.", []), ("Mara's car burns.", []),
            ("No sign of Mara.", []), ("Quillan turns.", ["mara_quillan"]), ("The sign reads QUILLAN.", []),
            ("Smoke rose from the stacks.", []), ("Rose turns.", ["rose_adamu"]), ("Rose petals drift by.", []),
            ("The Rose lists to port.", []), ("Peel Street is empty.", []),
            ("Captain Peel salutes.", ["captain_orrin_peel"]),
            ("The captain salutes.", []), ("Deckhands run.", ["deckhands"]), ("One deckhand falls.", ["deckhands"]),
            ("Bird falls.", ["ilse_bird_tamm"]), ("A bird falls.", []), ("Rose waits for Mara.", ["rose_adamu"]),
            ("Where Mara stood, water.", []), ("Mara is gone.", []), ("Mara, off screen, laughs.", []),
            ("“Mara!” somebody shouts.", []), ("Something like Mara's spanner.", []),
            ("Rose hands Mara the rope.", ["mara_quillan", "rose_adamu"]), ("She turns.", []),
        ]) func whoIsSeen(action: String, people: [String]) throws
    {
        let text = """
            INT. A - DAY

            MARA QUILLAN, 31, ROSE ADAMU, 34, CAPTAIN ORRIN PEEL, 62, and ILSE "BIRD" TAMM, 15, wait. Two DECKHANDS wait too.

            INT. B - DAY

            \(action)
            """
        let breakdown = try Self.breakdown(text)
        let shot = try #require(breakdown.scenes[1].shots.last)
        #expect(Set(Self.people(breakdown, shot)) == Set(people))
    }

    @Test func oneIdentityForEachPerson() throws {
        let breakdown = try Self.breakdown(
            """
            INT. A - DAY

            DOV HASK (50s) and MR. LOFT, 70, face MRS. LOFT, 68.

            HASK
            One.

            DOV (V.O.)
            Two.

            HASK (CONT'D)
            Three.

            LOFT
            Four.

            MRS. LOFT
            Five.
            """)
        #expect(breakdown.cast.people.map(\.key).sorted() == ["dov_hask", "mr_loft", "mrs_loft"])
        let lines = breakdown.scenes[0].shots.flatMap(\.lines)
        #expect(lines.map(\.text) == ["One.", "Two.", "Three.", "Four.", "Five."])
        #expect(lines.map(\.isOffscreen) == [false, true, false, false, false])
        #expect(breakdown.cast.ambiguous == ["loft"])
    }

    // MARK: words spoken (AC-5)

    @Test func aLongSpeechIsCutAtSentencesAndLosesNothing() throws {
        let sentence = "We should have left before the tide came in and took the road with it."
        let speech = Array(repeating: sentence, count: 12).joined(separator: " ")
        let breakdown = try Self.breakdown("INT. A - DAY\n\nMARA\n\(speech)\n")
        let shots = breakdown.scenes[0].shots.filter(\.isDialogue)
        #expect(shots.count > 3)
        #expect(shots.flatMap(\.lines).map(\.text).joined(separator: " ") == speech)
        #expect(shots.allSatisfy { $0.seconds >= Durations.units($0.lines.map(\.text).joined(separator: " "), 2.5) })
        #expect(shots.allSatisfy { $0.halfSeconds <= 60 })
    }

    @Test func oneWordOfFiftyThousandIsFilmed() throws {
        let breakdown = try Self.breakdown(
            "INT. A - DAY\n\nMARA\n" + Array(repeating: "word", count: 50_000).joined(separator: " "))
        #expect(breakdown.scenes[0].shots.flatMap(\.lines).reduce(0) { $0 + Source.wordCount($1.text) } == 50_000)
    }

    @Test func aParagraphOfFiftyThousandWordsIsFilmed() throws {
        let words = [
            "Mara", "runs", "and", "she", "grabs", "them", "in", "the", "telescoping", "door,", "Hask's", "hands",
        ]
        let text = (0..<50_000).map { words[$0 % words.count] }.joined(separator: " ")
        let breakdown = try Self.breakdown("INT. A - DAY\n\nMARA\nYes.\n\n\(text)\n")
        #expect(breakdown.shotsCount >= 3)
    }

    @Test func itemsOfAListAreShotsOfTheirOwn() throws {
        let breakdown = try Self.breakdown("INT. A - DAY\n\nMONTAGE\n\n-- A door.\n-- Two lamps.\n- A road.\n")
        #expect(breakdown.scenes[0].shots.map(\.content).suffix(3) == ["A door.", "Two lamps.", "A road."])
    }

    @Test func moreThanAProjectHoldsIsSaid() throws {
        let breakdown = try Self.breakdown(String(repeating: "INT. A - DAY\n\nA door.\n\n", count: 10_001))
        #expect(breakdown.notes.contains { $0.message.contains("split the script") })
    }

    // MARK: what directors use

    /// Every trigger, size, movement and transition has a place where it is used.
    @Test func everyWordIsUsed() throws {
        var shots: [Draft] = []
        for name in CorpusScript.names { shots += Breakdown(try CorpusScript(name).script).scenes.flatMap(\.shots) }
        shots += try Self.breakdown(Self.everything).scenes.flatMap(\.shots)
        #expect(Set(shots.map(\.trigger)) == Set(Trigger.allCases))
        #expect(Set(ShotType.allCases).subtracting(shots.map(\.type)).isEmpty)
        #expect(Set(CameraMovement.allCases).subtracting(shots.map(\.movement)).isEmpty)
        #expect(Set(Transition.allCases).subtracting(shots.map(\.transition)).isEmpty)
        #expect(
            shots.allSatisfy {
                !$0.typeWhy.isEmpty && !$0.movementWhy.isEmpty && !$0.transitionWhy.isEmpty && !$0.triggerWhy.isEmpty
            })
    }

    static let everything = """
        EXT. TOWER - DAY

        [[beat: Finale]] [[emotion: + -> -]]

        The tower rises out of the mist.

        MARA QUILLAN, 31, climbs.

        Glass explodes. Mara screams.

        Fire destroys the stairs. Mara fights on.

        The roof collapses. Mara is crushed.

        Mara and DOV HASK, 50, kiss, tears on their faces.

        Hask approaches. Silence. Nobody breathes.

        FADE IN:

        INT. CELLAR - NIGHT

        [[beat: Finale]] [[emotion: - -> +]]

        Mara crosses the cellar.

        Hask crosses after her.

        Mara falls. Hask leaves.

        MARA
        Wait.

        INT. HALL - NIGHT

        [[beat: Set-Up]] [[emotion: - -> -]]

        CLOSE ON the lantern.

        WIPE TO:

        INT. ATTIC - NIGHT

        A chest. The lantern flickers.

        MATCH CUT TO:

        INT. CAVE - NIGHT

        The lantern flickers.

        DISSOLVE TO:

        INT. MINE - NIGHT

        Mara discovers a letter. She reads it. She realizes what it says.

        Mara finds another letter.

        Mara nods.

        SMASH CUT TO:

        EXT. FIELD - THREE DAYS LATER

        Mara dances around the fire.

        MARA
        Home.

        INT. FIELD HOUSE - NIGHT

        Mara listens.

        MARA
        Who's there?

        INT. LOFT - NIGHT

        She sleeps.
        """

    // MARK: time (AC-8)

    @Test(arguments: 0..<40) func scenesKeepTheirTime(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var scene = DraftScene(index: 0)
        for _ in 0..<Int.random(in: 1...25, using: &generator) {
            var draft = Draft(
                scene: 0, trigger: Trigger.allCases.randomElement(using: &generator) ?? .actionBeat, content: "x")
            if Bool.random(using: &generator) {
                let words = Array(repeating: "word", count: Int.random(in: 1...45, using: &generator)).joined(
                    separator: " ")
                draft.lines = [Draft.Line(speaker: 0, text: words, parenthetical: "", isOffscreen: false)]
            }
            draft.words = Int.random(in: 0...38, using: &generator)
            scene.shots.append(draft)
        }
        let target = Double(Int.random(in: 5...300, using: &generator))
        scene.targetSeconds = target
        let durations = Durations(format: "feature", wordsPerSecond: 2.5)
        durations.time(&scene, pace: .moderate)
        let total = scene.shots.reduce(0) { $0 + $1.seconds }
        for shot in scene.shots {
            #expect(shot.halfSeconds >= durations.floor(shot))
            #expect((2...60).contains(shot.halfSeconds))
        }
        #expect(abs(total - target) <= max(0.02 * target, 0.25) || !scene.excuse.isEmpty)
        let floors = scene.shots.reduce(0) { $0 + durations.floor($1) }
        if Double(floors) / 2 <= target, Double(scene.shots.count) * 30 >= target { #expect(total == target) }
    }

    // MARK: places (AC-6)

    @Test func placesHaveOneKeyWhateverTheirSpelling() throws {
        let headings = [
            "INT. THE SALOON - DAY", "INT. SALOON - NIGHT", "EXT. SALOON - DAY", "INT. SALOON - CONTINUOUS",
            "INT. SALOON (STORM) - NIGHT",
            "INT. LOFT HOUSE - KITCHEN - DAY", "INT. LOFT HOUSE KITCHEN - DAY", "INT. FERRY ENGINE ROOM - DAY",
            "INT. FERRY SALOON - DAY",
        ]
        let breakdown = try Self.breakdown(headings.map { $0 + "\n\nA door.\n" }.joined(separator: "\n"))
        #expect(
            breakdown.scenes.map(\.setting) == [
                "saloon", "saloon", "saloon", "saloon", "saloon", "loft_house_kitchen", "loft_house_kitchen",
                "ferry_engine_room",
                "ferry_saloon",
            ])
    }

    @Test func placesAreTheBiblesWhereItHasThem() throws {
        let json =
            #"{"location_designs": [{"location_name": "Hask's House"}, {"location_name": "Kitchen"}, {"location_name": "Diner Interior"}, {"location_name": "Diner Exterior"}, {"location_name": "Ferry Deck"}, {"location_name": "Ferry Saloon"}]}"#
        let bible = FilmProject.bible(files: ["sp_step_5b_visual_bible.json": Data(json.utf8)]).bible
        let headings = [
            "EXT. HASK'S HOUSE - DAY", "INT. HASK'S HOUSE - KITCHEN - DAY", "INT. DINER - DAY", "EXT. DINER - NIGHT",
            "EXT. FERRY - DAY",
            "INT. THE FERRY SALOON - DAY",
        ]
        let breakdown = try Self.breakdown(headings.map { $0 + "\n\nA door.\n" }.joined(separator: "\n"), bible: bible)
        #expect(
            breakdown.scenes.map(\.setting) == [
                "hasks_house", "hasks_house", "diner_interior", "diner_exterior", "ferry", "ferry_saloon",
            ])
        #expect(breakdown.notes.map(\.message).contains("no design of the bible shows \"ferry\""))
    }

    // MARK: joins

    @Test func whatTheWriterAsksForComesFirst() throws {
        let breakdown = try Self.breakdown(
            """
            INT. A - DAY

            A door.

            SMASH CUT TO:

            INT. B - NIGHT

            A door.

            WIPE TO:

            INT. C - NIGHT

            MARA
            No.

            A door.

            EXT. D - DAWN

            A door.
            """)
        let ends = breakdown.scenes.compactMap(\.shots.last).map(\.transition)
        #expect(ends == [.smashCut, .wipe, .dissolve, .fadeBlack])
        let first = breakdown.scenes[2].shots.first { $0.isDialogue }
        let talk = try #require(first)
        #expect(talk.transition == .lCut)
        #expect(talk.crossfadeSeconds == 0.3)
    }

    @Test func actsFadeOnceWhereTheyEnd() throws {
        let scene = { (name: String, beat: String) in "INT. \(name) - DAY\n\n[[beat: \(beat)]]\n\nA door.\n\n" }
        let breakdown = try Self.breakdown(
            scene("A", "Midpoint") + scene("B", "Midpoint (False Victory)") + scene("C", "All Is Lost")
                + scene("D", "Finale"))
        #expect(breakdown.scenes.compactMap(\.shots.last).map(\.transition) == [.cut, .fadeBlack, .cut, .fadeBlack])
    }

    // MARK: states

    @Test func whatHappensToPeopleAndPlacesStays() throws {
        let breakdown = try Self.breakdown(
            """
            EXT. DECK - NIGHT

            Rain. MARA QUILLAN, 31, grabs a brass spanner.

            Mara staggers, bleeding. The window shatters.

            Mara drops the spanner.

            INT. CABIN - NIGHT

            Mara sits.

            EXT. DECK - DAWN

            Mara stands.
            """)
        let states = breakdown.scenes.flatMap(\.shots).filter { !$0.people.isEmpty }.map {
            ($0.characterState[0] ?? [], $0.settingState)
        }
        #expect(
            states.map(\.0) == [
                ["prop: brass spanner"], ["injury: bleeding", "prop: brass spanner"], ["injury: bleeding"],
                ["injury: bleeding"],
                ["injury: bleeding"],
            ])
        #expect(
            states.map(\.1) == [
                ["rain"], ["broken window", "rain"], ["broken window", "rain"], [], ["broken window"],
            ])
    }

    // MARK: other languages, and nothing at all

    @Test(
        arguments: [
            "INT. KÜCHE - TAG\n\nMARA SCHÄFER, 31, öffnet das Fenster und schaut hinaus.\n\nMARA\nWo bist du gewesen?\n",
            "INT. 台所 - 夜\n\n雨が降っている。\n\n@真理子\nもう遅い。\n", "EXT. МОСТ - НОЧЬ\n\nСнег.\n\nИВАН\nКто там?\n",
            "INT. A - DAY\n\nMara falls. It waits. IT'S here. It's IT.\n\nIT\nMara?\n\nThe The. THE\n\nTHE\nThe?\n",
            "INT. A - DAY\n\n\u{1F3AC}\n", "INT. A - DAY\n\n...\n", "INT. A - DAY\n", "INT. A - DAY\n\n\"\"\n\n((( \n",
        ]) func anythingIsBrokenDown(text: String) throws
    {
        let breakdown = try Self.breakdown(text)
        #expect(breakdown.shotsCount >= 1)
        let lint = ShotLint(breakdown.json, bible: Bible(), script: breakdown.script)
        #expect(lint.findings.filter { $0.weight == .error } == [])
    }
}
