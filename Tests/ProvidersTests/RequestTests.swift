import Foundation
import HTTP
import Protocol
import Providers
import Testing

/// What leaves for each service, byte by byte: its sheet's method, path, headers and body.
@Suite("Requests of services")
struct RequestTests {
    static let services = Services.all.filter {
        $0.kinds == [.animate] && $0.backend != "metered"
    }

    static func credential(_ service: any Service) -> Credential {
        Credential(
            backend: service.backend, key: "KEY", base: service.usualBase,
            options: ["project": "my-proj", "location": "us-central1"], origin: "NAME")
    }

    static let models = [
        "veo": "veo-3.1-fast-generate-001", "omni": "gemini-omni-1.1-flash", "runway": "gen4_turbo",
        "pika": "fal-ai/pika/v2.2/image-to-video", "kling": "kling-v3", "luma": "ray-3.2", "dream-machine": "ray-2",
        "minimax": "MiniMax-Hailuo-2.3", "seedance": "dreamina-seedance-2-0-260128", "wan": "wan2.7-i2v",
    ]

    static func wish(_ service: any Service, model: String? = nil) -> Wish {
        var wish = Wish(
            prompt: "she lifts the \"lantern\"\n…", model: model ?? models[service.backend] ?? "", milliseconds: 6_000,
            width: 1_920, height: 1_080, reference: "sf-0123-1")
        wish.negativePrompt = "text"
        wish.seed = 7
        wish.still = Picture(data: Data("PNG".utf8), mimeType: "image/png", address: "https://example.org/still.png")
        return wish
    }

    static func words(_ request: Request) -> String {
        var lines = ["\(request.method) \(request.url)"] + request.headers.map { "\($0.name): \($0.value)" }
        if case .data(let data) = request.body { lines.append("\n" + String(decoding: data, as: UTF8.self)) }
        return lines.joined(separator: "\n")
    }

    @Test(arguments: services.map(\.backend)) func isAsItsSheetSays(backend: String) throws {
        let service = try #require(Self.services.first { $0.backend == backend })
        let credential = Self.credential(service)
        let handles = [
            "veo":
                "projects/my-proj/locations/us-central1/publishers/google/models/veo-3.1-fast-generate-001/operations/op-1",
            "pika": "/fal-ai/pika/requests/764cabcf-b745", "minimax": "1:1069",
        ]
        let handle = handles[backend] ?? "id-1"
        var requests = [
            try service.submission(Self.wish(service), credential), try service.poll(handle, stage: "", credential),
        ]
        if ["omni", "pika", "minimax"].contains(backend) {
            requests.append(try service.poll(handle, stage: "f9", credential))
        }
        if backend == "minimax" {
            requests.append(try service.submission(Self.wish(service, model: "MiniMax-H3"), credential))
            requests.append(try service.poll("2:1069", stage: "", credential))
        }
        if let lookUp = service.lookUp(Self.wish(service), credential) { requests.append(lookUp) }
        if let greeting = service.greeting(credential) { requests.append(greeting) }
        #expect(Golden.matches(requests.map(Self.words).joined(separator: "\n\n---\n\n"), "\(backend).txt"))
        // One call is one request, on TLS, without redirects.
        for request in requests {
            #expect(request.url.hasPrefix("https://") && request.redirects == 0 && !request.allowsPlainHTTP)
        }
        #expect(requests[0].isRepeatable == false, "what buys is never repeated by a connection that was kept open")
    }

    /// A handle came from a table or another machine: it never becomes another path, another host, or a header.
    @Test(
        arguments: services.map(\.backend),
        [
            "", "..", "../x", "a/b?c", "a b", "x\r\nEvil: 1", "https://evil.example/", "/evil.example/requests/../x",
            "a#b",
            "1:../x", "2:a/b", String(repeating: "a", count: 4_000),
        ])
    func handlesAreNoPaths(backend: String, handle: String) throws {
        let service = try #require(Self.services.first { $0.backend == backend })
        #expect(throws: BadWish.self) { try service.poll(handle, stage: "", Self.credential(service)) }
    }

    @Test(arguments: services.map(\.backend)) func withoutAStillNothingIsAsked(backend: String) throws {
        let service = try #require(Self.services.first { $0.backend == backend })
        var wish = Self.wish(service)
        wish.still = nil
        #expect(throws: BadWish.self) { try service.submission(wish, Self.credential(service)) }
    }

    /// What one machine lacks is no fault of the film.
    @Test func aProjectThatIsMissingIsThisMachinesTrouble() {
        let credential = Credential(backend: "veo", key: "KEY", base: "https://x", origin: "N")
        let error = #expect(throws: BadWish.self) { try Veo().submission(Self.wish(Veo()), credential) }
        #expect(error?.isHere == true)
    }

    @Test func keysAreNotShown() {
        let credential = Credential(backend: "runway", account: "b", key: "key_secret", base: "https://x", origin: "N")
        #expect("\(credential)" == "runway@b •••")
        #expect(!String(reflecting: credential).contains("key_secret"))
    }

    @Test func aspectsAreTheNearest() {
        func aspect(_ width: Int, _ height: Int) -> String {
            Wish(prompt: "", model: "", milliseconds: 1, width: width, height: height, reference: "")
                .aspect(among: ["16:9", "9:16", "1:1"])
        }
        #expect(aspect(1_920, 1_080) == "16:9" && aspect(1_080, 1_920) == "9:16" && aspect(1_080, 1_080) == "1:1")
        #expect(aspect(2_048, 858) == "16:9")
    }
}

enum Golden {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Goldens")

    static func matches(_ text: String, _ name: String) -> Bool {
        let file = folder.appendingPathComponent(name)
        if ProcessInfo.processInfo.environment["SNOWFLAKE_UPDATE_GOLDENS"] != nil {
            try? Data(text.utf8).write(to: file)
            return true
        }
        return (try? String(contentsOf: file, encoding: .utf8)) == text
    }
}
