import Dashboard
import Foundation
import Protocol
import TestKit

// What a frame of the control room costs with 10,000 tasks and 500 workers, for `make bench`: changes taken in, the screen
// drawn, and the bytes that bring it onto the terminal.

func milliseconds(_ work: () -> Void) -> Double {
    let began = ContinuousClock.now
    work()
    let took = ContinuousClock.now - began
    return Double(took.components.seconds) * 1_000 + Double(took.components.attoseconds) / 1e15
}

func resident() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("VmRSS") } ?? ""
    return Int(line.filter(\.isNumber)) ?? 0
}

let film = MadeUp(shots: 2_500, scenes: 100, workers: 500)
var room = ControlRoom(width: 200, height: 60)
var writer = ScreenWriter(depth: .palette)
_ = room.handle(.tick(0))
let first = milliseconds {
    _ = room.handle(.news(film.snapshot))
    _ = writer.bytes(for: room.frame())
}
var generator = SeededGenerator(seed: 1)
for view in ViewKind.allCases {
    _ = room.handle(.key(.character(Character("\(view.rawValue)"))))
    var times: [Double] = []
    for frame in 0..<300 {
        // What ten frames a second bring at 2,000 tasks a second.
        let rows = (0..<200).map { _ in
            film.row(
                Int.random(in: 0..<10_000, using: &generator),
                phase: ["running", "done", "ready"].randomElement(using: &generator) ?? "done")
        }
        times.append(
            milliseconds {
                _ = room.handle(.news(film.change(UInt64(view.rawValue * 1_000 + frame), rows)))
                _ = room.handle(.key(.down))
                _ = writer.bytes(for: room.frame())
            })
    }
    times.sort()
    print(
        "\(view.title): p50 \(String(format: "%.1f", times[150])) ms, p99 \(String(format: "%.1f", times[296])) ms, "
            + "most \(String(format: "%.1f", times[299])) ms (goal p99 under 50)")
}
let still = milliseconds { for _ in 0..<100 { _ = writer.bytes(for: room.frame()) } } / 100
print(
    "nothing changed: \(String(format: "%.2f", still)) ms a frame; first screen of a snapshot: \(String(format: "%.0f", first)) ms"
)
print("resident: \(resident() / 1_000) MB, the made-up cluster's rows among them")
