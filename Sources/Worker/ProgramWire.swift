package import Film
internal import Foundation
package import Protocol
package import Providers

/// What a program is told and what its words and its end mean. One object of JSON on its standard input; lines of JSON on its
/// standard output; files in the folder it runs in.
package enum ProgramWire {
    /// Grows when a program of before would not understand.
    package static let version = 1

    /// The order. Lengths are milliseconds, sizes picture elements; files are names in the folder the program runs in.
    /// - Parameter output: the file it should write, unless it says another one.
    package static func order(
        _ wish: Wish, label: String, model: String, still: String? = nil, mask: String? = nil, video: String? = nil,
        audio: String? = nil, output: String
    ) -> JSON {
        var order = JSON.of([
            "version": .integer(version), "do": "make", "kind": .text(wish.kind.rawValue), "label": .text(label),
            "reference": .text(wish.reference), "model": .text(model), "prompt": .text(wish.prompt),
            "seed": .integer(wish.seed), "output": .text(output),
        ])
        func add(_ name: String, _ value: JSON?) { order[name] = value }
        switch wish.kind {
        case .dialogue:
            add("voice", .text(wish.voice))
            add("language", .text(wish.language))
            add(
                "sayings",
                .array(
                    wish.sayings.map {
                        .of(["word": .text($0.word), "said": .text($0.said), "ipa": .bool($0.isIPA)])
                    }))
        case .ambience: add("milliseconds", .integer(wish.milliseconds))
        case .lipsync:
            add("video", video.map(JSON.text))
            add("audio", audio.map(JSON.text))
            add("milliseconds", .integer(wish.milliseconds))
            add("fps", .integer(wish.fps))
            add("focus", thousandths(wish.focus))
            add("faces", .integer(wish.faces))
        default:
            add("negative_prompt", .text(wish.negativePrompt))
            add("width", .integer(wish.width))
            add("height", .integer(wish.height))
            add("strength", thousandths(wish.strength))
            add("guidance", thousandths(wish.guidance))
            add("still", still.map(JSON.text))
            add("mask", mask.map(JSON.text))
            if wish.kind == .animate {
                add("milliseconds", .integer(wish.milliseconds))
                add("fps", .integer(wish.fps))
            }
        }
        return order
    }

    /// The question whether it could work: its packages, its model, its graphics card.
    package static let check = JSON.of(["version": .integer(version), "do": "check"])

    private static func thousandths(_ number: Int) -> JSON {
        .number("\(number / 1_000).\(String(String(1_000 + number % 1_000).dropFirst()))")
    }

    /// What a program has said so far.
    package struct Said: Sendable, Equatable {
        package var output: String?
        package var words: [SpokenWord] = []
        /// The last thing it told people.
        package var message = ""
        package var error = ""
        package var retryAfter: Span?
        /// How much of the work is done, 0 to 1.
        package var progress: Double?

        package init() {}

        /// A line: an object of ours, or anything else, which is for people.
        /// - Returns: what it says to people.
        @discardableResult
        package mutating func hear(_ line: String) -> String? {
            guard let object = try? JSON(text: line.utf8), object.members != nil else {
                message = String(line.prefix(ProgramWire.messageLimit))
                return message
            }
            let told = object["say"]?.string.map { String($0.prefix(ProgramWire.messageLimit)) }
            if let told { message = told }
            if let text = object["error"]?.string { error = String(text.prefix(ProgramWire.messageLimit)) }
            if let name = object["output"]?.string { output = name }
            if let share = object["progress"]?.double, (0...1).contains(share) { progress = share }
            if let seconds = object["retry_after"]?.double, (0...86_400).contains(seconds) {
                retryAfter = .milliseconds(Int64(seconds * 1_000))
            }
            for word in object["words"]?.items ?? [] {
                guard let text = word["text"]?.string, let from = word["from"]?.integer, let to = word["to"]?.integer,
                    (0...3_600_000).contains(from), (from...3_600_000).contains(to)
                else { continue }
                words.append(SpokenWord(text, from: from, to: to))
            }
            return told
        }
    }

    static let messageLimit = 500

    /// What an exit status means (numbers of sysexits.h where one fits); `nil` when it was made.
    /// - Parameters:
    ///   - code: `nil` when a signal ended it.
    ///   - words: what it wrote to its standard error at last.
    package static func fault(code: Int32?, status: String, said: Said, words: String, name: String) -> WorkFault? {
        let failure: FailureClass
        switch code {
        case 0: return nil
        case 64, 65: failure = .inputFault  // EX_USAGE, EX_DATAERR: nobody could make this.
        case 77: failure = .rejected  // EX_NOPERM: its policy.
        case 69: failure = .providerFault  // EX_UNAVAILABLE: what it asks is away.
        case 75: failure = .scarce  // EX_TEMPFAIL: no memory on the card, too many at once.
        default: failure = .workerFault
        }
        let reason = [said.error, words, said.message].first { !$0.isEmpty } ?? "it said nothing"
        return WorkFault(
            failure, "\(name) \(status): \(reason)",
            retryAfter: failure == .scarce ? said.retryAfter ?? .seconds(20) : said.retryAfter)
    }

    /// A file's name in the program's own folder, and nothing that leads out of it.
    package static func isPlainName(_ name: String) -> Bool {
        !name.isEmpty && name.utf8.count <= 255 && !name.contains("/") && !name.contains("\0") && name != "."
            && name != ".."
    }
}
