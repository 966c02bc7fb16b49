package import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import NIOCore
package import Transport

/// A request to the control API, below `/api/v1`.
package struct ControlRequest: Sendable {
    package let method: String
    /// Without `/api/v1`: `["jobs", "j-…", "tasks"]`.
    package let path: [String]
    package let query: [String: String]
    package let body: Data
    package let holder: Enrolment.Entry

    package init(
        method: String, path: [String], query: [String: String], body: Data, holder: Enrolment.Entry
    ) {
        self.method = method
        self.path = path
        self.query = query
        self.body = body
        self.holder = holder
    }
}

/// What the control API answers: one document, or lines as they come until the asker goes.
package enum ControlAnswer: Sendable {
    case document(status: Int, Data)
    case lines(AsyncStream<Data>)
}

/// HTTP around the control API: bodies are bounded, tickets are looked at before.
struct ControlDesk: Sendable {
    let answer: @Sendable (ControlRequest) async -> ControlAnswer

    /// Nobody's act is larger.
    private static let bodyLimit = 256 << 10

    func addRoutes(to group: RouterGroup<GatewayContext>) {
        for method in [HTTPRequest.Method.get, .post] {
            group.on("api/v1/**", method: method) { request, context in try await self.handle(request, context) }
        }
    }

    private func handle(_ request: Request, _ context: GatewayContext) async throws -> Response {
        guard let holder = context.holder else { return Answer.text(.unauthorized, "no ticket\n") }
        let body: ByteBuffer
        do { body = try await request.body.collect(upTo: Self.bodyLimit) } catch {
            return Answer.text(.contentTooLarge, "a body has at most \(Self.bodyLimit) bytes\n")
        }
        var query: [String: String] = [:]
        for (name, value) in request.uri.queryParameters { query[String(name)] = String(value) }
        let path = request.uri.path.split(separator: "/").dropFirst(2)
            .map { String($0).removingPercentEncoding ?? String($0) }
        let asked = ControlRequest(
            method: request.method.rawValue, path: path, query: query, body: Data(body.readableBytesView),
            holder: holder)
        switch await answer(asked) {
        case .document(let status, let data):
            return Response(
                status: .init(code: status), headers: [.contentType: "application/json"],
                body: .init(byteBuffer: ByteBuffer(bytes: data)))
        case .lines(let lines):
            return Response(
                status: .ok, headers: [.contentType: "application/x-ndjson"],
                body: ResponseBody { writer in
                    // Ends with the lines, or when the asker goes: then writing throws, and the stream is let go of.
                    for await line in lines { try await writer.write(ByteBuffer(bytes: line)) }
                    try await writer.finish(nil)
                })
        }
    }
}
