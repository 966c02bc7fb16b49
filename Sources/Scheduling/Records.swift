package import Protocol

/// The life of a task. Only ``Cluster`` moves it:
///
/// | from | event | to |
/// |---|---|---|
/// | idle | wanted by a submission | waiting |
/// | waiting | all inputs ended, strict ones done | ready |
/// | waiting | a strict input failed | failed (upstream) |
/// | ready | placed | leased |
/// | leased | result of the current attempt | done |
/// | leased | failure, tries left | ready, or parked until the back-off ends |
/// | leased | failure, none left or no use | failed |
/// | leased | lost, stalled, dropped by its worker | ready (or failed) |
/// | parked | time passed | ready |
/// | failed, provisionally done | submitted again, or an input was made anew | waiting |
/// | ready, parked | an input's blob is found lost | waiting |
/// | done | its blob is found lost | waiting (bought: fetched again, never bought again) |
/// | any but done | no job wants it any more | idle |
///
/// Done (not provisional) stays done, unless its blob is found lost. A leased task may have a second attempt, its
/// *copy*: see ``TaskRecord/copy``.
package enum TaskPhase: Sendable, Equatable {
    case idle
    case waiting
    case ready
    case parked(until: Instant)
    case leased(Lease)
    case done(TaskResult)
    case failed(TaskFailure)

    /// Done or failed: dependants can tell what to do.
    package var hasEnded: Bool {
        switch self {
        case .done, .failed: true
        case .idle, .waiting, .ready, .parked, .leased: false
        }
    }

    package var result: TaskResult? {
        if case .done(let result) = self { result } else { nil }
    }

    package var lease: Lease? {
        if case .leased(let lease) = self { lease } else { nil }
    }

    /// One word for tables and people.
    package var word: String {
        switch self {
        case .idle: "idle"
        case .waiting: "waiting"
        case .ready: "ready"
        case .parked: "parked"
        case .leased: "running"
        case .done: "done"
        case .failed: "failed"
        }
    }
}

/// The right of one worker to carry out one attempt.
package struct Lease: Sendable, Equatable {
    package var worker: WorkerID
    package var attempt: Int
    package var assignedAt: Instant
    /// The instance's assignment number; a beat that has seen it and omits the attempt has dropped it.
    package var assignment: UInt64
    package var expected: Span
    package var progress: UInt64 = 0
    package var progressAt: Instant
    package var omittedBeats = 0
    /// Whose slot of its worker it uses: what the worker announces may change while it runs. Never saved.
    var role: Role?
    /// When it is looked at next: its deadline. Never saved.
    var lookAt = Instant.distantFuture
    /// Some input was missing or provisional: so is the result.
    package var isProvisional: Bool

    package init(
        worker: WorkerID, attempt: Int, assignedAt: Instant, assignment: UInt64, expected: Span, progressAt: Instant,
        isProvisional: Bool
    ) {
        self.worker = worker
        self.attempt = attempt
        self.assignedAt = assignedAt
        self.assignment = assignment
        self.expected = expected
        self.progressAt = progressAt
        self.isProvisional = isProvisional
    }
}

/// Why a task is failed.
package struct TaskFailure: Sendable, Equatable {
    package var failureClass: FailureClass
    package var message: String
    /// The failed input, when the fault is not the task's own.
    package var upstream: TaskKey?
    package var at: Instant

    package init(failureClass: FailureClass, message: String, upstream: TaskKey?, at: Instant) {
        self.failureClass = failureClass
        self.message = message
        self.upstream = upstream
        self.at = at
    }
}

/// One ended try, for the rule "three tries on three workers" and for people.
package struct Try: Sendable, Equatable {
    package var worker: WorkerID
    package var attempt: Int
    package var failureClass: FailureClass
    package var message: String
    package var at: Instant

    package init(worker: WorkerID, attempt: Int, failureClass: FailureClass, message: String, at: Instant) {
        self.worker = worker
        self.attempt = attempt
        self.failureClass = failureClass
        self.message = message
        self.at = at
    }
}

/// Order of work: job priority, longest remaining path, scene, shot, key.
package struct Rank: Sendable, Equatable, Comparable {
    package var priority: Int
    package var path: Span
    package var scene: Int
    package var shot: Int

    package init(priority: Int, path: Span, scene: Int, shot: Int) {
        self.priority = priority
        self.path = path
        self.scene = scene
        self.shot = shot
    }

    package static func < (left: Rank, right: Rank) -> Bool {
        (right.priority, right.path, left.scene, left.shot) < (left.priority, left.path, right.scene, right.shot)
    }
}

/// A paid operation whose bill is settled and whose result was taken.
package struct Bought: Sendable, Equatable {
    package let intent: Int
    package let operation: String

    package init(intent: Int, operation: String) {
        self.intent = intent
        self.operation = operation
    }
}

struct ReadyEntry: Sendable, Equatable, Comparable {
    var rank: Rank
    var key: TaskKey

    static func < (left: ReadyEntry, right: ReadyEntry) -> Bool {
        left.rank == right.rank ? left.key < right.key : left.rank < right.rank
    }
}

/// Ready tasks of one job that one kind of worker and one gate serve alike.
struct Lane: Hashable, Sendable, Comparable {
    var capability: Capability
    var gate: GateID?
    var owner: JobID?

    static func < (left: Lane, right: Lane) -> Bool {
        if left.capability != right.capability { return left.capability < right.capability }
        if left.gate != right.gate { return (left.gate?.rawValue ?? "") < (right.gate?.rawValue ?? "") }
        return (left.owner?.rawValue ?? "") < (right.owner?.rawValue ?? "")
    }
}

/// What a job has of one role's slots: among jobs of one priority, the one that has least is served first.
struct Share: Hashable, Sendable {
    var owner: JobID
    var role: Role
}

/// One render of one project.
package struct JobRecord: Sendable, Equatable {
    package enum Standing: String, Sendable {
        case running
        /// Every wanted task has ended.
        case settled
        case cancelled
    }

    package let id: JobID
    package var name: String
    package var standing: Standing
    package var priority: Int
    package var submittedAt: Instant
    package var nodes: [Node]
    /// Wanted tasks that have not ended.
    package var open = 0
    /// The most this job may have reserved and spent; `nil` for no cap.
    package var budget: MicroUSD?
    /// Its ready tasks wait until it is resumed; what runs goes on.
    package var isPaused = false
    package var reserved = MicroUSD.zero
    package var spent = MicroUSD.zero
    /// What people have approved.
    package private(set) var approved: Set<String>
    /// Tasks that wait for approvals, with those that are missing. Derived, never saved.
    package private(set) var held: [TaskKey: Set<String>] = [:]

    /// A task's place in this job.
    package struct Node: Sendable, Equatable {
        package let name: String
        package let key: TaskKey
        package let scene: Int
        package let shot: Int
        package let isGoal: Bool
        package let filmMilliseconds: Int64
        /// What a person must approve before this job makes it.
        package let approvals: [String]

        package init(
            name: String, key: TaskKey, scene: Int, shot: Int, isGoal: Bool, filmMilliseconds: Int64,
            approvals: [String] = []
        ) {
            self.approvals = approvals
            self.name = name
            self.key = key
            self.scene = scene
            self.shot = shot
            self.isGoal = isGoal
            self.filmMilliseconds = filmMilliseconds
        }
    }

    package init(
        id: JobID, name: String, standing: Standing, priority: Int, submittedAt: Instant, nodes: [Node],
        budget: MicroUSD? = nil, approved: Set<String> = []
    ) {
        self.approved = approved
        self.id = id
        self.name = name
        self.standing = standing
        self.priority = priority
        self.submittedAt = submittedAt
        self.nodes = nodes
        self.budget = budget
        hold()
    }

    /// Gives approvals.
    /// - Returns: tasks that are held no more.
    mutating func approve(_ names: Set<String>) -> [TaskKey] {
        approved.formUnion(names)
        let before = held
        hold()
        return before.keys.filter { held[$0] == nil }.sorted()
    }

    private mutating func hold() {
        held = [:]
        for node in nodes where !node.approvals.isEmpty {
            let missing = Set(node.approvals).subtracting(approved)
            if !missing.isEmpty { held[node.key, default: []].formUnion(missing) }
        }
    }

    /// Approvals nobody gave yet.
    package var missingApprovals: Set<String> { held.values.reduce(into: []) { $0.formUnion($1) } }
}
