internal import Film
internal import Screenplay

/// V6: words for the image and the video model.
struct Prompts {
    let cast: Cast
    let bible: Bible
    /// What the world sounds like (`formats.md` 3.4).
    let senses: [String]

    /// Few words of each person's looks, without commas.
    private let looks: [String]
    /// What no picture of this film should have.
    let negative: String

    init(cast: Cast, bible: Bible, senses: [String]) {
        self.cast = cast
        self.bible = bible
        self.senses = senses
        looks = cast.people.map { Self.words(of: $0.look) }
        negative = Self.negative(bible)
    }

    struct SceneFacts {
        var slugline: Slugline
        var beat: String
        var pace: Pace
        var setting: String
        /// Words of the heading.
        var heading: Set<String> = []
        var mood: [String] = []
        var colour: [String] = []
    }

    func write(_ scene: inout DraftScene, _ known: SceneFacts) {
        var facts = known
        facts.heading = Set(
            Names.key(facts.slugline.place + " " + facts.slugline.remarks.joined(separator: " ")).split(separator: "_")
                .map {
                    String($0)
                })
        facts.mood = bible.locations.first { $0.key == facts.setting }?.mood ?? []
        if let act = Act(beat: facts.beat), let colour = bible.acts[act] {
            facts.colour = [colour.colour, colour.warmth.isEmpty ? "" : colour.warmth + " tones"]
        }
        for index in scene.shots.indices {
            scene.shots[index].scenePrompt = still(scene.shots[index], facts)
            scene.shots[index].videoPrompt = video(scene.shots[index], facts, isSequence: scene.isSequence)
            scene.shots[index].ambience = ambience(scene.shots[index], facts)
            scene.shots[index].initImage =
                index == 0 ? "generated" : scene.shots[index].people.isEmpty ? "previous_frame" : "reference"
        }
    }

    // MARK: still

    private func still(_ shot: Draft, _ facts: SceneFacts) -> String {
        var list = PhraseList()
        for part in placing(shot) { list.add(part) }
        if !shot.isDialogue, let motion = shot.motions.first { list.add(motion) }
        list.add(ShotTable.framing(shot.type, people: shot.hasExtras ? 1 : shot.people.count))
        list.add("subject at \(ShotTable.words(distance: shot.distance)) distance")
        for state in shot.settingState.prefix(2) { list.add(state) }
        for mood in facts.mood.prefix(3) { list.add(mood) }
        for colour in facts.colour { list.add(colour) }
        return list.text
    }

    /// Who stands where: one in the centre, two facing, more in a group.
    private func placing(_ shot: Draft) -> [String] {
        let names = shot.people.map { described($0, shot) }
        switch names.count {
        case 0: return []
        case 1:
            switch shot.trigger {
            case .dialogueExchange:
                return [
                    "\(names[0]) centre frame",
                    shot.lines.first?.isOffscreen == true ? "listening" : "speaking to the camera's side",
                ]
            case .emotionalMoment: return ["\(names[0]) still in the centre of the frame"]
            case .newCharacterEnters: return ["\(names[0]) coming from the edge of the frame"]
            case .reaction: return ["\(names[0]) reacting in the centre of the frame"]
            default: return ["\(names[0]) centre frame"]
            }
        case 2:
            if shot.type == .overShoulder {
                return [
                    "\(names[0]) facing the camera at frame right",
                    "\(names[1]) in the foreground at frame left with back to the camera",
                ]
            }
            let turned = shot.isDialogue ? " facing the other" : ""
            return ["\(names[0]) at frame left", "\(names[1]) at frame right\(turned)"]
        default:
            let joined = names.dropLast().joined(separator: " and ") + " and " + (names.last ?? "")
            return [joined + (shot.isDialogue ? " in a close cluster" : " spread across the frame")]
        }
    }

    /// The name with a few words of looks in parentheses; commas inside would part it.
    private func described(_ index: Int, _ shot: Draft) -> String {
        let person = cast.people[index]
        let state = (shot.characterState[index] ?? []).filter { !$0.hasPrefix("wardrobe") || person.look.isEmpty }
            .compactMap { $0.split(separator: ":").last.map { String($0).trimmingSpaces } }
            .filter { !looks[index].contains($0) }.prefix(2)
        let all = ([looks[index]] + state).filter { !$0.isEmpty }.joined(separator: "; ")
        return all.isEmpty || all.utf8.count > 200 ? person.name : "\(person.name) (\(all))"
    }

    private static func words(of look: String) -> String {
        let words = look.filter { $0 != "(" && $0 != ")" }.split(separator: ",").map { String($0).trimmingSpaces }
            .filter { !$0.isEmpty && MotionPhrase.fault(in: $0) == nil }.prefix(3).joined(separator: "; ")
        return words.count > 110 ? words.split(separator: ";").first.map(String.init) ?? "" : words
    }

    // MARK: video

    private func video(_ shot: Draft, _ facts: SceneFacts, isSequence: Bool) -> String {
        var list = PhraseList()
        list.add(ShotTable.words(shot.movement))
        switch shot.trigger {
        case .dialogueExchange:
            let isUnseen = shot.lines.first?.isOffscreen == true
            if isUnseen {
                list.add(
                    shot.people.isEmpty
                        ? "the place stays still" : "\(cast.people[shot.people[0]].name) listens without a word")
            } else {
                list.add("\(cast.people[shot.people[0]].name) \(ShotTable.motion(.dialogueExchange))")
                for gesture in shot.lines.compactMap({ gesture($0.parenthetical) }).prefix(1) { list.add(gesture) }
            }
        default:
            if shot.motions.isEmpty {
                let isPlace = shot.people.isEmpty && shot.trigger == .actionBeat
                list.add(isPlace ? "slight movement of air and light" : ShotTable.motion(shot.trigger))
            }
            for motion in shot.motions { list.add(motion) }
        }
        list.add(facts.pace.words)
        if isSequence { list.add("kinetic continuity") }
        return list.text + (list.text.isEmpty ? "" : ", ") + seconds(shot)
    }

    /// A parenthetical that moves: "taps the bulb with his cane".
    private func gesture(_ text: String) -> String? {
        guard !text.isEmpty else { return nil }
        let paragraph = Paragraph(text, Lexicon.english)
        guard let first = paragraph.tokens.first,
            first.classes.isSuperset(of: [.verbThird, .moving]) || first.classes.isSuperset(of: [.verbIng, .moving]),
            paragraph.sentences.count == 1, paragraph.tokens.count <= MotionFinder.wordsLimit
        else { return nil }
        return MotionPhrase.finished(text.lowercased())
    }

    private func seconds(_ shot: Draft) -> String {
        "\(shot.halfSeconds / 2).\(shot.halfSeconds % 2 == 0 ? 0 : 5)s"
    }

    // MARK: other words

    /// The portrait prompt of the first in frame, cut at a word near 200 characters.
    func portraitPrefix(_ shot: Draft) -> String {
        guard let first = shot.people.first else { return "" }
        let prompt = cast.people[first].portrait
        guard prompt.count > 200 else { return prompt }
        let cut = prompt.prefix(200)
        return String(cut[..<(cut.lastIndex(of: ",") ?? cut.lastIndex(of: " ") ?? cut.endIndex)])
    }

    private static func negative(_ bible: Bible) -> String {
        var list = ShotTable.negative
        for entry in bible.avoid.prefix(8) {
            var words = entry.trimmingSpaces
            if words.hasSuffix(".") { words.removeLast() }
            for lead in ["no ", "don't ", "don’t ", "do not ", "avoid ", "never "]
            where words.lowercased().hasPrefix(lead) {
                words = String(words.dropFirst(lead.count)).trimmingSpaces
                break
            }
            if words.lowercased().hasPrefix("show ") { words = String(words.dropFirst(5)) }
            if !words.isEmpty, !list.contains(words) { list.append(words) }
        }
        return list.joined(separator: ", ")
    }

    private func ambience(_ shot: Draft, _ facts: SceneFacts) -> String {
        var list = PhraseList()
        let heading = facts.heading
        let isNight = ["NIGHT", "MIDNIGHT"].contains { facts.slugline.time.contains($0) }
        if facts.slugline.side == .outside {
            list.add("outdoor ambiance")
            if isNight {
                list.add("crickets and distant traffic")
            } else if !facts.slugline.time.isEmpty {
                list.add("birds and wind")
            }
        } else {
            list.add("indoor ambiance")
            if !heading.isDisjoint(with: ["office", "room"]) { list.add("air-conditioning hum") }
        }
        if !heading.isDisjoint(with: ["street", "freeway", "highway", "road"]) { list.add("traffic") }
        if heading.contains("rain") || shot.settingState.contains(where: { $0.contains("rain") }) { list.add("rain") }
        if shot.trigger == .climaxMoment { list.add("music sting") }
        if shot.intensity >= 0.7 { list.add("tension underscore") }
        for sense in senses where list.count < 6 {
            let words = Names.key(sense).split(separator: "_").map(String.init)
            if words.contains(where: { $0.count > 3 && heading.contains($0) }) { list.add(String(sense.prefix(60))) }
        }
        for mood in facts.mood.prefix(2) { list.add(mood) }
        return list.text
    }
}
