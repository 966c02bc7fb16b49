import ArgumentParser
import Film
import Foundation
import Planning
import Protocol

/// Where takes are chosen: in a project's folder, for its next render, or in a job of a running cluster.
struct ChoiceOptions: ParsableArguments {
    @Option(help: "The project's folder; without it a job of the running cluster is meant.") var project: String?
    @Option(help: "still, clip, or a kind of task: setting, portrait, dialogue…") var kind: String?
    @Option(help: "The job; the newest when not said.") var job = ""
    @OptionGroup var cluster: ClusterOptions

    static func of(_ project: String) throws(Failure) -> ChoiceOptions {
        guard let options = try? ChoiceOptions.parse(["--project", project]) else {
            throw Failure(.usage, "\(project) cannot be a folder's name")
        }
        return options
    }

    func taskKind() throws(Failure) -> TaskKind? {
        guard let kind else { return nil }
        guard let known = Self.kinds[kind] ?? TaskKind(rawValue: kind), FilmPlan.takeKinds.contains(known) else {
            let names = FilmPlan.takeKinds.map(\.rawValue).sorted().joined(separator: ", ")
            throw Failure(.usage, "--kind \(kind): write still, clip, \(names)")
        }
        return known
    }

    private static let kinds: [String: TaskKind] = ["still": .compose, "clip": .animate]

    /// Changes the takes of the project; nothing is written when it is refused.
    func change(_ subject: String, _ work: (inout Takes, Takes.Slot) throws(TakeRefusal) -> String) throws(Failure) {
        print(try changed(subject, work))
    }

    /// The same without a word on the screen.
    func changed(
        _ subject: String, _ work: (inout Takes, Takes.Slot) throws(TakeRefusal) -> String
    ) throws(Failure) -> String {
        let folder = Folders.folder(project ?? ".")
        var takes = try ProjectFolder.takes(in: folder)
        let slot = try slot(of: subject, in: takes)
        let words: String
        do throws(TakeRefusal) { words = try work(&takes, slot) } catch { throw Failure(.usage, "\(error)") }
        do {
            try Data(takes.text.utf8).write(to: folder.appendingPathComponent(Takes.file), options: .atomic)
        } catch {
            throw Failure(.lacking, "\(folder.path)/\(Takes.file) cannot be written: \(error.localizedDescription)")
        }
        return words
    }

    private func slot(of subject: String, in takes: Takes) throws(Failure) -> Takes.Slot {
        let all = takes.choices.keys.filter { $0.subject == subject }
        guard !all.isEmpty else {
            throw Failure(
                .usage,
                "\(subject) has no takes in \(project ?? "."); `snowflake takes --project \(project ?? ".")` lists what has"
            )
        }
        if let kind = try taskKind() {
            guard all.contains(where: { $0.kind == kind }) else {
                throw Failure(
                    .usage,
                    "\(subject) has no take of kind \(kind.rawValue); it has \(all.map(\.kind.rawValue).sorted().joined(separator: ", "))"
                )
            }
            return Takes.Slot(subject, kind)
        }
        // Of a shot the clip is meant; of a place or a person what there is.
        return Takes.Slot(subject, (all.first { $0.kind == .animate } ?? all.sorted()[0]).kind)
    }
}

struct TakesCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "takes", abstract: "Lists the takes of a project's shots and assets, and which are shown.")
    @Argument(help: "A shot (s001_003), a line, a place or a person; all when not said.") var subject: String?
    @Option(help: "The project's folder.") var project = "."
    @Flag(help: "For programs.") var json = false

    struct Row: Encodable {
        let subject: String
        let kind: String
        let take: Int
        let selected: Bool
        let backend: String
        let model: String
        let seed: Int
        let prompt: String
        let costMicroUSD: Int64
        let madeAt: String
        let firstFrame: Int
        let endFrame: Int
        let verdict: String
        let reason: String
        let stale: [String]
    }

    struct Answer: Encodable {
        let version = 1
        let rows: [Row]
    }

    func run() throws {
        let rows = try Self.rows(of: project, subject)
        guard !json else { return Terminal.printJSON(Answer(rows: rows)) }
        if rows.isEmpty { print(subject.map { "\($0) has no takes" } ?? "no takes yet: render the project first") }
        for row in rows { print(Self.line(row)) }
    }

    static func rows(of project: String, _ subject: String?) throws(Failure) -> [Row] {
        let takes = try ProjectFolder.takes(in: Folders.folder(project))
        // Why one is stale needs a project that can be planned; a list does not.
        let opened = try? ProjectFolder.open(project, profile: nil, size: nil)
        let stale = opened.map { FilmPlan($0.film, $0.profile).stale(takes) } ?? []
        let causes = Dictionary(stale.map { ($0.name, $0.causes) }) { first, _ in first }
        var rows: [Row] = []
        for (slot, choice) in takes.choices.sorted(by: { $0.key < $1.key }) {
            guard subject == nil || slot.subject == subject else { continue }
            for take in choice.takes {
                let isShown = take.number == choice.selected
                rows.append(
                    Row(
                        subject: slot.subject, kind: slot.kind.rawValue, take: take.number, selected: isShown,
                        backend: take.backend, model: take.model, seed: take.seed, prompt: take.prompt,
                        costMicroUSD: take.costMicroUSD, madeAt: take.madeAt, firstFrame: take.firstFrame,
                        endFrame: take.endFrame, verdict: take.isMade ? take.verdict?.rawValue ?? "" : "wished",
                        reason: take.reason, stale: isShown ? causes["\(slot.subject)/\(slot.kind.rawValue)"] ?? [] : []
                    ))
            }
        }
        return rows
    }

    static func line(_ row: Row) -> String {
        var words = [row.selected ? "*" : " ", row.subject, row.kind, "take \(row.take)"]
        words.append(
            row.backend.isEmpty
                ? "(the profile's backend)" : row.model.isEmpty ? row.backend : "\(row.backend)/\(row.model)")
        if row.seed != 0 { words.append("seed \(row.seed)") }
        if row.costMicroUSD > 0 { words.append("\(MicroUSD(row.costMicroUSD)) USD") }
        if !row.madeAt.isEmpty { words.append(row.madeAt) }
        if row.firstFrame > 0 || row.endFrame > 0 {
            words.append("frames \(row.firstFrame) to \(row.endFrame > 0 ? "\(row.endFrame)" : "the end")")
        }
        if !row.verdict.isEmpty { words.append(row.verdict + (row.reason.isEmpty ? "" : ": \(row.reason)")) }
        if !row.stale.isEmpty { words.append("stale: \(row.stale.joined(separator: ", ")) changed") }
        if !row.prompt.isEmpty { words.append("\"\(row.prompt)\"") }
        return Terminal.harmless(words.joined(separator: "  "))
    }
}

struct Select: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Shows another take of a shot or an asset; the next render redoes what depends on it, and no more.")
    @Argument(help: "A shot (s001_003), a line, a place or a person.") var subject: String
    @Argument(help: "The take's number, from `snowflake takes`.") var take: Int
    @Option(name: .customLong("in"), help: "The first frame of the clip that is shown.") var first = 0
    @Option(name: .customLong("out"), help: "The frame behind the last that may be shown.") var end = 0
    @Option(help: "The project's folder.") var project = "."
    @Option(help: "still, clip, or a kind of task.") var kind: String?

    func run() throws { print(try selected()) }

    func selected() throws(Failure) -> String {
        // Not by its initialiser: what a parser has not filled in cannot be read.
        var options = try ChoiceOptions.of(project)
        options.kind = kind
        return try options.changed(subject) { takes, slot throws(TakeRefusal) in
            try takes.select(slot, take: take, first: first, end: end)
            return "\(subject) shows take \(take); render it again"
        }
    }
}

struct Approve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Approves of what waits for a person, or of the take a project shows.",
        discussion: "A profile asks for approvals with approve: [stills, scenes, every 10].")
    @Argument(help: "A shot, a scene (scene_003), stills, or all.") var subject = "all"
    @OptionGroup var options: ChoiceOptions

    func run() async throws {
        guard options.project != nil else {
            try await act(options.cluster) { ($0.verb, $0.subject, $0.job) = ("approve", subject, options.job) }
            return
        }
        try options.change(subject) { takes, slot throws(TakeRefusal) in
            try takes.approve(slot)
            return "the \(slot.kind.rawValue) of \(subject) is approved"
        }
    }
}

struct Reject: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Rejects the take that is shown: another takes its place, or is made.")
    @Argument(help: "The shot, or an asset of a project.") var subject: String
    @Option(help: "Why, for whoever makes the next.") var reason: String
    @OptionGroup var options: ChoiceOptions

    func run() async throws {
        guard options.project != nil else {
            try await act(options.cluster) {
                ($0.verb, $0.subject, $0.job, $0.text) = ("reject", subject, options.job, reason)
            }
            return
        }
        try options.change(subject) { takes, slot throws(TakeRefusal) in
            let number = try takes.reject(slot, reason: reason)
            let isMade = takes.choices[slot]?.shown?.isMade ?? false
            return "rejected; \(subject) shows take \(number)\(isMade ? "" : ", which the next render makes")"
        }
    }
}

struct Redo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks for another take, by another seed, prompt or backend; what is there stays a take.")
    @Argument(help: "The shot, or an asset of a project.") var subject: String
    @Option(help: "Which candidate; the next one when not said.") var seed: Int?
    @Option(help: "Instead of the shot list's prompt.") var prompt = ""
    @Option(help: "Instead of the profile's: NAME or NAME/MODEL.") var backend = ""
    @OptionGroup var options: ChoiceOptions

    func run() async throws {
        guard options.project != nil else {
            var words = seed.map { ["seed=\($0)"] } ?? []
            if !backend.isEmpty { words.append("backend=\(backend)") }
            if let kind = try options.taskKind() { words.append("kind=\(kind == .compose ? "still" : "clip")") }
            if !prompt.isEmpty { words.append("prompt=\(prompt)") }
            let text = words.joined(separator: " ")
            try await act(options.cluster) {
                ($0.verb, $0.subject, $0.job, $0.text) = ("redo", subject, options.job, text)
            }
            return
        }
        let parts = backend.split(separator: "/", maxSplits: 1).map(String.init)
        try options.change(subject) { takes, slot throws(TakeRefusal) in
            if let name = parts.first, !Prices.kinds(of: name).contains(slot.kind) || name == "given" {
                throw TakeRefusal("no backend \"\(name)\" makes a \(slot.kind.rawValue)")
            }
            let number = try takes.redo(
                slot, seed: seed, prompt: prompt, backend: parts.first ?? "", model: parts.count > 1 ? parts[1] : "")
            return "take \(number) of \(subject) is made by the next render"
        }
    }
}
