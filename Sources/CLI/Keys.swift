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
        return Services.configured(settings, http: HTTPClient())
    }
}
