import Film
import Foundation
import Planning
import Protocol
import TestKit
import Testing

/// Films from a line of text per shot: "seconds transition crossfade; …", scenes split by "|".
func film(_ text: String, beats: [String] = []) -> FilmProject {
    var scenes: [String] = []
    for (index, scene) in text.split(separator: "|").enumerated() {
        let shots = scene.split(separator: ";").enumerated().map { number, shot -> String in
            let parts = shot.split(separator: " ")
            let id = "s00\(index + 1)_00\(number + 1)"
            return """
                {"shot_id": "\(id)", "duration_seconds": \(parts[0]), "transition_to_next": "\(parts.count > 1 ? parts[1] : "cut")",
                 "crossfade_duration": \(parts.count > 2 ? parts[2] : "0"), "setting_ref_id": "deck",
                 "character_ref_ids": ["mara"], "dialogue_speaker": "mara", "dialogue_text": "Hello there.", "video_prompt": "p"}
                """
        }
        let beat = beats.indices.contains(index) ? beats[index] : "Catalyst"
        scenes.append(
            """
            {"scene_number": \(index + 1), "slugline": "EXT. DECK - DAY", "beat": "\(beat)", "shots": [\(shots.joined(separator: ","))]}
            """)
    }
    let files = ["shot_list.json": Data("{\"title\": \"T\", \"scenes\": [\(scenes.joined(separator: ","))]}".utf8)]
    guard let project = FilmProject.read(files: files).project else { preconditionFailure("a test's film is broken") }
    return project
}

@Suite("The timeline in whole frames")
struct TimelineTests {
    /// The rounding error is carried within a scene: no drift, and a change moves its own scene only.
    @Test func errorsAreCarriedWithinASceneOnly() {
        let even = Timeline(film("3.33;3.33;3.33|2.51;2.51"), fps: 24)
        #expect(even.clips.map(\.frames) == [80, 80, 80, 60, 60])
        #expect(even.clips.prefix(3).reduce(0) { $0 + $1.frames } == 240)
        let changed = Timeline(film("3.37;3.33;3.33|2.51;2.51"), fps: 24)
        #expect(changed.clips.suffix(2).map(\.frames) == even.clips.suffix(2).map(\.frames))
    }

    @Test func everyTransitionHasItsFrames() {
        let timeline = Timeline(
            film(
                "4 dissolve 0.5;4 fade_black 1.0;4 wipe 0.5;4 fade_from_black 0.5;4 l_cut 0.3;4 j_cut 0.3;4 smash_cut;4"
            ),
            fps: 24)
        #expect(
            timeline.segments == [
                .card(.opening, frames: 96), .body(clip: 0, from: 0, to: 84),
                .mix(kind: .dissolve, clip: 0, frames: 12),
                .body(clip: 1, from: 12, to: 84), .fadeOut(clip: 1, frames: 12), .fadeIn(clip: 2, frames: 12),
                .body(clip: 2, from: 12, to: 84), .mix(kind: .wipe, clip: 2, frames: 12),
                .body(clip: 3, from: 12, to: 96), .fadeIn(clip: 4, frames: 12), .body(clip: 4, from: 12, to: 96),
                .body(clip: 5, from: 0, to: 96), .body(clip: 6, from: 0, to: 96), .body(clip: 7, from: 0, to: 96),
                .card(.closing, frames: 96),
            ])
        #expect(timeline.frames == 8 * 96 - 24 + 192)
        #expect(timeline.clips[4].soundOut == .over(7))
        #expect(timeline.clips[5].soundIn == .fade(7))
        #expect(timeline.clips[6].soundIn == .over(7))
        #expect(timeline.clips[1].start == 96 + 84)
        #expect(timeline.clips[0].keyFrames == [12, 24, 72, 84])
    }

    @Test func actsEndInTwoSecondsOfBlack() {
        let timeline = Timeline(
            film("4;4|4 wipe 0.5|4", beats: ["Debate", "Break into Two", "All Is Lost"]), fps: 24)
        #expect(timeline.segments.contains(.fadeOut(clip: 1, frames: 24)))
        #expect(timeline.segments.contains(.fadeIn(clip: 2, frames: 24)))
        #expect(timeline.segments.contains(.mix(kind: .wipe, clip: 2, frames: 12)), "a written wipe stays")
    }

    @Test func shortNeighboursShortenOrDropATransition() {
        let timeline = Timeline(film("4 dissolve 2.0;0.5 dissolve 2.0;4"), fps: 24)
        for clip in timeline.clips { #expect(clip.frames >= clip.head + clip.tail + 2) }
        #expect(timeline.notes.count == 2)
    }

    /// For any film: segments add up, clips stand where their frames are shown, windows and cards tile the film.
    @Test(arguments: 0..<200) func segmentsTileTheFilm(seed: Int) {
        var generator = SeededGenerator(seed: UInt64(seed))
        let kinds = Transition.allCases
        let text = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
            (0..<Int.random(in: 1...6, using: &generator)).map { _ in
                let seconds = Double(Int.random(in: 1...60, using: &generator)) / 10
                let kind = kinds.randomElement(using: &generator) ?? .cut
                return "\(seconds) \(kind.rawValue) \(Double(Int.random(in: 0...20, using: &generator)) / 10)"
            }.joined(separator: ";")
        }.joined(separator: "|")
        let beats = (0..<4).map { _ in ["Catalyst", "Midpoint", "Finale"].randomElement(using: &generator) ?? "" }
        let timeline = Timeline(film(text, beats: beats), fps: 24)
        var at = 0
        for segment in timeline.segments {
            #expect(segment.frames >= 1)
            switch segment {
            case .body(let clip, let from, let to):
                #expect(timeline.clips[clip].start + from == at)
                #expect(to <= timeline.clips[clip].frames)
            case .mix(_, let clip, let frames):
                #expect(timeline.clips[clip].end - frames == at)
                #expect(timeline.clips[clip + 1].start == at)
            case .fadeOut(let clip, let frames): #expect(timeline.clips[clip].end - frames == at)
            case .fadeIn(let clip, _): #expect(timeline.clips[clip].start == at)
            case .card: break
            }
            at += segment.frames
        }
        #expect(at == timeline.frames)
        var edge = Timeline.cardFrames
        for window in timeline.windows {
            #expect(window.from == edge)
            edge = window.to
        }
        #expect(edge == timeline.frames - Timeline.cardFrames)
    }
}

@Suite("The plan")
struct PlanTests {
    let text = "3.3 dissolve 0.5;2.7;3.1|2.9;4.2 l_cut 0.3;3|2;2"

    private func keys(_ film: FilmProject) -> [String: TaskKey] {
        Dictionary(
            FilmPlan(film, .test).nodes.map { ($0.name, $0.spec.key) }, uniquingKeysWith: { first, _ in first })
    }

    @Test func inputsComeBeforeWhatTakesThem() {
        var known: Set<TaskKey> = []
        for node in FilmPlan(film(text), .test).nodes {
            for input in node.spec.inputs { #expect(known.contains(input.key), "\(node.name) needs \(input.name)") }
            known.insert(node.spec.key)
        }
    }

    /// One shot's `video_prompt` changed: its own chain, and the products that hold it; nothing else.
    @Test func anEditTouchesOnlyWhatItMust() {
        let before = keys(film(text))
        var edited = film(text)
        edited.scenes[0].shots[1].videoPrompt = "another"
        let after = keys(edited)
        let changed = Set(before.keys.filter { before[$0] != after[$0] })
        #expect(
            changed == [
                "s001_002/animate", "s001_002/conform", "s001_002/clip", "s001_001/dissolve", "scene_001", "film",
            ])
    }

    @Test func aLongerShotMovesItsOwnSceneAtMost() {
        let before = keys(film(text))
        var edited = film(text)
        edited.scenes[1].shots[0].seconds = 3.4
        let after = keys(edited)
        let changed = Set(before.keys.filter { before[$0] != after[$0] })
        #expect(
            changed.allSatisfy {
                $0.hasPrefix("s002") || $0.hasPrefix("scene_002") || ["film", "soundtrack"].contains($0)
            })
    }

    @Test func keysAreTheSameInEveryProcess() {
        let keys = FilmPlan(film(text), .test).nodes.map(\.spec.key.hex).joined()
        #expect(Digest(of: Data(keys.utf8)).short == "b49931d9ece1")
    }

    /// A size changes keys and leaves bases: nothing becomes stale by another default.
    @Test func basesIgnoreSizes() {
        let small = FilmPlan(film(text), .test).nodes
        let large = FilmPlan(film(text), .animatic).nodes
        for (left, right) in zip(small, large) { #expect(left.spec.basis == right.spec.basis) }
        #expect(small.last?.spec.key != large.last?.spec.key)
    }

    @Test func voicesAreCastByGenderAndAgeAndKept() throws {
        let voices = [
            AvailableVoice(id: "flite/slt", engine: "flite", name: "slt", gender: .female, rank: 1),
            AvailableVoice(id: "flite/rms", engine: "flite", name: "rms", gender: .male, rank: 1),
        ]
        var project = film("3;3")
        project.bible.people = []
        for (key, gender) in [("ann", "female"), ("bob", "male"), ("cat", "female")] {
            var person = Bible.Person(key: key, name: key)
            person.gender = gender
            project.bible.people.append(person)
        }
        project.scenes[0].shots[0].lines = ["ann", "bob", "cat"].map {
            Shot.Line(speaker: $0, cue: $0, text: "Hi", isOffscreen: false)
        }
        let map = Casting.cast(project, voices: voices)
        #expect(map.voice(of: "ann")?.id.hasPrefix("flite/slt@") == true)
        #expect(map.voice(of: "bob")?.id.hasPrefix("flite/rms@") == true)
        #expect(map.voice(of: "cat")?.id.hasPrefix("flite/slt@") == true)
        #expect(map.voice(of: "cat")?.id != map.voice(of: "ann")?.id)
        project.voices = map
        #expect(Casting.cast(project, voices: voices) == map)
    }
}

@Suite("Configuration")
struct ConfigurationTests {
    @Test func unknownKeysGetASuggestion() {
        var configuration = Configuration()
        let faults = configuration.read("proflie: test\nsize: 10x10\nfps: 23\n", file: "snowflake.yaml")
        #expect(
            faults.map(\.description) == [
                "error: snowflake.yaml at proflie: \"proflie\" is not known here; did you mean \"profile\"?",
                "error: snowflake.yaml at size: should be like 1920x1080, even numbers",
                "error: snowflake.yaml at fps: should be 23.976, 24, 25 or 30",
            ])
    }

    /// A price with an unknown unit or currency is refused whole: a wrong price is worse than none.
    @Test func pricesAreCheckedAndTravel() throws {
        var configuration = Configuration()
        let bad = """
            prices:
              - {backend: metered, kind: animate, unit: hour, amount: 1, currency: EUR, source: us, date: soon}
              - {backend: metered, kind: animat, unit: second, amount: -1, currency: USD, source: us, date: 2026-11-01}
            """
        let faults = configuration.read(bad, file: "snowflake.yaml").map(\.description)
        for path in ["prices[0].unit", "prices[0].currency", "prices[0].date", "prices[1].kind", "prices[1].amount"] {
            #expect(faults.contains { $0.contains(path) }, "\(path): \(faults)")
        }
        #expect(configuration.prices.isEmpty)
        let good = """
            profile: test
            prices:
              - {backend: metered, kind: animate, unit: second, amount: 0.02, currency: USD, source: us, date: 2026-11-01}
            gates:
              metered: {concurrency: 9, per_minute: 30, spend_usd: 4}
            """
        #expect(configuration.read(good, file: "snowflake.yaml").isEmpty)
        let profile = try configuration.resolve("test").get()
        #expect(profile.price(of: .animate, by: "metered")?.amount == MicroUSD(20_000))
        #expect(profile.gates["metered"]?.perMinute == 30)
        #expect(try Profile(settings: profile.settings) == profile)
        let typo = configuration.read("gates: {metered: {per_minut: 3}}", file: "snowflake.yaml")
        #expect(typo.map(\.description).contains { $0.contains("did you mean \"per_minute\"") })
    }

    /// Each account and model has its own price, its own gate and its own limits; a misspelt one is found here.
    @Test func accountsAndModelsHaveGatesOfTheirOwn() throws {
        func configuration(_ choice: String, _ more: String = "") -> (Configuration, [String]) {
            var configuration = Configuration()
            let text = "profiles:\n  mine:\n    extends: test\n    animate: [{backend: metered\(choice)}]\n" + more
            let faults = configuration.read(text, file: "snowflake.yaml").map(\.description)
            return (configuration, faults)
        }
        let limits = """
            gates:
              metered: {per_minute: 9}
              metered@studio-b: {concurrency: 3}
              metered@studio-b/metered-lite: {concurrency: 2}
            """
        let (good, faults) = configuration(", model: metered-lite, account: studio-b", limits)
        #expect(faults == [])
        let profile = try good.resolve("mine").get()
        #expect(try Profile(settings: profile.settings) == profile)
        let plan = FilmPlan(film("4;4"), profile)
        let spec = try #require(plan.nodes.first { $0.spec.kind == .animate }).spec
        #expect(spec.account == "studio-b")
        #expect(spec.model == "metered-lite")
        #expect(spec.gate == GateID("metered@studio-b/metered-lite"))
        #expect(spec.capability == Capability(kind: .animate, backend: "metered@studio-b"))
        #expect(spec.terms.hasPrefix("metered@studio-b/metered-lite: 0.025"))
        let other = try configuration(", model: metered-lite").0.resolve("mine").get()
        let key = FilmPlan(film("4;4"), other).nodes.first { $0.spec.kind == .animate }?.spec.key
        #expect(key == spec.key, "who pays changes no picture")
        #expect(profile.limits(of: GateID("metered@studio-b/metered-lite"))?.concurrency == 2)
        #expect(profile.limits(of: GateID("metered@studio-b"))?.concurrency == 3)
        #expect(profile.limits(of: GateID("metered/metered-lite"))?.perMinute == 9)
        #expect(profile.limits(of: GateID("veo")) == nil)

        let (unknown, none) = configuration(", model: metered-max")
        #expect(none == [])
        guard case .failure(let fault) = unknown.resolve("mine") else { throw Expected() }
        #expect(fault.description.contains("metered-lite"), "\(fault)")
        let priced =
            "prices: [{backend: metered, kind: animate, unit: second, amount: 1, currency: USD, source: us, "
            + "date: 2026-11-01}]\n"
        #expect(try configuration(", model: metered-max", priced).0.resolve("mine").get().fps == 24)
        #expect(configuration(", acount: b").1.contains { $0.contains("did you mean \"account\"") })
        #expect(configuration(", account: Studio B").1.contains { $0.contains("small letters") })
        #expect(configuration(", model: \"a b\"").1.contains { $0.contains("model's name") })
        #expect(configuration("", "gates: {\"a b\": {concurrency: 1}}").1.contains { $0.contains("service@account") })
    }

    private struct Expected: Error {}

    @Test func profilesExtend() throws {
        var configuration = Configuration()
        #expect(
            configuration.read("profile: mine\nprofiles:\n  mine:\n    extends: test\n    size: 640x360\n", file: "f")
                .isEmpty)
        let profile = try configuration.resolve("mine").get()
        #expect(profile.width == 640)
        #expect(try Profile(settings: profile.settings) == profile)
        guard case .failure(let fault) = configuration.resolve("animatik") else {
            Issue.record("there is no such profile")
            return
        }
        #expect(fault.message == "\"animatik\" is not known here; did you mean \"animatic\"?")
    }
}

/// Films at the edges of what people write.
@Suite("Odd films")
struct OddFilmTests {
    private func profile() -> Profile { .test }

    @Test func aFilmOfOneShot() {
        let plan = FilmPlan(film("3"), profile())
        #expect(plan.timeline.clips.count == 1)
        #expect(plan.nodes.contains { $0.name == "film" })
        #expect(Set(plan.nodes.map(\.spec.key)).count == plan.nodes.count)
    }

    @Test func aFilmWithoutAWordAndOneOfWordsOnly() {
        let text =
            "{\"title\": \"T\", \"scenes\": [{\"scene_number\": 1, \"slugline\": \"INT. HALL - DAY\", \"shots\": [%]}]}"
        func plan(_ shots: String) -> FilmPlan? {
            FilmProject.read(files: ["shot_list.json": Data(text.replacing("%", with: shots).utf8)]).project.map {
                FilmPlan($0, profile())
            }
        }
        let silent = plan(
            "{\"shot_id\": \"s001_001\", \"duration_seconds\": 2}, {\"shot_id\": \"s001_002\", \"duration_seconds\": 2}"
        )
        #expect(silent?.nodes.contains { $0.spec.kind == .dialogue } == false)
        #expect(silent?.nodes.contains { $0.spec.kind == .mix } == true)
        let spoken = plan(
            (1...4).map {
                "{\"shot_id\": \"s001_00\($0)\", \"duration_seconds\": 0.5, \"dialogue_speaker\": \"MARA\", \"dialogue_text\": \"\(String(repeating: "one more word ", count: 12))\"}"
            }.joined(separator: ","))
        #expect(spoken?.nodes.count { $0.spec.kind == .dialogue } == 4)
        #expect((spoken?.timeline.frames ?? 0) > 0)
    }

    /// Each keeps a frame of its own between two dissolves that would meet in it.
    @Test(arguments: [
        "1 dissolve 1.0;1 dissolve 1.0;1", "4 dissolve 3.9;0.2 dissolve 3.9;4", "0.1 wipe 2;0.1 dissolve 2;0.1",
    ])
    func dissolvesThatOverlap(text: String) {
        let timeline = Timeline(film(text), fps: 24)
        for clip in timeline.clips { #expect(clip.frames >= clip.head + clip.tail + 2, "\(clip.name)") }
        #expect(timeline.segments.allSatisfy { $0.frames >= 1 })
        #expect(!timeline.notes.isEmpty, "it says what it changed")
    }

    @Test func fiveThousandShots() {
        let scenes = (0..<100).map { _ in
            (0..<50).map { $0 % 9 == 8 ? "1.5 dissolve 0.5" : "1.5" }.joined(separator: ";")
        }
        let plan = FilmPlan(film(scenes.joined(separator: "|")), profile())
        #expect(plan.timeline.clips.count >= 5_000)
        #expect(Set(plan.nodes.map(\.name)).count == plan.nodes.count)
        let keys = Set(plan.nodes.map(\.spec.key))
        #expect(
            plan.nodes.allSatisfy { $0.spec.inputs.allSatisfy { keys.contains($0.key) } }, "nothing hangs in the air")
    }
}
