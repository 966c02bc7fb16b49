internal import Film
internal import Foundation
internal import Protocol

/// FLUX: a task is asked for at the address its submission gave; results live ten minutes.
struct FluxHouse: Personality {
    let name = "flux"
    func key(of call: Call) -> String? { call.headers["x-key"] }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: Reply(422, .of(["detail": "Request Moderated"]))
        case .tooMany, .tooFast: Reply(429, .of(["detail": "too many active tasks"]))
        case .noMoney: Reply(402, .of(["detail": "insufficient credits"]))
        case .broken: Reply(500, .of(["detail": "internal error"]))
        case .badKey: Reply(403, .of(["detail": "Not authenticated - Invalid Authentication"]))
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", call.path == "/v1/get_result" { return poll(call.query["id"] ?? "", call, house) }
        guard call.method == "POST", let model = call.tail("/v1/"), model.hasPrefix("flux-") else {
            return .nothingHere
        }
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
        let isFill = model == "flux-pro-1.0-fill"
        let given = wish?[isFill ? "image" : "input_image"]?.string
        guard given == nil || Shown.picture(given) != nil else { return invalid("image") }
        if isFill, Shown.picture(wish?["mask"]?.string) == nil || given == nil { return invalid("mask") }
        var order = Order(name)
        order.model = model
        order.kind = given == nil ? .setting : .compose
        order.prompt = prompt
        let (width, height) = Sizes.of(rows: 1_024, aspect: wish?["aspect_ratio"]?.string ?? "16:9")
        (order.width, order.height) = (wish?["width"]?.integer ?? width, wish?["height"]?.integer ?? height)
        let base = call.base
        order.handle = { "\(base)/v1/get_result?id=\($0)" }
        return take(order, call, house) { Reply(200, .of(["id": .text($0.id), "polling_url": .text($0.handle)])) }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else {
            return Reply(404, .of(["id": .text(id), "status": "Task not found", "result": .null]))
        }
        var answer = JSON.of(["id": .text(id), "status": "Pending", "result": .null])
        guard operation.stage(at: house.now) == .done else { return Reply(200, answer) }
        switch operation.fate {
        case "moderate": answer["status"] = "Content Moderated"
        case "fail": answer["status"] = "Error"
        default:
            answer["status"] = "Ready"
            answer["result"] = .of(["sample": .text("\(call.base)/files/\(id).png"), "prompt": .text(operation.prompt)])
        }
        return Reply(200, answer)
    }
}

/// Stability: forms in, pictures and sounds out, at once.
struct StabilityHouse: Personality {
    let name = "stability"

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ name: String) -> Reply {
            Reply(status, .of(["id": "a", "name": .text(name), "errors": .array([.text(name)])]))
        }
        return switch why {
        case .policy: say(403, "content_moderation")
        case .tooMany, .tooFast: say(429, "rate_limit_exceeded")
        case .noMoney: say(402, "payment_required")
        case .broken: say(500, "internal_error")
        case .badKey: say(401, "unauthorized")
        }
    }

    private static let models: [String: TaskKind] = [
        "generate/core": .setting, "generate/ultra": .setting, "generate/sd3": .setting, "edit/inpaint": .compose,
        "edit/remove-background": .cutout,
    ]

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", call.path == "/v1/user/balance" {
            return Reply(200, .of(["credits": .number("123.4")]))
        }
        func invalid(_ words: String) -> Reply {
            Reply(400, .of(["id": "a", "name": "bad_request", "errors": .array([.text(words)])]))
        }
        guard call.method == "POST", let form = Form(call) else { return invalid("the body is no form") }
        if call.path == "/v2beta/audio/stable-audio-2/text-to-audio" { return sound(form, call, house) }
        guard let action = call.tail("/v2beta/stable-image/"), let kind = Self.models[action] else {
            return .nothingHere
        }
        let image = form["image"]
        guard image.map(Shown.isPicture) ?? (kind == .setting), form.text("prompt") != nil || kind == .cutout else {
            return invalid("prompt: is required")
        }
        var order = Order(name)
        order.kind = kind
        let last = action.split(separator: "/").last.map(String.init) ?? ""
        order.model = last == "sd3" ? form.text("model") ?? "sd3.5-large" : last
        order.prompt = "\(form.text("prompt") ?? "") \(form["mask"]?.count ?? 0)"
        let aspect = form.text("aspect_ratio") ?? "1:1"
        (order.width, order.height) = Sizes.of(rows: aspect == "2:3" ? 576 : 486, aspect: aspect)
        return make(order, call, house) { operation in
            let data = house.media.picture(of: operation, from: image)
            return Reply(200, .of(["image": .text(data.base64EncodedString()), "finish_reason": "SUCCESS", "seed": 1]))
        }
    }

    private func sound(_ form: Form, _ call: Call, _ house: House) -> Reply {
        guard let prompt = form.text("prompt"), let seconds = Double(form.text("duration") ?? "190"),
            (1...190).contains(seconds)
        else {
            return Reply(400, .of(["id": "a", "name": "bad_request", "errors": .array(["duration"])]))
        }
        var order = Order(name)
        order.kind = .ambience
        order.model = form.text("model") ?? "stable-audio-2"
        order.prompt = prompt
        order.milliseconds = Int(seconds * 1_000)
        return make(order, call, house) { operation in
            let data = house.media.sound(of: operation)
            return Reply(200, .of(["audio": .text(data.base64EncodedString()), "finish_reason": "SUCCESS", "seed": 1]))
        }
    }
}

/// OpenAI: pictures by tokens, and speech.
struct OpenAIHouse: Personality {
    let name = "openai"

    private func error(_ status: Int, _ code: String, _ words: String) -> Reply {
        Reply(
            status,
            .of([
                "error": .of([
                    "message": .text(words), "type": "invalid_request_error", "param": .null, "code": .text(code),
                ])
            ]))
    }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: error(400, "moderation_blocked", "Your request was rejected by the safety system.")
        case .tooMany, .tooFast: error(429, "rate_limit_exceeded", "Rate limit reached")
        case .noMoney: error(429, "insufficient_quota", "You exceeded your current quota")
        case .broken: error(500, "server_error", "The server had an error")
        case .badKey: error(401, "invalid_api_key", "Incorrect API key provided")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        switch (call.method, call.path) {
        case ("GET", "/v1/models"): return Reply(200, .of(["object": "list", "data": .array([])]))
        case ("POST", "/v1/images/generations"), ("POST", "/v1/images/edits"): return picture(call, house)
        case ("POST", "/v1/audio/speech"): return speech(call, house)
        default: return error(404, "unknown_url", "no such path")
        }
    }

    private func picture(_ call: Call, _ house: House) -> Reply {
        let (wish, form) = (call.json, Form(call))
        let isEdit = call.path.hasSuffix("edits")
        let model = wish?["model"]?.string ?? form?.text("model") ?? ""
        guard model.hasPrefix("gpt-image-2") else {
            return error(404, "model_not_found", "The model \(model) does not exist")
        }
        guard let prompt = wish?["prompt"]?.string ?? form?.text("prompt") else {
            return error(400, "missing", "prompt is required")
        }
        let image = Shown.picture(wish?["images"]?[0]?["image_url"]?.string) ?? form?["image"] ?? form?["image[]"]
        guard !isEdit || image.map(Shown.isPicture) == true else {
            return error(400, "invalid_image_file", "image is invalid")
        }
        let size = wish?["size"]?.string ?? form?.text("size") ?? "1024x1024"
        let sides = (size == "auto" ? "1024x1024" : size).split(separator: "x").compactMap { Int($0) }
        guard sides.count == 2, sides.allSatisfy({ $0 % 16 == 0 }), (655_360...8_294_400).contains(sides[0] * sides[1])
        else {
            return error(400, "invalid_size", "size is not supported")
        }
        var order = Order(name)
        order.model = model
        order.kind = isEdit ? .compose : .setting
        order.prompt = prompt
        (order.width, order.height) = (sides[0], sides[1])
        let (words, shown, drawn) = (max(1, prompt.utf8.count / 4), isEdit ? 1_024 : 0, sides[0] * sides[1] / 968)
        // 5, 8 and 30 dollars a million tokens.
        order.cost = MicroUSD(Int64(words * 5 + shown * 8 + drawn * 30))
        return make(order, call, house) { operation in
            let data = house.media.picture(of: operation, from: image)
            let usage = JSON.of([
                "input_tokens": .integer(words + shown), "output_tokens": .integer(drawn),
                "total_tokens": .integer(words + shown + drawn),
                "input_tokens_details": .of(["text_tokens": .integer(words), "image_tokens": .integer(shown)]),
            ])
            return Reply(
                200,
                .of([
                    "created": 1_764_000_000, "data": .array([.of(["b64_json": .text(data.base64EncodedString())])]),
                    "usage": usage,
                ]))
        }
    }

    private func speech(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        guard let model = wish?["model"]?.string, ["tts-1", "tts-1-hd", "gpt-4o-mini-tts"].contains(model),
            let text = wish?["input"]?.string,
            (1...4_096).contains(text.count), wish?["voice"]?.string != nil
        else { return error(400, "invalid_request_error", "a field is wrong") }
        var order = Order(name)
        order.model = model
        order.kind = .dialogue
        order.prompt = text
        order.units = Double(text.unicodeScalars.count)
        return make(order, call, house) { Reply(200, house.media.sound(of: $0), type: "audio/wav") }
    }
}

/// Replicate: a list of what was asked for lately, with all its inputs.
struct ReplicateHouse: Personality {
    let name = "replicate"
    func key(of call: Call) -> String? { call.authorization("Bearer") ?? call.authorization("Token") }

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ words: String) -> Reply {
            Reply(status, .of(["title": "error", "detail": .text(words), "status": .integer(status)]))
        }
        return switch why {
        case .policy: say(422, "the input is flagged as sensitive")
        case .tooMany, .tooFast: say(429, "Request was throttled. Your rate limit resets in ~10s.")
        case .noMoney: say(402, "insufficient credit")
        case .broken: say(500, "internal error")
        case .badKey: say(401, "You did not pass a valid authentication token")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "POST", let found = call.path.wholeMatch(of: /\/v1\/models\/([^\/]+\/[^\/]+)\/predictions/) {
            return submit(String(found.1), call, house)
        }
        switch (call.method, call.path) {
        case ("GET", "/v1/account"): return Reply(200, .of(["type": "user", "username": "rehearsal"]))
        case ("GET", "/v1/predictions"):
            let all = house.operations(of: name, account: call.account).reversed().prefix(100).map {
                state($0, call, house)
            }
            return Reply(200, .of(["previous": .null, "next": .null, "results": .array(Array(all))]))
        case ("GET", _):
            guard let id = call.tail("/v1/predictions/") else { return .nothingHere }
            if let bad = badPoll(house) { return bad }
            return house.operation(id, account: call.account).map { Reply(200, state($0, call, house)) }
                ?? Reply(404, .of(["detail": "not found"]))
        default: return .nothingHere
        }
    }

    private func submit(_ model: String, _ call: Call, _ house: House) -> Reply {
        guard let input = call.json?["input"], let prompt = input["prompt"]?.string else {
            return Reply(422, .of(["title": "Input validation failed", "detail": "prompt is required", "status": 422]))
        }
        let still = Shown.picture(
            ["image", "input_image", "start_image", "first_frame_image"].lazy.compactMap { input[$0]?.string }.first)
        var order = Order(name)
        order.model = model
        let isClip = input["duration"] != nil || input["num_frames"] != nil
        order.kind = isClip ? .animate : still == nil ? .setting : .compose
        order.prompt = prompt
        // Of its inputs the seed alone is told again here.
        order.reference =
            "seed-\(input["seed"]?.word ?? "none-\(house.operations(of: name, account: call.account).count)")"
        order.milliseconds =
            input["duration"]?.integer.map { $0 * 1_000 } ?? (input["num_frames"]?.integer ?? 81) * 1_000 / 16
        (order.width, order.height) = Sizes.of(
            rows: isClip ? 480 : 768, aspect: input["aspect_ratio"]?.string ?? "16:9")
        return take(order, call, house) { Reply(201, state($0, call, house)) }
    }

    private func state(_ operation: Operation, _ call: Call, _ house: House) -> JSON {
        let stage = operation.stage(at: house.now)
        let isBad = stage == .done && !operation.isMade
        let suffix = operation.kind == "animate" ? "mp4" : "png"
        let output: JSON = stage == .done && !isBad ? .text("\(call.base)/files/\(operation.id).\(suffix)") : .null
        let seed = operation.reference.hasPrefix("seed-") ? Int(operation.reference.dropFirst(5)) : nil
        return .of([
            "id": .text(operation.id), "model": .text(operation.model), "version": "hidden",
            "input": .of(["prompt": .text(operation.prompt), "seed": seed.map { .integer($0) }]), "logs": "",
            "output": output,
            "data_removed": .bool(false),
            "error": isBad ? (operation.fate == "moderate" ? "flagged as sensitive (E005)" : "E1000") : .null,
            "status": .text(
                stage == .queued ? "starting" : stage == .running ? "processing" : isBad ? "failed" : "succeeded"),
            "created_at": "2026-11-22T10:00:00.000Z",
            "urls": .of(["get": .text("\(call.base)/v1/predictions/\(operation.id)")]),
        ])
    }
}
