/// Reads one `trak` box into samples.
struct TrackReader {
    let header: MovieBytes
    let box: MovieBytes.Box
    let fileSize: Int64

    func track() throws(MovieError) -> MovieIndex.Track {
        let body = box.body
        let tkhd = try header.required(["tkhd"], in: body)
        let isLong = try header.number(tkhd.lowerBound, as: UInt8.self) == 1
        let mdhd = try header.required(["mdia", "mdhd"], in: body)
        let isLongMedia = try header.number(mdhd.lowerBound, as: UInt8.self) == 1
        let timescale = Int64(try header.number(mdhd.lowerBound + (isLongMedia ? 20 : 12), as: UInt32.self))
        guard timescale > 0 else { throw header.fault("a track's clock has no ticks") }
        let hdlr = try header.required(["mdia", "hdlr"], in: body)
        let table = try header.required(["mdia", "minf", "stbl"], in: body)
        guard let descriptions = try header.box(["stsd"], in: table) else { throw header.fault("a track has no stsd") }
        return MovieIndex.Track(
            id: try header.number(tkhd.lowerBound + (isLong ? 20 : 12)),
            handler: MovieBytes.name(try header.number(hdlr.lowerBound + 8)), timescale: timescale,
            samples: try samples(table), descriptions: Array(header.bytes[descriptions.whole]),
            parameters: try parameters(descriptions.body), box: box.whole)
    }

    /// `avcC` of the first description: 86 bytes of a visual sample entry come before its boxes.
    private func parameters(_ stsd: Range<Int>) throws(MovieError) -> [UInt8] {
        guard stsd.count >= 16 else { throw header.fault("a track has no description") }
        let entries = try header.boxes(in: stsd.lowerBound + 8..<stsd.upperBound)
        guard let entry = entries.first, entry.type == MovieBytes.code("avc1"), entry.body.count > 78 else { return [] }
        guard let found = try header.box(["avcC"], in: entry.body.lowerBound + 78..<entry.body.upperBound) else {
            return []
        }
        return Array(header.bytes[found.body])
    }

    private func samples(_ table: Range<Int>) throws(MovieError) -> [MovieIndex.Sample] {
        let sizes = try sizes(table)
        let offsets = try offsets(table, sizes)
        let times = try decodeTimes(table, sizes.count)
        let shifts = try shifts(table, sizes.count)
        let syncs = try syncs(table, sizes.count)
        let edit = try mediaTime()
        var samples: [MovieIndex.Sample] = []
        samples.reserveCapacity(sizes.count)
        for index in sizes.indices {
            samples.append(
                MovieIndex.Sample(
                    offset: offsets[index], size: sizes[index], decodedAt: times[index],
                    shownAt: times[index] + shifts[index] - edit, isSync: syncs?.contains(index) ?? true))
        }
        return samples
    }

    private func sizes(_ table: Range<Int>) throws(MovieError) -> [Int] {
        let body = try header.required(["stsz"], in: table)
        guard body.count >= 12 else { throw header.fault("the table of sizes is cut off") }
        let uniform = Int(try header.number(body.lowerBound + 4, as: UInt32.self))
        let count = Int(try header.number(body.lowerBound + 8, as: UInt32.self))
        guard count <= MovieIndex.sampleLimit else { throw header.fault("a track of \(count) samples") }
        if uniform > 0 {
            guard Int64(count) * Int64(uniform) <= fileSize else {
                throw header.fault("\(count) samples of \(uniform) bytes are more than the file")
            }
            return Array(repeating: uniform, count: count)
        }
        guard try self.header.count(of: 4, after: 8, in: body) == count else { throw header.fault("sizes are cut off") }
        var sizes: [Int] = []
        sizes.reserveCapacity(count)
        for index in 0..<count {
            sizes.append(Int(try header.number(body.lowerBound + 12 + 4 * index, as: UInt32.self)))
        }
        return sizes
    }

    /// Where each sample lies: chunks have an address, samples follow one another in them.
    private func offsets(_ table: Range<Int>, _ sizes: [Int]) throws(MovieError) -> [Int64] {
        let chunks = try chunkOffsets(table)
        let body = try header.required(["stsc"], in: table)
        let runs = try header.count(of: 12, after: 4, in: body)
        var offsets: [Int64] = []
        offsets.reserveCapacity(sizes.count)
        for run in 0..<runs {
            let at = body.lowerBound + 8 + 12 * run
            let first = Int(try header.number(at, as: UInt32.self))
            let each = Int(try header.number(at + 4, as: UInt32.self))
            let next =
                run + 1 < runs ? Int(try header.number(at + 12, as: UInt32.self)) : chunks.count + 1
            guard first >= 1, next > first, next <= chunks.count + 1 else {
                throw header.fault("chunks are out of order")
            }
            guard each <= sizes.count else { throw header.fault("a chunk of \(each) samples") }
            for chunk in first - 1..<next - 1 {
                var offset = chunks[chunk]
                guard offsets.count + each <= sizes.count else {
                    throw header.fault("chunks hold more samples than there are")
                }
                for _ in 0..<each {
                    let size = Int64(sizes[offsets.count])
                    guard offset >= 0, offset <= fileSize - size else {
                        throw header.fault("a sample lies beyond its end")
                    }
                    offsets.append(offset)
                    offset += size
                }
            }
        }
        guard offsets.count == sizes.count else { throw header.fault("chunks hold fewer samples than there are") }
        return offsets
    }

    private func chunkOffsets(_ table: Range<Int>) throws(MovieError) -> [Int64] {
        var chunks: [Int64] = []
        if let body = try header.box(["stco"], in: table)?.body {
            let count = try header.count(of: 4, after: 4, in: body)
            chunks.reserveCapacity(count)
            for index in 0..<count {
                chunks.append(Int64(try header.number(body.lowerBound + 8 + 4 * index, as: UInt32.self)))
            }
            return chunks
        }
        let body = try header.required(["co64"], in: table)
        let count = try header.count(of: 8, after: 4, in: body)
        chunks.reserveCapacity(count)
        for index in 0..<count {
            guard let offset = Int64(exactly: try header.number(body.lowerBound + 8 + 8 * index, as: UInt64.self))
            else {
                throw header.fault("a chunk lies beyond any file")
            }
            chunks.append(offset)
        }
        return chunks
    }

    private func decodeTimes(_ table: Range<Int>, _ count: Int) throws(MovieError) -> [Int64] {
        var times: [Int64] = []
        times.reserveCapacity(count)
        var now: Int64 = 0
        try runs("stts", table, count) { (repeats, delta) throws(MovieError) in
            for _ in 0..<repeats {
                times.append(now)
                now += Int64(delta)
            }
        }
        guard times.count == count else { throw header.fault("times for \(times.count) of \(count) samples") }
        return times
    }

    /// Presentation minus decode time; signed whatever the version says, as every reader does.
    private func shifts(_ table: Range<Int>, _ count: Int) throws(MovieError) -> [Int64] {
        var shifts: [Int64] = []
        shifts.reserveCapacity(count)
        guard try header.box(["ctts"], in: table) != nil else { return Array(repeating: 0, count: count) }
        try runs("ctts", table, count) { (repeats, shift) throws(MovieError) in
            for _ in 0..<repeats { shifts.append(Int64(Int32(bitPattern: shift))) }
        }
        guard shifts.count == count else { throw header.fault("shifts for \(shifts.count) of \(count) samples") }
        return shifts
    }

    /// Run-length pairs that together may not be more than there are samples.
    private func runs(
        _ name: String, _ table: Range<Int>, _ count: Int, _ take: (Int, UInt32) throws(MovieError) -> Void
    ) throws(MovieError) {
        let body = try header.required([name], in: table)
        var left = count
        for run in 0..<(try header.count(of: 8, after: 4, in: body)) {
            let at = body.lowerBound + 8 + 8 * run
            let repeats = Int(try header.number(at, as: UInt32.self))
            guard repeats <= left else { throw header.fault("\(name) counts more samples than there are") }
            left -= repeats
            try take(repeats, try header.number(at + 4))
        }
    }

    /// Samples that can be begun at; nil for all.
    private func syncs(_ table: Range<Int>, _ count: Int) throws(MovieError) -> Set<Int>? {
        guard let body = try header.box(["stss"], in: table)?.body else { return nil }
        var syncs: Set<Int> = []
        for index in 0..<(try header.count(of: 4, after: 4, in: body)) {
            let number = Int(try header.number(body.lowerBound + 8 + 4 * index, as: UInt32.self))
            guard (1...max(1, count)).contains(number) else { throw header.fault("a key frame that is not there") }
            syncs.insert(number - 1)
        }
        return syncs
    }

    /// Where presentation begins in the track's own time: the first edit that shows something.
    private func mediaTime() throws(MovieError) -> Int64 {
        guard let body = try header.box(["edts", "elst"], in: box.body)?.body else { return 0 }
        let isLong = try header.number(body.lowerBound, as: UInt8.self) == 1
        let entry = isLong ? 20 : 12
        for index in 0..<(try header.count(of: entry, after: 4, in: body)) {
            let at = body.lowerBound + 8 + entry * index
            let time =
                isLong ? try header.number(at + 8, as: Int64.self) : Int64(try header.number(at + 4, as: Int32.self))
            guard time < 1 << 48 else { throw header.fault("an edit begins after the end of time") }
            if time >= 0 { return time }
        }
        return 0
    }
}
