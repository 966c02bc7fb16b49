package import Film
package import Foundation

/// One request as a service gets it.
package struct Call: Sendable {
    package var method: String
    /// Below the service's own root: `/v1/tasks/x`.
    package var path: String
    package var query: [String: String] = [:]
    /// By lower-case name.
    package var headers: [String: String] = [:]
    package var body = Data()
    /// Where this service is reached: `http://127.0.0.1:4000/runway`.
    package var base: String
    /// Whose key came with it; set when it was looked at.
    package var account = ""

    package init(_ method: String, _ path: String, base: String = "") {
        self.method = method
        self.path = path
        self.base = base
    }

    /// `nil` for what is no JSON.
    var json: JSON? { try? JSON(text: body) }

    /// The key of `Authorization: SCHEME KEY`.
    func authorization(_ scheme: String) -> String? {
        guard let value = headers["authorization"], value.hasPrefix(scheme + " ") else { return nil }
        return String(value.dropFirst(scheme.count + 1))
    }

    /// What follows `prefix` in the path; `nil` when it begins otherwise.
    func tail(_ prefix: String) -> String? { path.hasPrefix(prefix) ? String(path.dropFirst(prefix.count)) : nil }
}

/// What is answered, and what goes wrong below HTTP while it is.
package struct Reply: Sendable {
    package enum Mishap: Sendable, Equatable {
        case none
        /// The connection ends without an answer, in good order or with a reset.
        case silence, reset
        /// Nothing comes for an hour.
        case hang
        /// Half of the body is sent.
        case half
        /// The answer itself takes two seconds.
        case slow
    }

    package var status: Int
    package var headers: [(name: String, value: String)] = []
    package var body: Data
    package var mishap = Mishap.none
    /// Instead of the true length.
    package var announcedBytes: Int?
    /// Of the service's own time, before the answer begins.
    package var afterMilliseconds: Int64 = 0

    package init(_ status: Int, _ json: JSON, _ headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = [("Content-Type", "application/json")] + headers
        body = Data(json.text.utf8)
    }

    package init(_ status: Int, _ body: Data, type: String, _ headers: [(name: String, value: String)] = []) {
        self.status = status
        self.headers = [("Content-Type", type)] + headers
        self.body = body
    }

    static let nothingHere = Reply(404, .of(["error": "nothing is here"]))
    static func mishap(_ mishap: Mishap) -> Reply {
        var reply = Reply(500, Data(), type: "text/plain")
        reply.mishap = mishap
        return reply
    }
}

/// A multipart form's parts by name, and the types they say they have.
struct Form {
    private var parts: [String: Data] = [:]

    init?(_ call: Call) {
        guard let type = call.headers["content-type"], type.hasPrefix("multipart/form-data"),
            let boundary = type.range(of: "boundary=").map({ type[$0.upperBound...].filter { $0 != "\"" } })
        else { return nil }
        let line = Data("--\(boundary)".utf8)
        var rest = call.body[...]
        while let start = rest.firstRange(of: line) {
            rest = rest[start.upperBound...]
            guard let end = rest.firstRange(of: line), let head = rest.firstRange(of: Data("\r\n\r\n".utf8)),
                head.upperBound <= end.lowerBound
            else { break }
            let words = String(decoding: rest[..<head.lowerBound], as: UTF8.self)
            if let name = words.firstMatch(of: /name="([^"]*)"/)?.1 {
                parts[String(name)] = Data(rest[head.upperBound..<max(head.upperBound, end.lowerBound - 2)])
            }
            rest = rest[end.lowerBound...]
        }
    }

    subscript(_ name: String) -> Data? { parts[name] }
    func text(_ name: String) -> String? { parts[name].map { String(decoding: $0, as: UTF8.self) } }
}

/// Pictures as requests carry them.
enum Shown {
    /// Bare base64 or a data URI; `nil` for what is neither PNG, JPEG nor WebP.
    static func picture(_ text: String?) -> Data? {
        guard let text, let data = Data(base64Encoded: text.split(separator: ",").last.map(String.init) ?? ""),
            isPicture(data)
        else { return nil }
        return data
    }

    static func isPicture(_ data: Data) -> Bool {
        data.starts(with: [0x89, 0x50, 0x4E, 0x47]) || data.starts(with: [0xFF, 0xD8])
            || data.starts(with: Array("RIFF".utf8))
    }
}
