internal import Film
package import Protocol
internal import Yams

/// How a film looks and sounds, as a configuration says it: at the top for every profile, or in one.
///
///     size: 1920x1080
///     fps: 23.976
///     fit: fill                 # pad (black bars), fill (cut to whom the shot is about), blur
///     source: 1920x1080         # what services draw, when the film has another shape
///     titles: {opening: true, closing: true, credits: false}
///     loudness: -23             # LUFS: -16 for the web, -23 and -24 for broadcast
///     language: deu             # ISO 639-2
///     checks: {black_ms: 500, frozen_ms: 500}
///     approve: [stills, scenes, every 10]   # what a person must approve before clips are made
package struct Look: Sendable, Equatable {
    package var size: String?
    package var fps: FrameRate?
    package var fit: Profile.Fit?
    package var source: String?
    package var opening: Bool?
    package var closing: Bool?
    package var credits: Bool?
    package var loudness: Double?
    package var language: String?
    package var checks: [ClipLimits.Threshold: Int] = [:]
    package var approve: ApprovalChoice?

    static let keys = ["size", "fps", "fit", "source", "titles", "loudness", "language", "checks", "approve"]
    private static let rates =
        "should be " + FrameRate.offered.dropLast().map(\.description).joined(separator: ", ")
        + " or \(FrameRate.offered[FrameRate.offered.count - 1])"

    /// Takes a key that is one of these; false for any other.
    mutating func read(_ key: String, _ value: Node, _ path: String, _ fault: (String, String) -> Void) -> Bool {
        switch key {
        case "size":
            size = value.string
            if Profile.size(value.string ?? "") == nil { fault(path, "should be like 1920x1080, even numbers") }
        case "source":
            source = value.string
            if Profile.size(value.string ?? "") == nil { fault(path, "should be like 1920x1080, even numbers") }
        case "fps":
            fps = FrameRate(value.string ?? "")
            if fps == nil { fault(path, Self.rates) }
        case "fit":
            fit = Profile.Fit(rawValue: value.string ?? "")
            let words = Profile.Fit.allCases.map(\.rawValue)
            if fit == nil { fault(path, Configuration.unknown(value.string ?? "", among: words)) }
        case "titles": readTitles(value, path, fault)
        case "loudness":
            loudness = value.float
            if loudness.map({ !(-40 ... -8).contains($0) }) ?? true { fault(path, "should be -40 to -8 LUFS") }
        case "language":
            language = value.string
            if value.string?.wholeMatch(of: /[a-z]{3}/) == nil {
                fault(path, "should be three small letters of ISO 639-2, like eng or deu")
            }
        case "checks": readChecks(value, path, fault)
        case "approve":
            let words = value.sequence?.map { $0.string ?? "" } ?? value.string.map { [$0] } ?? []
            approve = ApprovalChoice(words)
            if approve == nil { fault(path, "should be a list of stills, scenes and every N, like [stills, every 10]") }
        default: return false
        }
        return true
    }

    private mutating func readTitles(_ value: Node, _ path: String, _ fault: (String, String) -> Void) {
        guard let map = value.mapping else { return fault(path, "should be like {opening: true, credits: false}") }
        for (key, value) in map {
            let key = key.string ?? ""
            if value.bool == nil { fault("\(path).\(key)", "should be true or false") }
            switch key {
            case "opening": opening = value.bool
            case "closing": closing = value.bool
            case "credits": credits = value.bool
            default: fault("\(path).\(key)", Configuration.unknown(key, among: ["opening", "closing", "credits"]))
            }
        }
    }

    private mutating func readChecks(_ value: Node, _ path: String, _ fault: (String, String) -> Void) {
        guard let map = value.mapping else { return fault(path, "should be like {black_ms: 500, frozen_ms: 500}") }
        for (key, value) in map {
            let key = key.string ?? ""
            guard let known = ClipLimits.Threshold(rawValue: key) else {
                let names = ClipLimits.Threshold.allCases.map(\.rawValue)
                fault("\(path).\(key)", Configuration.unknown(key, among: names))
                continue
            }
            guard let number = value.int, known.range.contains(number) else {
                fault("\(path).\(key)", "should be a whole number in \(known.range)")
                continue
            }
            checks[known] = number
        }
    }

    /// Brings a profile to this look, where it says something.
    func shape(_ profile: inout Profile) {
        if let size = size.flatMap(Profile.size) { profile.resize(width: size.width, height: size.height) }
        if let source = source.flatMap(Profile.size) {
            profile.source = Profile.PictureSize(source.width, source.height)
        }
        if let fps { profile.fps = fps }
        if let fit { profile.fit = fit }
        if let opening { profile.titles.opening = opening }
        if let closing { profile.titles.closing = closing }
        if let credits { profile.titles.credits = credits }
        if let loudness { profile.loudnessMilliLUFS = Int((loudness * 1_000).rounded()) }
        if let language { profile.language = language }
        if let approve { profile.approve = approve }
        for (threshold, value) in checks { profile.checks[threshold] = value }
    }
}
