import Foundation
import HTTP
import Objects
import Protocol
import Synchronization
import TestKit
import Testing

/// A store in memory that counts what is fetched.
final class MemoryStore: RemoteStore {
    let blobs = Mutex<[Digest: Data]>([:])
    let fetches = Mutex<[Digest: Int]>([:])
    let receipts = Mutex<[TaskKey: Fields]>([:])
    var url: String { "memory" }

    func fetch(_ digest: Digest, into file: URL, progress: @escaping @Sendable () -> Void) async throws(ObjectError) {
        fetches.withLock { $0[digest, default: 0] += 1 }
        await Task.yield()
        guard let data = blobs.withLock({ $0[digest] }) else { throw .missing(digest) }
        do { try data.write(to: file) } catch { throw .full(path: file.path) }
    }

    func put(
        _ file: URL, as digest: Digest, sizeBytes: Int64, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        let data = try? Data(contentsOf: file)
        blobs.withLock { $0[digest] = data }
    }

    func size(of digest: Digest) async throws(ObjectError) -> Int64? {
        blobs.withLock { $0[digest].map { Int64($0.count) } }
    }
    func doubt(_ digest: Digest) async throws(ObjectError) { blobs.withLock { $0[digest] = nil } }
    func keep(_ receipt: Fields, for key: TaskKey) async throws(ObjectError) {
        receipts.withLock { $0[key] = receipt }
    }
    func receipt(for key: TaskKey) async throws(ObjectError) -> Fields? { receipts.withLock { $0[key] } }
    func receiptKeys() async throws(ObjectError) -> Set<TaskKey> { receipts.withLock { Set($0.keys) } }
}

@Suite("A store elsewhere and its cache")
struct DepotTests {
    let folder = TemporaryFolder()
    let remote = MemoryStore()

    private func depot(limit: Int64 = 1 << 20) throws -> Depot {
        Depot(remote, cache: try FolderStore(root: folder.url), limitBytes: limit, patience: .zero)
    }

    private func blob(_ number: Int, _ count: Int = 100_000) -> (Digest, Data) {
        let data = Data(repeating: UInt8(number), count: count)
        let digest = Digest(of: data)
        remote.blobs.withLock { $0[digest] = data }
        return (digest, data)
    }

    @Test func manyThatNeedABlobFetchItOnce() async throws {
        let depot = try depot()
        let (digest, data) = blob(1)
        try await withThrowingTaskGroup(of: URL.self) { group in
            for _ in 0..<20 { group.addTask { try await depot.take(digest) } }
            for try await url in group { #expect(try Data(contentsOf: url) == data) }
        }
        _ = try await depot.take(digest)
        #expect(remote.fetches.withLock { $0[digest] } == 1)
    }

    @Test func theCacheIsBoundedAndKeepsWhatIsInUse() async throws {
        let depot = try depot(limit: 1_000_000)
        let used = blob(0).0
        _ = try await depot.take(used)
        for number in 1...30 {
            let digest = blob(number).0
            _ = try await depot.take(digest)
            depot.letGo([digest])
            #expect(depot.folder.blobs().reduce(0) { $0 + $1.sizeBytes } <= 1_000_000)
        }
        #expect(depot.folder.stamp(of: used) != nil, "it is in use")
        #expect(depot.folder.stamp(of: blob(30).0) != nil, "it came last")
        #expect(depot.folder.stamp(of: blob(1).0) == nil)
    }

    @Test func aLyingStoreIsAskedTwiceAndThenDoubted() async throws {
        let depot = try depot()
        let (digest, _) = blob(1)
        remote.blobs.withLock { $0[digest] = Data("something else".utf8) }
        await #expect(throws: ObjectError.corrupt(digest, path: "memory")) { _ = try await depot.take(digest) }
        #expect(remote.fetches.withLock { $0[digest] } == 2)
        #expect(remote.blobs.withLock { $0[digest] } == nil)
        #expect(depot.folder.blobs().isEmpty)
    }

    @Test func resultsAreHeldWhenReceiptAndBlobAreThere() async throws {
        let depot = try depot()
        let keys = (0..<40).map { Digest(of: Data("task \($0)".utf8)) }
        for (number, key) in keys.enumerated() {
            let (digest, data) = blob(number)
            let result = TaskResult(digest: digest, sizeBytes: Int64(data.count))
            if number % 2 == 0 { try await depot.keep(result.receipt, for: key) }
            if number % 4 == 0 { remote.blobs.withLock { $0[digest] = nil } }
        }
        let held = try await depot.held(of: keys)
        #expect(held == Set(keys.enumerated().filter { $0.offset % 4 == 2 }.map(\.element)))
    }

    @Test func theFirstDoorThatCanBeUsedIsTaken() throws {
        let store = try FolderStore(root: folder.url.appendingPathComponent("store"))
        let cache = folder.url.appendingPathComponent("cache")
        func open(_ doors: [StoreDoor]) throws -> Depot {
            try Depot.open(
                doors, fallback: "", reachedAt: "farm.example", peer: "w", cache: cache, environment: [:],
                client: .init())
        }
        let snow = StoreDoor(url: "snow://*:7401", pin: "sha256//x", ticket: "t")
        let own = StoreDoor(url: store.url, pin: try store.identity())
        #expect(try open([own, snow]).url == store.url)
        // A folder of the same name on another machine is another store.
        #expect(try open([StoreDoor(url: store.url, pin: "another"), snow]).url == "snow://farm.example:7401")
        #expect(try open([StoreDoor(url: "file:///nowhere/at/all", pin: "x"), snow]).remote != nil)
        #expect(throws: ObjectError.self) { try open([StoreDoor(url: "file:///nowhere", pin: "x")]) }
        #expect(throws: ObjectError.self) { try open([StoreDoor(url: "s3://films/x")]) }
        #expect(!FileManager.default.fileExists(atPath: "/nowhere"), "nothing is made by looking")
    }
}
