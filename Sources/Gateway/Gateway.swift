internal import Foundation
internal import HTTPTypes
internal import Hummingbird
internal import HummingbirdTLS
internal import Logging
internal import NIOCore
package import Objects
internal import Protocol
internal import Synchronization
internal import Transport

/// Why the HTTPS door cannot be opened.
package struct GatewayError: Error, CustomStringConvertible {
    package let description: String
}

/// What the door shows of the coordinator.
package struct GatewayPages: Sendable {
    /// Prometheus' text format.
    package var metrics: @Sendable () async -> String
    /// Whether work is taken.
    package var isReady: @Sendable () async -> Bool
    /// The control API; `nil` where there is none.
    package var control: (@Sendable (ControlRequest) async -> ControlAnswer)?

    package init(
        metrics: @escaping @Sendable () async -> String = { "" },
        isReady: @escaping @Sendable () async -> Bool = { true },
        control: (@Sendable (ControlRequest) async -> ControlAnswer)? = nil
    ) {
        self.metrics = metrics
        self.isReady = isReady
        self.control = control
    }
}

/// The coordinator's HTTPS door: its store for machines that have no common folder with it, health, metrics.
///
///     GET /healthz, /readyz                                 for everybody
///     GET /metrics                                          any ticket
///     GET, HEAD /blobs/HEX, /receipts/HEX, GET /receipts    any ticket
///     PUT /blobs/HEX, HEAD /uploads/HEX, POST /blobs/HEX/check     workers and operators
///     PUT /receipts/HEX                                            operators
///     GET, POST /api/v1/…                                          what the ticket's role may look at and do
package final class Gateway: Sendable {
    private let objects: FolderStore?
    private let tickets: Tickets
    private let pages: GatewayPages
    private let desk: BlobDesk?
    private let running = Mutex<Task<Void, any Error>?>(nil)

    /// - Parameter objects: the store that is handed out; `nil` where it is elsewhere.
    package init(objects: FolderStore?, tickets: Tickets, pages: GatewayPages = GatewayPages()) {
        self.objects = objects
        self.tickets = tickets
        self.pages = pages
        desk = objects.map { BlobDesk($0) }
    }

    /// Bytes and transfers since the start.
    package var counts: (sent: Int64, received: Int64, running: Int) { desk?.counts ?? (0, 0, 0) }

    /// Opens the door.
    /// - Parameter port: 0 takes any free one.
    /// - Returns: the port.
    package func start(host: String, port: Int, identity: ServerIdentity) async throws(GatewayError) -> Int {
        let (ports, inlet) = AsyncStream<Int>.makeStream()
        let task: Task<Void, any Error>
        do {
            var quiet = Logger(label: "gateway")
            quiet.logLevel = .critical
            let application = Application(
                router: router(),
                server: try .tls(
                    .http1(configuration: .init(idleTimeout: .seconds(120))),
                    tlsConfiguration: try identity.configuration()),
                configuration: .init(address: .hostname(host, port: port), backlog: 1_024),
                onServerRunning: { channel in
                    Self.keepFromChildren()
                    inlet.yield(channel.localAddress?.port ?? 0)
                }, logger: quiet)
            // Cancelled by `stop`.
            task = Task {
                defer { inlet.finish() }
                try await application.run()
            }
        } catch {
            throw GatewayError(description: "the HTTPS door's certificate cannot be made: \(error)")
        }
        for await port in ports {
            running.withLock { $0 = task }
            return port
        }
        let reason: String
        do {
            try await task.value
            reason = "it ended at once"
        } catch {
            reason = "\(error)"
        }
        throw GatewayError(
            description:
                "cannot listen for HTTPS on \(host):\(port): \(reason); choose another port with --https or stop "
                + "the program that has it")
    }

    /// The listening socket is not for programs this process starts: one that outlived it would keep the port, and the
    /// next coordinator could not open its door. SwiftNIO leaves the flag off.
    private static func keepFromChildren() {
        let own = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")) ?? []
        for descriptor in own.compactMap(Int32.init) where descriptor > 2 {
            let flags = fcntl(descriptor, F_GETFD)
            if flags >= 0 { _ = fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) }
        }
    }

    package func stop() async {
        let task = running.withLock { task in
            defer { task = nil }
            return task
        }
        task?.cancel()
        _ = await task?.result
    }

    private func router() -> Router<GatewayContext> {
        let router = Router(context: GatewayContext.self)
        router.get("healthz") { _, _ in Answer.text(.ok, "ok\n") }
        router.get("readyz") { [pages] _, _ in
            await pages.isReady() ? Answer.text(.ok, "ready\n") : Answer.text(.serviceUnavailable, "not ready\n")
        }
        let guarded = router.group().add(middleware: TicketGuard(tickets: tickets))
        guarded.get("metrics") { [pages, desk] _, _ in
            let own = desk.map { Self.traffic($0.counts) } ?? ""
            return Answer.text(.ok, await pages.metrics() + own, type: "text/plain; version=0.0.4")
        }
        if let desk { desk.addRoutes(to: guarded) }
        if let control = pages.control { ControlDesk(answer: control).addRoutes(to: guarded) }
        return router
    }
}

extension Gateway {
    fileprivate static func traffic(_ counts: (sent: Int64, received: Int64, running: Int)) -> String {
        """
        # HELP snowflake_store_sent_bytes_total Bytes of blobs handed out.
        # TYPE snowflake_store_sent_bytes_total counter
        snowflake_store_sent_bytes_total \(counts.sent)
        # HELP snowflake_store_received_bytes_total Bytes of blobs taken in.
        # TYPE snowflake_store_received_bytes_total counter
        snowflake_store_received_bytes_total \(counts.received)
        # HELP snowflake_store_transfers Transfers under way.
        # TYPE snowflake_store_transfers gauge
        snowflake_store_transfers \(counts.running)

        """
    }
}

/// A request, and who sent it.
struct GatewayContext: RequestContext {
    var coreContext: CoreRequestContextStorage
    var holder: Enrolment.Entry?
    /// Whose share of the bandwidth it is.
    var peer = ""

    init(source: Source) { coreContext = .init(source: source) }
}

/// Lets in whoever has a ticket that counts.
struct TicketGuard: RouterMiddleware {
    let tickets: Tickets

    func handle(
        _ request: Request, context: GatewayContext,
        next: (Request, GatewayContext) async throws -> Response
    ) async throws -> Response {
        let words = request.headers[.authorization] ?? ""
        guard words.hasPrefix("Bearer "), let holder = tickets.holder(of: words.dropFirst(7)) else {
            return Answer.text(.unauthorized, "no ticket, or one that does not count (any more)\n")
        }
        var context = context
        context.holder = holder
        let name = HTTPField.Name("x-snowflake-peer").flatMap { request.headers[$0] } ?? ""
        context.peer = "\(holder.token.rawValue)/\(name.prefix(64))"
        return try await next(request, context)
    }
}

/// Answers of a line.
enum Answer {
    static func text(_ status: HTTPResponse.Status, _ text: String, type: String = "text/plain") -> Response {
        Response(status: status, headers: [.contentType: type], body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    static func head(_ status: HTTPResponse.Status, length: Int64, held: Int64? = nil) -> Response {
        var response = Response(
            status: status,
            body: ResponseBody(contentLength: Int(clamping: length)) { writer in try await writer.finish(nil) })
        if let held, let name = HTTPField.Name("x-held") { response.headers[name] = "\(held)" }
        return response
    }
}
