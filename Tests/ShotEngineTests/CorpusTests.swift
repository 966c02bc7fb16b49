import Film
import Foundation
import Screenplay
import Testing

@testable import ShotEngine

/// Original scenes of several genres, with what an attentive reader says of each paragraph.
@Suite("Corpus") struct CorpusTests {
    @Test func peopleOnScreen() throws {
        var score = CorpusScore()
        for name in CorpusScript.names { score.add(try CorpusScript(name)) }
        if ProcessInfo.processInfo.environment["SNOWFLAKE_CORPUS"] != nil {
            for line in score.words { print("corpus: \(line)") }
            print(
                "corpus: recall \(score.recall), precision \(score.precision) of \(score.found + score.missed); triggers \(score.triggers), motions \(score.motions), speakers \(score.speakers), places \(score.places)"
            )
        }
        #expect(score.lost == 0)
        #expect(score.recall >= 0.99)
        #expect(score.precision >= 0.99)
        #expect(score.speakers.right == score.speakers.all)
        #expect(score.places.right == score.places.all)
        #expect(Double(score.triggers.right) >= 0.9 * Double(score.triggers.all))
        #expect(Double(score.motions.right) >= 0.9 * Double(score.motions.all))
    }

    /// AC-1 to AC-8 of what we make ourselves.
    @Test(arguments: CorpusScript.names) func ourListsNeedNoRepair(name: String) throws {
        let corpus = try CorpusScript(name)
        let breakdown = Breakdown(corpus.script)
        let lint = ShotLint(breakdown.json, bible: Bible(), script: corpus.script)
        let errors = lint.findings.filter { $0.weight == .error || $0.rule.hasPrefix("AC") }
        #expect(errors.isEmpty, "\(errors.map { "\($0.rule) \($0.shot): \($0.message)" })")
    }

    @Test(arguments: CorpusScript.names) func theSameScriptIsTheSameList(name: String) throws {
        let corpus = try CorpusScript(name)
        #expect(Breakdown(corpus.script).json == Breakdown(corpus.script).json)
    }
}
