/// `voice_map.json` (`formats.md` 9): who speaks with which voice, frozen once assigned. Both shapes are read; ours is
/// written: `{ "<person>": {"voice_id", "provider", "name"}, "_default": {…} }`. Unknown keys are kept.
package struct VoiceMap: Sendable, Equatable {
    package struct Voice: Sendable, Equatable {
        package var id: String
        package var provider: String
        package var name: String

        package init(id: String, provider: String, name: String) {
            self.id = id
            self.provider = provider
            self.name = name
        }
    }

    /// By person key; `_default` speaks for everybody else.
    package private(set) var voices: [String: Voice] = [:]
    private var source: JSON = .object([])

    package static let defaultKey = "_default"

    package init() {}

    init(_ root: FieldReader, _ bible: Bible) {
        source = root.json
        for member in root.json.members ?? [] {
            let key = member.name == Self.defaultKey ? Self.defaultKey : bible.personKey(of: member.name).key
            switch member.value {
            case .string(let id): voices[key] = Voice(id: id, provider: "", name: "")
            case .object:
                let entry = FieldReader(
                    json: member.value, file: root.file, path: "$.\(member.name)", faults: root.faults)
                let id = entry.text("voice_id")
                if id.isEmpty {
                    entry.fault("voice_id", "is missing; a voice is chosen by gender and age", .warning)
                } else {
                    voices[key] = Voice(id: id, provider: entry.text("provider"), name: entry.text("name"))
                }
            case .null, .bool, .number, .array:
                root.fault(member.name, "should be a voice id or an object, not \(member.value.kind)", .warning)
            }
        }
    }

    /// The voice of a person, or the default's.
    package func voice(of person: String) -> Voice? { voices[person] ?? voices[Self.defaultKey] }

    /// Assigns a voice to somebody who has none.
    package mutating func assign(_ voice: Voice, to person: String) {
        guard voices[person] == nil else { return }
        voices[person] = voice
        source[person] = .object([
            JSON.Member("voice_id", .string(voice.id)), JSON.Member("provider", .string(voice.provider)),
            JSON.Member("name", .string(voice.name)),
        ])
    }

    /// The file's text.
    package var text: String { source.text }
}
