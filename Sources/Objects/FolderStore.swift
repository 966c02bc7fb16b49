package import Foundation
package import Protocol
internal import Synchronization

/// Why a blob cannot be kept or found.
package enum ObjectError: Error, Equatable, CustomStringConvertible {
    case missing(Digest)
    case corrupt(Digest, path: String)
    case full(path: String)
    case failed(operation: String, path: String, reason: String)
    case badURL(String)

    package var description: String {
        switch self {
        case .missing(let digest): "blob \(digest.hex) is not in the store"
        case .corrupt(let digest, let path):
            "\(path) does not have the content its name promises (\(digest.short)); it was set aside and is made again"
        case .full(let path): "the disk of \(path) is full; free some space, then try again"
        case .failed(let operation, let path, let reason): "\(operation) \(path): \(reason)"
        case .badURL(let text):
            "\"\(text)\" is not a store this release can use; write file:///an/absolute/folder or s3://bucket/prefix"
        }
    }
}

/// Blobs named by their SHA-256 in a folder, local or on NFS (`design.md` 9). Blobs are immutable: written to a
/// temporary name in the same file system, flushed, made read-only, then renamed.
///
///     blobs/ab/abcdef…   keys/ab/abcdef… (receipts)   tmp/
package final class FolderStore: Sendable {
    package let root: URL
    /// Blobs whose content this process has checked, by (digest, inode, size, change time): checked once, used often.
    private let verified = Mutex<[Digest: Stamp]>([:])

    package struct Stamp: Equatable, Sendable {
        fileprivate let inode: UInt64
        fileprivate let size: Int64
        fileprivate let changedNanoseconds: Int64
    }

    /// Opens a store, making its folders.
    package init(root: URL) throws(ObjectError) {
        self.root = root
        for name in ["blobs", "keys", "tmp"] {
            let folder = root.appendingPathComponent(name)
            try Self.attempt("making", folder.path) {
                try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            }
        }
    }

    /// Opens what a `file://` URL names.
    package convenience init(url text: String) throws(ObjectError) {
        guard let url = URL(string: text), url.scheme == "file", url.path.hasPrefix("/"), url.path != "/" else {
            throw .badURL(text)
        }
        try self.init(root: URL(fileURLWithPath: url.path))
    }

    package var url: String { "file://\(root.path)" }

    /// A new name in the store's own file system, for work that ends as a blob.
    package func temporaryFile() -> URL {
        root.appendingPathComponent("tmp/\(UUID().uuidString).part")
    }

    /// Takes a file in and gives its digest. The file itself is moved when it is the store's own temporary, else copied.
    package func put(_ file: URL) throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        let isOwn = file.deletingLastPathComponent().path == root.appendingPathComponent("tmp").path
        let part = isOwn ? file : temporaryFile()
        do {
            if !isOwn {
                try Self.attempt("copying \(file.lastPathComponent) to", part.path) {
                    try FileManager.default.copyItem(at: file, to: part)
                }
            }
            let (digest, size) = try Self.hash(part)
            // What is there and whole stays: somebody may be using it, and a new file of its name would look like a change.
            if (try? path(of: digest)) != nil {
                unlink(part.path)
            } else {
                try publish(part, as: blobPath(digest))
            }
            return (digest, size)
        } catch {
            unlink(part.path)
            throw error
        }
    }

    /// Takes in a file that came from elsewhere, if it is what it should be; else it is removed.
    package func put(_ part: URL, expecting digest: Digest) throws(ObjectError) {
        do {
            guard try Self.hash(part).digest == digest else { throw ObjectError.corrupt(digest, path: part.path) }
            try publish(part, as: blobPath(digest))
            verified.withLock { $0[digest] = Self.stamp(of: blobPath(digest)) }
        } catch {
            unlink(part.path)
            throw Self.own(error, part.path)
        }
    }

    /// Takes bytes in.
    package func put(_ data: Data) throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        let part = temporaryFile()
        do {
            try Self.attempt("writing", part.path) { try data.write(to: part) }
        } catch {
            unlink(part.path)
            throw error
        }
        return try put(part)
    }

    /// Where a blob lies, once its content has been checked.
    package func path(of digest: Digest) throws(ObjectError) -> URL {
        let url = blobPath(digest)
        guard let stamp = Self.stamp(of: url) else { throw .missing(digest) }
        if verified.withLock({ $0[digest] }) == stamp { return url }
        guard try Self.hash(url).digest == digest else {
            setAside(digest)
            throw .corrupt(digest, path: url.path)
        }
        verified.withLock { $0[digest] = stamp }
        return url
    }

    /// Takes a blob that is not what its name says out of everybody's way; it is kept for a look.
    package func setAside(_ digest: Digest) {
        rename(blobPath(digest).path, root.appendingPathComponent("tmp/corrupt-\(digest.hex)").path)
        verified.withLock { $0[digest] = nil }
    }

    /// Removes what came in pieces and was not gone on with.
    package func removeParts(_ prefix: String, olderThan seconds: TimeInterval) {
        let folder = root.appendingPathComponent("tmp")
        for name in (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        where name.hasPrefix(prefix) {
            let file = folder.appendingPathComponent(name)
            guard let facts = FileFacts(file.path) else { continue }
            if Date().timeIntervalSince1970 - Double(facts.changedNanoseconds) / 1e9 > seconds { unlink(file.path) }
        }
    }

    /// What a blob's file looks like from outside: another stamp means that somebody has touched it since.
    package func stamp(of digest: Digest) -> Stamp? { Self.stamp(of: blobPath(digest)) }

    /// Where a blob lies if it is there; its content is not checked.
    package func location(of digest: Digest) -> URL { blobPath(digest) }

    /// A small blob's bytes.
    package func data(of digest: Digest, limitBytes: Int = 64 << 20) throws(ObjectError) -> Data {
        let url = try path(of: digest)
        guard (Self.stamp(of: url)?.size ?? 0) <= Int64(limitBytes) else {
            throw .failed(operation: "reading", path: url.path, reason: "it is larger than \(limitBytes) bytes")
        }
        return try Self.attempt("reading", url.path) { try Data(contentsOf: url) }
    }

    /// Whether a blob is there with the size it should have; its content is checked when it is used.
    package func holds(_ digest: Digest, sizeBytes: Int64) -> Bool {
        Self.stamp(of: blobPath(digest))?.size == sizeBytes
    }

    /// A name that is the same in every process, for what comes in pieces.
    package func partFile(_ name: String) -> URL { root.appendingPathComponent("tmp/\(name).part") }

    /// Says that a blob was used just now.
    package func touch(_ digest: Digest) {
        // The change time is part of the stamp and stays.
        var times = [timespec(tv_sec: 0, tv_nsec: Self.utimeNow), timespec(tv_sec: 0, tv_nsec: Self.utimeOmit)]
        utimensat(AT_FDCWD, blobPath(digest).path, &times, 0)
    }

    // `UTIME_NOW` and `UTIME_OMIT` of <sys/stat.h>, which Swift does not see.
    private static let utimeNow = (1 << 30) - 1
    private static let utimeOmit = (1 << 30) - 2

    /// Every blob that is there, with its size and when it was used last.
    package func blobs() -> [(digest: Digest, sizeBytes: Int64, usedNanoseconds: Int64)] {
        var found: [(digest: Digest, sizeBytes: Int64, usedNanoseconds: Int64)] = []
        let folder = root.appendingPathComponent("blobs")
        for name in (try? FileManager.default.subpathsOfDirectory(atPath: folder.path)) ?? [] {
            guard let digest = Digest(hex: String(name.suffix(64))) else { continue }
            guard let facts = FileFacts(folder.appendingPathComponent(name).path) else { continue }
            found.append((digest, facts.size, facts.usedNanoseconds))
        }
        return found
    }

    /// Lets a blob go: for caches, of which there is another copy.
    package func forget(_ digest: Digest) {
        unlink(blobPath(digest).path)
        verified.withLock { $0[digest] = nil }
    }

    /// The store's own name, made with it: the same folder seen from another machine has the same.
    package func identity() throws(ObjectError) -> String {
        let file = root.appendingPathComponent("store-id")
        if let name = Self.identity(of: root) { return name }
        let part = temporaryFile()
        let name = UUID().uuidString.lowercased()
        try Self.attempt("writing", part.path) { try Data((name + "\n").utf8).write(to: part) }
        // Whoever is first has named it.
        if link(part.path, file.path) != 0, errno != EEXIST { throw Self.error("naming", file.path) }
        unlink(part.path)
        guard let made = Self.identity(of: root) else {
            throw .failed(operation: "reading", path: file.path, reason: "it has no name in it")
        }
        return made
    }

    /// The name of the store in a folder; `nil` when there is none to be seen from here.
    package static func identity(of root: URL) -> String? {
        guard let data = FileManager.default.contents(atPath: root.appendingPathComponent("store-id").path) else {
            return nil
        }
        let name = String(decoding: data.prefix(64), as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return name.isEmpty ? nil : name
    }

    // MARK: receipts

    /// Every key with a receipt.
    package func receiptKeys() -> [TaskKey] {
        let folder = root.appendingPathComponent("keys").path
        return ((try? FileManager.default.subpathsOfDirectory(atPath: folder)) ?? []).compactMap {
            Digest(hex: String($0.suffix(64)))
        }
    }

    /// Leaves a receipt under a task's key, so that a lost database is rebuilt without making anything again.
    package func keep(_ receipt: Fields, for key: TaskKey) throws(ObjectError) {
        let target = root.appendingPathComponent("keys/\(key.hex.prefix(2))/\(key.hex)")
        guard (Self.stamp(of: target)?.size ?? 0) == 0 else { return }
        let part = temporaryFile()
        try Self.attempt("writing", part.path) { try receipt.canonical.write(to: part) }
        // Not flushed: the tables are the truth, and a restart writes again what is not readable.
        try publish(part, as: target, isFlushed: false)
    }

    /// The receipt under a key, when there is a readable one.
    package func receipt(for key: TaskKey) -> Fields? {
        let url = root.appendingPathComponent("keys/\(key.hex.prefix(2))/\(key.hex)")
        guard let data = try? Data(contentsOf: url) else { return nil }
        return try? Fields(canonical: data)
    }

    /// Whether a key's receipt and the blob it names are there.
    package func holdsResult(of key: TaskKey) -> Bool {
        guard let receipt = receipt(for: key), case .text(let hex)? = receipt["digest"], let digest = Digest(hex: hex),
            case .integer(let size)? = receipt["size"]
        else { return false }
        return holds(digest, sizeBytes: size)
    }

    // MARK: details

    private func blobPath(_ digest: Digest) -> URL {
        root.appendingPathComponent("blobs/\(digest.hex.prefix(2))/\(digest.hex)")
    }

    /// Flushes, makes read-only and renames; two that publish the same name are both right.
    private func publish(_ part: URL, as target: URL, isFlushed: Bool = true) throws(ObjectError) {
        let folder = target.deletingLastPathComponent().path
        if mkdir(folder, 0o755) != 0, errno != EEXIST { throw Self.error("making", folder) }
        if isFlushed {
            let file = open(part.path, O_RDONLY | O_CLOEXEC)
            guard file >= 0 else { throw Self.error("opening", part.path) }
            defer { close(file) }
            guard fsync(file) == 0 else { throw Self.error("flushing", part.path) }
        }
        chmod(part.path, 0o444)
        guard rename(part.path, target.path) == 0 else { throw Self.error("publishing", target.path) }
        guard isFlushed else { return }
        let directory = open(folder, O_RDONLY | O_CLOEXEC)
        if directory >= 0 {
            fsync(directory)
            close(directory)
        }
    }

    private static func stamp(of url: URL) -> Stamp? {
        FileFacts(url.path).map {
            Stamp(inode: $0.inode, size: $0.size, changedNanoseconds: $0.changedNanoseconds)
        }
    }

    /// Digest and size of a file, read in blocks.
    package static func hash(_ url: URL) throws(ObjectError) -> (digest: Digest, sizeBytes: Int64) {
        let file = open(url.path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { throw error("opening", url.path) }
        defer { close(file) }
        var builder = DigestBuilder()
        var total: Int64 = 0
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { block.deallocate() }
        while true {
            let count = read(file, block.baseAddress, block.count)
            guard count >= 0 else { throw error("reading", url.path) }
            guard count > 0 else { return (builder.finish(), total) }
            builder.add(UnsafeRawBufferPointer(rebasing: block[..<count]))
            total += Int64(count)
        }
    }

    private static func error(_ operation: String, _ path: String) -> ObjectError {
        let code = errno
        if code == ENOSPC || code == EDQUOT { return .full(path: path) }
        return .failed(operation: operation, path: path, reason: String(cString: strerror(code)))
    }

    /// The same error where it is one of ours.
    private static func own(_ error: any Error, _ path: String) -> ObjectError {
        error as? ObjectError ?? .failed(operation: "storing", path: path, reason: error.localizedDescription)
    }

    private static func attempt<Value>(
        _ operation: String, _ path: String, _ work: () throws -> Value
    ) throws(ObjectError) -> Value {
        do {
            return try work()
        } catch let error as CocoaError where error.code == .fileWriteOutOfSpace {
            throw .full(path: path)
        } catch {
            throw .failed(operation: operation, path: path, reason: error.localizedDescription)
        }
    }
}
