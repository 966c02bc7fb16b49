package import Protocol
internal import Yams

/// Who makes a kind of thing: a backend, which of its models, and on whose account there. In a profile:
///
///     animate: [{backend: metered, model: metered-lite, account: studio-b}]
package struct BackendChoice: Sendable, Hashable, ExpressibleByStringLiteral {
    /// `local`, or a service's name.
    package let backend: String
    /// Empty for the service's default model.
    package let model: String
    /// Empty for the default account; else 1–32 of `a–z 0–9 -`, as workers name the key they hold for it.
    package let account: String

    package static let local: BackendChoice = "local"
    /// What a person handed in: no worker makes it, the store has it or nobody does.
    package static let given: BackendChoice = "given"

    package init(_ backend: String, model: String = "", account: String = "") {
        self.backend = backend
        self.model = model
        self.account = account
    }

    package init(stringLiteral backend: String) { self.init(backend) }

    /// Empty work of the expected time, to measure a cluster with a film.
    package static let synthetic: BackendChoice = "synthetic"

    package var isLocal: Bool { [Self.local, .given, .synthetic].contains { $0.backend == backend } }

    /// Takes no money: our own makers, and engines on machines of the user's own.
    package var isFree: Bool { isLocal || ServiceModels.engines.contains(backend) }

    /// The limit its calls pass; `nil` for what takes no money.
    package var gate: GateID? { isFree ? nil : GateID(service: backend, account: account, model: model) }

    /// For people: `metered`, `metered@studio-b/metered-lite`.
    package var name: String {
        gate?.rawValue ?? (backend + (account.isEmpty ? "" : "@\(account)") + (model.isEmpty ? "" : "/\(model)"))
    }

    var fields: Field {
        .map(["backend": .text(backend), "model": .text(model), "account": .text(account)])
    }

    init(fields: Fields) throws(FieldsError) {
        self.init(
            try fields.text("backend"), model: try fields.text("model"), account: try fields.text("account"))
    }

    private static let keys = ["backend", "model", "account", "program"]
    /// Programs on workers: which one is named in `program`, and is the account of its calls and part of its model's name, so
    /// that what two of them make never has one key.
    private static let programs = "exec"

    /// A kind's list in a profile, the most wanted first.
    static func list(_ node: Node, kind: TaskKind, _ path: String, _ fault: (String, String) -> Void) -> [BackendChoice]
    {
        guard let entries = node.sequence, !entries.isEmpty else {
            fault(path, "should be a list like [{backend: local}]")
            return []
        }
        var list: [BackendChoice] = []
        for (place, entry) in entries.enumerated() {
            let path = entries.count > 1 ? "\(path)[\(place)]" : path
            guard let choice = BackendChoice(entry, kind: kind, path, fault) else { continue }
            if list.contains(choice) { fault(path, "\(choice.name) stands in the list twice") }
            list.append(choice)
        }
        return list
    }

    /// One entry of such a list.
    init?(_ node: Node, kind: TaskKind, _ path: String, _ fault: (String, String) -> Void) {
        guard let map = node.mapping else {
            fault(path, "should be like {backend: local}")
            return nil
        }
        for case let key? in map.keys.map(\.string) where !Self.keys.contains(key) {
            fault("\(path).\(key)", Configuration.unknown(key, among: Self.keys))
        }
        let name = map["backend"]?.string ?? ""
        let model = map["model"]?.string ?? ServiceModels.usual(of: name, kind)
        if name == Self.programs {
            let program = map["program"]?.string ?? ""
            self.init(name, model: model.isEmpty ? program : "\(program)/\(model)", account: program)
            if program.isEmpty || map["account"] != nil {
                fault(path, "should name the worker's program, like {backend: exec, program: inpaint}")
                return
            }
        } else {
            self.init(name, model: model, account: map["account"]?.string ?? "")
            if map["program"] != nil { fault("\(path).program", "goes with `backend: exec` alone") }
        }
        if let words = VideoModels.retiredBackends[name] {
            fault(path, words)
            return
        }
        if let words = VideoModels.retirement(of: model, at: name) {
            fault("\(path).model", words)
            return
        }
        if !Prices.kinds(of: backend).contains(kind) || self.backend == Self.given.backend {
            let services = Prices.shipped.filter { $0.kind == kind }.map(\.backend)
            let others = ServiceModels.shipped.filter { $0.kinds.contains(kind) }.map(\.backend)
            let clips = kind == .animate ? VideoModels.shipped.map(\.backend) : []
            let ours = Prices.kinds(of: "local").contains(kind) ? ["local"] : []
            let known = ours + Set(services + others + clips).sorted()
            fault(
                path,
                ours.isEmpty && isLocal
                    ? "our own makers make no \(kind.rawValue); \(known.joined(separator: ", ")) do"
                    : Configuration.unknown(backend, among: known))
        } else if isLocal, !(model + account).isEmpty {
            fault(path, "our own makers have no models and no accounts")
        }
        if account.wholeMatch(of: /[a-z0-9-]{0,32}/) == nil {
            fault("\(path).account", "\"\(account)\" should be up to 32 small letters, digits and hyphens")
        } else if !isFree, gate == nil {
            fault("\(path).model", "\"\(model)\" cannot be a model's name: letters, digits and - _ . / : only")
        } else if kind == .animate, !VideoModels.usual(of: backend).isEmpty, VideoModels.model(self) == nil {
            let known = VideoModels.shipped.filter { $0.backend == backend }.map(\.name)
            fault("\(path).model", Configuration.unknown(model, among: known))
        }
    }
}
