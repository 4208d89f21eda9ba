internal import CLinux
internal import Glibc
internal import Synchronization
internal import TransportKit

/// The server's part on one loop: its connections and its libmicrohttpd.
final class LoopServer {
    let loop: EventLoop
    let responder: any HTTPResponder
    private(set) var limits: HTTPLimits
    let logger: Logger
    let counters: LoopCounters
    let bodies: BodyBudget
    /// The parts of all loops, this one too.
    var parts: [LoopPart] = []
    private(set) var isDraining = false
    private(set) var connections: [ObjectIdentifier: ServerConnection] = [:]
    private var daemon: MicroDaemon
    /// Those with less memory for a head, as long as they have connections.
    private var formerDaemons: [MicroDaemon] = []
    private let drops = MicroDaemon.Drops()
    /// Connections that the library may work on.
    private var active: [ServerConnection] = []
    private var isRunning = false
    private var isRunQueued = false
    var listeners: [Int32: BoundListener] = [:]
    private var acceptPause: EventLoop.Timer?
    /// Whether the last connection had one of the descriptors that are for everything else.
    private var isShort = false
    /// When a shortage was last told of.
    private var toldShortage: LoopInstant?
    private var drainTimer: EventLoop.Timer?
    private var whenEnded: (@Sendable () -> Void)?
    private var shutdownHook: EventLoop.ShutdownHook?
    private var heads = ResponseHeadWriter()
    /// Those that wait for a request.
    private var runners: [RequestRunner] = []
    private var hasEnded = false
    /// What is read from sockets.
    private var buffer = [UInt8](repeating: 0, count: bufferSize)
    /// Heads that are larger are the library's to read.
    static let bufferSize = 16 << 10
    private var maximumConnections: Int

    init(
        loop: EventLoop,
        responder: any HTTPResponder,
        limits: HTTPLimits,
        maximumConnections: Int,
        logger: Logger,
        counters: LoopCounters,
        bodies: BodyBudget
    ) throws(ListenError) {
        self.loop = loop
        self.responder = responder
        self.limits = limits
        self.maximumConnections = maximumConnections
        self.logger = logger
        self.counters = counters
        self.bodies = bodies
        guard let daemon = Self.makeDaemon(limits, drops) else {
            throw ListenError("the system refused memory or descriptors for the HTTP server; see `ulimit -n`")
        }
        self.daemon = daemon
        do {
            try loop.watch(daemon.epollDescriptor, for: .readable) { [unowned self] _ in run() }
        } catch {
            throw ListenError("the event loop cannot watch the HTTP server: \(error)")
        }
        shutdownHook = loop.onShutdown { [unowned self] in cut() }
    }

    private static func makeDaemon(_ limits: HTTPLimits, _ drops: MicroDaemon.Drops) -> MicroDaemon? {
        // The limit is kept here, over all loops; the library's own would close connections without a word.
        MicroDaemon(headBytes: limits.headBytes, connections: Int(UInt32.max), drops: drops)
    }

    /// Takes what other limits allow from now on.
    func adopt(_ limits: HTTPLimits, maximumConnections: Int) {
        self.limits = limits
        self.maximumConnections = maximumConnections
        // Its memory for a head was settled when the library was started.
        guard limits.headBytes > daemon.headBytes else { return }
        guard let larger = Self.makeDaemon(limits, drops),
            (try? loop.watch(larger.epollDescriptor, for: .readable) { [unowned self] _ in run() }) != nil
        else {
            self.limits.headBytes = daemon.headBytes
            logger.error("Larger heads cannot be taken: the system refused memory or descriptors; see `ulimit -n`")
            return
        }
        formerDaemons.append(daemon)
        daemon = larger
        endFormerDaemons()
    }

    private func endFormerDaemons() {
        for former in formerDaemons where former.connections == 0 { end(former) }
        formerDaemons.removeAll { $0.connections == 0 }
    }

    private func end(_ daemon: MicroDaemon) {
        loop.unwatch(daemon.epollDescriptor)
        daemon.stop()
    }

    // MARK: Accepting

    /// Accepts connections from a listening socket, which stays its owner's.
    func listen(_ descriptor: Int32, as bound: BoundListener) {
        listeners[descriptor] = bound
        // Where nobody looks for a moment, all are watched after it.
        if acceptPause == nil { watchListener(descriptor) }
    }

    private func watchListener(_ descriptor: Int32) {
        // Exclusive: of the loops that share a Unix socket not all are woken for one connection.
        let exclusive = EventLoop.Events(rawValue: EPOLLEXCLUSIVE.rawValue)
        do {
            try loop.watch(descriptor, for: [.readable, exclusive]) { [unowned self] _ in acceptSome(descriptor) }
        } catch {
            logger.error("A listening socket cannot be watched", metadata: ["error": .string(error.description)])
        }
    }

    private static let acceptsPerTurn = 16
    private static let refusalsAtOnce = 128

    private func acceptSome(_ listener: Int32) {
        guard let bound = listeners[listener] else { return }
        let listenerName = bound.address.place
        if isShort {
            guard DescriptorReserve.hasRoom(copying: listener) else { return pauseAccepting(EMFILE) }
            isShort = false
        }
        for _ in 0..<Self.acceptsPerTurn {
            switch AcceptedSocket.accept(from: listener, role: bound.role, at: listenerName) {
            case .socket(let socket):
                isShort = !DescriptorReserve.allows(socket.descriptor, for: .caller)
                place(socket)
                if isShort { return pauseAccepting(EMFILE) }
            case .none: return
            case .exhausted(let code):
                pauseAccepting(code)
                return
            }
        }
    }

    /// The kernel keeps reporting a connection that cannot be accepted for want of descriptors or memory; so nobody looks
    /// for a moment.
    private func pauseAccepting(_ code: Int32) {
        guard acceptPause == nil else { return }
        tellShortage(code)
        for descriptor in listeners.keys { loop.unwatch(descriptor) }
        acceptPause = loop.schedule(afterSystemTime: .milliseconds(100)) { [unowned self] in
            acceptPause = nil
            for descriptor in listeners.keys { watchListener(descriptor) }
        }
    }

    /// Tells of a shortage when it begins, and then once in ten seconds: not ten times in one.
    private func tellShortage(_ code: Int32) {
        let now = loop.now
        if let toldShortage, now < toldShortage.advanced(by: .seconds(10)) { return }
        toldShortage = now
        logger.warning(
            "No connection can be accepted for a moment: raise the limit on open files (ulimit -n), or lower max_connections",
            metadata: ["error": .string(errorText(code)), "connections": "\(connections.count)"]
        )
    }

    /// Gives a new connection to the loop that has the fewest; the kernel's choice alone can leave a loop idle.
    func place(_ socket: AcceptedSocket) {
        var target = self.counters
        var part: LoopPart?
        var total = 0
        for other in parts {
            let count = other.counters.connections.load(ordering: .relaxed)
            total += count
            if count + 1 < target.connections.load(ordering: .relaxed) { (target, part) = (other.counters, other) }
        }
        target.connections.add(1, ordering: .relaxed)
        target.accepted.add(1, ordering: .relaxed)
        let isFull = total >= maximumConnections
        if total >= maximumConnections + Self.refusalsAtOnce {
            // Telling all of a flood that there is no room would take more of what there is too little of.
            target.connections.subtract(1, ordering: .relaxed)
            target.refused.add(1, ordering: .relaxed)
            close(socket.descriptor)
            return
        }
        guard let part else { return open(socket, isFull: isFull) }
        part.loop.execute { part.server.value.open(socket, isFull: isFull) }
    }

    private func open(_ socket: AcceptedSocket, isFull: Bool) {
        let connection = ServerConnection(socket.descriptor, peer: socket.peer, server: self)
        guard !isDraining || whenEnded != nil else {
            close(socket.descriptor)
            counters.connections.subtract(1, ordering: .relaxed)
            return
        }
        connections[ObjectIdentifier(connection)] = connection
        do { try connection.watch() } catch { return connection.finish() }
        if isFull { return connection.refuse(.full) }
        if isDraining { return connection.refuse(.stopping) }
        connection.setDeadline(after: limits.idleTime)
    }

    // MARK: Answering

    /// Each keeps the memory that its last request needed.
    private static let maximumRunners = 32

    /// Has the request of a connection answered.
    ///
    /// - Returns: The task that does it.
    func answer(_ connection: ServerConnection) -> Task<Void, Never> {
        // The one that worked last: the processor still knows its memory.
        let runner = runners.popLast() ?? RequestRunner(loop)
        return runner.run(connection)
    }

    /// Takes back what has answered a request.
    ///
    /// - Returns: Whether it is to wait for another.
    func keep(_ runner: RequestRunner) -> Bool {
        guard !hasEnded, runners.count < Self.maximumRunners else { return false }
        runners.append(runner)
        return true
    }

    // MARK: The library

    /// Lets the library have a connection; if it cannot, the socket is closed.
    func handToLibrary(_ connection: ServerConnection) {
        guard daemon.adopt(connection.descriptor, for: connection) else { return connection.libraryClosed() }
        connection.handle(.readable)
    }

    /// Makes the library close its side of a connection.
    func dropLibrary(of connection: ServerConnection) {
        guard connection.library != nil else { return }
        connection.resume()
        connection.library = nil
        drops.expect()
        if isActiveNow(connection) { active.removeAll { $0 === connection } }
        run()
    }

    private func isActiveNow(_ connection: ServerConnection) -> Bool {
        defer { connection.isActive = false }
        return connection.isActive
    }

    /// Lets the library work, on a connection if one is given, until it has no more to do.
    func run(_ connection: ServerConnection? = nil) {
        if let connection, connection.library != nil, !connection.isActive {
            connection.resume()
            connection.isActive = true
            active.append(connection)
        }
        // Called back from the library: the loop below goes on.
        guard !isRunning else { return }
        isRunning = true
        var turns = 0
        repeat {
            let current = active.count == 1 ? active[0] : nil
            daemon.current = current
            daemon.run()
            for former in formerDaemons {
                former.current = current
                former.run()
            }
            turns += 1
        } while settle(turns) && turns < Self.turnsAtOnce
        isRunning = false
        daemon.current = nil
        if !formerDaemons.isEmpty { endFormerDaemons() }
        if turns == Self.turnsAtOnce, !active.isEmpty || drops.count > 0 { queueRun() }
    }

    /// A large body must not keep other connections waiting.
    private static let turnsAtOnce = 16

    private func queueRun() {
        guard !isRunQueued else { return }
        isRunQueued = true
        let bound = LoopBound(self, loop)
        loop.execute {
            bound.value.isRunQueued = false
            bound.value.run()
        }
    }

    /// Takes from the library what it has nothing to do for.
    ///
    /// - Returns: Whether it has to run again.
    private func settle(_ turns: Int) -> Bool {
        var mustRun = drops.count > 0
        var index = 0
        while index < active.count {
            let connection = active[index]
            switch connection.state.phase {
            case .idle where connection.library != nil, .receiving where connection.library != nil:
                if connection.state.isPeerGone || connection.unread > 0 {
                    mustRun = true
                    index += 1
                    continue
                }
                connection.suspend()
                if connection.state.phase == .receiving || connection.hasArrived { connection.setRequestDeadline() }
            case .writing where connection.library != nil:
                // The library sends an answer in one turn and sees in the next that it is sent; if it still is not then, the
                // socket is full and the library's epoll tells when it is not.
                if turns < 2 { mustRun = true } else { connection.startWaitingForRoom() }
                index += 1
                continue
            default: break
            }
            connection.isActive = false
            active.remove(at: index)
        }
        return mustRun
    }

    func forget(_ connection: ServerConnection) {
        if connection.isActive {
            connection.isActive = false
            active.removeAll { $0 === connection }
        }
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.connections.subtract(1, ordering: .relaxed)
        if isDraining, connections.isEmpty { queueEnd() }
    }

    // MARK: Stopping

    /// Accepts no more; the listening sockets may be closed afterwards.
    func stopListening() {
        for descriptor in listeners.keys { loop.unwatch(descriptor) }
        listeners = [:]
        if let acceptPause { loop.cancel(acceptPause) }
        acceptPause = nil
    }

    /// Lets requests in flight end, and stops what is left after a time.
    func drain(_ time: Duration, whenEnded: @escaping @Sendable () -> Void) {
        self.whenEnded = whenEnded
        isDraining = true
        for connection in connections.values { connection.handle(.drain) }
        if connections.isEmpty { return queueEnd() }
        drainTimer = loop.schedule(after: time) { [unowned self] in
            drainTimer = nil
            stopAnswers()
        }
    }

    /// How long answers have to say that they are not whole.
    private static let grace = Duration.milliseconds(500)

    private func stopAnswers() {
        responder.cut()
        drainTimer = loop.schedule(after: Self.grace) { [unowned self] in
            drainTimer = nil
            cut()
        }
        for connection in connections.values { connection.handle(.stop) }
    }

    private func cut() {
        isDraining = true
        for connection in connections.values { connection.handle(.cut) }
        if connections.isEmpty { queueEnd() }
    }

    /// Not at once: the library may be running.
    private func queueEnd() {
        let bound = LoopBound(self, loop)
        loop.execute { bound.value.end() }
    }

    private func end() {
        guard connections.isEmpty else { return }
        hasEnded = true
        for runner in runners { runner.end() }
        runners = []
        var turns = 0
        while drops.count > 0, turns < 64 {
            for daemon in formerDaemons + [daemon] { daemon.run() }
            turns += 1
        }
        if let drainTimer { loop.cancel(drainTimer) }
        drainTimer = nil
        if let shutdownHook { loop.removeShutdownHook(shutdownHook) }
        shutdownHook = nil
        for daemon in formerDaemons + [daemon] { end(daemon) }
        formerDaemons = []
        // These hold this object too.
        parts = []
        let whenEnded = whenEnded
        self.whenEnded = nil
        whenEnded?()
    }

    // MARK: For connections

    /// Makes the head of an answer that is sent without the library.
    func withHead<Result>(
        of response: GatewayResponse,
        framing: ResponseHead.Framing,
        closes: Bool,
        _ body: (UnsafeRawBufferPointer) -> Result
    ) -> Result {
        heads.make(response, framing: framing, closes: closes)
        return unsafe heads.withBytes(body)
    }

    /// What stands at the beginning of a socket's buffer.
    enum Arrival {
        case nothing
        /// The peer sends no more, or is gone.
        case end
        /// A plain request, and how many bytes have come, at most as many as the buffer has.
        case request(PlainHead, count: Int)
        /// Anything else.
        case other
    }

    /// Looks at what has come, and leaves it there.
    func look(at descriptor: Int32) -> Arrival {
        let count = receive(descriptor, Self.bufferSize, Int32(MSG_PEEK))
        guard count > 0 else { return count < 0 && (errno == EAGAIN || errno == EINTR) ? .nothing : .end }
        let head = unsafe buffer.withUnsafeBufferPointer { bytes in
            PlainHead(unsafe bytes.span.extracting(0..<count), limits: limits)
        }
        return head.map { .request($0, count: count) } ?? .other
    }

    /// Reads into the buffer; returns what `recv` does.
    func read(_ descriptor: Int32, upTo count: Int) -> Int {
        receive(descriptor, count, 0)
    }

    private func receive(_ descriptor: Int32, _ count: Int, _ flags: Int32) -> Int {
        unsafe buffer.withUnsafeMutableBytes { unsafe recv(descriptor, $0.baseAddress, min(count, $0.count), flags) }
    }

    /// Calls a closure with what was read last.
    func withBuffer<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        unsafe buffer.withUnsafeBytes { unsafe body($0) }
    }
}

/// How other threads reach the server's part on a loop.
struct LoopPart: Sendable {
    let loop: EventLoop
    let counters: LoopCounters
    let server: LoopBound<LoopServer>
}
