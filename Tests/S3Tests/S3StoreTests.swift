import Foundation
import HTTP
import Objects
import Protocol
import Synchronization
import TestKit
import Testing

/// Our S3 client against a service that checks every signature: Ceph's gateway, one for all tests of this file.
@Suite("S3 for real", .serialized, .timeLimit(.minutes(8)))
struct S3StoreTests {
    private static let ceph = Result {
        try CephProcess(
            script: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("../../ops/rgw.py").standardizedFileURL)
    }
    private static let client = HTTPClient()
    let folder = TemporaryFolder()

    /// A store of its own in a bucket of its own.
    private func store(
        bucket: String = "film-\(UUID().uuidString.lowercased())", makesBucket: Bool = true,
        environment: [String: String] = [:], pauses: Pauses = Pauses(first: 0.05)
    ) async throws -> S3Store {
        let ceph = try Self.ceph.get()
        let open = try S3Store(
            url: "s3://\(bucket)/farm?endpoint=\(ceph.endpoint)",
            environment: ceph.environment.merging(environment) { $1 },
            client: Self.client)
        if makesBucket { try await open.makeBucket() }
        return open
    }

    private func file(_ count: Int, seed: UInt64 = 1) throws -> (URL, Digest) {
        var generator = SeededGenerator(seed: seed)
        var data = Data(capacity: count)
        while data.count < count {
            withUnsafeBytes(of: UInt64.random(in: .min ... .max, using: &generator)) { data.append(contentsOf: $0) }
        }
        data = data.prefix(count)
        let url = folder.url.appendingPathComponent("file-\(count)-\(seed)")
        try data.write(to: url)
        return (url, Digest(of: data))
    }

    private func fetched(_ store: S3Store, _ digest: Digest, into name: String = "fetched") async throws -> Digest {
        let target = folder.url.appendingPathComponent(name)
        try await store.fetch(digest, into: target) {}
        return try FolderStore.hash(target).digest
    }

    @Test func whatIsPutComesBack() async throws {
        let store = try await store()
        for count in [0, 1, 70_000, 3_000_000] {
            let (url, digest) = try file(count, seed: UInt64(count) + 1)
            #expect(try await store.size(of: digest) == nil)
            try await store.put(url, as: digest, sizeBytes: Int64(count)) {}
            #expect(try await store.size(of: digest) == Int64(count))
            #expect(try await fetched(store, digest, into: "back-\(count)") == digest)
            try await store.put(url, as: digest, sizeBytes: Int64(count)) {}
        }
    }

    /// 70 MB go in parts; an upload that broke off goes on with the parts that are there.
    @Test func largeBlobsGoInPartsAndGoOn() async throws {
        let store = try await store()
        let (url, digest) = try file(70_000_000)
        let sent = Counter()
        let first = Task { try await store.put(url, as: digest, sizeBytes: 70_000_000) { sent.add() } }
        // Stopped somewhere in the middle.
        while sent.count < 60 {
            try Task.checkCancellation()
            await Task.yield()
        }
        first.cancel()
        _ = await first.result
        #expect(try await store.size(of: digest) == nil)
        let before = sent.count
        try await store.put(url, as: digest, sizeBytes: 70_000_000) { sent.add() }
        #expect(try await store.size(of: digest) == 70_000_000)
        #expect(try await fetched(store, digest) == digest)
        #expect(sent.count - before < before + 140, "parts that were there were not sent again")
    }

    /// A download that broke off goes on where it ended.
    @Test func downloadsGoOn() async throws {
        let store = try await store()
        let (url, digest) = try file(3_000_000)
        try await store.put(url, as: digest, sizeBytes: 3_000_000) {}
        let target = folder.url.appendingPathComponent("half")
        try Data(contentsOf: url).prefix(1_234_567).write(to: target)
        try await store.fetch(digest, into: target) {}
        #expect(try FolderStore.hash(target).digest == digest)
        try await store.fetch(digest, into: target) {}
        #expect(try FolderStore.hash(target).digest == digest, "a whole one stays whole")
    }

    @Test func manyRivalsOneBlob() async throws {
        let store = try await store()
        let (url, digest) = try file(100_000)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { try await store.put(url, as: digest, sizeBytes: 100_000) {} } }
            try await group.waitForAll()
        }
        #expect(try await fetched(store, digest) == digest)
    }

    @Test func receiptsAreKeptAndListed() async throws {
        let store = try await store()
        var keys: Set<TaskKey> = []
        for number in 0..<30 {
            let key = Digest(of: Data([UInt8(number)]))
            keys.insert(key)
            try await store.keep(["number": .init(number)], for: key)
        }
        let some = try #require(keys.first)
        #expect(try await store.receipt(for: some) != nil)
        #expect(try await store.receipt(for: Digest(of: Data("other".utf8))) == nil)
        #expect(try await store.receiptKeys() == keys)
    }

    /// An address that anybody may use: no key of ours is sent with it.
    @Test func presignedAddressesWork() async throws {
        let store = try await store()
        let (url, digest) = try file(1_000)
        try await store.put(url, as: digest, sizeBytes: 1_000) {}
        var request = Request("GET", try #require(store.presigned(digest, seconds: 60)))
        request.allowsPlainHTTP = true
        let response = try await Self.client.send(request)
        #expect(response.status == 200)
        #expect(Digest(of: response.body) == digest)
        request.url = request.url.replacing("X-Amz-Expires=60", with: "X-Amz-Expires=600")
        #expect(try await Self.client.send(request).status == 403)
    }

    /// Wrong keys, no bucket, a missing blob: each with what to do, and none repeated for ever.
    @Test func refusalsAreNamed() async throws {
        let good = try await store()
        let wrong = try await store(
            bucket: good.place.bucket, makesBucket: false, environment: ["AWS_SECRET_ACCESS_KEY": "wrong"])
        let (url, digest) = try file(10)
        let refused = await #expect(throws: ObjectError.self) { try await wrong.put(url, as: digest, sizeBytes: 10) {} }
        #expect(
            refused?.description.contains("does not take this machine's keys") == true, "\(String(describing: refused))"
        )
        let nowhere = try await store(makesBucket: false)
        let missing = await #expect(throws: ObjectError.self) {
            try await nowhere.put(url, as: digest, sizeBytes: 10) {}
        }
        #expect(missing?.description.contains("no such bucket") == true, "\(String(describing: missing))")
        await #expect(throws: ObjectError.missing(digest)) {
            try await good.fetch(digest, into: folder.url.appendingPathComponent("x")) {}
        }
    }

    @Test func aServiceThatIsNotThereIsTriedAndNamed() async throws {
        let ceph = try Self.ceph.get()
        let store = S3Store(
            place: .init(
                bucket: "b", prefix: "", region: "us-east-1", endpoint: "http://127.0.0.1:9", isPathStyle: true),
            signer: SigV4(keyID: ceph.environment["AWS_ACCESS_KEY_ID"] ?? "", secret: "x", region: "us-east-1"),
            client: Self.client, pauses: Pauses(tries: 3, first: 0.01))
        let fault = await #expect(throws: ObjectError.self) { try await store.size(of: Digest(of: Data())) }
        #expect(fault?.description.contains("not sent") == true, "\(String(describing: fault))")
    }

    /// A clock that is hours off is put right by the service's own word, once.
    @Test func aWrongClockIsPutRight() async throws {
        let store = try await store()
        store.shiftClock(by: 7_200)
        #expect(try await store.size(of: Digest(of: Data("x".utf8))) == nil)
    }

    @Test(arguments: ["s3://", "s3:///x", "https://b/x", "s3://b?endpoint=ftp://h"]) func badAddressesAreRefused(
        text: String
    ) {
        #expect(throws: ObjectError.self) {
            try S3Store(
                url: text, environment: ["AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b"], client: Self.client)
        }
    }

    @Test func keysAreAskedFor() {
        let fault = #expect(throws: ObjectError.self) {
            try S3Store(url: "s3://b", environment: [:], client: Self.client)
        }
        #expect(fault?.description.contains("AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY") == true)
    }
}

final class Counter: Sendable {
    private let value = Mutex(0)
    var count: Int { value.withLock { $0 } }
    func add() { value.withLock { $0 += 1 } }
}
