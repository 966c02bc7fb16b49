package import Film
package import Screenplay

/// Every acceptance rule of a shot list (`formats.md` 5.7, 6), asked of any list, ours or another tool's.
package struct ShotLint {
    /// One thing that is wrong.
    package struct Finding: Sendable, Equatable {
        /// `AC-1` … `AC-8`, or `list` for the list's own order and sums.
        package var rule: String
        package var weight: ProjectFault.Weight
        /// `s001_005`; empty for the list as a whole.
        package var shot: String
        /// What, and what is to be done.
        package var message: String
        /// Whether ``fixed`` mends it.
        package var isFixable: Bool
    }

    /// What a list is like, in numbers.
    package struct Numbers: Sendable, Equatable {
        package var shots = 0
        package var scenes = 0
        package var seconds = 0.0
        package var shotsWithPeople = 0
        package var lines = 0
        package var offscreen = 0
        package var cuts = 0
        package var people = 0
        package var places = 0
    }

    package private(set) var findings: [Finding] = []
    /// The list with everything mended that has one right answer.
    package private(set) var fixed: JSON
    package internal(set) var numbers = Numbers()

    let bible: Bible
    let cast: Cast
    let finder: MentionFinder
    let wordsPerSecond: Double
    var seenLines: [String: String] = [:]
    /// Who says a line, by its words, as the screenplay has it; "" for words of several.
    var scriptSpeakers: [String: String] = [:]
    var isChanged = false

    /// - Parameter script: the screenplay the list was made of, if it is known: lines are compared with it.
    package init(_ list: JSON, bible: Bible, script: Script? = nil, wordsPerSecond: Double = 2.5) {
        fixed = list
        self.bible = bible
        self.wordsPerSecond = wordsPerSecond
        cast = CastBuilder.cast(of: Self.names(in: list, script), bible: bible)
        finder = MentionFinder(cast: cast)
        if let script { readSpeakers(script) }
        run(script)
    }

    /// A script that says nothing but who there is, for lists that come without one.
    private static func names(in list: JSON, _ script: Script?) -> Source {
        if let script { return Source(script) }
        var bare = Script()
        for (index, scene) in (list["scenes"]?.items ?? []).enumerated() {
            var one = Script.Scene(number: index + 1, heading: scene["slugline"]?.plainText ?? "")
            for shot in scene["shots"]?.items ?? [] {
                one.people += shot["characters_in_frame"]?.texts ?? []
                let speaker = shot["dialogue_speaker"]?.plainText ?? ""
                if !speaker.isEmpty, !isUnknown(speaker) { one.people.append(speaker) }
            }
            bare.scenes.append(one)
        }
        return Source(bare)
    }

    private mutating func readSpeakers(_ script: Script) {
        for scene in Source(script).scenes {
            for case .speech(let speech) in scene.blocks {
                let whole = speech.lines.map(\.text).joined(separator: " ")
                for text in speech.lines.map(\.text) + [whole] {
                    let key = Self.folded(text)
                    if let other = scriptSpeakers[key], other != speech.cue {
                        scriptSpeakers[key] = ""
                    } else {
                        scriptSpeakers[key] = speech.cue
                    }
                }
            }
        }
    }

    static func isUnknown(_ speaker: String) -> Bool {
        ["", "unknown", "none", "null", "n/a", "?"].contains(speaker.lowercased().trimmingSpaces)
    }

    mutating func add(
        _ rule: String, _ shot: String, _ message: String, _ weight: ProjectFault.Weight = .error, fixable: Bool = false
    ) {
        findings.append(Finding(rule: rule, weight: weight, shot: shot, message: message, isFixable: fixable))
        if fixable { isChanged = true }
    }

    // MARK: walking

    private mutating func run(_ script: Script?) {
        guard var scenes = fixed["scenes"]?.items else {
            add("list", "", "there is no list \"scenes\"; a shot list is a list of scenes with shots")
            return
        }
        var order = 0
        for index in scenes.indices {
            guard var shots = scenes[index]["shots"]?.items else { continue }
            numbers.scenes += 1
            var focus = Focus()
            for place in shots.indices where shots[place].members != nil {
                order += 1
                check(&shots[place], scene: scenes[index], order: order, &focus)
            }
            checkTime(scenes[index], &shots)
            scenes[index]["shots"] = .array(shots)
        }
        fixed["scenes"] = .array(scenes)
        checkSums()
        if let script { checkLines(script) }
    }

    private mutating func check(_ shot: inout JSON, scene: JSON, order: Int, _ focus: inout Focus) {
        let id = shot["shot_id"]?.plainText ?? "shot \(order)"
        numbers.shots += 1
        if !(shot["characters_in_frame"]?.texts ?? []).isEmpty { numbers.shotsWithPeople += 1 }
        if Int(shot["global_order"]?.plainText ?? "") != order {
            add(
                "list", id, "global_order is \(shot["global_order"]?.plainText ?? "missing"); it is \(order)",
                fixable: true)
            shot["global_order"] = .number(String(order))
        }
        for name in ["setting_ref_id", "scene_prompt", "video_prompt"]
        where shot[name]?.plainText.trimmingSpaces.isEmpty ?? true {
            add("list", id, "\(name) is missing")
        }
        for name in [
            "lens_mm", "camera_height", "distance_band", "lighting_intent", "blocking_intent", "generation_profile",
        ]
        where shot[name]?.plainText.isEmpty ?? true {
            add("list", id, "\(name) is missing", .warning)
        }
        checkSpeaker(&shot, id, focus)
        checkFrame(&shot, id, &focus)
        checkPrompts(&shot, id)
        checkPlace(&shot, id)
        checkSpeech(&shot, id)
        if shot["transition_to_next"]?.plainText ?? "cut" == "cut" { numbers.cuts += 1 }
    }

    // MARK: sums

    private mutating func checkSums() {
        guard numbers.shots > 0 else {
            add("list", "", "there is no shot")
            return
        }
        if Int(fixed["total_shots"]?.plainText ?? "") != numbers.shots {
            add(
                "list", "",
                "total_shots is \(fixed["total_shots"]?.plainText ?? "missing"); there are \(numbers.shots)",
                fixable: true)
            fixed["total_shots"] = .number(String(numbers.shots))
        }
        let seconds = (fixed["scenes"]?.items ?? []).flatMap { $0["shots"]?.items ?? [] }
            .reduce(0) { $0 + (Double($1["duration_seconds"]?.plainText ?? "") ?? 0) }
        numbers.seconds = seconds
        let said = Double(fixed["total_duration_seconds"]?.plainText ?? "") ?? -1
        if abs(said - seconds) > 0.051 {
            add("list", "", "total_duration_seconds is \(said); the shots take \(Self.tenths(seconds))", fixable: true)
            fixed["total_duration_seconds"] = .number(Self.tenths(seconds))
        }
        if Double(numbers.cuts) < 0.7 * Double(numbers.shots) {
            add(
                "list", "", "\(numbers.cuts) of \(numbers.shots) transitions are plain cuts; at least 70 % should be",
                .warning)
        }
        numbers.people =
            Set(
                (fixed["scenes"]?.items ?? []).flatMap { $0["shots"]?.items ?? [] }.flatMap {
                    $0["character_ref_ids"]?.texts ?? []
                }
            ).count
        numbers.places =
            Set(
                (fixed["scenes"]?.items ?? []).flatMap { $0["shots"]?.items ?? [] }.compactMap {
                    $0["setting_ref_id"]?.plainText
                }
            ).count
    }

    static func tenths(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(abs(tenths % 10))"
    }

    private mutating func checkTime(_ scene: JSON, _ shots: inout [JSON]) {
        let name = "scene \(scene["scene_number"]?.plainText ?? "?")"
        let target = Double(scene["target_duration_seconds"]?.plainText ?? "") ?? 0
        let seconds = shots.reduce(0) { $0 + (Double($1["duration_seconds"]?.plainText ?? "") ?? 0) }
        guard target > 0, abs(seconds - target) > max(0.02 * target, 0.26) else { return }
        let reason = scene["duration_note"]?.plainText ?? ""
        add(
            "AC-8", "",
            "\(name) takes \(Self.tenths(seconds)) s of its target of \(Self.tenths(target)) s\(reason.isEmpty ? "" : ": \(reason)")",
            .warning)
    }

    private mutating func checkSpeech(_ shot: inout JSON, _ id: String) {
        let text = shot["dialogue_text"]?.plainText ?? ""
        let seconds = Double(shot["duration_seconds"]?.plainText ?? "") ?? 0
        if seconds <= 0 {
            add(
                "list", id,
                "duration_seconds is \(shot["duration_seconds"]?.plainText ?? "missing"); it should be 1 to 30")
        }
        guard !text.isEmpty else { return }
        let needed = Durations.units(text, wordsPerSecond)
        guard seconds + 0.05 < needed else { return }
        let half = Int((max(1.5, needed) * 2 + 1).rounded(.up))
        let mended = "\(half / 2).\(half % 2 == 0 ? 0 : 5)"
        add(
            "AC-8", id,
            "plays \(Self.tenths(seconds)) s, its words take \(Self.tenths(needed)) s; \(mended) s hold them",
            fixable: true)
        shot["duration_seconds"] = .number(mended)
        if let prompt = shot["video_prompt"]?.string {
            shot["video_prompt"] = .string(Self.replacingSeconds(prompt, with: mended))
        }
    }

    /// The prompt with another length at its end.
    static func replacingSeconds(_ prompt: String, with seconds: String) -> String {
        var parts = prompt.split(separator: ",").map { String($0).trimmingSpaces }
        guard let last = parts.last, last.hasSuffix("s"), Double(last.dropLast()) != nil else { return prompt }
        parts[parts.count - 1] = seconds + "s"
        return parts.joined(separator: ", ")
    }

    // MARK: against the screenplay

    /// AC-5: every line once, in the script's order.
    private mutating func checkLines(_ script: Script) {
        let source = Source(script)
        let wanted = source.scenes.flatMap { scene in
            scene.blocks.compactMap { block -> [String]? in
                if case .speech(let speech) = block {
                    return speech.lines.map { Self.folded($0.text) }
                } else {
                    return nil
                }
            }.flatMap(\.self)
        }.filter { !$0.isEmpty }
        let shots = (fixed["scenes"]?.items ?? []).flatMap { $0["shots"]?.items ?? [] }
        let spoken = shots.map { Self.folded($0["dialogue_text"]?.plainText ?? "") }.filter { !$0.isEmpty }.joined(
            separator: " ")
        let whole = wanted.joined(separator: " ")
        guard spoken != whole else { return }
        var missing = 0
        var example = ""
        for line in wanted where !spoken.contains(line) {
            missing += 1
            if example.isEmpty { example = String(line.prefix(50)) }
        }
        if missing > 0 {
            add(
                "AC-5", "",
                "\(missing) of \(wanted.count) lines of the screenplay are in no shot, the first \"\(example)\"")
        } else {
            add("AC-5", "", "the lines are not in the screenplay's order, or some are there twice")
        }
    }

    static func folded(_ text: String) -> String {
        text.lowercased().split { !($0.isLetter || $0.isNumber) }.joined(separator: " ")
    }
}
