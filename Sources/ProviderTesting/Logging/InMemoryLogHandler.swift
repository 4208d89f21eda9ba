public import TransportKit

/// Keeps log entries, for tests to look at.
public final class InMemoryLogHandler: LogHandler {
    private let entries = Locked<[LogEvent]>([])

    /// Makes an empty handler.
    public init() {}

    /// Keeps an entry.
    public func log(_ event: LogEvent) {
        entries.withLock { $0.append(event) }
    }

    /// All entries, in the order in which they came.
    public var events: [LogEvent] {
        entries.withLock { $0 }
    }
}
