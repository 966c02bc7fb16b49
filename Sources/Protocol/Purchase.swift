/// What a worker may do about a paid task. The reference a provider is told is ``reference(of:)`` of the intent: the
/// same for every try of one intent, so that a provider that knows references bills it once.
package struct PurchaseOrder: Hashable, Sendable {
    package enum Step: Hashable, Sendable {
        /// Ask for leave, then make the call.
        case buy
        /// The call may have been made: ask the provider by reference, send nothing.
        case lookUp
        /// The call was made: fetch what became of it.
        case resume(operation: String)
    }

    /// Number of the attempt that opened the intent.
    package let intent: Int
    /// The most it may cost.
    package let ceiling: MicroUSD
    package let step: Step

    package init(intent: Int, ceiling: MicroUSD, step: Step) {
        self.intent = intent
        self.ceiling = ceiling
        self.step = step
    }

    /// Leave that is not used so soon is void: well below the silence after which a worker is given up, so that a process
    /// that was frozen between leave and request does not send beside its successor.
    package static let leaveLasts = Span.seconds(20)

    /// The name a provider is given for an intent: unique for ever, and made again from what is known.
    package static func reference(task: TaskKey, intent: Int) -> String { "sf-\(task.hex.prefix(40))-\(intent)" }
}

/// What a worker tells about a paid call while its attempt runs. Repeated until it is saved by the coordinator.
package enum PurchaseNews: Hashable, Sendable {
    /// Asks for leave to make the call; nothing leaves before it is granted.
    case sending
    /// The provider has taken it, and calls it so.
    case accepted(operation: String)
    /// The look-up found nothing: the provider does not know the reference.
    case notSent

    /// One word for the wire and tables.
    package var word: String {
        switch self {
        case .sending: "sending"
        case .accepted: "accepted"
        case .notSent: "not_sent"
        }
    }
}
