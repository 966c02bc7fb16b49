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
            "\"\(text)\" is not a store this release can use; write file:///an/absolute/folder"
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
            // Kept for a look, out of everybody's way.
            rename(url.path, root.appendingPathComponent("tmp/corrupt-\(digest.hex)").path)
            throw .corrupt(digest, path: url.path)
        }
        verified.withLock { $0[digest] = stamp }
        return url
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

    // MARK: receipts

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
        var info = stat()
        guard stat(url.path, &info) == 0 else { return nil }
        return Stamp(
            inode: UInt64(info.st_ino), size: Int64(info.st_size),
            changedNanoseconds: Int64(info.st_mtim.tv_sec) * 1_000_000_000 + Int64(info.st_mtim.tv_nsec))
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
