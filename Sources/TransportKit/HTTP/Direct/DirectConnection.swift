internal import CLinux
internal import Glibc
internal import Synchronization

/// One socket, which carries one exchange after another.
///
/// It is watched edge-triggered for all of its life, so that an exchange changes nothing in the kernel's set; and it is not
/// read again after a read that left room, since the next byte is an edge.
final class DirectConnection {
    private enum State {
        case connecting
        case open
        case closed
    }

    let host: DirectPool.Host
    private(set) var exchange: DirectExchange?
    /// Since when no exchange uses it.
    private(set) var idleSince = LoopInstant(nanoseconds: 0)
    /// How many exchanges it has carried before the one that it carries.
    private(set) var exchangesBefore = -1

    private let pool: DirectPool
    private let addresses: [SocketAddress]
    private var addressesTried = 0
    private var state = State.connecting
    private var descriptor: Int32 = -1
    private var timer: EventLoop.Timer?
    /// Whether there may be something to read.
    private var isReadable = false
    /// Whether the peer has closed its side, so that a read that leaves room is not the last.
    private var hasPeerClosed = false
    private var awaitsRoom = false

    private var loop: EventLoop { pool.loop }
    private var isUnix: Bool { addresses.first?.family == AF_UNIX }

    init(host: DirectPool.Host, target: DirectTarget, pool: DirectPool) {
        self.host = host
        self.pool = pool
        addresses = target.addresses
    }

    // MARK: Exchanges

    /// Carries an exchange: at once, or as soon as the connection stands.
    func carry(_ exchange: DirectExchange) {
        self.exchange = exchange
        exchangesBefore += 1
        exchange.connection = self
        switch state {
        case .open: exchange.didConnect()
        case .connecting: connect()
        case .closed: exchange.connectionEnded(inOrder: true)
        }
    }

    /// The exchange is over.
    ///
    /// - Parameter canKeep: Whether the answer was whole and its server will take another request.
    func release(canKeep: Bool) {
        exchange = nil
        guard canKeep, state == .open, !hasPeerClosed, !awaitsRoom, hasNothingToRead() else { return close() }
        idleSince = loop.now
        pool.keep(self)
    }

    /// Whether it can carry another exchange.
    func isFit(at now: LoopInstant) -> Bool {
        state == .open && now <= idleSince.advanced(by: pool.configuration.maximumIdleAge)
    }

    private func hasNothingToRead() -> Bool {
        guard isReadable else { return true }
        var byte: UInt8 = 0
        guard unsafe recv(descriptor, &byte, 1, 0) < 0, errno == EAGAIN else { return false }
        isReadable = false
        return true
    }

    // MARK: Connecting

    private func connect() {
        var number = EINVAL
        while addressesTried < addresses.count {
            let address = addresses[(host.address + addressesTried) % addresses.count]
            number = begin(address)
            switch number {
            case 0: return didConnect()
            case EINPROGRESS: return
            case EAGAIN where isUnix:
                // The server's queue is full; the system tells nobody when it no longer is.
                loop.schedule(afterSystemTime: .milliseconds(2)) { [weak self] in
                    guard let self, state == .connecting else { return }
                    closeDescriptor()
                    connect()
                }
                return
            default:
                closeDescriptor()
                addressesTried += 1
            }
        }
        fail(number)
    }

    private func begin(_ address: SocketAddress) -> Int32 {
        descriptor = plex_open_stream_socket(address.family)
        guard descriptor >= 0 else { return errno }
        guard DescriptorReserve.allows(descriptor, for: .provider) else {
            Glibc.close(descriptor)
            descriptor = -1
            return EMFILE
        }
        pool.figures.open.add(1, ordering: .relaxed)
        if !isUnix { setOptions() }
        let number = address.connect(descriptor)
        guard number == 0 || number == EINPROGRESS else { return number }
        do {
            try loop.watch(descriptor, for: isUnix ? Self.reading : Self.everything) { [unowned self] events in
                happened(events)
            }
        } catch {
            return ENOMEM
        }
        return number
    }

    // A Unix socket tells of room whenever the peer has read, so it is asked only by those who wait for it.
    private static let edges = EventLoop.Events(rawValue: EPOLLET.rawValue)
    private static let reading: EventLoop.Events = [.readable, .peerClosed, edges]
    private static let everything: EventLoop.Events = [.readable, .writable, .peerClosed, edges]

    private func setOptions() {
        for (level, option, value) in [
            (Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1)), (SOL_SOCKET, SO_KEEPALIVE, 1),
            (Int32(IPPROTO_TCP), TCP_KEEPIDLE, 60), (Int32(IPPROTO_TCP), TCP_KEEPINTVL, 60),
        ] {
            var value = value
            unsafe setsockopt(descriptor, level, option, &value, socklen_t(MemoryLayout<Int32>.size))
        }
    }

    private func finishConnecting() {
        var number: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        unsafe getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &number, &size)
        if number == 0 { return didConnect() }
        closeDescriptor()
        addressesTried += 1
        if addressesTried < addresses.count { connect() } else { fail(number) }
    }

    private func didConnect() {
        state = .open
        host.address = (host.address + addressesTried) % addresses.count
        pool.figures.created.add(1, ordering: .relaxed)
        exchange?.didConnect()
    }

    private func fail(_ number: Int32) {
        let exchange = exchange
        self.exchange = nil
        close()
        exchange?.connectFailed(number)
    }

    // MARK: Readiness

    private func happened(_ events: EventLoop.Events) {
        if state == .connecting {
            // Until the connection stands, only its own end or begin says something.
            guard !events.isDisjoint(with: [.writable, .failed, .hungUp]) else { return }
            isReadable = events.contains(.readable)
            return finishConnecting()
        }
        if !events.isDisjoint(with: [.peerClosed, .failed, .hungUp]) { hasPeerClosed = true }
        let isReading = hasPeerClosed || events.contains(.readable)
        guard let exchange else {
            // The server is done with it, or says something unasked.
            if isReading { close() }
            return
        }
        if isReading { isReadable = true }
        if awaitsRoom, events.contains(.writable) {
            awaitsRoom = false
            if isUnix { loop.modify(descriptor, for: Self.reading) }
            exchange.hasRoom()
        }
        read()
    }

    /// Reads as long as there is something and the exchange takes it.
    func read() {
        var reads = 0
        while isReadable, state == .open, let exchange {
            let size = min(exchange.bytesToRead, DirectPool.scratchSize)
            guard size > 0 else { return }
            guard reads < 16 else { return readLater() }
            reads += 1
            let scratch = unsafe pool.scratch
            let count = unsafe recv(descriptor, scratch.baseAddress, size, 0)
            if count > 0 {
                if count < size, !hasPeerClosed { isReadable = false }
                unsafe exchange.received(UnsafeMutableRawBufferPointer(rebasing: scratch[..<count]))
            } else if count == 0 {
                hasPeerClosed = true
                exchange.connectionEnded(inOrder: true)
                return
            } else if errno == EAGAIN {
                isReadable = false
            } else if errno != EINTR {
                exchange.connectionEnded(inOrder: false)
                return
            }
        }
    }

    /// Lets others have their turn.
    private func readLater() {
        let bound = LoopBound(self, loop)
        loop.execute { bound.value.read() }
    }

    // MARK: Writing

    /// Writes what the socket takes.
    ///
    /// - Returns: How many bytes that was; `nil` if the connection is broken. Unless it was all, the exchange is told when
    ///   there is room.
    func send(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int? {
        var count = unsafe write(first, second)
        while count < 0, errno == EINTR { count = unsafe write(first, second) }
        guard count >= 0 || errno == EAGAIN else { return nil }
        let sent = max(0, count)
        if sent < first.count + second.count, !awaitsRoom {
            awaitsRoom = true
            if isUnix { loop.modify(descriptor, for: Self.everything) }
        }
        return sent
    }

    private func write(_ first: UnsafeRawBufferPointer, _ second: UnsafeRawBufferPointer) -> Int {
        let flags = Int32(MSG_NOSIGNAL)
        guard unsafe !second.isEmpty else {
            return unsafe Glibc.send(descriptor, first.baseAddress, first.count, flags)
        }
        var vectors = unsafe (
            iovec(iov_base: UnsafeMutableRawPointer(mutating: first.baseAddress), iov_len: first.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: second.baseAddress), iov_len: second.count)
        )
        return unsafe withUnsafeMutablePointer(to: &vectors) { vectors in
            unsafe vectors.withMemoryRebound(to: iovec.self, capacity: 2) { vectors in
                var message = unsafe msghdr()
                unsafe message.msg_iov = vectors
                unsafe message.msg_iovlen = 2
                return unsafe sendmsg(descriptor, &message, flags)
            }
        }
    }

    // MARK: Time

    /// Makes sure that the exchange is asked no later than at its deadline.
    ///
    /// A timer that fires early is left alone: deadlines mostly move away, from one exchange to the next too.
    func armTimer(at deadline: LoopInstant) {
        if let timer {
            guard deadline < timer.deadline else { return }
            loop.cancel(timer)
        }
        timer = loop.schedule(at: deadline) { [unowned self] in timerDidFire() }
    }

    private func timerDidFire() {
        timer = nil
        if let exchange {
            exchange.timerDidFire()
        } else if isFit(at: loop.now) {
            armTimer(at: idleSince.advanced(by: pool.configuration.maximumIdleAge + .milliseconds(1)))
        } else {
            close()
        }
    }

    // MARK: End

    func close() {
        guard state != .closed else { return }
        state = .closed
        exchange = nil
        if let timer { loop.cancel(timer) }
        timer = nil
        closeDescriptor()
        pool.didClose(self)
    }

    private func closeDescriptor() {
        guard descriptor >= 0 else { return }
        loop.unwatch(descriptor)
        Glibc.close(descriptor)
        descriptor = -1
        pool.figures.open.subtract(1, ordering: .relaxed)
    }
}
