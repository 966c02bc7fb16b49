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
    /// Backends by kind; `local` where nothing is said.
    package var backends: [TaskKind: BackendChoice] = [:]
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

    /// Small and quick, for tests.
    package static let test = Profile(name: "test", width: 320, height: 180, videoKilobits: 600)
    /// The keyless film.
    package static let animatic = Profile(name: "animatic", width: 1_280, height: 720, videoKilobits: 4_000)

    package static let shipped = [animatic, test]

    package var samplesPerFrame: Int { fps.samplesPerFrame }

    /// Whether something is made by a service.
    package var needsServices: Bool { backends.values.contains { !$0.isLocal } }

    package func backend(of kind: TaskKind) -> BackendChoice { backends[kind] ?? .local }

    /// The 8 Mb/s of 1920×1080, by picture area, never below 300 kb/s.
    package mutating func resize(width: Int, height: Int) {
        self.width = width
        self.height = height
        videoKilobits = max(300, 8_000 * width * height / (1_920 * 1_080))
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
}
