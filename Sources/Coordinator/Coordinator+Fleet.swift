import HashTreeCollections
package import Protocol
package import Scheduling
internal import Store
internal import Transport

/// Why machines cannot be scaled as somebody asks.
package struct ScaleRefusal: Error, Sendable {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }
}

/// What an autoscaler sees of the cluster, and does in it.
extension Coordinator {
    /// What each role has to do, and the workers that were started for an order. Looked at beside the coordinator's thread.
    nonisolated package func fleetView() async -> (demand: [Role: Demand], workers: [FleetWorker]) {
        let (cluster, launches) = await ordered()
        let workers = launches.compactMap { id, order in
            cluster.workers[id].map { worker in
                FleetWorker(
                    order: order, worker: id, isBusy: cluster.isBusy(worker),
                    isLeaving: worker.standing == .draining || worker.standing == .lost)
            }
        }
        return (cluster.demand(ordered: Set(launches.keys)), workers)
    }

    /// The cluster and the orders, of which those whose workers are lost are given for the last time.
    private func ordered() -> (Cluster, [WorkerID: String]) {
        let all = launches
        launches = all.filter { cluster.workers[$0.key]?.standing != .lost }
        return (cluster, all)
    }

    /// A token for one machine, good for an hour; `nil` when it cannot be saved.
    package func launchToken(for order: String) -> String? {
        let now = clock.now
        let (record, token) = TokenMint.make(
            role: .worker, address: settings.address, serverKey: serverKeys.publicKey, label: "order \(order)", at: now,
            expiresAt: now + .seconds(3_600), uses: 1)
        do throws(StoreError) { try store.add(record) } catch { return nil }
        admissions.add(record.id, Admissions.Terms(expiresAt: record.expiresAt, uses: record.uses))
        enrolment.enrol(publicKey: record.publicKey, Enrolment.Entry(token: record.id, role: .worker))
        return token.line
    }

    /// Lets a worker finish what it has.
    nonisolated package func drain(_ worker: WorkerID) {
        inlet.yield(.events([.workerDrained(worker, isImmediate: false)]))
    }

    /// When everything is to be done, as it was said last.
    package func savedDeadline() -> Instant? {
        guard let text = try? store.meta("deadline"), let milliseconds = Int64(text), milliseconds > 0 else {
            return nil
        }
        return Instant(milliseconds: milliseconds)
    }

    func scale(_ call: ScaleCall, _ caller: Caller) async throws(StoreError) {
        guard let fleet else {
            await reply(
                to: caller, code: "usage",
                "this coordinator starts no machines; give it a file of pools with --pools")
            return
        }
        if call.deadline != 0 { try store.setMeta("deadline", "\(max(0, call.deadline))") }
        // The launchers may take their time; the task ends with the answer.
        Task {
            switch await fleet(call) {
            case .success(let answer): await reply(to: caller) { $0.scale = answer }
            case .failure(let refusal): await reply(to: caller, code: "usage", refusal.reason)
            }
        }
    }
}
