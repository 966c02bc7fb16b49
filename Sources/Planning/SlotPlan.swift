package import Protocol

/// How the picture of one shot is bought: clips of lengths a model has, which together are never shorter than the shot.
///
/// The first starts from the shot's still, the next from the last frame of the one before it. What comes out of a model is a
/// little worse than what goes in, so a chain has three clips at most; after them a new still is composed.
package struct SlotPlan: Sendable, Equatable {
    /// Seconds of each clip, in the order they are shown.
    package let slots: [Int]
    /// All of them; `nil` where a price is unknown.
    package let cost: MicroUSD?
    package let neededMilliseconds: Int

    package static let longestChain = 3

    package var paidSeconds: Int { slots.reduce(0, +) }
    /// What is paid for and not shown.
    package var wastedMilliseconds: Int { paidSeconds * 1_000 - neededMilliseconds }
    /// Whether the clip at this place begins a new still.
    package static func startsAnew(_ place: Int) -> Bool { place % longestChain == 0 }
    package var stills: Int { (slots.count + Self.longestChain - 1) / Self.longestChain }

    /// The cheapest plan; of those that cost the same the one with fewest clips, then with least waste, then with the longer
    /// clips first.
    /// - Parameters:
    ///   - milliseconds: what has to be shown, more than 0.
    ///   - lengths: whole seconds the model makes, rising.
    ///   - frame: milliseconds of a frame: the first of a chained clip repeats the last of the one before it, and is cut.
    ///   - price: what a clip of a length costs; `nil` when nobody knows.
    /// - Returns: `nil` where the model has no lengths, or the shot would need more than `mostClips`.
    package static func cheapest(
        for milliseconds: Int, lengths: [Int], frame: Int, mostClips: Int = 12, price: (Int) -> MicroUSD?
    ) -> SlotPlan? {
        let lengths = lengths.filter { $0 > 0 }
        guard let longest = lengths.max(), milliseconds > 0 else { return nil }
        let prices = Dictionary(uniqueKeysWithValues: lengths.map { ($0, price($0)) })
        let isPriced = prices.values.allSatisfy { $0 != nil }
        func cost(_ length: Int) -> Int64 {
            // Without prices a second is a second.
            isPriced ? (prices[length] ?? nil)?.amount ?? 0 : Int64(length)
        }
        // Best way to each number of paid seconds with so many clips; the order of clips does not change what they cover.
        var ways: [Int: (cost: Int64, slots: [Int])] = [0: (0, [])]
        var best: (cost: Int64, slots: [Int])?
        typealias Way = (cost: Int64, slots: [Int])
        // The longer clips first: what stands in front is seen first.
        func isBetter(_ way: Way, than other: Way) -> Bool {
            let (left, right) = (way.slots.reduce(0, +), other.slots.reduce(0, +))
            if (way.cost, way.slots.count, left) != (other.cost, other.slots.count, right) {
                return (way.cost, way.slots.count, left) < (other.cost, other.slots.count, right)
            }
            return other.slots.lexicographicallyPrecedes(way.slots)
        }
        for count in 1...mostClips {
            var next: [Int: (cost: Int64, slots: [Int])] = [:]
            let repeated = (0..<count).filter { !startsAnew($0) }.count * frame
            for (seconds, way) in ways.sorted(by: { $0.key < $1.key }) {
                for length in lengths.reversed() where way.slots.last ?? longest >= length {
                    let total = seconds + length
                    let found = (way.cost + cost(length), way.slots + [length])
                    if total * 1_000 - repeated >= milliseconds {
                        if best.map({ isBetter(found, than: $0) }) ?? true { best = found }
                    } else if next[total].map({ isBetter(found, than: $0) }) ?? true {
                        next[total] = found
                    }
                }
            }
            // What costs as much already cannot become cheaper.
            ways = next.filter { way in best.map { way.value.cost < $0.cost } ?? true }
            if ways.isEmpty { break }
        }
        guard let best else { return nil }
        return SlotPlan(
            slots: best.slots, cost: isPriced ? MicroUSD(best.cost) : nil, neededMilliseconds: milliseconds)
    }

    /// For people: "8 s", "6 + 4 s, 1.2 s of them not shown".
    package var words: String {
        let sum = slots.map(String.init).joined(separator: " + ") + " s"
        let tenths = wastedMilliseconds / 100
        return tenths > 0 ? "\(sum), \(tenths / 10).\(tenths % 10) s of them not shown" : sum
    }
}
