internal import Film
internal import Foundation
internal import Protocol

/// ElevenLabs: lines as samples with the time of each character, a history of lines, and sounds.
struct ElevenLabsHouse: Personality {
    let name = "elevenlabs"
    func key(of call: Call) -> String? { call.headers["xi-api-key"] }

    private func say(_ status: Int, _ code: String) -> Reply {
        Reply(status, .of(["detail": .of(["code": .text(code), "status": .text(code), "message": .text(code)])]))
    }

    func refusal(_ why: Refusal) -> Reply {
        switch why {
        case .policy: say(400, "content_against_policy")
        case .tooMany, .tooFast: say(429, "too_many_concurrent_requests")
        case .noMoney: say(401, "quota_exceeded")
        case .broken: say(500, "internal_error")
        case .badKey: say(401, "invalid_api_key")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        switch (call.method, call.path) {
        case ("GET", "/v1/user"), ("GET", "/v1/user/subscription"):
            return Reply(
                200, .of(["tier": "pro", "character_count": 0, "character_limit": 500_000, "status": "active"]))
        case ("GET", "/v1/models"): return Reply(200, .array([]))
        case ("GET", "/v1/history"): return history(call, house)
        case ("GET", let path) where path.hasPrefix("/v1/history/"):
            let id = path.dropFirst("/v1/history/".count).prefix { $0 != "/" }
            guard let operation = house.operation(String(id), account: call.account) else {
                return say(404, "not_found")
            }
            return Reply(200, house.media.sound(of: operation), type: "audio/wav")
        case ("POST", "/v1/sound-generation"): return sound(call, house)
        case ("POST", let path) where path.hasPrefix("/v1/text-to-speech/"): return line(call, house)
        default: return .nothingHere
        }
    }

    private func line(_ call: Call, _ house: House) -> Reply {
        let parts = call.path.split(separator: "/").map(String.init)
        let wish = call.json
        guard parts.count >= 3, parts[2].count >= 5 else { return say(404, "voice_not_found") }
        guard let text = wish?["text"]?.string, !text.isEmpty else {
            return Reply(
                422,
                .of([
                    "detail": .array([
                        .of(["loc": .array(["body", "text"]), "msg": "field required", "type": "value_error.missing"])
                    ])
                ]))
        }
        let isTimed = parts.last == "with-timestamps"
        var order = Order(name)
        order.kind = .dialogue
        order.model = wish?["model_id"]?.string ?? "eleven_multilingual_v2"
        order.prompt = text
        order.units = Double(text.unicodeScalars.count)
        return make(order, call, house) { operation in
            let headers = [("character-cost", "\(text.unicodeScalars.count)"), ("history-item-id", operation.id)]
            let characters = text.map(String.init)
            let tone = MediaShelf.tone(characters.count)
            guard isTimed else { return Reply(200, tone, type: "audio/pcm", headers) }
            let length = Double(MediaShelf.samplesPerCharacter) / Double(MediaShelf.rate)
            let alignment = JSON.of([
                "characters": .array(characters.map { .string($0) }),
                "character_start_times_seconds": .array(characters.indices.map { .number("\(Double($0) * length)") }),
                "character_end_times_seconds": .array(characters.indices.map { .number("\(Double($0 + 1) * length)") }),
            ])
            return Reply(
                200,
                .of([
                    "audio_base64": .text(tone.base64EncodedString()), "alignment": alignment,
                    "normalized_alignment": alignment,
                ]), headers)
        }
    }

    private func sound(_ call: Call, _ house: House) -> Reply {
        let wish = call.json
        guard let text = wish?["text"]?.string, let seconds = wish?["duration_seconds"]?.double ?? Optional(5),
            (0.5...30).contains(seconds)
        else {
            return say(400, "invalid_request")
        }
        var order = Order(name)
        order.kind = .ambience
        order.model = wish?["model_id"]?.string ?? "eleven_text_to_sound_v2"
        order.prompt = text
        order.milliseconds = Int(seconds * 1_000)
        return make(order, call, house) { Reply(200, house.media.sound(of: $0), type: "audio/wav") }
    }

    private func history(_ call: Call, _ house: House) -> Reply {
        // Sounds are not in it.
        let lines = house.operations(of: name, account: call.account).filter { $0.kind == "dialogue" }.reversed().map {
            operation in
            JSON.of([
                "history_item_id": .text(operation.id), "text": .text(operation.prompt), "voice_id": "voice-1",
                "model_id": .text(operation.model), "state": "created", "date_unix": 1_764_000_000, "source": "TTS",
            ])
        }
        return Reply(
            200, .of(["history": .array(Array(lines)), "has_more": .bool(false), "last_history_item_id": .null]))
    }
}

/// Azure's real-time speech: markup in, sound out.
struct AzureHouse: Personality {
    let name = "azure"

    /// Text as it is read: what had to be escaped is one character.
    static func read(_ text: String) -> String {
        text.replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
            .replacing("&apos;", with: "'").replacing("&amp;", with: "&")
    }

    func key(of call: Call) -> String? { call.headers["ocp-apim-subscription-key"] }

    func refusal(_ why: Refusal) -> Reply {
        let status =
            switch why {
            case .policy: 400
            case .tooMany, .tooFast: 429
            case .noMoney: 403
            case .broken: 502
            case .badKey: 401
            }
        return Reply(status, Data(), type: "text/plain")
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", call.path == "/cognitiveservices/voices/list" { return Reply(200, .array([])) }
        guard call.method == "POST", call.path == "/cognitiveservices/v1" else { return .nothingHere }
        guard call.headers["content-type"] == "application/ssml+xml" else {
            return Reply(415, Data(), type: "text/plain")
        }
        let text = String(decoding: call.body, as: UTF8.self)
        guard call.headers["user-agent"] != nil, text.contains("<voice name="),
            call.headers["x-microsoft-outputformat"] != nil
        else {
            return refusal(.policy)
        }
        // Neither `<speak>` nor `<voice>` is billed; other marks are.
        let inside = text.replacing(/<\/?(speak|voice)[^>]*>/, with: "")
        var order = Order(name)
        order.kind = .dialogue
        order.prompt = Self.read(inside.replacing(/<[^>]*>/, with: ""))
        order.units = Double(order.prompt.unicodeScalars.count)
        return make(order, call, house) { Reply(200, house.media.sound(of: $0), type: "audio/x-wav") }
    }
}

/// Google's speech: with a mark before a word, when it is said.
struct GoogleHouse: Personality {
    let name = "google"
    func key(of call: Call) -> String? {
        call.headers["x-goog-api-key"] ?? call.authorization("Bearer") ?? call.query["key"]
    }
    func refusal(_ why: Refusal) -> Reply { VeoHouse().refusal(why) }

    func answer(_ call: Call, _ house: House) -> Reply {
        if call.method == "GET", call.path == "/v1/voices" { return Reply(200, .of(["voices": .array([])])) }
        guard call.method == "POST", ["/v1/text:synthesize", "/v1beta1/text:synthesize"].contains(call.path) else {
            return .nothingHere
        }
        let wish = call.json
        let ssml = wish?["input"]?["ssml"]?.string
        guard let said = ssml ?? wish?["input"]?["text"]?.string, said.utf8.count <= 5_000,
            wish?["voice"]?["languageCode"]?.string != nil,
            wish?["audioConfig"]?["audioEncoding"]?.string == "LINEAR16"
        else {
            return refusal(.policy).with(
                400, "Either `input.text` or `input.ssml` is longer than the limit of 5000 bytes")
        }
        var order = Order(name)
        order.kind = .dialogue
        order.prompt = AzureHouse.read(said.replacing(/<[^>]*>/, with: ""))
        // Marks count.
        order.units = Double((ssml ?? said).unicodeScalars.count)
        let marks = said.matches(of: /<mark name="([^"]*)"\/>/).map { String($0.1) }
        return make(order, call, house) { operation in
            let sound = house.media.sound(of: operation)
            let each = Double(max(1, sound.count - 44)) / 96_000 / Double(max(1, marks.count))
            let points = marks.enumerated().map {
                JSON.of(["markName": .text($1), "timeSeconds": .number("\(Double($0) * each)")])
            }
            return Reply(200, .of(["audioContent": .text(sound.base64EncodedString()), "timepoints": .array(points)]))
        }
    }
}

/// The metered service of this repository: a plain job interface that bills on accept and knows references.
struct MeteredHouse: Personality {
    let name = "metered"

    func refusal(_ why: Refusal) -> Reply {
        func say(_ status: Int, _ words: String, _ more: [(name: String, value: String)] = []) -> Reply {
            Reply(status, .of(["error": .text(words)]), more)
        }
        return switch why {
        case .policy: say(422, "the prompt is not allowed")
        case .tooMany, .tooFast: say(429, "slow down", [("Retry-After", "1")])
        case .noMoney: say(402, "no money")
        case .broken: say(500, "it broke")
        case .badKey: say(401, "the key is not known")
        }
    }

    func answer(_ call: Call, _ house: House) -> Reply {
        switch (call.method, call.path) {
        case ("POST", "/v1/generations"): return submit(call, house)
        case ("GET", "/v1/generations"):
            guard let operation = house.find(name, call.query["reference"] ?? "", account: call.account) else {
                return Reply(404, .of(["error": "no such reference"]))
            }
            return Reply(200, .of(["id": .text(operation.id), "status": "queued"]))
        case ("GET", let path) where path.hasPrefix("/v1/moved/"):
            return moved(path.split(separator: "/").map(String.init), call)
        case ("GET", _):
            if let id = call.tail("/v1/generations/") { return poll(id, call, house) }
            return call.tail("/v1/outputs/").map { file(String($0.prefix { $0 != "." }), call, house) }
                ?? Reply(404, .of(["error": "nothing is here"]))
        default: return Reply(404, .of(["error": "nothing is here"]))
        }
    }

    private func submit(_ call: Call, _ house: House) -> Reply {
        guard let reference = call.headers["reference"], let wish = call.json, wish.members != nil else {
            return Reply(400, .of(["error": "a wish and a reference are wanted"]))
        }
        let model = wish["model"]?.string ?? ""
        guard ["", "metered-lite"].contains(model) else {
            return Reply(422, .of(["error": .text("there is no model \(model)")]))
        }
        var order = Order(name)
        order.model = model
        order.prompt = wish["prompt"]?.string ?? ""
        order.reference = reference
        order.milliseconds = wish["milliseconds"]?.integer ?? 1_000
        (order.width, order.height) = (wish["width"]?.integer ?? 320, wish["height"]?.integer ?? 180)
        order.fps = wish["fps"]?.integer ?? 24
        let isKnown = house.find(name, reference, account: call.account) != nil
        return take(order, call, house) { Reply(isKnown ? 200 : 202, .of(["id": .text($0.id), "status": "queued"])) }
    }

    private func poll(_ id: String, _ call: Call, _ house: House) -> Reply {
        if let bad = badPoll(house) { return bad }
        guard let operation = house.operation(id, account: call.account) else {
            return Reply(404, .of(["error": "no such operation"]))
        }
        guard operation.stage(at: house.now) == .done else {
            return Reply(200, .of(["id": .text(id), "status": "running"]))
        }
        let cost = JSON.integer(Int(operation.cost))
        switch operation.fate {
        case "moderate":
            return Reply(
                200, .of(["id": .text(id), "status": "moderated", "cost_micro_usd": cost, "error": "moderated"]))
        case "fail":
            return Reply(200, .of(["id": .text(id), "status": "failed", "cost_micro_usd": cost, "error": "failed"]))
        default:
            return Reply(
                200,
                .of([
                    "id": .text(id), "status": "succeeded", "cost_micro_usd": cost,
                    "output": .text("/v1/outputs/\(id).mp4"),
                ]))
        }
    }

    /// `/v1/moved/N/…`: N redirects away.
    private func moved(_ parts: [String], _ call: Call) -> Reply {
        guard parts.count > 3, let left = Int(parts[2]), left > 0 else { return .nothingHere }
        let rest = parts[3...].joined(separator: "/")
        return Reply(
            302, .object([]), [("Location", "\(call.base)/v1/" + (left > 1 ? "moved/\(left - 1)/" : "") + rest)])
    }
}
