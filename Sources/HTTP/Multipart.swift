package import Foundation

/// A `multipart/form-data` body (RFC 7578), put together in memory: fields and small files of one request.
package struct Multipart: Sendable {
    private var parts: [(name: String, fileName: String?, type: String?, data: Data)] = []

    package init() {}

    package mutating func field(_ name: String, _ value: String) {
        parts.append((name, nil, nil, Data(value.utf8)))
    }

    package mutating func file(_ name: String, fileName: String, type: String, _ data: Data) {
        parts.append((name, fileName, type, data))
    }

    /// Names cannot end their own line or quotes (the way browsers write them).
    private static func quoted(_ text: String) -> String {
        text.replacing("\"", with: "%22").replacing("\r", with: "%0D").replacing("\n", with: "%0A")
    }

    /// The body and its `Content-Type`. The same parts give the same bytes: the line between them is the first numbered one
    /// that none of them holds.
    package func encoded() -> (body: Data, contentType: String) {
        var number = 0
        var boundary = "snowflake-0"
        while parts.contains(where: { $0.data.range(of: Data("--\(boundary)".utf8)) != nil }) {
            number += 1
            boundary = "snowflake-\(number)"
        }
        var body = Data()
        for part in parts {
            var head = "--\(boundary)\r\nContent-Disposition: form-data; name=\"\(Self.quoted(part.name))\""
            if let fileName = part.fileName { head += "; filename=\"\(Self.quoted(fileName))\"" }
            head += "\r\n"
            if let type = part.type { head += "Content-Type: \(type)\r\n" }
            body.append(Data((head + "\r\n").utf8))
            body.append(part.data)
            body.append(Data("\r\n".utf8))
        }
        body.append(Data("--\(boundary)--\r\n".utf8))
        return (body, "multipart/form-data; boundary=\(boundary)")
    }
}

extension Request {
    /// Gives the request a form as its body.
    package mutating func set(_ form: Multipart) {
        let (body, type) = form.encoded()
        headers.append(("Content-Type", type))
        self.body = .data(body)
    }
}
