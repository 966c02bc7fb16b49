internal import CUnix
package import Foundation

/// What an MP4 file says of its tracks: where each sample lies, when it is decoded and shown, and which can be begun at.
package struct MovieIndex: Sendable {
    /// One piece of coded picture, sound or text.
    package struct Sample: Sendable, Equatable {
        package let offset: Int64
        package let size: Int
        /// In the track's own ticks; presentation is relative to the track's edit.
        package let decodedAt: Int64
        package let shownAt: Int64
        package let isSync: Bool
    }

    package struct Track: Sendable {
        package let id: UInt32
        /// `vide`, `soun`, `sbtl`, `text`…
        package let handler: String
        /// Ticks per second.
        package let timescale: Int64
        package let samples: [Sample]
        /// The `stsd` box, header and all.
        package let descriptions: [UInt8]
        /// The decoder's configuration (`avcC`); empty for other codecs.
        package let parameters: [UInt8]
        /// Where its `trak` box lies in the header.
        let box: Range<Int>
    }

    package let file: String
    package let fileSize: Int64
    package let tracks: [Track]
    /// The header's own ticks per second.
    package let timescale: Int64
    let header: MovieBytes

    /// The largest header that is read: a film of ten hours has one of 20 MB.
    static let headerLimit = 96 << 20
    /// The most samples of one track: ten hours of sound have two million.
    static let sampleLimit = 8_000_000

    /// Reads a file's index. Costs its header's bytes, not the film's.
    package init(_ url: URL) throws(MovieError) {
        let name = url.lastPathComponent
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .cannotRead(file: name, reason: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        var info = stat()
        guard fstat(descriptor, &info) == 0, info.st_mode & S_IFMT == S_IFREG else {
            throw .cannotRead(file: name, reason: "it is no file")
        }
        let bytes = try Self.header(descriptor, Int64(info.st_size), name)
        try self.init(header: bytes, file: name, fileSize: Int64(info.st_size))
    }

    /// Reads an index from the body of a `moov` box.
    /// - Parameter fileSize: of the whole file, in bytes: no sample lies beyond it.
    package init(header bytes: [UInt8], file: String, fileSize: Int64) throws(MovieError) {
        let header = MovieBytes(file: file, bytes: bytes)
        self.header = header
        self.file = file
        self.fileSize = fileSize
        let movie = try header.required(["mvhd"], in: 0..<bytes.count)
        let isLong = try header.number(movie.lowerBound, as: UInt8.self) == 1
        timescale = Int64(try header.number(movie.lowerBound + (isLong ? 20 : 12), as: UInt32.self))
        guard timescale > 0 else { throw header.fault("its clock has no ticks") }
        guard try header.box(["mvex"], in: 0..<bytes.count) == nil else {
            throw .unfit(file: file, reason: "it is fragmented; conform it")
        }
        var tracks: [Track] = []
        for box in try header.boxes(in: 0..<bytes.count) where box.type == MovieBytes.code("trak") {
            guard tracks.count < 64 else { throw header.fault("more than 64 tracks") }
            tracks.append(try TrackReader(header: header, box: box, fileSize: fileSize).track())
        }
        self.tracks = tracks
    }

    /// The track of pictures. A cover image is no film: it has one sample and no `avcC`.
    package func video() throws(MovieError) -> Track {
        guard let track = tracks.first(where: { $0.handler == "vide" && !$0.parameters.isEmpty }) else {
            throw .unfit(file: file, reason: "it has no H.264 track")
        }
        return track
    }

    /// Finds `moov` among the outermost boxes and reads its body.
    private static func header(_ descriptor: Int32, _ size: Int64, _ name: String) throws(MovieError) -> [UInt8] {
        var at: Int64 = 0
        var seen = 0
        while at <= size - 8 {
            guard seen < MovieBytes.boxLimit else { throw .malformed(file: name, what: "it has no end of boxes") }
            seen += 1
            let head = MovieBytes(file: name, bytes: try read(descriptor, at, min(16, size - at), name))
            var length = Int64(try head.number(0, as: UInt32.self))
            var start: Int64 = 8
            if length == 1 {
                guard let long = Int64(exactly: try head.number(8, as: UInt64.self)) else {
                    throw head.fault("a box is larger than any file")
                }
                (length, start) = (long, 16)
            } else if length == 0 {
                length = size - at
            }
            guard length >= start, length <= size - at else {
                throw head.fault("box \(MovieBytes.name(try head.number(4))) of \(length) bytes goes beyond its end")
            }
            if try head.number(4, as: UInt32.self) == MovieBytes.code("moov") {
                guard length - start <= Int64(headerLimit) else { throw head.fault("its header has \(length) bytes") }
                return try read(descriptor, at + start, length - start, name)
            }
            at += length
        }
        throw .malformed(file: name, what: "it has no header (moov)")
    }

    private static func read(
        _ descriptor: Int32, _ at: Int64, _ count: Int64, _ name: String
    ) throws(MovieError) -> [UInt8] {
        var got = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, filled in
            while got < Int(count) {
                let more = pread(descriptor, buffer.baseAddress.map { $0 + got }, Int(count) - got, off_t(at) + got)
                if more < 0, errno == EINTR { continue }
                guard more > 0 else { break }
                got += more
            }
            filled = got
        }
        guard got == Int(count) else { throw .malformed(file: name, what: "it ends at byte \(at + Int64(got))") }
        return bytes
    }
}
