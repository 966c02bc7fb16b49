import Foundation
import Media
import TestKit
import Testing

/// Machines that come when there is work and go when there is none, and hosts that share nothing but a bad wire.
@Suite("Fleets", .serialized, .timeLimit(.minutes(8)))
struct FleetTests {
    private struct Scaled: Decodable {
        struct Pool: Decodable {
            let name: String
            let running: Int?
            let starting: Int?
            let fault: String?
        }
        let pools: [Pool]

        var machines: Int { pools.reduce(0) { $0 + ($1.running ?? 0) + ($1.starting ?? 0) } }
    }

    private func scale(_ house: House, _ more: [String] = []) async throws -> Scaled {
        let output = try await house.until {
            try await house.run(["scale", "--json", "--state", house.state] + more)
        }
        return try JSONDecoder().decode(Scaled.self, from: Data(output.standardOutput.utf8))
    }

    /// A coordinator, its pools, a film: nobody starts a worker by hand.
    private func render(
        _ pools: String, environment: [String: String] = [:]
    ) async throws -> (film: Tool.Output, most: Int, house: House) {
        let house = House()
        let file = house.folder.url.appendingPathComponent("pools.yaml")
        try Data(pools.utf8).write(to: file)
        let project = try house.project("film", shots: House.few)
        let words =
            environment.map { "\($0.key)=\($0.value)" }
            + [
                House.snowflake, "coordinator", "--listen", "tcp://127.0.0.1:*", "--advertise", "127.0.0.1", "--state",
                house.state, "--store", house.store, "--pools", file.path,
            ]
        let coordinator = Task {
            try await Tool(name: "env", path: "/usr/bin/env").runAny(words, in: house.folder.url)
        }
        #expect(try await scale(house).machines == 0, "nothing waits")
        let film = Task {
            try await house.run(
                ["submit", project.path, "--profile", "test", "--wait", "--json", "--state", house.state])
        }
        var most = 0
        while most == 0 { most = try await scale(house).machines }
        let ended = try await film.value
        // Nothing waits any more: all of them go.
        while try await scale(house).machines > 0 {}
        let trace = try await house.run(["trace", "--state", house.state])
        #expect(trace.standardOutput.contains("traceEvents"))
        coordinator.cancel()
        _ = try? await coordinator.value
        return (ended, most, house)
    }

    private static let local = """
        pools:
          studio: {launcher: local, roles: {gpu: 1}, max: 1, idle: 3s, start_up: 3s, clear_within: 1m}
          sound: {launcher: local, roles: {audio: 1}, max: 1, idle: 3s, start_up: 3s, clear_within: 1m}
          media: {launcher: local, roles: {media: 1}, max: 2, idle: 3s, start_up: 3s, clear_within: 1m}
        """

    @Test func workersAreStartedForTheWorkAndLetGo() async throws {
        let (film, most, house) = try await render(Self.local)
        let ended = try Ended(film)
        #expect(ended.missing.isEmpty && most >= 1 && most <= 4)
        let alone = House()
        let project = try alone.project("film", shots: House.few)
        let expected = try Ended(try await alone.render(project, ["--json"]))
        #expect(
            try await house.streams(URL(fileURLWithPath: ended.film))
                == alone.streams(URL(fileURLWithPath: expected.film)))
    }

    /// Debian's Slurm, one node: needs root and the packages `ops/setup.sh --tests` installs.
    @Test(.enabled(if: getuid() == 0, "a Slurm node of one's own needs root")) func jobsOfARealSlurm() async throws {
        let folder = TemporaryFolder("slurm")
        let daemons = Task {
            try await Tool(name: "python3", path: "/usr/bin/python3").runAny(
                [House.root.appendingPathComponent("ops/slurm/one-node.py").path, folder.url.path], in: folder.url)
        }
        let ready = folder.url.appendingPathComponent("ready.json")
        // Daemons that start announce nothing else.
        while !FileManager.default.fileExists(atPath: ready.path) { try await Task.sleep(for: .milliseconds(50)) }
        let environment = try JSONDecoder().decode([String: String].self, from: Data(contentsOf: ready))
        func pool(_ role: String) -> String {
            "{launcher: slurm, roles: {\(role): 1}, max: 1, idle: 3s, start_up: 10s, clear_within: 1m, "
                + "options: {command: \"\(House.snowflake)\", partition: farm, flags: [--oversubscribe]}}"
        }
        let (film, most, _) = try await render(
            "pools:\n  gpu: \(pool("gpu"))\n  audio: \(pool("audio"))\n  media: \(pool("media"))\n",
            environment: environment.merging(["XDG_STATE_HOME": folder.url.path + "/home"]) { $1 })
        #expect(try Ended(film).missing.isEmpty && most >= 1)
        daemons.cancel()
        _ = try? await daemons.value
    }

    /// `ops/hosts-film.py`: a coordinator, a gpu worker, an audio worker, media workers, an operator and a viewer, each on
    /// a host of its own, 20 ms apart, 1 % of the packets lost. One is added, one drained, one unplugged.
    @Test func hostsThatShareNothingMakeTheSameFilm() async throws {
        let house = House()
        let folder = URL(fileURLWithPath: House.snowflake).deletingLastPathComponent().path
        let output = try await Tool(name: "python3", path: "/usr/bin/python3").runAny(
            [House.root.appendingPathComponent("ops/hosts-film.py").path, "--bin", folder], in: house.folder.url)
        #expect(output.isSuccess, "\(output.standardOutput)\n\(output.standardError)")
        #expect(output.standardOutput.contains("\"same\": true"))
    }
}
