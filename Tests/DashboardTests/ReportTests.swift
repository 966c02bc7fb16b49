import Dashboard
import Foundation
import Testing

@Suite("The report's page")
struct ReportTests {
    private var page: ReportPage {
        var page = ReportPage()
        page.title = "Night <script>alert(1)</script> & \u{1B}[31mday"
        page.job = "j-1"
        page.state = "settled"
        page.filmSeconds = 12
        (page.tasks, page.done) = (10, 9)
        page.shots = [
            .init(
                name: "s001_001", caption: "\"><img src=x onerror=alert(1)>", stage: "finished", seconds: 4,
                microUSD: 2_000_000, poster: "data:image/jpeg;base64,AA==", clip: "data:video/mp4;base64,AA==",
                fault: ""),
            .init(
                name: "s001_002", caption: "", stage: "failed", seconds: 8, microUSD: 0, poster: "", clip: "",
                fault: "rejected: <b>no</b>"),
        ]
        page.spans = [
            .init(
                worker: "a", row: 1, label: "s001_001/compose", kind: "compose", outcome: "done", from: 0, length: 900),
            .init(
                worker: "a", row: 2, label: "s001_002/compose", kind: "compose", outcome: "worker_fault", from: 100,
                length: 50),
        ]
        page.money = [.init(provider: "metered", calls: 2, spent: 2_000_000, refunded: 500_000, reserved: 0)]
        page.failures = [("s001_002/compose", "1× worker_fault")]
        page.stale = [("s001_001/animate", "prompt")]
        return page
    }

    @Test("nothing in it is obeyed, and nothing is fetched") func isHarmless() {
        let html = page.html
        #expect(!html.contains("<script>alert") && !html.contains("<img src=x") && !html.contains("\u{1B}"))
        #expect(!html.contains("http://") && !html.contains("https://") && !html.contains("src=\"/"))
        #expect(html.contains("&lt;b&gt;no&lt;/b&gt;"))
    }

    @Test("money by provider and per kept second, failures, what is stale") func says() {
        let html = page.html
        #expect(html.contains("<td>metered</td><td>2</td><td>$2.00</td><td>$0.50</td><td>$0</td><td>$0.50</td>"))
        #expect(
            html.contains("<b>1 of 2</b><span>shots</span>")
                && html.contains("<b>$0.50</b><span>per kept second</span>"))
        #expect(html.contains("worker_fault") && html.contains("s001_001/animate"))
        #expect(html.components(separatedBy: "<rect ").count == 3)
    }

    @Test("a job of which nothing is known is a page as well") func isEmpty() {
        let html = ReportPage().html
        #expect(html.contains("No attempts are on record") && html.contains("Nothing was bought"))
    }
}
