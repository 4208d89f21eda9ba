internal import CLinux
internal import Glibc
internal import Synchronization
internal import TransportKit

/// What becomes of a loop's listeners while it serves.
struct ListenerChange: Sendable {
    /// Descriptors to accept from, also those whose terms have changed.
    var opened: [(descriptor: Int32, bound: BoundListener)] = []
    /// Descriptors at which nothing is accepted any more.
    var closed: [Int32] = []
    /// Whether who waits there to be accepted still is.
    var acceptsWaiting = true
}

/// Accepts connections on one loop, as long as there are descriptors for them.
final class ConnectionAcceptor {
    private let loop: EventLoop
    private let logger: Logger
    private let counters: LoopCounters
    /// Where accepted sockets go.
    private let place: (AcceptedSocket) -> Void
    /// By their descriptors, which stay their owner's.
    private(set) var listeners: [Int32: BoundListener] = [:]
    private var pause: EventLoop.Timer?
    /// Whether the last connection had one of the descriptors that are for everything else.
    private var isShort = false
    /// When a shortage was last told of.
    private var toldShortage: LoopInstant?

    init(loop: EventLoop, logger: Logger, counters: LoopCounters, place: @escaping (AcceptedSocket) -> Void) {
        self.loop = loop
        self.logger = logger
        self.counters = counters
        self.place = place
    }

    /// Accepts from a listening socket.
    func listen(_ descriptor: Int32, as bound: BoundListener) {
        listeners[descriptor] = bound
        // Where nobody looks for a moment, all are watched after it.
        if pause == nil { watch(descriptor) }
    }

    /// Goes on at other listeners; those that are closed stay their owner's to close.
    func change(_ change: ListenerChange) {
        for (descriptor, bound) in change.opened {
            if listeners[descriptor] == nil { listen(descriptor, as: bound) } else { listeners[descriptor] = bound }
        }
        for descriptor in change.closed {
            if change.acceptsWaiting { acceptWaiting(descriptor) }
            loop.unwatch(descriptor)
            listeners[descriptor] = nil
        }
    }

    /// Accepts no more; the listening sockets may be closed afterwards.
    func stop() {
        for descriptor in listeners.keys { loop.unwatch(descriptor) }
        listeners = [:]
        if let pause { loop.cancel(pause) }
        pause = nil
    }

    private func watch(_ descriptor: Int32) {
        // Exclusive: of the loops that share a Unix socket not all are woken for one connection.
        let exclusive = EventLoop.Events(rawValue: EPOLLEXCLUSIVE.rawValue)
        do {
            try loop.watch(descriptor, for: [.readable, exclusive]) { [unowned self] _ in acceptSome(descriptor) }
        } catch {
            logger.error("A listening socket cannot be watched", metadata: ["error": .string(error.description)])
        }
    }

    private static let acceptsPerTurn = 16

    private func acceptSome(_ descriptor: Int32) {
        guard let bound = listeners[descriptor] else { return }
        if isShort {
            guard DescriptorReserve.hasRoom(copying: descriptor) else { return pauseFor(EMFILE) }
            isShort = false
        }
        for _ in 0..<Self.acceptsPerTurn {
            switch accept(from: descriptor, bound) {
            case .socket(let socket):
                isShort = !DescriptorReserve.allows(socket.descriptor, for: .caller)
                place(socket)
                if isShort { return pauseFor(EMFILE) }
            case .none: return
            case .exhausted(let code): return pauseFor(code)
            }
        }
    }

    private static let waitingAtMost = 4096

    /// Accepts who has connected before the end: closing the socket would reset those.
    private func acceptWaiting(_ descriptor: Int32) {
        guard let bound = listeners[descriptor] else { return }
        for _ in 0..<Self.waitingAtMost {
            guard case .socket(let socket) = accept(from: descriptor, bound) else { return }
            let isShort = !DescriptorReserve.allows(socket.descriptor, for: .caller)
            place(socket)
            if isShort { return }
        }
    }

    private func accept(from descriptor: Int32, _ bound: BoundListener) -> AcceptedSocket.Outcome {
        AcceptedSocket.accept(from: descriptor, role: bound.role, at: bound.address.place)
    }

    /// The kernel keeps reporting a connection that cannot be accepted for want of descriptors or memory; so nobody looks
    /// for a moment.
    private func pauseFor(_ code: Int32) {
        guard pause == nil else { return }
        tellShortage(code)
        for descriptor in listeners.keys { loop.unwatch(descriptor) }
        pause = loop.schedule(afterSystemTime: .milliseconds(100)) { [unowned self] in
            pause = nil
            for descriptor in listeners.keys { watch(descriptor) }
        }
    }

    /// Tells of a shortage when it begins, and then once in ten seconds: not ten times in one.
    private func tellShortage(_ code: Int32) {
        let now = loop.now
        if let toldShortage, now < toldShortage.advanced(by: .seconds(10)) { return }
        toldShortage = now
        logger.warning(
            "No connection can be accepted for a moment: raise the limit on open files (ulimit -n), or lower max_connections",
            metadata: [
                "error": .string(errorText(code)),
                "connections": "\(counters.connections.load(ordering: .relaxed))",
            ]
        )
    }
}
