internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Stability's platform: pictures, inpainting, cut-outs and beds of sound. It answers at once; a connection that dies after
/// the request was sent may have cost money, and nobody can ask.
package struct Stability: Service {
    package init() {}
    package var backend: String { "stability" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose, .cutout, .ambience] }
    package var usualBase: String { "https://api.stability.ai" }
    private static let aspects = ["21:9", "16:9", "3:2", "5:4", "1:1", "4:5", "2:3", "9:16", "9:21"]

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        var form = Multipart()
        let path: String
        switch wish.kind {
        case .compose:
            let (still, mask) = (try picture(wish), wish.mask)
            guard wish.model == "inpaint" else {
                throw BadWish("\"\(wish.model)\" composes no stills here; use the model inpaint")
            }
            path = "/v2beta/stable-image/edit/inpaint"
            words(wish, &form)
            form.file("image", fileName: still.fileName, type: still.mimeType, still.data)
            if let mask { form.file("mask", fileName: "mask.png", type: mask.mimeType, mask.data) }
        case .cutout:
            let still = try picture(wish)
            path = "/v2beta/stable-image/edit/remove-background"
            form.file("image", fileName: still.fileName, type: still.mimeType, still.data)
            form.field("output_format", "png")
        case .ambience: return sound(wish, credential)
        default:
            path = "/v2beta/stable-image/generate/\(try generator(wish.model))"
            words(wish, &form)
            form.field("aspect_ratio", wish.aspect(among: Self.aspects))
            if wish.model.hasPrefix("sd3") { form.field("model", wish.model) }
        }
        return request(path, form, credential, timeLimit: .seconds(180))
    }

    private func request(_ path: String, _ form: Multipart, _ credential: Credential, timeLimit: Span) -> Request {
        var request = credential.bearer("POST", path)
        request.set(form)
        request.timeLimit = timeLimit
        // It is silent until the picture is done.
        request.stallLimit = timeLimit
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    private func words(_ wish: Wish, _ form: inout Multipart) {
        form.field("prompt", String(wish.prompt.prefix(10_000)))
        if !wish.negativePrompt.isEmpty { form.field("negative_prompt", String(wish.negativePrompt.prefix(10_000))) }
        form.field("seed", "\(max(1, wish.seed))")
        form.field("output_format", "png")
    }

    private func generator(_ model: String) throws(BadWish) -> String {
        switch model {
        case "core", "ultra": return model
        case "sd3.5-large", "sd3.5-large-turbo", "sd3.5-medium", "sd3.5-flash": return "sd3"
        default: throw BadWish("\"\(model)\" makes no pictures at \(backend)")
        }
    }

    private func sound(_ wish: Wish, _ credential: Credential) -> Request {
        var form = Multipart()
        form.field("prompt", wish.prompt)
        form.field("model", wish.model)
        form.field("duration", "\(min(190, max(1, (wish.milliseconds + 999) / 1_000)))")
        form.field("seed", "\(max(1, wish.seed))")
        form.field("output_format", "wav")
        return request("/v2beta/audio/stable-audio-2/text-to-audio", form, credential, timeLimit: .seconds(300))
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else { return refusal(response) }
        guard let json = response.json, json.members != nil else { return .unknown("what came is no JSON") }
        if json["finish_reason"]?.word == "CONTENT_FILTERED" { return .moderated("the result was filtered") }
        guard let text = json["image"]?.string ?? json["audio"]?.string, let data = Data(base64Encoded: text),
            !data.isEmpty
        else { return .unknown("it took the request and gave nothing that can be read") }
        return .finished(Finished(.bytes(data)))
    }

    private func refusal(_ response: Response) -> Submission {
        let name = response.json?["name"]?.word ?? ""
        switch response.status {
        case 403 where name == "content_moderation": return .moderated(response.complaint)
        // Whoever is too fast is locked out for a minute.
        case 429: return .scarce(response.complaint, retryAfter: response.retryAfter ?? .seconds(60))
        default: return StatusClass.submission(response)
        }
    }

    package func greeting(_ credential: Credential) -> Request? { credential.bearer("GET", "/v1/user/balance") }
}
