package import Film
internal import Foundation
internal import Protocol

/// What stands before and after the scenes.
package struct TitleChoice: Sendable, Equatable {
    package var opening: Bool
    package var closing: Bool
    package var credits: Bool

    package init(opening: Bool = true, closing: Bool = true, credits: Bool = true) {
        self.opening = opening
        self.closing = closing
        self.credits = credits
    }
}

/// The credits that roll over black: who wrote, who is seen and heard, where it plays. Pure: what is drawn, and for how
/// many frames, follow from the words and the picture's height.
package struct CreditsRoll: Sendable, Equatable {
    package enum Line: Sendable, Equatable {
        case title(String)
        case heading(String)
        /// Two columns: a part, and who or what plays it.
        case pair(String, String)
        case name(String)
        case gap

        var fields: Field {
            switch self {
            case .title(let text): .map(["kind": "title", "left": .text(text), "right": ""])
            case .heading(let text): .map(["kind": "heading", "left": .text(text), "right": ""])
            case .pair(let left, let right): .map(["kind": "pair", "left": .text(left), "right": .text(right)])
            case .name(let text): .map(["kind": "name", "left": .text(text), "right": ""])
            case .gap: .map(["kind": "gap", "left": "", "right": ""])
            }
        }
    }

    package let lines: [Line]

    /// A voice as people know it, without what its files are called: `slt (festival)`.
    private static func voice(_ voice: VoiceMap.Voice) -> String {
        let known = voice.name.isEmpty ? String(voice.id.split(separator: "/").last ?? "") : voice.name
        let noise: Set<String> = ["voice", "cmu", "us", "arctic", "hts", "diphone", "clunits"]
        let words = known.split(separator: "_").map(String.init).filter { !noise.contains($0) }
        let name = words.isEmpty ? known : words.joined(separator: " ")
        return voice.provider.isEmpty ? name : "\(name) (\(voice.provider))"
    }

    /// The most lines that roll: a minute and a half of them, in a picture that can be drawn at once at any size.
    static let lineLimit = 85

    package init(_ film: FilmProject) {
        var lines: [Line] = [.title(film.title), .gap]
        if !film.author.isEmpty { lines += [.heading("written by"), .name(film.author), .gap] }
        var seen: Set<String> = []
        let cast = film.shots.flatMap { $0.people + $0.lines.map(\.speaker) }.filter { seen.insert($0).inserted }
        if !cast.isEmpty {
            lines.append(.heading("cast"))
            for key in cast {
                let name = film.bible.person(key)?.name ?? key.replacing("_", with: " ")
                let voice = film.voices.voices[key].map(Self.voice) ?? ""
                lines.append(voice.isEmpty ? .name(name) : .pair(name, voice))
            }
            lines.append(.gap)
        }
        let places = film.shots.map(\.setting).filter { seen.insert("place " + $0).inserted }
        if !places.isEmpty {
            lines.append(.heading("places"))
            for key in places {
                lines.append(
                    .name(
                        film.bible.locations.first { $0.key == key }?.name ?? key.replacing("_", with: " ").capitalized)
                )
            }
            lines.append(.gap)
        }
        lines.append(.heading("made with Snowflake"))
        self.lines = Array(lines.prefix(Self.lineLimit))
    }

    /// Frames in which the roll moves by a line, whatever the size.
    private static let framesPerLine = 16

    /// Pixels the roll moves with each frame: whole ones, so that it does not shiver.
    package static func step(_ height: Int) -> Int { max(1, (height + 128) / 256) }

    /// Pixels from one line to the next, in a picture of this height.
    package static func lineHeight(_ height: Int) -> Int { step(height) * framesPerLine }

    /// Frames until the last line has left over the top, a little more in small pictures.
    package var frames: Int { Self.framesPerLine * (lines.count + 18) }

    var fields: Field { .list(lines.map(\.fields)) }
}
