internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// The `/sdapi/v1` door of A1111, Forge, SD.Next and others, on a machine of the user's own: pictures from words, and over a
/// picture and its mask. It answers when the picture is done.
package struct A1111: Service {
    package init() {}
    package var backend: String { "a1111" }
    package var kinds: [TaskKind] { [.setting, .portrait, .compose] }
    package var isEngine: Bool { true }
    package var usualBase: String { "" }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        // Its models draw about a megapixel; what is wanted larger is enlarged when it is here.
        let (width, height) = wish.size(step: 8, side: 256...1_536, pixels: 1_216 * 832)
        var body = JSON.of([
            "prompt": .text(wish.prompt), "negative_prompt": .text(wish.negativePrompt), "seed": .integer(wish.seed),
            "steps": 28, "cfg_scale": .number("\(Double(wish.guidance) / 1_000)"), "width": .integer(width),
            "height": .integer(height), "batch_size": 1, "n_iter": 1, "send_images": .bool(true),
            "save_images": .bool(false), "force_task_id": .text(wish.reference),
        ])
        let (checkpoint, units) = try Self.model(wish.model)
        if !checkpoint.isEmpty {
            body["override_settings"] = .of(["sd_model_checkpoint": .text(checkpoint)])
            // The next job wants the same model.
            body["override_settings_restore_afterwards"] = .bool(false)
        }
        if let still = wish.still {
            body["init_images"] = .array([.text(still.base64)])
            body["denoising_strength"] = .number("\(Double(wish.strength) / 1_000)")
            // Lines and depths of the plate with its people hold what is drawn to their places.
            if !units.isEmpty {
                body["alwayson_scripts"] = .of([
                    "ControlNet": .of(["args": .array(units.map { $0.json(still) })])
                ])
            }
            if let mask = wish.mask {
                body["mask"] = .text(mask.base64)
                // The four whose usual values differ between the door and the screen are always said.
                body["mask_blur"] = 8
                body["inpainting_fill"] = 1
                body["inpaint_full_res"] = .bool(false)
                body["inpaint_full_res_padding"] = 32
                body["inpainting_mask_invert"] = 0
            }
        }
        var request = authorised("POST", "/sdapi/v1/\(wish.still == nil ? "txt2img" : "img2img")", credential)
        request.headers.append(("Content-Type", "application/json"))
        request.body = body.body
        // It stands in line with others, and is silent until it is done.
        request.timeLimit = .seconds(3_600)
        request.stallLimit = .seconds(3_600)
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    /// A unit of the ControlNet extension.
    private struct Unit {
        let module: String
        let model: String
        let weight: Double

        func json(_ still: Picture) -> JSON {
            .of([
                "enabled": .bool(true), "module": .text(module), "model": .text(model), "weight": .number("\(weight)"),
                "image": .text(still.base64), "pixel_perfect": .bool(true), "control_mode": "Balanced",
            ])
        }
    }

    /// `CHECKPOINT+MODULE=MODEL@WEIGHT`: either may be left out, units may follow each other. They are part of the model's name,
    /// because they are part of what comes of it.
    private static func model(_ name: String) throws(BadWish) -> (checkpoint: String, units: [Unit]) {
        let parts = name.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
        // A checkpoint may have a plus in its name; a unit has an equals sign.
        let first = parts.firstIndex { $0.contains("=") } ?? parts.count
        var units: [Unit] = []
        for part in parts[first...] {
            let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let ends = sides.count == 2 ? sides[1].split(separator: "@", omittingEmptySubsequences: false) : []
            let weight = ends.count == 2 ? Double(ends[1]) : 1
            guard sides.count == 2, !sides[0].isEmpty, (1...2).contains(ends.count), !ends[0].isEmpty, let weight,
                (0...2).contains(weight)
            else { throw BadWish("\"\(part.prefix(60))\" is no unit: write canny=control_v11p_sd15_canny@0.6") }
            units.append(Unit(module: sides[0], model: String(ends[0]), weight: weight))
        }
        return (parts[..<first].joined(separator: "+"), units)
    }

    /// `user:password` as the key, where the server asks for one.
    private func authorised(_ method: String, _ path: String, _ credential: Credential) -> Request {
        let login = Data(credential.key.utf8).base64EncodedString()
        return credential.request(method, path, credential.key.isEmpty ? [] : [("Authorization", "Basic \(login)")])
    }

    package func read(submission response: Response) -> Submission {
        let words = response.complaint
        guard response.status == 200, let json = response.json else {
            let body = String(decoding: response.body.prefix(4_000), as: UTF8.self).lowercased()
            switch response.status {
            case 401: return .denied(words)
            case 404 where !body.contains("sampler") && !body.contains("image"):
                return .denied("the server has no /sdapi: start it with --api")
            case 500 where body.contains("invalid encoded image"): return .refused(words)
            case 500 where body.contains("out of memory"): return .denied("its graphics card is too small: \(words)")
            case 400..<500: return .refused(words)
            case 503: return .scarce(words, retryAfter: response.retryAfter)
            default: return .unknown(words)
            }
        }
        // A grid may come first; maps of control nets come last.
        let info = json["info"]?.string.flatMap { try? JSON(text: Data($0.utf8)) }
        let first = info?["index_of_first_image"]?.integer ?? 0
        guard let text = json["images"]?[first]?.string ?? json["images"]?[0]?.string,
            let data = Data(base64Encoded: text.split(separator: ",").last.map(String.init) ?? ""), !data.isEmpty
        else { return .unknown("it was interrupted: no picture came") }
        return .finished(Finished(.bytes(data), cost: .zero))
    }

    package func greeting(_ credential: Credential) -> Request? {
        authorised("GET", "/sdapi/v1/sd-models", credential)
    }
}
