internal import TransportKit

extension MCPProxy {
    /// Tells of changes of all servers until the subscription is cancelled.
    public func subscribe(
        to filter: MCPChangeFilter,
        for client: MCPServedClient,
        _ deliver: @escaping @Sendable (MCPChange) -> Void
    ) async throws(JSONRPCFailure) -> MCPSubscription {
        note(client)
        var filter = filter
        let wanted = filter.contents
        filter.contents = []
        for uri in wanted where await watch(uri, for: client) { filter.contents.append(uri) }
        let heeded = filter
        let number = state.withLock { state in
            state.lastSubscription += 1
            state.subscriptions[state.lastSubscription] = Subscription(
                client: client.id,
                caller: client.caller,
                filter: heeded,
                deliver: deliver
            )
            return state.lastSubscription
        }
        return MCPSubscription(filter: filter) { [weak self] in self?.unsubscribe(number) }
    }

    private func unsubscribe(_ number: Int) {
        let uris = state.withLock { $0.subscriptions.removeValue(forKey: number)?.filter.contents ?? [] }
        uris.forEach(unwatch)
    }

    private func watch(_ uri: String, for client: MCPServedClient) async -> Bool {
        guard let (backend, original) = backend(of: uri), allows(backend, uri, original, client.caller) else {
            return false
        }
        do throws(MCPError) {
            try await backend.watch(original)
            return true
        } catch {
            logger.debug("MCP resource not watched", metadata: ["error": .string(error.description)])
            return false
        }
    }

    func unwatch(_ uri: String) {
        guard let (backend, original) = backend(of: uri) else { return }
        backend.unwatch(original)
    }

    /// Tells a change to all who want to hear of it.
    func announce(_ change: MCPChange) {
        let subscriptions = state.withLock { state in
            state.subscriptions.values.filter { subscription in
                switch change {
                case .resource(let uri): subscription.filter.contents.contains { uri.isPart(of: $0) }
                default: subscription.filter.contains(change)
                }
            }
        }
        for subscription in subscriptions where maySee(change, subscription.caller) { subscription.deliver(change) }
    }

    /// The rules may be others than when a resource was asked for.
    private func maySee(_ change: MCPChange, _ caller: MCPServedClient.Caller) -> Bool {
        guard case .resource(let uri) = change, let (backend, original) = backend(of: uri) else { return true }
        return allows(backend, uri, original, caller)
    }

    /// Tells something that a server says to everybody.
    ///
    /// Log entries go to all clients, of which each gets what it wants, and what becomes of a task to the client whose task it is.
    /// Anything else may be one client's business, and nobody knows whose.
    func tellAll(_ method: String, _ params: JSONObject) {
        let outboxes = state.withLock { state -> [Outbox] in
            switch method {
            case "notifications/message": return state.clients.values.map(\.outbox)
            case "notifications/tasks/status":
                let client = params.string("taskId").flatMap(state.tasks.client)
                return client.flatMap { state.clients[$0] }.map { [$0.outbox] } ?? []
            default: return []
            }
        }
        for outbox in outboxes { outbox.push(method, params) }
    }

    // MARK: Log levels

    static let levels = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"]

    /// From which level on a client wants to hear what servers log; without a client, the most that anybody wants.
    func level(of client: String?) -> String? {
        state.withLock { state in
            if let client { return state.clients[client]?.level }
            let wanted = state.clients.values.compactMap(\.level)
            return Self.levels.first(where: wanted.contains)
        }
    }

    func setLevel(_ level: String, of client: MCPServedClient) throws(JSONRPCFailure) {
        guard Self.levels.contains(level) else {
            throw JSONRPCFailure(
                .invalidParams,
                "there is no such log level; use one of \(Self.levels.joined(separator: ", "))"
            )
        }
        note(client)
        state.withLock { $0.clients[client.id]?.level = level }
        for backend in backends { backend.applyLevels() }
    }
}

extension String {
    /// Whether a URI is another one, or lies below it.
    fileprivate func isPart(of uri: String) -> Bool {
        guard hasPrefix(uri) else { return false }
        guard let next = dropFirst(uri.count).first else { return true }
        return uri.hasSuffix("/") || "/?#".contains(next)
    }
}
