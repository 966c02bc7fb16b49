import Coordinator
import Film
import Foundation
import Objects
import Planning
import Protocol
import Scheduling
import SwiftProtobuf
import TestKit
import Testing

@Suite("Films that are submitted")
struct FilmJobsTests {
    private let folder = TemporaryFolder()

    /// Asks the coordinator's own planner for a job of the bundled film, whatever a client's checks would have said.
    private func plan(
        music: String? = nil, _ change: (inout Profile) -> Void = { _ in }
    ) async throws -> PlannedJob {
        let example = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../Examples/lamplighter")
        var files: [String: Data] = [:]
        for file in try FileManager.default.contentsOfDirectory(at: example, includingPropertiesForKeys: nil)
        where file.pathExtension == "json" {
            files[file.lastPathComponent] = try Data(contentsOf: file)
        }
        files[Music.file] = music.map { Data($0.utf8) }
        let objects = try FolderStore(root: folder.url.appendingPathComponent("store"))
        let (digest, _) = try objects.put(FilmProject.blob(files: files))
        var profile = Profile.test
        change(&profile)
        let call = SubmitCall.with {
            $0.film = digest.data
            $0.settings = profile.settings.canonical
        }
        return try await FilmJobs.planner(call, Depot(objects))
    }

    @Test func whatSomeWorkerCanDoIsPlanned() async throws {
        let job = try await plan { $0.backends[.animate] = "metered" }
        #expect(job.nodes.count > 100)
        #expect(job.gates.map(\.id) == [GateID("metered")])
    }

    @Test func whatNoWorkerCanEverDoIsRefused() async {
        let unknown = await #expect(throws: PlanRefusal.self) { try await plan { $0.backends[.animate] = "oracle" } }
        #expect(unknown?.description.contains("no worker can ever do s001_001/animate") == true)
        #expect(unknown?.description.contains("oracle") == true)
        let wrong = await #expect(throws: PlanRefusal.self) { try await plan { $0.backends[.dialogue] = "metered" } }
        #expect(wrong?.description.contains("dialogue by \"metered\"") == true, "it animates, it does not speak")
    }
}

extension FilmJobsTests {
    /// Music that was handed to another store cannot be made here.
    @Test func musicNobodyHandedInIsRefused() async throws {
        let refused = await #expect(throws: PlanRefusal.self) {
            try await plan(
                music:
                    "{\"film\": {\"digest\": \"\(String(repeating: "ab", count: 32))\", \"samples\": 9, \"bytes\": 80}}"
            )
        }
        #expect(refused?.description.contains("film/music was handed in from another machine") == true)
    }
}
