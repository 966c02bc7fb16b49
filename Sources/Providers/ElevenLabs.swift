internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// ElevenLabs: lines with the time of every character, and sounds. Finished speech is listed for a while; sounds are not.
package struct ElevenLabs: Service {
    package init() {}
    package var backend: String { "elevenlabs" }
    package var kinds: [TaskKind] { [.dialogue, .ambience] }
    package var usualBase: String { "https://api.elevenlabs.io" }
    /// What lossless sound every plan may have.
    static let rate = 24_000

    private func keyed(_ method: String, _ path: String, _ credential: Credential) -> Request {
        var request = credential.request(method, path, [("xi-api-key", credential.key)])
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        var request: Request
        if wish.kind == .ambience {
            request = keyed("POST", "/v1/sound-generation?output_format=mp3_44100_128", credential)
            let seconds = min(30, max(0.5, Double(wish.milliseconds) / 1_000))
            request.body =
                JSON.of([
                    "text": .text(wish.prompt), "duration_seconds": .number("\(seconds)"),
                    "prompt_influence": .number("0.4"),
                    "loop": .bool(wish.milliseconds > 30_000), "model_id": .text(wish.model),
                ]).body
        } else {
            let voice = try part(wish.voice)
            request = keyed("POST", "/v1/text-to-speech/\(voice)/with-timestamps?output_format=pcm_24000", credential)
            request.body =
                JSON.of([
                    "text": .text(Spelling.respelt(wish.prompt, wish.sayings)), "model_id": .text(wish.model),
                    // Multilingual v2 knows by itself.
                    "language_code": wish.model.contains("multilingual_v2")
                        ? nil : .text(String(wish.language.prefix(2))),
                    "seed": .integer(wish.seed),
                ]).body
        }
        request.headers.append(("Content-Type", "application/json"))
        request.timeLimit = .seconds(180)
        request.stallLimit = .seconds(120)
        return request
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else { return refusal(response) }
        guard let json = response.json, json.members != nil else {
            return SoundBytes.isSound(response.body)
                ? .finished(Finished(.bytes(response.body))) : .unknown("what came is neither JSON nor sound")
        }
        guard let text = json["audio_base64"]?.string, let data = Data(base64Encoded: text), !data.isEmpty else {
            return .unknown("it took the line and gave nothing that can be heard: \(response.complaint)")
        }
        let sound = SoundBytes.isSound(data) ? data : SoundBytes.wave(data, rate: Self.rate)
        return .finished(Finished(.bytes(sound), words: Self.words(json["alignment"])))
    }

    /// Characters between spaces, from the first one's start to the last one's end. Tags in brackets are not spoken.
    static func words(_ alignment: JSON?) -> [SpokenWord] {
        guard let characters = alignment?["characters"]?.items?.map({ $0.string ?? "" }),
            let starts = alignment?["character_start_times_seconds"]?.items?.map({ $0.double ?? 0 }),
            let ends = alignment?["character_end_times_seconds"]?.items?.map({ $0.double ?? 0 }),
            characters.count == starts.count, starts.count == ends.count
        else { return [] }
        var words: [SpokenWord] = []
        var (text, from, to) = ("", 0.0, 0.0)
        var depth = 0
        func close() {
            if !text.isEmpty { words.append(SpokenWord(text, from: milliseconds(from), to: milliseconds(to))) }
            text = ""
        }
        for (place, character) in characters.enumerated() {
            if character == "[" { depth += 1 }
            if depth == 0, !character.isEmpty, !character.allSatisfy(\.isWhitespace) {
                if text.isEmpty { from = starts[place] }
                text += character
                to = ends[place]
            } else {
                close()
            }
            if character == "]" { depth = max(0, depth - 1) }
        }
        close()
        return words
    }

    private static func milliseconds(_ seconds: Double) -> Int { Int((min(max(seconds, 0), 86_400) * 1_000).rounded()) }

    /// By the code in the answer's words; statuses lie here: no money is a 401.
    private func refusal(_ response: Response) -> Submission {
        let detail = response.json?["detail"]
        let code = detail?["code"]?.word ?? detail?["status"]?.word ?? ""
        let words = detail?["message"]?.word.map { "\($0) (\(response.status))" } ?? response.complaint
        let status = detail?["status"]?.word ?? ""
        switch code {
        case _ where [code, status].contains("quota_exceeded"), "payment_required", "payment_issue":
            return .scarce("no money left there: \(words)", retryAfter: .seconds(3_600))
        case "too_many_concurrent_requests", "concurrent_limit_exceeded", "rate_limit_exceeded", "system_busy":
            return .scarce(words, retryAfter: response.retryAfter)
        case "invalid_api_key", "missing_permissions", "detected_unusual_activity": return .denied(words)
        case "voice_not_found", "max_character_limit_exceeded": return .refused(words)
        case "bad_prompt": return .moderated(words)
        default: break
        }
        if response.status == 403 { return .refused(words) }
        if response.status == 425 { return .scarce(words, retryAfter: response.retryAfter) }
        return StatusClass.submission(response)
    }

    /// Finished speech is listed with its words; a line that was made is there, whether or not its answer came.
    package func lookUp(_ wish: Wish, _ credential: Credential) -> Request? {
        guard wish.kind == .dialogue, (try? part(wish.voice)) != nil else { return nil }
        return keyed("GET", "/v1/history?page_size=1000&source=TTS&voice_id=\(wish.voice)", credential)
    }

    package func read(lookUp response: Response, of wish: Wish) throws(BadWish) -> String? {
        guard response.status == 200, let json = response.json, let items = json["history"]?.items else {
            throw BadWish("the look-up gave no list: \(response.complaint)")
        }
        let text = Spelling.respelt(wish.prompt, wish.sayings)
        let item = items.first {
            $0["text"]?.string == text && $0["model_id"]?.string ?? wish.model == wish.model
                && $0["voice_id"]?.string ?? wish.voice == wish.voice && $0["state"]?.word != "deleted"
        }
        if let item {
            guard let id = item["history_item_id"]?.word, !id.isEmpty else {
                throw BadWish("the look-up gave a line without a name")
            }
            return id
        }
        guard json["has_more"]?.isTrue != true else {
            throw BadWish("it is not among the newest thousand lines", isHere: true)
        }
        return nil
    }

    /// A line that was found again; it comes without the times of its words.
    package func poll(_ operation: String, stage: String, _ credential: Credential) throws(BadWish) -> Request {
        keyed("GET", "/v1/history/\(try part(operation))/audio", credential)
    }

    package func read(state response: Response, of operation: String, stage: String) -> OperationState {
        guard response.status == 200 else { return StatusClass.poll(response) }
        guard SoundBytes.isSound(response.body) else { return .busy("what came is no sound", retryAfter: nil) }
        return .succeeded(.bytes(response.body), cost: nil)
    }

    package func greeting(_ credential: Credential) -> Request? { keyed("GET", "/v1/user/subscription", credential) }
}
