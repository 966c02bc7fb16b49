internal import Foundation
package import Protocol

/// A job with its tasks' places and what they come to.
package struct LiveJob: Sendable {
    package private(set) var row: JobRow
    package let nodes: [JobNodeRow]
    /// The first place of each task, and its row's name.
    let taskNodes: [(index: Int, id: String)]
    package private(set) var kinds: [String: Tally] = [:]
    package private(set) var filmMilliseconds: Int64 = 0
    package private(set) var filmDone: Int64 = 0
    /// Milliseconds of work that is left, by role.
    package private(set) var work: [String: Int64] = [:]
    /// In the film's order.
    package private(set) var shots: [LiveShot] = []
    private var shotOf: [Int: Int] = [:]
    private var approved: Set<String>

    package struct Tally: Sendable, Equatable {
        package var total = 0
        package var done = 0
        package var running = 0
        package var failed = 0
        package var ready = 0
    }

    init(_ row: JobRow, _ nodes: [JobNodeRow]) {
        self.row = row
        self.nodes = nodes
        var seen: Set<Data> = []
        taskNodes = nodes.indices.compactMap { index in
            seen.insert(nodes[index].key).inserted ? (index, TableID.text(of: nodes[index].key)) : nil
        }
        approved = Set(row.approved)
        filmMilliseconds = nodes.reduce(0) { $0 + max(0, $1.filmMilliseconds) }
        var indices: [String: Int] = [:]
        for (index, node) in nodes.enumerated() {
            // Windows of the sound and whole scenes are no shots'.
            guard node.shot > 0, let name = LiveShot.name(of: node) else { continue }
            if indices[name] == nil {
                indices[name] = shots.count
                shots.append(LiveShot(name: name, scene: Int(node.scene), number: Int(node.shot)))
            }
            shotOf[index] = indices[name]
        }
        let order = shots.indices.sorted { (shots[$0].scene, shots[$0].number) < (shots[$1].scene, shots[$1].number) }
        var newPlace = Array(repeating: 0, count: shots.count)
        for (place, old) in order.enumerated() { newPlace[old] = place }
        shots = order.map { shots[$0] }
        shotOf = shotOf.mapValues { newPlace[$0] }
        for (index, place) in shotOf { shots[place].nodes.append(index) }
        for index in shots.indices { shots[index].nodes.sort() }
    }

    mutating func take(_ row: JobRow) {
        self.row = row
        let now = Set(row.approved)
        guard now != approved else { return }
        approved = now
        for index in shots.indices { shots[index].isWaiting = isWaiting(shots[index]) }
    }

    /// Approvals somebody must still give.
    package var wanted: [String] {
        nodes.reduce(into: Set<String>()) { $0.formUnion(missing($1)) }.sorted()
    }

    private func missing(_ node: JobNodeRow) -> [String] {
        guard !node.approval.isEmpty else { return [] }
        return node.approval.split(separator: " ").map(String.init).filter { !approved.contains($0) }
    }

    private func isWaiting(_ shot: LiveShot) -> Bool { shot.nodes.contains { !missing(nodes[$0]).isEmpty } }

    package var counts: Tally {
        kinds.values.reduce(into: Tally()) {
            $0.total += $1.total
            $0.done += $1.done
            $0.running += $1.running
            $0.failed += $1.failed
            $0.ready += $1.ready
        }
    }

    /// A task of it has changed.
    mutating func move(_ index: Int, from old: TaskRow?, to new: TaskRow) {
        guard nodes.indices.contains(index) else { return }
        let film = max(0, nodes[index].filmMilliseconds)
        if let old { count(old, -1, film) }
        count(new, 1, film)
        guard let place = shotOf[index] else { return }
        shots[place].rows[index] = new
        shots[place].isWaiting = isWaiting(shots[place])
        shots[place].look()
    }

    private mutating func count(_ row: TaskRow, _ sign: Int, _ film: Int64) {
        guard row.phase != "idle" else { return }
        var tally = kinds[row.kind] ?? Tally()
        tally.total += sign
        switch row.phase {
        case "done": tally.done += sign
        case "running": tally.running += sign
        case "failed": tally.failed += sign
        case "ready": tally.ready += sign
        default: break
        }
        kinds[row.kind] = tally
        if row.phase == "done" { filmDone += Int64(sign) * film }
        if !row.hasEnded { work[row.role, default: 0] += Int64(sign) * max(0, row.expectedMilliseconds) }
    }
}

/// A shot, by what its tasks have come to.
package struct LiveShot: Sendable {
    package let name: String
    package let scene: Int
    package let number: Int
    /// Places of its tasks in the job.
    package internal(set) var nodes: [Int] = []
    var rows: [Int: TaskRow] = [:]
    var isWaiting = false
    package private(set) var stage = Stage.waiting

    /// How far it is. The letter says what the colour says: small while it is being made, large when it is there.
    package enum Stage: String, Sendable, CaseIterable {
        case waiting = "."
        case composing = "s"
        case composed = "S"
        case approval = "P"
        case animating = "a"
        case animated = "A"
        case conforming = "c"
        case conformed = "C"
        case finished = "F"
        case parked = "z"
        case money = "$"
        case doubtful = "?"
        case failed = "!"
    }

    /// `s001_003` of `s001_003/animate` and of `s001_003_2/dialogue`.
    static func name(of node: JobNodeRow) -> String? {
        let stem = node.name.prefix { $0 != "/" }
        guard stem.count >= 8, stem.hasPrefix("s"), stem.dropFirst(4).first == "_" else { return nil }
        return String(stem.prefix(8))
    }

    /// The task of a kind; of several (lines of dialogue) the first.
    package func task(_ kind: String) -> TaskRow? { nodes.lazy.compactMap { rows[$0] }.first { $0.kind == kind } }

    package var tasks: [TaskRow] { nodes.compactMap { rows[$0] } }

    /// Works the stage out anew.
    mutating func look() { stage = worked() }

    private func worked() -> Stage {
        if rows.values.contains(where: { $0.phase == "failed" && !$0.upstream }) { return .failed }
        if rows.values.contains(where: { $0.purchase == "doubtful" }) { return .doubtful }
        func phase(_ kind: String) -> String { task(kind)?.phase ?? "" }
        if phase("clip") == "done" { return .finished }
        if phase("conform") == "done" { return .conformed }
        if phase("conform") == "running" { return .conforming }
        if phase("animate") == "done" { return .animated }
        if phase("animate") == "running" { return .animating }
        if rows.values.contains(where: { $0.faultClass == "cap" }) { return .money }
        if rows.values.contains(where: { $0.phase == "parked" }) { return .parked }
        if isWaiting, phase("compose") == "done" { return .approval }
        if phase("compose") == "done" { return .composed }
        if phase("compose") == "running" { return .composing }
        return .waiting
    }
}
