package import Protocol

/// What services other than those of clips can be asked for, and what it costs: dated data, because both change by the month.
package struct ServiceModel: Sendable, Equatable {
    package let backend: String
    /// As the service writes it; empty where it has no models.
    package let name: String
    package let kinds: [TaskKind]
    package let unit: Price.Unit
    /// In dollars; `nil` for what nobody knows, and for engines, which take nothing.
    let dollars: Double?
    package let source: String
    package let date: String

    init(
        _ backend: String, _ name: String, _ kinds: [TaskKind], _ unit: Price.Unit, _ dollars: Double?,
        _ source: String,
        date: String = "2026-11-22"
    ) {
        self.backend = backend
        self.name = name
        self.kinds = kinds
        self.unit = unit
        self.dollars = dollars
        self.source = source
        self.date = date
    }

    var prices: [Price] {
        guard let dollars else { return [] }
        return kinds.map {
            Price(
                backend: backend, model: name, kind: $0, unit: unit, amount: MicroUSD(Int64((dollars * 1e6).rounded())),
                source: source, date: date)
        }
    }
}

package enum ServiceModels {
    private static let words: [TaskKind] = [.setting, .portrait]
    private static let pictures: [TaskKind] = [.setting, .portrait, .compose]

    /// What this release knows. The first of a backend that makes a kind is its usual one.
    package static let shipped: [ServiceModel] = pictureServices + soundServices + lipServices + engineModels

    private static let lipServices: [ServiceModel] = [
        ServiceModel("sync", "lipsync-2", [.lipsync], .second, 0.05, "Sync price list, about 3 USD a minute"),
        ServiceModel("sync", "lipsync-2-pro", [.lipsync], .second, 0.0835, "1.67 times lipsync-2"),
        ServiceModel("sync", "sync-3", [.lipsync], .second, 0.1334, "Sync price list, about 8 USD a minute"),
        ServiceModel("sync", "lipsync-1.9.0-beta", [.lipsync], .second, nil, "Sync model list"),
        ServiceModel("fal", "fal-ai/sync-lipsync/v2", [.lipsync], .second, 0.05, "fal model page, 3 USD a minute"),
        ServiceModel("fal", "fal-ai/sync-lipsync", [.lipsync], .second, 0.0117, "fal model page, 0.7 USD a minute"),
        ServiceModel("fal", "fal-ai/sync-lipsync/v3", [.lipsync], .second, 0.1334, "fal model page, 8 USD a minute"),
        ServiceModel("fal", "fal-ai/latentsync", [.lipsync], .call, nil, "fal model page"),
    ]

    private static let pictureServices: [ServiceModel] = [
        // Two megapixels, the largest that is asked for, at the price of one each.
        ServiceModel("flux", "flux-2-pro", words, .image, 0.06, "BFL price list, by megapixels"),
        ServiceModel("flux", "flux-pro-1.0-fill", [.compose], .image, 0.05, "BFL price list"),
        ServiceModel("flux", "flux-2-pro", [.compose], .image, 0.09, "BFL price list, edits by megapixels"),
        ServiceModel("flux", "flux-2-max", words, .image, 0.14, "BFL price list, by megapixels"),
        ServiceModel("flux", "flux-pro-1.1", words, .image, 0.04, "BFL price list"),
        ServiceModel("flux", "flux-pro-1.1-ultra", words, .image, 0.06, "BFL price list"),
        ServiceModel("flux", "flux-kontext-pro", pictures, .image, 0.04, "BFL price list"),
        ServiceModel("flux", "flux-kontext-max", pictures, .image, 0.08, "BFL price list"),
        ServiceModel("stability", "core", words, .image, 0.03, "Stability price list, 3 credits"),
        ServiceModel("stability", "ultra", words, .image, 0.08, "Stability price list, 8 credits"),
        ServiceModel("stability", "sd3.5-large", words, .image, 0.065, "Stability price list, 6.5 credits"),
        ServiceModel("stability", "sd3.5-large-turbo", words, .image, 0.04, "Stability price list, 4 credits"),
        ServiceModel("stability", "sd3.5-medium", words, .image, 0.035, "Stability price list, 3.5 credits"),
        ServiceModel("stability", "inpaint", [.compose], .image, 0.05, "Stability price list, 5 credits"),
        ServiceModel("stability", "remove-background", [.cutout], .image, 0.05, "Stability price list, 5 credits"),
        // Billed by tokens, which the answer tells; this is what is reserved.
        ServiceModel("openai", "gpt-image-2.5-flare", pictures, .image, 0.20, "OpenAI price list, medium, by tokens"),
        ServiceModel(
            "openai", "gpt-image-2.5-sunburst", pictures, .image, 0.20, "OpenAI price list, medium, by tokens"),
        ServiceModel("openai", "gpt-image-2", pictures, .image, 0.20, "OpenAI price list, medium, by tokens"),
        ServiceModel("replicate", "black-forest-labs/flux-1.1-pro", words, .image, nil, "Replicate model pages"),
        ServiceModel("replicate", "black-forest-labs/flux-fill-pro", [.compose], .image, nil, "Replicate model pages"),
        ServiceModel("replicate", "black-forest-labs/flux-kontext-pro", pictures, .image, nil, "Replicate model pages"),
        ServiceModel("replicate", "wan-video/wan-2.2-i2v-fast", [.animate], .call, nil, "Replicate model pages"),
    ]

    private static let soundServices: [ServiceModel] = [
        ServiceModel(
            "elevenlabs", "eleven_multilingual_v2", [.dialogue], .character, 0.0001, "summary of the price page"),
        ServiceModel("elevenlabs", "eleven_v3", [.dialogue], .character, 0.0001, "summary of the price page"),
        ServiceModel("elevenlabs", "eleven_flash_v2_5", [.dialogue], .character, 0.00005, "summary of the price page"),
        ServiceModel("elevenlabs", "eleven_text_to_sound_v2", [.ambience], .call, 0.12, "summary of the price page"),
        ServiceModel("azure", "", [.dialogue], .character, 0.000_03, "price snapshots, the dearer voices"),
        // The dearest family but one; a cheaper voice costs less than is booked.
        ServiceModel("google", "", [.dialogue], .character, 0.000_03, "Cloud Text-to-Speech price list, Chirp 3 HD"),
        ServiceModel("openai", "tts-1", [.dialogue], .character, 0.000_015, "OpenAI price list"),
        ServiceModel("openai", "tts-1-hd", [.dialogue], .character, 0.000_03, "OpenAI price list"),
        ServiceModel("stability", "stable-audio-2.5", [.ambience], .call, 0.20, "Stability price list, 20 credits"),
        ServiceModel("stability", "stable-audio-2", [.ambience], .call, 0.20, "Stability price list, 50 steps"),
    ]

    private static let engineModels: [ServiceModel] = [
        ServiceModel("comfyui", "sd_xl_base_1.0.safetensors", pictures, .image, nil, "our graphs"),
        ServiceModel("comfyui", "wan2.1-i2v", [.animate], .call, nil, "our graphs"),
        ServiceModel("comfyui", "wan2.2-i2v-5b", [.animate], .call, nil, "our graphs"),
        ServiceModel("comfyui", "cutout", [.cutout], .image, nil, "a graph of the user's"),
        ServiceModel("a1111", "", pictures, .image, nil, "the model the server has loaded"),
        ServiceModel("sdcpp", "", pictures + [.animate], .image, nil, "the model the server was started with"),
        ServiceModel("rembg", "isnet-general-use", [.cutout], .image, nil, "rembg's list of models"),
        ServiceModel(
            "exec", "", [.setting, .portrait, .cutout, .compose, .animate, .lipsync, .dialogue, .ambience], .call, nil,
            ""),
    ]

    /// Engines and programs on machines of the user's own: they take no money, and any name of a model is theirs to know.
    package static let engines: Set<String> = ["comfyui", "a1111", "sdcpp", "rembg", "exec"]

    /// The model a backend is asked for when none is named; empty where it decides.
    package static func usual(of backend: String, _ kind: TaskKind) -> String {
        if kind == .animate, !VideoModels.usual(of: backend).isEmpty { return VideoModels.usual(of: backend) }
        return shipped.first { $0.backend == backend && $0.kinds.contains(kind) }?.name ?? ""
    }

    /// Backends that are asked with a mark before each word, which is billed as the words are.
    private static let marking: Set<String> = ["google"]

    /// Characters a line is billed for at most: ideographs count double at some.
    package static func billedCharacters(of text: String, at backend: String) -> Double {
        guard marking.contains(backend) else {
            return Double(text.unicodeScalars.reduce(0) { $0 + ((0x2E80...0x9FFF).contains($1.value) ? 2 : 1) })
        }
        func escaped(_ word: Substring) -> Int {
            word.unicodeScalars.reduce(0) { $0 + (["&": 5, "<": 4, ">": 4, "\"": 6, "'": 6][$1] ?? 1) }
        }
        // <mark name="PLACE:WORD"/>WORD, in one <speak>.
        return text.split(whereSeparator: \.isWhitespace).enumerated().reduce(15) { count, word in
            count + Double((word.offset > 0 ? 1 : 0) + 16 + "\(word.offset)".count + 2 * escaped(word.element))
        }
    }

    static func kinds(of backend: String) -> [TaskKind] {
        var kinds: [TaskKind] = []
        for model in shipped where model.backend == backend {
            kinds += model.kinds.filter { !kinds.contains($0) }
        }
        return kinds
    }

    /// Models that are gone, each with when and what took its place.
    static let retired: [(backend: String, name: String, words: String)] = [
        ("openai", "dall-e-2", "was shut down on 12 May 2026; use gpt-image-2.5-flare"),
        ("openai", "dall-e-3", "was shut down on 12 May 2026; use gpt-image-2.5-flare"),
        ("openai", "gpt-image-1", "was shut down on 23 October 2026; use gpt-image-2"),
        ("openai", "gpt-image-1.5", "is shut down on 1 December 2026; use gpt-image-2.5-flare"),
        ("openai", "gpt-image-1-mini", "is shut down on 1 December 2026; use gpt-image-2.5-flare"),
        ("elevenlabs", "eleven_monolingual_v1", "is on its way out; use eleven_multilingual_v2"),
        ("elevenlabs", "eleven_multilingual_v1", "is on its way out; use eleven_multilingual_v2"),
        ("elevenlabs", "eleven_turbo_v2", "is on its way out; use eleven_flash_v2_5"),
        ("elevenlabs", "eleven_turbo_v2_5", "is on its way out; use eleven_flash_v2_5"),
        ("stability", "sd3", "is gone; use sd3.5-large"),
    ]
}
