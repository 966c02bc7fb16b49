package import Foundation
package import HTTP
package import Protocol

/// What a service is asked for: one clip from one still.
package struct ClipWish: Sendable {
    package var prompt: String
    /// What should not be seen; not every service takes it.
    package var negativePrompt = ""
    package var model: String
    /// A length the model has (`VideoModel.lengths`).
    package var milliseconds: Int
    package var width: Int
    package var height: Int
    package var fps = 24
    package var seed = 0
    /// The first frame. The metered service draws from the prompt alone.
    package var still: Picture?
    /// The name we know the call by, unique for ever.
    package var reference: String

    package init(prompt: String, model: String, milliseconds: Int, width: Int, height: Int, reference: String) {
        self.prompt = prompt
        self.model = model
        self.milliseconds = milliseconds
        self.width = width
        self.height = height
        self.reference = reference
    }

    package var seconds: Int { max(1, (milliseconds + 500) / 1_000) }

    /// The aspect a service names: the one whose proportions are nearest.
    package func aspect(among names: [String]) -> String {
        let wanted = Double(width) / Double(max(1, height))
        func distance(_ name: String) -> Double {
            let sides = name.split(separator: ":").compactMap { Double($0) }
            return sides.count == 2 && sides[1] > 0 ? abs(log(sides[0] / sides[1] / wanted)) : .infinity
        }
        return names.min { distance($0) < distance($1) } ?? ""
    }

    /// Rows of picture, the shorter side: 1080 for 1920×1080 and for 1080×1920.
    package var rows: Int { min(width, height) }
}

package struct Picture: Sendable {
    package let data: Data
    /// `image/png` or `image/jpeg`.
    package let mimeType: String
    /// Where a service may fetch it, for those that take pictures by address only.
    package let address: String?

    package init(data: Data, mimeType: String, address: String? = nil) {
        self.data = data
        self.mimeType = mimeType
        self.address = address
    }

    var base64: String { data.base64EncodedString() }
    var dataURI: String { "data:\(mimeType);base64,\(base64)" }
}

/// What a request for a clip came to.
package enum Submission: Sendable, Equatable {
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

/// What a service says of an operation.
package enum ClipState: Sendable, Equatable {
    case running
    /// Another question has to be asked before there is something to fetch; named for `ClipService.poll`.
    case further(String)
    /// `cost` is what the service says it charged; nil where it does not say.
    case succeeded(ClipOutput, cost: MicroUSD?)
    case moderated(String, cost: MicroUSD?)
    /// The service could not make it. Asked for again it is another purchase.
    case failed(String, cost: MicroUSD?)
    /// The service does not know it (any more).
    case lost
    /// It cannot be asked now; it goes on.
    case busy(String, retryAfter: Span?)
}

/// Where a finished clip is.
package enum ClipOutput: Sendable, Equatable {
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

/// One service's way of making clips: what to send and what its answers mean. No clock, no socket: `ServiceClient` sends.
///
/// Every call is one request. A service that knows calls by a name of ours can be asked what became of one; the others
/// cannot, and then a person has to.
package protocol ClipService: Sendable {
    /// As profiles and gates name it.
    var backend: String { get }
    /// Where it is reached when nothing else is configured.
    var usualBase: String { get }
    /// Between two looks at a running operation.
    var pollEvery: Span { get }
    /// A still is sent as JPEG when it has more bytes.
    var stillLimitBytes: Int { get }
    /// Whether it takes pictures by address alone.
    var needsAddress: Bool { get }
    func submission(_ wish: ClipWish, _ credential: Credential) throws(BadWish) -> Request
    func read(submission response: Response) -> Submission
    /// - Parameter stage: empty, or what `ClipState.further` named.
    func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request
    func read(state response: Response, of operation: String, stage: String) -> ClipState
    /// The question what became of a reference; `nil` where the service knows calls by its own names alone.
    func lookUp(_ reference: String, _ credential: Credential) -> Request?
    /// What the look-up found: a handle, or `nil` when the service surely knows none. Throws when it did not say.
    func read(lookUp response: Response) throws(BadWish) -> String?
    /// Fetches an output from a path of the service's own, with its key.
    func output(_ path: String, _ credential: Credential) -> Request
    /// A free question that shows whether the key is good; `nil` where there is none.
    func greeting(_ credential: Credential) -> Request?
}

extension ClipService {
    package var pollEvery: Span { .seconds(5) }
    package var stillLimitBytes: Int { 7_000_000 }
    package var needsAddress: Bool { false }
    package func lookUp(_ reference: String, _ credential: Credential) -> Request? { nil }
    package func read(lookUp response: Response) throws(BadWish) -> String? {
        throw BadWish("the service cannot be asked by reference")
    }
    package func greeting(_ credential: Credential) -> Request? { nil }

    package func output(_ path: String, _ credential: Credential) -> Request { credential.bearer("GET", path) }

    func picture(_ wish: ClipWish) throws(BadWish) -> Picture {
        guard let still = wish.still else { throw BadWish("\(backend) makes clips from a still, and there is none") }
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

/// The key to one account of a service, and where it is used. Describes itself without it.
package struct Credential: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let backend: String
    /// Empty for the default account.
    package let account: String
    let key: String
    /// Without a slash at its end.
    package let base: String
    /// Named by the user: then it may be plain HTTP, and results may come from the same machine.
    package let isOwnBase: Bool
    /// Further settings by name: `project`, `location`.
    let options: [String: String]
    /// What the user calls it, for messages.
    package let origin: String

    package init(
        backend: String, account: String = "", key: String, base: String, isOwnBase: Bool = false,
        options: [String: String] = [:], origin: String = ""
    ) {
        self.backend = backend
        self.account = account
        self.key = key
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.isOwnBase = isOwnBase
        self.options = options
        self.origin = origin
    }

    package var description: String { account.isEmpty ? "\(backend) •••" : "\(backend)@\(account) •••" }
    package var debugDescription: String { description }

    /// A request to the service's own host.
    func request(_ method: String, _ path: String, _ headers: [(name: String, value: String)]) -> Request {
        var request = Request(method, base + path)
        request.headers = headers + [("Accept", "application/json")]
        request.timeLimit = .seconds(120)
        request.allowsPlainHTTP = isOwnBase
        return request
    }

    func bearer(_ method: String, _ path: String) -> Request {
        self.request(method, path, [("Authorization", "Bearer \(key)")])
    }
}
