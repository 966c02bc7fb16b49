internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// A metered image-to-video service: a plain job interface that bills on accept and knows references.
///
/// `POST {base}/v1/generations` with `Reference` → 202 `{"id"}`; the same reference again → 200 with the same id, not
/// billed. `GET …/v1/generations?reference=R` → 200 or 404. `GET …/v1/generations/{id}` → `{"status", "cost_micro_usd",
/// "output"}`. The output is fetched from the same host.
package struct Metered: Service {
    package init() {}
    package var backend: String { "metered" }
    /// Nobody runs it for others: it is there when its address is configured.
    package var usualBase: String { "" }
    package var pollEvery: Span { .milliseconds(500) }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("POST", "/v1/generations")
        request.timeLimit = .seconds(30)
        request.headers += [("Reference", wish.reference), ("Content-Type", "application/json")]
        request.body =
            JSON.of([
                "prompt": .text(wish.prompt), "model": wish.model.isEmpty ? nil : .text(wish.model),
                "milliseconds": .integer(wish.milliseconds), "width": .integer(wish.width),
                "height": .integer(wish.height), "fps": .integer(wish.fps),
            ]).body
        return request
    }

    package func read(submission response: Response) -> Submission {
        switch response.status {
        case 200, 202:
            guard let id = response.json?["id"]?.word, !id.isEmpty else {
                return .unknown("it accepted without a name")
            }
            return .accepted(id)
        case 402: return .scarce(response.complaint, retryAfter: .seconds(600))
        case 400, 422, 451: return .moderated(response.complaint)
        default: return StatusClass.submission(response)
        }
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "/v1/generations/\(try part(operation))")
        request.timeLimit = .seconds(30)
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        let cost = MicroUSD(Int64(max(0, json["cost_micro_usd"]?.integer ?? 0)))
        let words = json["error"]?.word
        switch json["status"]?.word {
        case "succeeded":
            guard let output = json["output"]?.string else { return .failed("it names no output", cost: cost) }
            return .succeeded(.link(output, isKeyed: true), cost: cost)
        case "moderated": return .moderated(words ?? "refused by the service's policy", cost: cost)
        case "failed": return .failed(words ?? "the service failed", cost: cost)
        default: return .running
        }
    }

    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? {
        credential.bearer("GET", "/v1/generations?reference=\(wish.reference)")
    }

    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        if response.status == 404 { return nil }
        guard response.status == 200, let id = response.json?["id"]?.word, !id.isEmpty else {
            throw BadWish("the look-up gave no name: \(response.complaint)")
        }
        return id
    }
}
