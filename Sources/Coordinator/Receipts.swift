internal import Protocol
internal import Scheduling

// What is left in the store under a task's key, so that a lost database is rebuilt without buying anything.

extension TaskRecord {
    /// What is left under a task's key: its result, and for what was bought the provider's name for it.
    var receipt: Fields? {
        guard let result = phase.result else { return nil }
        var fields = result.receipt
        if let bought {
            fields["intent"] = .init(bought.intent)
            fields["operation"] = .text(bought.operation)
        }
        return fields
    }
}

extension Bought {
    init?(receipt: Fields) {
        guard case .text(let operation)? = receipt["operation"], case .integer(let intent)? = receipt["intent"] else {
            return nil
        }
        self.init(intent: Int(clamping: intent), operation: operation)
    }
}
