package import Film
package import Protocol

/// When something is asked of the next backend of its list: pure, so that it can be tried on every failure there is.
///
///     failed for good, by its own fault, the choice stands in the list and is not its last   →  the next one is asked
///     unknown, or waiting for a person                                                       →  nothing: it may have been bought
///     failed because of what it was made from                                                →  nothing: that is asked for anew
///     no money, no room, not now                                                             →  nothing: it waits at its gate
package enum FailOver {
    /// Whether a task that has failed is asked of the next.
    /// - Parameters:
    ///   - isOwn: not because of what it was made from.
    ///   - isOpen: a purchase of it may yet be fetched, whatever its last attempt failed with.
    package static func asksNext(_ failure: FailureClass, isOwn: Bool, isOpen: Bool) -> Bool {
        isOwn && !isOpen && isDefinite(failure)
    }

    /// Whether a failure says for sure that this backend gives no result.
    package static func isDefinite(_ failure: FailureClass) -> Bool {
        switch failure {
        case .rejected, .inputFault, .unusable, .providerFault, .workerFault: true
        case .unknown, .scarce, .interrupted: false
        }
    }

    /// Whose take it is: clips of a chain are one take, and are asked for together.
    package static func slot(of name: String, _ kind: TaskKind) -> Takes.Slot {
        let subject = String(name.prefix { $0 != "/" })
        let parts = subject.split(separator: "_")
        guard kind == .animate, parts.count == 3, subject.hasPrefix("s") else { return Takes.Slot(subject, kind) }
        return Takes.Slot(parts.prefix(2).joined(separator: "_"), kind)
    }
}
