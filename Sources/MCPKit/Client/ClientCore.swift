internal import TransportKit

/// Resumed once, with a connection or the reason that there is none.
typealias ConnectionContinuation = CheckedContinuation<Result<MCPConnection, MCPError>, Never>

/// The part of a client that only its loop touches: which connection there is, and who makes the next one when.
final class ClientCore {
    /// Who waits for a connection.
    final class Waiter {
        var isCancelled = false
    }

    /// Longer than this nobody is kept waiting for a server that is not to be started yet.
    private static let longestWait = Duration.seconds(5)

    let loop: EventLoop
    /// Where callers on any thread find the connection.
    let current: Shared
    var cache = ResponseCache()
    var listeners = ListenerTable()
    private(set) var starts = 0
    /// How many tasks at the server somebody waits for.
    var tasksFollowed = 0

    private let connector: Connector
    private let policy: MCPServerConfiguration.Policy
    private let pingInterval: Duration?
    private var memory = EraDetection.Memory.nothing
    private let throttle: SharedRestartThrottle
    private var waiters: [(Waiter, ConnectionContinuation)] = []
    private var flight: Task<Void, Never>?
    private var flightTimer: EventLoop.Timer?
    private var idleTimer: EventLoop.Timer?
    private var watch: ConnectionWatch?
    private var connectedSince: LoopInstant?
    /// What is told to those who come while the server is not to be started.
    private var lastFailure: MCPError?
    private var cleanups: [Int: Task<Void, Never>] = [:]
    private var cleanupNumber = 0
    private var isClosed = false

    final class Shared: Sendable {
        let connection = Locked<MCPConnection?>(nil)
    }

    init(_ connector: Connector, policy: MCPServerConfiguration.Policy, pingInterval: Duration? = nil) {
        self.connector = connector
        self.policy = policy
        self.pingInterval = pingInterval
        loop = connector.loop
        throttle = connector.handlers.relay?.throttle ?? SharedRestartThrottle()
        current = Shared()
    }

    var connection: MCPConnection? { current.connection.withLock { $0 } }

    var age: Duration? { connectedSince.map { $0.duration(to: loop.now) } }
    var failures: Int { throttle.failures }

    func remember(_ memory: EraDetection.Memory) {
        self.memory = memory
    }

    // MARK: Waiting for a connection

    func join(_ waiter: Waiter, _ continuation: ConnectionContinuation) {
        if let connection { return continuation.resume(returning: .success(connection)) }
        if waiter.isCancelled { return continuation.resume(returning: .failure(Self.cancelled)) }
        if isClosed {
            return continuation.resume(returning: .failure(Self.clientIsClosed))
        }
        let wait = flight == nil ? throttle.wait(at: loop.now) : .zero
        guard wait <= Self.longestWait else {
            return continuation.resume(returning: .failure(notYet(wait)))
        }
        waiters.append((waiter, continuation))
        guard flight == nil, flightTimer == nil else { return }
        guard wait > .zero else { return takeOff() }
        flightTimer = loop.schedule(after: wait) { [weak self] in self?.takeOff() }
    }

    func leave(_ waiter: Waiter) {
        waiter.isCancelled = true
        guard let index = waiters.firstIndex(where: { $0.0 === waiter }) else { return }
        waiters.remove(at: index).1.resume(returning: .failure(Self.cancelled))
    }

    private func notYet(_ wait: Duration) -> MCPError {
        let last = lastFailure ?? MCPError(.closed, "the server ended")
        let times = "it ended or failed \(throttle.failures) times in a row and is not tried again for \(wait)"
        var error = MCPError(last.code, "\(last.message); \(times)", status: last.status)
        error.retryAfter = wait
        return error
    }

    static let clientIsClosed = MCPError(.closed, "the client is closed")
    private static let cancelled = MCPError(.cancelled, "waiting for the server was cancelled")

    private func resumeWaiters(_ result: Result<MCPConnection, MCPError>) {
        let all = waiters
        waiters = []
        for (_, continuation) in all { continuation.resume(returning: result) }
    }

    // MARK: A connection for one call

    /// How long a call that makes its own connection has to wait before that.
    func admission() -> Result<Duration, MCPError> {
        if isClosed { return .failure(Self.clientIsClosed) }
        let wait = throttle.wait(at: loop.now)
        return wait <= Self.longestWait ? .success(wait) : .failure(notYet(wait))
    }

    func beginOwnConnection() -> EraDetection.Memory {
        starts += 1
        return memory
    }

    /// A call with a connection of its own is over.
    ///
    /// - Parameters:
    ///   - connection: The connection, if there was one.
    ///   - error: What the call ended with, if it failed.
    func endOwnConnection(_ connection: MCPConnection?, _ error: MCPError?) {
        if let connection { remember(connection.memory) }
        if let error, connection == nil || error.code == .closed {
            guard error.code != .cancelled else { return }
            lastFailure = error
            throttle.failed(at: loop.now)
        } else {
            throttle.succeeded()
        }
    }

    // MARK: Connecting

    private func takeOff() {
        starts += 1
        flightTimer = loop.schedule(after: connector.timeouts.connect) { [weak self] in self?.connectingTakesTooLong() }
        let (connector, memory, bound) = (connector, memory, LoopBound(self, loop))
        // Owned here: ended by the time limit and by the end of the client.
        flight = Task(executorPreference: loop) {
            let outcome = await connector.connect(memory) { bound.value.sessionHandlers() }
            bound.value.landed(outcome.result)
            if case .failure = outcome.result { await outcome.session?.close() }
            bound.value.flightIsOver(outcome)
        }
    }

    private func sessionHandlers() -> SessionHandlers {
        let bound = LoopBound(WeakCore(self), loop)
        let (handlers, name) = (connector.handlers, connector.name)
        return SessionHandlers(
            request: { method, params in await handlers.answer(method, params, server: name) },
            notification: { method, params in bound.value.core?.notified(method, params, handlers) },
            ended: { error in bound.value.core?.ended(error) }
        )
    }

    private final class WeakCore {
        weak var core: ClientCore?
        init(_ core: ClientCore) { self.core = core }
    }

    private func connectingTakesTooLong() {
        flightTimer = nil
        flight?.cancel()
        throttle.failed(at: loop.now)
        let error = MCPError(.timeout, "no connection within \(connector.timeouts.connect)")
        lastFailure = error
        connector.handlers.relay?.failed(error)
        resumeWaiters(.failure(error))
    }

    private func landed(_ result: Result<MCPConnection, MCPError>) {
        let wasInTime = flightTimer != nil
        if let flightTimer { loop.cancel(flightTimer) }
        flightTimer = nil
        switch result {
        case .success(let connection):
            guard wasInTime, !isClosed else { return cleanUp(connection.session) }
            memory = connection.memory
            connectedSince = loop.now
            current.connection.withLock { $0 = connection }
            startWatch(connection)
            connector.handlers.relay?.connected(connection.agreement)
        case .failure(let error) where wasInTime:
            lastFailure = error
            throttle.failed(at: loop.now)
            connector.handlers.relay?.failed(error)
        case .failure: break
        }
        if isClosed {
            resumeWaiters(.failure(Self.clientIsClosed))
        } else if wasInTime {
            resumeWaiters(result)
        }
    }

    private func flightIsOver(_ outcome: Connector.Outcome) {
        flight = nil
        // Who came while a session that led nowhere was being closed.
        guard !waiters.isEmpty else { return }
        let all = waiters
        waiters = []
        for (waiter, continuation) in all { join(waiter, continuation) }
    }

    // MARK: The end of a connection

    /// The session ended.
    ///
    /// While connecting, the flight sees to it.
    private func ended(_ error: MCPError?) {
        guard let connection else { return }
        current.connection.withLock { $0 = nil }
        if let error, let connectedSince {
            lastFailure = error
            throttle.ended(at: loop.now, since: connectedSince)
            connector.logger.notice(
                "MCP connection ended",
                metadata: ["mcp.server": .string(connector.name), "error": .string(error.message)]
            )
        }
        connectedSince = nil
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        watch = nil
        cache.removeAll()
        listeners.connectionEnded()
        connector.handlers.relay?.ended(error)
        cleanUp(connection.session)
    }

    private func cleanUp(_ session: MCPSession) {
        runErrand { await session.close() }
    }

    /// Does what is still to be done when nobody waits for it; the client's end does.
    @discardableResult
    func runErrand(_ body: @escaping @Sendable () async -> Void) -> Task<Void, Never> {
        cleanupNumber += 1
        let (number, bound) = (cleanupNumber, LoopBound(self, loop))
        // Owned by the table.
        let errand = Task(executorPreference: loop) {
            await body()
            bound.value.cleanups[number] = nil
        }
        cleanups[number] = errand
        return errand
    }

    private func startWatch(_ connection: MCPConnection) {
        guard case .persistent(let idleClose) = policy else { return }
        watch = ConnectionWatch(
            idleClose: idleClose,
            // In the stateless era a connection says nothing about a server.
            pingInterval: connection.version.isStateless ? nil : pingInterval,
            at: loop.now
        )
        look(at: connection)
    }

    private func look(at connection: MCPConnection) {
        guard self.connection === connection else { return }
        let isKept = !listeners.isEmpty || tasksFollowed > 0
        switch watch?.look(connection.session.currentFigures, isKept: isKept, at: loop.now) {
        case .look(let delay): idleTimer = loop.schedule(after: delay) { [weak self] in self?.look(at: connection) }
        case .ping:
            ping(connection)
            look(at: connection)
        case .close: disconnect()
        case .rest, nil: break
        }
    }

    private func ping(_ connection: MCPConnection) {
        let bound = LoopBound(WeakCore(self), loop)
        runErrand {
            do throws(MCPError) {
                _ = try await connection.request("ping", [:], options: MCPRequestOptions())
                bound.value.core?.pinged(connection, isAnswered: true)
            } catch {
                // A refusal is a sign of life.
                bound.value.core?.pinged(connection, isAnswered: error.code == .request)
            }
        }
    }

    private func pinged(_ connection: MCPConnection, isAnswered: Bool) {
        guard self.connection === connection, var watch else { return }
        let isDead = watch.pinged(isAnswered: isAnswered, connection.session.currentFigures)
        self.watch = watch
        if isDead { return ended(MCPError(.closed, "the server gave no sign of life")) }
        if let idleTimer { loop.cancel(idleTimer) }
        look(at: connection)
    }

    /// Closes the connection, quietly; the next call makes another.
    func disconnect() {
        guard connection != nil else { return }
        ended(nil)
    }

    /// Ends everything; returns the tasks to wait for.
    func close() -> [Task<Void, Never>] {
        isClosed = true
        flight?.cancel()
        disconnect()
        listeners.closeAll()
        if flight == nil {
            if let flightTimer { loop.cancel(flightTimer) }
            flightTimer = nil
            resumeWaiters(.failure(Self.clientIsClosed))
        }
        return Array(cleanups.values) + (flight.map { [$0] } ?? [])
    }
}
