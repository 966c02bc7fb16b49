package import Foundation
package import HTTP
internal import Protocol

/// One account of one service, reached over HTTP. One call, one request: what is repeated is decided elsewhere, but for the
/// bytes of what is bought already.
package struct ServiceClient: Sendable {
    package let service: any Service
    package let credential: Credential
    private let http: HTTPClient
    private let keeper: KeyKeeper?

    package init(_ service: any Service, _ credential: Credential, http: HTTPClient) {
        self.service = service
        self.credential = credential
        self.http = http
        keeper = credential.source.map { KeyKeeper($0, own: credential.isOwnBase ? credential.base : nil, http: http) }
    }

    /// The credential with a key that is good now.
    private func keyed() async throws(HTTPError) -> Credential {
        guard let keeper else { return credential }
        var credential = credential
        credential.key = try await keeper.key(at: Int64(Date().timeIntervalSince1970))
        return credential
    }

    package var account: String { credential.account }

    /// Asks for one clip.
    package func submit(_ wish: Wish) async -> Submission {
        let credential: Credential
        do throws(HTTPError) { credential = try await keyed() } catch { return .notSent("\(error)") }
        let request: Request
        let first: [Request]
        do throws(BadWish) {
            first = try service.preparations(wish, credential)
            request = try service.submission(wish, credential)
        } catch {
            return error.isHere ? .denied("\(error)") : .refused("\(error)")
        }
        if let trouble = await prepare(first) { return trouble }
        do throws(HTTPError) {
            let answer = service.read(submission: try await http.send(request))
            guard case .denied(let words) = answer else { return answer }
            return .denied(
                "\(service.backend) does not take this machine's key: \(words); check \(credential.origin) there")
        } catch {
            switch error {
            case .notSent(let reason), .badRequest(let reason): return .notSent(reason)
            case .cancelled(let wasSent): return wasSent ? .unknown("cancelled") : .notSent("cancelled")
            case .unknown, .brokenAnswer, .tooLarge: return .unknown("\(error)")
            }
        }
    }

    /// Nothing was bought when one of these fails. `nil` when all went well.
    private func prepare(_ requests: [Request]) async -> Submission? {
        for request in requests {
            do throws(HTTPError) {
                let response = try await http.send(request)
                guard !(200..<300).contains(response.status) else { continue }
                switch response.status {
                case 401, 403: return .denied(response.complaint)
                case 400, 413, 415, 422: return .refused(response.complaint)
                case 429, 503: return .scarce(response.complaint, retryAfter: response.retryAfter)
                default: return .notSent(response.complaint)
                }
            } catch {
                return .notSent("\(error)")
            }
        }
        return nil
    }

    /// What a look-up came to.
    package enum Finding: Sendable, Equatable {
        case found(String)
        /// The service surely knows no such call.
        case nothing
        /// It cannot be asked by reference: a person has to look.
        case cannotTell
        /// It did not answer.
        case failed(String)
    }

    /// What became of a call that was to ask for `wish`.
    package func find(_ wish: Wish) async -> Finding {
        let credential: Credential
        do throws(HTTPError) { credential = try await keyed() } catch { return .failed("\(error)") }
        guard let request = service.lookUp(wish, credential) else { return .cannotTell }
        let response: Response
        do throws(HTTPError) { response = try await http.send(request) } catch { return .failed("\(error)") }
        do throws(BadWish) {
            return try service.read(lookUp: response, of: wish).map { .found($0) } ?? .nothing
        } catch {
            return error.isHere ? .cannotTell : .failed("\(error)")
        }
    }

    /// How an operation is getting on, through all the questions that takes.
    package func state(of operation: String) async throws(HTTPError) -> OperationState {
        var stage = ""
        let credential = try await keyed()
        for _ in 0..<4 {
            let request: Request
            do throws(BadWish) { request = try service.poll(operation, stage: stage, credential) } catch {
                throw .badRequest("\(error)")
            }
            let state = service.read(state: try await http.send(request), of: operation, stage: stage)
            guard case .further(let next) = state, next != stage else { return state }
            stage = next
        }
        return .running
    }

    /// Fetches an output into a file: from the service's own host with the key where its sheet says so, else from a public
    /// host without it.
    package func fetch(_ output: ServiceOutput, into file: URL, limitBytes: Int64) async throws(HTTPError) {
        switch output {
        case .bytes(let data):
            guard data.count <= limitBytes else { throw .badRequest("the clip has \(data.count) bytes") }
            do { try data.write(to: file) } catch { throw .badRequest("\(file.path) cannot be written: \(error)") }
        case .link(let link, let isKeyed):
            var request = try self.request(for: link, isKeyed: isKeyed, try await keyed())
            request.destination = .end(of: file, limitBytes: limitBytes)
            request.timeLimit = .seconds(600)
            unlink(file.path)
            do throws(HTTPError) { try await fetchOn(request, into: file) } catch {
                // Half an output is none.
                unlink(file.path)
                throw error
            }
        }
    }

    /// What is bought may be read as often as it takes: a transfer that was cut off goes on where it ended, while each
    /// attempt brings something.
    private func fetchOn(_ first: Request, into file: URL) async throws(HTTPError) {
        var request = first
        for attempt in 0... {
            let held = Self.size(of: file)
            if held > 0 { request.range = (held, nil) }
            do throws(HTTPError) {
                let response = try await http.send(request)
                guard [200, 206].contains(response.status) else {
                    throw .brokenAnswer(status: response.status, "no output")
                }
                return
            } catch {
                guard attempt < 4, case .brokenAnswer(let status, _) = error, [200, 206].contains(status),
                    Self.size(of: file) > held
                else { throw error }
            }
            guard (try? await Task.sleep(for: .milliseconds(250 << attempt))) != nil else {
                throw .cancelled(wasSent: true)
            }
        }
    }

    private static func size(of file: URL) -> Int64 {
        var info = stat()
        return stat(file.path, &info) == 0 ? Int64(info.st_size) : 0
    }

    private func request(for link: String, isKeyed: Bool, _ credential: Credential) throws(HTTPError) -> Request {
        if link.hasPrefix("/"), !link.hasPrefix("//") {
            guard isKeyed else { throw .badRequest("the output \(link.prefix(80)) has no host") }
            return service.output(link, credential)
        }
        var request = Request("GET", link)
        // A service of one's own may give its results over the same plain wire, from the same machine.
        let isNear = credential.isOwnBase && link.hasPrefix(credential.base + "/")
        guard link.hasPrefix("https://") || isNear else {
            throw .badRequest("the output \(link.prefix(80)) is not on https")
        }
        request.allowsPlainHTTP = isNear
        request.isPublicOnly = !credential.isOwnBase
        request.redirects = isNear ? 0 : 3
        return request
    }

    /// A free question that shows whether the key is good; `nil` where the service has none.
    package func greet() async -> Result<Void, Complaint>? {
        let credential: Credential
        do throws(HTTPError) { credential = try await keyed() } catch {
            return .failure(Complaint(isReachable: true, words: "\(error)"))
        }
        guard var request = service.greeting(credential) else { return nil }
        request.timeLimit = .seconds(10)
        request.destination = .memory(limitBytes: 8 << 20)
        do throws(HTTPError) {
            let response = try await http.send(request)
            switch response.status {
            case 200..<300: return .success(())
            case 401, 403:
                return .failure(Complaint(isReachable: true, words: "the key is not taken: \(response.complaint)"))
            default: return .failure(Complaint(isReachable: true, words: response.complaint))
            }
        } catch {
            return .failure(Complaint(isReachable: false, words: "\(error)"))
        }
    }

    package struct Complaint: Error {
        package let isReachable: Bool
        package let words: String
    }
}
