import Film
import Planning
import Protocol
import Testing

/// Lists of backends, locks of scenes, and when the next one is asked.
@Suite("Backends in order")
struct FailOverTests {
    private func profile(_ body: String) throws -> Profile {
        var configuration = Configuration()
        let faults = configuration.read("profiles:\n  mine:\n" + body, file: "snowflake.yaml")
        #expect(faults.isEmpty, "\(faults)")
        return try configuration.resolve("mine").get()
    }

    private static let body = """
            animate: [{backend: veo}, {backend: kling, model: kling-v3}, {backend: local}]
            scenes: {3: {animate: {backend: runway}}, 4: {dialogue: {backend: azure}}}
        """

    @Test func theNextOfTheListIsAsked() throws {
        let profile = try profile(Self.body)
        let veo = BackendChoice("veo", model: "veo-3.1-fast-generate-001")
        let kling = BackendChoice("kling", model: "kling-v3")
        #expect(profile.backend(of: .animate) == veo)
        #expect(profile.next(after: veo, of: .animate, scene: 1) == kling)
        #expect(profile.next(after: kling, of: .animate, scene: 1) == .local)
        #expect(profile.next(after: .local, of: .animate, scene: 1) == nil)
        #expect(profile.next(after: BackendChoice("pika"), of: .animate, scene: 1) == nil, "a person's own choice")
        let runway = BackendChoice("runway", model: "gen4_turbo")
        #expect(profile.backend(of: .animate, scene: 3) == runway && profile.backend(of: .animate, scene: 4) == veo)
        #expect(profile.next(after: runway, of: .animate, scene: 3) == nil, "a locked scene is made by one alone")
        #expect(profile.backend(of: .dialogue, scene: 4) == BackendChoice("azure"))
        #expect(profile.needsServices)
        #expect(try Profile(settings: profile.settings) == profile)
    }

    @Test(arguments: [
        ("    animate: [{backend: veo}, {backend: veo}]", "twice"), ("    animate: []", "list like"),
        ("    animate: {backend: veo}", "list like"), ("    animate: [veo]", "{backend: local}"),
        ("    scenes: {x: {animate: {backend: veo}}}", "scene's number"),
        ("    scenes: {1: {setting: {backend: local}}}", "not known here"),
        ("    scenes: [1]", "should be like"), ("    scenes: {1: {animate: {backend: sora}}}", "retired"),
    ])
    func wrongListsAreSaid(body: String, words: String) {
        var configuration = Configuration()
        let faults = configuration.read("profiles:\n  mine:\n" + body, file: "snowflake.yaml")
        #expect(faults.contains { $0.message.contains(words) }, "\(faults)")
    }

    /// A substitute without a price is refused before anything runs, as the first one is.
    @Test func substitutesHavePricesToo() {
        var configuration = Configuration()
        _ = configuration.read(
            "profiles:\n  mine:\n    animate: [{backend: kling}, {backend: dream-machine}]", file: "snowflake.yaml")
        guard case .failure(let fault) = configuration.resolve("mine") else {
            Issue.record("it has no price")
            return
        }
        #expect(fault.message.contains("nobody knows"))
    }

    @Test func onlyWhatIsSureMovesOn() {
        let sure = FailureClass.allCases.filter(FailOver.isDefinite)
        #expect(Set(sure) == [.rejected, .inputFault, .unusable, .providerFault, .workerFault])
        for failure in FailureClass.allCases {
            #expect(!FailOver.asksNext(failure, isOwn: true, isOpen: true), "an open purchase: \(failure)")
            #expect(!FailOver.asksNext(failure, isOwn: false, isOpen: false))
            #expect(FailOver.asksNext(failure, isOwn: true, isOpen: false) == sure.contains(failure))
        }
        #expect(FailOver.slot(of: "s001_003_2/animate", .animate) == Takes.Slot("s001_003", .animate))
        #expect(FailOver.slot(of: "s001_003/animate", .animate) == Takes.Slot("s001_003", .animate))
        #expect(FailOver.slot(of: "s001_003_2/dialogue", .dialogue) == Takes.Slot("s001_003_2", .dialogue))
        #expect(FailOver.slot(of: "pier__night/setting", .setting) == Takes.Slot("pier__night", .setting))
    }
}
