import ArgumentParser
import Coordinator
import Dashboard
import Film
import Foundation
import Media
import Objects
import Planning
import Protocol
import SwiftProtobuf

struct Report: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes a job as one HTML page: contact sheet, the run, money, failures, what is stale.",
        discussion: "The page needs nothing else: frames and small players are in it.")
    @Argument(help: "The job; the newest when not said.") var job = ""
    @Option(name: .shortAndLong, help: "The file; report-JOB.html when not said.") var output: String?
    @Option(help: "Megabytes of players; shots that find no room show their frame alone. 0 for frames only.")
    var clips = 64
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        guard (0...2_000).contains(clips) else { throw Failure(.usage, "--clips \(clips): 0 to 2000 megabytes") }
        guard Tool.ffmpeg.isInstalled else {
            throw Failure(.lacking, "ffmpeg is not installed, and frames are taken with it: apt-get install ffmpeg")
        }
        let client = try await Client(cluster.token())
        let source = try await ReportSource.read(job, client)
        let store = try await client.store()
        await client.close()
        var page = source.page
        let pictures = ReportPictures(store: store, budget: clips << 20)
        page.shots = try await pictures.fill(page.shots, source.frames)
        if pictures.isShort { page.notes.append("Not every shot has a player: --clips MEGABYTES makes more room.") }
        let file = Folders.folder(output ?? "report-\(page.job).html")
        do { try Data(page.html.utf8).write(to: file, options: .atomic) } catch {
            throw Failure(.lacking, "\(file.path) cannot be written: \(error.localizedDescription)")
        }
        print(file.path)
    }
}

/// What a coordinator knows of a job, as the page shows it.
struct ReportSource {
    var page = ReportPage()
    /// The blobs of a shot's frame and clip, by name.
    var frames: [String: (still: Digest?, clip: Digest?)] = [:]

    static func read(_ name: String, _ client: Client) async throws -> ReportSource {
        let results = try await client.ask(patience: .seconds(60)) { $0.results = .with { $0.job = name } }.results
        let status = try await client.ask { $0.status = .with { $0.job = name } }.status
        guard let job = status.jobs.first else { throw Failure(.usage, "there is no job \(name)") }
        var source = ReportSource()
        source.page.title = job.name
        source.page.job = job.job
        source.page.state = job.state
        source.page.filmSeconds = Double(job.filmMilliseconds) / 1_000
        (source.page.done, source.page.tasks) = (Int(job.counts.done), Int(job.counts.total))
        source.page.writtenAt = ISO8601DateFormatter().string(from: Date())
        let id = job.job
        let ledger = try await client.ask {
            $0.ledger = .with {
                $0.job = id
                $0.last = 5_000
            }
        }.ledger
        source.page.money = money(ledger)
        let trace = try? await client.ask(patience: .seconds(60)) { $0.trace = .with { $0.job = id } }.trace.json
        source.page.spans = spans(trace ?? "")
        source.takeFailures(job, results)
        if let digest = Digest(bytes: results.film), let store = try? await client.store(),
            let blob = try? await store.data(of: digest),
            let profile = try? Profile(settings: Fields(canonical: results.settings)),
            let plan = try? FilmJobs.plan(blob: blob, profile)
        {
            source.takeShots(plan, results)
            source.page.stale = plan.replaced.values.sorted { $0.name < $1.name }.compactMap { fresh in
                guard let shown = plan.node(fresh.name), shown.spec.basis != fresh.spec.basis else { return nil }
                return (fresh.name, "it was bought for other words, places or people; `snowflake plan` says which")
            }
        }
        return source
    }

    private static func money(_ ledger: LedgerAnswer) -> [ReportPage.Money] {
        var rows: [String: ReportPage.Money] = [:]
        for entry in ledger.entries {
            let name = entry.provider.isEmpty ? "?" : entry.provider
            var row = rows[name] ?? .init(provider: name, calls: 0, spent: 0, refunded: 0, reserved: 0)
            switch entry.event {
            case "reserved":
                row.calls += 1
                row.reserved += entry.amountMicroUsd
            case "settled":
                row.spent += entry.amountMicroUsd
                row.reserved = max(0, row.reserved - entry.amountMicroUsd)
            case "refunded":
                row.refunded += entry.amountMicroUsd
                row.reserved = max(0, row.reserved - entry.amountMicroUsd)
            default: break
            }
            rows[name] = row
        }
        return rows.values.sorted { $0.provider < $1.provider }
    }

    /// The bars of a trace.
    private static func spans(_ json: String) -> [ReportPage.Span] {
        guard let page = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any],
            let events = page["traceEvents"] as? [[String: Any]]
        else { return [] }
        var names: [Int: String] = [:]
        for event in events where event["ph"] as? String == "M" {
            names[event["pid"] as? Int ?? 0] = (event["args"] as? [String: Any])?["name"] as? String
        }
        return events.filter { $0["ph"] as? String == "X" }.map { event in
            ReportPage.Span(
                worker: names[event["pid"] as? Int ?? 0] ?? "?", row: event["tid"] as? Int ?? 1,
                label: event["name"] as? String ?? "", kind: event["cat"] as? String ?? "",
                outcome: (event["args"] as? [String: Any])?["outcome"] as? String ?? "",
                from: (event["ts"] as? NSNumber)?.doubleValue ?? 0,
                length: (event["dur"] as? NSNumber)?.doubleValue ?? 0)
        }.map { span in
            var span = span
            (span.from, span.length) = (span.from / 1_000, span.length / 1_000)
            return span
        }
    }

    private mutating func takeFailures(_ job: JobStatus, _ results: ResultsAnswer) {
        var tries: [String: [String: Int]] = [:]
        for span in page.spans where span.outcome != "done" {
            tries[span.label, default: [:]][span.outcome, default: 0] += 1
        }
        let faults = Dictionary(job.faults.map { ($0.label, "\($0.failureClass): \($0.message)") }) { first, _ in first
        }
        let names = Set(tries.keys).union(faults.keys)
        page.failures = names.sorted().map { name in
            let counts = (tries[name] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.value)× \($0.key)" }
            return (name, (counts + [faults[name]].compactMap(\.self)).joined(separator: "; "))
        }
    }

    private mutating func takeShots(_ plan: FilmPlan, _ results: ResultsAnswer) {
        var nodes: [String: [String: NodeResult]] = [:]
        for node in results.nodes {
            nodes[String(node.name.prefix { $0 != "/" }), default: [:]][node.kind] = node
        }
        for shot in plan.film.shots {
            let own = nodes[shot.id] ?? [:]
            func digest(_ kind: String) -> Digest? {
                own[kind].flatMap { $0.hasResult ? Digest(bytes: $0.result.digest) : nil }
            }
            let cost = own.values.reduce(Int64(0)) { $0 + $1.result.costMicroUsd }
            let fault = own.values.map(\.fault).first { !$0.isEmpty } ?? ""
            let stage =
                !fault.isEmpty
                ? "failed"
                : digest("clip") != nil
                    ? "finished"
                    : digest("animate") != nil ? "animated" : digest("compose") != nil ? "composed" : "waiting"
            frames[shot.id] = (digest("compose"), digest("clip"))
            page.shots.append(
                ReportPage.Shot(
                    name: shot.id, caption: shot.content.isEmpty ? shot.videoPrompt : shot.content, stage: stage,
                    seconds: shot.seconds, microUSD: cost, poster: "", clip: "", fault: fault))
        }
    }
}

/// Frames and small players, as `data:` addresses.
private final class ReportPictures {
    private let store: Depot
    private var budget: Int
    private(set) var isShort = false

    init(store: Depot, budget: Int) {
        self.store = store
        self.budget = budget
    }

    func fill(
        _ shots: [ReportPage.Shot], _ frames: [String: (still: Digest?, clip: Digest?)]
    ) async throws -> [ReportPage.Shot] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
            "snowflake-report-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var filled = shots
        for index in filled.indices {
            guard let frame = frames[filled[index].name] else { continue }
            if let source = frame.still ?? frame.clip {
                filled[index].poster = await address(
                    source, "image/jpeg", ["-frames:v", "1", "-vf", "scale=320:-2", "-q:v", "6", "-f", "mjpeg"],
                    in: folder)
            }
            if let clip = frame.clip, budget > 0 {
                let text = await address(
                    clip, "video/mp4",
                    [
                        "-map", "0:v:0", "-map", "0:a:0?", "-vf", "scale=320:-2", "-c:v", "libx264", "-preset",
                        "veryfast",
                        "-crf", "32", "-pix_fmt", "yuv420p", "-c:a", "aac", "-b:a", "48k", "-ac", "1", "-movflags",
                        "+faststart",
                        "-f", "mp4",
                    ], in: folder)
                budget -= text.utf8.count
                if budget >= 0 { filled[index].clip = text }
            }
            if frame.clip != nil, filled[index].clip.isEmpty { isShort = true }
        }
        return filled
    }

    private func address(_ digest: Digest, _ type: String, _ arguments: [String], in folder: URL) async -> String {
        guard let file = try? await store.take(digest) else { return "" }
        defer { store.letGo([digest]) }
        let out = folder.appendingPathComponent("part")
        let words =
            ["-nostdin", "-v", "error", "-y", "-protocol_whitelist", "file", "-i", file.path] + arguments + [out.path]
        guard (try? await Tool.ffmpeg.guarded.run(words, in: folder)) != nil, let data = try? Data(contentsOf: out)
        else {
            return ""
        }
        return "data:\(type);base64,\(data.base64EncodedString())"
    }
}
