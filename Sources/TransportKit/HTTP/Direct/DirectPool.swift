internal import Synchronization

/// The connections of one client on one loop that are made without libcurl, and the requests that wait for one.
// `@safe`: the buffer is made and freed here, and lent on the loop's thread only.
@safe final class DirectPool {
    /// The connections to one server.
    final class Host {
        let server: DirectTarget.Server
        /// Those that no exchange uses, the last used last.
        fileprivate(set) var idle: [DirectConnection] = []
        fileprivate(set) var open = 0
        /// How many exchanges wait for a connection to it.
        fileprivate var waiting = 0
        /// Which of the server's addresses answered last.
        var address = 0

        fileprivate init(_ server: DirectTarget.Server) {
            self.server = server
        }
    }

    /// The most bytes of one read.
    static let scratchSize = 64 * 1024

    let loop: EventLoop
    let configuration: HTTPClient.Configuration
    let figures: TransferFigures
    var routes = RouteCache()
    /// Where the head of a request is written; kept for its storage.
    var headBytes: [UInt8] = []

    private var hosts: [DirectTarget.Server: Host] = [:]
    private var connections: [ObjectIdentifier: DirectConnection] = [:]
    private var waiting: [DirectExchange] = []
    private var isServing = false
    private var idleCount = 0
    private var storage: UnsafeMutableRawBufferPointer?
    private var shutdownHook: EventLoop.ShutdownHook?
    private var isRetired = false

    /// Makes a pool; called from any thread, it touches nothing before the first request.
    init(loop: EventLoop, configuration: HTTPClient.Configuration, figures: TransferFigures) {
        self.loop = loop
        self.configuration = configuration
        self.figures = figures
    }

    deinit {
        unsafe storage?.deallocate()
    }

    /// What sockets are read into, all in turn: a stream that waits for its next piece holds no buffer.
    var scratch: UnsafeMutableRawBufferPointer {
        if let storage = unsafe storage { return unsafe storage }
        let storage = UnsafeMutableRawBufferPointer.allocate(byteCount: Self.scratchSize, alignment: 16)
        unsafe self.storage = unsafe storage
        return unsafe storage
    }

    // MARK: Requests

    func start(_ plan: RequestPlan, _ channel: TransferChannel, _ continuation: HeadContinuation) {
        guard prepare(), let target = plan.route.direct else {
            channel.finish(.failure(TransferErrors.notSent))
            unsafe continuation.resume(returning: .failure(TransferErrors.notSent))
            return
        }
        let exchange = unsafe DirectExchange(plan, to: target, channel, pool: self, continuation)
        guard channel.attach(exchange) else {
            unsafe continuation.resume(returning: .failure(TransferErrors.cancelled))
            return
        }
        figures.inFlight.add(1, ordering: .relaxed)
        exchange.begin()
    }

    /// Hears of the loop's end from now on; `false` if it has come.
    private func prepare() -> Bool {
        guard shutdownHook == nil else { return true }
        guard !loop.isStopping else { return false }
        shutdownHook = loop.onShutdown { [weak self] in self?.shutDown() }
        return true
    }

    /// Gives an exchange a connection, or lets it wait for one.
    ///
    /// - Parameters:
    ///   - exchange: It will be told.
    ///   - isFresh: Whether the connection must be a new one.
    func acquire(for exchange: DirectExchange, isFresh: Bool) {
        let host = host(of: exchange.target.server)
        // Who waits already comes first.
        let mustWait = host.waiting > 0 && !isFresh
        if !mustWait, let connection = connection(to: host, exchange.target, isFresh: isFresh) {
            connection.carry(exchange)
        } else {
            host.waiting += 1
            hosts[host.server] = host
            waiting.append(exchange)
        }
    }

    /// Forgets an exchange that waits for a connection.
    func stopWaiting(_ exchange: DirectExchange) {
        if let place = waiting.firstIndex(where: { $0 === exchange }) {
            removeWaiting(at: place)
            forgetIfUnused(host(of: exchange.target.server))
        }
        closeIfDone()
    }

    @discardableResult
    private func removeWaiting(at place: Int) -> DirectExchange {
        let exchange = waiting.remove(at: place)
        host(of: exchange.target.server).waiting -= 1
        return exchange
    }

    private func host(of server: DirectTarget.Server) -> Host {
        if let host = hosts[server] { return host }
        let host = Host(server)
        hosts[server] = host
        return host
    }

    private func forgetIfUnused(_ host: Host) {
        if host.open == 0, host.waiting == 0 { hosts[host.server] = nil }
    }

    /// A connection that no exchange uses, or a new one; `nil` if there may be no more.
    private func connection(to host: Host, _ target: DirectTarget, isFresh: Bool = false) -> DirectConnection? {
        if !isFresh, let connection = takeIdle(host) { return connection }
        return canOpen(host) ? open(host, target) : nil
    }

    private func takeIdle(_ host: Host) -> DirectConnection? {
        while let connection = host.idle.popLast() {
            idleCount -= 1
            if connection.isFit(at: loop.now) { return connection }
            connection.close()
        }
        return nil
    }

    private func canOpen(_ host: Host) -> Bool {
        guard host.open < max(1, configuration.maximumConnectionsPerHost) else { return false }
        if connections.count < max(1, configuration.maximumConnections) { return true }
        return closeOldestIdle()
    }

    private func open(_ host: Host, _ target: DirectTarget) -> DirectConnection {
        let connection = DirectConnection(host: host, target: target, pool: self)
        host.open += 1
        // Its last connection, too old to be used, may have been closed a moment ago.
        hosts[host.server] = host
        connections[ObjectIdentifier(connection)] = connection
        return connection
    }

    // MARK: After use

    /// Takes back a connection whose exchange is over.
    func keep(_ connection: DirectConnection) {
        guard !isRetired, shutdownHook != nil else { return connection.close() }
        connection.host.idle.append(connection)
        idleCount += 1
        if !waiting.isEmpty {
            serveSoon()
        } else if idleCount > max(1, configuration.maximumIdleConnections) {
            closeOldestIdle()
        }
    }

    @discardableResult
    private func closeOldestIdle() -> Bool {
        let oldest = hosts.values.compactMap(\.idle.first).min { $0.idleSince < $1.idleSince }
        guard let oldest else { return false }
        oldest.close()
        return true
    }

    /// A connection has been closed.
    func didClose(_ connection: DirectConnection) {
        let host = connection.host
        host.open -= 1
        if let place = host.idle.lastIndex(where: { $0 === connection }) {
            host.idle.remove(at: place)
            idleCount -= 1
        }
        forgetIfUnused(host)
        connections[ObjectIdentifier(connection)] = nil
        if !waiting.isEmpty { serveSoon() }
        closeIfDone()
    }

    /// Gives connections to those who wait, once what is going on is done.
    private func serveSoon() {
        guard !isServing else { return }
        isServing = true
        let bound = LoopBound(self, loop)
        loop.execute { bound.value.serve() }
    }

    private func serve() {
        isServing = false
        while let (exchange, connection) = takeServable() { connection.carry(exchange) }
    }

    /// Takes out the one who has waited longest of those for whom there is a connection.
    private func takeServable() -> (DirectExchange, DirectConnection)? {
        var full: Set<DirectTarget.Server> = []
        // How many wait for another server than those found full: mostly all wait for one.
        var left = waiting.count
        for place in waiting.indices where left > 0 {
            let target = waiting[place].target
            guard !full.contains(target.server) else { continue }
            let host = host(of: target.server)
            if let connection = connection(to: host, target) { return (removeWaiting(at: place), connection) }
            full.insert(target.server)
            left -= host.waiting
        }
        return nil
    }

    // MARK: Life

    /// Closes everything once no exchange is left; the client has gone.
    func retire() {
        isRetired = true
        for host in Array(hosts.values) {
            for connection in host.idle { connection.close() }
        }
        closeIfDone()
    }

    /// The loop stops: no exchange can go on.
    private func shutDown() {
        shutdownHook = nil
        for exchange in waiting { exchange.finish(.failure(TransferErrors.loopStopped)) }
        for connection in Array(connections.values) {
            connection.exchange?.finish(.failure(TransferErrors.loopStopped))
            connection.close()
        }
    }

    private func closeIfDone() {
        guard isRetired, connections.isEmpty, waiting.isEmpty, let hook = shutdownHook else { return }
        loop.removeShutdownHook(hook)
        shutdownHook = nil
    }
}
