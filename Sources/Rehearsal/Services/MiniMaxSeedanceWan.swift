internal import Film
internal import Foundation
internal import Protocol

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
}
