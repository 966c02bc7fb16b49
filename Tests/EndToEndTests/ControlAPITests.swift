import Foundation
import Media
import TestKit
import Testing

@Suite("The control API", .timeLimit(.minutes(3)))
struct ControlAPITests {
    private static var python: String {
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"] ?? "\(environment["HOME"] ?? "/root")/.local/share"
        return (environment["SNOWFLAKE_TEST_TOOLS"] ?? "\(data)/snowflake/test-tools") + "/bin/python"
    }

    /// The file is made from the table requests are matched against, valid by its own checker, and true of every answer.
    @Test func everyAnswerIsAsTheFileSays() async throws {
        let house = House()
        let check = try await Tool(name: "python3", path: "/usr/bin/python3").runAny(
            [House.root.appendingPathComponent("ops/openapi.py").path, House.snowflake, "--check"], in: house.folder.url
        )
        #expect(check.isSuccess, "\(check.words)")
        let port = try await free()
        let coordinator = Task {
            try await house.run([
                "coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--https", "\(port)",
                "--state", house.state, "--store", house.store,
            ])
        }
        _ = try await house.until { try await house.run(["status", "--state", house.state]) }
        let project = try house.project("film", shots: House.few)
        let submitted = try await house.run(["submit", project.path, "--profile", "test", "--state", house.state])
        let job = submitted.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)
        func ticket(_ role: String) async throws -> String {
            try await house.run(["token", "create", "--role", role, "--bearer", "--state", house.state]).standardOutput
                .trimmingCharacters(in: .whitespacesAndNewlines)
        }
        let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("check-api.py")
        let output = try await Tool(name: "python", path: Self.python).runAny(
            [
                script.path, House.root.appendingPathComponent("docs/openapi.json").path, "https://127.0.0.1:\(port)",
                try await ticket("viewer"), try await ticket("operator"), job,
            ], in: house.folder.url)
        #expect(output.isSuccess, "\(output.standardError)")
        coordinator.cancel()
        _ = try? await coordinator.value
    }

    /// Free a moment ago.
    private func free() async throws -> Int {
        let folder = TemporaryFolder("port")
        let output = try await Tool(name: "python3", path: "/usr/bin/python3").run(
            ["-c", "import socket; s = socket.socket(); s.bind(('127.0.0.1', 0)); print(s.getsockname()[1])"],
            in: folder.url)
        return try #require(Int(output.standardOutput.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
