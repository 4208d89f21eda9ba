internal import Synchronization
package import TransportKit

/// The HTTP/1.1 server under the gateway: libmicrohttpd in the event loops, no thread of its own.
///
/// Every loop has its own connections, and a request is answered in a task on the loop of its connection. When a caller
/// closes its connection, or only its sending side, the request's task is cancelled at once: callers that half-close before
/// they read their answer count as gone, as they do for other proxies.
package final class HTTPServer: Sendable {
    /// Figures of a server.
    package struct Statistics: Sendable, Hashable {
        /// Connections that are open.
        package var connections = 0
        /// Connections that have been accepted since the start.
        package var accepted = 0
        /// Requests that the responder has.
        package var requestsInFlight = 0
        /// Requests and connections that the server turned away itself.
        package var refused = 0
        /// Bytes of requests' bodies that are being received or that the responder has.
        package var bodyBytes = 0
    }

    private let responder: any HTTPResponder
    private let limits: HTTPLimits
    let group: EventLoopGroup
    private let logger: Logger
    let environment: [String: String]
    private let counters: [LoopCounters]
    let bodies: BodyBudget
    let state = Locked(State())

    struct State: Sendable {
        enum Phase: Sendable { case new, starting, running, changing, stopping, stopped }
        var phase = Phase.new
        var parts: [LoopPart] = []
        var sockets: [ListeningSocket] = []
        var waiters: [CheckedContinuation<Void, Never>] = []
        /// Those who wait for the end of a change.
        var changeWaiters: [CheckedContinuation<Void, Never>] = []
    }

    /// Makes a server.
    ///
    /// - Parameters:
    ///   - responder: Answers requests.
    ///   - limits: What is taken from callers.
    ///   - group: The loops to run on.
    ///   - logger: Where faults go.
    ///   - environment: Where the sockets that systemd passes are told.
    package init(
        responder: any HTTPResponder,
        limits: HTTPLimits = HTTPLimits(),
        group: EventLoopGroup = .shared,
        logger: Logger = .disabled,
        environment: [String: String] = [:]
    ) {
        self.responder = responder
        self.limits = limits
        self.group = group
        self.logger = logger
        self.environment = environment
        counters = group.loops.map { _ in LoopCounters() }
        bodies = BodyBudget(limits)
    }

    /// Figures of all loops together.
    package var statistics: Statistics {
        var statistics = Statistics()
        statistics.bodyBytes = bodies.used
        return counters.reduce(into: statistics) { sum, counters in
            sum.connections += counters.connections.load(ordering: .relaxed)
            sum.accepted += counters.accepted.load(ordering: .relaxed)
            sum.requestsInFlight += counters.requestsInFlight.load(ordering: .relaxed)
            sum.refused += counters.refused.load(ordering: .relaxed)
        }
    }

    /// Whether it has begun to stop.
    package var isStopping: Bool {
        state.withLock { $0.phase == .stopping || $0.phase == .stopped }
    }

    // MARK: Starting

    /// Listens, and answers from then on.
    ///
    /// - Parameter addresses: Where to listen.
    /// - Returns: Where it listens: names are resolved, and ports that the system chose are told.
    /// - Throws: `ListenError` at once if it cannot listen at one of the addresses; then it listens at none.
    @discardableResult
    package func start(_ addresses: [ListenAddress]) async throws(ListenError) -> [BoundListener] {
        try state.withLock { state throws(ListenError) in
            guard state.phase == .new else { throw ListenError("the server has been started before") }
            state.phase = .starting
        }
        let (count, environment) = (group.loops.count, environment)
        let opened = await OwnThread.run { Self.open(addresses, loops: count, environment: environment) }
        do {
            let sockets = try opened.get()
            let parts = try await makeParts(closing: sockets)
            for part in parts {
                await part.loop.run {
                    part.server.value.parts = parts
                    for socket in sockets {
                        part.server.value.listen(socket.descriptor(forLoop: part.loop.index), as: socket.bound)
                    }
                }
            }
            state.withLock { state in
                state.phase = .running
                state.parts = parts
                state.sockets = sockets
            }
            return sockets.map(\.bound)
        } catch {
            state.withLock { $0.phase = .new }
            throw error
        }
    }

    static func open(
        _ addresses: [ListenAddress],
        loops: Int,
        environment: [String: String],
        sharing ports: Set<UInt16> = []
    ) -> Result<[ListeningSocket], ListenError> {
        Result { () throws(ListenError) in
            try ListeningSocket.open(addresses, loops: loops, environment: environment, sharing: ports)
        }
    }

    private func makeParts(closing sockets: [ListeningSocket]) async throws(ListenError) -> [LoopPart] {
        var parts: [LoopPart] = []
        for (loop, counters) in zip(group.loops, counters) {
            let (responder, limits, logger, bodies) = (responder, limits, logger, bodies)
            let maximum = limits.connections ?? DescriptorLimit.connections
            let made = await loop.run {
                Result { () throws(ListenError) in
                    LoopPart(
                        loop: loop,
                        counters: counters,
                        server: LoopBound(
                            try LoopServer(
                                loop: loop,
                                responder: responder,
                                limits: limits,
                                maximumConnections: maximum,
                                logger: logger,
                                counters: counters,
                                bodies: bodies
                            ),
                            loop
                        )
                    )
                }
            }
            switch made {
            case .success(let part): parts.append(part)
            case .failure(let error):
                for socket in sockets { socket.close() }
                for part in parts { await Self.drain(part, .zero) }
                throw error
            }
        }
        return parts
    }

    // MARK: Stopping

    /// Stops: no connection is accepted any more, idle ones are closed, and requests in flight may end.
    ///
    /// A further call waits for the first one's end.
    ///
    /// - Parameter time: How long requests in flight have; then they are cancelled, and cut if they do not end at once.
    package func stop(drain time: Duration) async {
        var running: [LoopPart]?
        repeat {
            await waitForChange()
            running = state.withLock { state in
                guard state.phase == .running else { return nil }
                state.phase = .stopping
                return state.parts
            }
        } while running == nil && isChanging
        guard let parts = running else { return await wait() }
        for part in parts { await part.loop.run { part.server.value.stopListening() } }
        let sockets = state.withLock { state in
            defer { state.sockets = [] }
            return state.sockets
        }
        for socket in sockets { socket.close() }
        await withTaskGroup { tasks in
            for part in parts { tasks.addTask { await Self.drain(part, time) } }
        }
        let waiters = state.withLock { state in
            state.phase = .stopped
            state.parts = []
            defer { state.waiters = [] }
            return state.waiters
        }
        for waiter in waiters { waiter.resume() }
    }

    private static func drain(_ part: LoopPart, _ time: Duration) async {
        await withCheckedContinuation { ended in
            part.loop.execute { part.server.value.drain(time) { ended.resume() } }
        }
    }

    /// Returns when a server that was started has stopped; at once otherwise.
    package func wait() async {
        await withCheckedContinuation { waiter in
            let isEnded = state.withLock { state in
                guard [.running, .changing, .stopping].contains(state.phase) else { return true }
                state.waiters.append(waiter)
                return false
            }
            if isEnded { waiter.resume() }
        }
    }
}
