internal import Foundation
internal import Protocol

/// Every shot of the film on one screen: a letter each, scene by scene.
extension ControlRoom {
    static func style(of stage: LiveShot.Stage) -> Style {
        switch stage {
        case .waiting: .dim
        case .composing, .animating, .conforming: .busy
        case .composed: Style(.cyan)
        case .animated: Style(.cyan, on: .standard, .bold)
        case .conformed: Style(.green)
        case .finished: Style(.green, on: .standard, .bold)
        case .approval, .money: .warn
        case .parked, .doubtful: .odd
        case .failed: Style(.red, on: .standard, [.bold, .reverse])
        }
    }

    /// How the scenes lie: in columns of so many letters, each letter so wide.
    struct Layout {
        let columns: Int
        let columnWidth: Int
        let cell: Int
        let lines: Int

        var perLine: Int { max(1, (columnWidth - 5) / cell) }
    }

    /// The largest letters with which all of it fits; one column that scrolls where nothing fits.
    static func layout(scenes: [Int], width: Int, height: Int) -> Layout {
        for cell in [3, 2, 1] {
            for columns in 1...max(1, width / 10) {
                let wide = width / columns
                let layout = Layout(columns: columns, columnWidth: wide, cell: cell, lines: height)
                guard wide >= 5 + cell else { break }
                // A scene is not cut over two columns.
                var (column, line) = (0, 0)
                for shots in scenes {
                    let need = (shots + layout.perLine - 1) / layout.perLine
                    if line + need > height { (column, line) = (column + 1, 0) }
                    line += need
                    if need > height { column = columns }
                }
                if column < columns { return layout }
            }
        }
        return Layout(columns: 1, columnWidth: width, cell: 1, lines: .max)
    }

    mutating func drawFilm(_ frame: inout Frame) {
        let right = pictureArea.map { $0.x - 2 } ?? width
        guard let job, !job.shots.isEmpty else {
            frame.put(heardAt == nil ? plain("waiting for the coordinator…") : "no film yet", .dim, x: 2, y: 4)
            return
        }
        let detail = detailLines
        let high = height - 3 - detail - 2
        film.places = []
        let scenes = Dictionary(grouping: job.shots, by: \.scene).sorted { $0.key < $1.key }
        let layout = Self.layout(scenes: scenes.map(\.value.count), width: right - 1, height: high)
        let selected = selectedShot?.name
        var (column, line) = (0, 0)
        var places: [(shot: LiveShot, x: Int, line: Int)] = []
        var labels: [(text: String, x: Int, line: Int)] = []
        for (scene, shots) in scenes {
            let need = (shots.count + layout.perLine - 1) / layout.perLine
            if line + need > layout.lines { (column, line) = (column + 1, 0) }
            let x = 1 + column * layout.columnWidth
            labels.append((String(repeating: "0", count: max(0, 3 - "\(scene)".count)) + "\(scene)", x, line))
            for (index, shot) in shots.enumerated() {
                places.append((shot, x + 4 + index % layout.perLine * layout.cell, line + index / layout.perLine))
            }
            line += need
        }
        scroll(places.first { $0.shot.name == selected }?.line ?? 0, last: layout.lines == .max ? line : 0, high)
        for label in labels { put(label.text, .dim, x: label.x, line: label.line, high, &frame) }
        for place in places {
            let y = 3 + place.line - film.offset
            guard (3..<3 + high).contains(y) else { continue }
            var style = Self.style(of: place.shot.stage)
            if !film.search.isEmpty, isFound(place.shot) { style.marks.insert(.underline) }
            if place.shot.name == selected { style = Style(.standard, on: .standard, [.reverse, .bold]) }
            frame.put(place.shot.stage.rawValue, style, x: place.x, y: y)
            film.places.append((place.shot.name, place.x, y, max(1, layout.cell)))
        }
        drawShot(&frame, y: height - 2 - detail, right)
    }

    private func put(_ text: String, _ style: Style, x: Int, line: Int, _ high: Int, _ frame: inout Frame) {
        let y = 3 + line - film.offset
        if (3..<3 + high).contains(y) { frame.put(text, style, x: x, y: y) }
    }

    private mutating func scroll(_ line: Int, last: Int, _ high: Int) {
        guard last > 0 else {
            film.offset = 0
            return
        }
        film.offset = max(0, min(film.offset, max(0, last - high)))
        if line < film.offset { film.offset = line }
        if line >= film.offset + high { film.offset = line - high + 1 }
    }

    private var detailLines: Int { height >= 40 ? 10 : height >= 30 ? 7 : 5 }

    /// What the shot under the cursor has come to.
    private func drawShot(_ frame: inout Frame, y: Int, _ right: Int) {
        guard let shot = selectedShot, let job else { return }
        for x in 0..<width { frame[x, y] = Cell(glyphs.line, .dim) }
        let following = film.cursor == nil ? "  (newest; move to choose)" : ""
        frame.put(" \(shot.name) \(shot.stage)\(following) ", .title, x: 2, y: y)
        let found = film.search.isEmpty ? "" : " /\(film.search): \(job.shots.count { isFound($0) }) shots "
        frame.put(found, .warn, x: max(0, width - CellText.width(found) - 2), y: y)
        let lines = detailLines - 1
        let columns = width >= 100 ? 2 : 1
        let wide = (width - 4) / columns
        for (index, task) in shot.tasks.prefix(lines * columns).enumerated() {
            let x = 2 + index / lines * wide
            let row = y + 1 + index % lines
            let worker = shown.workers[task.worker]?.name ?? ""
            frame.put(task.kind, x: x, y: row, limit: 11)
            frame.put(task.phase, ListTable.style(ofPhase: task.phase), x: x + 11, y: row, limit: 9)
            var words = [task.backend, task.phase == "running" ? worker : ""].filter { !$0.isEmpty }
            if task.costMicroUsd > 0 { words.append(Words.money(task.costMicroUsd)) }
            if task.tookMilliseconds > 0 { words.append(Words.span(task.tookMilliseconds)) }
            if !task.fault.isEmpty { words.append(task.fault) }
            frame.put(
                words.joined(separator: "  "), task.fault.isEmpty ? .dim : .bad, x: x + 20, y: row, limit: wide - 21,
                more: glyphs.more)
        }
    }
}
