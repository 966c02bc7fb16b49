internal import Film
internal import Foundation
internal import Glibc

/// All services behind one port of this machine, each below its own name: `http://127.0.0.1:PORT/runway/v1/…`.
///
/// On bare sockets, a thread for each connection: it has to misbehave below HTTP.
package final class Simulator: Sendable {
    package static let services: [String] = personalities.keys.sorted()

    private static let personalities: [String: any Personality] = {
        let all: [any Personality] = [
            VeoHouse(), OmniHouse(), RunwayHouse(), FalHouse(name: "pika"), FalHouse(name: "fal"), SyncHouse(),
            KlingHouse(), LumaHouse(name: "luma"),
            LumaHouse(name: "dream-machine"), MiniMaxHouse(), SeedanceHouse(), WanHouse(), FluxHouse(),
            StabilityHouse(),
            OpenAIHouse(), ReplicateHouse(), ElevenLabsHouse(), AzureHouse(), GoogleHouse(), MeteredHouse(),
        ]
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    private let house: House
    package let port: Int
    private let listener: Int32

    package struct NoPort: Error, CustomStringConvertible { package let description: String }

    package init(house: House) throws {
        self.house = house
        signal(SIGPIPE, SIG_IGN)
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let (socket, reuse) = (listener, Int32(1))
        _ = withUnsafePointer(to: reuse) {
            setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, $0, socklen_t(MemoryLayout<Int32>.size))
        }
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, size) == 0 && listen(socket, 256) == 0 && getsockname(socket, $0, &size) == 0
            }
        }
        guard isBound else { throw NoPort(description: "no port: \(String(cString: strerror(errno)))") }
        port = Int(UInt16(bigEndian: address.sin_port))
    }

    /// Serves until the process ends.
    package func run() -> Never {
        while true {
            let peer = accept(listener, nil, nil)
            guard peer >= 0 else { continue }
            Thread { [self] in
                Connection(peer: peer, speed: house.settings.speed).serve { self.answer($0) }
            }.start()
        }
    }

    /// What the service of a call's first path part answers.
    package func answer(_ call: Call) -> Reply {
        let name = String(call.path.dropFirst().prefix { $0 != "/" })
        guard let service = Self.personalities[name] else { return .nothingHere }
        var call = call
        call.path = String(call.path.dropFirst(name.count + 1))
        call.base += "/" + name
        if call.method == "POST", call.path == "/token" { return exchange(call) }
        if call.method == "GET", let reply = service.open(call, house) { return reply }
        guard let account = house.account(service.key(of: call)) else { return service.refusal(.badKey) }
        call.account = account
        return service.answer(call, house)
    }

    /// Google's exchange of a service account's claim for the default account's key. Whose signature it is nobody here knows.
    private func exchange(_ call: Call) -> Reply {
        let form = String(decoding: call.body, as: UTF8.self)
        let claim = form.split(separator: "&").first { $0.hasPrefix("assertion=") }?.dropFirst(10) ?? ""
        guard form.contains("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"),
            claim.split(separator: ".").count == 3
        else {
            return Reply(400, .of(["error": "invalid_grant", "error_description": "Invalid JWT Signature."]))
        }
        return Reply(
            200, .of(["access_token": "test-key", "expires_in": .integer(3_599), "token_type": "Bearer"]))
    }
}

/// One connection, one request.
private struct Connection {
    let peer: Int32
    let speed: Double

    func serve(_ answer: (Call) -> Reply) {
        defer { close(peer) }
        guard let call = read() else { return }
        let reply = answer(call)
        if reply.afterMilliseconds > 0 {
            Thread.sleep(forTimeInterval: Double(reply.afterMilliseconds) / 1_000 / speed)
        }
        switch reply.mishap {
        case .silence: return
        case .reset: return reset()
        case .hang: Thread.sleep(forTimeInterval: 3_600)
        case .slow: Thread.sleep(forTimeInterval: 2)
        case .none, .half: break
        }
        let lines =
            ["HTTP/1.1 \(reply.status) X"] + reply.headers.map { "\($0.name): \($0.value)" } + [
                "Content-Length: \(reply.announcedBytes ?? reply.body.count)", "Connection: close", "", "",
            ]
        let body = reply.mishap == .half ? reply.body.prefix(reply.body.count / 2) : reply.body
        write(Data(lines.joined(separator: "\r\n").utf8) + body)
    }

    private func read() -> Call? {
        var bytes = Data()
        var block = [UInt8](repeating: 0, count: 65_536)
        var head: (call: Call, end: Int, length: Int)?
        while true {
            if let head, bytes.count >= head.end + head.length {
                var call = head.call
                call.body = bytes.subdata(in: head.end..<head.end + head.length)
                return call
            }
            let count = recv(peer, &block, block.count, 0)
            guard count > 0, bytes.count < 256 << 20 else { return nil }
            bytes.append(contentsOf: block[..<count])
            guard head == nil, let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)) else { continue }
            guard let call = Self.head(bytes[..<end.lowerBound]) else { return nil }
            if call.headers["expect"] != nil { write(Data("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
            head = (call, end.upperBound, Int(call.headers["content-length"] ?? "0") ?? 0)
        }
    }

    private static func head(_ bytes: Data) -> Call? {
        let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n")
        let first = lines[0].split(separator: " ")
        guard first.count == 3 else { return nil }
        let target = first[1].split(separator: "?", maxSplits: 1)
        var call = Call(String(first[0]), String(target[0]).removingPercentEncoding ?? String(target[0]))
        for pair in target.count > 1 ? target[1].split(separator: "&") : [] {
            let parts = pair.split(separator: "=", maxSplits: 1)
            call.query[String(parts[0])] = parts.count > 1 ? String(parts[1]).removingPercentEncoding ?? "" : ""
        }
        for line in lines.dropFirst() {
            guard let colon = line.firstIndex(of: ":") else { continue }
            call.headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        call.base = "http://\(call.headers["host"] ?? "127.0.0.1")"
        return call
    }

    private func write(_ data: Data) {
        var sent = 0
        data.withUnsafeBytes { bytes in
            while sent < bytes.count {
                let count = send(peer, bytes.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
                guard count > 0 else { return }
                sent += count
            }
        }
    }

    /// The connection ends with a reset, not in good order.
    private func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger_t>.size))
    }

    private typealias linger_t = Glibc.linger
}
