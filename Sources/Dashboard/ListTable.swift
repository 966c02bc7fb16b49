package import Foundation
internal import Protocol

/// A list's columns and what they show of each row.
struct ListTable: Sendable {
    struct Column: Sendable {
        let title: String
        /// Columns it takes; the one with 0 takes what is left.
        let width: Int
        /// What it may be narrowed to where the screen is: 0 when it may be left out.
        var least: Int?
        var isRight = false
    }

    /// What rows are ordered by.
    enum Order: Comparable, Sendable {
        case number(Double)
        case text(String)
        case ranked(Int, String)

        static func < (left: Order, right: Order) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)): left < right
            case (.text(let left), .text(let right)): left < right
            case (.ranked(let left, let name), .ranked(let right, let other)):
                left == right ? name < other : left < right
            case (.number, _), (.text, .ranked): true
            case (.text, .number), (.ranked, _): false
            }
        }
    }

    struct Field: Sendable {
        let text: String
        var style = Style.plain
        var order: Order

        init(_ text: String, _ style: Style = .plain, order: Order? = nil) {
            self.text = text
            self.style = style
            self.order = order ?? .text(text)
        }

        init(_ number: some BinaryInteger, _ style: Style = .plain) {
            self.init("\(number)", style, order: .number(Double(number)))
        }
    }

    let columns: [Column]
    /// What the column that takes the rest has at least, where others can give it.
    static let leastOfRest = 16

    /// What the columns take of a screen, gaps among it: where it is narrow, columns that may go are left out, from the
    /// right; then others are narrowed to their least, from the left, so that the one that takes the rest is not crowded out.
    func widths(of screen: Int) -> [Int] {
        var widths = columns.map { $0.width == 0 ? Self.leastOfRest : $0.width + 1 }
        func excess() -> Int { widths.reduce(0, +) - screen }
        for (index, column) in columns.enumerated().reversed() where excess() > 0 && column.least == 0 {
            widths[index] = 0
        }
        for (index, column) in columns.enumerated() where excess() > 0 {
            guard let least = column.least, least > 0 else { continue }
            widths[index] -= min(excess(), column.width - least)
        }
        // Too narrow for all of that: the rest and those at the right go first.
        var left = screen
        for index in widths.indices {
            widths[index] = min(left, widths[index])
            left -= widths[index]
        }
        if let rest = columns.firstIndex(where: { $0.width == 0 }) { widths[rest] += left }
        return widths
    }

    /// By id; unordered.
    let ids: @Sendable (LiveModel, String) -> [String]
    let fields: @Sendable (LiveModel, String, String) -> [Field]
    /// The column that orders at first, and which way.
    var usualSort = 0
    var isDescending = false
    /// Orders of many rows without their fields, where there is a shorter way; by column, `nil` where there is none.
    var quickOrder: (@Sendable (LiveModel, String, Int) -> [(id: String, order: Order)])?

    /// Rows with what they are ordered by, and those alone that hold the words.
    func ordered(_ model: LiveModel, _ job: String, by column: Int, holding filter: String) -> [(
        id: String, order: Order
    )] {
        if filter.isEmpty, let quickOrder, column < 3 { return quickOrder(model, job, column) }
        return ids(model, job).compactMap { id in
            let fields = fields(model, id, job)
            guard fields.indices.contains(column) else { return nil }
            guard filter.isEmpty || fields.contains(where: { $0.text.lowercased().contains(filter) }) else {
                return nil
            }
            return (id, fields[column].order)
        }
    }

    /// - Parameters of the closures: the model, the job that is looked at (or a row's id and the job).
    static func of(_ view: ViewKind) -> ListTable? {
        switch view {
        case .overview, .film: nil
        case .tasks: tasks
        case .workers: workers
        case .gates: gates
        case .ledger: ledger
        case .events: events
        }
    }

    private static let phases = ["running", "failed", "ready", "parked", "waiting", "done", "idle"]

    static func style(ofPhase phase: String) -> Style {
        switch phase {
        case "running": .busy
        case "failed": .bad
        case "ready": .warn
        case "parked": .odd
        case "done": .good
        default: .dim
        }
    }

    private static let tasks = ListTable(
        columns: [
            Column(title: "PHASE", width: 8), Column(title: "TASK", width: 26, least: 18),
            Column(title: "KIND", width: 10, least: 0),
            Column(title: "BACKEND", width: 12, least: 0), Column(title: "WORKER", width: 16, least: 10),
            Column(title: "TRY", width: 4, isRight: true), Column(title: "SINCE", width: 7, isRight: true),
            Column(title: "COST", width: 8, isRight: true), Column(title: "WHAT", width: 0),
        ],
        ids: { model, job in
            guard let job = model.jobs[job] else { return [] }
            return job.taskNodes.compactMap { index, id in
                (model.tasks[job.nodes[index].key]?.phase ?? "idle") == "idle" ? nil : id
            }
        },
        fields: { model, id, job in
            guard let key = TableID.key(of: id), let row = model.tasks[key] else { return [] }
            let name = model.node(of: key, in: job)?.name ?? row.label
            let worker = model.workers[row.worker]?.name ?? row.worker
            let age = row.since > 0 && !row.hasEnded ? max(0, model.at - row.since) : row.tookMilliseconds
            let rank = phases.firstIndex(of: row.phase) ?? phases.count
            return [
                Field(row.phase, style(ofPhase: row.phase), order: .ranked(rank, name)), Field(name),
                Field(row.kind), Field(row.backend), Field(worker), Field(row.attempt),
                Field(age > 0 ? Words.span(age) : "", order: .number(Double(age))),
                Field(
                    row.costMicroUsd > 0 ? Words.money(row.costMicroUsd) : "", order: .number(Double(row.costMicroUsd))),
                Field(row.fault, row.phase == "failed" ? .bad : .warn),
            ]
        },
        quickOrder: { model, job, column in
            guard let job = model.jobs[job] else { return [] }
            return job.taskNodes.compactMap { index, id in
                let node = job.nodes[index]
                guard let row = model.tasks[node.key], row.phase != "idle" else { return nil }
                switch column {
                case 0: return (id, .ranked(phases.firstIndex(of: row.phase) ?? phases.count, node.name))
                case 1: return (id, .text(node.name))
                default: return (id, .text(row.kind))
                }
            }
        })

    private static let workers = ListTable(
        columns: [
            Column(title: "STATE", width: 9), Column(title: "NAME", width: 24, least: 14),
            Column(title: "SLOTS", width: 24, least: 13),
            Column(title: "SPEED", width: 6, least: 0, isRight: true),
            Column(title: "LOAD", width: 5, least: 0, isRight: true),
            Column(title: "CACHE", width: 7, least: 0, isRight: true), Column(title: "SEEN", width: 6, isRight: true),
            Column(title: "BLOCKED", width: 0),
        ],
        ids: { model, _ in Array(model.workers.keys) },
        fields: { model, id, _ in
            guard let row = model.workers[id] else { return [] }
            let used = Dictionary(row.used.map { ($0.role, $0.count) }) { $1 }
            let slots = row.slots.filter { $0.count > 0 }.map { "\($0.role) \(used[$0.role] ?? 0)/\($0.count)" }
            let facts = Dictionary(row.facts.map { ($0.name, $0.value) }) { $1 }
            let speed = row.speed.map(\.count).max() ?? 0
            let style: Style =
                switch row.state {
                case "active": .good
                case "draining": .odd
                case "suspect": .warn
                default: .bad
                }
            let age = max(0, model.at - row.lastSeen)
            return [
                Field(row.state, style), Field(row.name.isEmpty ? id : row.name),
                Field(slots.joined(separator: " "), order: .number(Double(row.used.reduce(0) { $0 + $1.count }))),
                Field(speed > 0 ? "\(speed)%" : "", order: .number(Double(speed))),
                Field(facts["load"] ?? "", order: .number(Double(facts["load"] ?? "") ?? -1)),
                Field(facts["cache_mb"].map { "\($0)M" } ?? "", order: .number(Double(facts["cache_mb"] ?? "") ?? -1)),
                Field(Words.span(age), age > 15_000 ? .warn : .plain, order: .number(Double(age))),
                Field(row.blocked.joined(separator: "; "), .bad),
            ]
        }, usualSort: 1)

    private static let gates = ListTable(
        columns: [
            Column(title: "GATE", width: 30, least: 16), Column(title: "USE", width: 9, isRight: true),
            Column(title: "WAIT", width: 6, isRight: true), Column(title: "MINUTE", width: 9, least: 0, isRight: true),
            Column(title: "DAY", width: 11, least: 0, isRight: true), Column(title: "429", width: 5, isRight: true),
            Column(title: "BREAKER", width: 8), Column(title: "SPENT", width: 15, isRight: true),
            Column(title: "OPENS", width: 7, isRight: true), Column(title: "WHY", width: 0),
        ],
        ids: { model, _ in Array(model.gates.keys) },
        fields: { model, id, _ in
            guard let row = model.gates[id] else { return [] }
            func of(_ used: UInt32, _ limit: UInt32) -> Field {
                Field(
                    limit > 0 ? "\(used)/\(limit)" : "\(used)", used >= limit && limit > 0 ? .warn : .plain,
                    order: .number(Double(used)))
            }
            let cap = row.hasSpendLimitMicroUsd ? "/" + Words.money(row.spendLimitMicroUsd) : ""
            return [
                Field(id), of(row.inUse, row.concurrency), Field(row.waiting, row.waiting > 0 ? .warn : .plain),
                of(row.minuteUsed, row.minuteLimit), of(row.dayUsed, row.dayLimit),
                Field(row.putOff, row.putOff > 0 ? .warn : .plain),
                Field(row.breaker, row.breaker == "closed" ? .good : .bad),
                Field(Words.money(row.spentMicroUsd) + cap, order: .number(Double(row.spentMicroUsd))),
                Field(
                    row.opensInMilliseconds > 0 ? Words.span(row.opensInMilliseconds) : "",
                    order: .number(Double(row.opensInMilliseconds))),
                Field(row.reason, .warn),
            ]
        })

    private static let ledger = ListTable(
        columns: [
            Column(title: "WHEN", width: 9), Column(title: "EVENT", width: 10),
            Column(title: "USD", width: 10, isRight: true), Column(title: "TASK", width: 26, least: 18),
            Column(title: "PROVIDER", width: 24, least: 12), Column(title: "INTENT", width: 18, least: 0),
            Column(title: "NOTE", width: 0),
        ],
        ids: { model, _ in
            let first = model.entryCount - model.entries.count
            return model.entries.indices.map { TableID.number(first + $0) }
        },
        fields: { model, id, _ in
            guard let index = Int(id).map({ $0 - (model.entryCount - model.entries.count) }),
                model.entries.indices.contains(index)
            else { return [] }
            let row = model.entries[index]
            let style: Style =
                switch row.event {
                case "settled": .good
                case "doubtful": .odd
                case "refunded": .dim
                default: .plain
                }
            return [
                Field(Words.clock(row.atMilliseconds), order: .text(id)), Field(row.event, style),
                Field(Words.money(row.amountMicroUsd), order: .number(Double(row.amountMicroUsd))), Field(row.label),
                Field(row.provider), Field(row.intent), Field(row.note, .dim),
            ]
        }, usualSort: 0, isDescending: true)

    private static let events = ListTable(
        columns: [
            Column(title: "WHEN", width: 9), Column(title: "TASK", width: 26, least: 18),
            Column(title: "WORKER", width: 18, least: 10),
            Column(title: "WHAT", width: 0),
        ],
        ids: { model, _ in
            let first = model.eventCount - model.events.count
            return model.events.indices.map { TableID.number(first + $0) }
        },
        fields: { model, id, _ in
            guard let index = Int(id).map({ $0 - (model.eventCount - model.events.count) }),
                model.events.indices.contains(index)
            else { return [] }
            let row = model.events[index]
            let isBad = row.text.contains("failed") || row.text.contains("lost") || row.text.contains("doubt")
            return [
                Field(Words.clock(row.atMilliseconds), order: .text(id)), Field(row.task.isEmpty ? row.job : row.task),
                Field(model.workers[row.worker]?.name ?? row.worker), Field(row.text, isBad ? .bad : .plain),
            ]
        }, usualSort: 0, isDescending: true)
}

/// Names of rows: they stay with their row whatever the order is.
package enum TableID {
    package static func text(of key: Data) -> String {
        key.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    package static func key(of id: String) -> Data? { Digest(hex: id)?.data }

    /// Ordered as numbers are.
    static func number(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 10 - digits.count)) + digits
    }
}
