import Film
import Foundation
import Testing

@testable import Screenplay

@Suite("Forms of a screenplay") struct FormsTests {
    @Test func fountainThroughFinalDraft() throws {
        let script = try #require(Fountain.read(Data(FountainTests.whole.utf8)).script)
        let text = FDX.text(script)
        let reading = FDX.read(Data(text.utf8))
        let again = try #require(reading.script)
        #expect(reading.faults.isEmpty)
        #expect(again.scenes == script.scenes)
        #expect(again.opening == script.opening)
        #expect(again.titlePage == script.titlePage)
        #expect(FDX.text(again) == text)
    }

    @Test func fountainThroughSteps() throws {
        let script = try #require(Fountain.read(Data(FountainTests.whole.utf8)).script)
        let json = StepFile.json(script)
        let reading = StepFile.read(Data(json.text.utf8))
        let again = try #require(reading.script)
        #expect(reading.faults.isEmpty)
        #expect(again.scenes == script.scenes)
        #expect(again.opening == script.opening)
        #expect(StepFile.json(again) == json)
    }

    @Test func stepsAsOthersWriteThem() throws {
        let text = """
            {"title": "X", "format": "short_film", "director": "nobody", "scenes": [
             {"scene_number": "1", "slugline": "INT. HALL - DAY", "int_ext": "INT", "emotional_polarity": "+",
              "estimated_duration_seconds": "45", "characters_present": ["Mara", "Dov Hask"], "mood": "dim",
              "elements": [{"element_type": "slugline", "content": "INT. HALL - DAY"},
                {"element_type": "action", "content": "She waits.\\n\\nHe comes."},
                {"element_type": "character", "content": "MARA (O.S.)"},
                {"element_type": "parenthetical", "content": "(low)"}, {"element_type": "dialogue", "content": "No * star"}]},
             {"location": "PIER", "int_ext": "EXT", "time_of_day": "DAWN", "elements": null}, 7]}
            """
        let reading = StepFile.read(Data(text.utf8))
        let script = try #require(reading.script)
        #expect(script.scenes.map(\.heading) == ["INT. HALL - DAY", "EXT. PIER - DAWN"])
        #expect(
            script.scenes[0].elements.map(\.text) == ["She waits.", "He comes.", "MARA (O.S.)", "low", "No * star"])
        #expect(script.scenes[0].seconds == 45)
        #expect(script.extras == [JSON.Member("director", .string("nobody"))])
        #expect(script.scenes[0].extras == [JSON.Member("mood", .string("dim"))])
        #expect(reading.faults.count == 2)
        #expect(script.scenes.map(\.number) == [1, 2])
    }

    @Test func theScreenplayWithMostScenesIsUsed() {
        let one = Data(#"{"scenes": [{}]}"#.utf8)
        let two = Data(#"{"scenes": [{}, {}]}"#.utf8)
        #expect(
            StepFile.name(among: ["sp_step_6_screenplay.json": one, "sp_step_8_screenplay.json": two])
                == "sp_step_8_screenplay.json")
        #expect(
            StepFile.name(among: ["sp_step_6_screenplay.json": one, "sp_step_8_screenplay.json": one])
                == "sp_step_6_screenplay.json")
        #expect(StepFile.name(among: ["sp_step_7_screenplay.json": one]) == "sp_step_7_screenplay.json")
        #expect(StepFile.name(among: ["sp_step_6_screenplay.json": Data("{}".utf8)]) == nil)
    }

    @Test func whatOnlyFinalDraftKnowsIsKept() throws {
        let text = """
            <?xml version="1.0" encoding="UTF-8" standalone="no" ?>
            <FinalDraft DocumentType="Script" Template="No" Version="5">
            <Content>
            <Paragraph Type="Scene Heading" Number="1"><SceneProperties Length="1/8" Title=""/><Text>INT. HALL - DAY</Text></Paragraph>
            <Paragraph Type="Action"><Text>She </Text><Text Style="Bold+Italic">runs</Text><Text>.</Text></Paragraph>
            <Paragraph Type="Shot"><Text>CLOSE ON THE LAMP</Text></Paragraph>
            <Paragraph><DualDialogue>
            <Paragraph Type="Character"><Text>MARA</Text></Paragraph><Paragraph Type="Dialogue"><Text>Go &amp; run!</Text></Paragraph>
            <Paragraph Type="Character"><Text>DOV</Text></Paragraph><Paragraph Type="Dialogue"><Text>Stay!</Text></Paragraph>
            </DualDialogue></Paragraph>
            </Content>
            <TitlePage><Content><Paragraph><Text>The Hall</Text></Paragraph><Paragraph><Text>written by</Text></Paragraph>
            <Paragraph><Text>Nobody</Text></Paragraph></Content></TitlePage>
            <SmartType><Characters><Character>MARA</Character></Characters></SmartType>
            </FinalDraft>
            """
        let script = try #require(FDX.read(Data(text.utf8)).script)
        #expect(script.title == "The Hall")
        #expect(script.author == "Nobody")
        let elements = script.scenes[0].elements
        #expect(elements.map(\.kind) == [.action, .other("Shot"), .character, .dialogue, .character, .dialogue])
        #expect(elements[0].text == "She ***runs***.")
        #expect(elements[3].text == "Go & run!")
        #expect(elements.map(\.isDual) == [false, false, false, false, true, false])
        let written = FDX.text(script)
        #expect(written.contains("<SmartType><Characters><Character>MARA</Character></Characters></SmartType>"))
        #expect(written.contains("Type=\"Shot\""))
        #expect(FDX.read(Data(written.utf8)).script == script)
    }

    @Test(
        arguments: [
            ("<!DOCTYPE lolz [<!ENTITY lol \"lol\">]><FinalDraft/>", "declares a document type"),
            ("<FinalDraft>\n<!ENTITY x SYSTEM \"file:///etc/passwd\"></FinalDraft>", "line 2"),
            ("<FinalDraft><Content>", "not sound XML"), ("", "not sound XML"),
            ("<html></html>", "no Final Draft document"),
            (String(repeating: "<a>", count: 5_000), "nested deeper"), ("\u{0}\u{0}", "not sound XML"),
        ]) func brokenDocumentsAreRefused(text: String, words: String)
    {
        let reading = FDX.read(Data(text.utf8))
        #expect(reading.script == nil)
        #expect(reading.faults.first?.description.contains(words) == true)
    }

    @Test(arguments: ["", "{", "[]", "{\"scenes\": 3}", "null", "{\"scenes\": [[]]}"]) func brokenStepsAreRefused(
        text: String
    ) {
        let reading = StepFile.read(Data(text.utf8))
        #expect(reading.script == nil || reading.faults.isEmpty == false)
    }

    @Test(
        arguments: [
            ("INT. LOFT HOUSE - KITCHEN - NIGHT (FLASHBACK)", "LOFT HOUSE - KITCHEN", "NIGHT", Slugline.Side.inside),
            ("EXT. EAST L.A. STRIP MALL PARKING LOT - NIGHT", "EAST L.A. STRIP MALL PARKING LOT", "NIGHT", .outside),
            ("INT./EXT. CAR -- DAY", "CAR", "DAY", .both), ("I/E. CAR - CONTINUOUS", "CAR", "CONTINUOUS", .both),
            ("INT. MIDNIGHT DINER - DAY", "MIDNIGHT DINER", "DAY", .inside),
            ("EXT. HOLIDAY INN", "HOLIDAY INN", "", .outside),
            ("INT. HALL - NIGHT - CONTINUOUS", "HALL", "NIGHT", .inside),
            ("EXT. PIER - THREE DAYS LATER", "PIER", "THREE DAYS LATER", .outside),
            ("INT. KITCHEN, NIGHT", "KITCHEN", "NIGHT", .inside),
            ("INT. BANK – VAULT — DAWN", "BANK - VAULT", "DAWN", .inside),
            ("INT. T-34 TANK - DAY", "T-34 TANK", "DAY", .inside), ("SOMEWHERE", "SOMEWHERE", "", .unsaid),
        ]) func headingsAreTakenApart(heading: String, place: String, time: String, side: Slugline.Side)
    {
        let slugline = Slugline(heading)
        #expect(slugline.place == place)
        #expect(slugline.time == time)
        #expect(slugline.side == side)
    }
}
