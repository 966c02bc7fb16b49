internal import CCurl
internal import Foundation
internal import Protocol

/// One easy handle and everything its callbacks touch. Lives on the client's thread alone, from its start to its end.
final class Transfer {
    let handle: UnsafeMutableRawPointer
    let request: Request
    let finish: (Result<Response, HTTPError>) -> Void
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var upload: UnsafeMutableRawBufferPointer?
    private var uploadFile: Int32 = -1
    private var uploadAt: Int64 = 0
    private var uploadLeft: Int64 = 0
    private var file: Int32 = -1
    private var body = Data()
    private var headers: [String: String] = [:]
    private var byteCount: Int64 = 0
    /// What the destination held before.
    private var held: Int64 = 0
    private var fault: String?

    init(_ request: Request, finish: @escaping (Result<Response, HTTPError>) -> Void) throws(HTTPError) {
        guard let handle = curl_easy_init() else { throw .badRequest("no memory") }
        self.handle = handle
        self.request = request
        self.finish = finish
        do {
            try prepare()
        } catch {
            release()
            throw error
        }
    }

    /// Frees everything; the handle is out of the multi handle by then.
    func release() {
        curl_easy_cleanup(handle)
        curl_slist_free_all(headerList)
        upload?.deallocate()
        if uploadFile >= 0 { close(uploadFile) }
        if file >= 0 { close(file) }
    }

    private func prepare() throws(HTTPError) {
        let scheme = request.url.prefix { $0 != ":" }.lowercased()
        guard scheme == "https" || scheme == "http" && request.allowsPlainHTTP else {
            throw .badRequest("\(scheme.isEmpty ? "an address without a scheme" : scheme) is not allowed here")
        }
        // A redirected POST would be sent twice.
        guard request.redirects == 0 || request.method == "GET" else {
            throw .badRequest("only a GET follows redirects, not a \(request.method)")
        }
        let schemes = request.allowsPlainHTTP ? "http,https" : "https"
        snowflake_set_text(handle, CURLOPT_URL, request.url)
        snowflake_set_text(handle, CURLOPT_PROTOCOLS_STR, schemes)
        snowflake_set_text(handle, CURLOPT_REDIR_PROTOCOLS_STR, schemes)
        snowflake_set_long(handle, CURLOPT_NOSIGNAL, 1)
        snowflake_set_long(handle, CURLOPT_FOLLOWLOCATION, request.redirects > 0 ? 1 : 0)
        snowflake_set_long(handle, CURLOPT_MAXREDIRS, request.redirects)
        snowflake_set_long(handle, CURLOPT_TIMEOUT_MS, Int(request.timeLimit.milliseconds))
        snowflake_set_long(handle, CURLOPT_CONNECTTIMEOUT_MS, Int(request.connectLimit.milliseconds))
        snowflake_set_long(handle, CURLOPT_LOW_SPEED_LIMIT, 1)
        snowflake_set_long(handle, CURLOPT_LOW_SPEED_TIME, Int(max(1, request.stallLimit.milliseconds / 1_000)))
        snowflake_set_text(handle, CURLOPT_CUSTOMREQUEST, request.method)
        snowflake_set_long(handle, CURLOPT_PATH_AS_IS, 1)
        if request.method == "HEAD" { snowflake_set_long(handle, CURLOPT_NOBODY, 1) }
        if let authority = request.authority { snowflake_set_text(handle, CURLOPT_CAINFO, authority) }
        if let pin = request.pin {
            snowflake_set_text(handle, CURLOPT_PINNEDPUBLICKEY, pin)
            snowflake_set_long(handle, CURLOPT_SSL_VERIFYPEER, 0)
            snowflake_set_long(handle, CURLOPT_SSL_VERIFYHOST, 0)
        }
        if request.method != "GET", !request.isRepeatable {
            // A connection kept open may die while we send; curl would then send the whole request again by itself.
            snowflake_set_long(handle, CURLOPT_FRESH_CONNECT, 1)
            snowflake_set_long(handle, CURLOPT_FORBID_REUSE, 1)
        }
        if request.isPublicOnly, !Self.hasProxy {
            // Asked with the address that was really connected to: no name that changes meanwhile gets by it. A proxy of the
            // user's own resolves names itself, and its own address is no result's.
            snowflake_set_before_request(handle) { _, peer, _, _, _ in
                let isPublic = peer.map { PublicAddress.holds(String(cString: $0)) } ?? false
                return isPublic ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT
            }
        }
        if let range = request.range {
            snowflake_set_text(handle, CURLOPT_RANGE, "\(range.from)-\(range.to.map(String.init) ?? "")")
        }
        try prepareHeaders()
        try prepareBody()
        try prepareDestination()
    }

    /// curl reads them itself.
    private static let hasProxy = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"].contains {
        ProcessInfo.processInfo.environment[$0]?.isEmpty == false
    }

    private func prepareHeaders() throws(HTTPError) {
        // Without this, curl waits for leave of its own before it sends a body.
        headerList = curl_slist_append(nil, "Expect:")
        for (name, value) in request.headers {
            guard !(name + value).contains(where: { $0.isNewline || $0 == "\0" }) else {
                throw .badRequest("the header \(name) holds a line break")
            }
            headerList = curl_slist_append(headerList, "\(name): \(value)")
        }
        snowflake_set_list(handle, CURLOPT_HTTPHEADER, headerList)
        let own = Unmanaged.passUnretained(self).toOpaque()
        snowflake_set_pointer(handle, CURLOPT_HEADERDATA, own)
        snowflake_set_transfer(handle, CURLOPT_HEADERFUNCTION) { bytes, size, count, own in
            Transfer.of(own).take(header: bytes, size * count)
            return size * count
        }
        snowflake_set_pointer(handle, CURLOPT_WRITEDATA, own)
        snowflake_set_transfer(handle, CURLOPT_WRITEFUNCTION) { bytes, size, count, own in
            Transfer.of(own).take(body: bytes, size * count) ? size * count : 0
        }
    }

    private static func of(_ own: UnsafeMutableRawPointer?) -> Transfer {
        guard let own else { preconditionFailure("curl calls back without the pointer it was given") }
        return Unmanaged<Transfer>.fromOpaque(own).takeUnretainedValue()
    }

    private func prepareBody() throws(HTTPError) {
        switch request.body {
        case .none:
            if !["GET", "HEAD"].contains(request.method) { snowflake_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, 0) }
        case .data(let data):
            let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: max(1, data.count), alignment: 1)
            data.copyBytes(to: copy)
            upload = copy
            snowflake_set_size(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(data.count))
            snowflake_set_pointer(handle, CURLOPT_POSTFIELDS, copy.baseAddress)
        case .file(let url): try prepareUpload(url, from: 0, count: nil)
        case .part(let url, let from, let count): try prepareUpload(url, from: from, count: count)
        }
    }

    private func prepareUpload(_ url: URL, from: Int64, count: Int64?) throws(HTTPError) {
        uploadFile = open(url.path, O_RDONLY | O_CLOEXEC)
        var info = stat()
        guard uploadFile >= 0, fstat(uploadFile, &info) == 0, from >= 0,
            Int64(info.st_size) >= from + (count ?? 0)
        else {
            throw .badRequest("\(url.path) cannot be read: \(String(cString: strerror(errno)))")
        }
        (uploadAt, uploadLeft) = (from, count ?? Int64(info.st_size) - from)
        snowflake_set_long(handle, CURLOPT_UPLOAD, 1)
        snowflake_set_long(handle, CURLOPT_UPLOAD_BUFFERSIZE, 512 << 10)
        snowflake_set_size(handle, CURLOPT_INFILESIZE_LARGE, curl_off_t(uploadLeft))
        snowflake_set_pointer(handle, CURLOPT_READDATA, Unmanaged.passUnretained(self).toOpaque())
        snowflake_set_transfer(handle, CURLOPT_READFUNCTION) { bytes, size, count, own in
            Transfer.of(own).give(bytes, size * count)
        }
    }

    private func give(_ bytes: UnsafeMutablePointer<CChar>?, _ room: Int) -> Int {
        let got = pread(uploadFile, bytes, Int(min(Int64(room), uploadLeft)), off_t(uploadAt))
        guard got >= 0 else { return Int(CURL_READFUNC_ABORT) }
        uploadAt += Int64(got)
        uploadLeft -= Int64(got)
        request.progress?(Int64(got))
        return got
    }

    private func prepareDestination() throws(HTTPError) {
        switch request.destination {
        case .memory(let limit):
            // The answer to a HEAD states a length that does not come.
            guard request.method != "HEAD" else { break }
            snowflake_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limit))
        case .file(let url, let limit):
            snowflake_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limit))
            try openDestination(url, O_TRUNC)
        case .end(let url, let limit):
            snowflake_set_size(handle, CURLOPT_MAXFILESIZE_LARGE, curl_off_t(limit))
            try openDestination(url, O_APPEND)
            var info = stat()
            if fstat(file, &info) == 0 { held = Int64(info.st_size) }
        }
        snowflake_set_long(handle, CURLOPT_BUFFERSIZE, 256 << 10)
    }

    private func openDestination(_ url: URL, _ how: Int32) throws(HTTPError) {
        file = open(url.path, O_WRONLY | O_CREAT | O_CLOEXEC | how, 0o600)
        guard file >= 0 else {
            throw .badRequest("\(url.path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    // MARK: what comes in

    private func take(header bytes: UnsafeMutablePointer<CChar>?, _ count: Int) {
        guard let bytes else { return }
        let line = String(decoding: UnsafeRawBufferPointer(start: bytes, count: count), as: UTF8.self)
        if line.hasPrefix("HTTP/") { headers = [:] }  // A new answer: after a redirect or a 100.
        guard let colon = line.firstIndex(of: ":"), headers.count < 200 else { return }
        headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
            in: .whitespacesAndNewlines)
    }

    private func take(body bytes: UnsafeMutablePointer<CChar>?, _ count: Int) -> Bool {
        guard let bytes else { return count == 0 }
        byteCount += Int64(count)
        request.progress?(Int64(count))
        switch request.destination {
        case .memory(let limit):
            guard byteCount <= limit else { return false }
            body.append(UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: count)
        case .file(let url, let limit), .end(let url, let limit):
            if case .end = request.destination, byteCount == Int64(count) || !body.isEmpty {
                var status = 0
                snowflake_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
                guard status == 200 || status == 206 else { return keepWords(bytes, count) }
                if status == 206, let part = headers["content-range"], !part.hasPrefix("bytes \(held)-") {
                    return fails("asked for what follows \(held) bytes, \(part) came")
                }
                if status == 200, held > 0 {
                    held = 0
                    guard ftruncate(file, 0) == 0 else { return fails("\(url.path) cannot be begun anew") }
                }
            }
            guard held + byteCount <= limit else { return false }
            var offset = 0
            while offset < count {
                let written = write(file, bytes + offset, count - offset)
                guard written > 0 else {
                    return fails("\(url.path) cannot be written: \(String(cString: strerror(errno)))")
                }
                offset += written
            }
        }
        return true
    }

    /// Why nothing comes is no part of the file.
    private func keepWords(_ bytes: UnsafeMutablePointer<CChar>, _ count: Int) -> Bool {
        if body.count < Self.wordsLimit {
            body.append(UnsafeRawPointer(bytes).assumingMemoryBound(to: UInt8.self), count: count)
        }
        return true
    }

    private static let wordsLimit = 64 << 10

    private func fails(_ reason: String) -> Bool {
        fault = reason
        return false
    }

    // MARK: the end

    /// Tells what became of it. `code` is curl's; nil when we ended it ourselves.
    func end(_ code: CURLcode?) {
        var status = 0
        snowflake_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        var sent = 0
        snowflake_get_long(handle, CURLINFO_REQUEST_SIZE, &sent)
        var uploaded: curl_off_t = 0
        snowflake_get_size(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        let wasSent = sent > 0 || uploaded > 0
        guard let code else { return fail(.cancelled(wasSent: wasSent)) }
        guard code == CURLE_OK, fault == nil else {
            let reason = fault ?? String(cString: curl_easy_strerror(code))
            guard wasSent else { return fail(.notSent(reason)) }
            if code == CURLE_FILESIZE_EXCEEDED || isOverLimit { return fail(.tooLarge(limitBytes: limitBytes)) }
            return fail(status > 0 ? .brokenAnswer(status: status, reason) : .unknown(reason))
        }
        finish(.success(Response(status: status, headers: headers, body: body, byteCount: byteCount)))
    }

    private var limitBytes: Int64 {
        switch request.destination {
        case .memory(let limit): Int64(limit)
        case .file(_, let limit), .end(_, let limit): limit
        }
    }

    private var isOverLimit: Bool { fault == nil && held + byteCount > limitBytes }

    private func fail(_ error: HTTPError) {
        if case .file(let url, _) = request.destination { unlink(url.path) }
        finish(.failure(error))
    }
}
