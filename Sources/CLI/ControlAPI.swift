import Dashboard
import Foundation
import Gateway
import Protocol
import SwiftProtobuf
import Transport

/// The control API: what the terminal shows and does, for other tools. Every answer has a version; roles are those of
/// the tickets.
///
/// The table of routes is what requests are matched against, and what `docs/openapi.json` is made from.
struct ControlAPI: Sendable {
    struct Route: Sendable {
        let method: String
        /// `{name}` stands for one part.
        let path: String
        let summary: String
        /// viewer or operator: the least that may.
        let role: String
        /// The message a row of the answer is; empty where it has no rows.
        let row: String
        let parameters: [String]
        let target: Target

        init(
            _ method: String, _ path: String, _ target: Target, row: String = "", _ summary: String,
            _ parameters: [String] = []
        ) {
            self.method = method
            self.path = path
            self.target = target
            self.row = row
            self.summary = summary
            self.parameters = parameters
            role = method == "GET" ? "viewer" : "operator"
        }
    }

    enum Target: Sendable {
        case info, status, table(ViewKind), ledger, why, logs, events, jobAct, drain, gate
    }

    static let routes = [
        Route("GET", "/info", .info, row: "InfoAnswer", "Which cluster this is."),
        Route("GET", "/status", .status, row: "StatusAnswer", "Jobs and workers, as counts.", ["job"]),
        Route("GET", "/jobs", .table(.overview), row: "JobRow", "Jobs that run, and those that ended last."),
        Route("GET", "/jobs/{job}/shots", .table(.film), "A job's shots, how far each is, with its tasks."),
        Route("GET", "/jobs/{job}/tasks", .table(.tasks), row: "TaskRow", "A job's tasks."),
        Route("GET", "/jobs/{job}/why/{subject}", .why, row: "WhyAnswer", "Every reason why something is not done."),
        Route("GET", "/workers", .table(.workers), row: "WorkerRow", "Workers."),
        Route("GET", "/gates", .table(.gates), row: "GateStatus", "Limits of services' accounts and models."),
        Route("GET", "/ledger", .ledger, row: "LedgerAnswer", "Where the money went.", ["job", "last"]),
        Route("GET", "/logs", .logs, row: "LogLine", "Log lines of workers and tasks.", ["subject", "after", "last"]),
        Route(
            "GET", "/events", .events,
            "Every change, a line each (NDJSON), beginning with all there is; follow=1 goes on.",
            ["follow"]),
        Route(
            "POST", "/jobs/{job}/{verb}", .jobAct,
            "pause, resume, cancel, retry, priority, cap, approve, redo or reject; the body is {subject, value, text}."),
        Route("POST", "/workers/{worker}/drain", .drain, "Lets a worker finish what it has, and go."),
        Route(
            "POST", "/gates/{gate}", .gate, "Sets limits: the body is {\"text\": \"concurrency=4 per-minute=none\"}."),
    ]

    private static let verbs: Set<String> = [
        "pause", "resume", "cancel", "retry", "priority", "cap", "approve", "redo", "reject",
    ]

    let ask: @Sendable (RequestBody, Enrolment.Entry) async -> ResponseBody

    func answer(_ request: ControlRequest) async -> ControlAnswer {
        guard let (route, names) = Self.match(request) else {
            return Self.fault(
                404, "unknown", "there is no \(request.method) /api/v1/\(request.path.joined(separator: "/"))")
        }
        switch route.target {
        case .info: return await plain(request, { $0.info = .init() }) { RowJSON.text($0.info) }
        case .status:
            let job = request.query["job"] ?? ""
            return await plain(request, { $0.status = .with { $0.job = job } }) { RowJSON.text($0.status) }
        case .why:
            return await plain(
                request,
                {
                    $0.why = .with {
                        $0.job = names["job"] ?? ""
                        $0.subject = names["subject"] ?? ""
                    }
                }
            ) { RowJSON.text($0.why) }
        case .ledger:
            return await plain(
                request,
                {
                    $0.ledger = .with {
                        $0.job = request.query["job"] ?? ""
                        $0.last = request.query["last"].flatMap { UInt32($0) } ?? 500
                    }
                }
            ) { RowJSON.text($0.ledger) }
        case .logs:
            return await plain(
                request,
                {
                    $0.logs = .with {
                        $0.subject = request.query["subject"] ?? ""
                        $0.after = request.query["after"].flatMap { UInt64($0) } ?? 0
                        $0.last = request.query["last"].flatMap { UInt32($0) } ?? 500
                    }
                }
            ) { "{\"rows\":[\($0.logs.lines.map { RowJSON.text($0) }.joined(separator: ","))]}" }
        case .table(let view): return await table(view, names["job"], request)
        case .events: return events(request)
        case .jobAct: return await jobAct(names, request)
        case .drain: return await act("drain", names["worker"] ?? "", "", request)
        case .gate: return await act("gate", names["gate"] ?? "", "", request)
        }
    }

    private static func match(_ request: ControlRequest) -> (Route, [String: String])? {
        for route in routes where route.method == request.method {
            let parts = route.path.split(separator: "/").map(String.init)
            guard parts.count == request.path.count else { continue }
            var names: [String: String] = [:]
            let fits = zip(parts, request.path).allSatisfy { part, given in
                guard part.hasPrefix("{") else { return part == given }
                names[String(part.dropFirst().dropLast())] = given
                return true
            }
            if fits { return (route, names) }
        }
        return nil
    }

    // MARK: answers

    static func fault(_ status: Int, _ code: String, _ message: String) -> ControlAnswer {
        let object: [String: Any] = ["version": 1, "error": ["code": code, "message": message]]
        let data = (try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])) ?? Data()
        return .document(status: status, data)
    }

    private static func fault(_ error: ErrorBody) -> ControlAnswer {
        let status =
            switch error.code {
            case "role": 403
            case "unknown": 404
            case "usage": 400
            case "state", "refused": 409
            default: 503
            }
        return fault(status, error.code, error.message)
    }

    /// One question, one object: a version goes in front of its members.
    private func plain(
        _ request: ControlRequest, _ fill: (inout RequestBody) -> Void, _ show: (ResponseBody) -> String
    ) async -> ControlAnswer {
        var body = RequestBody()
        fill(&body)
        let answer = await ask(body, request.holder)
        guard !answer.hasError else { return Self.fault(answer.error) }
        let text = show(answer)
        let members = text.dropFirst()
        return .document(status: 200, Data(("{\"version\":1" + (members.first == "}" ? "" : ",") + members).utf8))
    }

    private func table(_ view: ViewKind, _ job: String?, _ request: ControlRequest) async -> ControlAnswer {
        switch await snapshot(request.holder) {
        case .failure(let error): return Self.fault(error.body)
        case .success(let model):
            guard job.map({ model.jobs[$0] != nil }) ?? true else {
                return Self.fault(404, "unknown", "there is no job \(job ?? "") among those that run or ended last")
            }
            let rows = PlainTable.json(view, model, job: job ?? "")
            return .document(
                status: 200, Data("{\"version\":1,\"at\":\(model.at),\"rows\":[\(rows.joined(separator: ","))]}".utf8))
        }
    }

    private struct Refusal: Error { let body: ErrorBody }

    private func snapshot(_ holder: Enrolment.Entry) async -> Result<LiveModel, Refusal> {
        var model = LiveModel()
        repeat {
            let answer = await watch(after: model, wait: 0, holder)
            guard !answer.hasError else { return .failure(Refusal(body: answer.error)) }
            _ = model.take(answer.watch)
        } while model.sequence == 0 || model.nextPart > 0
        // A snapshot may be some seconds old: what came since is asked for.
        var known: UInt64
        repeat {
            known = model.sequence
            let answer = await watch(after: model, wait: 0, holder)
            guard !answer.hasError else { return .failure(Refusal(body: answer.error)) }
            _ = model.take(answer.watch)
        } while model.sequence != known
        return .success(model)
    }

    private func watch(after model: LiveModel, wait: UInt32, _ holder: Enrolment.Entry) async -> ResponseBody {
        await ask(
            .with {
                $0.watch = .with {
                    $0.epoch = model.epoch
                    $0.after = model.sequence
                    $0.part = model.nextPart
                    $0.waitMilliseconds = wait
                }
            }, holder)
    }

    private func events(_ request: ControlRequest) -> ControlAnswer {
        let follows = ["1", "true"].contains(request.query["follow"] ?? "")
        // Pulled by who reads: a slow reader gets a snapshot in the end, and holds nobody up.
        let state = EventLines(follows: follows) { [self] model in
            await watch(after: model, wait: 5_000, request.holder)
        }
        return .lines(AsyncStream { await state.next() })
    }

    // MARK: acts

    private func jobAct(_ names: [String: String], _ request: ControlRequest) async -> ControlAnswer {
        let verb = names["verb"] ?? ""
        guard Self.verbs.contains(verb) else {
            return Self.fault(
                404, "unknown", "a job has no \"\(verb)\"; it has \(Self.verbs.sorted().joined(separator: ", "))")
        }
        return await act(verb, "", names["job"] ?? "", request)
    }

    private func act(_ verb: String, _ subject: String, _ job: String, _ request: ControlRequest) async -> ControlAnswer
    {
        var call = ActCall()
        (call.verb, call.subject, call.job) = (verb, subject, job)
        if !request.body.isEmpty {
            guard let object = try? JSONSerialization.jsonObject(with: request.body) as? [String: Any] else {
                return Self.fault(400, "usage", "the body is no JSON object")
            }
            if let odd = object.keys.first(where: { !["subject", "value", "text"].contains($0) }) {
                return Self.fault(400, "usage", "the body has \"\(odd)\"; it may have subject, value and text")
            }
            if subject.isEmpty { call.subject = object["subject"] as? String ?? (verb == "cap" ? "job" : "") }
            call.text = object["text"] as? String ?? ""
            call.value = (object["value"] as? NSNumber)?.int64Value ?? 0
        } else if verb == "cap" || verb == "priority" {
            return Self.fault(400, "usage", "\(verb) needs a body with a value")
        }
        return await plain(request, { $0.act = call }) { answer in
            let data = (try? JSONSerialization.data(withJSONObject: answer.act.lines)) ?? Data("[]".utf8)
            return "{\"lines\":\(String(decoding: data, as: UTF8.self))}"
        }
    }
}

/// Lines of the feed for one reader.
private actor EventLines {
    private var model = LiveModel()
    private var isOver = false
    private let follows: Bool
    private let watch: @Sendable (LiveModel) async -> ResponseBody

    init(follows: Bool, watch: @escaping @Sendable (LiveModel) async -> ResponseBody) {
        self.follows = follows
        self.watch = watch
    }

    func next() async -> Data? {
        while !isOver {
            let answer = await watch(model)
            guard !answer.hasError, !Task.isCancelled else { return nil }
            let isWhole = model.take(answer.watch)
            if !follows, isWhole, model.nextPart == 0 { isOver = true }
            let lines = isWhole ? ChangeLines.text(answer.watch) : ["{\"version\":1,\"type\":\"begin\"}"]
            // An empty line shows that somebody is still there.
            return Data((lines.joined(separator: "\n") + "\n").utf8)
        }
        return nil
    }
}

/// A change as lines of JSON.
enum ChangeLines {
    static func text(_ answer: WatchAnswer) -> [String] {
        func lines(_ type: String, _ rows: [String]) -> [String] {
            rows.map { row in
                "{\"version\":1,\"sequence\":\(answer.sequence),\"at\":\(answer.atMilliseconds),"
                    + "\"type\":\"\(type)\",\"row\":\(row)}"
            }
        }
        return lines("job", answer.jobs.map { RowJSON.text($0) }) + lines("task", answer.tasks.map { RowJSON.text($0) })
            + lines("worker", answer.workers.map { RowJSON.text($0) })
            + lines("gate", answer.gates.map { RowJSON.text($0) })
            + lines("total", answer.totals.map { RowJSON.text($0) })
            + lines("entry", answer.entries.map { RowJSON.text($0) })
            + lines("event", answer.events.map { RowJSON.text($0) })
    }
}
