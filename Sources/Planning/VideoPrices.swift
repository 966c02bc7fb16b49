internal import Protocol

/// What services take for clips, as their pages said on a date. A model without a price here is bought only where the user
/// names one.
enum VideoPrices {
    private static let date = "2026-11-22"

    private static func perSecond(
        _ backend: String, _ model: String, _ source: String, _ amounts: [(rows: Int, dollars: Double)]
    ) -> [Price] {
        amounts.map { rows, dollars in
            Price(
                backend: backend, model: model, kind: .animate, unit: .second,
                amount: MicroUSD(Int64((dollars * 1e6).rounded())), rows: rows, source: source, date: date)
        }
    }

    private static func perClip(
        _ backend: String, _ model: String, _ source: String, _ amounts: [(rows: Int, seconds: Int, dollars: Double)]
    ) -> [Price] {
        amounts.map { rows, seconds, dollars in
            Price(
                backend: backend, model: model, kind: .animate, unit: .call,
                amount: MicroUSD(Int64((dollars * 1e6).rounded())), rows: rows, seconds: seconds, source: source,
                date: date)
        }
    }

    static let shipped: [Price] =
        google + others
        + perClip(
            "luma", "ray-3.2", "Luma Agents price list",
            [(540, 5, 0.15), (720, 5, 0.30), (1_080, 5, 1.20), (540, 10, 0.45), (720, 10, 0.90), (1_080, 10, 3.60)])
        + perClip(
            "minimax", "MiniMax-Hailuo-2.3", "MiniMax price list",
            [(768, 6, 0.28), (1_080, 6, 0.49), (768, 10, 0.56)])
        + perClip(
            "minimax", "MiniMax-Hailuo-2.3-Fast", "MiniMax price list", [(768, 6, 0.19), (1_080, 6, 0.33)])

    private static let google =
        perSecond(
            "veo", "veo-3.1-generate-001", "Vertex AI price list", [(720, 0.40), (1_080, 0.40), (2_160, 0.60)])
        + perSecond(
            "veo", "veo-3.1-fast-generate-001", "Vertex AI price list", [(720, 0.10), (1_080, 0.12), (2_160, 0.30)])
        + perSecond("veo", "veo-3.1-lite-generate-001", "Vertex AI price list", [(720, 0.05), (1_080, 0.08)])
        + perSecond(
            "omni", "gemini-omni-1.1-flash", "Gemini price list and resellers' tables",
            [(360, 0.034), (720, 0.102), (1_080, 0.15), (2_160, 0.30)])

    private static let others =
        perSecond("runway", "gen4_turbo", "Runway price list, 5 credits", [(720, 0.05)])
        + perSecond("runway", "gen4.5", "Runway price list, 12 credits", [(720, 0.12)])
        + perSecond("pika", "fal-ai/pika/v2.2/image-to-video", "fal model page", [(720, 0.04), (1_080, 0.09)])
        + perSecond(
            "kling", "kling-v3", "Kling billing page, without sound", [(720, 0.084), (1_080, 0.112), (2_160, 0.42)])
        + perSecond("minimax", "MiniMax-H3", "MiniMax price list", [(768, 0.08), (1_440, 0.13)])
        + perSecond("seedance", "dreamina-seedance-2-0-260128", "ModelArk, by tokens, about", [(720, 0.14)])
        + perSecond("wan", "wan2.7-i2v", "Model Studio price list", [(720, 0.10), (1_080, 0.15)])
}
