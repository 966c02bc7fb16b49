/// Removes a plain background: everything like the corner's colour that is joined to the border, and the pockets it
/// shows through (between arm and body). Edges become soft and take the figure's own colour, so that no rim of the old
/// background shines around it. The local stand-in for a segmentation model.
package enum Keying {
    /// Sum of differences over three channels: what is joined to the border may vary this much, a pocket this little.
    static let tolerance = 46
    static let pocketTolerance = 12
    /// Smaller pockets are highlights, not holes.
    static let pocketPixels = 120

    package static func cutOut(_ portrait: Canvas) throws(StudioError) -> Canvas {
        let result = try Canvas(width: portrait.width, height: portrait.height, hasAlpha: true)
        portrait.withPixels { source in
            var matte = Matte(pixels: source, width: portrait.width, height: portrait.height)
            matte.floodFromBorders()
            matte.floodPockets()
            result.withPixels { matte.write(to: $0) }
        }
        return result
    }

    private struct Matte {
        let pixels: UnsafeMutableRawBufferPointer
        let width: Int
        let height: Int
        let key: (Int, Int, Int)
        var isBackground: [Bool]

        init(pixels: UnsafeMutableRawBufferPointer, width: Int, height: Int) {
            self.pixels = pixels
            self.width = width
            self.height = height
            key = (Int(pixels[0]), Int(pixels[1]), Int(pixels[2]))
            isBackground = [Bool](repeating: false, count: width * height)
        }

        func difference(_ index: Int) -> Int {
            let at = index * 4
            return abs(Int(pixels[at]) - key.0) + abs(Int(pixels[at + 1]) - key.1) + abs(Int(pixels[at + 2]) - key.2)
        }

        mutating func floodFromBorders() {
            var seeds: [Int] = []
            for x in 0..<width { seeds += [x, (height - 1) * width + x] }
            for y in 0..<height { seeds += [y * width, y * width + width - 1] }
            for index in flood(from: seeds, tolerance: Keying.tolerance) { isBackground[index] = true }
        }

        mutating func floodPockets() {
            var seen = isBackground
            for index in 0..<width * height where !seen[index] && difference(index) <= Keying.pocketTolerance {
                let pocket = flood(from: [index], tolerance: Keying.pocketTolerance)
                for pixel in pocket { seen[pixel] = true }
                guard pocket.count >= Keying.pocketPixels else { continue }
                for pixel in pocket { isBackground[pixel] = true }
            }
        }

        /// All pixels like the key that are joined to a seed.
        private func flood(from seeds: [Int], tolerance: Int) -> [Int] {
            var pending = seeds
            var found: [Int] = []
            var seen: Set<Int> = []
            var mark = seeds.count > 1 ? [Bool](repeating: false, count: width * height) : []
            while let index = pending.popLast() {
                guard !isBackground[index], difference(index) < max(tolerance, 1) else { continue }
                if mark.isEmpty {
                    guard seen.insert(index).inserted else { continue }
                } else {
                    guard !mark[index] else { continue }
                    mark[index] = true
                }
                found.append(index)
                let x = index % width
                if x > 0 { pending.append(index - 1) }
                if x < width - 1 { pending.append(index + 1) }
                if index >= width { pending.append(index - width) }
                if index < width * (height - 1) { pending.append(index + width) }
            }
            return found
        }

        /// Whether any pixel within `reach` is background.
        private func touchesBackground(_ x: Int, _ y: Int, reach: Int) -> Bool {
            for row in max(0, y - reach)...min(height - 1, y + reach) {
                for column in max(0, x - reach)...min(width - 1, x + reach) where isBackground[row * width + column] {
                    return true
                }
            }
            return false
        }

        func write(to target: UnsafeMutableRawBufferPointer) {
            for y in 0..<height {
                for x in 0..<width {
                    let index = y * width + x
                    guard !isBackground[index] else { continue }
                    let at = index * 4
                    guard touchesBackground(x, y, reach: 2), let inner = innerColour(x, y) else {
                        for part in 0..<3 { target[at + part] = pixels[at + part] }
                        target[at + 3] = 255
                        continue
                    }
                    // As opaque as its colour is away from the key, compared with the figure just inside.
                    let whole = abs(inner.0 - key.0) + abs(inner.1 - key.1) + abs(inner.2 - key.2)
                    let alpha = whole == 0 ? 255 : min(255, difference(index) * 255 / whole)
                    target[at] = UInt8(inner.0 * alpha / 255)
                    target[at + 1] = UInt8(inner.1 * alpha / 255)
                    target[at + 2] = UInt8(inner.2 * alpha / 255)
                    target[at + 3] = UInt8(alpha)
                }
            }
        }

        /// The mean colour of the figure's pixels near an edge that are no edge themselves.
        private func innerColour(_ x: Int, _ y: Int) -> (Int, Int, Int)? {
            var sum = (0, 0, 0)
            var count = 0
            for row in max(0, y - 4)...min(height - 1, y + 4) {
                for column in max(0, x - 4)...min(width - 1, x + 4) {
                    guard !isBackground[row * width + column], !touchesBackground(column, row, reach: 1) else {
                        continue
                    }
                    let at = (row * width + column) * 4
                    sum = (sum.0 + Int(pixels[at]), sum.1 + Int(pixels[at + 1]), sum.2 + Int(pixels[at + 2]))
                    count += 1
                }
            }
            return count == 0 ? nil : (sum.0 / count, sum.1 / count, sum.2 / count)
        }
    }
}
