package import Protocol

/// `music_stems.json`: music that somebody gave, under the whole film or under scenes. Written by the client that hands
/// the files in; the sound itself lies in the store, named by its digest, as 48 kHz stereo.
///
///     {"film": {"digest": "…64 digits…", "samples": 5760000}, "scenes": {"3": {…}}}
package struct Music: Sendable, Equatable {
    package static let file = "music_stems.json"

    package struct Stem: Sendable, Equatable {
        package let digest: Digest
        /// At 48 kHz.
        package let samples: Int
        package let sizeBytes: Int

        package init(digest: Digest, samples: Int, sizeBytes: Int) {
            self.digest = digest
            self.samples = samples
            self.sizeBytes = sizeBytes
        }
    }

    package var film: Stem?
    package var scenes: [Int: Stem] = [:]

    package init() {}

    init(_ root: FieldReader) {
        film = root.object("film").flatMap(Self.stem)
        guard let scenes = root.object("scenes") else { return }
        for member in scenes.json.members ?? [] {
            guard let number = Int(member.name), let stem = scenes.object(member.name).flatMap(Self.stem) else {
                scenes.fault(member.name, "should be a scene's number with digest, samples and bytes")
                continue
            }
            self.scenes[number] = stem
        }
    }

    private static func stem(_ reader: FieldReader) -> Stem? {
        guard let digest = Digest(hex: reader.text("digest")),
            let samples = reader.integer("samples", default: nil, in: 1...2_000_000_000),
            let size = reader.integer("bytes", default: nil, in: 1...1_000_000_000_000)
        else {
            reader.fault("digest", "should be the 64 digits of a blob, beside its samples and bytes")
            return nil
        }
        return Stem(digest: digest, samples: samples, sizeBytes: size)
    }

    /// The file's text; stable for one content.
    package var text: String {
        func json(_ stem: Stem) -> JSON {
            .object([
                JSON.Member("digest", .string(stem.digest.hex)), JSON.Member("samples", .number("\(stem.samples)")),
                JSON.Member("bytes", .number("\(stem.sizeBytes)")),
            ])
        }
        var members: [JSON.Member] = []
        if let film { members.append(JSON.Member("film", json(film))) }
        let scenes = scenes.sorted { $0.key < $1.key }.map { JSON.Member("\($0.key)", json($0.value)) }
        if !scenes.isEmpty { members.append(JSON.Member("scenes", .object(scenes))) }
        return JSON.object(members).text
    }
}
