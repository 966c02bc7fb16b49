internal import Film
internal import Foundation
internal import Protocol

/// Graphs in ComfyUI's API format. A text `%name%` among a node's inputs is a slot: alone it becomes the value as it is,
/// within other words its text.
enum ComfyGraphs {
    static let slotNames = [
        "prompt", "negative", "still", "mask", "seed", "width", "height", "frames", "strength", "guidance", "prefix",
    ]

    static func filled(_ graph: JSON, _ slots: [String: JSON]) throws(BadWish) -> JSON {
        switch graph {
        case .object(let members):
            var filled: [JSON.Member] = []
            for member in members { filled.append(JSON.Member(member.name, try self.filled(member.value, slots))) }
            return .object(filled)
        case .array(let items):
            var filled: [JSON] = []
            for item in items { filled.append(try self.filled(item, slots)) }
            return .array(filled)
        case .string(let text): return try value(of: text, slots)
        case .null, .bool, .number: return graph
        }
    }

    private static func value(of text: String, _ slots: [String: JSON]) throws(BadWish) -> JSON {
        guard text.contains("%") else { return .string(text) }
        var text = text
        for name in slotNames where text.contains("%\(name)%") {
            guard let value = slots[name] else {
                throw BadWish("the graph has a slot %\(name)%, and this task brings no \(name)")
            }
            if text == "%\(name)%" { return value }
            text = text.replacing("%\(name)%", with: value.word ?? "")
        }
        return .string(text)
    }

    /// Ours: with a checkpoint's file name pictures from words or over a picture, with `wan…` clips.
    static func graph(for wish: Wish) -> JSON? {
        switch wish.kind {
        case .animate where wish.model == "wan2.1-i2v": return wan21
        case .animate where wish.model == "wan2.2-i2v-5b": return wan22
        case .setting, .portrait, .compose:
            guard wish.model.hasSuffix(".safetensors") || wish.model.hasSuffix(".ckpt") else { return nil }
            return picture(wish.model, overPicture: wish.still != nil, withMask: wish.mask != nil)
        default: return nil
        }
    }

    private static func node(_ type: String, _ inputs: KeyValuePairs<String, JSON?>) -> JSON {
        .of(["class_type": .text(type), "inputs": .of(inputs)])
    }

    private static func link(_ node: String, _ output: Int = 0) -> JSON { .array([.text(node), .integer(output)]) }

    private static func picture(_ checkpoint: String, overPicture: Bool, withMask: Bool) -> JSON {
        .of([
            "4": node("CheckpointLoaderSimple", ["ckpt_name": .text(checkpoint)]),
            "6": node("CLIPTextEncode", ["clip": link("4", 1), "text": "%prompt%"]),
            "7": node("CLIPTextEncode", ["clip": link("4", 1), "text": "%negative%"]),
            "5": overPicture
                ? nil : node("EmptyLatentImage", ["width": "%width%", "height": "%height%", "batch_size": 1]),
            "10": overPicture ? node("LoadImage", ["image": "%still%"]) : nil,
            "12": overPicture ? node("VAEEncode", ["pixels": link("10"), "vae": link("4", 2)]) : nil,
            // White is drawn anew.
            "11": withMask ? node("LoadImageMask", ["image": "%mask%", "channel": "red"]) : nil,
            "13": withMask ? node("SetLatentNoiseMask", ["samples": link("12"), "mask": link("11")]) : nil,
            "3": node(
                "KSampler",
                [
                    "model": link("4"), "positive": link("6"), "negative": link("7"),
                    "latent_image": link(withMask ? "13" : overPicture ? "12" : "5"), "seed": "%seed%", "steps": 28,
                    "cfg": "%guidance%", "sampler_name": "dpmpp_2m", "scheduler": "karras",
                    "denoise": overPicture ? "%strength%" : 1,
                ]),
            "8": node("VAEDecode", ["samples": link("3"), "vae": link("4", 2)]),
            "9": node("SaveImage", ["images": link("8"), "filename_prefix": "%prefix%"]),
        ])
    }

    private static func text(_ clip: String, _ words: JSON) -> JSON {
        node("CLIPTextEncode", ["clip": link(clip), "text": words])
    }

    private static func saved(_ rate: String) -> [(String, JSON)] {
        [
            ("13", node("CreateVideo", ["images": link("12"), "fps": .number(rate)])),
            (
                "14",
                node(
                    "SaveVideo",
                    ["video": link("13"), "filename_prefix": "%prefix%", "format": "auto", "codec": "auto"])
            ),
        ]
    }

    private static func joined(_ graph: JSON, _ more: [(String, JSON)]) -> JSON {
        .object((graph.members ?? []) + more.map { JSON.Member($0.0, $0.1) })
    }

    /// Wan 2.1, image to video, 14B: 16 frames a second.
    private static let wan21 = joined(
        .of([
            "1": node(
                "UNETLoader",
                ["unet_name": "wan2.1_i2v_480p_14B_fp16.safetensors", "weight_dtype": "default"]),
            "2": node("ModelSamplingSD3", ["model": link("1"), "shift": .number("8.0")]),
            "3": node(
                "CLIPLoader",
                ["clip_name": "umt5_xxl_fp8_e4m3fn_scaled.safetensors", "type": "wan", "device": "default"]),
            "4": node("VAELoader", ["vae_name": "wan_2.1_vae.safetensors"]),
            "5": node("CLIPVisionLoader", ["clip_name": "clip_vision_h.safetensors"]),
            "6": node("LoadImage", ["image": "%still%"]),
            "7": node("CLIPVisionEncode", ["clip_vision": link("5"), "image": link("6"), "crop": "none"]),
            "8": text("3", "%prompt%"), "9": text("3", "%negative%"),
            "10": node(
                "WanImageToVideo",
                [
                    "positive": link("8"), "negative": link("9"), "vae": link("4"), "clip_vision_output": link("7"),
                    "start_image": link("6"), "width": "%width%", "height": "%height%", "length": "%frames%",
                    "batch_size": 1,
                ]),
            "11": node(
                "KSampler",
                [
                    "model": link("2"), "positive": link("10"), "negative": link("10", 1),
                    "latent_image": link("10", 2),
                    "seed": "%seed%", "steps": 20, "cfg": 6, "sampler_name": "uni_pc", "scheduler": "simple",
                    "denoise": 1,
                ]),
            "12": node("VAEDecode", ["samples": link("11"), "vae": link("4")]),
        ]), saved("16.0"))

    /// Wan 2.2, image to video, 5B. The rate is kept at the 16 of the others, so that one count of frames fits all.
    private static let wan22 = joined(
        .of([
            "1": node(
                "UNETLoader", ["unet_name": "wan2.2_ti2v_5B_fp16.safetensors", "weight_dtype": "default"]),
            "2": node("ModelSamplingSD3", ["model": link("1"), "shift": .number("8.0")]),
            "3": node(
                "CLIPLoader",
                ["clip_name": "umt5_xxl_fp8_e4m3fn_scaled.safetensors", "type": "wan", "device": "default"]),
            "4": node("VAELoader", ["vae_name": "wan2.2_vae.safetensors"]),
            "6": node("LoadImage", ["image": "%still%"]),
            "8": text("3", "%prompt%"), "9": text("3", "%negative%"),
            "10": node(
                "Wan22ImageToVideoLatent",
                [
                    "vae": link("4"), "start_image": link("6"), "width": "%width%", "height": "%height%",
                    "length": "%frames%", "batch_size": 1,
                ]),
            "11": node(
                "KSampler",
                [
                    "model": link("2"), "positive": link("8"), "negative": link("9"), "latent_image": link("10"),
                    "seed": "%seed%", "steps": 20, "cfg": 5, "sampler_name": "uni_pc", "scheduler": "simple",
                    "denoise": 1,
                ]),
            "12": node("VAEDecode", ["samples": link("11"), "vae": link("4")]),
        ]), saved("16.0"))
}
