/// Writes MP4 boxes: a box's length is known when its body is.
struct BoxWriter {
    private(set) var bytes: [UInt8] = []

    mutating func write(_ value: some FixedWidthInteger) {
        withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
    }

    mutating func write(_ more: some Sequence<UInt8>) { bytes.append(contentsOf: more) }

    /// Four letters.
    mutating func name(_ text: String) { bytes.append(contentsOf: text.utf8) }

    mutating func box(_ type: String, _ fill: (inout BoxWriter) -> Void) {
        let start = bytes.count
        write(UInt32(0))
        name(type)
        fill(&self)
        withUnsafeBytes(of: UInt32(bytes.count - start).bigEndian) { size in
            for index in 0..<4 { bytes[start + index] = size[index] }
        }
    }

    /// A box with a version and flags.
    mutating func full(_ type: String, version: UInt8 = 0, flags: UInt32 = 0, _ fill: (inout BoxWriter) -> Void) {
        box(type) { box in
            box.write(UInt32(version) << 24 | flags)
            fill(&box)
        }
    }

    /// A table of equal neighbours: how many, and which value.
    mutating func runs(_ type: String, version: UInt8 = 0, _ values: some Sequence<Int>) {
        var runs: [(count: UInt32, value: Int)] = []
        for value in values {
            if let last = runs.last, last.value == value {
                runs[runs.count - 1].count += 1
            } else {
                runs.append((1, value))
            }
        }
        full(type, version: version) { box in
            box.write(UInt32(runs.count))
            for run in runs {
                box.write(run.count)
                box.write(Int32(truncatingIfNeeded: run.value))
            }
        }
    }

    /// The unit matrix of `mvhd` and `tkhd`.
    mutating func matrix() {
        for value: UInt32 in [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x4000_0000] { write(value) }
    }
}
