internal import CLinux
internal import Glibc
internal import Synchronization
internal import TransportKit

/// The server's part on one loop: its connections, and what accepts and serves them.
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
    /// What parses the requests that this server does not.
    let library: LibraryTurns
    private lazy var acceptor = ConnectionAcceptor(loop: loop, logger: logger, counters: counters) { [unowned self] in
        place($0)
    }
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
        library = try LibraryTurns(on: loop, headBytes: limits.headBytes, logger: logger)
        shutdownHook = loop.onShutdown { [unowned self] in cut() }
    }

    /// Takes what other limits allow from now on.
    func adopt(_ limits: HTTPLimits, maximumConnections: Int) {
        self.limits = limits
        self.maximumConnections = maximumConnections
        self.limits.headBytes = library.makeRoom(forHeadOf: limits.headBytes)
    }

    // MARK: Accepting

    private static let refusalsAtOnce = 128

    /// Accepts connections from a listening socket, which stays its owner's.
    func listen(_ descriptor: Int32, as bound: BoundListener) { acceptor.listen(descriptor, as: bound) }

    /// Goes on at other listeners; those that are closed stay their owner's to close.
    func change(_ change: ListenerChange) { acceptor.change(change) }

    /// Accepts no more; the listening sockets may be closed afterwards.
    func stopListening() { acceptor.stop() }

    /// Ends connections whose listener is gone or serves other paths now, each with the answer that runs.
    ///
    /// - Parameter refusesBegun: Whether a request that has begun to come is refused.
    func retireStrays(refusesBegun: Bool) {
        // Few, so that looking through them costs less than a set.
        let present = acceptor.listeners.values.map { ($0.address.place, $0.role) }
        for connection in connections.values {
            let peer = connection.peer
            guard !present.contains(where: { $0.0 == peer.listener && $0.1 == peer.role }) else { continue }
            connection.handle(refusesBegun ? .drain : .retire(hasUnread: connection.unread > 0))
        }
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

    func forget(_ connection: ServerConnection) {
        library.forget(connection)
        guard connections.removeValue(forKey: ObjectIdentifier(connection)) != nil else { return }
        counters.connections.subtract(1, ordering: .relaxed)
        if isDraining, connections.isEmpty { queueEnd() }
    }

    // MARK: Stopping

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
        library.end()
        if let drainTimer { loop.cancel(drainTimer) }
        drainTimer = nil
        if let shutdownHook { loop.removeShutdownHook(shutdownHook) }
        shutdownHook = nil
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
