package import Film
package import Foundation
package import HTTP
internal import Protocol

/// The services this release speaks to, and the keys this machine has for them.
package enum Services {
    package static let all: [any Service] = [
        Veo(), Omni(), Runway(), Pika(), Kling(), Luma(), DreamMachine(), MiniMax(), Seedance(), Wan(), Flux(),
        Stability(), OpenAI(), Replicate(), ElevenLabs(), AzureSpeech(), GoogleSpeech(), ComfyUI(), A1111(), SDCpp(),
        Rembg(), Sync(), FalLips(), Metered(),
    ]

    /// Names of keys that services' own tools use, for the default account.
    private static let usualNames = [
        "veo": ["GOOGLE_ACCESS_TOKEN"], "omni": ["GEMINI_API_KEY", "GOOGLE_API_KEY"], "runway": ["RUNWAYML_API_SECRET"],
        "pika": ["FAL_KEY"], "kling": ["KLING_API_KEY"], "luma": ["LUMA_AGENTS_API_KEY"],
        "dream-machine": ["LUMAAI_API_KEY"],
        "minimax": ["MINIMAX_API_KEY"], "seedance": ["ARK_API_KEY"], "wan": ["DASHSCOPE_API_KEY"],
        "flux": ["BFL_API_KEY"], "stability": ["STABILITY_API_KEY"], "openai": ["OPENAI_API_KEY"],
        "replicate": ["REPLICATE_API_TOKEN"], "elevenlabs": ["ELEVENLABS_API_KEY"], "azure": ["AZURE_SPEECH_KEY"],
        "google": ["GOOGLE_TTS_KEY"], "sync": ["SYNC_API_KEY"], "fal": ["FAL_KEY"],
    ]
    /// Whatever may hold a key, or lead elsewhere: what a rehearsal takes away from its children.
    package static func isSetting(_ name: String) -> Bool {
        let addresses = all.compactMap { usualAddresses[$0.backend] }
        return name.hasPrefix("SNOWFLAKE_") || usualNames.values.contains { $0.contains(name) }
            || addresses.contains(name) || name.hasPrefix("GOOGLE_CLOUD_")
            || ["GOOGLE_APPLICATION_CREDENTIALS", "KLING_ACCESS_KEY", "KLING_SECRET_KEY"].contains(name)
    }

    private static let optionNames = ["project", "location"]

    /// `SNOWFLAKE_VEO`, `SNOWFLAKE_DREAM_MACHINE`.
    private static func stem(_ backend: String) -> String {
        "SNOWFLAKE_" + backend.uppercased().replacing("-", with: "_")
    }

    /// Names of addresses that engines' own tools use.
    private static let usualAddresses = [
        "comfyui": "COMFYUI_URL", "a1111": "A1111_URL", "sdcpp": "SDCPP_URL", "rembg": "REMBG_URL",
    ]

    /// One client for each account this machine has a key of, and for each engine whose address it has.
    ///
    /// `SNOWFLAKE_RUNWAY_KEY` is the key of the default account, `SNOWFLAKE_RUNWAY_KEY_STUDIO_B` that of the account
    /// `studio-b`; names that the services' own tools use count for the default account. `SNOWFLAKE_RUNWAY_URL` names another
    /// address for it, `SNOWFLAKE_VEO_PROJECT` and `SNOWFLAKE_VEO_LOCATION` what Vertex needs besides. An engine needs an
    /// address and no key: `SNOWFLAKE_COMFYUI_URL` or `COMFYUI_URL`.
    /// - Parameter graphs: the user's own graphs for ComfyUI, by name.
    /// - Parameter google: a service account's key, for Vertex and Google's speech where no other key is named.
    package static func configured(
        _ settings: [String: String], graphs: [String: JSON] = [:], google: ServiceAccount? = nil, http: HTTPClient
    ) -> [ServiceClient] {
        all.flatMap { service in
            let service: any Service = service is ComfyUI ? ComfyUI(graphs: graphs) : service
            return credentials(of: service, settings, google: google).map { ServiceClient(service, $0, http: http) }
        }
    }

    package static func credentials(
        of service: any Service, _ settings: [String: String], google: ServiceAccount? = nil
    ) -> [Credential] {
        let stem = stem(service.backend)
        func setting(_ name: String) -> String? { settings[name].flatMap { $0.isEmpty ? nil : $0 } }
        let own = setting("\(stem)_URL") ?? usualAddresses[service.backend].flatMap(setting)
        guard let base = own ?? (service.usualBase.isEmpty ? nil : service.usualBase) else { return [] }
        var options = options(of: service.backend, settings)
        if service.backend == "veo", options["project"]?.isEmpty ?? true, let project = google?.project,
            !project.isEmpty
        {
            options["project"] = project
        }
        func credential(
            _ key: String, account: String = "", origin: String, source: KeySource? = nil
        ) -> Credential {
            Credential(
                backend: service.backend, account: account, key: key, base: base, isOwnBase: own != nil,
                options: options, origin: origin, source: source)
        }
        let names = settings.keys.sorted().filter { $0 == "\(stem)_KEY" || $0.hasPrefix("\(stem)_KEY_") }
        var found = names.compactMap { name in
            setting(name).map { key in
                let account = name.dropFirst(stem.count + 5).lowercased().replacing("_", with: "-")
                return credential(key, account: account, origin: name)
            }
        }
        let usual = usualNames[service.backend, default: []].first { setting($0) != nil }
        if let usual, let key = setting(usual), !found.contains(where: \.account.isEmpty) {
            found.insert(credential(key, origin: usual), at: 0)
        }
        if !found.contains(where: \.account.isEmpty) {
            if service.backend == "kling", let access = setting("KLING_ACCESS_KEY"),
                let secret = setting("KLING_SECRET_KEY")
            {
                found.insert(
                    credential("", origin: "KLING_ACCESS_KEY", source: .pair(access: access, secret: secret)), at: 0)
            }
            if ["veo", "google"].contains(service.backend), let google {
                found.insert(credential("", origin: "GOOGLE_APPLICATION_CREDENTIALS", source: .account(google)), at: 0)
            }
        }
        // Engines ask for none, and servers that speak like OpenAI's often do not either.
        if found.isEmpty, own != nil, service.isEngine || service.backend == "openai" {
            found.append(credential("", origin: "\(stem)_URL"))
        }
        return found
    }

    private static func options(of backend: String, _ settings: [String: String]) -> [String: String] {
        var options: [String: String] = [:]
        for name in optionNames {
            let usual = backend == "veo" ? settings["GOOGLE_CLOUD_\(name.uppercased())"] : nil
            let told = settings["\(stem(backend))_\(name.uppercased())"] ?? ""
            options[name] = told.isEmpty ? usual : told
        }
        return options
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
