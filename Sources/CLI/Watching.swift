import Dashboard
import Foundation
import Protocol
import SwiftProtobuf

/// What changes in a cluster, asked for as long as somebody listens.
struct Watching {
    let client: Client

    /// One answer that follows on what the model knows.
    /// - Parameter wait: how long the coordinator may wait for news.
    func next(after model: LiveModel, wait: Duration = .seconds(5)) async throws -> WatchAnswer {
        try await client.ask(patience: wait + .seconds(5)) {
            $0.watch = .with {
                $0.epoch = model.epoch
                $0.after = model.sequence
                $0.part = model.nextPart
                $0.waitMilliseconds = model.nextPart > 0 ? 0 : UInt32(clamping: wait.components.seconds * 1_000)
            }
        }.watch
    }

    /// The cluster as it is now.
    func snapshot() async throws -> LiveModel {
        var model = LiveModel()
        repeat {
            let answer = try await next(after: model)
            guard model.take(answer) || model.sequence == 0 else {
                throw Failure(.notReachable, "the coordinator's answers do not fit together; is it a newer release?")
            }
        } while model.nextPart > 0 || model.sequence == 0
        // A snapshot may be some seconds old: what came since is asked for.
        var known: UInt64
        repeat {
            known = model.sequence
            _ = model.take(try await next(after: model, wait: .zero))
        } while model.sequence != known
        return model
    }
}

/// Rows of every view as a table, and as JSON.
enum Tables {
    /// Lines of columns, each as wide as its widest field; what is harmful in names is shown.
    static func text(_ view: ViewKind, _ model: LiveModel, job: String) -> [String] {
        guard let (titles, rows) = PlainTable.of(view, model, job: job) else { return [] }
        var widths = titles.map(CellText.width)
        for row in rows {
            for (index, field) in row.enumerated() { widths[index] = max(widths[index], CellText.width(field)) }
        }
        return ([titles] + rows).map { row in
            var line = ""
            for (index, field) in row.enumerated() {
                let shown = CellText.pieces(field).map(\.text).joined()
                let isLast = index == row.count - 1
                line += shown + (isLast ? "" : String(repeating: " ", count: widths[index] - CellText.width(field) + 2))
            }
            return String(line.reversed().drop { $0 == " " }.reversed())
        }
    }

    /// One object with all rows: `{"version":1,"rows":[…]}`.
    static func json(_ view: ViewKind, _ model: LiveModel, job: String) -> String {
        let rows = PlainTable.json(view, model, job: job)
        return "{\"version\":1,\"at\":\(model.at),\"rows\":[\n" + rows.joined(separator: ",\n") + "\n]}"
    }
}
