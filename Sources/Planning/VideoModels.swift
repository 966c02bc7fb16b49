internal import Foundation

/// What one model of a service can be asked for: dated data, because services change it by the month.
package struct VideoModel: Sendable, Equatable {
    package let backend: String
    /// As the service writes it.
    package let name: String
    /// Rows of picture it makes (its shorter side), each with the lengths it makes there, in whole seconds, rising.
    package let lengths: [Int: [Int]]
    /// Shapes it makes; empty where the clip follows the still.
    package let aspects: [String]
    /// Where all this was read, and when (ISO 8601 date).
    package let source: String
    package let date: String

    package init(
        _ backend: String, _ name: String, lengths: [Int: [Int]], aspects: [String] = [], source: String,
        date: String = "2026-11-22"
    ) {
        self.backend = backend
        self.name = name
        self.lengths = lengths
        self.aspects = aspects
        self.source = source
        self.date = date
    }

    init(_ backend: String, _ name: String, rows: [Int], _ seconds: [Int], aspects: [String] = [], source: String) {
        self.init(
            backend, name, lengths: Dictionary(uniqueKeysWithValues: rows.map { ($0, seconds) }), aspects: aspects,
            source: source)
    }

    /// The size it is asked for where a film wants so many rows: the smallest that is not less, else its largest.
    package func rows(for wanted: Int) -> Int {
        let sizes = lengths.keys.sorted()
        return sizes.first { $0 >= wanted } ?? sizes.last ?? wanted
    }
}

package enum VideoModels {
    private static let wide = ["16:9", "9:16"]

    /// What this release knows. The first of a backend is its default model.
    package static let shipped: [VideoModel] = [
        VideoModel(
            "veo", "veo-3.1-fast-generate-001", rows: [720, 1_080, 2_160], [4, 6, 8], aspects: wide,
            source: "Vertex AI Veo reference"),
        VideoModel(
            "veo", "veo-3.1-generate-001", rows: [720, 1_080, 2_160], [4, 6, 8], aspects: wide,
            source: "Vertex AI Veo reference"),
        VideoModel(
            "veo", "veo-3.1-lite-generate-001", rows: [720, 1_080], [4, 6, 8], aspects: wide,
            source: "Vertex AI Veo reference"),
        VideoModel(
            "omni", "gemini-omni-1.1-flash", rows: [360, 720, 1_080, 2_160], Array(3...10), aspects: wide,
            source: "Gemini Omni pages"),
        VideoModel(
            "omni", "gemini-omni-1.2-flash", rows: [360, 720, 1_080, 2_160], Array(3...15), aspects: wide,
            source: "Gemini Omni pages"),
        VideoModel(
            "runway", "gen4_turbo", rows: [720], Array(2...10), aspects: wide + ["1:1"], source: "Runway API reference"),
        VideoModel(
            "runway", "gen4.5", rows: [720], Array(2...10), aspects: wide + ["1:1"], source: "Runway API reference"),
        VideoModel(
            "pika", "fal-ai/pika/v2.2/image-to-video", rows: [720, 1_080], [5, 10], source: "fal model page"),
        VideoModel("kling", "kling-v3", rows: [720, 1_080, 2_160], Array(3...15), source: "Kling API reference"),
        VideoModel("kling", "kling-v2-6", rows: [720, 1_080], [5, 10], source: "Kling API reference"),
        VideoModel("kling", "kling-v2-5-turbo", rows: [720, 1_080], [5, 10], source: "Kling API reference"),
        VideoModel(
            "luma", "ray-3.2", rows: [360, 540, 720, 1_080], [5, 10],
            aspects: ["9:16", "3:4", "1:1", "4:3", "16:9", "21:9"], source: "Luma Agents API reference"),
        VideoModel(
            "dream-machine", "ray-2", rows: [540, 720, 1_080, 2_160], [5, 9], source: "Dream Machine API reference"),
        VideoModel(
            "dream-machine", "ray-flash-2", rows: [540, 720, 1_080, 2_160], [5, 9],
            source: "Dream Machine API reference"),
        VideoModel(
            "minimax", "MiniMax-Hailuo-2.3", lengths: [768: [6, 10], 1_080: [6]], source: "MiniMax API reference"),
        VideoModel(
            "minimax", "MiniMax-Hailuo-2.3-Fast", lengths: [768: [6, 10], 1_080: [6]], source: "MiniMax API reference"),
        VideoModel("minimax", "MiniMax-H3", rows: [768, 1_440], Array(5...15), source: "MiniMax API reference"),
        VideoModel(
            "seedance", "dreamina-seedance-2-0-260128", rows: [480, 720, 1_080, 2_160], Array(4...15),
            source: "ModelArk video reference"),
        VideoModel(
            "seedance", "dreamina-seedance-2-0-fast-260128", rows: [480, 720], Array(4...15),
            source: "ModelArk video reference"),
        VideoModel("wan", "wan2.7-i2v", rows: [720, 1_080], Array(2...15), source: "Model Studio reference"),
    ]

    /// The model a backend is asked for when none is named; empty where the service decides.
    package static func usual(of backend: String) -> String { shipped.first { $0.backend == backend }?.name ?? "" }

    package static func model(_ choice: BackendChoice) -> VideoModel? {
        shipped.first { $0.backend == choice.backend && $0.name == choice.model }
    }

    /// Models that are gone, each with when and what took its place.
    private static let retired: [(backend: String, name: String, words: String)] = [
        ("veo", "veo-2.0-generate-001", "was shut down; use veo-3.1-fast-generate-001"),
        ("veo", "veo-2", "was shut down; use veo-3.1-fast-generate-001"),
        ("veo", "veo-3.0-generate-001", "was shut down; use veo-3.1-generate-001"),
        ("veo", "veo-3.0-fast-generate-001", "was shut down; use veo-3.1-fast-generate-001"),
        ("veo", "veo-3.1-generate-preview", "was shut down on 22 October 2026; use veo-3.1-generate-001"),
        ("veo", "veo-3.1-fast-generate-preview", "was shut down on 22 October 2026; use veo-3.1-fast-generate-001"),
        ("veo", "veo-3.1-lite-generate-preview", "was shut down on 22 October 2026; use veo-3.1-lite-generate-001"),
        ("runway", "gen3a_turbo", "was removed on 10 June 2026; use gen4_turbo"),
        ("runway", "gen-3", "was removed on 10 June 2026; use gen4_turbo"),
        ("runway", "gen4_aleph", "ended on 30 July 2026, and edits clips; use gen4_turbo"),
        ("runway", "veo3", "was removed; use the backend veo with veo-3.1-generate-001"),
    ]

    /// Why a model is not asked for, and what to use; `nil` when it is not known to be gone.
    package static func retirement(of model: String, at backend: String) -> String? {
        (retired + ServiceModels.retired).first { $0.backend == backend && $0.name == model.lowercased() }
            .map { "\(model) \($0.words)" }
    }

    /// Services that are gone as a whole.
    package static let retiredBackends = [
        "sora": "OpenAI's video API was retired on 24 September 2026; use veo, kling or runway",
        "stable-video": "Stability's video API ended on 24 July 2025; use wan or comfyui",
    ]
}
