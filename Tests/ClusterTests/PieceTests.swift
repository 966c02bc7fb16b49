import Foundation
import Protocol
import TestKit
import Testing
import Worker

@Suite("Pieces of scenes and films")
struct PieceTests {
    /// A clip that does not fit the others is asked for anew by name, never joined in hope.
    @Test func theOddPieceIsMadeAgain() async throws {
        let folder = TemporaryFolder()
        func digest(_ text: String) -> Digest { Digest(of: Data(text.utf8)) }
        let names = ["piece.0", "piece.1", "piece.2", "sound"]
        let spec = TaskSpec(
            kind: .film, backend: "local", recipeVersion: 1,
            parameters: [
                "frames": 72,
                "pieces": .list(
                    names.prefix(3).map { .map(["input": .text($0), "from": 0, "frames": 24]) }),
            ],
            shaping: ["width": 320, "height": 180, "fps": 24, "kilobits": 600],
            inputs: names.map { TaskInput(name: $0, key: digest($0)) }, inputBases: names.map(digest),
            expected: .seconds(1))
        let inputs = names.map { name in
            Work.Input(
                name: name, file: folder.url.appendingPathComponent(name),
                facts: ["frames": 24, "parameters": name == "piece.1" ? "MD5:odd" : "MD5:usual"], missing: "")
        }
        let work = Work(spec: spec, label: "film", inputs: inputs, folder: folder.url, progress: {})
        let fault = await #expect(throws: WorkFault.self) { try await MediaMaker().make(work) }
        #expect(fault?.lostInput == digest("piece.1"))
        #expect(fault?.message.contains("MD5:odd") == true)
    }
}
