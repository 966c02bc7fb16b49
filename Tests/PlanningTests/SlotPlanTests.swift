import Film
import Foundation
import Planning
import Protocol
import TestKit
import Testing

@Suite("Lengths that services have")
struct SlotPlanTests {
    private func plan(_ milliseconds: Int, _ lengths: [Int], _ price: @escaping (Int) -> Int64? = { Int64($0) * 100 })
        -> [Int]?
    {
        SlotPlan.cheapest(for: milliseconds, lengths: lengths, frame: 42) { price($0).map { MicroUSD($0) } }?.slots
    }

    @Test(arguments: [
        (1_000, [4]), (4_000, [4]), (4_001, [6]), (6_500, [8]), (8_000, [8]), (8_001, [6, 4]), (9_900, [6, 4]),
        (11_000, [8, 4]),
        (13_900, [8, 6]), (15_900, [8, 8]),
        // Of six and six, and eight and four, either is 12 s less a frame.
        (11_990, [8, 6]),
        // Three at most follow each other; the fourth begins a new still, and loses no frame.
        (23_900, [8, 8, 8]), (24_000, [8, 8, 6, 4]),
    ])
    func theCheapestOfFourSixEight(milliseconds: Int, slots: [Int]) {
        #expect(plan(milliseconds, [4, 6, 8]) == slots)
    }

    @Test func whatCostsMostCountsNotWhatIsLongest() {
        // Ten seconds for three times the price of five.
        let luma: (Int) -> Int64? = { $0 == 5 ? 300_000 : 900_000 }
        #expect(plan(9_000, [5, 10], luma) == [5, 5])
        // One price for every length: the shortest that is enough.
        #expect(plan(5_500, [4, 6, 8], { _ in 100 }) == [6])
        // Nobody knows a price: a second is a second.
        #expect(plan(9_000, [5, 10], { _ in nil }) == [10])
        #expect(SlotPlan.cheapest(for: 9_000, lengths: [5, 10], frame: 42) { _ in nil }?.cost == nil)
    }

    @Test func whatCannotBeIsNone() {
        #expect(plan(1_000, []) == nil && plan(0, [4]) == nil && plan(-5, [4]) == nil && plan(1_000_000, [4]) == nil)
        #expect(plan(1_000, [0, -4]) == nil)
    }

    /// Held against every way there is.
    @Test(arguments: UInt64(0)..<60) func agreesWithTryingAll(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let lengths = (2...15).filter { _ in Int.random(in: 0..<4, using: &generator) == 0 }
        let prices = Dictionary(uniqueKeysWithValues: lengths.map { ($0, Int64.random(in: 1...20, using: &generator)) })
        let milliseconds = Int.random(in: 500...20_000, using: &generator)
        let found = SlotPlan.cheapest(for: milliseconds, lengths: lengths, frame: 42, mostClips: 4) {
            prices[$0].map { MicroUSD($0) }
        }
        var best: Int64?
        func tryAll(_ slots: [Int], _ cost: Int64) {
            let repeated = slots.indices.filter { !SlotPlan.startsAnew($0) }.count * 42
            if !slots.isEmpty, slots.reduce(0, +) * 1_000 - repeated >= milliseconds { best = min(best ?? .max, cost) }
            guard slots.count < 4 else { return }
            for length in lengths { tryAll(slots + [length], cost + (prices[length] ?? 0)) }
        }
        tryAll([], 0)
        #expect(found?.cost?.amount == best)
    }

    @Test func modelsOfThisRelease() {
        for model in VideoModels.shipped {
            #expect(!model.lengths.isEmpty && model.lengths.values.allSatisfy { !$0.isEmpty && $0 == $0.sorted() })
            #expect(VideoModels.retirement(of: model.name, at: model.backend) == nil)
            #expect(model.date.wholeMatch(of: /\d{4}-\d{2}-\d{2}/) != nil && !model.source.isEmpty)
        }
        #expect(VideoModels.usual(of: "veo") == "veo-3.1-fast-generate-001")
        let hailuo = VideoModels.shipped.first { $0.name == "MiniMax-Hailuo-2.3" }
        #expect(hailuo?.rows(for: 720) == 768 && hailuo?.rows(for: 1_080) == 1_080 && hailuo?.rows(for: 2_160) == 1_080)
        #expect(hailuo?.lengths[1_080] == [6])
    }

    private func configuration(_ text: String) -> (Profile?, [String]) {
        var configuration = Configuration()
        let faults = configuration.read("profiles:\n  mine:\n    extends: hd\n" + text, file: "snowflake.yaml")
        let profile = configuration.resolve("mine")
        if case .failure(let fault) = profile { return (nil, faults.map { "\($0)" } + [fault.message]) }
        return (try? profile.get(), faults.map { "\($0)" })
    }

    @Test(arguments: [
        ("    animate: [{backend: veo, model: veo-2.0-generate-001}]", "veo-3.1-fast-generate-001"),
        ("    animate: [{backend: runway, model: gen3a_turbo}]", "gen4_turbo"),
        ("    animate: [{backend: sora}]", "retired"),
        ("    animate: [{backend: runway, model: gen4_turbi}]", "gen4_turbo"),
        ("    animate: [{backend: runwai}]", "runway"),
    ])
    func whatIsGoneIsRefusedWithItsSuccessor(text: String, words: String) {
        let (_, faults) = configuration(text + "\n")
        #expect(faults.contains { $0.contains(words) }, "\(faults)")
    }

    /// Of a list the first who makes a clip of the shot's length is asked, or whoever does it for least; never a free one for
    /// its price, and of nobody else where the scene is locked.
    @Test func clipsGoToWhoeverMakesThemForLeast() throws {
        let text = """
                animate: [{backend: veo, model: veo-3.1-generate-001}, {backend: kling, model: kling-v3}, {backend: local}]
                scenes: {3: {animate: {backend: veo, model: veo-3.1-generate-001}}}

            """
        let film = film("5;3|9|5")
        func makers(_ profile: Profile?) throws -> [String: String] {
            let nodes = FilmPlan(film, try #require(profile)).nodes.filter { $0.spec.kind == .animate }
            return Dictionary(uniqueKeysWithValues: nodes.map { ($0.name, $0.spec.backend) })
        }
        let (first, _) = configuration(text)
        #expect(try Set(makers(first).values) == ["veo"])
        let (cheapest, faults) = configuration(text + "    cheapest: [animate]\n")
        #expect(faults.isEmpty, "\(faults)")
        let bought = try makers(cheapest)
        #expect(bought["s001_001/animate"] == "kling" && bought["s003_001/animate"] == "veo", "\(bought)")
        let profile = try #require(cheapest)
        #expect(try Profile(settings: profile.settings) == profile)
        func cost(_ profile: Profile?) throws -> MicroUSD {
            FilmPlan(film, try #require(profile)).nodes.reduce(.zero) { $0 + $1.spec.priceCeiling }
        }
        #expect(try cost(cheapest) < cost(first))
        let (_, wrong) = configuration(text + "    cheapest: [compose]\n")
        #expect(wrong.contains { $0.contains("[animate]") }, "\(wrong)")
    }

    /// A shot longer than any chain of the first's is asked of the next.
    @Test func whoCannotMakeTheLengthIsPassedOver() throws {
        var profile = Profile.hd
        profile.backends[.animate] = BackendChoice("runway", model: "gen4_turbo")
        profile.substitutes[.animate] = [BackendChoice("kling", model: "kling-v3")]
        let plan = FilmPlan(film("130;3"), profile)
        #expect(plan.node("s001_001/animate")?.spec.backend == "kling")
        #expect(plan.node("s001_002/animate")?.spec.backend == "runway")
    }

    /// A locked scene is bought of its own service, in that one's lengths; no other scene is.
    @Test func aLockedSceneHasItsOwnService() throws {
        var profile = Profile.hd
        profile.backends[.animate] = BackendChoice("veo", model: "veo-3.1-fast-generate-001")
        profile.locks = [2: [.animate: BackendChoice("kling", model: "kling-v3")]]
        let plan = FilmPlan(film("3|3|3"), profile)
        let clips = plan.nodes.filter { $0.spec.kind == .animate }
        #expect(Set(clips.map(\.scene)) == [1, 2, 3])
        for clip in clips {
            #expect(clip.spec.backend == (clip.scene == 2 ? "kling" : "veo"))
            #expect(try clip.spec.shaping.integer("slot", in: 1...60) == 4)
        }
    }

    /// A chain that was bought is shown whole under any other profile; one that followed another clip is not.
    @Test func aBoughtChainStaysTogether() throws {
        var film = film("3;11|3")
        let shot = try #require(film.shots.max { $0.seconds < $1.seconds })
        var profile = Profile.hd
        profile.backends[.animate] = BackendChoice("veo", model: "veo-3.1-fast-generate-001")
        let plan = FilmPlan(film, profile)
        let first = try #require(plan.node("\(shot.id)/animate")?.spec)
        let second = try #require(plan.node("\(shot.id)_2/animate")?.spec)
        #expect(second.inputs.map(\.name) == ["previous"] && second.inputs.map(\.key) == [first.key])
        #expect(plan.node("\(shot.id)/conform")?.spec.inputs.map(\.name).prefix(2) == ["raw", "raw.2"])
        func choice(_ spec: TaskSpec, previous: String) -> Selection.Choice {
            var choice = Selection.Choice()
            choice.bought = Selection.Bought(
                key: spec.key.hex, basis: spec.basis.hex, digest: Digest(of: spec.key.data).hex, previous: previous)
            return choice
        }
        let slot = Takes.Slot("\(shot.id)_2", .animate)
        film.selection.choices[Takes.Slot(shot.id, .animate)] = choice(first, previous: "")
        film.selection.choices[slot] = choice(second, previous: first.basis.short)
        // Found by its key under its own profile, as it is under another; read back as it was written.
        #expect(FilmPlan(film, profile).node("\(shot.id)_2/animate")?.spec.key == second.key)
        #expect(Selection(try JSON(text: Array(film.selection.text.utf8))) == film.selection)
        let other = FilmPlan(film, .hd)
        #expect(other.node("\(shot.id)_2/animate")?.spec.backend == "given")
        #expect(other.node("\(shot.id)/conform")?.spec.inputs.map(\.name).prefix(2) == ["raw", "raw.2"])
        film.selection.choices[slot] = choice(second, previous: Digest(of: Data("another".utf8)).short)
        #expect(FilmPlan(film, .hd).node("\(shot.id)_2/animate") == nil)
    }

    @Test func aBackendAloneIsItsUsualModel() {
        let (profile, faults) = configuration("    animate: [{backend: kling}]\n")
        #expect(faults.isEmpty, "\(faults)")
        #expect(profile?.backend(of: .animate).model == "kling-v3")
        let choice = profile?.backend(of: .animate) ?? .local
        #expect(profile?.price(of: .animate, by: choice, rows: 1_080, seconds: 5)?.amount == MicroUSD(112_000))
        #expect(profile?.price(of: .animate, by: choice, rows: 720, seconds: 5)?.amount == MicroUSD(84_000))
    }
}
