/// What happens when, in virtual time: a binary heap, in which events of the same time stay in the order of their coming.
struct EventQueue {
    /// What happens.
    enum Kind: UInt8 {
        /// A request comes.
        case arrival
        /// A caller's pause is over.
        case caller
        /// A pause is over.
        case wake
        /// The caller's patience is over.
        case leave
        /// A first request was waited for long enough to send a second one.
        case hedge
        /// An answer begins.
        case begin
        /// An answer, or a failure, is whole.
        case end
    }

    /// One event.
    struct Event {
        /// In nanoseconds.
        var time: Int64
        fileprivate var order: UInt64
        /// Which request it is about.
        var call: Int32
        /// What has to be the request's still for the event to count.
        var ticket: UInt32
        var kind: Kind

        fileprivate func isBefore(_ other: Event) -> Bool {
            time != other.time ? time < other.time : order < other.order
        }
    }

    private var heap: [Event] = []
    private var order: UInt64 = 0

    mutating func add(_ kind: Kind, at time: Int64, call: Int32 = -1, ticket: UInt32 = 0) {
        let event = Event(time: time, order: order, call: call, ticket: ticket, kind: kind)
        order += 1
        heap.append(event)
        var place = heap.count - 1
        while place > 0 {
            let parent = (place - 1) / 2
            guard event.isBefore(heap[parent]) else { break }
            heap[place] = heap[parent]
            place = parent
        }
        heap[place] = event
    }

    /// Takes the earliest event.
    mutating func next() -> Event? {
        guard let first = heap.first, let last = heap.popLast() else { return nil }
        let count = heap.count
        guard count > 0 else { return first }
        var place = 0
        while true {
            var child = place * 2 + 1
            guard child < count else { break }
            if child + 1 < count, heap[child + 1].isBefore(heap[child]) { child += 1 }
            guard heap[child].isBefore(last) else { break }
            heap[place] = heap[child]
            place = child
        }
        heap[place] = last
        return first
    }
}
