import Foundation
import Protocol
import SwiftProtobuf
import Testing

/// Numbers no honest peer sends are refused where bytes become values.
@Suite("Lying peers")
struct LyingPeerTests {
    private func refusal(_ message: Protocol.Message, _ edit: (inout Data) throws -> Void) throws -> String {
        var frames = message.frames(sequence: 1)
        try edit(&frames[1])
        do throws(WireError) {
            _ = try Message.read(frames: frames)
            return ""
        } catch {
            return "\(error)"
        }
    }

    private static let attempt = AttemptID(task: Digest(of: [1]), number: 1)

    @Test func aMillionSlots() throws {
        let hello = Hello(
            worker: WorkerID("w"), instance: InstanceID("i"), name: "w", slots: [.media: 1_000_000], capabilities: [:],
            held: [], productVersion: "")
        #expect(try refusal(.hello(hello)) { _ in }.contains("1000000 media slots"))
    }

    @Test func negativeTimesAndCosts() throws {
        let report = Protocol.Message.report(
            WorkerID("w"), Self.attempt, .made(TaskResult(digest: Self.attempt.task, sizeBytes: 1)))
        for (milliseconds, cost) in [(Int64(-5), Int64(0)), (0, -5)] {
            let text = try refusal(report) { data in
                var body = try ReportBody(serializedBytes: data)
                body.result.milliseconds = milliseconds
                body.result.costMicroUsd = cost
                data = try body.serializedData()
            }
            #expect(text.contains("negative"), "\(text)")
        }
    }

    @Test func aDigestOfTheWrongLength() throws {
        let report = Protocol.Message.report(
            WorkerID("w"), Self.attempt, .made(TaskResult(digest: Self.attempt.task, sizeBytes: 1)))
        let text = try refusal(report) { data in
            var body = try ReportBody(serializedBytes: data)
            body.result.digest = Data([1, 2, 3])
            data = try body.serializedData()
        }
        #expect(text.contains("32 bytes"), "\(text)")
    }

    @Test func aLostInputTravels() throws {
        let outcome = AttemptOutcome.lostInput(Digest(of: [7]), message: "damaged")
        let frames = Protocol.Message.report(WorkerID("w"), Self.attempt, outcome).frames(sequence: 1)
        #expect(try Message.read(frames: frames).1 == .report(WorkerID("w"), Self.attempt, outcome))
    }
}
