internal import TransportKit

extension Backend {
    /// Begins to listen to a resource, unless somebody does already.
    ///
    /// - Parameter uri: The server's own URI of it.
    /// - Throws: `MCPError`, if the server offers no subscriptions, or refuses.
    func watch(_ uri: String) async throws(MCPError) {
        let session = try acquire(.shared, nil)
        defer { release(session) }
        let agreement = try await session.client.withConnection { connection async throws(MCPError) in
            self.learn(connection)
            return connection.agreement
        }
        guard agreement.capabilities["resources"]?["subscribe"]?.bool ?? false else {
            throw MCPError(.unsupported, "the server does not offer subscriptions to resources", server: name)
        }
        let (flight, isFirst) = state.withLock { state -> (Flight<MCPError?>?, Bool) in
            state.watched[uri, default: 0] += 1
            state.pool.pin(session.id, 1)
            if let flight = state.watching[uri] { return (flight, false) }
            guard state.watched[uri] == 1 else { return (nil, false) }
            let flight = Flight<MCPError?>()
            state.watching[uri] = flight
            return (flight, true)
        }
        guard let flight else { return }
        guard isFirst else { return try await join(flight, uri) }
        var failure: MCPError?
        do throws(MCPError) {
            try await tell(uri, isWatched: true, agreement, session)
        } catch {
            failure = error
        }
        let outcome = failure
        state.withLock { state in
            state.watching[uri] = nil
            guard outcome != nil, let count = state.watched.removeValue(forKey: uri) else { return }
            // Who waited for the same learns of it.
            state.pool.pin(session.id, -count)
        }
        flight.land(outcome)
        if let outcome { throw outcome }
    }

    /// Waits for what somebody else has asked of the server.
    private func join(_ flight: Flight<MCPError?>, _ uri: String) async throws(MCPError) {
        guard let outcome = await flight.value(within: patience, on: loop) else {
            unwatch(uri)
            throw MCPError(.cancelled, "waiting for the server was cancelled", server: name)
        }
        if let outcome { throw outcome }
    }

    /// Listens to resources that clients listened to at a server of this name before, as soon as there is a connection.
    func adopt(_ uris: [String: Int]) {
        guard !uris.isEmpty, let session = try? acquire(.shared, nil) else { return }
        state.withLock { state in
            for (uri, count) in uris {
                state.watched[uri, default: 0] += count
                state.pool.pin(session.id, count)
            }
        }
        tasks.run(on: loop) { [weak self] in
            _ = try? await session.client.withConnection { connection async throws(MCPError) in
                self?.learn(connection)
            }
            self?.release(session)
        }
    }

    /// Somebody no longer listens to a resource.
    func unwatch(_ uri: String) {
        let rest = state.withLock { state -> (BackendSession, Agreement)? in
            guard let count = state.watched[uri], let id = state.pool.id(of: .shared) else { return nil }
            state.pool.pin(id, -1)
            state.watched[uri] = count > 1 ? count - 1 : nil
            guard count == 1, let session = state.sessions[id], let agreement = state.agreement else { return nil }
            return session.traffic.isConnected ? (session, agreement) : nil
        }
        guard let (session, agreement) = rest else { return }
        tasks.run(on: loop) { [weak self] in
            guard let self, !watches(uri) else { return }
            try? await tell(uri, isWatched: false, agreement, session)
            // Which of both came first at the server is not known.
            if watches(uri) { try? await tell(uri, isWatched: true, agreement, session) }
        }
    }

    private func watches(_ uri: String) -> Bool { state.withLock { $0.watched[uri] != nil } }

    private func tell(
        _ uri: String,
        isWatched: Bool,
        _ agreement: Agreement,
        _ session: BackendSession
    ) async throws(MCPError) {
        // The set of resources is a part of what is listened to.
        if agreement.version.isStateless { return listen(on: session) }
        let method = isWatched ? "resources/subscribe" : "resources/unsubscribe"
        _ = try await session.client.relay(method, options: MCPRequestOptions()) { _ in
            RelayedParams(json: ["uri": .string(uri)])
        }
    }

    /// Subscribes again on a new connection; what happened meanwhile is unknown, so all counts as changed.
    func subscribe(on session: BackendSession) async {
        guard let agreement = state.withLock({ $0.agreement }) else { return }
        let uris = state.withLock { Array($0.watched.keys) }
        if agreement.version.isStateless {
            listen(on: session)
        } else {
            for uri in uris { try? await tell(uri, isWatched: true, agreement, session) }
        }
        for uri in uris { events.changed(.resource(uri: namespace.outward(uri))) }
    }

    /// Listens to everything, in the way of the stateless era; in place of how it was done before, as soon as the server has taken it.
    private func listen(on session: BackendSession) {
        state.withLock { state in
            let uris = state.watched.keys.sorted()
            guard state.listener == nil || state.listened != uris else { return }
            if let listener = state.listener { state.retiring.append(listener) }
            state.isDeaf = false
            state.listened = uris
            // Owned by the table, which cancels it.
            state.listener = Task(executorPreference: loop) { [weak self] in await self?.hear(uris, session) }
        }
    }

    /// The server has taken what it was asked to tell of.
    func acknowledged() {
        let (retiring, missed) = state.withLock { state -> ([Task<Void, Never>], [String]?) in
            defer {
                state.retiring = []
                state.hasMissed = false
            }
            guard state.hasMissed else { return (state.retiring, nil) }
            for kind in state.lists.keys { state.lists[kind]?.staled() }
            return (state.retiring, Array(state.watched.keys))
        }
        for listener in retiring { listener.cancel() }
        guard let missed else { return }
        // What happened while nobody listened is unknown.
        for uri in missed { events.changed(.resource(uri: namespace.outward(uri))) }
        tasks.run(on: loop) { [weak self] in _ = await self?.refreshAll() }
    }

    func endListening() {
        let listeners = state.withLock { state in
            defer {
                state.listener = nil
                state.retiring = []
            }
            return state.retiring + (state.listener.map { [$0] } ?? [])
        }
        for listener in listeners { listener.cancel() }
    }

    private func hear(_ uris: [String], _ session: BackendSession) async {
        let forever = Duration.seconds(1 << 31)
        let options = MCPRequestOptions(timeLimit: forever, maximumTime: forever)
        let filter = MCPChangeFilter(contents: uris).json
        var generator = SystemRandomness()
        var attempt = 0
        while !Task.isCancelled {
            let beginning = loop.now
            attempt += 1
            do throws(MCPError) {
                _ = try await session.client.relay("subscriptions/listen", options: options) { _ in
                    RelayedParams(json: ["notifications": .object(filter)])
                }
            } catch {
                // A connection that ended is listened to when it is back.
                guard !Task.isCancelled, session.traffic.isConnected else { return }
                guard Self.mayPass(error) else {
                    state.withLock { state in
                        state.isDeaf = true
                        state.listened = nil
                    }
                    return expireAll()
                }
            }
            guard !Task.isCancelled, session.traffic.isConnected else { return }
            state.withLock { $0.hasMissed = true }
            // A stream that stood for a while has ended for a reason of its own.
            if beginning.duration(to: loop.now) >= Self.lasting { attempt = 1 }
            let pause = BackoffPolicy.mcp.delay(forAttempt: min(attempt, 8), using: &generator)
            guard await loop.pause(for: pause), session.traffic.isConnected else { return }
        }
    }

    private static let lasting = Duration.seconds(30)

    /// Whether a server that does not let itself be listened to now may do so later.
    private static func mayPass(_ error: MCPError) -> Bool {
        if let failure = error.failure { return failure.code == .internalError }
        guard let status = error.status else { return error.code != .unsupported }
        return status >= 500 || status == 408 || status == 429
    }
}
