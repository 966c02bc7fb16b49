import Foundation
import Glibc

/// One connection, one request.
struct Connection {
    let peer: Int32
    let service: Service

    struct Call {
        var method = ""
        var path = ""
        var query = ""
        var headers: [String: String] = [:]
        var body = Data()
        var account = ""
    }

    /// Accounts by what their callers show. None sees the operations of another.
    private static let accounts = ["Bearer test-key": "", "Bearer studio-b-key": "studio-b"]

    func serve() {
        defer { close(peer) }
        guard var call = read() else { return }
        if call.path.hasPrefix("/kling/outputs/") { return output(String(call.path.dropFirst(15)), nil) }
        let shown = call.headers["xi-api-key"].map { "Bearer \($0)" } ?? call.headers["authorization"] ?? ""
        guard let account = Self.accounts[shown] else {
            return answer(401, ["error": "the key is not known"])
        }
        call.account = account
        switch (call.method, call.path) {
        case ("POST", let path) where path.hasPrefix(Stability.path): Stability(connection: self).submit(call)
        case ("POST", let path) where path.hasPrefix(ElevenLabs.path): ElevenLabs(connection: self).submit(call)
        case ("GET", ElevenLabs.path + "history"): ElevenLabs(connection: self).history(call)
        case ("GET", let path) where path.hasPrefix(ElevenLabs.path + "history/"):
            ElevenLabs(connection: self).audio(
                String(path.dropFirst((ElevenLabs.path + "history/").count).prefix { $0 != "/" }), call)
        case ("POST", Kling.path): Kling(connection: self).submit(call)
        case ("GET", let path) where path.hasPrefix(Kling.path + "/"):
            Kling(connection: self).query(String(path.dropFirst(Kling.path.count + 1)), call)
        case ("POST", "/v1/generations"): submit(call)
        case ("GET", "/v1/generations"): find(call)
        case ("GET", let path) where path.hasPrefix("/v1/generations/"): poll(String(path.dropFirst(16)), call.account)
        case ("GET", let path) where path.hasPrefix("/v1/outputs/"):
            output(String(path.dropFirst(12)), call.headers["range"])
        case ("GET", let path) where path.hasPrefix("/v1/moved/"): move(path.split(separator: "/").map(String.init))
        default: answer(404, ["error": "nothing is here"])
        }
    }

    private func submit(_ call: Call) {
        guard let reference = call.headers["reference"],
            let wish = try? JSONSerialization.jsonObject(with: call.body) as? [String: Any]
        else { return answer(400, ["error": "a wish and a reference are wanted"]) }
        let model = wish["model"] as? String ?? ""
        guard Service.prices[model] != nil else { return answer(422, ["error": "there is no model \(model)"]) }
        let fault = service.next("submit")
        switch fault {
        case "reset_before": return reset()
        case "429": return answer(429, ["error": "slow down"], more: ["Retry-After: 1"])
        case "500_before": return answer(500, ["error": "it broke"])
        case "refuse": return answer(422, ["error": "the prompt is not allowed"])
        default: break
        }
        let fate =
            ["moderate": "moderated", "expire": "expired", "fail": "failed", "frozen": "frozen"][fault] ?? "succeeded"
        let (operation, isNew) = service.accept(reference, wish, account: call.account, fate: fate)
        switch fault {
        case "drop_answer": return
        case "reset_after": return reset()
        case "500_after": return answer(500, ["error": "it broke after all"])
        case "hang": Thread.sleep(forTimeInterval: 3_600)
        case "lose": service.lose(operation.id)
        case "slow": Thread.sleep(forTimeInterval: 2)
        default: break
        }
        answer(isNew ? 202 : 200, ["id": operation.id, "status": "queued"])
    }

    private func find(_ call: Call) {
        let reference = call.query.split(separator: "&").first { $0.hasPrefix("reference=") }?.dropFirst(10)
        guard let reference, let operation = service.find(String(reference)),
            operation.account == call.account
        else {
            return answer(404, ["error": "no such reference"])
        }
        answer(200, ["id": operation.id, "status": "queued"])
    }

    private func poll(_ id: String, _ account: String) {
        switch service.next("poll") {
        case "500": return answer(503, ["error": "busy"])
        case "reset": return reset()
        default: break
        }
        guard let operation = service.operation(id), operation.account == account else {
            return answer(404, ["error": "no such operation"])
        }
        guard Date() >= operation.readyAt else { return answer(200, ["id": id, "status": "running"]) }
        let cost = operation.cost
        switch operation.fate {
        case "moderated", "failed":
            answer(200, ["id": id, "status": operation.fate, "cost_micro_usd": cost, "error": operation.fate])
        default:
            answer(200, ["id": id, "status": "succeeded", "cost_micro_usd": cost, "output": "/v1/outputs/\(id).mp4"])
        }
    }

    /// `/v1/moved/N/…`: N redirects away.
    private func move(_ parts: [String]) {
        guard parts.count > 3, let left = Int(parts[2]), left > 0 else { return answer(404, [:]) }
        let rest = parts[3...].joined(separator: "/")
        answer(302, [:], more: ["Location: /v1/" + (left > 1 ? "moved/\(left - 1)/" : "") + rest])
    }

    /// `bytes=FROM-` or `bytes=FROM-TO`, within what is there.
    private func range(_ header: String, of count: Int) -> Range<Int>? {
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Int(ends[0]), from < count else { return nil }
        let to = min(Int(ends[1]) ?? count - 1, count - 1)
        return from <= to ? from..<to + 1 : nil
    }

    private func output(_ name: String, _ wanted: String?) {
        guard let operation = service.operation(String(name.dropLast(4))) else { return answer(404, [:]) }
        if operation.fate == "expired" { return answer(410, ["error": "the output has expired"]) }
        var data = service.output(of: operation)
        var status = "200 OK"
        if let wanted {
            guard let range = range(wanted, of: data.count) else { return answer(416, ["error": "no such bytes"]) }
            status =
                "206 Partial Content\r\nContent-Range: bytes \(range.lowerBound)-\(range.upperBound - 1)/\(data.count)"
            data = Data(data[range])
        }
        let head =
            "HTTP/1.1 \(status)\r\nContent-Type: video/mp4\r\nContent-Length: \(data.count)\r\nConnection: close\r\n\r\n"
        if service.next("output") == "truncate" { data = data.prefix(data.count / 2) }
        write(Data(head.utf8) + data)
    }

    // MARK: bytes

    private func read() -> Call? {
        var bytes = Data()
        var block = [UInt8](repeating: 0, count: 65_536)
        var call = Call()
        var wanted: Int?
        while true {
            let count = recv(peer, &block, block.count, 0)
            guard count > 0 else { return nil }
            bytes.append(contentsOf: block[..<count])
            if wanted == nil, let end = bytes.firstRange(of: Data("\r\n\r\n".utf8)) {
                let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
                let first = lines[0].split(separator: " ")
                guard first.count == 3 else { return nil }
                let target = first[1].split(separator: "?", maxSplits: 1)
                (call.method, call.path) = (String(first[0]), String(target[0]))
                call.query = target.count > 1 ? String(target[1]) : ""
                for line in lines.dropFirst() {
                    guard let colon = line.firstIndex(of: ":") else { continue }
                    call.headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                        in: .whitespaces)
                }
                wanted = end.upperBound - bytes.startIndex + (Int(call.headers["content-length"] ?? "0") ?? 0)
                call.body = Data(bytes[end.upperBound...])
            } else if let wanted {
                call.body = Data(bytes.suffix(max(0, bytes.count - wanted + call.body.count)))
            }
            if let wanted, bytes.count >= wanted {
                let length = Int(call.headers["content-length"] ?? "0") ?? 0
                call.body = Data(bytes.suffix(length))
                return call
            }
        }
    }

    func answer(_ status: Int, _ body: [String: Any], more: [String] = []) {
        let data = (try? JSONSerialization.data(withJSONObject: body, options: [.sortedKeys])) ?? Data()
        let head =
            (["HTTP/1.1 \(status) X", "Content-Type: application/json", "Content-Length: \(data.count)"] + more
            + ["Connection: close", "", ""]).joined(separator: "\r\n")
        write(Data(head.utf8) + data)
    }

    func send(_ data: Data, type: String) {
        let head =
            "HTTP/1.1 200 OK\r\nContent-Type: \(type)\r\nContent-Length: \(data.count)\r\nConnection: close\r\n\r\n"
        write(Data(head.utf8) + data)
    }

    private func write(_ data: Data) {
        var sent = 0
        let bytes = [UInt8](data)
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.send(peer, $0.baseAddress.map { $0 + sent }, bytes.count - sent, 0)
            }
            guard count > 0 else { return }
            sent += count
        }
    }

    /// The connection ends with a reset, not in good order.
    func reset() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(peer, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger_t>.size))
    }

    private typealias linger_t = Glibc.linger
}
