internal import Foundation
internal import Protocol

/// The line at the bottom: commands, filters, reasons.
extension ControlRoom {
    mutating func type(_ key: Key) -> [Command] {
        guard var line = prompt else { return [] }
        switch key {
        case .escape, .control("c"):
            prompt = nil
            return []
        case .enter:
            prompt = nil
            return finish(line)
        case .backspace, .delete, .control("h"):
            if line.text.isEmpty {
                prompt = nil
                return []
            }
            line.text.removeLast()
        case .control("u"): line.text = ""
        case .control("w"):
            while line.text.last == " " { line.text.removeLast() }
            while let last = line.text.last, last != " " { line.text.removeLast() }
        case .tab: line.text = completed(line)
        case .character(let character): if line.text.count < 500 { line.text.append(character) }
        default: break
        }
        prompt = line
        // A filter shows what it does while it is typed.
        if line.purpose == .filter { lists[view]?.filter = line.text }
        if line.purpose == .find { film.search = line.text }
        return []
    }

    private mutating func finish(_ line: Prompt) -> [Command] {
        let text = line.text.trimmingCharacters(in: .whitespaces)
        switch line.purpose {
        case .command: return run(text)
        case .filter:
            lists[view]?.filter = text
            return []
        case .find:
            film.search = text
            if !text.isEmpty { _ = perform(.nextMatch) }
            return []
        case .cap(let job):
            guard let cap = Self.dollars(text) else {
                say("write dollars, like 12.50, or none", .bad)
                return []
            }
            return [.act(Order("cap", subject: "job", job: job, value: cap))]
        case .reject(let subjects, let job):
            guard !text.isEmpty else {
                say("a reason is needed: nothing was done")
                return []
            }
            return confirm("reject", subjects, job, text)
        case .redo(let subjects, let job): return confirm("redo", subjects, job, text)
        }
    }

    private mutating func confirm(_ verb: String, _ subjects: [String], _ job: String, _ text: String) -> [Command] {
        let subjects = subjects.isEmpty ? selectedShot.map { [$0.name] } ?? [] : subjects
        guard !subjects.isEmpty else { return [] }
        let chosen = self.job?.shots.filter { subjects.contains($0.name) } ?? []
        let paid = chosen.flatMap(\.tasks).reduce(Int64(0)) { $0 + $1.costMicroUsd }
        overlay = .confirm(
            Confirmation(
                title: "\(verb) \(subjects.prefix(4).joined(separator: ", "))\(subjects.count > 4 ? "…" : "")?",
                effects: [
                    paid > 0
                        ? "\(Words.money(paid)) was paid for what is there: it is kept as a take, another costs again"
                        : "what is there cost nothing and is kept as a take",
                    "another take is made, and the clips, scenes and film that show it",
                    text.isEmpty ? "" : "with: \(text)",
                ].filter { !$0.isEmpty },
                orders: subjects.map { Order(verb, subject: $0, job: job, text: text) }))
        return []
    }

    /// Millionths; -1 for none.
    static func dollars(_ text: String) -> Int64? {
        if text == "none" { return -1 }
        let text = text.hasPrefix("$") ? String(text.dropFirst()) : text
        guard let dollars = Double(text), (0...1e7).contains(dollars) else { return nil }
        return Int64((dollars * 1e6).rounded())
    }

    // MARK: commands

    static let commands = [
        "approve", "cancel", "cap", "drain", "events", "film", "gate", "gates", "goto", "help", "job", "ledger", "logs",
        "overview", "pause", "priority", "quit", "redo", "reject", "resume", "retry", "select", "takes", "tasks", "why",
        "workers",
    ]

    private mutating func run(_ text: String) -> [Command] {
        var words = text.split(separator: " ").map(String.init)
        guard !words.isEmpty else { return [] }
        let verb = words.removeFirst()
        if let kind = ViewKind.allCases.first(where: { "\($0)" == verb }) {
            view = kind
            return []
        }
        let id = job?.row.job ?? ""
        switch verb {
        case "q", "quit": return [.quit]
        case "help": overlay = .help(offset: 0)
        case "job":
            guard let name = words.first, shown.jobs[name] != nil else {
                say("there is no job \(words.first ?? "")", .bad)
                return []
            }
            chosenJob = name
        case "goto":
            guard let name = words.first, job?.shots.contains(where: { $0.name == name }) == true else {
                say("there is no shot \(words.first ?? "")", .bad)
                return []
            }
            (view, film.cursor) = (.film, name)
        case "why":
            let question = Question.why(subject: words.first ?? "film", job: id)
            overlay = .text(TextPane(title: "why \(words.first ?? "film")", lines: ["asking…"], question: question))
            return [.ask(question, after: 0)]
        case "logs":
            let question = Question.logs(subject: words.first ?? "")
            overlay = .text(
                TextPane(title: "logs of \(words.first ?? "all")", lines: [], isFollowing: true, question: question))
            return [.ask(question, after: 0)]
        case "takes":
            let subject = words.first ?? film.cursor ?? ""
            let question = Question.takes(subject: subject)
            overlay = .text(TextPane(title: "takes of \(subject)", lines: ["reading…"], question: question))
            return [.ask(question, after: 0)]
        default: return order(verb, words, id)
        }
        return []
    }

    private mutating func order(_ verb: String, _ words: [String], _ job: String) -> [Command] {
        guard mayAct else {
            say("a viewer's key looks and does not act", .bad)
            return []
        }
        switch verb {
        case "pause", "resume": return [.act(Order(verb, job: words.first ?? job))]
        case "retry": return [.act(Order("retry", subject: words.first ?? "", job: job))]
        case "approve": return [.act(Order("approve", subject: words.first ?? "all", job: job))]
        case "priority":
            guard let value = words.first.flatMap({ Int64($0) }) else { break }
            return [.act(Order("priority", job: job, value: value))]
        case "cap":
            guard let cap = words.last.flatMap(Self.dollars) else { break }
            return [.act(Order("cap", subject: words.count > 1 ? words[0] : "job", job: job, value: cap))]
        case "gate":
            guard words.count > 1 else { break }
            return [.act(Order("gate", subject: words[0], text: words.dropFirst().joined(separator: " ")))]
        case "drain":
            guard let name = words.first else { break }
            overlay = .confirm(
                Confirmation(
                    title: "drain \(name)?", effects: ["what runs there ends first; nothing paid is bought again"],
                    orders: [Order("drain", subject: name)]))
            return []
        case "cancel": return perform(.act(.cancel))
        case "select" where words.count > 1:
            // Nothing is lost by it: another take can be selected again.
            return [.act(Order("select", subject: words[0], job: job, text: words.dropFirst().joined(separator: " ")))]
        case "reject" where words.count > 1:
            return confirm("reject", [words[0]], job, words.dropFirst().joined(separator: " "))
        case "redo" where !words.isEmpty:
            return confirm("redo", [words[0]], job, words.dropFirst().joined(separator: " "))
        default: break
        }
        say("\":\(([verb] + words).joined(separator: " "))\" is no command; ? lists keys, tab completes", .bad)
        return []
    }

    /// What is typed, as far as it can only be one thing.
    func completed(_ line: Prompt) -> String {
        guard line.purpose == .command else { return line.text }
        var words = line.text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
        guard let last = words.popLast() else { return line.text }
        let known = words.isEmpty ? Self.commands : names(for: words[0])
        let found = known.filter { $0.hasPrefix(last) }.sorted()
        guard let first = found.first, let end = found.last else { return line.text }
        let shared = String(zip(first, end).prefix { $0 == $1 }.map(\.0))
        return (words + [found.count == 1 ? first + " " : shared]).joined(separator: " ")
    }

    private func names(for verb: String) -> [String] {
        switch verb {
        case "goto", "why", "retry", "redo", "reject", "approve", "takes", "select": job?.shots.map(\.name) ?? []
        case "drain", "logs": shown.workers.values.map(\.worker)
        case "gate": Array(shown.gates.keys)
        case "job", "pause", "resume": Array(shown.jobs.keys)
        default: []
        }
    }
}
