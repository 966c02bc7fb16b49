package import Film
internal import Foundation
package import HTTP
package import Protocol

/// Pika through the queue of fal.ai. The model is the path: `fal-ai/pika/v2.2/image-to-video`.
package struct Pika: Service, FalQueue {
    package init() {}
    package var backend: String { "pika" }

    package func body(_ wish: Wish) throws(BadWish) -> JSON {
        .of([
            "image_url": .text(try picture(wish).dataURI), "prompt": .text(wish.prompt),
            "negative_prompt": wish.negativePrompt.isEmpty ? nil : .text(wish.negativePrompt),
            "duration": .integer(wish.seconds), "resolution": .text(wish.rows >= 1_080 ? "1080p" : "720p"),
            "seed": .integer(wish.seed),
        ])
    }
}

/// Lips moved by the models fal.ai has for it: Sync's, and LatentSync.
package struct FalLips: Service, FalQueue {
    package init() {}
    package var backend: String { "fal" }
    package var kinds: [TaskKind] { [.lipsync] }

    package func body(_ wish: Wish) throws(BadWish) -> JSON {
        let (video, audio) = try face(wish)
        let isSync = wish.model.contains("/sync-lipsync")
        return .of([
            "video_url": .text("data:video/mp4;base64,\(video.base64EncodedString())"),
            "audio_url": .text("data:audio/wav;base64,\(audio.base64EncodedString())"),
            "sync_mode": isSync ? "cut_off" : nil, "seed": isSync ? nil : .integer(wish.seed),
        ])
    }
}

/// The queue all models at fal.ai stand in: what differs is what each is asked.
package protocol FalQueue: Service {
    /// What the model is asked.
    func body(_ wish: Wish) throws(BadWish) -> JSON
}

extension FalQueue {
    package var usualBase: String { "https://queue.fal.run" }

    private func request(_ method: String, _ path: String, _ credential: Credential) -> Request {
        credential.request(method, path, [("Authorization", "Key \(credential.key)")])
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let body = try body(wish)
        guard wish.model.wholeMatch(of: /[a-z0-9.-]+(\/[a-z0-9.-]+){1,5}/) != nil, !wish.model.contains("..") else {
            throw BadWish("\"\(wish.model)\" is no model's path at fal")
        }
        var request = request("POST", "/\(wish.model)", credential)
        // One submission is one job: repeats are ours to decide.
        request.headers += [("Content-Type", "application/json"), ("x-fal-no-retry", "1")]
        request.body = body.body
        return request
    }

    /// The handle is the path of the result: the model's sub-path is not in it, so it cannot be worked out from the model.
    package func read(submission response: Response) -> Submission {
        let json = response.json
        if (200...202).contains(response.status), let id = json?["request_id"]?.word, !id.isEmpty {
            guard let link = json?["response_url"]?.string, let path = Self.path(of: link),
                path.hasSuffix("/requests/\(id)")
            else { return .unknown("it accepted \(id) without an address to ask for it") }
            return .accepted(path)
        }
        let kind = json?["detail"]?[0]?["type"]?.word ?? json?["error_type"]?.word ?? ""
        if kind == "content_policy_violation" { return .moderated(response.complaint) }
        if [402, 403].contains(response.status), response.complaint.lowercased().contains("balance") {
            return .scarce(response.complaint, retryAfter: .seconds(3_600))
        }
        return StatusClass.submission(response, surelyRefused: [503])
    }

    static func path(of link: String) -> String? {
        guard let slashes = link.range(of: "://"), let slash = link[slashes.upperBound...].firstIndex(of: "/") else {
            return nil
        }
        return String(link[slash...].prefix { $0 != "?" && $0 != "#" })
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        guard operation.wholeMatch(of: /(\/[A-Za-z0-9._-]+){2,5}\/requests\/[A-Za-z0-9-]+/) != nil,
            !operation.contains("..")
        else { throw BadWish("\"\(operation.prefix(60))\" is no handle of fal's") }
        // The address it gave holds the path of its own root, where it is reached below one.
        let root = Self.path(of: credential.base) ?? ""
        let path =
            !root.isEmpty && operation.hasPrefix(root + "/") ? String(operation.dropFirst(root.count)) : operation
        var request = request("GET", stage.isEmpty ? path + "/status" : path, credential)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        let json = response.json
        guard stage.isEmpty else { return read(result: response, json) }
        guard (200...202).contains(response.status), let json, json.members != nil else {
            return (200...202).contains(response.status)
                ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        // COMPLETED covers jobs that failed: the result says which.
        return json["status"]?.word == "COMPLETED" ? .further("result") : .running
    }

    private func read(result response: Response, _ json: JSON?) -> OperationState {
        if response.status == 200 {
            guard let link = json?["video"]?["url"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        }
        let words = response.complaint
        let kind = json?["detail"]?[0]?["type"]?.word ?? json?["error_type"]?.word ?? ""
        switch response.status {
        case 422 where kind == "content_policy_violation": return .moderated(words, cost: nil)
        case 422: return .failed("\(words) \(kind)", cost: nil)
        // Failures of the service itself are not billed.
        case 500 where !kind.isEmpty, 503 where !kind.isEmpty, 504 where !kind.isEmpty:
            return .failed("\(words) \(kind)", cost: .zero)
        case 404: return .lost
        default: return .busy(words, retryAfter: response.retryAfter)
        }
    }
}
