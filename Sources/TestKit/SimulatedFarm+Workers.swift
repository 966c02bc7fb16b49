import HashTreeCollections
import Protocol
import Scheduling

/// Workers and their links in virtual time.
extension SimulatedFarm {
    func workerID(_ index: Int) -> WorkerID { WorkerID("w-\(index)") }
    func instanceID(_ index: Int, _ life: Int) -> InstanceID { InstanceID("i-\(index)-\(life)") }

    mutating func startWorker(_ index: Int) {
        guard workers[index].machine == nil else { return }
        workers[index].life += 1
        workers[index].isFrozen = false
        let life = workers[index].life
        var capabilities: [Capability: Role] = [:]
        for kind in TaskKind.allCases {
            let role: Role = kind == .animate ? .api : kind.usualRole
            if workers[index].roles[role] != nil {
                capabilities[Capability(kind: kind, backend: "synthetic")] = role
            }
        }
        let hello = Hello(
            worker: workerID(index), instance: instanceID(index, life), name: "worker \(index)",
            slots: workers[index].roles, capabilities: capabilities, held: [], productVersion: "sim")
        workers[index].machine = WorkerMachine(
            hello: hello, outbox: workers[index].outbox, operations: workers[index].operations)
        note("worker \(index) starts, life \(life)")
        happen(.beat(worker: index, life: life))
    }

    mutating func deliver(_ message: Message, to index: Int) {
        switch message {
        case .welcome: tell(index, .welcomed)
        case .assign(let assignment): tell(index, .assigned(assignment))
        case .acknowledge(let attempt, _): tell(index, .acknowledged(attempt))
        case .withdraw(let attempt, _): tell(index, .withdrawn(attempt))
        case .refusal: tell(index, .introductionAsked)
        case .purchaseSaved(let attempt, let news, let isGranted, let reason):
            tell(index, .purchaseSaved(attempt, news, isGranted: isGranted, reason: reason))
        case .hello, .beat, .report, .goodbye, .purchase, .log, .request, .response, .watched: break
        }
    }

    mutating func tell(_ index: Int, _ event: WorkerMachine.Event) {
        guard let effects = workers[index].machine?.handle(event) else { return }
        let life = workers[index].life
        for effect in effects {
            switch effect {
            case .start(let assignment): startWork(assignment, on: index, life: life)
            case .stop: break  // Its end finds nothing running.
            case .saveReport(let attempt, let outcome): workers[index].outbox[attempt] = outcome
            case .dropReport(let attempt): workers[index].outbox[attempt] = nil
            case .saveOperation(let attempt, let operation): workers[index].operations[attempt] = operation
            case .dropOperation(let attempt): workers[index].operations[attempt] = nil
            case .answerPurchase(let attempt, let isGranted, _):
                answer(attempt, isGranted: isGranted, on: index, life: life)
            case .send(let message): link(.toCoordinator(message, worker: index, life: life), of: index)
            }
        }
    }

    private mutating func startWork(_ assignment: Assignment, on index: Int, life: Int) {
        attemptsStarted += 1
        let ends = now + .milliseconds(5)
        func end(_ outcome: AttemptOutcome) {
            heap.add(.workEnds(assignment.attempt, worker: index, life: life, outcome), at: ends)
        }
        for (input, resolved) in zip(assignment.spec.inputs, assignment.inputs) {
            if case .blob = resolved, !blobs.contains(input.key) {
                return end(.lostInput(input.key, message: "\(input.name) is damaged"))
            }
        }
        if let until = workers[index].fullUntil, until > now {
            return end(.failed(.scarce, message: "the disk is full", retryAfter: .seconds(30)))
        }
        if let order = assignment.order { return startPaid(assignment, order, on: index, life: life) }
        let spec = assignment.spec
        let slowness = generator.happens(faults.taskSlow) ? Int64.random(in: 3...10, using: &generator) : 1
        let took = Span.milliseconds(
            spec.expected.milliseconds * workers[index].speed * slowness
                * Int64.random(in: 50...150, using: &generator) / 100)
        guard !generator.happens(faults.taskStall) else { return }  // Never ends and never moves.
        var outcome = AttemptOutcome.made(
            TaskResult(digest: spec.key, sizeBytes: 1, cost: spec.priceCeiling, worked: took))
        if generator.happens(faults.taskFailure) {
            let classes: [FailureClass] = [.workerFault, .workerFault, .providerFault, .scarce, .interrupted]
            let failure = classes.randomElement(using: &generator) ?? .workerFault
            outcome = .failed(failure, message: "simulated \(failure.rawValue)", retryAfter: nil)
        }
        heap.add(.workMoves(assignment.attempt, worker: index, life: life), at: now + .seconds(10))
        heap.add(.workEnds(assignment.attempt, worker: index, life: life, outcome), at: now + took)
    }

    /// Uploads first, then reports; a liar reports what it never uploaded.
    mutating func endWork(_ attempt: AttemptID, on index: Int, _ outcome: AttemptOutcome) {
        if case .made(let result) = outcome, !generator.happens(faults.lie) { blobs.insert(result.digest) }
        tell(index, .finished(attempt, outcome))
    }

    /// A worker tells things that are not so.
    mutating func lie(_ index: Int) {
        let keys = cluster.tasks.keys.sorted()
        guard let key = keys.randomElement(using: &generator), let record = cluster.tasks[key] else { return }
        note("worker \(index) lies about \(record.label)")
        let life = workers[index].life
        let made = AttemptOutcome.made(TaskResult(digest: record.spec.key, sizeBytes: 1, worked: .seconds(1)))
        let attempt = AttemptID(
            task: record.spec.key, number: Int.random(in: 0...record.attempt + 2, using: &generator))
        let other = workerID(Int.random(in: workers.indices, using: &generator))
        let lies: [Message] = [
            .report(workerID(index), attempt, made), .report(other, attempt, made),
            .report(
                workerID(index), attempt, .lostInput(record.spec.inputs.first?.key ?? record.spec.key, message: "")),
            .purchase(workerID(index), attempt, .sending),
            .beat(held: [HeldAttempt(attempt: attempt, progress: .max)], lastAssignment: 0),
        ]
        guard let message = lies.randomElement(using: &generator) else { return }
        receive(message, from: index, life: life)
    }

    // MARK: the link

    mutating func send(_ message: Message, toInstance instance: InstanceID, of worker: WorkerID) {
        guard let index = workers.indices.first(where: { workerID($0) == worker }),
            instanceID(index, workers[index].life) == instance
        else { return }
        send(message, to: index, life: workers[index].life)
    }

    mutating func send(_ message: Message, to index: Int, life: Int) {
        link(.toWorker(message, worker: index, life: life), of: index)
    }

    private mutating func link(_ happening: Happening, of index: Int) {
        if let until = workers[index].cutUntil, until > now { return }
        guard !generator.happens(faults.loss) else { return }
        for _ in 0..<(generator.happens(faults.repetition) ? 2 : 1) {
            let delay = Int64.random(
                in: faults.delay.lowerBound.milliseconds...faults.delay.upperBound.milliseconds, using: &generator)
            heap.add(happening, at: now + .milliseconds(delay))
        }
    }
}
