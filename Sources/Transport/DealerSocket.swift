internal import CZeroMQ
internal import Foundation
package import Protocol

/// A worker's or client's socket: DEALER with CURVE, and a monitor that tells when the key was refused.
package actor DealerSocket: PeerLink {
    private let thread: SocketThread
    private let context = ZeroMQContext()
    private let open = OpenSockets()
    private var socket: UnsafeMutableRawPointer?
    private var monitor: UnsafeMutableRawPointer?
    private var sequence: UInt64 = 0
    nonisolated package let news: AsyncStream<PeerNews>
    private let continuation: AsyncStream<PeerNews>.Continuation

    nonisolated package var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// What may wait to be read. A coordinator never sends a worker more than its slots and acknowledgements.
    private static let newsLimit = 100_000

    /// How often the connection itself is tried. What is not answered for three of these is made anew, and the
    /// coordinator ends its side after six.
    private static let beatMilliseconds: Int32 = 5_000

    package init() {
        thread = SocketThread(name: "dealer")
        (news, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.newsLimit))
    }

    /// Connects; reconnecting is libzmq's business from then on.
    /// - Parameter instance: the routing id, new at each start.
    package func connect(with token: JoinToken, as instance: InstanceID) throws(TransportError) {
        guard let keys = KeyPair.from(secretKey: token.clientSecret),
            let socket = zmq_socket(context.pointer, ZMQ_DEALER)
        else { throw .cannotConnect(address: token.address, reason: "the token's key is malformed") }
        open.add(socket)
        SocketOptions.apply(to: socket)
        SocketOptions.set(socket, ZMQ_HEARTBEAT_IVL, Self.beatMilliseconds)
        SocketOptions.set(socket, ZMQ_HEARTBEAT_TIMEOUT, 3 * Self.beatMilliseconds)
        SocketOptions.set(socket, ZMQ_HEARTBEAT_TTL, 6 * Self.beatMilliseconds)
        SocketOptions.set(socket, ZMQ_ROUTING_ID, instance.rawValue)
        SocketOptions.set(socket, ZMQ_CURVE_SERVERKEY, token.serverKey)
        SocketOptions.set(socket, ZMQ_CURVE_PUBLICKEY, keys.publicKey)
        SocketOptions.set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey)
        startMonitor(of: socket)
        guard zmq_connect(socket, token.address) == 0 else {
            let reason = SocketOptions.lastError
            closeSockets()
            throw .cannotConnect(address: token.address, reason: reason)
        }
        self.socket = socket
        thread.watch(socket) { [weak self] in self?.assumeIsolated { $0.drain() } }
    }

    package func send(_ message: Protocol.Message) {
        guard let socket else { return }
        sequence += 1
        // A full pipe or a coordinator that is away: beats repeat what matters.
        _ = sendFrames(message.frames(sequence: sequence), on: socket)
    }

    deinit {
        // The context outlives its sockets.
        thread.stop { [thread, context, open] in
            open.closeAll(thread)
            withExtendedLifetime(context) {}
        }
    }

    package func close() {
        closeSockets()
        continuation.finish()
        thread.stop()
    }

    /// Sockets must be gone before their context can be.
    private func closeSockets() {
        open.closeAll(thread)
        (socket, monitor) = (nil, nil)
    }

    private func drain() {
        guard let socket else { return }
        while let (frames, count, _) = receiveFrames(on: socket) {
            do throws(WireError) {
                guard count == 2 else { throw .frameCount(count) }
                continuation.yield(.message(try Message.read(frames: frames).1))
            } catch {
                continuation.yield(.garbled(error))
            }
        }
    }

    private func startMonitor(of socket: UnsafeMutableRawPointer) {
        let events =
            ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_SUCCEEDED | ZMQ_EVENT_DISCONNECTED
        zmq_socket_monitor(socket, "inproc://dealer-monitor", events)
        guard let monitor = zmq_socket(context.pointer, ZMQ_PAIR) else { return }
        SocketOptions.set(monitor, ZMQ_LINGER, 0)
        zmq_connect(monitor, "inproc://dealer-monitor")
        open.add(monitor)
        self.monitor = monitor
        thread.watch(monitor) { [weak self] in self?.assumeIsolated { $0.readMonitor() } }
    }

    private func readMonitor() {
        while let monitor, let (frames, _, _) = receiveFrames(on: monitor) {
            guard let first = frames.first, first.count >= 2 else { continue }
            // First frame of a monitor event: 16-bit event, 32-bit value, host byte order (zmq_socket_monitor(3)).
            switch Int32(first[first.startIndex]) | Int32(first[first.startIndex + 1]) << 8 {
            case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: continuation.yield(.keyRefused)
            case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: continuation.yield(.connected)
            case ZMQ_EVENT_DISCONNECTED: continuation.yield(.disconnected)
            default: break
            }
        }
    }
}
