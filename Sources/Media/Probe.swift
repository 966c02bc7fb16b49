package import Foundation

/// What a finished file really holds. Exit codes are not proof (`assembly.md` 10): packets are counted, stderr must be
/// empty.
package struct Probe: Sendable, Equatable {
    package let codec: String
    package let width: Int
    package let height: Int
    package let frameRate: String
    package let frames: Int
    /// Hash of the parameter sets: equal for all clips of a job.
    package let parameterHash: String

    private struct Reply: Decodable {
        struct Stream: Decodable {
            let codec_name: String?
            let width: Int?
            let height: Int?
            let avg_frame_rate: String?
            let nb_read_packets: String?
            let extradata_hash: String?
        }

        let streams: [Stream]
    }

    package static func arguments(_ file: String) -> [String] {
        [
            "-v", "error", "-protocol_whitelist", "file", "-select_streams", "v:0", "-count_packets", "-show_data_hash",
            "md5", "-show_entries",
            "stream=codec_name,width,height,avg_frame_rate,nb_read_packets,extradata_hash", "-of", "json", file,
        ]
    }

    /// Looks at a file's first video stream.
    package static func video(_ file: URL, in folder: URL) async throws(ToolError) -> Probe {
        let output = try await Tool.ffprobe.run(arguments(file.path), in: folder)
        guard output.standardError.isEmpty else {
            throw .badOutput(file: file.lastPathComponent, reason: output.standardError.prefix(300).description)
        }
        guard let reply = try? JSONDecoder().decode(Reply.self, from: Data(output.standardOutput.utf8)),
            let stream = reply.streams.first
        else { throw .badOutput(file: file.lastPathComponent, reason: "it has no video stream") }
        return Probe(
            codec: stream.codec_name ?? "", width: stream.width ?? 0, height: stream.height ?? 0,
            frameRate: stream.avg_frame_rate ?? "", frames: stream.nb_read_packets.flatMap { Int($0) } ?? 0,
            parameterHash: stream.extradata_hash ?? "")
    }

    /// The gate every clip passes: size, rate and number of frames are what was asked.
    package func check(_ file: URL, frames expected: Int, _ encoding: Encoding) throws(ToolError) {
        let name = file.lastPathComponent
        guard codec == "h264", width == encoding.width, height == encoding.height else {
            throw .badOutput(
                file: name,
                reason: "it is \(codec) \(width)×\(height), not h264 \(encoding.width)×\(encoding.height)")
        }
        guard frames == expected else { throw .badOutput(file: name, reason: "\(frames) frames, not \(expected)") }
    }

    /// Decodes picture and sound; the only check that sees damage inside.
    package static func decode(_ file: URL, in folder: URL) async throws(ToolError) {
        let output = try await Tool.ffmpeg.run(
            [
                "-nostdin", "-v", "error", "-xerror", "-protocol_whitelist", "file", "-i", file.path, "-map", "0:v:0",
                "-map", "0:a?", "-f", "null", "-",
            ], in: folder)
        guard output.standardError.isEmpty else {
            throw .badOutput(file: file.lastPathComponent, reason: output.standardError.prefix(300).description)
        }
    }
}
