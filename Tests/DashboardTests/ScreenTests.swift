import Dashboard
import Foundation
import Protocol
import TestKit
import Testing

@Suite("Screens")
struct ScreenTests {
    static let sizes = [(80, 24), (120, 40), (200, 60)]

    @Test("every screen at every size is as it was looked at", arguments: ViewKind.allCases, 0..<3)
    func goldens(_ view: ViewKind, _ size: Int) {
        let (width, height) = Self.sizes[size]
        let room = MadeUp().room(width, height)
        room.press("\(view.rawValue)")
        #expect(Golden.matches(room.screen, "\(view)-\(width)x\(height).txt"))
    }

    @Test("without Unicode nothing but ASCII is drawn, names aside", arguments: ViewKind.allCases)
    func ascii(_ view: ViewKind) {
        let room = MadeUp().room(80, 24, glyphs: .ascii)
        room.press("\(view.rawValue)")
        let screen = room.screen
        #expect(Golden.matches(screen, "\(view)-ascii.txt"))
        // Letters of names, cut anywhere, and control characters made visible.
        let ours = screen.unicodeScalars.filter {
            !"北京漢字“”".unicodeScalars.contains($0) && !(0x2400...0x2421).contains($0.value)
        }
        let odd = ours.filter { !$0.isASCII }
        #expect(odd.isEmpty)
    }

    @Test("colours by what the terminal has", arguments: ColourDepth.allCases)
    func colours(_ depth: ColourDepth) {
        let room = MadeUp().room(80, 24)
        room.press("2")
        let writer = Pen(depth: depth)
        let bytes = String(decoding: writer.bytes(for: room.frame()), as: UTF8.self).replacing("\u{1B}", with: "␛")
        #expect(Golden.matches(bytes, "film-\(depth).ansi"))
        #expect(depth != .none || !bytes.contains(/;3\d/))
    }

    @Test("all 754 shots are on one screen, at every size") func wholeFilm() {
        for (width, height) in Self.sizes {
            let room = MadeUp().room(width, height)
            room.press("2")
            let grid = room.screen.split(separator: "\n").dropFirst(2).prefix { !$0.hasPrefix("─") }
            let letters = grid.flatMap { $0.filter { ".sSaAcCF!".contains($0) } }
            #expect(letters.count == 754, "\(width)×\(height) shows \(letters.count)")
        }
    }

    @Test("overlays") func overlays() {
        let room = MadeUp().room(80, 24)
        room.press("?")
        #expect(Golden.matches(room.screen, "help-80x24.txt"))
        room.press(.escape)
        room.press("K")
        #expect(Golden.matches(room.screen, "cancel-80x24.txt"))
    }

    @Test("what is too small says what it needs", arguments: [(0, 0), (1, 1), (59, 30), (80, 15), (20, 3)])
    func tooSmall(_ width: Int, _ height: Int) {
        let room = MadeUp().room(width, height)
        for view in 1...7 {
            room.press("\(view)")
            let screen = room.screen
            #expect(width < 24 || height < 1 || screen.contains("too small, needs 60×16"))
        }
        // Keys still do what they do.
        #expect(room.press("q") == [.quit])
    }

    @Test("only what differs is written") func differences() {
        let film = MadeUp()
        let room = film.room(120, 40)
        let writer = Pen(depth: .palette)
        let whole = writer.bytes(for: room.frame()).count
        #expect(writer.bytes(for: room.frame()).isEmpty)
        _ = room.handle(.news(film.change(2, [film.row(4 * 700, phase: "running")])))
        let change = writer.bytes(for: room.frame()).count
        #expect(change > 0 && change < whole / 5, "\(change) of \(whole)")
        writer.forget()
        #expect(writer.bytes(for: room.frame()).count > whole / 2)
    }

    @Test("a screen put together from differences is the screen") func replay() {
        let film = MadeUp(shots: 40, scenes: 4)
        let room = film.room(80, 24)
        let writer = Pen(depth: .none)
        var screen = Screen(width: 80, height: 24)
        var generator = SystemRandomNumberGenerator()
        for step in 0..<200 {
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: room.press("\(Int.random(in: 1...7, using: &generator))")
            case 1: room.press(.down)
            case 2: room.press("?")
            default:
                let number = Int.random(in: 0..<160, using: &generator)
                let phase = ["running", "done", "failed", "waiting"].randomElement(using: &generator) ?? "done"
                _ = room.handle(.news(film.change(UInt64(step + 2), [film.row(number, phase: phase)])))
            }
            let frame = room.frame()
            screen.take(writer.bytes(for: frame))
            #expect(screen.text == frame.text)
        }
    }
}

/// The least of a terminal: places the cursor and puts characters.
struct Screen {
    var cells: [[String]]
    var (x, y) = (0, 0)

    init(width: Int, height: Int) { cells = Array(repeating: Array(repeating: " ", count: width), count: height) }

    var text: String {
        cells.map { line in String(line.joined().reversed().drop { $0 == " " }.reversed()) }.joined(separator: "\n")
            + "\n"
    }

    mutating func take(_ bytes: [UInt8]) {
        var rest = Substring(String(decoding: bytes, as: UTF8.self))
        while let character = rest.first {
            guard character == "\u{1B}" else {
                put(String(character))
                rest = rest.dropFirst()
                continue
            }
            guard let match = rest.prefixMatch(of: /\x{1B}\[(\??[0-9;]*)([A-Za-z])/) else { return }
            rest = rest[match.range.upperBound...]
            let numbers = match.1.split(separator: ";").map { Int($0) ?? 0 }
            if match.2 == "H" { (y, x) = (numbers[0] - 1, numbers[1] - 1) }
            if match.2 == "J" { for line in cells.indices { cells[line] = cells[line].map { _ in " " } } }
        }
    }

    private mutating func put(_ text: String) {
        let width = CellText.width(text)
        cells[y][x] = text
        if width == 2 { cells[y][x + 1] = "" }
        x += width
    }
}
