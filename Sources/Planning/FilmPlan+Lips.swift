package import Film
internal import Protocol

/// Lips that move with the words, where a profile names somebody who moves them.
package enum Lips: Sendable, Equatable {
    /// Nobody is seen speaking.
    case unseen
    /// Of one person, who is seen speaking.
    case moved
    /// They stay as they were drawn, and why.
    case left(String)

    /// Sizes at which a mouth is large enough to be seen and found.
    private static let near: Set<ShotType> = [
        .extremeCloseUp, .closeUp, .mediumClose, .medium, .twoShot, .overShoulder,
    ]

    /// What is done with the lips of a shot with these lines.
    package static func of(_ shot: Shot, lines: [Shot.Line]) -> Lips {
        let seen = lines.filter { !$0.isOffscreen && shot.people.contains($0.speaker) }
        guard !seen.isEmpty else { return .unseen }
        guard near.contains(shot.type) else { return .left("its picture is a \(shot.type.rawValue)") }
        // All that is heard would move the one mouth that is.
        guard seen.count == lines.count, Set(seen.map(\.speaker)).count == 1 else {
            return .left("several people speak in it")
        }
        return .moved
    }
}

extension FilmPlan {
    /// The clip with the lips of its speaker moved; its lines are planned before it. `nil` where nobody moves them.
    mutating func planLips(
        _ clip: Timeline.Clip, skip: Int, _ animate: JobNode, _ pieces: [(number: Int, node: JobNode)]
    ) -> JobNode? {
        let (shot, name) = (clip.shot, "\(clip.name)/lipsync")
        guard movesLips(scene: shot.scene), !profile.isAbsent(name), !profile.isAbsent("\(shot.id)/animate") else {
            return nil
        }
        switch Lips.of(shot, lines: clip.lines) {
        case .unseen: return nil
        case .left(let why):
            notes.append("\(shot.id): its lips are not moved: \(why)")
            return nil
        case .moved: break
        }
        var inputs = [Source("clip", animate)] + pieces.map { Source("clip.\($0.number)", $0.node) }
        var lines: [Field] = []
        for number in clip.lines.indices {
            guard let line = node("\(shot.id)_\(number + 1)/dialogue") else { return nil }
            inputs.append(Source("line.\(number)", line))
            lines.append(.init("line.\(number)"))
        }
        // As the window of the film's sound has them, and nothing of the shot's place in the film: another cut moves no lips anew.
        let heard: Fields = [
            "at": 0, "frames": .init(clip.frames), "lead": 0, "trail": 0, "fade_in": 0, "fade_out": 0,
            "speak": .init(clip.speechAt), "lines": .list(lines),
        ]
        var shaping = profile.drawing
        shaping["samples_per_frame"] = .init(profile.samplesPerFrame)
        let seconds = profile.fps.seconds(clip.frames)
        return add(
            .lipsync, name,
            [
                "frames": .init(clip.frames), "skip": .init(skip), "stems": .list([.map(heard.values)]),
                "tones": .list([]),
                "focus": .init(Self.focus(of: shot)), "faces": .init(max(1, shot.people.count)),
            ], shaping: shaping, inputs: inputs, scene: shot.scene, shot: shot.number, seconds: work(.lipsync, 20),
            // Services count begun seconds at most.
            units: seconds.rounded(.up))
    }

    /// Whether the profile names somebody who moves lips.
    func movesLips(scene: Int) -> Bool { !profile.backend(of: .lipsync, scene: scene).isLocal }
}
