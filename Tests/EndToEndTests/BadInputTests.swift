import Foundation
import Media
import TestKit
import Testing
import Transport

@Suite("Bad input is told, and leaves nothing behind", .timeLimit(.minutes(5)))
struct BadInputTests {
    let house = House()

    private func expect(_ arguments: [String], status: Int32, says words: String...) async throws {
        let output = try await house.run(arguments)
        #expect(output.status == "ended with status \(status)", "\(arguments): \(output.standardError)")
        for word in words { #expect(output.standardError.contains(word), "\(arguments): \(output.standardError)") }
    }

    @Test func brokenProjects() async throws {
        try await expect(["plan", "/no/such/folder"], status: 3, says: "is not a folder")
        let empty = house.folder.url.appendingPathComponent("empty")
        try FileManager.default.createDirectory(at: empty, withIntermediateDirectories: true)
        try await expect(["plan", empty.path], status: 3, says: "shot_list.json", "is missing")
        let list = empty.appendingPathComponent("shot_list.json")
        try Data("{\n \"title\": \"x\",\n}".utf8).write(to: list)
        try await expect(["plan", empty.path], status: 3, says: "line 3, column 1")
        try Data("{\"title\": \"x\", \"scenes\": []}".utf8).write(to: list)
        try await expect(["render", empty.path, "--state", house.state], status: 3, says: "holds no shot")
        #expect(try FileManager.default.contentsOfDirectory(atPath: empty.path) == ["shot_list.json"])
    }

    @Test func wrongWords() async throws {
        let project = try house.project("film", shots: ["s001_001"])
        try await expect(["plan", project.path, "--profile", "animatc"], status: 2, says: "did you mean \"animatic\"?")
        try await expect(["plan", project.path, "--size", "13x7"], status: 2, says: "1920x1080")
        try await expect(["worker", "--join", "rubbish"], status: 7, says: "no whole token")
        try await expect(["worker", "--join", "@/no/such/file"], status: 2, says: "cannot be read")
        try await expect(["status", "--state", house.state], status: 4, says: "no cluster is known here")
        try await expect(["frobnicate"], status: 2)
        try await expect(
            ["coordinator", "--state", house.state, "--store", "ftp://bucket"], status: 6,
            says: "not a store this release can use")
        try await expect(
            ["coordinator", "--state", house.state, "--store", "s3://bucket"], status: 6,
            says: "AWS_ACCESS_KEY_ID")
    }

    /// Quotes, colons, percent signs, newlines and other scripts in everything that reaches picture and sound.
    @Test func hostileTextRenders() async throws {
        let project = try house.project(
            "film",
            edit: { text in
                text = text.replacing(
                    "\"title\" : \"Lamplighter\"", with: "\"title\" : \"It's 100%: \\\"雪\\\" \\n שלום [a];b,c\"")
                text = text.replacing(
                    "Every night for nine years, I have answered the sea with a light.",
                    with: "It's 50%: \\\"yes\\\"; [no] \\\\ {x} $HOME `ls`")
            }, shots: ["s001_003"])
        let output = try await house.render(project, ["--json"])
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(try Ended(output).missing.isEmpty)
    }

    @Test func aPortThatIsTakenIsNamed() async throws {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(socket, $0, size)
                _ = listen(socket, 1)
                _ = getsockname(socket, $0, &size)
            }
        }
        let port = UInt16(bigEndian: address.sin_port)
        try await expect(
            ["coordinator", "--listen", "tcp://127.0.0.1:\(port)", "--state", house.state, "--store", house.store],
            status: 6,
            says: "Address already in use")
    }

    /// Every fault at once, with its place; nothing is written.
    @Test func numbersThatAreNone() async throws {
        let folder = house.folder.url.appendingPathComponent("numbers")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let shots = ["0", "-1", "1e9", "\"long\"", "null"].enumerated().map { index, seconds in
            "{\"shot_id\": \"s001_00\(index)\", \"duration_seconds\": \(seconds)}"
        }
        let list = folder.appendingPathComponent("shot_list.json")
        try Data("{\"scenes\": [{\"shots\": [\(shots.joined(separator: ","))]}]}".utf8).write(to: list)
        try await expect(
            ["plan", folder.path], status: 3, says: "shots[0].duration_seconds", "shots[1].duration_seconds",
            "shots[2].duration_seconds", "shots[3].duration_seconds")
        try Data("{\"scenes\": [{\"shots\": [{\"shot_id\": \"a\", \"duration_seconds\": NaN}]}]}".utf8).write(to: list)
        try await expect(["plan", folder.path], status: 3, says: "line 1, column")
        try Data("{\"scenes\": [{\"shots\": [{\"shot_id\": \"../../x\", \"duration_seconds\": 2}]}]}".utf8).write(
            to: list)
        try await expect(["plan", folder.path], status: 3, says: "../../x", "only letters, digits")
        try (Data("{\"title\": \"".utf8) + Data([0xFF, 0xFE]) + Data("\"}".utf8)).write(to: list)
        try await expect(["plan", folder.path], status: 3, says: "UTF-8")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["shot_list.json"])
    }

    @Test func tenThousandShotsArePlanned() async throws {
        let folder = house.folder.url.appendingPathComponent("long")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let scenes = (1...500).map { scene in
            let shots = (1...20).map { "{\"shot_id\": \"s\(scene)_\($0)\", \"duration_seconds\": 4}" }
            return "{\"scene_number\": \(scene), \"shots\": [\(shots.joined(separator: ","))]}"
        }
        try Data("{\"title\": \"Long\", \"scenes\": [\(scenes.joined(separator: ","))]}".utf8).write(
            to: folder.appendingPathComponent("shot_list.json"))
        let output = try await house.run(["plan", folder.path, "--json"])
        #expect(output.isSuccess, "\(output.standardError)")
        #expect(output.standardOutput.contains("\"shots\" : 10000"))
    }

    /// What the machine lacks is said before any work, with code 6.
    @Test func aMachineWithoutTools() async throws {
        let project = try house.project("film", shots: ["s001_003"])
        let before = try FileManager.default.contentsOfDirectory(atPath: project.path).sorted()
        let tools = house.folder.url.appendingPathComponent("bin")
        try FileManager.default.createDirectory(at: tools, withIntermediateDirectories: true)
        let arguments = ["render", project.path, "--profile", "test", "--state", house.state, "--store", house.store]
        var output = try await house.run(arguments, path: tools.path)
        #expect(output.status == "ended with status 6", "\(output.standardError)")
        #expect(output.standardError.contains("ffmpeg is not installed"))
        for name in ["ffmpeg", "ffprobe"] {
            try FileManager.default.createSymbolicLink(
                atPath: tools.appendingPathComponent(name).path, withDestinationPath: "/usr/bin/\(name)")
        }
        output = try await house.run(arguments, path: tools.path)
        #expect(output.status == "ended with status 6", "\(output.standardError)")
        #expect(output.standardError.contains("no speech engine is installed"))
        #expect(try FileManager.default.contentsOfDirectory(atPath: project.path).sorted() == before)
    }

    @Test func outputsThatCannotBeWritten() async throws {
        let project = try house.project("film", shots: ["s001_001"])
        try Data().write(to: project.appendingPathComponent("clips"))
        try await expect(
            ["render", project.path, "--profile", "test", "--state", house.state, "--store", house.store], status: 6,
            says: "clips is not a folder")
        #expect(!FileManager.default.fileExists(atPath: house.folder.url.appendingPathComponent("store").path))
    }

    /// Lines no engine has glyphs for, right-to-left and CJK, still end in a film.
    @Test func linesInOtherScriptsRender() async throws {
        let project = try house.project(
            "film",
            edit: { text in
                text = text.replacing(
                    "Every night for nine years, I have answered the sea with a light.", with: "你好，世界。 שלום עולם.")
            }, shots: ["s001_003"])
        let output = try await house.render(project, ["--json"])
        #expect(output.isSuccess, "\(output.standardError)")
    }

    /// A token of another cluster's key is refused at the door.
    @Test func anotherClustersTokenIsRefused() async throws {
        let other = House()
        async let first = house.listening()
        async let second = other.listening()
        let (ours, theirs) = try await (first, second)
        let address = try #require(JoinToken(line: ours.token)).address
        let stranger = try #require(JoinToken(line: theirs.token))
        let server = try #require(JoinToken(line: ours.token)).serverKey
        let forged = JoinToken(address: address, serverKey: server, clientSecret: stranger.clientSecret)
        try await expect(["status", "--to", forged.line], status: 7, says: "refuses this key")
        ours.coordinator.cancel()
        theirs.coordinator.cancel()
        _ = try? await (ours.coordinator.value, theirs.coordinator.value)
    }

    /// Whether this machine lets us mount a small disk of our own.
    private static let hasNamespaces: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/unshare")
        process.arguments = ["-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
        process.standardError = FileHandle.nullDevice
        guard (try? process.run()) != nil else { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// A full store ends the render with code 6 and its name; with space again it goes on from there.
    @Test(.enabled(if: hasNamespaces, "this machine has no `unshare -Urm`: a small disk cannot be mounted"))
    func aFullDiskIsNamed() async throws {
        let project = try house.project("film", shots: House.few)
        let disk = house.folder.url.appendingPathComponent("disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        let render =
            "\(House.snowflake) render \(project.path) --profile test --workers 2 --state \(house.state) "
            + "--store file://\(disk.path)/store"
        let script = """
            mount -t tmpfs -o size=2m tmpfs \(disk.path) || exit 99
            \(render) >&2; echo "first: $?"
            mount -o remount,size=200m \(disk.path)
            \(render) >&2; echo "second: $?"
            """
        let output = try await Tool(name: "unshare", path: "/usr/bin/unshare").runAny(
            ["-Urm", "bash", "-c", script], in: house.folder.url)
        #expect(output.standardOutput == "first: 6\nsecond: 0\n", "\(output.standardError)")
        #expect(output.standardError.contains("the disk of \(disk.path)/store is full"))
    }

    /// A worker that starts on a full disk cannot try what its machine can do: it ends with code 6 and says so, instead
    /// of working on for ever without its voices.
    @Test(.enabled(if: hasNamespaces, "this machine has no `unshare -Urm`: a small disk cannot be mounted"))
    func aWorkerOnAFullDiskDoesNotStart() async throws {
        let disk = house.folder.url.appendingPathComponent("worker-disk")
        try FileManager.default.createDirectory(at: disk, withIntermediateDirectories: true)
        let keys = KeyPair.make()
        let token = JoinToken(
            address: "tcp://127.0.0.1:9", serverKey: keys.publicKey, clientSecret: KeyPair.make().secretKey)
        let worker = "timeout 60 \(House.snowflake) worker --join \(token.line) --roles audio --state \(disk.path)/w"
        let script = """
            mount -t tmpfs -o size=2m tmpfs \(disk.path) || exit 99
            mkdir \(disk.path)/w; head -c 1900000 /dev/zero >\(disk.path)/filler
            \(worker); echo "code $?"
            """
        let output = try await Tool(name: "unshare", path: "/usr/bin/unshare").runAny(
            ["-Urm", "bash", "-c", script], in: house.folder.url)
        #expect(output.standardOutput == "code 6\n", "\(output.standardError)")
        #expect(output.standardError.contains("full"), "\(output.standardError)")
    }
}
