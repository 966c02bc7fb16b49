import Foundation
import HTTP
import Protocol
import Providers
import TestKit
import Testing

@Suite("HTTP and what is known of a request that failed", .timeLimit(.minutes(2)))
struct HTTPTests {
    static let http = HTTPClient()
    let folder = TemporaryFolder()

    private func client(_ process: MeteredProcess, key: String = "test-key") -> ServiceClient {
        ServiceClient(
            Metered(),
            Credential(
                backend: "metered", key: key, base: process.url, isOwnBase: true, origin: "SNOWFLAKE_METERED_KEY"),
            http: Self.http)
    }

    private func service(_ script: String = "{}") throws -> (MeteredProcess, ServiceClient) {
        let process = try MeteredProcess(folder: folder.url.appendingPathComponent("service"), script: script)
        return (process, client(process))
    }

    private func submit(_ service: ServiceClient, _ reference: String = "r-1") async -> Submission {
        await service.submit(wish(reference))
    }

    private func wish(_ reference: String) -> Wish {
        Wish(prompt: "a", model: "", milliseconds: 1_000, width: 320, height: 180, reference: reference)
    }

    /// Nobody listens: surely not sent. A closed port is taken and given back by the system.
    @Test func aRefusedConnectionWasNotSent() async throws {
        var request = Request("POST", "http://127.0.0.1:9/x")
        request.allowsPlainHTTP = true
        request.body = .data(Data("{}".utf8))
        let error = await #expect(throws: HTTPError.self) { try await Self.http.send(request) }
        guard case .notSent = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func plainHTTPAndOtherSchemesAreRefused() async {
        for url in ["http://127.0.0.1/", "file:///etc/passwd", "ftp://x/", "x"] {
            let error = await #expect(throws: HTTPError.self) { try await Self.http.send(Request("GET", url)) }
            guard case .badRequest = error else {
                Issue.record("\(url): \(String(describing: error))")
                return
            }
        }
    }

    /// A server whose certificate nobody vouches for gets nothing sent.
    @Test func aCertificateIsVerified() async throws {
        let key = folder.url.appendingPathComponent("key.pem").path
        let made = try run(
            [
                "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", key + ".crt", "-days", "2",
                "-subj",
                "/CN=127.0.0.1",
            ])
        made.waitUntilExit()
        let port = try freePort()
        let server = try run(["s_server", "-accept", "127.0.0.1:\(port)", "-key", key, "-cert", key + ".crt", "-quiet"])
        defer { server.terminate() }
        while true {
            try Task.checkCancellation()
            let error = await #expect(throws: HTTPError.self) {
                try await Self.http.send(Request("GET", "https://127.0.0.1:\(port)/"))
            }
            guard case .notSent(let reason) = error else {
                Issue.record("\(String(describing: error))")
                return
            }
            if reason.lowercased().contains("certificate") || reason.contains("SSL") { return }
            guard server.isRunning else {
                Issue.record("openssl s_server does not run: \(reason)")
                return
            }
        }
    }

    private func run(_ arguments: [String]) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/openssl")
        process.arguments = arguments
        process.standardInput = Pipe()
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// A port the system has just given back.
    private func freePort() throws -> UInt16 {
        let file = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(file) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(file, $0, size)
                _ = getsockname(file, $0, &size)
            }
        }
        return UInt16(bigEndian: address.sin_port)
    }

    /// What each fault of a service comes to, and what it has billed by then.
    @Test(arguments: [
        ("ok", "accepted", 1), ("429", "scarce", 0), ("500_before", "unknown", 0), ("500_after", "unknown", 1),
        ("reset_before", "unknown", 0), ("reset_after", "unknown", 1), ("drop_answer", "unknown", 1),
        ("refuse", "moderated", 0),
    ])
    func submissions(fault: String, word: String, bills: Int) async throws {
        let (process, service) = try service("{\"submit\": [\"\(fault)\"]}")
        let answer = await submit(service)
        #expect("\(answer)".hasPrefix(word), "\(fault): \(answer)")
        #expect(try process.bills().count == bills)
        // The look-up knows the truth, and the same reference is never billed again.
        switch await service.find(wish("r-1")) {
        case .found: #expect(bills == 1)
        case .nothing: #expect(bills == 0)
        case let other: Issue.record("\(other)")
        }
        guard case .accepted = await submit(service) else { return }
        #expect(try process.bills().count == 1)
    }

    @Test func anOutputIsFetchedWholeOrNotAtAll() async throws {
        let cuts = Array(repeating: #""truncate""#, count: 5).joined(separator: ", ")
        let (process, service) = try service(#"{"output": [\#(cuts)], "seconds": 0}"#)
        let submitted = await submit(service)
        guard case .accepted(let id) = submitted else {
            Issue.record("\(submitted)")
            return
        }
        var state = try await service.state(of: id)
        while state == .running { state = try await service.state(of: id) }
        guard case .succeeded(let output, let cost) = state else {
            Issue.record("\(state)")
            return
        }
        #expect(cost == MicroUSD(50_000))
        let file = folder.url.appendingPathComponent("out.mp4")
        let error = await #expect(throws: HTTPError.self) {
            try await service.fetch(output, into: file, limitBytes: 1 << 20)
        }
        guard case .brokenAnswer = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(!FileManager.default.fileExists(atPath: file.path), "half a file is none")
        try await service.fetch(output, into: file, limitBytes: 1 << 20)
        #expect(FileManager.default.fileExists(atPath: file.path))
        await #expect(throws: HTTPError.self) { try await service.fetch(output, into: file, limitBytes: 100) }
        await #expect(throws: HTTPError.self) {
            try await service.fetch(.link("//evil/x", isKeyed: true), into: file, limitBytes: 100)
        }
        #expect(try process.bills().count == 1)
    }

    @Test func anOutputThatWasCutOffGoesOnWhereItEnded() async throws {
        let (process, service) = try service(#"{"output": ["truncate", "truncate"], "seconds": 0}"#)
        guard case .accepted(let id) = await submit(service) else { throw HTTPError.badRequest("nothing was bought") }
        var state = try await service.state(of: id)
        while state == .running { state = try await service.state(of: id) }
        guard case .succeeded(let output, _) = state else { throw HTTPError.badRequest("\(state)") }
        let (pieces, whole) = (folder.url.appendingPathComponent("a.mp4"), folder.url.appendingPathComponent("b.mp4"))
        try Data("what was there before".utf8).write(to: pieces)
        try await service.fetch(output, into: pieces, limitBytes: 1 << 20)
        try await service.fetch(output, into: whole, limitBytes: 1 << 20)
        #expect(try Data(contentsOf: pieces) == Data(contentsOf: whole))
        #expect(try process.bills().count == 1)
    }

    /// An output of the service, waited for, and a request for it.
    private func output(_ service: ServiceClient, _ process: MeteredProcess, moved: Int = 0) async throws -> Request {
        guard case .accepted(let id) = await submit(service) else { throw HTTPError.badRequest("nothing was bought") }
        while try await service.state(of: id) == .running {}
        let steps = moved > 0 ? "moved/\(moved)/" : ""
        var request = Request("GET", process.url + "/v1/\(steps)outputs/\(id).mp4")
        request.headers = [("Authorization", "Bearer test-key")]
        request.allowsPlainHTTP = true
        return request
    }

    @Test func aRangeIsAPartOfTheWhole() async throws {
        let (process, service) = try service("{\"seconds\": 0}")
        var request = try await output(service, process)
        let whole = try await Self.http.send(request).body
        request.range = (100, 299)
        let part = try await Self.http.send(request)
        #expect(part.status == 206)
        #expect(part.body == whole[100..<300])
        request.range = (Int64(whole.count) - 7, nil)
        #expect(try await Self.http.send(request).body == whole.suffix(7))
        request.range = (Int64(whole.count), nil)
        #expect(try await Self.http.send(request).status == 416)
    }

    /// Redirects are followed only when asked, no further than asked, and never by what may buy something.
    @Test func redirectsAreFollowedOnlyWhenAsked() async throws {
        let (process, service) = try service("{\"seconds\": 0}")
        var request = try await output(service, process, moved: 2)
        #expect(try await Self.http.send(request).status == 302)
        request.redirects = 1
        let error = await #expect(throws: HTTPError.self) { try await Self.http.send(request) }
        guard case .brokenAnswer(302, _) = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        request.redirects = 2
        #expect(try await Self.http.send(request).status == 200)
        request.method = "POST"
        let refused = await #expect(throws: HTTPError.self) { try await Self.http.send(request) }
        guard case .badRequest = refused else {
            Issue.record("\(String(describing: refused))")
            return
        }
    }

    @Test func aCancelledRequestThatWasSentIsUnknown() async throws {
        let (process, service) = try service("{\"submit\": [\"hang\"]}")
        let task = Task { await submit(service) }
        while try process.bills().isEmpty { try await Task.sleep(for: .milliseconds(10)) }  // Nothing announces a bill.
        task.cancel()
        guard case .unknown = await task.value else {
            Issue.record("it was billed")
            return
        }
    }

    @Test func aWrongKeyIsRefused() async throws {
        let (process, _) = try service()
        defer { withExtendedLifetime(process) {} }
        let stranger = client(process, key: "wrong")
        guard case .denied = await submit(stranger) else {
            Issue.record("a wrong key buys nothing")
            return
        }
    }
}
