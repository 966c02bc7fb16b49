package import Film
package import Protocol
internal import Yams

/// `snowflake.yaml` and the user's `config.yaml`: one schema (`design.md` 5). Later files win; flags win over files.
package struct Configuration: Sendable, Equatable {
    package var profile: String?
    package var size: String?
    package var fps: FrameRate?
    package var budgetUSD: Double?
    package var profiles: [String: Entry] = [:]
    /// Later ones go before earlier ones.
    package var prices: [Price] = []
    package var gates: [String: ServiceLimits] = [:]
    /// The file each setting was last read from.
    package private(set) var origins: [String: String] = [:]

    package struct Entry: Sendable, Equatable {
        package var extends: String?
        package var size: String?
        package var fps: FrameRate?
        package var backends: [TaskKind: BackendChoice] = [:]
    }

    package init() {}

    private static let rates = "should be \(FrameRate.offered.dropLast().map(\.description).joined(separator: ", ")) or 30"
    private static let topKeys = ["profile", "size", "fps", "budget_usd", "profiles", "prices", "gates"]

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
            if Self.topKeys.contains(name) { origins[name] = file }
            switch name {
            case "profile": profile = value.string
            case "size":
                size = value.string
                if Profile.size(value.string ?? "") == nil { fault(name, "should be like 1920x1080, even numbers") }
            case "fps":
                fps = FrameRate(value.string ?? "")
                if fps == nil { fault(name, Self.rates) }
            case "budget_usd":
                budgetUSD = value.float
                if budgetUSD.map({ !($0 >= 0 && $0 < 1e7) }) ?? true { fault(name, "should be dollars, 0 or more") }
            case "profiles":
                for (profile, body) in value.mapping ?? [:] {
                    readProfile(profile.string ?? "", body, fault)
                }
            case "prices": readPrices(value, fault)
            case "gates": readGates(value, fault)
            default: fault(name, Self.unknown(name, among: Self.topKeys))
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
            case "size":
                entry.size = value.string
                if Profile.size(value.string ?? "") == nil { fault(path, "should be like 1920x1080, even numbers") }
            case "fps":
                entry.fps = FrameRate(value.string ?? "")
                if entry.fps == nil { fault(path, Self.rates) }
            default:
                guard let kind = TaskKind(rawValue: key) else {
                    fault(path, Self.unknown(key, among: ["extends", "size", "fps"] + kinds))
                    continue
                }
                entry.backends[kind] = BackendChoice(value, kind: kind, path, fault)
            }
        }
        profiles[name] = entry
    }

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
            if let size = entry.size.flatMap(Profile.size) { profile.resize(width: size.width, height: size.height) }
            if let fps = entry.fps { profile.fps = fps }
            profile.backends.merge(entry.backends) { _, new in new }
        }
        if let size = size.flatMap(Profile.size) { profile.resize(width: size.width, height: size.height) }
        if let fps { profile.fps = fps }
        profile.prices = prices
        profile.gates = gates
        for (kind, choice) in profile.backends where !choice.isLocal && profile.price(of: kind, by: choice) == nil {
            let models = Prices.shipped.filter { $0.backend == choice.backend && $0.kind == kind && !$0.model.isEmpty }
            return .failure(
                ProjectFault(
                    file: "snowflake.yaml", path: "profiles.\(name).\(kind.rawValue).model",
                    "nobody knows what \(choice.name) costs; known models are "
                        + "\(models.map(\.model).joined(separator: ", ")); or give its price in `prices`"))
        }
        profile.budget = budgetUSD.map { MicroUSD(Int64(($0 * 1e6).rounded())) }
        return .success(profile)
    }
}

extension Profile {
    /// What a submission carries, and a coordinator reads back.
    package var settings: Fields {
        [
            "name": .init(name), "width": .init(width), "height": .init(height), "fps": .init(fps.frames), "fps_per": .init(fps.per),
            "video_kilobits": .init(videoKilobits), "audio_kilobits": .init(audioKilobits),
            "loudness": .init(loudnessMilliLUFS), "budget": .integer(budget?.amount ?? -1),
            "backends": .map(
                Dictionary(uniqueKeysWithValues: backends.map { ($0.key.rawValue, $0.value.fields) })),
            "prices": .list(prices.map(\.fields)), "gates": .map(gates.mapValues(\.fields)),
        ]
    }

    package init(settings: Fields) throws(FieldsError) {
        self.init(
            name: try settings.text("name"), width: try settings.integer("width", in: 16...7_680),
            height: try settings.integer("height", in: 16...7_680), fps: try settings.rate(),
            videoKilobits: try settings.integer("video_kilobits", in: 100...200_000),
            audioKilobits: try settings.integer("audio_kilobits", in: 64...512),
            loudnessMilliLUFS: try settings.integer("loudness", in: -40_000...0))
        for (kind, backend) in try settings.map("backends").values {
            guard let kind = TaskKind(rawValue: kind) else { continue }
            switch backend {
            case .map(let choice): backends[kind] = try BackendChoice(fields: Fields(choice))
            // As submissions of earlier releases said it.
            case .text(let backend): backends[kind] = BackendChoice(backend)
            default: throw .missing("backends.\(kind.rawValue)", expected: "a backend")
            }
        }
        if settings["prices"] != nil {
            for price in try settings.maps("prices") { prices.append(try Price(fields: price)) }
        }
        if settings["gates"] != nil {
            for (name, limits) in try settings.map("gates").values {
                if case .map(let limits) = limits { gates[name] = try ServiceLimits(fields: Fields(limits)) }
            }
        }
        let amount = try settings.integer("budget", in: -1...Int.max)
        budget = amount < 0 ? nil : MicroUSD(Int64(amount))
    }
}
