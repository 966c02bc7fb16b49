package import Foundation
package import Protocol

/// A clip as it came, before it is let into a film: what its header says, what was counted, what was seen while all of
/// it was decoded (`assembly.md` 9, 10). Nothing in it is believed until it was looked at.
package struct Footage: Sendable, Equatable {
    package var codec = ""
    /// As it is shown: after its rotation and its pixels' shape.
    package var width = 0
    package var height = 0
    /// Packets of the first video stream, counted.
    package var frames = 0
    package var milliseconds = 0
    package var isInterlaced = false
    package var isHDR = false
    package var hasSound = false
    /// Stretches found while it was decoded; empty before.
    package var black: [Stretch] = []
    package var frozen: [Stretch] = []
    package var silent: [Stretch] = []
    /// Moments at which the picture becomes another, in milliseconds.
    package var cuts: [Int] = []

    /// From one millisecond to another.
    package struct Stretch: Sendable, Equatable {
        package var from: Int
        package var to: Int
        package var length: Int { to - from }

        package init(from: Int, to: Int) {
            self.from = from
            self.to = to
        }
    }

    package init() {}

    // MARK: its header

    static func probeArguments(_ file: String) -> [String] {
        [
            "-v", "error", "-protocol_whitelist", "file", "-count_packets", "-show_entries",
            "stream=codec_type,codec_name,width,height,sample_aspect_ratio,avg_frame_rate,r_frame_rate,nb_read_packets,"
                + "duration,field_order,color_transfer:stream_disposition=attached_pic:stream_side_data=rotation"
                + ":format=duration",
            "-of", "json", file,
        ]
    }

    private struct Reply: Decodable {
        struct Stream: Decodable {
            struct SideData: Decodable { let rotation: Double? }
            let codec_type: String?
            let codec_name: String?
            let width: Int?
            let height: Int?
            let sample_aspect_ratio: String?
            let avg_frame_rate: String?
            let nb_read_packets: String?
            let duration: String?
            let field_order: String?
            let color_transfer: String?
            let disposition: [String: Int]?
            let side_data_list: [SideData]?
        }
        struct Format: Decodable { let duration: String? }
        let streams: [Stream]
        let format: Format?
    }

    /// Reads ffprobe's answer; `nil` when there is no moving picture in it.
    package init?(probe text: String) {
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(text.utf8)),
            let video = reply.streams.first(where: { $0.codec_type == "video" && $0.disposition?["attached_pic"] != 1 })
        else { return nil }
        codec = video.codec_name ?? ""
        let shape = Self.ratio(video.sample_aspect_ratio ?? "", by: ":") ?? 1
        let rotation = video.side_data_list?.lazy.compactMap(\.rotation).first ?? 0
        (width, height) = (Int((Double(video.width ?? 0) * shape).rounded()), video.height ?? 0)
        if abs(Int(rotation.rounded())) % 180 == 90 { swap(&width, &height) }
        frames = video.nb_read_packets.flatMap { Int($0) } ?? 0
        // A stream without a duration of its own has its packets' at their rate; the file's may be the sound's.
        let rate = Self.ratio(video.avg_frame_rate ?? "", by: "/") ?? 0
        let counted = rate > 0 ? Double(frames) / rate : 0
        let seconds = video.duration.flatMap { Double($0) } ?? counted
        milliseconds = Int(max(0, min(seconds.isFinite ? seconds : 0, 1e7)) * 1_000)
        isInterlaced = !["progressive", "unknown", ""].contains(video.field_order ?? "")
        isHDR = ["smpte2084", "arib-std-b67"].contains(video.color_transfer ?? "")
        hasSound = reply.streams.contains { $0.codec_type == "audio" }
    }

    private static func ratio(_ text: String, by separator: Character) -> Double? {
        let parts = text.split(separator: separator).compactMap { Double($0) }
        guard parts.count == 2, parts[0] > 0, parts[1] > 0 else { return nil }
        return parts[0] / parts[1]
    }

    // MARK: watching it

    /// Where what is seen is written: a frame's findings follow its line.
    static let watchFile = "watch.txt"
    static let listenFile = "listen.txt"

    /// What is looked for, at a size at which looking costs little.
    static let watching =
        "scale=480:-2:flags=fast_bilinear,blackdetect=d=0.2:pix_th=0.06:pic_th=0.98,freezedetect=n=-60dB:d=0.25,"
        + "scdet=t=8,metadata=mode=print:file=\(watchFile)"
    static let listening = "silencedetect=n=-50dB:d=0.5,ametadata=mode=print:file=\(listenFile)"

    /// Decodes all of it and watches; run in the folder where the findings go.
    static func watchArguments(_ file: String, hasSound: Bool) -> [String] {
        Encoding.quiet + ["-protocol_whitelist", "file", "-i", file, "-map", "0:v:0", "-vf", watching]
            + (hasSound ? ["-map", "0:a:0", "-af", listening] : []) + ["-f", "null", "-"]
    }

    /// Takes what was written while it was decoded.
    package mutating func watched(_ pictures: String, _ sound: String = "") {
        black = Self.stretches(pictures, from: "lavfi.black_start=", to: "lavfi.black_end=", end: milliseconds)
        frozen = Self.stretches(
            pictures, from: "lavfi.freezedetect.freeze_start=", to: "lavfi.freezedetect.freeze_end=", end: milliseconds)
        silent = Self.stretches(
            sound, from: "lavfi.silence_start=", to: "lavfi.silence_end=", end: milliseconds)
        cuts = Self.values(pictures, "lavfi.scd.time=")
    }

    private static func values(_ text: String, _ name: String) -> [Int] {
        text.split(separator: "\n").compactMap { line in
            guard line.hasPrefix(name), let seconds = Double(line.dropFirst(name.count)) else { return nil }
            return Int((min(max(seconds, 0), 1e7) * 1_000).rounded())
        }
    }

    /// Pairs of lines; one that was not closed lasts to the end.
    private static func stretches(_ text: String, from: String, to: String, end: Int) -> [Stretch] {
        var stretches: [Stretch] = []
        var open: Int?
        for line in text.split(separator: "\n") {
            if line.hasPrefix(from) {
                open = open ?? values(String(line), from).first
            } else if line.hasPrefix(to), let start = open, let stop = values(String(line), to).first {
                stretches.append(Stretch(from: start, to: max(start, stop)))
                open = nil
            }
        }
        if let open { stretches.append(Stretch(from: open, to: max(open, end))) }
        return stretches
    }
}

// MARK: the gate

/// Something about a clip that matters to a film.
package struct Finding: Sendable, Equatable, CustomStringConvertible {
    package enum Kind: String, Sendable, CaseIterable {
        case damaged, noPicture = "no_picture", tooLarge = "too_large", tooLong = "too_long", tooShort = "too_short"
        case tooSmall = "too_small", black, frozen, silent
        /// Likely a cut; textures alike hide one, flashes look like one: for a person to see, never a reason to refuse.
        case cutInside = "cut_inside"
        /// Another shape than the film's: it is fitted.
        case otherShape = "other_shape"
    }

    package let kind: Kind
    /// What, where, and what is allowed.
    package let message: String

    package init(_ kind: Kind, _ message: String) {
        self.kind = kind
        self.message = message
    }

    /// Whether the clip may not enter.
    package var isRefusal: Bool {
        switch kind {
        case .damaged, .noPicture, .tooLarge, .tooLong, .tooShort, .tooSmall, .black, .frozen, .silent: true
        case .cutInside, .otherShape: false
        }
    }

    /// What it means for a task whose own work made the clip: damage may not come again, the rest would.
    package var failureClass: FailureClass {
        switch kind {
        case .damaged, .noPicture, .tooLarge: .workerFault
        case .tooLong, .tooShort, .tooSmall, .black, .frozen, .silent, .cutInside, .otherShape: .inputFault
        }
    }

    package var description: String { "\(kind.rawValue): \(message)" }
}

extension Footage {
    /// What a shot asks of its clip.
    package struct Wish: Sendable, Equatable {
        package var frames: Int
        package var fps: FrameRate
        package var width: Int
        package var height: Int
        package var limits: ClipLimits
        /// Made by our own hands: it may stand still, and be black where the script is.
        package var isOurs: Bool
        package var needsSound: Bool

        package init(
            frames: Int, fps: FrameRate, width: Int, height: Int, limits: ClipLimits = ClipLimits(),
            isOurs: Bool = false, needsSound: Bool = false
        ) {
            self.frames = frames
            self.fps = fps
            self.width = width
            self.height = height
            self.limits = limits
            self.isOurs = isOurs
            self.needsSound = needsSound
        }
    }

    /// Everything about it that a person or a task should know, worst first.
    package func findings(for wish: Wish) -> [Finding] {
        var findings: [Finding] = []
        let limits = wish.limits
        func seconds(_ milliseconds: Int) -> String { "\(milliseconds / 100 / 10).\(milliseconds / 100 % 10) s" }
        func add(_ kind: Finding.Kind, _ message: String) { findings.append(Finding(kind, message)) }
        if frames == 0 || width == 0 || height == 0 { add(.noPicture, "there is no moving picture in it") }
        if milliseconds > limits[.seconds] * 1_000 {
            add(.tooLong, "it is \(seconds(milliseconds)) long; \(limits[.seconds]) s are allowed")
        }
        let needed = wish.fps.milliseconds(wish.frames)
        if frames > 0, fit(for: wish) == nil {
            add(.tooShort, "it is \(seconds(milliseconds)) long, the shot needs \(seconds(needed))")
        }
        let least = wish.height * limits[.height] / 1_000
        if frames > 0, height < least, width < wish.width {
            add(.tooSmall, "it is \(width)×\(height); at least \(least) lines are needed")
        }
        let moving = wish.isOurs ? [] : frozen.filter { !isHead($0, for: wish) }
        for (kind, stretches, limit, words) in [
            (Finding.Kind.black, wish.isOurs ? [] : black, limits[.black], "black"),
            (.frozen, moving, limits[.frozen], "without movement"),
            (.silent, wish.needsSound ? silent : [], limits[.silent], "silent"),
        ] {
            for stretch in stretches where stretch.length > limit && stretch.from < needed {
                add(kind, "\(words) from \(seconds(stretch.from)) to \(seconds(stretch.to)); \(limit) ms are allowed")
            }
        }
        if wish.needsSound, !hasSound { add(.silent, "it has no sound") }
        for cut in cuts where cut < needed && cut > 0 {
            add(.cutInside, "the picture changes at \(seconds(cut)): look at it")
        }
        if frames > 0, height > 0, abs(width * wish.height - wish.width * height) * 100 > width * wish.height * 4 {
            add(.otherShape, "it is \(width)×\(height), the film \(wish.width)×\(wish.height)")
        }
        return findings.filter(\.isRefusal) + findings.filter { !$0.isRefusal }
    }

    /// A still at the very beginning that can be cut off: services often hold the first picture for a moment.
    private func isHead(_ stretch: Stretch, for wish: Wish) -> Bool {
        guard let fit = fit(for: wish) else { return false }
        return stretch.from <= 50 && fit.skipMilliseconds >= stretch.to - 50
    }

    /// How it is brought to the shot's length.
    package struct Fit: Sendable, Equatable {
        /// Cut off in front.
        package var skipMilliseconds = 0
        /// Thousandths of its own length that it lasts: 1,000 for as it is.
        package var stretchThousandths = 1_000

        package init() {}
    }

    /// Its fit; nil when it is too short for any. Trims the tail first; the head only where it stands still; holds the
    /// last picture for a few frames, slows down by a little, no more (`assembly.md` 3).
    package func fit(for wish: Wish) -> Fit? {
        var fit = Fit()
        let needed = wish.fps.milliseconds(wish.frames)
        let held = wish.fps.milliseconds(wish.limits[.held])
        let spare = milliseconds - needed
        if spare > 0, let head = frozen.first, head.from <= 50, head.to < milliseconds - 50 {
            fit.skipMilliseconds = min(head.to, spare)
        }
        guard milliseconds + held < needed else { return fit }
        guard milliseconds > 0, needed * (1_000 - wish.limits[.slowed]) <= milliseconds * 1_000 else { return nil }
        fit.stretchThousandths = (needed * 1_000 + milliseconds - 1) / milliseconds
        return fit
    }
}

extension Footage {
    /// Looks at a file, header and packets. Throws when it holds nothing that can be decoded.
    package static func look(at file: URL, in folder: URL, limits: ClipLimits = ClipLimits()) async throws(ToolError)
        -> Footage
    {
        let size = (try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int) ?? 0
        guard size > 0 else { throw .badOutput(file: file.lastPathComponent, reason: "it is empty") }
        guard size / 1_000_000 <= limits[.megabytes] else {
            throw .badOutput(
                file: file.lastPathComponent,
                reason: "\(size / 1_000_000) MB; \(limits[.megabytes]) MB are allowed")
        }
        let output = try await Tool.ffprobe.guarded.run(probeArguments(file.path), in: folder)
        guard output.standardError.isEmpty else {
            throw .badOutput(file: file.lastPathComponent, reason: output.standardError.prefix(300).description)
        }
        guard let footage = Footage(probe: output.standardOutput) else {
            throw .badOutput(file: file.lastPathComponent, reason: "it has no video stream")
        }
        return footage
    }

    /// Looks at all of it: decodes every frame, and says what was seen. Damage inside is an error.
    package static func watch(_ file: URL, in folder: URL, limits: ClipLimits = ClipLimits()) async throws(ToolError)
        -> Footage
    {
        var footage = try await look(at: file, in: folder, limits: limits)
        let output = try await Tool.ffmpeg.guarded.run(
            watchArguments(file.path, hasSound: footage.hasSound), in: folder)
        guard output.standardError.isEmpty else {
            throw .badOutput(file: file.lastPathComponent, reason: output.standardError.prefix(300).description)
        }
        footage.takeNotes(in: folder)
        return footage
    }

    /// Reads what a watching command left in its folder.
    package mutating func takeNotes(in folder: URL) {
        func text(_ name: String) -> String {
            let file = folder.appendingPathComponent(name)
            defer { try? FileManager.default.removeItem(at: file) }
            return (try? String(contentsOf: file, encoding: .utf8)) ?? ""
        }
        watched(text(Self.watchFile), text(Self.listenFile))
    }
}
