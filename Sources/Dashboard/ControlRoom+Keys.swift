internal import Foundation
internal import Protocol

/// Keys, and what they come to.
extension ControlRoom {
    mutating func handle(_ key: Key) -> [Command] {
        settleSelection()
        if prompt != nil { return type(key) }
        if case .click(let x, let y, let isDouble) = key { return click(x, y, isDouble) }
        if case .wheel(_, _, let isUp) = key { return perform(.move(dx: 0, dy: isUp ? -3 : 3)) }
        if case .confirm(let confirmation)? = overlay { return answer(confirmation, key) }
        guard let action = Bindings.action(of: key, on: view) else { return [] }
        if overlay != nil { return performOnOverlay(action) }
        return perform(action)
    }

    private mutating func answer(_ confirmation: Confirmation, _ key: Key) -> [Command] {
        overlay = nil
        guard key == .character("y") || key == .character("Y") else {
            say("nothing was done", .dim)
            return []
        }
        return confirmation.orders.map(Command.act)
    }

    private mutating func performOnOverlay(_ action: Action) -> [Command] {
        let page = max(1, height - 6)
        switch action {
        case .back, .quit, .help: overlay = nil
        case .move(_, let dy): scroll(dy)
        case .page(let pages): scroll(pages * page)
        case .first: scroll(-1_000_000)
        case .last: scroll(1_000_000)
        case .redraw: return [.redraw]
        case .suspend: return [.suspend]
        case .copy:
            guard let text = overlay?.text else { return [] }
            return [.copy(text.lines.joined(separator: "\n"))]
        case .view(let kind):
            overlay = nil
            view = kind
        default: break
        }
        return []
    }

    private mutating func scroll(_ lines: Int) {
        switch overlay {
        case .help(let offset): overlay = .help(offset: max(0, min(offset + lines, Bindings.all.count)))
        case .text(var pane):
            let most = max(0, pane.lines.count - paneHeight)
            if pane.isFollowing { pane.offset = most }
            pane.offset = max(0, min(pane.offset + lines, most))
            if case .logs? = pane.question { pane.isFollowing = pane.offset == most }
            overlay = .text(pane)
        case .confirm, nil: break
        }
    }

    /// Lines of text an overlay shows.
    var paneHeight: Int { max(1, height - 4) }

    mutating func perform(_ action: Action) -> [Command] {
        switch action {
        case .help: overlay = .help(offset: 0)
        case .quit: return [.quit]
        case .suspend: return [.suspend]
        case .redraw: return [.redraw]
        case .back: goBack()
        case .command: prompt = Prompt(purpose: .command, label: ":")
        case .filter: prompt = Prompt(purpose: view == .film ? .find : .filter, label: "/", text: "")
        case .nextMatch: match(1)
        case .previousMatch: match(-1)
        case .move(let dx, let dy): move(dx, dy)
        case .page(let pages): move(0, pages * max(1, listHeight - 1))
        case .first: toEnd(isFirst: true)
        case .last: toEnd(isFirst: false)
        case .enter: return enter()
        case .view(let kind): view = kind
        case .nextView: view = ViewKind(rawValue: view.rawValue % 7 + 1) ?? .overview
        case .previousView: view = ViewKind(rawValue: (view.rawValue + 5) % 7 + 1) ?? .overview
        case .mark: mark()
        case .sort: sort(by: 1)
        case .reverseSort: lists[view]?.isDescending.toggle()
        case .freeze: frozen = frozen == nil ? model : nil
        case .nextJob: nextJob()
        case .logs: return openLogs()
        case .raw: showRaw()
        case .why: return openWhy()
        case .copy: return subjects.isEmpty ? [] : [.copy(subjects.joined(separator: "\n"))]
        case .act(let act): return begin(act)
        }
        return []
    }

    private mutating func goBack() {
        if let filter = lists[view]?.filter, !filter.isEmpty {
            lists[view]?.filter = ""
        } else if lists[view]?.marks.isEmpty == false {
            lists[view]?.marks = []
        } else if view == .film, film.cursor != nil {
            film.cursor = nil
        } else if frozen != nil {
            frozen = nil
        } else {
            view = .overview
        }
    }

    private mutating func nextJob() {
        let ids = shown.orderedJobs.map(\.row.job)
        guard let current = job?.row.job, let index = ids.firstIndex(of: current) else { return }
        chosenJob = ids[(index + 1) % ids.count]
        film.cursor = nil
        say("job \(chosenJob): \(shown.jobs[chosenJob]?.row.name ?? "")", .title)
    }

    // MARK: moving

    mutating func move(_ dx: Int, _ dy: Int) {
        switch view {
        case .overview: break
        case .film: moveInFilm(dx, dy)
        default:
            let ids = rows(of: view)
            guard !ids.isEmpty else { return }
            let at = selectedID.flatMap { ids.firstIndex(of: $0) }
            lists[view]?.selected = ids[max(0, min(ids.count - 1, at.map { $0 + dy } ?? 0))]
        }
    }

    private mutating func toEnd(isFirst: Bool) {
        switch view {
        case .overview: break
        case .film: film.cursor = isFirst ? job?.shots.first?.name : job?.shots.last?.name
        default:
            let ids = rows(of: view)
            lists[view]?.selected = isFirst ? ids.first : ids.last
        }
    }

    private mutating func moveInFilm(_ dx: Int, _ dy: Int) {
        guard let shots = job?.shots, !shots.isEmpty else { return }
        guard let current = selectedShot?.name, let index = shots.firstIndex(where: { $0.name == current }) else {
            film.cursor = shots.first?.name
            return
        }
        guard dy != 0, let here = film.places.first(where: { $0.name == current }) else {
            film.cursor = shots[max(0, min(shots.count - 1, index + dx))].name
            return
        }
        let lines = film.places.filter { ($0.y - here.y) * dy.signum() > 0 && abs($0.x - here.x) < 40 }
        let line = dy > 0 ? lines.map(\.y).min() : lines.map(\.y).max()
        // The nearest place on the next line; at the edge of the screen the film goes on by shots.
        if let next = lines.filter({ $0.y == line }).min(by: { abs($0.x - here.x) < abs($1.x - here.x) }) {
            film.cursor = next.name
        } else {
            film.cursor = shots[max(0, min(shots.count - 1, index + dy.signum() * 10))].name
        }
    }

    private mutating func click(_ x: Int, _ y: Int, _ isDouble: Bool) -> [Command] {
        guard overlay == nil else {
            overlay = nil
            return []
        }
        if y == 1, let kind = tabs.first(where: { $0.range.contains(x) })?.view {
            view = kind
            return []
        }
        switch view {
        case .overview: return []
        case .film:
            guard let place = film.places.first(where: { $0.y == y && (0..<$0.width).contains(x - $0.x) }) else {
                return []
            }
            film.cursor = place.name
        default:
            let ids = rows(of: view)
            let index = y - listTop + (lists[view]?.offset ?? 0)
            guard y >= listTop, ids.indices.contains(index) else { return [] }
            lists[view]?.selected = ids[index]
        }
        return isDouble ? enter() : []
    }

    private mutating func match(_ step: Int) {
        guard view == .film else {
            move(0, step)
            return
        }
        guard !film.search.isEmpty, let shots = job?.shots else { return }
        let found = shots.indices.filter { isFound(shots[$0]) }
        let at = selectedShot.flatMap { shot in shots.firstIndex { $0.name == shot.name } } ?? -1
        let next = step > 0 ? found.first { $0 > at } ?? found.first : found.last { $0 < at } ?? found.last
        if let next { film.cursor = shots[next].name } else { say("no shot matches \"\(film.search)\"") }
    }

    func isFound(_ shot: LiveShot) -> Bool {
        let search = film.search.lowercased()
        return shot.name.contains(search) || "\(shot.stage)" == search
            || shot.tasks.contains { $0.fault.lowercased().contains(search) }
    }

    // MARK: rows

    /// The rows of a list in order, worked out when something changed.
    mutating func rows(of view: ViewKind) -> [String] {
        guard let table = ListTable.of(view), let state = lists[view] else { return [] }
        let model = shown
        let job = job?.row.job ?? ""
        let stamp = ListState.Stamp(
            version: model.version, job: job, filter: state.filter, sort: state.sort,
            isDescending: state.isDescending)
        if let cache = state.cache, cache.stamp == stamp { return cache.ids }
        var rows = table.ordered(model, job, by: state.sort, holding: state.filter.lowercased())
        rows.sort { left, right in
            if left.order == right.order { return left.id < right.id }
            return state.isDescending ? right.order < left.order : left.order < right.order
        }
        let ids = rows.map(\.id)
        lists[view]?.cache = (stamp, ids)
        return ids
    }

    private mutating func mark() {
        guard view.isList, let id = selectedID else { return }
        if lists[view]?.marks.remove(id) == nil { lists[view]?.marks.insert(id) }
        move(0, 1)
    }

    private mutating func sort(by step: Int) {
        guard let table = ListTable.of(view), let state = lists[view] else { return }
        lists[view]?.sort = (state.sort + step) % table.columns.count
        say("sorted by \(table.columns[(state.sort + step) % table.columns.count].title.lowercased())", .dim)
    }

    private mutating func enter() -> [Command] {
        switch view {
        case .overview: view = .film
        case .film:
            guard let shot = selectedShot else { return [] }
            film.cursor = shot.name
            view = .tasks
            lists[.tasks]?.filter = shot.name
            lists[.tasks]?.selected = nil
        case .tasks: return openWhy()
        case .workers:
            guard let id = selectedID, let row = shown.workers[id] else { return [] }
            view = .tasks
            lists[.tasks]?.filter = row.name.isEmpty ? id : row.name
            lists[.tasks]?.selected = nil
        case .gates, .ledger, .events: showRaw()
        }
        return []
    }
}
