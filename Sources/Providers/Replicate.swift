internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Replicate, the generic door: a model's `owner/name` says what it makes, and a table which of its inputs is what.
///
/// Predictions can be listed with their inputs for an hour: a call whose answer was lost is found again by its seed, which
/// is worked out from our reference and no other call's.
package struct Replicate: Service {
    package init() {}
    package var backend: String { "replicate" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose, .animate] }
    package var usualBase: String { "https://api.replicate.com" }
    package var pollEvery: Span { .seconds(2) }
    /// Data URIs are meant for small files.
    package var stillLimitBytes: Int { 1_000_000 }

    /// Names of inputs by model: where the picture goes, where its mask, how a length is said.
    private struct Inputs {
        var picture = "image"
        var mask: String?
        var seconds: String?
        var frames: String?
    }

    private static let inputs: [String: Inputs] = [
        "black-forest-labs/flux-fill-pro": Inputs(mask: "mask"),
        "black-forest-labs/flux-kontext-pro": Inputs(picture: "input_image"),
        "bytedance/seedance-2.0": Inputs(seconds: "duration"),
        "kwaivgi/kling-v2.1": Inputs(picture: "start_image", seconds: "duration"),
        "minimax/hailuo-02": Inputs(picture: "first_frame_image", seconds: "duration"),
        "wan-video/wan-2.2-i2v-fast": Inputs(frames: "num_frames"),
    ]

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        guard wish.model.wholeMatch(of: /[a-z0-9][a-z0-9._-]*\/[a-z0-9][a-z0-9._-]*/) != nil else {
            throw BadWish("\"\(wish.model)\" is no owner/name of a model at Replicate")
        }
        let names = Self.inputs[wish.model] ?? Inputs()
        if wish.kind == .animate { _ = try picture(wish) }
        var request = credential.bearer("POST", "/v1/models/\(wish.model)/predictions")
        request.headers += [("Content-Type", "application/json"), ("Cancel-After", "30m")]
        var input = JSON.object([])
        input["prompt"] = .text(wish.prompt)
        if let still = wish.still { input[names.picture] = .text(still.dataURI) }
        if let name = names.mask, let mask = wish.mask { input[name] = .text(mask.dataURI) }
        if wish.kind == .animate {
            if let name = names.seconds { input[name] = .integer(wish.seconds) }
            if let name = names.frames { input[name] = .integer(wish.seconds * 16 / 4 * 4 + 1) }
        } else {
            input["aspect_ratio"] = .text(wish.aspect(among: ["16:9", "3:2", "4:3", "1:1", "3:4", "2:3", "9:16"]))
            input["output_format"] = "png"
        }
        input["seed"] = .integer(Self.seed(wish.reference))
        request.body = JSON.of(["input": input]).body
        return request
    }

    /// 31 bits of the reference (FNV-1a).
    static func seed(_ reference: String) -> Int {
        Int(reference.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 } >> 33)
    }

    package func read(submission response: Response) -> Submission {
        if (200...202).contains(response.status), let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        if response.status == 429 {
            let words = response.complaint
            let told = words.firstMatch(of: /resets in ~?(\d{1,5})s/).flatMap { Int64($0.1) }.map { Span.seconds($0) }
            return .scarce(words, retryAfter: response.retryAfter ?? told)
        }
        if [403, 404].contains(response.status) { return .refused(response.complaint) }
        return StatusClass.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.bearer("GET", "/v1/predictions/\(try part(operation))")
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        let words = json["error"]?.word ?? ""
        switch json["status"]?.word {
        case "succeeded":
            guard let link = json["output"]?.string ?? json["output"]?[0]?.string else {
                return json["data_removed"]?.isTrue == true ? .lost : .failed("it names no output", cost: nil)
            }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            let isPolicy = ["nsfw", "sensitive", "safety", "e005"].contains { words.lowercased().contains($0) }
            return isPolicy ? .moderated(words, cost: nil) : .failed(words.isEmpty ? "it failed" : words, cost: nil)
        case "canceled": return .failed("cancelled there", cost: nil)
        // Its time ran out before it began: that is free.
        case "aborted": return .failed("it never began", cost: .zero)
        default: return .running
        }
    }

    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? {
        var request = credential.bearer("GET", "/v1/predictions")
        // A hundred calls with the pictures they were given.
        request.destination = .memory(limitBytes: 256 << 20)
        return request
    }

    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        guard response.status == 200, let json = response.json, let calls = json["results"]?.items else {
            throw BadWish("the look-up gave no list: \(response.complaint)")
        }
        let seed = Self.seed(wish.reference)
        if let call = calls.first(where: { $0["input"]?["seed"]?.integer == seed }) {
            guard let id = call["id"]?.word, !id.isEmpty else {
                throw BadWish("the look-up gave a call without a name")
            }
            return id
        }
        // Inputs are gone after an hour, and older pages are not read: then nobody can be sure.
        let isWhole = json["next"]?.word == nil && !calls.contains { $0["data_removed"]?.isTrue == true }
        guard isWhole else { throw BadWish("it is not among the newest calls", isHere: true) }
        return nil
    }

    package func greeting(_ credential: Credential) -> Request? { credential.bearer("GET", "/v1/account") }
}
