import Coordinator
import Foundation
import Protocol
import Scheduling
import Store
import SwiftProtobuf
import TestKit
import Testing
import Transport

/// What operators ask for that cannot be, and what peers tell that is not so: refused with a reason, and counted.
@Suite("Orders and peers that are not right", .timeLimit(.minutes(2)))
struct OperatorTests {
    private func act(
        _ asker: Asker, _ verb: String, _ subject: String = "", job: String = "", value: Int64 = 0, text: String = ""
    ) async -> ErrorBody {
        let answer = await asker.ask {
            $0.act = .with {
                $0.verb = verb
                $0.subject = subject
                $0.job = job
                $0.value = value
                $0.text = text
            }
        }
        return answer?.error ?? .init()
    }

    @Test func everyActOnNothingIsRefusedWithAReason() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        for verb in ["pause", "resume", "cancel", "retry", "priority"] {
            let error = await act(boss, verb, job: "j-nobody")
            #expect(error.code == "unknown", "\(verb): \(error)")
            #expect(error.message.contains("j-nobody"), "\(error.message)")
        }
        #expect(await act(boss, "cap", "job", job: "j-nobody").code == "unknown")
        #expect(await act(boss, "drain", "nobody").message.contains("nobody"))
        #expect(await act(boss, "gate", "nowhere", text: "concurrency=2").message.contains("nowhere"))
        #expect(await act(boss, "reconcile", "s001_001/animate", text: "not-billed").code == "unknown")
        #expect(await act(boss, "dance").code == "usage")
        #expect(await act(boss, "backup", text: "not/absolute").message.contains("absolute"))
        let submitted = await boss.ask { $0.submit = .with { $0.synthetic = .with { $0.count = 3 } } }
        let job = try #require(submitted?.submit.job)
        #expect(await act(boss, "priority", job: job, value: 5_000).code == "usage")
        #expect(await act(boss, "retry", "synthetic/0", job: job).code == "state", "it has not failed")
        #expect(await act(boss, "retry", "nothing like it", job: job).code == "unknown")
        #expect(await act(boss, "cap", "job", job: job, value: -7).code == "usage")
        #expect(await act(boss, "pause", job: job).code.isEmpty)
        #expect(await act(boss, "pause", job: job).code == "state", "paused already")
        #expect(await act(boss, "cancel", job: job).code.isEmpty)
        #expect(await act(boss, "cancel", job: job).code == "state", "cancelled already")
        // Other roles may look, not act.
        for role in [PeerRole.viewer, .worker] {
            let other = Asker(
                hub.connect(as: InstanceID("i-\(role.rawValue)"), .init(token: TokenID("t-x"), role: role)))
            let error = await act(other, "cancel", job: job)
            #expect(error.code == "role", "\(role): \(error)")
        }
        coordinator.stop()
        try await running
    }

    /// Results of tasks never given, without their blob, in another's name; and a hello with the wrong key.
    @Test func whatPeersMakeUpIsCountedAndChangesNothing() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let submitted = await boss.ask { $0.submit = .with { $0.synthetic = .with { $0.count = 2 } } }
        let job = try #require(submitted?.submit.job)
        let liar = hub.connect(as: InstanceID("i-liar"), .init(token: TokenID("t-w"), role: .worker))
        let id = WorkerID("w-liar")
        await liar.send(
            .hello(
                Hello(
                    worker: id, instance: InstanceID("i-liar"), name: "liar", slots: [.media: 4_096],
                    capabilities: [:], held: [], productVersion: "")))
        let unknown = AttemptID(task: Digest(of: Array("nothing".utf8)), number: 1)
        let made = AttemptOutcome.made(TaskResult(digest: unknown.task, sizeBytes: 9_999, worked: .seconds(1)))
        await liar.send(.report(id, unknown, made))
        await liar.send(.report(WorkerID("w-other"), unknown, made))
        await liar.send(.purchase(WorkerID("w-other"), unknown, .sending))
        await liar.send(.acknowledge(unknown, isAccepted: true))
        let viewer = hub.connect(as: InstanceID("i-v"), .init(token: TokenID("t-v"), role: .viewer))
        await viewer.send(
            .hello(
                Hello(
                    worker: WorkerID("w-v"), instance: InstanceID("i-v"), name: "viewer", slots: [.media: 1],
                    capabilities: [:], held: [], productVersion: "")))
        let status = await boss.ask { $0.status = .with { $0.job = job } }?.status
        let refusals = status?.refusals ?? [:]
        for name in [
            "reports of unknown tasks", "results without their blob", "reports in another worker's name",
            "purchases in another worker's name", "messages only a coordinator sends", "hellos with another role's key",
        ] { #expect(refusals[name] == 1, "\(name): \(refusals)") }
        #expect(status?.jobs.first?.kinds.first?.done == 0)
        #expect(status?.workers.map(\.worker) == ["w-liar"])
        coordinator.stop()
        try await running
    }
}
