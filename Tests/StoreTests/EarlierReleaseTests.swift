import Foundation
import HashTreeCollections
import Protocol
import Scheduling
import Store
import TestKit
import Testing

/// `Saved/` holds a file of every earlier schema; each must open, say what it said, and keep every rule of today.
@Suite("Tables of earlier releases")
struct EarlierReleaseTests {
    private func open(_ name: String) throws -> ClusterStore {
        let saved = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Saved/\(name)")
        let folder = TemporaryFolder()
        try FileManager.default.copyItem(at: saved, to: folder.url.appendingPathComponent("cluster.sqlite"))
        return try ClusterStore(folder: folder.url)
    }

    /// Schema 1 kept a purchase in its lease: what was under way then may have been bought, and its money stays held.
    @Test func schemaOneKeepsItsPurchases() throws {
        let store = try open("cluster-0001.sqlite")
        let cluster = Cluster(policy: Policy(), saved: try store.load(), at: Instant(milliseconds: 1_795_400_000_000))
        #expect(cluster.audit() == [])
        #expect(cluster.tasks.count > 8)
        #expect(cluster.tasks.values.contains { $0.phase.result != nil })
        let record = try #require(cluster.tasks.values.first { $0.purchase != nil })
        #expect(record.label == "s001_001/animate")
        #expect(record.purchase?.isDoubtful == true)
        #expect(record.purchase?.ceiling == MicroUSD(40_000))
        #expect(cluster.jobs.values.map(\.reserved) == [MicroUSD(40_000)])
        #expect(cluster.accounts[.provider("unknown")]?.reserved == MicroUSD(40_000))
    }

    /// Schema 2 knew no gates' money and no bought results: running purchases keep their operations, and their gate
    /// counts what they hold.
    @Test func schemaTwoKeepsItsOperations() throws {
        let store = try open("cluster-0002.sqlite")
        let cluster = Cluster(policy: Policy(), saved: try store.load(), at: Instant(milliseconds: 1_795_400_000_000))
        #expect(cluster.audit() == [])
        let steps = cluster.tasks.values.compactMap(\.purchase?.step)
        #expect(Set(steps.map { "\($0)" }) == [#"running(operation: "op-1")"#, #"running(operation: "op-3")"#])
        #expect(cluster.gates[GateID("metered")]?.reserved == MicroUSD(525_000))
        #expect(cluster.jobs.values.map(\.spent) == [MicroUSD(237_500)])
    }

    /// Schema 3 kept leases, and what never changes, beside what moves: each task keeps its lease, its tries and its
    /// purchase, and has a number now.
    @Test func schemaThreeKeepsItsLeases() throws {
        let store = try open("cluster-0003.sqlite")
        let saved = try store.load()
        let cluster = Cluster(policy: Policy(), saved: saved, at: Instant(milliseconds: 1_795_400_000_000))
        #expect(cluster.audit() == [])
        #expect(Set(saved.tasks.map(\.number)) == Set(1...Int64(saved.tasks.count)))
        #expect(saved.tasks.count { $0.phase.lease != nil } == 3)
        #expect(saved.tasks.count { $0.phase.result != nil } == 13)
        #expect(saved.tasks.map(\.tries.count).reduce(0, +) == 2)
        let steps = cluster.tasks.values.compactMap(\.purchase?.step)
        #expect(Set(steps.map { "\($0)" }) == [#"running(operation: "op-1")"#, #"running(operation: "op-3")"#])
        #expect(cluster.gates[GateID("metered")]?.reserved == MicroUSD(525_000))
    }

    /// Schema 4 knew one account of each service: what runs there goes on under the default one.
    @Test func schemaFourKeepsItsOperationsUnderTheDefaultAccount() throws {
        let store = try open("cluster-0004.sqlite")
        let cluster = Cluster(policy: Policy(), saved: try store.load(), at: Instant(milliseconds: 1_795_500_000_000))
        #expect(cluster.audit() == [])
        let purchases = cluster.tasks.values.compactMap(\.purchase)
        #expect(purchases.count { $0.isDoubtful } == 1)
        #expect(purchases.contains { $0.step == .running(operation: "op-11") })
        #expect(Set(purchases.map(\.account)) == [""])
        #expect(cluster.gates[GateID("metered")]?.reserved == MicroUSD(175_000))
    }

    /// Schema 5 knew no end and no number of uses of a token: all are as they were, and count who joins from now on.
    @Test func schemaFiveKeepsItsTokens() throws {
        let store = try open("cluster-0005.sqlite")
        let cluster = Cluster(policy: Policy(), saved: try store.load(), at: Instant(milliseconds: 1_795_600_000_000))
        #expect(cluster.audit() == [])
        let tokens = try store.tokens()
        #expect(Set(tokens.map(\.label)) == ["this machine's operator", "wall", "media"])
        #expect(tokens.filter { $0.revokedAt != nil }.map(\.label) == ["wall"])
        #expect(tokens.allSatisfy { $0.expiresAt == nil && $0.uses == nil })
        let token = try #require(tokens.first { $0.label == "media" })
        try store.admit(WorkerID("w-a"), with: token.id, at: Instant(milliseconds: 1_795_600_000_000))
        try store.admit(WorkerID("w-a"), with: token.id, at: Instant(milliseconds: 1_795_600_000_001))
        #expect(try store.members() == [token.id: [WorkerID("w-a")]])
    }

    /// Schema 6 knew no approvals: nothing waits for one, and a paused job is still paused.
    @Test func schemaSixWaitsForNobody() throws {
        let store = try open("cluster-0006.sqlite")
        var cluster = Cluster(policy: Policy(), saved: try store.load(), at: Instant(milliseconds: 1_795_700_000_000))
        #expect(cluster.audit() == [])
        let job = try #require(cluster.jobs.values.first)
        #expect(job.nodes.count == 22 && job.isPaused)
        #expect(job.missingApprovals.isEmpty && job.approved.isEmpty)
        _ = cluster.apply(.jobPaused(job.id, false), at: Instant(milliseconds: 1_795_700_000_001))
        #expect(cluster.tasks.values.contains { $0.phase == .ready })
    }
}
