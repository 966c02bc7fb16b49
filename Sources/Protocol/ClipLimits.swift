/// What a clip must be to enter a film (`assembly.md` 9, 10): thresholds of the gate, from the profile.
package struct ClipLimits: Sendable, Hashable {
    /// The raw value is the name a profile's `checks` and a recipe know it by.
    package enum Threshold: String, Sendable, CaseIterable {
        /// The longest black stretch, in thousandths of a second.
        case black = "black_ms"
        /// The longest stretch without any movement; clips of our own makers may stand still.
        case frozen = "frozen_ms"
        /// The longest silence, for clips that bring sound of their own.
        case silent = "silent_ms"
        /// Frames a clip may be short by: its last one is held.
        case held = "held_frames"
        /// Thousandths it may be short by: it is slowed down.
        case slowed = "slowed_thousandths"
        /// Thousandths of the asked height that a clip's height must at least be.
        case height = "least_height_thousandths"
        /// Megabytes of one clip.
        case megabytes
        /// Seconds of one clip.
        case seconds

        package var usual: Int {
            switch self {
            case .black, .frozen: 500
            case .silent: 2_000
            case .held: 6
            case .slowed: 80
            case .height: 250
            case .megabytes: 4_096
            case .seconds: 900
            }
        }

        package var range: ClosedRange<Int> {
            switch self {
            case .black, .frozen, .silent: 0...600_000
            case .held: 0...240
            case .slowed: 0...500
            case .height: 0...1_000
            case .megabytes: 1...1_000_000
            case .seconds: 1...7_200
            }
        }
    }

    /// Only what differs from the usual: a recipe that says nothing means that.
    private var values: [Threshold: Int] = [:]

    package init() {}

    package subscript(_ threshold: Threshold) -> Int {
        get { values[threshold] ?? threshold.usual }
        set { values[threshold] = newValue == threshold.usual ? nil : newValue }
    }

    /// For a recipe.
    package var fields: [String: Field] {
        Dictionary(uniqueKeysWithValues: values.map { ($0.key.rawValue, .init($0.value)) })
    }

    package init(_ fields: Fields) throws(FieldsError) {
        for threshold in Threshold.allCases where fields[threshold.rawValue] != nil {
            self[threshold] = try fields.integer(threshold.rawValue, in: threshold.range)
        }
    }
}
