internal import Film

/// What people wear, carry and suffer, and what became of places, shot by shot.
///
/// Wardrobe comes from the bible, by act or scene. The rest is read from the action: injuries, dirt and clothes stay until the
/// act ends or something takes them off, props until they are put down or the scene ends, damage stays with the place,
/// weather and light with the scene.
struct States {
    let cast: Cast
    private let lexicon = Lexicon.english
    private var lasting: [Int: [String]] = [:]
    private var carried: [Int: [String]] = [:]
    private var broken: [String: [String]] = [:]
    private var weather: String?
    private var light: String?
    private var act: Act?
    /// From 1.
    private var scene = 0
    private let scenes: Int

    /// - Parameter scenes: how many the film has.
    init(cast: Cast, scenes: Int) {
        self.cast = cast
        self.scenes = scenes
    }

    mutating func beginScene(act next: Act?, weatherIn heading: [String]) {
        scene += 1
        if let next, next != act {
            if act != nil { lasting = [:] }
            act = next
        }
        carried = [:]
        light = nil
        weather = heading.compactMap { StateTable.weather[$0.lowercased()] }.first
    }

    /// Reads what the shot's words change, and writes what then holds.
    mutating func apply(_ shot: inout Draft, setting: String) {
        if !shot.isDialogue, shot.trigger != .locationEstablish { read(shot, setting) }
        for person in shot.people {
            var state: [String] = []
            if let worn = cast.people[person].wardrobe.worn(act: act, scene: scene, of: scenes) {
                state.append("wardrobe: " + worn)
            }
            state += lasting[person] ?? []
            state += carried[person] ?? []
            if !state.isEmpty { shot.characterState[person] = state }
        }
        shot.settingState = (broken[setting] ?? []) + [weather, light].compactMap(\.self)
    }

    private mutating func read(_ shot: Draft, _ setting: String) {
        let paragraph = shot.paragraph ?? Paragraph(shot.content, lexicon)
        let sentences = shot.paragraph == nil ? paragraph.sentences : Array(paragraph.sentences[shot.sentences])
        for sentence in sentences { read(paragraph, sentence, shot, setting) }
    }

    private mutating func read(_ paragraph: Paragraph, _ sentence: Range<Int>, _ shot: Draft, _ setting: String) {
        var subject: Int? = nil
        for index in sentence {
            let token = paragraph.tokens[index]
            if token.isQuoted { continue }
            if let person = person(token, among: shot.people) { subject = person }
            if let sky = StateTable.weather[token.lower], token.classes.isDisjoint(with: [.adjective]),
                isSky(paragraph, index, sentence)
            {
                weather = sky
            }
            let who = subject ?? (shot.people.count == 1 ? shot.people[0] : nil)
            if let who { personal(paragraph, index, sentence, who) }
            place(paragraph, index, sentence, setting)
        }
    }

    private func person(_ token: Token, among people: [Int]) -> Int? {
        people.first { cast.people[$0].words.contains(token.lower) && token.isCapitalised }
            ?? (["he", "she"].contains(token.lower)
                ? people.first { cast.people[$0].gender == (token.lower == "he" ? .male : .female) } : nil)
    }

    private mutating func personal(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ who: Int) {
        let token = paragraph.tokens[index]
        if describes(paragraph, index, sentence, who) {
            if let injury = StateTable.injuries[token.lower] { keep("injury: " + injury, for: who) }
            if let dirt = StateTable.dirt[token.lower] { keep("dirt: " + dirt, for: who) }
        }
        guard token.classes.contains(.verbThird) else { return }
        let base = token.base
        let isPuttingOn = base == "put" && index + 1 < sentence.upperBound && paragraph.tokens[index + 1].lower == "on"
        if StateTable.dons.contains(base) || isPuttingOn,
            let thing = object(paragraph, index + (isPuttingOn ? 2 : 1), sentence)
        {
            keep("wardrobe: " + thing, for: who)
        } else if StateTable.takes.contains(base), let thing = object(paragraph, index + 1, sentence) {
            let entry = "prop: " + thing
            if carried[who]?.contains(entry) != true { carried[who, default: []].append(entry) }
            if carried[who]?.count ?? 0 > 3 { carried[who]?.removeFirst() }
        } else if StateTable.drops.contains(base), let thing = object(paragraph, index + 1, sentence) {
            let last = thing.split(separator: " ").last.map(String.init) ?? thing
            carried[who]?.removeAll { $0.hasSuffix(last) }
        }
    }

    /// It rains; whiskey raining down a mirror is no weather.
    private func isSky(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>) -> Bool {
        let token = paragraph.tokens[index]
        guard index > sentence.lowerBound, token.before == 0 else { return true }
        let before = paragraph.tokens[index - 1]
        // Dust hangs like snow, beans rain down.
        if ["like", "as"].contains(before.lower) { return false }
        if token.classes.contains(.verbBase), Plural.isPlural(before.lower), before.classes.isDisjoint(with: .dangling)
        {
            return false
        }
        guard token.classes.contains(.verbThird) || token.classes.contains(.verbIng) else { return true }
        return ["it", "it's", "is", "was", "still", "now", "outside", "begins", "starts", "stops"].contains(
            paragraph.tokens[index - 1].lower)
    }

    /// Whether a word such as "wet" is said of the person: not of a limping horse, nor of the horse's wet neck.
    private func describes(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ who: Int) -> Bool {
        let other: WordClass = [
            .preposition, .conjunction, .adverb, .auxiliary, .determiner, .possessive, .subjectPronoun, .objectPronoun,
            .verbThird,
        ]
        var head = index + 1
        while head < sentence.upperBound, paragraph.tokens[head].before == 0,
            paragraph.tokens[head].classes.contains(.adjective)
        {
            head += 1
        }
        guard head < sentence.upperBound, paragraph.tokens[head].before == 0,
            paragraph.tokens[head].classes.isDisjoint(with: other), !paragraph.tokens[head].lower.hasSuffix("ly")
        else { return true }
        // An adjective before a noun: of the person only where the noun is a part of them or worn.
        let noun = paragraph.tokens[head].lower
        guard MentionTable.body.contains(noun) || StateTable.garments.contains(noun) else { return false }
        guard index > sentence.lowerBound, paragraph.tokens[index].before == 0 else { return true }
        let before = paragraph.tokens[index - 1]
        if before.isPossessive { return cast.people[who].words.contains(before.lower) }
        return before.classes.isDisjoint(with: [.determiner, .number])
    }

    private mutating func keep(_ state: String, for who: Int) {
        if lasting[who]?.contains(state) != true { lasting[who, default: []].append(state) }
    }

    private mutating func place(_ paragraph: Paragraph, _ index: Int, _ sentence: Range<Int>, _ setting: String) {
        let token = paragraph.tokens[index]
        guard index > sentence.lowerBound, token.classes.contains(.verbThird) || token.classes.contains(.verbBase)
        else { return }
        let base = token.base
        let before = paragraph.tokens[index - 1].lower
        // A door that bursts open is no ruin.
        let isOpening = index + 1 < sentence.upperBound && paragraph.tokens[index + 1].lower == "open"
        if StateTable.damage.contains(base), StateTable.damageable.contains(before), !isOpening {
            let state = "broken " + before
            if broken[setting]?.contains(state) != true { broken[setting, default: []].append(state) }
        }
        if StateTable.lights.contains(before) {
            if StateTable.lightsOut.contains(base) { light = base == "flicker" ? "flickering light" : "lights out" }
            if StateTable.lightsOn.contains(base) { light = nil }
        }
    }

    /// The noun phrase after a verb: without its article, at most four words; nil for people and pronouns.
    private func object(_ paragraph: Paragraph, _ start: Int, _ sentence: Range<Int>) -> String? {
        var index = start
        var words: [String] = []
        var isNamed = false
        while index < sentence.upperBound, words.count < 4 {
            let token = paragraph.tokens[index]
            if index > start, token.before != 0 { break }
            if token.classes.contains(.preposition) || token.classes.contains(.conjunction)
                || token.classes.contains(.auxiliary)
            {
                break
            }
            if token.classes.contains(.objectPronoun), token.lower != "her" || token.lower == "it" { return nil }
            if ["it", "you"].contains(token.lower) { return nil }
            let isLead = !token.classes.isDisjoint(with: [.determiner, .possessive])
            if isLead || token.classes.contains(.adjective) || token.classes.contains(.number) { isNamed = true }
            // "The rear door open", "the steps three at a time": the thing ends before.
            if let last = words.last, !token.classes.isDisjoint(with: [.adjective, .number]),
                lexicon.classes(of: last).isDisjoint(with: [.adjective, .number])
            {
                break
            }
            if isLead {
                if !words.isEmpty { break }
            } else if token.isCapitalised && !token.isCaps {
                return nil
            } else if token.classes.contains(.adverb), token.classes.isDisjoint(with: [.adjective]) {
                break
            } else {
                words.append(token.lower)
            }
            index += 1
        }
        // Takes flight, takes aim: no thing.
        guard isNamed || words.count > 1 || words.last.map(Plural.isPlural) == true else { return nil }
        guard let last = words.last, !lexicon.classes(of: last).contains(.number), !lexicon.isComparative(last),
            !MentionTable.body.contains(last),
            !StateTable.fixtures.contains(last)
        else {
            return nil
        }
        return words.joined(separator: " ")
    }
}
