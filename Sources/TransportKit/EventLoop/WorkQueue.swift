/// A first-in, first-out queue of work that keeps its storage.
struct WorkQueue {
    private var items: [Work?] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }

    mutating func append(_ work: Work) {
        items.append(work)
    }

    mutating func popFirst() -> Work? {
        guard head < items.count else { return nil }
        defer {
            // The slot is cleared so that a closure lets go of what it captured as soon as it has run.
            items[head] = nil
            head += 1
            if head == items.count {
                items.removeAll(keepingCapacity: items.capacity <= 1024)
                head = 0
            } else if head >= 1024, head * 2 >= items.count {
                items.removeFirst(head)
                head = 0
            }
        }
        return items[head]
    }

    /// Moves all work from an array to the end of the queue.
    mutating func take(_ other: inout [Work]) {
        guard !other.isEmpty else { return }
        for work in other { items.append(work) }
        other.removeAll(keepingCapacity: other.capacity <= 1024)
    }
}
