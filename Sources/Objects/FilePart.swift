internal import Crypto
internal import Foundation

/// Some bytes of a file, hashed as S3 asks for it.
struct FilePart {
    let sha256: String
    let md5: String

    init(_ file: URL, from: Int64, count: Int64) throws(ObjectError) {
        let descriptor = open(file.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw .failed(operation: "reading", path: file.path, reason: String(cString: strerror(errno)))
        }
        defer { close(descriptor) }
        var (long, short) = (SHA256(), Insecure.MD5())
        let block = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 16)
        defer { block.deallocate() }
        var at = from
        while at < from + count {
            let got = pread(descriptor, block.baseAddress, Int(min(Int64(block.count), from + count - at)), off_t(at))
            guard got > 0 else { throw .failed(operation: "reading", path: file.path, reason: "it became shorter") }
            long.update(bufferPointer: UnsafeRawBufferPointer(rebasing: block[..<got]))
            short.update(bufferPointer: UnsafeRawBufferPointer(rebasing: block[..<got]))
            at += Int64(got)
        }
        func hex(_ bytes: some Sequence<UInt8>) -> String {
            bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        }
        (sha256, md5) = (hex(long.finalize()), hex(short.finalize()))
    }
}
