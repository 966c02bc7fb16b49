import ArgumentParser
import Foundation
import Rehearsal

/// The services' stand-in, as its own process: what `rehearse` and tests call instead of what costs money.
struct SimulatorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulator",
        abstract: "Plays every service this release buys from, on a port of this machine, until its input ends.",
        discussion: """
            Prints its port. Each service is below its own name: SNOWFLAKE_RUNWAY_URL=http://127.0.0.1:PORT/runway, with the \
            key test-key. FOLDER/settings.json says how it behaves (docs/rehearsal.md), FOLDER/ledger.jsonl what it billed.
            """)
    @Argument(help: "Its folder: settings in, ledger out.") var folder: String

    func run() async throws {
        let url = Folders.folder(folder)
        let started = ContinuousClock.now
        let simulator: Simulator
        do {
            try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
            let text = try? Data(contentsOf: url.appendingPathComponent("settings.json"))
            let settings = try text.map { try JSONDecoder().decode(Settings.self, from: $0) } ?? Settings()
            let media = try MediaShelf(folder: url.appendingPathComponent("media"), shrink: settings.shrink)
            let house = try House(folder: url, settings: settings, media: media) {
                let (seconds, attoseconds) = (ContinuousClock.now - started).components
                return Int64((Double(seconds) * 1_000 + Double(attoseconds) / 1e15) * settings.speed)
            }
            simulator = try Simulator(house: house)
        } catch let error as DecodingError {
            throw Failure(.usage, "\(url.path)/settings.json is not right: \(error)")
        } catch {
            throw Failure(.lacking, "\(url.path): \(error)")
        }
        print(simulator.port)
        // For whoever does not read what we say.
        try? Data("\(simulator.port)\n".utf8).write(to: url.appendingPathComponent("port"), options: .atomic)
        fflush(nil)
        Thread {
            // Our parent holds the other end.
            while !FileHandle.standardInput.availableData.isEmpty {}
            Foundation.exit(0)
        }.start()
        simulator.run()
    }
}
