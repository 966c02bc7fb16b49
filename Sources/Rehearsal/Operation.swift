internal import Protocol

/// What a service is asked for, as it understood it.
struct Order {
    var backend: String
    var model = ""
    var kind = TaskKind.animate
    var prompt = ""
    /// What the caller calls it, where the wire carries that.
    var reference: String?
    var milliseconds = 0
    var width = 0
    var height = 0
    var fps = 24
    /// Units of the price: characters of a line.
    var units = 1.0
    /// Whether a second that has begun is billed whole; assumed where a page is silent.
    var billsBegunSeconds = false
    /// What it costs, where the service works that out otherwise than by its list.
    var cost: MicroUSD?
    /// Whether what comes to nothing is billed all the same.
    var billsFailures = true
    /// The answer is the thing itself: what is refused in it was never made, and is not billed.
    var answersAtOnce = false
    /// How the caller asks for it later: the service's own name in its own form.
    var handle: @Sendable (String) -> String = { $0 }
    /// Hash of all that was sent: the same again is the same wish again.
    var fingerprint: UInt64 = 0

    init(_ backend: String) { self.backend = backend }
}

/// One thing a service has taken: a line of its ledger.
package struct Operation: Codable, Sendable {
    package let id: String
    package let backend: String
    package let account: String
    package let model: String
    package let kind: String
    package let reference: String
    package let prompt: String
    package let fingerprint: UInt64
    /// In millionths of a dollar: what the bill says.
    package let cost: Int64
    /// What becomes of it: `succeeded`, or a `Fault`.
    package let fate: String
    /// What happened to the answer.
    package let answer: String
    package let handle: String
    let milliseconds: Int
    let width: Int
    let height: Int
    let fps: Int
    /// Milliseconds of the services' own time.
    package let takenAt: Int64
    let startsAt: Int64
    package let readyAt: Int64

    package enum Stage: Sendable, Equatable { case queued, running, done }

    func stage(at now: Int64) -> Stage {
        now < startsAt ? .queued : now < readyAt || fate == "endless" ? .running : .done
    }

    /// Whether there is something to fetch when it is done.
    package var isMade: Bool { !["moderate", "fail"].contains(fate) }

    /// Share of its time that has passed.
    func progress(at now: Int64) -> Double {
        min(0.99, max(0, Double(now - startsAt) / Double(max(1, readyAt - startsAt))))
    }
}

/// Why something was not taken.
enum Refusal: Sendable {
    /// The words or the picture are against its policy.
    case policy
    /// Too many at once; too many a minute; no money left; it broke.
    case tooMany, tooFast, noMoney, broken
    case badKey
}
