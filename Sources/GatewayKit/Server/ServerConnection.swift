internal import CLinux
internal import Glibc
internal import Synchronization
internal import TransportKit

/// One connection of a caller; it lives on its loop.
///
/// Plain requests are read and answered here. A connection with any other is the library's from then on, while requests come
/// and while answers go whose bytes are all there. For a streamed answer, and for the last answer of a connection, the
/// socket is taken from it: an open stream then costs none of the library's memory, and its pieces are written straight to
/// the socket.
final class ServerConnection {
    let server: LoopServer
    let peer: Peer
    /// The socket; -1 once it is closed.
    private(set) var descriptor: Int32
    /// The library's side, while it has the socket.
    var library: MicroConnection?
    /// Whether the library may work on the connection at any time.
    var isActive = false
    private var isSuspended = false
    /// Whether something came since the last whole request.
    var hasArrived = false
    /// Whether something may have come that nobody has looked at since, and that will not be told of again.
    var mayHaveMore = false
    /// Whether the peer has said that nothing more comes, so that a read that leaves room is not the last.
    var hasPeerClosed = false
    private(set) var state = ConnectionState()
    private(set) var assembly = RequestAssembly()
    /// A request until its task begins.
    private var whole: RequestAssembly.Whole?
    /// What answers the request; the connection cancels it when it closes.
    var task: Task<Void, Never>?
    /// A streamed answer until its task begins.
    var begun: GatewayResponse?
    var writer: SocketWriter
    /// The task of a stream that waits for room in the socket's buffer.
    var waiter: CheckedContinuation<Void, Never>?
    var lastWritten = LoopInstant(nanoseconds: 0)
    var keepAliveTimer: EventLoop.Timer?
    /// Whether the connection ends with the answer that is being sent.
    var closesAfterAnswer = false

    private var timer: EventLoop.Timer?
    private var timerDeadline = LoopInstant(nanoseconds: 0)
    private var deadline = LoopInstant(nanoseconds: 0)
    private var isDeadlineSet = false
    /// Whether the deadline is that of a request which has begun to come.
    private var isRequestTimed = false
    private var isWaitingForRoom = false
    /// Bytes of requests since the library got the socket, for comparison with what it has read.
    private var parsed = 0
    private var receivedBefore: UInt64 = 0
    private var discarded = 0

    init(_ descriptor: Int32, peer: Peer, server: LoopServer) {
        self.descriptor = descriptor
        self.peer = peer
        self.server = server
        writer = SocketWriter(descriptor)
    }

    var loop: EventLoop { server.loop }

    // MARK: The socket

    /// Watches the socket, for all of the time that it is open: the watch is edge-triggered and costs nothing a request.
    func watch() throws(TransportError) {
        let edges = EventLoop.Events(rawValue: EPOLLET.rawValue)
        try loop.watch(descriptor, for: [.readable, .writable, .peerClosed, edges]) { [unowned self] events in
            happened(events)
        }
    }

    private static let peerLeft: EventLoop.Events = [.peerClosed, .hungUp, .failed]

    private func happened(_ events: EventLoop.Events) {
        if events.contains(.writable) {
            // The peer reads, though perhaps slowly.
            if isWaitingForRoom { setDeadline(after: server.limits.idleTime) }
            if writer.isBlocked { flush() }
        }
        if !events.isDisjoint(with: Self.peerLeft) {
            hasPeerClosed = true
            perform(state.handle(.peerLeft))
        } else if events.contains(.readable) {
            mayHaveMore = true
            perform(state.handle(.readable))
        }
    }

    /// Bytes that have come and that nobody has read.
    var unread: Int {
        var count: Int32 = 0
        return unsafe plex_bytes_waiting(descriptor, &count) == 0 ? Int(count) : 0
    }

    /// Takes the socket from the library under another descriptor: the library closes its own without shutting the
    /// connection down (`MHD_USE_TURBO`).
    ///
    /// - Returns: Whether it worked; the process may be out of descriptors.
    func takeSocket() -> Bool {
        guard library != nil else { return true }
        let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
        guard copy >= 0 else { return false }
        let ours = descriptor
        descriptor = copy
        do {
            try watch()
        } catch {
            descriptor = ours
            close(copy)
            return false
        }
        loop.unwatch(ours)
        writer = SocketWriter(copy)
        server.library.drop(self)
        return true
    }

    /// Whether the library had read nothing beyond the requests that it has handed over, when it has just lost the socket.
    ///
    /// What it had read beyond would be lost, so such a connection must not go on. TCP counts what has come; Unix sockets
    /// do not.
    var hasNothingBuffered: Bool {
        guard case .tcp = peer.address, let count = Self.received(descriptor) else { return false }
        return count - UInt64(unread) == receivedBefore + UInt64(parsed)
    }

    private static func received(_ descriptor: Int32) -> UInt64? {
        var count: UInt64 = 0
        return unsafe plex_tcp_received(descriptor, &count) == 0 ? count : nil
    }

    /// Leaves the socket to the library, whose business the next request is.
    func handToLibrary() {
        receivedBefore += UInt64(parsed)
        parsed = 0
        server.library.take(self)
    }

    // MARK: What the library tells

    func requestBegan(target: [UInt8]) {
        begin(RequestAssembly(target: target))
    }

    func begin(_ assembly: consuming RequestAssembly) {
        self.assembly = assembly
        handle(.requestBegan)
    }

    /// - Returns: Whether the library shall go on with the request.
    func receivedHead(method: String, at start: UInt, isOld: Bool) -> Bool {
        guard let library else { return false }
        let reason = assembly.takeHead(
            method: method,
            at: start,
            isOld: isOld,
            library: library,
            limits: server.limits
        )
        if let reason {
            refuse(reason)
            return false
        }
        return true
    }

    func received(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if let reason = unsafe takeBody(bytes) {
            refuse(reason)
            return false
        }
        return true
    }

    /// - Returns: Why the request is turned away; `nil` if it is not.
    func takeBody(_ bytes: UnsafeRawBufferPointer) -> HTTPRefusal.Reason? {
        unsafe assembly.takeBody(bytes, limits: server.limits, budget: server.bodies)
    }

    func receivedAll() -> Bool {
        perform(state.handle(.requestWhole))
        return library != nil
    }

    func requestEnded(isWritten: Bool) {
        guard isWritten else { return }
        stopWaitingForRoom()
        // A connection that cannot be used again is closed by the library next.
        perform(state.handle(.answerWritten))
    }

    func libraryRefused(status: Int) {
        switch status {
        case 413 where assembly.hasHead, 413: refuse(.bodyTooLarge(limit: server.limits.bodyBytes))
        case 414, 431: refuse(.headTooLarge(limit: server.limits.headBytes))
        case 505: refuse(.malformed("only HTTP/1.0 and HTTP/1.1 are spoken here"))
        default:
            refuse(.malformed(assembly.hasHead ? "the body's chunks are malformed" : "the head is no HTTP/1.1"))
        }
    }

    func libraryClosed() {
        library = nil
        closed(closesDescriptor: false)
    }

    // MARK: The library's attention

    /// Keeps the library from the connection.
    func suspend() {
        guard let library, !isSuspended else { return }
        isSuspended = true
        library.suspend()
    }

    /// Lets the library work on the connection at its next run.
    func resume() {
        guard let library, isSuspended else { return }
        isSuspended = false
        library.resume()
    }

    // MARK: Doing what the state says

    func perform(_ action: ConnectionState.Action) {
        switch action {
        case .nothing: break
        case .receive: receive()
        case .answer: startAnswer()
        case .cancel: task?.cancel()
        case .refuse(let reason): refuse(reason)
        case .refuseAsTooSlow: refuse(.tooSlow(limit: server.limits.requestTime))
        case .discard: discard()
        case .awaitRequest: setDeadline(after: server.limits.idleTime)
        case .close: finish()
        }
    }

    func handle(_ event: ConnectionState.Event) {
        perform(state.handle(event))
    }

    private func startAnswer() {
        isDeadlineSet = false
        isRequestTimed = false
        hasArrived = false
        parsed += assembly.size
        suspend()
        whole = assembly.takeRequest(peer: peer)
        server.counters.requestsInFlight.add(1, ordering: .relaxed)
        task = server.answer(self)
        if state.isPeerGone { task?.cancel() }
    }

    /// The request, for its task.
    func takeWhole() -> RequestAssembly.Whole? { whole.take() }

    /// The request's task is at its end.
    func answered() {
        task = nil
        server.counters.requestsInFlight.subtract(1, ordering: .relaxed)
    }

    // MARK: Time

    func setDeadline(after time: Duration) {
        deadline = loop.now.advanced(by: time)
        isDeadlineSet = true
        // One timer serves many deadlines: when it fires too early it is set again.
        if timer != nil, timerDeadline <= deadline { return }
        if let timer { loop.cancel(timer) }
        setTimer()
    }

    /// The peer has to read before more can be sent.
    ///
    /// If it reads nothing for as long as a connection may be idle, it is given up.
    func startWaitingForRoom() {
        guard !isWaitingForRoom else { return }
        isWaitingForRoom = true
        setDeadline(after: server.limits.idleTime)
    }

    func stopWaitingForRoom() {
        guard isWaitingForRoom else { return }
        isWaitingForRoom = false
        isDeadlineSet = false
    }

    /// A request has begun to come and is not there yet.
    func setRequestDeadline() {
        guard !isRequestTimed else { return }
        isRequestTimed = true
        handle(.requestBegan)
        setDeadline(after: server.limits.requestTime)
    }

    private func setTimer() {
        timerDeadline = deadline
        timer = loop.schedule(at: deadline) { [unowned self] in
            timer = nil
            guard isDeadlineSet else { return }
            guard loop.now >= deadline else { return setTimer() }
            isDeadlineSet = false
            handle(.deadline)
        }
    }

    // MARK: The end

    /// Turns the request away with the connection's last answer.
    func refuse(_ reason: HTTPRefusal.Reason) {
        guard descriptor >= 0, state.phase != .lingering else { return }
        server.counters.refused.add(1, ordering: .relaxed)
        assembly.dropBody()
        let path = assembly.path.isEmpty ? nil : assembly.path
        let response = server.responder.response(to: HTTPRefusal(reason, path: path, peer: peer))
        var body: [UInt8] = []
        if case .bytes(let bytes) = response.body { body = bytes }
        isDeadlineSet = false
        let isOurs = library == nil
        guard takeSocket() else { return finish() }
        let outcome = unsafe server.withHead(of: response, framing: .length(body.count), closes: true) { head in
            unsafe writer.sendPlain(assembly.method == "HEAD" ? [] : body, after: head)
        }
        // Also keeps what the library may want to say by itself from the peer.
        shutdown(descriptor, Int32(outcome == .sent ? SHUT_WR : SHUT_RDWR))
        // A peer that reads none of its answers gets no last one.
        guard outcome == .sent, !state.isDraining || unread > 0 else { return finish() }
        // Until the peer has read it, or for a time: closing at once with something unread would take the answer from it.
        setDeadline(after: Self.lingerTime)
        handle(.refused)
        // What has come already will not be told of again.
        if isOurs, state.phase == .lingering { discard() }
    }

    private static let lingerTime = Duration.seconds(10)
    private static let lingerBytes = 64 << 20

    private func discard() {
        while discarded < Self.lingerBytes {
            let count = server.read(descriptor, upTo: LoopServer.bufferSize)
            if count > 0 {
                discarded += count
            } else if count < 0, errno == EAGAIN || errno == EINTR {
                return
            } else {
                break
            }
        }
        finish()
    }

    func flush() {
        switch writer.flush() {
        case .blocked: return
        case .failed: finish()
        case .sent: stopWaitingForRoom()
        }
        if library == nil, state.phase == .writing { return answerWritten() }
        let waiter = waiter
        self.waiter = nil
        waiter?.resume()
    }

    /// Closes the connection, whatever it does.
    func finish() {
        guard descriptor >= 0 else { return }
        task?.cancel()
        guard library != nil else { return closed(closesDescriptor: true) }
        // The library reads the end and closes.
        shutdown(descriptor, Int32(SHUT_RDWR))
        loop.unwatch(descriptor)
        descriptor = -1
        server.library.drop(self)
        closed(closesDescriptor: false)
    }

    private func closed(closesDescriptor: Bool) {
        if descriptor >= 0 {
            loop.unwatch(descriptor)
            if closesDescriptor { close(descriptor) }
            descriptor = -1
        }
        if let timer { loop.cancel(timer) }
        timer = nil
        isDeadlineSet = false
        task?.cancel()
        begun = nil
        assembly.dropBody()
        _ = state.handle(.closed)
        let waiter = waiter
        self.waiter = nil
        waiter?.resume()
        server.forget(self)
    }
}
