import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf

/// The books operators look at, and the gates they set.
extension Coordinator {
    /// `concurrency=4 per-minute=60 per-day=none spend=12500000` (the last in millionths of a US dollar).
    func gateEvents(_ call: ActCall) throws(Refused) -> ([Event], [String]) {
        guard let id = GateID(validating: call.subject), let gate = cluster.gates[id] else {
            throw Refused("no gate is called \"\(call.subject)\"; `snowflake gates` lists them")
        }
        var limits = gate.limits
        for pair in call.text.split(separator: " ") {
            let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw Refused("\(pair): write name=number", code: "usage") }
            let value = parts[1] == "none" ? nil : Int64(parts[1])
            let isNumber = value.map { (parts[0] == "spend" ? 0 : 1)...1_000_000_000_000 ~= $0 } ?? (parts[1] == "none")
            guard isNumber else { throw Refused("\(parts[0]) is 1 or more, or none; not \(parts[1])", code: "usage") }
            switch parts[0] {
            case "concurrency":
                guard let value, value <= 10_000 else {
                    throw Refused("concurrency is 1 to 10000, not \(parts[1])", code: "usage")
                }
                limits.concurrency = Int(value)
            case "per-minute": limits.perMinute = value.map { Int(min($0, 100_000)) }
            case "per-day": limits.perDay = value.map { Int(clamping: $0) }
            case "spend": limits.spend = value.map { MicroUSD($0) }
            default: throw Refused("a gate has no limit \"\(parts[0])\"", code: "usage")
            }
        }
        guard limits != gate.limits else { throw Refused("gate \(id) has these limits already", code: "state") }
        return ([.gateSet(id, limits)], ["gate \(id) lets through \(words(limits))"])
    }

    private func words(_ limits: GateLimits) -> String {
        var words = ["\(limits.concurrency) at once"]
        if let count = limits.perMinute { words.append("\(count) calls a minute") }
        if let count = limits.perDay { words.append("\(count) calls a day") }
        if let spend = limits.spend { words.append("\(spend) USD in all") }
        return words.joined(separator: ", ")
    }

    func ledger(_ call: LedgerCall, _ caller: Caller) async throws(StoreError) {
        let job = call.job.isEmpty ? nil : job(named: call.job)
        guard call.job.isEmpty || job != nil else {
            await reply(to: caller, code: "unknown", noJob(call.job))
            return
        }
        let lines = try store.ledger(of: job?.id, last: Int(min(max(call.last, 1), 5_000)))
        var totals = cluster.jobs.values.filter { job == nil ? $0.spent + $0.reserved > .zero : $0.id == job?.id }
            .sorted { $0.submittedAt < $1.submittedAt }
            .map { LedgerTotal("job \($0.id)", Account(reserved: $0.reserved, spent: $0.spent, cap: $0.budget)) }
        if job == nil {
            for (scope, _) in cluster.accounts.sorted(by: { $0.key < $1.key }) {
                totals.append(LedgerTotal("\(scope)", cluster.account(of: scope)))
            }
        }
        await reply(to: caller) { body in
            body.ledger = .with {
                $0.entries = lines.map(entry)
                $0.totals = totals
            }
        }
    }

    func entry(_ line: LedgerLine) -> LedgerEntry {
        .with {
            $0.atMilliseconds = line.at.milliseconds
            $0.job = line.job.rawValue
            $0.label = cluster.tasks[line.task]?.label ?? line.task.short
            $0.intent = PurchaseOrder.reference(task: line.task, intent: line.intent)
            $0.provider = line.provider
            $0.event = line.kind.rawValue
            $0.amountMicroUsd = line.amount.amount
            $0.note = line.note
        }
    }

    func gates(_ caller: Caller) async {
        let now = clock.now
        let gates = cluster.gates.values.sorted { $0.id < $1.id }.map { GateStatus($0, in: cluster, at: now) }
        await reply(to: caller) { body in body.gates = .with { $0.gates = gates } }
    }
}
