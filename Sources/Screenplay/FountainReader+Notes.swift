internal import Film

/// What stands in notes under a heading belongs to the scene (`[[beat: Midpoint]] [[emotion: + -> -]] [[duration: 150]]
/// [[card: 3]]`), the synopsis there is its conflict.
extension FountainReader {
    mutating func finish() {
        for index in script.scenes.indices { script.scenes[index].takeNotes() }
        numberScenes()
        if !script.scenes.isEmpty || !hasText { return }
        faults.append(
            ScriptFault(
                .warning, line: 1, column: 1,
                "there is no scene heading; write one such as INT. KITCHEN - DAY above each scene"))
    }

    /// Labels are the numbers where they all are numbers, each once and rising.
    private mutating func numberScenes() {
        let numbers = script.scenes.map { Int($0.label) ?? 0 }
        guard numbers.allSatisfy({ (1...9_999).contains($0) }),
            zip(numbers, numbers.dropFirst()).allSatisfy({ $0 < $1 })
        else { return }
        for (index, number) in numbers.enumerated() { script.scenes[index].number = number }
    }
}

extension Script.Scene {
    /// Names of the notes that say what a scene is.
    static let noteNames = ["beat", "emotion", "polarity", "duration", "card", "people"]

    mutating func takeNotes() {
        var rest: [Script.Element] = []
        var isHead = true
        for element in elements {
            switch element.kind {
            case .note where isHead && take(note: element.text): continue
            case .synopsis where isHead && conflict.isEmpty && !element.text.isEmpty:
                conflict = element.text
                continue
            case .note, .synopsis, .boneyard: break
            default: isHead = false
            }
            rest.append(element)
        }
        elements = rest
    }

    /// Whether the note was one of ours.
    mutating func take(note: String) -> Bool {
        guard let colon = note.firstIndex(of: ":"), !note.contains("\n") else { return false }
        let name = note[..<colon].lowercased().trimmingSpaces
        let value = String(note[note.index(after: colon)...]).trimmingSpaces
        guard !value.isEmpty else { return false }
        switch name {
        case "beat" where beat.isEmpty: beat = value
        case "emotion" where emotionalStart.isEmpty:
            let signs = value.filter { $0 == "+" || $0 == "-" || $0 == "−" }.map { $0 == "+" ? "+" : "-" }
            // The arrow's own stroke is a minus sign.
            let cleaned = value.replacing("->", with: " ").filter { $0 == "+" || $0 == "-" || $0 == "−" }
            guard signs.count >= 2, cleaned.count == 2 else { return false }
            emotionalStart = cleaned.first == "+" ? "+" : "-"
            emotionalEnd = cleaned.last == "+" ? "+" : "-"
        case "polarity" where polarity.isEmpty && ["+", "-"].contains(value): polarity = value
        case "duration" where seconds == nil:
            guard let length = Self.seconds(value) else { return false }
            seconds = length
        case "card" where card == nil:
            guard let number = Int(value) else { return false }
            card = number
        case "people" where people.isEmpty:
            people = value.split(separator: ",").map { String($0).trimmingSpaces }.filter { !$0.isEmpty }
        default: return false
        }
        return true
    }

    /// `150`, `150 s`, `2:30`.
    private static func seconds(_ text: String) -> Double? {
        let parts = text.split(separator: ":")
        if parts.count == 2, let minutes = Int(parts[0]), let seconds = Int(parts[1]), minutes >= 0, seconds >= 0 {
            return Double(min(minutes, 10_000) * 60 + min(seconds, 10_000))
        }
        guard let number = Double(text.prefix { $0.isNumber || $0 == "." }), number > 0, number < 86_400,
            text.drop(while: { $0.isNumber || $0 == "." || $0 == " " }).allSatisfy({ "seconds".contains($0) })
        else { return nil }
        return number
    }

    /// The notes that say what the scene is, as Fountain writes them.
    var notes: [String] {
        var notes: [String] = []
        func add(_ name: String, _ text: String) {
            let line = text.replacing("\n", with: " ").replacing("]]", with: "] ]").trimmingSpaces
            if !line.isEmpty { notes.append("\(name): \(line)") }
        }
        add("beat", beat)
        if !emotionalStart.isEmpty, !emotionalEnd.isEmpty { add("emotion", "\(emotionalStart) -> \(emotionalEnd)") }
        add("polarity", polarity)
        add("duration", seconds.map(Self.plain) ?? "")
        add("card", card.map(String.init) ?? "")
        add("people", people.joined(separator: ", "))
        return notes
    }

    /// 150 and 2.5, without a needless ".0".
    static func plain(_ seconds: Double) -> String {
        seconds == seconds.rounded() && abs(seconds) < 1e9 ? String(Int(seconds)) : String(seconds)
    }
}
