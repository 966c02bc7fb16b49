internal import Film
internal import Protocol

/// What a person must approve before clips are made, which cost most: `approve: [stills, scenes, every 10]`.
package struct ApprovalChoice: Sendable, Equatable {
    /// Each shot's still before its clip.
    package var stills = false
    /// Each scene before the clips of the next.
    package var scenes = false
    /// Every so many shots before the clips that follow; 0 for no such stops.
    package var every = 0

    package init() {}

    /// `nil` for words nobody knows.
    package init?(_ words: [String]) {
        for word in words {
            switch word {
            case "stills": stills = true
            case "scenes": scenes = true
            case "none": self = ApprovalChoice()
            default:
                guard let match = word.wholeMatch(of: /every (\d{1,5})/), let count = Int(match.1), count > 0 else {
                    return nil
                }
                every = count
            }
        }
    }

    package var words: [String] {
        (stills ? ["stills"] : []) + (scenes ? ["scenes"] : []) + (every > 0 ? ["every \(every)"] : [])
    }
}

extension FilmPlan {
    /// The approvals a shot's clip waits for: of its still (`s001_003`), of the scene before (`scene_001`), of the last shot
    /// of the stretch before (`to_s001_010`). A still that was approved as it would be made is approved.
    func approvals(_ shot: Shot, _ compose: JobNode) -> [String] {
        let asked = profile.approve
        var names: [String] = []
        let approved = film.selection.choices[Takes.Slot(shot.id, .compose)]?.approved ?? ""
        if asked.stills, approved.isEmpty || approved != compose.spec.basis.hex { names.append(shot.id) }
        if asked.scenes, let before = film.scenes.last(where: { $0.number < shot.scene })?.number {
            names.append("scene_" + String(repeating: "0", count: max(0, 3 - "\(before)".count)) + "\(before)")
        }
        if asked.every > 0, let index = shotPlaces[shot.id], index >= asked.every {
            let last = film.shots[index / asked.every * asked.every - 1]
            names.append("to_\(last.id)")
        }
        return names
    }
}
