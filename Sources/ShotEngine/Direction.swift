internal import Film

/// What a writer asks of the camera: INSERT, CLOSE ON, POV…
struct Direction {
    var type: ShotType?
    var isInsert = false
    /// Only says that places alternate; nothing to show.
    var isIntercut = false

    init(_ paragraph: Paragraph) {
        guard let first = paragraph.tokens.first, first.isCaps else { return }
        let head = paragraph.tokens.prefix(4).map(\.lower)
        switch first.lower {
        case "insert": (type, isInsert) = (.insert, true)
        case "intercut": isIntercut = paragraph.tokens.count <= 10
        case "ecu": type = .extremeCloseUp
        case "cu": type = .closeUp
        case "aerial": type = .extremeWide
        case "pov": type = .pov
        case "wide": type = .wide
        case "close" where head.dropFirst().first == "on" || head.dropFirst().first == "up": type = .closeUp
        case "extreme" where head.dropFirst().first == "close": type = .extremeCloseUp
        default:
            let caps = paragraph.tokens.prefix(3).filter(\.isCaps).map(\.lower)
            if caps.contains("pov") { type = .pov }
        }
    }

    /// Where the eye is led by the words: up a tower, down into a pit, around a circle.
    static func camera(_ paragraph: Paragraph, _ sentences: Range<Int>) -> Draft.Direction? {
        for sentence in sentences {
            for index in paragraph.sentences[sentence] {
                let token = paragraph.tokens[index]
                guard !token.isQuoted else { continue }
                if let direction = table[token.base],
                    token.classes.contains(.verbThird) || token.classes.contains(.verbIng)
                        || token.classes.isDisjoint(with: [.verbBase])
                {
                    return direction
                }
            }
        }
        return nil
    }

    private static let table: [String: Draft.Direction] = [
        "climb": .up, "rise": .up, "ascend": .up, "soar": .up, "tower": .up, "loom": .up, "lift": .up, "skyward": .up,
        "fall": .down, "drop": .down, "sink": .down, "descend": .down, "plunge": .down, "collapse": .down,
        "topple": .down,
        "kneel": .down, "circle": .around, "dance": .around, "spin": .around, "surround": .around, "embrace": .around,
        "kiss": .around, "leave": .away, "exit": .away, "retreat": .away, "vanish": .away, "disappear": .away,
        "recede": .away, "approach": .toward, "advance": .toward, "pass": .across, "cross": .across, "scan": .across,
    ]
}
