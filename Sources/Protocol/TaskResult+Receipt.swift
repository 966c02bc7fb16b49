/// What is left in a store under a task's key.
extension TaskResult {
    package var receipt: Fields {
        [
            "digest": .text(digest.hex), "size": .integer(sizeBytes), "cost": .integer(cost.amount),
            "facts": .map(facts.values), "worked": .integer(worked.milliseconds),
        ]
    }

    /// `nil` when it is no receipt.
    package init?(receipt: Fields) {
        guard let digest = (try? receipt.text("digest")).flatMap(Digest.init(hex:)),
            case .integer(let size) = receipt["size"], case .integer(let cost) = receipt["cost"],
            case .integer(let worked) = receipt["worked"], case .map(let facts) = receipt["facts"]
        else { return nil }
        self.init(
            digest: digest, sizeBytes: size, cost: MicroUSD(cost), facts: Fields(facts), worked: .milliseconds(worked))
    }
}
