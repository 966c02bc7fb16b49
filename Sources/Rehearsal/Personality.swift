internal import Film
internal import Foundation
internal import Protocol

/// One service's wire: which calls it knows, what its answers look like. What is taken, billed and done wrong is the house's.
///
/// Written from the services' pages alone, with nothing of the clients it is called by: what both get wrong would else look right.
protocol Personality: Sendable {
    /// Below which path it is found, and what its bills say.
    var name: String { get }
    /// The key of a call, where it shows one in this service's way.
    func key(of call: Call) -> String?
    func answer(_ call: Call, _ house: House) -> Reply
    func refusal(_ why: Refusal) -> Reply
    /// Addresses of results that need no key: `/files/ID.mp4`.
    func open(_ call: Call, _ house: House) -> Reply?
}

extension Personality {
    func key(of call: Call) -> String? { call.authorization("Bearer") }
    func open(_ call: Call, _ house: House) -> Reply? {
        call.tail("/files/").map { file(String($0.prefix { $0 != "." }), call, house) }
    }

    /// Takes an order and answers as the house decides.
    /// - Parameter taken: the service's answer to what it has taken.
    func take(_ order: Order, _ call: Call, _ house: House, taken: (Operation) -> Reply) -> Reply {
        var order = order
        order.fingerprint = Self.hash(call.body)
        switch house.take(order, account: call.account) {
        case .refused(let why): return refusal(why)
        case .mishap(let mishap): return .mishap(mishap)
        case .taken(let operation, let fault):
            var reply = fault == .brokenAfter ? refusal(.broken) : taken(operation)
            switch fault {
            case .dropAnswer: reply.mishap = .silence
            case .resetAfter: reply.mishap = .reset
            case .hang: reply.mishap = .hang
            case .slow: reply.mishap = .slow
            default: break
            }
            return reply
        }
    }

    /// Of a service that answers when it is done.
    func make(_ order: Order, _ call: Call, _ house: House, made: (Operation) -> Reply) -> Reply {
        var order = order
        order.answersAtOnce = true
        return take(order, call, house) { operation in
            var reply =
                switch operation.fate {
                case "moderate": refusal(.policy)
                case "fail": refusal(.broken)
                default: made(operation)
                }
            reply.afterMilliseconds = max(0, operation.readyAt - operation.takenAt)
            return reply
        }
    }

    private static func hash(_ data: Data) -> UInt64 {
        data.reduce(UInt64(0xCBF2_9CE4_8422_2325)) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// The file of an operation, in parts where a range is asked for. `nil` names it to nobody: it has expired.
    func file(_ id: String, _ call: Call, _ house: House) -> Reply {
        guard let operation = house.published(id), operation.isMade, operation.stage(at: house.now) == .done else {
            return Reply(404, .of(["error": "no such file"]))
        }
        let age = Double(house.now - operation.readyAt) / 1_000
        guard operation.fate != "expire", age < Habits.of(operation.backend).resultSeconds else {
            return Reply(410, .of(["error": "the file has expired"]))
        }
        let (data, type) = house.media.file(of: operation)
        var reply = Reply(200, data, type: type)
        if let wanted = call.headers["range"] {
            guard let range = Self.range(wanted, of: data.count) else {
                return Reply(416, .of(["error": "no such bytes"]))
            }
            reply = Reply(
                206, data.subdata(in: range), type: type,
                [("Content-Range", "bytes \(range.lowerBound)-\(range.upperBound - 1)/\(data.count)")])
        }
        switch house.nextOutput() {
        case .half: reply.mishap = .half
        case .page: return Reply(200, Data("<html><body>Please log in</body></html>".utf8), type: "text/html")
        case .huge: reply.announcedBytes = 5 << 30
        case .noise: return Reply(200, MediaShelf.wave(MediaShelf.tone(20)), type: type)
        default: break
        }
        return reply
    }

    /// `bytes=FROM-` or `bytes=FROM-TO`, within what is there.
    private static func range(_ header: String, of count: Int) -> Range<Int>? {
        let ends = header.dropFirst("bytes=".count).split(separator: "-", omittingEmptySubsequences: false)
        guard ends.count == 2, let from = Int(ends[0]), from < count else { return nil }
        let to = min(Int(ends[1]) ?? count - 1, count - 1)
        return from <= to ? from..<to + 1 : nil
    }

    /// A poll that goes wrong, before anything else is looked at.
    func badPoll(_ house: House) -> Reply? {
        switch house.nextPoll() {
        case .pollBroken: refusal(.broken)
        case .pollReset: .mishap(.reset)
        case .page: Reply(200, Data("<html><body>We will be back soon</body></html>".utf8), type: "text/html")
        default: nil
        }
    }
}

/// Sizes as services say them.
enum Sizes {
    /// Width and height of so many rows in an aspect.
    static func of(rows: Int, aspect: String = "16:9") -> (width: Int, height: Int) {
        let sides = aspect.split(separator: ":").compactMap { Double($0) }
        guard sides.count == 2, sides[0] > 0, sides[1] > 0 else { return (rows * 16 / 9, rows) }
        let even: (Double) -> Int = { Int($0 / 2 + 0.5) * 2 }
        return sides[0] >= sides[1]
            ? (even(Double(rows) * sides[0] / sides[1]), rows) : (rows, even(Double(rows) * sides[1] / sides[0]))
    }

    /// `720p`, `1080P`, `2K`, `4k`.
    static func rows(_ text: String?) -> Int? {
        switch text?.lowercased() {
        case "4k": 2_160
        case "2k": 1_440
        case let text?: Int(text.filter(\.isNumber))
        case nil: nil
        }
    }

    /// Of a PNG or JPEG that came along, for clips that follow their still.
    static func aspect(of picture: Data) -> String {
        let bytes = [UInt8](picture.prefix(24))
        guard bytes.count == 24, bytes[0] == 0x89 else { return "16:9" }
        func number(_ place: Int) -> Int { (0..<4).reduce(0) { $0 << 8 | Int(bytes[place + $1]) } }
        return "\(number(16)):\(number(20))"
    }
}
