import TransportKit

/// A number of streams that are open at the same time.
///
/// They are opened a few at a time; a stream that ends begins again on its connection.
final class StreamLoad {
    /// How many streams may wait for their first event while they are opened.
    private static let window = 32

    private let loop: EventLoop
    private let request: Request
    private let count: Int
    private let longestPause: Duration
    private let done: (Result<OpenStreams, TransportError>) -> Void
    private let buffer = SharedBuffer()
    private var connections: [LoadConnection] = []
    private var started: Set<ObjectIdentifier> = []
    private var figures = OpenStreams.Figures()
    private var failure: TransportError?

    init(
        _ request: Request,
        count: Int,
        longestPause: Duration,
        _ loop: EventLoop,
        _ done: @escaping (Result<OpenStreams, TransportError>) -> Void
    ) throws(TransportError) {
        self.loop = loop
        self.request = request
        self.count = count
        self.longestPause = longestPause
        self.done = done
        connections.reserveCapacity(count)
        for _ in 0..<min(count, Self.window) { open() }
        if let failure { throw failure }
    }

    private func open() {
        do {
            let connection = try LoadConnection(to: request.address, on: loop, buffer: buffer) { [unowned self] in
                handle($0, $1)
            }
            connections.append(connection)
            connection.send(request.bytes, intended: monotonicNanoseconds())
        } catch {
            fail(error)
        }
    }

    private func handle(_ connection: LoadConnection, _ progress: LoadConnection.Progress) {
        if case .failed(let error) = progress { return fail(error) }
        let events = connection.reader.events
        figures.events += events - connection.eventsSeen
        if connection.eventsSeen == 0, events > 0 {
            figures.firstEvents.record(monotonicNanoseconds() - connection.intended)
            if started.count < count { start(connection) }
        }
        if events > connection.eventsSeen {
            let now = monotonicNanoseconds()
            if connection.eventsSeen > 0 { figures.pauses.record(now - connection.lastEvent) }
            connection.lastEvent = now
        }
        connection.eventsSeen = events
        if case .answered = progress {
            figures.ended += 1
            connection.eventsSeen = 0
            again(connection)
        }
    }

    private func again(_ connection: LoadConnection) {
        guard longestPause > .zero else {
            return connection.send(request.bytes, intended: monotonicNanoseconds())
        }
        let pause = Double.random(in: 0..<1) * (longestPause / .nanoseconds(1))
        loop.schedule(after: .nanoseconds(Int64(pause))) { [self] in
            guard connection.isOpen else { return }
            connection.send(request.bytes, intended: monotonicNanoseconds())
        }
    }

    private func start(_ connection: LoadConnection) {
        guard started.insert(ObjectIdentifier(connection)).inserted else { return }
        if started.count == count {
            done(.success(OpenStreams(LoopBound(self, loop))))
        } else if connections.count < count {
            open()
        }
    }

    private func fail(_ error: TransportError) {
        guard failure == nil else { return }
        failure = error
        close()
        done(.failure(error))
    }

    fileprivate func read() -> Result<OpenStreams.Figures, TransportError> {
        if let failure { return .failure(failure) }
        defer {
            figures.firstEvents = Histogram()
            figures.pauses = Histogram()
        }
        return .success(figures)
    }

    fileprivate func close() {
        for connection in connections { connection.close() }
        connections = []
    }
}

/// Streams that the load tool holds open.
struct OpenStreams: Sendable {
    /// What has come over the streams.
    struct Figures: Sendable {
        /// Events with data so far.
        var events = 0
        /// Streams that came to their end so far.
        var ended = 0
        /// Times from request to first event, of the streams begun since the last reading.
        var firstEvents = Histogram()
        /// Times between an event and the next in the same stream, since the last reading.
        var pauses = Histogram()
    }

    private let load: LoopBound<StreamLoad>

    fileprivate init(_ load: LoopBound<StreamLoad>) {
        self.load = load
    }

    /// Reads the figures.
    func figures() async throws -> Figures {
        let load = load
        return try await load.loop.run { load.value.read() }.get()
    }

    /// Closes all streams.
    func close() async {
        let load = load
        await load.loop.run { load.value.close() }
    }
}
