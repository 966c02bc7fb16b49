internal import Foundation
internal import Media
internal import Protocol
internal import Providers
internal import Studio
internal import Transport

/// What a task asks of somebody who is not ours: a service, an engine, a program.
struct Briefing: Sendable {
    /// Who is asked, for messages.
    let name: String
    /// Pictures with more bytes are sent as JPEG.
    let pictureLimitBytes: Int
    /// Masks are transparent where a picture is drawn anew; else white is.
    let isMaskTransparent: Bool
    /// Whether it takes pictures by address alone.
    let needsAddress: Bool

    init(of service: any Service) {
        name = service.backend
        pictureLimitBytes = service.stillLimitBytes
        isMaskTransparent = service.isMaskTransparent
        needsAddress = service.needsAddress
    }

    /// For a program on this machine: pictures of any size, white in masks is drawn anew.
    init(program: String) {
        name = program
        pictureLimitBytes = .max
        isMaskTransparent = false
        needsAddress = false
    }

    func wish(_ work: Work, reference: String) async throws(WorkFault) -> Wish {
        var wish: Wish
        do throws(FieldsError) {
            switch work.spec.kind {
            case .dialogue: wish = try Self.line(work)
            case .ambience: wish = try Self.bed(work)
            case .animate: wish = try Self.clip(work)
            case .lipsync: wish = try Self.lips(work)
            default: wish = try Self.picture(work)
            }
        } catch {
            throw WorkFault(.inputFault, "\(error)")
        }
        wish.kind = work.spec.kind
        wish.model = work.spec.model
        wish.reference = reference
        // The same for every try of one take, another for another.
        wish.seed = work.spec.key.data.prefix(4).reduce(0) { $0 << 8 | Int($1) } & 0x7FFF_FFFF
        switch work.spec.kind {
        case .animate: wish.still = try await still(work)
        case .lipsync: try await face(work, &wish)
        case .cutout: wish.still = try await picture(try work.file("portrait"), work)
        case .compose: try await stage(work, &wish)
        default: break
        }
        return wish
    }

    private static func clip(_ work: Work) throws(FieldsError) -> Wish {
        let encoding = try Encoding(work.spec.shaping)
        let (parameters, shaping) = (work.spec.parameters, work.spec.shaping)
        let frames = try parameters.integer("quarters", in: 1...4_000) * encoding.fps.nominal / 4
        var wish = Wish(
            prompt: try parameters.text("prompt"), model: "",
            milliseconds: shaping["slot"] == nil
                ? encoding.fps.milliseconds(frames) : try shaping.integer("slot", in: 1...600) * 1_000,
            width: encoding.width, height: encoding.height, reference: "")
        wish.fps = encoding.fps.nominal
        if shaping["negative"] != nil { wish.negativePrompt = try shaping.text("negative") }
        // A model's own size, where it has not the film's.
        if shaping["rows"] != nil {
            let rows = try shaping.integer("rows", in: 64...8_640)
            let scale = Double(rows) / Double(min(wish.width, wish.height))
            wish.width = Int((Double(wish.width) * scale).rounded())
            wish.height = Int((Double(wish.height) * scale).rounded())
        }
        return wish
    }

    private static func lips(_ work: Work) throws(FieldsError) -> Wish {
        let encoding = try Encoding(work.spec.shaping)
        let parameters = work.spec.parameters
        var wish = Wish(
            prompt: "", model: "",
            milliseconds: encoding.fps.milliseconds(try parameters.integer("frames", in: 1...1_000_000)),
            width: encoding.width, height: encoding.height, reference: "")
        wish.fps = encoding.fps.nominal
        wish.focus = try parameters.integer("focus", in: 0...1_000)
        wish.faces = try parameters.integer("faces", in: 1...1_000)
        return wish
    }

    private static func line(_ work: Work) throws(FieldsError) -> Wish {
        let parameters = work.spec.parameters
        var wish = Wish(
            prompt: try parameters.text("text"), model: "", milliseconds: 0, width: 0, height: 0, reference: "")
        // Without one its usual voice speaks.
        if work.spec.shaping["voice"] != nil { wish.voice = try work.spec.shaping.text("voice") }
        wish.sayings = try Saying.all(of: parameters)
        return wish
    }

    private static func bed(_ work: Work) throws(FieldsError) -> Wish {
        let parameters = work.spec.parameters
        let words = try parameters.text("words")
        let place = try parameters.text("place")
        let isExterior = try parameters.flag("exterior")
        let prompt =
            words.isEmpty
            ? "quiet ambience of \(place), \(isExterior ? "outside" : "inside"), \(try parameters.text("time")), no voices, no music"
            : words
        return Wish(
            prompt: prompt, model: "", milliseconds: try parameters.integer("seconds", in: 1...3_600) * 1_000, width: 0,
            height: 0, reference: "")
    }

    private static func picture(_ work: Work) throws(FieldsError) -> Wish {
        let (parameters, shaping) = (work.spec.parameters, work.spec.shaping)
        var prompt = ""
        var negative = "text, watermark, logo"
        switch work.spec.kind {
        case .setting:
            prompt = try [parameters.text("prompt"), parameters.text("time_words")].filter { !$0.isEmpty }
                .joined(separator: ". ")
            prompt += ". \(try parameters.text("time")), empty of people"
            negative = "people, person, face, crowd, " + negative
        case .portrait: prompt = try portrait(parameters)
        case .compose:
            prompt = try parameters.text("prompt")
            negative = try parameters.text("negative")
        default: break
        }
        var wish = Wish(
            prompt: prompt, model: "", milliseconds: 0, width: try shaping.integer("width", in: 16...7_680),
            height: try shaping.integer("height", in: 16...7_680), reference: "")
        wish.negativePrompt = negative
        if parameters["strength"] != nil { wish.strength = try parameters.integer("strength", in: 0...1_000) }
        if parameters["guidance"] != nil { wish.guidance = try parameters.integer("guidance", in: 0...100_000) }
        return wish
    }

    /// The bible's words, else what is known of the person; always before something plain, from which it can be cut out.
    private static func portrait(_ parameters: Fields) throws(FieldsError) -> String {
        var words = try parameters.text("prompt")
        if words.isEmpty {
            words = try ["summary", "gender", "build", "hair", "skin", "wardrobe", "marks", "signature"]
                .map { name throws(FieldsError) in try parameters.text(name) }.filter { !$0.isEmpty }
                .joined(separator: ", ")
        }
        let isPlain = ["background", "backdrop"].contains { words.lowercased().contains($0) }
        return isPlain ? words : words + ", full figure, standing, plain light grey background, even light"
    }

    // MARK: what goes with it

    /// The part of the clip that is shown, and what is said in it at its place, in equal lengths.
    private func face(_ work: Work, _ wish: inout Wish) async throws(WorkFault) {
        let media = MediaMaker()
        do {
            let encoding = try Encoding(work.spec.shaping)
            let frames = try work.spec.parameters.integer("frames", in: 1...1_000_000)
            let skip = try work.spec.parameters.integer("skip", in: 0...1_000_000)
            let whole = try await media.joined(try work.file("clip"), "clip", work, encoding)
            let picture = work.folder.appendingPathComponent("face.mp4")
            try await Tool.ffmpeg.guarded.run(
                ClipPlans.part(of: whole.path, from: skip, frames: frames, output: picture.path, encoding),
                in: work.folder)
            let mix = work.folder.appendingPathComponent("speech.f32")
            _ = try await media.mixdown(work, mix)
            let sound = work.folder.appendingPathComponent("speech.wav")
            try await Tool.ffmpeg.run(
                [
                    "-nostdin", "-v", "error", "-y", "-f", "f32le", "-ar", "48000", "-ac", "2", "-i", mix.path, "-ac",
                    "1",
                    "-c:a", "pcm_s16le", "-fflags", "+bitexact", "-flags:a", "+bitexact", sound.path,
                ], in: work.folder)
            wish.video = try Data(contentsOf: picture)
            wish.audio = try Data(contentsOf: sound)
        } catch let fault as WorkFault {
            throw fault
        } catch let error as ToolError {
            throw WorkFault(tool: error)
        } catch let error as FieldsError {
            throw WorkFault(.inputFault, "\(error)")
        } catch {
            throw WorkFault(
                .workerFault, "what is said cannot be laid under its picture: \(error.localizedDescription)")
        }
    }

    /// The people pasted into the place, and the mask in which they are drawn anew.
    private func stage(_ work: Work, _ wish: inout Wish) async throws(WorkFault) {
        let (plate, figures) = StudioMaker.visuals(work)
        let (pasted, mask) = (Self.pasted(work), Self.mask(work))
        let (width, height) = (wish.width, wish.height)
        let kind: Staging.Mask = isMaskTransparent ? .transparent : .white
        let isAnybodyThere: Bool
        do throws(StudioError) {
            isAnybodyThere = try await offPool { () throws(StudioError) in
                try Staging.stage(
                    work.spec.parameters, width: width, height: height, plate: plate, figures: figures, picture: pasted,
                    mask: mask, as: kind)
            }
        } catch {
            throw WorkFault(studio: error)
        }
        wish.still = try await picture(pasted, work)
        if isAnybodyThere { wish.mask = try await picture(mask, work) }
    }

    static func pasted(_ work: Work) -> URL { work.folder.appendingPathComponent("pasted.png") }
    static func mask(_ work: Work) -> URL { work.folder.appendingPathComponent("mask.png") }

    /// The composed still as the service takes it, or the last frame of the clip this one follows; none for a service that
    /// draws from words.
    private func still(_ work: Work) async throws(WorkFault) -> Picture? {
        var file = work.inputs.first { $0.name == "still" }?.file
        if let previous = work.inputs.first(where: { $0.name == "previous" })?.file {
            let last = work.folder.appendingPathComponent("last.png")
            do throws(ToolError) {
                try await Tool.ffmpeg.guarded.run(
                    ClipPlans.lastFrame(of: previous.path, into: last.path), in: work.folder)
            } catch {
                throw WorkFault(tool: error)
            }
            file = last
        }
        guard let file else { return nil }
        guard !needsAddress else {
            // By address alone: what is in it is not read here.
            return Picture(data: Data(), mimeType: "image/png", address: try await work.share(file))
        }
        return try await picture(file, work)
    }

    /// A picture as the service takes it: as it is, or as JPEG where it would be too large.
    private func picture(_ file: URL, _ work: Work) async throws(WorkFault) -> Picture {
        do {
            let data = try Data(contentsOf: file)
            guard data.count > pictureLimitBytes else { return Picture(data: data, mimeType: "image/png") }
            let smaller = work.folder.appendingPathComponent("still.jpg")
            try await Tool.ffmpeg.run(
                ["-nostdin", "-v", "error", "-y", "-i", file.path, "-q:v", "3", "-frames:v", "1", smaller.path],
                in: work.folder)
            let jpeg = try Data(contentsOf: smaller)
            guard jpeg.count <= pictureLimitBytes else {
                throw WorkFault(
                    .inputFault, "the picture has \(jpeg.count) bytes as JPEG; \(name) takes less")
            }
            return Picture(data: jpeg, mimeType: "image/jpeg")
        } catch let fault as WorkFault {
            throw fault
        } catch let error as ToolError {
            throw WorkFault(tool: error)
        } catch {
            throw WorkFault(.workerFault, "the picture cannot be read: \(error.localizedDescription)")
        }
    }
}
