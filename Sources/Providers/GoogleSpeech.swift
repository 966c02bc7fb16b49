internal import Film
internal import Foundation
package import HTTP
package import Protocol

/// Google's speech with a mark before each word, so that it tells when each is said.
package struct GoogleSpeech: Service {
    package init() {}
    package var backend: String { "google" }
    package var kinds: [TaskKind] { [.dialogue] }
    package var usualBase: String { "https://texttospeech.googleapis.com" }
    /// Of text with its marks.
    static let limitBytes = 5_000

    private func keyed(_ method: String, _ path: String, _ credential: Credential) -> Request {
        // Tokens of accounts begin so; everything else is a key of this service alone.
        credential.source != nil || credential.key.hasPrefix("ya29.")
            ? credential.bearer(method, path)
            : credential.request(method, path, [("X-Goog-Api-Key", credential.key)])
    }

    package func submission(_ wish: Wish, _ credential: Credential) throws(BadWish) -> Request {
        let voice = wish.voice.isEmpty ? "en-GB-Neural2-B" : wish.voice
        guard voice.wholeMatch(of: /[A-Za-z0-9-]{3,100}/) != nil else {
            throw BadWish("\"\(voice.prefix(60))\" is no voice of Google's")
        }
        // The newest voices take no marks.
        let isPlain = voice.contains("Chirp")
        let ssml = Self.marked(wish)
        guard (isPlain ? wish.prompt : ssml).utf8.count <= Self.limitBytes else {
            throw BadWish("the line has more than \(Self.limitBytes) bytes with its marks; break it in two")
        }
        var request = keyed("POST", isPlain ? "/v1/text:synthesize" : "/v1beta1/text:synthesize", credential)
        request.headers.append(("Content-Type", "application/json"))
        request.body =
            JSON.of([
                "input": isPlain
                    ? .of(["text": .text(Spelling.respelt(wish.prompt, wish.sayings))]) : .of(["ssml": .text(ssml)]),
                "voice": .of([
                    "languageCode": .text(voice.split(separator: "-").prefix(2).joined(separator: "-")),
                    "name": .text(voice),
                ]),
                "audioConfig": .of(["audioEncoding": "LINEAR16", "sampleRateHertz": 48_000]),
                "enableTimePointing": isPlain ? nil : .array(["SSML_MARK"]),
            ]).body
        request.destination = .memory(limitBytes: 64 << 20)
        request.timeLimit = .seconds(300)
        return request
    }

    /// The words in their marks: the name holds the word, so that what comes back needs no other memory.
    static func marked(_ wish: Wish) -> String {
        var words = ""
        for (place, word) in wish.prompt.split(whereSeparator: \.isWhitespace).enumerated() {
            let said = Spelling.marked(String(word), wish.sayings) { saying in
                saying.isIPA
                    ? "<phoneme alphabet=\"ipa\" ph=\"\(Spelling.escaped(saying.said))\">\(Spelling.escaped(saying.word))</phoneme>"
                    : "<sub alias=\"\(Spelling.escaped(saying.said))\">\(Spelling.escaped(saying.word))</sub>"
            }
            words += (place > 0 ? " " : "") + "<mark name=\"\(place):\(Spelling.escaped(String(word)))\"/>" + said
        }
        return "<speak>\(words)</speak>"
    }

    package func read(submission response: Response) -> Submission {
        guard response.status == 200 else {
            let words = response.body.count < 1 << 20 ? String(decoding: response.body, as: UTF8.self) : ""
            if words.contains("API_KEY_INVALID") { return .denied(response.complaint) }
            if words.contains("BILLING_DISABLED") {
                return .scarce("no billing there: \(response.complaint)", retryAfter: .seconds(3_600))
            }
            if response.status == 429 {
                return .scarce(response.complaint, retryAfter: Google.retryDelay(response.json))
            }
            return StatusClass.submission(response)
        }
        guard let json = response.json, let text = json["audioContent"]?.string,
            let data = Data(base64Encoded: text), !data.isEmpty
        else { return .unknown("it took the line and gave nothing that can be heard") }
        return .finished(Finished(.bytes(data), words: Self.words(json["timepoints"], soundBytes: data.count)))
    }

    /// A word lasts until the next one begins; the last one until the sound ends (96,000 bytes a second).
    private static func words(_ points: JSON?, soundBytes: Int) -> [SpokenWord] {
        let marks = (points?.items ?? []).compactMap { point -> (word: String, at: Int)? in
            guard let name = point["markName"]?.string, let colon = name.firstIndex(of: ":"),
                let seconds = point["timeSeconds"]?.double, (0..<86_400).contains(seconds)
            else { return nil }
            return (String(name[name.index(after: colon)...]), Int((seconds * 1_000).rounded()))
        }
        let end = max(0, soundBytes - 44) / 96
        return marks.enumerated().map { place, mark in
            SpokenWord(
                mark.word, from: mark.at, to: max(mark.at, place + 1 < marks.count ? marks[place + 1].at : end))
        }
    }

    package func greeting(_ credential: Credential) -> Request? {
        keyed("GET", "/v1/voices?languageCode=en-GB", credential)
    }
}
