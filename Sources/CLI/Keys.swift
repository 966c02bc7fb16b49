import Film
import Foundation
import HTTP
import Providers
import Worker

/// Keys of services on this machine: of the environment, else of a file only its owner reads.
enum Keys {
    /// Programs of the user's own: `programs.yaml` in the config folder, or what `SNOWFLAKE_PROGRAMS` names.
    static func programs() throws(Failure) -> [ProgramMaker] {
        let environment = ProcessInfo.processInfo.environment
        let named = environment["SNOWFLAKE_PROGRAMS"].flatMap { $0.isEmpty ? nil : $0 }
        let file = named.map(Folders.folder) ?? Folders.configFolder.appendingPathComponent("programs.yaml")
        guard let text = try? String(contentsOf: file, encoding: .utf8) else {
            guard named == nil else { throw Failure(.usage, "SNOWFLAKE_PROGRAMS: \(file.path) cannot be read") }
            return []
        }
        // What runs here is none of the services' business, and their keys are none of its.
        let open = environment.filter { !Services.isSetting($0.key) }
        do throws(Program.Fault) {
            return try Program.read(text, file: file.path).map { ProgramMaker($0, environment: open) }
        } catch {
            throw Failure(.usage, "\(error)")
        }
    }

    static var file: URL { Folders.configFolder.appendingPathComponent("keys") }

    /// One client for each service and account this machine has a key of. Says what is wrong with the file.
    static func clients() -> [ServiceClient] {
        let (settings, fault) = KeyFile.settings(ProcessInfo.processInfo.environment, file: file)
        if let fault { Terminal.error(fault) }
        return Services.configured(
            settings, graphs: graphs(settings), google: serviceAccount(settings), http: HTTPClient())
    }

    /// The key file `GOOGLE_APPLICATION_CREDENTIALS` names, as Google's own tools find it.
    private static func serviceAccount(_ settings: [String: String]) -> ServiceAccount? {
        guard let path = settings["GOOGLE_APPLICATION_CREDENTIALS"], !path.isEmpty else { return nil }
        let file = Folders.folder(path)
        let attributes = try? FileManager.default.attributesOfItem(atPath: file.path)
        let mode = (attributes?[.posixPermissions] as? NSNumber)?.intValue ?? 0
        guard let data = FileManager.default.contents(atPath: file.path), data.count < 1 << 20 else {
            Terminal.error("GOOGLE_APPLICATION_CREDENTIALS: \(file.path) cannot be read")
            return nil
        }
        guard mode & 0o077 == 0 else {
            Terminal.error(
                "\(file.path) can be read by others (mode \(String(mode, radix: 8))), so its key is not used: chmod 600 \(file.path)"
            )
            return nil
        }
        do throws(ServiceAccount.Fault) {
            return try ServiceAccount(file: data)
        } catch {
            Terminal.error("GOOGLE_APPLICATION_CREDENTIALS: \(file.path) \(error.words)")
            return nil
        }
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
