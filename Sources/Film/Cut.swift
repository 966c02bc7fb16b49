package import Protocol

/// `cut.json`: the film in another order and with other lengths than the shot list has, as somebody edited it. Frames are
/// counted at its own rate.
///
///     {"version": 1, "rate": "24", "opening": true, "closing": true, "credits": false,
///      "uses": [{"shot": "s001_003", "skip": 0, "frames": 97, "fade_in": 0, "after": "dissolve 12"}, …]}
package struct Cut: Sendable, Equatable {
    package static let file = "cut.json"

    /// One stretch of one shot.
    package struct Use: Sendable, Equatable {
        package var shot: String
        /// Frames of the shot left out in front.
        package var skip: Int
        /// Shared ones included.
        package var frames: Int
        package var fadeIn: Int
        package var after: Edit.Passage

        package init(shot: String, skip: Int = 0, frames: Int, fadeIn: Int = 0, after: Edit.Passage = .cut) {
            self.shot = shot
            self.skip = skip
            self.frames = frames
            self.fadeIn = fadeIn
            self.after = after
        }
    }

    package var fps: FrameRate
    package var uses: [Use]
    package var hasOpening = true
    package var hasClosing = true
    package var hasCredits = true

    package init(fps: FrameRate, uses: [Use]) {
        self.fps = fps
        self.uses = uses
    }

    /// The most uses a cut may have, and the most frames of one.
    static let usesLimit = 50_000
    static let framesLimit = 100_000

    init?(_ root: FieldReader, shots: Set<String>) {
        guard let fps = FrameRate(root.text("rate", default: "24")) else {
            root.fault(
                "rate",
                "is \"\(root.text("rate"))\"; rates are \(FrameRate.offered.map(\.description).joined(separator: ", "))"
            )
            return nil
        }
        self.init(fps: fps, uses: [])
        if root.json["opening"] != nil { hasOpening = root.flag("opening") }
        if root.json["closing"] != nil { hasClosing = root.flag("closing") }
        if root.json["credits"] != nil { hasCredits = root.flag("credits") }
        let entries = root.objects("uses")
        guard entries.count <= Self.usesLimit else {
            root.fault("uses", "holds \(entries.count) entries; at most \(Self.usesLimit) are taken")
            return nil
        }
        for entry in entries {
            let shot = entry.text("shot")
            guard shots.contains(shot) else {
                entry.fault("shot", "is \"\(shot.prefix(80))\", which is no shot of the list")
                continue
            }
            guard let frames = entry.integer("frames", default: nil, in: 1...Self.framesLimit) else { continue }
            let after = entry.text("after", default: "cut")
            guard let passage = Self.passage(after) else {
                entry.fault("after", "is \"\(after.prefix(40))\"; write cut, dissolve 12, wipe 12 or black 24")
                continue
            }
            uses.append(
                Use(
                    shot: shot, skip: entry.integer("skip", default: 0, in: 0...Self.framesLimit) ?? 0, frames: frames,
                    fadeIn: entry.integer("fade_in", default: 0, in: 0...Self.framesLimit) ?? 0, after: passage))
        }
        if uses.isEmpty { root.fault("uses", "holds no shot; remove the file to go back to the shot list's own order") }
    }

    static func passage(_ text: String) -> Edit.Passage? {
        let words = text.split(separator: " ").map(String.init)
        if words == ["cut"] { return .cut }
        guard words.count == 2, let frames = Int(words[1]), (1...10_000).contains(frames) else { return nil }
        switch words[0] {
        case "dissolve": return .dissolve(frames)
        case "wipe": return .wipe(frames)
        case "black": return .black(frames)
        default: return nil
        }
    }

    /// The file's text.
    package var text: String {
        JSON.object([
            .init("version", .number("1")), .init("rate", .string(fps.description)),
            .init("opening", .bool(hasOpening)),
            .init("closing", .bool(hasClosing)), .init("credits", .bool(hasCredits)),
            .init(
                "uses",
                .array(
                    uses.map { use in
                        .object([
                            .init("shot", .string(use.shot)), .init("skip", .number("\(use.skip)")),
                            .init("frames", .number("\(use.frames)")), .init("fade_in", .number("\(use.fadeIn)")),
                            .init("after", .string(Edit.word(use.after))),
                        ])
                    })),
        ]).text
    }

    /// What another cut changes, for people: what is dropped, repeated, moved, trimmed, joined otherwise.
    package func changes(to other: Cut) -> [String] {
        let (old, new) = (named, other.named)
        let kept = Set(old.map(\.name)).intersection(new.map(\.name))
        var lines = old.filter { !kept.contains($0.name) }.map { "dropped  \($0.name) (\($0.use.frames) frames)" }
        let stays = Self.longestRun(old.map(\.name).filter(kept.contains), new.map(\.name).filter(kept.contains))
        let before = Dictionary(old.map { ($0.name, $0.use) }) { first, _ in first }
        var last = "the beginning"
        for (name, use) in new {
            defer { last = name }
            guard let was = before[name] else {
                lines.append("added    \(name) after \(last) (\(use.frames) frames)")
                continue
            }
            if !stays.contains(name) { lines.append("moved    \(name) to after \(last)") }
            if was.skip != use.skip || was.frames != use.frames {
                let head = use.skip - was.skip
                let tail = (was.skip + was.frames) - (use.skip + use.frames)
                lines.append(
                    "trimmed  \(name): \(was.frames) → \(use.frames) frames"
                        + (head == 0 ? "" : ", head \(head > 0 ? "−" : "+")\(abs(head))")
                        + (tail == 0 ? "" : ", tail \(tail > 0 ? "−" : "+")\(abs(tail))"))
            }
            if was.after != use.after || was.fadeIn != use.fadeIn {
                lines.append(
                    "joined   \(name): \(Edit.word(was.after)) → \(Edit.word(use.after))"
                        + (was.fadeIn == use.fadeIn ? "" : ", from black \(was.fadeIn) → \(use.fadeIn)"))
            }
        }
        return lines
    }

    /// Uses with names of their own: a shot's second use is `s001_003-2`.
    package var named: [(name: String, use: Use)] {
        var counts: [String: Int] = [:]
        return uses.map { use in
            counts[use.shot, default: 0] += 1
            let count = counts[use.shot] ?? 1
            return (count == 1 ? use.shot : "\(use.shot)-\(count)", use)
        }
    }

    /// Names that keep their order: the longest common subsequence of two orders of the same unique names.
    private static func longestRun(_ old: [String], _ new: [String]) -> Set<String> {
        let place = Dictionary(old.enumerated().map { ($0.element, $0.offset) }) { first, _ in first }
        // Patience: the longest rising run of old places in the new order.
        var tops: [(place: Int, index: Int)] = []
        var previous = Array(repeating: -1, count: new.count)
        for (index, name) in new.enumerated() {
            guard let at = place[name] else { continue }
            var (low, high) = (0, tops.count)
            while low < high {
                let middle = (low + high) / 2
                if tops[middle].place < at { low = middle + 1 } else { high = middle }
            }
            previous[index] = low > 0 ? tops[low - 1].index : -1
            if low == tops.count { tops.append((at, index)) } else { tops[low] = (at, index) }
        }
        var run: Set<String> = []
        var index = tops.last?.index ?? -1
        while index >= 0 {
            run.insert(new[index])
            index = previous[index]
        }
        return run
    }
}

/// Why somebody else's edit cannot be taken, and where in it.
package struct CutFault: Error, Equatable, CustomStringConvertible {
    package let place: String
    package let reason: String

    package init(_ place: String, _ reason: String) {
        self.place = place
        self.reason = reason
    }

    package var description: String { "\(place): \(reason)" }
}
