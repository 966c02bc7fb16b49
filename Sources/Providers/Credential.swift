internal import Foundation
internal import HTTP
internal import Protocol

/// The key to one account of a service, and where it is used. Describes itself without it.
package struct Credential: Sendable, CustomStringConvertible, CustomDebugStringConvertible {
    package let backend: String
    /// Empty for the default account.
    package let account: String
    var key: String
    /// What the key is made of, where it is made anew again and again.
    let source: KeySource?
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
        options: [String: String] = [:], origin: String = "", source: KeySource? = nil
    ) {
        self.backend = backend
        self.account = account
        self.key = key
        self.base = base.hasSuffix("/") ? String(base.dropLast()) : base
        self.isOwnBase = isOwnBase
        self.options = options
        self.origin = origin
        self.source = source
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
        // Servers of one's own often ask for none.
        self.request(method, path, key.isEmpty ? [] : [("Authorization", "Bearer \(key)")])
    }
}
