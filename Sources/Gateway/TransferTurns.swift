/// Whose transfer goes next, PURE: the coordinator's bandwidth is shared by machines, not by connections.
///
/// At most `most` transfers run at once, at most `perPeer` of one machine. A place that becomes free goes to the machine
/// with the fewest running; of those to the one that has waited longest.
package struct TransferTurns: Sendable {
    package let most: Int
    package let perPeer: Int
    /// Transfers that run, by machine.
    package private(set) var active: [String: Int] = [:]
    /// Those that wait, oldest first, by machine.
    private var waiting: [String: [UInt64]] = [:]

    package init(most: Int, perPeer: Int) {
        self.most = max(1, most)
        self.perPeer = max(1, perPeer)
    }

    package var running: Int { active.values.reduce(0, +) }

    /// Asks for a place. `number` grows with every call.
    /// - Returns: whether it may begin now; else ``ended(_:)`` names it later.
    package mutating func ask(_ peer: String, _ number: UInt64) -> Bool {
        guard running < most, active[peer, default: 0] < perPeer, waiting[peer] == nil else {
            waiting[peer, default: []].append(number)
            return false
        }
        active[peer, default: 0] += 1
        return true
    }

    /// Gives a place back.
    /// - Returns: those that may begin now.
    package mutating func ended(_ peer: String) -> [UInt64] {
        let left = active[peer, default: 1] - 1
        active[peer] = left > 0 ? left : nil
        var granted: [UInt64] = []
        while running < most, let next = next() {
            var queue = waiting[next] ?? []
            granted.append(queue.removeFirst())
            waiting[next] = queue.isEmpty ? nil : queue
            active[next, default: 0] += 1
        }
        return granted
    }

    /// Takes back a question that was not granted yet.
    package mutating func forget(_ peer: String, _ number: UInt64) {
        let left = waiting[peer]?.filter { $0 != number } ?? []
        waiting[peer] = left.isEmpty ? nil : left
    }

    private func next() -> String? {
        waiting.filter { active[$0.key, default: 0] < perPeer }.min {
            (active[$0.key, default: 0], $0.value[0]) < (active[$1.key, default: 0], $1.value[0])
        }?.key
    }
}
