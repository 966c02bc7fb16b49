/// Everything known about how the film looks and who is in it: visual bible, hero file and cast, joined by name.
package struct Bible: Sendable, Equatable {
    package var tone = ""
    package var palette: [String] = []
    package var lighting = ""
    package var era = ""
    package var texture = ""
    package var avoid: [String] = []
    package var acts: [Act: ActColour] = [:]
    package var locations: [Location] = []
    package var people: [Person] = []
    /// Keys of the people that are kinds (tier 3): deckhands, the bartender.
    package var kinds: Set<String> = []
    /// What the world sounds and smells like (`daily_life.sensory_palette`).
    package var senses: [String] = []
    /// Of `cinematography_approach`; nil and empty where it does not say.
    package var lensMM: Int?
    package var aspectRatio = ""

    /// One act's line of the colour script.
    package struct ActColour: Sendable, Equatable {
        package var colour: String
        package var warmth: String
        package var brightness: String
    }

    /// One place; one design whatever the time of day.
    package struct Location: Sendable, Equatable {
        package var key: String
        package var name: String
        package var description: String
        package var prompt: String
        package var palette: [String]
        package var mood: [String]
        /// DAY, NIGHT, DUSK… → what is different then.
        package var times: [String: String]
    }

    /// One person under one key, whatever the cue.
    package struct Person: Sendable, Equatable {
        package var key: String
        package var name: String
        package var summary = ""
        package var portraitPrompt = ""
        package var signature = ""
        package var gender = ""
        package var age = ""
        package var height = ""
        package var build = ""
        package var hair = ""
        package var skin = ""
        package var wardrobe = ""
        package var marks = ""

        package init(key: String, name: String) {
            self.key = key
            self.name = name
        }

        /// What the person wears through the film, as written: "clean cap -> soaked -> shirtsleeves" (``Wardrobe``).
        package var wardrobeEvolution = ""

        /// All words that describe the person, for makers that read words.
        package var words: String {
            [age, gender, height, build, hair, skin, wardrobe, marks, signature, summary].filter { !$0.isEmpty }
                .joined(separator: ", ")
        }
    }

    package init() {}

    /// The design a setting key means: the same key, else one that contains the other as whole words.
    package func location(matching text: String) -> Location? {
        let key = Names.key(text)
        guard !key.isEmpty else { return nil }
        if let exact = locations.first(where: { $0.key == key }) { return exact }
        let words = Set(key.split(separator: "_").filter { !Self.fillers.contains(String($0)) })
        guard !words.isEmpty else { return nil }
        return locations.first { location in
            let own = Set(location.key.split(separator: "_").filter { !Self.fillers.contains(String($0)) })
            return !own.isEmpty && (own.isSubset(of: words) || words.isSubset(of: own))
        }
    }

    private static let fillers: Set<String> = ["the", "a", "an", "of", "s", "continuous", "flashback", "later"]

    /// The person a cue, id or name means, and whether the bible knows them. `mara`, `mara_vo` and `MARA (CONT'D)`
    /// are `mara_quillan`.
    package func personKey(of cue: String) -> (key: String, isKnown: Bool) {
        let key = Names.person(cue).name
        guard !key.isEmpty else { return ("", false) }
        if let found = person(key) { return (found.key, true) }
        return (key, false)
    }

    /// The person under a key or a part of a name that only one person has.
    package func person(_ name: String) -> Person? {
        if let exact = people.first(where: { $0.key == name }) { return exact }
        let words = name.split(separator: "_").map(String.init)
        let wanted = words.filter { !Self.titles.contains($0) }
        guard !wanted.isEmpty else { return nil }
        let matches = people.filter { person in
            let own = person.key.split(separator: "_").map(String.init)
            return wanted.allSatisfy(own.contains)
        }
        if matches.count == 1 { return matches[0] }
        // Several share a surname: the first name decides, else the first in the bible's order.
        return matches.first { $0.key.hasPrefix(wanted[0] + "_") } ?? matches.first
    }

    private static let titles: Set<String> = [
        "mr", "mrs", "ms", "miss", "dr", "captain", "capt", "doctor", "professor", "prof", "sir", "lady", "lord",
        "sergeant", "sgt", "detective", "officer", "uncle", "aunt", "the", "old", "young",
    ]

    // MARK: reading

    /// `sp_step_5b_visual_bible.json`.
    mutating func read(visual root: FieldReader) {
        if let style = root.object("style_bible") {
            tone = style.text("visual_tone")
            palette = style.texts("color_palette")
            lighting = style.text("lighting_style")
            era = style.text("era_feel")
            texture = style.text("texture_grain")
            avoid = style.texts("do_not")
        }
        if let camera = root.object("cinematography_approach") {
            if lighting.isEmpty { lighting = camera.text("lighting_style") }
            lensMM = Int(camera.text("default_lens").prefix { $0.isNumber }).flatMap {
                (8...400).contains($0) ? $0 : nil
            }
            aspectRatio = camera.text("aspect_ratio")
        }
        for entry in root.objects("color_script") {
            let label = entry.text("act")
            guard let act = Act(label: label) else {
                entry.fault("act", "is \"\(label)\"; acts are Act 1, Act 2A, Act 2B, Act 3", .warning)
                continue
            }
            acts[act] = ActColour(
                colour: entry.text("dominant_color"), warmth: entry.text("warmth"), brightness: entry.text("brightness")
            )
        }
        for entry in root.objects("location_designs") { readLocation(entry) }
        for entry in root.objects("character_visual_notes") {
            guard let index = place(for: entry.text("character_name"), entry) else { continue }
            people[index].summary = entry.text("physical_summary")
            people[index].portraitPrompt = entry.text("t2i_portrait_prompt")
            people[index].signature = entry.text("signature_visual_identifier")
            people[index].wardrobeEvolution = entry.text("wardrobe_evolution")
            if people[index].wardrobe.isEmpty { people[index].wardrobe = people[index].wardrobeEvolution }
        }
    }

    private mutating func readLocation(_ entry: FieldReader) {
        let name = entry.text("location_name")
        let key = Names.key(name)
        guard !key.isEmpty else {
            entry.fault("location_name", "is missing; a location design needs a name", .warning)
            return
        }
        var times: [String: String] = [:]
        for member in entry.json["time_variants"]?.members ?? [] {
            times[member.name.uppercased()] = member.value.string ?? ""
        }
        locations.append(
            Location(
                key: key, name: name, description: entry.text("visual_description"),
                prompt: entry.text("t2i_base_prompt"), palette: entry.texts("color_sub_palette"),
                mood: entry.texts("mood_keywords"), times: times))
    }

    /// `sp_step_3b_world_bible.json`.
    mutating func read(world root: FieldReader) {
        senses = root.object("daily_life")?.texts("sensory_palette") ?? []
        if senses.count == 1 { senses = senses[0].split(separator: ";").map { String($0).trimmingSpaces } }
    }

    /// `sp_step_3_hero.json`.
    mutating func read(hero root: FieldReader) {
        for role in ["hero", "antagonist", "b_story_character"] {
            guard let entry = root.object(role) else { continue }
            readCast(entry, name: entry.text("name"))
        }
    }

    /// `sp_step_3c_full_cast.json`, or the older `sp_step_3b_supporting_cast.json`.
    mutating func read(cast root: FieldReader) {
        for list in ["tier_1_major_supporting", "tier_2_minor_supporting", "characters"] {
            for entry in root.objects(list) { readCast(entry, name: entry.text("name")) }
        }
        for entry in root.objects("tier_3_background_types") {
            guard let index = place(for: entry.text("type_name"), entry) else { continue }
            let words = entry.text("physical_description", default: entry.text("description"))
            if people[index].summary.isEmpty { people[index].summary = words }
            kinds.insert(people[index].key)
        }
    }

    private mutating func readCast(_ entry: FieldReader, name: String) {
        guard let index = place(for: name, entry) else { return }
        let looks = entry.object("physical_appearance")
        func fill(_ field: WritableKeyPath<Person, String>, _ text: String?) {
            if let text, !text.isEmpty { people[index][keyPath: field] = text }
        }
        fill(\.gender, looks?.text("gender") ?? entry.text("gender"))
        fill(\.age, looks?.text("age_range") ?? entry.text("age_range"))
        fill(\.height, looks?.text("height"))
        fill(\.build, looks?.text("build"))
        fill(\.hair, looks?.text("hair"))
        fill(\.skin, looks?.text("skin_tone"))
        fill(\.wardrobe, looks?.text("default_wardrobe"))
        fill(\.marks, looks?.text("distinguishing_marks"))
        if people[index].signature.isEmpty {
            fill(\.signature, entry.text("signature_identifier", default: entry.text("visual_identifier")))
        }
    }

    /// The index of the person of that name, made where there is none.
    private mutating func place(for name: String, _ entry: FieldReader) -> Int? {
        let key = Names.person(name).name
        guard !key.isEmpty else {
            entry.fault("", "a person without a name is passed over", .warning)
            return nil
        }
        if let known = person(key), let index = people.firstIndex(where: { $0.key == known.key }) { return index }
        people.append(Person(key: key, name: name.filter { $0 != "\"" }))
        return people.count - 1
    }
}
