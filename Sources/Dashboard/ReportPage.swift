internal import Foundation

/// A job as one page that needs nothing else: what it made, how it went, what it cost. Pure: data in, HTML out.
package struct ReportPage: Sendable {
    package struct Shot: Sendable {
        package var name: String
        package var caption: String
        package var stage: String
        package var seconds: Double
        package var microUSD: Int64
        /// `data:` addresses; empty where there is none.
        package var poster: String
        package var clip: String
        package var fault: String

        package init(
            name: String, caption: String, stage: String, seconds: Double, microUSD: Int64, poster: String,
            clip: String,
            fault: String
        ) {
            self.name = name
            self.caption = caption
            self.stage = stage
            self.seconds = seconds
            self.microUSD = microUSD
            self.poster = poster
            self.clip = clip
            self.fault = fault
        }
    }

    /// One attempt of the run, on one row of one worker.
    package struct Span: Sendable {
        package var worker: String
        package var row: Int
        package var label: String
        package var kind: String
        package var outcome: String
        /// Milliseconds from the run's beginning.
        package var from: Double
        package var length: Double

        package init(
            worker: String, row: Int, label: String, kind: String, outcome: String, from: Double, length: Double
        ) {
            self.worker = worker
            self.row = row
            self.label = label
            self.kind = kind
            self.outcome = outcome
            self.from = from
            self.length = length
        }
    }

    package struct Money: Sendable {
        package var provider: String
        package var calls: Int
        package var spent: Int64
        package var refunded: Int64
        package var reserved: Int64

        package init(provider: String, calls: Int, spent: Int64, refunded: Int64, reserved: Int64) {
            self.provider = provider
            self.calls = calls
            self.spent = spent
            self.refunded = refunded
            self.reserved = reserved
        }
    }

    package var title = ""
    package var job = ""
    package var state = ""
    package var filmSeconds = 0.0
    package var tasks = 0
    package var done = 0
    package var shots: [Shot] = []
    package var spans: [Span] = []
    package var money: [Money] = []
    package var failures: [(name: String, words: String)] = []
    package var stale: [(name: String, causes: String)] = []
    /// When it was written, for people.
    package var writtenAt = ""
    package var notes: [String] = []

    package init() {}

    /// Text that can stand anywhere in the page.
    static func safe(_ text: String) -> String {
        CellText.pieces(text).map(\.text).joined().replacing("&", with: "&amp;").replacing("<", with: "&lt;")
            .replacing(">", with: "&gt;").replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    package var html: String {
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
        <title>\(Self.safe(title)): \(Self.safe(job))</title><style>\(Self.style)</style></head><body>
        <header><h1>\(Self.safe(title))</h1><p>job \(Self.safe(job)), \(Self.safe(state)) · written \(Self.safe(writtenAt))</p></header>
        <section class="cards">\(cards)</section>
        \(section("Contact sheet", contactSheet))
        \(section("The run", timeline))
        \(section("Money", moneyTable))
        \(section("Failures and retries", failureTable))
        \(section("Stale", staleTable))
        \(notes.isEmpty ? "" : section("Notes", "<ul>" + notes.map { "<li>\(Self.safe($0))</li>" }.joined() + "</ul>"))
        <script>\(Self.script)</script></body></html>

        """
    }

    private func section(_ title: String, _ body: String) -> String { "<section><h2>\(title)</h2>\(body)</section>" }

    private func table(_ titles: [String], _ rows: [[String]]) -> String {
        let head = titles.map { "<th>\($0)</th>" }.joined()
        let body = rows.map { "<tr>" + $0.map { "<td>\(Self.safe($0))</td>" }.joined() + "</tr>" }.joined(
            separator: "\n")
        return "<table><thead><tr>\(head)</tr></thead><tbody>\(body)</tbody></table>"
    }

    private var cards: String {
        let spent = money.reduce(Int64(0)) { $0 + $1.spent }
        let kept = shots.reduce(0.0) { $0 + ($1.stage == "finished" ? $1.seconds : 0) }
        let finished = shots.count { $0.stage == "finished" }
        let wall = spans.map { $0.from + $0.length }.max() ?? 0
        let per = kept > 0 && spent > 0 ? Words.money(Int64(Double(spent) / kept)) : "$0"
        let tries = spans.count { $0.outcome != "done" }
        let facts = [
            ("film", Words.film(Int64(filmSeconds * 1_000))), ("shots", "\(finished) of \(shots.count)"),
            ("tasks", "\(done) of \(tasks)"), ("run", Words.span(Int64(wall))), ("spent", Words.money(spent)),
            ("per kept second", per), ("attempts that failed", "\(tries)"), ("stale", "\(stale.count)"),
        ]
        return facts.map { "<div><b>\($0.1)</b><span>\($0.0)</span></div>" }.joined()
    }

    private var contactSheet: String {
        let cells = shots.map { shot -> String in
            let picture =
                shot.clip.isEmpty
                ? shot.poster.isEmpty
                    ? "<div class=\"none\">\(shot.stage)</div>"
                    : "<img loading=\"lazy\" alt=\"\" src=\"\(shot.poster)\">"
                : "<video preload=\"none\" playsinline poster=\"\(shot.poster)\" src=\"\(shot.clip)\"></video>"
            let cost = shot.microUSD > 0 ? " · \(Words.money(shot.microUSD))" : ""
            let fault = shot.fault.isEmpty ? "" : "<p class=\"bad\">\(Self.safe(shot.fault))</p>"
            return """
                <figure>\(picture)<figcaption><b>\(Self.safe(shot.name))</b> \(Self.safe(shot.stage)) · \
                \(String(format: "%.1f", shot.seconds)) s\(cost)<p>\(Self.safe(shot.caption))</p>\(fault)</figcaption></figure>
                """
        }
        return "<div class=\"sheet\">\(cells.joined(separator: "\n"))</div>"
    }

    // MARK: the run

    private static let colours = [
        "setting": "#8d6e63", "portrait": "#a1887f", "cutout": "#bcaaa4", "compose": "#4fc3f7", "animate": "#7e57c2",
        "dialogue": "#ffb74d", "ambience": "#ffd54f", "conform": "#66bb6a", "transition": "#26a69a", "mix": "#d4e157",
        "clip": "#42a5f5", "scene": "#5c6bc0", "soundtrack": "#ec407a", "film": "#ef5350",
    ]

    private var timeline: String {
        guard !spans.isEmpty else { return "<p>No attempts are on record.</p>" }
        let rows = Array(Set(spans.map { "\($0.worker)\u{0}\($0.row)" })).sorted()
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1, $0) })
        let end = max(1, spans.map { $0.from + $0.length }.max() ?? 1)
        let (left, wide, high) = (150.0, 1_050.0, 15.0)
        var bars = ""
        for (index, row) in rows.enumerated() {
            let parts = row.split(separator: "\u{0}", omittingEmptySubsequences: false)
            let y = Double(index) * high + 11
            bars += "<text x=\"0\" y=\"\(y)\">\(Self.safe(String(parts[0].prefix(20)))) \(parts.last ?? "")</text>"
        }
        for span in spans {
            let place = Double(places["\(span.worker)\u{0}\(span.row)"] ?? 0)
            let x = left + span.from / end * wide
            let width = max(0.6, span.length / end * wide)
            let isBad = span.outcome != "done"
            bars += """
                <rect x="\(Self.short(x))" y="\(Self.short(place * high + 1))" width="\(Self.short(width))" height="12" \
                fill="\(Self.colours[span.kind] ?? "#90a4ae")"\(isBad ? " stroke=\"#ff1744\" stroke-width=\"1.5\"" : "")>\
                <title>\(Self.safe(span.label)): \(Self.safe(span.outcome)), \(Words.span(Int64(span.length)))</title></rect>
                """
        }
        let height = Double(rows.count) * high + 18
        for part in 0...4 {
            let x = left + wide * Double(part) / 4
            bars +=
                "<text x=\"\(Self.short(min(x, left + wide - 26)))\" y=\"\(height - 3)\">\(Words.span(Int64(end * Double(part) / 4)))</text>"
        }
        let kinds = Set(spans.map(\.kind)).sorted().map {
            "<span><i style=\"background:\(Self.colours[$0] ?? "#90a4ae")\"></i>\(Self.safe($0))</span>"
        }.joined()
        return """
            <svg viewBox="0 0 1210 \(height)" role="img" aria-label="A row for each slot of each worker">\(bars)</svg>
            <p class="legend">\(kinds)<span><i style="outline:2px solid #ff1744"></i>did not succeed</span></p>
            """
    }

    private static func short(_ number: Double) -> String { String(format: "%.1f", number) }

    // MARK: tables

    private var moneyTable: String {
        guard !money.isEmpty else { return "<p>Nothing was bought.</p>" }
        let kept = shots.reduce(0.0) { $0 + ($1.stage == "finished" ? $1.seconds : 0) }
        return table(
            ["provider", "calls", "spent", "refunded", "reserved", "per kept second"],
            money.map {
                [
                    $0.provider, "\($0.calls)", Words.money($0.spent), Words.money($0.refunded),
                    Words.money($0.reserved),
                    kept > 0 ? Words.money(Int64(Double($0.spent) / kept)) : "",
                ]
            })
    }

    private var failureTable: String {
        guard !failures.isEmpty else { return "<p>None.</p>" }
        return table(["what", "why"], failures.map { [$0.name, $0.words] })
    }

    private var staleTable: String {
        guard !stale.isEmpty else { return "<p>Nothing: every take is as the script says now.</p>" }
        return table(["take", "what changed"], stale.map { [$0.name, $0.causes] })
    }

    private static let style = """
        :root{color-scheme:dark}*{box-sizing:border-box}body{margin:0;background:#12151a;color:#e6e9ee;\
        font:15px/1.45 system-ui,"Noto Sans","DejaVu Sans",sans-serif}header,section{padding:0 28px;max-width:1400px;margin:0 auto}\
        h1{margin:28px 0 0;font-size:30px}header p{color:#9aa4b2;margin:4px 0 18px}h2{font-size:19px;margin:34px 0 12px;\
        border-bottom:1px solid #2b313b;padding-bottom:6px}.cards{display:flex;flex-wrap:wrap;gap:12px}.cards div{background:#1b2028;\
        border-radius:10px;padding:12px 18px;min-width:120px}.cards b{display:block;font-size:22px}.cards span{color:#9aa4b2;font-size:13px}\
        .sheet{display:grid;grid-template-columns:repeat(auto-fill,minmax(240px,1fr));gap:14px}figure{margin:0;background:#1b2028;\
        border-radius:10px;overflow:hidden}figure img,figure video,.none{width:100%;aspect-ratio:16/9;display:block;background:#000;\
        object-fit:contain}video{cursor:pointer}\
        .none{display:flex;align-items:center;justify-content:center;color:#66707f}figcaption{padding:8px 12px 10px;\
        font-size:13px;color:#b9c2cf}figcaption b{color:#fff}figcaption p{margin:3px 0 0;color:#8b95a3;display:-webkit-box;\
        -webkit-line-clamp:2;-webkit-box-orient:vertical;overflow:hidden}.bad{color:#ff8a80!important}table{border-collapse:collapse;\
        width:100%}td,th{text-align:left;padding:6px 12px 6px 0;border-bottom:1px solid #232934;vertical-align:top}th{color:#9aa4b2;\
        font-weight:500}svg{width:100%;height:auto}svg text{fill:#9aa4b2;font-size:10px}.legend span{margin-right:16px;font-size:13px;\
        color:#b9c2cf}.legend i{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:6px}@media print{body\
        {background:#fff;color:#000}}
        """

    /// A frame becomes a player when it is clicked; one plays at a time.
    private static let script = """
        document.querySelectorAll('video').forEach(v=>{v.title='play';v.addEventListener('click',()=>{if(!v.controls)\
        {v.controls=true;v.play()}})});document.addEventListener('play',e=>{document.querySelectorAll('video').forEach(v=>\
        {if(v!==e.target)v.pause()})},true)
        """
}
