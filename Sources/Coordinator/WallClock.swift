internal import Foundation
package import Protocol

/// Wall time that never runs backwards while the process lives.
package struct WallClock: Sendable {
    private let startedWall = Int64(Date().timeIntervalSince1970 * 1_000)
    private let started = ContinuousClock.now

    package init() {}

    package var now: Instant {
        let elapsed = ContinuousClock.now - started
        return Instant(
            milliseconds: startedWall + elapsed.components.seconds * 1_000
                + elapsed.components.attoseconds / 1_000_000_000_000_000)
    }
}
