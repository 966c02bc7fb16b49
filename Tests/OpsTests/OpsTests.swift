import Foundation
import Media
import TestKit
import Testing

/// What is in `ops/` and `docker/`, each checked by its own tool (`ops/setup.sh --tests` installs them).
@Suite("Operators' files", .timeLimit(.minutes(3)))
struct OpsTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let tools =
        ProcessInfo.processInfo.environment["SNOWFLAKE_TEST_TOOLS"]
        ?? "\(ProcessInfo.processInfo.environment["XDG_DATA_HOME"] ?? NSHomeDirectory() + "/.local/share")/snowflake/test-tools"

    private let folder = TemporaryFolder("ops")

    /// What a command says, and whether it is content. Files are named from the top of the repository.
    private func run(_ program: String, _ arguments: [String]) async throws -> (Bool, String) {
        let output = try await Tool(name: "checker", path: "/usr/bin/env").runAny(
            ["--chdir=\(Self.root.path)", program] + arguments, in: folder.url)
        return (output.isSuccess, output.standardOutput + output.standardError)
    }

    private func text(_ path: String) throws -> String {
        try String(contentsOf: Self.root.appendingPathComponent(path), encoding: .utf8)
    }

    @Test func theDockerfileIsClean() async throws {
        let (isGood, words) = try await run("\(Self.tools)/bin/hadolint", ["docker/Dockerfile"])
        #expect(isGood, "\(words)")
    }

    /// Those whose packages are not here are skipped; `make adapters` installs them.
    @Test func adaptersSpeakToAWorkerAsTheyShould() async throws {
        let (isGood, words) = try await run("python3", ["Examples/adapters/test_adapters.py"])
        #expect(isGood && words.contains("OK"), "\(words)")
    }

    @Test(arguments: ["coordinator", "workers"]) func manifestsAreValid(name: String) async throws {
        let (isGood, words) = try await run(
            "\(Self.tools)/bin/kubernetes-validate", ["--strict", "ops/kubernetes/\(name).yaml"])
        #expect(isGood && words.contains("passed"), "\(words)")
    }

    @Test func rulesAndScrapingAreValid() async throws {
        let (isGood, words) = try await run("promtool", ["check", "rules", "ops/prometheus/rules.yaml"])
        #expect(isGood, "\(words)")
        // The credentials are the operator's to make: the tool wants the file to be there.
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("prometheus-\(UUID().uuidString)")
        try FileManager.default.copyItem(at: Self.root.appendingPathComponent("ops/prometheus"), to: folder)
        defer { try? FileManager.default.removeItem(at: folder) }
        try Data().write(to: folder.appendingPathComponent("bearer"))
        let (isWhole, said) = try await run(
            "promtool", ["check", "config", folder.appendingPathComponent("prometheus.yaml").path])
        #expect(isWhole, "\(said)")
    }

    /// The commands units start need not be installed here; everything else about them is checked.
    @Test(arguments: ["snowflake-coordinator.service", "snowflake-worker@.service"])
    func unitsAreValid(name: String) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("units-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let unit = folder.appendingPathComponent(name.replacing("@.", with: "@media."))
        try Data(text("ops/systemd/\(name)").utf8).write(to: unit)
        let (isGood, words) = try await run("systemd-analyze", ["verify", "--man=no", unit.path])
        #expect(isGood && !words.contains("Unknown"), "\(words)")
    }

    /// Rules and dashboard ask for metrics that exist, and every alert has its runbook.
    @Test func metricsAreTheRealOnes() throws {
        let made = Set(
            try text("Sources/Coordinator/Metrics.swift").matches(of: /"(snowflake_[a-z_]+)"/).map { String($0.1) }
        )
        .union(
            try text("Sources/CLI/CoordinatorCommand.swift").matches(of: /"(snowflake_[a-z_]+)"/).map { String($0.1) }
        )
        .union(try text("Sources/Gateway/Gateway.swift").matches(of: /(snowflake_[a-z_]+)/).map { String($0.1) })
        for path in [
            "ops/prometheus/rules.yaml", "ops/grafana/snowflake.json", "ops/kubernetes/workers.yaml",
            "docs/operations.md",
        ] {
            for name in try text(path).matches(of: /snowflake_[a-z_]+/).map({ String($0.0) }) {
                #expect(made.contains(name), "\(path) asks for \(name), which is not made")
            }
        }
        let runbooks = try text("docs/runbooks.md")
        let alerts = try text("ops/prometheus/rules.yaml").matches(of: /alert: ([A-Za-z]+)/).map { String($0.1) }
        #expect(alerts.count > 5)
        for alert in alerts { #expect(runbooks.contains("## \(alert)\n"), "\(alert) has no runbook") }
        let board =
            try JSONSerialization.jsonObject(with: Data(text("ops/grafana/snowflake.json").utf8)) as? [String: Any]
        #expect((board?["panels"] as? [Any])?.count ?? 0 > 8)
    }

    @Test func scriptsAreReadable() async throws {
        for path in ["ops/setup.sh", "ops/slurm/worker.sbatch", "ops/bench.sh"] {
            let (isGood, words) = try await run("bash", ["-n", path])
            #expect(isGood, "\(path): \(words)")
        }
    }
}
