internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// FLUX of Black Forest Labs: pictures from words, over a picture and its mask (fill), or after pictures (FLUX.2, Kontext).
///
/// A handle is the polling address the service gives, which has to be asked at exactly that place.
package struct Flux: Service {
    package init() {}
    package var backend: String { "flux" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose] }
    package var usualBase: String { "https://api.bfl.ai" }
    package var pollEvery: Span { .milliseconds(1_000) }

    private func keyed(_ method: String, _ path: String, _ credential: Credential) -> Request {
        credential.request(method, path, [("x-key", credential.key)])
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        guard wish.model.wholeMatch(of: /flux-[a-z0-9.-]{1,60}/) != nil else {
            throw BadWish("\"\(wish.model)\" is no model of FLUX's")
        }
        var request = keyed("POST", "/v1/\(wish.model)", credential)
        request.headers.append(("Content-Type", "application/json"))
        request.body = try parameters(wish).body
        return request
    }

    private func parameters(_ wish: Wish) throws(BadWish) -> JSON {
        let (prompt, seed) = (JSON.text(wish.prompt), JSON.integer(wish.seed))
        let aspect = JSON.text(wish.aspect(among: ["21:9", "16:9", "4:3", "1:1", "3:4", "2:3", "3:2", "9:16", "9:21"]))
        switch wish.model {
        case "flux-pro-1.0-fill":
            guard let still = wish.still, let mask = wish.mask else {
                throw BadWish("\(wish.model) draws over a picture and its mask: it can compose stills, nothing else")
            }
            return .of([
                "image": .text(still.base64), "mask": .text(mask.base64), "prompt": prompt, "steps": 50,
                // Of a scale of its own, 1.5 to 100, whose usual is 60.
                "guidance": .integer(60), "seed": seed, "output_format": "png",
            ])
        case let model where model.hasPrefix("flux-2-"):
            let (width, height) = wish.size(step: 16, side: 64...2_048, pixels: 4_000_000)
            return .of([
                "prompt": prompt, "input_image": wish.still.map { .text($0.base64) }, "width": .integer(width),
                "height": .integer(height), "seed": seed, "output_format": "png",
            ])
        case let model where model.hasPrefix("flux-kontext-"):
            return .of([
                "prompt": prompt, "input_image": wish.still.map { .text($0.base64) }, "aspect_ratio": aspect,
                "seed": seed, "output_format": "png",
            ])
        case let model where wish.still != nil:
            throw BadWish(
                "\(model) takes no picture to draw over; compose with flux-pro-1.0-fill, flux-2-pro or flux-kontext-pro"
            )
        case "flux-pro-1.1-ultra":
            return .of(["prompt": prompt, "aspect_ratio": aspect, "seed": seed, "output_format": "png"])
        default:
            let (width, height) = wish.size(step: 32, side: 256...1_440)
            return .of([
                "prompt": prompt, "width": .integer(width), "height": .integer(height), "seed": seed,
                "output_format": "png",
            ])
        }
    }

    package func read(submission response: Response) -> Submission {
        if response.status == 200, let json = response.json, json["id"]?.word?.isEmpty == false {
            guard let link = json["polling_url"]?.string else {
                return .unknown("it accepted without an address to ask")
            }
            return .accepted(link)
        }
        return StatusClass.submission(response)
    }

    /// The key goes to that address: it is the service's own, or nothing is asked.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        let isOwn = credential.isOwnBase && operation.hasPrefix(credential.base + "/")
        let isTheirs =
            operation.wholeMatch(of: /https:\/\/([a-z0-9-]+\.)+bfl\.ai\/v1\/get_result\?id=[A-Za-z0-9-]{1,100}/) != nil
        guard isOwn && operation.utf8.count < 500 || isTheirs else {
            throw BadWish("\"\(operation.prefix(80))\" is no address of \(backend)'s")
        }
        var request = Request("GET", operation)
        request.headers = [("x-key", credential.key), ("Accept", "application/json")]
        request.allowsPlainHTTP = isOwn
        request.isRepeatable = true
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard [200, 202, 404].contains(response.status), let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        // In credits of a cent; what the last answer says is what is billed.
        let cost = json["cost"]?.double.map { MicroUSD(dollars: $0 / 100) }
        switch json["status"]?.word {
        case "Ready":
            guard let link = json["result"]?["sample"]?.string else { return .failed("it names no output", cost: cost) }
            return .succeeded(.link(link, isKeyed: false), cost: cost)
        case "Request Moderated", "Content Moderated":
            let why = json["details"]?["Moderation Reasons"]?[0]?.word ?? json["status"]?.word ?? ""
            return .moderated(why, cost: cost)
        case "Error", "Failed": return .failed(response.complaint, cost: cost)
        // Just after the submission a region may not have heard of it.
        case "Task not found": return .busy("it does not know the task (yet)", retryAfter: nil)
        default: return response.status == 404 ? .busy("it does not know the task (yet)", retryAfter: nil) : .running
        }
    }
}
