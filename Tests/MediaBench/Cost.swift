import Foundation

/// Time by the clock and processor time.
struct Cost {
    var wall = 0.0
    var cpu = 0.0
}

func cpuSeconds(_ who: __rusage_who) -> Double {
    var usage = rusage()
    getrusage(__rusage_who_t(who.rawValue), &usage)
    func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
    return seconds(usage.ru_utime) + seconds(usage.ru_stime)
}

/// Time by the clock and processor time, of this process and of children it has waited for.
func measured(_ work: () async throws -> Void) async rethrows -> Cost {
    let start = ContinuousClock.now
    let before = cpuSeconds(RUSAGE_SELF) + cpuSeconds(RUSAGE_CHILDREN)
    try await work()
    let took = (ContinuousClock.now - start).components
    return Cost(
        wall: Double(took.seconds) + Double(took.attoseconds) / 1e18,
        cpu: cpuSeconds(RUSAGE_SELF) + cpuSeconds(RUSAGE_CHILDREN) - before)
}

func figure(_ value: Double) -> String { String(format: "%.2f", value) }
