/// Removes a plain background: from the borders inward, everything like the corner's colour becomes transparent, with
/// soft edges. The local stand-in for a segmentation model.
package enum Keying {
    static let tolerance = 46

    package static func cutOut(_ portrait: Canvas) throws(StudioError) -> Canvas {
        let result = try Canvas(width: portrait.width, height: portrait.height, hasAlpha: true)
        let width = portrait.width, height = portrait.height
        var isBackground = [Bool](repeating: false, count: width * height)
        portrait.withPixels { source in
            let corner = (Int(source[0]), Int(source[1]), Int(source[2]))
            func isLike(_ index: Int) -> Bool {
                let at = index * 4
                return abs(Int(source[at]) - corner.0) + abs(Int(source[at + 1]) - corner.1)
                    + abs(Int(source[at + 2]) - corner.2) < tolerance
            }
            var pending: [Int] = []
            for x in 0..<width { pending += [x, (height - 1) * width + x] }
            for y in 0..<height { pending += [y * width, y * width + width - 1] }
            while let index = pending.popLast() {
                guard !isBackground[index], isLike(index) else { continue }
                isBackground[index] = true
                let x = index % width
                if x > 0 { pending.append(index - 1) }
                if x < width - 1 { pending.append(index + 1) }
                if index >= width { pending.append(index - width) }
                if index < width * (height - 1) { pending.append(index + width) }
            }
        }
        result.withPixels { target in
            portrait.withPixels { source in
                for index in 0..<width * height where !isBackground[index] {
                    // An edge is as opaque as its neighbours are figure.
                    var alpha = 255
                    let x = index % width
                    if x > 0, x < width - 1, index >= width, index < width * (height - 1) {
                        let near = [index - 1, index + 1, index - width, index + width].count { isBackground[$0] }
                        alpha = 255 - near * 56
                    }
                    let at = index * 4
                    for part in 0..<3 { target[at + part] = UInt8(Int(source[at + part]) * alpha / 255) }
                    target[at + 3] = UInt8(alpha)
                }
            }
        }
        return result
    }
}
