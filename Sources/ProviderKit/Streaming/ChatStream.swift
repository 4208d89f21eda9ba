/// An answer as it streams in.
///
/// A stream can be read once. It ends in exactly one way: with ``ChatEvent/finished(_:)`` as its last event, or by throwing.
/// It never ends quietly. Reading drives the transfer, so a slow reader holds the provider back. Cancelling the reading task,
/// or dropping the iterator, closes the connection to the provider.
public struct ChatStream: AsyncSequence, Sendable {
    /// What happens.
    public typealias Element = ChatEvent
    /// What reading throws.
    public typealias Failure = PlexError

    private let makeEvents: @Sendable () -> any ChatEventIterator

    /// Makes a stream whose events come from an iterator that is made at the first read.
    ///
    /// - Parameter makeEvents: Makes the iterator; called once for each reader.
    public init(_ makeEvents: @escaping @Sendable () -> any ChatEventIterator) {
        self.makeEvents = makeEvents
    }

    /// Makes a stream that is opened at the first read.
    ///
    /// - Parameter open: Opens the stream to read from.
    public init(opening open: @escaping @Sendable () async throws(PlexError) -> ChatStream) {
        self.init { OpeningIterator(open: open) }
    }

    /// Makes the iterator.
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(events: makeEvents())
    }

    /// Reads the events.
    public struct AsyncIterator: AsyncIteratorProtocol {
        var events: any ChatEventIterator

        /// The next event, or `nil` after the last one.
        public mutating func next() async throws(PlexError) -> ChatEvent? {
            try await events.next()
        }

        /// The next event, or `nil` after the last one.
        public mutating func next(isolation actor: isolated (any Actor)?) async throws(PlexError) -> ChatEvent? {
            try await events.next()
        }
    }

    /// Reads the stream to its end.
    ///
    /// - Returns: The whole answer.
    /// - Throws: `PlexError`, if the stream fails.
    public func response() async throws(PlexError) -> ChatResponse {
        var events = makeEvents()
        while let event = try await events.next() {
            if case .finished(let response) = event { return response }
        }
        throw PlexError(.internal, "the stream ended without a last event; this is a mistake in the provider's code")
    }
}

/// Makes the events of a stream, one at each call.
public protocol ChatEventIterator {
    /// The next event; `nil` only after `finished` was given.
    ///
    /// - Throws: `PlexError`; code `cancelled` at once when the calling task is cancelled.
    mutating func next() async throws(PlexError) -> ChatEvent?
}

private struct OpeningIterator: ChatEventIterator {
    let open: @Sendable () async throws(PlexError) -> ChatStream
    var opened: ChatStream.AsyncIterator?

    init(open: @escaping @Sendable () async throws(PlexError) -> ChatStream) {
        self.open = open
    }

    mutating func next() async throws(PlexError) -> ChatEvent? {
        if opened == nil {
            opened = try await open().makeAsyncIterator()
        }
        return try await opened?.next()
    }
}
