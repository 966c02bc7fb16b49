package import Film

/// One shot while it is being decided, V1 to V6 in turn.
package struct Draft: Sendable {
    package struct Line: Sendable, Equatable {
        package var speaker: Int
        package var text: String
        package var parenthetical: String
        package var isOffscreen: Bool
    }

    // V1
    package var scene: Int
    package var trigger: Trigger
    package var content: String
    package var people: [Int] = []
    package var lines: [Line] = []
    /// Whole clauses that move, people by name.
    package var motions: [String] = []
    package var intensity = 0.5
    package var isDisaster = false
    /// A camera direction the writer gave.
    var hint: ShotType?
    var isFirst = false
    /// The words show people nobody named.
    var hasExtras = false
    /// Somebody or something goes from one place to another: no size for a face.
    var isTravelling = false
    /// Eyes close, a chin trembles: best seen near.
    var isFacial = false
    /// The words it shows, where it shows some: a paragraph and its sentences.
    var paragraph: Paragraph?
    var sentences = 0..<0
    /// Words of the source this shot shows, for its length.
    var words = 0
    /// Where the source stands, from 1; 0 for what has none.
    package var line = 0
    /// What the camera should follow: up, down, around…
    var direction: Direction?
    var triggerWhy = ""

    // V2, V3
    package var type: ShotType = .medium
    package var typeWhy = ""
    package var movement: CameraMovement = .static
    package var movementWhy = ""
    package var lensMM = 35
    package var height = "eye_level"
    package var distance = "medium"
    package var lighting = ""
    package var blocking = ""
    // V4, V5
    package var halfSeconds = 6
    package var floorHalfSeconds = 2
    package var transition: Transition = .cut
    package var transitionWhy = ""
    package var crossfadeSeconds = 0.0
    // V6
    package var scenePrompt = ""
    package var videoPrompt = ""
    package var ambience = ""
    package var initImage = "reference"
    package var characterState: [Int: [String]] = [:]
    package var settingState: [String] = []

    enum Direction: String, Sendable {
        case up, down, around, away, toward, across
    }

    var isDialogue: Bool { !lines.isEmpty }
    package var seconds: Double { Double(halfSeconds) / 2 }

    init(scene: Int, trigger: Trigger, content: String) {
        self.scene = scene
        self.trigger = trigger
        self.content = content
    }
}

/// A scene while it is being decided.
package struct DraftScene: Sendable {
    package var index: Int
    package var shots: [Draft] = []
    /// Key of the place.
    package var setting = ""
    package var isSequence = false
    package var isOutside = false
    package var time = ""
    package var targetSeconds: Double?
    /// Why the scene is longer than its target; empty when it is not.
    package var excuse = ""
    var isPlaceNew = true
    var written: [String] = []
}
