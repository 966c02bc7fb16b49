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

    // MARK: choosing

    private func made(_ key: String, seed: Int = 0, backend: String = "local", cost: Int64 = 0) -> Takes.Take {
        Takes.Take(
            backend: backend, model: "", key: key, basis: "b" + key, digest: "d" + key, costMicroUSD: cost,
            madeAt: "2026-01-01T00:00:00Z", parts: [:], seed: seed)
    }

    /// A wish is selected, and whoever fulfils it takes its number; what was there stays.
    @Test func aWishIsFulfilled() throws {
        var takes = Takes()
        takes.record(made("1"), in: shot)
        let number = try takes.redo(shot, prompt: "rain")
        #expect(number == 1 && takes.choices[shot]?.shown?.isMade == false)
        #expect(Selection(takes).choices[shot]?.seed == 1 && Selection(takes).choices[shot]?.prompt == "rain")
        var fulfilled = made("2", seed: 1)
        fulfilled.prompt = "rain"
        takes.record(fulfilled, in: shot)
        let choice = try #require(takes.choices[shot])
        #expect(choice.takes.map(\.key) == ["1", "2"] && choice.selected == 1)
        #expect(choice.shown?.prompt == "rain")
        #expect(throws: TakeRefusal.self, "it is there already") { try takes.redo(shot, seed: 1, prompt: "rain") }
        // Rendered again after an edit, a free take is replaced by its like, not by the other.
        takes.record(made("3"), in: shot)
        #expect(takes.choices[shot]?.takes.map(\.key) == ["3", "2"] && takes.choices[shot]?.selected == 1)
        #expect(try Takes(text: Array(takes.text.utf8)) == takes)
    }

    @Test func rejectingShowsTheNextOrWishesForOne() throws {
        var takes = Takes()
        takes.record(made("1", backend: "metered", cost: 5), in: shot)
        takes.record(made("2", seed: 1, backend: "metered", cost: 5), in: shot)
        #expect(takes.choices[shot]?.selected == 0)
        #expect(try takes.reject(shot, reason: "six fingers") == 1)
        #expect(takes.choices[shot]?.takes[0].reason == "six fingers")
        #expect(try takes.reject(shot, reason: "blurred") == 2, "none is left: another is wished for")
        #expect(takes.choices[shot]?.shown?.isMade == false && takes.choices[shot]?.shown?.seed == 2)
        try takes.select(shot, take: 0)
        #expect(takes.choices[shot]?.shown?.verdict == nil, "who selects it takes the rejection back")
        #expect(throws: TakeRefusal.self) { try takes.select(shot, take: 9) }
        #expect(throws: TakeRefusal.self) { try takes.select(shot, take: 0, first: 10, end: 5) }
        try takes.select(shot, take: 0, first: 12, end: 90)
        try takes.approve(shot)
        let selection = Selection(takes)
        #expect(selection.choices[shot]?.skip == 12 && selection.choices[shot]?.end == 90)
        #expect(selection.choices[shot]?.bought?.key == "1" && selection.choices[shot]?.approved == "b1")
        #expect(Selection(try JSON(text: Array(selection.text.utf8))) == selection)
        #expect(throws: TakeRefusal.self) { try takes.approve(Takes.Slot("s009_009", .animate)) }
    }

    /// Where nothing was chosen, asked or paid for, the film is the same as without takes.
    @Test func nothingChosenIsNothingSaid() {
        var takes = Takes()
        takes.record(made("1"), in: shot)
        #expect(Selection(takes).isEmpty)
        #expect(Selection(.object([])).isEmpty)
    }
}
