/// Who a pronoun means: the people of a scene, those spoken of last in front.
struct Focus: Sendable {
    struct Entry: Sendable {
        var person: Int
        var gender: Cast.Gender
        var isPlural: Bool
        var isType: Bool
        /// Spoken of and not there: "Skip's chair … his coat".
        var isAbsent = false
        /// One of several that is spoken of alone: "one walks straight at them".
        var isSingled = false
        /// Larger is later.
        var rank: Int
    }

    private(set) var entries: [Entry] = []
    private var clock = 0
    /// People seen or heard on screen in this scene, in order of coming.
    private(set) var present: [Int] = []
    /// The last that were together: what "they" and "both" mean.
    private(set) var lastGroup: [Int] = []
    /// Whether the last sentence's subject was a plural of things.
    var isThingPlural = false

    mutating func touch(_ person: Int, _ cast: Cast, isSubject: Bool) {
        clock += isSubject ? 2 : 1
        gone.remove(person)
        let isSingled = entries.contains { $0.person == person && $0.isSingled }
        entries.removeAll { $0.person == person }
        entries.append(
            Entry(
                person: person, gender: cast.people[person].gender, isPlural: cast.people[person].isPlural,
                isType: cast.people[person].isType, isSingled: isSingled, rank: clock))
        entries.sort { $0.rank > $1.rank }
        if !present.contains(person) { present.append(person) }
    }

    /// Remembers somebody who is only spoken of.
    mutating func mention(absent person: Int, _ cast: Cast) {
        guard !entries.contains(where: { $0.person == person && !$0.isAbsent }) else { return }
        clock += 1
        entries.removeAll { $0.person == person }
        entries.insert(
            Entry(
                person: person, gender: cast.people[person].gender, isPlural: cast.people[person].isPlural,
                isType: cast.people[person].isType, isAbsent: true, rank: clock),
            at: 0)
    }

    func isThere(_ person: Int) -> Bool { entries.contains { $0.person == person && !$0.isAbsent } }

    func isAbsent(_ person: Int) -> Bool { entries.contains { $0.person == person && $0.isAbsent } }

    /// Puts a subject before the objects that were named after it.
    mutating func raise(_ person: Int, _ cast: Cast) { touch(person, cast, isSubject: true) }

    /// Those who left.
    private var gone: Set<Int> = []

    func isGone(_ person: Int) -> Bool { gone.contains(person) }

    mutating func leave(_ person: Int) {
        gone.insert(person)
        present.removeAll { $0 == person }
        entries.removeAll { $0.person == person }
    }

    mutating func group(_ people: [Int]) {
        guard people.count > 1 else { return }
        lastGroup = people
        groupRank = clock
    }

    /// Several things were named: "them" may be the binoculars.
    mutating func noteThings() { thingsRank = clock + 1 }

    var hasThings: Bool { thingsRank > groupRank && !entries.prefix(2).contains { $0.isPlural } }

    private var groupRank = 0
    private var thingsRank = 0

    /// The person "he" or "she" means; nobody when none fits.
    func single(_ gender: Cast.Gender, except: Set<Int> = [], isThere: Bool = false) -> Int? {
        let fitting = entries.filter {
            (!$0.isPlural || $0.isSingled) && !except.contains($0.person) && !(isThere && $0.isAbsent)
        }
        // Who was spoken of last, where nothing speaks against it.
        return fitting.first { $0.gender == gender || $0.gender == .unknown }?.person
    }

    /// One of a kind acts alone.
    mutating func single(out kind: Int, _ isSingled: Bool = true) {
        if let index = entries.firstIndex(where: { $0.person == kind }) { entries[index].isSingled = isSingled }
    }

    func isSingled(_ kind: Int) -> Bool { entries.contains { $0.person == kind && $0.isSingled } }

    /// Who is meant by "her sister": the only other of that gender who is there.
    func relative(_ gender: Cast.Gender, of owner: [Int]) -> Int? {
        let fitting = entries.filter { $0.gender == gender && !$0.isType && !$0.isAbsent && !owner.contains($0.person) }
        return fitting.count == 1 ? fitting[0].person : nil
    }

    /// The kind of people named last that are several: "his men".
    var lastKind: Int? { entries.first { $0.isPlural && !$0.isAbsent }?.person }

    /// The people "they", "both" and "the two women" mean.
    func several(_ gender: Cast.Gender? = nil, count: Int? = nil, except: [Int] = []) -> [Int] {
        let entries = entries.filter { !$0.isAbsent && !except.contains($0.person) }
        if gender == nil, count == nil, let first = entries.first, first.isPlural { return [first.person] }
        var fitting = entries.filter { gender == nil || $0.gender == gender }
        if let count {
            // "He and the last of the riders … Both men": those who were together last, where they fit.
            let isFitting: (Int) -> Bool = { id in
                entries.contains {
                    $0.person == id && (!$0.isPlural || $0.isSingled)
                        && (gender == nil || $0.gender == gender || $0.gender == .unknown)
                }
            }
            if lastGroup.count == count, let first = entries.first, lastGroup.contains(first.person),
                lastGroup.allSatisfy(isFitting)
            {
                return lastGroup.sorted { rankOfComing($0) < rankOfComing($1) }
            }
            let singles = fitting.filter { !$0.isPlural }
            // Somebody without a name counts where the last words were about them.
            let near = Set(entries.prefix(3).map(\.person))
            let named = singles.filter { !$0.isType || near.contains($0.person) }
            fitting = Array((named.count >= count ? named : singles).prefix(count))
            return fitting.map(\.person).sorted { rankOfComing($0) < rankOfComing($1) }
        }
        if gender == nil, lastGroup.count > 1, !lastGroup.contains(where: { isAbsent($0) || except.contains($0) }),
            lastGroup.contains(where: { id in entries.prefix(2).contains { $0.person == id } })
        {
            return lastGroup
        }
        if gender == nil, fitting.count > 1 {
            let singles = fitting.filter { !$0.isType }
            if singles.count > 1 { fitting = singles }
            return fitting.prefix(2).map(\.person).sorted { rankOfComing($0) < rankOfComing($1) }
        }
        return fitting.map(\.person).sorted { rankOfComing($0) < rankOfComing($1) }
    }

    private func rankOfComing(_ person: Int) -> Int { present.firstIndex(of: person) ?? Int.max }
}
