package import Foundation
internal import Protocol

/// What is selected, what can be done to it, and what that would cost.
extension ControlRoom {
    /// The row that is selected: the one shown so where none was chosen.
    var selectedID: String? { lists[view]?.selected ?? lists[view]?.seen }

    /// Rows come and go between two screens: what is selected is still there, or nothing is.
    mutating func settleSelection() {
        guard view.isList else { return }
        let ids = rows(of: view)
        if let selected = lists[view]?.selected, !ids.contains(selected) { lists[view]?.selected = nil }
        if lists[view]?.seen.map({ !ids.contains($0) }) ?? true { lists[view]?.seen = ids.first }
    }

    /// The shot the cursor is on; without one the newest that has a picture.
    package var selectedShot: LiveShot? {
        guard let job else { return nil }
        if let name = film.cursor, let shot = job.shots.first(where: { $0.name == name }) { return shot }
        if let key = shown.newestPicture, let node = shown.node(of: key, in: job.row.job) {
            let name = LiveShot.name(of: node)
            if let shot = job.shots.first(where: { $0.name == name }) { return shot }
        }
        return job.shots.first
    }

    /// The blob of the frame to show: of the selected shot in the film, of the newest elsewhere.
    package var pictureDigest: Data? {
        let shot: LiveShot?
        if view == .tasks, let id = selectedID, let key = TableID.key(of: id), let row = shown.tasks[key],
            let node = shown.node(of: key, in: job?.row.job ?? ""), let name = LiveShot.name(of: node)
        {
            if ["setting", "cutout", "portrait"].contains(row.kind), row.phase == "done" { return row.digest }
            shot = job?.shots.first { $0.name == name }
        } else {
            shot = selectedShot
        }
        guard let shot else { return nil }
        for kind in ["conform", "animate", "compose"] {
            if let task = shot.task(kind), task.phase == "done", task.digest.count == 32 { return task.digest }
        }
        return nil
    }

    /// Names of what is marked, else of what is selected: what `why`, `retry` and the clipboard take.
    package var subjects: [String] {
        switch view {
        case .overview: return job.map { [$0.row.job] } ?? []
        case .film: return selectedShot.map { [$0.name] } ?? []
        default:
            let marks = lists[view]?.marks ?? []
            let ids = marks.isEmpty ? selectedID.map { [$0] } ?? [] : marks.sorted()
            return ids.compactMap(subject(of:))
        }
    }

    private func subject(of id: String) -> String? {
        let model = shown
        switch view {
        case .tasks:
            guard let key = TableID.key(of: id), let row = model.tasks[key] else { return nil }
            return model.node(of: key, in: job?.row.job ?? "")?.name ?? row.label
        case .ledger:
            let index = (Int(id) ?? 0) - (model.entryCount - model.entries.count)
            return model.entries.indices.contains(index) ? model.entries[index].label : nil
        case .events:
            let index = (Int(id) ?? 0) - (model.eventCount - model.events.count)
            guard model.events.indices.contains(index) else { return nil }
            let row = model.events[index]
            return [row.task, row.worker, row.job].first { !$0.isEmpty }
        default: return id
        }
    }

    // MARK: looking

    mutating func openWhy() -> [Command] {
        let subject = view == .overview ? "film" : subjects.first ?? "film"
        let question = Question.why(subject: subject, job: job?.row.job ?? "")
        overlay = .text(TextPane(title: "why \(subject)", lines: ["asking…"], question: question))
        return [.ask(question, after: 0)]
    }

    mutating func openLogs() -> [Command] {
        let subject = view == .overview ? "" : subjects.first ?? ""
        let question = Question.logs(subject: subject)
        let title = subject.isEmpty ? "logs of all workers" : "logs of \(subject)"
        overlay = .text(TextPane(title: title, lines: [], isFollowing: true, question: question))
        return [.ask(question, after: 0)]
    }

    mutating func showRaw() {
        let lines = rawLines
        guard !lines.isEmpty else { return }
        overlay = .text(TextPane(title: "raw", lines: lines))
    }

    private var rawLines: [String] {
        let model = shown
        func lines(_ json: String?) -> [String] { json.map(RowJSON.lines) ?? [] }
        switch view {
        case .overview: return lines(job.map { RowJSON.text($0.row) })
        case .film: return (selectedShot?.tasks ?? []).flatMap { RowJSON.lines(RowJSON.text($0)) }
        default:
            guard let id = selectedID else { return [] }
            switch view {
            case .tasks: return lines(TableID.key(of: id).flatMap { model.tasks[$0] }.map { RowJSON.text($0) })
            case .workers: return lines(model.workers[id].map { RowJSON.text($0) })
            case .gates: return lines(model.gates[id].map { RowJSON.text($0) })
            case .ledger:
                let index = (Int(id) ?? 0) - (model.entryCount - model.entries.count)
                return model.entries.indices.contains(index) ? lines(RowJSON.text(model.entries[index])) : []
            default:
                let index = (Int(id) ?? 0) - (model.eventCount - model.events.count)
                return model.events.indices.contains(index) ? lines(RowJSON.text(model.events[index])) : []
            }
        }
    }

    // MARK: acting

    mutating func begin(_ act: Act) -> [Command] {
        guard mayAct else {
            say("a viewer's key looks and does not act; open with an operator's token", .bad)
            return []
        }
        guard let job else {
            say("there is no job")
            return []
        }
        switch act {
        case .drain:
            guard view == .workers, !subjects.isEmpty else {
                say("choose a worker first (4)")
                return []
            }
        case .retry, .approve, .reject, .redo:
            guard [.film, .tasks, .overview].contains(view) else {
                say("choose a shot or a task first (2, 3)")
                return []
            }
        case .cancel, .pause, .priorityUp, .priorityDown, .cap: break
        }
        let id = job.row.job
        let chosen = view == .overview ? [] : subjects
        switch act {
        case .cap:
            prompt = Prompt(purpose: .cap(job: id), label: "cap of \(id) in dollars, or none: ")
            return []
        case .reject:
            prompt = Prompt(purpose: .reject(subjects: shots(chosen), job: id), label: "reject, because: ")
            return []
        case .redo:
            prompt = Prompt(
                purpose: .redo(subjects: shots(chosen), job: id), label: "redo with (seed=7 prompt=… or nothing): ")
            return []
        default: break
        }
        let orders = orders(for: act, chosen, job)
        guard act.isDestructive else { return orders.map(Command.act) }
        overlay = .confirm(
            Confirmation(title: title(of: act, chosen, job), effects: effects(of: act, job), orders: orders))
        return []
    }

    private func orders(for act: Act, _ chosen: [String], _ job: LiveJob) -> [Order] {
        let id = job.row.job
        switch act {
        case .retry:
            return chosen.isEmpty ? [Order("retry", job: id)] : chosen.map { Order("retry", subject: $0, job: id) }
        case .approve:
            return chosen.isEmpty
                ? [Order("approve", subject: "all", job: id)]
                : shots(chosen).map { Order("approve", subject: $0, job: id) }
        case .pause: return [Order(job.row.state == "paused" ? "resume" : "pause", job: id)]
        case .priorityUp: return [Order("priority", job: id, value: Int64(job.row.priority) + 10)]
        case .priorityDown: return [Order("priority", job: id, value: Int64(job.row.priority) - 10)]
        case .drain: return chosen.map { Order("drain", subject: $0) }
        case .cancel: return [Order("cancel", job: id)]
        case .cap, .reject, .redo: return []
        }
    }

    /// The shots that names stand for, each once.
    func shots(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.map { String($0.prefix { $0 != "/" }) }.map { $0.count > 8 ? String($0.prefix(8)) : $0 }
            .filter { seen.insert($0).inserted }
    }

    private func title(of act: Act, _ chosen: [String], _ job: LiveJob) -> String {
        switch act {
        case .cancel: "cancel job \(job.row.job) (\(job.row.name))?"
        case .drain:
            "drain \(chosen.count == 1 ? shown.workers[chosen[0]]?.name ?? chosen[0] : "\(chosen.count) workers")?"
        default: "\(act.rawValue) \(chosen.prefix(3).joined(separator: ", "))?"
        }
    }

    /// What would be lost, in work and in money.
    func effects(of act: Act, _ job: LiveJob) -> [String] {
        let model = shown
        switch act {
        case .cancel:
            let running = job.nodes.compactMap { model.tasks[$0.key] }.filter { $0.phase == "running" }
            let bought = running.filter { !$0.purchase.isEmpty }.count
            let counts = job.counts
            return [
                "\(counts.total - counts.done) of \(counts.total) tasks are not made",
                "\(running.count) running: \(Words.span(lostWork(running))) of work is lost",
                "\(Words.money(job.row.spentMicroUsd)) is spent and stays spent; "
                    + "\(Words.money(job.row.reservedMicroUsd)) reserved is let go of as calls end",
                bought > 0
                    ? "\(bought) bought results are still fetched: nothing paid is lost"
                    : "nothing is bought right now",
            ]
        case .drain:
            let ids = Set(view == .workers ? (lists[.workers]?.marks ?? []).union(selectedID.map { [$0] } ?? []) : [])
            let running = model.tasks.values.filter { $0.phase == "running" && ids.contains($0.worker) }
            let paid = running.filter { !$0.purchase.isEmpty }.count
            return [
                "\(running.count) tasks run there: they end first, or go back after a while "
                    + "(\(Words.span(lostWork(running))) of work)",
                paid > 0 ? "\(paid) paid calls go on at another worker: none is bought again" : "no money is lost",
            ]
        default: return []
        }
    }

    private func lostWork(_ rows: [TaskRow]) -> Int64 {
        rows.reduce(0) { $0 + ($1.since > 0 ? max(0, shown.at - $1.since) : 0) }
    }
}
