package import Foundation

/// A film on paper: a contact sheet of all its stills, and a storyboard with what happens in each.
package enum Board {
    /// One shot of it.
    package struct Panel: Sendable {
        package var still: URL?
        package var name: String
        /// Size, lens, move, length.
        package var facts: String
        package var content: String
        package var lines: [String]

        package init(still: URL?, name: String, facts: String, content: String, lines: [String]) {
            self.still = still
            self.name = name
            self.facts = facts
            self.content = content
            self.lines = lines
        }
    }

    private static let ink = Colour(hex: 0x16181C)
    private static let grey = Colour(hex: 0x5B6470)
    private static let accent = Colour(hex: 0xB4741E)
    private static let missing = Colour(hex: 0xD8DADD)

    /// All stills, row by row, each with its name: a PNG as wide as asked.
    package static func sheet(_ panels: [Panel], title: String, aspect: Double, width: Int, output: URL)
        throws(StudioError)
    {
        let columns = max(1, min(14, Int(Double(panels.count).squareRoot().rounded(.up))))
        let gap = 8.0
        let cell = (Double(width) - gap) / Double(columns) - gap
        let tall = cell / aspect
        let caption = max(12, cell * 0.09)
        let head = Double(width) * 0.03
        let rows = (panels.count + columns - 1) / columns
        let height = Int(head + Double(rows) * (tall + caption + gap) + gap)
        guard height <= 32_000 else {
            throw .cannotDraw("a sheet of \(panels.count) shots is too tall at \(width) pixels")
        }
        let canvas = try Canvas(width: width, height: height)
        canvas.paint(Colour(1, 1, 1))
        canvas.text(
            title, gap, gap, width: Double(width) - 2 * gap, height: head, size: head * 0.5, bold: true, ink,
            isOneLine: true)
        for (index, panel) in panels.enumerated() {
            let x = gap + Double(index % columns) * (cell + gap)
            let y = head + gap + Double(index / columns) * (tall + caption + gap)
            try picture(panel, x, y, cell, tall, on: canvas)
            canvas.text(
                panel.name, x, y + tall, width: cell, height: caption, size: caption * 0.72, grey, isOneLine: true)
        }
        try canvas.writePNG(output)
    }

    /// Six panels a page, A4 across, as a PDF.
    package static func storyboard(_ panels: [Panel], title: String, aspect: Double, output: URL) throws(StudioError) {
        let (width, height) = (842.0, 595.0)
        let canvas = try Canvas(pdf: output, width: Int(width), height: Int(height))
        let (margin, gap, columns, rows) = (28.0, 14.0, 3, 2)
        let cell = (width - 2 * margin - gap * Double(columns - 1)) / Double(columns)
        let row = (height - 2 * margin - 22 - gap) / Double(rows)
        let pages = max(1, (panels.count + columns * rows - 1) / (columns * rows))
        for page in 0..<pages {
            canvas.text(
                title, margin, margin - 6, width: width * 0.7, height: 16, size: 12, bold: true, ink, isOneLine: true)
            canvas.text(
                "\(page + 1) / \(pages)", width * 0.7, margin - 6, width: width * 0.3 - margin, height: 16, size: 10,
                alignment: .right, grey)
            for place in 0..<columns * rows {
                let index = page * columns * rows + place
                guard panels.indices.contains(index) else { break }
                try panel(
                    panels[index], margin + Double(place % columns) * (cell + gap),
                    margin + 22 + Double(place / columns) * (row + gap), cell, row, aspect, on: canvas)
            }
            canvas.turnPage()
        }
        try canvas.finish(output)
    }

    private static func panel(
        _ panel: Panel, _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ aspect: Double, on canvas: Canvas
    ) throws(StudioError) {
        let tall = min(width / aspect, height * 0.62)
        let wide = tall * aspect
        try picture(panel, x + (width - wide) / 2, y, wide, tall, on: canvas)
        var below = y + tall + 4
        canvas.text(panel.name, x, below, width: width * 0.3, height: 12, size: 9, bold: true, accent, isOneLine: true)
        canvas.text(
            panel.facts, x + width * 0.3, below, width: width * 0.7, height: 12, size: 8, alignment: .right, grey,
            isOneLine: true)
        below += 14
        let room = y + height - below
        let lines = panel.lines.joined(separator: "\n")
        canvas.text(panel.content, x, below, width: width, height: lines.isEmpty ? room : room * 0.5, size: 8.5, ink)
        if !lines.isEmpty {
            canvas.text(
                lines, x, below + room * 0.52, width: width, height: room * 0.48, size: 8.5, Colour(hex: 0x1D4F91))
        }
    }

    /// A still at the size it is shown at: paper needs no more pixels.
    private static func picture(
        _ panel: Panel, _ x: Double, _ y: Double, _ width: Double, _ height: Double, on canvas: Canvas
    ) throws(StudioError) {
        guard let still = panel.still, let whole = try? Canvas(png: still) else {
            canvas.rectangle(x, y, width, height, missing)
            canvas.text(
                "not made yet", x, y + height * 0.42, width: width, height: height * 0.2, size: max(7, height * 0.1),
                alignment: .centre, grey, isOneLine: true)
            return
        }
        let scale = min(1, 640 / Double(whole.width))
        let small = try Canvas(
            width: max(1, Int(Double(whole.width) * scale)), height: max(1, Int(Double(whole.height) * scale)))
        small.saved {
            small.scale(Double(small.width) / Double(whole.width), Double(small.height) / Double(whole.height))
            small.draw(whole)
        }
        canvas.saved {
            canvas.move(x, y)
            canvas.scale(width / Double(small.width), height / Double(small.height))
            canvas.draw(small)
        }
    }
}
