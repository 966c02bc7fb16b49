package import Foundation
package import HTTP
package import Protocol
internal import Synchronization

/// Any S3 service (`design.md` 9): blobs and receipts under a prefix of a bucket, each created once.
///
///     s3://bucket/prefix                                   region and keys from the environment
///     s3://bucket/prefix?endpoint=http://10.0.0.5:9000     a service of one's own, path style
package final class S3Store: RemoteStore {
    /// Where the bucket is and how it is asked.
    package struct Place: Sendable, Equatable {
        package var bucket: String
        /// Without slashes at its ends; may be empty.
        package var prefix: String
        package var region: String
        /// `scheme://host[:port]` of a service of one's own; `nil` for Amazon's.
        package var endpoint: String?
        /// `host/bucket/key` instead of `bucket.host/key`.
        package var isPathStyle: Bool

        package init(bucket: String, prefix: String, region: String, endpoint: String?, isPathStyle: Bool) {
            self.bucket = bucket
            self.prefix = prefix
            self.region = region
            self.endpoint = endpoint
            self.isPathStyle = isPathStyle
        }
    }

    package let place: Place
    private let signer: SigV4
    private let client: HTTPClient
    private let pauses: Pauses
    /// Seconds by which the service's clock is ahead of ours, once it complained.
    private let skew = Mutex<Double>(0)

    /// Files larger than this go in parts, and parts are so large.
    static let partBytes: Int64 = 16 << 20
    static let multipartBytes: Int64 = 64 << 20
    /// No blob of ours is larger.
    package static let blobLimitBytes: Int64 = 1 << 42

    package init(place: Place, signer: SigV4, client: HTTPClient, pauses: Pauses = Pauses()) {
        self.place = place
        self.signer = signer
        self.client = client
        self.pauses = pauses
    }

    /// Opens what an address names, with the keys of an environment. Throws when a part of it is missing.
    package convenience init(url text: String, environment: [String: String], client: HTTPClient) throws(ObjectError) {
        guard let parts = URLComponents(string: text), parts.scheme == "s3", let bucket = parts.host, !bucket.isEmpty
        else {
            throw .badURL(text)
        }
        let options = Dictionary((parts.queryItems ?? []).map { ($0.name, $0.value ?? "") }) { first, _ in first }
        guard let keyID = environment["AWS_ACCESS_KEY_ID"], let secret = environment["AWS_SECRET_ACCESS_KEY"],
            !keyID.isEmpty, !secret.isEmpty
        else {
            throw .failed(
                operation: "opening", path: text,
                reason: "the keys are not set on this machine: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY")
        }
        let endpoint = options["endpoint"] ?? environment["AWS_ENDPOINT_URL"]
        if let endpoint, !["http://", "https://"].contains(where: endpoint.hasPrefix) { throw .badURL(text) }
        let region = options["region"] ?? environment["AWS_REGION"] ?? environment["AWS_DEFAULT_REGION"] ?? "us-east-1"
        self.init(
            place: Place(
                bucket: bucket, prefix: parts.path.split(separator: "/").joined(separator: "/"), region: region,
                endpoint: endpoint.map { String($0.reversed().drop { $0 == "/" }.reversed()) },
                isPathStyle: options["style"].map { $0 == "path" } ?? (endpoint != nil)),
            signer: SigV4(
                keyID: keyID, secret: secret, region: region, sessionToken: environment["AWS_SESSION_TOKEN"]),
            client: client)
    }

    package var url: String {
        "s3://\(place.bucket)\(place.prefix.isEmpty ? "" : "/" + place.prefix)"
            + (place.endpoint.map { "?endpoint=\($0)" } ?? "")
    }

    private func key(_ folder: String, _ digest: Digest) -> String {
        (place.prefix.isEmpty ? "" : place.prefix + "/") + "\(folder)/\(digest.hex.prefix(2))/\(digest.hex)"
    }

    /// An address from which anybody may fetch a blob for a while: for services that take pictures by address only.
    package func presigned(_ digest: Digest, seconds: Int) -> String? {
        let target = target(key("blobs", digest))
        return signer.presigned(
            SigV4.Call("GET", host: target.host, path: target.path), scheme: target.scheme, seconds: seconds, at: now)
    }

    /// Makes the bucket; one that is there already is fine.
    package func makeBucket() async throws(ObjectError) {
        try await repeating("making", place.bucket) { () throws(Trouble) in
            let response = try await self.send(self.request("PUT", nil))
            let trouble = Trouble(response)
            guard response.status == 200 || trouble.code == "BucketAlreadyOwnedByYou" else { throw trouble }
        }
    }

    /// What a clock that is wrong would do; for tests.
    package func shiftClock(by seconds: Double) { skew.withLock { $0 = seconds } }

    // MARK: blobs

    package func fetch(
        _ digest: Digest, into file: URL, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        try await repeating("fetching", key("blobs", digest)) { () throws(Trouble) in
            let held = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int64) ?? 0
            var request = self.request(
                "GET", self.key("blobs", digest), headers: held > 0 ? [("range", "bytes=\(held)-")] : [])
            request.destination = .end(of: file, limitBytes: Self.blobLimitBytes)
            request.timeLimit = .seconds(86_400)
            request.progress = { _ in progress() }
            let response = try await self.send(request)
            switch response.status {
            case 200, 206: return
            case 416: return  // All of it is there; whoever compares it will see.
            default:
                if held == 0 { unlink(file.path) }
                throw Trouble(response, missing: digest)
            }
        }
    }

    package func put(
        _ file: URL, as digest: Digest, sizeBytes: Int64, progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        guard try await size(of: digest) != sizeBytes else { return }
        guard sizeBytes <= Self.multipartBytes else {
            return try await putParts(file, key("blobs", digest), sizeBytes, progress)
        }
        try await repeating("storing", key("blobs", digest)) { () throws(Trouble) in
            var request = self.request(
                "PUT", self.key("blobs", digest),
                headers: [("if-none-match", "*"), ("content-type", "application/octet-stream")], hash: digest.hex)
            request.body = .file(file)
            request.timeLimit = .seconds(3_600)
            request.progress = { _ in progress() }
            let response = try await self.send(request)
            // It exists: somebody was quicker, or our own first answer was lost.
            guard ![200, 412].contains(response.status) else { return }
            throw Trouble(response)
        }
        guard try await size(of: digest) == sizeBytes else {
            throw .failed(operation: "storing", path: key("blobs", digest), reason: "what is there has another size")
        }
    }

    package func size(of digest: Digest) async throws(ObjectError) -> Int64? {
        try await repeating("looking for", key("blobs", digest)) { () throws(Trouble) -> Int64? in
            let response = try await self.send(self.request("HEAD", self.key("blobs", digest)))
            if response.status == 404 { return nil }
            guard response.status == 200, let size = response.headers["content-length"].flatMap({ Int64($0) }) else {
                throw Trouble(response)
            }
            return size
        }
    }

    package func doubt(_ digest: Digest) async throws(ObjectError) {
        try await repeating("removing", key("blobs", digest)) { () throws(Trouble) in
            let response = try await self.send(self.request("DELETE", self.key("blobs", digest)))
            guard [200, 204, 404].contains(response.status) else { throw Trouble(response) }
        }
    }

    // MARK: receipts

    package func keep(_ receipt: Fields, for key: TaskKey) async throws(ObjectError) {
        let body = receipt.canonical
        try await repeating("writing", self.key("keys", key)) { () throws(Trouble) in
            var request = self.request("PUT", self.key("keys", key), hash: SigV4.hash(body))
            request.body = .data(body)
            let response = try await self.send(request)
            guard response.status == 200 else { throw Trouble(response) }
        }
    }

    package func receipt(for key: TaskKey) async throws(ObjectError) -> Fields? {
        try await repeating("reading", self.key("keys", key)) { () throws(Trouble) -> Fields? in
            let response = try await self.send(self.request("GET", self.key("keys", key)))
            if response.status == 404 { return nil }
            guard response.status == 200 else { throw Trouble(response) }
            return try? Fields(canonical: response.body)
        }
    }

    package func receiptKeys() async throws(ObjectError) -> Set<TaskKey> {
        let prefix = (place.prefix.isEmpty ? "" : place.prefix + "/") + "keys/"
        var keys: Set<TaskKey> = []
        var token: String?
        repeat {
            var query: [(name: String, value: String)] = [("list-type", "2"), ("prefix", prefix), ("max-keys", "1000")]
            if let token { query.append(("continuation-token", token)) }
            let asked = query
            let page = try await repeating("listing", prefix) { () throws(Trouble) -> String in
                let response = try await self.send(self.request("GET", nil, query: asked))
                guard response.status == 200 else { throw Trouble(response) }
                return String(decoding: response.body, as: UTF8.self)
            }
            for name in S3Words.all("Key", in: page) {
                if let key = Digest(hex: String(name.suffix(64))) { keys.insert(key) }
            }
            token =
                S3Words.first("IsTruncated", in: page) == "true"
                ? S3Words.first("NextContinuationToken", in: page) : nil
        } while token != nil
        return keys
    }

    // MARK: parts

    /// In parts, going on with an upload of the same blob that was begun before and not ended.
    private func putParts(
        _ file: URL, _ key: String, _ size: Int64, _ progress: @escaping @Sendable () -> Void
    ) async throws(ObjectError) {
        let each = max(Self.partBytes, (size / 9_000 / (1 << 20) + 1) << 20)
        let count = Int((size + each - 1) / each)
        let upload = try await begin(key)
        var tags = try await parts(of: upload, key)
        for number in 1...count {
            let from = Int64(number - 1) * each
            let bytes = min(each, size - from)
            let part = try FilePart(file, from: from, count: bytes)
            if tags[number]?.trimmingCharacters(in: ["\""]) == part.md5 { continue }
            tags[number] = try await repeating("storing part \(number) of", key) { () throws(Trouble) -> String in
                var request = self.request(
                    "PUT", key, query: [("partNumber", "\(number)"), ("uploadId", upload)], hash: part.sha256)
                request.body = .part(file, from: from, count: bytes)
                request.timeLimit = .seconds(3_600)
                request.progress = { _ in progress() }
                let response = try await self.send(request)
                guard response.status == 200, let tag = response.headers["etag"] else { throw Trouble(response) }
                return tag
            }
        }
        let list = (1...count).map {
            "<Part><PartNumber>\($0)</PartNumber><ETag>\(S3Words.escaped(tags[$0] ?? ""))</ETag></Part>"
        }
        let body = Data("<CompleteMultipartUpload>\(list.joined())</CompleteMultipartUpload>".utf8)
        try await repeating("completing", key) { () throws(Trouble) in
            var request = self.request(
                "POST", key, query: [("uploadId", upload)], headers: [("content-type", "application/xml")],
                hash: SigV4.hash(body))
            request.body = .data(body)
            request.timeLimit = .seconds(1_800)
            let response = try await self.send(request)
            let words = String(decoding: response.body, as: UTF8.self)
            // 200 may carry an error. An upload that is gone was completed by an answer that was lost.
            guard response.status == 200, !words.contains("<Error>") else {
                let trouble = Trouble(response)
                if trouble.code == "NoSuchUpload" { return }
                throw trouble
            }
        }
    }

    private func begin(_ key: String) async throws(ObjectError) -> String {
        let page = try await repeating("looking for uploads of", key) { () throws(Trouble) -> String in
            let response = try await self.send(self.request("GET", nil, query: [("uploads", ""), ("prefix", key)]))
            return response.status == 200 ? String(decoding: response.body, as: UTF8.self) : ""
        }
        for upload in S3Words.all("Upload", in: page) where S3Words.first("Key", in: upload) == key {
            if let id = S3Words.first("UploadId", in: upload) { return id }
        }
        let answer = try await repeating("beginning", key) { () throws(Trouble) -> String in
            let response = try await self.send(
                self.request(
                    "POST", key, query: [("uploads", "")], headers: [("content-type", "application/octet-stream")]))
            guard response.status == 200 else { throw Trouble(response) }
            return String(decoding: response.body, as: UTF8.self)
        }
        guard let id = S3Words.first("UploadId", in: answer) else {
            throw .failed(operation: "beginning", path: key, reason: "the service gave no upload id")
        }
        return id
    }

    private func parts(of upload: String, _ key: String) async throws(ObjectError) -> [Int: String] {
        let page = try await repeating("listing parts of", key) { () throws(Trouble) -> String in
            let response = try await self.send(
                self.request("GET", key, query: [("uploadId", upload), ("max-parts", "1000")]))
            return response.status == 200 ? String(decoding: response.body, as: UTF8.self) : ""
        }
        var tags: [Int: String] = [:]
        for part in S3Words.all("Part", in: page) {
            if let number = S3Words.first("PartNumber", in: part).flatMap({ Int($0) }) {
                tags[number] = S3Words.first("ETag", in: part)
            }
        }
        return tags
    }

    // MARK: requests

    private func target(_ key: String?) -> (scheme: String, host: String, path: String) {
        let endpoint = place.endpoint ?? "https://s3.\(place.region).amazonaws.com"
        let scheme = endpoint.hasPrefix("http://") ? "http" : "https"
        let host = String(endpoint.dropFirst(scheme.count + 3))
        let path = key.map { "/" + $0 } ?? ""
        return place.isPathStyle
            ? (scheme, host, "/\(place.bucket)\(path)")
            : (scheme, "\(place.bucket).\(host)", path.isEmpty ? "/" : path)
    }

    private var now: Date { Date().addingTimeInterval(skew.withLock { $0 }) }

    private func request(
        _ method: String, _ key: String?, query: [(name: String, value: String)] = [],
        headers: [(name: String, value: String)] = [], hash: String = SigV4.emptyHash
    ) -> Request {
        let target = target(key)
        let words = SigV4.canonicalQuery(query)
        var request = Request(
            method,
            "\(target.scheme)://\(target.host)\(SigV4.encoded(target.path, keepsSlash: true))"
                + (words.isEmpty ? "" : "?" + words))
        request.headers = signer.headers(
            for: SigV4.Call(
                method, host: target.host, path: target.path, query: query, headers: headers, payloadHash: hash),
            at: now)
        request.allowsPlainHTTP = target.scheme == "http"
        request.isRepeatable = true
        return request
    }

    private func send(_ request: Request) async throws(Trouble) -> Response {
        do throws(HTTPError) { return try await client.send(request) } catch { throw Trouble(error) }
    }

    /// Does it again while the trouble may pass; once more with a corrected clock.
    private func repeating<Value>(
        _ doing: String, _ key: String, _ work: () async throws(Trouble) -> Value
    ) async throws(ObjectError) -> Value {
        var hasSetClock = false
        for number in 1... {
            do throws(Trouble) {
                return try await work()
            } catch {
                // The answer to a HEAD has no words: a clock that is far off explains a bare 403.
                let isOff = error.date.map { abs($0.timeIntervalSince(now)) > 600 } ?? false
                if error.code == "RequestTimeTooSkewed" || error.status == 403 && error.code.isEmpty && isOff,
                    !hasSetClock, let theirs = error.date
                {
                    hasSetClock = true
                    skew.withLock { $0 = theirs.timeIntervalSince(Date()) }
                    continue
                }
                guard error.mayPass, number < pauses.tries, !Task.isCancelled else {
                    throw error.fault("\(doing)", "\(url): \(key)")
                }
                try await pauses.wait(before: number)
            }
        }
        preconditionFailure("the loop ends by itself")
    }
}
