package import Film
package import Screenplay

/// V1 to V6: a screenplay becomes a shot list.
///
/// Pure: the same screenplay and bible give the same list, byte for byte, in every process.
package struct Breakdown: Sendable {
    package struct Options: Sendable {
        /// Overrides the script's own.
        package var format: String?
        /// Words a second that people speak: 2.5 in English.
        package var wordsPerSecond = 2.5
        package var projectID = ""

        package init() {}
    }

    package let cast: Cast
    package let scenes: [DraftScene]
    package let script: Script
    package let format: String
    package let options: Options
    let aspectRatio: String
    /// What a person should know: cues without lines, unresolved places, scenes off their target.
    package let notes: [BreakdownNote]
    /// Places that no design of the bible shows, by key.
    package let placeNames: [String: String]
    let prompts: Prompts
    let sluglines: [Slugline]

    package init(_ script: Script, bible: Bible = Bible(), options: Options = Options()) {
        self.script = script
        self.options = options
        aspectRatio = bible.aspectRatio.isEmpty ? "16:9" : bible.aspectRatio
        let written = options.format ?? script.format
        format = Script.formats.contains(written) ? written : "feature"
        var source = Source(script)
        let cast = CastBuilder.cast(of: source, bible: bible)
        self.cast = cast
        let sluglines = source.scenes.map(\.slugline)
        self.sluglines = sluglines
        let places = Places(sluglines, bible: bible)
        placeNames = places.names
        var scenes: [DraftScene] = []
        var decomposition = Decomposition(cast: cast, source: source)
        var seen: Set<String> = []
        for index in source.scenes.indices {
            let isNew = seen.insert(places.keys[index]).inserted
            scenes.append(decomposition.scene(index, setting: places.keys[index], isPlaceNew: isNew))
        }
        prompts = Prompts(cast: cast, bible: bible, senses: bible.senses)
        Self.direct(&scenes, source, cast, bible, options, format)
        for index in scenes.indices { prompts.write(&scenes[index], Self.facts(source.scenes[index], scenes[index])) }
        self.scenes = scenes
        if !bible.locations.isEmpty {
            for key in places.unresolved {
                source.notes.append(BreakdownNote(scene: 0, "no design of the bible shows \"\(key)\""))
            }
        }
        for scene in scenes where !scene.excuse.isEmpty {
            source.notes.append(
                BreakdownNote(scene: script.scenes[scene.index].number, "not at its target: \(scene.excuse)"))
        }
        for name in cast.ambiguous {
            source.notes.append(
                BreakdownNote(scene: 0, "\"\(name)\" is a name of several people; who is nearest is meant"))
        }
        let count = scenes.reduce(0) { $0 + $1.shots.count }
        if count > 20_000 || (script.scenes.last?.number ?? 0) > 9_999 {
            source.notes.append(
                BreakdownNote(
                    scene: 0,
                    "\(scenes.count) scenes and \(count) shots are more than a project holds (9999 and 20000); split the script"
                ))
        }
        notes = source.notes
    }

    /// V2 to V5 and the states of people and places.
    private static func direct(
        _ scenes: inout [DraftScene], _ source: Source, _ cast: Cast, _ bible: Bible, _ options: Options,
        _ format: String
    ) {
        let light = bible.lighting.split(separator: ".").first.map { String($0).trimmingSpaces } ?? ""
        var framing = Framing(cast: cast, lighting: light.count < 120 ? light : "", defaultLensMM: bible.lensMM)
        var states = States(cast: cast, scenes: source.scenes.count)
        let durations = Durations(format: format, wordsPerSecond: options.wordsPerSecond)
        var joins: [Joins.SceneFacts] = []
        for index in scenes.indices {
            let from = source.scenes[index]
            let polarity = polarity(from.scene)
            framing.frame(
                &scenes[index], polarity: polarity, end: from.scene.emotionalEnd, isLast: index == scenes.count - 1)
            states.beginScene(act: Act(beat: from.scene.beat), weatherIn: words(from.slugline))
            for shot in scenes[index].shots.indices {
                states.apply(&scenes[index].shots[shot], setting: scenes[index].setting)
            }
            durations.time(&scenes[index], pace: Pace(beat: from.scene.beat))
            joins.append(
                Joins.SceneFacts(
                    beat: from.scene.beat, start: from.scene.emotionalStart, end: from.scene.emotionalEnd,
                    time: from.slugline.time,
                    isContinuous: from.slugline.isContinuous, isActEnd: from.isActEnd, written: scenes[index].written))
        }
        Joins().join(&scenes, joins)
    }

    private static func words(_ slugline: Slugline) -> [String] {
        (slugline.place + " " + slugline.remarks.joined(separator: " ")).split(whereSeparator: { !$0.isLetter }).map(
            String.init)
    }

    static func polarity(_ scene: Script.Scene) -> String {
        !scene.polarity.isEmpty
            ? scene.polarity : !scene.emotionalEnd.isEmpty ? scene.emotionalEnd : scene.emotionalStart
    }

    private static func facts(_ source: Source.Scene, _ scene: DraftScene) -> Prompts.SceneFacts {
        Prompts.SceneFacts(
            slugline: source.slugline, beat: source.scene.beat, pace: Pace(beat: source.scene.beat),
            setting: scene.setting)
    }

    package var shotsCount: Int { scenes.reduce(0) { $0 + $1.shots.count } }

    package var seconds: Double { scenes.reduce(0) { $0 + $1.shots.reduce(0) { $0 + $1.seconds } } }
}
