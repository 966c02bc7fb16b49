package import Foundation
internal import SwiftProtobuf

/// Message types on the wire; numbers are never reused.
private enum WireType: UInt16 {
    case hello = 1
    case beat = 2
    case report = 3
    case goodbye = 4
    case purchase = 5
    case log = 6
    case welcome = 16
    case assign = 17
    case acknowledge = 18
    case withdraw = 19
    case purchaseSaved = 20
    case refusal = 32
    case request = 48
    case response = 49
}

extension Message {
    /// The two frames of this message.
    package func frames(sequence: UInt64) -> [Data] {
        [Header(type: wireType.rawValue, sequence: sequence).bytes, bodyBytes]
    }

    /// Reads what a peer sent. Throws ``WireError`` for anything that is not one well-formed message of ours.
    package static func read(frames: [Data], limits: WireLimits = .standard) throws(WireError) -> (Header, Message) {
        guard frames.count == 2 else { throw .frameCount(frames.count) }
        let header = try Header(frame: frames[0])
        guard WireVersion.current.understands(header.version) else { throw .unknownVersion(header.version) }
        guard frames[1].count <= limits.bodyBytes else {
            throw .tooLarge(bytes: frames[1].count, limit: limits.bodyBytes)
        }
        guard let type = WireType(rawValue: header.type) else { throw .unknownType(header.type) }
        return (header, try message(of: type, body: frames[1], limits: limits))
    }

    private var wireType: WireType {
        switch self {
        case .hello: .hello
        case .beat: .beat
        case .report: .report
        case .goodbye: .goodbye
        case .purchase: .purchase
        case .log: .log
        case .purchaseSaved: .purchaseSaved
        case .welcome: .welcome
        case .assign: .assign
        case .acknowledge: .acknowledge
        case .withdraw: .withdraw
        case .refusal: .refusal
        case .request: .request
        case .response, .watched: .response
        }
    }

    private var bodyBytes: Data {
        switch self {
        case .hello(let hello): encoded(HelloBody(hello))
        case .beat(let held, let last):
            encoded(
                BeatBody.with {
                    $0.held = held.map(HeldBody.init)
                    $0.lastAssignment = last
                })
        case .report(let worker, let attempt, let outcome):
            encoded(ReportBody(worker: worker, attempt: attempt, outcome: outcome))
        case .goodbye(let reason): encoded(GoodbyeBody.with { $0.reason = reason })
        case .purchase(let worker, let attempt, let news):
            encoded(PurchaseBody(worker: worker, attempt: attempt, news: news))
        case .log(let body): encoded(body)
        case .purchaseSaved(let attempt, let news, let isGranted, let reason):
            encoded(PurchaseReplyBody(attempt: attempt, news: news, isGranted: isGranted, reason: reason))
        case .welcome(let welcome): encoded(WelcomeBody(welcome))
        case .assign(let assignment): encoded(AssignBody(assignment))
        case .acknowledge(let attempt, let accepted):
            encoded(
                AcknowledgeBody.with {
                    $0.task = attempt.task.data
                    $0.attempt = UInt32(attempt.number)
                    $0.accepted = accepted
                })
        case .withdraw(let attempt, let reason):
            encoded(
                WithdrawBody.with {
                    $0.task = attempt.task.data
                    $0.attempt = UInt32(attempt.number)
                    $0.reason = reason
                })
        case .refusal(let reason, let isFinal):
            encoded(
                RefusalBody.with {
                    $0.reason = reason
                    $0.final = isFinal
                })
        case .request(let body): encoded(body)
        case .response(let body): encoded(body)
        // A message's bytes are those of its fields, one after the other.
        case .watched(let request, let answer):
            encoded(ResponseBody.with { $0.requestID = request }) + Self.field(ResponseBody.watchField, answer)
        }
    }

    /// A field of bytes as protobuf writes it: tag, length, bytes.
    private static func field(_ number: Int, _ bytes: Data) -> Data {
        var head = Data()
        for value in [UInt64(number) << 3 | 2, UInt64(bytes.count)] {
            var rest = value
            while rest > 127 {
                head.append(UInt8(rest & 127) | 128)
                rest >>= 7
            }
            head.append(UInt8(rest))
        }
        return head + bytes
    }

    private static func message(of type: WireType, body: Data, limits: WireLimits) throws(WireError) -> Message {
        switch type {
        case .hello: return .hello(try Hello(try decoded(body), limits: limits))
        case .beat:
            let beat: BeatBody = try decoded(body)
            return .beat(held: try HeldAttempt.list(beat.held, limits: limits), lastAssignment: beat.lastAssignment)
        case .report:
            let report: ReportBody = try decoded(body)
            guard let worker = WorkerID(validating: report.workerID) else { throw .malformed("worker id") }
            return .report(
                worker, try AttemptID(task: report.task, number: report.attempt),
                try AttemptOutcome(report, limits: limits))
        case .goodbye:
            let goodbye: GoodbyeBody = try decoded(body)
            return .goodbye(reason: try limits.checked(goodbye.reason))
        case .purchase:
            let body: PurchaseBody = try decoded(body)
            guard let worker = WorkerID(validating: body.workerID) else { throw .malformed("worker id") }
            return .purchase(
                worker, try AttemptID(task: body.task, number: body.attempt),
                try PurchaseNews(step: body.step, operation: try limits.checked(body.operation)))
        case .log:
            let body: LogBody = try decoded(body)
            guard body.lines.count <= LogBody.linesLimit, body.facts.count <= 64 else {
                throw .malformed("\(body.lines.count) log lines at once")
            }
            return .log(body)
        case .purchaseSaved:
            let body: PurchaseReplyBody = try decoded(body)
            return .purchaseSaved(
                try AttemptID(task: body.task, number: body.attempt),
                try PurchaseNews(step: body.step, operation: ""), isGranted: body.granted,
                reason: try limits.checked(body.reason))
        case .welcome: return .welcome(Welcome(try decoded(body)))
        case .assign: return .assign(try Assignment(try decoded(body), limits: limits))
        case .acknowledge:
            let answer: AcknowledgeBody = try decoded(body)
            return .acknowledge(
                try AttemptID(task: answer.task, number: answer.attempt), isAccepted: answer.accepted)
        case .withdraw:
            let withdraw: WithdrawBody = try decoded(body)
            return .withdraw(
                try AttemptID(task: withdraw.task, number: withdraw.attempt),
                reason: try limits.checked(withdraw.reason))
        case .refusal:
            let refusal: RefusalBody = try decoded(body)
            return .refusal(reason: try limits.checked(refusal.reason), isFinal: refusal.final)
        case .request: return .request(try decoded(body))
        case .response: return .response(try decoded(body))
        }
    }
}

private func encoded(_ body: some SwiftProtobuf.Message) -> Data {
    do {
        return try body.serializedData()
    } catch {
        // Only required proto2 fields or sizes over 2 GiB make this throw; our bodies have neither.
        preconditionFailure("a message of our own cannot be encoded: \(error)")
    }
}

private func decoded<Body: SwiftProtobuf.Message>(_ body: Data) throws(WireError) -> Body {
    var options = BinaryDecodingOptions()
    options.messageDepthLimit = 16
    do {
        return try Body(serializedBytes: body, options: options)
    } catch {
        throw .malformed("body of \(Body.protoMessageName): \(error)")
    }
}

extension ResponseBody {
    /// The number of `watch` among its fields.
    fileprivate static let watchField = 16
}
