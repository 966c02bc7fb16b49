internal import Foundation
internal import Synchronization

/// A serial executor over one thread of its own, for work that may block: the cooperative pool is as wide as the
/// cores, and blocking it stalls everything.
package final class SerialThread: SerialExecutor, Sendable {
    private let jobs = Mutex<[UnownedJob]>([])
    private let signal = DispatchSemaphore(value: 0)

    /// The thread lives as long as the process: an actor on it must always be able to answer.
    package init(name: String) {
        let thread = Thread { [self] in
            while true {
                signal.wait()
                let ready = jobs.withLock { jobs in
                    defer { jobs = [] }
                    return jobs
                }
                for job in ready { job.runSynchronously(on: asUnownedSerialExecutor()) }
            }
        }
        thread.name = name
        thread.stackSize = 8 << 20
        thread.start()
    }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
        signal.signal()
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }
}

/// Runs blocking work (hashing, drawing, database) on a thread outside the cooperative pool.
package func offPool<Value: Sendable, Failure: Error>(
    _ work: @escaping @Sendable () throws(Failure) -> Value
) async throws(Failure) -> Value {
    let result: Result<Value, Failure> = await withCheckedContinuation { continuation in
        DispatchQueue.global(qos: .userInitiated).async {
            continuation.resume(returning: Result { () throws(Failure) -> Value in try work() })
        }
    }
    return try result.get()
}
