import Film
import Foundation
import HTTP
import Protocol
import Providers
import Testing

/// Services of pictures, speech and sounds, and engines: what leaves, and what answers mean.
@Suite("Pictures and sounds")
struct PictureAndSoundTests {
    struct Ask: Sendable, CustomTestStringConvertible {
        let backend: String
        let kind: TaskKind
        let model: String
        var voice = ""

        var testDescription: String { "\(backend) \(kind.rawValue) \(model)" }

        init(_ backend: String, _ kind: TaskKind, _ model: String = "", voice: String = "") {
            (self.backend, self.kind, self.model, self.voice) = (backend, kind, model, voice)
        }
    }

    static let asks = [
        Ask("flux", .setting, "flux-2-pro"), Ask("flux", .portrait, "flux-pro-1.1"),
        Ask("flux", .setting, "flux-pro-1.1-ultra"), Ask("flux", .compose, "flux-pro-1.0-fill"),
        Ask("flux", .compose, "flux-kontext-pro"), Ask("flux", .compose, "flux-2-pro"),
        Ask("stability", .setting, "core"), Ask("stability", .portrait, "sd3.5-large"),
        Ask("stability", .compose, "inpaint"), Ask("stability", .cutout, "remove-background"),
        Ask("stability", .ambience, "stable-audio-2.5"), Ask("openai", .setting, "gpt-image-2.5-flare"),
        Ask("openai", .compose, "gpt-image-2.5-flare"), Ask("openai", .dialogue, "tts-1", voice: "sage"),
        Ask("replicate", .setting, "black-forest-labs/flux-1.1-pro"),
        Ask("replicate", .compose, "black-forest-labs/flux-fill-pro"),
        Ask("replicate", .animate, "wan-video/wan-2.2-i2v-fast"),
        Ask("elevenlabs", .dialogue, "eleven_multilingual_v2", voice: "21m00Tcm4TlvDq8ikWAM"),
        Ask("elevenlabs", .dialogue, "eleven_flash_v2_5", voice: "21m00Tcm4TlvDq8ikWAM"),
        Ask("elevenlabs", .ambience, "eleven_text_to_sound_v2"),
        Ask("azure", .dialogue, voice: "en-US-JennyNeural"), Ask("google", .dialogue, voice: "en-GB-Neural2-B"),
        Ask("google", .dialogue, voice: "en-US-Chirp3-HD-Charon"),
        Ask("comfyui", .setting, "sd_xl_base_1.0.safetensors"), Ask("comfyui", .compose, "sd_xl_base_1.0.safetensors"),
        Ask("comfyui", .animate, "wan2.1-i2v"), Ask("comfyui", .animate, "wan2.2-i2v-5b"),
        Ask("a1111", .setting), Ask("a1111", .compose, "model.safetensors [abcdef1234]"), Ask("sdcpp", .setting),
        Ask("sdcpp", .compose), Ask("sdcpp", .animate), Ask("rembg", .cutout, "isnet-general-use"),
        Ask("a1111", .compose, "sd15.safetensors+canny=control_v11p_sd15_canny@0.6+depth=control_v11f1p_sd15_depth"),
        Ask("sync", .lipsync, "lipsync-2"), Ask("fal", .lipsync, "fal-ai/sync-lipsync/v2"),
        Ask("fal", .lipsync, "fal-ai/latentsync"),
    ]

    static func credential(_ service: any Service) -> Credential {
        let base = service.usualBase.isEmpty ? "http://127.0.0.1:8188" : service.usualBase
        return Credential(
            backend: service.backend, key: service.isEngine ? "" : "KEY", base: base,
            isOwnBase: service.usualBase.isEmpty, options: ["location": "westeurope"], origin: "NAME")
    }

    static func wish(_ ask: Ask) -> Wish {
        var wish = Wish(
            prompt: "the tide & <b>Maeve</b>", model: ask.model, milliseconds: 6_000, width: 1_920, height: 1_080,
            reference: "sf-0123-1")
        wish.kind = ask.kind
        wish.negativePrompt = "text"
        wish.seed = 7
        wish.voice = ask.voice
        wish.sayings = [Saying(word: "maeve", said: "mayv"), Saying(word: "tide", said: "taɪd", isIPA: true)]
        if [.compose, .cutout, .animate].contains(ask.kind) {
            wish.still = Picture(data: Data("PNG".utf8), mimeType: "image/png")
        }
        if ask.kind == .lipsync {
            (wish.video, wish.audio, wish.faces) = (Data("MP4".utf8), Data("WAV".utf8), 2)
        }
        if ask.kind == .compose { wish.mask = Picture(data: Data("MASK".utf8), mimeType: "image/png") }
        return wish
    }

    static func service(_ backend: String) throws -> any Service {
        try #require(Services.all.first { $0.backend == backend })
    }

    @Test(arguments: asks) func isAsItsSheetSays(ask: Ask) throws {
        let service = try Self.service(ask.backend)
        #expect(service.kinds.contains(ask.kind))
        let credential = Self.credential(service)
        let wish = Self.wish(ask)
        var requests = try service.preparations(wish, credential) + [try service.submission(wish, credential)]
        #expect(requests.last?.isRepeatable == false)
        if let lookUp = service.lookUp(wish, credential) { requests.append(lookUp) }
        if let greeting = service.greeting(credential) { requests.append(greeting) }
        let name = "\(ask.backend)-\(ask.kind.rawValue)-\(ask.model.isEmpty ? ask.voice : ask.model)"
            .replacing(/[^A-Za-z0-9.-]+/, with: "_")
        #expect(Golden.matches(requests.map(RequestTests.words).joined(separator: "\n\n---\n\n"), "\(name).txt"))
        for request in requests { #expect(request.redirects == 0) }
    }

    @Test(arguments: ["a+canny", "+canny=", "+=x", "+canny=x@3", "+canny=x@", "+canny=x@1@2"])
    func unitsThatAreNoneAreRefused(model: String) throws {
        let wish = Self.wish(Ask("a1111", .compose, model))
        // A plus alone belongs to the checkpoint's name.
        guard model.contains("=") else {
            _ = try A1111().submission(wish, Self.credential(A1111()))
            return
        }
        #expect(throws: BadWish.self) { try A1111().submission(wish, Self.credential(A1111())) }
    }

    /// Questions about what was accepted: the polling address of FLUX is asked where it is the service's own, and nowhere else.
    @Test func theKeyOfFluxGoesToItsServiceAlone() throws {
        let credential = Self.credential(Flux())
        let good = "https://api.us1.bfl.ai/v1/get_result?id=9f2b4c9e-1111"
        #expect(try Flux().poll(good, stage: "", credential).url == good)
        for bad in [
            "http://api.us1.bfl.ai/v1/get_result?id=1", "https://evil.example/v1/get_result?id=1",
            "https://bfl.ai.evil.example/v1/get_result?id=1", "https://api.bfl.ai/v1/other?id=1",
            "https://api.bfl.ai@evil.example/v1/get_result?id=1", "", "id-1",
        ] {
            #expect(throws: BadWish.self, "\(bad)") { try Flux().poll(bad, stage: "", credential) }
        }
    }

    @Test(arguments: ["elevenlabs", "replicate", "comfyui", "sdcpp"], ["", "..", "a/b", "x\r\nEvil: 1", "a?b"])
    func handlesAreNoPaths(backend: String, handle: String) throws {
        let service = try Self.service(backend)
        #expect(throws: BadWish.self) { try service.poll(handle, stage: "", Self.credential(service)) }
    }

    @Test func voicesAreNoPaths() throws {
        var wish = Self.wish(Ask("elevenlabs", .dialogue, "eleven_v3", voice: "../v1/user"))
        #expect(throws: BadWish.self) { try ElevenLabs().submission(wish, Self.credential(ElevenLabs())) }
        wish.voice = "x\"><evil/>"
        #expect(throws: BadWish.self) { try AzureSpeech().submission(wish, Self.credential(AzureSpeech())) }
        #expect(throws: BadWish.self) { try GoogleSpeech().submission(wish, Self.credential(GoogleSpeech())) }
    }

    /// Sizes a service makes: in its steps, within its sides and area, of the film's proportions as nearly as they allow.
    @Test func sizesFit() {
        func size(_ width: Int, _ height: Int, step: Int, _ side: ClosedRange<Int>, _ pixels: Int) -> [Int] {
            let wish = Wish(prompt: "", model: "", milliseconds: 0, width: width, height: height, reference: "")
            let size = wish.size(step: step, side: side, pixels: pixels)
            return [size.width, size.height]
        }
        #expect(size(1_920, 1_080, step: 32, 256...1_440, .max) == [1_440, 800])
        #expect(size(1_024, 1_536, step: 32, 256...1_440, .max) == [960, 1_440])
        #expect(size(3_840, 2_160, step: 16, 64...2_048, 4_000_000) == [2_048, 1_152])
        #expect(size(320, 180, step: 16, 464...2_560, .max) == [832, 464])
        for width in stride(from: 100, to: 4_000, by: 130) {
            for height in stride(from: 100, to: 4_000, by: 170) {
                let made = size(width, height, step: 8, 64...1_536, 1_216 * 832)
                #expect(
                    made[0] * made[1] <= 1_216 * 832 && made.allSatisfy { $0 % 8 == 0 && (64...1_536).contains($0) })
            }
        }
    }

    @Test func wordsHaveTheirTimes() throws {
        let answer = """
            {"audio_base64":"\(Data(repeating: 1, count: 96).base64EncodedString())","alignment":{
            "characters":["[","x","]"," ","H","i","."," ","Y","o"],
            "character_start_times_seconds":[0,0,0,0,0.1,0.2,0.3,0.4,0.5,0.6],
            "character_end_times_seconds":[0,0,0,0.1,0.2,0.3,0.4,0.5,0.6,0.7]}}
            """
        guard case .finished(let finished) = ElevenLabs().read(submission: Self.response(200, answer)) else {
            Issue.record("no sound")
            return
        }
        #expect(finished.words == [SpokenWord("Hi.", from: 100, to: 400), SpokenWord("Yo", from: 500, to: 700)])
        guard case .bytes(let sound) = finished.output else { return }
        #expect(sound.starts(with: Data("RIFF".utf8)) && sound.count == 44 + 96, "headerless samples get their header")
        let google = """
            {"audioContent":"\(Data(repeating: 0, count: 44 + 96_000).base64EncodedString())",
            "timepoints":[{"markName":"0:The","timeSeconds":0.012},{"markName":"1:tide","timeSeconds":0.214}]}
            """
        guard case .finished(let line) = GoogleSpeech().read(submission: Self.response(200, google)) else {
            Issue.record("no sound")
            return
        }
        #expect(line.words == [SpokenWord("The", from: 12, to: 214), SpokenWord("tide", from: 214, to: 1_000)])
    }

    static func response(_ status: Int, _ body: String) -> Response {
        Response(status: status, headers: [:], body: Data(body.utf8), byteCount: 0)
    }

    /// What became of a call: found by its words, its seed, its id; not found is told apart from not to be told.
    @Test func callsAreFoundAgain() throws {
        let line = Self.wish(Ask("elevenlabs", .dialogue, "eleven_v3", voice: "v1"))
        func items(_ text: String, more: Bool = false) -> Response {
            Self.response(
                200,
                "{\"history\":[{\"history_item_id\":\"h1\",\"text\":\"\(text)\",\"voice_id\":\"v1\",\"model_id\":\"eleven_v3\",\"state\":\"created\"}],\"has_more\":\(more)}"
            )
        }
        #expect(try ElevenLabs().read(lookUp: items("the tide & <b>mayv</b>"), of: line) == "h1")
        #expect(try ElevenLabs().read(lookUp: items("other words"), of: line) == nil)
        let hidden = #expect(throws: BadWish.self) {
            try ElevenLabs().read(lookUp: items("other words", more: true), of: line)
        }
        #expect(hidden?.isHere == true, "older lines may hold it: a person has to look")
        #expect(throws: BadWish.self) { try ElevenLabs().read(lookUp: Self.response(500, ""), of: line) }

        let picture = Self.wish(Ask("replicate", .setting, "a/b"))
        guard case .data(let body) = try Replicate().submission(picture, Self.credential(Replicate())).body,
            let seed = String(decoding: body, as: UTF8.self).firstMatch(of: /"seed":\s*(\d+)/)?.1
        else {
            Issue.record("no seed")
            return
        }
        let list = "{\"results\":[{\"id\":\"p1\",\"input\":{\"seed\":\(seed)}}],\"next\":null}"
        #expect(try Replicate().read(lookUp: Self.response(200, list), of: picture) == "p1")
        #expect(
            try Replicate().read(lookUp: Self.response(200, "{\"results\":[],\"next\":null}"), of: picture) == nil)
        #expect(throws: BadWish.self) {
            try Replicate().read(lookUp: Self.response(200, "{\"results\":[],\"next\":\"https://x\"}"), of: picture)
        }
        #expect(
            ComfyUI.id("sf-0123-1").wholeMatch(of: /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}/)
                != nil)
        #expect(ComfyUI.id("sf-0123-1") != ComfyUI.id("sf-0123-2"))
    }

    /// A graph of the user's own, its slots filled with values of the right kind; what a task does not bring is said.
    @Test func ownGraphsAreFilled() throws {
        let graph = try JSON(
            text: Array(
                "{\"1\":{\"class_type\":\"X\",\"inputs\":{\"text\":\"film, %prompt%\",\"seed\":\"%seed%\",\"image\":\"%still%\",\"link\":[\"2\",0],\"rate\":\"50%\"}}}"
                    .utf8))
        let service = ComfyUI(graphs: ["mine": graph])
        var wish = Self.wish(Ask("comfyui", .compose, "mine"))
        guard case .data(let body) = try service.submission(wish, Self.credential(service)).body else { return }
        let text = String(decoding: body, as: UTF8.self).filter { !$0.isWhitespace }
        #expect(text.contains("\"text\":\"film,thetide&<b>Maeve</b>\"") && text.contains("\"seed\":7"))
        #expect(text.contains("\"rate\":\"50%\"") && text.contains("\"link\":[\"2\",0]"))
        wish.still = nil
        wish.kind = .setting
        let error = #expect(throws: BadWish.self) { try service.submission(wish, Self.credential(service)) }
        #expect(error?.description.contains("%still%") == true && error?.isHere == false)
        wish.model = "not-here"
        let lack = #expect(throws: BadWish.self) { try service.submission(wish, Self.credential(service)) }
        #expect(lack?.isHere == true, "another machine may have that graph")
    }
}
