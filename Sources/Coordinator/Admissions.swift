package import Protocol

/// Who may come in with which token, PURE.
///
/// | token | machine | answer |
/// |---|---|---|
/// | good | new | joins, and is counted |
/// | expired, or used as often as allowed | joined with it before | comes back |
/// | expired, or used as often as allowed | new | refused, with the reason |
/// | expired | an operator or a viewer | refused |
package struct Admissions: Sendable {
    package struct Terms: Sendable, Equatable {
        package var expiresAt: Instant?
        package var uses: Int?

        package init(expiresAt: Instant? = nil, uses: Int? = nil) {
            self.expiresAt = expiresAt
            self.uses = uses
        }
    }

    private var terms: [TokenID: Terms] = [:]
    package private(set) var members: [TokenID: Set<WorkerID>] = [:]

    package init(terms: [TokenID: Terms] = [:], members: [TokenID: Set<WorkerID>] = [:]) {
        self.terms = terms
        self.members = members
    }

    package mutating func add(_ token: TokenID, _ terms: Terms) { self.terms[token] = terms }

    /// Lets a machine in.
    /// - Returns: whether it is new, or why it may not come in.
    package mutating func join(_ worker: WorkerID, with token: TokenID, at now: Instant) -> Result<Bool, Refusal> {
        let known = members[token] ?? []
        guard !known.contains(worker) else { return .success(false) }
        let terms = terms[token] ?? Terms()
        if let end = terms.expiresAt, end <= now {
            return .failure(Refusal("this token expired \(now - end) ago; ask for a new one"))
        }
        if let uses = terms.uses, known.count >= uses {
            return .failure(
                Refusal(
                    "this token has let in \(uses == 1 ? "its one machine" : "its \(uses) machines"); ask for a new one"
                ))
        }
        members[token, default: []].insert(worker)
        return .success(true)
    }

    /// Why a person may not ask any more; `nil` when they may.
    package func refusal(ofPersonWith token: TokenID, at now: Instant) -> String? {
        guard let end = terms[token]?.expiresAt, end <= now else { return nil }
        return "this token expired \(now - end) ago; ask for a new one"
    }

    package struct Refusal: Error, Equatable {
        package let reason: String

        init(_ reason: String) { self.reason = reason }
    }
}
