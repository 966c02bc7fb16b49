internal import Foundation
package import Planning
internal import Protocol

/// How a set of simulated services behaves: `settings.json` in their folder. What is not said is as the services' own pages say.
package struct Settings: Codable, Sendable {
    /// Every draw follows from it.
    package var seed: UInt64 = 1
    /// How much faster than real services they are.
    package var speed = 1.0
    /// What happens to the first, second… submission, poll and fetch, by `Fault`; then `rest`.
    package var submit: [String] = []
    package var poll: [String] = []
    package var output: [String] = []
    package var rest = "ok"
    /// Seconds an operation takes, where not what the service usually takes.
    package var seconds: Double?
    /// Shares of calls that go wrong, by `Fault`; drawn for what no list says.
    package var rates: [String: Double] = [:]
    /// Tasks at once by service, where not the usual number.
    package var concurrency: [String: Int] = [:]
    /// Prices other than those of this release.
    package var prices: [OwnPrice] = []
    /// Pictures and clips have so many times fewer rows than asked for.
    package var shrink = 1
    /// Seconds of the services' time after which keys are not taken any more.
    package var keyEnds: Double?

    package struct OwnPrice: Codable, Sendable {
        let backend: String
        let model: String
        let kind: String
        let unit: String
        let micro: Int64
        let rows: Int
        let seconds: Int

        package init(_ price: Price) {
            backend = price.backend
            model = price.model
            kind = price.kind.rawValue
            unit = price.unit.rawValue
            micro = price.amount.amount
            rows = price.rows
            seconds = price.seconds
        }

        var price: Price? {
            guard let kind = TaskKind(rawValue: kind), let unit = Price.Unit(rawValue: unit) else { return nil }
            return Price(
                backend: backend, model: model, kind: kind, unit: unit, amount: MicroUSD(micro), rows: rows,
                seconds: seconds, source: "the user's", date: "")
        }
    }

    package init() {}

    package init(from decoder: any Decoder) throws {
        let box = try decoder.container(keyedBy: CodingKeys.self)
        seed = try box.decodeIfPresent(UInt64.self, forKey: .seed) ?? seed
        speed = try box.decodeIfPresent(Double.self, forKey: .speed) ?? speed
        submit = try box.decodeIfPresent([String].self, forKey: .submit) ?? submit
        poll = try box.decodeIfPresent([String].self, forKey: .poll) ?? poll
        output = try box.decodeIfPresent([String].self, forKey: .output) ?? output
        rest = try box.decodeIfPresent(String.self, forKey: .rest) ?? rest
        seconds = try box.decodeIfPresent(Double.self, forKey: .seconds)
        rates = try box.decodeIfPresent([String: Double].self, forKey: .rates) ?? rates
        concurrency = try box.decodeIfPresent([String: Int].self, forKey: .concurrency) ?? concurrency
        prices = try box.decodeIfPresent([OwnPrice].self, forKey: .prices) ?? prices
        shrink = try box.decodeIfPresent(Int.self, forKey: .shrink) ?? shrink
        keyEnds = try box.decodeIfPresent(Double.self, forKey: .keyEnds)
        let names = submit + poll + output + [rest] + Array(rates.keys)
        if let wrong = names.first(where: { Fault(rawValue: $0) == nil }) {
            throw DecodingError.dataCorruptedError(
                forKey: .rates, in: box,
                debugDescription: "\(wrong): \(Fault.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        guard (0.01...10_000).contains(speed), (1...16).contains(shrink) else {
            throw DecodingError.dataCorruptedError(
                forKey: .speed, in: box, debugDescription: "speed is 0.01 to 10000, shrink 1 to 16")
        }
    }

    /// What goes wrong of a hundred calls or a thousand: a bad day, and no catastrophe.
    package static let usualRates: [String: Double] = [
        Fault.refuse.rawValue: 0.004, Fault.moderate.rawValue: 0.008, Fault.fail.rawValue: 0.008,
        Fault.brokenBefore.rawValue: 0.004, Fault.brokenAfter.rawValue: 0.002, Fault.dropAnswer.rawValue: 0.002,
        Fault.resetBefore.rawValue: 0.002, Fault.resetAfter.rawValue: 0.002, Fault.tooFast.rawValue: 0.005,
        Fault.frozen.rawValue: 0.002, Fault.black.rawValue: 0.001, Fault.short.rawValue: 0.001,
        Fault.expire.rawValue: 0.001, Fault.pollBroken.rawValue: 0.005, Fault.pollReset.rawValue: 0.002,
        Fault.page.rawValue: 0.002, Fault.half.rawValue: 0.005,
    ]
}

/// What services do wrong.
package enum Fault: String, CaseIterable, Sendable {
    case ok
    // Nothing was taken, and nothing is billed.
    case resetBefore = "reset_before"
    case tooFast = "429"
    case brokenBefore = "500_before"
    case refuse
    case noMoney = "402"
    // It was taken and billed; the answer is lost, or late.
    case dropAnswer = "drop_answer"
    case resetAfter = "reset_after"
    case brokenAfter = "500_after"
    case hang, slow
    // What becomes of it.
    case moderate, fail, expire, lose, frozen, black, short, endless
    // Of polls and fetches.
    case pollBroken = "500"
    case pollReset = "reset"
    case page = "html"
    case half = "truncate"
    /// Five gigabytes are announced; a sound comes instead of what was bought.
    case huge, noise

    static let beforehand: [Fault] = [.resetBefore, .tooFast, .brokenBefore, .refuse, .noMoney]
    static let answers: [Fault] = [.dropAnswer, .resetAfter, .brokenAfter, .hang, .slow]
    static let fates: [Fault] = [.moderate, .fail, .expire, .lose, .frozen, .black, .short, .endless]
    static let outputs: [Fault] = [.half, .huge, .noise]
    static let polls: [Fault] = [.pollBroken, .pollReset, .page]

    /// Draws one of a sort by the shares given; `.ok` mostly.
    static func draw(_ faults: [Fault], _ rates: [String: Double], _ chance: Double) -> Fault {
        var chance = chance
        for fault in faults {
            chance -= rates[fault.rawValue] ?? 0
            if chance < 0 { return fault }
        }
        return .ok
    }
}
