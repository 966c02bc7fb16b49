internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Azure's speech over its real-time door. A key works in its own region alone: `SNOWFLAKE_AZURE_LOCATION`.
package struct AzureSpeech: Service {
    package init() {}
    package var backend: String { "azure" }
    package var kinds: [TaskKind] { [.dialogue] }
    /// The region stands for a part of the host.
    package var usualBase: String { "https://{location}.tts.speech.microsoft.com" }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let voice = wish.voice.isEmpty ? "en-US-JennyNeural" : wish.voice
        guard voice.wholeMatch(of: /[A-Za-z0-9:-]{3,100}/) != nil else {
            throw BadWish("\"\(voice.prefix(60))\" is no voice of Azure's")
        }
        var request = try located("POST", "/cognitiveservices/v1", credential)
        request.headers += [
            ("Content-Type", "application/ssml+xml"), ("X-Microsoft-OutputFormat", "riff-48khz-16bit-mono-pcm"),
        ]
        let language = voice.split(separator: "-").prefix(2).joined(separator: "-")
        let text = Spelling.marked(wish.prompt, wish.sayings) { saying in
            saying.isIPA
                ? "<phoneme alphabet=\"ipa\" ph=\"\(Spelling.escaped(saying.said))\">\(Spelling.escaped(saying.word))</phoneme>"
                : "<sub alias=\"\(Spelling.escaped(saying.said))\">\(Spelling.escaped(saying.word))</sub>"
        }
        request.body = .data(
            Data(
                ("<speak version=\"1.0\" xmlns=\"http://www.w3.org/2001/10/synthesis\" xml:lang=\"\(language)\">"
                    + "<voice name=\"\(voice)\">\(text)</voice></speak>").utf8))
        request.destination = .memory(limitBytes: 64 << 20)
        return request
    }

    private func located(_ method: String, _ path: String, _ credential: Credential) throws(BadWish) -> Request {
        let place = credential.options["location"] ?? ""
        guard credential.isOwnBase || place.wholeMatch(of: /[a-z0-9]{2,40}/) != nil else {
            throw BadWish("Azure needs the region of the key: set SNOWFLAKE_AZURE_LOCATION beside it", isHere: true)
        }
        var request = credential.request(
            method, path, [("Ocp-Apim-Subscription-Key", credential.key), ("User-Agent", "snowflake")])
        request.url = request.url.replacing("{location}", with: place)
        return request
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else {
            switch response.status {
            case 429: return .scarce(response.complaint, retryAfter: response.retryAfter ?? .seconds(2))
            default: return StatusClass.submission(response)
            }
        }
        // Nothing that can be spoken, or a voice of another language.
        guard response.body.count > 44 else { return .refused("it has nothing to say for this line: no sound came") }
        guard SoundBytes.isSound(response.body) else { return .unknown("what came is no sound") }
        return .finished(Finished(.bytes(response.body)))
    }

    package func greeting(_ credential: Credential) -> Request? {
        try? located("GET", "/cognitiveservices/voices/list", credential)
    }
}
