package import Film
package import Protocol

/// The film as whole frames: every shot's length and place, every transition, every card. All integers; a frame is a
/// whole number of samples (`assembly.md` 2).
package struct Timeline: Sendable, Equatable {
    package let fps: FrameRate
    package private(set) var clips: [Clip] = []
    /// In film order.
    package private(set) var segments: [Segment] = []
    package private(set) var notes: [String] = []
    /// What goes over into the next, by clip.
    private(set) var mixes: [Int: MixKind] = [:]
    /// Frames before the first scene, and after the last.
    package let leadFrames: Int
    package let tailFrames: Int

    /// Opening title and closing card, in frames.
    package static let cardFrames = 96
    /// Handles every clip can be cut at, from both ends (`assembly.md` 3).
    package static let handles = [12, 24]
    /// Fade to black between acts: this many frames out, and as many in.
    static let actFadeFrames = 24

    /// One shot on the timeline.
    package struct Clip: Sendable, Equatable {
        package let shot: Shot
        /// The shot's id; `s001_003-2` where a cut uses it a second time.
        package let name: String
        package let frames: Int
        /// Frames of the shot left out in front.
        package let skip: Int
        /// Film frame of the clip's first frame, whether or not it is shown alone.
        package fileprivate(set) var start = 0
        /// Frames at the head and tail that belong to transitions.
        package fileprivate(set) var head = 0
        package fileprivate(set) var tail = 0
        package fileprivate(set) var soundIn = SoundEdge.cut
        package fileprivate(set) var soundOut = SoundEdge.cut

        package var end: Int { start + frames }
        /// What is spoken in it: a shot's lines are heard once.
        package var lines: [Shot.Line] { name == shot.id ? shot.lines : [] }
        /// Frame of the clip in which its first line begins: never under the transition that shows it.
        package var speechAt: Int { max(LineTiming.leadFrames, head) }
        /// Frames that must be instantly decodable: handles, and the edges of this plan's own transitions.
        package var keyFrames: [Int] {
            var edges = Timeline.handles.flatMap { [$0, frames - $0] }
            edges += [head, frames - tail]
            return Set(edges.filter { $0 > 0 && $0 < frames }).sorted()
        }
    }

    /// How a clip's sound begins or ends, relative to its picture.
    package enum SoundEdge: Sendable, Equatable {
        /// A hard cut: 10 ms of fade.
        case cut
        /// Fades over these frames inside the clip: half of a dissolve, or to and from black.
        case fade(Int)
        /// Reaches over the cut by these frames: a J or an L.
        case over(Int)
    }

    /// A run of frames of the film.
    package enum Segment: Sendable, Equatable {
        case body(clip: Int, from: Int, to: Int)
        /// The last `frames` of one clip over the first of the next.
        case mix(kind: MixKind, clip: Int, frames: Int)
        case fadeOut(clip: Int, frames: Int)
        case fadeIn(clip: Int, frames: Int)
        case card(CardKind, frames: Int)

        package var frames: Int {
            switch self {
            case .body(_, let from, let to): to - from
            case .mix(_, _, let frames), .fadeOut(_, let frames), .fadeIn(_, let frames), .card(_, let frames): frames
            }
        }

        /// The clip whose scene the segment belongs to: a transition belongs to the scene it leaves.
        package var owner: Int? {
            switch self {
            case .body(let clip, _, _), .mix(_, let clip, _), .fadeOut(let clip, _), .fadeIn(let clip, _): clip
            case .card: nil
            }
        }
    }

    package enum MixKind: String, Sendable { case dissolve, wipe }
    package enum CardKind: String, Sendable { case opening, closing, credits }

    package var frames: Int { segments.reduce(0) { $0 + $1.frames } }

    /// Lays a film out.
    /// - Parameter credits: frames of the roll at the end; 0 for none.
    package init(
        _ film: FilmProject, fps: FrameRate, titles: TitleChoice = TitleChoice(credits: false), credits: Int = 0
    ) {
        self.fps = fps
        leadFrames = titles.opening ? Self.cardFrames : 0
        tailFrames = (titles.closing ? Self.cardFrames : 0) + (titles.credits ? credits : 0)
        let cut = film.cut
        clips = cut.map { Self.clips(film, $0, fps: fps) } ?? Self.clips(film, fps: fps)
        guard !clips.isEmpty else { return }
        let joins = joins(film, cut)
        for index in clips.indices { joinSound(index, joins) }
        place(joins, titles, credits: titles.credits ? credits : 0)
    }

    /// The shot list's own order and lengths.
    private static func clips(_ film: FilmProject, fps: FrameRate) -> [Clip] {
        var clips: [Clip] = []
        for scene in film.scenes {
            // The rounding error is carried within a scene and starts anew with each: a changed duration moves the
            // frames of its own scene at most.
            var seconds = 0.0
            var frames = 0
            for shot in scene.shots {
                seconds += shot.seconds
                let end = max(frames + 1, fps.frames(in: seconds))
                clips.append(Clip(shot: shot, name: shot.id, frames: end - frames, skip: 0))
                frames = end
            }
        }
        return clips
    }

    /// What somebody cut it to. A cut at another rate is counted anew.
    private static func clips(_ film: FilmProject, _ cut: Cut, fps: FrameRate) -> [Clip] {
        let shots = Dictionary(film.shots.map { ($0.id, $0) }) { first, _ in first }
        return cut.named.compactMap { name, use in
            shots[use.shot].map { shot in
                Clip(
                    shot: shot, name: name, frames: max(1, frames(use.frames, of: cut, at: fps)),
                    skip: frames(use.skip, of: cut, at: fps))
            }
        }
    }

    private static func frames(_ count: Int, of cut: Cut, at fps: FrameRate) -> Int {
        cut.fps == fps ? count : fps.frames(in: cut.fps.seconds(count))
    }

    // MARK: joins between clips

    fileprivate enum Join: Equatable {
        case cut
        case mix(MixKind, Int)
        case black(out: Int, in: Int)
        case soundLeads(Int)
        case soundTrails(Int)
    }

    /// The join after each clip, cut down to what its neighbours have room for.
    private mutating func joins(_ film: FilmProject, _ cut: Cut?) -> [Join] {
        if let cut { return joins(cut) }
        let acts = Self.acts(film)
        var joins: [Join] = []
        for index in clips.indices {
            let shot = clips[index].shot
            let isLast = index == clips.count - 1
            let endsAct = !isLast && acts[shot.scene] != acts[clips[index + 1].shot.scene]
            var join = Self.join(shot, fps: fps, endsAct: endsAct)
            if isLast {
                if case .black(let out, _) = join { join = .black(out: out, in: 0) } else { join = .cut }
            }
            joins.append(fit(join, after: index))
        }
        return joins
    }

    /// As somebody cut it: nothing is added for acts.
    private mutating func joins(_ cut: Cut) -> [Join] {
        let fps = fps
        func length(_ frames: Int) -> Int { Self.frames(frames, of: cut, at: fps) }
        var joins: [Join] = []
        for index in clips.indices {
            let isLast = index == clips.count - 1
            let use = cut.uses[index]
            let fadeIn = isLast ? 0 : length(cut.uses[index + 1].fadeIn)
            if index == 0, use.fadeIn > 1 {
                clips[0].head = max(0, min(length(use.fadeIn), clips[0].frames / 2 - 1))
                if clips[0].head > 0 { clips[0].soundIn = .fade(clips[0].head) }
            }
            let join: Join =
                switch use.after {
                case .dissolve(let frames) where !isLast: .mix(.dissolve, length(frames))
                case .wipe(let frames) where !isLast: .mix(.wipe, length(frames))
                case .black(let frames): .black(out: length(frames), in: fadeIn)
                case .cut, .dissolve, .wipe: fadeIn > 0 ? .black(out: 0, in: fadeIn) : .cut
                }
            joins.append(fit(join, after: index))
        }
        return joins
    }

    /// Acts of scenes; a scene whose beat says nothing stays in the act before it.
    private static func acts(_ film: FilmProject) -> [Int: Act] {
        var acts: [Int: Act] = [:]
        var current = film.scenes.lazy.compactMap { Act(beat: $0.beat) }.first ?? .one
        for scene in film.scenes {
            current = Act(beat: scene.beat) ?? current
            acts[scene.number] = current
        }
        return acts
    }

    private static func join(_ shot: Shot, fps: FrameRate, endsAct: Bool) -> Join {
        let frames = fps.frames(in: shot.crossfadeSeconds)
        let actFade = Join.black(out: actFadeFrames, in: actFadeFrames)
        switch shot.transition {
        case .smashCut, .matchCut: return .cut
        case .wipe: return .mix(.wipe, frames == 0 ? fps.nominal / 2 : frames)
        case .fadeFromBlack: return .black(out: 0, in: frames == 0 ? fps.nominal / 2 : frames)
        case .cut, .dissolve, .fadeBlack, .jCut, .lCut: break
        }
        if endsAct { return actFade }
        switch shot.transition {
        case .dissolve: return frames < 2 ? .cut : .mix(.dissolve, frames)
        case .fadeBlack: return frames < 4 ? .cut : .black(out: frames - frames / 2, in: frames / 2)
        case .jCut: return frames == 0 ? .cut : .soundLeads(frames)
        case .lCut: return frames == 0 ? .cut : .soundTrails(frames)
        case .cut, .smashCut, .matchCut, .wipe, .fadeFromBlack: return .cut
        }
    }

    /// Gives a join its frames; one that finds no room is shortened, or becomes a cut, and is noted.
    private mutating func fit(_ join: Join, after index: Int) -> Join {
        let next = index + 1 < clips.count ? index + 1 : nil
        // A clip keeps at least two frames of its own between its transitions.
        let tailRoom = clips[index].frames - clips[index].head - 2
        let headRoom = next.map { clips[$0].frames / 2 - 1 } ?? 0
        func noted(_ wanted: Int, _ got: Int) {
            guard got < wanted else { return }
            let what = got < 2 ? "is too short for its transition and ends in a cut" : "has room for \(got) frames only"
            notes.append("\(clips[index].name) \(what) (\(wanted) frames were asked)")
        }
        switch join {
        case .cut: return .cut
        case .mix(let kind, let asked):
            // Nobody is dissolved away in the middle of a word.
            let silence = clips[index].frames - LineTiming.end(of: clips[index], fps: fps)
            if silence < asked {
                notes.append(
                    "\(clips[index].name) speaks until \(max(0, silence)) frames before its end: its \(kind.rawValue) "
                        + (silence < 2 ? "is a cut" : "has \(silence) of \(asked) frames"))
            }
            let wanted = min(asked, silence)
            let frames = min(wanted, tailRoom, headRoom)
            noted(wanted, frames)
            guard frames >= 2, let next else { return .cut }
            clips[index].tail = frames
            clips[next].head = frames
            return .mix(kind, frames)
        case .black(let out, let into):
            let outFrames = out == 0 ? 0 : min(out, tailRoom)
            let inFrames = next == nil ? 0 : min(into, headRoom)
            noted(out, outFrames)
            if next != nil { noted(into, inFrames) }
            clips[index].tail = outFrames >= 2 ? outFrames : 0
            if let next { clips[next].head = inFrames >= 2 ? inFrames : 0 }
            return .black(out: clips[index].tail, in: next.map { clips[$0].head } ?? 0)
        case .soundLeads(let frames): return .soundLeads(min(frames, clips[index].frames - 1))
        case .soundTrails(let frames):
            return .soundTrails(min(frames, next.map { clips[$0].frames - 1 } ?? 0))
        }
    }

    private mutating func joinSound(_ index: Int, _ joins: [Join]) {
        switch joins[index] {
        case .cut: break
        case .mix(_, let frames):
            clips[index].soundOut = .fade(frames)
            if index + 1 < clips.count { clips[index + 1].soundIn = .fade(frames) }
        case .black(let out, let into):
            if out > 0 { clips[index].soundOut = .fade(out) }
            if into > 0, index + 1 < clips.count { clips[index + 1].soundIn = .fade(into) }
        case .soundLeads(let frames):
            clips[index].soundOut = .fade(frames)
            clips[index + 1].soundIn = .over(frames)
        case .soundTrails(let frames):
            clips[index].soundOut = .over(frames)
            clips[index + 1].soundIn = .fade(frames)
        }
    }

    private mutating func place(_ joins: [Join], _ titles: TitleChoice, credits: Int) {
        if titles.opening { segments.append(.card(.opening, frames: Self.cardFrames)) }
        var at = leadFrames
        for index in clips.indices {
            let clip = clips[index]
            var overlap = 0
            if index > 0, case .mix(_, let frames) = joins[index - 1] { overlap = frames }
            clips[index].start = at - overlap
            if overlap == 0, clip.head > 0 {
                segments.append(.fadeIn(clip: index, frames: clip.head))
                at += clip.head
            }
            segments.append(.body(clip: index, from: clip.head, to: clip.frames - clip.tail))
            at += clip.frames - clip.tail - clip.head
            guard clip.tail > 0 else { continue }
            if case .mix(let kind, let frames) = joins[index] {
                segments.append(.mix(kind: kind, clip: index, frames: frames))
                mixes[index] = kind
            } else {
                segments.append(.fadeOut(clip: index, frames: clip.tail))
            }
            at += clip.tail
        }
        if titles.closing { segments.append(.card(.closing, frames: Self.cardFrames)) }
        if credits > 0 { segments.append(.card(.credits, frames: credits)) }
    }

    // MARK: windows

    /// A scene's share of the film, in film frames; windows and cards tile it.
    package struct Window: Sendable, Equatable {
        package let scene: Int
        /// 1; more where a cut comes back to a scene.
        package let part: Int
        package let from: Int
        package let to: Int
        /// Indices into `segments`.
        package let segments: Range<Int>
    }

    package var windows: [Window] {
        var windows: [Window] = []
        var parts: [Int: Int] = [:]
        var at = 0
        for (index, segment) in segments.enumerated() {
            defer { at += segment.frames }
            guard let owner = segment.owner else { continue }
            let scene = clips[owner].shot.scene
            if let last = windows.last, last.scene == scene, last.to == at {
                windows[windows.count - 1] = Window(
                    scene: scene, part: last.part, from: last.from, to: at + segment.frames,
                    segments: last.segments.lowerBound..<index + 1)
            } else {
                parts[scene, default: 0] += 1
                windows.append(
                    Window(
                        scene: scene, part: parts[scene] ?? 1, from: at, to: at + segment.frames,
                        segments: index..<index + 1))
            }
        }
        return windows
    }
}
