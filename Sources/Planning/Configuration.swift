package import Film
package import Protocol
internal import Yams

/// `snowflake.yaml` and the user's `config.yaml`: one schema (`design.md` 5). Later files win; flags win over files.
package struct Configuration: Sendable, Equatable {
    package var profile: String?
    package var look = Look()
    package var budgetUSD: Double?
    package var profiles: [String: Entry] = [:]
    /// Later ones go before earlier ones.
    package var prices: [Price] = []
    package var gates: [String: ServiceLimits] = [:]
    /// The file each setting was last read from.
    package private(set) var origins: [String: String] = [:]

    package struct Entry: Sendable, Equatable {
        package var extends: String?
        package var look = Look()
        package var backends: [TaskKind: [BackendChoice]] = [:]
        package var locks: [Int: [TaskKind: BackendChoice]] = [:]
        package var isCheapestFirst: Bool?
    }

    package init() {}

    private static let topKeys = ["profile", "budget_usd", "profiles", "prices", "gates"]

    /// Reads one file over what is there. Unknown keys are errors with a suggestion.
    package mutating func read(_ text: String, file: String) -> [ProjectFault] {
        var faults: [ProjectFault] = []
        func fault(_ path: String, _ message: String) {
            faults.append(ProjectFault(file: file, path: path, message))
        }
        let root = Self.compose(text, fault)
        guard faults.isEmpty else { return faults }
        guard let root else { return [] }
        guard let mapping = root.mapping else {
            fault("", "should hold keys and values")
            return faults
        }
        for (key, value) in mapping {
            let name = key.string ?? ""
            if (Self.topKeys + Look.keys).contains(name) { origins[name] = file }
            switch name {
            case "profile": profile = value.string
            case "budget_usd":
                budgetUSD = value.float
                if budgetUSD.map({ !($0 >= 0 && $0 < 1e7) }) ?? true { fault(name, "should be dollars, 0 or more") }
            case "profiles":
                for (profile, body) in value.mapping ?? [:] {
                    readProfile(profile.string ?? "", body, fault)
                }
            case "prices": readPrices(value, fault)
            case "gates": readGates(value, fault)
            default:
                if !look.read(name, value, name, fault) {
                    fault(name, Self.unknown(name, among: Self.topKeys + Look.keys))
                }
            }
        }
        return faults
    }

    /// The document's root; `nil` when it is empty, or is no YAML: then that is told.
    static func compose(_ text: String, _ fault: (String, String) -> Void) -> Node? {
        do {
            return try Yams.compose(yaml: text)
        } catch {
            fault("", "is not YAML: \(error)".replacing("\n", with: " "))
            return nil
        }
    }

    private mutating func readProfile(_ name: String, _ body: Node, _ fault: (String, String) -> Void) {
        var entry = Entry()
        let kinds = TaskKind.allCases.map(\.rawValue)
        for (key, value) in body.mapping ?? [:] {
            let key = key.string ?? ""
            let path = "profiles.\(name).\(key)"
            switch key {
            case "extends": entry.extends = value.string
            case "scenes": entry.locks = readLocks(value, path, fault)
            case "cheapest":
                entry.isCheapestFirst = value.sequence?.map { $0.string ?? "" } == ["animate"]
                if entry.isCheapestFirst != true {
                    fault(path, "should be [animate]: only clips are chosen by their price")
                }
            default:
                if entry.look.read(key, value, path, fault) { continue }
                guard let kind = TaskKind(rawValue: key) else {
                    fault(path, Self.unknown(key, among: ["extends", "scenes", "cheapest"] + Look.keys + kinds))
                    continue
                }
                entry.backends[kind] = BackendChoice.list(value, kind: kind, path, fault)
            }
        }
        profiles[name] = entry
    }

    /// `scenes: {3: {animate: {backend: kling, model: kling-v3}}}`
    private func readLocks(
        _ node: Node, _ path: String, _ fault: (String, String) -> Void
    ) -> [Int: [TaskKind: BackendChoice]] {
        var locks: [Int: [TaskKind: BackendChoice]] = [:]
        guard let scenes = node.mapping else {
            fault(path, "should be like {3: {animate: {backend: kling}}}")
            return [:]
        }
        for (key, value) in scenes {
            guard let scene = key.int, (1...999).contains(scene), let kinds = value.mapping else {
                fault("\(path).\(key.string ?? "")", "should be a scene's number with what it is made by")
                continue
            }
            for (key, value) in kinds {
                let path = "\(path).\(scene).\(key.string ?? "")"
                // What a scene shares with others cannot be locked with it.
                guard let kind = TaskKind(rawValue: key.string ?? ""), Self.lockable.contains(kind) else {
                    fault(path, Self.unknown(key.string ?? "", among: Self.lockable.map(\.rawValue)))
                    continue
                }
                locks[scene, default: [:]][kind] = BackendChoice(value, kind: kind, path, fault)
            }
        }
        return locks
    }

    private static let lockable: [TaskKind] = [.compose, .animate, .lipsync, .dialogue, .ambience]

    /// The message for a word nobody knows, with the nearest one that is known.
    package static func unknown(_ word: String, among known: [String]) -> String {
        let nearest = known.min { distance(word, $0) < distance(word, $1) }
        let hint = nearest.flatMap { distance(word, $0) <= max(2, word.count / 3) ? "; did you mean \"\($0)\"?" : nil }
        return "\"\(word)\" is not known here" + (hint ?? "; known are \(known.joined(separator: ", "))")
    }

    private static func distance(_ left: String, _ right: String) -> Int {
        let right = Array(right)
        var row = Array(0...right.count)
        for (index, character) in left.enumerated() {
            var previous = row[0]
            row[0] = index + 1
            for place in right.indices {
                let cost = min(row[place] + 1, row[place + 1] + 1, previous + (character == right[place] ? 0 : 1))
                previous = row[place + 1]
                row[place + 1] = cost
            }
        }
        return row[right.count]
    }

    /// The profile of a name, with everything said about it.
    package func resolve(_ name: String) -> Result<Profile, ProjectFault> {
        var chain: [Entry] = []
        var current = name
        while let entry = profiles[current] {
            chain.append(entry)
            guard chain.count <= 8 else {
                return .failure(ProjectFault(file: "snowflake.yaml", path: "profiles.\(name)", "extends itself"))
            }
            let base = entry.extends ?? (Profile.shipped.contains { $0.name == current } ? current : "animatic")
            if base == current { break }
            current = base
        }
        guard var profile = Profile.shipped.first(where: { $0.name == current }) else {
            let known = Profile.shipped.map(\.name) + profiles.keys.sorted()
            return .failure(ProjectFault(file: "snowflake.yaml", path: "profile", Self.unknown(current, among: known)))
        }
        profile.name = name
        for entry in chain.reversed() {
            entry.look.shape(&profile)
            for (kind, list) in entry.backends {
                profile.backends[kind] = list.first
                profile.substitutes[kind] = list.count > 1 ? Array(list.dropFirst()) : nil
            }
            profile.isCheapestFirst = entry.isCheapestFirst ?? profile.isCheapestFirst
            profile.locks.merge(entry.locks) { $0.merging($1) { _, new in new } }
        }
        look.shape(&profile)
        profile.prices = prices
        profile.gates = gates
        for (kind, choice) in profile.namedChoices {
            guard let words = profile.unpriced(kind, choice) else { continue }
            return .failure(
                ProjectFault(file: "snowflake.yaml", path: "profiles.\(name).\(kind.rawValue).model", words))
        }
        profile.budget = budgetUSD.map { MicroUSD(Int64(($0 * 1e6).rounded())) }
        return .success(profile)
    }
}
