package import Film
internal import Foundation
package import HTTP
package import Protocol

/// ComfyUI on a machine of the user's own: our graphs for pictures, inpainting and clips, and the user's own.
///
/// A call has an id that we choose, so what became of it can be asked, also by the worker that comes after a crash.
package struct ComfyUI: Service {
    /// The user's graphs in API format, by name.
    private let graphs: [String: JSON]

    package init(graphs: [String: JSON] = [:]) { self.graphs = graphs }

    package var backend: String { "comfyui" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose, .cutout, .animate] }
    package var isEngine: Bool { true }
    package var usualBase: String { "" }
    package var pollEvery: Span { .seconds(1) }

    /// Uploads are named by what they hold: the same picture is never there twice, and no two share a name.
    private static func name(_ picture: Picture) -> String {
        "snowflake_\(Digest(of: picture.data).hex.prefix(24)).\(picture.mimeType == "image/png" ? "png" : "jpg")"
    }

    package func preparations(_ wish: Wish, _ credential: Credential) throws(BadWish) -> [Request] {
        [wish.still, wish.mask].compactMap(\.self).map { picture in
            var form = Multipart()
            form.file("image", fileName: Self.name(picture), type: picture.mimeType, picture.data)
            form.field("type", "input")
            form.field("overwrite", "true")
            var request = credential.request("POST", "/upload/image", [])
            request.set(form)
            request.isRepeatable = true
            return request
        }
    }

    /// What a graph is filled with.
    private static func slots(_ wish: Wish, _ size: (width: Int, height: Int)) -> [String: JSON] {
        var slots: [String: JSON] = [
            "prompt": .text(wish.prompt), "negative": .text(wish.negativePrompt), "seed": .integer(wish.seed),
            "width": .integer(size.width), "height": .integer(size.height),
            "frames": .integer(SDCpp.frames(wish.milliseconds)),
            "strength": .number("\(Double(wish.strength) / 1_000)"),
            "guidance": .number("\(Double(wish.guidance) / 1_000)"), "prefix": .text("snowflake/\(wish.reference)"),
        ]
        if let still = wish.still { slots["still"] = .text(name(still)) }
        if let mask = wish.mask { slots["mask"] = .text(name(mask)) }
        return slots
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let isClip = wish.kind == .animate
        if isClip || wish.kind == .cutout { _ = try picture(wish) }
        let graph: JSON
        if let own = graphs[wish.model] {
            graph = own
        } else if let ours = ComfyGraphs.graph(for: wish) {
            graph = ours
        } else {
            throw BadWish(
                "this machine has no graph \"\(wish.model)\" for ComfyUI: put \(wish.model).json into its folder of graphs",
                isHere: true)
        }
        let size =
            isClip
            ? wish.size(step: 16, side: 256...1_280, pixels: 832 * 480)
            : wish.size(step: 8, side: 256...1_536, pixels: 1_216 * 832)
        let filled = try ComfyGraphs.filled(graph, Self.slots(wish, size))
        var request = credential.request("POST", "/prompt", [("Content-Type", "application/json")])
        request.body =
            JSON.of(["prompt": filled, "client_id": "snowflake", "prompt_id": .text(Self.id(wish.reference))]).body
        return request
    }

    /// A lower-case UUID of the reference, as the server wants it.
    package static func id(_ reference: String) -> String {
        var hex = Array(Digest(of: Data(reference.utf8)).hex.prefix(32))
        (hex[12], hex[16]) = ("4", "a")
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(hex[$0]) }
        return parts.joined(separator: "-")
    }

    package func read(submission response: Response) -> Submission {
        let json = response.json
        if response.status == 200, let id = json?["prompt_id"]?.word, !id.isEmpty {
            guard json?["node_errors"]?.members?.isEmpty ?? true else { return .refused(Self.words(json)) }
            return .accepted(id)
        }
        let words = Self.words(json)
        if response.status == 400 {
            // A model or node that is not installed is this machine's lack; anything else is the graph's.
            let isLack = words.contains("not in list") || words.contains("missing_node_type")
            return isLack ? .denied(words) : .refused(words)
        }
        return response.status == 403 ? .denied(response.complaint) : StatusClass.submission(response)
    }

    private static func words(_ json: JSON?) -> String {
        let node = json?["node_errors"]?.members?.first?.value["errors"]?[0]
        let parts = [
            json?["error"]?["type"]?.word, json?["error"]?["message"]?.word, node?["message"]?.word,
            node?["details"]?.word ?? json?["error"]?["details"]?.word,
        ]
        return parts.compactMap(\.self).filter { !$0.isEmpty }.joined(separator: ": ")
    }

    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        let id = try part(operation)
        var request = credential.request("GET", stage == "queue" ? "/queue" : "/history/\(id)", [])
        request.isRepeatable = true
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200, let json = response.json, json.members != nil else {
            return response.status == 200 ? .busy("what came is no JSON", retryAfter: nil) : StatusClass.poll(response)
        }
        if stage == "queue" {
            let waiting = (json["queue_running"]?.items ?? []) + (json["queue_pending"]?.items ?? [])
            // Between the queue and the history there is a gap: what is in neither is looked for once more.
            return waiting.contains { $0[1]?.word == operation } ? .running : .further("again")
        }
        guard let entry = json[operation] else { return stage == "again" ? .lost : .further("queue") }
        guard entry["status"]?["status_str"]?.word != "error" else {
            let told = entry["status"]?["messages"]?.items?.last { $0[0]?.word == "execution_error" }?[1]
            let words = told?["exception_message"]?.word ?? "the graph was interrupted"
            return .failed("\(told?["node_type"]?.word ?? "graph"): \(words)", cost: .zero)
        }
        for output in entry["outputs"]?.members ?? [] {
            for key in ["images", "gifs", "audio"] {
                guard let file = output.value[key]?[0], let name = file["filename"]?.string else { continue }
                func escaped(_ text: String) -> String {
                    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? ""
                }
                let folder = escaped(file["subfolder"]?.string ?? "")
                let type = escaped(file["type"]?.string ?? "output")
                return .succeeded(
                    .link("/view?filename=\(escaped(name))&subfolder=\(folder)&type=\(type)", isKeyed: true),
                    cost: .zero)
            }
        }
        return .failed("the graph saved no file", cost: .zero)
    }

    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? {
        credential.request("GET", "/history/\(Self.id(wish.reference))", [])
    }

    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        guard response.status == 200, let json = response.json, json.members != nil else {
            throw BadWish("the look-up gave no history: \(response.complaint)")
        }
        // What stands in line is not in the history yet: asked for as if it were there, it is found in the queue or lost.
        return json[Self.id(wish.reference)] == nil ? nil : Self.id(wish.reference)
    }

    package func output(_ path: String, _ credential: Credential) -> Request { credential.request("GET", path, []) }

    package func greeting(_ credential: Credential) -> Request? { credential.request("GET", "/system_stats", []) }
}
