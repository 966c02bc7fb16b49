import Foundation
import Media
import TestKit
import Testing

/// A whole render against services that cost nothing.
@Suite("Rehearsal", .timeLimit(.minutes(4)))
struct RehearseTests {
    private let house = House()

    private struct Report: Decodable {
        struct Crash: Decodable { let boughtAgain: Int }
        let calls: Int
        let isEqual: Bool
        let spentUSD: String
        let billedUSD: String
        let missing: [String]
        let crashes: Int
        let crash: Crash?
    }

    private func rehearse(_ project: URL, _ more: [String]) async throws -> Tool.Output {
        try await Tool(name: "snowflake", path: House.snowflake).runAny(
            ["rehearse", project.path, "--json"] + more, in: house.folder.url)
    }

    /// Both processes that know of purchases are killed while some are under way, and services err: every dollar billed is a
    /// dollar in our ledger, nothing is bought again, and the project stays as it was.
    @Test func troublesAndCrashesCostWhatTheLedgerSays() async throws {
        let project = try house.project("film", shots: House.few)
        let profile = """
            profiles:
              bought:
                extends: hd
                size: 1280x720
                setting: [{backend: flux}]
                animate: [{backend: veo}]
                lipsync: [{backend: sync}]
            """
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let before = try FileManager.default.contentsOfDirectory(atPath: project.path).sorted()
        let output = try await rehearse(
            project, ["--profile", "bought", "--speed", "100", "--seed", "3", "--crash", "2", "--workers", "2"])
        let report = try JSONDecoder().decode(Report.self, from: Data(output.standardOutput.utf8))
        #expect(report.isEqual, "\(report.spentUSD) \(report.billedUSD) \(output.standardError)")
        #expect(report.calls >= 8 && report.crashes == 1)
        #expect(report.crash?.boughtAgain == 0)
        #expect(report.missing.isEmpty == output.isSuccess)
        #expect(try FileManager.default.contentsOfDirectory(atPath: project.path).sorted() == before)
    }

    @Test func whatCannotBeRehearsedIsSaid() async throws {
        let project = try house.project("film", shots: ["s001_001"])
        let free = try await rehearse(project, ["--profile", "animatic"])
        #expect(free.standardError.contains("buys nothing"), "\(free.standardError)")
        let profile = "profiles: {mine: {extends: hd, animate: [{backend: kling}], setting: [{backend: comfyui}]}}"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let engine = try await rehearse(project, ["--profile", "mine"])
        #expect(engine.standardError.contains("comfyui cannot be rehearsed"), "\(engine.standardError)")
    }
}
