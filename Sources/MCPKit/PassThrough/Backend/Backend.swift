internal import TransportKit

/// One of the servers behind a pass-through: its sessions, its lists, and what state it is in.
final class Backend: Sendable {
    /// Who hears of what a server does unasked.
    struct Events: Sendable {
        /// Something is not as clients know it.
        var changed: @Sendable (MCPChange) -> Void
        /// What is known of the server's lists is not what it was.
        var relisted: @Sendable () -> Void
        /// The server tells everybody something.
        var told: @Sendable (_ method: String, _ params: JSONObject) -> Void
        /// From which level on a client wants to hear what servers log; `nil` for the most that anybody wants.
        var level: @Sendable (_ client: String?) -> String?
    }

    /// What of a pass-through's options concerns each server.
    struct Limits: Sendable {
        var sessions = 64
        var listTime = Duration.seconds(10)
        var listAge = Duration.seconds(60)
        var rounds = 10
    }

    struct State {
        var pool: SessionPool
        var sessions: [Int: BackendSession] = [:]
        var lists: [ListKind: ListState] = [:]
        /// What was agreed on the newest connection.
        var agreement: Agreement?
        var memory = EraDetection.Memory.nothing
        var way: String?
        /// Why there is no connection, or why a list is missing.
        var failure: MCPError?
        var isReviving = false
        /// Counts what clients wanted of the server, to see whether anybody still does.
        var interest = 0
        /// How often each resource is listened to, by the server's own URI.
        var watched: [String: Int] = [:]
        /// The resources that the server is just being asked to tell of.
        var watching: [String: Flight<MCPError?>] = [:]
        var listener: Task<Void, Never>?
        /// What is listened to; `nil` if the server does not let itself be.
        var listened: [String]?
        /// Those in whose place another is to come, until the server has taken that.
        var retiring: [Task<Void, Never>] = []
        /// Whether changes were missed before the server is listened to again.
        var hasMissed = false
        /// Whether the server does not let itself be listened to.
        var isDeaf = false
        var isSweeping = false
        var figures = Figures()
        var isClosed = false
    }

    struct Figures {
        var calls = 0
        var failures = 0
        var connections = 0
        var ends = 0
    }

    let configuration: MCPServerConfiguration
    let namespace: Namespace
    let limits: Limits
    let loop: EventLoop
    let events: Events
    let logger: Logger
    let throttle = SharedRestartThrottle()
    let state: Locked<State>
    let tasks = TaskSet()

    private let group: EventLoopGroup
    private let factory: TransportFactory
    private let information: MCPClientInformation

    var name: String { configuration.name }

    init(
        _ configuration: MCPServerConfiguration,
        label: String,
        factory: TransportFactory,
        information: MCPClientInformation,
        limits: Limits,
        group: EventLoopGroup,
        logger: Logger,
        events: Events
    ) {
        self.configuration = configuration
        self.factory = factory
        self.information = information
        self.limits = limits
        self.group = group
        self.events = events
        namespace = Namespace(label: label)
        loop = group.next()
        var logger = logger
        logger[metadataKey: "mcp.server"] = .string(configuration.name)
        self.logger = logger
        state = Locked(State(pool: SessionPool(limit: limits.sessions)))
    }

    /// Ends all sessions; returns when nothing of them is left.
    func close() async {
        let (sessions, listeners) = state.withLock { state in
            state.isClosed = true
            defer {
                state.sessions = [:]
                state.listener = nil
                state.retiring = []
            }
            return (Array(state.sessions.values), state.retiring + (state.listener.map { [$0] } ?? []))
        }
        for listener in listeners { listener.cancel() }
        await withTaskGroup(of: Void.self) { group in
            for session in sessions { group.addTask { await session.client.close() } }
        }
        for listener in listeners { await listener.value }
        await tasks.close()
    }

    // MARK: Sessions

    /// The session that a client's request is to use; it is to be released.
    func session(for client: MCPServedClient?) async throws(MCPError) -> BackendSession {
        guard let client, client.canBeAsked, !(try await isStateless()) else { return try acquire(.shared, nil) }
        guard client.version.isStateless else { return try acquire(.client(client.id), client) }
        return try acquire(.caller(client.caller, capabilities: client.capabilities), client)
    }

    /// Whether the server speaks the stateless era; asks it, if that is not known yet.
    private func isStateless() async throws(MCPError) -> Bool {
        if let agreement = state.withLock({ $0.agreement }) { return agreement.version.isStateless }
        let session = try acquire(.shared, nil)
        defer { release(session) }
        return try await session.client.withConnection { connection async throws(MCPError) in
            self.learn(connection)
            return connection.version.isStateless
        }
    }

    func acquire(_ key: SessionPool.Key, _ client: MCPServedClient?) throws(MCPError) -> BackendSession {
        let (outcome, closing) = state.withLock { state -> (Result<BackendSession, MCPError>, BackendSession?) in
            guard !state.isClosed else {
                return (.failure(MCPError(.closed, "the server was removed", server: name)), nil)
            }
            state.interest += 1
            switch state.pool.acquire(key) {
            case .existing(let id):
                guard let session = state.sessions[id] else { return (.failure(missing), nil) }
                return (.success(session), nil)
            case .new(let id, let closing):
                let session = make(id, key, client, state.memory)
                state.sessions[id] = session
                return (.success(session), closing.flatMap { state.sessions.removeValue(forKey: $0) })
            case .full:
                let text =
                    "all \(limits.sessions) sessions with the server are in use; try again, or allow more of them"
                return (.failure(MCPError(.limit, text, server: name)), nil)
            }
        }
        if let closing { discard(closing) }
        armSweep()
        return try outcome.get()
    }

    private var missing: MCPError { MCPError(.closed, "the session has ended", server: name) }

    func release(_ session: BackendSession) {
        state.withLock { $0.pool.release(session.id) }
    }

    private func make(
        _ id: Int,
        _ key: SessionPool.Key,
        _ client: MCPServedClient?,
        _ memory: EraDetection.Memory
    ) -> BackendSession {
        let owner: MCPServedClient? = if case .client = key { client } else { nil }
        let declared = key == .shared ? [:] : client?.capabilities ?? [:]
        let traffic = SessionTraffic(owner: owner, on: loop)
        var handlers = MCPClientHandlers()
        handlers.relay = MCPRelay(
            capabilities: { version in Envelope.declared(declared, at: version) },
            request: { [weak self] method, params in
                guard let self else { return .failure(JSONRPCFailure(.methodNotFound, "nobody can be asked")) }
                return await asked(id, method, params, traffic)
            },
            notification: { [weak self] method, params in self?.notified(method, params, traffic) },
            connected: { [weak self] agreement in self?.connected(id, key, agreement, traffic) },
            failed: { [weak self] error in self?.failed(error) },
            ended: { [weak self] error in self?.ended(key, error, traffic) },
            throttle: throttle
        )
        var configuration = configuration
        // When a session is idle is seen here: requests wait on it that nobody asked for.
        if case .persistent = configuration.policy { configuration.policy = .persistent(idleClose: nil) }
        let mcp = MCPClient(
            configuration,
            factory: factory,
            handlers: handlers,
            information: owner.flatMap(MCPClientInformation.init(of:)) ?? information,
            loop: group.next(),
            logger: logger
        )
        mcp.loop.perform { [core = mcp.core] in core.value.remember(memory) }
        return BackendSession(id: id, key: key, client: mcp, traffic: traffic)
    }

    /// Closes a session that is in no table any more.
    func discard(_ session: BackendSession) {
        tasks.run(on: loop) { await session.client.close() }
    }

    /// A client with a handshake has left.
    func leave(_ client: String) {
        let session = state.withLock { state -> BackendSession? in
            guard let id = state.pool.id(of: .client(client)) else { return nil }
            state.pool.remove(id)
            return state.sessions.removeValue(forKey: id)
        }
        if let session { discard(session) }
    }

    /// The session that is a client's own, if it has one that is connected.
    func ownSession(of client: String) -> BackendSession? {
        state.withLock { state -> BackendSession? in
            guard let id = state.pool.id(of: .client(client)), let session = state.sessions[id] else { return nil }
            return session.traffic.isConnected ? session : nil
        }
    }

    func session(numbered id: Int) -> BackendSession? { state.withLock { $0.sessions[id] } }

    /// Takes note of what was agreed.
    func learn(_ connection: MCPConnection) {
        let way = connection.session.traits.name
        state.withLock { state in
            state.agreement = connection.agreement
            state.memory = connection.memory
            state.way = way
        }
    }

    // MARK: Idle sessions

    private var idleClose: Duration? {
        guard case .persistent(let limit?) = configuration.policy else { return nil }
        return limit
    }

    /// Idle is what nobody has used from one look to the next.
    private func armSweep() {
        guard let idleClose else { return }
        let isDue = state.withLock { state in
            guard !state.isSweeping, !state.isClosed else { return false }
            state.isSweeping = true
            return true
        }
        guard isDue else { return }
        loop.perform { [weak self, loop] in
            _ = loop.schedule(after: idleClose) { self?.closeIdle() }
        }
    }

    private func closeIdle() {
        let idle = state.withLock { state -> [BackendSession] in
            state.isSweeping = false
            return state.pool.idleSinceLastLook().compactMap { id in
                guard let session = state.sessions[id] else { return nil }
                // The shared one is kept, without a connection: it knows the server.
                if session.key != .shared {
                    state.pool.remove(id)
                    state.sessions[id] = nil
                }
                return session
            }
        }
        for session in idle {
            if session.key == .shared {
                endListening()
                session.client.loop.execute { [core = session.client.core] in core.value.disconnect() }
            } else {
                discard(session)
            }
        }
        let isDone = state.withLock { state in
            state.sessions.values.allSatisfy { $0.key == .shared && !$0.traffic.isConnected }
        }
        if !isDone || !idle.isEmpty { armSweep() }
    }
}

extension MCPClientInformation {
    /// What a client says of itself.
    init?(of client: MCPServedClient) {
        guard let name = client.information.string("name") else { return nil }
        self.init(name: name, version: client.information.string("version") ?? "")
    }
}
