import Foundation
import Media
import TestKit
import Testing

@Suite("A report in a browser", .timeLimit(.minutes(3)))
struct ReportTests {
    static let chromium = "/usr/bin/chromium"

    @Test(.enabled(if: access(chromium, X_OK) == 0, "chromium is not installed")) func itIsSeen() async throws {
        let house = House()
        let project = try house.project("film", shots: House.few)
        _ = try await house.render(project)
        let (coordinator, _) = try await house.listening()
        let file = house.folder.url.appendingPathComponent("report.html")
        let report = try await house.run(["report", "--state", house.state, "-o", file.path])
        #expect(report.isSuccess, "\(report.words)")
        let html = try String(contentsOf: file, encoding: .utf8)
        #expect(html.components(separatedBy: "<video ").count == 7 && html.components(separatedBy: "<rect ").count > 20)
        let picture = house.folder.url.appendingPathComponent("report.png")
        _ = try await Tool(name: "chromium", path: Self.chromium).runAny(
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1200,1500",
                "--user-data-dir=\(house.folder.url.path)/chromium", "--screenshot=\(picture.path)",
                "file://\(file.path)",
            ], in: house.folder.url)
        // The page is dark; what is light on it are frames and words.
        let looked = try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-i", picture.path, "-vf",
                "signalstats,metadata=print:file=-:key=lavfi.signalstats.YAVG,metadata=print:file=-:key=lavfi.signalstats.YMAX",
                "-f", "null", "-",
            ], in: house.folder.url
        ).standardOutput
        func number(_ name: String) -> Double {
            looked.split(separator: "\n").first { $0.contains(name) }?.split(separator: "=").last.flatMap { Double($0) }
                ?? 0
        }
        #expect(number("YAVG") > 25 && number("YMAX") > 200, "\(looked)")
        // Frames of the film are on it: what the browser made of the page holds them.
        let dom = try await Tool(name: "chromium", path: Self.chromium).runAny(
            [
                "--headless", "--no-sandbox", "--disable-gpu", "--user-data-dir=\(house.folder.url.path)/chromium",
                "--dump-dom",
                "file://\(file.path)",
            ], in: house.folder.url)
        #expect(dom.standardOutput.contains("title=\"play\""), "its script has run")
        coordinator.cancel()
        _ = try? await coordinator.value
    }
}
