internal import Foundation
internal import HTTP
internal import Protocol

/// Why a call to an S3 service did not do its work, and whether it may do it another time (`providers/s3-store.md`, its
/// table of errors).
struct Trouble: Error {
    let status: Int
    let code: String
    let message: String
    var missing: Digest?
    var date: Date?

    init(_ response: Response, missing: Digest? = nil) {
        let words = String(decoding: response.body.prefix(4_000), as: UTF8.self)
        status = response.status
        date = response.headers["date"].flatMap(Self.date)
        code = S3Words.first("Code", in: words) ?? ""
        // Our own door says it in one plain line.
        let isPlain = response.headers["content-type"]?.hasPrefix("text/plain") ?? false
        message =
            S3Words.first("Message", in: words)
            ?? (isPlain ? words.prefix(200).trimmingCharacters(in: .whitespacesAndNewlines) : "")
        self.missing = missing
    }

    init(_ error: HTTPError) {
        status = 0
        if case .badRequest = error { code = "BadRequest" } else { code = "Unreachable" }
        message = "\(error)"
    }

    var mayPass: Bool {
        switch code {
        case "Unreachable", "RequestTimeout", "OperationAborted", "ConditionalRequestConflict", "InternalError",
            "SlowDown",
            "ServiceUnavailable", "BadDigest", "XAmzContentSHA256Mismatch":
            true
        case "QuotaExceeded", "XMinioStorageFull": false
        default: status >= 500 && status != 501 && status != 507
        }
    }

    func fault(_ doing: String, _ path: String) -> ObjectError {
        switch (status, code) {
        case (404, _) where missing != nil:
            missing.map { .missing($0) } ?? .failed(operation: doing, path: path, reason: "404")
        case (507, _), (_, "QuotaExceeded"), (_, "XMinioStorageFull"): .full(path: path)
        case (_, "SignatureDoesNotMatch"), (_, "InvalidAccessKeyId"), (_, "AccessDenied"), (401, _), (403, ""):
            .failed(
                operation: doing, path: path,
                reason: "the service does not take this machine's keys (\(code.isEmpty ? "\(status)" : code)); check "
                    + "AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and what they may do")
        case (_, "RequestTimeTooSkewed"):
            .failed(operation: doing, path: path, reason: "this machine's clock is more than 15 minutes off; set it")
        case (_, "AuthorizationHeaderMalformed"):
            .failed(
                operation: doing, path: path,
                reason: "the bucket is in another region: add region=… to the address (\(message))")
        case (_, "NoSuchBucket"):
            .failed(operation: doing, path: path, reason: "there is no such bucket; make it first")
        case (0, _): .failed(operation: doing, path: path, reason: message)
        default: .failed(operation: doing, path: path, reason: "\(status) \(code) \(message)")
        }
    }

    /// `Tue, 24 Nov 2026 17:00:00 GMT`.
    static func date(_ text: String) -> Date? {
        let words = text.split { " :,-".contains($0) }.map(String.init)
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        guard words.count >= 7, let day = Int(words[1]), let month = months.firstIndex(of: words[2]),
            let year = Int(words[3]),
            let hour = Int(words[4]), let minute = Int(words[5]), let second = Int(words[6])
        else { return nil }
        var parts = DateComponents()
        (parts.year, parts.month, parts.day) = (year, month + 1, day)
        (parts.hour, parts.minute, parts.second) = (hour, minute, second)
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = TimeZone(secondsFromGMT: 0) ?? .gmt
        return calendar.date(from: parts)
    }
}

/// What is needed of S3's small XML answers: the text of named elements, entities decoded.
enum S3Words {
    static func all(_ name: String, in text: String) -> [String] {
        var found: [String] = []
        var rest = text[...]
        while let open = rest.firstRange(of: "<\(name)>"), found.count < 100_000 {
            rest = rest[open.upperBound...]
            guard let close = rest.firstRange(of: "</\(name)>") else { break }
            found.append(decoded(String(rest[..<close.lowerBound])))
            rest = rest[close.upperBound...]
        }
        return found
    }

    static func first(_ name: String, in text: String) -> String? {
        guard let open = text.firstRange(of: "<\(name)>"),
            let close = text[open.upperBound...].firstRange(of: "</\(name)>")
        else { return nil }
        return decoded(String(text[open.upperBound..<close.lowerBound]))
    }

    private static func decoded(_ text: String) -> String {
        guard text.contains("&") else { return text }
        return text.replacing("&quot;", with: "\"").replacing("&lt;", with: "<").replacing("&gt;", with: ">")
            .replacing("&apos;", with: "'").replacing("&#34;", with: "\"").replacing("&amp;", with: "&")
    }

    static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing("\"", with: "&quot;")
    }
}
