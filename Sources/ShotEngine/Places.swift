internal import Film
internal import Screenplay

/// One key for each place, whatever its spelling (`formats.md` 5.6, AC-6).
///
/// With a bible: the key of the design that matches, inside and outside kept as the bible keeps them. Without: one key for
/// each place the headings name; of two spellings that differ by articles, owners or order the first stands.
struct Places {
    private(set) var keys: [String] = []
    /// Keys no design of the bible has, in order.
    private(set) var unresolved: [String] = []
    /// Names of the places a bible has to be made for, by key.
    private(set) var names: [String: String] = [:]

    init(_ sluglines: [Slugline], bible: Bible) {
        let designs = bible.locations.map { Design(key: $0.key, words: Self.words($0.name)) }
        var own: [Design] = []
        for slugline in sluglines {
            let words = Self.words(slugline.place)
            if let design = Self.match(words, slugline, among: designs) {
                keys.append(design.key)
                continue
            }
            if let known = Self.same(words, among: own) {
                keys.append(known.key)
                continue
            }
            var key = Names.key(Self.withoutArticle(slugline.place))
            if key.isEmpty { key = "place" }
            own.append(Design(key: key, words: words))
            names[key] = slugline.place.isEmpty ? "Place" : slugline.place
            keys.append(key)
            if !unresolved.contains(key) { unresolved.append(key) }
        }
    }

    private struct Design {
        var key: String
        var words: [String]
    }

    /// Articles and endings of owners go; the rest in order.
    private static func words(_ name: String) -> [String] {
        var words: [String] = []
        for word in name.lowercased().replacing("’s", with: "").replacing("'s", with: "").split(whereSeparator: {
            $0 == " " || $0 == "-" || $0 == "/" || $0 == "," || $0 == "–" || $0 == "—"
        }) {
            let key = Names.key(String(word))
            if !key.isEmpty, !fillers.contains(key) { words.append(key) }
        }
        return words.isEmpty ? Names.key(name).split(separator: "_").map(String.init) : words
    }

    private static func withoutArticle(_ place: String) -> String {
        let words = place.split(separator: " ")
        guard words.count > 1, fillers.contains(words[0].lowercased()) else { return place }
        return words.dropFirst().joined(separator: " ")
    }

    private static let fillers: Set<String> = ["the", "a", "an"]
    private static let sides: Set<String> = ["exterior", "interior", "ext", "int", "outside", "inside"]

    private static func same(_ words: [String], among designs: [Design]) -> Design? {
        designs.first { $0.words == words } ?? designs.first { Set($0.words) == Set(words) && words.count > 1 }
            ?? designs.first { isTail($0.words, of: words) || isTail(words, of: $0.words) }
    }

    /// STRIP MALL PARKING LOT is the EAST L.A. one; a single KITCHEN is not the LOFT HOUSE's.
    private static func isTail(_ short: [String], of long: [String]) -> Bool {
        short.count >= 3 && long.count > short.count && long.suffix(short.count).elementsEqual(short)
    }

    /// The same words; else the one design whose words all stand in the heading, or the other way, if it is the only one.
    private static func match(_ words: [String], _ slugline: Slugline, among designs: [Design]) -> Design? {
        guard !words.isEmpty else { return nil }
        let wanted = Set(words)
        func bare(_ design: Design) -> Set<String> { Set(design.words).subtracting(sides) }
        let exact = designs.filter { bare($0) == wanted.subtracting(sides) }
        if !exact.isEmpty { return side(slugline, of: exact) }
        // HOUSE - KITCHEN where the bible has the kitchen: the design that names most of the heading.
        let inside = designs.filter { !bare($0).isEmpty && bare($0).isSubset(of: wanted) }
        if let most = inside.map({ bare($0).count }).max() {
            let best = inside.filter { bare($0).count == most }
            if let found = single(best, slugline) { return found }
            // Of several the one whose words end the heading: the narrower place.
            return best.max { position($0, words) < position($1, words) }
        }
        let around = designs.filter { wanted.isSubset(of: bare($0)) }
        return single(around, slugline)
    }

    private static func single(_ designs: [Design], _ slugline: Slugline) -> Design? {
        designs.count == 1
            ? designs[0]
            : designs.isEmpty || Set(designs.map { Set($0.words).subtracting(sides) }).count > 1
                ? nil : side(slugline, of: designs)
    }

    private static func position(_ design: Design, _ words: [String]) -> Int {
        design.words.compactMap { words.lastIndex(of: $0) }.max() ?? -1
    }

    /// Of an inside and an outside of one place that which the heading means.
    private static func side(_ slugline: Slugline, of designs: [Design]) -> Design? {
        let outside = designs.first { $0.words.contains { ["exterior", "ext", "outside"].contains($0) } }
        let inside = designs.first { $0.words.contains { ["interior", "int", "inside"].contains($0) } }
        switch slugline.side {
        case .outside: return outside ?? designs.first { $0.key != inside?.key } ?? designs.first
        case .inside, .both, .unsaid: return inside ?? designs.first { $0.key != outside?.key } ?? designs.first
        }
    }
}
