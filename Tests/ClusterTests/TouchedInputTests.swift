import Coordinator
import Foundation
import Protocol
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Transport
import Worker

/// A maker in whose hands, once, an input goes bad.
private final class ClumsyMaker: Maker {
    let inner = SyntheticMaker()
    let hasDropped = Mutex(false)
    let made = Mutex(0)

    var capabilities: [Capability: Role] { inner.capabilities }

    func make(_ work: Work) async throws(WorkFault) -> Made {
        made.withLock { $0 += 1 }
        let isFirst = hasDropped.withLock { dropped in
            defer { dropped = dropped || !work.inputs.isEmpty }
            return !dropped
        }
        if isFirst, let file = work.inputs.first?.file {
            // As a disk does it: one byte, in place, after the check and before the use.
            chmod(file.path, 0o644)
            if let handle = try? FileHandle(forUpdating: file) {
                try? handle.write(contentsOf: Data([0xFF]))
                try? handle.close()
            }
        }
        return try await inner.make(work)
    }
}

@Suite("Inputs that go bad while they are used", .timeLimit(.minutes(1)))
struct TouchedInputTests {
    /// What was made from it is not believed: the input is made again, and then the result.
    @Test func aResultOfATouchedInputIsThrownAway() async throws {
        let mini = MiniCluster()
        let coordinator = try mini.coordinator()
        let hub = MemoryHub(deliver: coordinator.deliver)
        await coordinator.attach(hub, address: "memory")
        async let running: Void = coordinator.run()
        let maker = ClumsyMaker()
        let worker = try mini.worker(
            "a", link: hub.connect(as: InstanceID("i-a"), .init(token: TokenID("t-w"), role: .worker)),
            instance: InstanceID("i-a"), slots: 1, makers: [maker])
        async let working: Void = worker.run()
        let asker = Asker(hub.connect(as: InstanceID("i-op"), .init(token: TokenID("t-op"), role: .operator)))
        let submitted = await asker.ask {
            $0.submit = .with {
                $0.synthetic = .with {
                    $0.count = 2
                    $0.depth = 2
                }
            }
        }
        let job = try #require(submitted?.submit.job)
        let status = await asker.wait(for: job, state: "settled")
        #expect(status?.kinds.first?.done == 2)
        #expect(maker.made.withLock { $0 } == 4, "input, spoilt result, input again, result")
        worker.drain(reason: "test over")
        try await working
        coordinator.stop()
        try await running
    }
}
