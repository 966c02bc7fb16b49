import Film
import Foundation
import Planning
import Protocol
import TestKit
import Testing

/// A film's plan as an edit, with a clip for every shot.
private func edit(_ plan: FilmPlan) -> Edit {
    plan.edit(
        footing: { clip in
            .init(
                media: [
                    .init(key: "clip", path: "../clips/\(clip.name).mp4", available: clip.frames, first: 0),
                    .init(
                        key: "take_1", path: nil, available: clip.skip + clip.frames + 12, first: clip.skip,
                        backend: "veo",
                        costMicroUSD: 1_250_000),
                ], active: "clip")
        },
        sounds: { clip in
            clip.lines.indices.map {
                .init(
                    name: "\(clip.name)_\($0)", role: .dialogue, path: "../sound/\(clip.name)_\($0).wav",
                    start: clip.start + clip.speechAt, frames: 30, shot: clip.name)
            }
        })
}

/// Films with every transition, at two rates.
private func randomPlan(_ seed: UInt64) -> FilmPlan {
    var generator = SeededGenerator(seed: seed)
    let kinds = Transition.allCases
    let text = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        (0..<Int.random(in: 1...7, using: &generator)).map { _ in
            let seconds = Double(Int.random(in: 8...60, using: &generator)) / 10
            let kind = kinds.randomElement(using: &generator) ?? .cut
            return "\(seconds) \(kind.rawValue) \(Double(Int.random(in: 0...15, using: &generator)) / 10)"
        }.joined(separator: ";")
    }.joined(separator: "|")
    var profile = Profile.test
    if seed % 2 == 1 { profile.fps = .ntscFilm }
    profile.titles.credits = seed % 3 == 0
    return FilmPlan(film(text, beats: ["Debate", "Midpoint", "Finale"]), profile)
}

@Suite("Edits for other programs")
struct EditTests {
    /// What we write, read again, is the same cut: every order, length, dissolve, wipe and fade.
    @Test(arguments: 0..<120 as Range<UInt64>) func whatIsWrittenIsReadAgain(seed: UInt64) throws {
        let plan = randomPlan(seed)
        let reader = CutReader(shots: Set(plan.film.shots.map(\.id)), fps: plan.profile.fps)
        let edit = edit(plan)
        let otio = try reader.otio([UInt8](edit.otio.utf8))
        #expect(otio.cut == plan.cut, "OTIO of seed \(seed): \(plan.cut.changes(to: otio.cut))")
        #expect(otio.notes.isEmpty, "\(otio.notes)")
        let edl = try reader.edl(edit.edls.joined(separator: "\n"))
        #expect(edl.cut == plan.cut, "EDL of seed \(seed): \(plan.cut.changes(to: edl.cut))")
        #expect(edl.notes.isEmpty, "\(edl.notes)")
    }

    /// A cut taken as it is gives the very same film, frame by frame.
    @Test(arguments: 0..<120 as Range<UInt64>) func theSameCutIsTheSameFilm(seed: UInt64) {
        let plan = randomPlan(seed)
        var film = plan.film
        film.cut = plan.cut
        let again = FilmPlan(film, plan.profile)
        #expect(again.timeline.segments == plan.timeline.segments)
        #expect(again.cut == plan.cut)
        #expect(
            again.nodes.filter { $0.spec.kind == .animate }.map(\.spec.key)
                == plan.nodes.filter { $0.spec.kind == .animate }.map(\.spec.key))
    }

    @Test func theCutTravels() throws {
        let plan = randomPlan(3)
        let list = Data(
            "{\"title\": \"T\", \"scenes\": [{\"shots\": [{\"shot_id\": \"a\", \"duration_seconds\": 2}]}]}".utf8)
        var cut = Cut(
            fps: .ntscFilm,
            uses: [.init(shot: "a", skip: 3, frames: 20, fadeIn: 4, after: .black(6)), .init(shot: "a", frames: 9)])
        cut.hasCredits = false
        let read = FilmProject.read(files: ["shot_list.json": list, Cut.file: Data(cut.text.utf8)])
        #expect(read.project?.cut == cut, "\(read.faults)")
        #expect(cut.named.map(\.name) == ["a", "a-2"])
        #expect(plan.film.cut == nil)
    }

    @Test func aBrokenCutIsNamed() {
        let list = Data(
            "{\"title\": \"T\", \"scenes\": [{\"shots\": [{\"shot_id\": \"a\", \"duration_seconds\": 2}]}]}".utf8)
        for (text, words) in [
            ("{\"uses\": [{\"shot\": \"b\", \"frames\": 2}]}", "no shot of the list"),
            ("{\"uses\": [{\"shot\": \"a\", \"frames\": 0}]}", "frames"),
            ("{\"uses\": [{\"shot\": \"a\", \"frames\": 9, \"after\": \"melt 3\"}]}", "write cut, dissolve 12"),
            ("{\"rate\": \"29.97\", \"uses\": []}", "rates are"), ("{\"uses\": []}", "holds no shot"),
            ("[", "is not JSON"),
        ] {
            let (project, faults) = FilmProject.read(files: ["shot_list.json": list, Cut.file: Data(text.utf8)])
            #expect(project == nil, "\(text)")
            #expect(faults.contains { $0.description.contains(words) }, "\(faults)")
        }
    }

    /// Dropped, moved, trimmed, repeated, joined otherwise: each is told, and only what is longer is made again.
    @Test func aNewCutMakesOnlyWhatItNeeds() throws {
        let film = film("4;4 dissolve 0.5;4;4")
        let plan = FilmPlan(film, .test)
        var cut = plan.cut
        cut.uses = [
            .init(shot: "s001_003", frames: 60), .init(shot: "s001_001", skip: 10, frames: 80, after: .dissolve(12)),
            .init(shot: "s001_002", frames: 140), .init(shot: "s001_003", skip: 60, frames: 36),
        ]
        let changes = plan.cut.changes(to: cut)
        #expect(changes.contains("dropped  s001_004 (96 frames)"))
        #expect(changes.contains("added    s001_003-2 after s001_002 (36 frames)"))
        #expect(changes.contains("moved    s001_003 to after the beginning"))
        #expect(
            changes.contains("trimmed  s001_001: 96 → 80 frames, head −10, tail −6")
                || changes.contains { $0.hasPrefix("trimmed  s001_001: 96 → 80 frames, head −10") })
        #expect(changes.contains { $0.hasPrefix("trimmed  s001_002: 96 → 140 frames") })
        #expect(changes.contains { $0.hasPrefix("joined   s001_001: cut → dissolve 12") })
        var next = film
        next.cut = cut
        let edited = FilmPlan(next, .test)
        func key(_ plan: FilmPlan, _ name: String) -> TaskKey? { plan.node(name)?.spec.key }
        #expect(key(edited, "s001_001/animate") == key(plan, "s001_001/animate"))
        #expect(key(edited, "s001_003/animate") == key(plan, "s001_003/animate"))
        #expect(
            key(edited, "s001_002/animate") != key(plan, "s001_002/animate"), "140 frames are more than its clip has")
        #expect(edited.node("s001_004/animate") == nil)
        #expect(edited.node("s001_003-2/conform")?.spec.parameters["skip"] == 60)
        #expect(
            edited.node("s001_003-2/conform")?.spec.inputs.map(\.key)
                == edited.node("s001_003/conform")?.spec.inputs.map(\.key))
        #expect(edited.timeline.clips.map { $0.lines.count } == [1, 1, 1, 0], "a line is heard once")
    }

    /// A cut that comes back to a scene has a window of its own each time.
    @Test func scenesMayComeBack() {
        var film = film("4;4|4")
        film.cut = Cut(
            fps: 24,
            uses: [
                .init(shot: "s001_001", frames: 50), .init(shot: "s002_001", frames: 50),
                .init(shot: "s001_002", frames: 50),
            ])
        let plan = FilmPlan(film, .test)
        #expect(plan.timeline.windows.map { FilmPlan.name(of: $0) } == ["scene_001", "scene_002", "scene_001-2"])
        #expect(plan.node("scene_001-2")?.spec.kind == .scene)
        #expect(Set(plan.nodes.map(\.name)).count == plan.nodes.count)
    }

    @Test func longFilmsAreSplitIntoLists() throws {
        let text = (0..<1_500).map { _ in "1" }.joined(separator: ";")
        var profile = Profile.test
        profile.titles = TitleChoice(opening: false, closing: false, credits: false)
        let scenes = text.split(separator: ";").enumerated().map { number, _ in
            "{\"shot_id\": \"s\(number)\", \"duration_seconds\": 1}"
        }
        let list = Data("{\"title\": \"T\", \"scenes\": [{\"shots\": [\(scenes.joined(separator: ","))]}]}".utf8)
        let film = try #require(FilmProject.read(files: ["shot_list.json": list]).project)
        let plan = FilmPlan(film, profile)
        let lists = edit(plan).edls
        #expect(lists.count == 2)
        #expect(lists[0].contains("\n999  ") && !lists[0].contains("\n1000"))
        #expect(lists[1].contains("\n001  S999 "))
        let read = try CutReader(shots: Set(film.shots.map(\.id)), fps: 24).edl(lists.joined(separator: "\n"))
        #expect(read.cut == plan.cut)
    }

    @Test func tablesAreHarmless() {
        var edit = Edit(title: "T", fps: 24, width: 16, height: 16, frames: 10)
        var event = Edit.Event(name: "s001_001", shot: "s001_001", scene: 1, start: 0, frames: 10)
        event.note.prompt = "=HYPERLINK(\"x\"), \"quoted\"\nnext"
        edit.events = [event]
        edit.chapters = [.init(at: 0, title: "A\nB"), .init(at: 24 * 3_661, title: "Late")]
        #expect(edit.csv.split(separator: "\n").count == 2)
        #expect(edit.csv.contains("\"'=HYPERLINK(\"\"x\"\"), \"\"quoted\"\" next\""))
        #expect(edit.chapterList == "00:00:00 A B\n01:01:01 Late\n")
    }

    @Test func xmlIsEscaped() {
        var edit = Edit(title: "A & <B> \"C\" \u{1}", fps: .ntscFilm, width: 16, height: 16, frames: 10)
        var event = Edit.Event(name: "s001_001", shot: "s001_001", scene: 1, start: 0, frames: 10)
        event.media = [.init(key: "clip", path: "clips/a b&ü.mp4", available: 10, first: 0)]
        event.active = "clip"
        edit.events = [event]
        let xml = edit.fcpxml(root: "file:///films/x/")
        #expect(xml.contains("name=\"A &amp; &lt;B&gt; &quot;C&quot; \""))
        #expect(xml.contains("src=\"file:///films/x/clips/a%20b%26%C3%BC.mp4\""))
        #expect(xml.contains("frameDuration=\"100100/2400000s\""))
        #expect(xml.contains("duration=\"10010/24000s\""))
    }
}

/// Edits that other programs, or nobody in their senses, would write.
@Suite("Edits that come back broken")
struct BrokenEditTests {
    let reader = CutReader(shots: ["s001_001", "s001_002"], fps: 24)

    @Test(arguments: [
        ("", "is not JSON"), ("{}", "has no tracks"), ("{\"tracks\": {\"children\": []}}", "no picture track"),
        ("{\"tracks\": {\"children\": [{\"kind\": \"Video\", \"children\": []}]}}", "no clip in it"),
        (
            "{\"tracks\": {\"children\": [{\"kind\": \"Video\", \"children\": [{\"OTIO_SCHEMA\": \"Stack.1\", \"name\": \"n\"}]}]}}",
            "item 1 (n): \"Stack\" cannot be taken"
        ),
        (
            "{\"tracks\": {\"children\": [{\"kind\": \"Video\", \"children\": [{\"OTIO_SCHEMA\": \"Clip.2\", \"name\": \"x\"}]}]}}",
            "item 1 (x): is no shot of this film"
        ),
        (
            "{\"tracks\": {\"children\": [{\"kind\": \"Video\", \"children\": [{\"OTIO_SCHEMA\": \"Clip.2\", \"name\": \"s001_001\"}]}]}}",
            "neither a source range nor an available range"
        ),
        (
            "{\"tracks\": {\"children\": [{\"children\": [{\"OTIO_SCHEMA\": \"Clip.1\", \"name\": \"s001_001\", \"source_range\": {\"start_time\": {\"rate\": 0, \"value\": 1}, \"duration\": {\"rate\": 24, \"value\": 1}}}]}]}}",
            "a time without value and rate"
        ),
    ])
    func brokenTimelinesAreRefused(text: String, words: String) {
        let fault = #expect(throws: CutFault.self) { try reader.otio([UInt8](text.utf8)) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    /// The schema of older programs, another rate, a gap and effects.
    @Test func otherProgramsAreUnderstood() throws {
        func time(_ value: Double, _ rate: Double) -> String { "{\"rate\": \(rate), \"value\": \(value)}" }
        let text = """
            {"tracks": {"children": [{"kind": "Audio", "children": []}, {"kind": "Video", "children": [
              {"OTIO_SCHEMA": "Clip.1", "name": "S001_002.mp4", "effects": [{}],
               "source_range": {"start_time": \(time(30, 30)), "duration": \(time(60, 30))},
               "media_reference": {"OTIO_SCHEMA": "ExternalReference.1", "target_url": "x/s001_002.mp4"}},
              {"OTIO_SCHEMA": "Gap.1", "source_range": {"start_time": \(time(0, 24)), "duration": \(time(12, 24))}},
              {"OTIO_SCHEMA": "Clip.2", "name": "renamed", "source_range": {"start_time": \(time(0, 24)), "duration": \(time(48, 24))},
               "media_references": {"k": {"target_url": "/mnt/s001_001.mov"}}, "active_media_reference_key": "k"}]},
              {"kind": "Video", "children": []}]}}
            """
        let reading = try reader.otio([UInt8](text.utf8))
        #expect(
            reading.cut.uses == [.init(shot: "s001_002", skip: 24, frames: 48), .init(shot: "s001_001", frames: 48)])
        #expect(reading.notes.count == 3, "\(reading.notes)")
        #expect(!reading.cut.hasOpening)
    }

    @Test(arguments: [
        ("", "holds no event"),
        (
            "001  NOBODY   V     C        00:00:00:00 00:00:01:00 01:00:00:00 01:00:01:00",
            "event 001 (line 1): uses reel \"NOBODY\""
        ),
        ("001  S001_001 V     C        00:00:00:00 00:00:01:00 01:00:00:00", "is no whole event"),
        ("001  S001_001 V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:01:00", "its speed is changed"),
        ("001  S001_001 V     C        00:00:00:00 00:00:01:25 01:00:00:00 01:00:01:00", "no timecode at 24"),
        ("001  S001_001 V     C        00:00:00:00 00:00:01;00 01:00:00:00 01:00:01:00", "drop-frame"),
        ("FCM: DROP FRAME", "drop-frame"), ("M2   S001_001       048.0     00:00:00:00", "speed"),
        ("001  S001_001 V     C        00:00:02:00 00:00:01:00 01:00:00:00 01:00:01:00", "ends before it begins"),
    ])
    func brokenListsAreRefused(text: String, words: String) {
        let fault = #expect(throws: CutFault.self) { try reader.edl(text) }
        #expect(fault?.description.contains(words) == true, "\(fault?.description ?? "")")
    }

    @Test func listsOfOtherProgramsAreUnderstood() throws {
        let text = """
            TITLE: Somebody's\r
            FCM: NON-DROP FRAME\r
            001  AX       V     C        01:00:01:00 01:00:03:00 01:00:00:00 01:00:02:00\r
            * FROM CLIP NAME: s001_002.mp4\r
            001  AX       A     C        01:00:01:00 01:00:03:00 01:00:00:00 01:00:02:00\r
            002  S001_001 V     C        00:00:00:00 00:00:01:00 01:00:03:00 01:00:04:00\r
            """
        let reading = try reader.edl(text)
        #expect(
            reading.cut.uses == [.init(shot: "s001_002", skip: 24, frames: 48), .init(shot: "s001_001", frames: 24)])
        #expect(reading.notes == ["event 002 (line 6): a hole of 24 frames before it is closed"])
    }

    /// Bytes of a real export, turned at random: an error or a cut, never a crash.
    @Test(arguments: 0..<400 as Range<UInt64>) func damagedEditsNeverCrash(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let plan = randomPlan(seed % 10)
        let reader = CutReader(shots: Set(plan.film.shots.map(\.id)), fps: plan.profile.fps)
        let edit = edit(plan)
        func damaged(_ text: String) -> [UInt8] {
            var bytes = [UInt8](text.utf8)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let place = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[place] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: place)
                default: bytes.insert(UInt8.random(in: 0x30...0x39, using: &generator), at: place)
                }
            }
            return bytes
        }
        _ = try? reader.otio(damaged(edit.otio))
        _ = try? reader.edl(String(decoding: damaged(edit.edls.joined()), as: UTF8.self))
    }
}
