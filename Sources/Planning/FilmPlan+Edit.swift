package import Film
internal import Protocol

/// The plan as editors' programs know it.
extension FilmPlan {
    /// What can be shown of a shot, and which of it is.
    package struct Footing: Sendable {
        package var media: [Edit.Media]
        package var active: String

        package init(media: [Edit.Media], active: String) {
            self.media = media
            self.active = active
        }
    }

    /// - Parameters:
    ///   - footing: of a clip, by what lies in the project and the store.
    ///   - sounds: of a clip: what is heard by itself, with its place.
    package func edit(
        footing: (Timeline.Clip) -> Footing, sounds: (Timeline.Clip) -> [Edit.Sound]
    ) -> Edit {
        var edit = Edit(
            title: film.title, fps: profile.fps, width: profile.width, height: profile.height, frames: timeline.frames)
        edit.chapters = chapters.map { Edit.Mark(at: $0.at, title: $0.title) }
        var at = 0
        for segment in timeline.segments {
            if case .card(let kind, let frames) = segment {
                edit.events.append(Edit.Event(name: kind.rawValue, shot: "", scene: 0, start: at, frames: frames))
            } else if case .body(let index, _, _) = segment {
                edit.events.append(event(index, footing))
                edit.sounds += sounds(timeline.clips[index])
            }
            at += segment.frames
        }
        edit.sounds.sort { ($0.start, $0.name) < ($1.start, $1.name) }
        return edit
    }

    private func event(_ index: Int, _ footing: (Timeline.Clip) -> Footing) -> Edit.Event {
        let clip = timeline.clips[index]
        var event = Edit.Event(
            name: clip.name, shot: clip.shot.id, scene: clip.shot.scene, start: clip.start, frames: clip.frames)
        (event.before, event.after) = (passage(before: index), passage(after: index))
        event.skipped = clip.skip
        let footing = footing(clip)
        (event.media, event.active) = (footing.media, footing.active)
        event.note = note(clip)
        return event
    }

    private func note(_ clip: Timeline.Clip) -> Edit.Note {
        let shot = clip.shot
        var note = Edit.Note()
        note.slugline = shot.slugline
        note.content = shot.content
        note.prompt = shot.videoPrompt
        note.type = shot.type.rawValue
        note.movement = shot.movement.rawValue
        note.lensMM = shot.lensMM
        note.people = shot.people.map { film.bible.person($0)?.name ?? $0 }
        note.lines = clip.lines.map { "\(film.bible.person($0.speaker)?.name ?? $0.speaker): \($0.text)" }
        if let node = node("\(shot.id)/animate") {
            note.key = node.spec.key.hex
            note.basis = node.spec.basis.hex
        }
        return note
    }

    private func passage(after index: Int) -> Edit.Passage {
        let clip = timeline.clips[index]
        guard clip.tail > 0 else { return .cut }
        guard let kind = timeline.mixes[index] else { return .black(clip.tail) }
        return kind == .wipe ? .wipe(clip.tail) : .dissolve(clip.tail)
    }

    private func passage(before index: Int) -> Edit.Passage {
        let clip = timeline.clips[index]
        guard clip.head > 0 else { return .cut }
        if index > 0, case let shared = passage(after: index - 1), shared.shared > 0 { return shared }
        return .black(clip.head)
    }

    /// The film's present order and lengths: what an imported cut is compared with.
    package var cut: Cut {
        var cut = Cut(
            fps: profile.fps,
            uses: timeline.clips.indices.map { index in
                let clip = timeline.clips[index]
                var fadeIn = 0
                if case .black(let frames) = passage(before: index) { fadeIn = frames }
                return Cut.Use(
                    shot: clip.shot.id, skip: clip.skip, frames: clip.frames, fadeIn: fadeIn,
                    after: passage(after: index))
            })
        let cards = timeline.segments.compactMap { if case .card(let kind, _) = $0 { kind } else { nil } }
        cut.hasOpening = cards.contains(.opening)
        cut.hasClosing = cards.contains(.closing)
        cut.hasCredits = cards.contains(.credits)
        return cut
    }
}
