internal import Foundation

/// How a service usually behaves, by its page: dated data (2026-11-22). Where a page is silent the number is an assumption
/// and says so; `settings.json` has the last word.
struct Habits: Sendable {
    /// Seconds from taking to done, the quickest and the slowest.
    let seconds: ClosedRange<Double>
    /// Tasks at once.
    let concurrency: Int
    /// More than that are refused; else they stand in line.
    let refuses: Bool
    /// Submissions a minute; `nil` where there is no such limit.
    var perMinute: Int?
    /// How long a result can be fetched.
    var resultSeconds: Double = 86_400
    let source: String

    static func of(_ service: String) -> Habits { all[service] ?? usual }

    private static let usual = Habits(seconds: 1...3, concurrency: 64, refuses: false, source: "assumed")

    private static let all: [String: Habits] = [
        "veo": Habits(
            seconds: 30...360, concurrency: 10, refuses: false, perMinute: 50,
            source: "30 s to 6 min; 50 requests a minute"),
        "omni": Habits(
            seconds: 30...360, concurrency: 10, refuses: false, resultSeconds: 172_800,
            source: "as Veo; files live 48 h"),
        "runway": Habits(seconds: 20...120, concurrency: 3, refuses: false, source: "tier 2; latency assumed"),
        "pika": Habits(
            seconds: 30...90, concurrency: 10, refuses: false, source: "41.7 s in its example; 2 to 40 at once"),
        "sync": Habits(
            seconds: 30...180, concurrency: 3, refuses: true, perMinute: 60,
            source: "Creator plan: 3 at once; 60 a minute; latency assumed"),
        "fal": Habits(seconds: 30...120, concurrency: 10, refuses: false, source: "2 to 40 at once; latency assumed"),
        "kling": Habits(
            seconds: 60...360, concurrency: 5, refuses: true, resultSeconds: 2_592_000,
            source: "1 to 6 min; number by pack"),
        "luma": Habits(
            seconds: 40...180, concurrency: 20, refuses: true, resultSeconds: 3_600,
            source: "about 20 at once; latency assumed"),
        "dream-machine": Habits(
            seconds: 40...180, concurrency: 20, refuses: true, source: "about 20 at once; latency assumed"),
        "minimax": Habits(
            seconds: 60...300, concurrency: 10, refuses: false, perMinute: 5, resultSeconds: 7_200,
            source: "5 requests a minute; latency assumed"),
        "seedance": Habits(seconds: 60...180, concurrency: 10, refuses: false, source: "90 s in its example"),
        "wan": Habits(seconds: 60...300, concurrency: 5, refuses: false, source: "latency assumed"),
        "flux": Habits(
            seconds: 3...30, concurrency: 24, refuses: true, resultSeconds: 600, source: "3 to 30 s; 24 at once"),
        "stability": Habits(
            seconds: 3...20, concurrency: 64, refuses: false, perMinute: 900,
            source: "150 requests in 10 s; latency assumed"),
        "openai": Habits(seconds: 5...120, concurrency: 32, refuses: true, source: "seconds to about 2 minutes"),
        "replicate": Habits(
            seconds: 4...60, concurrency: 64, refuses: false, perMinute: 600, resultSeconds: 3_600,
            source: "600 creates a minute; results for one hour"),
        "elevenlabs": Habits(seconds: 0.5...4, concurrency: 10, refuses: true, source: "10 at once (Pro)"),
        "azure": Habits(seconds: 0.5...4, concurrency: 64, refuses: false, perMinute: 12_000, source: "200 requests/s"),
        "google": Habits(seconds: 0.3...2, concurrency: 64, refuses: false, perMinute: 1_000, source: "1,000 a minute"),
        "metered": Habits(seconds: 0.2...0.2, concurrency: 1_000, refuses: false, source: "ours"),
        "comfyui": Habits(
            seconds: 5...60, concurrency: 1, refuses: false, source: "one graph at a time; latency assumed"),
        "a1111": Habits(seconds: 3...30, concurrency: 1, refuses: false, source: "one job at a time; latency assumed"),
        "sdcpp": Habits(
            seconds: 10...300, concurrency: 1, refuses: false, resultSeconds: 600,
            source: "one worker; results for 600 s"),
        "rembg": Habits(seconds: 0.2...10, concurrency: 40, refuses: false, source: "0.2 to 10 s"),
    ]

    /// Between the quickest and the slowest, each factor of time as likely as another.
    func latency(_ chance: Double) -> Double {
        let (low, high) = (seconds.lowerBound, seconds.upperBound)
        return low * pow(high / low, chance)
    }
}
