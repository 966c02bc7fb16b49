internal import Film
internal import Foundation
internal import Protocol

/// Fal's queue, for Pika's clips and for models that move lips: the model's sub-path is dropped, and COMPLETED covers what has
/// failed.
struct FalHouse: Personality {
    /// `pika`, or `fal` for lips.
    let name: String
    func key(of call: Call) -> String? { call.authorization("Key") }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy:
            Reply(
                422,
                .of([
                    "detail": .array([
                        .of([
                            "loc": .array(["body", "prompt"]), "msg": "Content flagged",
                            "type": "content_policy_violation",
                        ])
                    ])
                ]))
        case .tooMany, .tooFast:
            Reply(429, .of(["detail": "Too many requests", "error_type": "rate_limit"]), [("Retry-After", "5")])
        case .noMoney: Reply(403, .of(["detail": "User is locked. Reason: Exhausted balance."]))
        case .broken:
            Reply(503, .of(["detail": "Runner scheduling failure", "error_type": "runner_scheduling_failure"]))
        case .badKey: Reply(401, .of(["detail": "Authentication is required"]))
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        let parts = call.path.split(separator: "/").map(String.init)
        if call.method == "GET", parts.count >= 4, parts[2] == "requests" {
            return poll(parts[3], parts.dropFirst(4).first ?? "", parts[0] + "/" + parts[1], call, house)
        }
        guard call.method == "POST", Self.models[name]?.contains(call.path) == true else {
            return Reply(404, .of(["detail": "Application not found"]))
        }
        return name == "fal" ? lips(call, house) : submit(call, house)
    }

    private static let models = [
        "pika": ["/fal-ai/pika/v2.2/image-to-video"],
        "fal": ["/fal-ai/sync-lipsync", "/fal-ai/sync-lipsync/v2", "/fal-ai/sync-lipsync/v3", "/fal-ai/latentsync"],
    ]

    private func lips(_ call: Call, _ house: House) -> Reply {
        func invalid(_ field: String) -> Reply {
            Reply(
                422,
                .of([
                    "detail": .array([
                        .of([
                            "loc": .array(["body", .text(field)]), "msg": "could not be downloaded",
                            "type": "file_download_error",
                        ])
                    ])
                ]))
        }
        func data(_ field: String) -> Data? {
            let link = call.json?[field]?.string ?? ""
            return link.hasPrefix("data:")
                ? link.split(separator: ",").last.flatMap { Data(base64Encoded: String($0)) } : nil
        }
        guard let video = data("video_url"), let clip = Media.milliseconds(mp4: video) else {
            return invalid("video_url")
        }
        guard let audio = data("audio_url"), let speech = Media.milliseconds(wave: audio) else {
            return invalid("audio_url")
        }
        var order = Order(name)
        order.kind = .lipsync
        order.model = String(call.path.dropFirst())
        order.prompt = "\(video.count) bytes of picture, \(audio.count) of sound"
        order.milliseconds = min(clip, speech)
        order.billsBegunSeconds = true
        (order.width, order.height) = (640, 360)
        let application = call.path.split(separator: "/").prefix(2).joined(separator: "/")
        let root = String(call.base.dropFirst("http://".count).drop { $0 != "/" })
        order.handle = { "\(root)/\(application)/requests/\($0)" }
        return take(order, call, house) { queued($0.id, application, call.base, "IN_QUEUE") }
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        func invalid(_ field: String) -> Reply {
            Reply(
                422,
                .of([
                    "detail": .array([
                        .of(["loc": .array(["body", .text(field)]), "msg": "is invalid", "type": "value_error"])
                    ])
                ]))
        }
        guard let prompt = wish?["prompt"]?.string else { return invalid("prompt") }
        let image = wish?["image_url"]?.string ?? ""
        guard image.hasPrefix("https://") || Shown.picture(image) != nil else { return invalid("image_url") }
        guard let rows = Sizes.rows(wish?["resolution"]?.string ?? "720p"), [720, 1_080].contains(rows) else {
            return invalid("resolution")
        }
        let seconds = wish?["duration"]?.integer ?? 5
        guard [5, 10].contains(seconds) else { return invalid("duration") }
        var order = Order(name)
        order.model = "fal-ai/pika/v2.2/image-to-video"
        order.prompt = "\(prompt) from \(Shown.picture(image)?.count ?? 0) bytes"
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: Sizes.aspect(of: Shown.picture(image) ?? Data()))
        let root = String(call.base.dropFirst("http://".count).drop { $0 != "/" })
        order.handle = { "\(root)/fal-ai/pika/requests/\($0)" }
        return take(order, call, house) { queued($0.id, "fal-ai/pika", call.base, "IN_QUEUE") }
    }

    private func queued(_ id: String, _ model: String, _ base: String, _ status: String, code: Int = 200) -> Reply {
        let address = "\(base)/\(model)/requests/\(id)"
        return Reply(
            code,
            .of([
                "status": .text(status), "request_id": .text(id), "response_url": .text(address),
                "status_url": .text(address + "/status"),
                "cancel_url": .text(address + "/cancel"), "queue_position": status == "IN_QUEUE" ? 0 : nil,
                "logs": status == "IN_QUEUE" ? nil : .array([]), "metrics": status == "COMPLETED" ? .object([]) : nil,
            ]))
    }

    private func poll(_ id: String, _ part: String, _ model: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else {
            return Reply(404, .of(["detail": "Request not found"]))
        }
        let stage = operation.stage(at: house.now)
        if part == "status" {
            return switch stage {
            case .queued: queued(id, model, call.base, "IN_QUEUE", code: 202)
            case .running: queued(id, model, call.base, "IN_PROGRESS", code: 202)
            case .done: queued(id, model, call.base, "COMPLETED")
            }
        }
        guard stage == .done else { return Reply(400, .of(["detail": "Request is still in progress"])) }
        switch operation.fate {
        case "moderate": return refusal(.policy)
        case "fail": return Reply(500, .of(["detail": "Internal error", "error_type": "internal_server_error"]))
        default:
            let link = "\(call.base)/files/\(id).mp4"
            return Reply(
                200, .of(["video": .of(["url": .text(link), "content_type": "video/mp4", "file_name": "out.mp4"])]))
        }
    }
}

/// Kling: found again by the caller's own name for a task; more at once than the pack allows is refused.
struct KlingHouse: Personality {
    let name = "kling"
    private static let path = "/v1/videos/image2video"

    private func say(_ status: Int, _ code: Int, _ message: String, _ data: JSON? = nil) -> Reply {
        Reply(status, .of(["code": .integer(code), "message": .text(message), "request_id": "r", "data": data]))
    }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: say(400, 1_301, "the prompt is against the content policy")
        case .tooMany: say(429, 1_303, "parallel task over resource pack limit")
        case .tooFast: say(429, 1_302, "too frequent")
        case .noMoney: say(429, 1_102, "resource pack exhausted")
        case .broken: say(500, 5_000, "server error")
        case .badKey: say(401, 1_002, "Authorization invalid")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "POST", call.path == Self.path { return submit(call, house) }
        guard call.method == "GET", call.path.hasPrefix(Self.path) else { return say(404, 1_203, "resource not found") }
        if call.path == Self.path {
            let tasks = house.operations(of: name, account: call.account).reversed().prefix(30).map {
                task($0, call, house)
            }
            return say(200, 0, "SUCCEED", .array(Array(tasks)))
        }
        if let bad = badPoll(house) { return bad }
        let wanted = String(call.path.dropFirst(Self.path.count + 1))
        guard
            let operation = house.operation(wanted, account: call.account)
                ?? house.find(name, wanted, account: call.account)
        else {
            return say(404, 1_203, "resource not found")
        }
        return say(200, 0, "SUCCEED", task(operation, call, house))
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        guard let model = wish?["model_name"]?.string, let text = wish?["duration"]?.string, let seconds = Int(text),
            model == "kling-v3" ? (3...15).contains(seconds) : [5, 10].contains(seconds),
            ["kling-v3", "kling-v2-6", "kling-v2-5-turbo"].contains(model),
            let rows = ["std": 720, "pro": 1_080, "4k": 2_160][wish?["mode"]?.string ?? "std"],
            let raw = wish?["image"]?.string, !raw.hasPrefix("data:"), let image = Shown.picture(raw),
            image.count > 100,
            (wish?["prompt"]?.string ?? "").count <= 2_500
        else { return say(400, 1_201, "parameter invalid") }
        var order = Order(name)
        order.model = model
        // What it is asked to begin with is part of what it makes: a chain shows by its bills.
        order.prompt = "\(wish?["prompt"]?.string ?? "") from \(image.count) bytes"
        order.reference = wish?["external_task_id"]?.string
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: Sizes.aspect(of: image))
        return take(order, call, house) { say(200, 0, "SUCCEED", task($0, call, house)) }
    }

    private func task(_ operation: Operation, _ call: Call, _ house: House) -> JSON {
        var task = JSON.of([
            "task_id": .text(operation.id), "task_info": .of(["external_task_id": .text(operation.reference)]),
            "task_status_msg": "",
        ])
        switch (operation.stage(at: house.now), operation.fate) {
        case (.queued, _): task["task_status"] = "submitted"
        case (.running, _): task["task_status"] = "processing"
        case (.done, "moderate"):
            task["task_status"] = "failed"
            task["task_status_msg"] = "Failure to pass the risk control system"
        case (.done, "fail"):
            task["task_status"] = "failed"
            task["task_status_msg"] = "server error"
        case (.done, _):
            task["task_status"] = "succeed"
            let video = JSON.of([
                "id": "v1", "url": .text("\(call.base)/files/\(operation.id).mp4"),
                "duration": .text("\(operation.milliseconds / 1_000)"),
            ])
            task["task_result"] = .of(["videos": .array([video])])
        }
        return task
    }
}
