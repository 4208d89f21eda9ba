internal import Glibc
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

extension LoopServer {
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

    private static let waitingAtMost = 4096

    /// Accepts who has connected before the end: closing the socket would reset those.
    private func acceptWaiting(_ descriptor: Int32) {
        guard let bound = listeners[descriptor] else { return }
        for _ in 0..<Self.waitingAtMost {
            guard
                case .socket(let socket) = AcceptedSocket.accept(
                    from: descriptor,
                    role: bound.role,
                    at: bound.address.place
                )
            else { return }
            let isShort = !DescriptorReserve.allows(socket.descriptor, for: .caller)
            place(socket)
            if isShort { return }
        }
    }

    /// Ends connections whose listener is gone or serves other paths now, each with the answer that runs.
    ///
    /// - Parameter refusesBegun: Whether a request that has begun to come is refused.
    func retireStrays(refusesBegun: Bool) {
        // Few, so that looking through them costs less than a set.
        let present = listeners.values.map { ($0.address.place, $0.role) }
        for connection in connections.values {
            let peer = connection.peer
            guard !present.contains(where: { $0.0 == peer.listener && $0.1 == peer.role }) else { continue }
            connection.handle(refusesBegun ? .drain : .retire(hasUnread: connection.unread > 0))
        }
    }
}
