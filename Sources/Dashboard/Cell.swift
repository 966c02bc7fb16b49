/// What a cell looks like. Colour is never the only sign: everything it says a letter or a word says too.
package struct Style: Hashable, Sendable {
    package var front: Colour
    package var back: Colour
    package var marks: Marks

    package struct Marks: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8
        package init(rawValue: UInt8) { self.rawValue = rawValue }

        package static let bold = Marks(rawValue: 1)
        package static let dim = Marks(rawValue: 2)
        package static let underline = Marks(rawValue: 4)
        package static let reverse = Marks(rawValue: 8)
    }

    package init(_ front: Colour = .standard, on back: Colour = .standard, _ marks: Marks = []) {
        self.front = front
        self.back = back
        self.marks = marks
    }

    package static let plain = Style()
    package static let bold = Style(marks: .bold)
    package static let dim = Style(.grey)
    package static let title = Style(.cyan, .bold)
    package static let good = Style(.green)
    package static let busy = Style(.blue, .bold)
    package static let warn = Style(.yellow)
    package static let bad = Style(.red, .bold)
    package static let odd = Style(.magenta, .bold)
    package static let chosen = Style(marks: .reverse)
    package static let bar = Style(marks: .reverse)

    private init(_ front: Colour, _ marks: Marks) { self.init(front, on: .standard, marks) }
    private init(marks: Marks) { self.init(.standard, on: .standard, marks) }

    /// The same, as the selected row shows it.
    package var reversed: Style {
        var style = self
        style.marks.formSymmetricDifference(.reverse)
        return style
    }
}

/// A colour by what a terminal may have of it: a name of the sixteen, or a point of the colour cube for pictures.
package enum Colour: Hashable, Sendable {
    case standard
    case named(UInt8)
    case rgb(UInt8, UInt8, UInt8)

    package static let red = Colour.named(1)
    package static let green = Colour.named(2)
    package static let yellow = Colour.named(3)
    package static let blue = Colour.named(12)
    package static let magenta = Colour.named(5)
    package static let cyan = Colour.named(6)
    package static let grey = Colour.named(8)
}

/// One place of the screen.
package struct Cell: Equatable, Sendable {
    /// One character with what combines with it; empty for the second half of a wide one.
    package var text: String
    package var style: Style

    package init(_ text: String = " ", _ style: Style = .plain) {
        self.text = text
        self.style = style
    }
}

/// A screen: what is to be seen, and nothing of how it gets there.
package struct Frame: Equatable, Sendable {
    package let width: Int
    package let height: Int
    package private(set) var cells: [Cell]
    /// Where the cursor is shown; `nil` hides it.
    package var cursor: Point?

    package struct Point: Equatable, Sendable {
        package var x: Int
        package var y: Int

        package init(x: Int, y: Int) {
            self.x = x
            self.y = y
        }
    }

    package init(width: Int, height: Int) {
        self.width = max(0, width)
        self.height = max(0, height)
        cells = Array(repeating: Cell(), count: self.width * self.height)
    }

    package subscript(x: Int, y: Int) -> Cell {
        get { cells[y * width + x] }
        set {
            guard (0..<width).contains(x), (0..<height).contains(y) else { return }
            cells[y * width + x] = newValue
        }
    }

    /// Writes text from (x, y) rightwards, cut at `limit` columns or the edge; what is cut ends in "…".
    /// - Returns: the column behind it.
    @discardableResult
    package mutating func put(
        _ text: String, _ style: Style = .plain, x: Int, y: Int, limit: Int = .max, more: String = "…"
    ) -> Int {
        guard (0..<height).contains(y), x < width else { return x }
        let room = min(limit, width - x)
        guard room > 0 else { return x }
        let pieces = CellText.pieces(text)
        let isCut = pieces.reduce(0) { $0 + $1.width } > room
        let last = isCut ? room - CellText.width(more) : room
        var at = 0
        for piece in pieces {
            guard at + piece.width <= last else { break }
            place(piece, style, x: x + at, y: y)
            at += piece.width
        }
        if isCut {
            for piece in CellText.pieces(more) where at + piece.width <= room {
                place(piece, style, x: x + at, y: y)
                at += piece.width
            }
        }
        return x + at
    }

    private mutating func place(_ piece: CellText.Piece, _ style: Style, x: Int, y: Int) {
        guard x >= 0 else { return }
        // Half of what was wide here before would be left.
        if self[x, y].text.isEmpty, x > 0 { self[x - 1, y] = Cell(" ", self[x - 1, y].style) }
        self[x, y] = Cell(piece.text, style)
        if piece.width == 2 { self[x + 1, y] = Cell("", style) }
        let behind = x + piece.width
        if behind < width, self[behind, y].text.isEmpty { self[behind, y] = Cell(" ", self[behind, y].style) }
    }

    /// Colours a stretch of a line as it is.
    package mutating func paint(y: Int, from: Int = 0, to: Int = .max, _ change: (Style) -> Style) {
        guard (0..<height).contains(y) else { return }
        for x in max(0, from)..<max(max(0, from), min(to, width)) {
            cells[y * width + x].style = change(cells[y * width + x].style)
        }
    }

    package mutating func fill(x: Int, y: Int, width count: Int, height lines: Int, _ cell: Cell = Cell()) {
        for row in max(0, y)..<max(max(0, y), min(y + lines, height)) {
            for column in max(0, x)..<max(max(0, x), min(x + count, width)) { cells[row * width + column] = cell }
        }
    }

    /// The screen as lines of text: for goldens, and for terminals that show nothing else.
    package var text: String {
        (0..<height).map { y in
            let line = cells[y * width..<(y + 1) * width].map(\.text).joined()
            return String(line.reversed().drop { $0 == " " }.reversed())
        }.joined(separator: "\n") + "\n"
    }
}
