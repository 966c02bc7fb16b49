internal import Film
internal import Foundation
package import Protocol

/// What a shot's picture is made of: who stands where, from how far, through which lens. Pure; composing and moving
/// draw from the same placement, so a still is exactly its clip's first frame.
package struct Framing: Sendable, Equatable {
    package let type: String
    package let lens: Int
    package let cameraHeight: String
    package let trigger: String
    package let people: [String]
    package let years: [Int]
    /// Index of who speaks; −1 for nobody in frame.
    package let speaker: Int
    /// What happens, in words: an insert shows the thing they name.
    package let content: String
    /// Which candidate: others stand a little elsewhere, seen a little nearer or from farther off.
    let take: Int

    package init(_ fields: Fields) throws(FieldsError) {
        take = try StudioMaking.take(fields)
        type = try fields.text("type")
        lens = try fields.integer("lens", in: 1...5_000)
        cameraHeight = try fields.text("height")
        trigger = try fields.text("trigger")
        people = try fields.texts("people")
        speaker = try fields.integer("speaker", in: -1...1_000)
        content = try fields.text("content")
        var years: [Int] = []
        for case .integer(let number) in try fields.list("years") { years.append(Int(clamping: number)) }
        self.years = years
    }

    /// One person in the picture, in shares of the frame.
    package struct Place: Sendable, Equatable {
        package let person: Int
        /// Where the figure's middle is across the frame.
        package let x: Double
        /// Where the top of the head is, and where the feet would be: both may lie outside.
        package let top: Double
        package let height: Double
        package let isMirrored: Bool
        /// Seen from behind, dark, at the frame's edge.
        package let isForeground: Bool
    }

    /// How much of the plate is seen: 1 is all of it.
    package var zoom: Double { max(1, usualZoom * (1 + nudge(0.16))) }

    /// A share of the usual that differs with the take; none for the first.
    private func nudge(_ range: Double, _ salt: String = "") -> Double {
        guard take != 0 else { return 0 }
        var dice = Dice("framing\(salt)", take: take)
        _ = dice.next()
        return dice.next(-range...range)
    }

    private var usualZoom: Double {
        switch type {
        case "extreme_wide": 1
        case "wide": 1.04
        case "group": 1.12
        case "medium_wide", "pov": 1.25
        case "two_shot": 1.4
        case "medium", "over_shoulder": 1.55
        case "medium_close": 1.85
        case "close_up": 2.3
        case "extreme_close_up", "insert": 3.1
        default: 1.3
        }
    }

    /// How soft the place is behind people: longer lenses throw it out of focus. Pixels at 1080 lines.
    package var softness: Double {
        guard !people.isEmpty || type == "insert" else { return 0 }
        switch type {
        case "close_up", "extreme_close_up", "insert": return 9
        case "medium_close", "over_shoulder": return 6
        case "medium", "two_shot": return 3
        default: return lens >= 85 ? 4 : 0
        }
    }

    /// Height of a grown person in shares of the frame, and where the head's top is.
    private var figure: (height: Double, top: Double) {
        switch type {
        case "extreme_wide": (0.24, 0.56)
        case "wide": (0.52, 0.40)
        case "group": (0.78, 0.2)
        case "medium_wide": (1.06, 0.13)
        case "pov": (0.98, 0.16)
        case "two_shot": (1.5, 0.13)
        case "medium": (1.62, 0.12)
        case "over_shoulder": (1.85, 0.13)
        case "medium_close": (2.5, 0.08)
        case "close_up": (4.2, 0.07)
        case "extreme_close_up": (6.9, -0.12)
        default: (1.3, 0.14)
        }
    }

    package var places: [Place] {
        let shown = type == "insert" ? [] : Array(people.indices.prefix(9))
        guard !shown.isEmpty else { return [] }
        let isTight = type == "close_up" || type == "extreme_close_up" || type == "medium_close"
        // Whom a tight frame is about: the speaker, else the first.
        let main = shown.contains(speaker) ? speaker : shown[0]
        if isTight {
            return [place(main, x: people.count > 1 ? (main % 2 == 0 ? 0.44 : 0.56) : 0.5, mirrored: main % 2 == 1)]
        }
        if type == "over_shoulder", people.count > 1 {
            let other = shown.first { $0 != main } ?? main
            return [
                place(main, x: 0.6, mirrored: true),
                Place(person: other, x: 0.2, top: 0.02, height: 3.1, isMirrored: false, isForeground: true),
            ]
        }
        if type == "over_shoulder" {
            return [place(main, x: 0.58, mirrored: true)]
        }
        let count = Double(shown.count)
        return shown.enumerated().map { index, person in
            let x: Double
            switch shown.count {
            case 1: x = trigger == "action_beat" || trigger == "new_character_enters" ? 0.44 : 0.5
            case 2: x = index == 0 ? 0.32 : 0.68
            default: x = 0.5 + (Double(index) - (count - 1) / 2) * min(0.24, 0.84 / count)
            }
            return place(person, x: x, mirrored: x > 0.5)
        }
    }

    private func place(_ person: Int, x: Double, mirrored: Bool) -> Place {
        let (height, top) = figure
        let isLow = cameraHeight == "object_level"
        return Place(
            person: person, x: x + nudge(0.09, "\(person)"),
            top: top + (isLow ? -0.03 : cameraHeight == "eye_level_high" ? 0.02 : 0),
            height: height,
            isMirrored: mirrored != (take % 2 == 1), isForeground: false)
    }
}

/// A camera move over a shot: where the frame is at each moment. Pure. Depth comes from the layers: what is near
/// moves more than what is far.
package struct CameraPath: Sendable, Equatable {
    package let movement: String

    package init(movement: String) { self.movement = movement }

    /// The camera at a moment: shifts in shares of the frame (right and down positive for the camera), dolly (moving
    /// closer: near things grow more), zoom (all grows alike), roll in radians.
    package struct Pose: Sendable, Equatable {
        package var x = 0.0
        package var y = 0.0
        package var dolly = 0.0
        package var zoom = 0.0
        package var roll = 0.0
    }

    /// - Parameter t: 0 at the first frame, 1 at the last.
    package func pose(at t: Double, seconds: Double) -> Pose {
        let eased = t * t * (3 - 2 * t)
        let sweep = eased - 0.5
        var pose = Pose()
        switch movement {
        case "pan_left": pose.x = -0.16 * sweep
        case "pan_right": pose.x = 0.16 * sweep
        case "tilt_up": pose.y = -0.13 * sweep
        case "tilt_down": pose.y = 0.13 * sweep
        case "push_in": pose.dolly = 0.24 * eased
        case "pull_back": pose.dolly = 0.24 * (1 - eased)
        case "zoom_in": pose.zoom = 0.26 * eased
        case "zoom_out": pose.zoom = 0.26 * (1 - eased)
        case "tracking": pose.x = 0.22 * (t - 0.5)
        case "crane_up": (pose.y, pose.dolly) = (-0.17 * sweep, 0.06 * (1 - eased))
        case "crane_down": (pose.y, pose.dolly) = (0.17 * sweep, 0.06 * eased)
        case "orbit": (pose.x, pose.dolly) = (0.2 * sweep, 0.05 * sin(t * .pi))
        case "handheld":
            let s = t * max(seconds, 0.1)
            pose.x = 0.007 * sin(s * 5.1) + 0.005 * sin(s * 8.7 + 1)
            pose.y = 0.008 * sin(s * 4.3 + 2) + 0.004 * sin(s * 9.9)
            pose.roll = 0.008 * sin(s * 3.7 + 0.5)
        default: pose.dolly = 0.012 * eased  // A held camera still breathes.
        }
        return pose
    }
}
