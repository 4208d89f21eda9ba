/// One event of a `text/event-stream`.
public struct ServerSentEvent: Sendable, Hashable {
    /// The event's name, or `nil` for an unnamed event (which browsers call `message`).
    public var event: String?
    /// The data lines, joined by line feeds.
    public var data: [UInt8]
    /// The last event identifier that the stream had set when the event ended, or `nil` if it has set none.
    public var id: String?
    /// The reconnection time that came with this event.
    public var retry: Duration?

    /// Makes an event.
    public init(event: String? = nil, data: [UInt8], id: String? = nil, retry: Duration? = nil) {
        self.event = event
        self.data = data
        self.id = id
        self.retry = retry
    }

    /// The data as text, with U+FFFD for what is not UTF-8.
    public var text: String { String(decoding: data, as: UTF8.self) }
}
