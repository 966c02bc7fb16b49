package import Film

/// A voice some audio machine has.
package struct AvailableVoice: Sendable, Equatable {
    package enum Gender: String, Sendable { case male, female, any }

    /// `engine/voice+pitch…`, understood by the speech maker.
    package let id: String
    package let engine: String
    package let name: String
    package let gender: Gender
    /// Better voices are given to those who speak more; 0 is best.
    package let rank: Int

    package init(id: String, engine: String, name: String, gender: Gender, rank: Int) {
        self.id = id
        self.engine = engine
        self.name = name
        self.gender = gender
        self.rank = rank
    }
}

/// Gives everybody who speaks a voice of their own: by gender and age, kept apart by pitch and rate, frozen in the
/// project's voice map. Who has a voice keeps it.
package enum Casting {
    /// Pitch in percent and rate in percent that keep people with one base voice apart.
    private static let shades: [(pitch: Int, rate: Int)] = [
        (100, 100), (92, 96), (108, 104), (86, 102), (115, 97), (80, 94),
    ]

    package static func cast(_ film: FilmProject, voices: [AvailableVoice]) -> VoiceMap {
        var map = film.voices
        guard !voices.isEmpty else { return map }
        var taken = Set(map.voices.values.map(\.id))
        for person in speakers(film) where map.voices[person] == nil {
            let record = film.bible.person(person)
            let choice = choose(gender: gender(record, name: person), age: age(record), voices, taken)
            taken.insert(choice.id)
            map.assign(choice, to: person)
        }
        if map.voices[VoiceMap.defaultKey] == nil {
            map.assign(choose(gender: .any, age: 40, voices, taken), to: VoiceMap.defaultKey)
        }
        return map
    }

    /// Who speaks, most lines first, then by name.
    private static func speakers(_ film: FilmProject) -> [String] {
        var counts: [String: Int] = [:]
        for line in film.shots.flatMap(\.lines) where !line.speaker.isEmpty { counts[line.speaker, default: 0] += 1 }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    private static func choose(
        gender: AvailableVoice.Gender, age: Int, _ voices: [AvailableVoice], _ taken: Set<String>
    ) -> VoiceMap.Voice {
        let fitting = voices.filter { gender == .any || $0.gender == gender || $0.gender == .any }
        let pool = (fitting.isEmpty ? voices : fitting).sorted { ($0.rank, $0.id) < ($1.rank, $1.id) }
        let agePitch = age < 18 ? 118 : age < 25 ? 106 : age >= 60 ? 90 : 100
        let ageRate = age >= 60 ? 92 : age < 18 ? 104 : 100
        for shade in shades {
            for voice in pool {
                let pitch = agePitch * shade.pitch / 100
                let rate = ageRate * shade.rate / 100
                let id = "\(voice.id)@\(pitch),\(rate)"
                if !taken.contains(id), !taken.contains(where: { $0.hasPrefix(voice.id + "@") && shade.pitch == 100 }) {
                    return VoiceMap.Voice(id: id, provider: voice.engine, name: voice.name)
                }
            }
        }
        let voice = pool[0]
        return VoiceMap.Voice(id: "\(voice.id)@\(agePitch),\(ageRate)", provider: voice.engine, name: voice.name)
    }

    private static func gender(_ person: Bible.Person?, name: String) -> AvailableVoice.Gender {
        let words = Names.key([person?.gender, person?.summary, name].compactMap(\.self).joined(separator: " "))
            .split(separator: "_").map(String.init)
        let female: Set<String> = [
            "female", "woman", "girl", "lady", "she", "her", "mother", "daughter", "sister", "mrs", "ms", "miss",
            "aunt", "queen", "wife", "grandmother", "actress", "waitress",
        ]
        let male: Set<String> = [
            "male", "man", "boy", "he", "his", "father", "son", "brother", "mr", "uncle", "king", "husband",
            "grandfather", "captain", "waiter", "bartender",
        ]
        for word in words {
            if female.contains(word) { return .female }
            if male.contains(word) { return .male }
        }
        return .any
    }

    /// Years: "early 30s" is 32, "teens" 15, "child" 9.
    package static func age(_ person: Bible.Person?) -> Int {
        let text = (person?.age ?? "").lowercased()
        if let number = Int(text.filter(\.isNumber).prefix(2)), number > 0 {
            return number + (text.contains("late") ? 7 : text.contains("s") ? 3 : 0)
        }
        let words = "\(text) \(person?.summary.lowercased() ?? "")"
        if words.contains("teen") { return 15 }
        if words.contains("child") || words.contains("girl") || words.contains("boy") { return 12 }
        if words.contains("old ") || words.contains("elder") || words.contains("aged") { return 68 }
        return 35
    }
}
