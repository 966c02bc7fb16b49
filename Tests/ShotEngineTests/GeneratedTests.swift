import Film
import Foundation
import Screenplay
import TestKit
import Testing

@testable import ShotEngine

/// Screenplays nobody wrote: whatever stands in them, the list keeps its promises.
@Suite("Generated screenplays") struct GeneratedTests {
    static let names = [
        "MARA QUILLAN", "DOV HASK", "ROSE", "WILL \"SKIP\" PARK", "MRS. LOFT", "CAPTAIN ORRIN PEEL", "COP #1", "GRACE",
    ]
    static let calls = [
        "Mara", "Hask", "rose", "Skip", "Mrs. Loft", "the captain", "One cop", "Grace’s", "She", "he", "They", "Both",
        "A figure", "The deckhands", "Two men", "Nobody",
    ]
    static let verbs = [
        "runs", "pulls a telescoping baton from", "is gone", "slams into the", "waits for", "looks at", "and",
        "shoots out of", "throws", "turns", "stares", "has left the", "doesn't come", "kisses",
    ]
    static let rest = [
        "the door", "her", "him", "them", "each other", "his hands", "a photo of Mara", "behind the dumpster", "up",
        "out of", "the two women", "", "-- fast", "(O.S.)", "“No!”", "...", "in a", "it: QUILLAN", "and his men",
    ]
    static let headings = [
        "INT. THE SALOON - DAY", "EXT. SALOON - NIGHT", "INT./EXT. CAR - CONTINUOUS", "INT. A - B - LATER",
        "EXT. - DAY", "INT. X - THREE DAYS LATER (FLASHBACK)",
    ]

    static func script(_ generator: inout SeededGenerator) -> String {
        func pick(_ list: [String]) -> String { list.randomElement(using: &generator) ?? "" }
        var text = "Title: T\nFormat: \(pick(Script.formats))\n\n"
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            text += pick(headings) + "\n\n"
            if Bool.random(using: &generator) {
                text +=
                    "[[beat: \(pick(["Midpoint", "Finale", "Set-Up", "Nonsense"]))]] [[duration: \(Int.random(in: 1...200, using: &generator))]]\n\n"
            }
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                switch Int.random(in: 0..<6, using: &generator) {
                case 0:
                    text +=
                        "\(pick(names)), \(Int.random(in: 5...90, using: &generator)), \(pick(rest)), \(pick(verbs)) \(pick(rest)).\n\n"
                case 1:
                    text +=
                        "\(pick(names))\(pick(["", " (V.O.)", " (O.S.)", " (CONT'D)", " ^"]))\n\(pick(["", "(low)\n"]))\(pick(["No.", "Yes, \(pick(calls))", "…", String(repeating: "word ", count: 90)]))\n\n"
                case 2: text += "\(pick(["INSERT - ", "CLOSE ON ", "INTERCUT", "MONTAGE", "POV - "]))\(pick(rest))\n\n"
                case 3: text += "\(pick(["CUT TO:", "> FADE OUT.", "DISSOLVE TO:", "# Act", "=== ", "~la la"]))\n\n"
                default:
                    for _ in 0..<Int.random(in: 1...4, using: &generator) {
                        text += "\(pick(calls)) \(pick(verbs)) \(pick(rest))\(pick([".", ",", ";", "!", "?", " and"])) "
                    }
                    text += "\n\n"
                }
            }
        }
        return text
    }

    static let count = ProcessInfo.processInfo.environment["SNOWFLAKE_FUZZ"].flatMap { Int($0) }.map { $0 / 100 } ?? 600

    @Test func everyListIsSound() throws {
        var generator = SeededGenerator(seed: 8_010)
        for index in 0..<Self.count {
            let text = Self.script(&generator)
            guard let script = Fountain.read(Data(text.utf8)).script, !script.scenes.isEmpty else { continue }
            let breakdown = Breakdown(script)
            let json = breakdown.json
            let lint = ShotLint(json, bible: Bible(), script: script)
            let wrong = lint.findings.filter { $0.weight == .error }
            if !wrong.isEmpty {
                Issue.record(
                    "script \(index): \(wrong.prefix(3).map { "\($0.rule) \($0.shot) \($0.message)" })\n\(text)")
                return
            }
            // What we write a renderer reads.
            let (project, faults) = FilmProject.read(files: ["shot_list.json": Data(json.text.utf8)])
            #expect(project?.shots.count == breakdown.shotsCount, "\(faults)")
        }
    }

    /// Every word the rules know, in any order and spelling, as names too: nothing they look for may be where they do not
    /// expect it.
    static let vocabulary: [String] = {
        let tables = [
            WordTable.determiners, WordTable.possessives, WordTable.subjectPronouns, WordTable.objectPronouns,
            WordTable.prepositions, WordTable.conjunctions, WordTable.auxiliaries, WordTable.relatives,
            WordTable.numbers, WordTable.adverbs, WordTable.adjectives, NameTable.titles, NameTable.roles,
            NameTable.commonNames, CueTable.climax, CueTable.revelation, CueTable.reaction, CueTable.gestures,
            CueTable.sounds, CueTable.nothing, CueTable.travel, "older younger one ones it it's we're they're himself",
            "letting lets finds shoots tears holster fight gone like photo photographs polaroid coat hangs team crew",
        ]
        let verbs = WordTable.list(VerbTable.moving).prefix(80).flatMap { word in
            let base = word.filter { $0 != "*" }
            return [base, base + "s", base + "ing"]
        }
        let people = MentionTable.body.union(MentionTable.followers).union(MentionTable.images).union(MentionTable.gone)
        // Somebody called None speaks for nobody, says the check.
        let words =
            tables.flatMap { WordTable.list($0).map { $0.filter { $0 != ":" && $0 != "*" } } } + verbs + people.sorted()
        return words.filter { $0 != "none" }
    }()

    static func salad(_ generator: inout SeededGenerator) -> String {
        func word() -> String {
            let word = vocabulary.randomElement(using: &generator) ?? ""
            switch Int.random(in: 0..<10, using: &generator) {
            case 0: return word.uppercased()
            case 1, 2: return word.prefix(1).uppercased() + word.dropFirst()
            case 3: return word + "'s"
            default: return word
            }
        }
        func sentence() -> String {
            let marks = ["", "", "", "", "", ",", ";", ":", " --", "\"", " (", ")"]
            let words = (0..<Int.random(in: 1...14, using: &generator)).map { _ in
                word() + (marks.randomElement(using: &generator) ?? "")
            }
            return words.joined(separator: " ") + ([".", "!", "?", "...", ""].randomElement(using: &generator) ?? "")
        }
        var text = "INT. \(word().uppercased()) - DAY\n\n"
        for _ in 0..<Int.random(in: 1...8, using: &generator) {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0:
                let mark = ["", " \"\(word().uppercased()) \(word().uppercased())\"", " (V.O.)"].randomElement(
                    using: &generator)
                text += "@\(word().uppercased())\(mark ?? "")\n\(word()), \(sentence())\n\n"
            case 1:
                text +=
                    "\(word().uppercased()) \(word().uppercased()), \(Int.random(in: 1...90, using: &generator)), \(sentence())\n\n"
            default:
                text +=
                    (0..<Int.random(in: 1...4, using: &generator)).map { _ in sentence() }.joined(separator: " ")
                    + "\n\n"
            }
        }
        return text
    }

    @Test func anyWordsInAnyOrderAreFilmed() throws {
        var generator = SeededGenerator(seed: 8_012)
        for index in 0..<Self.count * 4 {
            let text = Self.salad(&generator)
            guard let script = Fountain.read(Data(text.utf8)).script, !script.scenes.isEmpty else { continue }
            let lint = ShotLint(Breakdown(script).json, bible: Bible(), script: script)
            // Who is shown and what moves is a matter of opinion here; no word spoken may be lost.
            let wrong = lint.findings.filter { $0.weight == .error && !["AC-1", "AC-2"].contains($0.rule) }
            if !wrong.isEmpty {
                Issue.record(
                    "script \(index): \(wrong.prefix(3).map { "\($0.rule) \($0.shot) \($0.message)" })\n\(text)")
                return
            }
        }
    }

    /// A list any tool could have made: mending never crashes, and what was mended stays so.
    @Test func whatIsMendedStaysMended() throws {
        var generator = SeededGenerator(seed: 8_011)
        for index in 0..<Self.count / 4 {
            guard let script = Fountain.read(Data(Self.script(&generator).utf8)).script, !script.scenes.isEmpty else {
                continue
            }
            let json = Self.spoiled(Breakdown(script).json, &generator)
            let once = ShotLint(json, bible: Bible(), script: script).fixed
            let twice = ShotLint(once, bible: Bible(), script: script).fixed
            if once != twice {
                Issue.record("list \(index) is mended again")
                return
            }
        }
    }

    /// The list with members taken away, doubled or replaced.
    private static func spoiled(_ json: JSON, _ generator: inout SeededGenerator) -> JSON {
        switch json {
        case .object(let members):
            return .object(
                members.compactMap { member in
                    switch Int.random(in: 0..<60, using: &generator) {
                    case 0 where member.name != "scenes" && member.name != "shots": return nil
                    case 1:
                        return JSON.Member(
                            member.name,
                            [.null, .number("-1"), .string("UNKNOWN"), .string("the, the, and"), .array([])]
                                .randomElement(using: &generator) ?? .null)
                    default: return JSON.Member(member.name, spoiled(member.value, &generator))
                    }
                })
        case .array(let items): return .array(items.map { spoiled($0, &generator) })
        default: return json
        }
    }
}
