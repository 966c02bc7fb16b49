package import Protocol

/// Future happenings in order of time; equal times keep the order in which they were added.
package struct EventHeap<Element: Sendable>: Sendable {
    private var items: [(at: Instant, order: UInt64, element: Element)] = []
    private var added: UInt64 = 0

    package init() {}

    package var nextTime: Instant? { items.first?.at }

    package mutating func add(_ element: Element, at time: Instant) {
        added += 1
        items.append((time, added, element))
        var child = items.count - 1
        while child > 0, isBefore(child, (child - 1) / 2) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    package mutating func next() -> (at: Instant, element: Element)? {
        guard let first = items.first else { return nil }
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < items.count && isBefore(child, least) {
                least = child
            }
            guard least != parent else { break }
            items.swapAt(parent, least)
            parent = least
        }
        return (first.at, first.element)
    }

    private func isBefore(_ left: Int, _ right: Int) -> Bool {
        (items[left].at, items[left].order) < (items[right].at, items[right].order)
    }
}
