import Foundation
import Media
import Planning
import Protocol
import Studio
import TestKit
import Testing

@Suite("The keyless studio", .timeLimit(.minutes(3)))
struct StudioTests {
    let folder = TemporaryFolder()

    private static func framing(_ type: String, people: [String] = ["A", "B"], speaker: Int = -1) throws -> Framing {
        try Framing([
            "type": .text(type), "lens": 50, "height": "eye_level", "trigger": "action_beat",
            "people": .list(people.map { .text($0) }), "years": .list(people.map { _ in 30 }),
            "speaker": .init(speaker), "content": "",
        ])
    }

    /// The tighter the shot, the larger the person and the less of the place is seen.
    @Test func sizesAreOrdered() throws {
        let order = ["extreme_wide", "wide", "medium_wide", "medium", "medium_close", "close_up", "extreme_close_up"]
        let heights = try order.map { try Self.framing($0, people: ["A"]).places[0].height }
        #expect(heights == heights.sorted())
        let zooms = try order.map { try Self.framing($0, people: ["A"]).zoom }
        #expect(zooms == zooms.sorted())
    }

    @Test func placesFollowThePeople() throws {
        #expect(try Self.framing("two_shot").places.map(\.person) == [0, 1])
        #expect(try Self.framing("close_up", speaker: 1).places.map(\.person) == [1])
        #expect(try Self.framing("insert").places.isEmpty)
        let over = try Self.framing("over_shoulder", speaker: 0).places
        #expect(over.map(\.isForeground) == [false, true])
        #expect(try Self.framing("group", people: ["A", "B", "C", "D"]).places.allSatisfy { (0...1).contains($0.x) })
    }

    @Test func movesGoWhereTheyShould() {
        func path(_ name: String) -> (start: CameraPath.Pose, end: CameraPath.Pose) {
            let path = CameraPath(movement: name)
            return (path.pose(at: 0, seconds: 4), path.pose(at: 1, seconds: 4))
        }
        #expect(path("pan_right").end.x > path("pan_right").start.x)
        #expect(path("pan_left").end.x < path("pan_left").start.x)
        #expect(path("tilt_up").end.y < path("tilt_up").start.y)
        #expect(path("crane_down").end.y > path("crane_down").start.y)
        #expect(path("push_in").end.dolly > path("push_in").start.dolly)
        #expect(path("pull_back").end.dolly < path("pull_back").start.dolly)
        #expect(path("zoom_in").end.zoom > path("zoom_in").start.zoom)
        #expect(path("zoom_out").end.zoom < path("zoom_out").start.zoom)
        #expect(abs(path("static").end.x) < 0.001)
    }

    /// Equal words draw equal bytes; other words, another picture.
    @Test func picturesAreReproducible() throws {
        func plate(_ time: String, _ words: String) throws -> Data {
            let file = folder.url.appendingPathComponent("plate.png")
            try Plate.draw(
                PlateBrief(
                    name: "Pier", words: words, time: time, isExterior: true, palette: ["slate"], actColour: "amber"),
                width: 320, height: 180
            ).writePNG(file)
            return try Data(contentsOf: file)
        }
        let first = try plate("night", "timber pier, rain")
        #expect(try plate("night", "timber pier, rain") == first)
        #expect(try plate("day", "timber pier, rain") != first)
        #expect(try plate("night", "city street") != first)
    }

    @Test func aCutOutKeepsThePersonAndLosesTheBackground() throws {
        var brief = PersonBrief()
        brief.name = "Nell"
        brief.wardrobe = "yellow raincoat"
        let cut = try Keying.cutOut(Figure.draw(brief))
        cut.withPixels { pixels in
            func alpha(_ x: Int, _ y: Int) -> UInt8 { pixels[(y * cut.width + x) * 4 + 3] }
            #expect(alpha(5, 5) == 0)
            #expect(alpha(1_000, 900) == 0)
            #expect(alpha(512, 700) == 255)
        }
    }

    /// Between arm and body the place shines through, and no rim of the old background stays.
    @Test func pocketsAreCutOutToo() throws {
        let canvas = try Canvas(width: 200, height: 200)
        canvas.withPixels { pixels in
            for at in 0..<200 * 200 {
                let (x, y) = (at % 200, at / 200)
                let isFigure = (50..<150).contains(x) && (50..<150).contains(y)
                let isPocket = (90..<110).contains(x) && (90..<110).contains(y)
                let value: (UInt8, UInt8, UInt8) = isFigure && !isPocket ? (20, 40, 160) : (0xD6, 0xD2, 0xC9)
                (pixels[at * 4], pixels[at * 4 + 1], pixels[at * 4 + 2]) = value
            }
        }
        try Keying.cutOut(canvas).withPixels { pixels in
            #expect(pixels[(100 * 200 + 100) * 4 + 3] == 0)
            #expect(pixels[(100 * 200 + 70) * 4 + 3] == 255)
            for at in 0..<200 * 200 where pixels[at * 4 + 3] > 0 { #expect(pixels[at * 4] <= 40, "no rim at \(at)") }
        }
    }

    /// Titles in any script, with quotes, percent signs and newlines, draw without a fault.
    @Test(arguments: [
        "雪の夜", "שלום עולם", "It's 100% \"quoted\": a/b\\c\nsecond line", "", String(repeating: "long ", count: 200),
    ])
    func cardsTakeAnyText(text: String) throws {
        let card = try Cards.card(text: text, small: text, width: 320, height: 180)
        #expect(card.width == 320)
        _ = try Cards.slate(shot: "s001_001", reason: text, width: 320, height: 180)
    }

    @Test func ambienceFollowsTheWords() {
        #expect(
            Ambience.choose(words: "heavy rain", place: "pier", time: "night", isExterior: true).map(\.name) == [
                "rain", "crickets",
            ])
        #expect(Ambience.choose(words: "", place: "office", time: "day", isExterior: false).map(\.name) == ["room"])
        #expect(Ambience.choose(words: "", place: "field", time: "day", isExterior: true).map(\.name) == ["wind"])
        #expect(
            Ambience.choose(words: "ledger", place: "closet of gloves", time: "day", isExterior: false).map(\.name) == [
                "room"
            ])
    }

    /// Every recipe runs, gives the length asked, is not silent, and gives the same bytes twice.
    @Test(arguments: ["rain", "wind", "crickets", "traffic", "room", "crowd", "fire", "ocean", "engine"])
    func bedsAreMade(name: String) async throws {
        func bed(_ file: String) async throws -> Data {
            let url = folder.url.appendingPathComponent(file)
            try await Ambience.make([(name, 0)], seconds: 1, output: url, in: folder.url)
            return try Data(contentsOf: url)
        }
        let first = try await bed("a.wav")
        #expect(first.count > 48_000 * 4)
        #expect(first.dropFirst(100).contains { $0 != 0 && $0 != 255 })
        #expect(try await bed("b.wav") == first)
    }

    /// Each engine of this machine speaks; what it wrote is checked, and is the same twice.
    @Test func everyEngineSpeaks() async throws {
        let speech = await Speech.find(in: folder.url)
        try #require(!speech.voices.isEmpty, "make setup installs speech engines")
        var engines: Set<String> = []
        for voice in speech.voices where engines.insert(voice.engine).inserted {
            func say(_ name: String) async throws -> (Data, Int) {
                let own = folder.url.appendingPathComponent(name)
                try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
                let spoken = try await speech.speak(
                    "The tide is turning, captain.", voice: voice.id + "@92,96", in: own)
                return (try Data(contentsOf: spoken.file), spoken.samples)
            }
            let (first, samples) = try await say("1\(voice.engine)")
            #expect(samples > 48_000 / 2, "\(voice.id)")
            #expect(try await say("2\(voice.engine)").0 == first, "\(voice.id) is not reproducible")
        }
    }

    @Test func textsNobodyCanSayAndOtherScripts() async throws {
        let speech = await Speech.find(in: folder.url)
        let voice = try #require(speech.voices.first { $0.engine == "flite" })
        let silent = try await speech.speak("…!!", voice: voice.id, in: folder.url)
        #expect(silent.samples == 24_000)
        let russian = try await speech.speak("Добрый вечер, капитан", voice: voice.id, in: folder.url)
        #expect(russian.voice == "espeak/ru")
        await #expect(throws: StudioError.noVoice("the voice flite/nobody is not installed on this machine")) {
            try await speech.speak("Hello there", voice: "flite/nobody@100,100", in: folder.url)
        }
    }
}
