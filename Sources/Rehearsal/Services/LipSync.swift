internal import Film
internal import Foundation
internal import Protocol

/// Sync: a form with a clip and what is said in it, jobs in a list of its own.
struct SyncHouse: Personality {
    let name = "sync"
    func key(of call: Call) -> String? { call.headers["x-api-key"] }

    func refusal(_ why: Refusal) -> Reply {
        func error(_ status: Int, _ code: String, _ words: String) -> Reply {
            Reply(
                status,
                .of([
                    "statusCode": .integer(status), "errorCode": .text(code), "message": .text(words),
                    "error": .text(words),
                ]))
        }
        return switch why {
        case .policy: error(400, "bad_request", "the input was refused")
        case .tooMany, .tooFast: error(429, "rate_limit_exceeded", "Too Many Requests")
        case .noMoney: error(402, "payment_required", "Payment Required")
        case .broken: error(503, "service_unavailable", "Service Unavailable")
        case .badKey: error(401, "unauthorized", "Unauthorized")
        }
    }

    private static let models = ["lipsync-2", "lipsync-2-pro", "lipsync-1.9.0-beta", "sync-3"]

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", let id = call.tail("/v2/generate/") {
            if let bad = badPoll(house) { return bad }
            guard let operation = house.operation(id, account: call.account) else {
                return Reply(404, .of(["statusCode": 404, "message": "no such generation", "error": "Not Found"]))
            }
            return Reply(200, generation(operation, call, house))
        }
        if call.method == "GET", call.path == "/v2/generations" {
            let own = house.operations(of: name, account: call.account)
            return Reply(200, .array(own.map { generation($0, call, house) }))
        }
        guard call.method == "POST", call.path == "/v2/generate" else {
            return Reply(404, .of(["statusCode": 404, "message": "Cannot find it", "error": "Not Found"]))
        }
        return submit(call, house)
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        func invalid(_ words: String) -> Reply {
            Reply(
                400,
                .of([
                    "statusCode": 400, "errorCode": "bad_request", "message": .array([.text(words)]),
                    "error": "Bad Request",
                ]))
        }
        guard let form = Form(call) else { return invalid("the body is no form") }
        guard let model = form.text("model"), Self.models.contains(model) else { return invalid("model is not known") }
        guard let video = form["video"], let clip = Media.milliseconds(mp4: video) else {
            return invalid("video is no MP4")
        }
        guard let audio = form["audio"], let speech = Media.milliseconds(wave: audio) else {
            return invalid("audio is no WAV")
        }
        let options = try? JSON(text: Data((form.text("options") ?? "{}").utf8))
        guard options?.members != nil else { return invalid("options must be JSON") }
        guard speech <= 300_000 else { return invalid("generation_audio_length_exceeded") }
        var order = Order(name)
        order.kind = .lipsync
        order.model = model
        order.prompt = "\(video.count) bytes of picture, \(audio.count) of sound"
        // Cut off where the shorter ends.
        order.milliseconds = min(clip, speech)
        order.billsBegunSeconds = true
        (order.width, order.height) = (640, 360)
        return take(order, call, house) { Reply(201, generation($0, call, house)) }
    }

    private func generation(_ operation: Operation, _ call: Call, _ house: House) -> JSON {
        let stage = operation.stage(at: house.now)
        let status =
            switch (stage, operation.fate) {
            case (.queued, _): "PENDING"
            case (.running, _): "PROCESSING"
            case (.done, "moderate"): "REJECTED"
            case (.done, "fail"): "FAILED"
            case (.done, _): "COMPLETED"
            }
        let isThere = status == "COMPLETED"
        return .of([
            "id": .text(operation.id), "status": .text(status), "model": .text(operation.model),
            "createdAt": "2026-11-22T10:00:00Z",
            "outputUrl": isThere ? .text("\(call.base)/files/\(operation.id).mp4") : .null,
            "outputDuration": isThere ? .number("\(Double(operation.milliseconds) / 1_000)") : .null,
            "error": status == "FAILED" ? "the generation failed" : .null,
            "error_code": status == "FAILED" ? "generation_timeout" : .null,
        ])
    }
}

/// What media files say of themselves.
enum Media {
    /// The length an MP4's movie header says (ISO 14496-12: version, flags, times, scale, duration).
    static func milliseconds(mp4 data: Data) -> Int? {
        guard data.count > 12, data.dropFirst(4).starts(with: Array("ftyp".utf8)),
            let head = data.firstRange(of: Data("mvhd".utf8))
        else { return nil }
        let bytes = [UInt8](data[head.upperBound...].prefix(32))
        guard bytes.count == 32 else { return nil }
        func number(_ place: Int, _ count: Int) -> Int { bytes[place..<place + count].reduce(0) { $0 << 8 | Int($1) } }
        let isLong = bytes[0] == 1
        let scale = isLong ? number(20, 4) : number(12, 4)
        let duration = isLong ? number(24, 8) : number(16, 4)
        guard scale > 0, duration > 0, duration < 1 << 40 else { return nil }
        return Int((Double(duration) * 1_000 / Double(scale)).rounded())
    }

    /// The length of a WAV by its rate of bytes.
    static func milliseconds(wave data: Data) -> Int? {
        guard data.count > 44, data.starts(with: Array("RIFF".utf8)),
            data.dropFirst(8).starts(with: Array("WAVEfmt ".utf8))
        else { return nil }
        let bytes = [UInt8](data.prefix(32))
        let rate = (28..<32).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) }
        return rate > 0 ? Int((Double(data.count - 44) * 1_000 / Double(rate)).rounded()) : nil
    }
}
