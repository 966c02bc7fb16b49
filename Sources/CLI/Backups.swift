import ArgumentParser
import Coordinator
import Foundation
import Protocol
import Store

struct BackupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: "Copies the coordinator's state into a file, while it works.",
        discussion: """
            The file lies on the coordinator's machine and holds the cluster's keys: keep it as safe as those. Results \
            are in the store, which is not copied. `snowflake restore FILE` puts it back.
            """)
    @Argument(help: "The new file.") var file: String
    @OptionGroup var cluster: ClusterOptions

    func run() async throws {
        let path = Folders.folder(file).path
        try await act(cluster) { ($0.verb, $0.text) = ("backup", path) }
    }
}

struct Restore: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Puts a backup in the place of the coordinator's state; what was there is kept beside it.",
        discussion: """
            The coordinator must not run. What was made since the backup is found again by its receipts in the store; \
            what may have been bought since is looked up at its provider before it is bought.
            """)
    @Argument(help: "The backup.") var file: String
    @Option(help: "The coordinator's state folder on this machine.") var state: String?

    func run() async throws {
        let folder = state.map(Folders.folder) ?? Folders.state
        let backup = Folders.folder(file)
        do throws(StoreError) {
            let lock = try FolderLock(folder: folder)
            let (jobs, tasks) = try Backup.inspect(backup)
            let kept = try Backup.restore(backup, into: folder, at: WallClock().now)
            print("restored \(jobs) jobs with \(tasks) tasks into \(folder.path)")
            if let kept { print("what was there is kept as \(kept.path)") }
            withExtendedLifetime(lock) {}
        } catch {
            throw Failure(.lacking, "\(error)")
        }
    }
}
