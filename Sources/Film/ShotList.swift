/// One shot of the list, checked: every number is in range, every word of an enumeration is known.
package struct Shot: Sendable, Equatable {
    package var id: String
    package var scene: Int
    package var number: Int
    package var trigger: Trigger
    package var content: String
    package var type: ShotType
    package var movement: CameraMovement
    package var lensMM: Int
    package var cameraHeight: String
    package var lighting: String
    package var blocking: String
    package var seconds: Double
    package var transition: Transition
    package var crossfadeSeconds: Double
    package var scenePrompt: String
    package var videoPrompt: String
    package var negativePrompt: String
    package var ambience: String
    /// A key of the bible where one matches, else as written.
    package var setting: String
    /// Keys of the people in frame, in order, each once.
    package var people: [String]
    package var lines: [Line]
    package var beat: String
    package var slugline: String
    package var intensity: Double

    /// One spoken line.
    package struct Line: Sendable, Equatable {
        /// A person's key; empty when the list does not know who speaks.
        package var speaker: String
        /// As written in the list.
        package var cue: String
        package var text: String
        package var isOffscreen: Bool

        package init(speaker: String, cue: String, text: String, isOffscreen: Bool) {
            self.speaker = speaker
            self.cue = cue
            self.text = text
            self.isOffscreen = isOffscreen
        }
    }
}

/// A scene and its shots, in order.
package struct Scene: Sendable, Equatable {
    package var number: Int
    package var slugline: String
    package var beat: String
    package var shots: [Shot]

    package init(number: Int, slugline: String, beat: String, shots: [Shot]) {
        self.number = number
        self.slugline = slugline
        self.beat = beat
        self.shots = shots
    }
}

/// `shot_list.json` (`formats.md` 4).
struct ShotListReader {
    static let file = "shot_list.json"
    /// Longest shot and most shots we take; far beyond any film, short of running out of anything.
    static let secondsRange = 0.05...600.0
    static let shotsLimit = 20_000

    var projectID = ""
    var title = ""
    var format = "feature"
    var aspectRatio = "16:9"
    var scenes: [Scene] = []

    private var seen: [String: String] = [:]
    private var count = 0

    init(_ root: FieldReader, _ bible: Bible) {
        projectID = root.text("project_id")
        title = root.text("title")
        format = root.text("format", default: "feature")
        aspectRatio = root.text("aspect_ratio", default: "16:9")
        if root.json["scenes"] == nil { root.fault("scenes", "is missing; a shot list is a list of scenes with shots") }
        for (index, reader) in root.objects("scenes").enumerated() {
            guard let scene = scene(reader, index: index, bible) else { continue }
            if scenes.contains(where: { $0.number == scene.number }) {
                reader.fault("scene_number", "is \(scene.number), which an earlier scene has already")
                continue
            }
            scenes.append(scene)
        }
        if count == 0, !root.faults.list.contains(where: { $0.weight == .error }) {
            root.fault("scenes", "holds no shot; there is nothing to render")
        }
        if count > Self.shotsLimit {
            root.fault("scenes", "holds \(count) shots; at most \(Self.shotsLimit) are taken")
        }
    }

    private mutating func scene(_ reader: FieldReader, index: Int, _ bible: Bible) -> Scene? {
        guard let number = reader.integer("scene_number", default: index + 1, in: 1...9_999) else { return nil }
        var scene = Scene(
            number: number, slugline: reader.text("slugline"), beat: reader.text("beat"), shots: [])
        for (index, item) in reader.objects("shots").enumerated() {
            if let shot = shot(item, index: index, of: scene, bible) { scene.shots.append(shot) }
        }
        return scene
    }

    private mutating func shot(_ reader: FieldReader, index: Int, of scene: Scene, _ bible: Bible) -> Shot? {
        count += 1
        let id = reader.text("shot_id")
        guard Self.isID(id) else {
            reader.fault(
                "shot_id",
                id.isEmpty
                    ? "is missing; write s001_001 (scene and shot number)"
                    : "is \"\(id.prefix(80))\"; an id has only letters, digits, _ and -, at most 64")
            return nil
        }
        if let first = seen[id] {
            reader.fault("shot_id", "is \"\(id)\", which \(first) has already; every id is used once")
            return nil
        }
        seen[id] = reader.path
        let seconds = reader.number("duration_seconds", default: nil, in: Self.secondsRange)
        let crossfade = reader.number("crossfade_duration", default: 0, in: 0...60)
        let slugline = reader.text("slugline", default: scene.slugline)
        let written = reader.text("setting_ref_id")
        let setting = bible.location(matching: written.isEmpty ? Names.setting(slugline) : written)
        var shot = Shot(
            id: id, scene: scene.number,
            number: reader.integer("shot_number", default: index + 1, in: 1...99_999) ?? index + 1,
            trigger: reader.word("trigger", default: .actionBeat), content: reader.text("content"),
            type: reader.word("shot_type", default: .medium),
            movement: reader.word("camera_movement", default: .static),
            lensMM: reader.integer("lens_mm", default: 35, in: 4...2_000) ?? 35,
            cameraHeight: reader.text("camera_height", default: "eye_level"),
            lighting: reader.text("lighting_intent"), blocking: reader.text("blocking_intent"),
            seconds: seconds ?? 3, transition: reader.word("transition_to_next", default: .cut),
            crossfadeSeconds: crossfade ?? 0, scenePrompt: reader.text("scene_prompt"),
            videoPrompt: reader.text("video_prompt"), negativePrompt: reader.text("negative_prompt"),
            ambience: reader.text("ambient_description"),
            setting: setting?.key ?? Names.key(written.isEmpty ? Names.setting(slugline) : written), people: [],
            lines: [], beat: reader.text("beat", default: scene.beat), slugline: slugline,
            intensity: reader.number("emotional_intensity", default: 0.5, in: 0...1) ?? 0.5)
        if shot.setting.isEmpty { shot.setting = "place" }
        if setting == nil {
            reader.fault(
                "setting_ref_id", "\"\(shot.setting)\" is not in the visual bible; the place is drawn from its words",
                .warning)
        }
        people(of: &shot, reader, bible)
        lines(of: &shot, reader, bible)
        return shot
    }

    private func people(of shot: inout Shot, _ reader: FieldReader, _ bible: Bible) {
        let refs = reader.texts("character_ref_ids")
        let names = reader.texts("characters_in_frame")
        for (index, name) in (refs.isEmpty ? names : refs).enumerated() {
            let (key, isKnown) = bible.personKey(of: name)
            guard !key.isEmpty else { continue }
            if !isKnown {
                reader.fault(
                    "character_ref_ids[\(index)]",
                    "\"\(name)\" is not in the visual bible; the person is drawn from the words of the shot", .warning)
            }
            if !shot.people.contains(key) { shot.people.append(key) }
        }
    }

    private func lines(of shot: inout Shot, _ reader: FieldReader, _ bible: Bible) {
        let written = reader.objects("dialogue_lines")
        if !written.isEmpty {
            for line in written {
                add(
                    line.text("text"), cue: line.text("speaker"), isOffscreen: line.flag("offscreen"), &shot, line,
                    bible)
            }
            return
        }
        let cue = reader.text("dialogue_speaker")
        for text in reader.text("dialogue_text").split(separator: " | ") {
            add(String(text), cue: cue, isOffscreen: reader.flag("dialogue_offscreen"), &shot, reader, bible)
        }
    }

    private func add(
        _ text: String, cue: String, isOffscreen: Bool, _ shot: inout Shot, _ reader: FieldReader, _ bible: Bible
    ) {
        let text = text.trimmingSpaces
        guard !text.isEmpty else { return }
        let (name, cueIsOffscreen) = Names.person(cue)
        let (key, isKnown) = bible.personKey(of: cue)
        let isNobody = name.isEmpty || name == "unknown"
        if isNobody {
            reader.fault(
                "dialogue_speaker", "nobody is named for \"\(text.prefix(40))\"; a default voice speaks it", .warning)
        } else if !isKnown {
            reader.fault(
                "dialogue_speaker", "\"\(cue)\" is not in the visual bible; a voice is chosen by the name", .warning)
        }
        shot.lines.append(
            Shot.Line(
                speaker: isNobody ? "" : key, cue: cue, text: text, isOffscreen: isOffscreen || cueIsOffscreen))
    }

    static func isID(_ id: String) -> Bool {
        (1...64).contains(id.utf8.count)
            && id.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || byte == 0x5F || byte == 0x2D
            }
    }
}
