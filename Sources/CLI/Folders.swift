import Foundation
import HTTP
import Objects

/// Where things live when nobody says otherwise.
enum Folders {
    private static func environment(_ name: String) -> String? {
        ProcessInfo.processInfo.environment[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    private static var home: String { environment("HOME") ?? NSHomeDirectory() }

    static var state: URL {
        URL(fileURLWithPath: environment("XDG_STATE_HOME") ?? "\(home)/.local/state").appendingPathComponent(
            "snowflake")
    }

    /// Results are bought goods: never in a cache folder.
    static var store: URL {
        URL(fileURLWithPath: environment("XDG_DATA_HOME") ?? "\(home)/.local/share")
            .appendingPathComponent("snowflake/store")
    }

    /// What can be made again at any time.
    static var cache: URL {
        URL(fileURLWithPath: environment("XDG_CACHE_HOME") ?? "\(home)/.cache").appendingPathComponent("snowflake")
    }

    /// The store somebody named, or this machine's own; `nil` when that was never made.
    static func depot(_ store: String?) throws(Failure) -> Depot? {
        do throws(ObjectError) {
            guard let store else {
                return FileManager.default.fileExists(atPath: self.store.path)
                    ? Depot(try FolderStore(root: self.store)) : nil
            }
            return try open(store, cache: cache.appendingPathComponent("store"), patience: .seconds(30))
        } catch {
            throw Failure(.lacking, "the store cannot be used: \(error)")
        }
    }

    /// Opens what an address names: a folder of this machine, or a bucket with a cache in front of it.
    static func open(_ store: String, cache: URL, patience: Duration) throws(ObjectError) -> Depot {
        guard store.hasPrefix("s3://") else { return Depot(try FolderStore(url: store)) }
        let remote = try S3Store(
            url: store, environment: ProcessInfo.processInfo.environment, client: HTTPClient())
        return Depot(remote, cache: try FolderStore(root: cache), patience: patience, isShared: true)
    }

    static var config: URL { configFolder.appendingPathComponent("config.yaml") }

    static var configFolder: URL {
        URL(fileURLWithPath: environment("XDG_CONFIG_HOME") ?? "\(home)/.config").appendingPathComponent("snowflake")
    }

    /// An absolute folder for a path as typed.
    static func folder(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
}
