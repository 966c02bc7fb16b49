package import Foundation
package import HTTP
internal import Media
internal import Objects
internal import Protocol

/// Looks at the machine a worker starts on: what it has, for people; what it can do is proven by its makers.
package enum MachineProbe {
    /// What a self-hosted image service answers to, by name; the addresses may be changed in the environment.
    private static let services = [
        (name: "comfyui", variable: "COMFYUI_URL", usual: "http://127.0.0.1:8188", path: "/system_stats"),
        (name: "a1111", variable: "A1111_URL", usual: "http://127.0.0.1:7860", path: "/sdapi/v1/sd-models"),
        (name: "sdcpp", variable: "SDCPP_URL", usual: "http://127.0.0.1:1234", path: "/sdapi/v1/sd-models"),
    ]
    private static let encoders = [
        "libx264", "libx265", "libsvtav1", "h264_nvenc", "hevc_nvenc", "h264_qsv", "h264_vaapi",
    ]

    /// Facts by name: host, cores, memory_gb, disk_free_gb, ffmpeg, encoders, gpu, gpu_memory_gb (of the largest card),
    /// comfyui, a1111, sdcpp.
    package static func look(
        folder: URL, environment: [String: String], client: HTTPClient
    ) async -> [String: String] {
        var facts = ["cores": "\(ProcessInfo.processInfo.activeProcessorCount)"]
        facts["host"] = ProcessInfo.processInfo.hostName
        facts["memory_gb"] = "\(ProcessInfo.processInfo.physicalMemory >> 30)"
        let values = try? folder.resourceValues(forKeys: [.volumeAvailableCapacityKey])
        facts["disk_free_gb"] = values?.volumeAvailableCapacity.map { "\($0 >> 30)" }
        facts["system"] = ProcessInfo.processInfo.operatingSystemVersionString
        async let media = media(folder)
        async let gpu = gpu(folder)
        async let reachable = reachable(environment, client)
        for (name, value) in await media { facts[name] = value }
        let card = await gpu
        facts["gpu"] = card
        facts["gpu_memory_gb"] = memory(ofCards: card).map { "\($0)" }
        for (name, value) in await reachable { facts[name] = value }
        return facts
    }

    /// What changes: load (of the last minute), disk_free_gb, cache_mb where there is a cache.
    static func now(_ folder: URL, cache: Depot?) -> [String: String] {
        var facts: [String: String] = [:]
        var loads = [0.0]
        if getloadavg(&loads, 1) == 1 { facts["load"] = String(format: "%.1f", loads[0]) }
        let values = try? folder.resourceValues(forKeys: [.volumeAvailableCapacityKey])
        facts["disk_free_gb"] = values?.volumeAvailableCapacity.map { "\($0 >> 30)" }
        if let cache, cache.remote != nil { facts["cache_mb"] = "\(cache.heldBytes >> 20)" }
        return facts
    }

    private static func media(_ folder: URL) async -> [String: String] {
        guard Tool.ffmpeg.isInstalled else { return ["ffmpeg": "none"] }
        var facts: [String: String] = [:]
        if let said = try? await Tool.ffmpeg.run(["-hide_banner", "-version"], in: folder).standardOutput {
            facts["ffmpeg"] = said.split(separator: " ").dropFirst(2).first.map(String.init) ?? "unknown"
        }
        if let said = try? await Tool.ffmpeg.run(["-hide_banner", "-encoders"], in: folder).standardOutput {
            let names = Set(
                said.split(separator: "\n").compactMap { $0.split(separator: " ").dropFirst().first.map(String.init) })
            facts["encoders"] = encoders.filter(names.contains).joined(separator: " ")
        }
        return facts
    }

    /// The memory of the largest card, in gigabytes, as in "NVIDIA RTX A5000, 24564 MiB; NVIDIA T4, 15360 MiB".
    static func memory(ofCards cards: String) -> Int? {
        cards.split(separator: ";").compactMap { card in
            card.split(separator: ",").last?.wholeMatch(of: /\s*(\d+) MiB\s*/).flatMap { Int($0.1) }
        }.max().map { Int((Double($0) / 1_024).rounded()) }
    }

    /// The cards NVIDIA's driver names, else whether there is a render device.
    private static func gpu(_ folder: URL) async -> String {
        let tool = Tool(name: "nvidia-smi", path: "/usr/bin/nvidia-smi")
        if access(tool.path, X_OK) == 0,
            let said = try? await tool.run(
                ["--query-gpu=name,memory.total", "--format=csv,noheader"], in: folder
            ).standardOutput
        {
            return said.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: "; ")
        }
        return FileManager.default.fileExists(atPath: "/dev/dri/renderD128") ? "render device" : "none"
    }

    private static func reachable(_ environment: [String: String], _ client: HTTPClient) async -> [String: String] {
        await withTaskGroup(of: (String, String?).self) { group in
            for service in services {
                let named = environment[service.variable]
                let address = named ?? service.usual
                group.addTask {
                    var request = Request("GET", address + service.path)
                    request.timeLimit = .seconds(1)
                    request.connectLimit = .seconds(1)
                    // Services of one's own seldom speak TLS.
                    request.allowsPlainHTTP = true
                    let response = try? await client.send(request)
                    guard response?.status == 200 else {
                        return (service.name, named == nil ? nil : "\(address) does not answer")
                    }
                    return (service.name, address)
                }
            }
            var found: [String: String] = [:]
            for await (name, value) in group { found[name] = value }
            return found
        }
    }
}
