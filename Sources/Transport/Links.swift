package import Protocol

/// One message that reached the coordinator, or what was wrong with it.
package struct Arrival: Sendable {
    /// The sender's routing id: random per process start.
    package let peer: InstanceID
    /// Who the sender's key belongs to, looked up when the message came.
    package let holder: Enrolment.Entry?
    package let content: Result<Protocol.Message, WireError>

    package init(peer: InstanceID, holder: Enrolment.Entry?, content: Result<Protocol.Message, WireError>) {
        self.peer = peer
        self.holder = holder
        self.content = content
    }
}

/// One message to a peer.
package struct Departure: Sendable {
    package let peer: InstanceID
    package let message: Protocol.Message

    package init(peer: InstanceID, message: Protocol.Message) {
        self.peer = peer
        self.message = message
    }
}

/// The coordinator's end of all connections. Conformers: ``RouterSocket`` and ``MemoryHub``.
package protocol ServerLink: Sendable {
    /// Sends what can be sent; a peer that is gone is no error, its lease will tell.
    func send(_ departures: [Departure]) async
    /// Closes after at most two seconds of lingering.
    func close() async
}

/// What a peer learns from its connection.
package enum PeerNews: Sendable, Equatable {
    case message(Protocol.Message)
    /// Something came that is no message for us.
    case garbled(WireError)
    /// The key is not (or no longer) enrolled.
    case keyRefused
    case connected
    case disconnected
}

/// A worker's or client's end. Conformers: ``DealerSocket`` and ``MemoryPeer``.
package protocol PeerLink: Sendable {
    /// What comes in, in order; ends when the link is closed.
    var news: AsyncStream<PeerNews> { get }
    func send(_ message: Protocol.Message) async
    func close() async
}

/// Why a link cannot be opened.
package enum TransportError: Error, Equatable, CustomStringConvertible {
    case cannotListen(address: String, reason: String)
    case cannotConnect(address: String, reason: String)

    package var description: String {
        switch self {
        case .cannotListen(let address, let reason):
            "cannot listen on \(address): \(reason); choose another port with --listen or stop the program that has it"
        case .cannotConnect(let address, let reason): "cannot connect to \(address): \(reason)"
        }
    }
}
