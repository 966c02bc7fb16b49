package import Protocol

/// Joining clips without touching their packets with ffmpeg's concat demuxer (`assembly.md` 6A): what the direct
/// ``Stitcher`` is held against, and the script a shot's own clip is made with.
package struct Splice: Sendable, Equatable {
    package struct Piece: Sendable, Equatable {
        package let file: String
        /// Frames of the whole file, and the run that is wanted of it.
        package let fileFrames: Int
        package let from: Int
        package let frames: Int

        package init(file: String, fileFrames: Int, from: Int, frames: Int) {
            self.file = file
            self.fileFrames = fileFrames
            self.from = from
            self.frames = frames
        }
    }

    package let pieces: [Piece]
    package let fps: FrameRate

    package init(pieces: [Piece], fps: FrameRate) {
        self.pieces = pieces
        self.fps = fps
    }

    package var frames: Int { pieces.reduce(0) { $0 + $1.frames } }

    /// The script. An in point is rounded up; an out point is decode time, so the reorder delay is taken off; every
    /// entry states its exact duration, since the length in a file's header is rounded.
    package var script: String {
        var lines = ["ffconcat version 1.0"]
        for piece in pieces {
            lines.append("file '\(piece.file.replacing("'", with: "'\\''"))'")
            if piece.from > 0 { lines.append("inpoint \(Encoding.seconds(piece.from, fps: fps, roundedUp: true))") }
            let end = piece.from + piece.frames
            if end < piece.fileFrames {
                lines.append("outpoint \(Encoding.seconds(end - Encoding.reorder, fps: fps))")
            }
            lines.append("duration \(Encoding.seconds(piece.frames, fps: fps))")
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The finished film: pieces and the sidecar's sound, subtitles and chapters, nothing encoded, index in front.
    package static func film(script: String, sidecar: String, output: String, timescale: Int) -> [String] {
        [
            "-nostdin", "-hide_banner", "-v", "error", "-y", "-auto_convert", "0", "-f", "concat", "-safe", "0", "-i",
            script,
        ]
            + ["-i", sidecar, "-map", "0:v", "-map", "1:a", "-map", "1:s?", "-map_metadata", "1", "-map_chapters", "1"]
            + ["-c", "copy", "-metadata:s:a:0", "language=eng", "-metadata:s:s:0", "language=eng"]
            + muxer(timescale) + [output]
    }

    static func muxer(_ timescale: Int) -> [String] {
        [
            "-video_track_timescale", "\(timescale)", "-movie_timescale", "\(timescale)", "-movflags", "+faststart",
            "-fflags", "+bitexact", "-flags:a", "+bitexact", "-f", "mp4",
        ]
    }
}
