package import Foundation
package import HTTP
internal import Protocol

/// The services this release speaks to, and the keys this machine has for them.
package enum Services {
    package static let all: [any ClipService] = [
        Veo(), Omni(), Runway(), Pika(), Kling(), Luma(), DreamMachine(), MiniMax(), Seedance(), Wan(), Metered(),
    ]

    /// Names of keys that services' own tools use, for the default account.
    private static let usualNames = [
        "veo": ["GOOGLE_ACCESS_TOKEN"], "omni": ["GEMINI_API_KEY", "GOOGLE_API_KEY"], "runway": ["RUNWAYML_API_SECRET"],
        "pika": ["FAL_KEY"], "kling": ["KLING_API_KEY"], "luma": ["LUMA_AGENTS_API_KEY"],
        "dream-machine": ["LUMAAI_API_KEY"],
        "minimax": ["MINIMAX_API_KEY"], "seedance": ["ARK_API_KEY"], "wan": ["DASHSCOPE_API_KEY"],
    ]
    private static let optionNames = ["project", "location"]

    /// `SNOWFLAKE_VEO`, `SNOWFLAKE_DREAM_MACHINE`.
    private static func stem(_ backend: String) -> String {
        "SNOWFLAKE_" + backend.uppercased().replacing("-", with: "_")
    }

    /// One client for each account this machine has a key of.
    ///
    /// `SNOWFLAKE_RUNWAY_KEY` is the key of the default account, `SNOWFLAKE_RUNWAY_KEY_STUDIO_B` that of the account
    /// `studio-b`; names that the services' own tools use count for the default account. `SNOWFLAKE_RUNWAY_URL` names another
    /// address for it, `SNOWFLAKE_VEO_PROJECT` and `SNOWFLAKE_VEO_LOCATION` what Vertex needs besides.
    package static func configured(_ settings: [String: String], http: HTTPClient) -> [ServiceClient] {
        all.flatMap { service in credentials(of: service, settings).map { ServiceClient(service, $0, http: http) } }
    }

    package static func credentials(of service: any ClipService, _ settings: [String: String]) -> [Credential] {
        let stem = stem(service.backend)
        func setting(_ name: String) -> String? { settings[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = setting("\(stem)_URL")
        guard let base = own ?? (service.usualBase.isEmpty ? nil : service.usualBase) else { return [] }
        var options: [String: String] = [:]
        for name in optionNames { options[name] = setting("\(stem)_\(name.uppercased())") }
        if service.backend == "veo" {
            options["project"] = options["project"] ?? setting("GOOGLE_CLOUD_PROJECT")
            options["location"] = options["location"] ?? setting("GOOGLE_CLOUD_LOCATION")
        }
        let usual = usualNames[service.backend, default: []].first { setting($0) != nil }
        let names = settings.keys.sorted().filter { $0 == "\(stem)_KEY" || $0.hasPrefix("\(stem)_KEY_") }
        var found = names.compactMap { name in
            setting(name).map { key in
                let account = name.dropFirst(stem.count + 5).lowercased().replacing("_", with: "-")
                return Credential(
                    backend: service.backend, account: account, key: key, base: base, isOwnBase: own != nil,
                    options: options, origin: name)
            }
        }
        if let usual, let key = setting(usual), !found.contains(where: \.account.isEmpty) {
            found.insert(
                Credential(
                    backend: service.backend, key: key, base: base, isOwnBase: own != nil, options: options,
                    origin: usual), at: 0)
        }
        return found
    }
}

/// A file of keys, for machines on which an environment is seen by too many: `NAME=value` lines, 0600.
package enum KeyFile {
    /// What the environment says, and what the file says where the environment is silent.
    /// - Returns: settings, and what is wrong with the file, for people; nothing of a file that others may read is used.
    package static func settings(_ environment: [String: String], file: URL) -> (
        settings: [String: String], fault: String?
    ) {
        var info = stat()
        guard stat(file.path, &info) == 0 else { return (environment, nil) }
        guard info.st_mode & 0o077 == 0 else {
            return (
                environment,
                "\(file.path) can be read by others (mode \(String(info.st_mode & 0o777, radix: 8))), so its keys are not used: chmod 600 \(file.path)"
            )
        }
        guard let text = try? String(contentsOf: file, encoding: .utf8), text.utf8.count < 1 << 20 else {
            return (environment, "\(file.path) cannot be read")
        }
        var settings = environment
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmingCharacters(in: .whitespaces)
            guard !line.isEmpty, !line.hasPrefix("#") else { continue }
            // Whatever stands there may be a key: it is not repeated in a message.
            guard let found = line.wholeMatch(of: /([A-Z][A-Z0-9_]*)\s*=\s*(.+)/) else {
                return (environment, "\(file.path) line \(index + 1) is not NAME=value; nothing of the file is used")
            }
            let name = String(found.1)
            if settings[name, default: ""].isEmpty { settings[name] = found.2.trimmingCharacters(in: ["\"", "'"]) }
        }
        return (settings, nil)
    }
}
