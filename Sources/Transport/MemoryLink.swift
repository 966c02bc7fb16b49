package import Protocol
internal import Synchronization

/// The in-memory twin of ``RouterSocket``: the same bytes go through the same codec, without sockets.
package final class MemoryHub: ServerLink {
    private let peers = Mutex<[InstanceID: AsyncStream<PeerNews>.Continuation]>([:])
    private let deliver: @Sendable ([Arrival]) -> Bool

    package init(deliver: @escaping @Sendable ([Arrival]) -> Bool) { self.deliver = deliver }

    /// A new connection by a holder of `entry`.
    package func connect(as instance: InstanceID, _ entry: Enrolment.Entry?) -> MemoryPeer {
        let (stream, continuation) = AsyncStream<PeerNews>.makeStream()
        peers.withLock { $0[instance] = continuation }
        return MemoryPeer(news: stream, instance: instance, holder: entry, hub: self)
    }

    package func send(_ departures: [Departure]) async {
        for departure in departures {
            let peer = peers.withLock { $0[departure.peer] }
            switch Result(catching: { () throws(WireError) in
                try Message.read(frames: departure.message.frames(sequence: 1)).1
            }) {
            case .success(let message): peer?.yield(.message(message))
            case .failure(let error): peer?.yield(.garbled(error))
            }
        }
    }

    package func close() async { peers.withLock { $0.values.forEach { $0.finish() } } }

    fileprivate func receive(_ message: Protocol.Message, from peer: MemoryPeer) {
        let content = Result { () throws(WireError) in try Message.read(frames: message.frames(sequence: 1)).1 }
        _ = deliver([Arrival(peer: peer.instance, holder: peer.holder, content: content)])
    }

    fileprivate func disconnect(_ instance: InstanceID) {
        peers.withLock { $0.removeValue(forKey: instance) }?.finish()
    }
}

/// The in-memory twin of ``DealerSocket``.
package struct MemoryPeer: PeerLink {
    package let news: AsyncStream<PeerNews>
    package let instance: InstanceID
    let holder: Enrolment.Entry?
    let hub: MemoryHub

    package func send(_ message: Protocol.Message) async { hub.receive(message, from: self) }

    package func close() async { hub.disconnect(instance) }
}
