import Foundation

/// What the service knows: operations by reference, bills on disk, and what is to go wrong next.
final class Service: @unchecked Sendable {
    // Invariant: everything below is touched under `lock` only.
    private let lock = NSLock()
    private let folder: URL
    private var script: Script
    private var counts: [String: Int] = [:]
    private var operations: [String: Operation] = [:]
    private var references: [String: String] = [:]

    struct Script: Codable {
        var submit: [String] = []
        var poll: [String] = []
        var output: [String] = []
        /// What happens when a list has ended.
        var rest = "ok"
        /// How long an operation takes.
        var seconds = 0.2
    }

    struct Operation: Codable {
        let id: String
        let reference: String
        let cost: Int64
        let readyAt: Date
        let account: String
        let model: String
        let prompt: String
        let milliseconds: Int
        let width: Int
        let height: Int
        let fps: Int
        var fate = "succeeded"
    }

    init(folder: URL) throws {
        self.folder = folder
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let data = try? Data(contentsOf: folder.appendingPathComponent("script.json"))
        script = try data.map { try JSONDecoder().decode(Script.self, from: $0) } ?? Script()
        // A service that is restarted still knows what it billed.
        let ledger = (try? String(contentsOf: folder.appendingPathComponent("ledger.jsonl"), encoding: .utf8)) ?? ""
        for line in ledger.split(separator: "\n") {
            guard let operation = try? JSONDecoder().decode(Operation.self, from: Data(line.utf8)) else { continue }
            operations[operation.id] = operation
            references[operation.reference] = operation.id
        }
    }

    /// The next thing that happens to calls of a sort.
    func next(_ sort: String) -> String {
        lock.withLock {
            let index = counts[sort, default: 0]
            counts[sort] = index + 1
            let list = sort == "submit" ? script.submit : sort == "poll" ? script.poll : script.output
            return index < list.count ? list[index] : script.rest
        }
    }

    /// Takes and bills a wish; the same reference again is the same operation, billed once.
    func accept(_ reference: String, _ wish: [String: Any], account: String, fate: String) -> (
        operation: Operation, isNew: Bool
    ) {
        lock.withLock {
            if let id = references[reference], let known = operations[id] { return (known, false) }
            let milliseconds = wish["milliseconds"] as? Int ?? 1_000
            let operation = Operation(
                id: "op-\(operations.count + 1)", reference: reference,
                cost: Int64(milliseconds) * (Self.prices[wish["model"] as? String ?? ""] ?? 0),
                readyAt: Date().addingTimeInterval(script.seconds), account: account,
                model: wish["model"] as? String ?? "", prompt: wish["prompt"] as? String ?? "",
                milliseconds: milliseconds, width: wish["width"] as? Int ?? 320, height: wish["height"] as? Int ?? 180,
                fps: wish["fps"] as? Int ?? 24, fate: fate)
            operations[operation.id] = operation
            references[reference] = operation.id
            bill(operation)
            return (operation, true)
        }
    }

    /// Bills what is made at once: every call is another one.
    func bill(_ cost: Int, account: String, model: String, prompt: String) -> Operation {
        lock.withLock {
            let number = operations.count + 1
            let operation = Operation(
                id: "op-\(number)", reference: "call-\(number)", cost: Int64(cost), readyAt: Date(), account: account,
                model: model, prompt: prompt, milliseconds: 0, width: 0, height: 0, fps: 0)
            operations[operation.id] = operation
            bill(operation)
            return operation
        }
    }

    /// What an account was billed for, in order.
    func bills(of account: String, models: Set<String>) -> [Operation] {
        lock.withLock {
            operations.values.filter { $0.account == account && models.contains($0.model) }
                .sorted { ($0.id.count, $0.id) < ($1.id.count, $1.id) }
        }
    }

    private func bill(_ operation: Operation) {
        let path = folder.appendingPathComponent("ledger.jsonl").path
        let file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0o644)
        guard file >= 0, let line = try? JSONEncoder().encode(operation) else { exit(70) }
        let bytes = [UInt8](line) + [10]
        guard write(file, bytes, bytes.count) == bytes.count, fsync(file) == 0 else { exit(70) }
        close(file)
    }

    /// Millionths of a US dollar for a millisecond, by model.
    static let prices: [String: Int64] = ["": 50, "metered-lite": 25, "kling-v3": 84]

    func find(_ reference: String) -> Operation? { lock.withLock { references[reference].flatMap { operations[$0] } } }

    func operation(_ id: String) -> Operation? { lock.withLock { operations[id] } }

    func lose(_ id: String) { lock.withLock { operations[id] = nil } }

    /// The clip of an operation: the same bytes for the same wish, always.
    func output(of operation: Operation) -> Data {
        let file = folder.appendingPathComponent("\(operation.id).mp4")
        lock.lock()
        defer { lock.unlock() }
        if let data = try? Data(contentsOf: file) { return data }
        let hue = operation.prompt.utf8.reduce(UInt32(7)) { ($0 &* 31 &+ UInt32($1)) & 0xFF_FFFF } % 360
        let seconds = Double(operation.milliseconds) / 1_000
        // What stands still is what a service returns that could not do it.
        let still = operation.fate == "frozen" ? ",loop=loop=-1:size=1,setpts=N/\(operation.fps)/TB" : ""
        let arguments = [
            "ffmpeg", "-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i",
            "testsrc2=s=\(operation.width)x\(operation.height):r=\(operation.fps),hue=h=\(hue)\(still)", "-t",
            "\(seconds)",
            "-c:v", "libx264", "-threads", "1", "-pix_fmt", "yuv420p", "-fflags", "+bitexact", "-flags:v", "+bitexact",
            file.path,
        ]
        guard Self.run(arguments) else { exit(6) }
        return (try? Data(contentsOf: file)) ?? Data()
    }

    /// A picture: of words a pattern in the aspect asked for, of a picture the same one in other colours.
    func picture(_ operation: Operation, of image: Data?, aspect: String) -> Data? {
        let file = folder.appendingPathComponent("\(operation.id).png")
        let source = folder.appendingPathComponent("\(operation.id)-in.png")
        let hue = operation.prompt.utf8.reduce(UInt32(7)) { ($0 &* 31 &+ UInt32($1)) & 0xFF_FFFF } % 360
        var arguments = ["ffmpeg", "-nostdin", "-v", "error", "-y"]
        if let image {
            guard (try? image.write(to: source)) != nil else { return nil }
            arguments += [
                "-i", source.path, "-vf", operation.model.hasSuffix("background") ? "format=rgba" : "hue=h=40",
            ]
        } else {
            let sides = aspect.split(separator: ":").compactMap { Int($0) }
            let size = sides.count == 2 && sides[0] < sides[1] ? "576x864" : "864x486"
            arguments += ["-f", "lavfi", "-i", "testsrc2=s=\(size),hue=h=\(hue)"]
        }
        guard Self.run(arguments + ["-frames:v", "1", "-threads", "1", file.path]) else { return nil }
        return try? Data(contentsOf: file)
    }

    private static func run(_ arguments: [String]) -> Bool {
        // Not Foundation's `Process`: one run in two hundred left this service silent for good, and its wait for a
        // child was the only thing that could hold the lock.
        var child: pid_t = 0
        let words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        guard posix_spawn(&child, "/usr/bin/ffmpeg", nil, nil, words, environ) == 0 else { return false }
        while waitpid(child, nil, 0) < 0, errno == EINTR {}
        return true
    }
}
