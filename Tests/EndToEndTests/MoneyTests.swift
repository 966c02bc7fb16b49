import Foundation
import Media
import TestKit
import Testing

/// Paid clips through real processes: a service that bills and errs, and ours that die.
@Suite("Nothing is bought twice", .serialized, .timeLimit(.minutes(8)))
struct MoneyTests {
    let house = House()

    private func project(_ name: String = "film", choice: String = "") throws -> URL {
        let url = try house.project(name, shots: House.few)
        let profile = "profiles:\n  bought:\n    extends: test\n    animate: [{backend: metered\(choice)}]\n"
        try Data(profile.utf8).write(to: url.appendingPathComponent("snowflake.yaml"))
        return url
    }

    private func service(_ script: String = "{}") throws -> MeteredProcess {
        try MeteredProcess(folder: house.folder.url.appendingPathComponent("service"), script: script)
    }

    private func render(_ project: URL, _ service: MeteredProcess, _ more: [String] = ["--yes"]) async throws
        -> Tool.Output
    {
        try await Tool(name: "env", path: "/usr/bin/env").runAny(
            [
                "SNOWFLAKE_METERED_URL=\(service.url)", "SNOWFLAKE_METERED_KEY=test-key",
                "SNOWFLAKE_METERED_KEY_STUDIO_B=studio-b-key", House.snowflake, "render",
                project.path, "--profile", "bought", "--state", house.state, "--store", house.store, "--workers", "2",
                "--json",
            ] + more, in: house.folder.url)
    }

    /// Every reference once, every bill in the ledger.
    private func check(_ service: MeteredProcess, shots: Int) throws {
        let bills = try service.bills()
        #expect(Set(bills.map(\.reference)).count == bills.count)
        let good = bills.filter { $0.fate == "succeeded" }
        #expect(good.count == shots, "\(bills)")
    }

    @Test func aServiceThatErrsIsPaidOnce() async throws {
        let service = try service(
            #"{"submit": ["500_after", "drop_answer", "reset_before", "429", "reset_after", "500_before"], "poll": ["500", "reset"], "output": ["truncate"]}"#
        )
        let project = try project()
        let output = try await render(project, service)
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(try Ended(output).missing.isEmpty)
        try check(service, shots: 6)
        let again = try await render(project, service)
        #expect(try Ended(again).tasksRun == 0)
        try check(service, shots: 6)
    }

    /// A real service's wire, its lengths and prices: a shot longer than its longest clip is bought as a chain, and a request
    /// whose answer was lost is found again by our own name for it.
    @Test func aShotIsBoughtAsAChain() async throws {
        let service = try service(#"{"submit": ["drop_answer", "429"]}"#)
        let project = try house.project("film", shots: ["s001_001", "s001_003"])
        let file = project.appendingPathComponent("shot_list.json")
        let text = try String(contentsOf: file, encoding: .utf8)
        let place = try #require(text.range(of: "\"duration_seconds\" : 2"))
        try Data(text.replacingCharacters(in: place, with: "\"duration_seconds\" : 17").utf8).write(to: file)
        let profile = "profiles:\n  bought:\n    extends: test\n    animate: [{backend: kling}]\n"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let output = try await Tool(name: "env", path: "/usr/bin/env").runAny(
            [
                "SNOWFLAKE_KLING_URL=\(service.url(of: "kling"))", "KLING_API_KEY=test-key", House.snowflake, "render",
                project.path, "--profile", "bought", "--state", house.state, "--store", house.store, "--workers", "2",
                "--json", "--yes",
            ], in: house.folder.url)
        #expect(output.isSuccess, "\(output.standardError)")
        let ended = try Ended(output)
        #expect(ended.missing.isEmpty)
        // Fifteen and three seconds for seventeen, three for two.
        let bills = try service.bills()
        #expect(bills.map(\.cost).sorted() == [252_000, 252_000, 1_260_000])
        #expect(Set(bills.map(\.reference)).count == 3)
        let clips = project.appendingPathComponent("clips")
        var frames = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: clips.path) where name.hasSuffix(".mp4") {
            frames = max(frames, try await house.frames(of: clips.appendingPathComponent(name)))
        }
        #expect(frames == 17 * 24)
        #expect(try await house.frames(of: URL(fileURLWithPath: ended.film)) == ended.frames)
        // Without the service's profile what was bought is shown as it is, all of it.
        let pictures = try await house.streams(URL(fileURLWithPath: ended.film))
        let later = try await house.render(project, ["--json"])
        #expect(later.isSuccess, "\(later.standardError)")
        #expect(try await house.streams(URL(fileURLWithPath: try Ended(later).film)) == pictures)
        #expect(try service.bills().count == 3)
    }

    /// Plates, portraits, cut-outs, stills and lines by services that answer at once: each bought once, people only where
    /// somebody is in the picture, words with their times; rendered again, nothing is bought.
    @Test func picturesAndLinesAreBought() async throws {
        let service = try service()
        let project = try house.project("film", shots: ["s001_001", "s001_003", "s002_004"])
        let profile = """
            profiles:
              bought:
                extends: test
                setting: [{backend: stability}]
                portrait: [{backend: stability}]
                cutout: [{backend: stability}]
                compose: [{backend: stability}]
                dialogue: [{backend: elevenlabs}]
            """
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        func render() async throws -> Tool.Output {
            try await Tool(name: "env", path: "/usr/bin/env").runAny(
                [
                    "SNOWFLAKE_STABILITY_URL=\(service.url(of: "stability"))", "STABILITY_API_KEY=test-key",
                    "SNOWFLAKE_ELEVENLABS_URL=\(service.url(of: "elevenlabs"))", "ELEVENLABS_API_KEY=test-key",
                    House.snowflake, "render", project.path, "--profile", "bought", "--state", house.state, "--store",
                    house.store, "--workers", "2", "--json", "--yes",
                ], in: house.folder.url)
        }
        let voiceless = try await render()
        #expect(
            !voiceless.isSuccess && voiceless.standardError.contains("voice_map.json"), "\(voiceless.standardError)")
        #expect(try service.bills().isEmpty)
        let map = project.appendingPathComponent("voice_map.json")
        try Data(#"{"_default": {"voice_id": "flite/rms", "provider": "flite", "elevenlabs": "voice-1"}}"#.utf8)
            .write(to: map)
        let output = try await render()
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(try Ended(output).missing.isEmpty)
        let bills = try service.bills()
        let byModel = Dictionary(grouping: bills, by: \.model).mapValues(\.count)
        let people = byModel["remove-background"] ?? 0
        #expect(
            people > 0 && (byModel["core"] ?? 0) > people && (byModel["inpaint"] ?? 0) > 0, "\(byModel)")
        #expect((byModel["eleven_multilingual_v2"] ?? 0) > 0, "\(byModel)")
        for bill in bills where bill.model == "inpaint" {
            #expect(bill.prompt.split(separator: " ").last != "0", "a mask goes with every still")
        }
        #expect(try Ended(try await render()).tasksRun == 0)
        #expect(try service.bills().count == bills.count)
    }

    /// What a service surely refuses is asked of the next one, once.
    @Test func whatIsRefusedIsAskedOfTheNext() async throws {
        let service = try service(#"{"submit": ["refuse"]}"#)
        let project = try house.project("film", shots: ["s001_001", "s001_003", "s002_004"])
        let profile = """
            profiles:
              bought:
                extends: test
                animate: [{backend: metered}, {backend: kling}]
            """
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        func render() async throws -> Tool.Output {
            try await Tool(name: "env", path: "/usr/bin/env").runAny(
                [
                    "SNOWFLAKE_METERED_URL=\(service.url)", "SNOWFLAKE_METERED_KEY=test-key",
                    "SNOWFLAKE_KLING_URL=\(service.url(of: "kling"))", "KLING_API_KEY=test-key", House.snowflake,
                    "render",
                    project.path, "--profile", "bought", "--state", house.state, "--store", house.store, "--workers",
                    "2", "--json", "--yes",
                ], in: house.folder.url)
        }
        let output = try await render()
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(try Ended(output).missing.isEmpty)
        #expect(try service.bills().map(\.model).sorted() == ["", "", "kling-v3"])
        let again = try await render()
        #expect(again.isSuccess, "\(again.standardError)")
        #expect(try service.bills().count == 3, "nothing is bought again")
    }

    /// Who may be asked for money only when the first has failed is agreed to beforehand all the same.
    @Test func substitutesNeedConsentToo() async throws {
        let service = try service()
        let project = try house.project("film", shots: ["s001_001"])
        let profile = "profiles: {bought: {extends: test, animate: [{backend: local}, {backend: kling}]}}"
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let output = try await Tool(name: "snowflake", path: House.snowflake).runAny(
            ["render", project.path, "--profile", "bought", "--state", house.state, "--store", house.store],
            in: house.folder.url)
        #expect(!output.isSuccess && output.standardError.contains("0.00 USD, and 0."), "\(output.standardError)")
        #expect(try service.bills().isEmpty)
    }

    /// An answer that was lost may have been bought: nobody else is asked for it.
    @Test func theUnknownIsAskedOfNobodyElse() async throws {
        let service = try service(#"{"submit": ["drop_answer"]}"#)
        let project = try house.project("film", shots: ["s001_001"])
        let profile = """
            profiles:
              bought:
                extends: test
                setting: [{backend: stability}, {backend: local}]
            """
        try Data(profile.utf8).write(to: project.appendingPathComponent("snowflake.yaml"))
        let output = try await Tool(name: "env", path: "/usr/bin/env").runAny(
            [
                "SNOWFLAKE_STABILITY_URL=\(service.url(of: "stability"))", "STABILITY_API_KEY=test-key",
                House.snowflake,
                "render", project.path, "--profile", "bought", "--state", house.state, "--store", house.store,
                "--workers", "2", "--json", "--yes",
            ], in: house.folder.url)
        #expect(!output.isSuccess)
        #expect(try Ended(output).missing.contains { $0.contains("setting") }, "\(output.standardOutput)")
        #expect(try service.bills().count == 1)
    }

    /// The worker that buys and the coordinator are killed while purchases are under way.
    @Test func killedProcessesBuyNothingTwice() async throws {
        let service = try service(#"{"seconds": 1.5}"#)
        let project = try project()
        let killer = Task { [house] in
            for victim in ["worker --join - --name api", "coordinator --listen", "worker --join - --name api"] {
                let before = try service.bills().count
                while try service.bills().count == before, try service.bills().count < 6 {
                    try await Task.sleep(for: .milliseconds(10))  // Nothing announces a bill.
                }
                try await house.kill(victim)
            }
        }
        let output = try await render(project, service)
        killer.cancel()
        #expect(output.isSuccess, "\(output.standardError)")
        try check(service, shots: 6)
    }

    /// Without consent nothing is bought; a budget that is too small stops before it is passed, with code 5.
    @Test func moneyNeedsConsentAndABudgetHolds() async throws {
        let service = try service()
        let project = try project()
        let asked = try await render(project, service, [])
        #expect(asked.status == "ended with status 2")
        #expect(asked.standardError.contains("say --yes"))
        #expect(try service.bills().isEmpty)
        let capped = try await render(project, service, ["--yes", "--budget", "0.30"])
        #expect(capped.status == "ended with status 5", "\(capped.standardError)")
        let spent = try service.bills().reduce(0) { $0 + $1.cost }
        #expect(spent <= 300_000)
        #expect(spent > 0)
    }

    /// The account and the model that were asked for are those that are billed, through look-ups and polls as well.
    @Test func theAccountAndModelAskedForAreBilled() async throws {
        let service = try service(#"{"submit": ["500_after", "drop_answer"]}"#)
        let project = try project(choice: ", model: metered-lite, account: studio-b")
        let output = try await render(project, service)
        #expect(output.isSuccess, "\(output.standardError)")
        try check(service, shots: 6)
        let bills = try service.bills()
        #expect(Set(bills.map(\.account)) == ["studio-b"])
        #expect(Set(bills.map(\.model)) == ["metered-lite"])
    }

    /// A moderated clip is billed, becomes a slate, and is not bought again by itself.
    @Test func whatIsModeratedIsNotBoughtAgain() async throws {
        let service = try service(#"{"submit": ["moderate"]}"#)
        let project = try project()
        let output = try await render(project, service)
        #expect(output.status == "ended with status 1", "\(output.standardError)")
        #expect(try Ended(output).missing.count == 1)
        #expect(try service.bills().count == 6)
    }

    /// A clip that stands still is decoded without a complaint, and no shot can use it: it is a slate that says so. It is
    /// kept all the same, and is in the film once the profile allows it, without another purchase.
    @Test func whatStandsStillIsNotBoughtAgain() async throws {
        let service = try service(#"{"submit": ["frozen"]}"#)
        let project = try project()
        let output = try await render(project, service)
        #expect(output.status == "ended with status 1", "\(output.standardError)")
        #expect(try Ended(output).missing.count == 1)
        let manifest = try String(contentsOf: project.appendingPathComponent("shot_manifest.json"), encoding: .utf8)
        #expect(manifest.contains("frozen: without movement from 0.0 s"), "\(manifest)")
        let settings = project.appendingPathComponent("snowflake.yaml")
        try Data((String(contentsOf: settings, encoding: .utf8) + "\nchecks: {frozen_ms: 60000}\n").utf8).write(
            to: settings)
        let again = try await render(project, service)
        #expect(again.isSuccess, "\(again.standardError)")
        #expect(try service.bills().count == 6)
    }
}
