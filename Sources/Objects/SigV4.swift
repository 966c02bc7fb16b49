internal import Crypto
package import Foundation
internal import Protocol

/// AWS Signature Version 4, as S3 wants it. Pure: the time is a parameter, and nothing is sent. Source: the signing
/// recipe of the S3 API reference; proven on its published vectors (`SigV4Tests`).
package struct SigV4: Sendable {
    package let keyID: String
    package let region: String
    private let secret: String
    private let sessionToken: String?

    package init(keyID: String, secret: String, region: String, sessionToken: String? = nil) {
        self.keyID = keyID
        self.secret = secret
        self.region = region
        self.sessionToken = sessionToken
    }

    /// What is signed of a request. Path and query are as they are meant, not encoded.
    package struct Call: Sendable {
        package var method: String
        package var host: String
        /// Begins with a slash.
        package var path: String
        package var query: [(name: String, value: String)]
        /// Besides `host`, `x-amz-date` and `x-amz-content-sha256`, which are added.
        package var headers: [(name: String, value: String)]
        /// Of the body: 64 hexadecimal digits, or `UNSIGNED-PAYLOAD`.
        package var payloadHash: String

        package init(
            _ method: String, host: String, path: String, query: [(name: String, value: String)] = [],
            headers: [(name: String, value: String)] = [], payloadHash: String = SigV4.emptyHash
        ) {
            self.method = method
            self.host = host
            self.path = path
            self.query = query
            self.headers = headers
            self.payloadHash = payloadHash
        }
    }

    /// The hash of nothing.
    package static let emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    package static let unsigned = "UNSIGNED-PAYLOAD"

    /// All headers the request is to carry, its own and those of the signature.
    package func headers(for call: Call, at now: Date) -> [(name: String, value: String)] {
        let stamp = Self.stamp(now)
        var headers = call.headers + [("x-amz-date", stamp), ("x-amz-content-sha256", call.payloadHash)]
        if let sessionToken { headers.append(("x-amz-security-token", sessionToken)) }
        let signed = Self.canonical(headers + [("host", call.host)])
        let names = signed.map(\.name).joined(separator: ";")
        let signature = sign(Self.request(call, call.query, signed, names), stamp)
        headers.append(
            (
                "Authorization",
                "AWS4-HMAC-SHA256 Credential=\(keyID)/\(scope(stamp)), SignedHeaders=\(names), Signature=\(signature)"
            ))
        return headers
    }

    /// An address that anybody may use for a while, for one method.
    /// - Parameters:
    ///   - scheme: `https`, or `http` for a server on this machine.
    ///   - seconds: 1 to 604,800.
    package func presigned(_ call: Call, scheme: String = "https", seconds: Int, at now: Date) -> String {
        let stamp = Self.stamp(now)
        var query = call.query
        query += [
            ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"), ("X-Amz-Credential", "\(keyID)/\(scope(stamp))"),
            ("X-Amz-Date", stamp), ("X-Amz-Expires", "\(min(max(seconds, 1), 604_800))"),
            ("X-Amz-SignedHeaders", "host"),
        ]
        if let sessionToken { query.append(("X-Amz-Security-Token", sessionToken)) }
        var open = call
        open.payloadHash = Self.unsigned
        let signature = sign(Self.request(open, query, [("host", call.host)], "host"), stamp)
        return "\(scheme)://\(call.host)\(Self.encoded(call.path, keepsSlash: true))?\(Self.canonicalQuery(query))"
            + "&X-Amz-Signature=\(signature)"
    }

    // MARK: steps

    static func stamp(_ now: Date) -> String {
        let seconds = Int64(now.timeIntervalSince1970.rounded(.down))
        let (days, rest) = seconds.quotientAndRemainder(dividingBy: 86_400)
        let (year, month, day) = civil(days)
        func padded(_ number: Int64, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return padded(year, 4) + padded(month, 2) + padded(day, 2) + "T" + padded(rest / 3_600, 2)
            + padded(rest / 60 % 60, 2) + padded(rest % 60, 2) + "Z"
    }

    /// Year, month and day of a number of days since 1970.
    private static func civil(_ days: Int64) -> (Int64, Int64, Int64) {
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let day = z - era * 146_097
        let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365
        let ofYear = day - (365 * year + year / 4 - year / 100)
        let month = (5 * ofYear + 2) / 153
        return (
            year + era * 400 + (month < 10 ? 0 : 1), month < 10 ? month + 3 : month - 9,
            ofYear - (153 * month + 2) / 5 + 1
        )
    }

    private func scope(_ stamp: String) -> String { "\(stamp.prefix(8))/\(region)/s3/aws4_request" }

    private func sign(_ request: String, _ stamp: String) -> String {
        let text = "AWS4-HMAC-SHA256\n\(stamp)\n\(scope(stamp))\n\(Self.hash(Data(request.utf8)))"
        var key = SymmetricKey(data: Data("AWS4\(secret)".utf8))
        for word in [String(stamp.prefix(8)), region, "s3", "aws4_request"] {
            key = SymmetricKey(data: Data(HMAC<SHA256>.authenticationCode(for: Data(word.utf8), using: key)))
        }
        return Self.hex(Data(HMAC<SHA256>.authenticationCode(for: Data(text.utf8), using: key)))
    }

    /// The hash of a body, as `x-amz-content-sha256` carries it.
    package static func hash(_ data: Data) -> String { hex(Data(SHA256.hash(data: data))) }

    private static func hex(_ data: Data) -> String {
        data.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// Lower-case names in order of their names alone, values trimmed, inner runs of blanks one.
    private static func canonical(_ headers: [(name: String, value: String)]) -> [(name: String, value: String)] {
        headers.map { ($0.name.lowercased(), $0.value.split(whereSeparator: \.isWhitespace).joined(separator: " ")) }
            .sorted { $0.0 < $1.0 }
    }

    private static func request(
        _ call: Call, _ query: [(name: String, value: String)], _ headers: [(name: String, value: String)],
        _ names: String
    ) -> String {
        ([call.method, encoded(call.path, keepsSlash: true), canonicalQuery(query)]
            + headers.map { "\($0.name):\($0.value)" } + ["", names, call.payloadHash]).joined(separator: "\n")
    }

    /// As it is signed and as it is sent: encoded, sorted, every name with its `=`.
    package static func canonicalQuery(_ query: [(name: String, value: String)]) -> String {
        query.map { (encoded($0.name, keepsSlash: false), encoded($0.value, keepsSlash: false)) }
            .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map { "\($0.0)=\($0.1)" }.joined(separator: "&")
    }

    /// Every byte but `A–Z a–z 0–9 - . _ ~` as `%XX`.
    package static func encoded(_ text: String, keepsSlash: Bool) -> String {
        var out = ""
        let digits = Array("0123456789ABCDEF")
        for byte in text.utf8 {
            switch byte {
            case 0x41...0x5A, 0x61...0x7A, 0x30...0x39, 0x2D, 0x2E, 0x5F, 0x7E:
                out.unicodeScalars.append(Unicode.Scalar(byte))
            case 0x2F where keepsSlash: out += "/"
            default: out += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return out
    }
}

extension SigV4: CustomStringConvertible {
    /// Keys are never shown.
    package var description: String { "credentials •••" }
}
