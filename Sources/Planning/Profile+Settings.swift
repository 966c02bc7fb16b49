package import Protocol

extension Profile {
    /// What a submission carries, and a coordinator reads back.
    package var settings: Fields {
        let fields: Fields = [
            "name": .init(name), "width": .init(width), "height": .init(height), "fps": .init(fps.frames),
            "fps_per": .init(fps.per),
            "video_kilobits": .init(videoKilobits), "audio_kilobits": .init(audioKilobits),
            "loudness": .init(loudnessMilliLUFS), "budget": .integer(budget?.amount ?? -1),
            "backends": .map(
                Dictionary(uniqueKeysWithValues: backends.map { ($0.key.rawValue, $0.value.fields) })),
            "prices": .list(prices.map(\.fields)), "gates": .map(gates.mapValues(\.fields)),
            "titles": .map([
                "opening": .init(titles.opening), "closing": .init(titles.closing), "credits": .init(titles.credits),
            ]),
            "fit": .init(fit.rawValue), "source_width": .init(source?.width ?? 0),
            "source_height": .init(source?.height ?? 0), "language": .init(language), "checks": .map(checks.fields),
            "approve": .list(approve.words.map { .init($0) }),
        ]
        return fields.merging(choices).merging(absent.map { ["absent": .map($0.mapValues { .text($0) })] } ?? [:])
    }

    /// Lists and locks, where there are any.
    private var choices: Fields {
        var fields: Fields = [:]
        if !substitutes.isEmpty {
            fields["substitutes"] = .map(
                Dictionary(uniqueKeysWithValues: substitutes.map { ($0.rawValue, .list($1.map(\.fields))) }))
        }
        if isCheapestFirst { fields["cheapest"] = 1 }
        if !locks.isEmpty {
            fields["locks"] = .map(
                Dictionary(
                    uniqueKeysWithValues: locks.map { scene, kinds in
                        (
                            "\(scene)",
                            .map(Dictionary(uniqueKeysWithValues: kinds.map { ($0.rawValue, $1.fields) }))
                        )
                    }))
        }
        return fields
    }

    private mutating func readChoices(_ settings: Fields) throws(FieldsError) {
        if settings["substitutes"] != nil {
            let lists = try settings.map("substitutes")
            for kind in TaskKind.allCases where lists[kind.rawValue] != nil {
                var list: [BackendChoice] = []
                for choice in try lists.maps(kind.rawValue) { list.append(try BackendChoice(fields: choice)) }
                substitutes[kind] = list
            }
        }
        isCheapestFirst = settings["cheapest"] != nil
        guard settings["locks"] != nil else { return }
        for (scene, kinds) in try settings.map("locks").values {
            guard let scene = Int(scene), case .map(let kinds) = kinds else { continue }
            for (kind, choice) in kinds {
                guard let kind = TaskKind(rawValue: kind), case .map(let choice) = choice else { continue }
                locks[scene, default: [:]][kind] = try BackendChoice(fields: Fields(choice))
            }
        }
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
        try readChoices(settings)
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
        try readLook(settings)
    }

    /// What submissions of earlier releases did not say yet: then it is as it was.
    private mutating func readLook(_ settings: Fields) throws(FieldsError) {
        guard settings["titles"] != nil else {
            titles.credits = false
            return
        }
        let named = try settings.map("titles")
        titles = TitleChoice(
            opening: try named.flag("opening"), closing: try named.flag("closing"), credits: try named.flag("credits"))
        fit = Fit(rawValue: try settings.text("fit")) ?? .pad
        let width = try settings.integer("source_width", in: 0...7_680)
        let height = try settings.integer("source_height", in: 0...7_680)
        source = width > 0 && height > 0 ? PictureSize(width, height) : nil
        language = try settings.text("language")
        checks = try ClipLimits(try settings.map("checks"))
        if settings["approve"] != nil { approve = ApprovalChoice(try settings.texts("approve")) ?? ApprovalChoice() }
        guard settings["absent"] != nil else { return }
        absent = [:]
        for (name, why) in try settings.map("absent").values { if case .text(let why) = why { absent?[name] = why } }
    }
}
