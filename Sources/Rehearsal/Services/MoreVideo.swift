internal import Film
internal import Foundation
internal import Protocol

/// Pika through fal's queue: the model's sub-path is dropped, and COMPLETED covers what has failed.
struct FalHouse: Personality {
    let name = "pika"
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
        guard call.method == "POST", call.path == "/fal-ai/pika/v2.2/image-to-video" else {
            return Reply(404, .of(["detail": "Application not found"]))
        }
        return submit(call, house)
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

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
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

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
}

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

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
}

/// MiniMax: a first API where 200 does not mean success, and a second one.
struct MiniMaxHouse: Personality {
    let name = "minimax"

    private func say(_ code: Int, _ words: String, _ more: [(String, JSON)] = []) -> Reply {
        var answer = JSON.object(more.map { JSON.Member($0.0, $0.1) })
        answer["base_resp"] = .of(["status_code": .integer(code), "status_msg": .text(words)])
        return Reply(200, answer)
    }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: say(1_026, "input sensitive content")
        case .tooMany, .tooFast: say(1_002, "rate limit")
        case .noMoney: say(1_008, "insufficient balance")
        case .broken: say(1_000, "unknown error")
        case .badKey: say(1_004, "authentication failed")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        switch (call.method, call.path) {
        case ("POST", "/v1/video_generation"): return submit(call, house, isSecond: false)
        case ("POST", "/v2/video_generation"): return submit(call, house, isSecond: true)
        case ("GET", "/v1/query/video_generation"): return poll(call.query["task_id"] ?? "", call, house)
        case ("GET", "/v1/files/retrieve"):
            let id = call.query["file_id"] ?? ""
            guard house.operation(id, account: call.account) != nil else { return say(2_013, "no such file") }
            return say(
                0, "success",
                [("file", .of(["file_id": .text(id), "download_url": .text("\(call.base)/files/\(id).mp4")]))])
        case ("GET", _): return call.tail("/v2/query/video_generation/").map { second($0, call, house) } ?? .nothingHere
        default: return .nothingHere
        }
    }

    private func submit(_ call: Call, _ house: House, isSecond: Bool) -> Reply {
        let wish = call.json
        let model = wish?["model"]?.string ?? ""
        let content = wish?["content"]?.items ?? []
        let prompt =
            isSecond ? content.first { $0["type"]?.string == "text" }?["text"]?.string : wish?["prompt"]?.string
        let image =
            isSecond
            ? content.first { $0["type"]?.string == "image_url" }?["image_url"]?["url"]?.string
            : wish?["first_frame_image"]?.string
        guard let seconds = wish?["duration"]?.integer, let rows = Sizes.rows(wish?["resolution"]?.string ?? "768P"),
            let still = Shown.picture(image), model.hasPrefix(isSecond ? "MiniMax-H3" : "MiniMax-Hailuo"),
            isSecond ? (5...15).contains(seconds) : seconds == 6 || seconds == 10 && rows < 1_080
        else { return say(2_013, "invalid params") }
        var order = Order(name)
        order.model = model
        order.prompt = "\(prompt ?? "") from \(still.count) bytes"
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: Sizes.aspect(of: still))
        order.handle = { (isSecond ? "2:" : "1:") + $0 }
        return take(order, call, house) { operation in
            isSecond
                ? Reply(200, .of(["task": .of(["id": .text(operation.id), "status": "queued"])]))
                : say(0, "success", [("task_id", .text(operation.id))])
        }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else { return say(2_013, "no such task") }
        switch (operation.stage(at: house.now), operation.fate) {
        case (.queued, _): return say(0, "success", [("task_id", .text(id)), ("status", "Queueing")])
        case (.running, _): return say(0, "success", [("task_id", .text(id)), ("status", "Processing")])
        case (.done, "moderate"):
            return say(1_027, "output sensitive content", [("task_id", .text(id)), ("status", "Fail")])
        case (.done, "fail"): return say(0, "success", [("task_id", .text(id)), ("status", "Fail")])
        case (.done, _):
            return say(0, "success", [("task_id", .text(id)), ("status", "Success"), ("file_id", .text(id))])
        }
    }

    private func second(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else {
            return Reply(404, .of(["error": "no such task"]))
        }
        var task = JSON.of(["id": .text(id)])
        switch (operation.stage(at: house.now), operation.fate) {
        case (.queued, _): task["status"] = "queued"
        case (.running, _): task["status"] = "running"
        case (.done, "moderate"), (.done, "fail"):
            task["status"] = "failed"
            task["error"] =
                operation.fate == "fail"
                ? .of(["code": 1_000, "message": "failed"])
                : .of(["code": 1_027, "message": "output sensitive content"])
        case (.done, _):
            task["status"] = "succeeded"
            task["content"] = .of(["url": .text("\(call.base)/files/\(id).mp4")])
        }
        return Reply(200, .of(["task": task]))
    }

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
}

/// Seedance on ModelArk: only what succeeds is billed.
struct SeedanceHouse: Personality {
    let name = "seedance"
    private static let path = "/api/v3/contents/generations/tasks"

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ code: String, _ words: String) -> Reply {
            Reply(
                status,
                .of(["error": .of(["code": .text(code), "message": .text(words), "param": "", "type": "BadRequest"])]))
        }
        return switch why {
        case .policy: say(400, "InputTextSensitiveContentDetected", "the prompt may contain sensitive content")
        case .tooMany, .tooFast: say(429, "RateLimitExceeded.EndpointRPMExceeded", "too many requests")
        case .noMoney: say(403, "AccountOverdueError", "the account is overdue")
        case .broken: say(500, "InternalServiceError", "internal error")
        case .badKey: say(401, "AuthenticationError", "the API key is missing or invalid")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "POST", call.path == Self.path { return submit(call, house) }
        guard call.method == "GET", call.path.hasPrefix(Self.path) else { return .nothingHere }
        if call.path == Self.path {
            let all = house.operations(of: name, account: call.account).reversed().prefix(10).map {
                state($0, call, house)
            }
            return Reply(200, .of(["items": .array(Array(all)), "total": .integer(all.count)]))
        }
        if let bad = badPoll(house) { return bad }
        let id = String(call.path.dropFirst(Self.path.count + 1))
        return house.operation(id, account: call.account).map { Reply(200, state($0, call, house)) }
            ?? Reply(404, .of(["error": .of(["code": "ResourceNotFound", "message": "no such task"])]))
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        let content = wish?["content"]?.items ?? []
        let model = wish?["model"]?.string ?? ""
        let image = content.first { $0["type"]?.string == "image_url" }?["image_url"]?["url"]?.string
        guard ["dreamina-seedance-2-0-260128", "dreamina-seedance-2-0-fast-260128"].contains(model),
            let seconds = wish?["duration"]?.integer,
            (4...15).contains(seconds), let rows = Sizes.rows(wish?["resolution"]?.string ?? "720p"),
            wish?["seed"] == nil,
            image == nil || Shown.picture(image) != nil
        else {
            return Reply(
                400,
                .of([
                    "error": .of([
                        "code": "InvalidParameter", "message": "a parameter is wrong", "param": "",
                        "type": "BadRequest",
                    ])
                ]))
        }
        let still = Shown.picture(image)
        var order = Order(name)
        order.model = model
        order.prompt =
            "\(content.first { $0["type"]?.string == "text" }?["text"]?.string ?? "") from \(still?.count ?? 0) bytes"
        order.milliseconds = seconds * 1_000
        order.billsFailures = false
        (order.width, order.height) = Sizes.of(rows: rows, aspect: Sizes.aspect(of: still ?? Data()))
        return take(order, call, house) { Reply(200, .of(["id": .text($0.id)])) }
    }

    private func state(_ operation: Operation, _ call: Call, _ house: House) -> JSON {
        var task = JSON.of([
            "id": .text(operation.id), "model": .text(operation.model),
            "duration": .integer(operation.milliseconds / 1_000),
        ])
        switch (operation.stage(at: house.now), operation.fate) {
        case (.queued, _): task["status"] = "queued"
        case (.running, _): task["status"] = "running"
        case (.done, "moderate"), (.done, "fail"):
            task["status"] = "failed"
            task["error"] =
                operation.fate == "fail"
                ? .of(["code": "InternalServiceError", "message": "failed"])
                : .of([
                    "code": "OutputVideoSensitiveContentDetected", "message": "the video may contain sensitive content",
                ])
        case (.done, _):
            task["status"] = "succeeded"
            task["content"] = .of(["video_url": .text("\(call.base)/files/\(operation.id).mp4")])
        }
        return task
    }

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
}

/// Wan on DashScope.
struct WanHouse: Personality {
    let name = "wan"

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ code: String, _ words: String) -> Reply {
            Reply(status, .of(["code": .text(code), "message": .text(words), "request_id": "r"]))
        }
        return switch why {
        case .policy: say(400, "DataInspectionFailed", "the input may contain inappropriate content")
        case .tooMany, .tooFast: say(429, "Throttling.RateQuota", "requests rate limit exceeded")
        case .noMoney: say(400, "Arrearage", "access denied, please make sure your account is in good standing")
        case .broken: say(500, "InternalError", "internal error")
        case .badKey: say(401, "InvalidApiKey", "Invalid API-key provided")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", let id = call.tail("/api/v1/tasks/") { return poll(id, call, house) }
        guard call.method == "POST", call.path == "/api/v1/services/aigc/video-generation/video-synthesis" else {
            return .nothingHere
        }
        let wish = call.json
        let parameters = wish?["parameters"]
        guard call.headers["x-dashscope-async"] == "enable", wish?["model"]?.string == "wan2.7-i2v",
            let prompt = wish?["input"]?["prompt"]?.string,
            let still = Shown.picture(wish?["input"]?["media"]?[0]?["url"]?.string),
            let seconds = parameters?["duration"]?.integer,
            (2...15).contains(seconds), let rows = Sizes.rows(parameters?["resolution"]?.string ?? "720P")
        else {
            return Reply(400, .of(["code": "InvalidParameter", "message": "a parameter is wrong", "request_id": "r"]))
        }
        var order = Order(name)
        order.model = "wan2.7-i2v"
        order.prompt = "\(prompt) from \(still.count) bytes"
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: Sizes.aspect(of: still))
        return take(order, call, house) {
            Reply(200, .of(["output": .of(["task_id": .text($0.id), "task_status": "PENDING"]), "request_id": "r"]))
        }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        var output = JSON.of(["task_id": .text(id), "task_status": "UNKNOWN"])
        if let operation = house.operation(id, account: call.account) {
            switch (operation.stage(at: house.now), operation.fate) {
            case (.queued, _): output["task_status"] = "PENDING"
            case (.running, _): output["task_status"] = "RUNNING"
            case (.done, "moderate"), (.done, "fail"):
                output["task_status"] = "FAILED"
                output["code"] = operation.fate == "fail" ? "InternalError" : "DataInspectionFailed"
                output["message"] = "failed"
            case (.done, _):
                output["task_status"] = "SUCCEEDED"
                output["video_url"] = .text("\(call.base)/files/\(id).mp4")
            }
        }
        return Reply(200, .of(["output": output, "request_id": "r"]))
    }

    func open(_ call: Call, _ house: House) -> Reply? { RunwayHouse().open(call, house) }
}
