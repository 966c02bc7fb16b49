import Foundation
import HTTP
import Launching
import Protocol
import Scheduling
import TestKit
import Testing

@Suite("The file of pools")
struct PoolFileTests {
    private func read(_ text: String) throws -> PoolFile { try PoolFile(text: text, file: "pools.yaml") }

    @Test func itSaysWhatMayBeStarted() throws {
        let file = try read(
            """
            budget_per_hour: 12.50
            dry_run: true
            pools:
              gpu:
                launcher: slurm
                roles: {gpu: 1, media: 2}
                min: 1
                max: 8
                idle: 5m
                start_up: 90s
                clear_within: 2h
                price_per_hour: 1.20
                options: {partition: gpu, gres: "gpu:1", flags: [--exclusive]}
              here: {launcher: local, roles: {media: 1}, max: 2}
            """)
        #expect(file.isDryRun && file.budgetPerHour == MicroUSD(12_500_000))
        let pool = try #require(file.pools.first { $0.name == "gpu" })
        #expect(pool.roles == [.gpu: 1, .media: 2] && pool.least == 1 && pool.most == 8)
        #expect(pool.idle == .seconds(300) && pool.startUp == .seconds(90) && pool.clearWithin == .seconds(7_200))
        #expect(pool.pricePerHour == MicroUSD(1_200_000))
        #expect(file.settings["gpu"]?.options["gres"] == "gpu:1")
        #expect(file.settings["gpu"]?.lists["flags"] == ["--exclusive"])
        let launchers = try file.launchers(
            program: "/bin/true", folder: URL(fileURLWithPath: "/tmp"), client: HTTPClient())
        #expect(Set(launchers.keys) == ["gpu", "here"])
    }

    @Test(arguments: [
        ("pools: {}", "names no pool"), ("- a", "pools"), ("pools: [", "not YAML"),
        ("pools: {gpu: {launcher: cloud, roles: {gpu: 1}, max: 1}}", "local, ssh, slurm"),
        ("pools: {gpu: {launcher: local, roles: {cook: 1}, max: 1}}", "gpu, api, audio or media"),
        ("pools: {gpu: {launcher: local, roles: {gpu: 1}}}", "max is 1"),
        ("pools: {gpu: {launcher: local, roles: {gpu: 1}, max: 1, min: 2}}", "min not above"),
        ("pools: {gpu: {launcher: local, roles: {gpu: 1}, max: 1, idle: soon}}", "idle: write"),
        ("pools: {gpu: {launcher: local, roles: {gpu: 1}, max: 1, prize: 3}}", "there is no prize"),
        ("pools: {GPU_1: {launcher: local, roles: {gpu: 1}, max: 1}}", "small letters"),
        ("pools: {gpu: {launcher: local, roles: {gpu: 1}, max: 1, price_per_hour: -1}}", "write dollars"),
        ("budget: 3\npools: {gpu: {launcher: local, roles: {gpu: 1}, max: 1}}", "there is no budget"),
    ])
    func whatIsWrongIsNamed(text: String, words: String) {
        #expect {
            try read(text)
        } throws: { error in
            "\(error)".contains(words) && "\(error)".contains("pools.yaml")
        }
    }

    @Test func launchersSayWhatTheyNeed() throws {
        for (launcher, words) in [("ssh", "hosts"), ("exec", "start"), ("kubernetes", "image")] {
            let file = try read("pools: {gpu: {launcher: \(launcher), roles: {gpu: 1}, max: 1}}")
            #expect {
                try file.launchers(program: "", folder: URL(fileURLWithPath: "/tmp"), client: HTTPClient())
            } throws: { "\($0)".contains(words) && "\($0)".contains("pool gpu") }
        }
    }
}
