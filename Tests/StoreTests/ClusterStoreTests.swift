import Foundation
import HashTreeCollections
import Protocol
import Scheduling
import Store
import TestKit
import Testing

@Suite("The cluster's tables")
struct ClusterStoreTests {
    /// Drives a cluster through everything and checks after each decision that the tables say the same.
    @Test(arguments: 0..<6) func whatIsSavedIsWhatIsReadBack(seed: Int) throws {
        let folder = TemporaryFolder()
        let store = try ClusterStore(folder: folder.url)
        var generator = SeededGenerator(seed: UInt64(seed))
        var cluster = Cluster()
        var now = Instant(milliseconds: 1_000)
        let gate = GateID("g")
        var capabilities: [Capability: Role] = [:]
        for kind in TaskKind.allCases { capabilities[Capability(kind: kind, backend: "synthetic")] = .media }
        func step(_ event: Event) throws -> Decision {
            now = now + .milliseconds(500)
            let decision = cluster.apply(event, at: now)
            try store.commit(decision, of: cluster)
            return decision
        }
        for name in ["a", "b"] {
            _ = try step(
                .workerJoined(
                    Hello(
                        worker: WorkerID(name), instance: InstanceID(name + "1"), name: name,
                        slots: [.media: 2, .gpu: 0],
                        capabilities: capabilities, held: [], productVersion: "")))
        }
        _ = try step(
            .submitted(
                Submission(
                    id: JobID("j"), name: "film", budget: MicroUSD(10_000),
                    nodes: SyntheticFilm.nodes(shots: 6, gate: gate, price: MicroUSD(10)),
                    gates: [GateRecord(id: gate, concurrency: 2)])))
        for _ in 0..<120 {
            let leases = cluster.tasks.values.filter { $0.phase.lease != nil }.sorted { $0.spec.key < $1.spec.key }
            guard let record = leases.randomElement(using: &generator), let lease = record.phase.lease else {
                now = now + .seconds(8)
                _ = try step(.timePassed)
                continue
            }
            let made = AttemptOutcome.made(
                TaskResult(
                    digest: record.spec.key, sizeBytes: 5, cost: MicroUSD(3), facts: ["frames": 24],
                    worked: .seconds(2)))
            let failures: [FailureClass] = [.workerFault, .providerFault, .scarce, .interrupted, .inputFault]
            let failed = AttemptOutcome.failed(
                failures.randomElement(using: &generator) ?? .scarce, message: "no", retryAfter: nil)
            _ = try step(
                .reported(
                    lease.worker, InstanceID(lease.worker.rawValue + "1"),
                    AttemptID(task: record.spec.key, number: record.attempt), generator.happens(0.2) ? failed : made))
            let read = try store.load()
            try expectSame(read, cluster.saved)
        }
        let restored = Cluster(policy: Policy(), saved: try store.load(), at: now)
        #expect(restored.audit().isEmpty)
    }

    /// A task that another submission moves to another account is read back with it, and with what it buys there.
    @Test func anotherAccountIsSaved() throws {
        let folder = TemporaryFolder()
        let store = try ClusterStore(folder: folder.url)
        var cluster = Cluster()
        func shot(_ account: String, _ gate: String) -> JobNode {
            JobNode(
                name: "shot",
                spec: TaskSpec(
                    kind: .animate, backend: "metered", model: "lite", account: account, recipeVersion: 1,
                    parameters: [:], expected: .seconds(1), priceCeiling: MicroUSD(5), gate: GateID(gate),
                    terms: "by \(account)"), isGoal: true)
        }
        func step(_ event: Event, at milliseconds: Int64) throws {
            let decision = cluster.apply(event, at: Instant(milliseconds: milliseconds))
            try store.commit(decision, of: cluster)
        }
        func submission(_ id: String, _ account: String, _ gate: String) -> Event {
            .submitted(
                Submission(
                    id: JobID(id), name: id, nodes: [shot(account, gate)],
                    gates: [GateRecord(id: GateID(gate), concurrency: 1)]))
        }
        try step(submission("j", "", "metered/lite"), at: 1_000)
        try step(submission("k", "b", "metered@b/lite"), at: 2_000)
        try step(
            .workerJoined(
                Hello(
                    worker: WorkerID("w"), instance: InstanceID("w1"), name: "w", slots: [.api: 1],
                    capabilities: [Capability(kind: .animate, backend: "metered", account: "b"): .api], held: [],
                    productVersion: "")), at: 3_000)
        let task = try #require(try store.load().tasks.first)
        #expect(task.spec.account == "b")
        #expect(task.spec.gate == GateID("metered@b/lite"))
        #expect(task.spec.terms == "by b")
        #expect(task.purchase?.account == "b")
        #expect(task.purchase?.model == "lite")
    }

    /// Lease progress and last-seen times are not worth a write; all else must agree.
    private func expectSame(_ read: SavedCluster, _ live: SavedCluster) throws {
        func normalised(_ saved: SavedCluster) -> SavedCluster {
            var saved = saved
            saved.tasks = saved.tasks.map { record in
                var record = record
                record.dependants = []
                record.jobs = []
                if case .leased(var lease) = record.phase {
                    lease.progress = 0
                    lease.progressAt = lease.assignedAt
                    lease.omittedBeats = 0
                    record.phase = .leased(lease)
                }
                return record
            }
            saved.jobs = saved.jobs.map { job in
                var job = job
                job.open = 0
                return job
            }
            saved.gates = saved.gates.map { gate in
                var gate = gate
                gate.inUse = 0
                return gate
            }
            saved.workers = saved.workers.map { worker in
                var worker = worker
                worker.leases = []
                worker.used = [:]
                worker.assignments = 0
                worker.lastSeen = Instant(milliseconds: 0)
                worker.faults = worker.faults.mapValues { $0 }
                return worker
            }
            return saved
        }
        let left = normalised(read)
        let right = normalised(live)
        #expect(left.tasks == right.tasks)
        #expect(left.jobs == right.jobs)
        #expect(left.gates == right.gates)
        #expect(left.workers == right.workers)
        #expect(left.durations == right.durations)
    }

    @Test func aSecondOwnerOfAFolderIsRefused() throws {
        let folder = TemporaryFolder()
        let first = try FolderLock(folder: folder.url)
        #expect(throws: StoreError.locked(folder: folder.url.path)) { try FolderLock(folder: folder.url) }
        withExtendedLifetime(first) {}
    }

    @Test func aDamagedFileIsNamed() throws {
        let folder = TemporaryFolder()
        let path = folder.url.appendingPathComponent("cluster.sqlite")
        try Data(repeating: 0x5A, count: 8_192).write(to: path)
        #expect(throws: StoreError.damaged(path: path.path, faults: ["it is not a SQLite database"])) {
            try ClusterStore(folder: folder.url)
        }
    }

    @Test func tokensAreKeptAndRevoked() throws {
        let folder = TemporaryFolder()
        let store = try ClusterStore(folder: folder.url)
        let token = TokenRecord(
            id: TokenID("t-1"), publicKey: "key", role: "worker", label: "rack", createdAt: Instant(milliseconds: 5))
        try store.add(token)
        #expect(try store.tokens() == [token])
        #expect(try store.revoke(token.id, at: Instant(milliseconds: 9)))
        #expect(try !store.revoke(token.id, at: Instant(milliseconds: 10)))
        #expect(try store.tokens().first?.revokedAt == Instant(milliseconds: 9))
    }
}

@Suite("A worker's outbox")
struct OutboxTests {
    @Test func reportsOutliveTheProcess() throws {
        let folder = TemporaryFolder()
        let attempt = AttemptID(task: Digest(of: Data([1])), number: 2)
        let outcome = AttemptOutcome.made(TaskResult(digest: Digest(of: Data([2])), sizeBytes: 3))
        var id: WorkerID?
        do {
            let outbox = try OutboxStore(folder: folder.url)
            id = try outbox.workerID { WorkerID("w-one") }
            try outbox.save(WorkerID("w-one"), attempt, outcome)
        }
        let again = try OutboxStore(folder: folder.url)
        #expect(try again.workerID { WorkerID("w-two") } == id)
        #expect(try again.reports() == [attempt: outcome])
        try again.drop(attempt)
        #expect(try again.reports().isEmpty)
    }
}
