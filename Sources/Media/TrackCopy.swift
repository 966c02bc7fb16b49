/// A track of the sidecar in the film: its box as it is, but for where its samples lie and how long it lasts in the
/// film's clock. Its edit survives: it takes off the sound encoder's delay.
struct TrackCopy {
    let index: MovieIndex
    let track: MovieIndex.Track
    let movieTimescale: Int64

    func bytes(_ chunks: [(offset: Int64, samples: Int)], base: Int64) throws(MovieError) -> [UInt8] {
        try rebuilt(track.box, path: [], chunks, base)
    }

    /// Boxes on the way to what changes are written anew; all others are copied whole.
    private func rebuilt(
        _ whole: Range<Int>, path: [String], _ chunks: [(offset: Int64, samples: Int)], _ base: Int64
    ) throws(MovieError) -> [UInt8] {
        let header = index.header
        guard let box = try header.boxes(in: whole).first else { throw header.fault("a track is empty") }
        let name = MovieBytes.name(box.type)
        let here = path + [name]
        switch here {
        case ["trak"], ["trak", "edts"], ["trak", "mdia"], ["trak", "mdia", "minf"], ["trak", "mdia", "minf", "stbl"]:
            var inside: [UInt8] = []
            for child in try header.boxes(in: box.body) {
                inside += try rebuilt(child.whole, path: here, chunks, base)
            }
            var writer = BoxWriter()
            writer.box(name) { $0.write(inside) }
            return writer.bytes
        case ["trak", "tkhd"]: return try rescaled(box, at: 20, long: 28)
        case ["trak", "edts", "elst"]: return try edits(box)
        case ["trak", "mdia", "minf", "stbl", "stsc"]:
            var writer = BoxWriter()
            FilmHeader.chunkTable(&writer, chunks.map(\.samples))
            return writer.bytes
        case ["trak", "mdia", "minf", "stbl", "stco"], ["trak", "mdia", "minf", "stbl", "co64"]:
            var writer = BoxWriter()
            FilmHeader.addresses(&writer, chunks.map(\.offset), base)
            return writer.bytes
        default: return Array(header.bytes[box.whole])
        }
    }

    private func scale(_ duration: UInt64) throws(MovieError) -> UInt64 {
        let (product, isOver) = duration.multipliedReportingOverflow(by: UInt64(movieTimescale))
        guard !isOver else { throw index.header.fault("a track lasts for ever") }
        return product / UInt64(index.timescale)
    }

    /// A box with one duration in the movie's clock, 32 or 64 bits by its version.
    private func rescaled(_ box: MovieBytes.Box, at short: Int, long: Int) throws(MovieError) -> [UInt8] {
        let header = index.header
        var bytes = Array(header.bytes[box.whole])
        let isLong = try header.number(box.body.lowerBound, as: UInt8.self) == 1
        let at = box.body.lowerBound + (isLong ? long : short)
        try put(&bytes, box, at, isLong)
        return bytes
    }

    private func edits(_ box: MovieBytes.Box) throws(MovieError) -> [UInt8] {
        let header = index.header
        var bytes = Array(header.bytes[box.whole])
        let isLong = try header.number(box.body.lowerBound, as: UInt8.self) == 1
        let entry = isLong ? 20 : 12
        for edit in 0..<(try header.count(of: entry, after: 4, in: box.body)) {
            try put(&bytes, box, box.body.lowerBound + 8 + entry * edit, isLong)
        }
        return bytes
    }

    private func put(_ bytes: inout [UInt8], _ box: MovieBytes.Box, _ at: Int, _ isLong: Bool) throws(MovieError) {
        let header = index.header
        let old = isLong ? try header.number(at, as: UInt64.self) : UInt64(try header.number(at, as: UInt32.self))
        let new = try scale(old)
        let start = at - box.whole.lowerBound
        let size = isLong ? 8 : 4
        guard isLong || new <= UInt64(UInt32.max) else { throw header.fault("a track is too long for its header") }
        for index in 0..<size {
            bytes[start + index] = UInt8(truncatingIfNeeded: new >> UInt64(8 * (size - 1 - index)))
        }
    }
}
