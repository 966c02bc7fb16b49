internal import Foundation
internal import Protocol

/// The screens' tables for whoever has no screen: the same columns and rows, ordered as the screens order them at first.
package enum PlainTable {
    /// Titles and rows; `nil` for the overview. The film's rows are its shots.
    package static func of(_ view: ViewKind, _ model: LiveModel, job: String) -> (titles: [String], rows: [[String]])? {
        guard view != .film else { return shots(model, job) }
        guard let table = ListTable.of(view) else { return nil }
        return (table.columns.map(\.title), ids(table, model, job).map { table.fields(model, $0, job).map(\.text) })
    }

    private static func ids(_ table: ListTable, _ model: LiveModel, _ job: String) -> [String] {
        let rows = table.ids(model, job).compactMap { id in
            table.fields(model, id, job).dropFirst(table.usualSort).first.map { (id: id, order: $0.order) }
        }
        // Newest last, where a screen has them first: what is printed is read from the top.
        return rows.sorted { $0.order == $1.order ? $0.id < $1.id : $0.order < $1.order }.map(\.id)
    }

    private static func shots(_ model: LiveModel, _ job: String) -> (titles: [String], rows: [[String]])? {
        guard let job = model.jobs[job] else { return (shotTitles, []) }
        return (
            shotTitles,
            job.shots.map { shot in
                let cost = shot.tasks.reduce(Int64(0)) { $0 + $1.costMicroUsd }
                let fault =
                    shot.tasks.first { $0.phase == "failed" }?.fault ?? shot.tasks.first { !$0.fault.isEmpty }?.fault
                return [
                    shot.name, "\(shot.stage)", shot.task("compose")?.phase ?? "", shot.task("animate")?.phase ?? "",
                    shot.task("clip")?.phase ?? "", cost > 0 ? Words.money(cost) : "", fault ?? "",
                ]
            }
        )
    }

    private static let shotTitles = ["SHOT", "STAGE", "STILL", "CLIP", "FINISHED", "COST", "WHAT"]

    /// A row each, as JSON.
    package static func json(_ view: ViewKind, _ model: LiveModel, job: String) -> [String] {
        switch view {
        case .overview: model.orderedJobs.map { RowJSON.text($0.row) }
        case .film:
            (model.jobs[job]?.shots ?? []).map { shot in
                let tasks = shot.tasks.map { RowJSON.text($0) }.joined(separator: ",")
                return "{\"shot\":\"\(shot.name)\",\"stage\":\"\(shot.stage)\",\"tasks\":[\(tasks)]}"
            }
        case .tasks:
            (ListTable.of(.tasks).map { ids($0, model, job) } ?? []).compactMap { TableID.key(of: $0) }
                .compactMap { model.tasks[$0] }.map { RowJSON.text($0) }
        case .workers: model.workers.values.sorted { $0.worker < $1.worker }.map { RowJSON.text($0) }
        case .gates: model.gates.values.sorted { $0.id < $1.id }.map { RowJSON.text($0) }
        case .ledger: model.entries.map { RowJSON.text($0) }
        case .events: model.events.map { RowJSON.text($0) }
        }
    }

    /// The overview in a line: `34%  0:38 of 1:54  54 of 205 tasks, 4 running  $0.35 of $20  about 3m left`.
    package static func line(_ model: LiveModel, job: LiveJob) -> String {
        let counts = job.counts
        let film = job.filmMilliseconds > 0 ? job.filmDone * 100 / job.filmMilliseconds : 0
        var words = [
            "\(Words.clock(model.at))", "\(job.row.job)", "\(film)%",
            "\(Words.film(job.filmDone)) of \(Words.film(job.filmMilliseconds))",
            "\(counts.done) of \(counts.total) tasks, \(counts.running) running",
        ]
        if counts.failed > 0 { words.append("\(counts.failed) failed") }
        let used = job.row.spentMicroUsd + job.row.reservedMicroUsd
        let cap = job.row.hasBudgetMicroUsd ? " of \(Words.money(job.row.budgetMicroUsd))" : ""
        if used > 0 || !cap.isEmpty { words.append("\(Words.money(used))\(cap)") }
        words.append(job.row.state == "running" ? "about \(Words.span(model.remaining(job))) left" : job.row.state)
        if let gate = model.bindingGate { words.append("\(gate.id) binds, \(gate.waiting) wait") }
        return words.joined(separator: "  ")
    }
}
