internal import Protocol

/// Why a take cannot be chosen so, for people.
package struct TakeRefusal: Error, Equatable, CustomStringConvertible {
    package let description: String

    package init(_ description: String) { self.description = description }
}

/// What people do with takes. Nothing is ever removed: what was made, and paid for, stays in the list.
extension Takes {
    private func choice(_ slot: Slot) throws(TakeRefusal) -> Choice {
        guard let choice = choices[slot] else {
            throw TakeRefusal("\(slot.subject) has no take of kind \(slot.kind.rawValue) yet; render it first")
        }
        return choice
    }

    /// Shows another take, or another part of it.
    /// - Parameters:
    ///   - first: frames of a clip left out in front.
    ///   - end: the frame behind the last that may be shown; 0 for the clip's end.
    package mutating func select(
        _ slot: Slot, take number: Int, first: Int = 0, end: Int = 0
    ) throws(TakeRefusal) {
        var choice = try choice(slot)
        guard let index = choice.takes.firstIndex(where: { $0.number == number }) else {
            let known = choice.takes.map { String($0.number) }.joined(separator: ", ")
            throw TakeRefusal("\(slot.subject) has no take \(number); it has \(known)")
        }
        guard first == 0 && end == 0 || slot.kind == .animate else {
            throw TakeRefusal("only a clip can be shown in part, not a \(slot.kind.rawValue)")
        }
        guard first >= 0, end == 0 || end > first else { throw TakeRefusal("the part ends before it begins") }
        (choice.takes[index].firstFrame, choice.takes[index].endFrame) = (first, end)
        if choice.takes[index].verdict == .rejected { choice.takes[index].verdict = nil }
        choice.selected = number
        choices[slot] = choice
    }

    /// A person is content with what is shown.
    package mutating func approve(_ slot: Slot) throws(TakeRefusal) {
        var choice = try choice(slot)
        guard let index = choice.takes.firstIndex(where: { $0.number == choice.selected }),
            choice.takes[index].isMade
        else { throw TakeRefusal("the take of \(slot.subject) that is selected is not made yet") }
        choice.takes[index].verdict = .approved
        choice.takes[index].reason = ""
        choices[slot] = choice
    }

    /// What is shown is not shown again: the newest take nobody rejected takes its place, else another is wished for.
    /// - Returns: the number of the take that is selected now.
    @discardableResult
    package mutating func reject(_ slot: Slot, reason: String) throws(TakeRefusal) -> Int {
        var choice = try choice(slot)
        if let index = choice.takes.firstIndex(where: { $0.number == choice.selected }) {
            choice.takes[index].verdict = .rejected
            choice.takes[index].reason = reason
        }
        choices[slot] = choice
        if let other = choice.takes.last(where: { $0.verdict != .rejected && $0.isMade }) {
            choices[slot]?.selected = other.number
            return other.number
        }
        return try redo(slot)
    }

    /// Wishes for another take, and selects it: the next render makes it.
    /// - Parameter seed: which candidate; the next one when it is `nil`.
    /// - Returns: its number.
    @discardableResult
    package mutating func redo(
        _ slot: Slot, seed: Int? = nil, prompt: String = "", backend: String = "", model: String = ""
    ) throws(TakeRefusal) -> Int {
        var choice = try choice(slot)
        let seed = seed ?? (choice.takes.map(\.seed).max() ?? 0) + 1
        guard (0...1_000_000_000).contains(seed) else { throw TakeRefusal("a seed is 0 to 1000000000") }
        let shown = choice.shown
        let wish = Take(
            number: (choice.takes.map(\.number).max() ?? -1) + 1, backend: backend, model: model, key: "", basis: "",
            digest: "", costMicroUSD: 0, madeAt: "", parts: [:], seed: seed,
            prompt: prompt.isEmpty ? shown?.prompt ?? "" : prompt)
        guard
            !choice.takes.contains(where: {
                $0.seed == wish.seed && $0.prompt == wish.prompt && $0.verdict != .rejected
                    && (wish.backend.isEmpty || $0.backend == wish.backend)
            })
        else {
            throw TakeRefusal("\(slot.subject) has a take with seed \(seed) already; name another, or select it")
        }
        // A wish nobody fulfilled yet gives way to the new one.
        choice.takes.removeAll { !$0.isMade }
        choice.takes.append(wish)
        choice.selected = wish.number
        choices[slot] = choice
        return wish.number
    }
}
