/// A result another task needs.
package struct TaskInput: Hashable, Sendable {
    /// What the recipe calls it: `setting`, `cutout.0`, `clip.3`…
    package let name: String
    package let key: TaskKey
    /// When the task that makes it has failed for good, go on without it (a slate, a silence) instead of failing too.
    package let isTolerant: Bool

    package init(name: String, key: TaskKey, isTolerant: Bool = false) {
        self.name = name
        self.key = key
        self.isTolerant = isTolerant
    }
}

/// Everything a worker must know to make one result, and nothing else. Two equal specs have one key.
///
/// It never changes, and tables, messages and plans share it: a class, so that a copy costs a reference.
package final class TaskSpec: Hashable, Sendable {
    package let kind: TaskKind
    /// Who makes it: `local`, `synthetic`, or a service's name.
    package let backend: String
    /// The backend's model, empty where it has none.
    package let model: String
    /// Whose account at the backend pays, empty for the default one. Enters no key: the result is the same.
    package let account: String
    /// Rises when our own recipe for this kind and backend changes its output.
    package let recipeVersion: Int
    /// What shapes the result and is creative: prompts, lines, frames. Enters key and basis.
    package let parameters: Fields
    /// What shapes the result and is not creative: size, rate, quality. Enters the key only (`design.md` 5).
    package let shaping: Fields
    /// Which candidate this is; seeds follow from it.
    package let take: Int
    package let inputs: [TaskInput]
    /// Name of the result in the store and across jobs.
    package let key: TaskKey
    /// Hash of the creative inputs alone: decides staleness.
    package let basis: Digest
    /// A first guess of the work's length, until durations are learned.
    package let expected: Span
    /// The most it may cost; zero for local work.
    package let priceCeiling: MicroUSD
    /// The limit it must pass, when it has one.
    package let gate: GateID?
    /// The price behind the ceiling, in words: amount, unit, source, date. Frozen with the job; enters no key.
    package let terms: String

    /// Makes a spec and computes its key and basis.
    /// - Parameters:
    ///   - inputBases: the bases of `inputs`, in the same order.
    ///   - toldBasis: the basis as the wire or a table tells it; believed, where the bases of the inputs are not at hand.
    package init(
        kind: TaskKind, backend: String, model: String = "", account: String = "", recipeVersion: Int,
        parameters: Fields,
        shaping: Fields = [:], take: Int = 0, inputs: [TaskInput] = [], inputBases: [Digest] = [],
        toldBasis: Digest? = nil, expected: Span, priceCeiling: MicroUSD = .zero, gate: GateID? = nil,
        terms: String = ""
    ) {
        precondition(toldBasis != nil || inputs.count == inputBases.count, "every input of a task has a basis")
        self.kind = kind
        self.backend = backend
        self.model = model
        self.account = account
        self.recipeVersion = recipeVersion
        self.parameters = parameters
        self.shaping = shaping
        self.take = take
        self.inputs = inputs
        self.expected = expected
        self.priceCeiling = priceCeiling
        self.gate = gate
        self.terms = terms
        let canonicalParameters = parameters.bytes
        var writer = CanonicalWriter()
        if let toldBasis {
            basis = toldBasis
        } else {
            Self.begin(kind, &writer)
            writer.write("parameters")
            writer.write(canonical: canonicalParameters)
            for (input, basis) in zip(inputs, inputBases) {
                writer.write(input.name)
                writer.write(hexOf: basis)
            }
            basis = Digest(of: writer.bytes)
            writer.removeAll()
        }
        Self.begin(kind, &writer)
        writer.write("backend")
        writer.write(backend)
        writer.write("model")
        writer.write(model)
        writer.write("parameters")
        writer.write(canonical: canonicalParameters)
        writer.write("recipe")
        writer.write(.init(recipeVersion))
        writer.write("shaping")
        writer.write(.map(shaping.values))
        writer.write("take")
        writer.write(.init(take))
        for input in inputs {
            writer.write(input.name)
            writer.write(hexOf: input.key)
        }
        key = Digest(of: writer.bytes)
    }

    private static func begin(_ kind: TaskKind, _ writer: inout CanonicalWriter) {
        writer.write("snowflake.task.1")
        writer.write(kind.rawValue)
    }

    package var capability: Capability { Capability(kind: kind, backend: backend, account: account) }

    /// Asked of the same account, through the same gate, at the same price.
    package func hasTerms(of other: TaskSpec) -> Bool {
        account == other.account && gate == other.gate && priceCeiling == other.priceCeiling && terms == other.terms
    }

    /// Equal keys mean equal work; the rest need not be compared.
    package static func == (left: TaskSpec, right: TaskSpec) -> Bool {
        left.key == right.key && left.basis == right.basis
    }

    package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

/// A task's place in one job.
package struct JobNode: Hashable, Sendable {
    /// Unique in the job: `s001_003/animate`, `scene_002/mix`, `film`.
    package let name: String
    package let spec: TaskSpec
    /// For order and display; 0 where the node belongs to no scene or shot.
    package let scene: Int
    package let shot: Int
    /// Its result is wanted by people; other nodes run only when something wanted needs them.
    package let isGoal: Bool
    /// Milliseconds of finished film it stands for; only clips have any.
    package let filmMilliseconds: Int64
    /// What a person must approve before it is made, by name: `s001_003`, `scene_002`.
    package let approvals: [String]

    package init(
        name: String, spec: TaskSpec, scene: Int = 0, shot: Int = 0, isGoal: Bool = false, filmMilliseconds: Int64 = 0,
        approvals: [String] = []
    ) {
        self.approvals = approvals
        self.name = name
        self.spec = spec
        self.scene = scene
        self.shot = shot
        self.isGoal = isGoal
        self.filmMilliseconds = filmMilliseconds
    }
}

/// What a task made.
package struct TaskResult: Hashable, Sendable {
    package let digest: Digest
    package let sizeBytes: Int64
    package let cost: MicroUSD
    /// Measured facts that dependants and people need: frames, samples, milliseconds of speech…
    package let facts: Fields
    /// How long the work took.
    package let worked: Span
    /// Made without an input that failed (a slate in it): shown and used in this job, never kept under its key.
    package let isProvisional: Bool

    package init(
        digest: Digest, sizeBytes: Int64, cost: MicroUSD = .zero, facts: Fields = [:], worked: Span = .zero,
        isProvisional: Bool = false
    ) {
        self.digest = digest
        self.sizeBytes = sizeBytes
        self.cost = cost
        self.facts = facts
        self.worked = worked
        self.isProvisional = isProvisional
    }
}

/// What became of one attempt, as its worker tells it.
package enum AttemptOutcome: Hashable, Sendable {
    case made(TaskResult)
    /// `retryAfter` is the provider's stated time, when it gave one.
    case failed(FailureClass, message: String, retryAfter: Span?)
    /// Failed, and the provider has charged for it.
    case billed(FailureClass, message: String, cost: MicroUSD)
    /// Not begun: the store no longer gives this input's blob whole. Nobody's fault; the input is made again.
    case lostInput(TaskKey, message: String)
}

/// One try of one task: the fence. Only the current attempt may report, publish or complete.
package struct AttemptID: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let task: TaskKey
    package let number: Int

    package init(task: TaskKey, number: Int) {
        self.task = task
        self.number = number
    }

    package static func < (left: AttemptID, right: AttemptID) -> Bool {
        (left.task, left.number) < (right.task, right.number)
    }

    package var description: String { "\(task.short)#\(number)" }
}

/// An attempt as a worker holds it.
package struct HeldAttempt: Hashable, Sendable {
    package let attempt: AttemptID
    /// Rises while the work moves.
    package let progress: UInt64

    package init(attempt: AttemptID, progress: UInt64) {
        self.attempt = attempt
        self.progress = progress
    }
}

extension TaskSpec {
    /// The role that usually carries it: what passes a gate is a call, whatever it makes.
    package var usualRole: Role { gate == nil ? kind.usualRole : .api }
}
