internal import Foundation

/// Sound as it comes out of an answer.
enum SoundBytes {
    /// By its first bytes: what was asked for is not always what comes.
    static func isSound(_ data: Data) -> Bool {
        let head = [UInt8](data.prefix(4))
        guard head.count == 4 else { return false }
        let words = String(decoding: head, as: UTF8.self)
        return ["RIFF", "fLaC", "OggS"].contains(words) || words.hasPrefix("ID3")
            || (head[0] == 0xFF && head[1] & 0xE0 == 0xE0)
    }

    /// Mono samples of 16 bits, little end first, as a WAV file.
    static func wave(_ samples: Data, rate: Int) -> Data {
        var file = Data("RIFF".utf8)
        func number<N: FixedWidthInteger>(_ value: N) {
            withUnsafeBytes(of: value.littleEndian) { file.append(contentsOf: $0) }
        }
        let count = UInt32(clamping: samples.count / 2 * 2)
        number(count &+ 36)
        file.append(Data("WAVEfmt ".utf8))
        number(UInt32(16))
        number(UInt16(1))
        number(UInt16(1))
        number(UInt32(rate))
        number(UInt32(rate * 2))
        number(UInt16(2))
        number(UInt16(16))
        file.append(Data("data".utf8))
        number(count)
        file.append(samples.prefix(Int(count)))
        return file
    }
}

/// Words that are said otherwise than they are written.
package enum Spelling {
    /// The text with sayings in plain letters put in their places; phones have no plain letters and stay as they are written.
    package static func respelt(_ text: String, _ sayings: [Saying]) -> String {
        replaced(text, sayings.filter { !$0.isIPA }, other: { $0 }) { $0.said }
    }

    /// The text for XML, each saying as `mark` writes it.
    static func marked(_ text: String, _ sayings: [Saying], _ mark: (Saying) -> String) -> String {
        replaced(text, sayings, other: escaped, mark)
    }

    static func escaped(_ text: String) -> String {
        // What XML cannot hold is nothing that can be said either.
        String(text.unicodeScalars.filter { $0.value >= 0x20 || $0 == "\n" || $0 == "\t" }.map(Character.init))
            .replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&apos;")
    }

    /// Whole words alone, the longest first; a word's case does not matter.
    private static func replaced(
        _ text: String, _ sayings: [Saying], other: (String) -> String, _ mark: (Saying) -> String
    ) -> String {
        let sayings = sayings.filter { !$0.word.isEmpty }.sorted { $0.word.count > $1.word.count }
        guard !sayings.isEmpty else { return other(text) }
        let characters = Array(text)
        var (result, plain) = ("", "")
        var place = 0
        func isLetter(_ index: Int) -> Bool {
            characters.indices.contains(index) && (characters[index].isLetter || characters[index].isNumber)
        }
        while place < characters.count {
            let saying =
                isLetter(place - 1)
                ? nil
                : sayings.first { saying in
                    let end = place + saying.word.count
                    return end <= characters.count && !isLetter(end)
                        && String(characters[place..<end]).lowercased() == saying.word.lowercased()
                }
            if let saying {
                result += other(plain) + mark(saying)
                plain = ""
                place += saying.word.count
            } else {
                plain.append(characters[place])
                place += 1
            }
        }
        return result + other(plain)
    }
}
