internal import Foundation
package import Objects
package import Protocol
package import Scheduling
package import Store

/// A submitted job, planned: what the coordinator takes in.
package struct PlannedJob: Sendable {
    package var name: String
    package var priority: Int
    package var budget: MicroUSD?
    package var nodes: [JobNode]
    package var gates: [GateRecord]
    package var document: ClusterStore.JobDocument
    /// For the submitter: things worth knowing that are no faults.
    package var notes: [String]

    package init(
        name: String, priority: Int = 0, budget: MicroUSD? = nil, nodes: [JobNode], gates: [GateRecord] = [],
        document: ClusterStore.JobDocument, notes: [String] = []
    ) {
        self.name = name
        self.priority = priority
        self.budget = budget
        self.nodes = nodes
        self.gates = gates
        self.document = document
        self.notes = notes
    }
}

/// Why a submission cannot become a job.
package struct PlanRefusal: Error, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// Turns a submission into tasks, off the coordinator's thread: pure code over blobs of the store.
package typealias JobPlanner = @Sendable (SubmitCall, Depot) async throws(PlanRefusal) -> PlannedJob

/// Jobs of empty tasks, to measure and test a cluster without any film.
package enum SyntheticPlanner {
    /// The most tasks one synthetic job may have.
    static let countLimit = 1_000_000

    package static func plan(_ call: SyntheticJob, name: String) throws(PlanRefusal) -> PlannedJob {
        let count = Int(call.count)
        guard (1...countLimit).contains(count) else {
            throw PlanRefusal("a synthetic job has 1 to \(countLimit) tasks, not \(count)")
        }
        let depth = max(1, min(Int(call.depth), count))
        var nodes: [JobNode] = []
        nodes.reserveCapacity(count)
        for index in 0..<count {
            let step = index % depth
            let before = step == 0 ? nil : nodes[index - 1]
            let spec = TaskSpec(
                kind: .conform, backend: "synthetic", recipeVersion: 1,
                parameters: ["milliseconds": .init(Int(call.milliseconds)), "number": .init(index)],
                shaping: ["seed": .integer(Int64(clamping: call.seed))],
                inputs: before.map { [TaskInput(name: "before", key: $0.spec.key)] } ?? [],
                inputBases: before.map { [$0.spec.basis] } ?? [],
                expected: .milliseconds(Int64(call.milliseconds)))
            nodes.append(
                JobNode(
                    name: "synthetic/\(index)", spec: spec, scene: index / depth, shot: step,
                    isGoal: step == depth - 1 || index == count - 1))
        }
        return PlannedJob(
            name: name.isEmpty ? "synthetic" : name, nodes: nodes,
            document: ClusterStore.JobDocument(film: Data(), settings: Data()))
    }
}
