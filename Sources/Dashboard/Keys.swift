/// What comes from the keyboard and the mouse.
package enum Key: Hashable, Sendable {
    case character(Character)
    case control(Character)
    case up, down, left, right, pageUp, pageDown, home, end
    case enter, escape, tab, backTab, backspace, delete
    /// A press of the first button, or the wheel, at a cell.
    case click(x: Int, y: Int, isDouble: Bool)
    case wheel(x: Int, y: Int, isUp: Bool)

    /// As help shows it.
    package var name: String {
        switch self {
        case .character(" "): "space"
        case .character(let character): String(character)
        case .control(let character): "ctrl-\(character)"
        case .up: "↑"
        case .down: "↓"
        case .left: "←"
        case .right: "→"
        case .pageUp: "pgup"
        case .pageDown: "pgdn"
        case .home: "home"
        case .end: "end"
        case .enter: "enter"
        case .escape: "esc"
        case .tab: "tab"
        case .backTab: "shift-tab"
        case .backspace: "backspace"
        case .delete: "del"
        case .click: "click"
        case .wheel: "wheel"
        }
    }
}

/// The seven screens.
package enum ViewKind: Int, CaseIterable, Sendable, Hashable {
    case overview = 1, film, tasks, workers, gates, ledger, events

    package var title: String { "\(self)".prefix(1).uppercased() + "\(self)".dropFirst() }
    var isList: Bool { self != .overview && self != .film }
}

/// What a key does.
package enum Action: Hashable, Sendable {
    case help, quit, back, command, filter, nextMatch, previousMatch
    case move(dx: Int, dy: Int)
    case page(Int)
    case first, last, enter
    case view(ViewKind)
    case nextView, previousView
    case mark, sort, reverseSort, freeze, logs, raw, why, copy, nextJob, redraw, suspend
    case act(Act)
}

/// What an operator does to what is selected.
package enum Act: String, Hashable, Sendable, CaseIterable {
    case retry, cancel, pause, drain, priorityUp, priorityDown, cap, approve, reject, redo

    /// Asked once before it is done.
    package var isDestructive: Bool {
        switch self {
        case .cancel, .drain, .reject, .redo: true
        case .retry, .pause, .priorityUp, .priorityDown, .cap, .approve: false
        }
    }
}

/// One line of the table that binds keys; help is made from the same.
package struct Binding: Sendable {
    package let keys: [Key]
    package let action: Action
    package let group: String
    package let help: String

    init(_ keys: [Key], _ action: Action, _ group: String, _ help: String) {
        self.keys = keys
        self.action = action
        self.group = group
        self.help = help
    }
}

package enum Bindings {
    /// As k9s, btop and htop have them.
    package static let all: [Binding] = {
        func key(_ text: String) -> [Key] { text.map { .character($0) } }
        var table = [
            Binding(key("?"), .help, "General", "this help"),
            Binding([.escape], .back, "General", "back; leaves a filter"),
            Binding(key(":"), .command, "General", "a command, with tab to complete"),
            Binding(key("/"), .filter, "General", "filter rows, or find shots"),
            Binding(key("n"), .nextMatch, "General", "next match"),
            Binding(key("N"), .previousMatch, "General", "match before"),
            Binding(key("p"), .freeze, "General", "hold the screen still"),
            Binding(key("J"), .nextJob, "General", "next job"),
            Binding([.control("l")], .redraw, "General", "draw everything again"),
            Binding([.control("z")], .suspend, "General", "back to the shell (fg returns)"),
            Binding(key("q") + [.control("c")], .quit, "General", "quit"),
            Binding([.up] + key("k"), .move(dx: 0, dy: -1), "Moving", "up"),
            Binding([.down] + key("j"), .move(dx: 0, dy: 1), "Moving", "down"),
            Binding([.left] + key("h"), .move(dx: -1, dy: 0), "Moving", "left"),
            Binding([.right] + key("l"), .move(dx: 1, dy: 0), "Moving", "right (in lists: logs)"),
            Binding([.pageUp, .control("b")], .page(-1), "Moving", "a page up"),
            Binding([.pageDown, .control("f")], .page(1), "Moving", "a page down"),
            Binding([.home] + key("g"), .first, "Moving", "first"),
            Binding([.end] + key("G"), .last, "Moving", "last"),
            Binding([.enter], .enter, "Moving", "into what is selected"),
            Binding([.tab], .nextView, "Screens", "next screen"),
            Binding([.backTab], .previousView, "Screens", "screen before"),
        ]
        for view in ViewKind.allCases {
            table.append(Binding(key("\(view.rawValue)"), .view(view), "Screens", view.title))
        }
        table += [
            Binding(key("w"), .why, "Looking", "why it is not done"),
            Binding(key("L"), .logs, "Looking", "its logs, as they come"),
            Binding(key("y"), .raw, "Looking", "the row as JSON"),
            Binding(key("c"), .copy, "Looking", "copy its name (OSC 52)"),
            Binding(key(" "), .mark, "Looking", "mark, for acts on many"),
            Binding(key("s"), .sort, "Looking", "sort by the next column"),
            Binding(key("S"), .reverseSort, "Looking", "sort the other way"),
            Binding(key("r"), .act(.retry), "Acting", "retry what failed"),
            Binding(key("a"), .act(.approve), "Acting", "approve what waits for a person"),
            Binding(key("X"), .act(.reject), "Acting", "reject the take, with a reason"),
            Binding(key("R"), .act(.redo), "Acting", "make another take"),
            Binding(key("P"), .act(.pause), "Acting", "pause the job, or let it go on"),
            Binding(key("+"), .act(.priorityUp), "Acting", "raise the job's priority"),
            Binding(key("-"), .act(.priorityDown), "Acting", "lower it"),
            Binding(key("b"), .act(.cap), "Acting", "set the job's cap in dollars"),
            Binding(key("D"), .act(.drain), "Acting", "drain the worker"),
            Binding(key("K"), .act(.cancel), "Acting", "cancel the job"),
        ]
        return table
    }()

    static let byKey: [Key: Action] = {
        var table: [Key: Action] = [:]
        for binding in all { for key in binding.keys { table[key] = binding.action } }
        return table
    }()

    /// What a key does on a screen.
    package static func action(of key: Key, on view: ViewKind) -> Action? {
        // In lists there is nothing to the right: `l` is for logs, as in k9s.
        if view.isList, key == .character("l") { return .logs }
        return byKey[key]
    }
}
