package import Protocol

/// Reads a cut out of what another program made of our export. Nothing in it is trusted; what is not understood is
/// refused with its place, what is left out is told.
package struct CutReader: Sendable {
    /// Shots of the film, by id.
    package let shots: Set<String>
    package let fps: FrameRate

    package init(shots: Set<String>, fps: FrameRate) {
        self.shots = shots
        self.fps = fps
    }

    /// A cut, and what was left out of it.
    package struct Reading: Sendable, Equatable {
        package var cut: Cut
        package var notes: [String]
    }

    static let cards: Set<String> = ["opening", "closing", "credits"]

    /// The shot that a name means: itself, a second use, a file of it.
    func shot(_ name: String) -> String? {
        let base = String(name.split(separator: "/").last ?? "").lowercased()
        let stem = String(base.prefix { $0 != "." })
        for candidate in [name, base, stem, String(stem.prefix { $0 != "-" })] {
            if shots.contains(candidate) { return candidate }
        }
        return shots.first { $0.lowercased() == stem }
    }

    // MARK: OpenTimelineIO

    /// - Parameter text: of a `.otio` file.
    package func otio(_ text: [UInt8]) throws(CutFault) -> Reading {
        let json: JSON
        do throws(JSONFault) { json = try JSON(text: text) } catch {
            throw CutFault("the file", "is not JSON: \(error)")
        }
        guard let stack = json["tracks"], let tracks = stack["children"]?.items else {
            throw CutFault("the file", "is no OpenTimelineIO timeline: it has no tracks")
        }
        let pictures = tracks.filter { ($0["kind"]?.string ?? "Video") == "Video" && $0["children"] != nil }
        guard let track = pictures.first, let children = track["children"]?.items else {
            throw CutFault("tracks", "there is no picture track")
        }
        var reading = Reading(cut: Cut(fps: fps, uses: []), notes: [])
        if pictures.count > 1 { reading.notes.append("\(pictures.count - 1) more picture tracks are left out") }
        var walker = OTIOWalker(reader: self, reading: reading)
        for (index, child) in children.enumerated() { try walker.take(child, index) }
        reading = walker.finish()
        guard !reading.cut.uses.isEmpty else { throw CutFault("tracks", "no clip in it is a shot of this film") }
        return reading
    }
}

/// Clips, transitions and gaps in order, as one cut.
private struct OTIOWalker {
    let reader: CutReader
    var reading: CutReader.Reading
    /// Frames of the next clip that lie before its cut point, and how it begins.
    private var into: Edit.Passage = .cut
    private var handle = 0
    private var hasCard: Set<String> = []

    init(reader: CutReader, reading: CutReader.Reading) {
        self.reader = reader
        self.reading = reading
    }

    func finish() -> CutReader.Reading {
        var reading = reading
        reading.cut.hasOpening = hasCard.contains("opening")
        reading.cut.hasClosing = hasCard.contains("closing")
        reading.cut.hasCredits = hasCard.contains("credits")
        return reading
    }

    mutating func take(_ child: JSON, _ index: Int) throws(CutFault) {
        let schema = child["OTIO_SCHEMA"]?.string ?? ""
        let place = "item \(index + 1) (\((child["name"]?.string ?? "").prefix(60)))"
        switch String(schema.prefix { $0 != "." }) {
        case "Clip": try clip(child, place)
        case "Transition": try transition(child, place)
        case "Gap":
            let frames =
                try child["source_range"].map { range throws(CutFault) in try self.range(range, place).count } ?? 0
            if frames > 0 { reading.notes.append("\(place): a hole of \(frames) frames is closed") }
        case let other: throw CutFault(place, "\"\(other)\" cannot be taken; flatten it to clips, transitions and gaps")
        }
    }

    private mutating func clip(_ child: JSON, _ place: String) throws(CutFault) {
        let name = child["name"]?.string ?? ""
        let ours = child["metadata"]?["snowflake"]
        if CutReader.cards.contains(name), reader.shot(name) == nil {
            hasCard.insert(name)
            (into, handle) = (.cut, 0)
            return
        }
        let reference = active(child)
        let named = [ours?["shot"]?.string, name, reference?["target_url"]?.string].compactMap(\.self)
        guard let shot = named.lazy.compactMap(reader.shot).first else {
            throw CutFault(place, "is no shot of this film; a clip is called by its shot, like s001_003")
        }
        let available = try reference?["available_range"].flatMap { $0.members == nil ? nil : $0 }
            .map { range throws(CutFault) in try self.range(range, place) }
        guard
            let visible = try child["source_range"].flatMap({ $0.members == nil ? nil : $0 })
                .map({ range throws(CutFault) in try self.range(range, place) }) ?? available
        else { throw CutFault(place, "has neither a source range nor an available range") }
        guard visible.count > 0, visible.count <= Cut.framesLimit else {
            throw CutFault(place, "is \(visible.count) frames long; 1 to \(Cut.framesLimit) can be taken")
        }
        if let effects = child["effects"]?.items, !effects.isEmpty {
            reading.notes.append("\(place): its effects are left out")
        }
        let first = reference?["metadata"]?["snowflake"]?["first"]?.wholeNumber ?? available?.start ?? 0
        let skipped = max(0, ours?["skipped"]?.wholeNumber ?? 0)
        var skip = skipped + visible.start - first - handle
        var frames = visible.count + handle
        if skip < 0 {
            reading.notes.append("\(place): begins \(-skip) frames before its material; that much is cut off")
            (frames, skip) = (frames + skip, 0)
        }
        guard frames > 0 else { throw CutFault(place, "lies outside its material") }
        var use = Cut.Use(shot: shot, skip: skip, frames: frames)
        if case .black(let fade) = into { use.fadeIn = fade }
        reading.cut.uses.append(use)
        (into, handle) = (.cut, 0)
    }

    private mutating func transition(_ child: JSON, _ place: String) throws(CutFault) {
        let before = try time(child["in_offset"], place)
        let after = try time(child["out_offset"], place)
        guard (0...10_000).contains(before), (0...10_000).contains(after), before + after > 0 else { return }
        let kind = child["metadata"]?["snowflake"]?["kind"]?.string ?? ""
        if kind == "black" {
            if before > 0, !reading.cut.uses.isEmpty {
                reading.cut.uses[reading.cut.uses.count - 1].after = .black(before)
            }
            if after > 0 { into = .black(after) }
            return
        }
        guard !reading.cut.uses.isEmpty else { return }
        let frames = before + after
        reading.cut.uses[reading.cut.uses.count - 1].frames += after
        reading.cut.uses[reading.cut.uses.count - 1].after = kind == "wipe" ? .wipe(frames) : .dissolve(frames)
        handle = before
        if kind.isEmpty, child["transition_type"]?.string != "SMPTE_Dissolve" {
            reading.notes.append("\(place): \"\(child["transition_type"]?.string ?? "")\" becomes a dissolve")
        }
    }

    /// The reference in use: Clip.2 has several, Clip.1 one.
    private func active(_ clip: JSON) -> JSON? {
        guard let references = clip["media_references"] else { return clip["media_reference"] }
        return references[clip["active_media_reference_key"]?.string ?? "DEFAULT_MEDIA"]
            ?? references.members?.first?.value
    }

    private func range(_ json: JSON, _ place: String) throws(CutFault) -> (start: Int, count: Int) {
        (try time(json["start_time"], place), try time(json["duration"], place))
    }

    /// A time in frames of ours, whatever rate it is counted at.
    private func time(_ json: JSON?, _ place: String) throws(CutFault) -> Int {
        guard let json, case .number(let value)? = json["value"], case .number(let rate)? = json["rate"],
            let value = Double(value), let rate = Double(rate), rate > 0, rate < 1e6, abs(value) < 1e9
        else { throw CutFault(place, "has a time without value and rate") }
        let own = Double(reader.fps.frames) / Double(reader.fps.per)
        return Int((value * own / rate).rounded())
    }
}
