import Film
import Foundation
import Testing

@testable import Screenplay

@Suite("Fountain") struct FountainTests {
    static let whole = """
        Title: The Long Signal
        Author: original test story
        Draft date: 1 May
        Contact:
            Somewhere
            Anywhere 12

        FADE IN:

        # Act One

        INT. RADIO ROOM - NIGHT #12A#

        = Mara wants to be heard; Otto wants silence; nobody wins

        [[beat: Catalyst]] [[emotion: + -> -]] [[duration: 90]] [[card: 3]]

        MARA QUILLAN, 31, *leans* into the **microphone**. She _waits_.
        Nothing.

        MARA
        (low)
        Anybody?
          
        I can wait.

        OTTO (V.O.) ^
        ~Row, row, row

        .SNIPER SCOPE POV

        !INT. IS WRITTEN ON THE WALL

        @McAVOY
        Yes.

        > THE END <

        /* cut for time

        INT. NOWHERE - DAY */

        [[a note to myself]]

        ===

        > Burn to white.

        CUT TO:

        EXT. PIER - DAWN

        She runs[[check this]].
        """

    @Test func theWholeSyntax() throws {
        let reading = Fountain.read(Data(Self.whole.utf8))
        let script = try #require(reading.script)
        #expect(reading.faults.isEmpty)
        #expect(script.title == "The Long Signal")
        #expect(script.field("contact") == "Somewhere Anywhere 12")
        #expect(script.opening.map(\.kind) == [.transition, .section(1)])
        #expect(script.scenes.map(\.heading) == ["INT. RADIO ROOM - NIGHT", "SNIPER SCOPE POV", "EXT. PIER - DAWN"])
        let first = script.scenes[0]
        #expect(first.label == "12A")
        #expect(first.beat == "Catalyst")
        #expect(first.emotionalStart == "+")
        #expect(first.emotionalEnd == "-")
        #expect(first.seconds == 90)
        #expect(first.card == 3)
        #expect(first.conflict == "Mara wants to be heard; Otto wants silence; nobody wins")
        #expect(
            first.elements.map(\.kind) == [
                .action, .character, .parenthetical, .dialogue, .character, .lyrics,
            ])
        #expect(first.elements[3].text == "Anybody?\n\nI can wait.")
        #expect(first.elements[4].isDual)
        let second = script.scenes[1].elements
        #expect(
            second.map(\.kind) == [
                .action, .character, .dialogue, .centered, .boneyard, .note, .pageBreak, .transition, .transition,
            ])
        #expect(second[0].text == "INT. IS WRITTEN ON THE WALL")
        #expect(second[1].text == "McAVOY")
        #expect(second[4].text.contains("INT. NOWHERE"))
        #expect(second[7].text == "Burn to white.")
        #expect(Markup.plain(script.scenes[2].elements[0].text) == "She runs.")
        #expect(
            Markup.plain(first.elements[0].text) == "MARA QUILLAN, 31, leans into the microphone. She waits. Nothing.")
    }

    @Test func whatIsWrittenReadsTheSame() throws {
        let script = try #require(Fountain.read(Data(Self.whole.utf8)).script)
        let text = Fountain.text(script)
        let again = try #require(Fountain.read(Data(text.utf8)).script)
        #expect(again == script)
        #expect(Fountain.text(again) == text)
    }

    @Test func linesAreWhereTheyStand() throws {
        let script = try #require(
            Fountain.read(Data("A house.\n\nINT. HALL - DAY\r\n\r\nShe runs.\r\n\r\nMARA\r\nGo!\r\n".utf8)).script)
        #expect(script.opening[0].line == 1)
        #expect(script.scenes[0].line == 3)
        #expect(script.scenes[0].elements.map(\.line) == [5, 7, 8])
    }

    @Test(
        arguments: [
            ("", false), ("\u{FEFF}", false), ("   \n\n  ", false), ("Only words.", true), ("MARA\n\n", true),
            ("INT. A - DAY\n\nMARA\n\nShe runs.", true), ("/* never closed\n\nINT. A - DAY\n\nShe runs.", true),
            ("[[ never closed\n\nINT. A - DAY\n\nShe runs.", true), ("INT. A - DAY\n\n\u{0}\u{0}She\u{0} runs.", true),
            (String(repeating: "word ", count: 50_000), true), (String(repeating: "[[", count: 20_000), true),
            (String(repeating: "*a ", count: 20_000), true), (String(repeating: "/*", count: 20_000), true),
            (String(repeating: "INT. A - DAY\n\nShe runs.\n\n", count: 25_000), true),
        ]) func badInputIsAnswered(text: String, hasWords: Bool)
    {
        let reading = Fountain.read(Data(text.utf8))
        #expect((reading.script != nil) == hasWords)
    }

    @Test func whatIsOddIsSaidWithItsPlace() {
        func words(_ text: String) -> [String] { Fountain.read(Data(text.utf8)).faults.map(\.description) }
        #expect(
            words("INT. A - DAY\n\nShe /* runs.") == [
                "line 3, column 5: /* is never closed by */; what follows is read as script"
            ])
        #expect(
            words("INT. A - DAY\n\n[[beat: X") == ["line 3, column 1: [[ is never closed by ]]; it is read as action"])
        #expect(words("INT. A - DAY\n\n@MARA\n\nShe runs.") == ["line 3, column 1: \"MARA\" has no line to speak"])
        #expect(words("She runs.").first?.contains("no scene heading") == true)
        #expect(words("INT. A - DAY\n\nA\u{0}B") == ["1 NUL bytes were passed over"])
        #expect(
            Fountain.read(Data([0x49, 0x4E, 0x54, 0x2E, 0x20, 0xE9, 0x0A])).script?.scenes.first?.heading == "INT. é")
    }

    @Test func tooLongIsRefused() {
        let reading = Fountain.read(Data(count: Fountain.bytesLimit + 1))
        #expect(reading.script == nil)
        #expect(reading.faults.first?.message.contains("at most") == true)
    }
}
