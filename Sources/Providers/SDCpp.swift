internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// stable-diffusion.cpp's own door on a machine of the user's own. It has one model, of pictures or of clips.
package struct SDCpp: Service {
    package init() {}
    package var backend: String { "sdcpp" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose, .animate] }
    package var isEngine: Bool { true }
    package var usualBase: String { "" }
    package var pollEvery: Span { .seconds(1) }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let isClip = wish.kind == .animate
        let still = isClip ? try picture(wish) : wish.still
        let (width, height) = wish.size(
            step: isClip ? 16 : 8, side: 64...1_536, pixels: isClip ? 832 * 480 : 1_216 * 832)
        var body = JSON.of([
            "prompt": .text(wish.prompt), "negative_prompt": .text(wish.negativePrompt), "width": .integer(width),
            "height": .integer(height), "seed": .integer(wish.seed), "init_image": still.map { .text($0.base64) },
        ])
        if isClip {
            body["video_frames"] = .integer(Self.frames(wish.milliseconds))
            body["fps"] = .integer(Self.rate)
            // Every build has it.
            body["output_format"] = "avi"
        } else {
            body["strength"] = .number("\(Double(wish.strength) / 1_000)")
            if let mask = wish.mask { body["mask_image"] = .text(mask.base64) }
            body["output_format"] = "png"
        }
        var request = credential.request("POST", isClip ? "/sdcpp/v1/vid_gen" : "/sdcpp/v1/img_gen", [])
        request.headers.append(("Content-Type", "application/json"))
        request.body = body.body
        return request
    }

    static let rate = 16
    /// As many as the time needs: a multiple of four and one.
    static func frames(_ milliseconds: Int) -> Int {
        let wanted = (max(1, milliseconds) * rate + 999) / 1_000
        return (max(0, wanted - 1) + 3) / 4 * 4 + 1
    }

    package func read(submission response: Response) -> Submission {
        if (200...202).contains(response.status), let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        switch response.status {
        case 404: return .denied("the server has no /sdcpp/v1: a newer sd-server is needed")
        case 400 where response.complaint.contains("unsupported mode"):
            return .denied("its model does not make this: \(response.complaint)")
        default: return StatusClass.submission(response)
        }
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = credential.request("GET", "/sdcpp/v1/jobs/\(try part(operation))", [])
        request.isRepeatable = true
        // The result is in the answer.
        request.destination = .memory(limitBytes: 512 << 20)
        request.timeLimit = .seconds(300)
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        switch json["status"]?.word {
        case "completed":
            let result = json["result"]
            guard let text = result?["b64_json"]?.string ?? result?["images"]?[0]?["b64_json"]?.string,
                let data = Data(base64Encoded: text), !data.isEmpty
            else { return .failed("it names no output", cost: .zero) }
            return .succeeded(.bytes(data), cost: .zero)
        case "failed": return .failed(json["error"]?["message"]?.word ?? "it failed", cost: .zero)
        case "cancelled": return .failed("cancelled there", cost: .zero)
        default: return .running
        }
    }

    package func greeting(_ credential: Credential) -> Request? {
        credential.request("GET", "/sdcpp/v1/capabilities", [])
    }
}
