internal import TransportKit

/// A session of the handshake era over HTTP, on its loop: which message goes on which stream.
final class HTTPSession: ServerOutlet {
    private(set) var connection: ServerConnection?
    let id: String
    let loop: EventLoop

    private let limits: MCPSessionLimits
    private let ended: @Sendable (_ id: String) -> Void
    private var streams: [Int: ServedStream] = [:]
    /// Where the answers of requests go.
    private var routes: [JSONRPCID: Int] = [:]
    /// The streams that clients opened for what belongs to no request, the newest last.
    private var standing: [Int] = []
    /// Streams that are over, and kept for who lost them, the newest last.
    private var over: [Int] = []
    private var lastStream = 0
    private var idleTimer: EventLoop.Timer?
    private var lastUse: LoopInstant

    private static let keptOver = 16

    /// Begins a session.
    ///
    /// - Parameters:
    ///   - limits: The session's limits.
    ///   - loop: Where it lives.
    ///   - make: Makes the connection.
    ///   - ended: Hears of the end; called on the loop.
    init(
        limits: MCPSessionLimits,
        on loop: EventLoop,
        _ make: (HTTPSession) -> ServerConnection,
        ended: @escaping @Sendable (_ id: String) -> Void
    ) {
        self.limits = limits
        self.loop = loop
        self.ended = ended
        id = RandomID.make()
        lastUse = loop.now
        connection = make(self)
        armIdleTimer(after: limits.idleTime)
    }

    var version: ProtocolVersion? { connection?.core.party?.version }

    /// Whether nothing goes on here.
    var isIdle: Bool {
        (connection?.core.requests.isEmpty ?? true) && !streams.values.contains { $0.reader != nil }
    }

    // MARK: What comes

    /// Takes what was posted.
    ///
    /// - Parameters:
    ///   - value: The JSON text.
    ///   - requests: The requests in it.
    /// - Returns: What answers them; `nil` if there are none.
    /// - Throws: `JSONRPCFailure`, if nothing of it can be taken.
    func post(_ value: JSONValue, requests: [JSONRPCID]) throws(JSONRPCFailure) -> ServedStream? {
        lastUse = loop.now
        guard let connection else { throw JSONRPCFailure(.invalidRequest, "the session has ended") }
        if value.array != nil, let version, version > .v2025_03_26 {
            throw JSONRPCFailure(.invalidRequest, "this version of the protocol has no batches")
        }
        guard Set(requests).count == requests.count, !requests.contains(where: { routes[$0] != nil }) else {
            throw JSONRPCFailure(.invalidRequest, "an id belongs to a request that is not answered yet")
        }
        guard !requests.isEmpty else {
            connection.receive(value)
            return nil
        }
        let stream = makeStream(expecting: Set(requests))
        for id in requests { routes[id] = stream.number }
        connection.receive(value)
        return stream
    }

    private func makeStream(expecting requests: Set<JSONRPCID>) -> ServedStream {
        lastStream += 1
        let stream = ServedStream(lastStream, expecting: requests, isResumable: true, on: loop)
        streams[lastStream] = stream
        return stream
    }

    // MARK: Streams of the client's own

    /// Opens a stream for what belongs to no request; `nil` if there are too many.
    func openStream() -> ServedStream? {
        lastUse = loop.now
        if let number = standing.last(where: { streams[$0]?.reader == nil }), let stream = streams[number] {
            return stream
        }
        guard standing.count < limits.streams else { return nil }
        return makeStandingStream()
    }

    private func makeStandingStream() -> ServedStream {
        let stream = makeStream(expecting: [])
        standing.append(stream.number)
        return stream
    }

    /// The stream of an event that a client saw last.
    func stream(_ number: Int) -> ServedStream? {
        lastUse = loop.now
        return streams[number]
    }

    /// Makes a reader of a stream.
    func reader(of stream: ServedStream, after number: Int? = nil) -> ServedStreamReader {
        let bound = LoopBound(self, loop)
        let streamNumber = stream.number
        return ServedStreamReader(stream.attach(after: number), of: LoopBound(stream, loop)) { isGone in
            bound.value.wasRead(streamNumber, isGone: isGone)
        }
    }

    private func wasRead(_ number: Int, isGone: Bool) {
        lastUse = loop.now
        if isGone, let stream = streams[number], stream.isFinished { keepForReturn(number) }
        connection?.hasRoomAgain()
    }

    /// Keeps a stream that is over for a client who lost it on the way, within bounds.
    private func keepForReturn(_ number: Int) {
        if !over.contains(number) { over.append(number) }
        var bytes = over.reduce(0) { $0 + (streams[$1]?.log.bytes ?? 0) }
        while let oldest = over.first, over.count > Self.keptOver || bytes > limits.replay {
            bytes -= streams[oldest]?.log.bytes ?? 0
            over.removeFirst()
            streams[oldest] = nil
        }
    }

    /// Nobody will read what a stream answers.
    func drop(_ stream: ServedStream) {
        guard stream.isFinished || !stream.isEvents else { return }
        streams[stream.number] = nil
    }

    // MARK: What goes

    func send(_ message: JSONRPCMessage, about id: JSONRPCID?) {
        let stream = stream(about: id)
        if let id, message.method == nil { routes[id] = nil }
        guard let stream else { return }
        stream.send(message, replayLimit: limits.replay)
        leave(stream)
    }

    func withdraw(_ id: JSONRPCID) {
        guard let number = routes.removeValue(forKey: id), let stream = streams[number] else { return }
        stream.withdraw(id)
        leave(stream)
    }

    private func leave(_ stream: ServedStream) {
        guard stream.isFinished else { return }
        if stream.isEvents {
            if stream.reader == nil { keepForReturn(stream.number) }
        } else {
            streams[stream.number] = nil
        }
    }

    func hasRoom(about id: JSONRPCID?) -> Bool {
        if id == nil, standing.isEmpty { return true }
        return stream(about: id)?.hasRoom ?? true
    }

    private func stream(about id: JSONRPCID?) -> ServedStream? {
        if let id { return routes[id].flatMap { streams[$0] } }
        let open = standing.last { streams[$0]?.reader != nil } ?? standing.last
        return open.flatMap { streams[$0] } ?? makeStandingStream()
    }

    // MARK: End

    private func armIdleTimer(after delay: Duration) {
        idleTimer = loop.schedule(after: delay) { [weak self] in self?.checkIdle() }
    }

    private func checkIdle() {
        idleTimer = nil
        guard connection != nil else { return }
        let unused = lastUse.duration(to: loop.now)
        guard unused >= limits.idleTime, isIdle else {
            return armIdleTimer(after: max(limits.idleTime - unused, .seconds(1)))
        }
        _ = end()
    }

    /// Ends the streams of the client's own.
    func endStreams() {
        for number in standing { streams[number]?.finish() }
    }

    /// Ends the session; what is returned may be waited for.
    @discardableResult
    func end() -> Task<Void, Never>? {
        guard let connection else { return nil }
        self.connection = nil
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        connection.end()
        for stream in streams.values { stream.finish() }
        streams = [:]
        routes = [:]
        standing = []
        over = []
        ended(id)
        return connection.farewell
    }
}
