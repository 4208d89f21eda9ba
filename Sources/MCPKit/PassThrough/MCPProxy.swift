public import TransportKit

/// One MCP server in front of many.
///
/// Clients find the tools of all servers as `server__tool`, prompts likewise, and resources as `server+uri`. What they send is handed on
/// whole, and so is what comes back, questions and notifications of servers included; only names and what belongs to a session are
/// exchanged on the way. Each server is started when it is first needed, and one that fails costs nobody but those who ask for it.
///
/// ```swift
/// let proxy = try MCPProxy([
///     MCPServerConfiguration(name: "time", endpoint: .command(.init("mcp-server-time"))),
///     MCPServerConfiguration(name: "web", endpoint: .remote(.init("http://127.0.0.1:9000/mcp"))),
/// ])
/// ```
///
/// A client that offers something which a server may ask for (sampling, elicitation, roots) has a session of its own with each server of
/// the handshake era that it uses; all others share one, on which nobody is asked.
public final class MCPProxy: MCPService {
    /// How a pass-through works.
    public struct Options: Sendable {
        /// What clients see of the tools.
        @nonexhaustive
        public enum Listing: Sendable, Hashable {
            /// All definitions.
            case full
            /// Three tools to search, describe and call the others.
            case lean
            /// All definitions, as long as they are no more than so many.
            case automatic(above: Int)
        }

        /// What the server says of itself.
        public var information: MCPClientInformation
        /// Who may see and use what.
        public var access: MCPAccessPolicy
        /// What clients see of the tools.
        public var listing: Listing
        /// How many sessions there may be with each server, beside the one that is shared.
        public var sessions: Int
        /// How long a server may take for a list before it is left out of it.
        public var listTime: Duration
        /// How long a list is used of a server that does not tell of changes.
        public var listAge: Duration
        /// How many entries a page of a list has.
        public var pageSize: Int
        /// How often a server may ask for input before a call is given up.
        public var inputRounds: Int

        /// Makes options.
        public init(
            information: MCPClientInformation = MCPClientInformation(),
            access: MCPAccessPolicy = MCPAccessPolicy(),
            listing: Listing = .full,
            sessions: Int = 64,
            listTime: Duration = .seconds(10),
            listAge: Duration = .seconds(60),
            pageSize: Int = 500,
            inputRounds: Int = 10
        ) {
            self.information = information
            self.access = access
            self.listing = listing
            self.sessions = sessions
            self.listTime = listTime
            self.listAge = listAge
            self.pageSize = max(1, pageSize)
            self.inputRounds = max(1, inputRounds)
        }
    }

    /// Makes the way to a server.
    package typealias Ways =
        @Sendable (MCPServerConfiguration, EventLoopGroup, Logger) throws(MCPError) -> TransportFactory

    struct State {
        var servers: [MCPServerConfiguration] = []
        var disabled: Set<String> = []
        var backends: [String: Backend] = [:]
        var labels = ServerLabels([])
        var access: MCPAccessPolicy
        var catalogue: Catalogue?
        var reported: Set<MCPProxyStatus.Collision> = []
        /// Counts what makes the catalogue stale.
        var generation = 0
        var clients: [String: Client] = [:]
        var subscriptions: [Int: Subscription] = [:]
        var lastSubscription = 0
        var tasks = TaskOwners()
        var held = HeldTasks()
        var isClosed = false
    }

    struct Client {
        var client: MCPServedClient
        /// From which level on it wants to hear what servers log.
        var level: String?
        /// What it is told beside its requests.
        let outbox: Outbox
    }

    struct Subscription {
        var client: String
        var caller: MCPServedClient.Caller
        var filter: MCPChangeFilter
        var deliver: @Sendable (MCPChange) -> Void
    }

    /// What the server says of itself.
    public let information: JSONObject

    let options: Options
    let state: Locked<State>
    /// Held while it is changed which servers there are.
    let changing = Locked<Void>(())
    let logger: Logger
    let cleanups = TaskSet()
    let loop: EventLoop

    private let group: EventLoopGroup
    private let ways: Ways

    /// Makes a pass-through; no server is started yet.
    ///
    /// - Parameters:
    ///   - servers: The servers.
    ///   - options: How it works.
    ///   - group: The event loops that connections live on.
    ///   - logger: Where ends of connections, collisions and the servers' standard error are told.
    /// - Throws: `MCPError` with code `configuration`.
    public convenience init(
        _ servers: [MCPServerConfiguration],
        options: Options = Options(),
        group: EventLoopGroup = .shared,
        logger: Logger = .current
    ) throws(MCPError) {
        try self.init(servers, options: options, group: group, logger: logger) {
            configuration,
            group,
            logger throws(MCPError) in
            try TransportFactory.configured(configuration, group: group, logger: logger)
        }
    }

    /// Makes a pass-through that goes to its servers on ways of one's own.
    package init(
        _ servers: [MCPServerConfiguration],
        options: Options = Options(),
        group: EventLoopGroup = .shared,
        logger: Logger = .current,
        ways: @escaping Ways
    ) throws(MCPError) {
        self.options = options
        self.group = group
        loop = group.next()
        self.logger = logger
        self.ways = ways
        information = options.information.json
        state = Locked(State(access: options.access))
        try update(servers)
    }

    deinit {
        // Whoever does not close it, closes it so.
        let backends = state.withLock { Array($0.backends.values) }
        guard !backends.isEmpty else { return }
        for backend in backends { backend.loop.execute { backend.closeSoon() } }
    }

    /// Ends all connections; returns when nothing is left of them.
    public func close() async {
        let backends = state.withLock { state in
            state.isClosed = true
            state.subscriptions = [:]
            state.clients = [:]
            state.catalogue = nil
            state.held = HeldTasks()
            defer { state.backends = [:] }
            return Array(state.backends.values)
        }
        await withTaskGroup(of: Void.self) { group in
            for backend in backends { group.addTask { await backend.close() } }
        }
        await cleanups.close()
    }

    func makeBackend(_ configuration: MCPServerConfiguration, label: String) throws(MCPError) -> Backend {
        var logger = logger
        logger[metadataKey: "mcp.server"] = .string(configuration.name)
        return Backend(
            configuration,
            label: label,
            factory: try ways(configuration, group, logger),
            information: options.information,
            limits: Backend.Limits(
                sessions: options.sessions,
                listTime: options.listTime,
                listAge: options.listAge,
                rounds: options.inputRounds
            ),
            group: group,
            logger: logger,
            events: Backend.Events(
                changed: { [weak self] change in self?.announce(change) },
                relisted: { [weak self] in self?.forgetCatalogue() },
                told: { [weak self] method, params in self?.tellAll(method, params) },
                level: { [weak self] client in self?.level(of: client) }
            )
        )
    }

    // MARK: MCPService

    /// Tells a client what there is for it.
    public func introduction(to client: MCPServedClient) async throws(JSONRPCFailure) -> MCPIntroduction {
        note(client)
        var capabilities: JSONObject = [
            "tools": ["listChanged": true], "prompts": ["listChanged": true],
            "resources": ["listChanged": true, "subscribe": true], "completions": [:], "logging": [:],
        ]
        if client.version.isStateless {
            capabilities["extensions"] = ["io.modelcontextprotocol/tasks": [:]]
        } else if client.version >= .v2025_11_25 {
            capabilities["tasks"] = ["list": [:], "cancel": [:], "requests": ["tools": ["call": [:]]]]
        }
        return MCPIntroduction(capabilities: capabilities, instructions: instructions)
    }

    /// What the servers that were spoken with so far tell of their use.
    private var instructions: String? {
        let texts = backends.compactMap { backend -> String? in
            guard let text = backend.state.withLock({ $0.agreement?.instructions }), !text.isEmpty else { return nil }
            return "\(backend.name): \(text)"
        }
        return texts.isEmpty ? nil : texts.joined(separator: "\n\n")
    }

    /// Keeps clients that can be told something at any time.
    func note(_ client: MCPServedClient) {
        guard !client.version.isStateless else { return }
        state.withLock { state in
            // One whose request comes to its end after it has left is not kept.
            guard !state.isClosed, !Task.isCancelled, state.clients[client.id] == nil else { return }
            let outbox = Outbox(on: loop) { method, params in await client.notify(method, params) }
            state.clients[client.id] = Client(client: client, outbox: outbox)
        }
    }

    /// Hands a client's notification on to the servers that have a session with it.
    public func receive(_ method: String, _ params: JSONValue?, from client: MCPServedClient) async {
        // Each session has its own beginning.
        guard method != "notifications/initialized", method != "notifications/cancelled" else { return }
        var (targets, params) = (backends.compactMap { $0.ownSession(of: client.id) }, params?.object ?? [:])
        if method == "notifications/progress" {
            guard let token = params.string("progressToken"), let (backend, text) = backend(of: token),
                let route = ProgressRoute(text), let session = backend.session(numbered: route.session)
            else { return }
            params["progressToken"] = route.token
            targets = [session]
        }
        for session in targets { try? await session.client.notify(method, params) }
    }

    /// A client has left: its own sessions end.
    public func leave(_ client: MCPServedClient) async {
        let unwatched = state.withLock { state in
            state.clients[client.id] = nil
            state.tasks.leave(client.id)
            let gone = state.subscriptions.filter { $0.value.client == client.id }
            for number in gone.keys { state.subscriptions[number] = nil }
            return gone.values.flatMap(\.filter.contents)
        }
        unwatched.forEach(unwatch)
        for backend in backends { backend.leave(client.id) }
        for backend in backends { backend.applyLevels() }
    }

    /// The servers that are enabled, in their order.
    var backends: [Backend] {
        state.withLock { state in state.servers.compactMap { state.backends[$0.name] } }
    }

    /// The server of a URI, a task or a token, and its own name for that.
    func backend(of text: String) -> (Backend, String)? {
        state.withLock { state in
            guard let (server, rest) = state.labels.split(text), let backend = state.backends[server] else {
                return nil
            }
            return (backend, rest)
        }
    }
}

extension Backend {
    /// Closes without anybody waiting for it.
    fileprivate func closeSoon() {
        // Owned by nobody: it ends with the sessions.
        Task(executorPreference: loop) { await self.close() }
    }
}
