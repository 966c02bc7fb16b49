import Foundation
import HashTreeCollections
import Protocol
import Scheduling
import Store
import TestKit
import Testing

@Suite("Backups of the tables")
struct BackupTests {
    private let folder = TemporaryFolder()

    private func cluster(_ store: ClusterStore) throws -> Cluster {
        let gate = GateID("g")
        var cluster = Cluster()
        let now = Instant(milliseconds: 1_000)
        var capabilities: [Capability: Role] = [:]
        for kind in TaskKind.allCases { capabilities[Capability(kind: kind, backend: "synthetic")] = .media }
        let hello = Hello(
            worker: WorkerID("a"), instance: InstanceID("a1"), name: "a", slots: [.media: 2],
            capabilities: capabilities, held: [], productVersion: "")
        let job = Submission(
            id: JobID("j"), name: "film", nodes: SyntheticFilm.nodes(shots: 3, gate: gate, price: MicroUSD(10)),
            gates: [GateRecord(id: gate, concurrency: 2)])
        let decision = cluster.apply([.workerJoined(hello), .submitted(job)], at: now)
        try store.commit(decision, of: cluster)
        try store.setMeta("cluster", "k-test")
        return cluster
    }

    /// Taken while the store is open, put back elsewhere: the same jobs, tasks and leases; and every paid task that
    /// is not done asks its provider first.
    @Test func aBackupIsTheClusterAsItWas() throws {
        let store = try ClusterStore(folder: folder.url)
        let before = try cluster(store)
        let file = folder.url.appendingPathComponent("copy.sqlite")
        try Backup.write(from: folder.url, to: file)
        let mode = try FileManager.default.attributesOfItem(atPath: file.path)[.posixPermissions] as? Int
        #expect(mode == 0o600)
        let other = TemporaryFolder()
        #expect(try Backup.restore(file, into: other.url, at: Instant(milliseconds: 5)) == nil)
        let read = try ClusterStore(folder: other.url).load()
        #expect(read.jobs.map(\.id) == before.saved.jobs.map(\.id))
        #expect(read.tasks.map(\.phase) == before.saved.tasks.map(\.phase))
        #expect(read.tasks.allSatisfy { $0.asksFirst })
        var restored = Cluster(policy: Policy(), saved: read, at: Instant(milliseconds: 9_000))
        #expect(restored.audit() == [])
        let paid = try #require(read.tasks.first { $0.spec.priceCeiling > .zero })
        _ = restored.apply(.jobPriority(JobID("j"), 1), at: Instant(milliseconds: 9_001))
        #expect(restored.tasks[paid.spec.key]?.asksFirst == true)
    }

    @Test func whatIsThereIsKeptBesideARestore() throws {
        let store = try ClusterStore(folder: folder.url)
        _ = try cluster(store)
        let file = folder.url.appendingPathComponent("copy.sqlite")
        try Backup.write(from: folder.url, to: file)
        let kept = try #require(try Backup.restore(file, into: folder.url, at: Instant(milliseconds: 5)))
        #expect(try Backup.inspect(kept).jobs == 1)
        #expect(throws: StoreError.self) { try Backup.write(from: folder.url, to: file) }
    }

    @Test func whatIsNoBackupIsRefused() throws {
        let file = folder.url.appendingPathComponent("not.sqlite")
        try Data("hello".utf8).write(to: file)
        for name in ["not.sqlite", "absent.sqlite"] {
            #expect(throws: StoreError.self) {
                try Backup.restore(
                    folder.url.appendingPathComponent(name), into: folder.url, at: Instant(milliseconds: 1))
            }
        }
        #expect(!FileManager.default.fileExists(atPath: folder.url.appendingPathComponent("cluster.sqlite").path))
    }
}
