internal import Protocol

/// Writes the header of a stitched film: in front, so that it plays while it loads.
struct FilmHeader {
    let pictures: [StitchPlan.Picture]
    let fps: FrameRate
    let model: MovieIndex.Track
    let modelIndex: MovieIndex
    let sidecar: MovieIndex?
    let tracks: [MovieIndex.Track]
    let chunks: Chunks

    /// Ticks of a frame, in every clock of ours.
    private var perFrame: Int { fps.ticksPerFrame }
    private var timescale: Int { fps.timescale }
    private var duration: Int64 { Int64(pictures.count * perFrame) }
    /// Unused by the sidecar: its tracks keep their numbers, which chapters refer to.
    private var videoID: UInt32 { (tracks.map(\.id).max() ?? 0) + 1 }

    /// - Parameter base: where the first byte behind the header lies.
    func bytes(base: Int64) throws(MovieError) -> [UInt8] {
        var copies: [[UInt8]] = []
        for (number, track) in tracks.enumerated() {
            guard let sidecar else { break }
            copies.append(
                try TrackCopy(index: sidecar, track: track, movieTimescale: Int64(timescale)).bytes(
                    chunks.tracks[number + 1], base: base))
        }
        let tags = try sidecar?.header.box(["udta"], in: 0..<(sidecar?.header.bytes.count ?? 0))
        let size = try pictureSize()
        var writer = BoxWriter()
        writer.box("ftyp") { box in
            box.name("isom")
            box.write(UInt32(0x200))
            for brand in ["isom", "iso2", "avc1", "mp41"] { box.name(brand) }
        }
        writer.box("moov") { moov in
            movie(&moov)
            video(&moov, size, base)
            for copy in copies { moov.write(copy) }
            if let tags, let sidecar { moov.write(sidecar.header.bytes[tags.whole]) }
        }
        let media = chunks.ranges.reduce(Int64(0)) { $0 + $1.count }
        writer.write(UInt32(1))
        writer.name("mdat")
        writer.write(UInt64(media + 16))
        return writer.bytes
    }

    /// Width and height as the first clip's `tkhd` has them: 16.16 fixed point, its last eight bytes.
    private func pictureSize() throws(MovieError) -> [UInt8] {
        let header = modelIndex.header
        let box = try header.required(["tkhd"], in: model.box.lowerBound + 8..<model.box.upperBound)
        guard box.count >= 8 else { throw header.fault("a track's header is cut off") }
        return Array(header.bytes[box.upperBound - 8..<box.upperBound])
    }

    private func movie(_ moov: inout BoxWriter) {
        moov.full("mvhd", version: 1) { box in
            box.write(UInt64(0))
            box.write(UInt64(0))
            box.write(UInt32(timescale))
            box.write(UInt64(duration))
            box.write(UInt32(0x10000))  // Rate and volume: 1.0 each.
            box.write(UInt16(0x100))
            box.write([UInt8](repeating: 0, count: 10))
            box.matrix()
            box.write([UInt8](repeating: 0, count: 24))
            box.write(videoID + 1)
        }
    }

    private func video(_ moov: inout BoxWriter, _ size: [UInt8], _ base: Int64) {
        moov.box("trak") { trak in
            trak.full("tkhd", version: 1, flags: 3) { box in
                box.write(UInt64(0))
                box.write(UInt64(0))
                box.write(videoID)
                box.write(UInt32(0))
                box.write(UInt64(duration))
                box.write([UInt8](repeating: 0, count: 16))
                box.matrix()
                box.write(size)
            }
            trak.box("edts") { edts in
                edts.full("elst", version: 1) { box in
                    box.write(UInt32(1))
                    box.write(UInt64(duration))
                    box.write(Int64(Encoding.reorder * perFrame))
                    box.write(UInt32(0x10000))
                }
            }
            if let chapters = chapterTrack { trak.box("tref") { $0.box("chap") { $0.write(chapters) } } }
            trak.box("mdia") { mdia in
                mdia.full("mdhd", version: 1) { box in
                    box.write(UInt64(0))
                    box.write(UInt64(0))
                    box.write(UInt32(timescale))
                    box.write(UInt64(duration))
                    box.write(UInt16(0x55C4))  // "und"
                    box.write(UInt16(0))
                }
                mdia.full("hdlr") { box in
                    box.write(UInt32(0))
                    box.name("vide")
                    box.write([UInt8](repeating: 0, count: 12))
                    box.write(Array("VideoHandler".utf8) + [0])
                }
                mdia.box("minf") { minf in
                    minf.full("vmhd", flags: 1) { $0.write(UInt64(0)) }
                    minf.box("dinf") { dinf in
                        dinf.full("dref") { dref in
                            dref.write(UInt32(1))
                            dref.full("url ", flags: 1) { _ in }
                        }
                    }
                    table(&minf, base)
                }
            }
        }
    }

    private func table(_ minf: inout BoxWriter, _ base: Int64) {
        minf.box("stbl") { stbl in
            stbl.write(model.descriptions)
            stbl.full("stts") { box in
                box.write(UInt32(1))
                box.write(UInt32(pictures.count))
                box.write(UInt32(perFrame))
            }
            stbl.runs("ctts", pictures.lazy.map { $0.shift * perFrame })
            stbl.full("stss") { box in
                let keys = pictures.indices.filter { pictures[$0].isSync }
                box.write(UInt32(keys.count))
                for key in keys { box.write(UInt32(key + 1)) }
            }
            Self.chunkTable(&stbl, chunks.tracks[0].map(\.samples))
            stbl.full("stsz") { box in
                box.write(UInt32(0))
                box.write(UInt32(pictures.count))
                for picture in pictures { box.write(UInt32(picture.size)) }
            }
            Self.addresses(&stbl, chunks.tracks[0].map(\.offset), base)
        }
    }

    /// `stsc`: how many samples each chunk has, by runs of equal ones.
    static func chunkTable(_ stbl: inout BoxWriter, _ counts: [Int]) {
        var runs: [(first: Int, samples: Int)] = []
        for (index, count) in counts.enumerated() where runs.last?.samples != count { runs.append((index + 1, count)) }
        stbl.full("stsc") { box in
            box.write(UInt32(runs.count))
            for run in runs {
                box.write(UInt32(run.first))
                box.write(UInt32(run.samples))
                box.write(UInt32(1))
            }
        }
    }

    static func addresses(_ stbl: inout BoxWriter, _ offsets: [Int64], _ base: Int64) {
        stbl.full("co64") { box in
            box.write(UInt32(offsets.count))
            for offset in offsets { box.write(UInt64(base + offset)) }
        }
    }

    /// The text track that holds the chapters: the one another track refers to.
    private var chapterTrack: UInt32? {
        guard let sidecar else { return nil }
        for track in tracks {
            let inside = track.box.lowerBound + 8..<track.box.upperBound
            if let found = try? sidecar.header.box(["tref", "chap"], in: inside), found.body.count >= 4 {
                return try? sidecar.header.number(found.body.lowerBound, as: UInt32.self)
            }
        }
        return nil
    }
}
