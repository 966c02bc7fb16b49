internal import Film

/// V4: how long each shot plays, in half seconds: twelve frames of 24, and one decimal of a second.
///
/// Speech is a floor that nothing lowers; what remains of the scene's target is shared by what the shots would take if
/// nobody asked (water-filling).
struct Durations {
    let format: String
    /// Words a second that people speak; other languages by their own rate.
    let wordsPerSecond: Double

    /// Shortest and longest shot, half seconds.
    static let limits = 2...60

    func time(_ scene: inout DraftScene, pace: Pace) {
        let raws = scene.shots.map { raw($0, pace) }
        for index in scene.shots.indices { scene.shots[index].floorHalfSeconds = floor(scene.shots[index]) }
        guard let target = scene.targetSeconds, target > 0 else {
            for index in scene.shots.indices {
                scene.shots[index].halfSeconds = clamped(
                    max(Int((raws[index] * 2).rounded()), scene.shots[index].floorHalfSeconds))
            }
            return
        }
        fill(&scene, raws, target: Int((target * 2).rounded()))
    }

    /// What speech needs: words ÷ rate, half a second of air, rounded up.
    func floor(_ shot: Draft) -> Int {
        guard shot.isDialogue else { return Self.limits.lowerBound }
        let seconds = max(1.5, speech(shot)) + 0.5
        return clamped(Int((seconds * 2).rounded(.up)))
    }

    func speech(_ shot: Draft) -> Double {
        shot.lines.reduce(0) { $0 + Self.units($1.text, wordsPerSecond) }
    }

    /// Seconds a text takes to say: by words, or by characters where a script has no spaces (four a second and a half).
    static func units(_ text: String, _ wordsPerSecond: Double) -> Double {
        let dense = text.unicodeScalars.count {
            (0x3040...0x30FF).contains($0.value) || (0x3400...0x9FFF).contains($0.value)
                || (0xAC00...0xD7AF).contains($0.value) || (0x0E00...0x0E7F).contains($0.value)
        }
        return Double(Source.wordCount(text)) / wordsPerSecond + Double(dense) / 5
    }

    private func raw(_ shot: Draft, _ pace: Pace) -> Double {
        var base = Double(ShotTable.row(shot.trigger).base) / 2
        // A paragraph that tells more plays longer.
        if !shot.isDialogue, shot.words > 12 { base += Double(shot.words - 12) * 0.12 }
        if shot.isDialogue { base = max(base, speech(shot) + 0.5) }
        var raw = base * ShotTable.factor(format: format) * pace.factor
        raw *= shot.intensity >= 0.7 ? 0.9 : shot.intensity <= 0.3 ? 1.1 : 1
        if shot.isDisaster { raw *= 1.15 }
        return max(1, raw)
    }

    private func clamped(_ halfSeconds: Int) -> Int {
        min(max(halfSeconds, Self.limits.lowerBound), Self.limits.upperBound)
    }

    /// Shares the target: every shot its floor, then in proportion; what rounding leaves goes to the largest remainders.
    private func fill(_ scene: inout DraftScene, _ raws: [Double], target: Int) {
        let floors = scene.shots.map(\.floorHalfSeconds)
        // Words leave little to look at: a line holds four seconds more than it needs while others can take the time.
        var ceilings = scene.shots.map {
            $0.isDialogue ? min($0.floorHalfSeconds + 8, Self.limits.upperBound) : Self.limits.upperBound
        }
        if ceilings.reduce(0, +) < target { ceilings = ceilings.map { _ in Self.limits.upperBound } }
        var exact = raws.map { $0 * 2 }
        var fixed = [Double?](repeating: nil, count: raws.count)
        for _ in 0...raws.count {
            let free = raws.indices.filter { fixed[$0] == nil }
            let left = Double(target) - fixed.compactMap(\.self).reduce(0, +)
            let weight = free.reduce(0) { $0 + raws[$1] }
            guard !free.isEmpty, weight > 0 else { break }
            let scale = max(0, left) / weight
            var low: [Int] = []
            var high: [Int] = []
            for index in free {
                exact[index] = raws[index] * scale
                if exact[index] < Double(floors[index]) { low.append(index) }
                if exact[index] > Double(ceilings[index]) { high.append(index) }
            }
            if low.isEmpty, high.isEmpty { break }
            // Floors first: they are promises, ceilings are taste.
            for index in low.isEmpty ? high : low {
                fixed[index] = Double(low.isEmpty ? ceilings[index] : floors[index])
            }
        }
        for (index, value) in fixed.enumerated() { if let value { exact[index] = value } }
        round(&scene, exact, floors, target)
        let total = scene.shots.reduce(0) { $0 + $1.halfSeconds }
        if abs(Double(total - target)) > 0.02 * Double(target) {
            scene.excuse =
                total > target
                ? floors.reduce(0, +) >= target
                    ? "speech alone needs \(seconds(floors.reduce(0, +))) s of \(seconds(target)) s"
                    : "half-second steps"
                : "\(scene.shots.count) shots of at most \(seconds(Self.limits.upperBound)) s cannot fill \(seconds(target)) s"
        }
    }

    private func round(_ scene: inout DraftScene, _ exact: [Double], _ floors: [Int], _ target: Int) {
        var values = exact.enumerated().map { max(floors[$0.offset], min(Self.limits.upperBound, Int($0.element))) }
        var left = target - values.reduce(0, +)
        let order = exact.indices.sorted {
            let (one, two) = (exact[$0] - Double(values[$0]), exact[$1] - Double(values[$1]))
            return one == two ? $0 < $1 : one > two
        }
        var rounds = 0
        while left > 0, rounds < 60 {
            var hasChanged = false
            for index in order where left > 0 && values[index] < Self.limits.upperBound {
                values[index] += 1
                left -= 1
                hasChanged = true
            }
            if !hasChanged { break }
            rounds += 1
        }
        for index in order.reversed() where left < 0 && values[index] > floors[index] {
            values[index] -= 1
            left += 1
        }
        for index in scene.shots.indices { scene.shots[index].halfSeconds = values[index] }
    }

    private func seconds(_ halfSeconds: Int) -> String { "\(halfSeconds / 2).\(halfSeconds % 2 == 0 ? 0 : 5)" }
}
