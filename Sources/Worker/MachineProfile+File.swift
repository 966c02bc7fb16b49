internal import Planning
internal import Protocol
internal import Yams

/// What is wrong with a file of worker profiles.
package struct MachineProfileError: Error, Equatable, CustomStringConvertible {
    package let description: String
}

extension MachineProfile {
    /// The profiles of a file, in its order:
    ///
    ///     profiles:
    ///       - name: big-gpu
    ///         when: {gpu_memory_gb: 20, comfyui: true}
    ///         slots: {gpu: 1, media: 2}
    ///       - name: callers
    ///         when: {host: render-, keys: [metered]}
    ///         slots: {api: 16}
    package static func read(_ text: String, file: String) throws(MachineProfileError) -> [MachineProfile] {
        func refuse(_ words: String) -> MachineProfileError { .init(description: "\(file): \(words)") }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw refuse("is not YAML: \("\(error)".replacing("\n", with: " "))")
        }
        guard let root else { return [] }
        guard let top = root.mapping else { throw refuse("write `profiles:` with a list") }
        if let odd = top.keys.compactMap(\.string).first(where: { $0 != "profiles" }) {
            throw refuse(Configuration.unknown(odd, among: ["profiles"]))
        }
        guard let list = top["profiles"]?.sequence else { throw refuse("write `profiles:` with a list") }
        var profiles: [MachineProfile] = []
        for (index, node) in list.enumerated() {
            do throws(MachineProfileError) { profiles.append(try MachineProfile(node)) } catch {
                throw refuse("profile \(index + 1): \(error)")
            }
        }
        return profiles
    }

    private init(_ node: Node) throws(MachineProfileError) {
        func refuse(_ words: String) -> MachineProfileError { .init(description: words) }
        guard let map = node.mapping else { throw refuse("should hold name, when and slots") }
        if let odd = map.keys.compactMap(\.string).first(where: { !["name", "when", "slots"].contains($0) }) {
            throw refuse(Configuration.unknown(odd, among: ["name", "when", "slots"]))
        }
        guard let name = map["name"]?.string, (1...40).contains(name.count) else {
            throw refuse("its name is 1 to 40 characters")
        }
        var slots: [Role: Int] = [:]
        for (key, value) in map["slots"]?.mapping ?? [:] {
            guard let role = Role(rawValue: key.string ?? ""), let count = value.int, (0...256).contains(count) else {
                throw refuse("slots of \(name): write gpu, api, audio or media with 0 to 256, like {media: 2}")
            }
            slots[role] = count
        }
        guard slots.values.contains(where: { $0 > 0 }) else {
            throw refuse("slots of \(name): a worker has one slot at least, like {media: 2}")
        }
        self.init(name, when: try Condition(map["when"]?.mapping ?? [:], of: name), slots: slots)
    }
}

extension MachineProfile.Condition {
    fileprivate init(_ map: Node.Mapping, of name: String) throws(MachineProfileError) {
        func refuse(_ words: String) -> MachineProfileError { .init(description: "when of \(name): \(words)") }
        for (key, value) in map {
            let key = key.string ?? ""
            if MachineProfile.numbers.contains(key) {
                guard let number = value.int, number >= 0 else {
                    throw refuse("\(key) is a whole number: at least so much")
                }
                least[key] = number
            } else if MachineProfile.texts.contains(key) {
                if value.bool == true {
                    words[key] = []
                } else if let list = value.sequence {
                    words[key] = list.compactMap(\.string)
                } else if let word = value.string, value.bool == nil {
                    words[key] = [word]
                } else {
                    throw refuse("\(key) is a word, a list of words, or true")
                }
            } else {
                throw refuse(Configuration.unknown(key, among: MachineProfile.numbers + MachineProfile.texts))
            }
        }
    }
}
