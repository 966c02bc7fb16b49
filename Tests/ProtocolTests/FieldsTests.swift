import Foundation
import Protocol
import TestKit
import Testing

@Suite("Canonical fields")
struct FieldsTests {
    /// The bytes are part of every key: this vector never changes.
    @Test func goldenBytes() {
        let fields: Fields = ["b": 258, "a": "é", "c": ["x", -1]]
        let hex = """
            6d000000037400000001617400000002c3a9740000000162690000000000000102\
            7400000001636c0000000274000000017869ffffffffffffffff
            """
        let bytes = fields.canonical.map { String(format: "%02x", $0) }.joined()
        #expect(bytes == hex)
    }

    @Test func roundTrip() throws {
        let fields: Fields = [
            "text": "quotes \" and ünïcode 雪", "number": .integer(.min), "list": [1, "two", [3]],
            "map": .map(["inner": "x", "empty": .list([])]),
        ]
        #expect(try Fields(canonical: fields.canonical) == fields)
    }

    /// Whatever bytes come, the answer is a value or an error.
    @Test(arguments: 0..<50) func garbageNeverTraps(seed: Int) throws {
        var generator = SeededGenerator(seed: UInt64(seed))
        let good = Fields(["a": .list((0..<20).map { .init($0) }), "b": .map(["x": "y"])]).canonical
        for _ in 0..<200 {
            var bytes = good
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
            if Bool.random(using: &generator) { bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator)) }
            if let read = try? Fields(canonical: bytes) { #expect(read.canonical == bytes) }
        }
    }

    @Test func refusals() {
        func error(_ bytes: [UInt8]) -> FieldsError? {
            do {
                _ = try Fields(canonical: Data(bytes))
                return nil
            } catch { return error }
        }
        #expect(error([]) == .malformed(offset: 0))
        #expect(error([UInt8(ascii: "m"), 0xFF, 0xFF, 0xFF, 0xFF]) == .malformed(offset: 1))
        let nested: [UInt8] = [UInt8(ascii: "l"), 0, 0, 0, 1]
        let deep: [UInt8] = Array([[UInt8]](repeating: nested, count: 100).joined())
        #expect(error(deep) != nil)
        #expect(throws: FieldsError.missing("n", expected: "a whole number in 0...1")) {
            try Fields(["n": 2]).flag("n")
        }
    }
}

@Suite("Task keys")
struct TaskKeyTests {
    static func spec(
        kind: TaskKind = .animate, backend: String = "local", model: String = "", parameters: Fields = ["prompt": "a"],
        shaping: Fields = ["width": 1280], take: Int = 0, input: (TaskKey, Digest)? = nil
    ) -> TaskSpec {
        TaskSpec(
            kind: kind, backend: backend, model: model, recipeVersion: 1, parameters: parameters, shaping: shaping,
            take: take, inputs: input.map { [TaskInput(name: "still", key: $0.0)] } ?? [],
            inputBases: input.map { [$0.1] } ?? [], expected: .seconds(1))
    }

    /// A store filled by one release must be readable by the next: this vector never changes.
    @Test func goldenKey() {
        let spec = Self.spec()
        #expect(spec.key.hex == "e2a9b8860b22f56c2cb4c7bfdfb35cc35ec4b53f10bf4326f51d41e055ba09b7")
        #expect(spec.basis.hex == "654c97bec18c3b87c6c5ea16c1e9408fde27b791abcee1e9c659127921c7c394")
    }

    @Test func keyFollowsEverythingAndBasisOnlyTheCreative() {
        let base = Self.spec()
        for other in [
            Self.spec(backend: "veo"), Self.spec(model: "x"), Self.spec(shaping: ["width": 1920]), Self.spec(take: 1),
        ] {
            #expect(other.key != base.key)
            #expect(other.basis == base.basis)
        }
        for other in [Self.spec(kind: .compose), Self.spec(parameters: ["prompt": "b"])] {
            #expect(other.key != base.key)
            #expect(other.basis != base.basis)
        }
        let one = Digest(of: Data([1]))
        let two = Digest(of: Data([2]))
        #expect(Self.spec(input: (one, one)).key != Self.spec(input: (two, one)).key)
        #expect(Self.spec(input: (one, one)).basis == Self.spec(input: (two, one)).basis)
        #expect(Self.spec(input: (one, one)).basis != Self.spec(input: (one, two)).basis)
    }

    @Test func digestHex() {
        let digest = Digest(of: Data())
        #expect(digest.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        #expect(Digest(hex: digest.hex) == digest)
        #expect(Digest(bytes: digest.bytes) == digest)
        #expect(Digest(hex: "zz") == nil)
        #expect(Digest(bytes: [1, 2]) == nil)
    }

    @Test(arguments: [
        (0, "0.00"), (1_500_000, "1.50"), (-400, "-0.0004"), (277_550_000, "277.55"),
    ]) func moneyForPeople(amount: Int64, text: String) {
        #expect(MicroUSD(amount).description == text)
    }
}

@Suite("Frame rates")
struct FrameRateTests {
    @Test(arguments: [
        ("23.976", 2_002, 24_000, 1_001), ("24", 2_000, 24_000, 1_000), ("25", 1_920, 25_000, 1_000),
        ("30", 1_600, 30_000, 1_000),
    ])
    func aFrameIsWholeSamplesAndTicks(text: String, samples: Int, timescale: Int, ticks: Int) throws {
        let rate = try #require(FrameRate(text))
        #expect((rate.samplesPerFrame, rate.timescale, rate.ticksPerFrame) == (samples, timescale, ticks))
        #expect(rate.description == text)
        #expect(FrameRate(rate.fraction) == rate)
        #expect(try Fields(rate.fields).rate() == rate)
        // A frame's ticks last as long as its samples.
        #expect(ticks * 48_000 == samples * timescale)
    }

    @Test func whatDoesNotDivideIsRefused() {
        #expect(FrameRate(frames: 30_000, per: 1_001) == nil)
        #expect(FrameRate(frames: 23) == nil)
        #expect(FrameRate(frames: 0) == nil)
        #expect(FrameRate("29.97") == nil)
        #expect(FrameRate("-24") == nil)
        #expect(throws: FieldsError.self) { try Fields(["fps": 7]).rate() }
    }

    @Test func twoHoursOfBroadcastDoNotDrift() {
        let rate = FrameRate.ntscFilm
        #expect(rate.frames(in: rate.seconds(172_627)) == 172_627)
        #expect(rate.microseconds(1, roundedUp: true) == 41_709)
        #expect(rate.microseconds(1) == 41_708)
    }
}
