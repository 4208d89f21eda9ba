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
        let isFirst = state.withLock { state in
            state.watched[uri, default: 0] += 1
            state.pool.pin(session.id, 1)
            return state.watched[uri] == 1
        }
        guard isFirst else { return }
        do throws(MCPError) {
            try await tell(uri, isWatched: true, agreement, session)
        } catch {
            state.withLock { state in
                state.watched[uri] = nil
                state.pool.pin(session.id, -1)
            }
            throw error
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
        tasks.run(on: loop) { [weak self] in try? await self?.tell(uri, isWatched: false, agreement, session) }
    }

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

    /// Listens to everything, in the way of the stateless era; in place of how it was done before.
    private func listen(on session: BackendSession) {
        state.withLock { state in
            state.listener?.cancel()
            let uris = state.watched.keys.sorted()
            // Owned by the table, which cancels it.
            state.listener = Task(executorPreference: loop) { [weak self] in await self?.hear(uris, session) }
        }
    }

    func endListening() {
        state.withLock { state in
            state.listener?.cancel()
            state.listener = nil
        }
    }

    private func hear(_ uris: [String], _ session: BackendSession) async {
        let forever = Duration.seconds(1 << 31)
        let options = MCPRequestOptions(timeLimit: forever, maximumTime: forever)
        let filter = MCPChangeFilter(contents: uris).json
        var generator = SystemRandomness()
        for attempt in 1...1000 {
            do throws(MCPError) {
                _ = try await session.client.relay("subscriptions/listen", options: options) { _ in
                    RelayedParams(json: ["notifications": .object(filter)])
                }
            } catch {
                // A server that refuses once will do so again, and a connection that ended is listened to when it is back.
                guard error.code != .request, error.status == nil else { return }
            }
            guard session.traffic.isConnected,
                await loop.pause(for: BackoffPolicy.mcp.delay(forAttempt: min(attempt, 8), using: &generator)),
                session.traffic.isConnected
            else { return }
        }
    }
}
