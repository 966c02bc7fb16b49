package import Protocol

/// A job with the shape of a film and nothing in it: for simulation, load and schedule tests.
package enum SyntheticFilm {
    /// Shots in scenes of `shotsPerScene`, two places and two people each used by many, all by `backend`.
    /// - Parameter salt: enters every key, so that two films share nothing.
    package static func nodes(
        shots: Int, shotsPerScene: Int = 6, salt: Int = 0, backend: String = "synthetic", gate: GateID? = nil,
        price: MicroUSD = .zero
    ) -> [JobNode] {
        var nodes: [JobNode] = []
        func add(
            _ kind: TaskKind, _ name: String, _ inputs: [(JobNode, Bool)], scene: Int = 0, shot: Int = 0,
            seconds: Int64, isGoal: Bool = false
        ) -> JobNode {
            let isPaid = kind == .animate
            let spec = TaskSpec(
                kind: kind, backend: backend, recipeVersion: 1,
                parameters: ["name": .text(name), "salt": .init(salt)],
                inputs: inputs.enumerated().map { index, input in
                    TaskInput(name: "input.\(index)", key: input.0.spec.key, isTolerant: input.1)
                }, inputBases: inputs.map(\.0.spec.basis), expected: .seconds(seconds),
                priceCeiling: isPaid ? price : .zero, gate: isPaid ? gate : nil)
            let node = JobNode(name: name, spec: spec, scene: scene, shot: shot, isGoal: isGoal)
            nodes.append(node)
            return node
        }
        let places = (0..<2).map { add(.setting, "place_\($0)/setting", [], seconds: 5, isGoal: true) }
        let people = (0..<2).map { number in
            let portrait = add(.portrait, "person_\(number)/portrait", [], seconds: 5)
            return add(.cutout, "person_\(number)/cutout", [(portrait, false)], seconds: 2, isGoal: true)
        }
        var conforms: [JobNode] = []
        var windows: [JobNode] = []
        for first in stride(from: 0, to: shots, by: shotsPerScene) {
            let scene = first / shotsPerScene + 1
            var stems: [JobNode] = []
            for index in first..<min(first + shotsPerScene, shots) {
                let shot = index - first + 1
                let name = "s\(scene)_\(shot)"
                let still = add(
                    .compose, name + "/compose", [(places[index % 2], false), (people[index % 2], false)],
                    scene: scene, shot: shot, seconds: 4, isGoal: true)
                let raw = add(.animate, name + "/animate", [(still, false)], scene: scene, shot: shot, seconds: 60)
                stems.append(add(.ambience, name + "/ambience", [], scene: scene, shot: shot, seconds: 2))
                stems.append(add(.dialogue, name + "/dialogue", [], scene: scene, shot: shot, seconds: 3))
                conforms.append(
                    add(.conform, name + "/conform", [(raw, true)], scene: scene, shot: shot, seconds: 4))
            }
            windows.append(
                add(.mix, "scene_\(scene)/mix", stems.map { ($0, true) }, scene: scene, seconds: 2))
        }
        let sound = add(.soundtrack, "soundtrack", windows.map { ($0, false) }, seconds: 20)
        _ = add(.film, "film", (conforms + [sound]).map { ($0, false) }, seconds: 20, isGoal: true)
        return nodes
    }
}
