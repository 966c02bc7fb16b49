internal import Protocol

/// CMX 3600: cuts, dissolves, wipes and fades on one picture track, split into lists of at most 999 events.
extension Edit {
    /// The most events a list may have.
    package static let edlLimit = 999

    /// The lists, in order; one for most films.
    package var edls: [String] {
        var lists: [String] = []
        var lines: [String] = []
        var number = 0
        func close() {
            guard number > 0 else { return }
            let part = lists.isEmpty ? "" : " \(lists.count + 1)"
            let head = ["TITLE: \(Self.plain(title, 60))\(part)", "FCM: NON-DROP FRAME", ""]
            lists.append((head + lines).joined(separator: "\n") + "\n")
            (lines, number) = ([], 0)
        }
        for (index, event) in events.enumerated() {
            let entries = edlEntries(event, after: index > 0 ? events[index - 1] : nil)
            if number + entries.count > Self.edlLimit { close() }
            for entry in entries {
                number += 1
                lines += entry.lines(number)
            }
        }
        close()
        return lists
    }

    /// One numbered event: a cut, or a transition from what was before.
    private struct Entry {
        /// Where a transition comes from: reel, and the source frame it has reached.
        var from: (reel: String, at: String, record: String)?
        var reel: String
        var kind: String
        var source: (String, String)
        var record: (String, String)
        var comments: [String]

        func lines(_ number: Int) -> [String] {
            let digits = String(number)
            let label = String(repeating: "0", count: 3 - digits.count) + digits
            func line(_ reel: String, _ kind: String, _ source: (String, String), _ record: (String, String)) -> String
            {
                "\(label)  \(padded(reel, 8)) V     \(padded(kind, 8)) \(source.0) \(source.1) \(record.0) \(record.1)"
            }
            var lines: [String] = []
            if let from { lines.append(line(from.reel, "C", (from.at, from.at), (from.record, from.record))) }
            lines.append(line(reel, kind, source, record))
            return lines + comments.map { "* \($0)" }
        }

        private func padded(_ text: String, _ width: Int) -> String {
            text + String(repeating: " ", count: max(0, width - text.count))
        }
    }

    private func edlEntries(_ event: Event, after previous: Event?) -> [Entry] {
        let first = event.media.first { $0.key == event.active }?.first ?? 0
        func source(_ frame: Int) -> String { timecode(first + frame, hour: 0) }
        var entries: [Entry] = []
        // Where this clip's own picture is alone or comes in; a fade at its end is an event of its own.
        let out: Int = if case .black(let frames) = event.after { event.frames - frames } else { event.frames }
        let end = event.start + out - event.after.shared
        var entry = Entry(
            from: nil, reel: Self.reel(event), kind: "C", source: (source(0), source(out - event.after.shared)),
            record: (timecode(event.start), timecode(end)), comments: comments(event))
        func join(_ code: String, _ frames: Int, _ from: (reel: String, at: String)) {
            let digits = String(min(frames, 999))
            entry.kind = code + String(repeating: "0", count: 3 - digits.count) + digits
            entry.from = (from.reel, from.at, timecode(event.start))
        }
        switch event.before {
        case .cut: break
        case .black(let frames): join("D    ", frames, ("BL", timecode(0, hour: 0)))
        case .dissolve(let frames), .wipe(let frames):
            let code = if case .wipe = event.before { "W001 " } else { "D    " }
            let start = previous.map { $0.media.first { media in media.key == previous?.active }?.first ?? 0 } ?? 0
            let reached = start + (previous?.frames ?? 0) - frames
            join(code, frames, (previous.map(Self.reel) ?? "BL", timecode(reached, hour: 0)))
            if let previous { entry.comments.insert("FROM CLIP NAME: \(previous.name)", at: 0) }
            entry.comments = entry.comments.map {
                $0.hasPrefix("FROM CLIP NAME: \(event.name)") && previous?.name != event.name
                    ? "TO CLIP NAME: \(event.name)" : $0
            }
        }
        entries.append(entry)
        if case .black(let frames) = event.after {
            var fade = Entry(
                from: nil, reel: "BL", kind: "C", source: (timecode(0, hour: 0), timecode(frames, hour: 0)),
                record: (timecode(event.end - frames), timecode(event.end)),
                comments: ["FROM CLIP NAME: \(event.name)", "TO CLIP NAME: BLACK"])
            let digits = String(min(frames, 999))
            fade.kind = "D    " + String(repeating: "0", count: 3 - digits.count) + digits
            fade.from = (Self.reel(event), source(out), timecode(event.end - frames))
            entries.append(fade)
        }
        return entries
    }

    private func comments(_ event: Event) -> [String] {
        var comments = ["FROM CLIP NAME: \(event.name)"]
        if let path = event.media.first(where: { $0.key == event.active })?.path {
            comments.append("SOURCE FILE: \(Self.plain(path, 120))")
        }
        if event.skipped > 0 { comments.append("SNOWFLAKE SKIPPED: \(event.skipped)") }
        return comments
    }

    /// A reel's name has eight characters at most: a shot's id just fits.
    private static func reel(_ event: Event) -> String {
        let name = (event.isCard ? event.name : event.shot).uppercased().filter {
            $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_")
        }
        return name.isEmpty ? "AX" : String(name.prefix(8))
    }

    private static func plain(_ text: String, _ limit: Int) -> String {
        String(text.map { $0.isNewline || $0 == "\0" ? " " : $0 }.prefix(limit))
    }
}
