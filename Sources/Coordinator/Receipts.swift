internal import Logging
internal import Objects
internal import Protocol
internal import Scheduling

// What is left in the store under a task's key, so that a lost database is rebuilt without buying anything.

extension TaskRecord {
    /// What is left under a task's key: its result, and for what was bought the provider's name for it.
    var receipt: Fields? {
        guard let result = phase.result else { return nil }
        var fields = result.receipt
        if let bought {
            fields["intent"] = .init(bought.intent)
            fields["operation"] = .text(bought.operation)
        }
        return fields
    }
}

extension Bought {
    init?(receipt: Fields) {
        guard case .text(let operation)? = receipt["operation"], case .integer(let intent)? = receipt["intent"] else {
            return nil
        }
        self.init(intent: Int(clamping: intent), operation: operation)
    }
}

/// Leaves receipts in the store, one after the other, off the coordinator's thread.
final class ReceiptKeeper: Sendable {
    private enum Order: Sendable {
        case keep(Fields, TaskKey)
        case restore([TaskKey: Fields])
    }

    private let inlet: AsyncStream<Order>.Continuation
    /// Ends with the stream.
    private let task: Task<Void, Never>

    /// How many are left at once where the store is elsewhere.
    private static let atOnce = 8
    /// How long an end waits for them; a restart leaves what is missing.
    private static let patience = Duration.seconds(10)

    init(_ objects: Depot) {
        let (orders, inlet) = AsyncStream<Order>.makeStream()
        self.inlet = inlet
        task = Task.detached {
            await withTaskGroup(of: Void.self) { group in
                var running = 0
                for await order in orders {
                    if running >= (objects.remote == nil ? 1 : Self.atOnce) {
                        await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await Self.carryOut(order, objects) }
                }
            }
        }
    }

    func keep(_ receipt: Fields, for key: TaskKey) { inlet.yield(.keep(receipt, key)) }

    /// Leaves those that the store does not have.
    func restore(_ receipts: [TaskKey: Fields]) { inlet.yield(.restore(receipts)) }

    func finish() async {
        inlet.finish()
        let timer = Task { [task] in
            guard (try? await Task.sleep(for: Self.patience)) != nil else { return }
            task.cancel()
        }
        await task.value
        timer.cancel()
    }

    private static func carryOut(_ order: Order, _ objects: Depot) async {
        do throws(ObjectError) {
            switch order {
            case .keep(let receipt, let key): try await objects.keep(receipt, for: key)
            case .restore(let receipts):
                let held = try await objects.remote?.receiptKeys() ?? []
                for (key, receipt) in receipts where !held.contains(key) { try await objects.keep(receipt, for: key) }
            }
        } catch {
            Logger(label: "coordinator").error(
                "a receipt could not be written", metadata: ["reason": .string("\(error)")])
        }
    }
}
