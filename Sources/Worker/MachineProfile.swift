package import Protocol

/// What a machine of some sort does for a cluster: the first profile that fits decides the slots of a worker nobody told.
package struct MachineProfile: Sendable, Equatable {
    package let name: String
    package let condition: Condition
    package let slots: [Role: Int]

    package init(_ name: String, when condition: Condition = Condition(), slots: [Role: Int]) {
        self.name = name
        self.condition = condition
        self.slots = slots
    }

    /// All of it must hold of a machine's facts (``MachineProbe``). An empty one fits every machine.
    package struct Condition: Sendable, Equatable {
        /// By the fact's name (`cores`, `memory_gb`, `disk_free_gb`, `gpu_memory_gb`): at least so much.
        package var least: [String: Int] = [:]
        /// By the fact's name (`host`, `gpu`, `encoders`, `keys`, `comfyui`, `a1111`, `sdcpp`): words it must hold,
        /// whatever their case. Without words: the fact must be there, and not be "none".
        package var words: [String: [String]] = [:]

        package init() {}

        package func fits(_ facts: [String: String]) -> Bool {
            least.allSatisfy { name, number in facts[name].flatMap { Int($0) }.map { $0 >= number } ?? false }
                && words.allSatisfy { name, wanted in
                    guard let fact = facts[name]?.lowercased(), !fact.isEmpty, fact != "none",
                        !fact.hasSuffix("does not answer")
                    else { return false }
                    return wanted.allSatisfy { fact.contains($0.lowercased()) }
                }
        }
    }

    static let numbers = ["cores", "memory_gb", "disk_free_gb", "gpu_memory_gb"]
    static let texts = ["host", "gpu", "encoders", "keys", "comfyui", "a1111", "sdcpp"]

    /// For machines no profile of the user's fits. What a machine has keys for it also calls.
    package static let shipped = [
        MachineProfile("many-cores", when: least("cores", 16), slots: [.gpu: 2, .audio: 1, .media: 4]),
        MachineProfile("workstation", when: least("cores", 8), slots: [.gpu: 1, .audio: 1, .media: 2]),
        MachineProfile("small", when: least("cores", 2), slots: [.gpu: 1, .audio: 1, .media: 1]),
        MachineProfile("one-core", slots: [.media: 1]),
    ]

    private static func least(_ fact: String, _ number: Int) -> Condition {
        var condition = Condition()
        condition.least[fact] = number
        return condition
    }

    /// The first that fits: of the user's own, then of the shipped ones, to which calls are added where there are keys.
    package static func first(of own: [MachineProfile], facts: [String: String]) -> MachineProfile {
        if let match = own.first(where: { $0.condition.fits(facts) }) { return match }
        let match = shipped.first { $0.condition.fits(facts) } ?? shipped[shipped.count - 1]
        guard facts["keys"]?.isEmpty == false else { return match }
        return MachineProfile(match.name, slots: match.slots.merging([.api: 4]) { own, _ in own })
    }
}
