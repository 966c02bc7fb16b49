import Foundation

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

    static var config: URL {
        URL(fileURLWithPath: environment("XDG_CONFIG_HOME") ?? "\(home)/.config")
            .appendingPathComponent("snowflake/config.yaml")
    }

    /// An absolute folder for a path as typed.
    static func folder(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
}
