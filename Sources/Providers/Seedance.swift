internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// ByteDance Seedance on ModelArk. Only what succeeds is billed. It refuses stills in which people look real.
package struct Seedance: Service {
    package init() {}
    package var backend: String { "seedance" }
    package var usualBase: String { "https://ark.ap-southeast.bytepluses.com" }
    private static let path = "/api/v3/contents/generations/tasks"

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = credential.bearer("POST", Self.path)
        request.headers.append(("Content-Type", "application/json"))
        let rows = wish.rows
        request.body =
            JSON.of([
                "model": .text(wish.model),
                "content": .array([
                    .of(["type": "text", "text": .text(wish.prompt)]),
                    .of(["type": "image_url", "image_url": .of(["url": .text(still.dataURI)]), "role": "first_frame"]),
                ]),
                "resolution": .text(rows >= 2_160 ? "4k" : rows >= 1_080 ? "1080p" : rows >= 720 ? "720p" : "480p"),
                "ratio": "adaptive", "duration": .integer(wish.seconds), "generate_audio": .bool(false),
                "watermark": .bool(false),
                // A job nobody asks for any more does not run on.
                "execution_expires_after": 86_400,
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        if response.status == 200, let id = response.json?["id"]?.word, !id.isEmpty { return .accepted(id) }
        let code = response.json?["error"]?["code"]?.word ?? ""
        let words = "\(response.complaint) \(code)"
        if code.contains("SensitiveContent") { return .moderated(words) }
        if code.hasPrefix("AccountOverdue") {
            return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600))
        }
        if ["RateLimitExceeded", "QuotaExceeded", "ServerOverloaded"].contains(where: code.hasPrefix) {
            return .scarce(words, retryAfter: response.retryAfter)
        }
        if code.hasPrefix("Authentication") { return .denied(words) }
        return StatusClass.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "\(Self.path)/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        let code = json["error"]?["code"]?.word ?? ""
        let words = "\(json["error"]?["message"]?.word ?? "the service failed") \(code)"
        switch json["status"]?.word {
        case "succeeded":
            guard let link = json["content"]?["video_url"]?.string else {
                return .failed("it names no output", cost: nil)
            }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            return code.contains("SensitiveContent") ? .moderated(words, cost: .zero) : .failed(words, cost: .zero)
        case "cancelled", "expired": return .failed("\(json["status"]?.word ?? "") there", cost: .zero)
        default: return .running
        }
    }

    package func greeting(_ credential: Credential) -> Request? {
        credential.bearer("GET", "\(Self.path)?page_num=1&page_size=1")
    }
}

/// Alibaba Wan on DashScope. It forgets everything after a day.
package struct Wan: Service {
    package init() {}
    package var backend: String { "wan" }
    package var usualBase: String { "https://dashscope-intl.aliyuncs.com" }
    package var pollEvery: Span { .seconds(15) }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = credential.bearer("POST", "/api/v1/services/aigc/video-generation/video-synthesis")
        request.headers += [("Content-Type", "application/json"), ("X-DashScope-Async", "enable")]
        let rows = wish.rows
        let frame = JSON.of(["type": "first_frame", "url": .text(still.dataURI)])
        request.body =
            JSON.of([
                "model": .text(wish.model),
                "input": .of([
                    "prompt": .text(wish.prompt),
                    "negative_prompt": wish.negativePrompt.isEmpty ? nil : .text(wish.negativePrompt),
                    "media": .array([frame]),
                ]),
                "parameters": .of([
                    "resolution": .text(rows >= 1_080 ? "1080P" : rows >= 720 ? "720P" : "480P"),
                    "duration": .integer(wish.seconds), "prompt_extend": .bool(false), "watermark": .bool(false),
                    "seed": .integer(wish.seed),
                ]),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        let json = response.json
        if response.status == 200, let id = json?["output"]?["task_id"]?.word, !id.isEmpty { return .accepted(id) }
        let code = json?["code"]?.word ?? ""
        let words = "\(response.complaint) \(code)"
        if code.hasPrefix("DataInspection") { return .moderated(words) }
        if code.hasPrefix("Arrearage") { return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600)) }
        if code.hasPrefix("Throttling") { return .scarce(words, retryAfter: response.retryAfter) }
        if code == "InvalidApiKey" { return .denied(words) }
        return StatusClass.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "/api/v1/tasks/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let output = response.json?["output"] else {
            return response.status == 200
                ? .busy("what came is no JSON of DashScope's", retryAfter: nil) : StatusClass.poll(response)
        }
        let code = output["code"]?.word ?? ""
        let words = "\(output["message"]?.word ?? "the service failed") \(code)"
        switch output["task_status"]?.word {
        case "SUCCEEDED":
            guard let link = output["video_url"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "FAILED":
            return code.hasPrefix("DataInspection") ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        case "CANCELED": return .failed("cancelled there", cost: nil)
        // Expired, or never there.
        case "UNKNOWN": return .lost
        default: return .running
        }
    }
}
