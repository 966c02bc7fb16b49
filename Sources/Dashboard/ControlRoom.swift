package import Foundation
package import Protocol

/// The control room: what a viewer knows, where they look, and what they are doing. Pure: keys and news come in, a screen and
/// commands come out.
package struct ControlRoom: Sendable {
    package var width: Int
    package var height: Int
    package var glyphs: Glyphs
    /// An operator's token; a viewer's keys look and never act.
    package let mayAct: Bool
    package internal(set) var model = LiveModel()
    /// What is shown while the screen is held still.
    var frozen: LiveModel?
    package internal(set) var view = ViewKind.overview
    /// The job that is looked at; empty for the newest.
    var chosenJob = ""
    var lists: [ViewKind: ListState] = [:]
    var film = FilmState()
    var overlay: Overlay?
    var prompt: Prompt?
    var note: Note?
    /// This machine's clock, in milliseconds.
    var now: Int64 = 0
    /// When the coordinator was heard last, by this machine's clock; `nil` before the first time.
    var heardAt: Int64?
    var trouble = ""
    package var picture: Picture?

    /// Without a word for so long the data is old, and shown as such.
    static let staleAfter: Int64 = 5_000
    package static let smallest = (width: 60, height: 16)

    struct Note: Sendable {
        var text: String
        var style: Style
        var until: Int64
    }

    package init(width: Int, height: Int, glyphs: Glyphs = .unicode, mayAct: Bool = true) {
        self.width = width
        self.height = height
        self.glyphs = glyphs
        self.mayAct = mayAct
        for view in ViewKind.allCases {
            guard let table = ListTable.of(view) else { continue }
            lists[view] = ListState(sort: table.usualSort, isDescending: table.isDescending)
        }
    }

    /// What happened outside.
    package enum Event: Sendable {
        case key(Key)
        case resized(width: Int, height: Int)
        case news(WatchAnswer)
        case tick(Int64)
        case lost(String)
        /// Text somebody asked for: reasons, log lines.
        case answered(Question, lines: [String], last: UInt64)
        /// What came of an act.
        case told(String, isGood: Bool)
    }

    /// What a text overlay was asked for.
    package enum Question: Sendable, Equatable {
        case why(subject: String, job: String)
        case logs(subject: String)
        /// Takes of a shot or an asset, of the project's folder.
        case takes(subject: String)
    }

    /// What must be done outside.
    package enum Command: Sendable, Equatable {
        case quit, suspend, redraw
        case copy(String)
        case ask(Question, after: UInt64)
        case act(Order)
        /// What was known does not fit what came: begin anew.
        case resync
    }

    /// An act, as the coordinator takes it.
    package struct Order: Sendable, Equatable {
        package var verb: String
        package var subject = ""
        package var job = ""
        package var value: Int64 = 0
        package var text = ""

        package init(_ verb: String, subject: String = "", job: String = "", value: Int64 = 0, text: String = "") {
            self.verb = verb
            self.subject = subject
            self.job = job
            self.value = value
            self.text = text
        }
    }

    package mutating func handle(_ event: Event) -> [Command] {
        switch event {
        case .resized(let width, let height):
            (self.width, self.height) = (width, height)
            return [.redraw]
        case .news(let answer):
            heardAt = now
            trouble = ""
            let isGood = model.take(answer)
            return isGood ? [] : [.resync]
        case .tick(let now):
            self.now = now
            if let note, note.until < now { self.note = nil }
            return following()
        case .lost(let words):
            trouble = words
            return []
        case .answered(let question, let lines, let last):
            take(question, lines, last)
            return []
        case .told(let text, let isGood):
            say(text, isGood ? .good : .bad)
            return []
        case .key(let key): return handle(key)
        }
    }

    mutating func say(_ text: String, _ style: Style = .warn) {
        note = Note(text: text, style: style, until: now + 6_000)
    }

    /// What is shown: the newest, or what was there when the screen was held.
    package var shown: LiveModel { frozen ?? model }

    /// Age of the data, in milliseconds; `nil` while it is fresh.
    package var staleness: Int64? {
        guard let heardAt else { return trouble.isEmpty ? nil : now }
        let age = now - heardAt
        return age > Self.staleAfter ? age : nil
    }

    /// The job that is looked at.
    package var job: LiveJob? {
        let model = shown
        return model.jobs[chosenJob] ?? model.orderedJobs.first
    }

    // MARK: text overlays

    private mutating func take(_ question: Question, _ lines: [String], _ last: UInt64) {
        guard var text = overlay?.text, text.question == question else { return }
        switch question {
        case .why, .takes: text.lines = lines
        case .logs:
            text.isLoaded = true
            text.lines += lines
            text.last = max(text.last, last)
            if text.lines.count > 5_000 { text.lines.removeFirst(text.lines.count - 5_000) }
        }
        overlay = .text(text)
    }

    /// Logs go on while they are open.
    private func following() -> [Command] {
        guard case .text(let text)? = overlay, case .logs? = text.question, text.isLoaded, let question = text.question
        else { return [] }
        return [.ask(question, after: text.last)]
    }
}

/// Signs of the screen, for terminals with and without Unicode.
package struct Glyphs: Sendable, Equatable {
    package let full: String
    package let empty: String
    package let line: String
    package let bar: String
    package let mark: String
    package let more: String
    package let up: String
    package let down: String
    package let cursor: String

    package static let unicode = Glyphs(
        full: "█", empty: "░", line: "─", bar: "│", mark: "●", more: "…", up: "▲", down: "▼", cursor: "▸")
    package static let ascii = Glyphs(
        full: "#", empty: ".", line: "-", bar: "|", mark: "*", more: "~", up: "^", down: "v", cursor: ">")
}

/// A picture as cells: the frame of a shot in coloured half blocks.
package struct Picture: Sendable, Equatable {
    /// The blob it was made from.
    package let digest: Data
    package let width: Int
    package let height: Int
    package let cells: [Cell]

    package init(digest: Data, width: Int, height: Int, cells: [Cell]) {
        self.digest = digest
        self.width = width
        self.height = height
        self.cells = cells
    }
}

/// Where a list stands. What is selected is a row, not a place: it stays selected wherever it goes.
struct ListState: Sendable {
    var selected: String?
    /// The row that is shown as selected where none was chosen: what a key acts on is what was seen.
    var seen: String?
    var offset = 0
    var sort: Int
    var isDescending: Bool
    var filter = ""
    var marks: Set<String> = []
    /// The rows in order, and what they were worked out from.
    var cache: (stamp: Stamp, ids: [String])?

    struct Stamp: Equatable, Sendable {
        var version: UInt64
        var job: String
        var filter: String
        var sort: Int
        var isDescending: Bool
    }

    init(sort: Int, isDescending: Bool) {
        self.sort = sort
        self.isDescending = isDescending
    }
}

struct FilmState: Sendable {
    /// A shot's name; `nil` follows the newest finished one.
    var cursor: String?
    var search = ""
    var offset = 0
    /// Where shots were drawn last: for the mouse and for moving up and down.
    var places: [(name: String, x: Int, y: Int, width: Int)] = []
}

/// Something over the screen.
enum Overlay: Sendable {
    case help(offset: Int)
    case text(TextPane)
    case confirm(Confirmation)

    var text: TextPane? { if case .text(let pane) = self { pane } else { nil } }
}

struct TextPane: Sendable {
    var title: String
    var lines: [String]
    var offset = 0
    /// Keeps to the end while lines come.
    var isFollowing = false
    var isLoaded = false
    var question: ControlRoom.Question?
    var last: UInt64 = 0
}

/// A destructive act is asked once, with what it costs.
struct Confirmation: Sendable {
    var title: String
    var effects: [String]
    var orders: [ControlRoom.Order]
}

/// A line that is being typed.
struct Prompt: Sendable {
    enum Purpose: Sendable, Equatable {
        case command, filter, find
        case cap(job: String)
        case reject(subjects: [String], job: String)
        case redo(subjects: [String], job: String)
    }

    var purpose: Purpose
    var label: String
    var text = ""
}
