internal import Film
internal import Foundation
package import HTTP
internal import Protocol

/// Luma's Agents API.
package struct Luma: Service {
    package init() {}
    package var backend: String { "luma" }
    package var usualBase: String { "https://agents.lumalabs.ai/v1" }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = credential.bearer("POST", "/generations")
        request.headers.append(("Content-Type", "application/json"))
        let rows = wish.rows
        // One key frame at the beginning is image-to-video, and works at every length.
        let frame = JSON.of(["data": .text(still.base64), "media_type": .text(still.mimeType)])
        request.body =
            JSON.of([
                "model": .text(wish.model), "type": "video", "prompt": .text(String(wish.prompt.prefix(6_000))),
                "aspect_ratio": .text(wish.aspect(among: ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"])),
                "video": .of([
                    "duration": .text("\(wish.seconds)s"),
                    "resolution": .text(rows >= 1_080 ? "1080p" : rows >= 720 ? "720p" : rows >= 540 ? "540p" : "360p"),
                    "keyframes": .array([frame]), "keyframe_indexes": .array([0]),
                ]),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        if (200...202).contains(response.status), let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        return LumaAnswers.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "/generations/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        switch json["state"]?.word {
        case "completed":
            guard let link = json["output"]?[0]?["url"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            let code = json["failure_code"]?.word ?? "generation_failed"
            let words = "\(json["failure_reason"]?.word ?? "the service failed") (\(code))"
            switch code {
            case "content_moderated": return .moderated(words, cost: nil)
            case "budget_exhausted", "rate_limited": return .failed(words, cost: .zero)
            default: return .failed(words, cost: nil)
            }
        default: return .running
        }
    }
}

/// Luma's older Dream Machine API: it takes pictures by address alone. Its list gives back the address with our name
/// for the call in it, for a person to find; a page without it proves nothing, so the list is not asked here.
package struct DreamMachine: Service {
    package init() {}
    package var backend: String { "dream-machine" }
    package var usualBase: String { "https://api.lumalabs.ai/dream-machine/v1" }
    package var needsAddress: Bool { true }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        guard let address = try picture(wish).address else {
            throw BadWish("Dream Machine takes pictures by address alone: use a store in S3, or the backend luma")
        }
        var request = credential.bearer("POST", "/generations")
        request.headers.append(("Content-Type", "application/json"))
        let rows = wish.rows
        request.body =
            JSON.of([
                "generation_type": "video", "model": .text(wish.model), "prompt": .text(wish.prompt),
                "duration": .text("\(wish.seconds)s"),
                "resolution": .text(rows >= 2_160 ? "4k" : rows >= 1_080 ? "1080p" : rows >= 720 ? "720p" : "540p"),
                "aspect_ratio": .text(wish.aspect(among: ["1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"])),
                "keyframes": .of(["frame0": .of(["type": "image", "url": .text(Self.marked(address, wish.reference))])]
                ),
            ]).body
        return request
    }

    /// Our name for the call, where the service gives it back in its list and nobody fetches by it.
    static func marked(_ address: String, _ reference: String) -> String { "\(address)#\(reference)" }

    package func read(submission response: Response) -> Submission {
        if (200...202).contains(response.status), let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        return LumaAnswers.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "/generations/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        switch json["state"]?.word {
        case "completed":
            guard let link = json["assets"]?["video"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            let words = json["failure_reason"]?.word ?? "the service failed"
            return LumaAnswers.isPolicy(words) ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        default: return .running
        }
    }

    package func greeting(_ credential: Credential) -> Request? { credential.bearer("GET", "/ping") }
}

enum LumaAnswers {
    static func isPolicy(_ words: String) -> Bool {
        ["moderat", "policy", "sensitive", "not allowed"].contains { words.lowercased().contains($0) }
    }

    static func submission(_ response: Response) -> Submission {
        if [400, 422].contains(response.status), isPolicy(response.complaint) { return .moderated(response.complaint) }
        return StatusClass.submission(response)
    }
}
