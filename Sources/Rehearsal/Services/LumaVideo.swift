internal import Film
internal import Foundation
internal import Protocol

/// Luma's Agents API; and its older Dream Machine, which takes pictures by address alone and lists what it made.
struct LumaHouse: Personality {
    let name: String
    private var isOld: Bool { name == "dream-machine" }

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ words: String) -> Reply { Reply(status, .of(["detail": .text(words)])) }
        return switch why {
        case .policy: say(400, "prompt was not allowed: moderation failed")
        case .tooMany, .tooFast: say(429, "too many concurrent jobs")
        case .noMoney: say(402, "insufficient credits")
        case .broken: say(500, "internal error")
        case .badKey: say(401, "Not authenticated")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        switch (call.method, call.path) {
        case ("POST", "/generations"), ("POST", "/generations/video"): return submit(call, house)
        case ("GET", "/ping"): return Reply(200, .of(["message": "pong"]))
        case ("GET", "/credits"): return Reply(200, .of(["credit_balance": 100_000]))
        case ("GET", "/generations") where isOld:
            let all = house.operations(of: name, account: call.account).reversed().map { state($0, call, house) }
            return Reply(
                200,
                .of([
                    "generations": .array(Array(all)), "has_more": .bool(false), "count": .integer(all.count),
                    "limit": 100, "offset": 0,
                ]))
        case ("GET", _):
            guard let id = call.tail("/generations/") else { return .nothingHere }
            if let bad = badPoll(house) { return bad }
            return house.operation(id, account: call.account).map { Reply(200, state($0, call, house)) }
                ?? Reply(404, .of(["detail": "not found"]))
        default: return .nothingHere
        }
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        func invalid(_ words: String) -> Reply { Reply(422, .of(["detail": .text(words)])) }
        let video = isOld ? wish : wish?["video"]
        guard let model = wish?["model"]?.string, isOld ? ["ray-2", "ray-flash-2"].contains(model) : model == "ray-3.2"
        else { return invalid("model") }
        guard let prompt = wish?["prompt"]?.string, !prompt.isEmpty else { return invalid("prompt") }
        guard let seconds = video?["duration"]?.string.flatMap({ Int($0.dropLast()) }),
            (isOld ? [5, 9] : [5, 10]).contains(seconds)
        else {
            return invalid("duration")
        }
        guard let rows = Sizes.rows(video?["resolution"]?.string ?? "720p") else { return invalid("resolution") }
        var order = Order(name)
        if isOld {
            guard wish?["keyframes"]?["frame0"]?["url"]?.string?.hasPrefix("http") == true else {
                return invalid("keyframes.frame0.url")
            }
        } else {
            let frame = video?["keyframes"]?[0] ?? video?["start_frame"]
            guard seconds == 5 || video?["start_frame"] == nil,
                frame == nil || Shown.picture(frame?["data"]?.string) != nil
            else {
                return invalid("video.keyframes")
            }
            order.prompt = " from \(Shown.picture(frame?["data"]?.string)?.count ?? 0) bytes"
        }
        order.prompt = prompt + order.prompt
        order.model = model
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: wish?["aspect_ratio"]?.string ?? "16:9")
        return take(order, call, house) { Reply(201, state($0, call, house)) }
    }

    private func state(_ operation: Operation, _ call: Call, _ house: House) -> JSON {
        let stage = operation.stage(at: house.now)
        let isBad = stage == .done && !operation.isMade
        let word =
            stage == .queued
            ? "queued" : stage == .running ? (isOld ? "dreaming" : "processing") : isBad ? "failed" : "completed"
        let link = stage == .done && !isBad ? JSON.text("\(call.base)/files/\(operation.id).mp4") : nil
        let reason: JSON? = isBad ? (operation.fate == "moderate" ? "content was moderated" : "generation failed") : nil
        if isOld {
            return .of([
                "id": .text(operation.id), "generation_type": "video", "state": .text(word),
                "failure_reason": reason ?? .null,
                "created_at": "2026-11-22T10:00:00Z", "model": .text(operation.model),
                "assets": link.map { .of(["video": $0]) } ?? .null,
                "request": .of(["prompt": .text(operation.prompt), "model": .text(operation.model)]),
            ])
        }
        return .of([
            "id": .text(operation.id), "type": "video", "model": .text(operation.model), "state": .text(word),
            "created_at": "2026-11-22T10:00:00Z",
            "output": .array(link.map { [.of(["type": "video", "url": $0])] } ?? []),
            "failure_code": isBad ? (operation.fate == "moderate" ? "content_moderated" : "generation_failed") : .null,
            "failure_reason": reason ?? .null,
        ])
    }
}
