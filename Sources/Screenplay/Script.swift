package import Film

/// A screenplay, whatever it was written in: Fountain, Final Draft or `sp_step_*.json`.
///
/// Texts are *marked*: emphasis, notes and boneyards inside a paragraph stay as Fountain writes them, so that nothing is
/// lost between forms; ``Markup`` says what is left to be read, filmed and spoken.
package struct Script: Sendable, Equatable {
    /// The title page in its order. `Title`, `Author`, `Format`, `Genre` and `Logline` have a place in every form.
    package var titlePage: [TitleField] = []
    /// What stands before the first heading.
    package var opening: [Element] = []
    package var scenes: [Scene] = []
    /// Members of a `sp_step` file that we do not know, as they were.
    package var extras: [JSON.Member] = []

    package init() {}

    /// One entry of the title page: `Title: Last Ferry to Brill`.
    package struct TitleField: Sendable, Equatable {
        package var name: String
        package var lines: [String]

        package init(_ name: String, _ lines: [String]) {
            self.name = name
            self.lines = lines
        }
    }

    /// One paragraph.
    package struct Element: Sendable, Equatable {
        package var kind: Kind
        /// Marked; without the sign that forces its kind, without the parentheses of a parenthetical.
        package var text: String
        /// Of a cue: this speech stands beside the one before it.
        package var isDual = false
        /// Where it stands in the file it was read from, from 1; 0 when it was not read. No part of equality.
        package var line = 0

        package init(_ kind: Kind, _ text: String, isDual: Bool = false, line: Int = 0) {
            self.kind = kind
            self.text = text
            self.isDual = isDual
            self.line = line
        }

        package static func == (left: Element, right: Element) -> Bool {
            left.kind == right.kind && left.text == right.text && left.isDual == right.isDual
        }
    }

    package enum Kind: Sendable, Hashable {
        case action, character, dialogue, parenthetical, transition
        case lyrics, centered
        /// Depth from 1.
        case section(Int)
        case synopsis, note, boneyard, pageBreak
        /// A paragraph of a kind only its own form knows, such as Final Draft's "Shot"; filmed like action.
        case other(String)
    }

    /// A heading and what follows it.
    package struct Scene: Sendable, Equatable {
        /// From 1, each once.
        package var number: Int
        /// As printed beside the heading (`12A`); empty where nothing is printed.
        package var label = ""
        /// The whole heading: `INT. FERRY SALOON - CONTINUOUS`.
        package var heading: String
        /// Without the heading.
        package var elements: [Element] = []
        package var beat = ""
        /// "+", "-" or empty.
        package var emotionalStart = ""
        package var emotionalEnd = ""
        /// What older files have instead of the two.
        package var polarity = ""
        /// Who wants what from whom, who wins.
        package var conflict = ""
        /// How long it should play; nil when nobody said.
        package var seconds: Double?
        package var card: Int?
        /// `characters_present`, often incomplete.
        package var people: [String] = []
        package var extras: [JSON.Member] = []
        package var line = 0

        package init(number: Int, heading: String) {
            self.number = number
            self.heading = heading
        }

        package static func == (left: Scene, right: Scene) -> Bool {
            var other = right
            other.line = left.line
            return left.isSame(as: other)
        }

        private func isSame(as other: Scene) -> Bool {
            number == other.number && label == other.label && heading == other.heading && elements == other.elements
                && beat == other.beat && emotionalStart == other.emotionalStart && emotionalEnd == other.emotionalEnd
                && polarity == other.polarity && conflict == other.conflict && seconds == other.seconds
                && card == other.card && people == other.people && extras == other.extras
        }
    }
}

extension Script {
    package var title: String { field("title") }
    package var author: String { field("author").isEmpty ? field("authors") : field("author") }
    package var genre: String { field("genre") }
    package var logline: String { field("logline") }
    /// One of ``formats``; empty when nobody said.
    package var format: String { field("format") }

    /// Lengths of film there are (`formats.md` 3.9).
    package static let formats = ["tiktok", "reel", "youtube", "short_film", "feature", "series_ep"]

    /// A title field's lines as one; empty when there is none.
    package func field(_ name: String) -> String {
        titlePage.first { $0.name.lowercased() == name }?.lines.map { Markup.plain($0) }.joined(separator: " ")
            .trimmingSpaces ?? ""
    }

    package mutating func set(_ name: String, _ text: String) {
        let lines = text.isEmpty ? [] : [text]
        if let index = titlePage.firstIndex(where: { $0.name.lowercased() == name.lowercased() }) {
            if lines.isEmpty { titlePage.remove(at: index) } else { titlePage[index].lines = lines }
        } else if !lines.isEmpty {
            titlePage.append(TitleField(name, lines))
        }
    }
}

/// Something in a screenplay that is wrong or worth knowing, and where.
package struct ScriptFault: Error, Sendable, Equatable, CustomStringConvertible {
    package let weight: ProjectFault.Weight
    /// Both from 1; 0 when it is about the whole text.
    package let line: Int
    package let column: Int
    package let message: String

    package init(_ weight: ProjectFault.Weight = .error, line: Int = 0, column: Int = 0, _ message: String) {
        self.weight = weight
        self.line = line
        self.column = column
        self.message = message
    }

    /// An error about the whole text.
    package init(_ message: String) { self.init(.error, line: 0, column: 0, message) }

    package var description: String {
        line == 0 ? message : "line \(line)\(column > 0 ? ", column \(column)" : ""): \(message)"
    }
}

/// What reading a screenplay gives: nil where nothing can be made of it, and everything found on the way.
package struct ScriptReading: Sendable, Equatable {
    package var script: Script?
    package var faults: [ScriptFault]

    package init(script: Script?, faults: [ScriptFault]) {
        self.script = script
        self.faults = faults
    }
}
