internal import Foundation
internal import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf
internal import Transport

/// What people look at while the cluster runs: the live feed and the log lines of workers.
extension Coordinator {
    /// How often viewers hear of changes.
    static let publishEvery = Duration.milliseconds(100)
    /// Nobody has asked for so long: nobody looks.
    static let lookPatience = Duration.seconds(45)
    /// Events and entries a snapshot begins with.
    static let snapshotLines = 500

    /// Hands a viewer's question to the feed; the answer comes from there.
    func watch(_ call: WatchCall, _ caller: Caller) {
        lookedAt = .now
        let link = link
        feed.inlet.yield(
            .asked(call, from: caller.peer) { answer in
                guard let here = caller.here else {
                    // Ends with the sending.
                    let departure = Departure(peer: caller.peer, message: .watched(request: caller.request, answer))
                    Task { await link?.send([departure]) }
                    return
                }
                here(.with { $0.watch = (try? WatchAnswer(serializedBytes: answer)) ?? WatchAnswer() })
            })
    }

    /// Notes what a decision changed, and sees to it that viewers hear.
    func tellLater(_ decision: Decision) {
        guard !decision.isUnchanged else { return }
        changes?.tasks.formUnion(decision.tasks)
        changes?.jobs.formUnion(decision.jobs)
        changes?.workers.formUnion(decision.workers)
        if !decision.accounts.isEmpty || !decision.ledger.isEmpty { changes?.isMoneyChanged = true }
        changes?.events += decision.journal.map(event)
        changes?.entries += decision.ledger.map(entry)
        guard !isPublishing else { return }
        isPublishing = true
        // Ends with the wait.
        Task { [inlet] in
            try? await Task.sleep(for: Self.publishEvery)
            inlet.yield(.publish)
        }
    }

    func publish() {
        isPublishing = false
        guard let told = changes else { return }
        guard ContinuousClock.now - lookedAt < Self.lookPatience else {
            changes = nil
            feed.inlet.yield(.forget)
            return
        }
        changes = Changes()
        feed.inlet.yield(.changed(cluster, told, beside, at: clock.now))
    }

    /// Hands the feed everything, for viewers that begin.
    func tellAll() throws(StoreError) {
        var beside = beside
        beside.events = try store.journal(last: Self.snapshotLines).map(event)
        beside.entries = try store.ledger(of: nil, last: Self.snapshotLines).map(entry)
        // What was not told yet is in the snapshot: it is told first, so that the numbers fit.
        if let told = changes, !told.isEmpty { feed.inlet.yield(.changed(cluster, told, self.beside, at: clock.now)) }
        changes = Changes()
        feed.inlet.yield(.whole(cluster, beside, at: clock.now))
    }

    private var beside: LiveFeed.Beside {
        LiveFeed.Beside(
            facts: facts, launches: launches, clusterID: clusterID, productVersion: settings.productVersion)
    }

    private func event(_ entry: JournalEntry) -> EventRow {
        .with {
            $0.atMilliseconds = entry.at.milliseconds
            $0.text = String(entry.text.prefix(500))
            $0.job = entry.job?.rawValue ?? ""
            $0.task = entry.task.map { cluster.tasks[$0]?.label ?? $0.short } ?? ""
            $0.worker = entry.worker?.rawValue ?? ""
        }
    }

    // MARK: logs

    /// Keeps a worker's lines, and what it says of its machine.
    func keep(_ body: LogBody, of worker: WorkerID) {
        let name = cluster.workers[worker]?.name ?? ""
        logs?.add(
            body.lines.map { line in
                KeptLine(
                    at: line.atMilliseconds, worker: worker.rawValue, name: name, level: String(line.level.prefix(16)),
                    task: String(line.task.prefix(128)), text: String(line.text.prefix(LogBody.lineBytes)))
            })
        for fact in body.facts where fact.name.utf8.count <= 64 && fact.value.utf8.count <= 1_000 {
            guard facts[worker]?[fact.name] != fact.value else { continue }
            facts[worker, default: [:]][fact.name] = fact.value
            changes?.workers.insert(worker)
        }
    }

    func logs(_ call: LogsCall, _ caller: Caller) async {
        guard let logs else {
            await reply(to: caller, code: "unknown", "this coordinator keeps no logs")
            return
        }
        // Reading must not hold up the work; the task ends with the answer.
        Task.detached {
            do throws(StoreError) {
                let lines = try logs.lines(
                    of: call.subject, after: Int64(clamping: call.after), last: Int(min(max(call.last, 1), 5_000)))
                await self.reply(to: caller) { body in
                    body.logs.lines = lines.map { line in
                        .with {
                            $0.number = UInt64(clamping: line.number)
                            $0.atMilliseconds = line.at
                            $0.worker = line.name.isEmpty ? line.worker : line.name
                            $0.level = line.level
                            $0.task = line.task
                            $0.text = line.text
                        }
                    }
                }
            } catch {
                await self.reply(to: caller, code: "unknown", "the logs cannot be read: \(error)")
            }
        }
    }
}
