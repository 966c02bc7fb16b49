import Film
import Foundation
import Screenplay

@testable import ShotEngine

/// A script of the corpus with what an attentive reader says of it.
struct CorpusScript {
    struct Block {
        var isSpeech: Bool
        var starts: String
        var people: Set<String>
        var speaker: String
        var isOffscreen: Bool
        var trigger: String?
        var motions: [String]
    }

    struct Scene {
        var number: Int
        var setting: String
        var blocks: [Block]
    }

    var name: String
    var script: Script
    var people: [String]
    var scenes: [Scene]

    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Corpus")

    static let names: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []).sorted()
        .filter { $0.hasSuffix(".fountain") }.map { String($0.dropLast(9)) }

    enum Broken: Error { case script(String), truth(String) }

    init(_ name: String) throws {
        self.name = name
        let data = try Data(contentsOf: Self.folder.appendingPathComponent(name + ".fountain"))
        guard let script = Fountain.read(data).script else { throw Broken.script(name) }
        self.script = script
        let truth = try JSON(text: Data(contentsOf: Self.folder.appendingPathComponent(name + ".truth.json")))
        people = truth["people"]?.texts ?? []
        scenes = (truth["scenes"]?.items ?? []).map { scene in
            Scene(
                number: Int(scene["number"]?.plainText ?? "") ?? 0, setting: scene["setting"]?.plainText ?? "",
                blocks: (scene["blocks"]?.items ?? []).map { block in
                    Block(
                        isSpeech: block["line"] != nil, starts: (block["line"] ?? block["starts"])?.plainText ?? "",
                        people: Set(block["people"]?.items?.compactMap(\.string) ?? []),
                        speaker: block["speaker"]?.plainText ?? "", isOffscreen: block["offscreen"] == .bool(true),
                        trigger: block["trigger"]?.string, motions: block["motions"]?.texts ?? [])
                })
        }
        guard !scenes.isEmpty else { throw Broken.truth(name) }
    }
}

/// How far a breakdown is from the truth.
struct CorpusScore {
    var found = 0
    var missed = 0
    var wrong = 0
    var triggers = (right: 0, all: 0)
    var motions = (right: 0, all: 0)
    var speakers = (right: 0, all: 0)
    var places = (right: 0, all: 0)
    var lost = 0
    var words: [String] = []

    var recall: Double { Double(found) / Double(max(1, found + missed)) }
    var precision: Double { Double(found) / Double(max(1, found + wrong)) }

    mutating func add(_ corpus: CorpusScript) {
        let breakdown = Breakdown(corpus.script)
        for scene in corpus.scenes {
            guard
                let index = corpus.script.scenes.indices.first(where: {
                    corpus.script.scenes[$0].number == scene.number
                })
            else {
                lost += 1
                continue
            }
            let draft = breakdown.scenes[index]
            places.all += 1
            if draft.setting == scene.setting {
                places.right += 1
            } else {
                words.append("\(corpus.name) \(scene.number): place \(draft.setting), not \(scene.setting)")
            }
            var elements = corpus.script.scenes[index].elements[...]
            if index == 0 { elements = (corpus.script.opening + elements)[...] }
            var cue = 0
            for block in scene.blocks {
                guard let place = elements.firstIndex(where: { Self.starts($0, block) }) else {
                    lost += 1
                    words.append("\(corpus.name) \(scene.number): \"\(block.starts)\" is not in the script here")
                    continue
                }
                cue = elements[..<place].last { $0.kind == .character }?.line ?? cue
                let line = block.isSpeech ? cue : elements[place].line
                elements = elements[(place + 1)...]
                let shots = draft.shots.filter { $0.line == line && $0.isDialogue == block.isSpeech }
                if block.isSpeech {
                    speech(block, shots, breakdown, corpus.name)
                } else {
                    action(block, shots, breakdown, corpus.name)
                }
            }
        }
    }

    private static func starts(_ element: Script.Element, _ block: CorpusScript.Block) -> Bool {
        let isKind =
            block.isSpeech
            ? element.kind == .dialogue || element.kind == .lyrics
            : element.kind == .action || element.kind == .centered
        return isKind && folded(Markup.plain(element.text)).hasPrefix(folded(block.starts))
    }

    static func folded(_ text: String) -> String {
        text.lowercased().replacing("’", with: "'").split { !($0.isLetter || $0.isNumber || $0 == "'") }.joined(
            separator: " ")
    }

    private mutating func speech(_ block: CorpusScript.Block, _ shots: [Draft], _ breakdown: Breakdown, _ name: String)
    {
        speakers.all += 1
        let lines = shots.flatMap(\.lines)
        let isRight =
            !lines.isEmpty
            && lines.allSatisfy {
                breakdown.cast.people[$0.speaker].key == block.speaker && $0.isOffscreen == block.isOffscreen
            }
            && shots.allSatisfy { shot in
                let isFramed = shot.people.contains { breakdown.cast.people[$0].key == block.speaker }
                return isFramed != block.isOffscreen
            }
        if isRight {
            speakers.right += 1
        } else {
            words.append(
                "\(name): \"\(block.starts)\" is said by \(lines.first.map { breakdown.cast.people[$0.speaker].key } ?? "nobody"), not \(block.speaker)"
            )
        }
    }

    private mutating func action(_ block: CorpusScript.Block, _ shots: [Draft], _ breakdown: Breakdown, _ name: String)
    {
        let people = Set(shots.flatMap(\.people).map { breakdown.cast.people[$0].key })
        found += people.intersection(block.people).count
        for person in block.people.subtracting(people).sorted() {
            missed += 1
            words.append("\(name): \(person) missed in \"\(shots.first?.content.prefix(160) ?? "")\"")
        }
        for person in people.subtracting(block.people).sorted() {
            wrong += 1
            words.append("\(name): \(person) wrong in \"\(shots.first?.content.prefix(160) ?? "")\"")
        }
        if let trigger = block.trigger {
            triggers.all += 1
            if shots.contains(where: { $0.trigger.rawValue == trigger }) {
                triggers.right += 1
            } else {
                words.append(
                    "\(name): trigger \(shots.map(\.trigger.rawValue)) not \(trigger) in \"\(shots.first?.content.prefix(140) ?? "")\""
                )
            }
        }
        let said = Self.folded(shots.flatMap(\.motions).joined(separator: " ")).replacing("'s", with: "")
        for motion in block.motions {
            motions.all += 1
            // Pronouns become names: what is left of the phrase has to be there in its order.
            let pronouns: Set = ["he", "she", "him", "her", "his", "they", "them", "their", "it", "and"]
            let wanted = Self.folded(motion).replacing("'s", with: "").split(separator: " ").map(String.init).filter {
                !pronouns.contains($0)
            }
            var rest = said.split(separator: " ").map(String.init)[...]
            let isThere = wanted.allSatisfy { word in
                guard let place = rest.firstIndex(of: word) else { return false }
                rest = rest[(place + 1)...]
                return true
            }
            if isThere {
                motions.right += 1
            } else {
                words.append("\(name): motion \"\(motion)\" is not in \(shots.flatMap(\.motions))")
            }
        }
    }
}
