import Film
import Foundation
import TestKit
import Testing

@testable import Screenplay

/// Readers meet what nobody would write. 20,000 inputs each time; SNOWFLAKE_FUZZ=1000000 for the long run.
@Suite("Screenplay readers under noise") struct FuzzTests {
    static let inputs = ProcessInfo.processInfo.environment["SNOWFLAKE_FUZZ"].flatMap { Int($0) } ?? 20_000

    static let pieces = [
        "INT. ", "EXT. PIER - NIGHT", "\n", "\n\n", "\r\n", "MARA", "MARA (V.O.)", "(low)", "Hello.", "/*", "*/", "[[",
        "]]", "*", "**",
        "_", "\\", "> ", " <", "~", "=", "===", "#", "#1#", "!", "@", ".", "..", "^", "Title: X", ":", "\t", "  ",
        "\u{0}", "\u{FEFF}",
        "é", "日本語", "👩‍🚀", "\u{301}", "CUT TO:", "beat: Midpoint", "<", ">", "&", "&amp;", "<Paragraph Type=\"Action\">",
        "</Paragraph>",
        "<Text>", "</Text>", "<FinalDraft>", "</FinalDraft>", "<Content>", "</Content>", "{", "}", "\"scenes\": [", "]",
        ",", "\"content\": ",
        "null", "1e999", "\"", "\\u0000", "\u{1}", "a", "word ",
    ]

    static func text(_ generator: inout SeededGenerator) -> String {
        var text = ""
        for _ in 0..<Int.random(in: 0..<40, using: &generator) { text += pieces.randomElement(using: &generator) ?? "" }
        return text
    }

    /// Nothing crashes, and what was read is written and read again as the same.
    @Test func fountain() {
        var generator = SeededGenerator(seed: 8_001)
        var failures = 0
        for index in 0..<Self.inputs / 2 {
            let text = Self.text(&generator)
            guard let script = Fountain.read(Data(text.utf8)).script else { continue }
            let written = Fountain.text(script)
            let again = Fountain.read(Data(written.utf8)).script
            guard let again, Fountain.text(again) == written else {
                Issue.record("input \(index) is not stable: \(text.debugDescription)")
                failures += 1
                if failures > 12 { return }
                continue
            }
        }
    }

    @Test func finalDraft() {
        var generator = SeededGenerator(seed: 8_002)
        for index in 0..<Self.inputs / 4 {
            var text = Self.text(&generator)
            if index % 2 == 0 { text = "<FinalDraft><Content>" + text + "</Content></FinalDraft>" }
            guard let script = FDX.read(Data(text.utf8)).script else { continue }
            #expect(FDX.read(Data(FDX.text(script).utf8)).script != nil)
        }
    }

    @Test func steps() {
        var generator = SeededGenerator(seed: 8_003)
        for index in 0..<Self.inputs / 4 {
            var text = Self.text(&generator)
            if index % 2 == 0 {
                text =
                    "{\"scenes\": [{\"elements\": [\""
                    + text.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline && $0 >= " " } + "\"]}]}"
            }
            guard let script = StepFile.read(Data(text.utf8)).script else { continue }
            #expect(StepFile.read(Data(StepFile.json(script).text.utf8)).script != nil)
        }
    }

    /// Raw bytes, not even text.
    @Test func bytes() {
        var generator = SeededGenerator(seed: 8_004)
        for _ in 0..<Self.inputs / 4 {
            let data = Data(
                (0..<Int.random(in: 0..<200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator)
                })
            _ = Fountain.read(data)
            _ = FDX.read(data)
            _ = StepFile.read(data)
        }
    }
}
