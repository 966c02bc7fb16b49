package import Film
package import Protocol

/// Sound: lines, beds, a window per scene, and the film's sound as one.
extension FilmPlan {
    mutating func planSound(_ clip: Timeline.Clip) {
        let shot = clip.shot
        for (index, line) in clip.lines.enumerated() where !profile.isAbsent("\(shot.id)_\(index + 1)/dialogue") {
            let voice = film.voices.voice(of: line.speaker)
            var parameters: Fields = [
                "text": .init(line.text), "voice": .init(voice?.id ?? ""), "speaker": .init(line.speaker),
                "offscreen": .init(line.isOffscreen),
            ]
            let sayings = film.voices.sayings.filter { line.text.lowercased().contains($0.word.lowercased()) }
            if !sayings.isEmpty {
                parameters["sayings"] = .list(
                    sayings.map { .map(["word": .init($0.word), "said": .init($0.said), "ipa": .init($0.isIPA)]) })
            }
            // The same person at another service: nothing is stale for that.
            let name = "\(shot.id)_\(index + 1)/dialogue"
            let choice = backend(
                of: .dialogue, film.selection.choices[Self.slot(of: name, .dialogue)], scene: shot.scene)
            let shaping: Fields =
                choice.isLocal
                ? [:] : ["voice": .init(film.voices.voice(of: line.speaker, at: choice.backend) ?? "")]
            add(
                .dialogue, name, parameters, shaping: shaping, scene: shot.scene,
                shot: shot.number,
                seconds: work(.dialogue, 1 + Double(line.text.count) * 0.01), isGoal: true,
                units: ServiceModels.billedCharacters(of: line.text, at: choice.backend))
        }
        if !clip.lines.isEmpty {
            let speech = clip.lines.reduce(0.5) { $0 + LineTiming.seconds(of: $1.text) }
            if speech > profile.fps.seconds(clip.frames) {
                notes.append(
                    "\(shot.id): its lines take about \(Self.tenths(speech)) s, the shot has "
                        + "\(Self.tenths(profile.fps.seconds(clip.frames))) s; what is left over runs under the next shot"
                )
            }
        }
        guard !profile.isAbsent("\(clip.name)/ambience") else { return }
        let reach = max(overlap(clip.soundIn), overlap(clip.soundOut))
        let length = film.cut == nil ? shot.seconds : profile.fps.seconds(clip.frames)
        // Whole seconds with room to spare: beds of one place and length are made once and shared.
        let seconds = Int((length + profile.fps.seconds(reach)).rounded(.up)) + 1
        let location = locations[shot.setting]
        add(
            .ambience, "\(clip.name)/ambience",
            [
                "words": .init(shot.ambience), "place": .init(location?.prompt ?? shot.setting),
                "time": .init(time(of: shot)), "exterior": .init(isExterior(shot)),
                "seconds": .init(seconds),
            ], shaping: [:], scene: shot.scene, shot: shot.number,
            seconds: work(.ambience, 0.3 + Double(seconds) * 0.05),
            units: Double(seconds))
    }

    /// Frames after which a shot's lines have surely ended, even in the slowest voice.
    static func longestSpeech(_ clip: Timeline.Clip, fps: FrameRate) -> Int {
        clip.lines.reduce(clip.speechAt) { $0 + 5 + fps.frames(in: 0.5 + Double($1.text.count) * 0.12) }
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
            "shot": .init(clip.name), "at": .init(clip.start - origin), "frames": .init(clip.frames),
            "lead": .init(overlap(clip.soundIn)), "trail": .init(overlap(clip.soundOut)),
            "fade_in": .init(fade(clip.soundIn)), "fade_out": .init(fade(clip.soundOut)),
            "speak": .init(clip.speechAt),
        ]
        if !linesOnly, let bed = node("\(clip.name)/ambience") {
            fields["bed"] = .init("bed.\(index)")
            inputs.append(Source("bed.\(index)", bed, isTolerant: true))
        }
        var lines: [Field] = []
        for line in clip.lines.indices {
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

    /// The air of each place, for clips that stand together: a run of shots in one place at one hour has it without a
    /// break.
    func tones(over range: Range<Int>, origin: Int, _ inputs: inout [Source]) -> [Field] {
        var tones: [Field] = []
        var index = range.lowerBound
        while index < range.upperBound {
            let first = timeline.clips[index]
            let variant = "\(first.shot.setting)__\(time(of: first.shot))"
            var last = index
            while last + 1 < range.upperBound, timeline.clips[last + 1].shot.scene == first.shot.scene,
                "\(timeline.clips[last + 1].shot.setting)__\(time(of: timeline.clips[last + 1].shot))" == variant
            { last += 1 }
            defer { index = last + 1 }
            guard let node = node("\(variant)/tone") else { continue }
            let name = "tone.\(index)"
            inputs.append(Source(name, node, isTolerant: true))
            tones.append(
                .map([
                    "input": .init(name), "at": .init(first.start - origin),
                    "frames": .init(timeline.clips[last].end - first.start),
                    "fade_in": .init(fade(first.soundIn)), "fade_out": .init(fade(timeline.clips[last].soundOut)),
                ]))
        }
        return tones
    }

    /// Music under a window: the scene's own, else the film's, which goes on from window to window.
    func music(in window: Timeline.Window, _ inputs: inout [Source]) -> [Field] {
        let windows = timeline.windows
        func entry(_ name: String, _ node: JobNode, from: Int, to: Int, skip: Int) -> [Field] {
            inputs.append(Source(name, node))
            return [
                .map([
                    "input": .init(name), "at": .init(from - window.from), "frames": .init(to - from),
                    "skip": .init(skip),
                ])
            ]
        }
        if let own = node("\(Self.sceneName(window.scene))/music") {
            return entry("music", own, from: window.from, to: window.to, skip: 0)
        }
        guard let film = node("film/music"), let start = windows.first?.from,
            let here = windows.firstIndex(of: window)
        else { return [] }
        func isFilms(_ index: Int) -> Bool {
            windows.indices.contains(index) && node("\(Self.sceneName(windows[index].scene))/music") == nil
        }
        var (first, last) = (here, here)
        while isFilms(first - 1) { first -= 1 }
        while isFilms(last + 1) { last += 1 }
        return entry("music", film, from: windows[first].from, to: windows[last].to, skip: windows[first].from - start)
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
        let owners = window.segments.compactMap { timeline.segments[$0].owner }
        let range = (owners.first ?? 0)..<(owners.last.map { $0 + 1 } ?? 0)
        let tones = tones(over: range, origin: window.from, &inputs)
        let music = music(in: window, &inputs)
        add(
            .mix, Self.name(of: window) + "/mix",
            [
                "frames": .init(window.to - window.from), "stems": .list(stems), "tones": .list(tones),
                "music": .list(music),
            ], shaping: soundFields, inputs: inputs,
            scene: window.scene, seconds: 0.4 + profile.fps.seconds(window.to - window.from) * 0.02)
    }

    // MARK: the film's sound

    mutating func planSoundtrack() {
        var inputs: [Source] = []
        let windows = timeline.windows.compactMap { window -> Field? in
            guard let mix = node(Self.name(of: window) + "/mix") else { return nil }
            inputs.append(Source("window.\(inputs.count)", mix))
            return .init("window.\(inputs.count - 1)")
        }
        let lines = captionLines(&inputs)
        var parameters: Fields = [
            "frames": .init(timeline.frames), "lead_frames": .init(timeline.leadFrames),
            "tail_frames": .init(timeline.tailFrames), "windows": .list(windows),
            "chapters": .list(chapters.map(\.fields)),
            "lines": .list(lines), "title": .init(film.title), "author": .init(film.author),
            "logline": .init(film.logline), "language": .init(profile.language),
        ]
        if let cover = coverShot, !profile.isAbsent("\(cover)/compose"), let still = node("\(cover)/compose") {
            inputs.append(Source("cover", still, isTolerant: true))
        }
        parameters.values.merge(profile.fps.fields) { _, new in new }
        add(
            .soundtrack, "soundtrack", parameters,
            shaping: [
                "samples_per_frame": .init(profile.samplesPerFrame), "audio_kilobits": .init(profile.audioKilobits),
                "loudness": .init(profile.loudnessMilliLUFS),
            ], inputs: inputs, scene: 9_999, seconds: 1 + profile.fps.seconds(timeline.frames) * 0.015)
    }

    /// Where a chapter begins, in film frames, and what it is called.
    package struct Chapter: Sendable, Equatable {
        package let at: Int
        package let title: String

        var fields: Field { .map(["at": .init(at), "title": .init(title)]) }
    }

    /// One per scene; the first begins with the film.
    package var chapters: [Chapter] {
        timeline.windows.enumerated().map { index, window in
            let slugline = film.scenes.first { $0.number == window.scene }?.slugline ?? ""
            return Chapter(
                at: index == 0 ? 0 : window.from,
                title: "Scene \(window.scene)" + (window.part == 1 ? "" : ", again")
                    + (slugline.isEmpty ? "" : ": \(slugline)"))
        }
    }

    private func captionLines(_ inputs: inout [Source]) -> [Field] {
        var lines: [Field] = []
        for (index, clip) in timeline.clips.enumerated() {
            for (number, line) in clip.lines.enumerated() {
                guard let node = node("\(clip.shot.id)_\(number + 1)/dialogue") else { continue }
                let name = "line.\(index).\(number)"
                inputs.append(Source(name, node, isTolerant: true))
                lines.append(
                    .map([
                        "input": .init(name), "text": .init(line.text), "speaker": .init(line.speaker),
                        "at": .init(clip.start + clip.speechAt), "first": .init(number == 0),
                    ]))
            }
        }
        return lines
    }

    /// The film's captions, from what is known of each spoken line.
    /// - Parameter facts: of a dialogue node by name; nil when it is not there.
    package func captions(_ facts: (String) -> Fields?) -> Captions {
        var lines: [Captions.Line] = []
        for clip in timeline.clips {
            var layout = LineTiming.Layout(at: clip.start + clip.speechAt, samplesPerFrame: profile.samplesPerFrame)
            for (number, line) in clip.lines.enumerated() {
                guard let facts = facts("\(clip.shot.id)_\(number + 1)/dialogue"),
                    let samples = try? facts.integer("samples", in: 0...100_000_000)
                else { continue }
                lines.append(
                    Captions.Line(
                        text: line.text, speaker: line.speaker, start: layout.place(samples), samples: samples,
                        words: LineTiming.words(facts)))
            }
        }
        return Captions(lines)
    }

    /// The shot whose still becomes the film's cover: people seen near, in a strong moment, of the film's first half.
    package var coverShot: String? {
        let half = max(1, (timeline.clips.count + 1) / 2)
        func worth(_ shot: Shot) -> Int {
            let near: Int =
                switch shot.type {
                case .medium, .twoShot, .mediumWide: 3
                case .mediumClose, .group, .overShoulder: 2
                case .wide, .closeUp, .pov: 1
                case .extremeWide, .extremeCloseUp, .insert: 0
                }
            return near * 10 + min(shot.people.count, 3) * 8 + Int(shot.intensity * 10)
        }
        let candidates = timeline.clips.prefix(half).map(\.shot)
        return candidates.max { (worth($0), $1.id) < (worth($1), $0.id) }?.id
    }
}
