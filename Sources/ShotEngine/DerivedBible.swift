package import Film
internal import Screenplay

extension Breakdown {
    /// A visual bible for a script that has none: one design for each place, one note for each person, from what the script
    /// says. Members a bible has already are left as they are.
    /// - Parameter known: `sp_step_5b_visual_bible.json` as it is, if there is one.
    /// - Returns: nil where nothing is missing.
    package func derivedBible(_ known: JSON?) -> JSON? {
        var designs: [JSON] = known?["location_designs"]?.items ?? []
        var notes: [JSON] = known?["character_visual_notes"]?.items ?? []
        let before = (designs.count, notes.count)
        var seen: Set<String> = []
        for scene in scenes {
            guard let name = placeNames[scene.setting], seen.insert(scene.setting).inserted else { continue }
            designs.append(design(name, scene.setting))
        }
        for (index, person) in cast.people.enumerated() where !person.isInBible && isUsed(index) {
            notes.append(note(person))
        }
        guard (designs.count, notes.count) != before || known == nil else { return nil }
        var bible = known ?? .object([.init("style_bible", style), .init("color_script", .array([]))])
        bible["location_designs"] = .array(designs)
        bible["character_visual_notes"] = .array(notes)
        return bible
    }

    private func isUsed(_ person: Int) -> Bool {
        scenes.contains {
            $0.shots.contains { $0.people.contains(person) || $0.lines.contains { $0.speaker == person } }
        }
    }

    /// What a genre looks like, in few words; a person writes the real one.
    private var style: JSON {
        let tone = script.genre.isEmpty ? "naturalistic" : script.genre.replacing("_", with: " ")
        return .object([
            .init("visual_tone", .string(tone)), .init("color_palette", .array([])),
            .init("lighting_style", .string("")),
            .init("texture_grain", .string("")), .init("do_not", .array([])),
        ])
    }

    private func design(_ name: String, _ key: String) -> JSON {
        let here = scenes.filter { $0.setting == key }
        let sides = Set(here.map { sluglines[$0.index].side })
        let shown = Introductions.titleCased(name)
        // What the script says of the place itself: the first sentences with nobody in them.
        let said = here.flatMap(\.shots).filter {
            $0.people.isEmpty && !$0.isDialogue && $0.trigger != .locationEstablish && $0.trigger != .timeSkip
        }
        .map(\.content).prefix(2).joined(separator: " ")
        let description = String(said.prefix(280))
        let side = sides == [.outside] ? "exterior" : sides == [.inside] ? "interior" : "seen from outside and inside"
        var prompt = "\(shown), \(side)"
        if !description.isEmpty { prompt += ", " + description.trimmingSpacesInside }
        if prompt.hasSuffix(".") { prompt.removeLast() }
        var times: [JSON.Member] = []
        for time in here.map(\.time) where !time.isEmpty && !Slugline.followers.contains(time) {
            if !times.contains(where: { $0.name == time }) {
                times.append(.init(time, .string(Self.light[time] ?? "\(time.lowercased()) light")))
            }
        }
        return .object([
            .init("location_name", .string(shown)), .init("visual_description", .string(description)),
            .init("time_variants", .object(times)),
            .init("color_sub_palette", .array([])), .init("mood_keywords", .array([])),
            .init("t2i_base_prompt", .string(prompt + ", no people")),
        ])
    }

    private static let light: [String: String] = [
        "DAY": "daylight", "NIGHT": "night, practical lamps", "DAWN": "first light before sunrise",
        "DUSK": "last light after sunset",
        "MORNING": "low morning sun", "EVENING": "evening light", "AFTERNOON": "warm afternoon light",
        "SUNSET": "sunset",
        "SUNRISE": "sunrise", "NOON": "high noon sun", "MIDNIGHT": "deep night",
    ]

    private func note(_ person: Cast.Person) -> JSON {
        .object([
            .init("character_name", .string(person.name)), .init("physical_summary", .string(person.summary)),
            .init("wardrobe_evolution", .string("")), .init("signature_visual_identifier", .string("")),
            .init("t2i_portrait_prompt", .string(person.derivedPortrait)),
        ])
    }
}

extension Cast.Person {
    /// What is known of the looks, as a portrait prompt begins.
    var summary: String {
        let gender = gender == .female ? "woman" : gender == .male ? "man" : "person"
        let look = look.trimmingSpacesInside
        let kind = isType ? (isPlural ? "several \(name.lowercased())" : "a \(name.lowercased())") : "a \(gender)"
        return look.isEmpty ? kind : "\(kind), \(look)"
    }

    var derivedPortrait: String { "Portrait of \(name), \(summary), neutral expression, plain background" }
}
