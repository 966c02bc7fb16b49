package import Protocol

/// Which backend makes each kind of thing, at what size and quality. Frozen in a job when it is submitted.
package struct Profile: Sendable, Equatable {
    package var name: String
    package var width: Int
    package var height: Int
    package var fps: FrameRate
    package var videoKilobits: Int
    package var audioKilobits: Int
    /// Loudness of the finished film, thousandths of a LUFS.
    package var loudnessMilliLUFS: Int
    package var titles = TitleChoice()
    package var fit = Fit.pad
    /// What services draw at when it is not the film's size: a film of another shape is framed anew from their clips.
    package var source: PictureSize?
    /// ISO 639-2, for the tracks of the film.
    package var language = "eng"
    package var checks = ClipLimits()
    package var approve = ApprovalChoice()
    /// A film put together from what is there: nodes to leave out, by name, each with "what\nwhy". `nil` for a whole film.
    package var absent: [String: String]?

    func isAbsent(_ name: String) -> Bool { absent?[name] != nil }
    /// Backends by kind; `local` where nothing is said.
    package var backends: [TaskKind: BackendChoice] = [:]
    /// Who is asked, in this order, when the one before has surely refused or failed.
    package var substitutes: [TaskKind: [BackendChoice]] = [:]
    /// Whether a clip is asked of whoever of the list makes one of its length for least; otherwise of the first who makes one.
    package var isCheapestFirst = false
    /// Scenes in which everything of a kind is made by one choice and no other.
    package var locks: [Int: [TaskKind: BackendChoice]] = [:]
    package var budget: MicroUSD?
    /// The user's own, before those of this release; later ones first.
    package var prices: [Price] = []
    /// Limits of services, by gate.
    package var gates: [String: ServiceLimits] = [:]

    package init(
        name: String, width: Int, height: Int, fps: FrameRate = 24, videoKilobits: Int, audioKilobits: Int = 192,
        loudnessMilliLUFS: Int = -16_000
    ) {
        self.name = name
        self.width = width
        self.height = height
        self.fps = fps
        self.videoKilobits = videoKilobits
        self.audioKilobits = audioKilobits
        self.loudnessMilliLUFS = loudnessMilliLUFS
    }

    /// How a clip of another shape fills the picture.
    package enum Fit: String, Sendable, CaseIterable {
        /// All of it, with black bars.
        case pad
        /// Cut to fill, around whom the shot is about.
        case fill
        /// All of it, over its own blurred sides.
        case blur
    }

    package struct PictureSize: Sendable, Equatable {
        package var width: Int
        package var height: Int

        package init(_ width: Int, _ height: Int) {
            self.width = width
            self.height = height
        }
    }

    /// Small and quick, for tests.
    package static let test = Profile(name: "test", width: 320, height: 180, videoKilobits: 600)
    /// The keyless film.
    package static let animatic = Profile(name: "animatic", width: 1_280, height: 720, videoKilobits: 4_000)

    package static let hd = Profile(name: "hd", width: 1_920, height: 1_080, videoKilobits: 8_000)
    package static let uhd = Profile(name: "uhd", width: 3_840, height: 2_160, videoKilobits: 32_000)
    /// 9:16 and 1:1: drawn so by our own makers, cut from 16:9 where a service makes the clips.
    package static let vertical = reframed("vertical", 1_080, 1_920)
    package static let square = reframed("square", 1_080, 1_080)

    package static let shipped = [animatic, hd, uhd, vertical, square, test]

    private static func reframed(_ name: String, _ width: Int, _ height: Int) -> Profile {
        var profile = Profile(name: name, width: width, height: height, videoKilobits: 0)
        profile.resize(width: width, height: height)
        profile.fit = .fill
        profile.source = PictureSize(1_920, 1_080)
        return profile
    }

    package var samplesPerFrame: Int { fps.samplesPerFrame }

    /// Whether something is bought of a service.
    package var needsServices: Bool { namedChoices.contains { !$0.choice.isFree } }

    /// Every choice the profile names, with its kind.
    package var namedChoices: [(kind: TaskKind, choice: BackendChoice)] {
        backends.map { ($0, $1) } + substitutes.flatMap { kind, list in list.map { (kind, $0) } }
            + locks.values.flatMap { kinds in kinds.map { ($0, $1) } }
    }

    package func backend(of kind: TaskKind) -> BackendChoice { backends[kind] ?? .local }

    /// The same in a scene, which may be locked to a choice of its own.
    package func backend(of kind: TaskKind, scene: Int) -> BackendChoice { locks[scene]?[kind] ?? backend(of: kind) }

    /// Who is asked after `choice` has surely refused or failed; `nil` when there is nobody, or the scene is locked.
    package func next(after choice: BackendChoice, of kind: TaskKind, scene: Int) -> BackendChoice? {
        guard locks[scene]?[kind] == nil else { return nil }
        let list = [backend(of: kind)] + (substitutes[kind] ?? [])
        guard let place = list.firstIndex(of: choice) else { return nil }
        return place + 1 < list.count ? list[place + 1] : nil
    }

    /// What it may come to that something is asked of the next of its list: each rank of substitutes as a profile, with the
    /// kinds that have one.
    package var substitutions: [(kinds: Set<TaskKind>, profile: Profile)] {
        (0..<(substitutes.values.map(\.count).max() ?? 0)).map { rank in
            let choices = substitutes.compactMapValues { $0.count > rank ? $0[rank] : nil }
            var profile = self
            profile.backends.merge(choices) { $1 }
            return (Set(choices.keys), profile)
        }
    }

    /// The 8 Mb/s of 1920×1080, by picture area, never below 300 kb/s.
    package mutating func resize(width: Int, height: Int) {
        self.width = width
        self.height = height
        videoKilobits = Self.kilobits(width, height)
    }

    private static func kilobits(_ width: Int, _ height: Int) -> Int {
        max(300, 8_000 * width * height / (1_920 * 1_080))
    }

    /// `1920x1080`: even, 16 to 7,680.
    package static func size(_ text: String) -> (width: Int, height: Int)? {
        let parts = text.lowercased().split(separator: "x").compactMap { Int($0) }
        guard parts.count == 2, parts.allSatisfy({ (16...7_680).contains($0) && $0 % 2 == 0 }) else { return nil }
        return (parts[0], parts[1])
    }

    /// What enters keys but not bases.
    var shaping: Fields {
        var fields = Fields(fps.fields)
        fields["width"] = .init(width)
        fields["height"] = .init(height)
        return fields
    }

    /// Every number that decides the one parameter set of all clips.
    var encoding: Fields {
        var fields = shaping
        fields["kilobits"] = .init(videoKilobits)
        return fields
    }

    /// The same for stills and raw clips. Our own makers draw the film's own shape; where a service makes either, both
    /// have the shape it is asked for.
    var drawing: Fields {
        guard let source, !backend(of: .compose).isLocal || !backend(of: .animate).isLocal else { return encoding }
        var fields = encoding
        fields["width"] = .init(source.width)
        fields["height"] = .init(source.height)
        fields["kilobits"] = .init(Self.kilobits(source.width, source.height))
        return fields
    }
}
