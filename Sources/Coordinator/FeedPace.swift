package import Protocol

/// How fast each viewer is told: a share of one budget of bytes, so that many who look at a large cluster slow it no more
/// than few do. Who is told less often is told the same in the end, and sees how old it is. PURE.
package struct FeedPace: Sendable {
    /// Of all viewers together, and the most of one.
    package let bytesPerSecond: Int
    package let bytesPerViewer: Int
    /// A viewer may be so far ahead of its share: a first screen comes at once.
    package static let ahead = Span.seconds(1)
    /// Who has not asked for so long has no share.
    package static let patience = Span.seconds(10)

    /// When what each viewer was told is paid off, and when it asked last.
    private var viewers: [InstanceID: (paidOff: Instant, askedAt: Instant)] = [:]

    package init(bytesPerSecond: Int, bytesPerViewer: Int) {
        self.bytesPerSecond = bytesPerSecond
        self.bytesPerViewer = bytesPerViewer
    }

    /// Bytes a second of each viewer now.
    package var share: Int { max(1, min(bytesPerViewer, bytesPerSecond / max(1, viewers.count))) }

    /// Whether the viewer may be told something now.
    package mutating func mayTell(_ viewer: InstanceID, at now: Instant) -> Bool {
        let paidOff = viewers[viewer]?.paidOff ?? now
        viewers[viewer] = (paidOff, now)
        return paidOff <= now + Self.ahead
    }

    /// Notes what a viewer was told.
    package mutating func told(_ viewer: InstanceID, bytes: Int, at now: Instant) {
        let known = viewers[viewer] ?? (now, now)
        let cost = Span(milliseconds: Int64(bytes) * 1_000 / Int64(share))
        viewers[viewer] = (max(known.paidOff, now) + cost, known.askedAt)
    }

    /// Forgets those who left.
    package mutating func tidy(at now: Instant) {
        viewers = viewers.filter { $0.value.askedAt + Self.patience > now || $0.value.paidOff > now }
    }
}
