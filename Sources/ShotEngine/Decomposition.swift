internal import Film
internal import Screenplay

/// V1: a scene becomes shots, each with its reason.
struct Decomposition {
    let cast: Cast
    let source: Source
    private let rules = TriggerRules()
    private var introductions = Introductions()
    private var finder: MentionFinder
    private var motion: MotionFinder
    private var focus = Focus()
    private var shown: Set<Int> = []
    private var scene = DraftScene(index: 0)
    private var pace = Pace.moderate
    private var beat = ""

    /// Longest group of sentences for one shot, words.
    static let wordsLimit = 38
    /// Longest speech in one shot, words.
    static let speechLimit = 45

    init(cast: Cast, source: Source) {
        self.cast = cast
        self.source = source
        finder = MentionFinder(cast: cast)
        motion = MotionFinder(cast: cast)
        for scene in source.scenes {
            for case .speech(let speech) in scene.blocks {
                for word in speech.name.all { introductions.speakers.insert(word) }
            }
        }
    }

    mutating func scene(_ index: Int, setting: String, isPlaceNew: Bool) -> DraftScene {
        let from = source.scenes[index]
        scene = DraftScene(index: index)
        scene.setting = setting
        scene.isOutside = from.slugline.side == .outside
        scene.time = from.slugline.time
        scene.isPlaceNew = isPlaceNew
        scene.targetSeconds = from.scene.seconds
        beat = from.scene.beat
        pace = Pace(beat: beat)
        focus = Focus()
        recentSpeakers = []
        finder.near = nearby(from)
        scene.isSequence = isSequence(from)
        open(from)
        for (place, block) in from.blocks.enumerated() {
            // What is written behind the last words joins the scene to the next; FADE IN: above the first does not.
            switch block {
            case .action(let action):
                scene.written = []
                add(action)
            case .speech(let speech):
                scene.written = []
                add(speech, next: place + 1, in: from)
            case .transition(let text): scene.written.append(text)
            }
        }
        if scene.shots.isEmpty { scene.shots.append(establishing(from)) }
        scene.shots[0].isFirst = true
        return scene
    }

    /// Everybody the scene names by cue or list.
    private func nearby(_ from: Source.Scene) -> [Int] {
        var people: [Int] = []
        func add(_ person: Int?) {
            if let person, !people.contains(person) { people.append(person) }
        }
        for name in from.scene.people { add(cast.resolve(name)) }
        for case .speech(let speech) in from.blocks { add(cast.resolve(speech.name)) }
        return people
    }

    private func isSequence(_ from: Source.Scene) -> Bool {
        let text = (from.scene.heading + " " + from.scene.beat + " " + from.scene.conflict).lowercased()
        if text.split(whereSeparator: { !$0.isLetter }).contains(where: {
            Lexicon.english.cue(of: String($0))?.contains(.sequence) == true
        }) {
            return true
        }
        return from.blocks.contains { block in
            guard case .action(let action) = block else { return false }
            let tokens = action.paragraph.tokens
            return tokens.indices.contains { index in
                guard tokens[index].cue?.contains(.sequence) == true, !tokens[index].isQuoted,
                    cast.forms[tokens[index].lower] == nil
                else {
                    return false
                }
                // A chase, not that somebody chases or races.
                return tokens[index].isCaps
                    || index > 0 && !tokens[index - 1].classes.isDisjoint(with: [.determiner, .adjective])
            }
        }
    }

    // MARK: opening

    private mutating func open(_ from: Source.Scene) {
        if from.slugline.remarks.contains(where: { $0.contains("INTERCUT") }) { return }
        let time = from.slugline.time
        let isLater =
            time.hasSuffix("LATER") && !time.hasPrefix("MOMENT") && !time.hasPrefix("SECOND")
            && !time.hasPrefix("A MOMENT")
        if isLater {
            var draft = establishing(from)
            draft.trigger = .timeSkip
            draft.triggerWhy = "the heading says \(time)"
            scene.shots.append(draft)
        } else if !from.slugline.isContinuous, scene.isPlaceNew {
            scene.shots.append(establishing(from))
        }
    }

    private func establishing(_ from: Source.Scene) -> Draft {
        var draft = Draft(scene: scene.index, trigger: .locationEstablish, content: from.scene.heading)
        draft.triggerWhy = scene.isPlaceNew ? "the place is new" : "the scene holds nothing else"
        draft.intensity = TriggerRules.intensity(.locationEstablish, pace)
        draft.line = from.scene.line
        return draft
    }

    // MARK: action

    private mutating func add(_ action: Source.Action) {
        let paragraph = action.paragraph
        guard !paragraph.sentences.isEmpty else {
            // Signs only, or a script we cannot read word by word: shown as it is.
            var draft = Draft(scene: scene.index, trigger: .actionBeat, content: action.text)
            draft.intensity = TriggerRules.intensity(.actionBeat, pace)
            draft.line = action.line
            scene.shots.append(draft)
            return
        }
        let direction = Direction(paragraph)
        if direction.isIntercut { return }
        var mentions: [[Mention]] = []
        for sentence in paragraph.sentences { mentions.append(finder.mentions(in: paragraph, sentence, &focus)) }
        let introduced = introductions.find(in: paragraph)
        for group in groups(paragraph, mentions, introduced) {
            add(group, action, mentions, introduced, direction)
        }
    }

    /// Sentences that make one shot each.
    private func groups(
        _ paragraph: Paragraph, _ mentions: [[Mention]], _ introduced: [Introductions.Found]
    ) -> [Range<Int>] {
        var groups: [Range<Int>] = []
        var start = 0
        var words = 0
        for index in paragraph.sentences.indices {
            let count = paragraph.sentences[index].count
            let isIntroduction = introduced.contains {
                $0.hasAge && paragraph.sentences[index].contains($0.range.lowerBound)
            }
            if index > start, words + count > Self.wordsLimit || isIntroduction && words > 14 {
                groups.append(start..<index)
                start = index
                words = 0
            }
            words += count
        }
        groups.append(start..<paragraph.sentences.count)
        return groups
    }

    private mutating func add(
        _ group: Range<Int>, _ action: Source.Action, _ mentions: [[Mention]], _ introduced: [Introductions.Found],
        _ direction: Direction
    ) {
        let paragraph = action.paragraph
        var facts = rules.facts(paragraph, group)
        var people: [Int] = []
        for sentence in group {
            for mention in mentions[sentence] where mention.isSeen {
                if direction.isInsert, !mention.isPossessive || !isBody(paragraph, mention) { continue }
                for person in mention.people where !people.contains(person) { people.append(person) }
            }
        }
        facts.hasIntroduction = introduced.contains { found in
            guard group.contains(where: { paragraph.sentences[$0].contains(found.range.lowerBound) }) else {
                return false
            }
            guard let person = cast.resolve(found.name) else { return false }
            return !shown.contains(person) && (found.hasAge || found.isType || found.isFull || !found.look.isEmpty)
        }
        shown.formUnion(people)
        var (trigger, why) = rules.trigger(facts, beat: beat)
        if direction.isInsert, trigger != .timeSkip { (trigger, why) = (.revelation, "the writer asks for an insert") }
        let content =
            group.count == paragraph.sentences.count
            ? action.text : group.map { paragraph.sentence($0) }.joined(separator: " ")
        var draft = Draft(scene: scene.index, trigger: trigger, content: content)
        draft.triggerWhy = why
        draft.people = people
        draft.hint = direction.type
        draft.line = action.line
        draft.words = facts.words
        draft.paragraph = paragraph
        draft.sentences = group
        draft.isTravelling = facts.isTravelling
        draft.isFacial = facts.isFacial
        draft.hasExtras =
            people.isEmpty
            && group.contains { sentence in
                paragraph.sentences[sentence].contains { index in
                    !Lexicon.english.classes(of: Plural.singular(paragraph.tokens[index].lower)).isDisjoint(with: .role)
                }
            }
        draft.direction = Direction.camera(paragraph, group)
        draft.intensity = TriggerRules.intensity(trigger, pace)
        draft.isDisaster =
            TriggerRules.isBeat(beat, among: TriggerRules.disasterBeats)
            && [.climaxMoment, .revelation].contains(trigger)
        var carried = ""
        var phrases: [[String]] = []
        for sentence in group {
            let found = motion.phrases(
                in: paragraph, paragraph.sentences[sentence], mentions[sentence], finder: finder, limit: 4,
                carried: &carried)
            phrases.append(found.filter { !phrases.joined().contains($0) })
        }
        draft.motions = MotionFinder.chosen(phrases, limit: 4)
        scene.shots.append(draft)
    }

    private func isBody(_ paragraph: Paragraph, _ mention: Mention) -> Bool {
        let next = mention.range.upperBound
        guard next < paragraph.tokens.count else { return false }
        return MentionTable.body.contains(paragraph.tokens[next].lower)
            || next + 1 < paragraph.tokens.count && MentionTable.body.contains(paragraph.tokens[next + 1].lower)
    }

    // MARK: speech

    private mutating func add(_ speech: Source.Speech, next: Int, in from: Source.Scene) {
        guard let speaker = cast.resolve(speech.name, near: focus.present) else { return }
        let isOffscreen = speech.name.isOffscreen
        let others = focus.entries.filter { !$0.isAbsent }.map(\.person)
            .filter { $0 != speaker && !cast.people[$0].isPlural }
        // Who is called by name is spoken to, else who spoke last; an unseen voice is heard by whoever is before the camera.
        let addressed = addressee(of: speech, among: others)
        let listener = addressed ?? (isOffscreen ? nil : recentSpeakers.last { others.contains($0) }) ?? others.first
        for piece in pieces(speech, speaker, isOffscreen) {
            var draft = Draft(scene: scene.index, trigger: .dialogueExchange, content: content(piece, speaker))
            draft.triggerWhy = "\(cast.people[speaker].name) speaks\(isOffscreen ? " unseen" : "")"
            draft.lines = piece
            draft.line = speech.line
            draft.intensity = TriggerRules.intensity(.dialogueExchange, pace)
            if isOffscreen {
                // Who hears it is shown; a voice over has no hearer.
                if !speech.isVoiceOver, let listener { draft.people = [listener] }
            } else {
                draft.people = [speaker] + (listener.map { [$0] } ?? [])
            }
            scene.shots.append(draft)
        }
        if isOffscreen, !speech.isVoiceOver, !focus.present.contains(speaker) { focus.mention(absent: speaker, cast) }
        if !isOffscreen {
            shown.insert(speaker)
            if let addressed { focus.touch(addressed, cast, isSubject: false) }
            focus.touch(speaker, cast, isSubject: true)
            if let listener { focus.group([listener, speaker]) }
            recentSpeakers.removeAll { $0 == speaker }
            recentSpeakers.append(speaker)
        }
    }

    private var recentSpeakers: [Int] = []

    /// "Sit down, Miss Ross.": somebody who is there and is called by name, the last of them.
    private func addressee(of speech: Source.Speech, among others: [Int]) -> Int? {
        var addressed: Int?
        for line in speech.lines {
            for sentence in line.text.split(whereSeparator: { ".!?…".contains($0) }) {
                for part in sentence.split(separator: ",") {
                    let words = part.split(separator: " ")
                    guard (1...3).contains(words.count), words[0].first?.isUppercase == true, canBeName(words[0]),
                        let person = cast.resolve(String(part), near: focus.present), others.contains(person)
                    else { continue }
                    addressed = person
                }
            }
        }
        return addressed
    }

    private func canBeName(_ word: Substring) -> Bool {
        let word = word.lowercased().filter { $0 != "." && $0 != "\"" }
        return cast.forms[word] != nil || cast.holders[word] != nil
            || Lexicon.english.classes(of: word).contains(.title)
    }

    /// The speech in parts that one shot can hold, cut at ends of sentences, else at words.
    private func pieces(_ speech: Source.Speech, _ speaker: Int, _ isOffscreen: Bool) -> [[Draft.Line]] {
        var pieces: [[Draft.Line]] = []
        var current: [Draft.Line] = []
        var words = 0
        for line in speech.lines {
            for (index, text) in Self.parts(of: line.text).enumerated() {
                let count = Source.wordCount(text)
                if !current.isEmpty, words + count > Self.speechLimit {
                    pieces.append(current)
                    current = []
                    words = 0
                }
                current.append(
                    Draft.Line(
                        speaker: speaker, text: text, parenthetical: index == 0 ? line.parenthetical : "",
                        isOffscreen: isOffscreen))
                words += count
            }
        }
        if !current.isEmpty { pieces.append(current) }
        return pieces
    }

    /// A text of at most ``speechLimit`` words as one part, a longer one in several.
    static func parts(of text: String) -> [String] {
        guard Source.wordCount(text) > speechLimit else { return [text] }
        var parts: [String] = []
        var current: [Substring] = []
        var sentence: [Substring] = []
        func flush(_ words: inout [Substring]) {
            if !words.isEmpty { parts.append(words.joined(separator: " ")) }
            words = []
        }
        for word in text.split(whereSeparator: \.isWhitespace) {
            sentence.append(word)
            let isEnd = word.last.map { ".!?…。！？".contains($0) } == true
            if isEnd || sentence.count >= speechLimit {
                if current.count + sentence.count > speechLimit { flush(&current) }
                current += sentence
                sentence = []
            }
        }
        if current.count + sentence.count > speechLimit { flush(&current) }
        current += sentence
        flush(&current)
        return parts
    }

    private func content(_ lines: [Draft.Line], _ speaker: Int) -> String {
        let text = lines.map(\.text).joined(separator: " ")
        var shown = text
        if text.count > 140 {
            let cut = text.prefix(140)
            shown = String(cut[..<(cut.lastIndex(of: " ") ?? cut.endIndex)]) + "…"
        }
        return "\(cast.people[speaker].name) says\(lines.first?.isOffscreen == true ? " off screen" : ""): \(shown)"
    }
}
