package import Film
internal import Protocol

/// Places and people: made once, used by many shots.
extension FilmPlan {
    mutating func planAssets() {
        for clip in timeline.clips { planSetting(clip.shot) }
        var seen: Set<String> = []
        for clip in timeline.clips {
            for person in clip.shot.people where seen.insert(person).inserted { planPerson(person) }
        }
    }

    /// One plate per place and time of day; a place's first is its base.
    mutating func planSetting(_ shot: Shot) {
        let time = time(of: shot)
        let variant = "\(shot.setting)__\(time)"
        guard settingNodes[variant] == nil else { return }
        let isBase = node("\(shot.setting)/setting") == nil
        let location = locations[shot.setting]
        let act = Act(beat: shot.beat)
        let colours = act.flatMap { film.bible.acts[$0] }
        let words =
            location.map { [$0.prompt, $0.description] } ?? [shot.setting.replacing("_", with: " "), shot.scenePrompt]
        settingNodes[variant] = add(
            .setting, isBase ? "\(shot.setting)/setting" : "\(variant)/setting",
            [
                "prompt": .init(words.joined(separator: ". ")), "name": .init(location?.name ?? shot.setting),
                "time": .init(time), "time_words": .init(location?.times[time.uppercased()] ?? ""),
                "exterior": .init(isExterior(shot)),
                "palette": .list((location?.palette ?? film.bible.palette).map { .init($0) }),
                "style_palette": .list(film.bible.palette.map { .init($0) }),
                "mood": .list((location?.mood ?? []).map { .init($0) }), "tone": .init(film.bible.tone),
                "act_colour": .init(colours?.colour ?? ""),
            ],
            shaping: ["width": 1_920, "height": 1_080], seconds: work(.setting, 0.6), isGoal: true, units: 1)
        planTone(shot, variant)
    }

    /// The air of a place at an hour: under all its shots, through their cuts.
    private mutating func planTone(_ shot: Shot, _ variant: String) {
        guard !profile.isAbsent("\(variant)/tone") else { return }
        add(
            .ambience, "\(variant)/tone",
            [
                "words": "", "place": .init(locations[shot.setting]?.prompt ?? shot.setting),
                "time": .init(time(of: shot)), "exterior": .init(isExterior(shot)),
                "seconds": .init(RoomTone.seconds),
            ], shaping: [:], seconds: work(.ambience, 2), units: Double(RoomTone.seconds))
    }

    /// Music that was handed in: in the store before the job, never made.
    mutating func planMusic() {
        func plan(_ stem: Music.Stem, _ name: String) {
            add(
                .music, name,
                [
                    "digest": .init(stem.digest.hex), "samples": .init(stem.samples), "bytes": .init(stem.sizeBytes),
                ], shaping: [:], seconds: 0)
        }
        if let stem = film.music.film { plan(stem, "film/music") }
        for (scene, stem) in film.music.scenes.sorted(by: { $0.key < $1.key }) {
            plan(stem, "\(Self.sceneName(scene))/music")
        }
    }

    /// day, night, dusk, dawn… of a slugline; a continuous scene is as its place was before: day when unknown.
    package static func time(_ shot: Shot) -> String {
        let words = Names.timeOfDay(shot.slugline).lowercased()
        for (word, time) in [
            ("night", "night"), ("midnight", "night"), ("dusk", "dusk"), ("sunset", "dusk"), ("evening", "dusk"),
            ("dawn", "dawn"), ("sunrise", "dawn"), ("morning", "dawn"), ("day", "day"), ("noon", "day"),
        ] where words.contains(word) {
            return time
        }
        return "day"
    }

    func time(of shot: Shot) -> String { sluglines[shot.slugline]?.time ?? "day" }

    func isExterior(_ shot: Shot) -> Bool { sluglines[shot.slugline]?.isExterior ?? true }

    mutating func planPerson(_ key: String) {
        let person = film.bible.person(key) ?? Bible.Person(key: key, name: key.replacing("_", with: " "))
        let portrait = add(
            .portrait, "\(key)/portrait",
            [
                "name": .init(person.name), "gender": .init(person.gender), "years": .init(Casting.age(person)),
                "height": .init(person.height), "build": .init(person.build), "hair": .init(person.hair),
                "skin": .init(person.skin), "wardrobe": .init(person.wardrobe), "marks": .init(person.marks),
                "signature": .init(person.signature), "summary": .init(person.summary),
                "prompt": .init(person.portraitPrompt),
            ],
            shaping: ["width": 1_024, "height": 1_536], seconds: work(.portrait, 0.5), units: 1)
        add(
            .cutout, "\(key)/cutout", [:], shaping: ["width": 1_024, "height": 1_536],
            inputs: [Source("portrait", portrait)], seconds: work(.cutout, 0.4), isGoal: true, units: 1)
    }
}
