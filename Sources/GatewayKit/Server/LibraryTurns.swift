internal import TransportKit

/// Lets libmicrohttpd work on one loop: on the connections that have something for it, until there is no more to do.
final class LibraryTurns {
    private let loop: EventLoop
    private let logger: Logger
    private var daemon: MicroDaemon
    /// Those with less memory for a head, as long as they have connections.
    private var formerDaemons: [MicroDaemon] = []
    private let drops = MicroDaemon.Drops()
    /// Connections that the library may work on.
    private var active: [ServerConnection] = []
    private var isRunning = false
    private var isQueued = false

    /// - Throws: `ListenError`, if the system lacks memory or descriptors.
    init(on loop: EventLoop, headBytes: Int, logger: Logger) throws(ListenError) {
        self.loop = loop
        self.logger = logger
        guard let daemon = Self.makeDaemon(headBytes, drops) else {
            throw ListenError("the system refused memory or descriptors for the HTTP server; see `ulimit -n`")
        }
        self.daemon = daemon
        do throws(TransportError) {
            try watch(daemon)
        } catch {
            throw ListenError("the event loop cannot watch the HTTP server: \(error)")
        }
    }

    private static func makeDaemon(_ headBytes: Int, _ drops: MicroDaemon.Drops) -> MicroDaemon? {
        // The limit is kept over all loops; the library's own would close connections without a word.
        MicroDaemon(headBytes: headBytes, connections: Int(UInt32.max), drops: drops)
    }

    private func watch(_ daemon: MicroDaemon) throws(TransportError) {
        try loop.watch(daemon.epollDescriptor, for: .readable) { [unowned self] _ in run() }
    }

    /// Makes room for heads of a size, in connections that come from now on.
    ///
    /// - Returns: The largest head that there is room for, in bytes: what was asked, unless the system refused.
    func makeRoom(forHeadOf bytes: Int) -> Int {
        // The library's memory for a head was settled when it was started.
        guard bytes > daemon.headBytes else { return bytes }
        guard let larger = Self.makeDaemon(bytes, drops), (try? watch(larger)) != nil else {
            logger.error("Larger heads cannot be taken: the system refused memory or descriptors; see `ulimit -n`")
            return daemon.headBytes
        }
        formerDaemons.append(daemon)
        daemon = larger
        endFormerDaemons()
        return bytes
    }

    private func endFormerDaemons() {
        for former in formerDaemons where former.connections == 0 { end(former) }
        formerDaemons.removeAll { $0.connections == 0 }
    }

    private func end(_ daemon: MicroDaemon) {
        loop.unwatch(daemon.epollDescriptor)
        daemon.stop()
    }

    /// Ends the library; no connection may be left but such as it was told to give up.
    func end() {
        var turns = 0
        while drops.count > 0, turns < 64 {
            for daemon in formerDaemons + [daemon] { daemon.run() }
            turns += 1
        }
        for daemon in formerDaemons + [daemon] { end(daemon) }
        formerDaemons = []
    }

    // MARK: Connections

    /// Lets the library have a connection; if it cannot, the socket is closed.
    func take(_ connection: ServerConnection) {
        guard daemon.adopt(connection.descriptor, for: connection) else { return connection.libraryClosed() }
        connection.handle(.readable)
    }

    /// Makes the library close its side of a connection.
    func drop(_ connection: ServerConnection) {
        guard connection.library != nil else { return }
        connection.resume()
        connection.library = nil
        drops.expect()
        forget(connection)
        run()
    }

    /// Lets the library work no more on a connection.
    func forget(_ connection: ServerConnection) {
        guard connection.isActive else { return }
        connection.isActive = false
        active.removeAll { $0 === connection }
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
        guard !isQueued else { return }
        isQueued = true
        let bound = LoopBound(self, loop)
        loop.execute {
            bound.value.isQueued = false
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
}
