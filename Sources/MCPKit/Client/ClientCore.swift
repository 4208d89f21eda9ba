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

    private let connector: Connector
    private let policy: MCPServerConfiguration.Policy
    private var memory = EraDetection.Memory.nothing
    private var throttle = RestartThrottle()
    private var generator = SystemRandomNumberGenerator()
    private var waiters: [(Waiter, ConnectionContinuation)] = []
    private var flight: Task<Void, Never>?
    private var flightTimer: EventLoop.Timer?
    private var idleTimer: EventLoop.Timer?
    private var connectedSince: LoopInstant?
    /// What is told to those who come while the server is not to be started.
    private var lastFailure: String?
    private var cleanups: [Int: Task<Void, Never>] = [:]
    private var cleanupNumber = 0
    private var isClosed = false

    final class Shared: Sendable {
        let connection = Locked<MCPConnection?>(nil)
    }

    init(_ connector: Connector, policy: MCPServerConfiguration.Policy) {
        self.connector = connector
        self.policy = policy
        loop = connector.loop
        current = Shared()
    }

    var connection: MCPConnection? { current.connection.withLock { $0 } }

    var age: Duration? { connectedSince.map { $0.duration(to: loop.now) } }
    var failures: Int { throttle.failures }
    var knownEra: EraDetection.Memory { memory }

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
            let last = lastFailure.map { "; the last time: \($0)" } ?? ""
            let times = "it ended or failed \(throttle.failures) times in a row"
            let text = "\(times) and is not tried again for \(wait)\(last)"
            return continuation.resume(returning: .failure(MCPError(.limit, text)))
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

    static let clientIsClosed = MCPError(.closed, "the client is closed")
    private static let cancelled = MCPError(.cancelled, "waiting for the server was cancelled")

    private func resumeWaiters(_ result: Result<MCPConnection, MCPError>) {
        let all = waiters
        waiters = []
        for (_, continuation) in all { continuation.resume(returning: result) }
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
        throttle.failed(at: loop.now, using: &generator)
        let error = MCPError(.timeout, "no connection within \(connector.timeouts.connect)")
        lastFailure = error.message
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
            startIdleTimer()
        case .failure(let error) where wasInTime:
            lastFailure = error.message
            throttle.failed(at: loop.now, using: &generator)
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
            lastFailure = error.message
            throttle.ended(at: loop.now, since: connectedSince, using: &generator)
            connector.logger.notice(
                "MCP connection ended",
                metadata: ["mcp.server": .string(connector.name), "error": .string(error.message)]
            )
        }
        connectedSince = nil
        if let idleTimer { loop.cancel(idleTimer) }
        idleTimer = nil
        cache.removeAll()
        listeners.connectionEnded()
        cleanUp(connection.session)
    }

    private func cleanUp(_ session: MCPSession) {
        cleanupNumber += 1
        let (number, bound) = (cleanupNumber, LoopBound(self, loop))
        // Owned by the table; the client's end waits for it.
        cleanups[number] = Task(executorPreference: loop) {
            await session.close()
            bound.value.cleanups[number] = nil
        }
    }

    private func startIdleTimer() {
        guard case .persistent(let limit?) = policy, let connection else { return }
        armIdleTimer(connection, limit, after: limit)
    }

    private func armIdleTimer(_ connection: MCPConnection, _ limit: Duration, after delay: Duration) {
        let bound = LoopBound(WeakCore(self), loop)
        idleTimer = loop.schedule(after: delay) {
            // Owned by nobody, and over as soon as the loop has looked.
            Task(executorPreference: bound.loop) {
                let figures = await connection.session.figures()
                bound.value.core?.checkIdle(connection, limit, figures)
            }
        }
    }

    private func checkIdle(_ connection: MCPConnection, _ limit: Duration, _ figures: SessionFigures) {
        guard self.connection === connection else { return }
        let idle = figures.lastActivity.duration(to: loop.now)
        guard idle >= limit, figures.pending == 0, listeners.isEmpty else {
            return armIdleTimer(connection, limit, after: max(limit - idle, .milliseconds(100)))
        }
        disconnect()
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
