import Foundation
import Media
import Protocol

// What putting a film together costs, for `make bench`: the direct stitcher beside a plain copy of the same film, beside
// ffmpeg's concat demuxer, and beside encoding it again (measured on one clip, multiplied up).
//
// usage: media-bench FOLDER [SHOTS]      needs about 16 GB in FOLDER for 754 shots

let folder = URL(fileURLWithPath: CommandLine.arguments.dropFirst().first ?? ".")
let shots = CommandLine.arguments.dropFirst(2).first.flatMap { Int($0) } ?? 754
let encoding = Encoding(width: 1_920, height: 1_080, fps: 24, kilobits: 8_000)
let (clipFrames, handle, distinct) = (219, 24, 12)
try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
func place(_ name: String) -> String { folder.appendingPathComponent(name).path }
func ffmpeg(_ arguments: [String]) async throws { try await Tool.ffmpeg.run(arguments, in: folder) }

var encoded = Cost()
for number in 0..<distinct {
    let raw = place("raw.mp4")
    try await ffmpeg(
        ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i"]
            + [
                "testsrc2=s=1920x1080:r=24:d=10,noise=alls=\(8 + number):allf=t", "-c:v", "libx264", "-preset",
                "ultrafast",
            ]
            + ["-qp", "20"]
            // As services' clips and our own are: one without tags has its colours converted, which a bare encode skips.
            + ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv", raw])
    let cost = try await measured {
        try await ffmpeg(
            ClipPlans.conform(
                input: raw, output: place("clip\(number).mp4"), frames: clipFrames,
                keyFrames: [12, 24, clipFrames - 24, clipFrames - 12], encoding))
    }
    encoded.cpu += cost.cpu
}
let perFrame = encoded.cpu / Double(distinct * clipFrames)
var transitions = Cost()
for number in 0..<distinct {
    let cost = try await measured {
        try await ffmpeg(
            ClipPlans.mix(
                isWipe: false, first: place("clip\(number).mp4"), from: clipFrames - handle,
                second: place("clip\((number + 1) % distinct).mp4"), frames: handle, output: place("mix\(number).mp4"),
                encoding))
    }
    transitions.cpu += cost.cpu
}

// Every fifth cut is a dissolve of a second: the share of the film that `assembly.md` measured.
var pieces: [Splice.Piece] = []
var mixes = 0
for shot in 0..<shots {
    let file = place("clip\(shot % distinct).mp4")
    let isMixedIn = shot > 0 && shot % 5 == 0
    let isMixedOut = shot + 1 < shots && (shot + 1) % 5 == 0
    let from = isMixedIn ? handle : 0
    let to = clipFrames - (isMixedOut ? handle : 0)
    pieces.append(.init(file: file, fileFrames: clipFrames, from: from, frames: to - from))
    guard isMixedOut else { continue }
    mixes += 1
    pieces.append(
        .init(file: place("mix\(shot % distinct).mp4"), fileFrames: handle, from: 0, frames: handle))
}
let frames = pieces.reduce(0) { $0 + $1.frames }
let minutes = Double(frames) / 24 / 60

let sound = SoundCheck(folder: folder, frames: frames)
try await sound.make(sidecar: place("sidecar.mp4"))

let film = folder.appendingPathComponent("film.mp4")
let stitched = try await measured {
    try Stitcher.stitch(pieces, sidecar: URL(fileURLWithPath: place("sidecar.mp4")), fps: 24, into: film)
}
var usage = rusage()
getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
let memory = usage.ru_maxrss / 1_024
let copied = try await measured {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "cp \"$1\" \"$1.copy\" && sync \"$1.copy\"", "sh", film.path]
    try process.run()
    process.waitUntilExit()
}
try FileManager.default.removeItem(atPath: film.path + ".copy")
try Data(Splice(pieces: pieces, fps: 24).script.utf8).write(to: folder.appendingPathComponent("film.ffconcat"))
let joined = try await measured {
    try await ffmpeg(
        Splice.film(
            script: place("film.ffconcat"), sidecar: place("sidecar.mp4"), output: place("concat.mp4"),
            timescale: 24_000))
}
let size = try FileManager.default.attributesOfItem(atPath: film.path)[.size] as? Int ?? 0
let again = perFrame * Double(frames)
let mixed = transitions.cpu / Double(distinct) * Double(mixes)
print(
    """
    \(shots) shots, \(frames) frames, \(figure(minutes)) min, \(figure(Double(size) / 1e9)) GB, \(mixes) dissolves
    stitched: \(figure(stitched.cpu)) CPU s, \(figure(stitched.wall)) s by the clock, \(memory) MB at most (goal 100)
    cp of it, on the disk: \(figure(copied.cpu)) CPU s, \(figure(copied.wall)) s; ours : cp \
    \(figure(stitched.cpu / copied.cpu)) CPU, \(figure(stitched.wall / copied.wall)) by the clock (aim 1.2 at most)
    concat demuxer: \(figure(joined.cpu)) CPU s, \(figure(joined.wall)) s; it : ours \
    \(figure(joined.cpu / stitched.cpu)) CPU, \(figure(joined.wall / stitched.wall)) by the clock (aim 3 at least)
    encoding every frame again: \(figure(again)) CPU s (\(distinct * clipFrames) frames measured, multiplied up); it : ours \
    \(figure(again / stitched.cpu)) with transitions ready (aim 300), \(figure(again / (stitched.cpu + mixed))) with them \
    (aim 30)
    """)
print(try Identity(film: film, pieces: pieces).report)
print(try await sound.report(film: film))
print(try await ConformBench(folder: folder, encoding: encoding, raw: URL(fileURLWithPath: place("raw.mp4"))).report)
print(try await MixBench(folder: folder).report)
