internal import TransportKit

/// What one reader of `GET /events` has not been sent yet; a value without clock and lock.
///
/// Nobody waits for a reader: of what it does not take in time the newest events stay, and it is told how many were dropped.
struct EventQueue: Sendable {
    /// What there is for the reader.
    enum Taken: Sendable, Hashable {
        /// Whole events, or a comment.
        case bytes([UInt8])
        /// Nothing yet.
        case nothing
        /// Nothing any more.
        case end
    }

    /// The most events that wait.
    static let capacity = 100
    private static let comment = Array(": keep-alive\n\n".utf8)

    private let filter: EventFilter
    private let keepAlive: Duration
    private var events: [GatewayEvent] = []
    // Events that the reader wanted and will not get, since it was last told.
    private var dropped = 0
    private var isClosed = false
    private var owesComment = false
    private var lastTaken: Duration

    /// Makes an empty queue.
    ///
    /// - Parameters:
    ///   - filter: What the reader wants.
    ///   - keepAlive: How long there is nothing before a comment is sent.
    ///   - now: The time.
    init(_ filter: EventFilter = .all, keepAlive: Duration = .seconds(15), at now: Duration = .zero) {
        self.filter = filter
        self.keepAlive = keepAlive
        lastTaken = now
    }

    /// How many events wait.
    var count: Int { events.count }

    /// Whether there is something to take.
    var hasNews: Bool { !events.isEmpty || dropped > 0 || owesComment || isClosed }

    /// Adds what the reader wants of some events.
    ///
    /// - Parameters:
    ///   - batch: The events, in their order.
    ///   - lost: How many requests ended before them that could not be kept for anybody.
    /// - Returns: How many events were dropped.
    @discardableResult
    mutating func offer(_ batch: [GatewayEvent], lost: Int = 0) -> Int {
        guard !isClosed else { return 0 }
        var count = filter.kinds.contains(.request) ? lost : 0
        for event in batch where filter.kinds.contains(event.kind) { events.append(event) }
        let excess = events.count - Self.capacity
        if excess > 0 {
            events.removeFirst(excess)
            count += excess
        }
        dropped += count
        return count
    }

    /// Has a comment sent, if nothing was for some time.
    mutating func keepAlive(at now: Duration) {
        if !hasNews, now - lastTaken >= keepAlive { owesComment = true }
    }

    /// Ends the queue with what is in it.
    mutating func close() { isClosed = true }

    /// Takes all that waits.
    mutating func take(at now: Duration) -> Taken {
        guard hasNews else { return .nothing }
        var bytes: [UInt8] = []
        // What was dropped came before what is left.
        if dropped > 0 { bytes += Self.gap(dropped, because: "slow") }
        for event in events { bytes += event.bytes }
        if bytes.isEmpty, owesComment { bytes = Self.comment }
        dropped = 0
        events = []
        owesComment = false
        lastTaken = now
        return bytes.isEmpty ? .end : .bytes(bytes)
    }

    /// The event that tells of events that are missing; it has no place among them and so no name.
    ///
    /// - Parameters:
    ///   - count: How many; `nil` if that is not known.
    ///   - reason: Why.
    /// - Returns: The event's bytes.
    static func gap(_ count: Int?, because reason: String) -> [UInt8] {
        let data: JSONValue = [
            "count": count.map { .number(JSONNumber($0)) } ?? .null, "reason": .string(reason),
        ]
        return Array("event: dropped\ndata: ".utf8) + data.serialized + [0x0A, 0x0A]
    }
}
