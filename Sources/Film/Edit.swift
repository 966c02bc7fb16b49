package import Protocol

/// A film as editors' programs know it: clips on a track, what is between them, the sounds, the chapters. Pure; made from
/// a plan, written as OpenTimelineIO, EDL, FCPXML or tables.
package struct Edit: Sendable, Equatable {
    package var title: String
    package var fps: FrameRate
    package var width: Int
    package var height: Int
    package var events: [Event] = []
    /// Everything that is heard by itself, in order of time.
    package var sounds: [Sound] = []
    package var chapters: [Mark] = []
    /// The film's length in frames.
    package var frames: Int

    package init(title: String, fps: FrameRate, width: Int, height: Int, frames: Int) {
        self.title = title
        self.fps = fps
        self.width = width
        self.height = height
        self.frames = frames
    }

    /// How a clip begins or ends.
    package enum Passage: Sendable, Equatable {
        case cut
        /// Over so many frames that both clips share.
        case dissolve(Int), wipe(Int)
        /// From or to black, over so many of the clip's own frames.
        case black(Int)

        /// Frames both clips have.
        package var shared: Int {
            switch self {
            case .dissolve(let frames), .wipe(let frames): frames
            case .cut, .black: 0
            }
        }
    }

    /// One clip on the picture track.
    package struct Event: Sendable, Equatable {
        /// `s001_003`; `s001_003-2` where a shot is used a second time; `opening`, `closing`, `credits` for cards.
        package var name: String
        /// Empty for cards.
        package var shot: String
        package var scene: Int
        /// Film frame of its first frame, shared ones included.
        package var start: Int
        package var frames: Int
        package var before: Passage = .cut
        package var after: Passage = .cut
        /// Frames of the shot's own material left out in front, by the project's cut.
        package var skipped = 0
        /// What can be shown, and which of it is; empty for what was never made.
        package var media: [Media] = []
        package var active = ""
        package var note = Note()

        package init(name: String, shot: String, scene: Int, start: Int, frames: Int) {
            self.name = name
            self.shot = shot
            self.scene = scene
            self.start = start
            self.frames = frames
        }

        package var end: Int { start + frames }
        package var isCard: Bool { shot.isEmpty }
    }

    /// A file that shows the shot, or one that could.
    package struct Media: Sendable, Equatable {
        /// Unique in its clip: `clip`, `take_0`…
        package var key: String
        /// Relative to the project; `nil` when the file is not here.
        package var path: String?
        /// Frames of the whole file, and the one the clip begins with.
        package var available: Int
        package var first: Int
        package var backend: String
        package var model: String
        package var digest: String
        package var costMicroUSD: Int64

        package init(
            key: String, path: String?, available: Int, first: Int, backend: String = "", model: String = "",
            digest: String = "", costMicroUSD: Int64 = 0
        ) {
            self.key = key
            self.path = path
            self.available = available
            self.first = first
            self.backend = backend
            self.model = model
            self.digest = digest
            self.costMicroUSD = costMicroUSD
        }
    }

    /// What the shot list says of the shot.
    package struct Note: Sendable, Equatable {
        package var slugline = ""
        package var content = ""
        package var prompt = ""
        package var type = ""
        package var movement = ""
        package var lensMM = 0
        package var people: [String] = []
        package var lines: [String] = []
        package var key = ""
        package var basis = ""

        package init() {}
    }

    /// A sound of its own on the timeline, in frames.
    package struct Sound: Sendable, Equatable {
        package enum Role: String, Sendable { case dialogue, effects, music }

        package var name: String
        package var role: Role
        package var path: String
        package var start: Int
        package var frames: Int
        package var shot: String

        package init(name: String, role: Role, path: String, start: Int, frames: Int, shot: String) {
            self.name = name
            self.role = role
            self.path = path
            self.start = start
            self.frames = frames
            self.shot = shot
        }
    }

    package struct Mark: Sendable, Equatable {
        package var at: Int
        package var title: String

        package init(at: Int, title: String) {
            self.at = at
            self.title = title
        }
    }

    /// Non-drop timecode of a film frame, from an hour as is the custom of tapes.
    package func timecode(_ frame: Int, hour: Int = 1) -> String {
        Self.timecode(frame + hour * 3_600 * fps.nominal, fps)
    }

    static func timecode(_ frame: Int, _ fps: FrameRate) -> String {
        let each = fps.nominal
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let seconds = frame / each
        return "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)):\(two(frame % each))"
    }
}

extension Edit {
    /// One row for each shot of the film, with a head line.
    package var csv: String {
        var text =
            "shot,scene,slugline,start,end,frames,seconds,before,after,type,movement,lens_mm,people,lines,prompt,backend,"
            + "model,cost_usd,file\n"
        for event in events where !event.isCard {
            let media = event.media.first { $0.key == event.active }
            let paid = event.media.first { $0.costMicroUSD > 0 } ?? media
            let cells = [
                event.name, "\(event.scene)", event.note.slugline, timecode(event.start), timecode(event.end),
                "\(event.frames)", Self.decimal(fps.milliseconds(event.frames), 3), Self.word(event.before),
                Self.word(event.after), event.note.type, event.note.movement, "\(event.note.lensMM)",
                event.note.people.joined(separator: "; "), event.note.lines.joined(separator: " / "), event.note.prompt,
                paid?.backend ?? "", paid?.model ?? "", Self.decimal(Int(clamping: paid?.costMicroUSD ?? 0), 6),
                media?.path ?? "",
            ]
            text += cells.map(Self.cell).joined(separator: ",") + "\n"
        }
        return text
    }

    /// As video sites read them: a time and a title a line.
    package var chapterList: String {
        chapters.map { mark in
            let seconds = fps.milliseconds(mark.at) / 1_000
            func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
            let title = mark.title.split(whereSeparator: \.isNewline).joined(separator: " ")
            return "\(two(seconds / 3_600)):\(two(seconds / 60 % 60)):\(two(seconds % 60)) \(title)\n"
        }.joined()
    }

    static func word(_ passage: Passage) -> String {
        switch passage {
        case .cut: "cut"
        case .dissolve(let frames): "dissolve \(frames)"
        case .wipe(let frames): "wipe \(frames)"
        case .black(let frames): "black \(frames)"
        }
    }

    /// A cell that spreadsheets read as text: quoted where it must be, never a formula.
    private static func cell(_ text: String) -> String {
        var text = text.replacing("\r", with: " ").replacing("\n", with: " ").replacing("\0", with: "")
        if let first = text.first, "=+-@\t".contains(first), Double(text) == nil { text = "'" + text }
        guard text.contains(where: { ",\"".contains($0) }) else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    static func decimal(_ scaled: Int, _ places: Int) -> String {
        let unit = (0..<places).reduce(1) { unit, _ in unit * 10 }
        let fraction = String(scaled.magnitude % UInt(unit))
        return (scaled < 0 ? "-" : "") + "\(scaled.magnitude / UInt(unit))."
            + String(repeating: "0", count: places - fraction.count) + fraction
    }
}
