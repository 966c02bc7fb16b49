package import Foundation
internal import Planning
internal import Protocol
internal import Synchronization

/// What the services know: operations by name, what each was billed, and what is to go wrong next. The state of all of them,
/// behind one lock; what an answer looks like is each service's own.
package final class House: Sendable {
    package let settings: Settings
    private let folder: URL
    let media: MediaShelf
    private let clock: @Sendable () -> Int64
    private let tariff: Profile
    private let state = Mutex(State())

    private struct State {
        var operations: [String: Operation] = [:]
        var references: [String: String] = [:]
        var counts: [String: Int] = [:]
        /// When the slots of an account are free again.
        var lanes: [String: [Int64]] = [:]
        /// When an account's newest submissions came.
        var rush: [String: [Int64]] = [:]
        var lost: Set<String> = []
        var asked: Set<String> = []
    }

    /// - Parameter now: milliseconds of the services' own time.
    package init(folder: URL, settings: Settings, media: MediaShelf, now: @escaping @Sendable () -> Int64) throws {
        self.folder = folder
        self.settings = settings
        self.media = media
        clock = now
        var tariff = Profile.hd
        tariff.prices = settings.prices.compactMap(\.price)
        self.tariff = tariff
        // Services that are started again still know what they billed.
        let ledger = (try? String(contentsOf: ledgerFile, encoding: .utf8)) ?? ""
        for line in ledger.split(separator: "\n") {
            guard let operation = try? JSONDecoder().decode(Operation.self, from: Data(line.utf8)) else { continue }
            state.withLock { state in
                state.operations[operation.id] = operation
                state.references["\(operation.backend) \(operation.reference)"] = operation.id
            }
        }
    }

    private var ledgerFile: URL { folder.appendingPathComponent("ledger.jsonl") }
    var now: Int64 { clock() }

    /// Whose key it is. None sees the operations of another.
    func account(_ key: String?) -> String? {
        guard let key else { return nil }
        if let ends = settings.keyEnds, Double(now) / 1_000 >= ends { return nil }
        switch key {
        case "test-key", "rehearsal": return ""
        case let key where key.hasSuffix("-key") && key.count > 4: return String(key.dropLast(4))
        default: return nil
        }
    }

    // MARK: what goes wrong

    /// By the list of its sort, else drawn by the seed and the call's number: the same calls, the same troubles.
    private func next(_ sort: String, _ list: [String], _ faults: [Fault], _ state: inout State) -> Fault {
        let index = state.counts[sort, default: 0]
        state.counts[sort] = index + 1
        if index < list.count { return Fault(rawValue: list[index]) ?? .ok }
        if settings.rest != "ok", let rest = Fault(rawValue: settings.rest), faults.contains(rest) { return rest }
        return Fault.draw(faults, settings.rates, chance(sort, index))
    }

    private func chance(_ name: String, _ index: Int) -> Double {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325 ^ settings.seed
        for byte in "\(name) \(index)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        // Mixed once more: neighbours differ in their last bits alone.
        hash ^= hash >> 33
        hash = hash &* 0xFF51_AFD7_ED55_8CCD
        hash ^= hash >> 33
        return Double(hash >> 11) / Double(UInt64(1) << 53)
    }

    func nextPoll() -> Fault { state.withLock { next("poll", settings.poll, Fault.polls, &$0) } }
    func nextOutput() -> Fault { state.withLock { next("output", settings.output, Fault.outputs, &$0) } }

    // MARK: taking

    enum Verdict {
        case taken(Operation, Fault)
        case refused(Refusal)
        case mishap(Reply.Mishap)
    }

    /// Takes and bills a wish, or does not. A reference that is known is the operation it has, billed once.
    func take(_ order: Order, account: String) -> Verdict {
        state.withLock { state in
            let known = order.reference.map { "\(order.backend) \($0)" }
            if let known, let id = state.references[known], let operation = state.operations[id] {
                return .taken(operation, .ok)
            }
            let all = Fault.beforehand + Fault.fates + Fault.answers
            let fault = next("submit", settings.submit, all, &state)
            switch fault {
            case .resetBefore: return .mishap(.reset)
            case .tooFast: return .refused(.tooFast)
            case .brokenBefore: return .refused(.broken)
            case .refuse: return .refused(.policy)
            case .noMoney: return .refused(.noMoney)
            default: break
            }
            let habits = Habits.of(order.backend)
            let lane = "\(order.backend) \(account) \(order.model)"
            let now = clock()
            if let limit = habits.perMinute {
                let newest = state.rush[lane, default: []].filter { $0 > now - 60_000 }
                state.rush[lane] = newest + [now]
                if newest.count >= limit { return .refused(.tooFast) }
            }
            let slots = settings.concurrency[order.backend] ?? habits.concurrency
            var busy = state.lanes[lane, default: []].filter { $0 > now }.sorted()
            if busy.count >= slots, habits.refuses { return .refused(.tooMany) }
            // Whoever stands in line begins when the slot before is free.
            let startsAt = busy.count >= slots ? busy[busy.count - slots] : now
            let seconds = settings.seconds ?? habits.latency(chance(lane, state.operations.count))
            let readyAt = startsAt + Int64(seconds * 1_000)
            busy.append(readyAt)
            state.lanes[lane] = busy
            let operation = operation(
                order, account, fault, startsAt: startsAt, readyAt: readyAt, number: state.operations.count + 1)
            state.operations[operation.id] = operation
            if let known { state.references[known] = operation.id }
            if fault == .lose { state.lost.insert(operation.id) }
            bill(operation)
            return .taken(operation, fault)
        }
    }

    private func operation(
        _ order: Order, _ account: String, _ fault: Fault, startsAt: Int64, readyAt: Int64, number: Int
    ) -> Operation {
        let id = "op-\(number)"
        let isFate = Fault.fates.contains(fault)
        let comesToNothing = [.moderate, .fail].contains(fault)
        let exact = Double(order.milliseconds) / 1_000
        let seconds = order.billsBegunSeconds ? exact.rounded(.up) : exact
        let price = tariff.price(
            of: order.kind, by: BackendChoice(order.backend, model: order.model), rows: min(order.width, order.height),
            seconds: (order.milliseconds + 500) / 1_000)
        let units = price?.unit == .second ? seconds : order.units
        let cost = order.cost ?? price?.cost(units: units) ?? .zero
        return Operation(
            id: id, backend: order.backend, account: account, model: order.model, kind: order.kind.rawValue,
            reference: order.reference ?? "call-\(number)", prompt: order.prompt, fingerprint: order.fingerprint,
            cost: comesToNothing && !order.billsFailures || fault == .moderate && order.answersAtOnce ? 0 : cost.amount,
            fate: isFate ? fault.rawValue : "succeeded", answer: Fault.answers.contains(fault) ? fault.rawValue : "ok",
            handle: order.handle(id), milliseconds: order.milliseconds, width: order.width, height: order.height,
            fps: order.fps, takenAt: clock(), startsAt: startsAt, readyAt: readyAt)
    }

    private func bill(_ operation: Operation) {
        let file = open(ledgerFile.path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard file >= 0, let line = try? JSONEncoder().encode(operation) else { exit(70) }
        let bytes = [UInt8](line) + [10]
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else { exit(70) }
        close(file)
    }

    // MARK: asking

    /// `nil` for what the account does not have, or the service has lost.
    func operation(_ id: String, account: String) -> Operation? {
        state.withLock { state in
            guard let operation = state.operations[id], operation.account == account, !state.lost.contains(id) else {
                return nil
            }
            if state.asked.insert(id).inserted { note(id) }
            return operation
        }
    }

    /// Of an address that needs no key.
    func published(_ id: String) -> Operation? { state.withLock { $0.lost.contains(id) ? nil : $0.operations[id] } }

    func find(_ backend: String, _ reference: String, account: String) -> Operation? {
        let id = state.withLock { $0.references["\(backend) \(reference)"] }
        return id.flatMap { operation($0, account: account) }
    }

    /// What an account was billed for at a service, in order.
    func operations(of backend: String, account: String) -> [Operation] {
        state.withLock { state in
            state.operations.values.filter { $0.backend == backend && $0.account == account }
                .sorted { ($0.id.count, $0.id) < ($1.id.count, $1.id) }
        }
    }

    /// That its caller knows of it: what a person would see on a dashboard.
    private func note(_ id: String) {
        let file = open(folder.appendingPathComponent("asked.txt").path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard file >= 0 else { return }
        let bytes = [UInt8]((id + "\n").utf8)
        _ = write(file, bytes, bytes.count)
        close(file)
    }
}
