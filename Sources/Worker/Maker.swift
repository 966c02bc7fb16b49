package import Foundation
package import Protocol

/// Something that carries out tasks: the keyless studio, the media recipes, speech, empty synthetic work.
package protocol Maker: Sendable {
    /// What it can do on this machine, with the role whose slots each uses.
    var capabilities: [Capability: Role] { get }
    /// Carries out one attempt. Cancellation means stop soon; what it leaves in `work.folder` is removed.
    func make(_ work: Work) async throws(WorkFault) -> Made
}

/// One attempt, as a maker sees it.
package struct Work: Sendable {
    package let spec: TaskSpec
    package let label: String
    /// In the order of `spec.inputs`.
    package let inputs: [Input]
    /// Empty, for this attempt alone, removed afterwards.
    package let folder: URL
    /// To be called while the work moves; cheap.
    package let progress: @Sendable () -> Void
    /// For paid work.
    package let desk: PurchaseDesk?
    /// Puts a file where others may fetch it for a day, and tells its address; `nil` where the store has no addresses.
    package let share: @Sendable (URL) async throws(WorkFault) -> String?

    package struct Input: Sendable {
        package let name: String
        /// The checked blob, read-only; nil when the input failed and the task goes on without it.
        package let file: URL?
        package let facts: Fields
        package let missing: String

        package init(name: String, file: URL?, facts: Fields, missing: String) {
            self.name = name
            self.file = file
            self.facts = facts
            self.missing = missing
        }
    }

    package init(
        spec: TaskSpec, label: String, inputs: [Input], folder: URL, progress: @escaping @Sendable () -> Void,
        desk: PurchaseDesk? = nil, share: @escaping @Sendable (URL) async throws(WorkFault) -> String? = { _ in nil }
    ) {
        self.share = share
        self.spec = spec
        self.label = label
        self.inputs = inputs
        self.folder = folder
        self.progress = progress
        self.desk = desk
    }

    /// The input called `name`.
    package func input(_ name: String) throws(WorkFault) -> Input {
        guard let input = inputs.first(where: { $0.name == name }) else {
            throw WorkFault(.inputFault, "\(label) has no input \"\(name)\"")
        }
        return input
    }

    /// The file of the input called `name`, which must be there.
    package func file(_ name: String) throws(WorkFault) -> URL {
        let input = try input(name)
        guard let file = input.file else { throw WorkFault(.inputFault, "\(name) of \(label): \(input.missing)") }
        return file
    }
}

/// What a maker made.
package struct Made: Sendable {
    /// In the work's folder.
    package let file: URL
    package let facts: Fields
    package let cost: MicroUSD
    /// It stands in for what could not be used: shown, never kept under its key.
    package let isProvisional: Bool

    package init(file: URL, facts: Fields = [:], cost: MicroUSD = .zero, isProvisional: Bool = false) {
        self.file = file
        self.facts = facts
        self.cost = cost
        self.isProvisional = isProvisional
    }
}

/// Where the maker of a paid task asks for leave and tells what the provider said. Every call returns when the
/// coordinator has saved the step.
package struct PurchaseDesk: Sendable {
    package let order: PurchaseOrder
    private let task: TaskKey
    private let tell: @Sendable (PurchaseNews) async -> (isGranted: Bool, reason: String)

    package init(
        order: PurchaseOrder, task: TaskKey,
        tell: @escaping @Sendable (PurchaseNews) async -> (isGranted: Bool, reason: String)
    ) {
        self.order = order
        self.task = task
        self.tell = tell
    }

    /// What the provider is to know the call by.
    package var reference: String { PurchaseOrder.reference(task: task, intent: order.intent) }

    /// Asks for leave to make the call. Throws when it is not given: then nothing may be sent.
    package func askToSend() async throws(WorkFault) {
        let asked = ContinuousClock.now
        let (isGranted, reason) = await tell(.sending)
        guard isGranted else { throw WorkFault(.interrupted, "no leave to send: \(reason)") }
        // A process that was stopped meanwhile may have been given up: another may be sending by now.
        guard ContinuousClock.now - asked < .milliseconds(PurchaseOrder.leaveLasts.milliseconds) else {
            throw WorkFault(.interrupted, "leave to send came too late to be used")
        }
    }

    /// Tells the provider's name for the call.
    package func accepted(_ operation: String) async { _ = await tell(.accepted(operation: operation)) }

    /// Tells that the look-up found nothing.
    package func notSent() async { _ = await tell(.notSent) }
}

/// Why a maker could not make it: a class for the coordinator, words for people.
package struct WorkFault: Error, Equatable, CustomStringConvertible {
    package let failureClass: FailureClass
    package let message: String
    package let retryAfter: Span?
    /// What the provider has charged all the same.
    package let cost: MicroUSD
    /// Set when an input must be made again.
    package let lostInput: TaskKey?

    package init(
        _ failureClass: FailureClass, _ message: String, retryAfter: Span? = nil, cost: MicroUSD = .zero
    ) {
        self.failureClass = failureClass
        self.message = message
        self.retryAfter = retryAfter
        self.cost = cost
        lostInput = nil
    }

    /// The store no longer gives an input whole.
    init(losing input: TaskInput, _ message: String) {
        failureClass = .interrupted
        self.message = message
        retryAfter = nil
        cost = .zero
        lostInput = input.key
    }

    package var description: String { "\(failureClass.rawValue): \(message)" }
}
