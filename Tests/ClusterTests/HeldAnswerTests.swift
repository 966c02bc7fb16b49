import Foundation
import HTTP
import Protocol
import Providers
import Synchronization
import TestKit
import Testing
import Worker

/// Services that answer at once give what was bought with the answer: from then on it is on the disk of the worker that got it.
@Suite("Answers that hold what was bought")
struct HeldAnswerTests {
    let folder = TemporaryFolder("held")

    private func maker(_ service: MeteredProcess, _ name: String) -> ServiceMaker {
        let credential = Credential(
            backend: "stability", key: "test-key", base: "\(service.url(of: "stability"))", isOwnBase: true,
            origin: "test")
        return ServiceMaker(
            ServiceClient(Stability(), credential, http: HTTPClient()), folder: folder.url.appendingPathComponent(name))
    }

    private static let spec = TaskSpec(
        kind: .setting, backend: "stability", model: "core", recipeVersion: 1,
        parameters: ["prompt": "a pier", "time_words": "", "time": "day"], shaping: ["width": 640, "height": 360],
        expected: .seconds(1), priceCeiling: MicroUSD(30_000))

    /// Work with its desk. `told` hears the news, and answers whether there is leave.
    private func work(
        _ step: PurchaseOrder.Step, told: @escaping @Sendable (PurchaseNews) async -> Void = { _ in }
    ) throws -> Work {
        let place = folder.url.appendingPathComponent("work-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let desk = PurchaseDesk(
            order: PurchaseOrder(intent: 1, ceiling: MicroUSD(30_000), step: step), task: Self.spec.key,
            tell: { news in
                await told(news)
                return (true, "")
            })
        return Work(spec: Self.spec, label: "pier/setting", inputs: [], folder: place, progress: {}, desk: desk)
    }

    /// The worker ends between the answer and its delivery; the one that starts in its folder delivers what was bought.
    @Test(.timeLimit(.minutes(1))) func anAnswerOutlivesItsWorker() async throws {
        let service = try MeteredProcess(folder: folder.url.appendingPathComponent("service"))
        let operation = Mutex("")
        let (news, teller) = AsyncStream.makeStream(of: PurchaseNews.self)
        let dying = Task { [self] in
            try await maker(service, "one").make(
                try work(.buy) { said in
                    teller.yield(said)
                    guard case .accepted(let name) = said else { return }
                    operation.withLock { $0 = name }
                    // Nothing more is heard of this worker until it is ended.
                    let (silence, _) = AsyncStream.makeStream(of: Void.self)
                    for await _ in silence {}
                })
        }
        for await said in news { if case .accepted = said { break } }
        dying.cancel()
        await #expect(throws: (any Error).self) { try await dying.value }

        let found = try await maker(service, "one").make(try work(.lookUp))
        #expect(found.cost == MicroUSD(30_000))
        #expect(try Data(contentsOf: found.file).starts(with: [0x89, 0x50, 0x4E, 0x47]))
        let resumed = try await maker(service, "one").make(
            try work(.resume(operation: operation.withLock { $0 })))
        #expect(try Data(contentsOf: resumed.file) == Data(contentsOf: found.file))
        #expect(try service.bills().count == 1)

        // Another worker has nothing, says so, and buys nothing.
        for step in [PurchaseOrder.Step.lookUp, .resume(operation: operation.withLock { $0 })] {
            let error = await #expect(throws: WorkFault.self) { try await maker(service, "two").make(try work(step)) }
            #expect(error?.failureClass == .unknown)
        }
        // A name that came over the wire is no path.
        let stranger = PurchaseOrder.Step.resume(operation: "held:../one/x")
        let error = await #expect(throws: WorkFault.self) { try await maker(service, "two").make(try work(stranger)) }
        #expect(error?.failureClass == .unknown)
        #expect(try service.bills().count == 1)
    }
}
