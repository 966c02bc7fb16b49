import CryptoExtras
import Foundation
import HTTP
import Protocol
import Providers
import TestKit
import Testing
import Worker

/// What services do that no error table has: each is a class with words, loses nothing, and buys nothing again.
@Suite("Bad input from services", .timeLimit(.minutes(2)))
struct ServiceTroubleTests {
    let folder = TemporaryFolder("trouble")

    private func service(_ script: String) throws -> MeteredProcess {
        try MeteredProcess(folder: folder.url.appendingPathComponent("service"), script: script)
    }

    private func maker(_ service: MeteredProcess, hurry: Double = 100) -> ServiceMaker {
        let credential = Credential(
            backend: "metered", key: "test-key", base: service.url, isOwnBase: true, origin: "test")
        return ServiceMaker(
            ServiceClient(Metered(), credential, http: HTTPClient()),
            folder: folder.url.appendingPathComponent("answers"),
            hurry: hurry)
    }

    private static let spec = TaskSpec(
        kind: .animate, backend: "metered", recipeVersion: 2, parameters: ["prompt": "a pier", "quarters": 8],
        shaping: Fields((24 as FrameRate).fields.merging(["width": 320, "height": 180, "kilobits": 600]) { $1 }),
        expected: .seconds(1), priceCeiling: MicroUSD(200_000))

    private func work(_ step: PurchaseOrder.Step) throws -> Work {
        let place = folder.url.appendingPathComponent("work-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let desk = PurchaseDesk(
            order: PurchaseOrder(intent: 1, ceiling: MicroUSD(200_000), step: step), task: Self.spec.key,
            tell: { _ in (true, "") })
        return Work(spec: Self.spec, label: "s001_001/animate", inputs: [], folder: place, progress: {}, desk: desk)
    }

    /// Broken in every way each time it is fetched: it was paid for, and a person is told what came.
    @Test(arguments: [
        ("html", FailureClass.unusable, "cannot be used"), ("noise", .unusable, "cannot be used"),
        ("huge", .unusable, "more than"),
    ])
    func whatNobodyCanPlayIsUnusable(fault: String, failure: FailureClass, words: String) async throws {
        let service = try service("{\"seconds\": 0, \"output\": [\"\(fault)\", \"\(fault)\", \"\(fault)\"]}")
        let error = await #expect(throws: WorkFault.self) { try await maker(service).make(try work(.buy)) }
        #expect(
            error?.failureClass == failure && error?.message.contains(words) == true, "\(String(describing: error))")
        #expect(error?.cost == MicroUSD(100_000), "what it has cost is told")
        // The service still has it, and by now it is whole: looked up, it is made, and was billed once.
        let made = try await maker(service).make(try work(.lookUp))
        #expect(made.cost == MicroUSD(100_000))
        #expect(try service.bills().count == 1)
    }

    /// An operation that never ends is left to a person with its name: asked for again it is waited for again.
    @Test func aServiceThatNeverFinishesIsLeftToAPerson() async throws {
        let service = try service("{\"submit\": [\"endless\"]}")
        for step in [PurchaseOrder.Step.buy, .lookUp] {
            let error = await #expect(throws: WorkFault.self) {
                try await maker(service, hurry: 20_000).make(try work(step))
            }
            #expect(error?.failureClass == .unknown, "\(String(describing: error))")
            #expect(error?.message.contains("still under way at metered after 2 h") == true)
        }
        #expect(try service.bills().count == 1)
    }

    /// A key that is made for an hour is fetched once, for however many calls, and buys like any other.
    @Test func aServiceAccountsTokenIsFetchedForTheCall() async throws {
        let service = try service("{\"seconds\": 0}")
        let file = try JSONSerialization.data(withJSONObject: [
            "type": "service_account", "client_email": "film@example.org", "private_key_id": "k1",
            "private_key": try _RSA.Signing.PrivateKey(keySize: .bits2048).pemRepresentation,
        ])
        let credential = Credential(
            backend: "metered", key: "", base: service.url, isOwnBase: true, origin: "test",
            source: .account(try ServiceAccount(file: file)))
        let maker = ServiceMaker(
            ServiceClient(Metered(), credential, http: HTTPClient()),
            folder: folder.url.appendingPathComponent("answers"), hurry: 100)
        let made = try await maker.make(try work(.buy))
        #expect(made.cost == MicroUSD(100_000))
        #expect(try service.bills().count == 1)
    }

    /// The key ends while a clip is under way: it stays ours, and comes with the next key.
    @Test func aKeyThatEndsLosesNothing() async throws {
        let first = try service("{\"seconds\": 1.5, \"keyEnds\": 1}")
        let error = await #expect(throws: WorkFault.self) { try await maker(first).make(try work(.buy)) }
        #expect(error?.failureClass == .providerFault, "\(String(describing: error))")
        #expect(error?.message.contains("cannot be asked for") == true)
        // The same books, and keys that are taken again.
        let second = try service("{\"seconds\": 0}")
        let made = try await maker(second).make(try work(.lookUp))
        #expect(FileManager.default.fileExists(atPath: made.file.path))
        #expect(try second.bills().count == 1)
    }
}
