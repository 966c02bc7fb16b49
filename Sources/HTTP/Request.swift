package import Foundation
package import Protocol

/// One request. Nothing of it is ever repeated by this room: no retry, and no redirect unless it is asked for.
package struct Request: Sendable {
    package enum Body: Sendable {
        case none
        case data(Data)
        case file(URL)
        /// Some bytes of a file.
        case part(URL, from: Int64, count: Int64)
    }

    package enum Destination: Sendable {
        /// The answer's body in memory; more than the limit is an error.
        case memory(limitBytes: Int)
        /// Into a file, which is made anew; removed again when the transfer fails.
        case file(URL, limitBytes: Int64)
        /// Behind what a file holds already; what came stays when the transfer fails. The limit is for the whole file. An
        /// answer of 200 begins it anew; the words of any other but 206 are in the response.
        case end(of: URL, limitBytes: Int64)
    }

    package var method: String
    package var url: String
    package var headers: [(name: String, value: String)] = []
    package var body = Body.none
    package var destination = Destination.memory(limitBytes: 4 << 20)
    /// From connecting to the last byte.
    package var timeLimit = Span.seconds(60)
    package var connectLimit = Span.seconds(15)
    /// Fewer than a byte a second for so long ends it.
    package var stallLimit = Span.seconds(30)
    package var redirects = 0
    /// First and last byte wanted, where the server knows ranges.
    package var range: (from: Int64, to: Int64?)?
    /// SHA-256 of the one public key the server may have, as curl writes it (`sha256//…=`): for servers that no authority
    /// vouches for. Nobody else's certificate counts then.
    package var pin: String?
    /// A file of certificates to trust instead of the system's: for servers with an authority of their own.
    package var authority: String?
    /// The request may arrive twice without harm: connections are kept open for it.
    package var isRepeatable = false
    /// Told now and then, with the bytes of body that came or went; on the client's own thread, so it is quick.
    package var progress: (@Sendable (Int64) -> Void)?
    /// Plain `http` is for services on this machine and in tests; everything else is TLS, verified.
    package var allowsPlainHTTP = false

    /// No byte is sent to an address of this machine or of a private network, whatever a name or a redirect leads to: for
    /// addresses that somebody else gave.
    package var isPublicOnly = false

    package init(_ method: String, _ url: String) {
        self.method = method
        self.url = url
    }
}

/// What a server answered, whatever its status.
package struct Response: Sendable {
    package let status: Int
    /// Names in lower case; of two with one name the last.
    package let headers: [String: String]
    /// Empty when the body went into a file.
    package let body: Data
    package let byteCount: Int64

    package init(status: Int, headers: [String: String], body: Data, byteCount: Int64) {
        self.status = status
        self.headers = headers
        self.body = body
        self.byteCount = byteCount
    }

    /// Seconds or a date are both allowed by RFC 9110; only seconds are believed, up to a day.
    package var retryAfter: Span? {
        headers["retry-after"].flatMap { Int64($0) }.map { .seconds(min(max($0, 0), 86_400)) }
    }
}

/// Why there is no answer. What matters for money is whether the request can have arrived.
package enum HTTPError: Error, Equatable, CustomStringConvertible {
    /// Surely no byte of the request reached the server: it is safe to send it again.
    case notSent(String)
    /// It was sent, at least in part, and no whole answer came: the server may have acted on it.
    case unknown(String)
    /// The answer's head came; its body is broken, too slow or cannot be kept.
    case brokenAnswer(status: Int, String)
    /// The answer has more bytes than its caller takes, or says so.
    case tooLarge(limitBytes: Int64)
    case cancelled(wasSent: Bool)
    case badRequest(String)

    package var description: String {
        switch self {
        case .notSent(let reason): "the request was not sent: \(reason)"
        case .unknown(let reason): "no answer came, and it may have arrived: \(reason)"
        case .brokenAnswer(let status, let reason): "the answer (\(status)) is broken: \(reason)"
        case .tooLarge(let limit): "the answer has more than \(limit) bytes"
        case .cancelled: "cancelled"
        case .badRequest(let reason): "the request cannot be made: \(reason)"
        }
    }
}
