import Dashboard
import Foundation
import Protocol
import SwiftProtobuf
import TestKit
import Testing

@Suite("What a viewer knows")
struct LiveModelTests {
    @Test("counts kept row by row are those counted from nothing", arguments: 0..<20 as Range<UInt64>)
    func counts(_ seed: UInt64) {
        var generator = Seeded(seed: seed)
        let film = MadeUp(shots: 30, scenes: 3)
        let known = Known()
        #expect(known.take(film.snapshot))
        var phases = (0..<120).map { film.phase($0 / 4, $0 % 4) }
        for step in 0..<200 {
            let number = Int.random(in: 0..<120, using: &generator)
            phases[number] =
                ["waiting", "ready", "running", "done", "failed", "idle"].randomElement(using: &generator) ?? ""
            #expect(known.take(film.change(UInt64(step + 2), [film.row(number, phase: phases[number])])))
        }
        let fresh = Known()
        var snapshot = film.snapshot
        snapshot.tasks = phases.enumerated().map { film.row($0, phase: $1) }
        #expect(fresh.take(snapshot))
        let (left, right) = (known.model.jobs["j-lastferry"], fresh.model.jobs["j-lastferry"])
        #expect(left?.counts == right?.counts)
        #expect(left?.kinds.filter { $0.value.total > 0 } == right?.kinds.filter { $0.value.total > 0 })
        #expect(left?.filmDone == right?.filmDone)
        #expect(left?.work.filter { $0.value > 0 } == right?.work.filter { $0.value > 0 })
        #expect(left?.shots.map(\.stage) == right?.shots.map(\.stage))
    }

    @Test("what does not follow on what is known is asked for again") func gaps() {
        let film = MadeUp(shots: 4, scenes: 1)
        let known = Known()
        #expect(!known.take(film.change(5, [])), "nothing is known yet")
        #expect(known.take(film.snapshot))
        var other = film.change(9, [])
        other.epoch = "f-other"
        #expect(!known.take(other))
        #expect(known.model.sequence == 0 && known.model.epoch.isEmpty)
        #expect(known.take(film.snapshot))
        var part = film.snapshot
        (part.part, part.parts) = (3, 7)
        #expect(!known.take(part))
    }

    @Test("a snapshot in parts") func parts() {
        let film = MadeUp(shots: 10, scenes: 2)
        let whole = film.snapshot
        let known = Known()
        for number in 0..<4 {
            var part = WatchAnswer.with {
                $0.epoch = whole.epoch
                $0.sequence = 1
                $0.snapshot = true
                $0.part = UInt32(number)
                $0.parts = 4
            }
            if number == 0 { (part.jobs, part.workers) = (whole.jobs, whole.workers) }
            if number > 0 { part.tasks = Array(whole.tasks.dropFirst((number - 1) * 14).prefix(14)) }
            #expect(known.model.nextPart == UInt32(number))
            #expect(known.take(part))
        }
        let fresh = Known()
        _ = fresh.take(whole)
        #expect(
            known.model.nextPart == 0
                && known.model.jobs["j-lastferry"]?.counts == fresh.model.jobs["j-lastferry"]?.counts)
    }

    @Test("garbage changes nothing and breaks nothing", arguments: 0..<30 as Range<UInt64>) func garbage(_ seed: UInt64)
        throws
    {
        var generator = Seeded(seed: seed)
        let bytes = try MadeUp(shots: 6, scenes: 2).snapshot.serializedBytes() as [UInt8]
        let room = MadeUp(shots: 6, scenes: 2).room(80, 24)
        for _ in 0..<200 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                damaged[Int.random(in: 0..<damaged.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let answer = try? WatchAnswer(serializedBytes: damaged) else { continue }
            _ = room.handle(.news(answer))
            room.press("\(Int.random(in: 1...7, using: &generator))")
            _ = room.frame()
        }
    }

    @Test("a day of work leaves the memory as it was") func soak() {
        let film = MadeUp(shots: 30, scenes: 3)
        let room = film.room(80, 24)
        // 24 hours, a change and an event a second.
        for second in 0..<86_400 {
            var change = film.change(
                UInt64(second + 2), [film.row(second % 120, phase: second % 3 == 0 ? "done" : "running")])
            change.events = [.with { $0.text = "event \(second)" }]
            change.atMilliseconds = MadeUp.start + Int64(second) * 1_000
            _ = room.handle(.tick(Int64(second) * 1_000))
            _ = room.handle(.news(change))
            if second % 600 == 0 {
                room.press("\(second / 600 % 7 + 1)")
                _ = room.frame()
            }
        }
        #expect(room.shown.events.count == LiveModel.eventLimit)
        #expect(room.shown.eventCount >= 86_400)
        #expect(room.shown.finished.count <= 301)
    }
}

@Suite("Pictures in the terminal")
struct PictureTests {
    @Test(
        "what a terminal says of itself",
        arguments: [
            ("\u{1B}[?62;4;22c", PictureMode.sixel), ("\u{1B}_Gi=31;OK\u{1B}\\\u{1B}[?62;c", .kitty),
            ("\u{1B}[?1;2c", .text),
            ("", .text), ("\u{1B}_Gi=31;EINVAL\u{1B}\\\u{1B}[?64c", .text), ("rubbish", .text),
        ])
    func answers(_ answer: String, _ mode: PictureMode) { #expect(PictureMode(answer: answer) == mode) }

    private func pixels() throws -> PictureMaker.Pixels {
        var rgb: [UInt8] = []
        for y in 0..<18 {
            for x in 0..<32 { rgb += [UInt8(x * 8), UInt8(y * 14), x < 16 ? 200 : 30] }
        }
        return try #require(PictureMaker.Pixels(width: 32, height: 18, rgb: rgb))
    }

    @Test("half blocks, each with a colour above and one below") func text() throws {
        let picture = try #require(
            PictureMaker.cells(pixels(), digest: Data(), width: 16, height: 5, isASCII: false))
        #expect(picture.cells.count == 80)
        #expect(Set(picture.cells.map(\.text)).isSubset(of: ["▀", "▄", "█", " "]))
        var frame = Frame(width: 16, height: 5)
        for (index, cell) in picture.cells.enumerated() { frame[index % 16, index / 16] = cell }
        let writer = Pen(depth: .full)
        let bytes = String(decoding: writer.bytes(for: frame), as: UTF8.self).replacing("\u{1B}", with: "␛")
        #expect(Golden.matches(bytes, "picture-text.ansi"))
    }

    @Test("kitty's protocol and sixels", arguments: [PictureMode.kitty, .sixel]) func graphics(_ mode: PictureMode)
        throws
    {
        let bytes = String(decoding: try PictureMaker.bytes(pixels(), mode, width: 8, height: 3), as: UTF8.self)
        #expect(bytes.hasPrefix(mode == .kitty ? "\u{1B}_G" : "\u{1B}P"))
        #expect(bytes.hasSuffix("\u{1B}\\") || bytes.hasSuffix("\u{1B}\\\n"))
        #expect(Golden.matches(bytes.replacing("\u{1B}", with: "␛"), "picture-\(mode).txt"))
    }

    @Test("bytes that are no picture are none") func wrongSizes() throws {
        let pixels = try pixels()
        #expect(PictureMaker.Pixels(width: 4, height: 4, rgb: [1, 2, 3]) == nil)
        #expect(PictureMaker.Pixels(width: 0, height: 0, rgb: []) == nil)
        #expect(PictureMaker.cells(pixels, digest: Data(), width: 0, height: 4, isASCII: false) == nil)
    }
}
