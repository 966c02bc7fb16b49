import Foundation
import Protocol
import Scheduling
import Store

/// What a task costs the coordinator without any wire: deciding and saving it, `batch` reports to a decision.
struct InnerLoop {
    let tasks: Int
    let batch: Int

    /// One line of JSON: microseconds per task.
    func run() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("inner-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let store = try ClusterStore(folder: folder)
        var cluster = Cluster()
        var now = Instant(milliseconds: 1_800_000_000_000)
        var deciding = Duration.zero
        var saving = Duration.zero
        var encoding = Duration.zero
        func decide(_ events: [Event]) throws -> [Assignment] {
            now = now + .milliseconds(1)
            let start = ContinuousClock.now
            var next = cluster
            cluster = Cluster()
            let decision = next.apply(events, at: now)
            let decided = ContinuousClock.now
            try store.commit(decision, of: next)
            cluster = next
            let saved = ContinuousClock.now
            deciding += decided - start
            saving += saved - decided
            var given: [Assignment] = []
            for effect in decision.effects {
                switch effect {
                case .assign(_, _, let assignment):
                    given.append(assignment)
                    _ = Protocol.Message.assign(assignment).frames(sequence: 1)
                case .acknowledge(_, _, let attempt, let isAccepted):
                    _ = Protocol.Message.acknowledge(attempt, isAccepted: isAccepted).frames(sequence: 1)
                default: break
                }
            }
            encoding += ContinuousClock.now - saved
            return given
        }
        let worker = WorkerID("w-inner")
        let instance = InstanceID("i-inner")
        _ = try decide([
            .workerJoined(
                Hello(
                    worker: worker, instance: instance, name: "inner", slots: [.media: batch],
                    capabilities: [Capability(kind: .conform, backend: "synthetic"): .media], held: [],
                    productVersion: "bench"))
        ])
        var held = try decide([.submitted(Submission(id: JobID("inner"), name: "inner", nodes: nodes))])
        let submitting = seconds(deciding + saving)
        (deciding, saving, encoding) = (.zero, .zero, .zero)
        while !held.isEmpty {
            held = try decide(
                held.map {
                    .reported(
                        worker, instance, $0.attempt,
                        .made(TaskResult(digest: $0.attempt.task, sizeBytes: 0, worked: .milliseconds(1))))
                })
        }
        func each(_ duration: Duration) -> Double { seconds(duration) * 1e6 / Double(tasks) }
        return """
            {"batch": \(batch), "submit_seconds": \(submitting), "decide_us": \(each(deciding)), \
            "save_us": \(each(saving)), "encode_us": \(each(encoding))}
            """
    }

    private var nodes: [JobNode] {
        (0..<tasks).map { index in
            JobNode(
                name: "synthetic/\(index)",
                spec: TaskSpec(
                    kind: .conform, backend: "synthetic", recipeVersion: 1, parameters: ["number": .init(index)],
                    expected: .milliseconds(1)), scene: index, isGoal: true)
        }
    }
}
