internal import Film
internal import Foundation
internal import HTTP
internal import Protocol

// Requests are written, and answers read, as JSON that keeps its order: what leaves can be held against a golden file.

extension JSON {
    /// What a request's body holds.
    var body: Request.Body { .data(Data(text.utf8)) }
}

extension Response {
    /// `nil` for what is no JSON: HTML with a 200, half an answer.
    var json: JSON? { try? JSON(text: body) }

    /// Words for people out of whatever shape an error has.
    var complaint: String {
        guard let json else {
            let words = String(decoding: body.prefix(300), as: UTF8.self).filter { !$0.isNewline }
            return words.isEmpty ? "status \(status)" : "status \(status): \(words.prefix(200))"
        }
        let candidates = [
            json["error"]?["message"], json["error"], json["message"], json["detail"], json["detail"]?[0]?["msg"],
            json["errors"]?[0], json["failure"], json["base_resp"]?["status_msg"], json["title"],
        ]
        let words = candidates.lazy.compactMap { $0?.word }.first ?? ""
        return words.isEmpty ? "status \(status)" : "\(words.prefix(300)) (\(status))"
    }
}

extension MicroUSD {
    /// Dollars as a service writes them; never less than it says.
    init(dollars: Double) { self.init(Int64((max(0, min(dollars, 1e6)) * 1e6).rounded(.up))) }
}

/// What statuses mean at most services; each says for itself where it differs.
enum StatusClass {
    /// A submission that was not taken.
    /// - Parameter surelyRefused: 5xx statuses after which the sheet says that nothing was bought.
    static func submission(_ response: Response, surelyRefused: Set<Int> = []) -> Submission {
        let words = response.complaint
        switch response.status {
        case 401, 403: return .denied(words)
        case 402: return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600))
        case 429: return .scarce(words, retryAfter: response.retryAfter)
        case 408, 409: return .unknown(words)
        case 400..<500: return .refused(words)
        case 200..<300: return .unknown("it accepted without a name: \(words)")
        case let status where surelyRefused.contains(status): return .scarce(words, retryAfter: response.retryAfter)
        default: return .unknown(words)
        }
    }

    /// A poll that was not answered as it should.
    static func poll(_ response: Response) -> OperationState {
        switch response.status {
        case 404, 410: .lost
        default: .busy(response.complaint, retryAfter: response.retryAfter)
        }
    }
}
