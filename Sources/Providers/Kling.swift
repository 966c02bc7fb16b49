internal import Film
internal import Foundation
package import HTTP
internal import Protocol

/// Kling. It knows a call by our own name for it: what became of one can always be asked.
package struct Kling: Service {
    package init() {}
    package var backend: String { "kling" }
    package var usualBase: String { "https://api-singapore.klingai.com" }
    private static let path = "/v1/videos/image2video"

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = credential.bearer("POST", Self.path)
        request.headers.append(("Content-Type", "application/json"))
        request.body =
            JSON.of([
                "model_name": .text(wish.model),
                "mode": .text(wish.rows >= 2_160 ? "4k" : wish.rows >= 1_080 ? "pro" : "std"),
                "duration": .text("\(wish.seconds)"),
                // Without the prefix of a data URI.
                "image": .text(still.base64), "prompt": .text(String(wish.prompt.prefix(2_500))),
                "negative_prompt": wish.negativePrompt.isEmpty ? nil : .text(String(wish.negativePrompt.prefix(2_500))),
                "sound": wish.model.hasPrefix("kling-v1") || wish.model.hasPrefix("kling-v2-1")
                    || wish.model.hasPrefix("kling-v2-5") ? nil : "off",
                "external_task_id": .text(wish.reference),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        guard let json = response.json, let code = json["code"]?.integer else {
            return StatusClass.submission(response)
        }
        let words = "\(json["message"]?.word ?? "") (\(code))"
        switch code {
        case 0:
            guard let id = json["data"]?["task_id"]?.word, !id.isEmpty else {
                return .unknown("accepted without a name")
            }
            return .accepted(id)
        case 1_000...1_004, 1_103, 1_304: return .denied(words)
        case 1_100: return .denied(words)
        case 1_101, 1_102: return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600))
        case 1_300, 1_301: return .moderated(words)
        case 1_302: return .scarce(words, retryAfter: response.retryAfter)
        case 1_303:
            return .scarce("more tasks at once than the account allows: \(words)", retryAfter: response.retryAfter)
        case 1_200...1_203: return .refused(words)
        // Maintenance takes nothing; an error and a time-out may have.
        case 5_001: return .scarce(words, retryAfter: .seconds(60))
        default: return .unknown(words)
        }
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "\(Self.path)/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard let json = response.json, let code = json["code"]?.integer else {
            return response.status == 200
                ? .busy("what came is no JSON of Kling's", retryAfter: nil) : StatusClass.poll(response)
        }
        guard code == 0, let task = json["data"] else {
            return [1_202, 1_203].contains(code)
                ? .lost : .busy("\(json["message"]?.word ?? "") (\(code))", retryAfter: response.retryAfter)
        }
        // Packs count units, and one unit is not one dollar: the price stands in the list.
        let words = task["task_status_msg"]?.word ?? ""
        switch task["task_status"]?.word {
        case "succeed":
            guard let link = task["task_result"]?["videos"]?[0]?["url"]?.string else {
                return .failed("it names no output", cost: nil)
            }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            let isPolicy = ["risk", "policy", "sensitive", "moderat"].contains { words.lowercased().contains($0) }
            let shown = words.isEmpty ? "the service failed" : words
            return isPolicy ? .moderated(shown, cost: nil) : .failed(shown, cost: nil)
        default: return .running
        }
    }

    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? {
        credential.bearer("GET", "\(Self.path)/\(wish.reference)")
    }

    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        guard let json = response.json, let code = json["code"]?.integer else {
            throw BadWish("the look-up gave no JSON: \(response.complaint)")
        }
        if code == 0, let id = json["data"]?["task_id"]?.word, !id.isEmpty { return id }
        guard [1_203, 1_202].contains(code) || response.status == 404 else { throw BadWish(response.complaint) }
        return nil
    }

    package func greeting(_ credential: Credential) -> Request? {
        credential.bearer("GET", "\(Self.path)?pageNum=1&pageSize=1")
    }
}
