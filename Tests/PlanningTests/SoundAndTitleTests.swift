import Film
import Foundation
import Planning
import Protocol
import TestKit
import Testing

/// A film of which one shot says one thing.
func spoken(_ text: String, seconds: Double = 4, transition: String = "dissolve", crossfade: Double = 1) -> FilmProject
{
    let list = """
        {"title": "T", "scenes": [{"scene_number": 1, "slugline": "EXT. DECK - DAY", "shots": [
          {"shot_id": "s001_001", "duration_seconds": \(seconds), "transition_to_next": "\(transition)",
           "crossfade_duration": \(crossfade), "dialogue_speaker": "MARA", "dialogue_text": "\(text)",
           "setting_ref_id": "deck", "video_prompt": "p"},
          {"shot_id": "s001_002", "duration_seconds": 4, "dialogue_speaker": "MARA", "dialogue_text": "Yes.",
           "setting_ref_id": "deck", "video_prompt": "p"}]}]}
        """
    guard let film = FilmProject.read(files: ["shot_list.json": Data(list.utf8)]).project else {
        preconditionFailure("a test's film is broken")
    }
    return film
}

@Suite("Sound, titles and shapes in the plan")
struct SoundAndTitleTests {
    /// A dissolve never runs under a spoken word: it is shortened, or becomes a cut.
    @Test func aDissolveLeavesTheLineAlone() {
        let calm = Timeline(spoken("Just a few words."), fps: 24)
        #expect(calm.segments.contains(.mix(kind: .dissolve, clip: 0, frames: 24)))
        let busy = Timeline(spoken("One two three four five six seven eight."), fps: 24)
        // 8 words take 3.2 s from frame 6: 96 − 83 = 13 frames are left.
        #expect(busy.segments.contains(.mix(kind: .dissolve, clip: 0, frames: 13)))
        #expect(busy.notes.contains { $0.contains("s001_001 speaks until 13 frames before its end") })
        let full = Timeline(spoken("One two three four five six seven eight nine ten."), fps: 24)
        #expect(!full.segments.contains { if case .mix = $0 { true } else { false } })
    }

    @Test func nobodySpeaksUnderTheTransitionThatShowsThem() {
        let timeline = Timeline(spoken("Hello."), fps: 24)
        #expect(timeline.clips.map(\.speechAt) == [6, 24])
    }

    @Test func titlesAndCreditsAreAsAsked() {
        var profile = Profile.test
        let film = spoken("Hello.")
        let plan = FilmPlan(film, profile)
        let roll = CreditsRoll(film).frames
        #expect(plan.timeline.segments.last == .card(.credits, frames: roll))
        #expect(plan.timeline.tailFrames == 96 + roll)
        #expect(plan.node("card/credits") != nil)
        profile.titles = TitleChoice(opening: false, closing: false, credits: false)
        let bare = FilmPlan(film, profile)
        #expect(bare.timeline.leadFrames == 0 && bare.timeline.tailFrames == 0)
        #expect(bare.timeline.clips.first?.start == 0)
        #expect(bare.chapters.map(\.at) == [0])
        #expect(bare.node("card/opening") == nil)
    }

    @Test func creditsNameEverybodyOnce() {
        let lines = CreditsRoll(spoken("Hello.")).lines
        #expect(lines.count { $0 == .name("mara") } == 1)
        #expect(lines.first == .title("T"))
        for height in [180, 720, 1_080, 2_160, 4_320] {
            let roll = CreditsRoll(spoken("Hello."))
            #expect(CreditsRoll.lineHeight(height) * 85 + 2 * height < 32_768, "it can be drawn")
            #expect(
                roll.frames * CreditsRoll.step(height) >= roll.lines.count * CreditsRoll.lineHeight(height) + height)
        }
    }

    /// The laps of a recording cover a stretch without a hole, each over its neighbour by the overlap.
    @Test(arguments: [1, 48_000, 1_151_999, 1_152_000, 1_152_001, 5_000_000, 20_000_000])
    func roomToneHasNoHole(samples: Int) {
        let laps = RoomTone.laps(covering: samples, recording: RoomTone.seconds * 48_000)
        #expect(laps.first?.at == 0 && laps.first?.isFirst == true && laps.last?.isLast == true)
        #expect(laps.last.map { $0.at + $0.samples } == samples)
        for (lap, next) in zip(laps, laps.dropFirst()) {
            #expect(lap.at + lap.samples - next.at == RoomTone.overlap)
        }
        #expect(RoomTone.laps(covering: samples, recording: 0).isEmpty)
    }

    /// One air goes through the cuts of a place; another place has its own.
    @Test func toneCrossesCuts() throws {
        let plan = FilmPlan(film("4;4;4"), .test)
        let mix = try #require(plan.node("scene_001/mix"))
        let tones = try mix.spec.parameters.maps("tones")
        #expect(tones.count == 1)
        #expect(try tones[0].integer("frames") == 288)
        #expect(plan.node("deck__day/tone") != nil)
        let clip = try #require(plan.node("s001_002/clip"))
        #expect(try clip.spec.parameters.maps("tones").first?.integer("frames") == 96)
    }

    @Test func musicIsTheScenesOwnElseTheFilms() throws {
        var given = film("4|4|4")
        let stem = Music.Stem(digest: Digest(of: Data("film".utf8)), samples: 48_000 * 60, sizeBytes: 9)
        let own = Music.Stem(digest: Digest(of: Data("own".utf8)), samples: 48_000, sizeBytes: 9)
        given.music.film = stem
        given.music.scenes[2] = own
        let plan = FilmPlan(given, .test)
        func music(_ scene: Int) throws -> [Fields] {
            try #require(plan.node("scene_00\(scene)/mix")).spec.parameters.maps("music")
        }
        #expect(try music(1).first?.integer("skip") == 0)
        #expect(try music(1).first?.integer("frames") == 96)
        #expect(try music(2).first?.integer("frames") == 96)
        #expect(try music(3).first?.integer("skip") == 192, "the film's goes on as if it had been heard")
        #expect(plan.node("film/music")?.spec.backend == "given")
        let quiet = FilmPlan(film("4|4|4"), .test)
        #expect(quiet.node("scene_001/mix")?.spec.key != plan.node("scene_001/mix")?.spec.key)
        #expect(quiet.node("s001_001/clip")?.spec.key == plan.node("s001_001/clip")?.spec.key)
    }

    @Test func musicTravelsInTheBlob() throws {
        var music = Music()
        music.film = Music.Stem(digest: Digest(of: Data("a".utf8)), samples: 7, sizeBytes: 72)
        music.scenes[3] = Music.Stem(digest: Digest(of: Data("b".utf8)), samples: 8, sizeBytes: 76)
        let list = Data(
            "{\"title\": \"T\", \"scenes\": [{\"scene_number\": 3, \"shots\": [{\"shot_id\": \"s003_001\", \"duration_seconds\": 2}]}]}"
                .utf8)
        let blob = FilmProject.blob(files: ["shot_list.json": list, Music.file: Data(music.text.utf8)])
        let read = FilmProject.read(files: try FilmProject.files(blob: blob))
        #expect(read.project?.music == music, "\(read.faults)")
        let broken = FilmProject.read(files: [
            "shot_list.json": list, Music.file: Data("{\"film\": {\"digest\": \"x\"}}".utf8),
        ])
        #expect(broken.project == nil && !broken.faults.isEmpty)
    }

    /// A clip of a service is drawn in 16:9 and cut to the film's shape; our own draw the film's shape at once.
    @Test func reframingKeepsTheServicesClips() throws {
        var profile = Profile.vertical
        profile.backends[.animate] = BackendChoice("metered")
        var wide = Profile.hd
        wide.backends[.animate] = BackendChoice("metered")
        let film = film("4;4")
        let tall = FilmPlan(film, profile)
        let full = FilmPlan(film, wide)
        #expect(
            tall.node("s001_001/animate")?.spec.key == full.node("s001_001/animate")?.spec.key,
            "nothing is bought again")
        let conform = try #require(tall.node("s001_001/conform")).spec
        #expect(conform.parameters["fit"] == "fill")
        #expect(try conform.shaping.integer("height", in: 0...9_999) == 1_920)
        let local = try #require(FilmPlan(film, .vertical).node("s001_001/animate")).spec
        #expect(try local.shaping.integer("width", in: 0...9_999) == 1_080)
    }

    @Test func draftsLeaveOutWhatIsNotThere() throws {
        var profile = Profile.test
        profile.absent = ["s001_001/animate": "waiting\nfor its gate", "s001_002_1/dialogue": "not made yet"]
        let plan = FilmPlan(film("4;4"), profile)
        let conform = try #require(plan.node("s001_001/conform")).spec
        #expect(conform.inputs.isEmpty)
        #expect(conform.parameters["slate"] == "waiting\nfor its gate")
        #expect(plan.node("s001_002_1/dialogue") == nil)
        #expect(plan.nodes.filter(\.isGoal).map(\.name) == ["film"])
        #expect(plan.node("s001_001_1/dialogue") != nil)
        #expect(plan.timeline.frames == FilmPlan(film("4;4"), .test).timeline.frames)
    }

    @Test func theLookTravelsWithASubmission() throws {
        var profile = Profile.square
        profile.fps = .ntscFilm
        profile.titles.credits = false
        profile.language = "deu"
        profile.checks[.black] = 900
        profile.absent = ["s001_001/animate": "x"]
        #expect(try Profile(settings: Fields(canonical: profile.settings.canonical)) == profile)
        var old = Profile.test.settings
        for name in ["titles", "fit", "source_width", "source_height", "language", "checks", "absent", "fps_per"] {
            old.values[name] = nil
        }
        let read = try Profile(settings: old)
        #expect(!read.titles.credits && read.titles.opening, "as films of earlier releases were")
    }

    @Test func theLookIsConfigured() throws {
        var configuration = Configuration()
        let faults = configuration.read(
            """
            fps: 23.976
            loudness: -23
            language: deu
            titles: {credits: false}
            checks: {black_ms: 900}
            profiles:
              tall: {extends: vertical, fit: blur, source: 1280x720}
            """, file: "snowflake.yaml")
        #expect(faults.isEmpty)
        let profile = try configuration.resolve("tall").get()
        #expect(profile.fps == .ntscFilm && profile.loudnessMilliLUFS == -23_000 && profile.language == "deu")
        #expect(profile.titles == TitleChoice(credits: false))
        #expect(profile.checks[.black] == 900)
        #expect(profile.fit == .blur && profile.source == .init(1_280, 720) && profile.width == 1_080)
    }

    @Test func mistakesInTheLookAreNamed() {
        var configuration = Configuration()
        let faults = configuration.read(
            "fit: fil\nloudness: 5\nlanguage: German\ntitles: {end: true}\nchecks: {blak_ms: 1, held_frames: -1}\n",
            file: "f"
        ).map(\.description)
        #expect(faults.contains { $0.contains("at fit") && $0.contains("did you mean \"fill\"") })
        #expect(faults.contains { $0.contains("at loudness: should be -40 to -8 LUFS") })
        #expect(faults.contains { $0.contains("at language") })
        #expect(faults.contains { $0.contains("at titles.end") })
        #expect(faults.contains { $0.contains("at checks.blak_ms") && $0.contains("black_ms") })
        #expect(faults.contains { $0.contains("at checks.held_frames: should be a whole number in 0...240") })
    }

    @Test func theCoverIsAFaceOfTheFirstHalf() {
        let plan = FilmPlan(film("4;4|4;4"), .test)
        #expect(plan.coverShot == "s001_001")
        #expect(plan.node("soundtrack")?.spec.inputs.contains { $0.name == "cover" } == true)
    }

    @Test func captionsFollowTheRealSpeech() {
        let plan = FilmPlan(spoken("Hello there."), .test)
        let captions = plan.captions { name in
            name == "s001_001_1/dialogue"
                ? ["samples": 48_000] : name == "s001_002_1/dialogue" ? ["samples": 24_000] : nil
        }
        #expect(captions.cues.map(\.text) == ["Hello there.", "Yes."])
        #expect(captions.cues[0].from == (96 + 6) * 1_000 / 24)
        #expect(captions.cues[0].to == captions.cues[0].from + 1_000)
        #expect(plan.captions { _ in nil }.cues.isEmpty)
    }
}
