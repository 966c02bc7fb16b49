import HashTreeCollections
import Protocol
import Scheduling

/// What the simulator keeps beside the cluster, to hold the cluster's own books against.
struct SimulatedBooks: Sendable {
    /// A purchase's name.
    struct Intent: Hashable, Sendable {
        let task: TaskKey
        let number: Int
    }

    struct Entry: Sendable {
        var reserved: MicroUSD
        var end: LedgerLine.Kind?
    }

    private(set) var entries: [Intent: Entry] = [:]
    private(set) var spent: [JobID: MicroUSD] = [:]
    /// Results the cluster has acknowledged: it may not forget them.
    var promised: Set<TaskKey> = []
    /// Done tasks whose blob was damaged: these alone may be made again.
    var rotten: Set<TaskKey> = []
    private var budgets: [JobID: MicroUSD] = [:]
    private var places: [GateID: Int] = [:]

    /// Remembers the limits a job was submitted with.
    mutating func expect(_ submission: Submission) {
        budgets[submission.id] = submission.budget
        for gate in submission.gates { places[gate.id] = gate.limits.concurrency }
    }

    /// Enters a line of the ledger; answers with the rule it breaks.
    mutating func enter(_ line: LedgerLine) -> String? {
        let name = Intent(task: line.task, number: line.intent)
        switch line.kind {
        case .reserved:
            if let old = entries[name], old.end == nil {
                return "intent \(line.intent) of \(line.task) is reserved twice"
            }
            entries[name] = Entry(reserved: line.amount)
        case .settled, .refunded:
            guard let entry = entries[name] else { return "intent \(line.intent) of \(line.task) ends and never began" }
            guard entry.end == nil else { return "intent \(line.intent) of \(line.task) ends twice" }
            entries[name]?.end = line.kind
            if line.kind == .settled { spent[line.job] = (spent[line.job] ?? .zero) + line.amount }
        case .doubtful:
            if entries[name] == nil { return "intent \(line.intent) of \(line.task) is doubted, never begun" }
        }
        return nil
    }

    /// Caps and gates, as they were asked for.
    func limitFault(_ cluster: Cluster, isNew: Bool) -> String? {
        for (id, limit) in places {
            guard let gate = cluster.gates[id], gate.inUse > limit else { continue }
            return "gate \(id) lets \(gate.inUse) through, \(limit) are allowed"
        }
        guard isNew else { return nil }
        for (id, budget) in budgets {
            guard let job = cluster.jobs[id], job.reserved + job.spent > budget else { continue }
            return "job \(id) may spend \(budget) and has \(job.spent) spent and \(job.reserved) reserved"
        }
        return nil
    }
}

extension SimulatedFarm {
    /// What the provider's books, the ledger and the cluster say of each other; nil when they agree.
    func moneyFault() -> String? {
        var good: [TaskKey: Int] = [:]
        for bill in provider.bills.values {
            let name = SimulatedBooks.Intent(task: bill.task, number: bill.intent)
            let entry = books.entries[name]
            if entry?.end == .refunded { return "intent \(name.number) of \(bill.task) was billed and refunded" }
            if entry?.end != .settled, cluster.tasks[bill.task]?.purchase?.intent != bill.intent {
                return "the bill of intent \(name.number) of \(bill.task) is known to nobody"
            }
            if bill.isGood { good[bill.task, default: 0] += 1 }
        }
        if let twice = good.first(where: { $0.value > 1 }) { return "\(twice.key) was bought \(twice.value) times" }
        for (name, entry) in books.entries where entry.end == nil {
            guard let open = cluster.tasks[name.task]?.purchase, open.intent == name.number, !open.isSettled else {
                return "the reservation of intent \(name.number) of \(name.task) is left over"
            }
        }
        for (id, job) in cluster.jobs where job.spent != books.spent[id] ?? .zero {
            return "job \(id) counts \(job.spent) spent, its ledger comes to \(books.spent[id] ?? .zero)"
        }
        return nil
    }
}
