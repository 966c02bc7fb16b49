package import Protocol

/// A service that bills, in virtual time: it knows each reference once, and does everything else a service does wrong.
package struct SimulatedProvider: Sendable {
    /// Probabilities per call.
    package struct Faults: Sendable {
        package var answerLost = 0.0
        package var errorBefore = 0.0
        package var errorAfter = 0.0
        package var scarce = 0.0
        package var rejected = 0.0
        package var moderated = 0.0
        package var operationLost = 0.0

        package init() {}

        package static var harsh: Faults {
            var faults = Faults()
            faults.answerLost = 0.08
            faults.errorBefore = 0.05
            faults.errorAfter = 0.05
            faults.scarce = 0.05
            faults.rejected = 0.02
            faults.moderated = 0.02
            faults.operationLost = 0.02
            return faults
        }
    }

    package struct Bill: Sendable {
        package let task: TaskKey
        package let intent: Int
        package let cost: MicroUSD
        let readyAt: Instant
        let isModerated: Bool
        let isLost: Bool
        /// What it paid for can be fetched.
        package var isGood: Bool { !isModerated && !isLost }
    }

    enum Answer: Sendable {
        case accepted(String)
        case rejected
        case scarce
        /// An error, or no answer at all: the caller cannot know.
        case nothing
    }

    enum State: Sendable {
        case notReady
        case ready(MicroUSD)
        case moderated(MicroUSD)
        case lost
    }

    var faults: Faults
    package private(set) var bills: [String: Bill] = [:]
    private var operations: [String: String] = [:]

    init(faults: Faults) { self.faults = faults }

    /// Everything that was ever billed.
    package var total: MicroUSD { bills.values.reduce(.zero) { $0 + $1.cost } }

    mutating func submit(
        _ attempt: AttemptID, intent: Int, salt: String = "", ceiling: MicroUSD, at now: Instant,
        using generator: inout SeededGenerator
    ) -> Answer {
        let reference = PurchaseOrder.reference(task: attempt.task, intent: intent) + salt
        if let known = operations[reference] { return .accepted(known) }
        if generator.happens(faults.scarce) { return .scarce }
        if generator.happens(faults.rejected) { return .rejected }
        if generator.happens(faults.errorBefore) { return .nothing }
        let operation = "op-\(bills.count)"
        operations[reference] = operation
        let cost = MicroUSD(ceiling.amount * Int64.random(in: 60...100, using: &generator) / 100)
        bills[operation] = Bill(
            task: attempt.task, intent: intent, cost: cost,
            readyAt: now + .seconds(Int64.random(in: 20...120, using: &generator)),
            isModerated: generator.happens(faults.moderated), isLost: generator.happens(faults.operationLost))
        return generator.happens(faults.errorAfter) || generator.happens(faults.answerLost)
            ? .nothing : .accepted(operation)
    }

    func find(task: TaskKey, intent: Int) -> String? {
        operations[PurchaseOrder.reference(task: task, intent: intent)]
    }

    func state(of operation: String, at now: Instant) -> State {
        guard let bill = bills[operation], !bill.isLost else { return .lost }
        guard now >= bill.readyAt else { return .notReady }
        return bill.isModerated ? .moderated(bill.cost) : .ready(bill.cost)
    }
}
