internal import Foundation
import HashTreeCollections
internal import Protocol
internal import Scheduling
internal import Store
internal import SwiftProtobuf

/// Attempts under way, until they end and become spans.
struct OpenSpans {
    private struct Open {
        let worker: WorkerID
        let attempt: Int
        let label: String
        let kind: TaskKind
        let at: Instant
    }

    private var open: [AttemptID: Open] = [:]
    /// How attempts that are reported just now ended.
    private var words: [AttemptID: String] = [:]

    mutating func hear(_ events: [Event]) {
        words = [:]
        for case .reported(_, _, let attempt, let outcome) in events {
            words[attempt] =
                switch outcome {
                case .made(let result): result.isProvisional ? "provisional" : "done"
                case .failed(let failure, _, _): failure.rawValue
                case .billed: "billed"
                case .lostInput: "input lost"
                }
        }
    }

    /// What the effects of a decision begin and end.
    mutating func follow(_ effects: [Effect], at now: Instant) -> [AttemptSpan] {
        var ended: [AttemptSpan] = []
        for effect in effects {
            switch effect {
            case .assign(let worker, _, let assignment):
                let attempt = assignment.attempt
                // Repeated, it began when it was first given.
                if open[attempt] == nil {
                    open[attempt] = Open(
                        worker: worker, attempt: attempt.number, label: assignment.label, kind: assignment.spec.kind,
                        at: now)
                }
            case .acknowledge(_, _, let attempt, let isAccepted):
                close(attempt, isAccepted ? words[attempt] ?? "done" : "late", now, &ended)
            case .withdraw(_, _, let attempt, _): close(attempt, "withdrawn", now, &ended)
            default: break
            }
        }
        return ended
    }

    /// A worker that is gone has ended what it had.
    mutating func lose(_ worker: WorkerID, at now: Instant) -> [AttemptSpan] {
        var ended: [AttemptSpan] = []
        for attempt in open.filter({ $0.value.worker == worker }).keys.sorted(by: { $0.task < $1.task }) {
            close(attempt, "lost", now, &ended)
        }
        return ended
    }

    private mutating func close(_ attempt: AttemptID, _ outcome: String, _ now: Instant, _ ended: inout [AttemptSpan]) {
        guard let begun = open.removeValue(forKey: attempt) else { return }
        ended.append(
            AttemptSpan(
                task: attempt.task, label: begun.label, kind: begun.kind.rawValue, worker: begun.worker.rawValue,
                attempt: begun.attempt, startedAt: begun.at, endedAt: now, outcome: outcome))
    }
}

/// A run as browsers show it (chrome://tracing, ui.perfetto.dev): a process per worker, a row per slot, a bar per attempt.
enum TraceFile {
    /// More do not fit into an answer; the newest are shown.
    static let most = 40_000

    /// - Parameter names: of workers, for people.
    static func json(_ spans: [AttemptSpan], names: [String: String]) -> String {
        var events: [[String: Any]] = []
        let leftOut = max(0, spans.count - most)
        let spans = Array(spans.suffix(most))
        let workers = Array(Set(spans.map(\.worker))).sorted()
        let numbers = Dictionary(uniqueKeysWithValues: workers.enumerated().map { ($1, $0 + 1) })
        for worker in workers {
            let number = numbers[worker] ?? 0
            events.append([
                "name": "process_name", "ph": "M", "pid": number, "args": ["name": names[worker] ?? worker],
            ])
        }
        let begin = spans.map(\.startedAt.milliseconds).min() ?? 0
        for (span, row) in rows(of: spans) {
            events.append([
                "name": span.label, "cat": span.kind, "ph": "X", "pid": numbers[span.worker] ?? 0, "tid": row,
                "ts": (span.startedAt.milliseconds - begin) * 1_000,
                "dur": max(0, span.endedAt.milliseconds - span.startedAt.milliseconds) * 1_000,
                "args": [
                    "attempt": span.attempt, "outcome": span.outcome, "task": span.task.short,
                    "started": ISO8601DateFormatter().string(
                        from: Date(timeIntervalSince1970: Double(span.startedAt.milliseconds) / 1_000)),
                ] as [String: Any],
            ])
        }
        let page: [String: Any] = [
            "displayTimeUnit": "ms", "traceEvents": events, "otherData": ["older attempts left out": leftOut],
        ]
        let data = try? JSONSerialization.data(withJSONObject: page, options: [.sortedKeys])
        return String(decoding: data ?? Data(), as: UTF8.self)
    }

    /// Each span with the first row of its worker that is free for it: as many rows as slots were in use.
    static func rows(of spans: [AttemptSpan]) -> [(span: AttemptSpan, row: Int)] {
        var free: [String: [Instant]] = [:]
        return spans.sorted { ($0.startedAt, $0.endedAt, $0.task) < ($1.startedAt, $1.endedAt, $1.task) }.map { span in
            var ends = free[span.worker] ?? []
            let row = ends.firstIndex { $0 <= span.startedAt } ?? ends.count
            if row == ends.count { ends.append(span.endedAt) } else { ends[row] = span.endedAt }
            free[span.worker] = ends
            return (span, row + 1)
        }
    }
}

extension Coordinator {
    func trace(_ call: TraceCall, _ caller: Caller) async {
        guard let job = job(named: call.job) else {
            await reply(to: caller, code: "unknown", noJob(call.job))
            return
        }
        guard let spans else {
            await reply(to: caller, code: "unknown", "this coordinator keeps no spans")
            return
        }
        let keys = Set(job.nodes.map(\.key))
        var names: [String: String] = [:]
        for worker in cluster.workers.values { names[worker.id.rawValue] = worker.name }
        // Reading a million rows must not hold up the work; the task ends with the answer.
        Task.detached { [names] in
            do throws(StoreError) {
                let text = TraceFile.json(try spans.spans(of: keys), names: names)
                await self.reply(to: caller) { $0.trace = .with { $0.json = text } }
            } catch {
                await self.reply(to: caller, code: "unknown", "the spans cannot be read: \(error)")
            }
        }
    }
}
