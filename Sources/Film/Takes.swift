package import Protocol

/// Every candidate made for a shot or an asset, and which of them the film shows (`takes.json`).
///
/// What is paid for stays: a new local take replaces the local one before it, never a bought one, and never takes a
/// bought one's place in the film. Reading keeps what it does not know.
package struct Takes: Sendable, Equatable {
    package static let file = "takes.json"

    /// What takes are of: a shot (`s001_003`), a line (`s001_003_1`), a place or a person, and the kind of thing.
    package struct Slot: Hashable, Comparable, Sendable {
        package let subject: String
        package let kind: TaskKind

        package init(_ subject: String, _ kind: TaskKind) {
            self.subject = subject
            self.kind = kind
        }

        package static func < (left: Slot, right: Slot) -> Bool {
            (left.subject, left.kind) < (right.subject, right.kind)
        }
    }

    package struct Take: Sendable, Equatable {
        /// Unique in its slot; 0 is the first.
        package var number: Int
        package var backend: String
        package var model: String
        /// Hexadecimal, as are the two below; an empty basis is unknown, which is not stale.
        package var key: String
        package var basis: String
        package var digest: String
        package var costMicroUSD: Int64
        /// ISO 8601.
        package var madeAt: String
        /// Which candidate: what was asked of the maker.
        package var seed: Int
        /// What was asked instead of the shot list's prompt; empty for that one.
        package var prompt: String
        /// The part of a clip that is shown: frames left out in front, and the frame behind the last (0 for its end).
        package var firstFrame = 0
        package var endFrame = 0
        /// What a person said of it, and why.
        package var verdict: Verdict?
        package var reason = ""
        /// Short hashes of what the basis is made of, by name: they tell which field made a take stale.
        package var parts: [String: String]
        var unknown: [JSON.Member]

        package init(
            number: Int = 0, backend: String, model: String, key: String, basis: String, digest: String,
            costMicroUSD: Int64, madeAt: String, parts: [String: String], seed: Int = 0, prompt: String = ""
        ) {
            self.seed = seed
            self.prompt = prompt
            self.number = number
            self.backend = backend
            self.model = model
            self.key = key
            self.basis = basis
            self.digest = digest
            self.costMicroUSD = costMicroUSD
            self.madeAt = madeAt
            self.parts = parts
            unknown = []
        }

        /// Made without a bill: it can be made again, the same.
        package var isFree: Bool { backend == "local" && costMicroUSD == 0 }

        /// A wish is not made yet.
        package var isMade: Bool { !digest.isEmpty }
    }

    package enum Verdict: String, Sendable { case approved, rejected }

    package struct Choice: Sendable, Equatable {
        package var selected: Int
        package var takes: [Take]

        package var shown: Take? { takes.first { $0.number == selected } }
    }

    package internal(set) var choices: [Slot: Choice] = [:]
    private var unknown: [JSON.Member] = []

    package init() {}

    /// Notes a result. The same result again changes nothing.
    /// - Parameters:
    ///   - isChosen: somebody asked for this very take: it is what is shown.
    ///   - reason: why the one shown before was rejected; empty when it was not.
    package mutating func record(_ take: Take, in slot: Slot, isChosen: Bool = false, rejecting reason: String = "") {
        var take = take
        if isChosen, !reason.isEmpty, let shown = choices[slot]?.shown, shown.key != take.key,
            let index = choices[slot]?.takes.firstIndex(where: { $0.number == shown.number })
        {
            choices[slot]?.takes[index].verdict = .rejected
            choices[slot]?.takes[index].reason = reason
        }
        guard var choice = choices[slot] else {
            choices[slot] = Choice(selected: take.number, takes: [take])
            return
        }
        if let known = choice.takes.first(where: { $0.key == take.key }) {
            if isChosen { choices[slot]?.selected = known.number }
            return
        }
        func isAlike(_ other: Take) -> Bool {
            other.seed == take.seed && other.prompt == take.prompt && other.verdict != .rejected
        }
        if let index = choice.takes.firstIndex(where: { !$0.isMade && isAlike($0) }) {
            take.number = choice.takes[index].number
            choice.takes[index] = take
        } else if take.isFree,
            let index = choice.takes.firstIndex(where: {
                $0.isFree && $0.isMade && $0.model == take.model && isAlike($0)
            })
        {
            take.number = choice.takes[index].number
            (take.firstFrame, take.endFrame) = (choice.takes[index].firstFrame, choice.takes[index].endFrame)
            choice.takes[index] = take
        } else {
            take.number = (choice.takes.map(\.number).max() ?? -1) + 1
            choice.takes.append(take)
            if choice.shown?.isFree ?? true, !take.isFree { choice.selected = take.number }
        }
        if isChosen { choice.selected = take.number }
        choices[slot] = choice
    }
}

// MARK: the file

extension Takes {
    /// Reads `takes.json`; throws the fault when it is not one. It says what was bought and chosen, so a broken one is
    /// never written over.
    package init(text: [UInt8]) throws(ProjectFault) {
        let json: JSON
        do throws(JSONFault) { json = try JSON(text: text) } catch {
            throw ProjectFault(file: Self.file, "is not JSON: \(error)")
        }
        guard let members = json.members, let subjects = json["takes"]?.members else {
            throw ProjectFault(file: Self.file, path: "$.takes", "should hold an object of shots and assets")
        }
        unknown = members.filter { $0.name != "takes" && $0.name != "version" }
        for subject in subjects {
            for entry in subject.value.members ?? [] {
                guard let kind = TaskKind(rawValue: entry.name), case .array(let items)? = entry.value["takes"] else {
                    throw ProjectFault(
                        file: Self.file, path: "$.takes.\(subject.name).\(entry.name)",
                        "should be a kind of task with a list of takes")
                }
                choices[Slot(subject.name, kind)] = Choice(
                    selected: entry.value["selected"]?.wholeNumber ?? 0,
                    takes: items.enumerated().map { Take($1, number: $0) })
            }
        }
    }

    /// The file's text: subjects and kinds in order, so that a change is a small difference.
    package var text: String {
        var subjects: [JSON.Member] = []
        for (slot, choice) in choices.sorted(by: { $0.key < $1.key }) {
            let entry = JSON.Member(
                slot.kind.rawValue,
                .object([
                    JSON.Member("selected", .number(String(choice.selected))),
                    JSON.Member("takes", .array(choice.takes.map(\.json))),
                ]))
            if subjects.last?.name == slot.subject, case .object(let entries)? = subjects.last?.value {
                subjects[subjects.count - 1].value = .object(entries + [entry])
            } else {
                subjects.append(JSON.Member(slot.subject, .object([entry])))
            }
        }
        return JSON.object(
            [JSON.Member("version", .number("1")), JSON.Member("takes", .object(subjects))] + unknown
        ).text
    }
}

extension Takes.Take {
    private static let names = [
        "take", "backend", "model", "key", "basis", "digest", "cost_micro_usd", "made_at", "parts", "seed", "prompt",
        "in", "out", "verdict", "reason",
    ]

    init(_ json: JSON, number: Int) {
        func text(_ name: String) -> String { if case .string(let text)? = json[name] { text } else { "" } }
        self.init(
            number: json["take"]?.wholeNumber ?? number, backend: text("backend"), model: text("model"),
            key: text("key"), basis: text("basis"), digest: text("digest"),
            costMicroUSD: Int64(json["cost_micro_usd"]?.wholeNumber ?? 0), madeAt: text("made_at"), parts: [:],
            seed: json["seed"]?.wholeNumber ?? 0, prompt: text("prompt"))
        (firstFrame, endFrame) = (json["in"]?.wholeNumber ?? 0, json["out"]?.wholeNumber ?? 0)
        verdict = Takes.Verdict(rawValue: text("verdict"))
        reason = text("reason")
        for part in json["parts"]?.members ?? [] {
            if case .string(let hash) = part.value { parts[part.name] = hash }
        }
        unknown = (json.members ?? []).filter { !Self.names.contains($0.name) }
    }

    var json: JSON {
        .object(
            [
                JSON.Member("take", .number(String(number))), JSON.Member("backend", .string(backend)),
                JSON.Member("model", .string(model)), JSON.Member("key", .string(key)),
                JSON.Member("basis", .string(basis)), JSON.Member("digest", .string(digest)),
                JSON.Member("cost_micro_usd", .number(String(costMicroUSD))),
                JSON.Member("made_at", .string(madeAt)),
                JSON.Member(
                    "parts",
                    .object(parts.sorted { $0.key < $1.key }.map { JSON.Member($0.key, .string($0.value)) })),
            ] + choosing + unknown)
    }
}

extension Takes.Take {
    /// What people asked and said; nothing where they did not.
    private var choosing: [JSON.Member] {
        var members: [JSON.Member] = []
        if seed != 0 { members.append(JSON.Member("seed", .number(String(seed)))) }
        if !prompt.isEmpty { members.append(JSON.Member("prompt", .string(prompt))) }
        if firstFrame != 0 { members.append(JSON.Member("in", .number(String(firstFrame)))) }
        if endFrame != 0 { members.append(JSON.Member("out", .number(String(endFrame)))) }
        if let verdict { members.append(JSON.Member("verdict", .string(verdict.rawValue))) }
        if !reason.isEmpty { members.append(JSON.Member("reason", .string(reason))) }
        return members
    }
}

extension JSON {
    /// A whole number in the range of this machine's integers.
    var wholeNumber: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
}
