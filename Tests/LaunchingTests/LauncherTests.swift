import Foundation
import HTTP
import Launching
import Protocol
import TestKit
import Testing

/// Launchers against the engines, or what stands for them: commands that note how they were called, and an HTTP server
/// that answers as the Kubernetes API is documented to.
@Suite("Launchers", .timeLimit(.minutes(2)))
struct LauncherTests {
    let folder = TemporaryFolder("launch")
    private let order = LaunchOrder(id: "gpu-abc", roles: [.gpu: 1, .media: 2], token: "snowflake1.secret")

    private func launcher(_ yaml: String, program: String = "/bin/false") throws -> any Launcher {
        let file = try PoolFile(text: "pools: {gpu: {roles: {gpu: 1}, max: 3, \(yaml)}}", file: "pools.yaml")
        let launchers = try file.launchers(program: program, folder: folder.url, client: HTTPClient())
        return try #require(launchers["gpu"])
    }

    /// A command that notes its arguments and its input in a file.
    private func command(_ name: String, _ body: String) throws -> String {
        let path = folder.url.appendingPathComponent(name).path
        try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(fileURLWithPath: path))
        chmod(path, 0o755)
        return path
    }

    private func text(_ name: String) -> String {
        (try? String(contentsOf: folder.url.appendingPathComponent(name), encoding: .utf8)) ?? ""
    }

    private func until(_ condition: () async throws -> Bool) async throws {
        while try await !condition() {
            try Task.checkCancellation()
            await Task.yield()
        }
    }

    @Test func commandsOfTheUsersOwn() async throws {
        let list = folder.url.appendingPathComponent("list").path
        let launcher = try launcher(
            """
            launcher: exec, options: {start: 'cat > \(folder.url.path)/token; echo "$SNOWFLAKE_ORDER $SNOWFLAKE_SLOTS" > \(list)',
            stop: 'grep -v "$SNOWFLAKE_ORDER" \(list) > \(list).new; mv \(list).new \(list)', list: 'cut -d" " -f1 \(list)'}
            """)
        try await launcher.start(order)
        #expect(text("list") == "gpu-abc gpu=1,media=2\n")
        #expect(text("token") == "snowflake1.secret\n", "on standard input, never as an argument")
        #expect(try await launcher.alive() == ["gpu-abc"])
        try await launcher.stop("gpu-abc")
        #expect(try await launcher.alive() == [])
    }

    @Test func aCommandThatFailsSaysWhy() async throws {
        let launcher = try launcher(
            "launcher: exec, options: {start: 'echo no quota >&2; exit 3', stop: 'true', list: 'true'}")
        await #expect {
            try await launcher.start(order)
        } throws: { "\($0)".contains("no quota") }
    }

    /// A child gets its token by a pipe, and ends when the pipe does.
    @Test func aWorkerOfThisMachine() async throws {
        let worker = try command("worker", "echo \"$@\" > \(folder.url.path)/arguments; cat > \(folder.url.path)/input")
        let launcher = try launcher("launcher: local", program: worker)
        try await launcher.start(order)
        try await launcher.start(order)
        #expect(try await launcher.alive() == ["gpu-abc"], "an order that runs is not started twice")
        try await launcher.stop("gpu-abc")
        try await until { try await launcher.alive().isEmpty }
        #expect(text("input") == "snowflake1.secret\n")
        #expect(text("arguments").contains("--roles gpu,media --slots gpu=1,media=2 --name gpu-abc --launch gpu-abc"))
        #expect(!text("arguments").contains("secret"))
    }

    @Test func hostsAreFilledEvenlyAndNotOverfilled() async throws {
        let ssh = try command(
            "ssh", "for last; do :; done; echo \"$@\" >> \(folder.url.path)/calls; exec cat > /dev/null")
        let launcher = try launcher(
            "launcher: ssh, options: {ssh: \(ssh), hosts: [a, b], per_host: 1, command: /opt/it's here}")
        for id in ["gpu-1", "gpu-2"] {
            try await launcher.start(LaunchOrder(id: id, roles: [.gpu: 1], token: "t"))
        }
        await #expect(throws: LaunchTrouble.self) {
            try await launcher.start(LaunchOrder(id: "gpu-3", roles: [.gpu: 1], token: "t"))
        }
        try await until { text("calls").split(separator: "\n").count == 2 }
        let calls = text("calls")
        #expect(calls.contains(" a ") && calls.contains(" b ") && calls.contains("BatchMode=yes"))
        #expect(calls.contains(#"'/opt/it'\''s here' 'worker'"#), "words are quoted for the other side's shell")
        for id in try await launcher.alive() { try await launcher.stop(id) }
        try await until { try await launcher.alive().isEmpty }
    }

    @Test func jobsOfKubernetes() async throws {
        let server = try KubernetesStandIn(folder.url)
        let launcher = try launcher(
            """
            launcher: kubernetes, options: {server: "\(server.address)", token_file: \(server.tokenFile), namespace: farm,
            image: "registry.example/snowflake-worker:1", limits: ["cpu=2", "nvidia.com/gpu=1"]}
            """)
        try await launcher.start(order)
        #expect(try await launcher.alive() == ["gpu-abc"])
        try await launcher.start(order)
        try await launcher.stop("gpu-abc")
        #expect(try await launcher.alive() == [])
        try await launcher.stop("gpu-abc")
        await #expect {
            try await launcher.start(LaunchOrder(id: "gpu-full", roles: [.gpu: 1], token: "t"))
        } throws: { "\($0)".contains("exceeded quota") }
        let calls = try server.calls()
        #expect(calls.allSatisfy { $0.authorization == "Bearer account" })
        let job = try #require(calls.first { $0.method == "POST" && $0.path.hasSuffix("/jobs") })
        #expect(job.path == "/apis/batch/v1/namespaces/farm/jobs")
        #expect(job.body.contains(#""@\/run\/snowflake\/token""#) || job.body.contains(#""@/run/snowflake/token""#))
        #expect(!job.body.contains("snowflake1.secret"), "the token is in the secret alone")
        #expect(job.body.contains(#""nvidia.com\/gpu":"1""#) || job.body.contains(#""nvidia.com/gpu":"1""#))
        let secret = try #require(calls.first { $0.path.hasSuffix("/secrets") })
        #expect(secret.body.contains("snowflake1.secret"))
        #expect(
            calls.contains { $0.method == "DELETE" && $0.path.contains("secrets/snowflake-gpu-full") },
            "nothing is left")
    }

    @Test func aServerThatIsAwayIsNamed() async throws {
        let launcher = try launcher(
            "launcher: kubernetes, options: {server: 'http://127.0.0.1:9', image: x, token_file: /nowhere}")
        await #expect(throws: LaunchTrouble.self) { _ = try await launcher.alive() }
    }
}

/// Answers as the Kubernetes API does, from its documentation (v1.31), and notes what it was asked. It ends with this value.
private final class KubernetesStandIn {
    struct Call: Decodable {
        let method: String
        let path: String
        let authorization: String
        let body: String
    }

    let address: String
    let tokenFile: String
    private let log: URL
    private let process = Process()

    init(_ folder: URL) throws {
        tokenFile = folder.appendingPathComponent("account").path
        try Data("account\n".utf8).write(to: URL(fileURLWithPath: tokenFile))
        log = folder.appendingPathComponent("calls.ndjson")
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("kubernetes.py")
        let (output, input) = (Pipe(), Pipe())
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = [script.path, log.path]
        process.standardOutput = output
        process.standardInput = input
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty, byte != Data("\n".utf8) {
            line += byte
        }
        address = String(decoding: line, as: UTF8.self)
    }

    func calls() throws -> [Call] {
        try String(contentsOf: log, encoding: .utf8).split(separator: "\n").map {
            try JSONDecoder().decode(Call.self, from: Data($0.utf8))
        }
    }

    /// Children of a test's thread inherit its mask: nothing milder reaches them.
    deinit { kill(process.processIdentifier, SIGKILL) }
}
