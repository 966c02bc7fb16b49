import Coordinator
import Foundation
import Protocol
import SwiftProtobuf
import TestKit
import Testing
import Transport
import Worker

@Suite("Who may come in", .timeLimit(.minutes(2)))
struct TokenTests {
    private let token = TokenID("t-1")
    private let start = Instant(milliseconds: 1_000_000)

    private func joined(_ admissions: inout Admissions, _ worker: String, after: Span = .zero) -> String {
        switch admissions.join(WorkerID(worker), with: token, at: start + after) {
        case .success(let isNew): isNew ? "joined" : "came back"
        case .failure(let refusal): refusal.reason
        }
    }

    @Test func anExpiredTokenLetsBackInWhoWasIn() {
        var admissions = Admissions(terms: [token: .init(expiresAt: start + .seconds(60))])
        let first = joined(&admissions, "w-a", after: .seconds(59))
        let again = joined(&admissions, "w-a", after: .seconds(600))
        let late = joined(&admissions, "w-b", after: .seconds(60))
        #expect(first == "joined" && again == "came back")
        #expect(late.contains("expired") && late.contains("ask for a new one"))
        #expect(admissions.refusal(ofPersonWith: token, at: start + .seconds(59)) == nil)
        #expect(admissions.refusal(ofPersonWith: token, at: start + .seconds(60)) != nil)
    }

    @Test func aTokenForTwoMachinesLetsTwoIn() {
        var admissions = Admissions(terms: [token: .init(uses: 2)])
        let answers = ["w-a", "w-b", "w-a", "w-c", "w-b"].map { joined(&admissions, $0) }
        #expect(answers[0...2] == ["joined", "joined", "came back"])
        #expect(answers[3].contains("its 2 machines"))
        #expect(answers[4] == "came back")
    }

    /// Over real links, and still so after the coordinator was started again.
    @Test func usesAreCountedOverARestart() async throws {
        let mini = MiniCluster()
        var secret = ""
        for life in 1...2 {
            let coordinator = try mini.coordinator()
            let hub = MemoryHub(deliver: coordinator.deliver)
            await coordinator.attach(hub, address: "tcp://127.0.0.1:1")
            async let running: Void = coordinator.run()
            let boss = Asker(hub.connect(as: InstanceID("i-op\(life)"), .init(token: TokenID("t-op"), role: .operator)))
            if life == 1 {
                let made = await boss.ask {
                    $0.tokenCreate = .with {
                        $0.role = "worker"
                        $0.uses = 1
                        $0.validSeconds = 3_600
                    }
                }
                secret = try #require(made?.token.tokenID)
                let bad = await boss.ask {
                    $0.tokenCreate = .with {
                        $0.validSeconds = -1; $0.role = "worker"
                    }
                }
                #expect(bad?.error.code == "usage")
            }
            let entry = Enrolment.Entry(token: TokenID(secret), role: .worker)
            var answers: [String] = []
            for name in ["a", "b"] {
                let link = hub.connect(as: InstanceID("i-\(name)\(life)"), entry)
                await link.send(
                    .hello(
                        Hello(
                            worker: WorkerID("w-\(name)"), instance: InstanceID("i-\(name)\(life)"), name: name,
                            slots: [.media: 1], capabilities: [:], held: [], productVersion: "test",
                            facts: ["cores": "64", "gpu": "none"])))
                for await news in link.news {
                    if case .message(.welcome) = news { answers.append("welcome") }
                    if case .message(.refusal(let reason, let isFinal)) = news {
                        answers.append("\(isFinal) \(reason)")
                    }
                    break
                }
            }
            #expect(answers.first == "welcome", "life \(life)")
            #expect(answers.last?.contains("true this token has let in its one machine") == true, "life \(life)")
            let list = await boss.ask { $0.tokenList = .init() }
            let info = list?.tokens.tokens.first { $0.tokenID == secret }
            #expect(info?.used == 1 && info?.uses == 1 && (info?.expiresAt ?? 0) > 0)
            let status = await boss.ask { $0.status = .init() }
            #expect(status?.status.workers.first { $0.name == "a" }?.facts.contains { $0.value == "64" } == true)
            coordinator.stop()
            try await running
        }
    }

    /// A machine that was ordered is nobody's when there is no coordinator: it ends by itself.
    @Test func anOrderedWorkerWithoutACoordinatorEnds() async throws {
        let mini = MiniCluster()
        let link = DealerSocket()
        try await link.connect(with: mini.token("tcp://127.0.0.1:9", mini.workerKeys), as: InstanceID("i-a"))
        let worker = try mini.worker("a", link: link, instance: InstanceID("i-a"), orphanAfter: .milliseconds(150))
        try await worker.run()
    }

    /// One row for each slot in use, as browsers show it.
    @Test func aRunCanBeLookedAt() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator(keepsSpans: true)
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let worker = try mini.worker(
            "a", link: hub.connect(as: InstanceID("i-a"), .init(token: TokenID("t-w"), role: .worker)),
            instance: InstanceID("i-a"), slots: 3)
        async let working: Void = worker.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let submitted = await boss.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = 20
                    $0.milliseconds = 5
                }
            }
        }
        let job = try #require(submitted?.submit.job)
        _ = await boss.wait(for: job, state: "settled")
        let answer = await boss.ask { $0.trace = .with { $0.job = job } }
        let page = try #require(
            try JSONSerialization.jsonObject(with: Data((answer?.trace.json ?? "").utf8)) as? [String: Any])
        let events = try #require(page["traceEvents"] as? [[String: Any]])
        let bars = events.filter { $0["ph"] as? String == "X" }
        #expect(bars.count == 20)
        #expect(Set(bars.compactMap { $0["tid"] as? Int }).isSubset(of: [1, 2, 3]))
        #expect(bars.allSatisfy { ($0["args"] as? [String: Any])?["outcome"] as? String == "done" })
        #expect(events.contains { ($0["args"] as? [String: Any])?["name"] as? String == "a" })
        let refused = await boss.ask { $0.scale = .init() }
        #expect(refused?.error.message.contains("--pools") == true)
        worker.drain(reason: "over")
        try await working
        coordinator.stop()
        try await running
    }
}
