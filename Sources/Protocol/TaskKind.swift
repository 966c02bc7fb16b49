/// What a task does (`design.md` 2). The raw value is the word on the wire, in keys and in tables.
package enum TaskKind: String, CaseIterable, Hashable, Sendable, Comparable {
    case setting, portrait, cutout, compose, animate, lipsync
    case dialogue, ambience, music
    case conform, transition, mix, clip, scene, soundtrack, film

    package static func < (left: TaskKind, right: TaskKind) -> Bool { left.order < right.order }

    /// The role that usually carries this kind; a worker may announce it under another one.
    package var usualRole: Role {
        switch self {
        case .setting, .portrait, .cutout, .compose, .animate, .lipsync: .gpu
        case .dialogue, .ambience, .music: .audio
        case .conform, .transition, .mix, .clip, .scene, .soundtrack, .film: .media
        }
    }

    private var order: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// A named set of capabilities on a worker.
package enum Role: String, CaseIterable, Hashable, Sendable, Comparable {
    case gpu, api, audio, media

    package static func < (left: Role, right: Role) -> Bool { left.rawValue < right.rawValue }
}

/// Something a worker can do: a kind of task by one backend.
package struct Capability: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let kind: TaskKind
    /// `local`, `synthetic`, or a service's name; `service@account` where a key for another account than the default
    /// one is needed.
    package let backend: String

    package init(kind: TaskKind, backend: String, account: String = "") {
        self.kind = kind
        self.backend = account.isEmpty ? backend : "\(backend)@\(account)"
    }

    package var description: String { "\(kind.rawValue) by \(backend)" }

    package static func < (left: Capability, right: Capability) -> Bool {
        (left.kind, left.backend) < (right.kind, right.backend)
    }
}

/// Why an attempt failed; the worker reports it, the coordinator decides what follows (`design.md` 7).
package enum FailureClass: String, CaseIterable, Hashable, Sendable {
    /// Crash, full disk, bad GPU: try elsewhere, counts against that worker for that kind.
    case workerFault = "worker_fault"
    /// Will fail anywhere: stop and say which field.
    case inputFault = "input_fault"
    /// The provider's policy refused it: stop; a person may edit the prompt.
    case rejected
    /// 5xx, reset: back off and try again.
    case providerFault = "provider_fault"
    /// 429, quota, balance, no GPU: the gate pauses, no try is consumed.
    case scarce
    /// Drain or shutdown: nobody is to blame.
    case interrupted
    /// A paid call whose fate is not known: never repeated by itself.
    case unknown
    /// It was billed, and what came cannot be used: another purchase is a person's decision.
    case unusable
}
