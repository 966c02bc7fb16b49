import Foundation
import Protocol
import SwiftProtobuf

/// Somebody who looks: asks for what changed, again and again, and reads of each answer only what the next question needs.
final class Viewer {
    let peer: LoadWorker
    private var epoch = ""
    private var sequence: UInt64 = 0
    private var part: UInt64 = 0
    private(set) var bytes = 0
    private(set) var answers = 0

    init(_ peer: LoadWorker) { self.peer = peer }

    func ask() {
        peer.send(
            .request(
                .with {
                    $0.requestID = 1
                    $0.watch = .with {
                        $0.epoch = epoch
                        $0.after = sequence
                        $0.part = UInt32(part)
                        $0.waitMilliseconds = part > 0 ? 0 : 5_000
                    }
                }))
    }

    func hear() {
        while let frames = peer.frames() {
            guard frames.count == 2 else { continue }
            bytes += frames[1].count
            answers += 1
            // Field 16 of a response is the answer; of it 1 is the epoch, 2 the number, 4 and 5 the part and how many.
            var head = [UInt64](repeating: 0, count: 6)
            Self.scan(frames[1]) { field, _, body in
                guard field == 16 else { return }
                Self.scan(body) { field, value, text in
                    if field == 1 { epoch = String(decoding: text, as: UTF8.self) }
                    if (2...5).contains(field) { head[field] = value }
                }
            }
            sequence = head[2]
            part = head[4] + 1 < head[5] ? head[4] + 1 : 0
            ask()
        }
    }

    /// The fields of a protobuf message: numbers and lengths, nothing within.
    private static func scan(_ data: Data, _ tell: (Int, UInt64, Data) -> Void) {
        var at = data.startIndex
        func number() -> UInt64 {
            var (value, shift): (UInt64, UInt64) = (0, 0)
            while at < data.endIndex, shift < 64 {
                let byte = data[at]
                at += 1
                value |= UInt64(byte & 127) << shift
                if byte < 128 { break }
                shift += 7
            }
            return value
        }
        while at < data.endIndex {
            let tag = number()
            switch tag & 7 {
            case 0: tell(Int(tag >> 3), number(), Data())
            case 2:
                let length = Int(clamping: number())
                guard length <= data.endIndex - at else { return }
                tell(Int(tag >> 3), 0, data[at..<at + length])
                at += length
            default: return
            }
        }
    }
}
