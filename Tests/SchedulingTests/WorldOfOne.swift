import HashTreeCollections
import Protocol
import Scheduling
import TestKit
import Testing

/// A cluster with one small job and hand-made workers: steps by events, no farm around it.
struct WorldOfOne {
    var cluster: Cluster
    var now = Instant(milliseconds: 1_000_000)
    var last = Decision()

    init(policy: Policy = Policy()) { cluster = Cluster(policy: policy) }

    static func node(
        _ name: String, kind: TaskKind = .conform, after inputs: [JobNode] = [], tolerant: Bool = false,
        isGoal: Bool = true,
        price: Int64 = 0, account: String = "", gate: GateID? = nil
    ) -> JobNode {
        JobNode(
            name: name,
            spec: TaskSpec(
                kind: kind, backend: "synthetic", account: account, recipeVersion: 1, parameters: ["name": .text(name)],
                inputs: inputs.map { TaskInput(name: $0.name, key: $0.spec.key, isTolerant: tolerant) },
                inputBases: inputs.map(\.spec.basis), expected: .seconds(10), priceCeiling: MicroUSD(price), gate: gate),
            isGoal: isGoal)
    }

    @discardableResult
    mutating func apply(_ event: Event, after span: Span = .milliseconds(1)) -> Decision {
        now = now + span
        last = cluster.apply(event, at: now)
        let faults = cluster.audit()
        #expect(faults.isEmpty, "\(faults)")
        return last
    }

    mutating func join(_ name: String, instance: String? = nil, slots: Int = 1, held: [HeldAttempt] = []) {
        var capabilities: [Capability: Role] = [:]
        for kind in TaskKind.allCases {
            capabilities[Capability(kind: kind, backend: "synthetic")] = .media
            capabilities[Capability(kind: kind, backend: "synthetic", account: "b")] = .media
        }
        apply(
            .workerJoined(
                Hello(
                    worker: WorkerID(name), instance: InstanceID(instance ?? name + "-1"), name: name,
                    slots: [.media: slots], capabilities: capabilities, held: held, productVersion: "")))
    }

    /// Lets time pass while these workers show life.
    mutating func wait(_ span: Span, alive names: [String] = ["a"]) {
        let end = now + span
        while now < end {
            for name in names {
                let held = cluster.tasks.values.compactMap { record in
                    record.lease(of: WorkerID(name)).map {
                        HeldAttempt(
                            attempt: AttemptID(task: record.spec.key, number: $0.attempt), progress: $0.progress + 1)
                    }
                }
                let last = cluster.workers[WorkerID(name)]?.assignments ?? 0
                apply(
                    .workerBeat(WorkerID(name), InstanceID(name + "-1"), held: held, lastAssignment: last),
                    after: .zero)
            }
            apply(.timePassed, after: min(.seconds(10), end - now))
        }
    }

    mutating func submit(_ nodes: [JobNode], id: String = "j", budget: Int64? = nil, gates: [GateRecord] = []) {
        apply(
            .submitted(
                Submission(
                    id: JobID(id), name: id, budget: budget.map { MicroUSD($0) }, nodes: nodes, gates: gates)))
    }

    @discardableResult
    mutating func report(
        _ worker: String, _ node: JobNode, attempt: Int? = nil, _ outcome: AttemptOutcome? = nil
    ) -> Decision {
        let number = attempt ?? cluster.tasks[node.spec.key]?.attempt ?? 1
        return apply(
            .reported(
                WorkerID(worker), InstanceID(worker + "-1"), AttemptID(task: node.spec.key, number: number),
                outcome ?? .made(TaskResult(digest: node.spec.key, sizeBytes: 1, worked: .seconds(1)))))
    }

    func phase(_ node: JobNode) -> TaskPhase? { cluster.tasks[node.spec.key]?.phase }

    func holder(_ node: JobNode) -> String? { phase(node)?.lease?.worker.rawValue }
}

extension AttemptOutcome {
    static func failure(_ failure: FailureClass, after: Span? = nil) -> AttemptOutcome {
        .failed(failure, message: "because", retryAfter: after)
    }
}
