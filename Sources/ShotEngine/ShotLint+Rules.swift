internal import Film
internal import Screenplay

/// The rules of one shot.
extension ShotLint {
    // MARK: speakers (AC-3, AC-5)

    mutating func checkSpeaker(_ shot: inout JSON, _ id: String, _ focus: Focus) {
        var text = shot["dialogue_text"]?.plainText ?? ""
        guard !text.trimmingSpaces.isEmpty else { return }
        numbers.lines += 1
        let cleaned = Self.withoutLabels(text, cast)
        if cleaned != text {
            add("AC-5", id, "dialogue_text holds more than spoken words: \"\(text.prefix(50))\"", fixable: true)
            shot["dialogue_text"] = .string(cleaned)
            text = cleaned
        }
        let line = Self.folded(text)
        let key = "\(shot["scene_number"]?.plainText ?? "") \(shot["dialogue_speaker"]?.plainText ?? "") \(line)"
        if line.split(separator: " ").count > 3 {
            if let first = seenLines[key] {
                add("AC-5", id, "says again what \(first) says: \"\(text.prefix(50))\"", .warning)
            }
            seenLines[key] = id
        }
        var written = shot["dialogue_speaker"]?.plainText ?? ""
        if Self.isUnknown(written), let cue = scriptSpeakers[line], !cue.isEmpty {
            add("AC-3", id, "nobody is named for \"\(text.prefix(50))\"; the screenplay says \(cue)", fixable: true)
            shot["dialogue_speaker"] = .string(cue)
            written = cue
        }
        guard !Self.isUnknown(written) else {
            add("AC-3", id, "nobody is named for \"\(text.prefix(50))\"")
            return
        }
        let name = NameParts(written)
        var isOffscreen = shot["dialogue_offscreen"] == .bool(true)
        if name.isOffscreen, !isOffscreen {
            add("AC-3", id, "\"\(written)\" is unseen and not marked so", fixable: true)
            shot["dialogue_offscreen"] = .bool(true)
            isOffscreen = true
        }
        guard let speaker = cast.resolve(name, near: focus.present) else { return }
        let canonical = cast.people[speaker].name
        if written != canonical {
            add("AC-6", id, "dialogue_speaker \"\(written)\" is \(canonical)", .warning, fixable: true)
            shot["dialogue_speaker"] = .string(canonical)
        }
        if isOffscreen {
            numbers.offscreen += 1
        } else if !frame(of: shot).contains(speaker) {
            add("AC-3", id, "\(canonical) speaks and is not in frame", fixable: true)
            put([speaker] + frame(of: shot), in: &shot)
        }
    }

    /// The words to be spoken: without "RAE:" and bars.
    static func withoutLabels(_ text: String, _ cast: Cast) -> String {
        let parts = text.split(separator: "|").map { part -> String in
            let words = String(part).trimmingSpaces
            guard let colon = words.firstIndex(of: ":") else { return words }
            let label = String(words[..<colon])
            let isLabel =
                label.count <= 40 && label == label.uppercased() && label.contains(where: \.isLetter)
                && cast.resolve(label) != nil
            return isLabel ? String(words[words.index(after: colon)...]).trimmingSpaces : words
        }
        return parts.count == 1 && parts[0] == text.trimmingSpaces
            ? text : parts.filter { !$0.isEmpty }.joined(separator: " ")
    }

    // MARK: frames (AC-2, AC-6)

    func frame(of shot: JSON) -> [Int] {
        let names = shot["characters_in_frame"]?.texts ?? []
        let written = names.isEmpty ? shot["character_ref_ids"]?.texts ?? [] : names
        var people: [Int] = []
        for name in written { if let person = cast.resolve(name), !people.contains(person) { people.append(person) } }
        return people
    }

    func put(_ people: [Int], in shot: inout JSON) {
        var once: [Int] = []
        for person in people where !once.contains(person) { once.append(person) }
        shot["characters_in_frame"] = .array(once.map { .string(cast.people[$0].name) })
        shot["character_ref_ids"] = .array(once.map { .string(cast.people[$0].key) })
    }

    mutating func checkFrame(_ shot: inout JSON, _ id: String, _ focus: inout Focus) {
        let people = frame(of: shot)
        let refs = shot["character_ref_ids"]?.texts ?? []
        let keys = people.map { cast.people[$0].key }
        if !people.isEmpty, refs != keys {
            add(
                "AC-6", id,
                "character_ref_ids are \(refs.joined(separator: ", ")); one id for each person: \(keys.joined(separator: ", "))",
                fixable: true)
            put(people, in: &shot)
        }
        for person in people where !bible.people.isEmpty && !cast.people[person].isInBible {
            add("AC-6", id, "\(cast.people[person].name) is not in the visual bible, hero or cast file", .warning)
        }
        if (shot["dialogue_text"]?.plainText ?? "").isEmpty {
            checkNamed(&shot, id, people, &focus)
        } else {
            for person in people { focus.touch(person, cast, isSubject: false) }
        }
        if let first = frame(of: shot).first, (shot["character_prompt_prefix"]?.plainText ?? "").isEmpty {
            add("list", id, "people are in frame and character_prompt_prefix is empty", .warning, fixable: true)
            shot["character_prompt_prefix"] = .string(String(cast.people[first].portrait.prefix(200)))
        }
    }

    /// Everybody the words show is in frame; nobody is where the words show nobody.
    private mutating func checkNamed(_ shot: inout JSON, _ id: String, _ people: [Int], _ focus: inout Focus) {
        let content = shot["content"]?.plainText ?? ""
        guard shot["trigger"]?.plainText != "location_establish", !content.isEmpty else { return }
        let paragraph = Paragraph(content, Lexicon.english)
        let direction = Direction(paragraph)
        guard !direction.isInsert else { return }
        var named: [Int] = []
        var seen: [Int] = []
        for sentence in paragraph.sentences {
            for mention in finder.mentions(in: paragraph, sentence, &focus) where mention.isSeen {
                for person in mention.people {
                    if !mention.isPronoun, !named.contains(person) { named.append(person) }
                    if !seen.contains(person) { seen.append(person) }
                }
            }
        }
        let absent = named.filter { !people.contains($0) }
        if !absent.isEmpty {
            let names = absent.map { cast.people[$0].name }.joined(separator: " and ")
            add(
                "AC-2", id, "the words show \(names), who \(absent.count == 1 ? "is" : "are") not in frame",
                fixable: true)
            put(people + absent, in: &shot)
        } else if people.isEmpty, !seen.isEmpty {
            add(
                "AC-2", id,
                "a pronoun shows \(seen.map { cast.people[$0].name }.joined(separator: " and ")), and nobody is in frame",
                .warning, fixable: true)
            put(seen, in: &shot)
        }
    }

    // MARK: prompts (AC-1, AC-4)

    mutating func checkPrompts(_ shot: inout JSON, _ id: String) {
        for name in ["scene_prompt", "video_prompt"] {
            guard let prompt = shot[name]?.string, !prompt.isEmpty else { continue }
            let parts = prompt.split(separator: ",").map { String($0).trimmingSpaces }
            var faults: [(rule: String, message: String)] = []
            var list = PhraseList()
            var kept: [String] = []
            for part in parts {
                if let fault = MotionPhrase.fault(in: part) ?? misnamed(part) {
                    faults.append(("AC-1", "\(name) says \"\(part)\", which \(fault)"))
                    continue
                }
                let before = list.text
                list.add(part)
                if list.text == before {
                    faults.append(("AC-4", "\(name) says \"\(part)\" twice"))
                } else {
                    kept.append(part)
                }
            }
            guard !faults.isEmpty else { continue }
            for fault in faults { add(fault.rule, id, fault.message, fixable: true) }
            shot[name] = .string(
                mended(list, shot, isVideo: name == "video_prompt", hasLost: faults.contains { $0.rule == "AC-1" }))
        }
    }

    /// "figure mara fires", "figure skip turns": a stand-in before a name.
    private func misnamed(_ phrase: String) -> String? {
        let words = phrase.split(separator: " ").map { $0.lowercased() }
        guard words.count > 1, words[0] == "figure", !["in", "at", "is", "with", "speaking"].contains(words[1]) else {
            return nil
        }
        if cast.forms[words[1]] != nil { return "puts \"figure\" before a name" }
        return words.count > 2 && MotionPhrase.isCutBefore(words[1]) ? "has a subject that is cut off" : nil
    }

    /// The sound phrases, and where one was lost what the words or the trigger say instead.
    private func mended(_ list: PhraseList, _ shot: JSON, isVideo: Bool, hasLost: Bool) -> String {
        var list = list
        var seconds = ""
        if isVideo, let last = list.popSeconds() { seconds = last }
        if hasLost {
            let phrases = motions(shot)
            if phrases.isEmpty {
                if isVideo {
                    list.add(ShotTable.motion(Trigger(rawValue: shot["trigger"]?.plainText ?? "") ?? .actionBeat))
                }
            } else {
                for phrase in phrases.prefix(isVideo ? 3 : 1) { list.add(phrase) }
            }
        }
        return seconds.isEmpty ? list.text : list.text + ", " + seconds
    }

    private func motions(_ shot: JSON) -> [String] {
        guard (shot["dialogue_text"]?.plainText ?? "").isEmpty else { return [] }
        let paragraph = Paragraph(shot["content"]?.plainText ?? "", Lexicon.english)
        let motion = MotionFinder(cast: cast)
        var focus = Focus()
        for person in frame(of: shot) { focus.touch(person, cast, isSubject: false) }
        var phrases: [String] = []
        var carried = ""
        for sentence in paragraph.sentences where phrases.count < 3 {
            let mentions = finder.mentions(in: paragraph, sentence, &focus)
            phrases += motion.phrases(
                in: paragraph, sentence, mentions, finder: finder, limit: 3 - phrases.count, carried: &carried)
        }
        return phrases
    }

    // MARK: places (AC-6)

    mutating func checkPlace(_ shot: inout JSON, _ id: String) {
        let written = shot["setting_ref_id"]?.plainText ?? ""
        guard !written.isEmpty, !bible.locations.isEmpty, !bible.locations.contains(where: { $0.key == written }) else {
            return
        }
        let heading = shot["slugline"]?.plainText ?? ""
        let places = Places([Slugline(heading.isEmpty ? written.replacing("_", with: " ") : heading)], bible: bible)
        if let key = places.keys.first, bible.locations.contains(where: { $0.key == key }) {
            add("AC-6", id, "setting_ref_id \"\(written)\" is \"\(key)\" in the visual bible", fixable: true)
            shot["setting_ref_id"] = .string(key)
        } else {
            add("AC-6", id, "setting_ref_id \"\(written)\" is in no design of the visual bible", .warning)
        }
    }
}
