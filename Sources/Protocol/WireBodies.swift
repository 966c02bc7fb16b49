internal import Foundation
internal import SwiftProtobuf

// Between the wire's bodies and our types. Everything that comes in is checked; nothing here can trap on a peer's
// bytes.

extension WireLimits {
    /// The text itself when it is not too long.
    package func checked(_ text: String) throws(WireError) -> String {
        guard text.utf8.count <= textBytes else { throw .tooLarge(bytes: text.utf8.count, limit: textBytes) }
        return text
    }

    fileprivate func check(count: Int) throws(WireError) {
        guard count <= items else { throw .malformed("\(count) items, the limit is \(items)") }
    }
}

extension AttemptID {
    init(task: Data, number: UInt32) throws(WireError) {
        guard let key = Digest(bytes: task) else { throw .malformed("a task's key has 32 bytes, not \(task.count)") }
        guard (1...1_000_000).contains(number) else { throw .malformed("attempt number \(number)") }
        self.init(task: key, number: Int(number))
    }
}

extension HeldBody {
    init(_ held: HeldAttempt) {
        self = .with {
            $0.task = held.attempt.task.data
            $0.attempt = UInt32(held.attempt.number)
            $0.progress = held.progress
        }
    }
}

extension HeldAttempt {
    static func list(_ bodies: [HeldBody], limits: WireLimits) throws(WireError) -> [HeldAttempt] {
        try limits.check(count: bodies.count)
        var list: [HeldAttempt] = []
        for body in bodies {
            let attempt = try AttemptID(task: body.task, number: body.attempt)
            list.append(HeldAttempt(attempt: attempt, progress: body.progress))
        }
        return list
    }
}

extension HelloBody {
    init(_ hello: Hello) {
        self = .with {
            $0.workerID = hello.worker.rawValue
            $0.instanceID = hello.instance.rawValue
            $0.name = hello.name
            $0.slots = hello.slots.sorted { $0.key < $1.key }.map(SlotBody.init)
            $0.capabilities = hello.capabilities.sorted { $0.key < $1.key }.map { capability, role in
                .with {
                    $0.kind = capability.kind.rawValue
                    $0.backend = capability.backend
                    $0.role = role.rawValue
                }
            }
            $0.held = hello.held.map(HeldBody.init)
            $0.productVersion = hello.productVersion
            $0.facts = hello.facts.sorted { $0.key < $1.key }.map { FactBody($0.key, $0.value) }
            $0.launch = hello.launch
        }
    }
}

extension FactBody {
    package init(_ name: String, _ value: String) {
        self = .with {
            $0.name = name
            $0.value = value
        }
    }
}

extension FactBody {
    /// The most facts of one machine that are kept, and the longest of each half.
    private static let most = 32
    private static let longest = 256

    /// Facts are for people: what is too much is left out, and no reason to refuse anybody.
    static func table(_ facts: [FactBody]) -> [String: String] {
        let pairs = facts.prefix(most).map { (String($0.name.prefix(longest)), String($0.value.prefix(longest))) }
        return Dictionary(pairs) { first, _ in first }
    }
}

extension StoreBody {
    package init(_ door: StoreDoor) {
        self = .with {
            $0.url = door.url
            $0.pin = door.pin
            $0.ticket = door.ticket
        }
    }
}

extension StoreDoor {
    package init(_ body: StoreBody) { self.init(url: body.url, pin: body.pin, ticket: body.ticket) }
}

extension SlotBody {
    package init(_ role: Role, _ count: Int) {
        self = .with {
            $0.role = role.rawValue
            $0.count = UInt32(clamping: count)
        }
    }
}

extension Hello {
    /// The most slots of one role a worker is believed to have.
    static let slotsLimit = 4_096

    init(_ body: HelloBody, limits: WireLimits) throws(WireError) {
        guard let worker = WorkerID(validating: body.workerID), let instance = InstanceID(validating: body.instanceID)
        else { throw .malformed("worker or instance id") }
        try limits.check(count: body.capabilities.count)
        var slots: [Role: Int] = [:]
        for slot in body.slots {
            guard let role = Role(rawValue: slot.role) else { throw .malformed("unknown role \"\(slot.role)\"") }
            guard slot.count <= Self.slotsLimit else {
                throw .malformed("\(slot.count) \(role.rawValue) slots, at most \(Self.slotsLimit) are believed")
            }
            slots[role] = Int(slot.count)
        }
        var capabilities: [Capability: Role] = [:]
        for item in body.capabilities {
            // A newer worker may know kinds we do not: they are not for us to hand out.
            guard let kind = TaskKind(rawValue: item.kind) else { continue }
            guard let role = Role(rawValue: item.role) else { throw .malformed("unknown role \"\(item.role)\"") }
            capabilities[Capability(kind: kind, backend: try limits.checked(item.backend))] = role
        }
        self.init(
            worker: worker, instance: instance, name: String(try limits.checked(body.name).prefix(128)), slots: slots,
            capabilities: capabilities, held: try HeldAttempt.list(body.held, limits: limits),
            productVersion: try limits.checked(body.productVersion), facts: FactBody.table(body.facts),
            launch: String(try limits.checked(body.launch).prefix(64)))
    }
}

extension WelcomeBody {
    init(_ welcome: Welcome) {
        self = .with {
            $0.clusterID = welcome.clusterID
            $0.storeURL = welcome.storeURL
            $0.beatMilliseconds = UInt32(clamping: welcome.beatEvery.milliseconds)
            $0.productVersion = welcome.productVersion
            $0.stores = welcome.stores.map(StoreBody.init)
            $0.wireMinor = UInt32(clamping: welcome.wireMinor)
        }
    }
}

extension LogBody {
    /// The most lines of one message.
    package static let linesLimit = 500
    /// The most bytes of a line; what is longer is cut.
    package static let lineBytes = 2_000
}

extension Welcome {
    init(_ body: WelcomeBody) {
        self.init(
            clusterID: body.clusterID, storeURL: body.storeURL,
            beatEvery: Span.milliseconds(Int64(body.beatMilliseconds)).clamped(to: .milliseconds(50)...(.seconds(60))),
            productVersion: body.productVersion, stores: body.stores.prefix(StoreDoor.most).map(StoreDoor.init),
            wireMinor: Int(clamping: body.wireMinor))
    }
}

extension ReportBody {
    init(worker: WorkerID, attempt: AttemptID, outcome: AttemptOutcome) {
        self = .with {
            $0.workerID = worker.rawValue
            $0.task = attempt.task.data
            $0.attempt = UInt32(attempt.number)
            switch outcome {
            case .made(let result): $0.result = ResultBody(result)
            case .failed(let failure, let message, let retryAfter):
                $0.failure = .with {
                    $0.failureClass = failure.rawValue
                    $0.message = String(message.prefix(4_000))
                    $0.retryAfterMilliseconds = retryAfter?.milliseconds ?? -1
                }
            case .billed(let failure, let message, let cost):
                $0.failure = .with {
                    $0.failureClass = failure.rawValue
                    $0.message = String(message.prefix(4_000))
                    $0.retryAfterMilliseconds = -1
                    $0.costMicroUsd = cost.amount
                }
            case .lostInput(let input, let message):
                $0.failure = .with {
                    $0.failureClass = FailureClass.interrupted.rawValue
                    $0.message = String(message.prefix(4_000))
                    $0.retryAfterMilliseconds = -1
                    $0.lostInput = input.data
                }
            }
        }
    }
}

extension PurchaseBody {
    init(worker: WorkerID, attempt: AttemptID, news: PurchaseNews) {
        self = .with {
            $0.workerID = worker.rawValue
            $0.task = attempt.task.data
            $0.attempt = UInt32(attempt.number)
            $0.step = news.word
            if case .accepted(let operation) = news { $0.operation = operation }
        }
    }
}

extension PurchaseReplyBody {
    init(attempt: AttemptID, news: PurchaseNews, isGranted: Bool, reason: String) {
        self = .with {
            $0.task = attempt.task.data
            $0.attempt = UInt32(attempt.number)
            $0.step = news.word
            $0.granted = isGranted
            $0.reason = reason
        }
    }
}

extension PurchaseNews {
    init(step: String, operation: String) throws(WireError) {
        switch step {
        case "sending": self = .sending
        case "accepted": self = .accepted(operation: operation)
        case "not_sent": self = .notSent
        default: throw .malformed("unknown step \"\(step)\" of a paid call")
        }
    }
}

extension OrderBody {
    init(_ order: PurchaseOrder) {
        self = .with {
            $0.intent = UInt32(order.intent)
            $0.ceilingMicroUsd = order.ceiling.amount
            switch order.step {
            case .buy: $0.step = "buy"
            case .lookUp: $0.step = "look_up"
            case .resume(let operation):
                $0.step = "resume"
                $0.operation = operation
            }
        }
    }
}

extension PurchaseOrder {
    init(_ body: OrderBody) throws(WireError) {
        let step: Step
        switch body.step {
        case "buy": step = .buy
        case "look_up": step = .lookUp
        case "resume": step = .resume(operation: body.operation)
        default: throw .malformed("unknown order \"\(body.step)\"")
        }
        self.init(intent: Int(body.intent), ceiling: MicroUSD(body.ceilingMicroUsd), step: step)
    }
}

extension ResultBody {
    package init(_ result: TaskResult) {
        self = .with {
            $0.digest = result.digest.data
            $0.sizeBytes = UInt64(clamping: result.sizeBytes)
            $0.costMicroUsd = result.cost.amount
            $0.facts = result.facts.canonical
            $0.milliseconds = result.worked.milliseconds
            $0.provisional = result.isProvisional
        }
    }
}

extension TaskResult {
    package init(_ body: ResultBody) throws(WireError) {
        guard let digest = Digest(bytes: body.digest) else { throw .malformed("a digest has 32 bytes") }
        guard body.milliseconds >= 0, body.costMicroUsd >= 0 else { throw .malformed("negative time or cost") }
        self.init(
            digest: digest, sizeBytes: Int64(clamping: body.sizeBytes), cost: MicroUSD(body.costMicroUsd),
            facts: try Fields(wire: body.facts), worked: .milliseconds(body.milliseconds),
            isProvisional: body.provisional)
    }
}

extension Fields {
    /// Canonical fields from a peer; none at all is an empty map.
    init(wire bytes: Data) throws(WireError) {
        guard !bytes.isEmpty else {
            self.init()
            return
        }
        do throws(FieldsError) {
            try self.init(canonical: bytes)
        } catch {
            throw .malformed("\(error)")
        }
    }
}

extension AttemptOutcome {
    init(_ body: ReportBody, limits: WireLimits) throws(WireError) {
        switch body.outcome {
        case .result(let result): self = .made(try TaskResult(result))
        case .failure(let failure):
            let after = failure.retryAfterMilliseconds
            let failureClass = FailureClass(rawValue: failure.failureClass) ?? .workerFault
            let message = try limits.checked(failure.message)
            if let input = Digest(bytes: failure.lostInput) {
                self = .lostInput(input, message: message)
                return
            }
            guard failure.costMicroUsd >= 0 else { throw .malformed("a negative cost") }
            guard failure.costMicroUsd == 0 else {
                self = .billed(failureClass, message: message, cost: MicroUSD(failure.costMicroUsd))
                return
            }
            self = .failed(
                failureClass, message: message,
                retryAfter: after < 0 ? nil : .milliseconds(min(after, 86_400_000)))
        case nil: throw .malformed("a report without an outcome")
        }
    }
}

extension TaskSpecBody {
    package init(_ spec: TaskSpec) {
        self = .with {
            $0.kind = spec.kind.rawValue
            $0.backend = spec.backend
            $0.model = spec.model
            $0.account = spec.account
            $0.recipe = UInt32(clamping: spec.recipeVersion)
            $0.parameters = spec.parameters.canonical
            $0.shaping = spec.shaping.canonical
            $0.take = Int64(spec.take)
            $0.inputs = spec.inputs.map { input in
                .with {
                    $0.name = input.name
                    $0.key = input.key.data
                    $0.tolerant = input.isTolerant
                }
            }
            $0.basis = spec.basis.data
            $0.expectedMilliseconds = spec.expected.milliseconds
            $0.priceCeilingMicroUsd = spec.priceCeiling.amount
            $0.gate = spec.gate?.rawValue ?? ""
            $0.terms = spec.terms
        }
    }
}

extension TaskSpec {
    package convenience init(_ body: TaskSpecBody) throws(WireError) {
        guard let kind = TaskKind(rawValue: body.kind) else { throw .malformed("unknown kind \"\(body.kind)\"") }
        guard let basis = Digest(bytes: body.basis) else { throw .malformed("a basis has 32 bytes") }
        var inputs: [TaskInput] = []
        for input in body.inputs {
            guard let key = Digest(bytes: input.key) else { throw .malformed("an input's key has 32 bytes") }
            inputs.append(TaskInput(name: input.name, key: key, isTolerant: input.tolerant))
        }
        self.init(
            kind: kind, backend: body.backend, model: body.model, account: body.account,
            recipeVersion: Int(body.recipe),
            parameters: try Fields(wire: body.parameters), shaping: try Fields(wire: body.shaping),
            take: Int(body.take), inputs: inputs, toldBasis: basis, expected: .milliseconds(body.expectedMilliseconds),
            priceCeiling: MicroUSD(body.priceCeilingMicroUsd), gate: GateID(validating: body.gate),
            terms: body.terms)
    }
}

extension AssignBody {
    init(_ assignment: Assignment) {
        self = .with {
            $0.task = assignment.attempt.task.data
            $0.attempt = UInt32(assignment.attempt.number)
            $0.spec = TaskSpecBody(assignment.spec)
            $0.inputs = zip(assignment.spec.inputs, assignment.inputs).map { input, resolved in
                .with {
                    $0.name = input.name
                    switch resolved {
                    case .blob(let digest, let size, let facts):
                        $0.digest = digest.data
                        $0.sizeBytes = UInt64(clamping: size)
                        $0.facts = facts.canonical
                    case .missing(let reason): $0.missing = reason
                    }
                }
            }
            $0.label = assignment.label
            $0.expectedMilliseconds = assignment.expected.milliseconds
            $0.assignment = assignment.sequence
            if let order = assignment.order { $0.order = OrderBody(order) }
        }
    }
}

extension Assignment {
    init(_ body: AssignBody, limits: WireLimits) throws(WireError) {
        let attempt = try AttemptID(task: body.task, number: body.attempt)
        let spec = try TaskSpec(body.spec)
        guard spec.key == attempt.task else { throw .malformed("the task's key is not the hash of its spec") }
        guard spec.inputs.count == body.inputs.count else { throw .malformed("an input is not resolved") }
        var inputs: [ResolvedInput] = []
        for input in body.inputs {
            if let digest = Digest(bytes: input.digest) {
                let facts = try Fields(wire: input.facts)
                inputs.append(.blob(digest, sizeBytes: Int64(clamping: input.sizeBytes), facts: facts))
            } else {
                inputs.append(.missing(reason: try limits.checked(input.missing)))
            }
        }
        self.init(
            attempt: attempt, spec: spec, inputs: inputs, label: try limits.checked(body.label),
            expected: .milliseconds(body.expectedMilliseconds), sequence: body.assignment,
            order: body.hasOrder ? try PurchaseOrder(body.order) : nil)
    }
}
