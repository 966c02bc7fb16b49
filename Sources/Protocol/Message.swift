package import Foundation

/// Everything that travels between coordinator, workers and clients.
package enum Message: Sendable, Equatable {
    // From workers.
    case hello(Hello)
    case beat(held: [HeldAttempt], lastAssignment: UInt64)
    case report(WorkerID, AttemptID, AttemptOutcome)
    case goodbye(reason: String)
    case purchase(WorkerID, AttemptID, PurchaseNews)
    /// For people only: nothing is decided by it. From wire 1.1 on.
    case log(LogBody)
    // To workers.
    case welcome(Welcome)
    case assign(Assignment)
    case acknowledge(AttemptID, isAccepted: Bool)
    case withdraw(AttemptID, reason: String)
    /// The step is saved; `isGranted` is leave to send.
    case purchaseSaved(AttemptID, PurchaseNews, isGranted: Bool, reason: String)
    // To anybody.
    case refusal(reason: String, isFinal: Bool)
    // Clients: protobuf bodies as they are, read by the coordinator's front desk alone.
    case request(RequestBody)
    case response(ResponseBody)
    /// An answer to `watch` that is encoded already: the same bytes for everybody who asked. Never read, it comes as a response.
    case watched(request: UInt64, Data)
}

/// A worker's first message.
package struct Hello: Sendable, Equatable {
    package var worker: WorkerID
    package var instance: InstanceID
    /// For people; any text.
    package var name: String
    package var slots: [Role: Int]
    /// Each thing it can do, with the role whose slots it uses.
    package var capabilities: [Capability: Role]
    package var held: [HeldAttempt]
    package var productVersion: String
    /// What the machine is, by name: for people, never for decisions.
    package var facts: [String: String]
    /// The order a launcher started this worker for; empty when a person did.
    package var launch: String

    package init(
        worker: WorkerID, instance: InstanceID, name: String, slots: [Role: Int], capabilities: [Capability: Role],
        held: [HeldAttempt], productVersion: String, facts: [String: String] = [:], launch: String = ""
    ) {
        self.worker = worker
        self.instance = instance
        self.name = name
        self.slots = slots
        self.capabilities = capabilities
        self.held = held
        self.productVersion = productVersion
        self.facts = facts
        self.launch = launch
    }
}

/// A way to the cluster's store: its address, and for the coordinator's own the one key its server may have and what it
/// lets in. It came over an authenticated line, so the join token vouches for it.
package struct StoreDoor: Sendable, Hashable {
    package var url: String
    /// `sha256//…=`, as curl takes it; empty where an authority or nobody vouches.
    package var pin: String
    package var ticket: String

    /// The most doors one welcome may name.
    package static let most = 8

    package init(url: String, pin: String = "", ticket: String = "") {
        self.url = url
        self.pin = pin
        self.ticket = ticket
    }
}

extension StoreDoor: CustomStringConvertible {
    /// Tickets are never shown.
    package var description: String { url }
}

/// The coordinator's answer to a hello.
package struct Welcome: Sendable, Equatable {
    package var clusterID: String
    package var storeURL: String
    package var beatEvery: Span
    package var productVersion: String
    /// Every way to the store; the first that can be used is.
    package var stores: [StoreDoor]
    /// The minor wire version the coordinator speaks: what came later is not sent to it.
    package var wireMinor: Int

    package init(
        clusterID: String, storeURL: String, beatEvery: Span, productVersion: String, stores: [StoreDoor] = [],
        wireMinor: Int = Int(WireVersion.current.minor)
    ) {
        self.wireMinor = wireMinor
        self.clusterID = clusterID
        self.storeURL = storeURL
        self.beatEvery = beatEvery
        self.productVersion = productVersion
        self.stores = stores
    }
}

/// An input as the worker gets it: the blob, or why there is none.
package enum ResolvedInput: Sendable, Hashable {
    case blob(Digest, sizeBytes: Int64, facts: Fields)
    case missing(reason: String)
}

/// One attempt handed to a worker, complete in itself.
package struct Assignment: Sendable, Equatable {
    package var attempt: AttemptID
    package var spec: TaskSpec
    /// In the order of `spec.inputs`.
    package var inputs: [ResolvedInput]
    /// For people: the node's name in the job that asked first.
    package var label: String
    package var expected: Span
    /// Rises with every assignment to one worker instance; beats echo the last one seen.
    package var sequence: UInt64
    /// For paid work.
    package var order: PurchaseOrder?

    package init(
        attempt: AttemptID, spec: TaskSpec, inputs: [ResolvedInput], label: String, expected: Span, sequence: UInt64,
        order: PurchaseOrder? = nil
    ) {
        self.attempt = attempt
        self.spec = spec
        self.inputs = inputs
        self.label = label
        self.expected = expected
        self.sequence = sequence
        self.order = order
    }
}
