import Film
import Testing

@Suite("Wardrobe") struct WardrobeTests {
    static func acts(_ text: String) -> [String?] {
        let wardrobe = Wardrobe(text)
        return Act.allCases.map { wardrobe.worn(act: $0, scene: 1, of: 40) }
    }

    @Test func stagesFollowTheActs() {
        #expect(Self.acts("coat") == ["coat", "coat", "coat", "coat"])
        #expect(Self.acts("coat -> sling") == ["coat", "sling", "sling", "sling"])
        #expect(Self.acts("clean cap → soaked → shirtsleeves") == ["clean cap", "soaked", "soaked", "shirtsleeves"])
        #expect(Self.acts("a -> b -> c -> d") == ["a", "b", "c", "d"])
        #expect(Self.acts("coat; scarf -> sling") == ["coat; scarf", "sling", "sling", "sling"])
    }

    @Test func unchangedIsAsBefore() {
        #expect(Self.acts("unchanged") == [nil, nil, nil, nil])
        #expect(Self.acts("") == [nil, nil, nil, nil])
        #expect(Self.acts("coat -> unchanged -> sling") == ["coat", "coat", "coat", "sling"])
    }

    @Test func placesAreTaken() {
        #expect(Self.acts("Act 1: cap; Act 2: soaked; Act III: shirt") == ["cap", "soaked", "soaked", "shirt"])
        let wardrobe = Wardrobe("coat (scenes 1-12) -> sling (13 to 40)")
        #expect(wardrobe.worn(act: nil, scene: 12, of: 50) == "coat")
        #expect(wardrobe.worn(act: .three, scene: 13, of: 50) == "sling")
        #expect(wardrobe.worn(act: .three, scene: 41, of: 50) == nil)
        #expect(Wardrobe("Scene 3: gown -> coat").worn(act: .one, scene: 3, of: 9) == "gown")
        #expect(Wardrobe("Scene 3: gown -> coat").worn(act: .one, scene: 4, of: 9) == "coat")
        #expect(Wardrobe("coat (scenes 9-1)").worn(act: .one, scene: 4, of: 9) == "coat (scenes 9-1)")
        #expect(Wardrobe("coat (red)").worn(act: .one, scene: 4, of: 9) == "coat (red)")
    }

    @Test func withoutBeatsStagesShareTheScenes() {
        let wardrobe = Wardrobe("a -> b -> c")
        #expect((1...6).map { wardrobe.worn(act: nil, scene: $0, of: 6) } == ["a", "a", "b", "b", "c", "c"])
        #expect(wardrobe.worn(act: nil, scene: 0, of: 0) == "a")
    }
}
