internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// OpenAI's images, and its speech, whose wire form many other servers speak: `SNOWFLAKE_OPENAI_URL` names one of those.
package struct OpenAI: Service {
    package init() {}
    package var backend: String { "openai" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose, .dialogue] }
    package var usualBase: String { "https://api.openai.com" }
    package var isMaskTransparent: Bool { true }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        var request: Request
        switch wish.kind {
        case .dialogue:
            guard wish.prompt.count <= 4_096 else { throw BadWish("the line is longer than 4,096 characters") }
            request = credential.bearer("POST", "/v1/audio/speech")
            request.body =
                JSON.of([
                    "model": .text(wish.model), "input": .text(Spelling.respelt(wish.prompt, wish.sayings)),
                    "voice": .text(wish.voice.isEmpty ? "alloy" : wish.voice), "response_format": "wav",
                ]).body
        case .compose:
            let still = try picture(wish)
            request = credential.bearer("POST", "/v1/images/edits")
            request.body =
                JSON.of([
                    "model": .text(wish.model), "prompt": .text(String(wish.prompt.prefix(32_000))),
                    "images": .array([.of(["image_url": .text(still.dataURI)])]),
                    // Transparent is what is drawn anew: the worker writes it so for us.
                    "mask": wish.mask.map { .of(["image_url": .text($0.dataURI)]) }, "size": .text(size(wish)),
                    "quality": "medium", "output_format": "png",
                ]).body
        default:
            request = credential.bearer("POST", "/v1/images/generations")
            request.body =
                JSON.of([
                    "model": .text(wish.model), "prompt": .text(String(wish.prompt.prefix(32_000))),
                    "size": .text(size(wish)), "quality": "medium", "n": 1, "output_format": "png",
                ]).body
        }
        request.headers.append(("Content-Type", "application/json"))
        request.timeLimit = .seconds(300)
        // It is silent until the picture is done.
        request.stallLimit = .seconds(300)
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    /// Any size whose sides are multiples of 16, up to what is not experimental.
    private func size(_ wish: Wish) -> String {
        let (width, height) = wish.size(step: 16, side: 464...2_560, pixels: 2_560 * 1_440)
        return "\(width)x\(height)"
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else { return refusal(response) }
        guard let json = response.json, json.members != nil else {
            // Speech comes as it is.
            return SoundBytes.isSound(response.body)
                ? .finished(Finished(.bytes(response.body))) : .unknown("what came is neither JSON nor sound")
        }
        if json["error"] != nil { return .unknown(response.complaint) }
        guard let text = json["data"]?[0]?["b64_json"]?.string, let data = Data(base64Encoded: text), !data.isEmpty
        else { return .unknown("it took the request and gave nothing that can be read") }
        return .finished(Finished(.bytes(data), cost: Self.cost(json["usage"])))
    }

    /// What so many tokens cost: 5 dollars a million of words, 8 of pictures shown, 30 of pictures made (price list of
    /// 2026-11-22).
    private static func cost(_ usage: JSON?) -> MicroUSD? {
        guard let made = usage?["output_tokens"]?.double else { return nil }
        let details = usage?["input_tokens_details"]
        let words = details?["text_tokens"]?.double ?? usage?["input_tokens"]?.double ?? 0
        let shown = details?["image_tokens"]?.double ?? 0
        return MicroUSD(dollars: (words * 5 + shown * 8 + made * 30) / 1e6)
    }

    private func refusal(_ response: Response) -> Submission {
        let code = response.json?["error"]?["code"]?.word ?? ""
        switch (response.status, code) {
        case (400, "moderation_blocked"), (400, "content_policy_violation"): return .moderated(response.complaint)
        case (_, "billing_hard_limit_reached"), (429, "insufficient_quota"), (429, "credit_balance_exhausted"):
            return .scarce("no money left there: \(response.complaint)", retryAfter: .seconds(3_600))
        default: return StatusClass.submission(response)
        }
    }

    package func greeting(_ credential: Credential) -> Request? { credential.bearer("GET", "/v1/models") }
}
