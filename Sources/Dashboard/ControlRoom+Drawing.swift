internal import Foundation
internal import Protocol

/// From state to screen.
extension ControlRoom {
    /// Where the picture lies on the screen, when there is room for one.
    package struct PictureArea: Equatable, Sendable {
        package let x: Int
        package let y: Int
        package let width: Int
        package let height: Int
    }

    var listTop: Int { 3 }
    var listHeight: Int { max(1, height - listTop - 2) }

    /// The tabs of the second line and where they are.
    var tabs: [(view: ViewKind, range: Range<Int>)] {
        var x = 0
        return ViewKind.allCases.map { kind in
            let isShort = width < 76
            let length = isShort ? 3 : kind.title.count + 4
            defer { x += length }
            return (kind, x..<x + length)
        }
    }

    /// Draws everything. Mutating, because where things lie is remembered for the mouse, and lists keep their order.
    package mutating func frame() -> Frame {
        var frame = Frame(width: width, height: height)
        guard width > 0, height > 0 else { return frame }
        guard width >= Self.smallest.width, height >= Self.smallest.height else {
            let need = "too small, needs \(Self.smallest.width)×\(Self.smallest.height)"
            frame.put(glyphs == .ascii ? need.replacing("×", with: "x") : need, .warn, x: 0, y: height / 2)
            return frame
        }
        drawHead(&frame)
        drawTabs(&frame)
        switch view {
        case .overview: drawOverview(&frame)
        case .film: drawFilm(&frame)
        default: drawList(&frame)
        }
        if let picture, let area = pictureArea { draw(picture, area, &frame) }
        if let overlay { draw(overlay, &frame) }
        drawFoot(&frame)
        return frame
    }

    /// The picture's place: at the right, where the screen is wide enough.
    package var pictureArea: PictureArea? {
        guard overlay == nil, width >= 100, height >= 24, [.overview, .film].contains(view) else { return nil }
        let columns = min(64, width * 2 / 5)
        return PictureArea(x: width - columns, y: 3, width: columns, height: min(height - 8, columns * 9 / 32))
    }

    private func draw(_ picture: Picture, _ area: PictureArea, _ frame: inout Frame) {
        for y in 0..<min(picture.height, area.height) {
            for x in 0..<min(picture.width, area.width) {
                frame[area.x + x, area.y + y] = picture.cells[y * picture.width + x]
            }
        }
    }

    // MARK: head and foot

    private func drawHead(_ frame: inout Frame) {
        let model = shown
        frame.fill(x: 0, y: 0, width: width, height: 1, Cell(" ", .bar))
        var x = frame.put(" snowflake ", Style.bar, x: 0, y: 0)
        if let job {
            x = frame.put("\(job.row.name) ", .bar, x: x, y: 0, limit: width / 3)
            x = frame.put("\(job.row.job) \(job.row.state) ", .bar, x: x, y: 0, limit: width / 3)
        }
        let right = statusWords
        let from = max(x + 1, width - CellText.width(right.text) - 1)
        frame.put(right.text, right.style, x: from, y: 0)
        if model.jobs.isEmpty, heardAt != nil { frame.put("no jobs", .bar, x: x, y: 0) }
    }

    private var statusWords: (text: String, style: Style) {
        if let staleness {
            let words = heardAt == nil ? "connecting… \(trouble)" : "no word for \(Words.span(staleness)), trying on"
            return (plain(words), Style(.red, on: .standard, [.bold, .reverse]))
        }
        if frozen != nil { return ("HELD (p)", Style(.yellow, on: .standard, [.bold, .reverse])) }
        return (Words.clock(model.at) + " UTC", .bar)
    }

    /// Text for a terminal that has no more than ASCII.
    func plain(_ text: String) -> String {
        glyphs == .ascii ? text.replacing("…", with: "...").replacing("×", with: "x").replacing("·", with: "-") : text
    }

    private func drawTabs(_ frame: inout Frame) {
        for (kind, range) in tabs {
            let isHere = kind == view
            let text = range.count == 3 ? " \(kind.rawValue) " : " \(kind.rawValue) \(kind.title) "
            frame.put(
                text, isHere ? Style(.cyan, on: .standard, [.bold, .reverse]) : .plain, x: range.lowerBound, y: 1)
        }
        guard let state = lists[view] else { return }
        var words: [String] = []
        if !state.filter.isEmpty { words.append("/\(state.filter)") }
        if !state.marks.isEmpty { words.append("\(state.marks.count) marked") }
        let text = words.joined(separator: "  ")
        frame.put(text, .warn, x: max(tabs.last?.range.upperBound ?? 0, width - CellText.width(text) - 1), y: 1)
    }

    private func drawFoot(_ frame: inout Frame) {
        let y = height - 1
        if let prompt {
            frame.fill(x: 0, y: y, width: width, height: 1)
            let x = frame.put(prompt.label, .title, x: 0, y: y)
            // The end is what is typed: the beginning gives way.
            var text = prompt.text
            while CellText.width(text) > max(4, width - x - 1) { text.removeFirst() }
            let end = frame.put(text, x: x, y: y)
            frame.cursor = Frame.Point(x: min(end, width - 1), y: y)
            return
        }
        if let note {
            frame.put(plain(note.text), note.style, x: 0, y: y, more: glyphs.more)
            return
        }
        let hints =
            overlay != nil
            ? "esc back  jk scroll  c copy"
            : "? help  1-7 screens  / filter  enter into  w why  y raw  : command  q quit"
        frame.put(hints, .dim, x: 0, y: y, more: glyphs.more)
    }

    // MARK: lists

    private mutating func drawList(_ frame: inout Frame) {
        guard let table = ListTable.of(view) else { return }
        let ids = rows(of: view)
        guard var state = lists[view] else { return }
        var at = state.selected.flatMap { ids.firstIndex(of: $0) }
        if at == nil { at = ids.isEmpty ? nil : 0 }
        let here = at ?? 0
        state.offset = max(0, min(state.offset, max(0, ids.count - listHeight)))
        if here < state.offset { state.offset = here }
        if here >= state.offset + listHeight { state.offset = here - listHeight + 1 }
        state.seen = ids.isEmpty ? nil : ids[here]
        lists[view] = state
        let widths = table.widths(of: width - 2)
        drawHeadings(table, widths, state, &frame)
        let model = shown
        let job = job?.row.job ?? ""
        for (line, id) in ids.dropFirst(state.offset).prefix(listHeight).enumerated() {
            let y = listTop + line
            let isHere = state.offset + line == here
            frame.put(isHere ? glyphs.cursor : state.marks.contains(id) ? glyphs.mark : " ", .warn, x: 0, y: y)
            var x = 2
            for (column, (field, width)) in zip(table.columns, zip(table.fields(model, id, job), widths))
            where width > 0 {
                let from = column.isRight ? x + max(0, width - 1 - CellText.width(field.text)) : x
                frame.put(
                    field.text, field.style, x: from, y: y, limit: max(0, x + width - 1 - from), more: glyphs.more)
                x += width
            }
            if isHere { frame.paint(y: y, from: 1) { $0.reversed } }
        }
        let count = ids.isEmpty ? emptyWords : "\(here + 1) of \(ids.count)"
        frame.put(count, .dim, x: 2, y: height - 2)
    }

    private var emptyWords: String {
        if heardAt == nil { return plain("waiting for the coordinator…") }
        return switch view {
        case .gates: "no gates: nothing of this film passes a service"
        case .ledger: "nothing was bought"
        default: lists[view]?.filter.isEmpty == false ? "nothing matches the filter" : "nothing yet"
        }
    }

    private func drawHeadings(_ table: ListTable, _ widths: [Int], _ state: ListState, _ frame: inout Frame) {
        var x = 2
        for (index, (column, width)) in zip(table.columns, widths).enumerated() where width > 0 {
            let sign = index == state.sort ? (state.isDescending ? glyphs.down : glyphs.up) : ""
            let text = column.title + sign
            let from = column.isRight ? x + max(0, width - 1 - CellText.width(text)) : x
            frame.put(text, .title, x: from, y: 2, limit: max(0, x + width - from), more: "")
            x += width
        }
    }

    // MARK: overlays

    private func draw(_ overlay: Overlay, _ frame: inout Frame) {
        switch overlay {
        case .help(let offset): drawHelp(offset, &frame)
        case .text(let pane): drawText(pane, &frame)
        case .confirm(let confirmation): drawQuestion(confirmation, &frame)
        }
    }

    private func box(_ title: String, x: Int, y: Int, width: Int, height: Int, _ frame: inout Frame) {
        frame.fill(x: x, y: y, width: width, height: height)
        for column in x..<x + width {
            frame[column, y] = Cell(glyphs.line, .title)
            frame[column, y + height - 1] = Cell(glyphs.line, .title)
        }
        frame.put(" \(title) ", .title, x: x + 2, y: y, limit: width - 4, more: glyphs.more)
    }

    private func drawText(_ pane: TextPane, _ frame: inout Frame) {
        box(plain(pane.title), x: 0, y: 2, width: width, height: height - 3, &frame)
        let room = height - 5
        let offset = pane.isFollowing ? max(0, pane.lines.count - room) : pane.offset
        for (line, text) in pane.lines.dropFirst(offset).prefix(room).enumerated() {
            frame.put(text, x: 1, y: 3 + line, limit: width - 2, more: glyphs.more)
        }
        if pane.lines.isEmpty { frame.put(pane.isLoaded ? "nothing yet" : plain("asking…"), .dim, x: 1, y: 3) }
        let place =
            pane.isFollowing ? " following " : " \(min(pane.lines.count, offset + room)) of \(pane.lines.count) "
        frame.put(place, .dim, x: width - place.count - 2, y: height - 2)
    }

    private func drawHelp(_ offset: Int, _ frame: inout Frame) {
        box("keys", x: 0, y: 2, width: width, height: height - 3, &frame)
        var lines: [(String, String, Bool)] = []
        var group = ""
        for binding in Bindings.all {
            if binding.group != group {
                group = binding.group
                lines.append((group, group == "Acting" && !mayAct ? "(this key may not)" : "", true))
            }
            let names = binding.keys.map { glyphs == .ascii ? Self.ascii($0) : $0.name }
            lines.append((names.joined(separator: " "), binding.help, false))
        }
        lines += [
            ("Letters of shots", "", true), (". s S", "waiting, still being made, still there", false),
            ("P", "waits for a person's approval (a)", false), ("a A", "clip being made, clip there", false),
            ("c C F", "cut to frames, ready, finished", false),
            ("z $ ?", "parked, waits for money, purchase in doubt", false),
            ("!", "failed (w says why)", false),
        ]
        let room = height - 5
        let columns = width >= 120 ? 3 : width >= 76 ? 2 : 1
        let wide = (width - 2) / columns
        let first = min(offset, max(0, lines.count - room * columns))
        for (index, line) in lines.dropFirst(first).prefix(room * columns).enumerated() {
            let x = 1 + index / room * wide
            let y = 3 + index % room
            frame.put(line.0, line.2 ? .title : .bold, x: x, y: y, limit: 15)
            frame.put(line.1, line.2 ? .warn : .plain, x: x + 16, y: y, limit: wide - 17, more: glyphs.more)
        }
    }

    private static func ascii(_ key: Key) -> String {
        switch key {
        case .up: "up"
        case .down: "down"
        case .left: "left"
        case .right: "right"
        default: key.name
        }
    }

    private func drawQuestion(_ confirmation: Confirmation, _ frame: inout Frame) {
        let lines = confirmation.effects
        let wide = min(
            width - 4, max(CellText.width(confirmation.title) + 6, (lines.map(CellText.width).max() ?? 0) + 6, 40))
        let high = lines.count + 5
        let x = (width - wide) / 2
        let y = max(2, (height - high) / 2)
        box(confirmation.title, x: x, y: y, width: wide, height: high, &frame)
        for (index, line) in lines.enumerated() {
            frame.put(line, x: x + 2, y: y + 1 + index, limit: wide - 4, more: glyphs.more)
        }
        frame.put("y does it, any other key does not", .warn, x: x + 2, y: y + high - 2, limit: wide - 4)
    }
}
