import Foundation
import Testing

/// Rules of the house that a compiler does not know.
@Suite("The house is tidy")
struct TidyTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let pureModules = ["Protocol", "Film", "Planning", "Scheduling", "Screenplay", "ShotEngine"]

    static func swiftFiles(_ folder: String) -> [URL] {
        let base = root.appendingPathComponent(folder)
        let files = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL }
        return (files ?? []).filter { $0.pathExtension == "swift" && !$0.lastPathComponent.hasSuffix(".pb.swift") }
            .sorted { $0.path < $1.path }
    }

    static func lines(_ file: URL) throws -> [(number: Int, text: String)] {
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated().map { ($0 + 1, String($1)) }
    }

    private func name(_ file: URL) -> String { file.path.replacing(Self.root.path + "/", with: "") }

    /// Pure rooms know no clock, no chance of their own, no file, no socket.
    @Test(arguments: pureModules) func pureModulesStayPure(module: String) throws {
        let banned = [
            "Date()", "UUID()", "Task {", "Task.detached", "FileManager", "FileHandle", "URLSession", "ContinuousClock",
            "SystemRandomNumberGenerator", "DispatchQueue", "Thread", "import Glibc", "Data(contentsOf:",
            "String(contentsOf", "ProcessInfo",
        ]
        let files = Self.swiftFiles("Sources/\(module)")
        #expect(!files.isEmpty)
        for file in files {
            for (number, text) in try Self.lines(file) where !text.trimmingCharacters(in: .whitespaces).hasPrefix("//")
            {
                for word in banned where text.contains(word) {
                    Issue.record("\(name(file)):\(number) says \(word)")
                }
                if text.contains(".random("), !text.contains("using:") {
                    Issue.record("\(name(file)):\(number) is left to luck")
                }
            }
        }
    }

    @Test func filesAndLinesHaveTheirLimits() throws {
        for file in Self.swiftFiles("Sources") {
            let lines = try Self.lines(file)
            #expect(lines.count <= 520, "\(name(file)) has \(lines.count) lines")
            for (number, text) in lines where text.count > 170 && !text.contains("exprs=") {
                Issue.record("\(name(file)):\(number) has \(text.count) characters")
            }
        }
    }

    /// What needs a reason says it.
    @Test func escapeHatchesCarryAReason() throws {
        for file in Self.swiftFiles("Sources") {
            let lines = try Self.lines(file)
            for (index, line) in lines.enumerated() {
                for hatch in ["@unchecked Sendable", "nonisolated(unsafe)", "try!", "as!"]
                where line.text.contains(hatch) {
                    let around = lines[max(0, index - 3)...min(lines.count - 1, index + 2)]
                    #expect(
                        around.contains { $0.text.contains("//") },
                        "\(name(file)):\(line.number) uses \(hatch) without a reason")
                }
            }
            for (number, text) in lines where text.contains("TODO") || text.contains("FIXME") {
                Issue.record("\(name(file)):\(number) is unfinished")
            }
        }
    }

    /// Arrows point down only: who may import whom.
    @Test func importsPointDown() throws {
        let allowed: [String: Set<String>] = [
            "Protocol": [], "Film": ["Protocol"], "Scheduling": ["Protocol"], "Planning": ["Protocol", "Film"],
            "Transport": ["Protocol"], "Objects": ["Protocol"], "Media": ["Protocol"],
            "Store": ["Protocol", "Scheduling"], "Studio": ["Protocol", "Film", "Planning", "Media"],
            "Coordinator": ["Protocol", "Film", "Planning", "Scheduling", "Store", "Objects", "Transport"],
            "Worker": [
                "Protocol", "Film", "Planning", "Scheduling", "Store", "Objects", "Transport", "Media", "Studio",
            ],
            "TestKit": ["Protocol", "Scheduling"],
        ]
        let ours = Set(allowed.keys).union(["CLI"])
        for (module, targets) in allowed {
            for file in Self.swiftFiles("Sources/\(module)") {
                for (number, text) in try Self.lines(file) {
                    let words = text.split(separator: " ").map(String.init)
                    guard let place = words.firstIndex(of: "import"), place <= 1, place + 1 < words.count else {
                        continue
                    }
                    let target = words[place + 1]
                    if ours.contains(target), !targets.contains(target) {
                        Issue.record("\(name(file)):\(number) imports \(target)")
                    }
                }
            }
        }
    }

    /// Docs name only files that exist.
    @Test func docsNameRealFiles() throws {
        let docs = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "docs/wire.md", "docs/keys.md"]
        let pattern = /`((?:Sources|Tests|docs|Examples|proto|ops)\/[A-Za-z0-9_\/.+-]+)`|\]\(([A-Za-z0-9_\/.-]+)\)/
        for doc in docs {
            let text = try String(contentsOf: Self.root.appendingPathComponent(doc), encoding: .utf8)
            for match in text.matches(of: pattern) {
                let path = String(match.output.1 ?? match.output.2 ?? "")
                guard !path.contains("/output/") else { continue }
                let base = Self.root.appendingPathComponent(doc).deletingLastPathComponent()
                let isThere =
                    FileManager.default.fileExists(atPath: Self.root.appendingPathComponent(path).path)
                    || FileManager.default.fileExists(atPath: base.appendingPathComponent(path).path)
                #expect(isThere, "\(doc) names \(path), which is not there")
            }
        }
    }
}
