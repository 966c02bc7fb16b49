/// `voice_map.json` (`formats.md` 9): who speaks with which voice, frozen once assigned. Both shapes are read; ours is
/// written: `{ "<person>": {"voice_id", "provider", "name"}, "_default": {…} }`. Unknown keys are kept.
package struct VoiceMap: Sendable, Equatable {
    package struct Voice: Sendable, Equatable {
        package var id: String
        package var provider: String
        package var name: String
        /// Voices of services, by backend: the members of the person's entry that bear a backend's name.
        package var others: [String: String] = [:]

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
    /// Words that are said otherwise than they are written: `"_sayings": {"Maeve": "mayv", "tide": {"ipa": "taɪd"}}`.
    package static let sayingsKey = "_sayings"

    package struct Saying: Sendable, Equatable {
        package let word: String
        package let said: String
        package let isIPA: Bool
    }

    /// By word.
    package private(set) var sayings: [Saying] = []

    package init() {}

    init(_ root: FieldReader, _ bible: Bible) {
        source = root.json
        for member in root.json.members ?? [] {
            guard member.name != Self.sayingsKey else {
                readSayings(member.value, root)
                continue
            }
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
                    var voice = Voice(id: id, provider: entry.text("provider"), name: entry.text("name"))
                    for other in member.value.members ?? []
                    where !["voice_id", "provider", "name"].contains(other.name) {
                        if case .string(let id) = other.value { voice.others[other.name] = id }
                    }
                    voices[key] = voice
                }
            case .null, .bool, .number, .array:
                root.fault(member.name, "should be a voice id or an object, not \(member.value.kind)", .warning)
            }
        }
    }

    private mutating func readSayings(_ value: JSON, _ root: FieldReader) {
        guard let members = value.members else {
            return root.fault(Self.sayingsKey, "should be an object of words, not \(value.kind)", .warning)
        }
        for member in members {
            if case .string(let said) = member.value {
                sayings.append(Saying(word: member.name, said: said, isIPA: false))
            } else if case .string(let said)? = member.value["ipa"] {
                sayings.append(Saying(word: member.name, said: said, isIPA: true))
            } else {
                root.fault(
                    "\(Self.sayingsKey).\(member.name)", "should be how it is said, or {\"ipa\": …}; it is left out",
                    .warning)
            }
        }
        sayings.sort { $0.word < $1.word }
    }

    /// The voice a person, or the default, has at a service; `nil` where none was given. A voice of another provider is none
    /// of this one's; one without a provider belongs to whoever speaks, unless it is written like one of ours.
    package func voice(of person: String, at backend: String) -> String? {
        for key in [person, Self.defaultKey] {
            guard let voice = voices[key] else { continue }
            if let own = voice.others[backend], !own.isEmpty { return own }
            if voice.provider == backend { return voice.id }
            if voice.provider.isEmpty, !voice.id.contains("/"), !voice.id.contains("@") { return voice.id }
        }
        return nil
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
