import Foundation

/// The same service behind the wire of Stability: forms in, pictures out, at once.
struct Stability {
    let connection: Connection
    static let path = "/stability/v2beta/"
    /// Millionths of a dollar a call.
    private static let prices = ["generate/core": 30_000, "edit/inpaint": 50_000, "edit/remove-background": 50_000]

    private func refuse(_ status: Int, _ name: String) {
        connection.answer(status, ["id": "a", "name": name, "errors": [name]])
    }

    func submit(_ call: Connection.Call) {
        let action = String(call.path.dropFirst(Self.path.count + "stable-image/".count))
        guard let price = Self.prices[action] else { return refuse(404, "not_found") }
        guard let form = Form(call) else { return refuse(400, "bad_request") }
        let image = form["image"]
        guard action == "generate/core" ? form["prompt"] != nil : image.map({ $0.starts(with: [0x89, 0x50]) }) == true
        else { return refuse(400, "bad_request") }
        let fault = connection.service.next("submit")
        switch fault {
        case "reset_before": return connection.reset()
        case "429": return refuse(429, "rate_limit_exceeded")
        case "refuse", "moderate": return refuse(403, "content_moderation")
        default: break
        }
        let prompt = form["prompt"].map { String(decoding: $0, as: UTF8.self) } ?? ""
        let operation = connection.service.bill(
            price, account: call.account, model: action, prompt: "\(prompt) \(form["mask"].map(\.count) ?? 0)")
        if fault == "drop_answer" { return }
        let aspect = form["aspect_ratio"].map { String(decoding: $0, as: UTF8.self) } ?? "16:9"
        guard let picture = connection.service.picture(operation, of: image, aspect: aspect) else {
            return refuse(500, "internal_error")
        }
        connection.answer(
            200, ["image": picture.base64EncodedString(), "finish_reason": "SUCCESS", "seed": 1])
    }
}

/// A multipart form's parts by name.
struct Form {
    private var parts: [String: Data] = [:]

    init?(_ call: Connection.Call) {
        guard let type = call.headers["content-type"], type.hasPrefix("multipart/form-data"),
            let boundary = type.range(of: "boundary=").map({ String(type[$0.upperBound...]) })
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
}
