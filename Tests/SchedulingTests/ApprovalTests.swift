import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("What waits for a person")
struct ApprovalTests {
    private func node(_ name: String, after: [JobNode] = [], _ approvals: [String] = []) -> JobNode {
        let plain = WorldOfOne.node(name, after: after)
        return JobNode(name: name, spec: plain.spec, isGoal: true, approvals: approvals)
    }

    @Test func clipsWaitUntilTheyAreApproved() {
        var world = WorldOfOne()
        let still = node("still")
        let clip = node("clip", after: [still], ["s001_001", "scene_000"])
        world.submit([still, clip])
        world.join("a")
        world.report("a", still)
        #expect(world.phase(clip) == .parked(until: .distantFuture))
        #expect(world.cluster.jobs[JobID("j")]?.standing == .running)
        #expect(
            world.cluster.explain(clip.spec.key, at: Instant(milliseconds: 0)).first?.contains("snowflake approve")
                == true)
        _ = world.apply(.approved(JobID("j"), ["s001_001", "nonsense"]))
        #expect(world.phase(clip) == .parked(until: .distantFuture), "one of two is missing")
        // A restart forgets nothing.
        world.cluster = Cluster(policy: world.cluster.policy, saved: world.cluster.saved, at: Instant(milliseconds: 9))
        #expect(world.cluster.audit() == [])
        #expect(world.cluster.jobs[JobID("j")]?.approved == ["s001_001"])
        let decision = world.apply(.approved(JobID("j"), ["scene_000"]))
        #expect(decision.jobs == [JobID("j")])
        #expect(world.phase(clip) != .parked(until: .distantFuture))
        #expect(world.cluster.audit() == [])
    }

    @Test func anotherJobThatHoldsNothingLetsItGo() {
        var world = WorldOfOne()
        let held = node("clip", ["s001_001"])
        world.submit([held], id: "j1")
        #expect(world.phase(held) == .parked(until: .distantFuture))
        world.submit([node("clip")], id: "j2")
        #expect(world.phase(held) == .ready)
        _ = world.apply(.jobCancelled(JobID("j2")))
        #expect(world.phase(held) == .parked(until: .distantFuture), "it is held again")
        _ = world.apply(.jobPaused(JobID("j1"), true))
        _ = world.apply(.approved(JobID("j1"), ["s001_001"]))
        #expect(world.phase(held) == .parked(until: .distantFuture), "its job is paused")
        _ = world.apply(.jobPaused(JobID("j1"), false))
        #expect(world.phase(held) == .ready)
        #expect(world.cluster.audit() == [])
    }
}
