internal import Film
internal import Protocol

/// Sound: lines, beds, a window per scene, and the film's sound as one.
extension FilmPlan {
    mutating func planSound(_ clip: Timeline.Clip) {
        let shot = clip.shot
        for (index, line) in shot.lines.enumerated() {
            let voice = film.voices.voice(of: line.speaker)
            add(
                .dialogue, "\(shot.id)_\(index + 1)/dialogue",
                [
                    "text": .init(line.text), "voice": .init(voice?.id ?? ""), "speaker": .init(line.speaker),
                    "offscreen": .init(line.isOffscreen),
                ], shaping: [:], scene: shot.scene, shot: shot.number, seconds: 1 + Double(line.text.count) * 0.01,
                isGoal: true)
        }
        if !shot.lines.isEmpty {
            let words = shot.lines.reduce(0) { $0 + max(1, $1.text.split(separator: " ").count) }
            let speech = Double(words) / 2.5 + 0.5
            if speech > shot.seconds {
                notes.append(
                    "\(shot.id): its lines take about \(Self.tenths(speech)) s, the shot has "
                        + "\(Self.tenths(shot.seconds)) s; what is left over runs under the next shot")
            }
        }
        let reach = max(overlap(clip.soundIn), overlap(clip.soundOut))
        // Whole seconds with room to spare: beds of one place and length are made once and shared.
        let seconds = Int((shot.seconds + profile.fps.seconds(reach)).rounded(.up)) + 1
        let location = locations[shot.setting]
        add(
            .ambience, "\(shot.id)/ambience",
            [
                "words": .init(shot.ambience), "place": .init(location?.prompt ?? shot.setting),
                "time": .init(time(of: shot)), "exterior": .init(isExterior(shot)),
                "seconds": .init(seconds),
            ], shaping: [:], scene: shot.scene, shot: shot.number, seconds: 0.3 + Double(seconds) * 0.05)
    }

    /// Frames after which a shot's lines have surely ended, even in the slowest voice.
    static func longestSpeech(_ shot: Shot, fps: FrameRate) -> Int {
        shot.lines.reduce(6) { $0 + 5 + fps.frames(in: 0.5 + Double($1.text.count) * 0.12) }
    }

    static func tenths(_ seconds: Double) -> String {
        let tenths = Int((seconds * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    func overlap(_ edge: Timeline.SoundEdge) -> Int { if case .over(let frames) = edge { frames } else { 0 } }

    // MARK: windows

    /// Everything of a clip that can be heard, with places in film frames relative to `origin`.
    func stems(
        of index: Int, origin: Int, _ inputs: inout [Source], linesOnly: Bool = false
    ) -> Field {
        let clip = timeline.clips[index]
        let shot = clip.shot
        var fields: Fields = [
            "shot": .init(shot.id), "at": .init(clip.start - origin), "frames": .init(clip.frames),
            "lead": .init(overlap(clip.soundIn)), "trail": .init(overlap(clip.soundOut)),
            "fade_in": .init(fade(clip.soundIn)), "fade_out": .init(fade(clip.soundOut)),
        ]
        if !linesOnly, let bed = node("\(shot.id)/ambience") {
            fields["bed"] = .init("bed.\(index)")
            inputs.append(Source("bed.\(index)", bed, isTolerant: true))
        }
        var lines: [Field] = []
        for line in shot.lines.indices {
            guard let node = node("\(shot.id)_\(line + 1)/dialogue") else { continue }
            let name = "line.\(index).\(line)"
            inputs.append(Source(name, node, isTolerant: true))
            lines.append(.init(name))
        }
        fields["lines"] = .list(lines)
        return .map(fields.values)
    }

    /// Frames a bed's edge fades over; a J or L fades over what it reaches.
    func fade(_ edge: Timeline.SoundEdge) -> Int {
        switch edge {
        case .cut: 0
        case .fade(let frames), .over(let frames): frames
        }
    }

    var soundFields: Fields { ["samples_per_frame": .init(profile.samplesPerFrame)] }

    mutating func planMix(_ window: Timeline.Window) {
        var inputs: [Source] = []
        var stems: [Field] = []
        for (index, sound) in audible.enumerated() {
            let touches = sound.from < window.to && sound.to > window.from
            // A line may run past its shot: who may still speak when the window begins is heard in it too.
            let mayOverhang = sound.end <= window.from && sound.speechEnd > window.from
            guard touches || mayOverhang else { continue }
            stems.append(self.stems(of: index, origin: window.from, &inputs, linesOnly: !touches))
        }
        add(
            .mix, Self.sceneName(window.scene) + "/mix",
            ["frames": .init(window.to - window.from), "stems": .list(stems)], shaping: soundFields, inputs: inputs,
            scene: window.scene, seconds: 0.4 + profile.fps.seconds(window.to - window.from) * 0.02)
    }

    // MARK: the film's sound

    mutating func planSoundtrack() {
        var inputs: [Source] = []
        var windows: [Field] = []
        var chapters: [Field] = []
        var at = Timeline.cardFrames
        for window in timeline.windows {
            guard let mix = node(Self.sceneName(window.scene) + "/mix") else { continue }
            let slugline = film.scenes.first { $0.number == window.scene }?.slugline ?? ""
            inputs.append(Source("window.\(windows.count)", mix))
            windows.append(.init("window.\(windows.count)"))
            chapters.append(
                .map([
                    "at": .init(at == Timeline.cardFrames ? 0 : at),
                    "title": .init("Scene \(window.scene)" + (slugline.isEmpty ? "" : ": \(slugline)")),
                ]))
            at += window.to - window.from
        }
        var lines: [Field] = []
        for (index, clip) in timeline.clips.enumerated() {
            for (number, line) in clip.shot.lines.enumerated() {
                guard let node = node("\(clip.shot.id)_\(number + 1)/dialogue") else { continue }
                let name = "line.\(index).\(number)"
                inputs.append(Source(name, node, isTolerant: true))
                lines.append(
                    .map([
                        "input": .init(name), "text": .init(line.text), "shot_at": .init(clip.start),
                        "first": .init(number == 0),
                    ]))
            }
        }
        let parameters: Fields = [
            "frames": .init(timeline.frames), "card_frames": .init(Timeline.cardFrames), "windows": .list(windows),
            "chapters": .list(chapters), "lines": .list(lines), "title": .init(film.title),
        ]
        add(
            .soundtrack, "soundtrack", parameters.merging(Fields(profile.fps.fields)),
            shaping: [
                "samples_per_frame": .init(profile.samplesPerFrame), "audio_kilobits": .init(profile.audioKilobits),
                "loudness": .init(profile.loudnessMilliLUFS),
            ], inputs: inputs, scene: 9_999, seconds: 1 + profile.fps.seconds(timeline.frames) * 0.06)
    }
}
