internal import Protocol

/// CMX 3600, as other programs write it: reels or clip names that are shots, cuts, dissolves, wipes, black.
extension CutReader {
    /// - Parameter text: of an EDL; several lists of one film are read one after the other.
    package func edl(_ text: String) throws(CutFault) -> Reading {
        var walker = EDLWalker(reader: self)
        for (index, line) in text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            try walker.take(line.trimmingPrefix { $0 == "\u{FEFF}" }, line: index + 1)
        }
        let reading = try walker.finish()
        guard !reading.cut.uses.isEmpty else { throw CutFault("the file", "holds no event of a shot of this film") }
        return reading
    }
}

private struct EDLWalker {
    let reader: CutReader
    private var reading: CutReader.Reading
    private var pending: Event?
    private var reached: Int?
    private var hasCard: Set<String> = []

    /// One numbered event with its comments.
    private struct Event {
        var number: String
        var line: Int
        var from: Statement?
        var to: Statement
        var names: [String: String] = [:]
        var skipped = 0
    }

    private struct Statement {
        var reel: String
        var kind: String
        var frames: Int
        var source: (Int, Int)
        var record: (Int, Int)
    }

    init(reader: CutReader) {
        self.reader = reader
        reading = CutReader.Reading(cut: Cut(fps: reader.fps, uses: []), notes: [])
    }

    mutating func take(_ line: Substring, line number: Int) throws(CutFault) {
        let text = line.drop(while: \.isWhitespace)
        if text.hasPrefix("*") { return comment(text) }
        if text.hasPrefix("FCM:"), text.contains("DROP"), !text.contains("NON") {
            throw CutFault(
                "line \(number)", "counts drop-frame timecode, which no rate of ours has; export it as non-drop")
        }
        if text.hasPrefix("M2") {
            throw CutFault("line \(number)", "changes a clip's speed, which a cut of ours cannot; remove the effect")
        }
        guard text.first?.isNumber == true else { return }
        let words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        guard words.count >= 8 else { throw CutFault("line \(number)", "is no whole event: \"\(text.prefix(80))\"") }
        guard words[2].hasPrefix("V") || words[2].hasPrefix("B") else { return }  // Sound follows the picture.
        let times = words.suffix(4)
        guard times.count == 4 else { return }
        var codes: [Int] = []
        for word in times { codes.append(try timecode(word, number)) }
        let kind = words[3].uppercased()
        let statement = Statement(
            reel: words[1], kind: kind, frames: words.count > 8 ? Int(words[4]) ?? 0 : 0, source: (codes[0], codes[1]),
            record: (codes[2], codes[3]))
        guard statement.source.1 >= statement.source.0, statement.record.1 >= statement.record.0 else {
            throw CutFault("line \(number)", "ends before it begins")
        }
        if var open = pending, open.number == words[0], open.from == nil, open.to.kind == "C", kind != "C" {
            open.from = open.to
            open.to = statement
            pending = open
            return
        }
        try close()
        pending = Event(number: words[0], line: number, from: nil, to: statement)
    }

    private mutating func comment(_ text: Substring) {
        let words = text.dropFirst().drop(while: \.isWhitespace)
        for key in ["FROM CLIP NAME:", "TO CLIP NAME:", "SOURCE FILE:", "SNOWFLAKE SKIPPED:"] where words.hasPrefix(key)
        {
            let value = String(words.dropFirst(key.count).drop(while: \.isWhitespace)).trimmedEnd
            if key == "SNOWFLAKE SKIPPED:" {
                pending?.skipped = max(0, Int(value) ?? 0)
            } else {
                pending?.names[key] = value
            }
        }
    }

    mutating func finish() throws(CutFault) -> CutReader.Reading {
        try close()
        reading.cut.hasOpening = hasCard.contains("opening")
        reading.cut.hasClosing = hasCard.contains("closing")
        reading.cut.hasCredits = hasCard.contains("credits")
        return reading
    }

    private mutating func close() throws(CutFault) {
        guard let event = pending else { return }
        pending = nil
        let place = "event \(event.number) (line \(event.line))"
        let isBlack = event.to.reel.uppercased() == "BL"
        let length = event.to.record.1 - event.to.record.0
        if let reached, event.to.record.0 > reached {
            reading.notes.append("\(place): a hole of \(event.to.record.0 - reached) frames before it is closed")
        }
        reached = event.to.record.1
        let isFromBlack = event.from?.reel.uppercased() == "BL"
        if isBlack {
            guard !reading.cut.uses.isEmpty, event.from != nil, event.to.frames > 0 else { return }
            let last = reading.cut.uses.count - 1
            reading.cut.uses[last].frames += event.to.frames
            reading.cut.uses[last].after = .black(event.to.frames)
            if length > event.to.frames {
                reading.notes.append("\(place): \(length - event.to.frames) frames of black are closed")
            }
            return
        }
        let name = event.names[event.from == nil || isFromBlack ? "FROM CLIP NAME:" : "TO CLIP NAME:"]
        let candidates = [name, event.to.reel, event.names["SOURCE FILE:"]].compactMap(\.self)
        let card = candidates.first { CutReader.cards.contains($0.lowercased()) || $0.uppercased() == "OPENING" }
        guard let shot = candidates.lazy.compactMap(reader.shot).first else {
            if let card {
                hasCard.insert(card.lowercased())
            } else {
                throw CutFault(
                    place,
                    "uses reel \"\(event.to.reel.prefix(40))\"\(name.map { ", clip \"\($0.prefix(60))\"" } ?? ""), which is no shot of this film"
                )
            }
            return
        }
        guard length > 0, length <= Cut.framesLimit else {
            throw CutFault(place, "is \(length) frames long; 1 to \(Cut.framesLimit) can be taken")
        }
        if event.to.source.1 - event.to.source.0 != length {
            throw CutFault(
                place,
                "takes \(event.to.source.1 - event.to.source.0) frames for \(length): its speed is changed, which a cut of ours cannot"
            )
        }
        // Tapes begin at an hour; clips of ours at nothing.
        let start = event.to.source.0 % (3_600 * reader.fps.nominal)
        var use = Cut.Use(shot: shot, skip: event.skipped + start, frames: length)
        if event.from != nil, event.to.frames > 0 {
            if isFromBlack {
                use.fadeIn = event.to.frames
            } else if !reading.cut.uses.isEmpty {
                let last = reading.cut.uses.count - 1
                reading.cut.uses[last].frames += event.to.frames
                reading.cut.uses[last].after =
                    event.to.kind.hasPrefix("W") ? .wipe(event.to.frames) : .dissolve(event.to.frames)
            }
        }
        reading.cut.uses.append(use)
    }

    private func timecode(_ text: String, _ line: Int) throws(CutFault) -> Int {
        if text.contains(";") { throw CutFault("line \(line)", "counts drop-frame timecode; export it as non-drop") }
        let parts = text.split(separator: ":").compactMap { Int($0) }
        guard parts.count == 4, parts.allSatisfy({ $0 >= 0 }), parts[0] < 100, parts[1] < 60, parts[2] < 60,
            parts[3] < reader.fps.nominal
        else {
            throw CutFault("line \(line)", "\"\(text.prefix(20))\" is no timecode at \(reader.fps) frames a second")
        }
        return ((parts[0] * 60 + parts[1]) * 60 + parts[2]) * reader.fps.nominal + parts[3]
    }
}

extension String {
    fileprivate var trimmedEnd: String {
        var text = self
        while text.last?.isWhitespace == true { text.removeLast() }
        return text
    }
}
