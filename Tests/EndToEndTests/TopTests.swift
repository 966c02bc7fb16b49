import Foundation
import Media
import TestKit
import Testing

/// The control room in a real terminal: tmux types the keys and reads the screen.
struct Terminal {
    let house: House
    let socket: String

    init(_ house: House) {
        self.house = house
        socket = house.folder.url.appendingPathComponent("tmux").path
    }

    private func tmux(_ arguments: String...) async throws -> String {
        try await Tool(name: "tmux", path: "/usr/bin/tmux").run(["-S", socket] + arguments, in: house.folder.url)
            .standardOutput
    }

    func start(_ command: String, width: Int = 120, height: Int = 40) async throws {
        _ = try await tmux(
            "-f", "/dev/null", "new-session", "-d", "-s", "t", "-x", "\(width)", "-y", "\(height)",
            "LANG=C.UTF-8 bash --norc")
        _ = try await tmux("set-option", "-t", "t", "remain-on-exit", "on")
        try await type("PS1='ready> '", "Enter")
        try await type(command, "Enter")
    }

    func type(_ keys: String...) async throws {
        for key in keys { _ = try await tmux("send-keys", "-t", "t", key) }
    }

    func resize(_ width: Int, _ height: Int) async throws {
        _ = try await tmux("resize-window", "-t", "t", "-x", "\(width)", "-y", "\(height)")
    }

    func screen() async throws -> String { try await tmux("capture-pane", "-p", "-t", "t") }

    /// Reads the screen until it holds the words: nothing else tells when it is drawn.
    func until(_ words: String) async throws -> String {
        while true {
            let screen = try await screen()
            if screen.contains(words) { return screen }
            try await Task.sleep(for: .milliseconds(30))
        }
    }

    func stop() async { _ = try? await tmux("kill-server") }
}

@Suite("The control room in a terminal", .timeLimit(.minutes(4)))
struct TopTests {
    static let hasTmux = access("/usr/bin/tmux", X_OK) == 0

    @Test(.enabled(if: hasTmux, "tmux is not installed")) func aRenderIsLookedAt() async throws {
        let house = House()
        let (coordinator, token) = try await house.listening()
        let terminal = Terminal(house)
        let top = "\(House.snowflake) top --state \(house.state)"
        try await terminal.start(top)
        _ = try await terminal.until("no job yet")
        // Workers and a film while somebody looks.
        let file = house.folder.url.appendingPathComponent("w.token")
        let made = try await house.run(["token", "create", "--state", house.state])
        try Data(made.standardOutput.utf8).write(to: file)
        _ = token
        let workers = ["gpu,audio", "media"].map { roles in
            Task { [file] in
                try await house.run([
                    "worker", "--join", "@\(file.path)", "--roles", roles, "--name", "\(roles) machine", "--state",
                    house.folder.url.appendingPathComponent(roles).path,
                ])
            }
        }
        let project = try house.project("film", shots: House.few)
        _ = try await house.run(["submit", project.path, "--profile", "test", "--state", house.state])
        var screen = try await terminal.until("6 of 6 shots")
        #expect(screen.contains("Lamplighter") && screen.contains("media machine"))
        #expect(screen.contains("▄") || screen.contains("▀"), "the newest frame is shown")
        try await terminal.type("2")
        screen = try await terminal.until("s001_00")
        #expect(screen.contains("001 F"))
        try await terminal.type("3", "/", "s002_004", "Enter")
        _ = try await terminal.until("/s002_004")
        try await terminal.type("w")
        _ = try await terminal.until("is done")
        try await terminal.type("Escape", "y")
        _ = try await terminal.until("\"kind\"")
        try await terminal.type("Escape", "4", "l")
        _ = try await terminal.until("done bytes=")
        try await terminal.type("Escape", "?")
        _ = try await terminal.until("copy its name")
        try await terminal.type("Escape")
        // Too small, and large again.
        try await terminal.resize(50, 10)
        _ = try await terminal.until("too small, needs 60×16")
        try await terminal.resize(120, 40)
        _ = try await terminal.until("media machine")
        // To the shell and back.
        try await terminal.type("C-z")
        _ = try await terminal.until("Stopped")
        try await terminal.type("fg", "Enter")
        _ = try await terminal.until("media machine")
        // Drained from here, after it was asked.
        try await terminal.type("4", "D")
        _ = try await terminal.until("any other key does not")
        try await terminal.type("y")
        _ = try await terminal.until("dra")
        // Killed, the terminal is a terminal again.
        try await terminal.type("q")
        _ = try await terminal.until("ready>")
        try await terminal.type("stty -a | grep -o ' echo '", "Enter")
        _ = try await terminal.until(" echo")
        await terminal.stop()
        for worker in workers { worker.cancel() }
        coordinator.cancel()
        for worker in workers { _ = try? await worker.value }
        _ = try? await coordinator.value
    }

    @Test(.enabled(if: hasTmux, "tmux is not installed")) func aCoordinatorThatGoesAwayAndComesBack() async throws {
        let house = House()
        let (coordinator, token) = try await house.listening()
        let terminal = Terminal(house)
        try await terminal.start("\(House.snowflake) top --state \(house.state)", width: 90, height: 30)
        _ = try await terminal.until("no job yet")
        let port = token.split(separator: ":").last?.prefix { $0.isNumber } ?? ""
        _ = port
        coordinator.cancel()
        _ = try? await coordinator.value
        _ = try await terminal.until("trying on")
        // A crash of its own gives the terminal back.
        let id = try #require(House.process("top", house.state))
        kill(id, SIGSEGV)
        _ = try await terminal.until("ready>")
        try await terminal.type("stty -a | grep -o ' echo '", "Enter")
        _ = try await terminal.until(" echo")
        await terminal.stop()
    }

    @Test func withoutATerminalLinesArePrinted() async throws {
        let house = House()
        let (coordinator, _) = try await house.listening()
        let output = try await Tool(name: "sh", path: "/bin/sh").runAny(
            ["-c", "\(House.snowflake) top --state \(house.state) | head -1; echo ended"], in: house.folder.url)
        #expect(output.standardOutput.contains("no jobs") && output.standardOutput.contains("ended"))
        for arguments in [
            ["tasks"], ["shots"], ["workers"], ["gates"], ["events"], ["jobs"], ["logs"], ["ledger"], ["status"],
        ] {
            let plain = try await house.run(arguments + ["--state", house.state])
            #expect(plain.isSuccess, "\(arguments): \(plain.words)")
            let json = try await house.run(arguments + ["--state", house.state, "--json"])
            for line in json.standardOutput.split(separator: arguments == ["events"] ? "\n" : "\u{0}") {
                #expect(throws: Never.self, "\(arguments)") {
                    _ = try JSONSerialization.jsonObject(with: Data(line.utf8))
                }
            }
        }
        coordinator.cancel()
        _ = try? await coordinator.value
    }
}
