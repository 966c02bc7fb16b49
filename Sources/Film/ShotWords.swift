/// Shot sizes and angles (`formats.md` 4).
package enum ShotType: String, CaseIterable, Sendable {
    case extremeWide = "extreme_wide"
    case wide
    case mediumWide = "medium_wide"
    case medium
    case mediumClose = "medium_close"
    case closeUp = "close_up"
    case extremeCloseUp = "extreme_close_up"
    case overShoulder = "over_shoulder"
    case pov, insert
    case twoShot = "two_shot"
    case group
}

/// How the camera moves.
package enum CameraMovement: String, CaseIterable, Sendable {
    case `static`
    case panLeft = "pan_left"
    case panRight = "pan_right"
    case tiltUp = "tilt_up"
    case tiltDown = "tilt_down"
    case pushIn = "push_in"
    case pullBack = "pull_back"
    case tracking, handheld
    case craneUp = "crane_up"
    case craneDown = "crane_down"
    case orbit
    case zoomIn = "zoom_in"
    case zoomOut = "zoom_out"
}

/// How a shot goes over into the next.
package enum Transition: String, CaseIterable, Sendable {
    case cut, dissolve
    case fadeBlack = "fade_black"
    case fadeFromBlack = "fade_from_black"
    case matchCut = "match_cut"
    case smashCut = "smash_cut"
    case wipe
    case jCut = "j_cut"
    case lCut = "l_cut"
}

/// Why a shot exists.
package enum Trigger: String, CaseIterable, Sendable {
    case newCharacterEnters = "new_character_enters"
    case dialogueExchange = "dialogue_exchange"
    case actionBeat = "action_beat"
    case emotionalMoment = "emotional_moment"
    case revelation
    case locationEstablish = "location_establish"
    case timeSkip = "time_skip"
    case tensionBuilding = "tension_building"
    case climaxMoment = "climax_moment"
    case reaction
}

/// The four acts of the colour script (`formats.md` 3.6, last column).
package enum Act: Int, CaseIterable, Sendable {
    case one = 1
    case twoA, twoB, three

    /// The act a beat belongs to; the beat may carry a suffix such as "Midpoint (False Victory)". Nil when unknown.
    package init?(beat: String) {
        let table: [(String, Act)] = [
            ("opening image", .one), ("theme stated", .one), ("set-up", .one), ("setup", .one), ("catalyst", .one),
            ("debate", .one), ("break into two", .twoA), ("b story", .twoA), ("fun and games", .twoA),
            ("midpoint", .twoA), ("bad guys close in", .twoB), ("all is lost", .twoB),
            ("dark night of the soul", .twoB), ("break into three", .three), ("finale", .three),
            ("final image", .three),
        ]
        let name = beat.lowercased()
        guard let found = table.first(where: { name.hasPrefix($0.0) }) else { return nil }
        self = found.1
    }

    /// The act a colour script's entry speaks of: "Act 2A", "Act 1 (Thesis)".
    package init?(label: String) {
        let name = label.lowercased().prefix { $0 != "(" }.filter { $0.isLetter || $0.isNumber }
        switch name {
        case "act1", "actone": self = .one
        case "act2a", "act2": self = .twoA
        case "act2b": self = .twoB
        case "act3", "actthree": self = .three
        default: return nil
        }
    }
}
