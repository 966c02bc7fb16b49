package import Protocol

/// What happened, in the words of the cluster. Events are facts: they are never refused, only answered.
package enum Event: Sendable, Equatable {
    case submitted(Submission)
    case jobCancelled(JobID)
    case jobPaused(JobID, Bool)
    case jobPriority(JobID, Int)
    /// A person approves of what some tasks wait for.
    case approved(JobID, Set<String>)
    /// Failed tasks of a job, or those named, get a fresh start.
    case retried(JobID, only: Set<TaskKey>?)
    case workerDrained(WorkerID, isImmediate: Bool)
    case capSet(CapTarget, MicroUSD?)
    /// An operator sets a gate's limits.
    case gateSet(GateID, GateLimits)
    case reconciled(TaskKey, Finding)
    case purchaseTold(WorkerID, InstanceID, AttemptID, PurchaseNews)
    case workerJoined(Hello)
    case workerBeat(WorkerID, InstanceID, held: [HeldAttempt], lastAssignment: UInt64)
    case reported(WorkerID, InstanceID, AttemptID, AttemptOutcome)
    case workerLeft(WorkerID, InstanceID, reason: String)
    /// A deadline of ``Cluster/nextDeadline`` has come.
    case timePassed
}

/// A job as a client asks for it, planned and checked against the store.
package struct Submission: Sendable, Equatable {
    package var id: JobID
    package var name: String
    package var priority: Int
    package var budget: MicroUSD?
    /// Inputs before those that take them.
    package var nodes: [JobNode]
    package var gates: [GateRecord]
    /// Results the store holds under keys this cluster does not know.
    package var receipts: [TaskKey: TaskResult]
    /// Done tasks whose blob the store has lost.
    package var lostBlobs: Set<TaskKey>
    /// Of results this cluster does not know and the store has lost: what they were bought as.
    package var bought: [TaskKey: Bought]

    package init(
        id: JobID, name: String, priority: Int = 0, budget: MicroUSD? = nil, nodes: [JobNode],
        gates: [GateRecord] = [], receipts: [TaskKey: TaskResult] = [:], lostBlobs: Set<TaskKey> = [],
        bought: [TaskKey: Bought] = [:]
    ) {
        self.id = id
        self.name = name
        self.priority = priority
        self.budget = budget
        self.nodes = nodes
        self.gates = gates
        self.receipts = receipts
        self.lostBlobs = lostBlobs
        self.bought = bought
    }
}

/// What the shell must do once the decision is saved. Each is safe to repeat: keyed by (task, attempt) or by job.
package enum Effect: Sendable, Equatable {
    case assign(WorkerID, InstanceID, Assignment)
    case acknowledge(WorkerID, InstanceID, AttemptID, isAccepted: Bool)
    case withdraw(WorkerID, InstanceID, AttemptID, reason: String)
    /// A worker speaks that is not known here, or was given up: it must say hello again.
    case introduce(WorkerID, InstanceID)
    /// A process that must end: another has its identity.
    case dismiss(WorkerID, InstanceID, reason: String)
    case answerPurchase(WorkerID, InstanceID, AttemptID, PurchaseNews, isGranted: Bool, reason: String)
    /// The result is final: leave a receipt under its key.
    case keepReceipt(TaskKey)
    case accepted(JobID, tasks: Int, done: Int)
    case refused(JobID, reason: String)
    case settled(JobID)
}

/// A line for people; never replayed.
package struct JournalEntry: Sendable, Equatable {
    package var at: Instant
    package var text: String
    package var task: TaskKey?
    package var job: JobID?
    package var worker: WorkerID?

    package init(at: Instant, text: String, task: TaskKey? = nil, job: JobID? = nil, worker: WorkerID? = nil) {
        self.at = at
        self.text = text
        self.task = task
        self.job = job
        self.worker = worker
    }
}

/// The answer to events: what changed (to be saved in one transaction) and what to do afterwards.
package struct Decision: Sendable, Equatable {
    package var effects: [Effect] = []
    package var journal: [JournalEntry] = []
    package var tasks: Set<TaskKey> = []
    /// Those of `tasks` that are new, in the order of their numbers.
    package var admitted: [TaskKey] = []
    /// Those of `tasks` that were given another account, gate or price.
    package var onOtherTerms: Set<TaskKey> = []
    /// Those of `tasks` whose rank has changed.
    package var reranked: Set<TaskKey> = []
    /// Those of `tasks` whose tries were forgotten.
    package var pardoned: Set<TaskKey> = []
    package var jobs: Set<JobID> = []
    package var newJobs: [JobID] = []
    package var workers: Set<WorkerID> = []
    package var gates: Set<GateID> = []
    package var durations: Set<Capability> = []
    package var ledger: [LedgerLine] = []
    package var accounts: Set<Scope> = []
    package var isDailyCapChanged = false

    package init() {}

    /// Nothing to save.
    package var isUnchanged: Bool {
        tasks.isEmpty && jobs.isEmpty && workers.isEmpty && gates.isEmpty && durations.isEmpty && journal.isEmpty
            && ledger.isEmpty && accounts.isEmpty && !isDailyCapChanged
    }
}

/// A moment at which something must be looked at again.
struct Deadline: Sendable, Equatable, Comparable {
    enum Subject: Sendable, Hashable, Comparable {
        case worker(WorkerID)
        case lease(AttemptID)
        case retry(TaskKey)
        case gate(GateID)
        case unblocked(WorkerID)
    }

    var at: Instant
    var subject: Subject

    static func < (left: Deadline, right: Deadline) -> Bool { (left.at, left.subject) < (right.at, right.subject) }
}
