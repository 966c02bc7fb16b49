internal import Film
internal import Foundation
package import HTTP
internal import Protocol

/// Runway. Its tasks are known by its own ids alone; what a task was charged stands in it.
package struct Runway: Service {
    package init() {}
    package var backend: String { "runway" }
    package var usualBase: String { "https://api.dev.runwayml.com" }
    /// A data URI may have 5 MB, of which a third is its encoding.
    package var stillLimitBytes: Int { 3_300_000 }

    private func request(_ method: String, _ path: String, _ credential: Credential) -> Request {
        var request = credential.bearer(method, path)
        request.headers.append(("X-Runway-Version", "2024-11-06"))
        return request
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        var request = request("POST", "/v1/image_to_video", credential)
        request.headers.append(("Content-Type", "application/json"))
        let ratios = ["16:9": "1280:720", "9:16": "720:1280", "1:1": "960:960"]
        request.body =
            JSON.of([
                "model": .text(wish.model),
                "promptImage": .array([.of(["uri": .text(still.dataURI), "position": "first"])]),
                "promptText": .text(Self.cut(wish.prompt, utf16: 1_000)),
                "ratio": .text(ratios[wish.aspect(among: ["16:9", "9:16", "1:1"])] ?? "1280:720"),
                "duration": .integer(wish.seconds), "seed": .integer(wish.seed),
            ]).body
        return request
    }

    /// As much of a text as has so many UTF-16 units, whole characters only.
    static func cut(_ text: String, utf16 limit: Int) -> String {
        var (kept, units) = ("", 0)
        for character in text {
            units += character.utf16.count
            guard units <= limit else { break }
            kept.append(character)
        }
        return kept
    }

    package func read(submission response: Response) -> Submission {
        if response.status == 200 || response.status == 201, let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        let words = response.complaint
        // "Not enough credits" is a 400 here.
        if response.status == 400, words.lowercased().contains("credit") {
            return .scarce(words, retryAfter: .seconds(3_600))
        }
        if response.status == 429 {
            return .scarce(
                "the day's generations of this model are used up: \(words)",
                retryAfter: response.retryAfter ?? .seconds(3_600))
        }
        return StatusClass.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = request("GET", "/v1/tasks/\(try part(operation))", credential)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        let cost = json["cost"]?["credits"]?.double.map { MicroUSD(dollars: $0 / 100) }
        switch json["status"]?.word {
        case "SUCCEEDED":
            guard let link = json["output"]?[0]?.string else { return .failed("it names no output", cost: cost) }
            return .succeeded(.link(link, isKeyed: false), cost: cost)
        case "FAILED":
            let words = json["failure"]?.word ?? "the service failed"
            let code = json["failureCode"]?.word ?? "INTERNAL"
            return code.hasPrefix("SAFETY.") ? .moderated(words, cost: cost) : .failed("\(words) (\(code))", cost: cost)
        case "CANCELLED": return .failed("cancelled there", cost: cost)
        default: return .running
        }
    }

    package func greeting(_ credential: Credential) -> Request? { request("GET", "/v1/organization", credential) }
}
