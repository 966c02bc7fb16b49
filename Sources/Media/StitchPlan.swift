package import Protocol

/// A film made of parts of clips and the tracks of a sidecar, as an index and a list of byte ranges (`assembly.md` 6B).
///
/// Nothing is decoded and nothing encoded: samples are counted, checked and given their place. Everything that is
/// assumed is asserted, clip by clip; what does not hold is an error that names the clip.
package struct StitchPlan: Sendable {
    /// A run of frames of one clip.
    package struct Part: Sendable {
        package let index: MovieIndex
        /// Which of the source files it is.
        package let source: Int
        package let from: Int
        package let frames: Int

        package init(index: MovieIndex, source: Int, from: Int, frames: Int) {
            self.index = index
            self.source = source
            self.from = from
            self.frames = frames
        }
    }

    /// Bytes of one source that follow one another.
    package struct Range: Sendable, Equatable {
        package let source: Int
        package let offset: Int64
        package var count: Int64
    }

    /// `ftyp`, `moov` and the head of `mdat`.
    package let header: [UInt8]
    /// What comes behind it, in order.
    package let ranges: [Range]
    package let frames: Int
    package var byteCount: Int64 { ranges.reduce(Int64(header.count)) { $0 + $1.count } }

    /// One coded picture of the film, in decode order.
    struct Picture {
        let source: Int
        let offset: Int64
        let size: Int
        /// Presentation minus decode time, frames.
        let shift: Int
        let isSync: Bool
    }

    /// - Parameters:
    ///   - sidecar: sound, subtitles, chapters and tags; nil for a film of pictures alone.
    ///   - sidecarSource: which of the source files it is.
    package init(
        parts: [Part], sidecar: MovieIndex? = nil, sidecarSource: Int = 0, fps: FrameRate
    ) throws(MovieError) {
        guard let first = parts.first else { throw .unfit(file: "the film", reason: "it has no clips") }
        let model = try first.index.video()
        var pictures: [Picture] = []
        for part in parts { try Self.take(part, like: model, fps, into: &pictures) }
        frames = pictures.count
        // A cover is no picture of the film: it lies in the tags.
        let others = sidecar?.tracks.filter { $0.handler != "vide" } ?? []
        let chunks = Chunks(pictures: pictures, tracks: others, sidecarSource: sidecarSource, perSecond: fps.nominal)
        let writer = FilmHeader(
            pictures: pictures, fps: fps, model: model, modelIndex: first.index, sidecar: sidecar, tracks: others,
            chunks: chunks)
        // Addresses are 64 bits whatever they say, so a header has its size before they are known.
        let size = try writer.bytes(base: 0).count
        header = try writer.bytes(base: Int64(size))
        ranges = chunks.ranges
    }

    /// Takes the pictures of one part, in decode order, and asserts what a splice needs.
    private static func take(
        _ part: Part, like model: MovieIndex.Track, _ fps: FrameRate, into pictures: inout [Picture]
    ) throws(MovieError) {
        let track = try part.index.video()
        let file = part.index.file
        guard track.parameters == model.parameters else {
            throw .unfit(file: file, reason: "its parameter sets differ from the first clip's; conform it again")
        }
        let wanted = part.from..<part.from + part.frames
        var seen: Set<Int> = []
        let base = pictures.count
        var lastTaken: Int?
        for (order, sample) in track.samples.enumerated() {
            let (scaled, isTooLate) = sample.shownAt.multipliedReportingOverflow(by: Int64(fps.frames))
            let unit = track.timescale * Int64(fps.per)
            guard !isTooLate, sample.shownAt >= 0, scaled % unit == 0 else {
                throw .unfit(file: file, reason: "a picture is shown between two frames")
            }
            let frame = Int(scaled / unit)
            guard wanted.contains(frame) else { continue }
            guard lastTaken.map({ $0 + 1 == order }) ?? true else {
                throw .unfit(
                    file: file, reason: "frames \(wanted) do not lie together; it has no key frame at \(part.from)")
            }
            if lastTaken == nil, !sample.isSync {
                throw .unfit(file: file, reason: "frame \(part.from) is no key frame")
            }
            guard seen.insert(frame).inserted else { throw .unfit(file: file, reason: "frame \(frame) is there twice") }
            lastTaken = order
            let shift = base + frame - part.from - pictures.count + Encoding.reorder
            guard shift >= 0 else {
                throw .unfit(
                    file: file, reason: "frame \(frame) is decoded later than \(Encoding.reorder) frames allow")
            }
            pictures.append(
                Picture(
                    source: part.source, offset: sample.offset, size: sample.size, shift: shift, isSync: sample.isSync))
        }
        guard seen.count == part.frames, part.frames > 0 else {
            throw .unfit(file: file, reason: "it has \(seen.count) of the \(part.frames) frames from \(part.from)")
        }
    }
}

/// Who lies where behind the header: one second of pictures, then one second of each other track, and so on.
struct Chunks {
    /// Offsets from the first byte behind the header, and how many samples; by track, pictures first.
    private(set) var tracks: [[(offset: Int64, samples: Int)]]
    private(set) var ranges: [StitchPlan.Range] = []
    private var at: Int64 = 0

    init(pictures: [StitchPlan.Picture], tracks others: [MovieIndex.Track], sidecarSource: Int, perSecond: Int) {
        tracks = Array(repeating: [], count: others.count + 1)
        var next = Array(repeating: 0, count: others.count)
        var second = 0
        while second * perSecond < pictures.count || zip(next, others).contains(where: { $0 < $1.samples.count }) {
            let end = min((second + 1) * perSecond, pictures.count)
            let start = min(second * perSecond, pictures.count)
            if start < end {
                tracks[0].append((at, end - start))
                for picture in pictures[start..<end] { add(picture.source, picture.offset, Int64(picture.size)) }
            }
            // What is left of the others follows the last picture.
            let isLast = (second + 1) * perSecond >= pictures.count
            for (number, track) in others.enumerated() {
                let first = next[number]
                while next[number] < track.samples.count,
                    isLast || track.samples[next[number]].decodedAt < Int64(second + 1) * track.timescale
                { next[number] += 1 }
                guard first < next[number] else { continue }
                tracks[number + 1].append((at, next[number] - first))
                for sample in track.samples[first..<next[number]] {
                    add(sidecarSource, sample.offset, Int64(sample.size))
                }
            }
            second += 1
        }
    }

    private mutating func add(_ source: Int, _ offset: Int64, _ count: Int64) {
        at += count
        if let last = ranges.last, last.source == source, last.offset + last.count == offset {
            ranges[ranges.count - 1].count += count
        } else if count > 0 {
            ranges.append(StitchPlan.Range(source: source, offset: offset, count: count))
        }
    }
}
