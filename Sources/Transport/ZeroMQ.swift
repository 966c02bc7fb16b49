internal import CZeroMQ
internal import Foundation
internal import Protocol

/// A ZeroMQ context, one per socket thread; ended when the last user is gone.
final class ZeroMQContext: Sendable {
    /// A context may be used from any thread (zmq_ctx_new(3)); only sockets are bound to one.
    nonisolated(unsafe) let pointer: UnsafeMutableRawPointer

    init() {
        guard let context = zmq_ctx_new() else { preconditionFailure("libzmq cannot allocate a context") }
        pointer = context
        zmq_ctx_set(context, ZMQ_MAX_SOCKETS, 1_024)
    }

    deinit { zmq_ctx_term(pointer) }
}

/// What every socket of ours is set to; see docs/wire.md.
struct SocketOptions {
    static let highWaterMark: Int32 = 20_000
    static let lingerMilliseconds: Int32 = 2_000

    static func apply(to socket: UnsafeMutableRawPointer) {
        set(socket, ZMQ_LINGER, lingerMilliseconds)
        set(socket, ZMQ_SNDHWM, highWaterMark)
        set(socket, ZMQ_RCVHWM, highWaterMark)
        set(socket, ZMQ_HANDSHAKE_IVL, 10_000)
        set(socket, ZMQ_RECONNECT_IVL, 100)
        set(socket, ZMQ_RECONNECT_IVL_MAX, 2_000)
        var limit = Int64(WireLimits.standard.bodyBytes + 1_024)
        zmq_setsockopt(socket, ZMQ_MAXMSGSIZE, &limit, 8)
    }

    static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ value: Int32) {
        var value = value
        zmq_setsockopt(socket, option, &value, 4)
    }

    static func set(_ socket: UnsafeMutableRawPointer, _ option: Int32, _ text: String) {
        zmq_setsockopt(socket, option, text, text.utf8.count)
    }

    static var lastError: String { String(cString: zmq_strerror(zmq_errno())) }
}

/// Sends frames without waiting; tells whether all went.
func sendFrames(_ frames: [Data], on socket: UnsafeMutableRawPointer) -> Bool {
    for (index, frame) in frames.enumerated() {
        let flags = ZMQ_DONTWAIT | (index < frames.count - 1 ? ZMQ_SNDMORE : 0)
        let sent = frame.withUnsafeBytes { zmq_send(socket, $0.baseAddress, $0.count, flags) }
        if sent < 0 { return false }
    }
    return true
}

/// One multipart message, or nil when none waits.
/// - Parameter framesLimit: further frames are read and thrown away, and counted.
func receiveFrames(
    on socket: UnsafeMutableRawPointer, framesLimit: Int = 8
) -> (frames: [Data], count: Int, userID: String?)? {
    var frames: [Data] = []
    var count = 0
    var userID: String?
    while true {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        guard zmq_msg_recv(&message, socket, ZMQ_DONTWAIT) >= 0 else { return nil }
        count += 1
        if count <= framesLimit {
            let size = zmq_msg_size(&message)
            frames.append(zmq_msg_data(&message).map { Data(bytes: $0, count: size) } ?? Data())
        }
        if let text = zmq_msg_gets(&message, "User-Id") { userID = String(cString: text) }
        if zmq_msg_more(&message) == 0 { return (frames, count, userID) }
    }
}
