import Foundation
import HTTP

/// 200 polls in flight at a service that takes its time: threads and memory they cost.
func measurePolls(url: String) async throws {
    func facts() -> (threads: Int, kilobytes: Int) {
        let threads = (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count) ?? 0
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
        return (threads, line.flatMap { Int($0.filter(\.isNumber)) } ?? 0)
    }
    let client = HTTPClient()
    @Sendable func poll() async throws -> Int {
        var request = Request("GET", url)
        request.allowsPlainHTTP = true
        return try await client.send(request).status
    }
    _ = try await poll()
    let before = facts()
    let polls = Task {
        try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<200 { group.addTask { try await poll() } }
            return try await group.reduce(into: 0) { $0 += $1 == 200 ? 1 : 0 }
        }
    }
    // They all wait now; the service answers after three seconds.
    try await Task.sleep(for: .milliseconds(1_500))
    let during = facts()
    let answered = try await polls.value
    print(
        "200 polls in flight: \(during.threads - before.threads) threads more (\(during.threads) in all), "
            + "\(String(format: "%.1f", Double(during.kilobytes - before.kilobytes) / 1_024)) MB more "
            + "(\(during.kilobytes / 1_024) MB in all); \(answered) answered (aim: one thread, under 30 MB)")
}
