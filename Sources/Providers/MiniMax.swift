internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// MiniMax: Hailuo models on its first API, H3 models on its second. HTTP 200 does not mean success on the first.
package struct MiniMax: Service {
    package init() {}
    package var backend: String { "minimax" }
    package var usualBase: String { "https://api.minimax.io" }
    package var pollEvery: Span { .seconds(10) }

    private static func isSecond(_ model: String) -> Bool { model.hasPrefix("MiniMax-H3") }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let still = try picture(wish)
        let isSecond = Self.isSecond(wish.model)
        var request = credential.bearer("POST", isSecond ? "/v2/video_generation" : "/v1/video_generation")
        request.headers.append(("Content-Type", "application/json"))
        let rows = wish.rows
        let body: JSON =
            isSecond
            ? .of([
                "model": .text(wish.model),
                "content": .array([
                    .of(["type": "text", "text": .text(wish.prompt)]),
                    .of(["type": "image_url", "image_url": .of(["url": .text(still.dataURI)]), "role": "first_frame"]),
                ]),
                "resolution": .text(
                    rows >= 1_440 ? "2K" : rows >= 768 || !wish.model.hasSuffix("Max") ? "768P" : "480P"),
                "duration": .integer(wish.seconds), "ratio": "adaptive",
            ])
            : .of([
                "model": .text(wish.model), "first_frame_image": .text(still.dataURI), "prompt": .text(wish.prompt),
                "duration": .integer(wish.seconds),
                "resolution": .text(rows >= 1_080 ? "1080P" : rows >= 768 ? "768P" : "512P"),
                "prompt_optimizer": .bool(false),
            ])
        request.body = body.body
        return request
    }

    package func read(submission response: Response) -> Submission {
        guard let json = response.json else { return StatusClass.submission(response) }
        let words = response.complaint
        if let code = json["base_resp"]?["status_code"]?.integer, code != 0 {
            switch code {
            case 1_002: return .scarce(words, retryAfter: response.retryAfter)
            case 1_004, 2_049: return .denied(words)
            case 1_008, 2_056: return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600))
            case 1_026, 1_027: return .moderated(words)
            case 2_013: return .refused(words)
            default: return .unknown("\(words) (\(code))")
            }
        }
        if response.status == 200, let id = json["task"]?["id"]?.word ?? json["id"]?.word, !id.isEmpty {
            return .accepted("2:\(id)")
        }
        if response.status == 200, let id = json["task_id"]?.word, !id.isEmpty { return .accepted("1:\(id)") }
        return StatusClass.submission(response)
    }

    /// The handle says which API it is of.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        let id = try part(String(operation.dropFirst(2)))
        let path: String
        if !stage.isEmpty {
            path = "/v1/files/retrieve?file_id=\(try part(stage))"
        } else if operation.hasPrefix("2:") {
            path = "/v2/query/video_generation/\(id)"
        } else if operation.hasPrefix("1:") {
            path = "/v1/query/video_generation?task_id=\(id)"
        } else {
            throw BadWish("\"\(operation.prefix(60))\" is no handle of MiniMax's")
        }
        var request = credential.bearer("GET", path)
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        if operation.hasPrefix("2:") { return read(second: json["task"] ?? json) }
        let code = json["base_resp"]?["status_code"]?.integer ?? 0
        let words = "\(json["base_resp"]?["status_msg"]?.word ?? "the service failed") (\(code))"
        guard stage.isEmpty else {
            guard let link = json["file"]?["download_url"]?.string else { return .busy(words, retryAfter: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        }
        switch json["status"]?.word {
        case "Success":
            guard let file = json["file_id"]?.word else { return .failed("it names no output", cost: nil) }
            return .further(file)
        case "Fail": return [1_026, 1_027].contains(code) ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        case "Preparing", "Queueing", "Processing": return .running
        default: return code == 0 ? .running : .busy(words, retryAfter: nil)
        }
    }

    private func read(second task: JSON) -> OperationState {
        let error = task["error"]
        let words = error?["message"]?.word ?? error?.word ?? "the service failed"
        switch task["status"]?.word {
        case "succeeded":
            guard let link = task["content"]?["url"]?.string else { return .failed("it names no output", cost: nil) }
            return .succeeded(.link(link, isKeyed: false), cost: nil)
        case "failed":
            let isPolicy =
                [1_026, 1_027].contains(error?["code"]?.integer ?? 0) || words.lowercased().contains("sensitive")
            return isPolicy ? .moderated(words, cost: nil) : .failed(words, cost: nil)
        case "cancelled", "expired": return .failed("\(task["status"]?.word ?? "") there", cost: nil)
        default: return .running
        }
    }
}
