/// The air of a place: a recording of some seconds, laid end over end for as long as a place is shown.
package enum RoomTone {
    /// Length of one recording, in seconds.
    package static let seconds = 24
    /// Samples over which the end of one goes into the beginning of the next, at equal power.
    package static let overlap = 96_000

    /// One laying of the recording, in samples from the place's first.
    package struct Lap: Sendable, Equatable {
        package let at: Int
        package let samples: Int
        package let isFirst: Bool
        package let isLast: Bool
    }

    /// How a recording covers a stretch.
    /// - Parameters:
    ///   - samples: of the stretch.
    ///   - recording: samples of the recording.
    package static func laps(covering samples: Int, recording: Int) -> [Lap] {
        guard samples > 0, recording > 2 * overlap else {
            return samples > 0 && recording > 0
                ? [Lap(at: 0, samples: min(samples, recording), isFirst: true, isLast: true)] : []
        }
        var laps: [Lap] = []
        var at = 0
        while true {
            let isLast = at + recording >= samples
            laps.append(
                Lap(at: at, samples: isLast ? samples - at : recording, isFirst: laps.isEmpty, isLast: isLast))
            if isLast { return laps }
            at += recording - overlap
        }
    }
}
