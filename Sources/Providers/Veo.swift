internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Google Veo on Vertex AI. No list and no name of ours: what nobody knows, a person must look up by the job's bucket or bill.
package struct Veo: Service {
    package init() {}
    package var backend: String { "veo" }
    package var usualBase: String { "https://us-central1-aiplatform.googleapis.com" }
    package var pollEvery: Span { .seconds(10) }

    private func path(_ model: String, _ credential: Credential) throws(BadWish) -> String {
        guard let project = credential.options["project"], !project.isEmpty else {
            throw BadWish("Vertex needs a project: set SNOWFLAKE_VEO_PROJECT beside the key", isHere: true)
        }
        let location = credential.options["location"] ?? "us-central1"
        return "/v1/projects/\(project)/locations/\(location)/publishers/google/models/\(try part(model))"
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = credential.bearer("POST", try path(wish.model, credential) + ":predictLongRunning")
        request.headers.append(("Content-Type", "application/json"))
        let image = JSON.of(["bytesBase64Encoded": .text(still.base64), "mimeType": .text(still.mimeType)])
        request.body =
            JSON.of([
                "instances": .array([.of(["prompt": .text(wish.prompt), "image": image])]),
                "parameters": .of([
                    "durationSeconds": .integer(wish.seconds),
                    "aspectRatio": .text(wish.aspect(among: ["16:9", "9:16"])),
                    "resolution": .text(wish.rows >= 2_160 ? "4k" : wish.rows >= 1_080 ? "1080p" : "720p"),
                    "sampleCount": 1, "generateAudio": .bool(false), "seed": .integer(wish.seed),
                    "personGeneration": "allow_adult",
                    "negativePrompt": wish.negativePrompt.isEmpty ? nil : .text(wish.negativePrompt),
                ]),
                // Comes back on the bill alone.
                "labels": .of(["snowflake": .text(wish.reference)]),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        if response.status == 200, let name = response.json?["name"]?.word, !name.isEmpty { return .accepted(name) }
        return Google.submission(response)
    }

    /// A poll is a POST to the model, with the operation's name in it.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        guard
            let found = operation.wholeMatch(
                of:
                    /(projects\/[^\/?#\s]+\/locations\/[^\/?#\s]+\/publishers\/google\/models\/[^\/?#:\s]+)\/operations\/[^\/?#\s]+/
            )
        else { throw BadWish("\"\(operation.prefix(60))\" is no operation of Vertex's") }
        var request = credential.bearer("POST", "/v1/\(found.1):fetchPredictOperation")
        request.headers.append(("Content-Type", "application/json"))
        request.body = JSON.of(["operationName": .text(operation)]).body
        // The whole clip comes inside the JSON.
        request.destination = .memory(limitBytes: 192 << 20)
        request.timeLimit = .seconds(300)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        guard json["done"]?.isTrue == true else { return .running }
        if let error = json["error"] {
            let words = error["message"]?.word ?? "the service failed"
            // google.rpc: 3 the request, 7 the caller, 8 no room.
            return Google.isSafety(words) ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        }
        let answer = json["response"]
        if let video = answer?["videos"]?[0] {
            if let text = video["bytesBase64Encoded"]?.string, let data = Data(base64Encoded: text), !data.isEmpty {
                return .succeeded(.bytes(data), cost: nil)
            }
            if let address = video["gcsUri"]?.string {
                return .failed("the clip is in \(address), where this worker does not look", cost: nil)
            }
        }
        let reasons = (answer?["raiMediaFilteredReasons"]?.items ?? []).compactMap(\.word)
        if (answer?["raiMediaFilteredCount"]?.integer ?? 0) > 0 || !reasons.isEmpty {
            return .moderated(reasons.first ?? "filtered by the service's policy", cost: nil)
        }
        return .failed("it is done and holds no clip", cost: nil)
    }
}

/// Gemini Omni through the Interactions endpoint.
package struct Omni: Service {
    package init() {}
    package var backend: String { "omni" }
    package var usualBase: String { "https://generativelanguage.googleapis.com" }

    private func request(_ method: String, _ path: String, _ credential: Credential) -> Request {
        credential.request(method, path, [("x-goog-api-key", credential.key)])
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = request("POST", "/v1beta/interactions", credential)
        request.headers.append(("Content-Type", "application/json"))
        let rows = wish.rows
        let size = rows >= 2_160 ? "4k" : rows >= 1_080 ? "1080p" : rows >= 720 ? "720p" : "360p"
        request.body =
            JSON.of([
                "model": .text(wish.model),
                "input": .array([
                    .of(["type": "image", "data": .text(still.base64), "mime_type": .text(still.mimeType)]),
                    .of(["type": "text", "text": .text("<FIRST_FRAME> " + wish.prompt)]),
                ]),
                "response_format": .of([
                    "type": "video", "aspect_ratio": .text(wish.aspect(among: ["16:9", "9:16"])),
                    "duration": .text("\(wish.seconds)s"), "resolution": .text(size), "delivery": "uri",
                ]),
                "generation_config": .of([
                    "video_config": .of(["task": "image_to_video"]), "seed": .integer(wish.seed),
                ]),
                "background": .bool(true), "store": .bool(true), "labels": .of(["snowflake": .text(wish.reference)]),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        if (200...202).contains(response.status), let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        return Google.submission(response)
    }

    /// The clip is a file that has to become active before it can be fetched.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        let path = stage.isEmpty ? "/v1beta/interactions/\(try part(operation))" : "/v1beta/files/\(try part(stage))"
        var request = request("GET", path, credential)
        request.destination = .memory(limitBytes: 64 << 20)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        guard stage.isEmpty else { return read(file: json, stage) }
        let words = json["errors"]?[0]?["message"]?.word ?? failedStep(json) ?? json["error"]?["message"]?.word
        switch json["status"]?.word {
        case "completed":
            guard let video = video(in: json) else {
                return .moderated(words ?? "completed without a clip: its policy refused it", cost: nil)
            }
            return video
        case "failed", "incomplete":
            let words = words ?? "the service failed"
            return Google.isSafety(words) ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        case "cancelled": return .failed("cancelled there", cost: nil)
        case "budget_exceeded": return .failed("the account's spend cap was reached", cost: .zero)
        case "requires_action", "requires_continuation":
            return .failed("it waits for an answer nobody gives", cost: nil)
        default: return .running
        }
    }

    private func failedStep(_ json: JSON) -> String? {
        (json["steps"]?.items ?? []).lazy.compactMap { $0["error"]?["message"]?.word }.first
    }

    private func video(in json: JSON) -> OperationState? {
        let parts =
            (json["steps"]?.items ?? []).flatMap { $0["content"]?.items ?? [] }
            + [json["output_video"]].compactMap { $0 }
        for part in parts where part["type"]?.word ?? "video" == "video" {
            if let text = part["data"]?.string, let data = Data(base64Encoded: text), !data.isEmpty {
                return .succeeded(.bytes(data), cost: nil)
            }
            if let uri = part["uri"]?.string, let name = uri.split(separator: "/").last?.split(separator: ":").first {
                return .further(String(name))
            }
        }
        return nil
    }

    private func read(file json: JSON, _ name: String) -> OperationState {
        switch json["state"]?.word {
        case "ACTIVE":
            return .succeeded(.link("/v1beta/files/\(name):download?alt=media", isKeyed: true), cost: nil)
        case "FAILED": return .failed(json["error"]?["message"]?.word ?? "the file could not be made", cost: nil)
        default: return .running
        }
    }

    package func output(_ path: String, _ credential: Credential) -> Request { request("GET", path, credential) }

    package func greeting(_ credential: Credential) -> Request? { request("GET", "/v1beta/models", credential) }
}

/// What Google's services say in one way.
enum Google {
    static func isSafety(_ words: String) -> Bool {
        let words = words.lowercased()
        return ["safety", "responsible ai", "policy", "policies", "prohibited", "support code"].contains {
            words.contains($0)
        }
    }

    static func submission(_ response: Response) -> Submission {
        let json = response.json
        let words = response.complaint
        let status = json?["error"]?["status"]?.word ?? ""
        switch (response.status, status) {
        case (400, _) where isSafety(words): return .moderated(words)
        case (402, _): return .scarce("the prepaid credit is used up: \(words)", retryAfter: .seconds(3_600))
        case (429, _), (409, "RESOURCE_EXHAUSTED"), (408, "RESOURCE_EXHAUSTED"):
            return .scarce(words, retryAfter: retryDelay(json) ?? response.retryAfter)
        default: return StatusClass.submission(response)
        }
    }

    /// `details` may hold a `RetryInfo`: `{"retryDelay": "17s"}`.
    static func retryDelay(_ json: JSON?) -> Span? {
        for detail in json?["error"]?["details"]?.items ?? [] {
            guard let delay = detail["retryDelay"]?.word, delay.hasSuffix("s"), let seconds = Double(delay.dropLast()),
                (0...86_400).contains(seconds)
            else { continue }
            return .milliseconds(Int64(seconds * 1_000))
        }
        return nil
    }
}
