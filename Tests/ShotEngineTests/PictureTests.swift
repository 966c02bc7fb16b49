import Film
import Foundation
import Screenplay
import TestKit
import Testing

@testable import ShotEngine

/// What a picture and a clip are asked for: phrases, sizes, states, and who is spoken to.
@Suite("Pictures of the shot engine") struct PictureTests {
    /// The cast by introductions, then the paragraph at hand.
    static func shots(_ action: String) throws -> [Draft] {
        let text = """
            INT. BARN - DAY

            MARA QUILLAN, 31, waits. JONAH HASK, 40, enters. Two RIDERS come in.

            \(action)
            """
        let breakdown = try RulesTests.breakdown(text)
        return Array(try #require(breakdown.scenes.first).shots.drop { !$0.content.hasPrefix("MARA") }.dropFirst())
            .filter { !$0.content.hasPrefix("JONAH") && !$0.content.hasPrefix("Two RIDERS") }
    }

    // MARK: phrases

    @Test(
        arguments: [
            ("Mara leans in, eyes adjusting, coat hanging off her shoulders.", ["Mara Quillan's eyes are adjusting"]),
            ("Dust turning in the light.", ["dust is turning in the light"]),
            ("Fairy lights sagging in swags.", ["fairy lights are sagging in swags"]),
            ("The door bangs open on Mara, dragging a bag.", ["Mara Quillan is dragging a bag"]),
            ("Beside it Jonah, coatless, winds a tape.", ["Jonah Hask winds a tape"]),
            ("Two riders, hats down, drift between the stalls.", ["two riders drift between the stalls"]),
            ("Mara lays the knife, gently, on the table.", ["Mara Quillan lays the knife gently on the table"]),
            (
                "Mara puts her head out and taps the wrist where a watch should be.",
                ["Mara Quillan puts her head out and taps the wrist"]
            ), ("Jonah lets it drop on the table.", ["Jonah Hask lets it drop on the table"]),
            ("Mara stops. Tugs at a zip.", ["Mara Quillan stops", "Mara Quillan tugs at a zip"]),
            (
                "Jonah pulls Mara to her feet as if she weighed nothing.",
                ["pulls Mara Quillan to her feet as if she weighed"]
            ),
            ("The riders come on. Mara knocks the gun from a rider. He folds.", ["the rider folds"]),
            ("Jonah's fingers do not: slyly, they slide a page out of a book.", ["Jonah Hask's fingers slide a page"]),
            (
                "Before Jonah can rise Mara is at the door, dragging at the bolt.",
                ["Mara Quillan is dragging at the bolt"]
            ), ("Jonah catches her round the waist.", ["Jonah Hask catches Mara Quillan round the waist"]),
            ("A hand, gloved, comes down. Takes the keys.", ["a hand comes down", "a hand takes the keys"]),
            ("Mara shuts her eyes, counts, opens them.", ["Mara Quillan opens them"]),
            ("The riders look. The younger rests a hand on his belt.", ["the younger rests a hand on his belt"]),
            ("Jonah is still. His stool still spinning.", ["Jonah Hask's stool is still spinning"]),
            ("Whales of plaster hang in the dark.", ["whales of plaster hang in the dark"]),
        ]) func whatMovesIsSaid(action: String, phrases: [String]) throws
    {
        let motions = try Self.shots(action).flatMap(\.motions)
        for phrase in phrases {
            #expect(motions.contains { $0.contains(phrase) }, "\(phrase) is not in \(motions)")
        }
    }

    @Test(
        arguments: [
            ("ILSE TAMM, 6, pajamas under her anorak.", "pajamas"),
            ("Jonah has stopped, palms up, coat open.", "palms"),
            ("We're looking at Mara.", "look"), ("Goes back up.", "goes"),
            ("Jonah comes on, hands empty.", "hands empty"), ("Mara and Jonah stop, shoulder to shoulder.", "shoulder"),
            ("Jonah turns the bag over. Bundles of cash, a phone.", "bundles"),
            ("Two riders, bow ties undone, stand by.", "bow ties"),
            ("Two riders top the rise, bandannas up.", "bandannas"),
            ("Mara looks at a photo of her brother: a big man, squinting at the sun.", "squinting"),
            ("Mara steps out with nothing to hide behind.", "to hide"),
        ]) func whatDoesNotMoveIsNot(action: String, words: String) throws
    {
        let motions = try Self.shots(action).flatMap(\.motions)
        #expect(!motions.contains { $0.contains(words) }, "\(motions)")
    }

    @Test func everySentenceHasItsShareOfFourPhrases() {
        let sentences = [["a rises", "a fires", "a drops", "a fires again"], ["b screams", "c folds"]]
        #expect(MotionFinder.chosen(sentences, limit: 4) == ["a rises", "a fires", "b screams", "c folds"])
        #expect(MotionFinder.chosen([], limit: 4) == [])
    }

    // MARK: sizes

    @Test(
        arguments: [
            "Mara takes his hat and Jonah takes hers.", "Jonah sobs and runs at Mara.", "The riders weep.",
            "The riders creep nearer.", "Jonah sprints to the door and weeps.",
        ]) func whoMovesOrIsManyIsNoFace(action: String) throws
    {
        for shot in try Self.shots(String(repeating: action + "\n\n", count: 4)) {
            #expect(![.closeUp, .extremeCloseUp].contains(shot.type), "\(shot.type) for \(action)")
        }
    }

    @Test func aFaceIsSeenNear() throws {
        let shot = try #require(try Self.shots("Mara closes her eyes.").first)
        #expect([.closeUp, .mediumClose].contains(shot.type))
    }

    @Test func whereNobodyIsThereIsNoFaceToFillTheFrame() throws {
        for action in ["The window explodes. BANG!", "Silence. Darkness.", "Grief everywhere."] {
            for shot in try Self.shots(String(repeating: action + "\n\n", count: 4)) {
                for words in ["face", "eyes", "up framing"] {
                    #expect(!shot.scenePrompt.contains(words), "\(shot.scenePrompt)")
                }
            }
        }
    }

    // MARK: states

    @Test(
        arguments: [
            ("Mara leads a limping horse.", []), ("Mara strokes the horse's wet neck.", []),
            ("Mara, limping, comes in.", ["injury: limping"]),
            ("Mara pulls at the reins with bandaged hands.", ["injury: bandaged"]),
            ("Mara picks one muddy boot from the floor.", []), ("Mara sits down, muddy.", ["dirt: muddy"]),
            ("Mara takes flight.", []), ("Mara takes the steps three at a time.", []),
            ("Mara holds the rear door open.", []), ("Mara takes one.", []),
            ("Mara grabs three plates.", ["prop: three plates"]),
        ]) func whatIsSaidOfThePerson(action: String, states: [String]) throws
    {
        let shot = try #require(try Self.shots(action).last)
        #expect(shot.characterState.values.flatMap { $0 } == states)
    }

    @Test(
        arguments: [
            ("It is raining.", ["rain"]), ("Rain drums on the roof.", ["rain"]),
            ("Whiskey raining down the mirror.", []),
            ("Dust hangs like snow.", []), ("Beans rain down.", []), ("The door bursts open.", []),
            ("The window shatters.", ["broken window"]),
        ]) func whatIsSaidOfThePlace(action: String, states: [String]) throws
    {
        #expect(try #require(try Self.shots(action).last).settingState == states)
    }

    // MARK: who is called what

    @Test func nicknamesMayHaveAnArticleAndKindsANumber() throws {
        let breakdown = try RulesTests.breakdown(
            """
            INT. VAN - DAY

            PETE "THE DEACON" DEAKINS, 58, sleeps. JULES OKONKWO, 26, lays a single Polaroid on him.

            Jules nods. On the fridge, photographs: Pete at forty, Pete with a girl. On the table a Polaroid. It's Deacon, years ago.

            The Deacon opens one eye. Jules is gone, his stool still spinning. On every screen the man himself.

            Two COPS look in. The older one knocks.

            OLDER COP
            Sir?

            The cops trade a look.

            A RESCUE TEAM, four of them on skis, labors up the slope. Their LEADER raises a fist.
            """)
        let shots = breakdown.scenes.flatMap(\.shots).filter { !$0.isDialogue && $0.trigger != .locationEstablish }
        let people = shots.map { Set(RulesTests.people(breakdown, $0)) }
        #expect(
            people == [
                ["pete_the_deacon_deakins", "jules_okonkwo"], ["jules_okonkwo"], ["pete_the_deacon_deakins"],
                ["cops", "older_cop"], ["cops"], ["rescue_team", "leader"],
            ])
        #expect(shots[2].motions.first == "Pete The Deacon Deakins opens one eye")
    }

    @Test func pronounsTellWhoIsWhatWhereNamesDoNot() throws {
        let breakdown = try RulesTests.breakdown(
            """
            INT. GYM - DAY

            DANI REYES (24, taped ribs) works a heavy bag. Her trainer, LOU GRIMALDI, 70, holds it with his free hand.

            She hits it. It swings back and knocks her flat.

            Finch, the lawyer, drops two pages, chases them and, on his knees, offers Dani the rest. He smiles.

            Lou has her before she falls. Dani holds out her gloves.

            Her opponent, THE CANNERY, grins. The trainer spits. The Cannery laughs.

            LOU
            Marco!

            Marco, the bigger of the two, shrugs. His friend pulls him away.
            """)
        let gender = { (key: String) in breakdown.cast.people.first { $0.key == key }?.gender }
        #expect(gender("dani_reyes") == .female && gender("lou_grimaldi") == .male)
        let shots = breakdown.scenes.flatMap(\.shots)
        let seen = { (words: String) in
            Set(
                shots.filter { !$0.isDialogue && $0.content.contains(words) }.flatMap {
                    RulesTests.people(breakdown, $0)
                })
        }
        #expect(seen("knocks her flat") == ["dani_reyes"])
        #expect(seen("The trainer spits").isSuperset(of: ["cannery", "lou_grimaldi"]))
        #expect(seen("pulls him away") == ["marco"])
    }

    @Test func kinAreKnownOnceTheyAreIntroduced() throws {
        let breakdown = try RulesTests.breakdown(
            """
            EXT. DECK - DAY

            LENA FROST, 33, hides. A hand over a small boy's mouth: her son, OSKAR, 6.

            ADA KWAN, 50, comes up.

            Oskar looks up at his mother.

            Lena holds her son.
            """)
        let people = breakdown.scenes.flatMap(\.shots).map { Set(RulesTests.people(breakdown, $0)) }
        #expect(people.suffix(2) == [["oskar", "lena_frost"], ["oskar", "lena_frost"]])
    }

    @Test func themAreNotThoseWhoAct() throws {
        let breakdown = try RulesTests.breakdown(
            """
            INT. BRIDGE - DAY

            ADA KWAN, 50, comes in, and BEN OKAFOR, 28. CAPTAIN JONAS HOLT, 61, hands Ben a bucket.

            Holt's gaze goes past them to a ladder marked CREW ONLY.
            """)
        let shot = try #require(breakdown.scenes.last?.shots.last)
        #expect(Set(RulesTests.people(breakdown, shot)) == ["captain_jonas_holt", "ben_okafor", "ada_kwan"])
        #expect(!breakdown.cast.people.contains { $0.key == "crew" } && shot.trigger == .actionBeat)
    }

    // MARK: who is spoken to

    @Test func whoIsCalledByNameIsSpokenTo() throws {
        let breakdown = try RulesTests.breakdown(
            """
            INT. BARN - DAY

            MARA QUILLAN, 31, JONAH HASK, 40, and ILSE TAMM, 50, wait. Pike's coat hangs on a nail.

            MARA
            Well?

            JONAH
            No.

            JONAH
            And you, Mara, behind the door.

            She goes to the door.

            PIKE (V.O.)
            I was never there.

            JONAH
            Who was that?
            """)
        let shots = breakdown.scenes.flatMap(\.shots)
        let name = { (shot: Draft) in RulesTests.people(breakdown, shot) }
        let isShown = shots.filter { $0.content.contains("behind the door") || $0.content.contains("to the door") }
        #expect(isShown.last.map(name) == ["mara_quillan"])
        #expect(!shots.contains { name($0).contains("pike") })
    }

    @Test(
        arguments: [
            ("Mara's hand flies to her mouth.", Trigger.reaction), ("Mara spins toward the sound.", .reaction),
            ("Jonah never notices.", .actionBeat), ("Mara tears free of him.", .actionBeat),
            ("Mara finds nothing in the box.", .actionBeat), ("The fight goes out of his face.", .actionBeat),
            ("Jonah and a rider shoot in the same instant.", .climaxMoment),
            ("BANG! The lamp goes out.", .climaxMoment),
            ("Her hand shoots out.", .actionBeat),
        ]) func whyAShotIsThere(action: String, trigger: Trigger) throws
    {
        #expect(try #require(try Self.shots(action).last).trigger == trigger)
    }
}
