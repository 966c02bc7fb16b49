import Foundation

/// The same service behind the wire of ElevenLabs: lines as samples with the time of each character, and a history.
struct ElevenLabs {
    let connection: Connection
    static let path = "/elevenlabs/v1/"
    static let rate = 24_000
    static let samplesPerCharacter = 1_440

    func submit(_ call: Connection.Call) {
        let voice = call.path.dropFirst("\(Self.path)text-to-speech/".count).prefix { $0 != "/" }
        guard call.path.hasSuffix("/with-timestamps"), call.query == "output_format=pcm_24000",
            let wish = try? JSONSerialization.jsonObject(with: call.body) as? [String: Any],
            let text = wish["text"] as? String, !text.isEmpty, voice == "voice-1"
        else { return refuse(404, "voice_not_found") }
        let fault = connection.service.next("submit")
        switch fault {
        case "429": return refuse(429, "too_many_concurrent_requests")
        case "refuse": return refuse(401, "quota_exceeded")
        default: break
        }
        _ = connection.service.bill(
            text.unicodeScalars.count * 100, account: call.account, model: wish["model_id"] as? String ?? "",
            prompt: text)
        if fault == "drop_answer" { return }
        let characters = text.map(String.init)
        let length = Double(Self.samplesPerCharacter) / Double(Self.rate)
        connection.answer(
            200,
            [
                "audio_base64": Self.sound(characters.count).base64EncodedString(),
                "alignment": [
                    "characters": characters,
                    "character_start_times_seconds": characters.indices.map { Double($0) * length },
                    "character_end_times_seconds": characters.indices.map { Double($0 + 1) * length },
                ],
            ])
    }

    /// A tone, swelling once a character.
    private static func sound(_ characters: Int) -> Data {
        var samples = Data()
        for index in 0..<characters * samplesPerCharacter {
            let swell = sin(Double(index) / Double(samplesPerCharacter) * .pi)
            let value = Int16(sin(Double(index) * 2 * .pi * 220 / Double(rate)) * swell * 9_000)
            withUnsafeBytes(of: value.littleEndian) { samples.append(contentsOf: $0) }
        }
        return samples
    }

    private func refuse(_ status: Int, _ code: String) {
        connection.answer(status, ["detail": ["code": code, "status": code, "message": code]])
    }

    func history(_ call: Connection.Call) {
        let items = connection.service.bills(of: call.account, models: ["eleven_multilingual_v2"]).map { operation in
            [
                "history_item_id": operation.id, "text": operation.prompt, "voice_id": "voice-1",
                "model_id": operation.model, "state": "created",
            ]
        }
        connection.answer(200, ["history": Array(items.reversed()), "has_more": false])
    }

    func audio(_ id: String, _ call: Connection.Call) {
        guard let operation = connection.service.operation(id), operation.account == call.account else {
            return refuse(404, "not_found")
        }
        let samples = Self.sound(operation.prompt.count)
        var file = Data("RIFF".utf8)
        func number(_ value: Int, _ bytes: Int) {
            for place in 0..<bytes { file.append(UInt8(value >> (8 * place) & 255)) }
        }
        number(samples.count + 36, 4)
        file.append(Data("WAVEfmt ".utf8))
        for (value, bytes) in [(16, 4), (1, 2), (1, 2), (Self.rate, 4), (Self.rate * 2, 4), (2, 2), (16, 2)] {
            number(value, bytes)
        }
        file.append(Data("data".utf8))
        number(samples.count, 4)
        connection.send(file + samples, type: "audio/wav")
    }
}
