internal import HashTreeCollections
internal import Objects
internal import Protocol
internal import Scheduling
internal import Store
internal import Transport

/// What peers send: checked, counted where it is refused, and turned into events.
extension Coordinator {
    /// Counts what a peer did that was refused.
    func count(_ refusal: String) { refusals[refusal, default: 0] += 1 }

    func receive(_ arrivals: [Arrival]) async throws(StoreError) {
        var events: [Event] = []
        var toLookUp: [Event] = []
        var departures: [Departure] = []
        for arrival in arrivals {
            guard case .success(let message) = arrival.content else { continue }
            guard let holder = arrival.holder else {
                count("keys that are not enrolled any more")
                departures.append(refusal(arrival.peer, "this key is not enrolled (any more); ask for a new token"))
                continue
            }
            switch message {
            case .hello(let hello):
                guard holder.role == .worker, hello.instance == arrival.peer else {
                    count("hellos with another role's key")
                    departures.append(refusal(arrival.peer, "this key is not a worker's"))
                    continue
                }
                if let reason = try admit(hello, holder) {
                    count("tokens that let nobody in any more")
                    departures.append(refusal(arrival.peer, reason))
                    continue
                }
                sessions[arrival.peer] = hello.worker
                facts[hello.worker] = hello.facts
                launches[hello.worker] = hello.launch.isEmpty ? nil : hello.launch
                events.append(.workerJoined(hello))
                departures.append(Departure(peer: arrival.peer, message: .welcome(welcome(for: holder))))
            case .beat, .report, .goodbye, .purchase:
                guard holder.role == .worker, let worker = sessions[arrival.peer] else {
                    departures.append(Self.introduction(to: arrival.peer))
                    continue
                }
                guard let event = event(message, from: worker, at: arrival.peer) else { continue }
                if objects.remote != nil, event.claim != nil { toLookUp.append(event) } else { events.append(event) }
            case .log(let body):
                guard holder.role == .worker, let worker = sessions[arrival.peer] else { continue }
                keep(body, of: worker)
            case .request(let request):
                if let reason = admissions.refusal(ofPersonWith: holder.token, at: clock.now), holder.role != .worker {
                    count("tokens that let nobody in any more")
                    departures.append(refusal(arrival.peer, reason))
                    continue
                }
                // What came before it must be decided before it is answered.
                if !departures.isEmpty { await link?.send(departures) }
                departures = []
                try await decide(events)
                events = []
                try await answer(request, for: Caller(peer: arrival.peer, request: request.requestID), holder)
            case .welcome, .assign, .acknowledge, .withdraw, .purchaseSaved, .refusal, .response, .watched:
                count("messages only a coordinator sends")
                departures.append(refusal(arrival.peer, "only a coordinator sends that"))
            }
        }
        lookUp(toLookUp)
        // Welcomes go first: a worker must know its store before it gets work.
        if !departures.isEmpty { await link?.send(departures) }
        try await decide(events)
    }

    /// Why a machine may not join; `nil` when it may, which is saved before it hears so.
    private func admit(_ hello: Hello, _ holder: Enrolment.Entry) throws(StoreError) -> String? {
        let now = clock.now
        switch admissions.join(hello.worker, with: holder.token, at: now) {
        case .success(let isNew):
            if isNew { try store.admit(hello.worker, with: holder.token, at: now) }
            return nil
        case .failure(let refusal): return refusal.reason
        }
    }

    private func event(_ message: Protocol.Message, from worker: WorkerID, at peer: InstanceID) -> Event? {
        switch message {
        case .beat(let held, let last): return .workerBeat(worker, peer, held: held, lastAssignment: last)
        case .report(let claimed, let attempt, let outcome):
            guard claimed == worker else {
                count("reports in another worker's name")
                return nil
            }
            countForeign(attempt, from: worker)
            return .reported(worker, peer, attempt, objects.remote == nil ? checked(outcome) : outcome)
        case .goodbye(let reason): return .workerLeft(worker, peer, reason: reason)
        case .purchase(let claimed, let attempt, let news):
            guard claimed == worker else {
                count("purchases in another worker's name")
                return nil
            }
            return .purchaseTold(worker, peer, attempt, news)
        default: return nil
        }
    }

    /// Late and repeated reports are everyday; those of tasks or attempts that never were are not.
    private func countForeign(_ attempt: AttemptID, from worker: WorkerID) {
        guard let record = cluster.tasks[attempt.task] else { return count("reports of unknown tasks") }
        if attempt.number > record.attempt { count("reports of attempts that were never given") }
    }

    func refusal(_ peer: InstanceID, _ reason: String) -> Departure {
        Departure(peer: peer, message: .refusal(reason: reason, isFinal: true))
    }

    func welcome(for holder: Enrolment.Entry) -> Welcome {
        Welcome(
            clusterID: clusterID, storeURL: objects.url, beatEvery: cluster.policy.beatEvery,
            productVersion: settings.productVersion, stores: doors(holder))
    }

    /// What lets a token's holder in at the HTTPS door.
    func doorTicket(_ holder: Enrolment.Entry) -> String { ticket(holder) }

    func stores(for holder: Enrolment.Entry) -> [StoreBody] { doors(holder).map(StoreBody.init) }
}
