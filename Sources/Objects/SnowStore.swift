package import Foundation
package import HTTP
package import Protocol

/// The coordinator's own store over HTTPS (`design.md` 9): the default, so that a second machine needs no common folder and
/// no S3. The server's key is the one its door names; the ticket says who asks.
///
///     GET, HEAD, PUT /blobs/HEX      HEAD /uploads/HEX      POST /blobs/HEX/check
///     GET, PUT /receipts/HEX         GET /receipts
package final class SnowStore: RemoteStore {
    private let door: StoreDoor
    /// `https://host:port`.
    private let base: String
    /// Who shares the bandwidth: one worker, whatever number of transfers it has.
    private let peer: String
    private let client: HTTPClient
    private let pauses: Pauses

    /// Blobs up to here are sent without asking first whether they are there.
    static let smallBytes: Int64 = 1 << 20

    /// - Parameter host: where the coordinator was reached, for a door whose own host is `*`.
    package init(
        door: StoreDoor, reachedAt host: String, peer: String, client: HTTPClient, pauses: Pauses = Pauses()
    ) throws(ObjectError) {
        guard let parts = URLComponents(string: door.url.replacing("//*:", with: "//any:")), parts.scheme == "snow",
            let port = parts.port, let named = parts.host, !door.pin.isEmpty
        else { throw .badURL(door.url) }
        self.door = door
        base = "https://\(named == "any" ? host : named):\(port)"
        self.peer = peer
        self.client = client
        self.pauses = pauses
    }

    package var url: String { "snow" + base.dropFirst(5) }

    // MARK: blobs

    package func fetch(
        _ digest: Digest, into file: URL, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        try await repeating("fetching", digest) { () throws(Trouble) in
            let held = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int64) ?? 0
            var request = self.request("GET", "/blobs/\(digest.hex)")
            if held > 0 { request.headers.append(("range", "bytes=\(held)-")) }
            request.destination = .end(of: file, limitBytes: S3Store.blobLimitBytes)
            request.timeLimit = .seconds(86_400)
            request.progress = { _ in progress() }
            let response = try await self.send(request)
            switch response.status {
            case 200, 206, 416: return
            default:
                if held == 0 { unlink(file.path) }
                throw Trouble(response, missing: digest)
            }
        }
    }

    package func put(
        _ file: URL, as digest: Digest, sizeBytes: Int64, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        if sizeBytes > Self.smallBytes, try await size(of: digest) == sizeBytes { return }
        try await repeating("storing", digest) { () throws(Trouble) in
            let from = sizeBytes > Self.smallBytes ? try await self.uploaded(digest) : 0
            var request = self.request("PUT", "/blobs/\(digest.hex)?from=\(from)&size=\(sizeBytes)")
            request.body = from == 0 ? .file(file) : .part(file, from: from, count: sizeBytes - from)
            request.timeLimit = .seconds(86_400)
            request.progress = { _ in progress() }
            let response = try await self.send(request)
            guard [200, 201].contains(response.status) else { throw Trouble(response) }
        }
    }

    /// Bytes of an upload that were cut off and are there.
    private func uploaded(_ digest: Digest) async throws(Trouble) -> Int64 {
        let response = try await send(request("HEAD", "/uploads/\(digest.hex)"))
        guard [200, 404].contains(response.status) else { throw Trouble(response) }
        return response.headers["x-held"].flatMap { Int64($0) } ?? 0
    }

    package func size(of digest: Digest) async throws(ObjectError) -> Int64? {
        try await repeating("looking for", digest) { () throws(Trouble) -> Int64? in
            let response = try await self.send(self.request("HEAD", "/blobs/\(digest.hex)"))
            if response.status == 404 { return nil }
            guard response.status == 200 else { throw Trouble(response) }
            return response.headers["content-length"].flatMap { Int64($0) }
        }
    }

    package func doubt(_ digest: Digest) async throws(ObjectError) {
        try await repeating("checking", digest) { () throws(Trouble) in
            let response = try await self.send(self.request("POST", "/blobs/\(digest.hex)/check"))
            guard [200, 404].contains(response.status) else { throw Trouble(response) }
        }
    }

    // MARK: receipts

    package func keep(_ receipt: Fields, for key: TaskKey) async throws(ObjectError) {
        try await repeating("writing the receipt of", key) { () throws(Trouble) in
            var request = self.request("PUT", "/receipts/\(key.hex)")
            request.body = .data(receipt.canonical)
            let response = try await self.send(request)
            guard [200, 201].contains(response.status) else { throw Trouble(response) }
        }
    }

    package func receipt(for key: TaskKey) async throws(ObjectError) -> Fields? {
        try await repeating("reading the receipt of", key) { () throws(Trouble) -> Fields? in
            let response = try await self.send(self.request("GET", "/receipts/\(key.hex)"))
            if response.status == 404 { return nil }
            guard response.status == 200 else { throw Trouble(response) }
            return try? Fields(canonical: response.body)
        }
    }

    package func receiptKeys() async throws(ObjectError) -> Set<TaskKey> {
        try await repeating("listing receipts in", nil) { () throws(Trouble) -> Set<TaskKey> in
            var request = self.request("GET", "/receipts")
            request.destination = .memory(limitBytes: 256 << 20)
            let response = try await self.send(request)
            guard response.status == 200 else { throw Trouble(response) }
            let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n")
            return Set(lines.compactMap { Digest(hex: String($0)) })
        }
    }

    // MARK: requests

    private func request(_ method: String, _ path: String) -> Request {
        var request = Request(method, base + path)
        request.headers = [("authorization", "Bearer \(door.ticket)"), ("x-snowflake-peer", peer)]
        request.pin = door.pin
        request.isRepeatable = true
        return request
    }

    private func send(_ request: Request) async throws(Trouble) -> Response {
        do throws(HTTPError) { return try await client.send(request) } catch { throw Trouble(error) }
    }

    private func repeating<Value>(
        _ doing: String, _ digest: Digest?, _ work: () async throws(Trouble) -> Value
    ) async throws(ObjectError) -> Value {
        for number in 1... {
            do throws(Trouble) {
                return try await work()
            } catch {
                let mayPass = error.mayPass || [409, 422].contains(error.status)
                guard mayPass, number < pauses.tries, !Task.isCancelled else {
                    let fault = error.fault(doing, "\(url)\(digest.map { "/" + $0.short } ?? "")")
                    guard error.status == 401 || error.status == 403 else { throw fault }
                    throw .failed(
                        operation: doing, path: url, reason: "the coordinator does not let this key in (any more)")
                }
                try await pauses.wait(before: number)
            }
        }
        preconditionFailure("the loop ends by itself")
    }
}

extension Depot {
    /// Opens the cluster's store by the first of its doors that can be used from here.
    ///
    /// - Parameters:
    ///   - fallback: the store's address as earlier releases told it, where there are no doors.
    ///   - host: where the coordinator was reached.
    ///   - peer: who shares the bandwidth.
    ///   - cache: where blobs of a store elsewhere are kept.
    package static func open(
        _ doors: [StoreDoor], fallback: String, reachedAt host: String, peer: String, cache: URL,
        limitBytes: Int64 = usualLimitBytes, environment: [String: String], client: HTTPClient,
        patience: Duration = .seconds(600), isShared: Bool = false
    ) throws(ObjectError) -> Depot {
        guard !doors.isEmpty else { return Depot(try FolderStore(url: fallback)) }
        var reasons: [String] = []
        for door in doors {
            do throws(ObjectError) {
                if door.url.hasPrefix("file://") {
                    // Another machine may have a folder of the same name: the store's own name tells.
                    guard let root = URL(string: door.url), FolderStore.identity(of: root) == door.pin,
                        access(root.appendingPathComponent("tmp").path, W_OK) == 0
                    else { continue }
                    return Depot(try FolderStore(url: door.url))
                }
                let remote: any RemoteStore =
                    door.url.hasPrefix("s3://")
                    ? try S3Store(url: door.url, environment: environment, client: client)
                    : try SnowStore(door: door, reachedAt: host, peer: peer, client: client)
                return Depot(
                    remote, cache: try FolderStore(root: cache), limitBytes: limitBytes, patience: patience,
                    isShared: isShared)
            } catch {
                reasons.append("\(error)")
            }
        }
        let all = reasons.isEmpty ? "its folder cannot be seen or written here" : reasons.joined(separator: "; ")
        throw .failed(operation: "opening", path: doors[0].url, reason: all)
    }
}
