internal import Protocol
internal import Scheduling

// What is left in the store under a task's key, so that a lost database is rebuilt without buying anything.

extension TaskRecord {
    /// What is left under a task's key: its result, and for what was bought the provider's name for it.
    var receipt: Fields? {
        guard let result = phase.result else { return nil }
        var fields: Fields = [
            "digest": .text(result.digest.hex), "size": .integer(result.sizeBytes),
            "cost": .integer(result.cost.amount),
            "facts": .map(result.facts.values), "worked": .integer(result.worked.milliseconds),
        ]
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

extension TaskResult {
    init?(receipt: Fields) {
        guard let digest = (try? receipt.text("digest")).flatMap(Digest.init(hex:)),
            case .integer(let size) = receipt["size"], case .integer(let cost) = receipt["cost"],
            case .integer(let worked) = receipt["worked"], case .map(let facts) = receipt["facts"]
        else { return nil }
        self.init(
            digest: digest, sizeBytes: size, cost: MicroUSD(cost), facts: Fields(facts), worked: .milliseconds(worked))
    }
}
