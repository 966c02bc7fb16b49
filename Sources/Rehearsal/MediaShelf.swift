package import Foundation

/// What operations give: real clips, pictures and sounds, made by ffmpeg when they are first asked for. Two wishes of one
/// length and size share their pictures; each file says in itself whose it is.
package final class MediaShelf: @unchecked Sendable {
    // Invariant: `shelf` and `making` are touched under `lock` only.
    private let lock = NSCondition()
    private var shelf: [String: Data] = [:]
    private var making: Set<String> = []
    private let folder: URL
    private let shrink: Int

    /// - Parameter shrink: pictures and clips have so many times fewer rows than asked for.
    package init(folder: URL, shrink: Int) throws {
        self.folder = folder
        self.shrink = shrink
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    /// What a result's address gives, with its type.
    func file(of operation: Operation) -> (Data, String) {
        switch operation.kind {
        case "animate", "lipsync": (clip(of: operation), "video/mp4")
        case "dialogue", "ambience": (sound(of: operation), "audio/wav")
        default: (picture(of: operation), "image/png")
        }
    }

    /// Colours by the prompt: few enough that a film's clips are soon all there.
    private static func hue(_ operation: Operation) -> Int {
        Int(operation.prompt.utf8.reduce(UInt32(7)) { ($0 &* 31 &+ UInt32($1)) & 0xFF_FFFF } % 8) * 45
    }

    func clip(of operation: Operation, format: String = "mp4") -> Data {
        let width = max(16, operation.width / shrink / 2 * 2)
        let height = max(16, operation.height / shrink / 2 * 2)
        let fate = ["frozen", "black", "short"].contains(operation.fate) ? operation.fate : ""
        // What a service returns that lost track of the length it was asked for.
        let seconds = Double(operation.milliseconds) / (fate == "short" ? 4_000 : 1_000)
        let name = "\(width)x\(height)-\(operation.fps)-\(seconds)-\(Self.hue(operation))\(fate).\(format)"
        let source =
            fate == "black"
            ? "color=black:s=\(width)x\(height):r=\(operation.fps)"
            : "testsrc2=s=\(width)x\(height):r=\(operation.fps),hue=h=\(Self.hue(operation))"
                + (fate == "frozen" ? ",loop=loop=-1:size=1,setpts=N/\(operation.fps)/TB" : "")
        let codec =
            format == "avi"
            ? ["-c:v", "mjpeg", "-q:v", "6"]
            : ["-c:v", "libx264", "-preset", "veryfast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
        let data = made(name) { file in
            ["-f", "lavfi", "-i", source, "-t", "\(seconds)"] + codec + [
                "-threads", "1", "-fflags", "+bitexact", "-flags:v", "+bitexact", file,
            ]
        }
        return format == "mp4" ? data + Self.label(operation.id) : data
    }

    /// A box that players pass over: no two operations give the same bytes.
    private static func label(_ text: String) -> Data {
        let count = UInt32(8 + text.utf8.count).bigEndian
        return withUnsafeBytes(of: count) { Data($0) } + Data("free".utf8) + Data(text.utf8)
    }

    /// A pattern in the size asked for; of a picture the same one in other colours, or without what is around it.
    func picture(of operation: Operation, from image: Data? = nil) -> Data {
        if let image { return redrawn(operation, image) }
        let width = max(16, operation.width / shrink / 2 * 2)
        let height = max(16, operation.height / shrink / 2 * 2)
        let black = operation.fate == "black"
        let source =
            black ? "color=black:s=\(width)x\(height)" : "testsrc2=s=\(width)x\(height),hue=h=\(Self.hue(operation))"
        return made("\(width)x\(height)-\(Self.hue(operation))\(black ? "black" : "").png") { file in
            ["-f", "lavfi", "-i", source, "-frames:v", "1", "-threads", "1", file]
        }
    }

    private func redrawn(_ operation: Operation, _ image: Data) -> Data {
        let source = folder.appendingPathComponent("\(operation.id)-in")
        guard (try? image.write(to: source)) != nil else { return Data() }
        defer { try? FileManager.default.removeItem(at: source) }
        let filter = operation.kind == "cutout" ? "format=rgba" : "hue=h=40"
        return made("\(operation.id).png") { file in
            ["-i", source.path, "-vf", filter, "-frames:v", "1", "-threads", "1", file]
        }
    }

    static let rate = 24_000
    static let samplesPerCharacter = 1_440

    /// A tone that swells once a character, as 16-bit samples.
    static func tone(_ characters: Int, rate: Int = rate) -> Data {
        var samples = Data(capacity: characters * samplesPerCharacter * 2)
        for index in 0..<characters * samplesPerCharacter {
            let swell = sin(Double(index) / Double(samplesPerCharacter) * .pi)
            let value = Int16(sin(Double(index) * 2 * .pi * 220 / Double(rate)) * swell * 9_000)
            withUnsafeBytes(of: value.littleEndian) { samples.append(contentsOf: $0) }
        }
        return samples
    }

    /// Mono samples as a WAV file.
    package static func wave(_ samples: Data, rate: Int = 24_000) -> Data {
        var file = Data("RIFF".utf8)
        func number(_ value: Int, _ bytes: Int) {
            for place in 0..<bytes { file.append(UInt8(value >> (8 * place) & 255)) }
        }
        number(samples.count + 36, 4)
        file.append(Data("WAVEfmt ".utf8))
        for (value, bytes) in [(16, 4), (1, 2), (1, 2), (rate, 4), (rate * 2, 4), (2, 2), (16, 2)] {
            number(value, bytes)
        }
        file.append(Data("data".utf8))
        number(samples.count, 4)
        return file + samples
    }

    /// A line's tone, or brown noise for so long as a bed was asked for.
    func sound(of operation: Operation) -> Data {
        guard operation.kind == "ambience" else { return Self.wave(Self.tone(operation.prompt.count)) }
        let seconds = max(1, operation.milliseconds / 1_000)
        return made("bed-\(seconds).wav") { file in
            [
                "-f", "lavfi", "-i", "anoisesrc=color=brown:amplitude=0.3:seed=7:sample_rate=44100", "-t", "\(seconds)",
                "-ac",
                "2", file,
            ]
        }
    }

    /// Made once, by whoever asks first; the others wait for it.
    private func made(_ name: String, _ arguments: (String) -> [String]) -> Data {
        lock.lock()
        while making.contains(name) { lock.wait() }
        if let data = shelf[name] {
            lock.unlock()
            return data
        }
        making.insert(name)
        lock.unlock()
        let file = folder.appendingPathComponent(name)
        if access(file.path, R_OK) != 0 {
            // What cannot be made is empty: its callers see that as they see other rubbish.
            if !Self.run(["ffmpeg", "-nostdin", "-v", "error", "-y"] + arguments(file.path)) {
                try? FileManager.default.removeItem(at: file)
            }
        }
        let data = (try? Data(contentsOf: file)) ?? Data()
        lock.lock()
        shelf[name] = data
        making.remove(name)
        lock.broadcast()
        lock.unlock()
        return data
    }

    private static func run(_ arguments: [String]) -> Bool {
        // Not Foundation's `Process`: one run in two hundred left this service silent for good, and its wait for a
        // child was the only thing that could hold the lock.
        var child: pid_t = 0
        let words = arguments.map { strdup($0) } + [nil]
        defer { words.forEach { free($0) } }
        guard posix_spawnp(&child, "ffmpeg", nil, nil, words, environ) == 0 else { return false }
        var status: Int32 = 0
        while waitpid(child, &status, 0) < 0, errno == EINTR {}
        return status == 0
    }
}
