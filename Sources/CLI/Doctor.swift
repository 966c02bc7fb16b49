import ArgumentParser
import Film
import Foundation
import Media
import Planning
import Protocol
import Providers
import Worker

struct Doctor: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Says what this machine has and lacks, and which settings are in force.")

    @Option(help: "A project whose settings count too.") var project: String?
    @Flag(help: "For programs.") var json = false

    struct Check: Encodable {
        let name: String
        let isGood: Bool
        let detail: String
    }

    struct Report: Encodable {
        let version = 1
        let checks: [Check]
    }

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("snowflake-\(UUID().uuidString)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        var checks: [Check] = []
        for tool in [Tool.ffmpeg, .ffprobe] {
            checks.append(
                Check(
                    name: tool.name, isGood: tool.isInstalled,
                    detail: tool.isInstalled ? "installed" : "missing: apt-get install ffmpeg"))
        }
        do throws(ToolError) {
            try await MediaMaker.prove(in: folder)
            checks.append(Check(name: "clips", isGood: true, detail: "joinable: the recipe's parameter sets"))
        } catch {
            checks.append(Check(name: "clips", isGood: false, detail: "\(error)"))
        }
        let voices = await SoundMaker(folder: folder).voices
        let engines = Set(voices.map(\.engine)).sorted()
        checks.append(
            Check(
                name: "speech", isGood: !voices.isEmpty,
                detail: voices.isEmpty
                    ? "no engine: make setup" : "\(voices.count) voices of \(engines.joined(separator: ", "))"))
        for (name, url) in [("state", Folders.state), ("store", Folders.store)] { checks.append(writable(name, url)) }
        checks += await services()
        checks += await programs(in: folder)
        checks += try settings()
        if json {
            Terminal.printJSON(Report(checks: checks))
        } else {
            for check in checks { print("\(check.isGood ? "ok     " : "MISSING")  \(check.name): \(check.detail)") }
        }
        if checks.contains(where: { !$0.isGood }) { throw Failure(.lacking, "") }
    }

    /// Services this machine has keys of: whether each takes its key, whether a price is known. Nothing here costs anything.
    private func services() async -> [Check] {
        var checks: [Check] = []
        for client in Keys.clients() {
            let backend = client.service.backend
            let name = client.account.isEmpty ? backend : "\(backend)@\(client.account)"
            let models = VideoModels.shipped.filter { $0.backend == backend }
            let priced = Set(Prices.shipped.filter { $0.backend == backend }.map(\.model))
            let unpriced = models.map(\.name).filter { !priced.contains($0) }
            var words = ["key of \(client.credential.origin)"]
            var isGood = true
            switch await client.greet() {
            case .success: words.append("reachable, the key is taken")
            case .failure(let complaint):
                isGood = false
                words.append(complaint.isReachable ? complaint.words : "not reachable: \(complaint.words)")
            case nil: words.append("it has no free question, so nobody knows whether the key is good")
            }
            if !unpriced.isEmpty { words.append("no price known for \(unpriced.joined(separator: ", "))") }
            checks.append(Check(name: name, isGood: isGood, detail: words.joined(separator: "; ")))
        }
        return checks
    }

    /// Programs of the user's own: whether each says that it could work here.
    private func programs(in folder: URL) async -> [Check] {
        let makers: [ProgramMaker]
        do throws(Failure) { makers = try Keys.programs() } catch {
            return [Check(name: "programs", isGood: false, detail: error.message)]
        }
        var checks: [Check] = []
        for maker in makers {
            let kinds = maker.program.kinds.map(\.rawValue).joined(separator: ", ")
            let name = "exec@\(maker.program.name)"
            do throws(WorkFault) {
                try await maker.check(in: folder)
                checks.append(Check(name: name, isGood: true, detail: "makes \(kinds); it says that it can work here"))
            } catch {
                checks.append(Check(name: name, isGood: false, detail: "makes \(kinds); \(error.message)"))
            }
        }
        return checks
    }

    /// The settings in force, each with where it comes from.
    private func settings() throws(Failure) -> [Check] {
        let files = try project.map { path throws(Failure) in try ProjectFolder.read(Folders.folder(path)) } ?? [:]
        let (configuration, faults) = ProjectFolder.configuration(files)
        var checks = faults.map { Check(name: "config", isGood: $0.weight != .error, detail: "\($0)") }
        let name = configuration.profile ?? "animatic"
        func origin(_ key: String, otherwise: String) -> String { configuration.origins[key] ?? otherwise }
        switch configuration.resolve(name) {
        case .failure(let fault): checks.append(Check(name: "profile", isGood: false, detail: fault.message))
        case .success(let profile):
            let own = "profile \(name)"
            let budget = profile.budget.map { "\($0) USD" } ?? "none"
            checks += [
                Check(name: "profile", isGood: true, detail: "\(name) (\(origin("profile", otherwise: "default")))"),
                Check(
                    name: "size", isGood: true,
                    detail: "\(profile.width)×\(profile.height) (\(origin("size", otherwise: own)))"),
                Check(name: "fps", isGood: true, detail: "\(profile.fps) (\(origin("fps", otherwise: own)))"),
                Check(
                    name: "budget", isGood: true, detail: "\(budget) (\(origin("budget_usd", otherwise: "default")))"),
            ]
        }
        if !FileManager.default.fileExists(atPath: Folders.config.path) {
            checks.append(Check(name: "config", isGood: true, detail: "no \(Folders.config.path)"))
        }
        return checks
    }

    private func writable(_ name: String, _ url: URL) -> Check {
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let values = try url.resourceValues(forKeys: [.volumeAvailableCapacityKey])
            let free = values.volumeAvailableCapacity.map { " (\($0 / 1_000_000_000) GB free)" } ?? ""
            let isWritable = access(url.path, W_OK) == 0
            return Check(
                name: name, isGood: isWritable, detail: isWritable ? url.path + free : "\(url.path) cannot be written")
        } catch {
            return Check(name: name, isGood: false, detail: "\(url.path): \(error.localizedDescription)")
        }
    }
}
