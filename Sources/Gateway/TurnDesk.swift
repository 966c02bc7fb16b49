internal import Synchronization

/// Where transfers wait for their turn.
final class TurnDesk: Sendable {
    private struct State {
        var turns: TransferTurns
        var number: UInt64 = 0
        var waiting: [UInt64: CheckedContinuation<Bool, Never>] = [:]
    }

    private let state: Mutex<State>

    init(_ turns: TransferTurns) { state = Mutex(State(turns: turns)) }

    var running: Int { state.withLock { $0.turns.running } }

    /// A place among those that run.
    struct Place: Sendable {
        fileprivate let desk: TurnDesk
        fileprivate let peer: String

        /// Gives it back; to be called once.
        func end() { desk.end(peer) }
    }

    /// Waits for a place. Throws when it is cancelled while it waits.
    func begin(_ peer: String) async throws -> Place {
        try await wait(peer)
        return Place(desk: self, peer: peer)
    }

    private func end(_ peer: String) {
        let granted = state.withLock { state in
            state.turns.ended(peer).compactMap { state.waiting.removeValue(forKey: $0) }
        }
        for continuation in granted { continuation.resume(returning: true) }
    }

    private func wait(_ peer: String) async throws {
        let number = state.withLock { state in
            state.number += 1
            return state.number
        }
        let hasTurn = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let answer = state.withLock { state -> Bool? in
                    if Task.isCancelled { return false }
                    if state.turns.ask(peer, number) { return true }
                    state.waiting[number] = continuation
                    return nil
                }
                if let answer { continuation.resume(returning: answer) }
            }
        } onCancel: {
            let continuation = state.withLock { state in
                state.turns.forget(peer, number)
                return state.waiting.removeValue(forKey: number)
            }
            continuation?.resume(returning: false)
        }
        guard hasTurn else { throw CancellationError() }
    }
}
