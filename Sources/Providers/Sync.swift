internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Sync: lips moved to what is said. Its jobs are known by its own ids alone.
package struct Sync: Service {
    package init() {}
    package var backend: String { "sync" }
    package var kinds: [TaskKind] { [.lipsync] }
    package var usualBase: String { "https://api.sync.so" }

    private func request(_ method: String, _ path: String, _ credential: Credential) -> Request {
        credential.request(method, path, [("x-api-key", credential.key)])
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let (video, audio) = try face(wish)
        guard wish.milliseconds <= 300_000 else {
            throw BadWish("sync moves lips for 300 s at most; this is \(wish.milliseconds / 1_000) s")
        }
        var options = JSON.of(["sync_mode": "cut_off"])
        // Who of several speaks is found by the service.
        if wish.faces > 1 { options["active_speaker_detection"] = .of(["auto_detect": .bool(true)]) }
        var form = Multipart()
        form.field("model", wish.model)
        form.field("options", options.text)
        form.file("video", fileName: "clip.mp4", type: "video/mp4", video)
        form.file("audio", fileName: "speech.wav", type: "audio/wav", audio)
        var request = request("POST", "/v2/generate", credential)
        request.set(form)
        return request
    }

    package func read(submission response: Response) -> Submission {
        if response.status == 201 || response.status == 200, let id = response.json?["id"]?.word, !id.isEmpty {
            return .accepted(id)
        }
        return StatusClass.submission(response)
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        var request = request("GET", "/v2/generate/\(try part(operation))", credential)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200 || response.status == 201, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        let words = json["error"]?.word ?? json["error_code"]?.word ?? "the service failed"
        switch json["status"]?.word {
        case "COMPLETED":
            guard let link = json["outputUrl"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "REJECTED": return .moderated(words, cost: nil)
        case "FAILED": return .failed("\(words) (\(json["error_code"]?.word ?? "no code"))", cost: nil)
        default: return .running
        }
    }

    package func greeting(_ credential: Credential) -> Request? {
        request("GET", "/v2/generations?status=COMPLETED", credential)
    }
}

extension Service {
    /// A clip and what is said in it.
    func face(_ wish: Wish) throws(BadWish) -> (video: Data, audio: Data) {
        guard let video = wish.video, let audio = wish.audio else {
            throw BadWish("\(backend) moves the lips of a clip to a sound, and one of them is missing")
        }
        return (video, audio)
    }
}
