import Film
import Foundation
import Planning
import Protocol
import Rehearsal
import SwiftProtobuf

/// One job of a rehearsal: watched, crashed, and what nobody knows looked up in the bills as a person would.
struct RehearsalRun: Sendable {
    let client: Client
    let project: ProjectFolder
    let house: LocalHouse
    let services: URL
    let speed: Double
    /// Chances of troubles.
    let rates: [String: Double]
    /// When the services began to be there.
    let began: ContinuousClock.Instant
    /// Seconds of the services' time.
    let crashAt: Double?
    /// Real seconds between further crashes.
    let crashEvery: Double?
    let isQuiet: Bool

    /// What was seen of one gate, look by look.
    private struct Seen {
        var first: Double?
        var last = 0.0
        var looks: [(at: Double, inUse: Int, limit: Int, waiting: Int)] = []
    }

    func report() async throws -> RehearsalReport {
        let plan = FilmPlan(project.film, project.profile)
        let run = JobRun(client: client, project: project)
        var (job, _) = try await run.submit()
        try await house.startWorkers()
        let bar = ProgressBar(isQuiet: isQuiet)
        defer { bar.end() }
        var gates: [String: Seen] = [:]
        var crash: RehearsalReport.Crash?
        var nextCrash = crashAt.map { $0 / speed }
        var crashes = 0
        var asked: Set<String> = []
        var doubts: [String: ContinuousClock.Instant] = [:]
        var missing: [String] = []
        while true {
            if let status = try await look(job) {
                bar.show(status)
                if !status.successor.isEmpty {
                    job = status.successor
                    continue
                }
                // What is known is asked for within this time: what nobody has asked for then is not.
                let unknown = status.faults.filter { $0.failureClass == FailureClass.unknown.rawValue }
                for fault in unknown where doubts[fault.label] == nil { doubts[fault.label] = .now }
                let doubtful = unknown.filter { fault in
                    doubts[fault.label].map { ContinuousClock.now - $0 > .seconds(2) } ?? false
                }
                if try await reconcile(doubtful, plan, &asked) { continue }
                missing = status.faults.map { "\($0.label): \($0.message)" }
                let isOver = status.state != "running" && status.state != "paused"
                if isOver, doubtful.count == unknown.count { break }
            }
            try await watch(&gates, at: elapsed())
            if let at = nextCrash, elapsed() >= at {
                crash = crash ?? underWay()
                await house.crash("api")
                await house.crash("coordinator")
                crashes += 1
                nextCrash = crashEvery.map { elapsed() + $0 }
            } else if nextCrash == nil, crashes == 0, let crashEvery {
                nextCrash = elapsed() + crashEvery
            }
            // Nobody tells us what a gate has in use.
            try await Task.sleep(for: .milliseconds(100))
        }
        let total = elapsed()
        return try await summary(
            plan, gates, total: total, crash: crash, crashes: crashes, looked: asked.count, missing: missing)
    }

    /// Real seconds since the services are there.
    private func elapsed() -> Double {
        let (seconds, attoseconds) = (ContinuousClock.now - began).components
        return Double(seconds) + Double(attoseconds) / 1e18
    }

    /// What the services are at work on now.
    private func underWay() -> RehearsalReport.Crash {
        let now = elapsed() * speed
        let open = Bills(folder: services).operations.filter { Double($0.readyAt) > now * 1_000 }
        return .init(
            minute: now / 60, underWay: open.count, underWayUSD: "\(MicroUSD(open.reduce(0) { $0 + $1.cost }))")
    }

    /// `nil` while the coordinator is being started again.
    private func look(_ job: String) async throws -> JobStatus? {
        do {
            let answer = try await client.ask(patience: .seconds(5)) { $0.status = .with { $0.job = job } }.status
            guard let status = answer.jobs.first else { throw Failure(.ours, "job \(job) is not known any more") }
            return status
        } catch let failure as Failure where failure.code == .notReachable {
            try Task.checkCancellation()
            return nil
        }
    }

    private func watch(_ gates: inout [String: Seen], at: Double) async throws {
        guard let answer = try? await client.ask(patience: .seconds(2), { $0.gates = .init() }).gates else { return }
        for gate in answer.gates {
            var seen = gates[gate.id] ?? Seen()
            if gate.inUse > 0 {
                seen.first = seen.first ?? at
                seen.last = at
            }
            seen.looks.append((at, Int(gate.inUse), Int(gate.concurrency), Int(gate.waiting)))
            gates[gate.id] = seen
        }
    }

    /// Looks up what became of purchases nobody knows about, and says so.
    /// - Returns: whether something was said.
    private func reconcile(_ faults: [TaskFault], _ plan: FilmPlan, _ asked: inout Set<String>) async throws -> Bool {
        guard !faults.isEmpty else { return false }
        let ledger = try await client.ask(patience: .seconds(10)) { $0.ledger = .with { $0.last = 100_000 } }.ledger
        let bills = Bills(folder: services)
        var said = false
        for fault in faults {
            guard let entry = ledger.entries.last(where: { $0.label == fault.label }),
                asked.insert(entry.intent).inserted
            else { continue }
            let service = String(entry.provider.prefix { $0 != "@" && $0 != "/" })
            let spec = plan.node(fault.label)?.spec
            let words = ((try? spec?.parameters.text("prompt")) ?? (try? spec?.parameters.text("text")) ?? "").prefix(
                60)
            let found = bills.find(
                service, reference: entry.intent, words: String(words), milliseconds: length(of: spec))
            _ = try await client.ask(patience: .seconds(10)) {
                $0.act = .with { call in
                    (call.verb, call.subject) = ("reconcile", fault.label)
                    switch found {
                    case nil: call.text = "not-billed"
                    case let operation? where Bills.immediate.contains(service):
                        (call.text, call.value) = ("billed", operation.cost)
                    case let operation?: call.text = "operation:\(operation.handle)"
                    }
                }
            }
            said = true
        }
        return said
    }

    /// Of a clip whose lips are moved, which has no words.
    private func length(of spec: TaskSpec?) -> Int {
        (try? spec?.parameters.integer("frames", in: 1...1_000_000)).map { project.profile.fps.milliseconds($0) } ?? 0
    }

    private func summary(
        _ plan: FilmPlan, _ gates: [String: Seen], total: Double, crash: RehearsalReport.Crash?,
        crashes: Int, looked: Int, missing: [String]
    ) async throws -> RehearsalReport {
        let bills = Bills(folder: services)
        let ledger = try await client.ask(patience: .seconds(30)) { $0.ledger = .with { $0.last = 1 } }.ledger
        let providers = ledger.totals.filter { $0.scope.hasPrefix("provider:") }
        let spent = providers.reduce(0) { $0 + $1.spentMicroUsd }
        // At the end nothing is left open.
        let open = providers.reduce(0) { $0 + $1.unknownMicroUsd + $1.reservedMicroUsd }
        let listed = plan.nodes.reduce(into: [TaskKey: Int64]()) { $0[$1.spec.key] = $1.spec.priceCeiling.amount }
        var crash = crash
        crash?.boughtAgain = bills.boughtAgain.count
        crash?.boughtAgainUSD = "\(MicroUSD(bills.boughtAgain.reduce(0) { $0 + $1.cost }))"
        let first = bills.operations.map(\.takenAt).min() ?? 0
        let last = bills.operations.map(\.readyAt).max() ?? 0
        let paid = Double(last - first) / 1_000
        let uses = gates.sorted { $0.key < $1.key }.compactMap { Self.use(of: $0.key, $0.value) }
        let binding = uses.max { $0.busy < $1.busy }
        let spread = binding.map {
            bills.spreadSeconds(of: String($0.gate.prefix { $0 != "@" && $0 != "/" }), places: $0.limit)
        }
        return RehearsalReport(
            film: project.film.title, profile: project.profile.name, shots: project.film.shots.count,
            calls: bills.operations.count, speed: speed,
            servicesSeconds: paid, servicesSpreadSeconds: spread ?? 0, restSeconds: max(0, total - paid / speed),
            listedUSD: "\(MicroUSD(listed.values.reduce(0, +)))",
            spentUSD: "\(MicroUSD(spent))", billedUSD: "\(MicroUSD(bills.microUSD))",
            billedSpreadUSD: "\(MicroUSD(bills.spread(rates: rates)))",
            openUSD: "\(MicroUSD(open))", isEqual: spent == bills.microUSD && open == 0,
            troubles: bills.troubles.map { .init(what: $0.name, calls: $0.count) }, askedAPerson: looked,
            gates: uses, crashes: crashes,
            crash: crash, missing: missing)
    }

    private static func use(of gate: String, _ seen: Seen) -> RehearsalReport.Gate? {
        guard let first = seen.first else { return nil }
        let looks = seen.looks.filter { (first...seen.last).contains($0.at) }
        guard !looks.isEmpty else { return nil }
        let use = looks.reduce(0.0) { $0 + min(1, Double($1.inUse) / Double(max(1, $1.limit))) } / Double(looks.count)
        return .init(
            gate: gate, limit: looks.last?.limit ?? 0, busy: use, mostWaiting: looks.map(\.waiting).max() ?? 0,
            mostInUse: looks.map(\.inUse).max() ?? 0)
    }
}
