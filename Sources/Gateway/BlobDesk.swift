internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
internal import NIOPosix
internal import Objects
internal import Protocol
internal import Synchronization
internal import Transport

/// Hands blobs out and takes them in, for machines that have no common folder with the coordinator.
///
/// Uploads are verified before anybody sees them; one that was cut off waits under its machine's name and goes on. Who
/// fetches compares what came with its name, so nothing is hashed here on the way out.
final class BlobDesk: Sendable {
    private let objects: FolderStore
    private let turns = TurnDesk(TransferTurns(most: 256, perPeer: 8))
    private let sent = Atomic<Int64>(0)
    private let received = Atomic<Int64>(0)
    /// Uploads under way, by the name of their file: two connections do not write the same one.
    private let uploads = Mutex<Set<String>>([])

    /// Bytes that go through memory at once.
    private static let blockBytes = 1 << 20
    /// Room that must stay on the store's disk.
    private static let spareBytes: Int64 = 256 << 20
    /// An upload that was not gone on with for so long is given up.
    private static let keepSeconds: TimeInterval = 7 * 86_400

    init(_ objects: FolderStore) {
        self.objects = objects
        objects.removeParts("up-", olderThan: Self.keepSeconds)
    }

    var counts: (sent: Int64, received: Int64, running: Int) {
        (sent.load(ordering: .relaxed), received.load(ordering: .relaxed), turns.running)
    }

    func addRoutes(to group: RouterGroup<GatewayContext>) {
        group.get("blobs/:digest") { try await self.get($0, $1) }
        group.head("blobs/:digest") { _, context in
            guard let digest = context.digest, let size = self.size(digest) else { return Self.absent }
            return Answer.head(.ok, length: size)
        }
        group.put("blobs/:digest") { try await self.put($0, $1) }
        group.post("blobs/:digest/check") { try await self.check($0, $1) }
        group.head("uploads/:digest") { _, context in
            guard let digest = context.digest else { return Self.absent }
            let held = FileFacts(self.part(digest, context).path)?.size
            return Answer.head(held == nil ? .notFound : .ok, length: 0, held: held ?? 0)
        }
        group.get("receipts") { _, _ in
            let keys = try await Self.offLoop { self.objects.receiptKeys() }
            return Answer.text(.ok, keys.map { $0.hex + "\n" }.joined())
        }
        group.get("receipts/:digest") { _, context in
            guard let key = context.digest, let receipt = self.objects.receipt(for: key) else { return Self.absent }
            return Response(status: .ok, body: .init(byteBuffer: ByteBuffer(bytes: receipt.canonical)))
        }
        group.put("receipts/:digest") { try await self.keep($0, $1) }
    }

    private static var absent: Response { Answer.text(.notFound, "it is not here\n") }
    private static var forbidden: Response { Answer.text(.forbidden, "this key cannot change that\n") }

    private func size(_ digest: Digest) -> Int64? { FileFacts(objects.location(of: digest).path)?.size }

    private static func offLoop<Value: Sendable>(
        _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await NIOThreadPool.singleton.runIfActive(work)
    }

    // MARK: out

    private func get(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let digest = context.digest, let size = size(digest) else { return Self.absent }
        let file = objects.location(of: digest).path
        guard let range = Self.range(request.headers[.range], size) else {
            return Answer.text(.rangeNotSatisfiable, "there are \(size) bytes\n")
        }
        let isWhole = range.lowerBound == 0 && range.upperBound == size
        var headers: HTTPFields = [.contentType: "application/octet-stream", .acceptRanges: "bytes"]
        if !isWhole { headers[.contentRange] = "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(size)" }
        let peer = context.peer
        return Response(
            status: isWhole ? .ok : .partialContent, headers: headers,
            body: ResponseBody(contentLength: Int(range.count)) { writer in
                let place = try await self.turns.begin(peer)
                defer { place.end() }
                let descriptor = open(file, O_RDONLY | O_CLOEXEC)
                guard descriptor >= 0 else { throw CancellationError() }
                defer { close(descriptor) }
                var at = range.lowerBound
                while at < range.upperBound {
                    let from = at
                    let count = Int(min(Int64(Self.blockBytes), range.upperBound - at))
                    let buffer = try await Self.offLoop { try Self.read(descriptor, from, count) }
                    at += Int64(buffer.readableBytes)
                    self.sent.add(Int64(buffer.readableBytes), ordering: .relaxed)
                    try await writer.write(buffer)
                }
                try await writer.finish(nil)
            })
    }

    private static func read(_ descriptor: Int32, _ from: Int64, _ count: Int) throws -> ByteBuffer {
        var buffer = ByteBufferAllocator().buffer(capacity: count)
        let got = buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: count) { bytes in
            max(0, pread(descriptor, bytes.baseAddress, count, off_t(from)))
        }
        guard got > 0 else { throw CancellationError() }
        return buffer
    }

    /// The bytes asked for; `nil` when there are none. One range is all that is understood; anything else is all of it.
    static func range(_ header: String?, _ size: Int64) -> Range<Int64>? {
        guard let header, header.hasPrefix("bytes="), !header.contains(",") else { return 0..<size }
        let parts = header.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let from = Int64(parts[0]), from >= 0 else { return 0..<size }
        let to = Int64(parts[1]).map { min($0 &+ 1, size) } ?? size
        return from < to ? from..<to : nil
    }

    // MARK: in

    /// Where a machine's upload of a blob waits; its name is nobody's words.
    private func part(_ digest: Digest, _ context: GatewayContext) -> URL {
        objects.partFile("up-\(digest.hex)-\(Digest(of: Data(context.peer.utf8)).short)")
    }

    private func put(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard context.mayChange else { return Self.forbidden }
        let query = request.uri.queryParameters
        guard let digest = context.digest, let size = query.get("size", as: Int64.self),
            let from = query.get("from", as: Int64.self), (0...size).contains(from), size <= S3Store.blobLimitBytes
        else { return Answer.text(.badRequest, "write from=… and size=…\n") }
        if self.size(digest) == size {
            for try await _ in request.body {}
            return Answer.text(.ok, "it is there\n")
        }
        let part = part(digest, context)
        guard uploads.withLock({ $0.insert(part.path).inserted }) else {
            return Answer.text(.conflict, "another connection sends it\n")
        }
        defer { uploads.withLock { _ = $0.remove(part.path) } }
        guard Self.room(at: objects.root.path) > size - from + Self.spareBytes else { return Self.full }
        let place = try await turns.begin(context.peer)
        defer { place.end() }
        if let refusal = try await take(request.body, into: part.path, from: from, size: size) { return refusal }
        return try await Self.offLoop { [objects] in
            do throws(ObjectError) {
                try objects.put(part, expecting: digest)
                return Answer.text(.created, "it is kept\n")
            } catch {
                switch error {
                case .corrupt: return Answer.text(.unprocessableContent, "what came is not what its name says\n")
                case .full: return Self.full
                default: return Answer.text(.internalServerError, "\(error)\n")
                }
            }
        }
    }

    private static var full: Response {
        Answer.text(.init(code: 507, reasonPhrase: "Insufficient Storage"), "the store's disk is full\n")
    }

    private static func refusal(_ number: Int32) -> Response {
        guard number != ENOSPC && number != EDQUOT else { return full }
        return Answer.text(
            .internalServerError, "the coordinator's store cannot be written: \(String(cString: strerror(number)))\n")
    }

    private static func room(at path: String) -> Int64 {
        var info = statvfs()
        guard statvfs(path, &info) == 0 else { return 0 }
        return Int64(clamping: UInt64(info.f_bavail) * UInt64(info.f_frsize))
    }

    /// Writes what comes behind what is there. What was cut off stays.
    private func take(
        _ body: RequestBody, into path: String, from: Int64, size: Int64
    ) async throws -> Response? {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            return Self.refusal(errno)
        }
        defer { close(descriptor) }
        if from == 0 { ftruncate(descriptor, 0) }
        guard lseek(descriptor, 0, SEEK_END) == from else {
            return Answer.text(.conflict, "another part of it is here\n")
        }
        var at = from
        var block = ByteBuffer()
        for try await piece in body {
            at += Int64(piece.readableBytes)
            guard at <= size else { return Answer.text(.contentTooLarge, "more came than was announced\n") }
            block.writeImmutableBuffer(piece)
            guard block.readableBytes >= Self.blockBytes else { continue }
            if let fault = try await write(block, to: descriptor) { return Self.refusal(fault) }
            block.clear()
        }
        if let fault = try await write(block, to: descriptor) { return Self.refusal(fault) }
        return at == size ? nil : Answer.text(.badRequest, "\(at) of \(size) bytes came\n")
    }

    /// - Returns: the system's number for what went wrong.
    private func write(_ block: ByteBuffer, to descriptor: Int32) async throws -> Int32? {
        received.add(Int64(block.readableBytes), ordering: .relaxed)
        guard block.readableBytes > 0 else { return nil }
        return try await Self.offLoop {
            block.withUnsafeReadableBytes { bytes in
                var rest = bytes[...]
                while !rest.isEmpty {
                    let count = Foundation.write(
                        descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                    guard count > 0 else { return errno }
                    rest = rest.dropFirst(count)
                }
                return nil
            }
        }
    }

    /// Somebody got other bytes than the name promises: what rotted here is set aside.
    private func check(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard context.mayChange else { return Self.forbidden }
        guard let digest = context.digest else { return Self.absent }
        return try await Self.offLoop { [objects] in
            // Another look at the disk, whatever was believed before.
            let isWhole = (try? FolderStore.hash(objects.location(of: digest)).digest) == digest
            if !isWhole { objects.setAside(digest) }
            return isWhole ? Answer.text(.ok, "it is whole\n") : Self.absent
        }
    }

    private func keep(_ request: Request, _ context: GatewayContext) async throws -> Response {
        // A receipt says what a task's result is: workers report theirs, and are checked.
        guard context.holder?.role == .operator else { return Self.forbidden }
        guard let key = context.digest else { return Self.absent }
        var body = try await request.body.collect(upTo: 1 << 20)
        guard let bytes = body.readBytes(length: body.readableBytes), let receipt = try? Fields(canonical: Data(bytes))
        else { return Answer.text(.badRequest, "no receipt\n") }
        return try await Self.offLoop { [objects] in
            try objects.keep(receipt, for: key)
            return Answer.text(.created, "it is kept\n")
        }
    }
}

extension GatewayContext {
    /// The digest in the address.
    fileprivate var digest: Digest? { parameters.get("digest").flatMap { Digest(hex: $0) } }

    fileprivate var mayChange: Bool { holder?.role == .worker || holder?.role == .operator }
}
