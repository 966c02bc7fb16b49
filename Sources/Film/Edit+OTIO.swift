internal import Protocol

/// OpenTimelineIO, as its JSON schema has it: Timeline.1, Stack.1, Track.1, Clip.2 with several media references,
/// Transition.1, Marker.2. Times are rational, at the film's own rate.
extension Edit {
    package var otio: String {
        let picture = track("Picture", kind: "Video", pictureChildren())
        let tracks = [picture] + soundTracks()
        let stack = JSON.object([
            .init("OTIO_SCHEMA", .string("Stack.1")), .init("name", .string("tracks")),
            .init("children", .array(tracks)),
            .init("markers", .array(chapters.map(marker))), .init("metadata", .object([])),
        ])
        return JSON.object([
            .init("OTIO_SCHEMA", .string("Timeline.1")), .init("name", .string(title)),
            .init("global_start_time", time(fps.nominal * 3_600)), .init("tracks", stack),
            .init(
                "metadata",
                ours([
                    .init("version", .number("1")), .init("width", .number("\(width)")),
                    .init("height", .number("\(height)")), .init("frames", .number("\(frames)")),
                ])),
        ]).text
    }

    private func time(_ frames: Int) -> JSON {
        // A rate of 23.976 is written with the digits every reader turns into the same number.
        let rate = fps.per == 1 ? "\(fps.frames).0" : "23.976023976023978"
        return .object([
            .init("OTIO_SCHEMA", .string("RationalTime.1")), .init("rate", .number(rate)),
            .init("value", .number("\(frames).0")),
        ])
    }

    private func range(_ start: Int, _ count: Int) -> JSON {
        .object([
            .init("OTIO_SCHEMA", .string("TimeRange.1")), .init("start_time", time(start)),
            .init("duration", time(count)),
        ])
    }

    private func ours(_ members: [JSON.Member]) -> JSON { .object([.init("snowflake", .object(members))]) }

    private func track(_ name: String, kind: String, _ children: [JSON]) -> JSON {
        .object([
            .init("OTIO_SCHEMA", .string("Track.1")), .init("name", .string(name)), .init("kind", .string(kind)),
            .init("children", .array(children)), .init("metadata", .object([])),
        ])
    }

    private func marker(_ mark: Mark) -> JSON {
        .object([
            .init("OTIO_SCHEMA", .string("Marker.2")), .init("name", .string(mark.title)),
            .init("color", .string("GREEN")),
            .init("marked_range", range(mark.at, 0)), .init("metadata", .object([])),
        ])
    }

    /// Clips and what joins them. A dissolve of D frames that both clips have becomes a cut in its middle, with the rest
    /// of each clip as its handle.
    private func pictureChildren() -> [JSON] {
        var children: [JSON] = []
        for (index, event) in events.enumerated() {
            let head = event.before.shared / 2
            let tail = event.after.shared - event.after.shared / 2
            if index == 0, case .black(let frames) = event.before {
                children.append(transition("fade in", "black", in: 0, out: frames))
            } else if index > 0, case .black(let frames) = event.before {
                children.append(transition("fade in", "black", in: 0, out: frames))
            }
            children.append(clip(event, from: head, frames: event.frames - head - tail))
            switch event.after {
            case .cut: break
            case .dissolve(let frames):
                children.append(transition("dissolve", "dissolve", in: frames / 2, out: frames - frames / 2))
            case .wipe(let frames):
                children.append(transition("wipe", "wipe", in: frames / 2, out: frames - frames / 2))
            case .black(let frames):
                guard case .black = next(index)?.before else {
                    children.append(transition("fade out", "black", in: frames, out: 0))
                    continue
                }
                // Two transitions may not stand side by side: a hold of no frames keeps them apart.
                children.append(transition("fade out", "black", in: frames, out: 0))
                children.append(gap(0))
            }
        }
        return children
    }

    private func next(_ index: Int) -> Event? { events.indices.contains(index + 1) ? events[index + 1] : nil }

    private func gap(_ frames: Int) -> JSON {
        .object([
            .init("OTIO_SCHEMA", .string("Gap.1")), .init("name", .string("")), .init("source_range", range(0, frames)),
            .init("metadata", .object([])),
        ])
    }

    private func transition(_ name: String, _ kind: String, in before: Int, out after: Int) -> JSON {
        .object([
            .init("OTIO_SCHEMA", .string("Transition.1")), .init("name", .string(name)),
            .init("transition_type", .string(kind == "dissolve" ? "SMPTE_Dissolve" : "Custom_Transition")),
            .init("in_offset", time(before)), .init("out_offset", time(after)),
            .init("metadata", ours([.init("kind", .string(kind))])),
        ])
    }

    private func clip(_ event: Event, from head: Int, frames: Int) -> JSON {
        let active = event.media.first { $0.key == event.active }
        let references = event.media.map { JSON.Member($0.key, reference($0)) }
        let none = JSON.Member(
            "DEFAULT_MEDIA",
            .object([
                .init("OTIO_SCHEMA", .string("MissingReference.1")), .init("name", .string(event.name)),
                .init("available_range", range(0, event.frames)), .init("metadata", .object([])),
            ]))
        return .object([
            .init("OTIO_SCHEMA", .string("Clip.2")), .init("name", .string(event.name)),
            .init("source_range", range((active?.first ?? 0) + head, frames)),
            .init("media_references", .object(references.isEmpty ? [none] : references)),
            .init("active_media_reference_key", .string(active?.key ?? references.first?.name ?? "DEFAULT_MEDIA")),
            .init("markers", .array([])), .init("metadata", metadata(event)),
        ])
    }

    private func reference(_ media: Media) -> JSON {
        var members: [JSON.Member] = [
            .init("OTIO_SCHEMA", .string(media.path == nil ? "MissingReference.1" : "ExternalReference.1")),
            .init("name", .string(media.key)), .init("available_range", range(0, media.available)),
        ]
        if let path = media.path { members.append(.init("target_url", .string(path))) }
        members.append(
            .init(
                "metadata",
                ours([
                    .init("backend", .string(media.backend)), .init("model", .string(media.model)),
                    .init("digest", .string(media.digest)),
                    .init("cost_usd", .number(Self.decimal(Int(clamping: media.costMicroUSD), 6))),
                    .init("first", .number("\(media.first)")),
                ])))
        return .object(members)
    }

    private func metadata(_ event: Event) -> JSON {
        ours([
            .init("shot", .string(event.shot)), .init("scene", .number("\(event.scene)")),
            .init("skipped", .number("\(event.skipped)")), .init("slugline", .string(event.note.slugline)),
            .init("content", .string(event.note.content)), .init("prompt", .string(event.note.prompt)),
            .init("key", .string(event.note.key)), .init("basis", .string(event.note.basis)),
            .init("people", .array(event.note.people.map { .string($0) })),
            .init("lines", .array(event.note.lines.map { .string($0) })),
        ])
    }

    /// Sounds by role, on as many tracks as they need not to lie over one another.
    private func soundTracks() -> [JSON] {
        var tracks: [JSON] = []
        for role in [Sound.Role.dialogue, .effects, .music] {
            var lanes: [[Sound]] = []
            for sound in sounds where sound.role == role && sound.frames > 0 {
                if let free = lanes.firstIndex(where: { ($0.last.map { $0.start + $0.frames } ?? 0) <= sound.start }) {
                    lanes[free].append(sound)
                } else {
                    lanes.append([sound])
                }
            }
            for (number, lane) in lanes.enumerated() {
                var children: [JSON] = []
                var at = 0
                for sound in lane {
                    if sound.start > at { children.append(gap(sound.start - at)) }
                    children.append(self.sound(sound))
                    at = sound.start + sound.frames
                }
                let name = role.rawValue.capitalizedWord + (number == 0 ? "" : " \(number + 1)")
                tracks.append(track(name, kind: "Audio", children))
            }
        }
        return tracks
    }

    private func sound(_ sound: Sound) -> JSON {
        let reference = JSON.object([
            .init("OTIO_SCHEMA", .string("ExternalReference.1")), .init("name", .string(sound.name)),
            .init("available_range", range(0, sound.frames)), .init("target_url", .string(sound.path)),
            .init("metadata", .object([])),
        ])
        return .object([
            .init("OTIO_SCHEMA", .string("Clip.2")), .init("name", .string(sound.name)),
            .init("source_range", range(0, sound.frames)),
            .init("media_references", .object([.init("DEFAULT_MEDIA", reference)])),
            .init("active_media_reference_key", .string("DEFAULT_MEDIA")),
            .init(
                "metadata",
                ours([.init("role", .string(sound.role.rawValue)), .init("sound_of", .string(sound.shot))])),
        ])
    }
}

extension String {
    /// The first letter large.
    fileprivate var capitalizedWord: String { prefix(1).uppercased() + dropFirst() }
}
