internal import Protocol

/// What a person chose among takes, and asked of new ones, as the film's blob carries it: a coordinator plans with it.
///
/// Made from `takes.json` whenever a project is read; never a file of the project itself. Where nothing was chosen, asked
/// or paid for there is nothing in it, and the plan is the same as without.
package struct Selection: Sendable, Equatable {
    package static let file = "takes_selected.json"

    package struct Choice: Sendable, Equatable {
        /// Which candidate: seeds follow from it. 0 is the first.
        package var seed = 0
        /// Instead of the shot list's; empty for that one.
        package var prompt = ""
        /// Instead of the profile's; empty for that one.
        package var backend = ""
        package var model = ""
        package var account = ""
        /// Frames of a clip left out in front.
        package var skip = 0
        /// The frame of a clip behind the last that may be shown; 0 for its end.
        package var end = 0
        /// What is there and was paid for: shown as it is, whatever has changed since.
        package var bought: Bought?
        /// The basis of what a person approved; empty when nobody did.
        package var approved = ""
        /// Why the take before it was rejected; empty where none was.
        package var reason = ""

        package init() {}
    }

    /// Hexadecimal names of a take that was paid for.
    package struct Bought: Sendable, Equatable {
        package var key: String
        package var basis: String
        package var digest: String
        /// Of a clip that follows another: the first twelve digits of that one's basis; else empty.
        package var previous = ""

        package init(key: String, basis: String, digest: String, previous: String = "") {
            self.previous = previous
            self.key = key
            self.basis = basis
            self.digest = digest
        }
    }

    package var choices: [Takes.Slot: Choice] = [:]

    package init() {}

    package var isEmpty: Bool { choices.isEmpty }

    /// What the plan must know of a project's takes.
    package init(_ takes: Takes) {
        for (slot, all) in takes.choices {
            guard let take = all.shown else { continue }
            var choice = Choice()
            choice.seed = take.seed
            choice.prompt = take.prompt
            (choice.skip, choice.end) = (take.firstFrame, take.endFrame)
            if !take.isMade { (choice.backend, choice.model) = (take.backend, take.model) }
            if take.isMade, !take.isFree {
                choice.bought = Bought(
                    key: take.key, basis: take.basis, digest: take.digest,
                    previous: take.parts["input previous"] ?? "")
            }
            if take.verdict == .approved { choice.approved = take.basis }
            if choice != Choice() { choices[slot] = choice }
        }
    }

    // MARK: the file

    package var text: String {
        let entries = choices.sorted { $0.key < $1.key }.map { slot, choice in
            JSON.object(
                [
                    JSON.Member("subject", .string(slot.subject)), JSON.Member("kind", .string(slot.kind.rawValue)),
                    JSON.Member("seed", .number(String(choice.seed))), JSON.Member("prompt", .string(choice.prompt)),
                    JSON.Member("backend", .string(choice.backend)), JSON.Member("model", .string(choice.model)),
                    JSON.Member("account", .string(choice.account)), JSON.Member("in", .number(String(choice.skip))),
                    JSON.Member("out", .number(String(choice.end))), JSON.Member("approved", .string(choice.approved)),
                    JSON.Member("reason", .string(choice.reason)),
                ]
                    + (choice.bought.map {
                        [
                            JSON.Member("key", .string($0.key)), JSON.Member("basis", .string($0.basis)),
                            JSON.Member("digest", .string($0.digest)),
                        ] + ($0.previous.isEmpty ? [] : [JSON.Member("previous", .string($0.previous))])
                    } ?? []))
        }
        return JSON.object([JSON.Member("version", .number("1")), JSON.Member("choices", .array(entries))]).text
    }

    /// Reads what ``text`` wrote; what it does not understand is left out.
    package init(_ json: JSON) {
        guard case .array(let entries)? = json["choices"] else { return }
        for entry in entries {
            func text(_ name: String) -> String { if case .string(let text)? = entry[name] { text } else { "" } }
            func number(_ name: String) -> Int { max(0, min(entry[name]?.wholeNumber ?? 0, 1_000_000_000)) }
            guard let kind = TaskKind(rawValue: text("kind")) else { continue }
            var choice = Choice()
            (choice.seed, choice.prompt) = (number("seed"), text("prompt"))
            (choice.backend, choice.model, choice.account) = (text("backend"), text("model"), text("account"))
            (choice.skip, choice.end, choice.approved) = (number("in"), number("out"), text("approved"))
            choice.reason = text("reason")
            if !text("digest").isEmpty {
                choice.bought = Bought(
                    key: text("key"), basis: text("basis"), digest: text("digest"), previous: text("previous"))
            }
            choices[Takes.Slot(text("subject"), kind)] = choice
        }
    }
}
