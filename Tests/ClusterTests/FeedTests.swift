import Coordinator
import Dashboard
import Foundation
import Logging
import Protocol
import SwiftProtobuf
import TestKit
import Testing
import Transport
import Worker

@Suite("What viewers see", .timeLimit(.minutes(2)))
struct FeedTests {
    /// Asks once for what follows on a model, and takes it.
    private func follow(_ model: LiveModel, _ asker: Asker, wait: UInt32 = 5_000) async throws -> LiveModel {
        try Task.checkCancellation()
        var model = model
        let answer = await asker.ask {
            $0.watch = .with {
                $0.epoch = model.epoch
                $0.after = model.sequence
                $0.part = model.nextPart
                $0.waitMilliseconds = wait
            }
        }
        if let answer { _ = model.take(answer.watch) }
        return model
    }

    private func whole(_ asker: Asker) async throws -> LiveModel {
        var model = LiveModel()
        repeat { model = try await follow(model, asker) } while model.sequence == 0 || model.nextPart > 0
        var known: UInt64
        repeat {
            known = model.sequence
            model = try await follow(model, asker, wait: 0)
        } while model.sequence != known
        return model
    }

    private func submit(_ boss: Asker, count: UInt32, milliseconds: UInt32 = 2, depth: UInt32 = 1) async -> String {
        await boss.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = count
                    $0.milliseconds = milliseconds
                    $0.depth = depth
                }
            }
        }?.submit.job ?? ""
    }

    @Test("who follows the changes knows what a newcomer is told") func changesAddUp() async throws {
        let mini = MiniCluster()
        var limits = FeedLimits()
        limits.partRows = 150
        limits.tasksAtOnce = 400
        let coordinator = try mini.coordinator(keepsSpans: true, feed: limits)
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        mini.enrolment.enrol(publicKey: "v", .init(token: TokenID("t-v"), role: .viewer))
        let viewer = Asker(hub.connect(as: InstanceID("i-v"), .init(token: TokenID("t-v"), role: .viewer)))
        var model = try await whole(viewer)
        #expect(model.jobs.isEmpty && model.workers.isEmpty)
        let worker = try mini.worker(
            "a", link: hub.connect(as: InstanceID("i-a"), .init(token: TokenID("t-w"), role: .worker)),
            instance: InstanceID("i-a"), slots: 3)
        async let working: Void = worker.run()
        // Enough tasks for a snapshot of several messages.
        let job = await submit(boss, count: 600, milliseconds: 0, depth: 3)
        while model.jobs[job]?.counts.done != 600 || model.jobs[job]?.row.state != "settled" {
            model = try await follow(model, viewer)
        }
        let fresh = try await whole(viewer)
        #expect(fresh.jobs[job]?.counts == model.jobs[job]?.counts)
        #expect(fresh.tasks.count == 600)
        let isSame = fresh.tasks.mapValues(\.phase) == model.tasks.mapValues(\.phase)
        #expect(isSame)
        #expect(fresh.workers.mapValues(\.state) == model.workers.mapValues(\.state))
        #expect(model.events.contains { $0.text.contains("submitted") })
        // Nothing new: the answer comes when the wait is over, and says nothing.
        var before: UInt64
        repeat {
            before = model.sequence
            model = try await follow(model, viewer, wait: 250)
        } while model.sequence != before
        worker.drain(reason: "over")
        try await working
        coordinator.stop()
        try await running
    }

    @Test("a viewer that was away too long gets everything again, and holds nobody up") func slowViewers() async throws
    {
        let mini = MiniCluster()
        var limits = FeedLimits()
        limits.ringRows = 100
        let coordinator = try mini.coordinator(feed: limits)
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let slow = try await whole(boss)
        let worker = try mini.worker(
            "a", link: hub.connect(as: InstanceID("i-a"), .init(token: TokenID("t-w"), role: .worker)),
            instance: InstanceID("i-a"), slots: 8)
        async let working: Void = worker.run()
        // More changes than the feed keeps.
        for _ in 0..<2 {
            let job = await submit(boss, count: 300, milliseconds: 0)
            _ = await boss.wait(for: job, state: "settled")
        }
        let answer = await boss.ask {
            $0.watch = .with {
                $0.epoch = slow.epoch
                $0.after = slow.sequence
            }
        }
        #expect(answer?.watch.snapshot == true)
        let wrong = await boss.ask {
            $0.watch = .with {
                $0.epoch = "f-nonsense"
                $0.after = .max
                $0.part = 4_000_000_000
                $0.waitMilliseconds = .max
            }
        }
        #expect(wrong?.watch.snapshot == true, "what makes no sense begins anew")
        worker.drain(reason: "over")
        try await working
        coordinator.stop()
        try await running
    }

    @Test("lines of workers are kept when the worker is gone") func logs() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator(keepsSpans: true)
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let boss = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let lines = LogLines()
        lines.begin()
        var log = Logger(label: "test") { lines.handler(label: $0) }
        log[metadataKey: "task"] = "s001_003/compose"
        log.info("begins", metadata: ["attempt": "1"])
        log.debug("not kept")
        let worker = try mini.worker(
            "a", link: hub.connect(as: InstanceID("i-a"), .init(token: TokenID("t-w"), role: .worker)),
            instance: InstanceID("i-a"), lines: lines)
        async let working: Void = worker.run()
        func ask(_ subject: String, after: UInt64 = 0) async -> [LogLine] {
            await boss.ask {
                $0.logs = .with {
                    $0.subject = subject
                    $0.after = after
                    $0.last = 100
                }
            }?.logs.lines ?? []
        }
        while await ask("").isEmpty { try Task.checkCancellation() }
        worker.drain(reason: "over")
        try await working
        let found = await ask("s001_003")
        #expect(found.map(\.text) == ["begins attempt=1"] && found.first?.worker == "a")
        #expect(await ask("a").count == 1)
        #expect(await ask("w-a").count == 1)
        #expect(await ask("s001_00_").isEmpty, "an underline is no joker")
        #expect(await ask("", after: found[0].number).isEmpty)
        coordinator.stop()
        try await running
    }
}

@Suite("How fast viewers are told")
struct FeedPaceTests {
    private let viewer = InstanceID("i-v")

    @Test("one viewer has its most, many share what there is") func shares() {
        var pace = FeedPace(bytesPerSecond: 8_000, bytesPerViewer: 1_000)
        let now = Instant(milliseconds: 5_000)
        #expect(pace.share == 1_000)
        for number in 0..<16 {
            let mayTell = pace.mayTell(InstanceID("i-\(number)"), at: now)
            #expect(mayTell)
        }
        #expect(pace.share == 500)
        pace.tidy(at: now + .seconds(11))
        #expect(pace.share == 1_000, "who left has no share")
    }

    @Test("who was told more than its share waits, and no longer than that") func waits() {
        var pace = FeedPace(bytesPerSecond: 8_000, bytesPerViewer: 1_000)
        let now = Instant(milliseconds: 5_000)
        pace.told(viewer, bytes: 3_000, at: now)
        var answers: [Bool] = []
        for milliseconds in [0, 1_999, 2_000] {
            answers.append(pace.mayTell(viewer, at: now + .milliseconds(Int64(milliseconds))))
        }
        #expect(answers == [false, false, true])
        let other = pace.mayTell(InstanceID("i-w"), at: now)
        #expect(other, "it holds up nobody else")
        // Long quiet saves nothing up beyond what one may be ahead.
        pace.told(viewer, bytes: 3_000, at: now + .seconds(60))
        let early = pace.mayTell(viewer, at: now + .seconds(61))
        #expect(!early)
    }
}
