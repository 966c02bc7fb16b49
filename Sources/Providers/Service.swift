package import Foundation
package import HTTP
package import Protocol

/// What a request came to.
package enum Submission: Sendable, Equatable {
    /// It is there already: the answer held it.
    case finished(Finished)
    /// The service has taken it, and calls it so: all that is needed to ask for it from any machine with the key.
    case accepted(String)
    /// Its policy refuses the words or the picture.
    case moderated(String)
    /// It will never take this request: a field of it is wrong, or the model is gone.
    case refused(String)
    /// It does not take this machine's key: nothing was bought, and other machines may have a better one.
    case denied(String)
    /// Not now: too many at once, too many a minute, or no money left.
    case scarce(String, retryAfter: Span?)
    /// Surely not bought.
    case notSent(String)
    /// Nobody knows.
    case unknown(String)
}

/// What an answer held.
package struct Finished: Sendable, Equatable {
    package var output: ServiceOutput
    /// What the service says it charged; nil where it does not say.
    package var cost: MicroUSD?
    /// Of a line, where the service tells them.
    package var words: [SpokenWord] = []

    package init(_ output: ServiceOutput, cost: MicroUSD? = nil, words: [SpokenWord] = []) {
        self.output = output
        self.cost = cost
        self.words = words
    }
}

/// What a service says of an operation.
package enum OperationState: Sendable, Equatable {
    case running
    /// Another question has to be asked before there is something to fetch; named for `Service.poll`.
    case further(String)
    /// `cost` is what the service says it charged; nil where it does not say.
    case succeeded(ServiceOutput, cost: MicroUSD?)
    case moderated(String, cost: MicroUSD?)
    /// The service could not make it. Asked for again it is another purchase.
    case failed(String, cost: MicroUSD?)
    /// The service does not know it (any more).
    case lost
    /// It cannot be asked now; it goes on.
    case busy(String, retryAfter: Span?)
}

/// Where what was made is.
package enum ServiceOutput: Sendable, Equatable {
    /// An address; `isKeyed` where the sheet of the service says that its key goes with the request.
    case link(String, isKeyed: Bool)
    /// In the answer itself.
    case bytes(Data)
}

/// A request that cannot be made of a wish or a handle: what is wrong with it.
package struct BadWish: Error, Equatable, CustomStringConvertible {
    package let description: String
    /// This machine lacks something; another may have it.
    package let isHere: Bool

    init(_ description: String, isHere: Bool = false) {
        self.description = description
        self.isHere = isHere
    }
}

/// One service's way of making things: what to send and what its answers mean. No clock, no socket: `ServiceClient` sends.
///
/// Every call is one request. A service that knows calls by a name of ours can be asked what became of one; the others
/// cannot, and then a person has to.
package protocol Service: Sendable {
    /// As profiles and gates name it.
    var backend: String { get }
    var kinds: [TaskKind] { get }
    /// Runs on a machine of the user's own and takes no money: what became of a call is asked where that is possible, else it
    /// is made again.
    var isEngine: Bool { get }
    /// Where it is reached when nothing else is configured.
    var usualBase: String { get }
    /// Between two looks at a running operation.
    var pollEvery: Span { get }
    /// An operation that takes longer has been forgotten there.
    var longest: Span { get }
    /// A still is sent as JPEG when it has more bytes.
    var stillLimitBytes: Int { get }
    /// Masks are transparent where a picture is drawn anew; else white is.
    var isMaskTransparent: Bool { get }
    /// Whether it takes pictures by address alone.
    var needsAddress: Bool { get }
    /// What has to be there before the submission: uploads that cost nothing and may be repeated.
    func preparations(_ wish: Wish, _ credential: Credential) throws(BadWish) -> [Request]
    func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request
    func read(submission response: Response) -> Submission
    /// - Parameter stage: empty, or what `OperationState.further` named.
    func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request
    func read(state response: Response, of operation: String, stage: String) -> OperationState
    /// The question what became of a call; `nil` where the service knows calls by its own names alone.
    func lookUp(_ wish: Wish, _ credential: Credential) -> Request?
    /// What the look-up found: a handle, or `nil` when the service surely knows none. Throws when it did not say; `isHere`
    /// when it never will.
    func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String?
    /// Fetches an output from a path of the service's own, with its key.
    func output(_ path: String, _ credential: Credential) -> Request
    /// A free question that shows whether the key is good; `nil` where there is none.
    func greeting(_ credential: Credential) -> Request?
}

extension Service {
    package var kinds: [TaskKind] { [.animate] }
    package var isEngine: Bool { false }
    package func preparations(_ wish: Wish, _ credential: Credential) throws(BadWish) -> [Request] { [] }
    /// For those that answer at once: there is nothing to ask for later.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        throw BadWish("\(backend) answers at once: it cannot be asked for \(operation.prefix(60))")
    }
    package func read(state response: Response, of operation: String, stage: String) -> OperationState { .lost }
    package var pollEvery: Span { .seconds(5) }
    /// Their pages speak of minutes; machines of one's own have queues.
    package var longest: Span { isEngine ? .seconds(21_600) : .seconds(7_200) }
    package var stillLimitBytes: Int { 7_000_000 }
    package var needsAddress: Bool { false }
    package var isMaskTransparent: Bool { false }
    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? { nil }
    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        throw BadWish("the service cannot be asked by reference")
    }
    package func greeting(_ credential: Credential) -> Request? { nil }

    package func output(_ path: String, _ credential: Credential) -> Request { credential.bearer("GET", path) }

    func picture(_ wish: Wish) throws(BadWish) -> Picture {
        guard let still = wish.still else { throw BadWish("\(backend) works from a picture, and there is none") }
        return still
    }

    /// A handle as part of a path: what is no name of the service's own is not asked for.
    func part(_ operation: String) throws(BadWish) -> String {
        guard operation.wholeMatch(of: /[A-Za-z0-9_.-]{1,200}/) != nil, operation != ".", operation != ".." else {
            throw BadWish("\"\(operation.prefix(60))\" is no handle of \(backend)'s")
        }
        return operation
    }
}
