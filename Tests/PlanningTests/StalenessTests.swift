import Film
import Planning
import Protocol
import Testing

@Suite("What is there, what is stale, and why")
struct StalenessTests {
    private func takes(of plan: FilmPlan) -> Takes {
        var takes = Takes()
        for node in plan.nodes {
            guard let slot = FilmPlan.slot(node) else { continue }
            takes.record(
                Takes.Take(
                    backend: "local", model: "", key: node.spec.key.hex, basis: node.spec.basis.hex, digest: "",
                    costMicroUSD: 0, madeAt: "", parts: plan.parts(of: node, bases: plan.bases)), in: slot)
        }
        return takes
    }

    @Test func theFieldThatChangedIsNamed() {
        let before = film("3;3")
        let takes = takes(of: FilmPlan(before, .test))
        #expect(FilmPlan(before, .test).stale(takes).isEmpty)
        var edited = before
        edited.scenes[0].shots[1].videoPrompt = "another"
        #expect(FilmPlan(edited, .test).stale(takes) == [StaleTake(name: "s001_002/animate", causes: ["prompt"])])
    }

    @Test func whatIsMadeFromAStaleTakeIsStaleToo() {
        let before = film("3")
        let takes = takes(of: FilmPlan(before, .test))
        var edited = before
        edited.scenes[0].shots[0].scenePrompt = "another"
        let stale = FilmPlan(edited, .test).stale(takes)
        #expect(stale.filter(\.isRoot).map(\.name).contains("s001_001/compose"))
        #expect(stale.first { $0.name == "s001_001/animate" }?.causes.contains("input still") == true)
    }

    /// Another size or profile makes no take stale; a take whose basis nobody wrote down is unknown, not stale.
    @Test func sizesAndUnknownBasesAreNotStale() {
        let plan = FilmPlan(film("3"), .test)
        #expect(FilmPlan(film("3"), .animatic).stale(takes(of: plan)).isEmpty)
        var unknown = Takes()
        unknown.record(
            Takes.Take(
                backend: "local", model: "", key: "k", basis: "", digest: "", costMicroUSD: 0, madeAt: "", parts: [:]),
            in: Takes.Slot("s001_001", .animate))
        #expect(plan.stale(unknown).isEmpty)
    }

    /// What is held is not made, nor what only it is made from.
    @Test func onlyWhatIsMissingIsMade() throws {
        let plan = FilmPlan(film("3;3"), .test)
        let all = Set(plan.nodes.map(\.spec.key))
        #expect(Set(plan.toMake { _ in false }.map(\.spec.key)) == all)
        #expect(plan.toMake { all.contains($0) }.isEmpty)
        let film = try #require(plan.node("film")).spec.key
        #expect(plan.toMake { $0 != film }.map(\.name) == ["film"])
    }
}
