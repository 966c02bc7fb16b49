internal import CZeroMQ
internal import Foundation
internal import Protocol
internal import Synchronization

/// The coordinator's socket: ROUTER with CURVE, its ZAP handler and its monitor, all on one ``SocketThread``.
package actor RouterSocket: ServerLink {
    /// Things peers did that were refused; shown by `status` and metrics.
    package struct Counters: Sendable, Equatable {
        package var refusedKeys = 0
        package var failedHandshakes = 0
        package var undeliverable = 0
        package var malformed = 0
        package var overflow = 0
    }

    private let thread: SocketThread
    private let context = ZeroMQContext()
    private let open = OpenSockets()
    private let enrolment: Enrolment
    private let deliver: @Sendable ([Arrival]) -> Bool
    private var socket: UnsafeMutableRawPointer?
    private var zap: UnsafeMutableRawPointer?
    private var monitor: UnsafeMutableRawPointer?
    private var sequence: UInt64 = 0
    /// What peers did that was refused.
    package private(set) var counters = Counters()

    nonisolated package var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    /// How many messages are handed on in one go.
    private static let batchLimit = 512

    /// - Parameter deliver: gets batches on the socket's thread; answers false when it has no room for them.
    package init(enrolment: Enrolment, deliver: @escaping @Sendable ([Arrival]) -> Bool) {
        thread = SocketThread(name: "router")
        self.enrolment = enrolment
        self.deliver = deliver
    }

    /// Listens. `tcp://*:0` takes any free port.
    /// - Returns: the address with the real port.
    package func listen(on address: String, keys: KeyPair) throws(TransportError) -> String {
        startZap()
        guard let socket = zmq_socket(context.pointer, ZMQ_ROUTER) else {
            throw .cannotListen(address: address, reason: SocketOptions.lastError)
        }
        open.add(socket)
        SocketOptions.apply(to: socket)
        SocketOptions.set(socket, ZMQ_ROUTER_MANDATORY, 1)
        // Who was cut off connects again before the old connection is known to be dead. Without this the second one is
        // ignored for as long as it lives: its heartbeats are answered, its words are not heard.
        SocketOptions.set(socket, ZMQ_ROUTER_HANDOVER, 1)
        // Never with heartbeats of its own (ZMQ_HEARTBEAT_IVL): libzmq aborts the process when one is due on a connection
        // that has lost its place and then its peer (its issue 4364). Peers beat, and say after how long a silent
        // connection of theirs is to be ended; the kernel ends what never beat. A connection that lost its place and then
        // spoke keeps its descriptor until this socket closes: one for each such cut.
        SocketOptions.set(socket, ZMQ_TCP_KEEPALIVE, 1)
        SocketOptions.set(socket, ZMQ_TCP_KEEPALIVE_IDLE, 60)
        SocketOptions.set(socket, ZMQ_TCP_KEEPALIVE_INTVL, 10)
        SocketOptions.set(socket, ZMQ_TCP_KEEPALIVE_CNT, 3)
        SocketOptions.set(socket, ZMQ_CURVE_SERVER, 1)
        SocketOptions.set(socket, ZMQ_CURVE_SECRETKEY, keys.secretKey)
        SocketOptions.set(socket, ZMQ_ZAP_DOMAIN, "snowflake")
        SocketOptions.set(socket, ZMQ_BACKLOG, 1_024)
        startMonitor(of: socket)
        guard zmq_bind(socket, address) == 0 else {
            let reason = SocketOptions.lastError
            closeSockets()
            throw .cannotListen(address: address, reason: reason)
        }
        self.socket = socket
        thread.watch(socket) { [weak self] in self?.assumeIsolated { $0.drain() } }
        var endpoint = [CChar](repeating: 0, count: 256)
        var size = endpoint.count
        zmq_getsockopt(socket, ZMQ_LAST_ENDPOINT, &endpoint, &size)
        return String(decoding: endpoint.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// How often this side tries its connections; 0: never, which it has to be.
    package var heartbeatMilliseconds: Int32 {
        var value: Int32 = -1
        var size = MemoryLayout<Int32>.size
        if let socket { zmq_getsockopt(socket, ZMQ_HEARTBEAT_IVL, &value, &size) }
        return value
    }

    package func send(_ departures: [Departure]) {
        guard let socket else { return }
        for departure in departures {
            sequence += 1
            let frames = [Data(departure.peer.rawValue.utf8)] + departure.message.frames(sequence: sequence)
            if !sendFrames(frames, on: socket) { counters.undeliverable += 1 }
        }
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
        thread.stop()
    }

    /// Sockets must be gone before their context can be.
    private func closeSockets() {
        open.closeAll(thread)
        (socket, monitor, zap) = (nil, nil, nil)
    }

    // MARK: receiving

    private func drain() {
        guard let socket else { return }
        var batch: [Arrival] = []
        var refusals: [Departure] = []
        while batch.count < Self.batchLimit, let (frames, count, userID) = receiveFrames(on: socket) {
            guard let first = frames.first, let name = String(data: first, encoding: .utf8),
                let peer = InstanceID(validating: name)
            else {
                counters.malformed += 1
                continue
            }
            let holder = userID.flatMap(enrolment.entry(forKey:))
            let content = Result { () throws(WireError) in
                guard count == 3 else { throw .frameCount(count - 1) }
                return try Message.read(frames: Array(frames.dropFirst())).1
            }
            if case .failure(let error) = content {
                counters.malformed += 1
                refusals.append(Departure(peer: peer, message: .refusal(reason: "\(error)", isFinal: true)))
                continue
            }
            batch.append(Arrival(peer: peer, holder: holder, content: content))
        }
        if !batch.isEmpty, !deliver(batch) {
            counters.overflow += batch.count
            for peer in Set(batch.map(\.peer)) {
                refusals.append(
                    Departure(
                        peer: peer,
                        message: .refusal(reason: "the coordinator is overloaded; send again", isFinal: false)))
            }
        }
        if !refusals.isEmpty { send(refusals) }
    }

    // MARK: ZAP (RFC 27): who may connect

    private func startZap() {
        guard let zap = zmq_socket(context.pointer, ZMQ_REP), zmq_bind(zap, "inproc://zeromq.zap.01") == 0 else {
            preconditionFailure("the ZAP handler cannot be bound: \(SocketOptions.lastError)")
        }
        SocketOptions.set(zap, ZMQ_LINGER, 0)
        open.add(zap)
        self.zap = zap
        thread.watch(zap) { [weak self] in self?.assumeIsolated { $0.answerZap() } }
    }

    private func answerZap() {
        guard let zap else { return }
        while let (frames, _, _) = receiveFrames(on: zap) {
            var key: String?
            if frames.count >= 7, frames[5] == Data("CURVE".utf8), frames[6].count == 32 {
                var text = [CChar](repeating: 0, count: 41)
                let bytes = [UInt8](frames[6])
                if zmq_z85_encode(&text, bytes, 32) != nil {
                    key = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                }
            }
            let isKnown = key.flatMap(enrolment.entry(forKey:)) != nil
            if !isKnown { counters.refusedKeys += 1 }
            let reply = [
                "1.0", frames.count > 1 ? String(decoding: frames[1], as: UTF8.self) : "", isKnown ? "200" : "400",
                isKnown ? "OK" : "this key is not enrolled", isKnown ? key ?? "" : "", "",
            ]
            _ = sendFrames(reply.map { Data($0.utf8) }, on: zap)
        }
    }

    // MARK: monitor: handshakes that failed

    private func startMonitor(of socket: UnsafeMutableRawPointer) {
        let events = ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL
        zmq_socket_monitor(socket, "inproc://router-monitor", events)
        guard let monitor = zmq_socket(context.pointer, ZMQ_PAIR) else { return }
        SocketOptions.set(monitor, ZMQ_LINGER, 0)
        zmq_connect(monitor, "inproc://router-monitor")
        open.add(monitor)
        self.monitor = monitor
        thread.watch(monitor) { [weak self] in
            self?.assumeIsolated { router in
                while let monitor = router.monitor, receiveFrames(on: monitor) != nil {
                    router.counters.failedHandshakes += 1
                }
            }
        }
    }
}
