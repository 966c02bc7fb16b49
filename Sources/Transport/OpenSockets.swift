internal import CZeroMQ
internal import Synchronization

/// The sockets an actor has open, closed with it even when nobody calls its `close`: a context with open sockets can
/// never end, and would keep its process from ending.
final class OpenSockets: Sendable {
    // Addresses only; the pointers are used on the socket thread alone.
    private let addresses = Mutex<[UInt]>([])

    func add(_ socket: UnsafeMutableRawPointer) {
        let address = UInt(bitPattern: socket)
        addresses.withLock { $0.append(address) }
    }

    /// Closes what is open. Called on the socket thread.
    func closeAll(_ thread: SocketThread) {
        for address in addresses.withLock({ open in
            defer { open = [] }
            return open
        }) {
            guard let socket = UnsafeMutableRawPointer(bitPattern: address) else { continue }
            thread.unwatch(socket)
            zmq_close(socket)
        }
    }
}
