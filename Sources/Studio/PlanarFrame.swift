/// One frame as encoders take it: planar 4:2:0, BT.709, limited range. Made here because a third of the bytes then
/// pass through the pipe, and ffmpeg need not convert them. Used by one thread at a time.
final class PlanarFrame {
    private let width: Int
    private let height: Int
    private var bytes: [UInt8]

    /// - Parameters:
    ///   - width: even, as the height.
    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        bytes = [UInt8](repeating: 0, count: width * height * 3 / 2)
    }

    /// Takes a canvas's pixels over and lends the planes, luma first, then the two of colour.
    func with<Value>(_ canvas: Canvas, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
        canvas.withPixels { pixels in
            let source = pixels.bindMemory(to: UInt32.self)
            bytes.withUnsafeMutableBufferPointer { planes in
                guard let from = source.baseAddress, let to = planes.baseAddress else { return }
                let colour = to + width * height
                for y in stride(from: 0, to: height, by: 2) {
                    luma(from + y * width, to + y * width)
                    luma(from + (y + 1) * width, to + (y + 1) * width)
                    chroma(
                        from + y * width, colour + y / 2 * (width / 2),
                        colour + width * height / 4 + y / 2 * (width / 2))
                }
            }
        }
        return bytes.withUnsafeBytes { body($0) }
    }

    /// Weights of 0.2126, 0.7152, 0.0722 over 219 steps from 16, times 32,768.
    private func luma(_ from: UnsafePointer<UInt32>, _ to: UnsafeMutablePointer<UInt8>) {
        for x in 0..<width {
            let pixel = from[x]
            let red = pixel >> 16 & 255
            let green = pixel >> 8 & 255
            let blue = pixel & 255
            to[x] = UInt8(truncatingIfNeeded: (5_983 &* red &+ 20_127 &* green &+ 2_032 &* blue &+ 540_672) >> 15)
        }
    }

    /// Each colour sample is the mean of four pixels; 224 steps around 128.
    private func chroma(
        _ from: UnsafePointer<UInt32>, _ blueDifference: UnsafeMutablePointer<UInt8>,
        _ redDifference: UnsafeMutablePointer<UInt8>
    ) {
        for x in 0..<width / 2 {
            let (a, b) = (from[2 * x], from[2 * x + 1])
            let (c, d) = (from[2 * x + width], from[2 * x + 1 + width])
            let red = Int32(
                truncatingIfNeeded: (a >> 16 & 255) &+ (b >> 16 & 255) &+ (c >> 16 & 255) &+ (d >> 16 & 255))
            let green = Int32(truncatingIfNeeded: (a >> 8 & 255) &+ (b >> 8 & 255) &+ (c >> 8 & 255) &+ (d >> 8 & 255))
            let blue = Int32(truncatingIfNeeded: (a & 255) &+ (b & 255) &+ (c & 255) &+ (d & 255))
            let u = (14_392 &* blue &- 3_298 &* red &- 11_094 &* green &+ 16_842_752) >> 17
            let v = (14_392 &* red &- 13_073 &* green &- 1_319 &* blue &+ 16_842_752) >> 17
            blueDifference[x] = UInt8(truncatingIfNeeded: u)
            redDifference[x] = UInt8(truncatingIfNeeded: v)
        }
    }
}
