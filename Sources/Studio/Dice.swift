/// Small reproducible chances: the same words always give the same picture, on every machine.
struct Dice {
    private var state: UInt64

    /// FNV-1a of the words.
    /// - Parameter take: another candidate has other chances.
    init(_ words: String, take: Int = 0) {
        let words = take == 0 ? words : words + "#\(take)"
        state = words.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// From 0 up to 1.
    mutating func next() -> Double {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return Double(state >> 11) * 0x1p-53
    }

    mutating func next(_ range: ClosedRange<Double>) -> Double {
        range.lowerBound + next() * (range.upperBound - range.lowerBound)
    }
}
