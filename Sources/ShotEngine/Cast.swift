internal import Film

/// Everybody of the film, each under one identity whatever they are called.
///
/// Gathered from the bible (hero file, cast, visual notes), from every cue and from the capitals that introduce people in
/// the action. A longer name takes the shorter ones in: MARA, Quillan and MARA (V.O.) are Mara Quillan.
package struct Cast: Sendable {
    package enum Gender: Sendable, Equatable {
        case male, female, unknown
    }

    package struct Person: Sendable, Equatable {
        /// `mara_quillan`
        package var key: String
        /// As prompts and lists name the person: `Mara Quillan`.
        package var name: String
        package var gender: Gender = .unknown
        /// One of a kind without a name: deckhands, the bartender.
        package var isType = false
        /// More than one body: deckhands.
        package var isPlural = false
        /// What the script or the bible says of the looks, in few words.
        package var look = ""
        package var portrait = ""
        var wardrobe = Wardrobe()
        /// Whether a file of the bible knows the person.
        package var isInBible = false

        /// The name's words without titles.
        var words: [String] = []
        var titles: [String] = []
        var nicknames: [String] = []

        /// By what was said of the person: 67, seventies, "an old man".
        var isOld: Bool {
            look.lowercased().split { !($0.isLetter || $0.isNumber || $0 == "-") }.contains { word in
                if let age = Int(word.prefix { $0.isNumber }), (56...110).contains(age), word.count <= 3 { return true }
                return ["old", "elderly", "aged", "sixties", "seventies", "eighties", "nineties"].contains(String(word))
                    || ["sixty", "seventy", "eighty", "ninety"].contains { word.hasPrefix($0) }
            }
        }

        /// A child, by age or by what the person is called.
        var isYoung: Bool {
            if words.contains(where: { ["boy", "girl", "child", "kid", "toddler"].contains($0) }) { return true }
            let numbers = look.split { !($0.isLetter || $0.isNumber) }.compactMap { Int($0) }
            return numbers.first.map { (1...12).contains($0) } ?? false
        }
    }

    package private(set) var people: [Person] = []
    /// Key → the first person of that key.
    private var byKey: [String: Int] = [:]
    /// A word somebody is called by, and its singular → who.
    private var byWord: [String: [Int]] = [:]
    /// First word of a name → its forms, longest first.
    private(set) var forms: [String: [Form]] = [:]
    /// A title that only one has: the captain.
    private(set) var holders: [String: Int] = [:]
    /// Who is whose mother, son, wife: person → word → person.
    private(set) var kin: [Int: [String: Int]] = [:]
    /// What somebody without a name was called once: "old man".
    var epithets: [String: Int] = [:]
    /// People whose names stand for several: the later of them loses by default.
    package internal(set) var ambiguous: [String] = []

    struct Form: Sendable {
        let words: [String]
        let people: [Int]
        /// Whether the form is also a word of its own ("rose").
        let isCommon: Bool
    }

    package func index(ofKey key: String) -> Int? { byKey[key] }

    /// - Returns: where the person is.
    @discardableResult mutating func add(_ person: Person) -> Int {
        people.append(person)
        note(people.count - 1)
        return people.count - 1
    }

    /// Changes what is known of a person; the key stays.
    mutating func change(_ index: Int, _ change: (inout Person) -> Void) {
        change(&people[index])
        note(index)
    }

    private mutating func note(_ index: Int) {
        byKey[people[index].key] = byKey[people[index].key] ?? index
        for word in people[index].words + people[index].nicknames {
            for form in [word, Plural.singular(word)] where byWord[form]?.contains(index) != true {
                byWord[form, default: []].append(index)
            }
        }
    }

    // MARK: kin

    /// Whose mother, son, wife somebody is; nil where the script did not say.
    func relative(_ word: String, of person: Int) -> Int? { kin[person]?[Self.kinWord(word)] }

    /// "Her son, OSKAR": she is his mother too.
    mutating func relate(_ relative: Int, as word: String, of owner: Int) {
        let word = Self.kinWord(word)
        kin[owner, default: [:]][word] = relative
        let isFemale = people[owner].gender == .female
        let back: String? =
            switch word {
            case "son", "daughter": isFemale ? "mother" : "father"
            case "mother", "father": isFemale ? "daughter" : "son"
            case "sister", "brother": isFemale ? "sister" : "brother"
            case "wife", "husband": isFemale ? "wife" : "husband"
            default: nil
            }
        if let back, people[owner].gender != .unknown { kin[relative, default: [:]][back] = owner }
    }

    private static func kinWord(_ word: String) -> String {
        switch word {
        case "mom", "mum", "mama", "ma": "mother"
        case "dad", "papa", "pa": "father"
        default: word
        }
    }

    // MARK: resolving names

    /// The person a cue or a written name means.
    /// - Parameter near: who is about; decides between two of one name.
    package func resolve(_ written: String, near: [Int] = []) -> Int? {
        let name = NameParts(written)
        guard !name.all.isEmpty else { return nil }
        return resolve(name, near: near)
    }

    func resolve(_ name: NameParts, near: [Int] = []) -> Int? {
        if let exact = byKey[name.key] { return exact }
        let wanted = name.words
        if wanted.isEmpty {
            let found = people.indices.filter { people[$0].titles.contains { name.titles.contains($0) } }
            return found.count == 1 ? found[0] : found.first { near.contains($0) }
        }
        // Whoever the name can mean has its first word, or as a kind its last in one number or the other.
        var candidates = byWord[wanted[0]] ?? []
        for other in byWord[Plural.singular(wanted[wanted.count - 1])] ?? [] where !candidates.contains(other) {
            candidates.append(other)
        }
        let found = candidates.sorted().filter { matches($0, name) }
        if found.count <= 1 { return found.first }
        if let near = found.first(where: { near.contains($0) }) { return near }
        return found.first { people[$0].words.first == wanted[0] } ?? found.first
    }

    private func matches(_ index: Int, _ name: NameParts) -> Bool {
        if people[index].isType {
            return people[index].words == name.words
                || Plural.isSame(people[index].words.last ?? "", name.words.last ?? "")
                    && people[index].words.dropLast() == name.words.dropLast()
        }
        let isCalled = name.words.allSatisfy { word in
            people[index].words.contains(word) || people[index].nicknames.contains(word)
        }
        return isCalled && Self.titlesAgree(people[index].titles, name.titles)
    }

    /// Mr. Loft is not Mrs. Loft.
    static func titlesAgree(_ left: [String], _ right: [String]) -> Bool {
        if left.isEmpty || right.isEmpty { return true }
        func gender(_ titles: [String]) -> Gender {
            for title in titles {
                let classes = Lexicon.english.classes(of: title)
                if classes.contains(.maleWord) { return .male }
                if classes.contains(.femaleWord) { return .female }
            }
            return .unknown
        }
        let (one, two) = (gender(left), gender(right))
        return one == .unknown || two == .unknown || one == two
    }

    // MARK: forms

    /// Makes the index of every way people are called in running text.
    mutating func index() {
        var table: [[String]: [Int]] = [:]
        func add(_ words: [String], _ person: Int) {
            guard !words.isEmpty, !words.allSatisfy({ $0.allSatisfy(\.isNumber) }) else { return }
            if table[words]?.contains(person) != true { table[words, default: []].append(person) }
        }
        for (index, person) in people.enumerated() {
            for words in Self.callings(of: person) { add(words, index) }
        }
        forms = [:]
        for (words, indices) in table.sorted(by: {
            $0.key.count == $1.key.count
                ? $0.key.lexicographicallyPrecedes($1.key) : $0.key.count > $1.key.count
        }) {
            let classes = Lexicon.english.classes(of: words[0])
            let isCommon = words.count == 1 && !classes.subtracting([.title, .role, .maleName, .femaleName]).isEmpty
            forms[words[0], default: []].append(Form(words: words, people: indices.sorted(), isCommon: isCommon))
        }
        holders = [:]
        var doubled: Set<String> = []
        for (index, person) in people.enumerated() where !person.isType {
            for title in person.titles {
                if holders[title] != nil { doubled.insert(title) }
                holders[title] = index
            }
        }
        for title in doubled { holders[title] = nil }
        ambiguous = table.filter { $0.value.count > 1 && $0.key.count == 1 }.map { $0.key[0] }.sorted()
    }

    private static func callings(of person: Person) -> [[String]] {
        var callings: [[String]] = []
        let words = person.words
        let bare = words.filter { !person.nicknames.contains($0) }
        callings.append(person.titles + words)
        callings.append(words)
        callings.append(bare)
        if person.isType {
            if let last = words.last, !last.allSatisfy(\.isNumber) {
                for form in Plural.forms(of: last) { callings.append(Array(words.dropLast()) + [form]) }
                let isGeneral = ["people", "men", "women", "man", "woman", "others", "person"].contains(last)
                if words.count > 1, !isGeneral { for form in Plural.forms(of: last) { callings.append([form]) } }
            }
            return callings
        }
        for nickname in person.nicknames { callings.append([nickname]) }
        if let first = bare.first { callings.append([first]) }
        if bare.count > 1, let last = bare.last, !Self.suffixes.contains(last) {
            callings.append([last])
            for title in person.titles { callings.append([title, last]) }
            if let first = bare.first { callings.append([first, last]) }
            for nickname in person.nicknames { callings.append([nickname, last]) }
        }
        if let first = bare.first { for title in person.titles { callings.append([title, first]) } }
        return callings
    }

    static let suffixes: Set<String> = ["jr", "sr", "ii", "iii", "iv"]
}

/// A written name taken apart.
struct NameParts: Sendable, Hashable {
    var titles: [String] = []
    /// Without titles and nickname marks; nicknames are in here at their place.
    var words: [String] = []
    var nicknames: [String] = []
    var isOffscreen = false

    var all: [String] { titles + words }
    /// All words, an article within a nickname too: `pete_the_deacon_deakins`.
    private(set) var key = ""

    /// From `CAPTAIN ORRIN PEEL (V.O.)`, `Ilse "Bird" Tamm`, `COP #1`.
    init(_ written: String) {
        let (_, offscreen) = Names.person(written)
        isOffscreen = offscreen
        var name = ""
        var depth = 0
        for character in written {
            switch character {
            case "(", "（": depth += 1
            case ")", "）": depth = max(0, depth - 1)
            default: if depth == 0 { name.append(character) }
            }
        }
        let marks: Set<Character> = ["\"", "“", "”", "'", "‘", "’"]
        var all: [String] = []
        let pieces = name.split(whereSeparator: { $0.isWhitespace || $0 == "/" || $0 == "," })
        var isNick = false
        for (index, piece) in pieces.enumerated() {
            let closes = { (piece: Substring) in piece.last.map(marks.contains) == true }
            let opens = piece.first.map(marks.contains) == true && piece.count > 2
            if opens { isNick = true }
            // Without its second mark a nickname is one word.
            defer { if closes(piece) || opens && !pieces[(index + 1)...].contains(where: closes) { isNick = false } }
            guard let word = Names.key(String(piece)).split(separator: "_").first.map(String.init), !word.isEmpty else {
                continue
            }
            if isNick, !Self.articles.contains(word) { nicknames.append(word) }
            all.append(word)
        }
        // Ids made from cues end in vo, os, contd.
        while let last = all.last, ["vo", "os", "oc", "contd", "cont"].contains(last), all.count > 1 {
            all.removeLast()
        }
        while let first = all.first, Self.articles.contains(first), all.count > 1 { all.removeFirst() }
        key = all.joined(separator: "_")
        if all.count > 1 { all.removeAll { Self.articles.contains($0) && !nicknames.isEmpty } }
        while all.count > 1, let first = all.first, isTitle(first) {
            titles.append(first)
            all.removeFirst()
        }
        words = all
    }

    private static let articles: Set<String> = ["the", "a", "an"]

    private func isTitle(_ word: String) -> Bool {
        Lexicon.english.classes(of: word).contains(.title)
            && !["old", "young", "big", "little", "saint", "st"].contains(word)
    }
}

/// English plurals, both ways.
enum Plural {
    private static let irregular: [String: String] = [
        "feet": "foot", "teeth": "tooth", "men": "man", "women": "woman", "children": "child", "people": "person",
        "wives": "wife", "thieves": "thief",
        "wolves": "wolf", "passersby": "passerby", "policemen": "policeman", "gunmen": "gunman",
        "fishermen": "fisherman",
        "firemen": "fireman", "crewmen": "crewman", "cowmen": "cowman",
    ]

    static func singular(_ word: String) -> String {
        if let known = irregular[word] { return known }
        if word.hasSuffix("men"), word.count > 4 { return word.dropLast(2) + "an" }
        if word.hasSuffix("ies"), word.count > 4 { return word.dropLast(3) + "y" }
        if word.hasSuffix("sses") || word.hasSuffix("ches") || word.hasSuffix("shes") || word.hasSuffix("xes") {
            return String(word.dropLast(2))
        }
        if word.hasSuffix("s"), !word.hasSuffix("ss"), !word.hasSuffix("us"), word.count > 3 {
            return String(word.dropLast())
        }
        return word
    }

    static func isPlural(_ word: String) -> Bool { singular(word) != word || word == "crowd" || word == "police" }

    static func isSame(_ left: String, _ right: String) -> Bool { singular(left) == singular(right) }

    static func forms(of word: String) -> [String] {
        let one = singular(word)
        var many = one + "s"
        if let known = irregular.first(where: { $0.value == one })?.key {
            many = known
        } else if one.hasSuffix("man") {
            many = one.dropLast(2) + "en"
        } else if one.hasSuffix("y"), let before = one.dropLast().last, !"aeiou".contains(before) {
            many = one.dropLast() + "ies"
        } else if one.hasSuffix("s") || one.hasSuffix("x") || one.hasSuffix("ch") || one.hasSuffix("sh") {
            many = one + "es"
        }
        return one == many ? [one] : [one, many]
    }
}
