internal import CLinux

extension EventLoop {
    /// What can happen on a descriptor.
    ///
    /// `failed` and `hungUp` are reported whether asked for or not.
    package struct Events: OptionSet, Sendable, Hashable {
        package let rawValue: UInt32
        package init(rawValue: UInt32) { self.rawValue = rawValue }

        /// There is something to read, or the end.
        package static let readable = Events(rawValue: EPOLLIN.rawValue)
        /// There is room to write.
        package static let writable = Events(rawValue: EPOLLOUT.rawValue)
        /// The peer closed its sending side.
        package static let peerClosed = Events(rawValue: EPOLLRDHUP.rawValue)
        /// An error is pending.
        package static let failed = Events(rawValue: EPOLLERR.rawValue)
        /// Both sides are closed.
        package static let hungUp = Events(rawValue: EPOLLHUP.rawValue)
    }

    /// Calls a handler on the loop whenever a descriptor is ready, until `unwatch`.
    ///
    /// Call it on the loop.
    ///
    /// Readiness is level-triggered: the handler is called again while the condition lasts. The descriptor stays the
    /// caller's, who unwatches it before closing it. Watching a watched descriptor replaces its handler.
    ///
    /// - Parameters:
    ///   - descriptor: A socket, pipe, epoll, event or process descriptor.
    ///   - events: What to wait for; empty to hear of failures and hang-ups only.
    ///   - handler: Told what happened.
    /// - Throws: `TransportError` if the system cannot watch the descriptor.
    package func watch(
        _ descriptor: Int32,
        for events: Events,
        handler: @escaping (Events) -> Void
    ) throws(TransportError) {
        let core = onLoop
        let token = core.watches.add(descriptor, handler)
        var code = core.poller.control(EPOLL_CTL_ADD, descriptor, events.rawValue, token: token)
        if code == EEXIST {
            code = core.poller.control(EPOLL_CTL_MOD, descriptor, events.rawValue, token: token)
        }
        guard code == 0 else {
            core.watches.remove(descriptor)
            throw TransportError(.other, "descriptor \(descriptor) cannot be watched: error \(code)")
        }
    }

    /// Changes what a watched descriptor is watched for.
    ///
    /// Call it on the loop.
    package func modify(_ descriptor: Int32, for events: Events) {
        let core = onLoop
        guard let token = core.watches.token(of: descriptor) else { return }
        let code = core.poller.control(EPOLL_CTL_MOD, descriptor, events.rawValue, token: token)
        // The number was closed and opened again behind our back: the kernel forgot it, the handler stands.
        if code == ENOENT { core.poller.control(EPOLL_CTL_ADD, descriptor, events.rawValue, token: token) }
    }

    /// Ends the watch of a descriptor; its handler is not called again.
    ///
    /// Call it on the loop, before closing.
    package func unwatch(_ descriptor: Int32) {
        let core = onLoop
        let handler = core.watches.remove(descriptor)
        guard handler != nil else { return }
        core.poller.control(EPOLL_CTL_DEL, descriptor, 0, token: WatchTable.noToken)
    }

    /// Whether a descriptor is watched.
    ///
    /// Call it on the loop.
    package func isWatched(_ descriptor: Int32) -> Bool {
        onLoop.watches.token(of: descriptor) != nil
    }

    /// Names a closure that waits for a loop's shutdown.
    package struct ShutdownHook: Sendable, Hashable {
        fileprivate let number: Int
    }

    /// Runs a closure on the loop when it stops, so that its owner can end what would else wait for ever; the last one
    /// added runs first.
    ///
    /// Call it on the loop.
    @discardableResult
    package func onShutdown(_ body: @escaping () -> Void) -> ShutdownHook {
        let core = onLoop
        core.hookNumber += 1
        core.shutdownHooks.append((core.hookNumber, body))
        return ShutdownHook(number: core.hookNumber)
    }

    /// Forgets a closure that waited for the shutdown.
    ///
    /// Call it on the loop.
    package func removeShutdownHook(_ hook: ShutdownHook) {
        onLoop.shutdownHooks.removeAll { $0.number == hook.number }
    }

    /// Whether the loop has been told to stop: timers and watches no longer work.
    package var isStopping: Bool { shared.withLock { $0.isStopping } }
}

/// The handlers by descriptor.
///
/// A token names one watch, so that an event that was collected for a descriptor's former owner never reaches its next
/// one.
struct WatchTable {
    static let noToken = UInt64.max

    private struct Entry {
        var generation: UInt32
        var handler: ((EventLoop.Events) -> Void)?
    }

    private var entries: [Entry] = []
    private(set) var count = 0

    mutating func add(_ descriptor: Int32, _ handler: @escaping (EventLoop.Events) -> Void) -> UInt64 {
        let place = Int(descriptor)
        precondition(place >= 0, "a descriptor is not negative")
        while entries.count <= place { entries.append(Entry(generation: 0, handler: nil)) }
        if entries[place].handler == nil { count += 1 }
        entries[place].generation &+= 1
        entries[place].handler = handler
        return token(place)
    }

    /// Returns the handler, so that what it captured is released after the table has been changed.
    @discardableResult
    mutating func remove(_ descriptor: Int32) -> ((EventLoop.Events) -> Void)? {
        guard token(of: descriptor) != nil else { return nil }
        defer { entries[Int(descriptor)].handler = nil }
        count -= 1
        return entries[Int(descriptor)].handler
    }

    func token(of descriptor: Int32) -> UInt64? {
        let place = Int(descriptor)
        guard entries.indices.contains(place), entries[place].handler != nil else { return nil }
        return token(place)
    }

    func handler(of token: UInt64) -> ((EventLoop.Events) -> Void)? {
        let place = Int(token & 0xFFFF_FFFF)
        guard token != Self.noToken, place < entries.count else { return nil }
        guard entries[place].generation == UInt32(truncatingIfNeeded: token >> 32) else { return nil }
        return entries[place].handler
    }

    private func token(_ place: Int) -> UInt64 {
        UInt64(entries[place].generation) << 32 | UInt64(place)
    }
}
