package import Protocol

/// Future happenings in order of time; equal times keep the order in which they were added.
///
/// The heap itself holds times and places only, so that sorting does not move the happenings about.
package struct EventHeap<Element: Sendable>: Sendable {
    private var order = TimeHeap()
    private var elements: [Element?] = []
    private var free: [Int] = []

    package init() {}

    package var nextTime: Instant? { order.first?.at }

    package mutating func add(_ element: Element, at time: Instant) {
        if let place = free.popLast() {
            elements[place] = element
            order.add(at: time, place: place)
        } else {
            elements.append(element)
            order.add(at: time, place: elements.count - 1)
        }
    }

    package mutating func next() -> (at: Instant, element: Element)? {
        guard let first = order.removeFirst(), let element = elements[first.place] else { return nil }
        elements[first.place] = nil
        free.append(first.place)
        return (first.at, element)
    }
}

private struct TimeHeap: Sendable {
    struct Item: Sendable {
        let at: Instant
        let order: UInt64
        let place: Int

        func isBefore(_ other: Item) -> Bool { (at, order) < (other.at, other.order) }
    }

    private var items: [Item] = []
    private var added: UInt64 = 0

    var first: Item? { items.first }

    mutating func add(at time: Instant, place: Int) {
        added += 1
        items.append(Item(at: time, order: added, place: place))
        var child = items.count - 1
        while child > 0, items[child].isBefore(items[(child - 1) / 2]) {
            items.swapAt(child, (child - 1) / 2)
            child = (child - 1) / 2
        }
    }

    mutating func removeFirst() -> Item? {
        guard let first = items.first else { return nil }
        items.swapAt(0, items.count - 1)
        items.removeLast()
        var parent = 0
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2]
            where child < items.count && items[child].isBefore(items[least]) {
                least = child
            }
            guard least != parent else { return first }
            items.swapAt(parent, least)
            parent = least
        }
    }
}
