internal import Film

/// V2 and V3: how near, from where, and what the camera does.
struct Framing {
    let cast: Cast
    let lighting: String
    let defaultLensMM: Int?
    private var counters: [String: Int] = [:]
    private var openings = 0

    init(cast: Cast, lighting: String, defaultLensMM: Int?) {
        self.cast = cast
        self.lighting = lighting
        self.defaultLensMM = defaultLensMM
    }

    mutating func frame(_ scene: inout DraftScene, polarity: String, end: String, isLast: Bool) {
        counters = [:]
        for index in scene.shots.indices {
            let previous = index > 0 ? scene.shots[index - 1] : nil
            size(&scene.shots[index], previous, scene)
            move(&scene.shots[index], scene, isLastOfFilm: isLast && index == scene.shots.count - 1)
            finish(&scene.shots[index], polarity: polarity, end: end)
        }
    }

    // MARK: size

    private mutating func next(_ name: String, _ cycle: [ShotType]) -> ShotType {
        let count = counters[name, default: 0]
        counters[name] = count + 1
        return cycle[count % cycle.count]
    }

    private mutating func size(_ shot: inout Draft, _ previous: Draft?, _ scene: DraftScene) {
        (shot.type, shot.typeWhy) = wanted(shot, scene)
        widen(&shot)
        crowd(&shot)
        avoidJump(&shot, previous)
        narrowDialogue(&shot)
    }

    private mutating func wanted(_ shot: Draft, _ scene: DraftScene) -> (ShotType, String) {
        if let hint = shot.hint { return (hint, "the writer asks for it") }
        if shot.isFirst, [.locationEstablish, .timeSkip].contains(shot.trigger) {
            return scene.isOutside && scene.isPlaceNew
                ? (.extremeWide, "first sight of an open place") : (.wide, "opening of the scene")
        }
        // Where nobody is seen there is no face.
        let isFaceless =
            shot.people.isEmpty
            && [.reaction, .tensionBuilding, .emotionalMoment, .climaxMoment].contains(shot.trigger)
        switch isFaceless ? .actionBeat : shot.trigger {
        case .dialogueExchange:
            if shot.people.count < 2 || shot.lines.first?.isOffscreen == true {
                if shot.people.isEmpty { return (.wide, "the place while somebody unseen speaks") }
                return (next("alone", [.mediumClose, .medium, .closeUp]), "one person, sizes in turn")
            }
            return (next("dialogue", ShotTable.dialogue), "coverage of a conversation in turn")
        case .revelation where shot.people.count > 1:
            return (next("seen", [.mediumClose, .closeUp]), "who sees what is revealed")
        case .revelation: return (next("revelation", ShotTable.revelation), "what is revealed, then who sees it")
        case .reaction: return (next("reaction", [.closeUp, .mediumClose]), "a reaction is in the face")
        case .tensionBuilding: return (next("tension", ShotTable.tension), "tension closes in")
        case .emotionalMoment:
            return (next("emotion", [.closeUp, .mediumClose]), "feeling is in the face")
        case .climaxMoment:
            return (next("climax", [.mediumWide, .closeUp, .extremeCloseUp, .pov]), "the blow, then the faces")
        case .locationEstablish, .actionBeat, .newCharacterEnters, .timeSkip: break
        }
        if shot.people.isEmpty, shot.hasExtras {
            return (next("extras", [.mediumWide, .wide]), "people without names: room for them")
        }
        if shot.people.isEmpty {
            return (next("place", [.wide, .mediumWide, .insert, .extremeWide]), "nobody in frame: the place itself")
        }
        if shot.trigger == .newCharacterEnters { return (next("enter", [.mediumWide, .medium]), "room to come in") }
        if shot.isFacial, !shot.isTravelling, shot.people.count == 1, !cast.people[shot.people[0]].isPlural {
            return (next("face", [.closeUp, .mediumClose]), "it happens in a face")
        }
        if shot.intensity >= 0.85 { return (next("intense", ShotTable.intense), "high intensity") }
        if scene.isSequence { return (next("sequence", ShotTable.sequence), "pattern of a sequence") }
        return (next("action", ShotTable.action), "pattern of action")
    }

    /// Who runs through a frame is not shown by the face.
    private func widen(_ shot: inout Draft) {
        guard shot.hint == nil, shot.isTravelling, !shot.isDialogue, !shot.people.isEmpty,
            [.closeUp, .extremeCloseUp, .mediumClose].contains(shot.type)
                || shot.type == .insert && shot.people.count > 1
        else { return }
        shot.type = shot.trigger == .emotionalMoment || shot.trigger == .tensionBuilding ? .medium : .mediumWide
        shot.typeWhy += "; wider, for somebody goes"
    }

    /// Two or more people want room, unless the shot is about a face.
    private func crowd(_ shot: inout Draft) {
        let count = bodies(shot)
        let hasKind = shot.people.contains { cast.people[$0].isPlural }
        // What two do wants both; a face for three people is nobody's, nor is one of several who have no names; eyes see others, not who looks.
        let isFace =
            [.closeUp, .extremeCloseUp].contains(shot.type) && !hasKind && !(count >= 2 && shot.trigger == .actionBeat)
            || shot.type == .pov && count == 1
        guard !isFace, ![.overShoulder, .insert, .extremeWide].contains(shot.type), shot.hint == nil,
            shot.trigger != .dialogueExchange
        else { return }
        if count >= 3 {
            (shot.type, shot.typeWhy) = (.group, "\(shot.people.count) in frame")
        } else if shot.people.count == 2 {
            (shot.type, shot.typeWhy) = (.twoShot, "two in frame")
        } else if hasKind, [.mediumClose, .closeUp, .extremeCloseUp, .pov].contains(shot.type) {
            (shot.type, shot.typeWhy) = (.group, "several in frame")
        }
    }

    /// A kind of people stands for two at least.
    private func bodies(_ shot: Draft) -> Int { shot.people.reduce(0) { $0 + (cast.people[$1].isPlural ? 2 : 1) } }

    /// No jump cuts: the same people do not follow in nearly the same size.
    private func avoidJump(_ shot: inout Draft, _ previous: Draft?) {
        guard let previous, shot.hint == nil, Set(shot.people) == Set(previous.people) else { return }
        let before = ShotTable.size(previous.type).rank
        guard abs(ShotTable.size(shot.type).rank - before) < 2, !isReverse(shot, previous) else { return }
        let candidates: [ShotType] =
            switch bodies(shot) {
            case 0: [.mediumWide, .wide, .insert, .extremeWide]
            case 1 where shot.isTravelling: [.medium, .mediumWide, .wide]
            case 1 where shot.isFacial: [.closeUp, .mediumClose, .medium]
            case 1: [.closeUp, .medium, .mediumWide, .wide, .mediumClose]
            case 2 where shot.people.count == 1: [.group, .medium, .wide, .mediumWide]
            case 2 where shot.isTravelling || shot.trigger == .actionBeat:
                [.overShoulder, .twoShot, .mediumWide, .wide]
            case 2: [.overShoulder, .twoShot, .closeUp, .mediumWide, .wide]
            default: [.group, .medium, .wide, .closeUp]
            }
        if let other = candidates.first(where: { abs(ShotTable.size($0).rank - before) >= 2 }) {
            shot.type = other
            shot.typeWhy += "; another size than the shot before"
        }
    }

    /// The answer to an over-shoulder from the other side is no jump.
    private func isReverse(_ shot: Draft, _ previous: Draft) -> Bool {
        guard let one = shot.lines.first?.speaker, let two = previous.lines.first?.speaker else { return false }
        return one != two && shot.isDialogue && previous.isDialogue
    }

    /// In a single of a conversation only the speaker is in frame.
    private func narrowDialogue(_ shot: inout Draft) {
        guard shot.trigger == .dialogueExchange, shot.lines.first?.isOffscreen != true, shot.people.count > 1 else {
            return
        }
        if [.mediumClose, .closeUp, .extremeCloseUp, .medium].contains(shot.type) { shot.people = [shot.people[0]] }
    }

    // MARK: camera

    private mutating func move(_ shot: inout Draft, _ scene: DraftScene, isLastOfFilm: Bool) {
        (shot.movement, shot.movementWhy) = movement(shot, scene, isLastOfFilm)
    }

    private mutating func movement(_ shot: Draft, _ scene: DraftScene, _ isLastOfFilm: Bool) -> (CameraMovement, String)
    {
        if isLastOfFilm {
            return scene.isOutside ? (.craneUp, "the film leaves its world") : (.pullBack, "the film leaves its people")
        }
        if shot.isFirst, shot.trigger == .locationEstablish {
            let turn = openings
            openings += 1
            let cycle = scene.isOutside ? ShotTable.outsideOpenings : ShotTable.insideOpenings
            if shot.direction == .up { return (.tiltUp, "the place towers") }
            return (cycle[turn % cycle.count], "opening of a place, in turn")
        }
        if shot.trigger == .climaxMoment || shot.isDisaster { return (.handheld, "violence or disaster") }
        if shot.type == .pov { return (.tracking, "somebody's eyes move") }
        if shot.type == .extremeCloseUp { return (.static, "a detail holds still") }
        switch (shot.direction, shot.trigger) {
        case (.around?, .emotionalMoment): return (.orbit, "two turn into one picture")
        case (.around?, .actionBeat): return (.orbit, "the movement goes round")
        case (.up?, .actionBeat):
            return shot.type == .wide || shot.type == .group
                ? (.craneUp, "follows what rises") : (.tiltUp, "follows what rises")
        case (.down?, .actionBeat): return (.tiltDown, "follows what falls")
        case (.away?, .actionBeat), (.away?, .emotionalMoment): return (.pullBack, "somebody goes")
        case (.across?, .actionBeat):
            return counters["across", default: 0] % 2 == 0
                ? (.panRight, "follows across") : (.panLeft, "follows across")
        case (.toward?, .tensionBuilding): return (.zoomIn, "what comes grows")
        default: break
        }
        switch shot.trigger {
        case .emotionalMoment, .tensionBuilding:
            return shot.intensity >= 0.5 ? (.pushIn, "closer with the feeling") : (.static, "a calm beat holds still")
        case .revelation:
            return shot.type == .insert ? (.static, "the object is read") : (.zoomIn, "the thought arrives")
        case .timeSkip: return (.zoomOut, "time opens")
        case .newCharacterEnters:
            return counters["enter", default: 0] % 2 == 0
                ? (.panLeft, "meets the newcomer") : (.static, "lets the newcomer come")
        case .dialogueExchange, .reaction: return (.static, "listens")
        case .actionBeat:
            return shot.people.isEmpty ? (.static, "the place lives by itself") : (.tracking, "goes with the action")
        case .locationEstablish: return (.panRight, "shows the place")
        case .climaxMoment: return (.handheld, "violence")
        }
    }

    private mutating func finish(_ shot: inout Draft, polarity: String, end: String) {
        if shot.direction == .across { counters["across", default: 0] += 1 }
        if shot.trigger == .newCharacterEnters { counters["enter", default: 0] += 1 }
        let size = ShotTable.size(shot.type)
        shot.lensMM = biased(size.lensMM)
        shot.distance = size.distance
        shot.height =
            switch shot.type {
            case .wide, .extremeWide, .group: "eye_level_high"
            case .insert, .extremeCloseUp: "object_level"
            default: shot.trigger == .climaxMoment ? "shoulder_level" : "eye_level"
            }
        shot.blocking = ShotTable.row(shot.trigger).blocking
        let light: String =
            switch shot.trigger {
            case .climaxMoment: "high contrast, practical lights"
            case .revelation: "accent on the subject"
            default:
                end == "-"
                    ? "low key"
                    : end == "+"
                        ? "soft motivated key"
                        : polarity == "-"
                            ? "negative fill" : polarity == "+" ? "warm and balanced" : "neutral and natural"
            }
        shot.lighting = lighting.isEmpty ? light : light + ", " + lighting
    }

    /// Half of the way from the table's lens to the film's own, on sizes where a lens is a matter of taste.
    private func biased(_ lens: Int) -> Int {
        guard let own = defaultLensMM, (35...65).contains(lens) else { return lens }
        return (lens + own) / 2
    }
}
