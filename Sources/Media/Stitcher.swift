internal import CUnix
package import Foundation
package import Protocol

/// Puts a film together at the speed of copying it: header first, then byte ranges of the clips, moved by the kernel.
package struct Stitcher: Sendable {
    package let sources: [URL]

    /// How many sources are open at once.
    private static let openLimit = 200

    /// Puts parts of clips and a sidecar's tracks together.
    /// - Parameters:
    ///   - pieces: in order; one file may serve many.
    ///   - sidecar: sound, subtitles, chapters and tags.
    ///   - output: appears whole or not at all; an older file of that name stays until then.
    /// - Returns: the number of frames.
    @discardableResult
    package static func stitch(
        _ pieces: [Splice.Piece], sidecar: URL?, fps: FrameRate, into output: URL
    ) throws(MovieError) -> Int {
        var numbers: [String: Int] = [:]
        var sources: [URL] = []
        var indices: [MovieIndex] = []
        var parts: [StitchPlan.Part] = []
        for piece in pieces {
            if numbers[piece.file] == nil {
                numbers[piece.file] = sources.count
                let url = URL(fileURLWithPath: piece.file)
                sources.append(url)
                indices.append(try MovieIndex(url))
            }
            guard let number = numbers[piece.file] else { continue }
            parts.append(
                StitchPlan.Part(index: indices[number], source: number, from: piece.from, frames: piece.frames))
        }
        let tracks = try sidecar.map { url throws(MovieError) in try MovieIndex(url) }
        if let sidecar { sources.append(sidecar) }
        let plan = try StitchPlan(parts: parts, sidecar: tracks, sidecarSource: sources.count - 1, fps: fps)
        try Stitcher(sources: sources).write(plan, to: output)
        return plan.frames
    }

    /// Writes a planned film beside its place, on the disk, then under its name.
    package func write(_ plan: StitchPlan, to output: URL) throws(MovieError) {
        let part = output.path + ".part"
        let file = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw fault(part) }
        do throws(MovieError) {
            try write(plan, file, part)
            guard fsync(file) == 0 else { throw fault(part) }
        } catch {
            close(file)
            unlink(part)
            throw error
        }
        close(file)
        guard rename(part, output.path) == 0 else {
            let error = fault(output.path)
            unlink(part)
            throw error
        }
    }

    private func fault(_ path: String) -> MovieError {
        .cannotWrite(file: path, reason: String(cString: strerror(errno)))
    }

    private func write(_ plan: StitchPlan, _ file: Int32, _ path: String) throws(MovieError) {
        var sent = 0
        while sent < plan.header.count {
            let count = plan.header.withUnsafeBytes {
                Glibc.write(file, $0.baseAddress.map { $0 + sent }, $0.count - sent)
            }
            guard count > 0 else { throw fault(path) }
            sent += count
        }
        var open = OpenFiles(sources: sources, limit: Self.openLimit)
        defer { open.closeAll() }
        for range in plan.ranges {
            let source = try open.descriptor(of: range.source)
            try copy(range, from: source, to: file, path)
        }
    }

    /// Lets the kernel copy; where the two files' systems do not, through memory.
    private func copy(
        _ range: StitchPlan.Range, from source: Int32, to file: Int32, _ path: String
    ) throws(MovieError) {
        var offset = range.offset
        var left = range.count
        while left > 0 {
            let count = snowflake_copy_range(source, &offset, file, UInt(min(left, 1 << 30)))
            if count < 0, errno == EINTR { continue }
            if count < 0, [EXDEV, EINVAL, ENOSYS, EOPNOTSUPP].contains(errno) {
                return try copyThroughMemory(offset, left, from: source, to: file, path)
            }
            guard count > 0 else {
                throw count == 0
                    ? .malformed(file: sources[range.source].lastPathComponent, what: "it became shorter") : fault(path)
            }
            left -= Int64(count)
        }
    }

    private func copyThroughMemory(
        _ start: Int64, _ count: Int64, from source: Int32, to file: Int32, _ path: String
    ) throws(MovieError) {
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 4 << 20, alignment: 4_096)
        defer { block.deallocate() }
        var (offset, left) = (start, count)
        while left > 0 {
            let got = pread(source, block.baseAddress, Int(min(left, Int64(block.count))), off_t(offset))
            guard got > 0 else { throw fault(path) }
            var sent = 0
            while sent < got {
                let wrote = Glibc.write(file, block.baseAddress.map { $0 + sent }, got - sent)
                guard wrote > 0 else { throw fault(path) }
                sent += wrote
            }
            offset += Int64(got)
            left -= Int64(got)
        }
    }
}

/// Sources that are open; the one that was opened first makes room.
private struct OpenFiles {
    let sources: [URL]
    let limit: Int
    private var open: [Int: Int32] = [:]
    private var order: [Int] = []

    init(sources: [URL], limit: Int) {
        self.sources = sources
        self.limit = limit
    }

    mutating func descriptor(of source: Int) throws(MovieError) -> Int32 {
        if let known = open[source] { return known }
        if order.count >= limit, let oldest = open.removeValue(forKey: order.removeFirst()) { close(oldest) }
        let descriptor = Glibc.open(sources[source].path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .cannotRead(file: sources[source].lastPathComponent, reason: String(cString: strerror(errno)))
        }
        open[source] = descriptor
        order.append(source)
        return descriptor
    }

    mutating func closeAll() {
        for descriptor in open.values { close(descriptor) }
        open = [:]
    }
}
