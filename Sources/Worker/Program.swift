internal import Foundation
internal import Planning
package import Protocol
internal import Yams

/// A program of the user's own that makes things for this worker: the backend `exec`. Commands stand in a file on the worker
/// and nowhere else: what comes over the wire names a program, and never says what is run.
package struct Program: Sendable, Equatable {
    /// As profiles name it: `compose: [{backend: exec, program: inpaint}]`.
    package let name: String
    package let kinds: [TaskKind]
    /// An argument vector; no shell reads it.
    package let command: [String]
    /// Whose slots it takes; `nil` for those each kind usually takes.
    package let role: Role?
    /// How long it may say nothing before it is taken for hung.
    package let silence: Span
    /// Variables it sees besides this worker's own, from which all keys are taken.
    package let environment: [String: String]

    package init(
        _ name: String, makes kinds: [TaskKind], command: [String], role: Role? = nil, silence: Span = .seconds(600),
        environment: [String: String] = [:]
    ) {
        self.name = name
        self.kinds = kinds
        self.command = command
        self.role = role
        self.silence = silence
        self.environment = environment
    }

    /// What is wrong with a file of programs.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// The programs of a file:
    ///
    ///     programs:
    ///       - name: inpaint
    ///         makes: [compose]
    ///         command: [python3, /opt/adapters/inpaint.py, --model, /models/sdxl-inpaint]
    ///         role: gpu                    # otherwise as usual for what it makes
    ///         silence: 600                 # seconds
    ///         environment: {HF_HOME: /models}
    package static func read(_ text: String, file: String) throws(Fault) -> [Program] {
        func refuse(_ words: String) -> Fault { Fault(description: "\(file): \(words)") }
        let root: Node?
        do { root = try Yams.compose(yaml: text) } catch {
            throw refuse("is not YAML: \("\(error)".replacing("\n", with: " "))")
        }
        guard let root else { return [] }
        if let odd = root.mapping?.keys.compactMap(\.string).first(where: { $0 != "programs" }) {
            throw refuse(Configuration.unknown(odd, among: ["programs"]))
        }
        guard let list = root.mapping?["programs"]?.sequence else { throw refuse("write `programs:` with a list") }
        var programs: [Program] = []
        for (index, node) in list.enumerated() {
            do throws(Fault) {
                let program = try Program(node)
                guard !programs.contains(where: { $0.name == program.name }) else {
                    throw Fault(description: "there is a \(program.name) already")
                }
                programs.append(program)
            } catch {
                throw refuse("program \(index + 1): \(error)")
            }
        }
        return programs
    }

    private static let keys = ["name", "makes", "command", "role", "silence", "environment"]
    /// What somebody other than our own makers can make.
    package static let makable: [TaskKind] = [
        .setting, .portrait, .cutout, .compose, .animate, .lipsync, .dialogue, .ambience,
    ]

    private init(_ node: Node) throws(Fault) {
        func refuse(_ words: String) -> Fault { Fault(description: words) }
        guard let map = node.mapping else { throw refuse("should hold name, makes and command") }
        if let odd = map.keys.compactMap(\.string).first(where: { !Self.keys.contains($0) }) {
            throw refuse(Configuration.unknown(odd, among: Self.keys))
        }
        guard let name = map["name"]?.string, name.wholeMatch(of: /[a-z0-9-]{1,32}/) != nil else {
            throw refuse("its name is 1 to 32 small letters, digits and hyphens")
        }
        let makable = Self.makable.map(\.rawValue)
        var kinds: [TaskKind] = []
        for word in map["makes"]?.sequence?.map({ $0.string ?? "" }) ?? [] {
            guard makable.contains(word), let kind = TaskKind(rawValue: word) else {
                throw refuse("makes of \(name): \(Configuration.unknown(word, among: makable))")
            }
            kinds.append(kind)
        }
        guard !kinds.isEmpty else { throw refuse("\(name) makes nothing: write makes: [compose], for example") }
        let command = map["command"]?.sequence?.compactMap(\.string) ?? []
        guard !command.isEmpty, command.count == map["command"]?.sequence?.count, !command[0].isEmpty else {
            throw refuse("command of \(name): a list of words, like [python3, /opt/adapters/inpaint.py]")
        }
        let role = map["role"]?.string.map { Role(rawValue: $0) }
        if let role, role == nil { throw refuse("role of \(name): gpu, api, audio or media") }
        let silence = map["silence"].map { $0.int ?? 0 } ?? 600
        guard (1...86_400).contains(silence) else { throw refuse("silence of \(name): 1 to 86400 seconds") }
        var environment: [String: String] = [:]
        for (key, value) in map["environment"]?.mapping ?? [:] {
            guard let key = key.string, let value = value.scalar?.string, !key.isEmpty, !key.contains("=") else {
                throw refuse("environment of \(name): words, like {HF_HOME: /models}")
            }
            environment[key] = value
        }
        self.init(
            name, makes: kinds, command: command, role: role ?? nil, silence: .seconds(Int64(silence)),
            environment: environment)
    }
}
