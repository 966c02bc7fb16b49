internal import Film
internal import Protocol

/// Pictures: a shot's still, its clip, and the clip brought to the one parameter set.
extension FilmPlan {
    mutating func planShot(_ index: Int) {
        let clip = timeline.clips[index]
        let shot = clip.shot
        let framing = framing(shot)
        let visuals = visuals(shot)
        let compose = node("\(shot.id)/compose") ?? planCompose(shot, framing, visuals)
        let animate = node("\(shot.id)/animate") ?? planAnimate(shot, framing, visuals, compose)
        var parameters: Fields = [
            "frames": .init(clip.frames), "key_frames": .list(clip.keyFrames.map { .init($0) }),
            "shot": .init(clip.name),
        ]
        let part = film.selection.choices[Takes.Slot(shot.id, .animate)]
        let skip = clip.skip + (part?.skip ?? 0)
        if skip > 0 { parameters["skip"] = .init(skip) }
        if let part, part.end > 0, part.end - skip < clip.frames {
            notes.append(
                "\(shot.id): the part of its take that may be shown has \(max(0, part.end - skip)) frames, the shot needs "
                    + "\(clip.frames); what follows it is shown as well")
        }
        if profile.fit != .pad {
            parameters["fit"] = .init(profile.fit.rawValue)
            if profile.fit == .fill { parameters["focus"] = .init(Self.focus(of: shot)) }
        }
        if !profile.checks.fields.isEmpty { parameters["checks"] = .map(profile.checks.fields) }
        if let why = profile.absent?["\(shot.id)/animate"] { parameters["slate"] = .init(why) }
        let pieces = chain(of: shot, after: animate)
        // Lips are moved by the words: these come first where somebody moves them.
        let movesLips = movesLips(scene: shot.scene)
        if movesLips { planSound(clip) }
        let lips = movesLips ? planLips(clip, skip: skip, animate, pieces) : nil
        let own = lips == nil ? "raw" : "unsynced"
        add(
            .conform, "\(clip.name)/conform", parameters, shaping: profile.encoding,
            inputs: profile.isAbsent("\(shot.id)/animate")
                ? []
                : (lips.map { [Source("raw", $0, isTolerant: true)] } ?? []) + [Source(own, animate, isTolerant: true)]
                    + pieces.map { Source("\(own).\($0.number)", $0.node, isTolerant: true) },
            scene: shot.scene, shot: shot.number, seconds: 0.2 + Double(clip.frames) * frameSeconds)
        if !movesLips { planSound(clip) }
    }

    /// Where across a 16:9 picture the shot's subject is, in thousandths: what a narrower film is cut around.
    static func focus(of shot: Shot) -> Int {
        guard shot.type != .insert, !shot.people.isEmpty else { return 500 }
        let speaker = shot.people.firstIndex(of: shot.lines.first?.speaker ?? "") ?? 0
        switch shot.type {
        case .closeUp, .extremeCloseUp, .mediumClose:
            return shot.people.count > 1 ? (speaker % 2 == 0 ? 440 : 560) : 500
        case .overShoulder: return shot.people.count > 1 ? 600 : 580
        case .extremeWide, .wide, .mediumWide, .medium, .pov, .insert, .twoShot, .group: break
        }
        // Two who are left and right of the middle: who speaks is shown, else the middle between them.
        guard shot.people.count == 2, !shot.lines.isEmpty else { return 500 }
        return speaker == 0 ? 320 : 680
    }

    func visuals(_ shot: Shot) -> [Source] {
        var inputs: [Source] = []
        if let setting = settingNodes["\(shot.setting)__\(time(of: shot))"] {
            inputs.append(Source("setting", setting))
        }
        for (index, person) in shot.people.enumerated() {
            if let cutout = node("\(person)/cutout") { inputs.append(Source("person.\(index)", cutout)) }
        }
        return inputs
    }

    /// What the picture of a shot is made of: who stands where, from how far, through which lens.
    func framing(_ shot: Shot) -> Fields {
        [
            "type": .init(shot.type.rawValue), "lens": .init(shot.lensMM), "height": .init(shot.cameraHeight),
            "blocking": .init(shot.blocking), "trigger": .init(shot.trigger.rawValue),
            "people": .list(shot.people.map { .init(film.bible.person($0)?.name ?? $0) }),
            "years": .list(shot.people.map { .init(Casting.age(film.bible.person($0))) }),
            "speaker": .init(shot.people.firstIndex(of: shot.lines.first?.speaker ?? "") ?? -1),
            "content": .init(shot.content), "lighting": .init(shot.lighting),
        ]
    }

    mutating func planCompose(
        _ shot: Shot, _ framing: Fields, _ visuals: [Source]
    ) -> JobNode {
        var parameters = framing
        parameters["prompt"] = .init(shot.scenePrompt)
        parameters["negative"] = .init(shot.negativePrompt)
        parameters["label"] = .init("\(shot.id)")
        parameters["strength"] = 600
        parameters["guidance"] = 7_000
        var shaping = profile.drawing.without("kilobits")
        let asked = film.selection.choices[Self.slot(of: "\(shot.id)/compose", .compose)]
        let isBought = !backend(of: .compose, asked, scene: shot.scene).isLocal
        // What a service goes on from bears no name of its shot.
        if isBought || !profile.backend(of: .animate, scene: shot.scene).isLocal { shaping["bare"] = 1 }
        // A place without anybody in it is its plate: there is nothing to draw anew, and nothing is bought.
        let isEmpty = shot.people.isEmpty && shot.type != .insert
        var choice = asked
        if isBought, isEmpty {
            var own = asked ?? Selection.Choice()
            (own.backend, own.model, own.account) = (BackendChoice.local.backend, "", "")
            choice = own
        }
        return add(
            .compose, "\(shot.id)/compose", parameters, shaping: shaping, inputs: visuals, scene: shot.scene,
            shot: shot.number, seconds: isEmpty ? 0.3 : work(.compose, 0.3), isGoal: true, units: 1, chosen: choice)
    }

    /// Asks for a slot of quarter seconds, two frames longer than the shot at least: a frame more or less by rounding
    /// never asks for another clip.
    static func slotQuarters(_ seconds: Double, fps: FrameRate) -> Int {
        Int(((seconds + fps.seconds(2)) * 4).rounded(.up))
    }

    mutating func planAnimate(
        _ shot: Shot, _ framing: Fields, _ visuals: [Source], _ compose: JobNode
    ) -> JobNode {
        // A cut may show more than the listed clip has: then a longer one is asked for, else it stays what it is.
        let shown = film.cut == nil ? 0 : profile.fps.seconds(reach[shot.id] ?? 0)
        let part = film.selection.choices[Takes.Slot(shot.id, .animate)]?.skip ?? 0
        let quarters = max(
            Self.slotQuarters(shot.seconds + profile.fps.seconds(part), fps: profile.fps),
            Int((shown * 4 - 0.000_001).rounded(.up)))
        let slots = slots(of: shot, quarters: quarters)
        var animator = animator(of: shot, quarters: quarters)
        // Nobody asked for another take of the clip: it is that of its still.
        if film.selection.choices[Self.slot(of: "\(shot.id)/animate", .animate)] == nil {
            animator?.seed = compose.spec.take
        }
        var parameters = framing
        parameters["prompt"] = .init(shot.videoPrompt)
        parameters["movement"] = .init(shot.movement.rawValue)
        parameters["quarters"] = .init(quarters)
        parameters["film"] = .init(film.title)
        parameters["shot"] = .init(shot.id)
        parameters["slugline"] = .init(shot.slugline)
        return add(
            .animate, "\(shot.id)/animate", parameters,
            shaping: slots?.shaping(shot, profile.drawing, 0) ?? profile.drawing,
            inputs: [Source("still", compose)] + visuals, scene: shot.scene, shot: shot.number,
            seconds: work(.animate, 0.3 + Double(quarters * profile.fps.nominal / 4) * frameSeconds),
            units: slots.map { Double($0.plan.slots[0]) } ?? Double(quarters) / 4,
            // Another still asks for another clip: our own makers draw both from the same places and people.
            take: compose.spec.take, rows: slots?.rows ?? 0, slot: slots?.plan.slots[0] ?? 0,
            chosen: animator,
            approvals: approvals(shot, compose))
    }
}
