internal import Film
internal import Foundation
internal import Protocol

/// Veo on Vertex AI: a poll is a POST, and the clip comes inside it.
struct VeoHouse: Personality {
    let name = "veo"

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy:
            error(
                400, "INVALID_ARGUMENT",
                "The prompt could not be submitted: it violates our safety policies. Support codes: 58061214")
        case .tooMany, .tooFast:
            error(
                429, "RESOURCE_EXHAUSTED", "Quota exceeded",
                .array([.of(["@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "12s"])]))
        case .noMoney: error(402, "RESOURCE_EXHAUSTED", "Prepaid credit is used up")
        case .broken: error(503, "UNAVAILABLE", "The service is currently unavailable")
        case .badKey: error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials")
        }
    }

    private func error(_ code: Int, _ status: String, _ words: String, _ details: JSON? = nil) -> Reply {
        Reply(
            code,
            .of([
                "error": .of([
                    "code": .integer(code), "message": .text(words), "status": .text(status), "details": details,
                ])
            ]))
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        guard call.method == "POST",
            let found = call.path.wholeMatch(
                of: /\/v1(?:beta1)?\/(projects\/[^\/]+\/locations\/[^\/]+\/publishers\/google\/models\/([^\/:]+)):(\w+)/
            )
        else { return error(404, "NOT_FOUND", "no such path") }
        switch found.3 {
        case "predictLongRunning": return submit(call, String(found.1), String(found.2), house)
        case "fetchPredictOperation": return poll(call, String(found.1), house)
        default: return error(404, "NOT_FOUND", "no such method")
        }
    }

    private func submit(_ call: Call, _ path: String, _ model: String, _ house: House) -> Reply {
        guard ["veo-3.1-generate-001", "veo-3.1-fast-generate-001", "veo-3.1-lite-generate-001"].contains(model) else {
            return error(404, "NOT_FOUND", "Publisher Model \(model) was not found")
        }
        let wish = call.json
        let parameters = wish?["parameters"]
        guard let prompt = wish?["instances"]?[0]?["prompt"]?.string,
            let seconds = parameters?["durationSeconds"]?.integer,
            [4, 6, 8].contains(seconds)
        else { return error(400, "INVALID_ARGUMENT", "durationSeconds should be 4, 6 or 8") }
        let aspect = parameters?["aspectRatio"]?.string ?? "16:9"
        guard ["16:9", "9:16"].contains(aspect), let rows = Sizes.rows(parameters?["resolution"]?.string ?? "720p"),
            [720, 1_080, 2_160].contains(rows), (parameters?["sampleCount"]?.integer ?? 1) == 1
        else { return error(400, "INVALID_ARGUMENT", "an unsupported aspectRatio, resolution or sampleCount") }
        let image = wish?["instances"]?[0]?["image"]
        let still = Shown.picture(image?["bytesBase64Encoded"]?.string)
        guard image == nil || still != nil else { return error(400, "INVALID_ARGUMENT", "image cannot be decoded") }
        var order = Order(name)
        order.model = model
        order.prompt = "\(prompt) from \(still?.count ?? 0) bytes"
        order.reference = wish?["labels"]?["snowflake"]?.string
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: aspect)
        order.handle = { "\(path)/operations/\($0)" }
        return take(order, call, house) { Reply(200, .of(["name": .text($0.handle)])) }
    }

    private func poll(_ call: Call, _ path: String, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let name = call.json?["operationName"]?.string, name.hasPrefix("\(path)/operations/"),
            let operation = house.operation(String(name.dropFirst(path.count + 12)), account: call.account)
        else { return error(404, "NOT_FOUND", "no such operation") }
        guard operation.stage(at: house.now) == .done else { return Reply(200, .of(["name": .text(name)])) }
        if operation.fate == "fail" {
            return Reply(
                200,
                .of([
                    "name": .text(name), "done": .bool(true), "error": .of(["code": 13, "message": "Internal error"]),
                ]))
        }
        let isFiltered = operation.fate == "moderate"
        let video = JSON.of([
            "bytesBase64Encoded": .text(isFiltered ? "" : house.media.clip(of: operation).base64EncodedString()),
            "mimeType": "video/mp4",
        ])
        let reasons: JSON = .array(["The video was filtered for safety. Support codes: 29310472"])
        let response = JSON.of([
            "@type": "type.googleapis.com/cloud.ai.large_models.vision.GenerateVideoResponse",
            "raiMediaFilteredCount": isFiltered ? 1 : 0, "raiMediaFilteredReasons": isFiltered ? reasons : nil,
            "videos": isFiltered ? nil : .array([video]),
        ])
        return Reply(200, .of(["name": .text(name), "done": .bool(true), "response": response]))
    }
}

/// Gemini Omni through interactions: the clip is a file that has to become active.
struct OmniHouse: Personality {
    let name = "omni"
    func key(of call: Call) -> String? { call.headers["x-goog-api-key"] ?? call.query["key"] }
    func refusal(_ why: Refusal) -> Reply { VeoHouse().refusal(why) }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "POST", call.path == "/v1beta/interactions" { return submit(call, house) }
        if call.method == "GET", call.path == "/v1beta/models" { return Reply(200, .of(["models": .array([])])) }
        if call.method == "GET", let id = call.tail("/v1beta/interactions/") { return poll(id, call, house) }
        guard call.method == "GET", let rest = call.tail("/v1beta/files/") else { return .nothingHere }
        let id = String(rest.prefix { $0 != ":" })
        guard let operation = house.operation(id, account: call.account) else { return .nothingHere }
        if rest.hasSuffix(":download") { return file(operation.id, call, house) }
        return Reply(200, .of(["name": .text("files/\(id)"), "state": "ACTIVE", "mimeType": "video/mp4"]))
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        let parts = wish?["input"]?.items ?? []
        let format = wish?["response_format"]
        let prompt = parts.first { $0["type"]?.string == "text" }?["text"]?.string ?? wish?["input"]?.string
        let still = Shown.picture(parts.first { $0["type"]?.string == "image" }?["data"]?.string)
        let model = wish?["model"]?.string ?? ""
        let longest = model == "gemini-omni-1.2-flash" ? 15 : 10
        guard ["gemini-omni-1.1-flash", "gemini-omni-1.2-flash"].contains(model), let prompt,
            let text = format?["duration"]?.string, text.hasSuffix("s"), let seconds = Int(text.dropLast()),
            (3...longest).contains(seconds),
            let rows = Sizes.rows(format?["resolution"]?.string ?? "720p"), [360, 720, 1_080, 2_160].contains(rows)
        else { return VeoHouse().refusal(.policy).with(400, "an argument is wrong") }
        var order = Order(name)
        order.model = model
        order.prompt = "\(prompt) from \(still?.count ?? 0) bytes"
        order.reference = wish?["labels"]?["snowflake"]?.string
        order.milliseconds = seconds * 1_000
        (order.width, order.height) = Sizes.of(rows: rows, aspect: format?["aspect_ratio"]?.string ?? "16:9")
        return take(order, call, house) {
            Reply(200, .of(["id": .text($0.id), "status": "queued", "model": .text(model)]))
        }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else { return .nothingHere }
        let stage = operation.stage(at: house.now)
        var answer = JSON.of(["id": .text(id), "model": .text(operation.model)])
        switch (stage, operation.fate) {
        case (.queued, _): answer["status"] = "queued"
        case (.running, _): answer["status"] = "in_progress"
        case (.done, "fail"):
            answer["status"] = "failed"
            answer["errors"] = .array([.of(["message": "internal error"])])
        case (.done, "moderate"): answer["status"] = "completed"
        case (.done, _):
            answer["status"] = "completed"
            let part = JSON.of([
                "type": "video", "mime_type": "video/mp4", "uri": .text("\(call.base)/v1beta/files/\(id)"),
            ])
            answer["steps"] = .array([
                .of(["type": "thought"]), .of(["type": "model_output", "content": .array([part])]),
            ])
        }
        return Reply(200, answer)
    }
}

extension Reply {
    /// The same form of error with other words.
    func with(_ status: Int, _ words: String) -> Reply {
        guard var json = try? JSON(text: body), var error = json["error"] else { return self }
        error["message"] = .text(words)
        error["code"] = .integer(status)
        json["error"] = error
        return Reply(status, json)
    }
}

/// Runway: more tasks than the tier allows are throttled, not refused; what was charged stands in the task.
struct RunwayHouse: Personality {
    let name = "runway"
    private static let credits = ["gen4_turbo": 5, "gen4.5": 12]
    private static let ratios = ["1280:720", "720:1280", "1104:832", "832:1104", "960:960", "1584:672"]

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: Reply(400, .of(["error": "The prompt was rejected by moderation."]))
        case .tooMany, .tooFast:
            Reply(
                429, .of(["error": "You have reached the daily generation limit of this model."]),
                [("Retry-After", "60")])
        case .noMoney: Reply(400, .of(["error": "You do not have enough credits to run this task."]))
        case .broken: Reply(503, .of(["error": "overloaded"]))
        case .badKey: Reply(401, .of(["error": "Unauthorized"]))
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        guard call.headers["x-runway-version"] == "2024-11-06" else {
            return Reply(400, .of(["error": "X-Runway-Version is missing or unknown"]))
        }
        switch (call.method, call.path) {
        case ("POST", "/v1/image_to_video"): return submit(call, house)
        case ("GET", "/v1/organization"):
            let limits = JSON.of(["maxConcurrentGenerations": 3, "maxDailyGenerations": 1_000])
            let models = JSON.of(["gen4_turbo": limits, "gen4.5": limits])
            return Reply(
                200,
                .of([
                    "creditBalance": 4_210, "tier": .of(["maxMonthlyCreditSpend": 9_000, "models": models]),
                    "usage": .of(["models": .object([])]),
                ]))
        case ("GET", _): return call.tail("/v1/tasks/").map { poll($0, call, house) } ?? .nothingHere
        case ("DELETE", let path) where path.hasPrefix("/v1/tasks/"): return Reply(204, Data(), type: "text/plain")
        default: return .nothingHere
        }
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        func invalid(_ field: String) -> Reply {
            Reply(
                400,
                .of([
                    "error": "Validation of body failed",
                    "issues": .array([.of(["path": .array([.text(field)]), "message": "is invalid"])]),
                ]))
        }
        let wish = call.json
        let model = wish?["model"]?.string ?? ""
        guard let credits = Self.credits[model] else { return invalid("model") }
        guard let seconds = wish?["duration"]?.integer ?? (model == "gen4_turbo" ? 5 : nil), (2...10).contains(seconds)
        else {
            return invalid("duration")
        }
        guard let ratio = wish?["ratio"]?.string, Self.ratios.contains(ratio) else { return invalid("ratio") }
        let prompt = wish?["promptText"]?.string ?? ""
        guard prompt.utf16.count <= 1_000, model == "gen4_turbo" || !prompt.isEmpty else {
            return invalid("promptText")
        }
        let uri = wish?["promptImage"]?.string ?? wish?["promptImage"]?[0]?["uri"]?.string ?? ""
        let isFar = uri.hasPrefix("https://")
        guard uri.utf8.count <= 5 << 20, isFar || Shown.picture(uri) != nil else { return invalid("promptImage") }
        var order = Order(name)
        order.model = model
        order.prompt = "\(prompt) from \(Shown.picture(uri)?.count ?? 0) bytes"
        order.milliseconds = seconds * 1_000
        let sides = ratio.split(separator: ":").compactMap { Int($0) }
        (order.width, order.height) = (sides[0], sides[1])
        order.cost = MicroUSD(Int64(seconds * credits) * 10_000)
        return take(order, call, house) {
            Reply(200, .of(["id": .text($0.id), "estimatedCost": .of(["credits": .integer(seconds * credits)])]))
        }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else {
            return Reply(404, .of(["error": "not found"]))
        }
        let credits = JSON.of(["credits": .integer(Int(operation.cost / 10_000))])
        var task = JSON.of(["id": .text(id), "createdAt": "2026-11-22T10:00:00.000Z"])
        switch (operation.stage(at: house.now), operation.fate) {
        case (.queued, _):
            task["status"] = "THROTTLED"
            task["estimatedCost"] = credits
        case (.running, _):
            task["status"] = "RUNNING"
            task["progress"] = .number("\(operation.progress(at: house.now))")
            task["estimatedCost"] = credits
        case (.done, "moderate"), (.done, "fail"):
            task["status"] = "FAILED"
            task["failure"] = operation.fate == "fail" ? "An internal error occurred." : "The prompt was rejected."
            task["failureCode"] = operation.fate == "fail" ? "INTERNAL" : "SAFETY.INPUT.TEXT"
            task["cost"] = credits
        case (.done, _):
            task["status"] = "SUCCEEDED"
            task["output"] = .array([.text("\(call.base)/files/\(id).mp4")])
            task["cost"] = credits
        }
        return Reply(200, task)
    }
}
