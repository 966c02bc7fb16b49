import Foundation
import Objects
import Protocol
import TestKit
import Testing

@Suite("The folder store")
struct FolderStoreTests {
    let folder = TemporaryFolder()

    @Test func whatIsPutIsFoundUnderItsDigest() throws {
        let store = try FolderStore(root: folder.url)
        let data = Data("film".utf8)
        let (digest, size) = try store.put(data)
        #expect(digest == Digest(of: data))
        #expect(size == 4)
        #expect(try store.data(of: digest) == data)
        #expect(try store.put(data).digest == digest, "again is no fault")
        #expect(store.holds(digest, sizeBytes: 4))
        #expect(!store.holds(digest, sizeBytes: 5))
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/tmp").isEmpty)
    }

    @Test func corruptionIsNoticedAndSetAside() throws {
        let store = try FolderStore(root: folder.url)
        let (digest, _) = try store.put(Data("film".utf8))
        let path = try FolderStore(root: folder.url).path(of: digest)
        #expect(chmod(path.path, 0o644) == 0)
        try Data("fiim".utf8).write(to: path)
        let fresh = try FolderStore(root: folder.url)
        #expect(throws: ObjectError.corrupt(digest, path: path.path)) { try fresh.path(of: digest) }
        #expect(throws: ObjectError.missing(digest)) { try fresh.path(of: digest) }
    }

    /// The same content from another task, or another machine: who uses the blob sees no change. A rotten one is
    /// replaced.
    @Test func theSameContentAgainLeavesTheBlobAlone() throws {
        let store = try FolderStore(root: folder.url)
        let (digest, _) = try store.put(Data("film".utf8))
        let stamp = store.stamp(of: digest)
        let other = try FolderStore(root: folder.url)
        #expect(try other.put(Data("film".utf8)).digest == digest)
        #expect(store.stamp(of: digest) == stamp)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/tmp").isEmpty)
        let path = store.location(of: digest).path
        #expect(chmod(path, 0o644) == 0)
        try Data("fiim".utf8).write(to: URL(fileURLWithPath: path))
        #expect(try FolderStore(root: folder.url).put(Data("film".utf8)).digest == digest)
        #expect(try FolderStore(root: folder.url).data(of: digest) == Data("film".utf8))
    }

    @Test func receiptsAreFoundByKey() throws {
        let store = try FolderStore(root: folder.url)
        let key = Digest(of: Data([1]))
        #expect(store.receipt(for: key) == nil)
        try store.keep(["digest": "x"], for: key)
        #expect(store.receipt(for: key) == ["digest": "x"])
    }

    @Test(arguments: ["s3://b", "file://relative", "/plain", "file:///", ""]) func badURLsAreRefused(text: String) {
        #expect(throws: ObjectError.self) { try FolderStore(url: text) }
    }
}
