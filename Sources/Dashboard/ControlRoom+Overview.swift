internal import Foundation
internal import Protocol

/// The first screen: how the film gets on, what it costs, what stands in the way.
extension ControlRoom {
    func drawOverview(_ frame: inout Frame) {
        let right = pictureArea.map { $0.x - 2 } ?? width
        guard let job else {
            let words =
                heardAt == nil
                ? plain("waiting for the coordinator… \(trouble)") : "no job yet: snowflake submit PROJECT hands one in"
            frame.put(words, .dim, x: 2, y: 4, limit: right - 2)
            drawWorkers(&frame, y: 6, right)
            return
        }
        var y = 3
        for line in gauges(job) {
            frame.put(line.label, .title, x: 2, y: y)
            if let share = line.share {
                let wide = max(8, min(30, right - 60))
                let filled = max(0, min(wide, Int((share * Double(wide)).rounded(.down))))
                frame.put(String(repeating: glyphs.full, count: filled), line.style, x: 14, y: y)
                frame.put(String(repeating: glyphs.empty, count: wide - filled), .dim, x: 14 + filled, y: y)
                frame.put(line.text, x: 15 + wide, y: y, limit: right - 15 - wide, more: glyphs.more)
            } else {
                frame.put(line.text, line.style, x: 14, y: y, limit: right - 14, more: glyphs.more)
            }
            y += 1
        }
        y = drawAlerts(&frame, y: y + 1, right)
        y = drawKinds(job, &frame, y: y + 1, right)
        drawWorkers(&frame, y: y + 1, right)
    }

    private struct Gauge {
        let label: String
        let share: Double?
        let text: String
        let style: Style
    }

    private func gauges(_ job: LiveJob) -> [Gauge] {
        let model = shown
        let counts = job.counts
        let film = job.filmMilliseconds > 0 ? Double(job.filmDone) / Double(job.filmMilliseconds) : 0
        let row = job.row
        let left = model.remaining(job)
        let finished = job.shots.count { $0.stage == .finished }
        let failed = counts.failed > 0 ? ", \(counts.failed) failed" : ""
        var lines = [
            Gauge(
                label: "film", share: film,
                text: "\(Int(film * 100))%  \(Words.film(job.filmDone)) of \(Words.film(job.filmMilliseconds))  "
                    + "\(finished) of \(job.shots.count) shots", style: .good),
            Gauge(
                label: "tasks", share: counts.total > 0 ? Double(counts.done) / Double(counts.total) : 0,
                text: "\(counts.done) of \(counts.total), \(counts.running) running, \(counts.ready) ready\(failed)",
                style: counts.failed > 0 ? .bad : .busy),
        ]
        let used = row.spentMicroUsd + row.reservedMicroUsd
        if row.hasBudgetMicroUsd {
            let share = row.budgetMicroUsd > 0 ? Double(used) / Double(row.budgetMicroUsd) : 1
            lines.append(
                Gauge(
                    label: "money", share: min(1, share),
                    text: "\(Words.money(row.spentMicroUsd)) spent, \(Words.money(row.reservedMicroUsd)) reserved of "
                        + "\(Words.money(row.budgetMicroUsd))", style: share >= 0.9 ? .bad : .warn))
        } else {
            lines.append(
                Gauge(
                    label: "money", share: nil,
                    text: used == 0
                        ? "nothing spent"
                        : "\(Words.money(row.spentMicroUsd)) spent, "
                            + "\(Words.money(row.reservedMicroUsd)) reserved, no cap", style: .plain))
        }
        let eta = row.state == "running" ? "about \(Words.span(left)) left" : row.state
        lines.append(
            Gauge(
                label: "time", share: nil,
                text: "\(eta), \(String(format: "%.1f", model.throughput)) tasks a minute", style: .plain))
        let gate = model.bindingGate
        lines.append(
            Gauge(
                label: "binds", share: nil,
                text: gate.map {
                    "\($0.id): \($0.inUse) of \($0.concurrency) in use, \($0.waiting) wait\($0.reason.isEmpty ? "" : ", \($0.reason)")"
                }
                    ?? bindingRole(job), style: gate == nil ? .dim : .warn))
        return lines
    }

    /// Without a gate in the way, the role with the longest way to go.
    private func bindingRole(_ job: LiveJob) -> String {
        guard let most = job.work.filter({ $0.value > 0 }).max(by: { ($0.value, $1.key) < ($1.value, $0.key) }) else {
            return "nothing"
        }
        let slots = shown.workers.values.filter { $0.state == "active" }
            .flatMap(\.slots).filter { $0.role == most.key }.reduce(0) { $0 + $1.count }
        return "\(most.key) work: \(Words.span(most.value)) for \(slots) slots"
    }

    /// What somebody should look at.
    var alerts: [(text: String, style: Style)] {
        let model = shown
        var alerts: [(String, Style)] = []
        let lost = model.workers.values.filter { $0.state == "suspect" || $0.state == "lost" }.map(\.name).sorted()
        if !lost.isEmpty { alerts.append(("not heard of: \(lost.joined(separator: ", "))", .bad)) }
        if let job {
            let failed = job.shots.filter { $0.stage == .failed }.map(\.name)
            if !failed.isEmpty { alerts.append(("failed: \(failed.prefix(8).joined(separator: " "))", .bad)) }
            let doubtful = job.shots.filter { $0.stage == .doubtful }.map(\.name)
            if !doubtful.isEmpty {
                alerts.append(("in doubt, ask the provider: \(doubtful.prefix(8).joined(separator: " "))", .odd))
            }
            let wanted = job.wanted
            if !wanted.isEmpty {
                alerts.append(("waits for approval (a): \(wanted.prefix(8).joined(separator: " "))", .warn))
            }
            if job.shots.contains(where: { $0.stage == .money }) {
                alerts.append(("a cap is reached: paid work waits (b)", .bad))
            }
            if job.row.state == "running", !job.work.isEmpty {
                let roles = Set(
                    model.workers.values.filter { $0.state == "active" }.flatMap(\.slots).filter { $0.count > 0 }.map(
                        \.role))
                for (role, work) in job.work.sorted(by: { $0.key < $1.key }) where work > 0 && !roles.contains(role) {
                    alerts.append(
                        ("no worker does \(role) work: snowflake token create, then snowflake worker there", .bad))
                }
            }
        }
        for gate in model.gates.values.sorted(by: { $0.id < $1.id }) where gate.breaker != "closed" {
            alerts.append(("\(gate.id): breaker \(gate.breaker). \(gate.reason)", .bad))
        }
        for worker in model.workers.values.sorted(by: { $0.worker < $1.worker }) where !worker.blocked.isEmpty {
            alerts.append(("\(worker.name) gets no \(worker.blocked[0])", .warn))
        }
        return alerts
    }

    private func drawAlerts(_ frame: inout Frame, y: Int, _ right: Int) -> Int {
        let alerts = alerts
        frame.put("alerts", .title, x: 2, y: y)
        guard !alerts.isEmpty else {
            frame.put("none", .good, x: 14, y: y)
            return y + 1
        }
        let room = max(1, min(alerts.count, (height - y) / 3))
        for (line, alert) in alerts.prefix(room).enumerated() {
            frame.put(plain(alert.text), alert.style, x: 14, y: y + line, limit: right - 14, more: glyphs.more)
        }
        if alerts.count > room { frame.put("and \(alerts.count - room) more", .dim, x: 14, y: y + room) }
        return y + room + (alerts.count > room ? 1 : 0)
    }

    private static let order = [
        "setting", "portrait", "cutout", "compose", "animate", "dialogue", "ambience", "music", "conform", "transition",
        "mix", "clip", "scene", "soundtrack", "film",
    ]

    private func drawKinds(_ job: LiveJob, _ frame: inout Frame, y: Int, _ right: Int) -> Int {
        let kinds = Self.order.compactMap { name in job.kinds[name].map { (name, $0) } }.filter { $0.1.total > 0 }
        let room = max(0, height - y - 2)
        let columns = max(1, min(4, (right - 2) / 27))
        let lines = min(room, (kinds.count + columns - 1) / columns)
        guard lines > 0 else { return y }
        for (index, (name, tally)) in kinds.prefix(lines * columns).enumerated() {
            let x = 2 + index / lines * 27
            let style: Style =
                tally.failed > 0 ? .bad : tally.done == tally.total ? .good : tally.running > 0 ? .busy : .dim
            frame.put(name, .plain, x: x, y: y + index % lines)
            var text = "\(tally.done)/\(tally.total)"
            if tally.running > 0 { text += " +\(tally.running)" }
            if tally.failed > 0 { text += " !\(tally.failed)" }
            frame.put(text, style, x: x + 12, y: y + index % lines, limit: 14)
        }
        return y + lines
    }

    private func drawWorkers(_ frame: inout Frame, y: Int, _ right: Int) {
        let model = shown
        let workers = model.workers.values.filter { $0.state != "lost" }.sorted {
            ($0.name, $0.worker) < ($1.name, $1.worker)
        }
        guard y < height - 2 else { return }
        var running: [String: String] = [:]
        for task in model.tasks.values where task.phase == "running" {
            let name = task.label
            running[task.worker] = min(running[task.worker] ?? name, name)
        }
        frame.put("workers", .title, x: 2, y: y)
        frame.put("\(workers.count)", x: 14, y: y)
        for (line, worker) in workers.prefix(max(0, height - y - 3)).enumerated() {
            let used = worker.used.reduce(0) { $0 + $1.count }
            let slots = worker.slots.reduce(0) { $0 + $1.count }
            frame.put(
                worker.name, worker.state == "active" ? .plain : .warn, x: 2, y: y + 1 + line, limit: 22,
                more: glyphs.more)
            frame.put("\(used)/\(slots)", used > 0 ? .busy : .dim, x: 25, y: y + 1 + line)
            frame.put(
                running[worker.worker] ?? worker.state, .dim, x: 32, y: y + 1 + line, limit: right - 33,
                more: glyphs.more)
        }
    }
}
