import Coordinator
import Foundation
import Objects
import Protocol
import Scheduling
import Store
import SwiftProtobuf
import TestKit
import Testing
import Transport
import Worker

@Suite("Coordinator and workers", .timeLimit(.minutes(2)))
struct CoordinatorTests {
    @Test func aJobIsDoneOverMemoryLinks() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let workers = try ["a", "b"].map { name in
            try mini.worker(
                name, link: hub.connect(as: InstanceID("i-\(name)"), .init(token: TokenID("t-w"), role: .worker)),
                instance: InstanceID("i-\(name)"))
        }
        async let first: Void = workers[0].run()
        async let second: Void = workers[1].run()
        let asker = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let submitted = await asker.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = 40
                    $0.depth = 4
                }
            }
        }
        let job = try #require(submitted?.submit.job)
        #expect(submitted?.submit.tasks == 40)
        let status = await asker.wait(for: job, state: "settled")
        #expect(status?.kinds.first?.done == 40)
        let results = await asker.ask { $0.results = .with { $0.job = job } }
        #expect(results?.results.nodes.count { $0.hasResult } == 40)
        let again = await asker.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = 40; $0.depth = 4
                }
            }
        }
        #expect(again?.submit.tasks == 0, "everything is known by its key")
        for worker in workers { worker.drain(reason: "test over") }
        try await first
        try await second
        coordinator.stop()
        try await running
    }

    /// The same over CURVE sockets, with the coordinator killed in the middle and its tables carried on.
    @Test func aRestartedCoordinatorGoesOnOverSockets() async throws {
        let mini = MiniCluster()
        var coordinator = try mini.coordinator()
        var router = RouterSocket(enrolment: mini.enrolment, deliver: coordinator.deliver)
        let address = try await router.listen(on: "tcp://127.0.0.1:*", keys: mini.serverKeys)
        await coordinator.attach(router, address: address)
        var running = Task { [coordinator] in try await coordinator.run() }
        let dealer = DealerSocket()
        try await dealer.connect(with: mini.token(address, mini.workerKeys), as: InstanceID("i-w"))
        let worker = try mini.worker("w", link: dealer, instance: InstanceID("i-w"), address: address)
        let working = Task { try await worker.run() }
        let client = DealerSocket()
        try await client.connect(with: mini.token(address, mini.operatorKeys), as: InstanceID("i-op"))
        let asker = Asker(client)
        let submitted = await asker.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = 200; $0.milliseconds = 5
                }
            }
        }
        let job = try #require(submitted?.submit.job)
        while let status = await asker.ask({ $0.status = .with { $0.job = job } })?.status.jobs.first,
            (status.kinds.first?.done ?? 0) < 20
        {
            try Task.checkCancellation()
        }
        coordinator.stop()
        try await running.value
        coordinator = try mini.coordinator()
        router = RouterSocket(enrolment: mini.enrolment, deliver: coordinator.deliver)
        _ = try await router.listen(on: address, keys: mini.serverKeys)
        await coordinator.attach(router, address: address)
        running = Task { [coordinator] in try await coordinator.run() }
        let status = await asker.wait(for: job, state: "settled")
        #expect(status?.kinds.first?.done == 200)
        worker.drain(reason: "test over")
        try await working.value
        coordinator.stop()
        try await running.value
        await client.close()
    }

    @Test func rolesAreKeptApart() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        let running = Task { try await coordinator.run() }
        let viewer = Asker(hub.connect(as: InstanceID("i-v"), .init(token: TokenID("v"), role: .viewer)))
        let order = await viewer.ask { $0.tokenCreate = .with { $0.role = "worker" } }
        #expect(order?.error.message == "a viewer's key cannot do this; use an operator's token")
        #expect(await viewer.ask { $0.status = .init() }?.hasError == false)
        let worker = Asker(hub.connect(as: InstanceID("i-w"), .init(token: TokenID("w"), role: .worker)))
        #expect(await worker.ask { $0.status = .init() }?.error.code == "role")
        let nobody = Asker(hub.connect(as: InstanceID("i-n"), nil))
        #expect(
            await nobody.ask { $0.status = .init() }?.error.message
                == "this key is not enrolled (any more); ask for a new token")
        coordinator.stop()
        try await running.value
    }

    /// A worker that says it stored something it did not is not believed.
    @Test func aResultWithoutItsBlobIsAFault() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        let running = Task { try await coordinator.run() }
        let liar = hub.connect(as: InstanceID("i-liar"), .init(token: TokenID("w"), role: .worker))
        await liar.send(
            .hello(
                Hello(
                    worker: WorkerID("w-liar"), instance: InstanceID("i-liar"), name: "liar", slots: [.media: 1],
                    capabilities: SyntheticMaker().capabilities, held: [], productVersion: "")))
        let asker = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let job = await asker.ask { $0.submit = .with { $0.synthetic = .with { $0.count = 1 } } }?.submit.job ?? ""
        var answers = 0
        for await news in liar.news {
            guard case .message(.assign(let assignment)) = news else { continue }
            answers += 1
            await liar.send(
                .report(
                    WorkerID("w-liar"), assignment.attempt,
                    .made(TaskResult(digest: assignment.spec.key, sizeBytes: 100))))
            if answers == 3 { break }
        }
        let status = await asker.wait(for: job, state: "settled")
        #expect(status?.faults.first?.message.contains("which the store does not hold") == true)
        coordinator.stop()
        try await running.value
    }

    /// A coordinator of another wire version: the worker stops and says which.
    @Test func anotherWireVersionIsNamed() async throws {
        let (news, inlet) = AsyncStream<PeerNews>.makeStream()
        inlet.yield(.garbled(.unknownVersion(WireVersion(major: 9, minor: 2))))
        let worker = try MiniCluster().worker("one", link: ScriptedLink(news: news), instance: InstanceID("i-one"))
        let error = await #expect(throws: WorkerError.self) { try await worker.run() }
        #expect("\(try #require(error))".contains("9.2"))
    }

    /// A coordinator one minor behind hears nothing it does not know; one of today hears the log.
    @Test func anOlderCoordinatorIsToldNothingNew() async throws {
        let mini = MiniCluster()
        let (news, inlet) = AsyncStream<PeerNews>.makeStream()
        let (sent, outlet) = AsyncStream<Protocol.Message>.makeStream()
        let lines = LogLines()
        lines.begin()
        let worker = try mini.worker(
            "one", link: RecordingLink(news: news, outlet: outlet), instance: InstanceID("i-one"), lines: lines)
        async let working: Void = worker.run()
        func welcome(minor: Int) throws -> PeerNews {
            .message(
                .welcome(
                    Welcome(
                        clusterID: "k", storeURL: try mini.objects().url, beatEvery: .milliseconds(50),
                        productVersion: "0",
                        wireMinor: minor)))
        }
        inlet.yield(.connected)
        inlet.yield(try welcome(minor: 0))
        var beats = 0
        for await message in sent {
            if case .log = message {
                #expect(beats >= 4, "only after the second welcome")
                break
            }
            if case .beat = message { beats += 1 }
            if beats == 4 { inlet.yield(try welcome(minor: 1)) }
        }
        worker.drain(reason: "over")
        try await working
    }
}

/// A link that tells what is sent.
private struct RecordingLink: PeerLink {
    let news: AsyncStream<PeerNews>
    let outlet: AsyncStream<Protocol.Message>.Continuation
    func send(_ message: Protocol.Message) async { outlet.yield(message) }
    func close() async { outlet.finish() }
}

/// A link that says what it is told to and hears nothing.
private struct ScriptedLink: PeerLink {
    let news: AsyncStream<PeerNews>
    func send(_ message: Protocol.Message) async {}
    func close() async {}
}
