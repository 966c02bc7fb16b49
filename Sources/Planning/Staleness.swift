package import Film
package import Protocol

/// A take that no longer matches the film, and what in the film changed.
package struct StaleTake: Sendable, Equatable {
    package let name: String
    /// Fields of its own that changed, and inputs that did (`input still`).
    package let causes: [String]

    package init(name: String, causes: [String]) {
        self.name = name
        self.causes = causes
    }

    /// Whether something of its own changed, not only what it is made from.
    package var isRoot: Bool { causes.contains { !$0.hasPrefix("input ") } }
}

/// What is there, what must be made, and what no longer matches. Computed when asked, never stored.
extension FilmPlan {
    /// Kinds whose results are takes: what a generator makes. All else is assembled from them.
    package static let takeKinds: Set<TaskKind> = [
        .setting, .portrait, .cutout, .compose, .animate, .lipsync, .dialogue, .ambience,
    ]

    /// Short hashes of what a node's basis is made of, by name.
    package func parts(of node: JobNode, bases: [TaskKey: Digest]) -> [String: String] {
        var parts: [String: String] = [:]
        for (name, value) in node.spec.parameters.values { parts[name] = Fields([name: value]).digest.short }
        for input in node.spec.inputs { parts["input \(input.name)"] = bases[input.key]?.short ?? "" }
        return parts
    }

    /// The bases of all nodes, by key.
    package var bases: [TaskKey: Digest] {
        Dictionary(nodes.map { ($0.spec.key, $0.spec.basis) }) { first, _ in first }
    }

    /// The slot of a node's takes; nil for what is assembled.
    package static func slot(_ node: JobNode) -> Takes.Slot? {
        guard takeKinds.contains(node.spec.kind) else { return nil }
        return slot(of: node.name, node.spec.kind)
    }

    static func slot(of name: String, _ kind: TaskKind) -> Takes.Slot {
        Takes.Slot(String(name.prefix { $0 != "/" }), kind)
    }

    /// Selected takes whose basis is another one now. A take without a basis is unknown, not stale.
    package func stale(_ takes: Takes) -> [StaleTake] {
        let bases = bases
        return nodes.compactMap { shown in
            let node = replaced[shown.name] ?? shown
            guard let slot = Self.slot(node), let take = takes.choices[slot]?.shown, !take.basis.isEmpty,
                take.basis != node.spec.basis.hex
            else { return nil }
            let now = parts(of: node, bases: bases)
            let names = Set(now.keys).union(take.parts.keys).filter { now[$0] != take.parts[$0] }
            return StaleTake(name: node.name, causes: names.sorted())
        }
    }

    /// The tasks a render would run: from what is wanted back to what is there.
    package func toMake(isHeld: (TaskKey) -> Bool) -> [JobNode] {
        let byKey = Dictionary(nodes.map { ($0.spec.key, $0) }) { first, _ in first }
        var seen: Set<TaskKey> = []
        var wanted = nodes.filter(\.isGoal).map(\.spec.key)
        while let key = wanted.popLast() {
            guard let node = byKey[key], !seen.contains(key), !isHeld(key) else { continue }
            seen.insert(key)
            wanted += node.spec.inputs.map(\.key)
        }
        var counted: Set<TaskKey> = []
        return nodes.filter { seen.contains($0.spec.key) && counted.insert($0.spec.key).inserted }
    }
}
