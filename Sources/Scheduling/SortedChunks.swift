/// A sorted set whose copy costs its number of chunks, not of elements: ready tasks and deadlines live in it.
///
/// Chunks hold at most ``chunkLimit`` elements; inserting and removing touch one chunk. Elements are unique.
package struct SortedChunks<Element: Comparable & Sendable>: Sendable, Equatable {
    private var chunks: [[Element]] = []
    package private(set) var count = 0

    private static var chunkLimit: Int { 256 }

    package init() {}

    /// The least element.
    package var first: Element? { chunks.first?.first }

    package var isEmpty: Bool { count == 0 }

    /// Adds an element; does nothing when it is there.
    package mutating func insert(_ element: Element) {
        guard !chunks.isEmpty else {
            chunks.append([element])
            count = 1
            return
        }
        let index = chunkIndex(for: element)
        let place = Self.lowerBound(of: element, in: chunks[index])
        guard place == chunks[index].count || chunks[index][place] != element else { return }
        chunks[index].insert(element, at: place)
        count += 1
        if chunks[index].count > Self.chunkLimit {
            let half = chunks[index].count / 2
            let tail = Array(chunks[index][half...])
            chunks[index].removeSubrange(half...)
            chunks.insert(tail, at: index + 1)
        }
    }

    /// Takes an element out; tells whether it was there.
    @discardableResult
    package mutating func remove(_ element: Element) -> Bool {
        guard !chunks.isEmpty else { return false }
        let index = chunkIndex(for: element)
        let place = Self.lowerBound(of: element, in: chunks[index])
        guard place < chunks[index].count, chunks[index][place] == element else { return false }
        chunks[index].remove(at: place)
        if chunks[index].isEmpty { chunks.remove(at: index) }
        count -= 1
        return true
    }

    /// Whether an element is there.
    package func contains(_ element: Element) -> Bool {
        guard !chunks.isEmpty else { return false }
        let chunk = chunks[chunkIndex(for: element)]
        let place = Self.lowerBound(of: element, in: chunk)
        return place < chunk.count && chunk[place] == element
    }

    /// The first element that `isWanted`, looking at no more than `limit` of them.
    package func first(within limit: Int, where isWanted: (Element) -> Bool) -> Element? {
        var seen = 0
        for chunk in chunks {
            for element in chunk {
                guard seen < limit else { return nil }
                if isWanted(element) { return element }
                seen += 1
            }
        }
        return nil
    }

    /// All elements in order.
    package var elements: [Element] { chunks.flatMap(\.self) }

    /// The last chunk whose first element is not after `element`.
    private func chunkIndex(for element: Element) -> Int {
        var low = 0
        var high = chunks.count
        while low < high {
            let middle = (low + high) / 2
            if chunks[middle][0] <= element { low = middle + 1 } else { high = middle }
        }
        return max(0, low - 1)
    }

    private static func lowerBound(of element: Element, in chunk: [Element]) -> Int {
        var low = 0
        var high = chunk.count
        while low < high {
            let middle = (low + high) / 2
            if chunk[middle] < element { low = middle + 1 } else { high = middle }
        }
        return low
    }

    package static func == (left: SortedChunks, right: SortedChunks) -> Bool {
        left.count == right.count && left.elements == right.elements
    }
}
