import Film
import Foundation
import Protocol
import Testing

@Suite("Takes")
struct TakesTests {
    let shot = Takes.Slot("s001_001", .animate)

    private func take(_ key: String, backend: String = "local", cost: Int64 = 0) -> Takes.Take {
        Takes.Take(
            backend: backend, model: "", key: key, basis: "b" + key, digest: "d", costMicroUSD: cost,
            madeAt: "2026-01-01T00:00:00Z", parts: ["prompt": "1"])
    }

    /// A local take makes room for the next one; a bought one never goes, and is shown as soon as it is there.
    @Test func boughtTakesStay() throws {
        var takes = Takes()
        takes.record(take("1"), in: shot)
        takes.record(take("2"), in: shot)
        #expect(takes.choices[shot]?.takes.map(\.key) == ["2"])
        takes.record(take("3", backend: "runway", cost: 500_000), in: shot)
        #expect(takes.choices[shot]?.shown?.key == "3")
        takes.record(take("4"), in: shot)
        takes.record(take("5", backend: "runway", cost: 500_000), in: shot)
        let choice = try #require(takes.choices[shot])
        #expect(choice.takes.map(\.key) == ["4", "3", "5"])
        #expect(choice.takes.map(\.number) == [0, 1, 2])
        #expect(choice.shown?.key == "3", "a later take waits until it is selected")
    }

    @Test func theSameResultAgainChangesNothing() {
        var takes = Takes()
        takes.record(take("1"), in: shot)
        let before = takes
        takes.record(take("1"), in: shot)
        #expect(takes == before)
    }

    @Test func theFileKeepsWhatItDoesNotKnow() throws {
        let text = """
            {"version": 1, "mine": [1], "takes": {"s001_001": {"animate": {"selected": 3, "takes": [
            {"take": 3, "backend": "kling", "key": "ab", "stars": 5}]}}}}
            """
        let takes = try Takes(text: Array(text.utf8))
        #expect(takes.choices[shot]?.shown?.backend == "kling")
        #expect(takes.text.contains("\"stars\": 5"))
        #expect(takes.text.contains("\"mine\""))
        #expect(try Takes(text: Array(takes.text.utf8)) == takes)
    }

    @Test(arguments: [
        "", "[]", "{}", "{\"takes\": {\"x\": {\"nonsense\": {}}}}", "{\"takes\": {\"x\": {\"animate\": 3}}}",
    ])
    func aBrokenFileIsAFault(text: String) {
        #expect(throws: ProjectFault.self) { try Takes(text: Array(text.utf8)) }
    }
}
