/// Spoken lines as captions: at most two lines of 42 characters, each long enough to be read, none over another.
///
/// A line's time comes from the sound itself. Where the speech service told when each word is said, words decide; where
/// it did not, a caption's share of the time is its share of the characters.
package struct Captions: Sendable, Equatable {
    /// One spoken line on the film's timeline, in samples at 48 kHz.
    package struct Line: Sendable, Equatable {
        package var text: String
        package var speaker: String
        package var start: Int
        package var samples: Int
        /// When each word begins, from the line's own start; empty when nobody told.
        package var words: [Word]

        package init(text: String, speaker: String, start: Int, samples: Int, words: [Word] = []) {
            self.text = text
            self.speaker = speaker
            self.start = start
            self.samples = samples
            self.words = words
        }
    }

    package struct Word: Sendable, Equatable {
        package var text: String
        package var start: Int

        package init(text: String, start: Int) {
            self.text = text
            self.start = start
        }
    }

    /// What is on the screen from one moment to another, in milliseconds.
    package struct Cue: Sendable, Equatable {
        package var from: Int
        package var to: Int
        package var lines: [String]
        package var speaker: String

        package init(from: Int, to: Int, lines: [String], speaker: String) {
            self.from = from
            self.to = to
            self.lines = lines
            self.speaker = speaker
        }

        package var text: String { lines.joined(separator: "\n") }
        /// Characters a second.
        package var pace: Double { Double(lines.reduce(0) { $0 + $1.count }) * 1_000 / Double(max(1, to - from)) }
    }

    package let cues: [Cue]
    /// Captions that cannot be read in their time, for people.
    package let notes: [String]

    package static let lineLimit = 42
    /// The fastest pace most people read at.
    package static let paceLimit = 20.0
    /// A caption stays at least so long where the next one leaves room, in milliseconds.
    static let least = 1_000
    /// Between two captions.
    static let gap = 80

    package init(_ lines: [Line]) {
        var cues: [Cue] = []
        for line in lines.sorted(by: { ($0.start, $0.text) < ($1.start, $1.text) }) where line.samples > 0 {
            cues += Self.cues(of: line)
        }
        cues.sort { ($0.from, $0.to) < ($1.from, $1.to) }
        for index in cues.indices {
            let next = index + 1 < cues.count ? cues[index + 1].from : Int.max
            let wanted = max(
                cues[index].to, cues[index].from + Self.least,
                cues[index].from + Int(Double(cues[index].lines.reduce(0) { $0 + $1.count }) * 1_000 / Self.paceLimit))
            // What cannot wait for its reader ends where the next begins, and is told.
            let limit = next == Int.max ? wanted : max(cues[index].from + 1, next - Self.gap)
            cues[index].to = min(max(wanted, cues[index].to), limit)
        }
        self.cues = cues
        notes = cues.filter { $0.pace > Self.paceLimit + 5 }.map {
            "\"\($0.lines.joined(separator: " ").prefix(40))\" is read at \(Int($0.pace)) characters a second"
        }
    }

    /// A line's captions, each with its share of the line's time.
    private static func cues(of line: Line) -> [Cue] {
        let blocks = blocks(of: line.text)
        let total = blocks.reduce(0) { $0 + $1.reduce(0) { $0 + $1.count } }
        guard total > 0 else { return [] }
        var cues: [Cue] = []
        var (characters, words) = (0, 0)
        for block in blocks {
            let start = offset(words, characters, of: total, line)
            characters += block.reduce(0) { $0 + $1.count }
            words += block.reduce(0) { $0 + $1.split(separator: " ").count }
            let end = offset(words, characters, of: total, line)
            cues.append(
                Cue(
                    from: (line.start + start) / 48, to: max((line.start + end) / 48, (line.start + start) / 48 + 1),
                    lines: block, speaker: line.speaker))
        }
        return cues
    }

    private static func offset(_ words: Int, _ characters: Int, of total: Int, _ line: Line) -> Int {
        if characters == total { return line.samples }
        // Timed words that are not the text's own words are not believed.
        let isTimed = line.words.count == line.text.split(whereSeparator: \.isWhitespace).count
        if isTimed, line.words.indices.contains(words) { return min(max(0, line.words[words].start), line.samples) }
        return line.samples * characters / total
    }

    /// Text in blocks of at most two lines, broken after sentences and commas where it can be, lines of even length.
    static func blocks(of text: String) -> [[String]] {
        var blocks: [[String]] = []
        var current: [Substring] = []
        func length(_ words: [Substring]) -> Int { words.reduce(max(0, words.count - 1)) { $0 + $1.count } }
        func close() {
            if !current.isEmpty { blocks.append(balanced(current)) }
            current = []
        }
        for word in text.split(whereSeparator: \.isWhitespace).flatMap(pieces) {
            if length(current + [word]) > 2 * lineLimit || !fits(current + [word]) { close() }
            current.append(word)
            let endsSentence = ".!?…。！？".contains(word.last ?? " ")
            if endsSentence, length(current) > lineLimit { close() }
        }
        close()
        return blocks
    }

    /// A word longer than a line (a script without spaces, an address) is cut.
    private static func pieces(_ word: Substring) -> [Substring] {
        var pieces: [Substring] = []
        var rest = word
        while rest.count > lineLimit {
            pieces.append(rest.prefix(lineLimit))
            rest = rest.dropFirst(lineLimit)
        }
        return pieces + [rest]
    }

    /// Whether words fill two lines at most.
    private static func fits(_ words: [Substring]) -> Bool {
        var (lines, length) = (1, 0)
        for word in words {
            if length > 0, length + 1 + word.count > lineLimit {
                lines += 1
                length = 0
            }
            length += (length > 0 ? 1 : 0) + word.count
        }
        return lines <= 2
    }

    /// One line where it fits, else the two of most even length.
    private static func balanced(_ words: [Substring]) -> [String] {
        let whole = words.joined(separator: " ")
        guard whole.count > lineLimit else { return [whole] }
        let splits = (1..<max(2, words.count)).map { cut in
            (words[..<cut].joined(separator: " "), words[cut...].joined(separator: " "))
        }
        let best = splits.filter { $0.0.count <= lineLimit && $0.1.count <= lineLimit }
            .min { abs($0.0.count - $0.1.count) < abs($1.0.count - $1.1.count) }
        return best.map { [$0.0, $0.1] } ?? [whole]
    }
}

extension Captions {
    /// SubRip.
    package var srt: String {
        var text = ""
        for (index, cue) in cues.enumerated() {
            text += "\(index + 1)\n\(Self.time(cue.from, ",")) --> \(Self.time(cue.to, ","))\n\(cue.text)\n\n"
        }
        return text
    }

    /// WebVTT, with who speaks.
    /// - Parameter name: of a speaker's key.
    package func vtt(name: (String) -> String) -> String {
        var text = "WEBVTT\n\n"
        for (index, cue) in cues.enumerated() {
            let speaker = name(cue.speaker).filter { !$0.isNewline && $0 != ">" }
            let voice = speaker.isEmpty ? "" : "<v \(Self.escaped(speaker))>"
            text += "\(index + 1)\n\(Self.time(cue.from, ".")) --> \(Self.time(cue.to, "."))\n"
            text += voice + Self.escaped(cue.text) + "\n\n"
        }
        return text
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
    }

    private static func time(_ milliseconds: Int, _ point: String) -> String {
        func padded(_ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        return "\(padded(milliseconds / 3_600_000, 2)):\(padded(milliseconds / 60_000 % 60, 2)):"
            + "\(padded(milliseconds / 1_000 % 60, 2))\(point)\(padded(milliseconds % 1_000, 3))"
    }
}
