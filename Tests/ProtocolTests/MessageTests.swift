import Foundation
import Protocol
import SwiftProtobuf
import TestKit
import Testing

@Suite("Messages on the wire")
struct MessageTests {
    static let attempt = AttemptID(task: Digest(of: Data([7])), number: 3)

    static let all: [Protocol.Message] = {
        let spec = TaskKeyTests.spec(input: (Digest(of: Data([1])), Digest(of: Data([2]))))
        let result = TaskResult(
            digest: Digest(of: Data([9])), sizeBytes: 12, cost: MicroUSD(5), facts: ["frames": 24],
            worked: .milliseconds(40), isProvisional: true)
        return [
            .hello(
                Hello(
                    worker: WorkerID("w-1"), instance: InstanceID("i-1"), name: "rack 4 ❄",
                    slots: [.media: 2, .gpu: 1],
                    capabilities: [Capability(kind: .film, backend: "local"): .media],
                    held: [HeldAttempt(attempt: attempt, progress: 9)], productVersion: "1")),
            .beat(held: [HeldAttempt(attempt: attempt, progress: .max)], lastAssignment: 4),
            .report(WorkerID("w-1"), attempt, .made(result)),
            .report(WorkerID("w-1"), attempt, .failed(.scarce, message: "429", retryAfter: .seconds(5))),
            .report(WorkerID("w-1"), attempt, .failed(.workerFault, message: "x", retryAfter: nil)),
            .goodbye(reason: "bye"),
            .welcome(Welcome(clusterID: "c", storeURL: "file:///s", beatEvery: .seconds(2), productVersion: "1")),
            .assign(
                Assignment(
                    attempt: AttemptID(task: spec.key, number: 1), spec: spec,
                    inputs: [.blob(Digest(of: Data([3])), sizeBytes: 8, facts: ["frames": 2])],
                    label: "s001_001/animate",
                    expected: .seconds(3), sequence: 11)),
            .acknowledge(attempt, isAccepted: true), .withdraw(attempt, reason: "late"),
            .refusal(reason: "no", isFinal: true),
            .request(.with { $0.requestID = 4 }), .response(.with { $0.requestID = 4 }),
        ]
    }()

    @Test(arguments: all) func roundTrip(message: Protocol.Message) throws {
        let (header, read) = try Protocol.Message.read(frames: message.frames(sequence: 42))
        #expect(read == message)
        #expect(header.sequence == 42)
        #expect(header.version == .current)
    }

    @Test func goldenHeader() {
        let bytes = Header(version: WireVersion(major: 1, minor: 2), type: 17, sequence: 258).bytes
        #expect(bytes.map { String(format: "%02x", $0) }.joined() == "01020011534e4f570000000000000102")
    }

    /// What the release before wrote is read, and what it did not say is what it did.
    @Test func theMinorBeforeIsUnderstood() throws {
        let old = Header(version: WireVersion(major: 1, minor: 0), type: 16, sequence: 1).bytes
        // cluster_id "k", beat_milliseconds 2000, as wire 1.0 had them.
        let body = Data([0x0A, 1, 0x6B, 0x18, 0xD0, 0x0F])
        guard case .welcome(let welcome) = try Protocol.Message.read(frames: [old, body]).1 else {
            Issue.record("no welcome")
            return
        }
        #expect(welcome.clusterID == "k" && welcome.beatEvery == .seconds(2) && welcome.wireMinor == 0)
        let two = Header(version: WireVersion(major: 1, minor: WireVersion.current.minor + 2), type: 16, sequence: 1)
            .bytes
        #expect(throws: WireError.self) { try Protocol.Message.read(frames: [two, body]) }
    }

    /// An answer that is encoded once for all is for each who asked what an answer of their own would be.
    @Test(arguments: [0, 1, 127, 128, 70_000]) func answersEncodedOnce(events: Int) throws {
        let answer = WatchAnswer.with {
            $0.epoch = "f-1"
            $0.sequence = 9
            $0.events = (0..<events).map { number in .with { $0.text = "event \(number)" } }
        }
        let shared = Protocol.Message.watched(request: 77, try answer.serializedData())
        let own = Protocol.Message.response(
            .with {
                $0.requestID = 77
                $0.watch = answer
            })
        #expect(try Protocol.Message.read(frames: shared.frames(sequence: 1)).1 == own)
    }

    @Test func refusals() throws {
        let good = Protocol.Message.goodbye(reason: "x").frames(sequence: 1)
        func error(_ frames: [Data], limits: WireLimits = .standard) -> WireError? {
            do {
                _ = try Protocol.Message.read(frames: frames, limits: limits)
                return nil
            } catch { return error }
        }
        #expect(error([good[0]]) == .frameCount(1))
        #expect(error([good[0], good[1], good[1]]) == .frameCount(3))
        #expect(error([Data("GET / HTTP/1.1\r\n".utf8), Data()]) == .notOurs)
        #expect(error([Data([1]), Data()]) == .truncated(expected: 16, got: 1))
        var other = Header(version: WireVersion(major: 9, minor: 0), type: 1, sequence: 1)
        #expect(error([other.bytes, Data()]) == .unknownVersion(WireVersion(major: 9, minor: 0)))
        other = Header(type: 999, sequence: 1)
        #expect(error([other.bytes, Data()]) == .unknownType(999))
        var limits = WireLimits()
        limits.bodyBytes = 2
        #expect(error(good, limits: limits) == .tooLarge(bytes: 3, limit: 2))
    }

    /// Flipped bits and cut tails of every message give a message or an error, never a trap.
    @Test(arguments: 0..<20) func garbageNeverTraps(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        for message in Self.all {
            for _ in 0..<60 {
                var frames = message.frames(sequence: 1)
                guard !frames[1].isEmpty else { continue }
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    let place = Int.random(in: 0..<frames[1].count, using: &generator)
                    frames[1][place] = UInt8.random(in: 0...255, using: &generator)
                }
                if Bool.random(using: &generator) {
                    frames[1] = frames[1].prefix(Int.random(in: 0..<frames[1].count, using: &generator))
                }
                _ = try? Protocol.Message.read(frames: frames)
            }
        }
    }

    @Test func liesAreRefused() throws {
        let frames = { (body: HelloBody) in
            [Header(type: 1, sequence: 1).bytes, (try? body.serializedData()) ?? Data()]
        }
        let million = HelloBody.with {
            $0.workerID = "w"
            $0.instanceID = "i"
            $0.slots = [SlotBody(.media, 1_000_000)]
        }
        #expect(throws: WireError.malformed("1000000 media slots, at most 4096 are believed")) {
            try Protocol.Message.read(frames: frames(million))
        }
        let path = HelloBody.with {
            $0.workerID = "../../etc"
            $0.instanceID = "i"
        }
        #expect(throws: WireError.malformed("worker or instance id")) {
            try Protocol.Message.read(frames: frames(path))
        }
    }
}
