internal import Film

/// What directors do by default (`formats.md` 5.2–5.4), as data.
enum ShotTable {
    struct Row {
        var type: ShotType
        var movement: CameraMovement
        /// Half seconds.
        var base: Int
        /// Where the people are and what the frame is for.
        var blocking: String
    }

    static func row(_ trigger: Trigger) -> Row {
        switch trigger {
        case .locationEstablish:
            Row(type: .wide, movement: .panRight, base: 8, blocking: "geography first, the place before the people")
        case .newCharacterEnters:
            Row(type: .mediumWide, movement: .static, base: 6, blocking: "from the edge of the frame to its centre")
        case .dialogueExchange: Row(type: .overShoulder, movement: .static, base: 6, blocking: "opposing eyelines")
        case .actionBeat: Row(type: .medium, movement: .tracking, base: 4, blocking: "motion across the frame")
        case .emotionalMoment:
            Row(type: .closeUp, movement: .pushIn, base: 9, blocking: "hold the centre, nothing moves but the face")
        case .revelation: Row(type: .insert, movement: .static, base: 4, blocking: "isolate the object")
        case .timeSkip: Row(type: .wide, movement: .static, base: 6, blocking: "reset of the geography")
        case .tensionBuilding:
            Row(type: .mediumClose, movement: .pushIn, base: 5, blocking: "compressed space, little air above")
        case .climaxMoment: Row(type: .extremeCloseUp, movement: .handheld, base: 7, blocking: "crossing vectors")
        case .reaction: Row(type: .closeUp, movement: .static, base: 5, blocking: "hold on the face")
        }
    }

    struct Size {
        var lensMM: Int
        var distance: String
        var words: String
        /// How near, from 0: sizes next to each other do not cut well.
        var rank: Int
    }

    static func size(_ type: ShotType) -> Size {
        switch type {
        case .extremeWide: Size(lensMM: 18, distance: "very_wide", words: "vast open space", rank: 0)
        case .wide: Size(lensMM: 24, distance: "wide", words: "wide shot of the whole place", rank: 1)
        case .group: Size(lensMM: 28, distance: "wide", words: "group shot", rank: 2)
        case .mediumWide: Size(lensMM: 35, distance: "medium", words: "knees-up framing", rank: 3)
        case .pov: Size(lensMM: 35, distance: "medium", words: "first-person view", rank: 4)
        case .twoShot: Size(lensMM: 40, distance: "medium", words: "two-shot", rank: 4)
        case .medium: Size(lensMM: 50, distance: "medium", words: "waist-up framing", rank: 5)
        case .overShoulder: Size(lensMM: 50, distance: "medium_close", words: "over-the-shoulder framing", rank: 6)
        case .mediumClose: Size(lensMM: 65, distance: "close", words: "chest-up framing", rank: 7)
        case .closeUp: Size(lensMM: 85, distance: "close", words: "face fills the frame", rank: 8)
        case .extremeCloseUp: Size(lensMM: 100, distance: "extreme_close_up", words: "detail of the eyes", rank: 9)
        case .insert: Size(lensMM: 100, distance: "extreme_close_up", words: "small object in detail", rank: 10)
        }
    }

    /// A size as a prompt says it, for so many people: sizes by knees and faces are for one who has them.
    static func framing(_ type: ShotType, people: Int) -> String {
        switch (type, people) {
        case (.mediumWide, 0): "view from the middle distance"
        case (.medium, 0), (.overShoulder, 0), (.twoShot, 0): "nearer view"
        case (.mediumClose, 0), (.closeUp, 0), (.extremeCloseUp, 0): "detail fills the frame"
        case (.closeUp, 2): "two faces fill the frame"
        case (.closeUp, 3...): "faces fill the frame"
        default: size(type).words
        }
    }

    /// Distance bands as a prompt says them.
    static func words(distance: String) -> String {
        distance.replacing("_up", with: "").replacing("_", with: " ")
    }

    /// What follows each other when a kind of shot repeats.
    static let dialogue: [ShotType] = [.overShoulder, .mediumClose, .closeUp]
    static let revelation: [ShotType] = [.insert, .closeUp, .mediumClose]
    static let tension: [ShotType] = [.mediumClose, .closeUp, .medium]
    static let action: [ShotType] = [.mediumWide, .medium, .closeUp, .wide]
    static let sequence: [ShotType] = [.mediumWide, .pov, .closeUp, .wide]
    static let middle: [ShotType] = [.medium, .mediumClose, .mediumWide]
    static let intense: [ShotType] = [.closeUp, .extremeCloseUp, .pov]

    /// Openings of places in turn, so that a film does not pan right forty times.
    static let outsideOpenings: [CameraMovement] = [.panRight, .craneDown, .panLeft, .tiltDown]
    static let insideOpenings: [CameraMovement] = [.panRight, .pushIn, .panLeft, .static]

    /// What the camera does, as a video model is told.
    static func words(_ movement: CameraMovement) -> String {
        switch movement {
        case .static: "locked-off camera"
        case .panLeft: "camera pans left"
        case .panRight: "camera pans right"
        case .tiltUp: "camera tilts upward"
        case .tiltDown: "camera tilts downward"
        case .pushIn: "camera pushes slowly closer"
        case .pullBack: "camera pulls slowly back"
        case .tracking: "camera tracks the movement"
        case .handheld: "handheld camera"
        case .craneUp: "camera cranes upward"
        case .craneDown: "camera cranes downward"
        case .orbit: "camera orbits the subject"
        case .zoomIn: "lens zooms closer"
        case .zoomOut: "lens zooms wider"
        }
    }

    /// What moves where the words say nothing.
    static func motion(_ trigger: Trigger) -> String {
        switch trigger {
        case .locationEstablish: "slow reveal of the surroundings"
        case .newCharacterEnters: "the newcomer steps into view"
        case .dialogueExchange: "speaking with small natural gestures"
        case .actionBeat: "continuous action"
        case .emotionalMoment: "small shift of expression"
        case .revelation: "focus shifts to the detail"
        case .timeSkip: "light changes as time passes"
        case .tensionBuilding: "almost no movement"
        case .climaxMoment: "violent physical action"
        case .reaction: "expression changes"
        }
    }

    /// Times that a format stretches or presses.
    static func factor(format: String) -> Double {
        ["tiktok": 0.5, "reel": 0.7, "youtube": 1, "short_film": 1.1, "feature": 1.2, "series_ep": 1][format] ?? 1.2
    }

    static func profile(format: String) -> String {
        switch format {
        case "tiktok", "reel": "speed_preview"
        case "short_film", "youtube", "series_ep": "balanced"
        default: "production_quality"
        }
    }

    /// What no picture should have.
    static let negative = [
        "blurry", "low quality", "watermark", "text overlay", "deformed faces", "extra limbs", "bad anatomy", "cartoon",
        "anime",
    ]
}
