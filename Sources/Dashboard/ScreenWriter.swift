/// How many colours a terminal has.
package enum ColourDepth: Int, Sendable, Comparable, CaseIterable {
    case none = 0
    case eight = 8
    case sixteen = 16
    case palette = 256
    case full = 16_777_216

    package static func < (left: ColourDepth, right: ColourDepth) -> Bool { left.rawValue < right.rawValue }

    /// What the environment and the terminal's description say.
    /// - Parameter described: colours of the terminal's description.
    package init(environment: [String: String], described: Int) {
        let name = environment["COLORTERM"] ?? ""
        if environment["NO_COLOR"].map({ !$0.isEmpty }) ?? false {
            self = .none
        } else if name == "truecolor" || name == "24bit" {
            self = .full
        } else {
            self = Self.allCases.last { $0.rawValue <= max(0, described) } ?? .none
        }
    }
}

/// From one screen to the next in as few bytes as it takes: only what differs is written.
package struct ScreenWriter: Sendable {
    package let depth: ColourDepth
    private var shown: Frame?

    package init(depth: ColourDepth) { self.depth = depth }

    /// What is on the screen is not known any more: the next screen is written whole.
    package mutating func forget() { shown = nil }

    /// The bytes that turn what is shown into `frame`; empty when nothing differs.
    package mutating func bytes(for frame: Frame) -> [UInt8] {
        var out: [UInt8] = []
        let old = shown.flatMap { $0.width == frame.width && $0.height == frame.height ? $0 : nil }
        if old == frame { return [] }
        func add(_ text: String) { out.append(contentsOf: text.utf8) }
        add("\u{1B}[?25l")
        if old == nil { add("\u{1B}[0m\u{1B}[2J") }
        var style: Style?
        for y in 0..<frame.height {
            var x = 0
            while x < frame.width {
                if let old, old[x, y] == frame[x, y] {
                    x += 1
                    continue
                }
                // The first half of a wide character is written with the second.
                var from = x
                if frame[x, y].text.isEmpty, x > 0 { from = x - 1 }
                add("\u{1B}[\(y + 1);\(from + 1)H")
                x = from
                while x < frame.width, old.map({ $0[x, y] != frame[x, y] }) ?? true || x == from {
                    let cell = frame[x, y]
                    if style != cell.style {
                        add(sgr(cell.style))
                        style = cell.style
                    }
                    add(cell.text)
                    x += 1
                    while x < frame.width, frame[x, y].text.isEmpty { x += 1 }
                }
            }
        }
        add("\u{1B}[0m")
        if let cursor = frame.cursor { add("\u{1B}[\(cursor.y + 1);\(cursor.x + 1)H\u{1B}[?25h") }
        shown = frame
        return out
    }

    private func sgr(_ style: Style) -> String {
        var codes = ["0"]
        if style.marks.contains(.bold) { codes.append("1") }
        if style.marks.contains(.dim) { codes.append("2") }
        if style.marks.contains(.underline) { codes.append("4") }
        if style.marks.contains(.reverse) { codes.append("7") }
        codes += codesOf(style.front, base: 30)
        codes += codesOf(style.back, base: 40)
        return "\u{1B}[\(codes.joined(separator: ";"))m"
    }

    private func codesOf(_ colour: Colour, base: Int) -> [String] {
        guard depth != .none else { return [] }
        switch colour {
        case .standard: return []
        case .named(let number):
            // Of eight colours, grey has none: it would be black.
            guard depth >= .sixteen || number < 8 else { return number == 8 ? [] : ["\(base + Int(number) - 8)"] }
            return ["\(number < 8 ? base + Int(number) : base + 60 + Int(number) - 8)"]
        case .rgb(let red, let green, let blue):
            switch depth {
            case .full: return ["\(base + 8)", "2", "\(red)", "\(green)", "\(blue)"]
            case .palette: return ["\(base + 8)", "5", "\(Self.cube(red, green, blue))"]
            case .sixteen, .eight: return ["\(base + Self.corner(red, green, blue))"]
            case .none: return []
            }
        }
    }

    /// The nearest of the 6×6×6 cube and the 24 greys of 256 colours.
    static func cube(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        let levels = [0, 95, 135, 175, 215, 255]
        func step(_ value: UInt8) -> Int { value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40 }
        func distance(_ other: (Int, Int, Int)) -> Int {
            let (r, g, b) = (Int(red) - other.0, Int(green) - other.1, Int(blue) - other.2)
            return 2 * r * r + 4 * g * g + 3 * b * b
        }
        let (r, g, b) = (step(red), step(green), step(blue))
        let mean = (Int(red) + Int(green) + Int(blue)) / 3
        let grey = max(0, min(23, (mean - 3) / 10))
        let level = 8 + 10 * grey
        let isGrey = distance((level, level, level)) <= distance((levels[r], levels[g], levels[b]))
        return isGrey ? 232 + grey : 16 + 36 * r + 6 * g + b
    }

    /// The nearest corner of the cube: one of the eight colours.
    static func corner(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> Int {
        (red > 127 ? 1 : 0) + (green > 127 ? 2 : 0) + (blue > 127 ? 4 : 0)
    }
}
