import Film
import Foundation
import Planning
import Protocol
import Testing

@Suite("What is planned with chosen takes")
struct SelectionTests {
    private func plan(_ edit: (inout FilmProject) -> Void, _ profile: Profile = .test) -> FilmPlan {
        var film = film("3;3;3|3;3")
        edit(&film)
        return FilmPlan(film, profile)
    }

    private let clip = Takes.Slot("s001_002", .animate)
    private let still = Takes.Slot("s001_002", .compose)

    private func changed(_ left: FilmPlan, _ right: FilmPlan) -> Set<String> {
        let keys = Dictionary(left.nodes.map { ($0.name, $0.spec.key) }) { first, _ in first }
        return Set(right.nodes.filter { keys[$0.name] != $0.spec.key }.map(\.name))
    }

    @Test("another take redoes exactly what depends on it") func exactly() {
        let before = plan { _ in }
        let after = plan { film in
            film.selection.choices[clip] = {
                var choice = Selection.Choice()
                choice.seed = 3
                return choice
            }()
        }
        #expect(after.node("s001_002/animate")?.spec.take == 3)
        let names = changed(before, after)
        #expect(names.isSuperset(of: ["s001_002/animate", "s001_002/conform", "s001_002/clip", "scene_001", "film"]))
        // Whatever else shows it: joins with its neighbours, and what counts the whole film.
        let others = names.filter { !$0.hasPrefix("s001_002") && !["scene_001", "film"].contains($0) }
        #expect(others.allSatisfy { $0.hasPrefix("s001_001/") || $0 == "soundtrack" }, "\(others)")
        #expect(
            !names.contains("s001_002/compose") && !names.contains("s001_003/animate") && !names.contains("scene_002"))
        #expect(after.node("s001_002/animate")?.spec.basis == before.node("s001_002/animate")?.spec.basis)
    }

    @Test("a prompt and a backend of its own") func overrides() {
        let after = plan { film in
            var choice = Selection.Choice()
            (choice.prompt, choice.backend) = ("a rainy street", "metered")
            film.selection.choices[clip] = choice
        }
        let spec = after.node("s001_002/animate")?.spec
        #expect(spec?.parameters["prompt"] == .text("a rainy street"))
        #expect(spec?.backend == "metered" && spec?.gate != nil && (spec?.priceCeiling ?? .zero) > .zero)
        #expect(after.node("s001_001/animate")?.spec.backend == "local")
    }

    /// What is paid for is shown as it is, whatever the profile or the text says now, and the plan knows that it is stale.
    @Test func boughtTakesAreShownAsTheyAre() throws {
        var profile = Profile.test
        profile.backends[.animate] = BackendChoice("metered")
        let bought = plan({ _ in }, profile)
        let spec = try #require(bought.node("s001_002/animate")).spec
        let digest = Digest(of: Data("clip".utf8))
        func choose(_ film: inout FilmProject) {
            var choice = Selection.Choice()
            choice.bought = .init(key: spec.key.hex, basis: spec.basis.hex, digest: digest.hex)
            film.selection.choices[clip] = choice
        }
        // As it was bought: the very same task.
        #expect(changed(bought, plan(choose, profile)).isEmpty)
        // Without keys: it stays, and only what shows it is made anew.
        let animatic = plan(choose, .test)
        let kept = try #require(animatic.node("s001_002/animate")).spec
        #expect(kept.backend == "given" && kept.priceCeiling == .zero && kept.basis == spec.basis)
        // Its words have changed: it stays, nothing is bought, and it is stale.
        let edited = plan(
            {
                choose(&$0)
                $0.scenes[0].shots[1].videoPrompt = "another"
            }, profile)
        #expect(edited.node("s001_002/animate")?.spec.key == kept.key)
        var takes = Takes()
        takes.record(
            Takes.Take(
                backend: "metered", model: "", key: spec.key.hex, basis: spec.basis.hex, digest: digest.hex,
                costMicroUSD: 5, madeAt: "",
                parts: bought.parts(of: try #require(bought.node("s001_002/animate")), bases: bought.bases)),
            in: clip)
        #expect(edited.stale(takes) == [StaleTake(name: "s001_002/animate", causes: ["prompt"])])
        #expect(animatic.stale(takes).isEmpty)
    }

    @Test("a part of a clip") func parts() throws {
        let after = plan { film in
            var choice = Selection.Choice()
            (choice.skip, choice.end) = (24, 30)
            film.selection.choices[clip] = choice
        }
        #expect(after.node("s001_002/conform")?.spec.parameters["skip"] == .integer(24))
        #expect(after.notes.contains { $0.contains("s001_002") && $0.contains("frames") })
        let quarters = try #require(after.node("s001_002/animate")).spec.parameters.integer("quarters", in: 1...100)
        #expect(quarters >= 17, "three seconds and one that is left out")
    }

    // MARK: approvals

    @Test("stills, scenes and stretches wait for a person") func approvals() throws {
        var profile = Profile.test
        profile.approve = try #require(ApprovalChoice(["stills", "scenes", "every 2"]))
        let plan = plan({ _ in }, profile)
        func names(_ shot: String) -> [String]? { plan.node("\(shot)/animate")?.approvals }
        #expect(names("s001_001") == ["s001_001"])
        #expect(names("s001_003") == ["s001_003", "to_s001_002"])
        #expect(names("s002_001") == ["s002_001", "scene_001", "to_s001_002"])
        #expect(names("s002_002") == ["s002_002", "scene_001", "to_s002_001"])
        #expect(plan.nodes.allSatisfy { $0.approvals.isEmpty || $0.spec.kind == .animate })
        // Approvals enter no key.
        #expect(changed(plan, self.plan { _ in }).isEmpty)
        let basis = try #require(plan.node("s001_001/compose")).spec.basis.hex
        let approved = self.plan(
            { film in
                var choice = Selection.Choice()
                choice.approved = basis
                film.selection.choices[Takes.Slot("s001_001", .compose)] = choice
            }, profile)
        #expect(approved.node("s001_001/animate")?.approvals == [])
        #expect(try Profile(settings: profile.settings).approve == profile.approve)
        #expect(ApprovalChoice(["every 0"]) == nil && ApprovalChoice(["sometimes"]) == nil)
        #expect(ApprovalChoice(["stills", "none"]) == ApprovalChoice())
    }
}
