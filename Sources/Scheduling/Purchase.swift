package import Protocol

/// A paid call from the decision to make it until its bill is known. At most one per task; it outlives attempts.
///
/// | from | event | to | reservation |
/// |---|---|---|---|
/// | – | a paid task is leased | intended | made |
/// | intended | leave to send is asked by the current attempt | sending | |
/// | intended | leave is asked while an input is made anew | intended: refused | |
/// | intended | the attempt ends | – | refunded: nothing was sent |
/// | sending | accepted, from whoever held the intent, however late | running | |
/// | sending | a failure the provider answered with, or that kept it from leaving | – | refunded |
/// | sending | the attempt ends without a word, or as unknown | doubtful | kept |
/// | doubtful | the task is leased again, to look it up | doubtful, looked up | |
/// | doubtful | the look-up finds it (or a late accepted) | running | |
/// | doubtful | the look-up finds nothing | intended | kept; the same reference is used again |
/// | doubtful | nobody can tell | doubtful; the task waits for a person | kept |
/// | doubtful | a person: billed, or not billed | – | settled, or refunded |
/// | doubtful, running | an input is lost, or fails | as it was: looked up and fetched without it | kept |
/// | running | the attempt ends | running: the next attempt resumes it | kept |
/// | running | result, or a failure that was billed | – | settled |
/// | running | the provider has lost it | doubtful; waits for a person | kept |
/// | – | its settled result is lost from the store | running, settled: it is fetched again | |
/// | running, settled | fetched, or gone at the provider too | – | |
package struct Purchase: Sendable, Equatable {
    package enum Step: Sendable, Equatable {
        case intended
        case sending
        case running(operation: String)
        case doubtful(reason: String, wasLookedUp: Bool)
    }

    /// Number of the attempt that opened it; with the task, its name for ever.
    package let intent: Int
    package let payer: JobID
    package let ceiling: MicroUSD
    /// Who is paid. Frozen with the intent: another profile or price table does not change a running operation.
    package let provider: String
    package let model: String
    /// Whose account there pays; empty for the default one.
    package let account: String
    package let gate: GateID?
    /// The UTC day (days since 1970) its reservation counts for.
    package let day: Int
    /// The price the ceiling was worked out from, in words.
    package let terms: String
    package var step: Step
    /// Its bill is paid and booked: it only fetches again what the store has lost.
    package let isSettled: Bool

    package init(
        intent: Int, payer: JobID, ceiling: MicroUSD, provider: String, model: String, account: String = "",
        gate: GateID?,
        day: Int,
        terms: String, step: Step, isSettled: Bool = false
    ) {
        self.intent = intent
        self.payer = payer
        self.ceiling = ceiling
        self.provider = provider
        self.model = model
        self.account = account
        self.gate = gate
        self.day = day
        self.terms = terms
        self.step = step
        self.isSettled = isSettled
    }

    /// What the next attempt is to do about it.
    package var order: PurchaseOrder {
        let step: PurchaseOrder.Step =
            switch step {
            case .intended, .sending: .buy
            case .running(let operation): .resume(operation: operation)
            case .doubtful: .lookUp
            }
        return PurchaseOrder(intent: intent, ceiling: ceiling, step: step)
    }

    package var isDoubtful: Bool { if case .doubtful = step { true } else { false } }
}

/// Money of one scope: what is reserved for calls under way, what was billed, what nobody knows yet.
package struct Account: Sendable, Equatable {
    /// Doubtful purchases are part of it.
    package var reserved = MicroUSD.zero
    package var spent = MicroUSD.zero
    /// The most the two may come to by a new reservation; `nil` for no cap.
    package var cap: MicroUSD?

    package init(reserved: MicroUSD = .zero, spent: MicroUSD = .zero, cap: MicroUSD? = nil) {
        self.reserved = reserved
        self.spent = spent
        self.cap = cap
    }

    package func allows(_ more: MicroUSD) -> Bool { cap.map { reserved + spent + more <= $0 } ?? true }
}

/// What money is counted for, beside jobs.
package enum Scope: Hashable, Comparable, Sendable, CustomStringConvertible {
    case provider(String)
    /// Days since 1970, UTC.
    case day(Int)

    package var description: String {
        switch self {
        case .provider(let name): "provider:\(name)"
        case .day(let number): "day:\(number)"
        }
    }

    /// Reads ``description``.
    package init?(_ text: String) {
        if text.hasPrefix("provider:") {
            self = .provider(String(text.dropFirst(9)))
        } else if text.hasPrefix("day:"), let day = Int(text.dropFirst(4)) {
            self = .day(day)
        } else {
            return nil
        }
    }
}

/// A line of the ledger: money moved, and why. Written in the transaction that moved it, never changed.
package struct LedgerLine: Sendable, Equatable {
    package enum Kind: String, Sendable { case reserved, settled, refunded, doubtful }

    package var at: Instant
    package var kind: Kind
    package var task: TaskKey
    package var intent: Int
    package var job: JobID
    package var provider: String
    package var amount: MicroUSD
    package var note: String

    package init(
        at: Instant, kind: Kind, task: TaskKey, intent: Int, job: JobID, provider: String, amount: MicroUSD,
        note: String
    ) {
        self.at = at
        self.kind = kind
        self.task = task
        self.intent = intent
        self.job = job
        self.provider = provider
        self.amount = amount
        self.note = note
    }
}

/// What a person found out about a doubtful purchase.
package enum Finding: Sendable, Equatable {
    /// It was billed and there is nothing to fetch.
    case billed(MicroUSD)
    case notBilled
    /// It runs, or has ended, under this name: fetch it.
    case operation(String)
}

extension Instant {
    /// Days since 1970, UTC.
    package var day: Int { Int(milliseconds / 86_400_000) }
}
