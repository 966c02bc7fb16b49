package import Protocol

/// What goes wrong in a simulated farm. Probabilities are per message, per attempt, or per worker (or cluster) and
/// virtual minute.
package struct Faults: Sendable {
    package var loss = 0.0
    package var repetition = 0.0
    /// Each message has its own: what is sent later may come first.
    package var delay = Span.milliseconds(1)...Span.milliseconds(5)
    package var taskFailure = 0.0
    /// Never ends, never moves.
    package var taskStall = 0.0
    /// Takes three to ten times as long.
    package var taskSlow = 0.0
    package var workerCrash = 0.0
    package var workerFreeze = 0.0
    /// No message passes, either way, for a while.
    package var partition = 0.0
    /// A worker's disk is full for a while.
    package var workerDiskFull = 0.0
    /// A worker tells of attempts it never had, of results that are not there, in other workers' names.
    package var lie = 0.0
    package var coordinatorCrash = 0.0
    /// A decision cannot be saved: the coordinator ends, and has never made it.
    package var coordinatorDiskFull = 0.0
    /// At a restart of the coordinator its wall clock is an hour off, either way.
    package var clockJump = 0.0
    /// A result in the store is damaged.
    package var corruptBlob = 0.0

    package init() {}

    package static let none = Faults()

    /// A bad night: everything at once.
    package static var harsh: Faults {
        var faults = Faults()
        faults.loss = 0.05
        faults.repetition = 0.05
        faults.delay = .milliseconds(1)...(.milliseconds(3_000))
        faults.taskFailure = 0.08
        faults.taskStall = 0.01
        faults.taskSlow = 0.05
        faults.workerCrash = 0.03
        faults.workerFreeze = 0.02
        faults.partition = 0.02
        faults.workerDiskFull = 0.01
        faults.lie = 0.05
        faults.coordinatorCrash = 0.02
        faults.coordinatorDiskFull = 0.01
        faults.clockJump = 0.2
        faults.corruptBlob = 0.05
        return faults
    }
}

/// Rules that can be broken on purpose, to see that the checkers see it.
package enum Mutation: String, CaseIterable, Sendable {
    /// The maker makes the call without leave.
    case sendsUnasked
    /// Each attempt gives the provider another name for the same purchase.
    case changesTheReference
    /// A call without an answer is told as one that failed.
    case callsDoubtFailure
    /// A report is taken from whoever sends it, as the current attempt's.
    case skipsTheFence
    /// The coordinator acts first and saves afterwards.
    case sendsBeforeSaving
    /// A refund is left out of the books.
    case forgetsARefund
    /// A bill is booked twice.
    case settlesTwice
    /// The job's budget is not looked at.
    case ignoresTheBudget
    /// The gate lets one more through than it should.
    case ignoresTheGate
    /// A restart forgets some results.
    case forgetsDone
    /// A result whose blob is not in the store is believed.
    case believesWithoutBlob
    /// A result that was bought and lost is bought again.
    case buysLostAgain
}
