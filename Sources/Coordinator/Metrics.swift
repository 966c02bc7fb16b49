import HashTreeCollections
internal import Protocol
internal import Scheduling

extension Coordinator {
    /// The cluster in Prometheus' text format, written beside the coordinator's thread.
    nonisolated package func metrics() async -> String { await measurements().page.text }

    private func measurements() -> Measurements {
        Measurements(
            cluster: cluster, now: clock.now, refusals: refusals, decisions: decisions,
            decisionSeconds: decisionSeconds, longest: takeLongest())
    }
}

/// What metrics are made of, as it was at one moment. Names are kept: rules and dashboards in `ops/` use them.
private struct Measurements: Sendable {
    let cluster: Cluster
    let now: Instant
    let refusals: [String: UInt64]
    let decisions: Int
    let decisionSeconds: Double
    let longest: Double

    var page: MetricsPage {
        var page = MetricsPage()
        page.gauge("snowflake_workers", "Workers, by standing.", workerCounts())
        page.gauge("snowflake_slots", "Slots of active workers, by role.", slots(\.slots))
        page.gauge("snowflake_slots_used", "Slots in use, by role.", slots(\.used))
        page.gauge("snowflake_tasks", "Tasks of open jobs, by phase and kind.", taskCounts())
        page.gauge(
            "snowflake_backlog_seconds", "Work that waits or runs, in seconds of one slot, by role.",
            cluster.demand(ordered: []).map { ([("role", $0.key.rawValue)], $0.value.seconds) })
        page.gauge(
            "snowflake_jobs", "Jobs, by standing.",
            Dictionary(grouping: cluster.jobs.values, by: { $0.isPaused ? "paused" : $0.standing.rawValue })
                .map { ([("standing", $0.key)], Double($0.value.count)) })
        addGates(to: &page)
        page.counter(
            "snowflake_refusals_total", "What peers did that was refused.",
            refusals.map { ([("what", $0.key)], Double($0.value)) })
        page.counter("snowflake_decisions_total", "Batches that were decided and saved.", [([], Double(decisions))])
        page.counter(
            "snowflake_decision_seconds_total", "Time spent on deciding and saving.", [([], decisionSeconds)])
        page.gauge(
            "snowflake_decision_seconds_longest", "The longest batch since it was asked last.", [([], longest)])
        return page
    }

    private func workerCounts() -> [MetricsPage.Sample] {
        Dictionary(grouping: cluster.workers.values, by: \.standing.rawValue).map {
            ([("standing", $0.key)], Double($0.value.count))
        }
    }

    private func slots(_ count: (WorkerRecord) -> [Role: Int]) -> [MetricsPage.Sample] {
        var sums: [Role: Int] = [:]
        for worker in cluster.workers.values where worker.standing != .lost {
            for (role, number) in count(worker) { sums[role, default: 0] += number }
        }
        return sums.map { ([("role", $0.key.rawValue)], Double($0.value)) }
    }

    private func taskCounts() -> [MetricsPage.Sample] {
        var counts: [[String]: Int] = [:]
        forOpenTasks { record in counts[[record.phase.word, record.spec.kind.rawValue], default: 0] += 1 }
        return counts.map { ([("phase", $0.key[0]), ("kind", $0.key[1])], Double($0.value)) }
    }

    private func forOpenTasks(_ visit: (TaskRecord) -> Void) {
        for job in cluster.jobs.values where job.standing == .running {
            for node in job.nodes { if let record = cluster.tasks[node.key] { visit(record) } }
        }
    }

    private func addGates(to page: inout MetricsPage) {
        let gates = cluster.gates.values.sorted { $0.id < $1.id }
        func samples(_ value: (GateRecord) -> Double) -> [MetricsPage.Sample] {
            gates.map { ([("gate", $0.id.rawValue)], value($0)) }
        }
        page.gauge(
            "snowflake_gate_spent_dollars", "Settled with a provider's account.",
            samples { Double($0.spent.amount) / 1e6 })
        page.gauge(
            "snowflake_gate_reserved_dollars", "Reserved, not settled.", samples { Double($0.reserved.amount) / 1e6 })
        page.gauge(
            "snowflake_gate_paused", "1 while a gate is paused by its provider.",
            samples { $0.pausedUntil.map { $0 > now } == true ? 1 : 0 })
        page.gauge(
            "snowflake_gate_broken", "1 while a gate's breaker is open.",
            samples { $0.brokenUntil.map { $0 > now } == true ? 1 : 0 })
        page.counter("snowflake_gate_put_off_total", "Calls a provider put off.", samples { Double($0.putOff) })
        var doubtful = 0
        forOpenTasks { record in
            if case .doubtful(_, wasLookedUp: true)? = record.purchase?.step { doubtful += 1 }
        }
        page.gauge(
            "snowflake_purchases_doubtful", "Paid calls a person must look at.", [([], Double(doubtful))])
    }
}

/// Lines of Prometheus' text format.
struct MetricsPage {
    typealias Sample = (labels: [(name: String, value: String)], value: Double)

    private(set) var text = ""

    mutating func gauge(_ name: String, _ help: String, _ samples: [Sample]) { add(name, "gauge", help, samples) }
    mutating func counter(_ name: String, _ help: String, _ samples: [Sample]) { add(name, "counter", help, samples) }

    private mutating func add(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        let lines = samples.map { sample in
            let labels = sample.labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }.joined(separator: ",")
            return "\(name)\(labels.isEmpty ? "" : "{\(labels)}") \(sample.value)\n"
        }
        text += lines.sorted().joined()
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
