internal import CZeroMQ
internal import Foundation
internal import Synchronization

/// The one thread that owns ZeroMQ sockets: a serial executor whose loop is a single `zmq_poll` over its sockets and a
/// doorbell. Only this thread makes, uses and closes the sockets registered with it.
package final class SocketThread: SerialExecutor, Sendable {
    /// Raw sockets are used on this thread alone, which is what makes sending the pointer there sound.
    struct Watched: @unchecked Sendable {
        let socket: UnsafeMutableRawPointer
        let onReadable: @Sendable () -> Void
    }

    private struct State {
        var jobs: [UnownedJob] = []
        var last: (@Sendable () -> Void)?
        var watched: [Watched] = []
        var isStopped = false
        var hasEnded = false
    }

    private let state = Mutex(State())
    private let doorbell: Int32
    private let afterlife = DispatchQueue(label: "closed sockets")
    /// The loop's own thread, known once it runs.
    private let identity = Mutex<pthread_t?>(nil)

    package init(name: String) {
        doorbell = snowflake_eventfd()
        precondition(doorbell >= 0, "no file descriptor is left for a doorbell")
        let thread = Thread { [self] in
            identity.withLock { $0 = pthread_self() }
            loop()
        }
        thread.name = name
        thread.start()
    }

    deinit { close(doorbell) }

    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        let hasEnded = state.withLock { state in
            if !state.hasEnded { state.jobs.append(job) }
            return state.hasEnded
        }
        guard hasEnded else { return ring() }
        // A closed socket's actor may still be asked things: somebody must answer.
        afterlife.async { [self] in job.runSynchronously(on: asUnownedSerialExecutor()) }
    }

    package func asUnownedSerialExecutor() -> UnownedSerialExecutor { UnownedSerialExecutor(ordinary: self) }

    /// Readiness callbacks run on this thread outside of any job: they are isolated all the same.
    package func checkIsolated() {
        let isHere = identity.withLock { $0.map { pthread_equal($0, pthread_self()) != 0 } ?? false }
        precondition(isHere, "a socket was touched from another thread than its own")
    }

    /// Calls `onReadable` on this thread whenever `socket` has something. Called on this thread.
    func watch(_ socket: UnsafeMutableRawPointer, onReadable: @escaping @Sendable () -> Void) {
        let watched = Watched(socket: socket, onReadable: onReadable)
        state.withLock { $0.watched.append(watched) }
    }

    /// Forgets a socket, before it is closed. Called on this thread.
    func unwatch(_ socket: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: socket)
        state.withLock { $0.watched.removeAll { UInt(bitPattern: $0.socket) == address } }
    }

    /// Ends the thread once the jobs at hand have run.
    /// - Parameter last: what it does before it ends.
    package func stop(after last: (@Sendable () -> Void)? = nil) {
        let isFirst = state.withLock { state in
            guard !state.isStopped else { return false }
            state.isStopped = true
            state.last = last
            return true
        }
        if isFirst { ring() }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(doorbell, &one, 8)
    }

    private func loop() {
        while true {
            let (jobs, watched, isStopped) = state.withLock { state in
                defer { state.jobs = [] }
                return (state.jobs, state.watched, state.isStopped)
            }
            for job in jobs { job.runSynchronously(on: asUnownedSerialExecutor()) }
            if isStopped, jobs.isEmpty, let last = end() {
                last()
                return
            }
            if jobs.isEmpty { wait(for: watched) }
        }
    }

    /// From here on nothing is taken; nil when a job has come in between.
    private func end() -> (@Sendable () -> Void)? {
        state.withLock { state in
            guard state.jobs.isEmpty else { return nil }
            state.hasEnded = true
            return state.last.take() ?? {}
        }
    }

    private func wait(for watched: [Watched]) {
        var items = [zmq_pollitem_t(socket: nil, fd: doorbell, events: Int16(ZMQ_POLLIN), revents: 0)]
        for item in watched {
            items.append(zmq_pollitem_t(socket: item.socket, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        guard zmq_poll(&items, Int32(items.count), -1) > 0 else {
            // A socket whose context has ended would make this loop spin.
            if zmq_errno() != EINTR { state.withLock { $0.watched = [] } }
            return
        }
        if items[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(doorbell, &count, 8)
        }
        for (item, entry) in zip(items.dropFirst(), watched) where item.revents != 0 { entry.onReadable() }
    }
}
