package import Film
internal import Screenplay

extension Breakdown {
    /// `shot_list.json` (`formats.md` 4), with the reasons of each decision and the states of people and places.
    package var json: JSON {
        var order = 0
        let scenes: [JSON] = scenes.map { scene in
            let json = self.json(scene, firstOrder: order + 1)
            order += scene.shots.count
            return json
        }
        let total = self.scenes.reduce(0) { $0 + $1.shots.reduce(0) { $0 + $1.halfSeconds } }
        return .object([
            .init("project_id", .string(options.projectID)), .init("title", .string(title)),
            .init("format", .string(format)),
            .init("total_shots", .number(String(order))), .init("total_duration_seconds", Self.seconds(total)),
            .init("aspect_ratio", .string(aspectRatio)), .init("scenes", .array(scenes)),
        ])
    }

    package var title: String { script.title.isEmpty ? "Untitled" : script.title }

    private static func seconds(_ halfSeconds: Int) -> JSON {
        .number("\(halfSeconds / 2).\(halfSeconds % 2 == 0 ? 0 : 5)")
    }

    private static func hundredths(_ value: Double) -> JSON {
        let number = Int((value * 100).rounded())
        let digits = number % 100
        if digits % 10 == 0 { return .number("\(number / 100).\(digits / 10)") }
        return .number("\(number / 100).\(digits < 10 ? "0" : "")\(digits)")
    }

    private func json(_ scene: DraftScene, firstOrder: Int) -> JSON {
        let from = script.scenes[scene.index]
        let half = scene.shots.reduce(0) { $0 + $1.halfSeconds }
        let target = scene.targetSeconds.map { Int(($0 * 2).rounded()) } ?? half
        var members: [JSON.Member] = [
            .init("scene_number", .number(String(from.number))), .init("slugline", .string(from.heading)),
            .init("beat", .string(from.beat)), .init("emotional_polarity", .string(Self.polarity(from))),
            .init(
                "visual_intent",
                .object(copied(from, scene) + [.init("board_card_number", .number(String(from.card ?? from.number)))])),
            .init("target_duration_seconds", Self.seconds(target)),
        ]
        if !scene.excuse.isEmpty { members.append(.init("duration_note", .string(scene.excuse))) }
        members.append(
            .init(
                "shots",
                .array(
                    scene.shots.enumerated().map {
                        json($0.element, scene, from, number: $0.offset + 1, order: firstOrder + $0.offset)
                    })))
        return .object(members)
    }

    /// What every shot repeats of its scene.
    private func copied(_ from: Script.Scene, _ scene: DraftScene) -> [JSON.Member] {
        [
            .init("emotional_start", .string(from.emotionalStart)), .init("emotional_end", .string(from.emotionalEnd)),
            .init("conflict_axis", .string(from.conflict)),
            .init("sequence_mode", .string(scene.isSequence ? "sequence" : "single_scene")),
            .init("continuity_anchors", .array(anchors(from, scene).map { .string($0) })),
        ]
    }

    private func anchors(_ from: Script.Scene, _ scene: DraftScene) -> [String] {
        let slugline = sluglines[scene.index]
        var anchors = [slugline.place.isEmpty ? "slug:\(from.heading)" : "location:\(slugline.place)"]
        if !slugline.time.isEmpty { anchors.append("time:\(slugline.time)") }
        var people: [Int] = from.people.compactMap { cast.resolve($0) }
        for person in scene.shots.flatMap(\.people) { people.append(person) }
        var named: [Int] = []
        for person in people where !named.contains(person) && named.count < 3 { named.append(person) }
        anchors += named.map { "char:\(cast.people[$0].name)" }
        return anchors + ["board_card:\(from.card ?? from.number)"]
    }

    private func json(_ shot: Draft, _ scene: DraftScene, _ from: Script.Scene, number: Int, order: Int) -> JSON {
        func text(_ name: String, _ value: String) -> JSON.Member { .init(name, .string(value)) }
        func count(_ name: String, _ value: Int) -> JSON.Member { .init(name, .number(String(value))) }
        let isOffscreen = shot.lines.first?.isOffscreen == true
        var members: [JSON.Member] = [
            text("shot_id", Self.id(scene: from.number, shot: number)), count("scene_number", from.number),
            count("shot_number", number), count("global_order", order), text("trigger", shot.trigger.rawValue),
            text("trigger_rationale", shot.triggerWhy), text("content", shot.content),
            text("dialogue_text", shot.lines.map(\.text).joined(separator: " ")),
            text("dialogue_speaker", shot.lines.first.map { cast.people[$0.speaker].name } ?? ""),
        ]
        if shot.isDialogue {
            members.append(.init("dialogue_offscreen", .bool(isOffscreen)))
            members.append(.init("dialogue_lines", .array(shot.lines.map(json))))
        }
        members += [
            .init("characters_in_frame", .array(shot.people.map { .string(cast.people[$0].name) })),
            .init("emotional_intensity", Self.hundredths(shot.intensity)),
            .init("is_disaster_moment", .bool(shot.isDisaster)),
            text("shot_type", shot.type.rawValue), text("shot_type_rationale", shot.typeWhy),
            text("camera_movement", shot.movement.rawValue), text("camera_rationale", shot.movementWhy),
            count("lens_mm", shot.lensMM), text("camera_height", shot.height), text("distance_band", shot.distance),
            text("lighting_intent", shot.lighting), text("blocking_intent", shot.blocking),
            text("generation_profile", ShotTable.profile(format: format)),
            .init("duration_seconds", Self.seconds(shot.halfSeconds)),
            text("pacing_curve", Pace(beat: from.beat).rawValue),
            text("transition_to_next", shot.transition.rawValue), text("transition_rationale", shot.transitionWhy),
            .init("crossfade_duration", Self.hundredths(shot.crossfadeSeconds)),
        ]
        return .object(members + words(of: shot, scene, from))
    }

    private func json(_ line: Draft.Line) -> JSON {
        .object([
            .init("speaker", .string(cast.people[line.speaker].name)), .init("text", .string(line.text)),
            .init("offscreen", .bool(line.isOffscreen)), .init("parenthetical", .string(line.parenthetical)),
        ])
    }

    private func words(of shot: Draft, _ scene: DraftScene, _ from: Script.Scene) -> [JSON.Member] {
        func text(_ name: String, _ value: String) -> JSON.Member { .init(name, .string(value)) }
        var members: [JSON.Member] = [
            text("setting_prompt", ""), text("scene_prompt", shot.scenePrompt), text("video_prompt", shot.videoPrompt),
            text("negative_prompt", prompts.negative), text("character_prompt_prefix", prompts.portraitPrefix(shot)),
            text("init_image_source", shot.initImage), text("ambient_description", shot.ambience),
            text("setting_ref_id", scene.setting),
            .init("character_ref_ids", .array(shot.people.map { .string(cast.people[$0].key) })),
        ]
        if !shot.characterState.isEmpty {
            members.append(
                .init(
                    "character_state",
                    .object(
                        shot.characterState.sorted { $0.key < $1.key }.map {
                            .init(cast.people[$0.key].key, .array($0.value.map { .string($0) }))
                        })))
        }
        if !shot.settingState.isEmpty {
            members.append(.init("setting_state", .array(shot.settingState.map { .string($0) })))
        }
        members += [text("beat", from.beat), text("emotional_polarity", Self.polarity(from))]
        members += copied(from, scene)
        return members + [
            .init("board_card_number", .number(String(from.card ?? from.number))), text("slugline", from.heading),
            text("aspect_ratio", aspectRatio),
        ]
    }

    /// `s001_001`
    package static func id(scene: Int, shot: Int) -> String {
        func padded(_ number: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, 3 - digits.count)) + digits
        }
        return "s\(padded(scene))_\(padded(shot))"
    }
}
