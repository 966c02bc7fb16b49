import Film
import Foundation
import Planning
import Protocol
import Testing

/// A project made by the reference implementation, read as it is where it lies beside the checkout.
@Suite("The reference's sample")
struct SampleTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("shared/samples/last-ferry")

    static let isThere = FileManager.default.fileExists(atPath: folder.appendingPathComponent("shot_list.json").path)

    @Test(.enabled(if: isThere, "the sample project is not beside this checkout"))
    func theSampleIsReadAndPlanned() throws {
        var files: [String: Data] = [:]
        for name in try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
        where FilmProject.isRelevant(name) {
            files[name] = try Data(contentsOf: Self.folder.appendingPathComponent(name))
        }
        let (project, faults) = FilmProject.read(files: files)
        let film = try #require(project)
        #expect(faults.allSatisfy { $0.weight == .warning })
        #expect(film.shots.count == 60)
        #expect(film.id == "last_ferry_to_brill")
        // One person whatever the list calls them, and every place in the bible.
        #expect(
            Set(film.shots.flatMap(\.people)) == [
                "mara_quillan", "dov_hask", "ilse_bird_tamm", "captain_orrin_peel", "mrs_loft",
            ])
        #expect(film.shots.allSatisfy { shot in film.bible.locations.contains { $0.key == shot.setting } })
        let plan = FilmPlan(film, .animatic)
        #expect(plan.timeline.frames == 18_211)
        #expect(plan.nodes.count { $0.spec.kind == .animate } == 60)
    }
}
