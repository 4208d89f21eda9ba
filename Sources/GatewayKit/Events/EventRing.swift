/// The latest events, for readers who come back, and the names of all; a value.
struct EventRing: Sendable {
    /// What a reader who comes back has missed.
    struct Replay: Sendable, Hashable {
        var events: [GatewayEvent] = []
        /// Why there is more that it has missed, and how much if that is known.
        var gap: Gap?
    }

    /// Events that are not there any more.
    struct Gap: Sendable, Hashable {
        var count: Int?
    }

    /// The part of each name that tells this process's events from another's.
    let epoch: String
    private let capacity: Int
    // In a circle, the oldest at `start` once it is full.
    private var events: [GatewayEvent] = []
    private var start = 0
    private var next: UInt64 = 1
    // The latest number that no event has.
    private var lastInterruption: UInt64 = 0

    /// Makes an empty ring.
    ///
    /// - Parameters:
    ///   - epoch: What the names begin with.
    ///   - capacity: How many events are kept.
    init(epoch: String, capacity: Int = 1000) {
        self.epoch = epoch
        self.capacity = capacity
    }

    /// How many events are kept.
    var count: Int { events.count }

    /// Gives an event its name, and keeps it.
    ///
    /// - Parameters:
    ///   - draft: What is told.
    ///   - time: The seconds since 1970.
    /// - Returns: The event.
    mutating func append(_ draft: EventDraft, at time: Double) -> GatewayEvent {
        let event = GatewayEvent(draft, id: "\(epoch).\(next)", at: time)
        next += 1
        if events.count < capacity {
            events.append(event)
        } else {
            events[start] = event
            start = (start + 1) % capacity
        }
        return event
    }

    /// Nobody listens any more, so events from now on are not kept.
    mutating func interrupt() {
        events = []
        start = 0
        // A number that no event has: whoever read the last event has missed something all the same.
        lastInterruption = next
        next += 1
    }

    /// What came after an event.
    ///
    /// - Parameter id: The event's name.
    /// - Returns: What is kept of it.
    func replay(after id: String) -> Replay {
        let parts = id.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0] == epoch, let number = UInt64(parts[1]), number < next else {
            return Replay(events: ordered, gap: Gap())
        }
        let oldest = next - UInt64(events.count)
        guard number + 1 < oldest else {
            return Replay(events: Array(ordered.suffix(Int(next - number - 1))))
        }
        // How much was not kept in an interruption nobody knows.
        let isKnown = lastInterruption <= number
        return Replay(events: ordered, gap: Gap(count: isKnown ? Int(oldest - number - 1) : nil))
    }

    private var ordered: [GatewayEvent] { Array(events[start...] + events[..<start]) }
}
