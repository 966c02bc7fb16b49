import Film
import Foundation
import HTTP
import Providers

/// Keys of services on this machine: of the environment, else of a file only its owner reads.
enum Keys {
    static var file: URL { Folders.configFolder.appendingPathComponent("keys") }

    /// One client for each service and account this machine has a key of. Says what is wrong with the file.
    static func clients() -> [ServiceClient] {
        let (settings, fault) = KeyFile.settings(ProcessInfo.processInfo.environment, file: file)
        if let fault { Terminal.error(fault) }
        return Services.configured(settings, graphs: graphs(settings), http: HTTPClient())
    }

    /// The user's graphs for ComfyUI: `NAME.json` in API format, in the folder `comfyui` of the config folder or where
    /// `SNOWFLAKE_COMFYUI_GRAPHS` says.
    private static func graphs(_ settings: [String: String]) -> [String: JSON] {
        let folder =
            settings["SNOWFLAKE_COMFYUI_GRAPHS"].map(Folders.folder)
            ?? Folders.configFolder.appendingPathComponent("comfyui")
        let files = (try? FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)) ?? []
        var graphs: [String: JSON] = [:]
        for file in files.filter({ $0.pathExtension == "json" }).sorted(by: { $0.path < $1.path }) {
            do {
                let graph = try JSON(text: try Data(contentsOf: file))
                guard graph.members?.contains(where: { $0.value["class_type"] != nil }) == true else {
                    Terminal.error("\(file.path) is no graph in ComfyUI's API format: use its menu's Export (API)")
                    continue
                }
                graphs[file.deletingPathExtension().lastPathComponent] = graph
            } catch {
                Terminal.error("\(file.path) is no JSON: \(error)")
            }
        }
        return graphs
    }
}
