import Film
import Testing

@Suite("Captions")
struct CaptionTests {
    private func line(_ text: String, at start: Int = 0, seconds: Double, words: [Captions.Word] = []) -> Captions.Line
    {
        Captions.Line(
            text: text, speaker: "mara", start: start * 48_000, samples: Int(seconds * 48_000), words: words)
    }

    @Test func aShortLineIsOneCaption() {
        let captions = Captions([line("Hello there.", at: 2, seconds: 1.2)])
        #expect(captions.cues == [.init(from: 2_000, to: 3_200, lines: ["Hello there."], speaker: "mara")])
        #expect(captions.srt == "1\n00:00:02,000 --> 00:00:03,200\nHello there.\n\n")
    }

    @Test func linesAreEvenAndTwoAtMost() {
        let text =
            "The spring is broken. We turn it by hand, or he never sees the rocks, and then nobody will ever know "
            + "that we were here at all tonight."
        let captions = Captions([line(text, seconds: 9)])
        #expect(captions.cues.count >= 2)
        for cue in captions.cues {
            #expect(cue.lines.count <= 2)
            for line in cue.lines { #expect(line.count <= Captions.lineLimit) }
        }
        #expect(captions.cues.map(\.text).joined(separator: " ").replacing("\n", with: " ") == text)
        #expect(captions.cues.first?.from == 0)
        for (cue, next) in zip(captions.cues, captions.cues.dropFirst()) { #expect(cue.to < next.from) }
    }

    /// What the service told of its words decides; words that are not the text's are not believed.
    @Test func timedWordsDecide() {
        let text = "One two three four five six seven eight nine. Ten eleven twelve thirteen fourteen fifteen."
        let words = text.split(separator: " ").enumerated().map {
            Captions.Word(text: String($0.element), start: $0.offset < 9 ? $0.offset * 4_800 : 240_000 + $0.offset)
        }
        let timed = Captions([line(text, seconds: 8, words: words)])
        #expect(timed.cues.count == 2)
        #expect(timed.cues[1].from == 5_000)
        let other = Captions([line(text, seconds: 8, words: Array(words.dropLast()))])
        #expect(other.cues[1].from != 5_000)
    }

    @Test func captionsNeverOverlapAndStayToBeRead() {
        let captions = Captions([
            line("Yes.", at: 1, seconds: 0.2), line("No, wait a moment please, I have to think.", at: 3, seconds: 0.5),
            line("Go!", at: 4, seconds: 0.3),
        ])
        #expect(captions.cues[0].to == 2_000, "held for a second")
        #expect(captions.cues[1].to == 3_920, "until the next one comes")
        #expect(captions.notes.count == 1)
        #expect(captions.notes.first?.contains("characters a second") == true)
    }

    @Test func scriptsWithoutSpacesAreCut() {
        let captions = Captions([line(String(repeating: "夜", count: 100), seconds: 20)])
        for line in captions.cues.flatMap(\.lines) { #expect(line.count <= Captions.lineLimit) }
        #expect(captions.cues.flatMap(\.lines).joined().count == 100)
    }

    @Test func speakersAndTextAreHarmlessInVTT() {
        let captions = Captions([line("a < b && c", seconds: 2)])
        let vtt = captions.vtt { _ in "M>a\nra" }
        #expect(vtt == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:02.000\n<v Mara>a &lt; b &amp;&amp; c\n\n")
    }

    @Test func nothingSaidIsNoCaption() {
        #expect(Captions([]).cues.isEmpty)
        #expect(Captions([line("", seconds: 1), line("Silent.", seconds: 0)]).cues.isEmpty)
        #expect(Captions([]).srt.isEmpty)
    }
}
