internal import Film

/// A scene heading taken apart: `INT. LOFT HOUSE - KITCHEN - NIGHT (FLASHBACK)`.
package struct Slugline: Sendable, Equatable {
    package enum Side: String, Sendable {
        case inside = "INT."
        case outside = "EXT."
        case both = "INT./EXT."
        case unsaid = ""
    }

    package var side: Side
    /// As written, parts joined by " - ": `LOFT HOUSE - KITCHEN`.
    package var place: String
    /// In capitals: `NIGHT`; empty when the heading does not say.
    package var time: String
    /// FLASHBACK, INTERCUT, STORM…: what stands in parentheses, in capitals.
    package var remarks: [String]

    package init(_ heading: String) {
        var text = Markup.plain(heading)
        (side, text) = Self.side(of: text)
        remarks = []
        text = Self.withoutParentheses(text, &remarks)
        var fields = Self.fields(of: text)
        time = ""
        while fields.count > 1, let last = fields.last {
            let upper = last.uppercased()
            if Self.isTime(upper) {
                // Of "NIGHT - CONTINUOUS" the time is the first, the rest says how it follows.
                if time.isEmpty || Self.follows.contains(time) { time = upper == "" ? time : upper } else { break }
                fields.removeLast()
            } else if Self.isRemark(upper) {
                remarks.append(upper)
                fields.removeLast()
            } else {
                break
            }
        }
        place = fields.joined(separator: " - ")
    }

    /// Whether the scene goes on where the one before it ended.
    package var isContinuous: Bool { Self.follows.contains(time) }

    private static func side(of text: String) -> (Side, String) {
        let head = text.prefix(9).uppercased()
        for (prefix, side) in [
            ("INT./EXT.", Side.both), ("EXT./INT.", .both), ("INT/EXT.", .both), ("EXT/INT.", .both),
            ("INT./EXT ", .both), ("EXT./INT ", .both), ("INT/EXT ", .both), ("EXT/INT ", .both), ("I/E.", .both),
            ("I/E ", .both), ("INT.", .inside), ("EXT.", .outside), ("EST.", .outside), ("INT ", .inside),
            ("EXT ", .outside), ("EST ", .outside), ("INT:", .inside), ("EXT:", .outside), ("INT-", .inside),
            ("EXT-", .outside),
        ] where head.hasPrefix(prefix) {
            return (side, String(text.dropFirst(prefix.count)).trimmingSpaces)
        }
        return (.unsaid, text)
    }

    private static func withoutParentheses(_ text: String, _ remarks: inout [String]) -> String {
        var out = ""
        var inside = ""
        var depth = 0
        for character in text {
            switch character {
            case "(": depth += 1
            case ")" where depth > 0:
                depth -= 1
                if depth == 0 {
                    remarks.append(inside.uppercased().trimmingSpacesInside)
                    inside = ""
                }
            default: if depth > 0 { inside.append(character) } else { out.append(character) }
            }
        }
        return (depth > 0 ? text.filter { $0 != "(" } : out).trimmingSpacesInside
    }

    /// Parts between dashes that stand between spaces, or double dashes, or a comma before a time of day.
    private static func fields(of text: String) -> [String] {
        var fields: [String] = []
        var words: [Substring] = []
        for word in text.split(separator: " ") {
            if ["-", "–", "—", "--"].contains(word) {
                fields.append(words.joined(separator: " "))
                words = []
            } else {
                words.append(word)
            }
        }
        fields.append(words.joined(separator: " "))
        fields = fields.filter { !$0.isEmpty }
        // KITCHEN, NIGHT
        if let last = fields.last, let comma = last.lastIndex(of: ",") {
            let tail = String(last[last.index(after: comma)...]).trimmingSpaces
            if isTime(tail.uppercased()) {
                fields[fields.count - 1] = String(last[..<comma]).trimmingSpaces
                fields.append(tail)
            }
        }
        return fields
    }

    /// Times that do not change the light.
    package static var followers: Set<String> { follows }
    static let follows: Set<String> = [
        "CONTINUOUS", "CONTINUOUS ACTION", "CONTINUED", "CONT'D", "CONT’D", "MOMENTS LATER", "SAME", "SAME TIME",
        "LATER", "SECONDS LATER", "MINUTES LATER", "A MOMENT LATER",
    ]
    private static let times: Set<String> = [
        "DAY", "NIGHT", "DAWN", "DUSK", "MORNING", "EVENING", "AFTERNOON", "NOON", "MIDNIGHT", "SUNRISE", "SUNSET",
        "TWILIGHT", "MAGIC HOUR", "GOLDEN HOUR", "MIDDAY", "DAYBREAK", "NIGHTFALL",
    ]

    /// `EARLY MORNING`, `THE NEXT NIGHT`, `THREE DAYS LATER`, `NIGHT 2`.
    static func isTime(_ upper: String) -> Bool {
        if follows.contains(upper) || times.contains(upper) { return true }
        let words = upper.split { $0 == " " || $0 == "/" || $0 == "-" }.map(String.init)
        guard let last = words.last, words.count <= 5 else { return false }
        if last == "LATER" || last == "EARLIER" { return true }
        let core = words.filter { !qualifiers.contains($0) && !$0.allSatisfy(\.isNumber) }
        return !core.isEmpty && core.allSatisfy { times.contains($0) }
    }

    private static let qualifiers: Set<String> = [
        "THE", "NEXT", "SAME", "EARLY", "LATE", "PRE", "THAT", "FOLLOWING", "PRESENT", "STORMY", "RAINY", "WINTER",
        "SUMMER", "ANOTHER", "FIRST", "LAST", "CONTINUOUS", "MAGIC", "GOLDEN", "HOUR", "INTO", "TO", "DAYS", "BEFORE",
    ]

    static func isRemark(_ upper: String) -> Bool {
        [
            "FLASHBACK", "INTERCUT", "DREAM", "FANTASY", "MONTAGE", "BACK TO", "PRESENT", "PAST", "ESTABLISHING",
            "TRAVELLING",
        ]
        .contains { upper == $0 || upper.hasPrefix($0 + " ") || upper.hasSuffix(" " + $0) }
    }
}

extension Slugline.Side {
    /// Two sides of one place seen together.
    package var isOutside: Bool { self == .outside }
}
